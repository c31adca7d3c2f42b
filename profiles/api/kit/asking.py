"""What came in: whose key, which parameters, which body. Nothing that is not known passes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.access import Actor
from profiles.api.kit.shapes import check
from profiles.api.shapes import Json
from profiles.errors import DomainError, Malformed, StaleDraft, TooLarge
from profiles.models import ApiKey
from profiles.serving import bodies, parameters

MOST_BYTES: Final = bodies.MOST_BYTES_MANAGED
_CHUNK, _CHUNKS_DISCARDED = 1024 * 1024, 32  # bytes, and how many of them are read from a body that is too large
_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")


STALE: Final = gettext_lazy("This changed since you read it. Read it again, and send your change once more.")


class NoPrecondition(DomainError):
    code = "precondition_required"
    status = 412


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, understood."""

    request: HttpRequest
    key: ApiKey
    actor: Actor
    now: datetime
    parameters: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def need_match(self, etag: str, stale: Callable[[list[str]], DomainError] | None = None) -> None:
        """
        Args:
            stale: what is said of a change meanwhile, given the tags that the writer read.

        Raises:
            NoPrecondition: the writer does not say what it read.
            StaleDraft: that has changed since.
        """
        said = self.request.headers.get("If-Match", "").strip()
        if not said:
            raise NoPrecondition(
                _("Send If-Match with the ETag of what you read, so that nobody's work is overwritten.")
            )
        if said != "*" and etag not in tags_in(said):
            raise stale(tags_in(said)) if stale else StaleDraft(str(STALE))


def tags_in(header: str) -> list[str]:
    """The entity tags of an If-Match or If-None-Match."""
    return re.findall(r'(?:W/)?"[^"]*"', header[:4_000])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter; the schema says what it takes."""

    name: str
    schema: Json
    description: str

    def read(self, raw: str) -> Any:
        """
        Raises:
            Malformed
        """
        kind, value = self.schema["type"], raw
        if "\x00" in raw:
            raise self._refusal(_("This has another form than it must have."))
        if kind == "boolean":
            return self._one_of(raw, {"true": True, "false": False})
        if kind == "integer":
            if not re.fullmatch(r"[0-9]{1,9}", raw):
                raise self._refusal(_("This must be a whole number."))
            check(int(raw), self.schema, self.name)
            return int(raw)
        check(value, self.schema, self.name)
        return self._day(raw) if self.schema.get("format") == "date" else value

    def _one_of(self, raw: str, values: dict[str, bool]) -> bool:
        if raw not in values:
            raise self._refusal(_("This must be one of: %(names)s.") % {"names": ", ".join(values)})
        return values[raw]

    def _day(self, raw: str) -> date:
        try:
            return date.fromisoformat(raw)
        except ValueError:
            raise self._refusal(_("This must be a day such as 2026-11-23.")) from None

    def _refusal(self, sentence: str) -> Malformed:
        return Malformed(f"{self.name}: {sentence}", fields={self.name: [sentence]})


def read_parameters(request: HttpRequest, known: tuple[Parameter, ...]) -> dict[str, Any]:
    """
    Raises:
        Malformed: one is unknown, there twice, or has another form.
    """
    given = parameters.read(request.META.get("QUERY_STRING", ""), [item.name for item in known])
    return {item.name: item.read(given[item.name]) for item in known if item.name in given}


def read_body(request: HttpRequest, most: int = MOST_BYTES) -> bytes:
    """
    Raises:
        TooLarge
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    try:
        bodies.check_length(int(length) if length.isdecimal() else 0, most)
    except TooLarge:
        # A client that is still sending would see a broken connection instead of the answer.
        for _chunk in range(_CHUNKS_DISCARDED):
            if not request.read(_CHUNK):
                break
        raise
    return request.body


def read_json(request: HttpRequest, schema: Json) -> dict[str, Any]:
    """
    Raises:
        UnsupportedMediaType, TooLarge, Malformed
    """
    bodies.check_type(request.META.get("CONTENT_TYPE", ""))
    found = bodies.read_object(read_body(request))
    check(found, schema)
    return found


def repeat_name(request: HttpRequest) -> str:
    """The client's ``Idempotency-Key``; empty without one.

    Raises:
        Malformed
    """
    name = request.headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in request.headers and not _NAME.fullmatch(name):
        message = _("An Idempotency-Key has 1 to 255 printable ASCII characters and no spaces.")
        raise Malformed(message, fields={"Idempotency-Key": [message]})
    return name


def fingerprint(request: HttpRequest) -> bytes:
    """Stands for everything that makes two requests the same."""
    parts = (request.method or "", request.get_full_path(), request.headers.get("If-Match", ""))
    head = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(head + b"\n" + request.body).digest()
