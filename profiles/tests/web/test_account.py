"""Signing in and out, and what a browser remembers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.access import Role
from profiles.actions import members
from profiles.actions.sessions import MOST_FAILURES
from profiles.models import User
from profiles.tests import cast as some
from profiles.tests.cast import PASSWORD, SYSTEM, Cast

pytestmark = pytest.mark.django_db

SIGN_IN = "/sign-in/"
EMAIL = "editor@acme.example"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def sign_in(client: Client, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Any:
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def entries(kind: str) -> list[Entry]:
    return list(Entry.objects.filter(kind=kind))


# Signing in


def test_the_right_password_opens_and_the_trail_knows(client: Client, acme: Cast) -> None:
    response = sign_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in(client)
    (entry,) = entries("session.started")
    assert (entry.organization, entry.actor_name, entry.outcome) == ("acme", "Editor of Acme", "done")


def test_case_and_spaces_of_an_address_do_not_matter(client: Client, acme: Cast) -> None:
    assert sign_in(client, f"  {EMAIL.upper()} ").status_code == 302


def test_a_wrong_password_says_so_and_keeps_the_address_only(client: Client, acme: Cast) -> None:
    response = sign_in(client, password="not this one")
    found = response.content.decode()
    assert response.status_code == 422
    assert "do not belong together" in found
    assert f'value="{EMAIL}"' in found
    assert "not this one" not in found
    assert not signed_in(client)
    (entry,) = entries("session.refused")
    assert (entry.organization, entry.outcome) == ("acme", "refused")
    assert "not this one" not in bytes(entry.leaf).decode()


def test_an_unknown_address_gets_the_same_words_and_leaves_nothing(client: Client, acme: Cast) -> None:
    known = sign_in(client, password="wrong").content.decode()
    unknown = sign_in(client, "nobody@acme.example", "wrong").content.decode()
    assert "do not belong together" in known
    assert "do not belong together" in unknown
    assert len(entries("session.refused")) == 1


def test_whoever_was_deactivated_does_not_get_in(client: Client, acme: Cast) -> None:
    User.objects.filter(email=EMAIL).update(is_active=False)
    assert sign_in(client).status_code == 422


def test_after_ten_failures_even_the_right_password_waits(client: Client, acme: Cast) -> None:
    for _attempt in range(MOST_FAILURES):
        sign_in(client, password="guess")
    response = sign_in(client)
    assert response.status_code == 422
    assert "Wait a quarter of an hour" in response.content.decode()
    assert not signed_in(client)
    assert len(entries("session.refused")) == MOST_FAILURES


def test_after_a_quarter_of_an_hour_the_right_password_opens_again(client: Client, acme: Cast) -> None:
    for _attempt in range(MOST_FAILURES):
        sign_in(client, password="guess")
    later = timezone.now() + timedelta(minutes=16)
    with patch("profiles.web.views.account.timezone.now", return_value=later):
        assert sign_in(client).status_code == 302


def test_failures_of_one_person_do_not_lock_out_another(client: Client, acme: Cast) -> None:
    for _attempt in range(MOST_FAILURES):
        sign_in(client, password="guess")
    assert sign_in(client, "approver@acme.example").status_code == 302


@pytest.mark.parametrize("email", ["", "x" * 400, HOSTILE])
def test_any_address_gets_an_answer(client: Client, acme: Cast, email: str) -> None:
    response = sign_in(client, email)
    assert response.status_code == 422
    assert HOSTILE not in response.content.decode()


def test_a_person_of_two_organizations_is_noted_in_both(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    members.add_member(rival.organization, user=acme.users["editor"], role=Role.EDITOR, by=SYSTEM, now=timezone.now())
    sign_in(client)
    assert {entry.organization for entry in entries("session.started")} == {"acme", "rival"}


# Where it leads


@pytest.mark.parametrize("target", ["/reviews/", "/rulebooks/reference/2026-11-01/?q=a#b"])
def test_signing_in_leads_on_inside_this_site(client: Client, acme: Cast, target: str) -> None:
    assert sign_in(client, next=target)["Location"] == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\t//evil.example",
    ],
)
def test_and_never_elsewhere(client: Client, acme: Cast, target: str) -> None:
    assert sign_in(client, next=target)["Location"] == "/"


def test_a_protected_page_comes_back_after_signing_in(client: Client, acme: Cast) -> None:
    first = client.get("/attestations/?kind=adults_only")
    assert first["Location"] == "/sign-in/?next=/attestations/%3Fkind%3Dadults_only"
    form = client.get(first["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/attestations/?kind=adults_only">' in form


def test_whoever_is_signed_in_needs_no_form(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["editor"])
    assert client.get(f"{SIGN_IN}?next=/reviews/")["Location"] == "/reviews/"


def test_a_fragment_of_a_session_that_ended_leads_to_signing_in(client: Client, acme: Cast) -> None:
    response = client.get(
        "/rulebooks/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/rulebooks/?x=1"}
    )
    assert response["HX-Redirect"] == "/sign-in/?next=/rulebooks/%3Fx%3D1"


@pytest.mark.parametrize(
    ("came", "then"),
    [
        ("http://testserver/products/helper/edit/?q=a", "/products/helper/edit/%3Fq%3Da"),
        ("http://elsewhere.example/products/helper/edit/", "/"),
        ("", "/"),
    ],
)
def test_a_form_of_a_session_that_ended_leads_back_to_the_page_that_it_stood_on(
    client: Client, acme: Cast, came: str, then: str
) -> None:
    """Its own address takes no GET: after signing in there would be nothing to see."""
    response = client.post("/products/helper/draft/", headers={"Referer": came})
    assert response["Location"] == f"/sign-in/?next={then}"


def test_signing_out_ends_the_session(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["editor"])
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == SIGN_IN
    assert not signed_in(client)


# What a browser remembers


def test_the_theme_is_a_cookie_that_the_next_page_obeys(client: Client) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "/sign-in/"})
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    cookie = response.cookies["theme"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("dark", True, "Lax")
    assert 'data-theme="dark"' in client.get(SIGN_IN).content.decode()
    client.post("/theme/", {"theme": "light"})
    assert 'data-theme="light"' in client.get(SIGN_IN).content.decode()


def test_a_theme_that_does_not_exist_is_not_remembered(client: Client) -> None:
    response = client.post("/theme/", {"theme": HOSTILE, "next": "//evil.example/"})
    assert "theme" not in response.cookies
    assert response["Location"] == "/"


# Several organizations


def test_switching_shows_the_other_organization(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    members.add_member(
        rival.organization, user=acme.users["editor"], role=Role.AUDITOR, by=SYSTEM, now=timezone.now(),
        expires_at=timezone.now() + timedelta(days=3),
    )  # fmt: skip
    client.force_login(acme.users["editor"])
    assert "<h1>Acme</h1>" in client.get("/").content.decode()
    assert client.post("/organizations/rival/switch/")["Location"] == "/"
    found = client.get("/").content.decode()
    assert "<h1>Rival</h1>" in found
    # The role is that of the organization that is looked at.
    assert client.post("/settings/api-keys/", {"name": "k"}).status_code == 403


def test_nobody_switches_to_an_organization_that_is_not_theirs(client: Client, acme: Cast) -> None:
    some.make_cast("rival", "other")
    client.force_login(acme.users["editor"])
    assert client.post("/organizations/rival/switch/").status_code == 404
    assert client.post("/organizations/nobody/switch/").status_code == 404
    assert "<h1>Acme</h1>" in client.get("/").content.decode()
