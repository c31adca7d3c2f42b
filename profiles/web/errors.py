"""Refusals and failures as pages. A fragment's refusal is a sentence for the toast of the page it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.actions.denials import note_denial
from profiles.errors import DomainError, NotFound
from profiles.web.presenters.errors import ErrorPage, error_page


class RefusalMiddleware:
    """Turns what a view raised into a page that says it; the API has its own shape (``profiles.api.errors``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """No text of ours holds a NUL, and PostgreSQL takes none: say so here instead of failing somewhere below. The
        API reads its own bodies."""
        if request.path.startswith("/api/"):
            return None
        given = (
            request.path,
            *(text for form in (request.GET, request.POST) for pair in form.lists() for text in _flat(pair)),
        )
        return bad_request(request) if any("\x00" in text for text in given) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        by = getattr(request, "actor", None)  # of whoever is signed in
        note_denial(error, by=by, method=request.method or "", path=request.path, now=timezone.now())
        return refusal(request, error)


def _flat(pair: tuple[str, list[Any]]) -> list[str]:
    return [pair[0], *(value for value in pair[1] if isinstance(value, str))]


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    return _render(request, error_page(error.status, error.message), error.status)


def page_not_found(request: HttpRequest, exception: Http404 | None = None) -> HttpResponse:
    return refusal(request, NotFound(_("There is nothing at this address, or it is not yours to see.")))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _render(request, error_page(400, _("This request cannot be read.")), 400)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF token is missing or another one: mostly a page that was open for too long."""
    sentence = _("This page was open for too long, or cookies are blocked. Load it again; nothing was changed.")
    return _render(request, error_page(403, sentence), 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: no database, no session, nothing that may have failed itself."""
    identifier = getattr(request, "request_id", "")
    sentence = _("Something went wrong here. Nothing was changed. Please say this number when you report it: %(id)s.")
    return _render(request, error_page(500, sentence % {"id": identifier}), 500)


def _render(request: HttpRequest, page: ErrorPage, status: int) -> HttpResponse:
    context: dict[str, Any] = {"page": page}
    return render(request, "errors/error.html", context, status=status)
