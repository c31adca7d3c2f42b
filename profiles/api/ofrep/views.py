"""``POST /ofrep/v1/evaluate/flags``, and of one flag: the second door, for what is not in memory or not plain."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.request import Request

from profiles import queries
from profiles.api.authentication import client_key
from profiles.api.kit.asking import read_body
from profiles.errors import Malformed, NotFound
from profiles.models import ApiKey, PublishedProfile
from profiles.resolution.flags import Flags
from profiles.serving import ofrep, parameters
from profiles.serving.answers import Answer
from profiles.serving.bodies import MOST_BYTES
from profiles.serving.held import prepared_of
from profiles.serving.ofrep import Asking
from profiles.serving.process import event_stream, receipts

Preferences = dict[str, Any]
Evaluate = Callable[[ApiKey, PublishedProfile, Flags, Preferences], Answer]


def for_browsers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages of every origin may ask and read, errors too; what they ask beforehand is answered without a key."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=dict([*ofrep.CORS, *ofrep.PREFLIGHT]))
        response = view(request, *args, **kwargs)
        for name, value in ofrep.CORS:
            response.headers[name] = value
        return response

    return answered


@for_browsers
@api_view(["POST"])
def flags(request: Request) -> HttpResponse:
    """Every behavior as a flag."""
    told = request._request

    def evaluate(key: ApiKey, row: PublishedProfile, found: Flags, wanted: Preferences) -> Answer:
        conditions = told.headers.get("If-None-Match", ""), told.GET.get("flagConfigEtag", "")
        stream = event_stream(key.pk, timezone.now().timestamp())
        return ofrep.all_flags(found, wanted, Asking(row.etag, key.pk, *conditions), stream, None)

    return _evaluated(request, None, evaluate)


@for_browsers
@api_view(["POST"])
def flag(request: Request, key: str) -> HttpResponse:
    """One behavior as a flag."""
    return _evaluated(request, key, lambda _key, _row, found, wanted: ofrep.one_flag(found, key, wanted, None))


def _evaluated(request: Request, name: str | None, evaluate: Evaluate) -> HttpResponse:
    """``name`` is that of the one flag that was asked for."""
    key, _actor = client_key(request._request, header=ofrep.KEY_HEADER)
    try:
        asked = parameters.read(request._request.META.get("QUERY_STRING", ""), ofrep.PARAMETERS)
        wanted = ofrep.preferences(
            request._request.META.get("CONTENT_TYPE", ""), read_body(request._request, MOST_BYTES)
        )
        now = timezone.now()
        row = queries.published(key, _platform(request, asked), now)
        found = evaluate(key, row, prepared_of(row).flags, wanted)
        if found.status < 400:
            receipts().note(key.pk, row.pk, found.status, now.timestamp())
    except (Malformed, NotFound) as error:
        found = ofrep.refusal(error, name)
    response = HttpResponse(found.body, status=found.status, headers={**dict(found.headers), "Vary": ofrep.VARY})
    if found.status == 304:
        del response["Content-Type"]
    return response


def _platform(request: Request, asked: dict[str, str]) -> str | None:
    """
    Raises:
        Malformed: it is named twice.
    """
    told = request._request.headers.get(ofrep.PLATFORM_HEADER, "")
    if told and "platform" in asked:
        raise parameters.more_than_once("platform")
    return told or asked.get("platform")
