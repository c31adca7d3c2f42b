"""In which language and time zone an answer is written: the person's choice, else what the browser asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from profiles.models import User

# Programs get the same words and times from everybody: the API answers in English and in UTC.
FOR_PROGRAMS = ("/api/", "/ofrep/", "/.well-known/", "/healthz")
# What is the same for everybody asks for no cookie: these pages settle their language by themselves.
FOR_EVERYBODY = ("/commitments/",)


class PreferencesMiddleware:
    """Stands behind authentication, since somebody who is signed in has chosen. Refusals on the way here are rendered
    while it is at work too: Django lets middleware look at a view only after all of them have seen the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith((*FOR_PROGRAMS, *FOR_EVERYBODY)):
            return self.get_response(request)
        user = person(request)
        language = language_of(user, request)
        with translation.override(language), timezone.override(user.zone if user else UTC):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if user is None or not user.language:
            patch_vary_headers(response, ("Accept-Language",))
        return response


def person(request: HttpRequest) -> User | None:
    """Whoever is signed in. Without a cookie nobody is, and no session is asked for."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, User) else None


def language_of(user: User | None, request: HttpRequest) -> str:
    if user is not None and user.language in dict(settings.LANGUAGES):
        return user.language
    return translation.get_language_from_request(request)


def language_of_header(request: HttpRequest) -> str:
    """What the browser asks for, whatever was chosen on other pages."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones that people live in, by name: without old spellings such as "EST5EDT" and "Etc/GMT+5"."""
    return ("UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS))


_REGIONS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)
