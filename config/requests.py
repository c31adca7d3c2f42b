"""An id for every request, in its answer and in every line that is logged on its behalf."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

current_id: ContextVar[str] = ContextVar("current_id", default="-")

# A proxy's id is taken over if it is harmless in a log.
ACCEPTABLE = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Names the request before anything else can log about it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if ACCEPTABLE.fullmatch(given) else secrets.token_hex(8)
        request.request_id = name  # type: ignore[attr-defined]
        token = current_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            current_id.reset(token)
        response.headers["X-Request-ID"] = name
        return response


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every record; keeps all of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_id.get()
        return True
