"""The API's one shape for every error: ``{"error": {"code", "message", "fields"}}``."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from profiles.errors import DomainError, Later, Unavailable

logger = logging.getLogger(__name__)

_CODES = {
    HTTPStatus.BAD_REQUEST: "malformed",
    HTTPStatus.UNAUTHORIZED: "not_authenticated",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.NOT_ACCEPTABLE: "not_acceptable",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None leaves what is not expected to Django, which answers 500 and logs it."""
    if isinstance(error, OperationalError | InterfaceError):
        error = _no_database(error, context["request"].path)
    if isinstance(error, DomainError):
        return Response(error.as_dict(), status=error.status, headers=_headers(error))
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait))
    code = _CODES.get(HTTPStatus(error.status_code), "refused")
    return Response(body(code, str(error.detail)), status=error.status_code, headers=headers)


def answer(error: DomainError | OperationalError | InterfaceError, path: str) -> JsonResponse:
    """The same for a view of Django's own kind."""
    if isinstance(error, OperationalError | InterfaceError):
        error = _no_database(error, path)
    return JsonResponse(error.as_dict(), status=error.status, headers=_headers(error))


def _no_database(error: Exception, path: str) -> Unavailable:
    logger.warning("No database for %s: %s", path, str(error).strip().partition("\n")[0])
    return Unavailable(_("The database does not answer. Try again in a moment."), retry_after=1)


def _headers(error: DomainError) -> dict[str, str]:
    if isinstance(error, Later):
        return {"Retry-After": str(error.retry_after)}
    return {"WWW-Authenticate": 'Bearer realm="brightline"'} if error.status == HTTPStatus.UNAUTHORIZED else {}


def body(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "fields": {}}}


def not_found(request: HttpRequest, path: str = "") -> JsonResponse:
    """For addresses below /api/ that do not exist."""
    return JsonResponse(body("not_found", _("There is nothing at this address.")), status=404)
