"""A program with an organization key, and the cast that it works for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped]
from django.test import Client
from django.utils import timezone

from profiles.access import Scope
from profiles.actions.api_keys import create_api_key
from profiles.api.schema import description
from profiles.models import ApiKey
from profiles.tests.cast import Cast

ALL: Final = tuple(scope.value for scope in Scope)
API: Final = "/api/v1/"
OPTIONAL_HEADERS: Final = {"Idempotency-Replayed"}


@dataclass(frozen=True)
class Program:
    """What a script holds: a key and its text."""

    key: ApiKey
    text: str

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """Names of headers are written with ``_`` for the dash. Every answer must be as described."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.text}")
        media = named.pop("Content-Type", "application/json")
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else b""
        path = address if address.startswith(("/", "http")) else API + address
        call: Any = Client(raise_request_exception=True).generic
        response = call(method, path, data, content_type=media, headers=named)
        hold(method, path, response)
        return response

    def get(self, address: str, **headers: str) -> Any:
        return self.ask("GET", address, **headers)

    def post(self, address: str, body: Any, **headers: str) -> Any:
        return self.ask("POST", address, body, **headers)

    def patch(self, address: str, body: Any, match: str = "*", **headers: str) -> Any:
        return self.ask("PATCH", address, body, If_Match=match, **headers)

    @property
    def id(self) -> str:
        return f"key:{self.key.prefix}"


def program(cast: Cast, scopes: Sequence[str] = ALL, by: str = "administrator") -> Program:
    now = timezone.now()
    return Program(*create_api_key(cast.organization, name="Repository", scopes=scopes, by=cast.actor(by), now=now))


def client_program(cast: Cast) -> Program:
    now = timezone.now()
    made = create_api_key(
        cast.organization,
        name="Gateway",
        product=cast.product,
        environment=cast.production,
        by=cast.actor("administrator"),
        now=now,
    )
    return Program(*made)


def template_of(path: str) -> str:
    """The path of the document that an address is of; empty if it is of none."""
    parts = path.partition("?")[0].removeprefix("http://testserver").split("/")
    for template in description()["paths"]:
        wanted = template.split("/")
        if len(wanted) == len(parts) and all(
            part == want or want.startswith("{") for part, want in zip(parts, wanted, strict=True)
        ):
            return str(template)
    return ""


def hold(method: str, path: str, response: Any) -> None:
    """An answer against what the document says of its operation and status."""
    operation = description()["paths"].get(template_of(path), {}).get(method.lower())
    if operation is None:
        return
    assert str(response.status_code) in operation["responses"], (method, path, response.status_code, response.content)
    said = operation["responses"][str(response.status_code)]
    for name in set(said.get("headers", {})) - OPTIONAL_HEADERS:
        assert response.has_header(name), (name, path)
    if "content" not in said:
        assert response.content == b""
        return
    assert response["Content-Type"] in said["content"]
    if response.streaming:  # a file
        return
    conforms(response.json(), said["content"]["application/json"]["schema"])


def conforms(value: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": description()["components"]}
    jsonschema.validate(value, whole, cls=jsonschema.Draft202012Validator)
