"""OpenFeature's remote evaluation protocol, 0.3.0: what is asked, and every answer to the byte. Shared by both doors.

Its errors have a shape of their own, and clients know the statuses 400 and 404 for them and no others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from profiles.errors import DomainError, Malformed, NoActiveProfile, NotFound
from profiles.resolution.flags import Flags
from profiles.serving import answers, bodies
from profiles.serving.answers import Answer, Headers

FLAGS: Final = "/ofrep/v1/evaluate/flags"
KEY_HEADER: Final = "X-API-Key"
PLATFORM_HEADER: Final = "Brightline-Platform"  # like ``?platform=``, for providers, which cannot send parameters
PARAMETERS: Final = ("platform", "flagConfigEtag", "flagConfigLastModified")

# Any page may read it: what opens it is a key in a header, which no browser sends by itself.
CORS: Final[Headers] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", f"ETag, Retry-After, {answers.STALE_HEADER}"),
]
PREFLIGHT: Final[Headers] = [
    ("Access-Control-Allow-Methods", "POST, OPTIONS"),
    ("Access-Control-Allow-Headers", f"Content-Type, Authorization, {KEY_HEADER}, {PLATFORM_HEADER}, If-None-Match"),
    ("Access-Control-Max-Age", "7200"),  # seconds; browsers cut it to what they like
]
VARY: Final = f"Authorization, {KEY_HEADER}, {PLATFORM_HEADER}"

_FORM: Final = "1"  # of the answers; a copy of another form is no copy
_PREFIX: Final = "preferences."
_LONGEST: Final = 200  # characters of a key that an answer repeats
_TOLD: Final = {
    "flagConfigEtag": re.compile(r"(%22)?[A-Za-z0-9-]{1,80}(%22)?"),
    "flagConfigLastModified": re.compile(r"[0-9]{1,20}"),
}
_KEY: Final = re.compile(r"[a-z0-9._-]{1,80}")


class InvalidContext(Malformed):
    """The context can be read, and its preferences cannot."""


class NoFlag(NotFound):
    """The rulebook states no such behavior."""


# What is asked


def plain_key(path: str) -> str | None:
    """The key of a plain path of one flag; None of every other path."""
    key = path[len(FLAGS) + 1 :]
    return key if path.startswith(f"{FLAGS}/") and _KEY.fullmatch(key) else None


def split_query(query: str) -> tuple[str, str]:
    """A query string without what an event told its client, and the ETag of that (``flagConfigEtag``)."""
    if "flagConfig" not in query:
        return query, ""
    told, rest = {}, []
    for part in query.split("&"):
        name, _equals, value = part.partition("=")
        if name in _TOLD and name not in told and _TOLD[name].fullmatch(value):
            told[name] = value
        else:
            rest.append(part)
    return "&".join(rest), told.get("flagConfigEtag", "").replace("%22", "")


def preferences(content_type: str, data: bytes) -> dict[str, Any]:
    """The user layer of a request: none where the body, the context or its members are missing.

    Raises:
        Malformed: no JSON object of the strict kind.
        InvalidContext: no context, or preferences that are no object or say two things of one behavior.
    """
    if not data.strip():
        return {}
    bodies.check_type(content_type)
    context = _object(bodies.read_object(data, any_number=True), "context")
    wanted = dict(_object(context, "preferences"))
    for name, value in context.items():
        if not name.startswith(_PREFIX):
            continue
        behavior = name[len(_PREFIX) :]
        if behavior in wanted and wanted[behavior] != value:
            raise InvalidContext(_("The context has two different preferences for one behavior."))
        wanted[behavior] = value
    return wanted


def _object(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    inner = found.get(name)
    if inner is None:
        return {}
    if not isinstance(inner, dict):
        raise InvalidContext(_("%(name)s must be an object.") % {"name": name})
    return inner


# What is answered


class Asking(NamedTuple):
    """Of one request for all flags: what decides between a whole answer and none.

    ``config`` is the ETag of the published profile that holds, ``key`` the number of the client key, and
    ``announced`` what an event told the client (``flagConfigEtag``).
    """

    config: str
    key: int
    if_none_match: str = ""
    announced: str = ""

    @property
    def holds_what_was_announced(self) -> bool:
        return self.announced.strip('"') in {"", self.config}


def etag(asking: Asking, wanted: Mapping[str, Any]) -> str:
    """Of configuration, context and key, so it is known before anything is resolved. Nothing of the address of the
    event stream is in it, which changes by itself."""
    told = [_FORM, asking.config, asking.key, wanted]
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def all_flags(flags: Flags, wanted: Mapping[str, Any], asking: Asking, stream: str, stale: float | None) -> Answer:
    """Every flag, or 304. ``stream`` is the address of the event stream, empty without one.

    What an event announced and is not what holds gets a whole answer: the client's copy may be of either.
    """
    tag = etag(asking, wanted)
    is_asked = asking.holds_what_was_announced and asking.if_none_match
    if is_asked and (matched := answers.matched(asking.if_none_match, tag)):
        return Answer(304, [*_headers(stale), ("Content-Length", "0"), ("ETag", matched)], b"")
    items, about = flags.all(wanted)
    streams = [{"type": "sse", "url": stream, "inactivityDelaySec": 120}]
    rest = {"metadata": about, **({"eventStreams": streams} if stream else {})}
    body = f'{{"flags":[{",".join(items)}],{_json(rest)[1:]}'.encode()
    return Answer(200, [*_whole(body, stale), ("ETag", tag)], body)


def one_flag(flags: Flags, key: str, wanted: Mapping[str, Any], stale: float | None) -> Answer:
    found = flags.one(key, wanted)
    if found is None:
        return refusal(NoFlag(_("The rulebook states no behavior of this name.")), key)
    body = found.encode()
    return Answer(200, _whole(body, stale), body)


def refusal(error: DomainError, key: str | None) -> Answer:
    """A refusal in the protocol's shape; ``key`` is that of the one flag that was asked for."""
    is_missing = key is not None and isinstance(error, NoFlag | NoActiveProfile)
    told = {
        **({"key": key[:_LONGEST]} if key is not None else {}),
        "errorCode": "FLAG_NOT_FOUND" if is_missing else _code(error),
        "errorDetails": error.message,
    }
    body = _json(told).encode()
    return Answer(404 if is_missing else 400, _whole(body, None), body)


def _code(error: DomainError) -> str:
    if isinstance(error, InvalidContext):
        return "INVALID_CONTEXT"
    return "GENERAL" if isinstance(error, NotFound) or error.fields else "PARSE_ERROR"


def _whole(body: bytes, stale: float | None) -> Headers:
    return [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *_headers(stale)]


def _headers(stale: float | None) -> Headers:
    told = [] if stale is None else [answers.stale_header(stale)]
    return [("Cache-Control", "private, no-store"), *told, *answers.ALWAYS, *CORS]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
