"""An operation: what it asks for, what it answers, and the way of a request through it.

The same table says what passes and what the OpenAPI document tells, so that the two cannot differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from profiles.access import Permission, Scope
from profiles.actions.denials import note_denial
from profiles.actions.repeats import answered_before, keep_answer
from profiles.api import errors
from profiles.api.authentication import organization_key
from profiles.api.kit.asking import Asked, Parameter, fingerprint, read_json, read_parameters, repeat_name, tags_in
from profiles.api.kit.shapes import refer
from profiles.api.shapes import Json
from profiles.errors import DomainError

# Of the answers to a request that may come twice, those that say what became of it.
_KEPT: Final = frozenset({200, 201, 409, 412, 422})
REPLAYED: Final = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way in which an operation says no, as an example for the document."""

    status: int
    code: str
    name: str
    message: str
    fields: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """``etag`` is that of what is answered; without one the bytes make it. A ``file`` is answered as it is."""

    body: Json = field(default_factory=dict)
    status: int = 200
    etag: str = ""
    location: str = ""
    file: StreamingHttpResponse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    id: str
    tag: str
    scope: Scope | None  # none for what no key may do
    summary: str
    description: str
    answers: str = ""  # the name of its shape; empty for what is always refused
    gives: tuple[str, ...] = ()  # the types of the files that it answers with instead
    example: Json = field(default_factory=dict)
    method: str = "GET"
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    takes: str = ""  # the name of the body's shape
    given: Json = field(default_factory=dict)  # an example of it
    guarded: bool = False  # asks for If-Match
    only_reads: bool = False  # changes nothing, though what it is asked takes a body
    refusals: tuple[Refusal, ...] = ()
    run: Callable[..., Answer] = lambda _asked: Answer({})

    @property
    def is_repeatable(self) -> bool:
        """Whether it takes an Idempotency-Key."""
        return self.method == "POST" and bool(self.answers) and not self.only_reads


def operation(**about: Any) -> Callable[[Callable[..., Answer]], Operation]:
    """Make a function an operation: it is given what was asked and the parts of the address."""
    return lambda run: Operation(**about, run=run)


# By the path as OpenAPI writes it.
DESCRIBED: Final[dict[str, list[Operation]]] = {}


def resource(route: str, name: str, *operations: Operation) -> URLPattern:
    """An address with its operations, one for each method."""
    by_method = {each.method: each for each in operations}
    DESCRIBED["/api/v1/" + route.replace("<slug:", "{").replace("<int:", "{").replace(">", "}")] = list(operations)

    @csrf_exempt
    def view(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in by_method:
            allowed = sorted({*by_method, *(["HEAD"] if "GET" in by_method else [])})
            sentence = _("This address takes: %(methods)s.") % {"methods": ", ".join(allowed)}
            body = errors.body("method_not_allowed", sentence)
            return JsonResponse(body, status=405, headers={"Allow": ", ".join(allowed)})
        try:
            return _carry_out(by_method[method], request, parts)
        except (DomainError, OperationalError, InterfaceError) as error:
            return errors.answer(error, request.path)

    return path(route, view, name=name)


def _carry_out(operation: Operation, request: HttpRequest, parts: dict[str, Any]) -> HttpResponseBase:
    key, actor = organization_key(request)
    asked = Asked(request, key, actor, timezone.now(), read_parameters(request, operation.parameters))
    try:
        return _answered(operation, asked, parts)
    except DomainError as error:
        note_denial(error, by=actor, method=request.method or "", path=request.path, now=asked.now)
        raise


def _answered(operation: Operation, asked: Asked, parts: dict[str, Any]) -> HttpResponseBase:
    request, actor = asked.request, asked.actor
    if operation.method == "GET":
        actor.require(Permission.VIEW)
        return _fresh(request, _written(operation.run(asked, **parts)))
    if operation.takes:
        asked = replace(asked, body=read_json(request, refer(operation.takes)))
    if operation.only_reads:
        actor.require(Permission.VIEW)
        return _written(operation.run(asked, **parts))
    return _write(operation, asked, repeat_name(request) if operation.is_repeatable else "", parts)


def _write(operation: Operation, asked: Asked, name: str, parts: dict[str, Any]) -> HttpResponseBase:
    """In one transaction with the answer that is kept. A refusal is caught inside of it: the action has undone what it
    did, and its entry in the trail stays."""
    with transaction.atomic():
        mark = fingerprint(asked.request) if name else b""
        if name and (before := answered_before(asked.key, name, mark, asked.now)):
            return HttpResponse(bytes(before.body), status=before.status, headers={**before.headers, REPLAYED: "true"})
        try:
            response = _written(operation.run(asked, **parts))
        except DomainError as error:
            note_denial(
                error, by=asked.actor, method=asked.request.method or "", path=asked.request.path, now=asked.now
            )
            response = errors.answer(error, asked.request.path)
        if name and isinstance(response, HttpResponse) and response.status_code in _KEPT:
            keep_answer(
                asked.key,
                name,
                mark,
                status=response.status_code,
                headers=dict(response.headers),
                body=response.content,
                now=asked.now,
            )
        return response


def _written(answer: Answer) -> HttpResponseBase:
    if answer.file is not None:
        answer.file["Cache-Control"], answer.file["Vary"] = "private, no-store", "Authorization"
        return answer.file
    body = _bytes_of(answer.body)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if answer.status == 200:
        headers["ETag"] = answer.etag or _tag_of(body)
    if answer.location:
        headers["Location"] = answer.location
    return HttpResponse(body, content_type="application/json", status=answer.status, headers=headers)


def etag_of(body: Json) -> str:
    """That of an answer which names none of its own."""
    return _tag_of(_bytes_of(body))


def _bytes_of(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _tag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _fresh(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """304 where the client holds this very answer. Files that are made for who asks are always new."""
    if "ETag" not in response.headers:
        return response
    said = request.headers.get("If-None-Match", "").strip()
    mine = response.headers["ETag"]
    if said == "*" or mine in (tag.removeprefix("W/") for tag in tags_in(said)):
        headers = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
        response = HttpResponse(status=304, headers=headers)
        del response["Content-Type"]
    return response
