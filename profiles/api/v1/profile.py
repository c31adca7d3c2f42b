"""``GET /api/v1/profile``: the stored bytes, as they were published."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import condition
from rest_framework.decorators import api_view
from rest_framework.request import Request

from profiles import queries
from profiles.api.authentication import client_key
from profiles.errors import Malformed
from profiles.models import PublishedProfile

MAX_AGE = 60  # seconds that a client may use its copy without asking


@api_view(["GET", "HEAD"])
def profile(request: Request) -> HttpResponse:
    """The published profile of the key's product and environment."""
    key, _actor = client_key(request._request)
    if unknown := sorted(set(request.query_params) - {"platform"}):
        message = _("Unknown parameter: %(name)s.") % {"name": unknown[0][:60]}
        raise Malformed(message, fields={name[:60]: [message] for name in unknown})
    now = timezone.now()
    row = queries.published(key, request.query_params.get("platform"), now)

    @condition(etag_func=lambda _request: f'"{row.etag}"')
    def answer(_request: object) -> HttpResponse:
        return HttpResponse(bytes(row.body), content_type="application/json")

    response = answer(request._request)
    response["Cache-Control"] = f"private, max-age={_freshness(row, now)}"
    response["Vary"] = "Authorization"
    return response


def _freshness(row: PublishedProfile, now: datetime) -> int:
    """Seconds; never past the instant at which the document stops holding."""
    if row.valid_until is None:
        return MAX_AGE
    return max(0, min(MAX_AGE, int((row.valid_until - now).total_seconds())))
