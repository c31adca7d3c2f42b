"""A file of 50 MB, sent to the page and to the API: refused with a sentence, held nowhere, and nothing is stored."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse
from django.utils import timezone

from audits.models import Entry, Suite, SuiteDraft
from profiles.access import Scope
from profiles.actions.api_keys import create_api_key
from profiles.tests.cast import SYSTEM, Cast, make_cast

pytestmark = pytest.mark.django_db

SIZE: Final = 50 * 1024 * 1024
BOUNDARY: Final = "----of-a-test"
TOKEN: Final = "t" * 32
MOST_HELD: Final = 32 * 1024 * 1024  # bytes: what a form may hold, twice, and some air


class Endless(io.RawIOBase):
    """A body that is made while it is read, so that the test holds none of it either."""

    def __init__(self, head: bytes, filling: int, tail: bytes) -> None:
        self.pieces: list[bytes | int] = [head, filling, tail]
        self.length = len(head) + filling + len(tail)

    def read(self, size: int = -1) -> bytes:
        if not self.pieces:
            return b""
        first = self.pieces[0]
        if isinstance(first, int):
            taken = b"x" * min(first, size if size >= 0 else first)
            self.pieces[0] = first - len(taken)
            done = self.pieces[0] == 0
        else:
            taken = first[: size if size >= 0 else len(first)]
            self.pieces[0] = first[len(taken) :]
            done = not self.pieces[0]
        if done:
            self.pieces.pop(0)
        return taken

    def readline(self, size: int | None = -1) -> bytes:
        return self.read(size or -1)


@pytest.fixture
def acme() -> Cast:
    return make_cast("acme")


@contextmanager
def held() -> Iterator[list[int]]:
    """How many bytes more were held at most."""
    found: list[int] = []
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        yield found
        found.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()


def sent(path: str, body: Endless, kind: str, **headers: str) -> tuple[int, str]:
    """The status and text of the answer of the whole application, with its middleware."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SERVER_NAME": "testserver", "SERVER_PORT": "80",
        "wsgi.input": body, "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False, "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(body.length), "SERVER_PROTOCOL": "HTTP/1.1", **headers,
    }  # fmt: skip
    answer: Any = ClientHandler(enforce_csrf_checks=True)(environ)
    return answer.status_code, answer.content.decode()


def part(name: str, text: str, more: str = "") -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{text}'


def stored() -> tuple[int, int, int]:
    return Suite.objects.count(), SuiteDraft.objects.count(), Entry.objects.exclude(kind__startswith="api_key").count()


def test_the_page_refuses_it_and_keeps_what_was_typed(acme: Cast) -> None:
    client = Client()
    client.force_login(acme.users["editor"])
    client.get(reverse("suite_import"))  # what any page loads once
    before = stored()
    fields = {"csrfmiddlewaretoken": TOKEN, "form": "brightline", "slug": "ours", "title": "Ours"}
    head = "".join(part(name, text) + "\r\n" for name, text in fields.items()) + part("file", "", '; filename="p.toml"')
    body = Endless(head.encode(), SIZE, f"\r\n--{BOUNDARY}--\r\n".encode())
    session = settings.SESSION_COOKIE_NAME
    cookies = f"{settings.CSRF_COOKIE_NAME}={TOKEN}; {session}={client.cookies[session].value}"
    with held() as most:
        status, answer = sent(
            reverse("suite_import"), body, f"multipart/form-data; boundary={BOUNDARY}", HTTP_COOKIE=cookies
        )
    assert status == 422
    assert "The file is larger than 10 MB. Choose a smaller one." in answer
    assert 'value="Ours"' in answer
    assert most[0] < MOST_HELD
    assert stored() == before


def test_programs_are_told_the_limit(acme: Cast) -> None:
    _key, token = create_api_key(
        acme.organization, name="k", scopes=[Scope.READ, Scope.WRITE], by=SYSTEM, now=timezone.now()
    )
    before = stored()
    body = Endless(b'{"content": "', SIZE, b'"}')
    with held() as most:
        status, answer = sent("/api/v1/suites", body, "application/json", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert status == 413
    error = json.loads(answer)["error"]
    assert (error["code"], error["message"]) == ("too_large", "The body may have 1048576 bytes at most.")
    assert most[0] < MOST_HELD
    assert stored() == before
