"""``GET /api/v1/profile`` and its other forms: the stored bytes, as they were published."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.decorators import api_view
from rest_framework.request import Request

from profiles import queries
from profiles.api.authentication import client_key
from profiles.api.kit.asking import read_body
from profiles.errors import Malformed, NotSigned, Unavailable
from profiles.models import PublishedProfile
from profiles.resolution.fragments import FORMATS
from profiles.serving import answers, bodies, parameters, stream
from profiles.serving.held import held_of, prepared_of
from profiles.serving.process import receipts, tokened


@api_view(["GET", "HEAD"])
def profile(request: Request) -> HttpResponse:
    """The published profile of the key's product and environment."""
    return _answer(request, answers.PROFILE, _asked(request, "platform"))


@api_view(["GET", "HEAD"])
def signed(request: Request) -> HttpResponse:
    """The same document as a JWS."""
    return _answer(request, answers.SIGNED, _asked(request, "platform"))


@api_view(["GET", "HEAD"])
def instructions(request: Request) -> HttpResponse:
    """The compiled instructions as text, or as the part of a vendor's request that carries them."""
    asked = _asked(request, "platform", "format")
    what = asked.get("format", answers.TEXT)
    if "format" in asked and what not in FORMATS:
        message = _("Formats are: %(names)s. Without one you get plain text.") % {"names": ", ".join(FORMATS)}
        raise Malformed(message, fields={"format": [message]})
    return _answer(request, what, asked)


@api_view(["POST"])
def resolve(request: Request) -> HttpResponse:
    """The profile for one user: preferences in, the same shape out, with everything that was refused."""
    asked = _asked(request, "platform")
    key, _actor = client_key(request._request)
    told = request._request
    bodies.check_type(told.META.get("CONTENT_TYPE", ""))
    wanted = bodies.preferences(read_body(told, bodies.MOST_BYTES))
    now = timezone.now()
    row = queries.published(key, asked.get("platform"), now)
    found = answers.personal(prepared_of(row).document(wanted))
    receipts().note(key.pk, row.pk, 200, now.timestamp())
    return HttpResponse(found.body, headers={**dict(found.headers), "Vary": "Authorization"})


@api_view(["GET"])
def events(request: Request) -> HttpResponse:
    """The stream of events, for whom this process has no room: it is refused, or sent to the events process."""
    asked = _asked(request, "platform")
    key, _actor = client_key(request._request)
    if (platform := asked.get("platform")) is not None:
        queries.published(key, platform, timezone.now())
    address = tokened(stream.PATH, key.pk, timezone.now().timestamp())
    if not address:
        raise Unavailable(_("There are too many streams. Try again in a moment."), retry_after=5)
    more = f"&{urlencode(asked)}" if asked else ""
    return HttpResponse(status=307, headers={"Location": address + more, "Cache-Control": "no-store"})


def _asked(request: Request, *known: str) -> dict[str, str]:
    return parameters.read(request._request.META.get("QUERY_STRING", ""), known)


def _answer(request: Request, what: str, asked: dict[str, str]) -> HttpResponse:
    key, _actor = client_key(request._request)
    now = timezone.now()
    row = queries.published(key, asked.get("platform"), now, FORMATS.get(what))
    if what == answers.SIGNED and not row.jws:
        raise NotSigned(_("This profile is not signed: this installation has no signing key."))
    response = _in_form(request, row, what, now)
    receipts().note(key.pk, row.pk, response.status_code, now.timestamp())
    return response


def _in_form(request: Request, row: PublishedProfile, what: str, now: datetime) -> HttpResponse:
    held = held_of(row)
    coding = answers.coding_of(request.headers.get("Accept-Encoding", "")) if what == answers.PROFILE else ""
    shown = answers.represent(held, what, coding)
    found = answers.answer(shown, held, now.timestamp(), request.headers.get("If-None-Match", ""))
    response = HttpResponse(found.body, status=found.status, headers={**dict(found.headers), "Vary": answers.VARY})
    if found.status == 304:
        del response["Content-Type"]
    return response
