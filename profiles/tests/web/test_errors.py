"""What went wrong, as pages: a sentence, one way on, and nothing that may have failed itself."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from profiles.errors import DomainError, Forbidden, StaleDraft
from profiles.tests import cast as some
from profiles.web import errors

HOSTILE = '<script>alert("x")</script>'


def problem(content: bytes) -> str:
    """What htmx puts into the toast of the page."""
    found = re.search(r'<span id="problem">(.*?)</span>', content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Forbidden("Needs an editor."), 403, "Not allowed"),
        (StaleDraft("Somebody changed it."), 412, "Somebody was faster"),
        (DomainError("Odd."), 400, "This cannot be read"),
    ],
)
def test_a_refusal_is_its_sentence(rf: RequestFactory, error: DomainError, status: int, title: str) -> None:
    response = errors.refusal(rf.get("/"), error)
    assert response.status_code == status
    assert problem(response.content) == error.message
    assert f"<h1>{title}</h1>" in response.content.decode()
    assert 'href="/"' in response.content.decode()


@pytest.mark.parametrize(
    ("handler", "status"),
    [(errors.page_not_found, 404), (errors.bad_request, 400), (errors.forged, 403), (errors.server_error, 500)],
)
def test_every_handler_answers_with_its_status(rf: RequestFactory, handler, status) -> None:
    response = handler(rf.get("/somewhere/"))
    assert response.status_code == status
    assert problem(response.content)


def test_a_failure_names_the_request_that_failed(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.request_id = "0123abcd"  # type: ignore[attr-defined]
    assert "0123abcd" in problem(errors.server_error(request).content)


@pytest.mark.django_db
def test_a_failure_touches_neither_database_nor_session(rf: RequestFactory) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise AssertionError("the session was touched")

        __getitem__ = __contains__ = __getattr__

    request = rf.get("/")
    request.session = Broken()  # type: ignore[assignment]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert errors.server_error(request).status_code == 500
    assert not queries.captured_queries


def test_the_page_keeps_the_theme_of_the_browser(rf: RequestFactory) -> None:
    rf.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in errors.page_not_found(rf.get("/")).content.decode()


def test_a_hostile_sentence_is_text(rf: RequestFactory) -> None:
    found = errors.refusal(rf.get("/"), Forbidden(HOSTILE)).content.decode()
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_and_one_that_is_not_yours_look_alike(client: Client) -> None:
    acme = some.make_cast()
    some.make_cast("rival", "other")
    client.force_login(acme.users["editor"])
    for address in ("/nothing/here/", "/products/other/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "<h1>Nothing here</h1>" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/sign-in/", {"email": "\x00", "password": "p"}),
        ("/attestations/request/", {"product": "helper", "kind": "\x00", "evidence": "e"}),
        ("/settings/api-keys/", {"name": "a\x00b", "product": "helper", "environment": "production"}),
        ("/settings/api-keys/%00/revoke/", {}),
        ("/rulebooks/reference/%00/", None),
        ("/rulebooks/reference/2026-11-01/?digest=%00", None),
    ],
)
def test_a_nul_anywhere_is_refused_with_a_sentence(client: Client, address: str, form: dict[str, str] | None) -> None:
    client.force_login(some.make_cast().users["administrator"])
    response = client.get(address) if form is None else client.post(address, form)
    assert response.status_code == 400
    assert problem(response.content)


@pytest.mark.django_db
def test_a_forged_form_changes_nothing_and_says_what_to_do() -> None:
    acme = some.make_cast()
    client = Client(enforce_csrf_checks=True)
    client.force_login(acme.users["editor"])
    response = client.post("/attestations/request/", {"product": "helper"})
    assert response.status_code == 403
    assert "Load it again" in problem(response.content)
