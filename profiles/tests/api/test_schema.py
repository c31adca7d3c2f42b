"""The OpenAPI document says what the API does: real answers are held against it."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.validation import validate_schema

from profiles.actions.api_keys import create_api_key, revoke_api_key
from profiles.api.schema import description
from profiles.resolution.document import document_digest
from profiles.serving.answers import STALE_HEADER
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
PATH = "/api/v1/profile"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def new_key(acme: Cast, **more: Any) -> tuple[Any, str]:
    what = more or {"product": acme.product, "environment": acme.production}
    return create_api_key(acme.organization, name="gateway", by=SYSTEM, now=timezone.now(), **what)


def ask(key: str = "", address: str = PATH, **headers: str) -> Any:
    return Client().get(address, headers={**({"Authorization": f"Bearer {key}"} if key else {}), **headers})


SIGNED, INSTRUCTIONS, RESOLVE = f"{PATH}.jws", f"{PATH}/instructions", f"{PATH}/resolve"
FLAGS, FLAG = "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/{key}"


def operation(path: str = PATH, method: str = "get") -> dict[str, Any]:
    return dict(description()["paths"][path][method])


def hold(response: Any, path: str = PATH, method: str = "get") -> None:
    """An answer against what the document says of its status: body and headers."""
    said = operation(path, method)["responses"][str(response.status_code)]
    for name in set(said.get("headers", {})) - {STALE_HEADER}:  # which there is only without a database
        assert response.has_header(name), name
    if "content" not in said:
        assert response.content == b""
        return
    media = response["Content-Type"].partition(";")[0]
    conforms(response.json() if media == "application/json" else response.text, said["content"][media]["schema"])


def conforms(value: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": description()["components"]}
    jsonschema.validate(value, whole, cls=jsonschema.Draft202012Validator)


def test_the_document_is_openapi_3_1() -> None:
    found = description()
    validate_schema(found)
    assert found["openapi"].startswith("3.1")
    assert {PATH, SIGNED, INSTRUCTIONS, RESOLVE, FLAGS, FLAG, "/api/v1/organizations"} <= set(found["paths"])
    assert operation()["security"] == [{"clientKey": []}]
    assert [item["name"] for item in operation()["parameters"] if item["in"] == "query"] == ["platform"]


def test_everybody_may_read_it_and_a_copy_can_be_kept(client: Client) -> None:
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == description()
    assert client.get("/api/schema/", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.post("/api/schema/").status_code == 405


def test_a_published_profile_is_as_described(acme: Cast) -> None:
    some.make_active(acme, topics__allowed=["algebra", "geometry"], safety__danger_caveats="off")
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=20))
    _key, text = new_key(acme)
    response = ask(text)
    assert response.status_code == 200
    assert response.json()["valid_until"] is not None
    hold(response)
    again = ask(text, **{"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    hold(again)


def test_a_document_with_anything_else_is_not_as_described(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    document = ask(text).json()
    schema = {"$ref": "#/components/schemas/Profile", "components": description()["components"]}
    for wrong in ({**document, "extra": 1}, {**document, "digest": "md5:1"}, {**document, "version": 0}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema, cls=jsonschema.Draft202012Validator)


def test_every_error_is_as_described(acme: Cast) -> None:
    _key, good = new_key(acme)
    gone, revoked = new_key(acme)
    revoke_api_key(gone, by=SYSTEM, now=timezone.now())
    _organization_key, wide = new_key(acme, scopes=["read"])
    answers = {400: ask(good, f"{PATH}?colour=red"), 401: ask(revoked), 403: ask(wide), 404: ask(good)}
    for status, response in answers.items():
        assert response.status_code == status
        hold(response)
    hold(ask())
    hold(ask(good, f"{PATH}?platform=moon"))
    for path in (PATH, SIGNED, INSTRUCTIONS):
        assert set(operation(path)["responses"]) == {"200", "304", *map(str, answers), "429", "503"}
        hold(ask(good, path), path)


def test_every_other_form_is_as_described(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    hold(ask(text, SIGNED), SIGNED)
    for query in ("", "?format=openai", "?format=anthropic", "?format=gemini", "?format=moon"):
        response = ask(text, INSTRUCTIONS + query)
        hold(response, INSTRUCTIONS)
        assert response.status_code == (400 if "moon" in query else 200)


def test_a_users_profile_is_as_described(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    headers = {"Authorization": f"Bearer {text}"}
    bodies: list[tuple[Any, str, int]] = [
        ({"preferences": {"tone.profanity": "on", "no.such": 1}}, "application/json", 200),
        ({"preferences": 3}, "application/json", 400),
        ({"preferences": {}, "more": 1}, "application/json", 400),
        ({"preferences": {"a.b": "x" * 70_000}}, "application/json", 413),
        ({"preferences": {}}, "text/plain", 415),
    ]
    for body, media, status in bodies:
        response = Client().post(RESOLVE, json.dumps(body), content_type=media, headers=headers)
        assert response.status_code == status
        hold(response, RESOLVE, "post")
    conforms(bodies[0][0], operation(RESOLVE, "post")["requestBody"]["content"]["application/json"]["schema"])


def test_flags_are_as_described(acme: Cast) -> None:
    _key, text = new_key(acme)
    asked = [(text, "{}"), (text, "{"), ("nobody", "{}")]
    for is_active in (False, True):
        if is_active:
            some.make_active(acme, safety__danger_caveats="off")
        for path, (key, body) in product((FLAGS, FLAG), asked):
            flag_as_described(path, key, body)


def flag_as_described(path: str, key: str, body: str) -> None:
    def post(**headers: str) -> Any:
        given = {"Authorization": f"Bearer {key}", **headers}
        address = path.replace("{key}", "content.explicit")
        return Client().post(address, body, content_type="application/json", headers=given)

    response = post()
    hold(response, path, "post")
    if tag := response.headers.get("ETag"):
        again = post(**{"If-None-Match": tag})
        assert again.status_code == 304
        hold(again, path, "post")


def test_the_examples_keep_to_what_they_illustrate() -> None:
    for path, methods in description()["paths"].items():
        for method in methods:
            for said in operation(path, method)["responses"].values():
                for media in said.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        conforms(example["value"], media["schema"])
            for media in operation(path, method).get("requestBody", {}).get("content", {}).values():
                for example in media["examples"].values():
                    conforms(example["value"], media["schema"])
    profile = operation()["responses"]["200"]["content"]["application/json"]["examples"]["APublishedProfile"]["value"]
    assert profile["digest"] == document_digest(profile)
