"""What Django's middlewares do to an answer: learned once at the start, by asking Django."""

from __future__ import annotations

import io
from typing import Any, Final

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from profiles.serving.answers import Headers
from profiles.serving.front import Application, Environ, Surroundings

_ASKED: Final = "/.well-known/jwks.json"  # which every installation answers, without a database
_OF_THE_ANSWER: Final = {
    *("content-type", "content-length", "content-language", "vary"),
    *("cache-control", "etag", "x-request-id"),
}


def learn(application: Application) -> Surroundings:
    """Ask for something, and keep what the answer has beside itself."""
    told: Headers = []

    def start_response(_status: str, headers: Headers, *_more: Any) -> None:
        told.extend(headers)

    answer = application(_request(), start_response)
    list(answer)
    if close := getattr(answer, "close", None):
        close()
    vary = [value for name, value in told if name.lower() == "vary"]
    return Surroundings(
        headers=[(name, value) for name, value in told if name.lower() not in _OF_THE_ANSWER],
        vary=", ".join(vary),
        is_known_host=is_known_host,
        is_secure=is_secure if settings.SECURE_SSL_REDIRECT else None,
    )


def is_known_host(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_secure(environ: Environ) -> bool:
    """As ``HttpRequest.scheme`` decides."""
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        value = environ.get(header)
        if value is not None:
            return bool(value.split(",", 1)[0].strip() == secure)
    return bool(environ.get("wsgi.url_scheme") == "https")


def _request() -> Environ:
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    proxy: Any = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": _ASKED,
        "QUERY_STRING": "",
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if settings.SECURE_SSL_REDIRECT else "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **({proxy[0]: proxy[1]} if proxy else {}),
    }
