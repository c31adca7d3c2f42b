"""Passwords in the browser: set by a link, changed, forgotten."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from profiles.actions.password_links import FORGOTTEN, make_token, uid_of
from profiles.models import User
from profiles.tests import cast as some
from profiles.tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
NEW = "nine tall sunflowers"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def address(acme: Cast) -> str:
    user = acme.users["editor"]
    return f"/set-password/{uid_of(user)}/{make_token(user, FORGOTTEN, timezone.now())}/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_looking_at_a_link_uses_nothing_up(client: Client, address: str) -> None:
    for _look in range(3):
        assert client.get(address).status_code == 200
    assert client.post(address, {"password": NEW, "again": NEW}).status_code == 302
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"password": NEW, "again": "another"}, "This is not what you typed above."),
        ({"password": "short", "again": "short"}, "too short"),
        ({}, "too short"),
    ],
)
def test_a_refused_password_is_not_shown_again(
    client: Client, address: str, form: dict[str, str], sentence: str
) -> None:
    answer = client.post(address, form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert NEW not in text(answer)
    assert NEW not in repr(answer.context["page"])


def test_whoever_was_signed_in_here_is_signed_out(client: Client, acme: Cast, address: str) -> None:
    client.force_login(acme.users["approver"])
    client.post(address, {"password": NEW, "again": NEW})
    assert "Your password is set. Sign in with it." in text(client.get("/sign-in/"))


def test_open_sessions_end_with_the_old_password(client: Client, acme: Cast) -> None:
    other = Client()
    for each in (client, other):
        each.post("/sign-in/", {"email": "editor@acme.example", "password": PASSWORD})
    form = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert client.post("/account/password/", form)["Location"] == "/account/password/"
    assert client.get("/account/password/").status_code == 200, "this browser stays signed in"
    assert other.get("/account/password/").status_code == 302


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "guess", "password": NEW, "again": NEW}, "This is not your password."),
        ({"current": PASSWORD, "password": NEW, "again": "x"}, "This is not what you typed above."),
        ({"current": PASSWORD, "password": "a", "again": "a"}, "too short"),
    ],
)
def test_a_refused_change_says_why(client: Client, acme: Cast, form: dict[str, str], sentence: str) -> None:
    client.force_login(acme.users["editor"])
    answer = client.post("/account/password/", form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert User.objects.get(email="editor@acme.example").check_password(PASSWORD)


def test_known_and_unknown_addresses_get_the_same_answer_at_the_same_cost(
    client: Client, acme: Cast, django_assert_num_queries: Any
) -> None:
    answers = []
    for email in ("editor@acme.example", "nobody@acme.example"):
        with django_assert_num_queries(0):
            answer = client.post("/forgotten-password/", {"email": email})
        assert answer.status_code == 200
        answers.append([line for line in text(answer).splitlines() if "csrf" not in line])
    assert answers[0] == answers[1]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_changes_nothing_of_the_answer(client: Client, acme: Cast) -> None:
    with patch("audits.messages.current_app.send_task", side_effect=OperationalError("down")) as sent:
        assert client.post("/forgotten-password/", {"email": "editor@acme.example"}).status_code == 200
    assert sent.call_args.kwargs["args"] == ["editor@acme.example"]


def test_no_address_is_asked_about(client: Client, acme: Cast) -> None:
    answer = client.post("/forgotten-password/", {"email": "none"})
    assert answer.status_code == 422
    assert "This is no e-mail address." in text(answer)


def test_the_sign_in_page_leads_there(client: Client) -> None:
    assert 'href="/forgotten-password/"' in text(client.get("/sign-in/"))
