"""Members in the browser: invited with a link that is shown once, changed, removed."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from django.utils import timezone

from audits.models import Entry
from profiles.access import Role
from profiles.models import Member, Organization, User
from profiles.tests import cast as some
from profiles.tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db

PAGE = "/settings/members/"
NEW = "nine tall sunflowers"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def administrator(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["administrator"])
    return client


def invite(client: Client, **form: str) -> Any:
    return client.post(f"{PAGE}invite/", {"email": "new@acme.example", "name": "New", "role": "approver", **form})


def link(answer: Any) -> str:
    found = re.search(r'<code id="link">http://[^/]+(/set-password/[^<]+)</code>', answer.content.decode())
    assert found, "no link is shown"
    return found[1]


def of(acme: Cast, name: str) -> str:
    return f"{PAGE}{acme.organization.members.get(user=acme.users[name]).pk}/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_invited_person_sets_a_password_and_signs_in(administrator: Client, acme: Cast) -> None:
    answer = invite(administrator)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    address = link(answer)
    guest = Client()
    assert "New, who signs in as new@acme.example" in text(guest.get(address))
    done = guest.post(address, {"password": NEW, "again": NEW})
    assert (done.status_code, done["Location"]) == (302, "/sign-in/")
    assert guest.post("/sign-in/", {"email": "new@acme.example", "password": NEW}).status_code == 302
    assert guest.get("/products/helper/").status_code == 200
    assert guest.get(address).status_code == 404
    assert "Invited" not in text(administrator.get(PAGE))


def test_a_link_is_kept_nowhere(administrator: Client, acme: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = invite(administrator)
    token = link(answer).rstrip("/").rpartition("/")[2]
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    kept += [cookie.value for cookie in administrator.cookies.values()]
    kept += [bytes(entry.leaf).decode() for entry in Entry.objects.all()]
    kept += [caplog.text, repr(answer.context["page"]), text(administrator.get(PAGE))]
    assert not [each for each in kept if token in each]


def test_where_mail_is_sent_the_page_says_so(administrator: Client, acme: Cast) -> None:
    assert "This installation sends no mail" in text(invite(administrator))
    with override_settings(EMAIL_HOST="mail.example"):
        assert "The same went to two@acme.example by mail." in text(invite(administrator, email="two@acme.example"))


def test_whoever_has_an_account_gets_no_link(administrator: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    answer = invite(administrator, email=rival.users["editor"].email, name="")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "Editor of Rival has an account and is a member now." in text(administrator.get(PAGE))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"email": "none"}, "This is no e-mail address."),
        ({"email": ""}, "Please fill this in."),
        ({"email": "editor@acme.example"}, "Editor of Acme is a member already."),
        ({"name": ""}, "Please fill this in."),
        ({"role": ""}, "Choose a role."),
        ({"role": "king"}, "Choose a role."),
        ({"role": "auditor"}, "must end: give a date in the future."),
        ({"role": "auditor", "expires": "2020-01-01"}, "Give a date in the future."),
        ({"expires": "soon"}, "Write a date as year-month-day"),
    ],
)
def test_a_refused_invitation_says_why_and_keeps_the_input(
    administrator: Client, acme: Cast, form: dict[str, str], sentence: str
) -> None:
    answer = invite(administrator, **form)
    found = text(answer)
    assert answer.status_code == 422
    assert found.count(sentence) == 2, "in the summary and at the field"
    assert "name" in form or 'value="New"' in found
    assert not User.objects.filter(email="new@acme.example").exists()


def test_a_hostile_name_is_text(administrator: Client, acme: Cast) -> None:
    found = text(invite(administrator, name=HOSTILE))
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found


def test_another_role_is_saved_and_holds_at_once(administrator: Client, acme: Cast) -> None:
    editor = Client()
    editor.force_login(acme.users["editor"])
    answer = administrator.post(f"{of(acme, 'editor')}change/", {"role": "compliance", "seen": "editor"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert editor.post("/products/helper/draft/discard/", {"seen": 0}).status_code == 403


def test_an_auditors_end_is_kept_to_the_second_when_it_is_not_changed(administrator: Client, acme: Cast) -> None:
    row = acme.organization.members.get(user=acme.users["auditor"])
    day = row.expires_at.date().isoformat()  # type: ignore[union-attr]
    administrator.post(f"{of(acme, 'auditor')}change/", {"role": "auditor", "expires": day, "seen": "auditor"})
    assert Member.objects.get(pk=row.pk).expires_at == row.expires_at
    later = (timezone.now() + timedelta(days=60)).date().isoformat()
    administrator.post(f"{of(acme, 'auditor')}change/", {"role": "auditor", "expires": later, "seen": "auditor"})
    assert Member.objects.get(pk=row.pk).expires_at.date().isoformat() == later  # type: ignore[union-attr]


def test_a_change_that_crossed_another_one_shows_both(administrator: Client, acme: Cast) -> None:
    answer = administrator.post(f"{of(acme, 'editor')}change/", {"role": "approver", "seen": "compliance"})
    assert answer.status_code == 409
    assert "Somebody changed this member meanwhile" in text(answer)


def test_a_removed_person_sees_nothing_with_their_next_click(administrator: Client, acme: Cast) -> None:
    editor = Client()
    assert editor.post("/sign-in/", {"email": "editor@acme.example", "password": PASSWORD}).status_code == 302
    assert editor.get("/products/helper/").status_code == 200
    assert administrator.post(f"{of(acme, 'editor')}remove/").status_code == 302
    assert editor.get("/products/helper/").status_code == 404
    assert "You are a member of no organization" in text(editor.get("/"))


def test_on_ones_own_page_nothing_can_be_changed(administrator: Client, acme: Cast) -> None:
    address = of(acme, "administrator")
    found = text(administrator.get(address)).split('<main id="main"')[1]
    assert "This is you." in found
    assert "<form" not in found
    assert administrator.post(f"{address}change/", {"role": "editor", "seen": "administrator"}).status_code == 403
    assert administrator.post(f"{address}remove/").status_code == 403


def test_a_new_link_is_offered_only_while_somebody_waits(administrator: Client, acme: Cast) -> None:
    first = link(invite(administrator))
    row = Member.objects.get(user__email="new@acme.example")
    address = f"{PAGE}{row.pk}/"
    assert "Make a new link" in text(administrator.get(address))
    second = link(administrator.post(f"{address}link/"))
    assert Client().get(first).status_code == 404
    Client().post(second, {"password": NEW, "again": NEW})
    assert "Make a new link" not in text(administrator.get(address))
    assert administrator.post(f"{address}link/").status_code == 409


def test_four_eyes_are_missed_aloud_until_there_are_two(administrator: Client, acme: Cast) -> None:
    assert "Four eyes need two people." not in text(administrator.get(PAGE))
    acme.organization.members.exclude(user=acme.users["administrator"]).delete()
    assert "Four eyes need two people." in text(administrator.get(PAGE))


def test_a_member_of_another_organization_is_not_there(administrator: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    address = of(rival, "editor")
    assert administrator.get(address).status_code == 404
    for way in ("change", "remove", "link"):
        assert administrator.post(f"{address}{way}/", {"role": "auditor", "seen": "editor"}).status_code == 404


def test_those_who_only_read_see_no_form(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["editor"])
    found = text(client.get(PAGE)).split('<main id="main"')[1]
    assert "<form" not in found
    assert "needs one of these roles: Administrator." in found
    assert client.get(of(acme, "approver")).status_code == 403


# Organizations


def make(client: Client, **form: str) -> Any:
    typed = {"organization": "Garden", "slug": "garden", "email": "ada@garden.example", "name": "Ada"}
    return client.post("/organizations/create/", typed | form)


def test_a_steward_makes_an_organization_and_hands_it_over(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["steward"])
    answer = make(client)
    assert answer.status_code == 200
    assert "Nobody has signed in yet" in text(answer)
    ada = Client()
    address = link(answer)
    ada.post(address, {"password": NEW, "again": NEW})
    ada.post("/sign-in/", {"email": "ada@garden.example", "password": NEW})
    assert "Create a product" in text(ada.get("/"))
    assert client.get("/products/helper/").status_code == 404, "a steward sees nothing of an operator's work"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"slug": "acme"}, "acme is taken."),
        ({"slug": "No"}, "Use lower-case letters"),
        ({"email": "none"}, "This is no e-mail address."),
        ({"organization": ""}, "Name of the organization: Please fill this in."),
        ({"name": ""}, "Name of the administrator: Please fill this in."),
    ],
)
def test_a_refused_organization_says_why(client: Client, acme: Cast, form: dict[str, str], sentence: str) -> None:
    client.force_login(acme.users["steward"])
    answer = make(client, **form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert Organization.objects.count() == 1


def test_an_administrator_of_two_can_be_the_first_of_a_third(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["steward"])
    answer = make(client, email="administrator@acme.example", name="")
    assert answer.status_code == 200
    assert "Garden exists, and Administrator of Acme looks after it." in text(answer)
    row = Member.objects.get(organization__slug="garden")
    assert (row.user, row.role) == (acme.users["administrator"], Role.ADMINISTRATOR)
