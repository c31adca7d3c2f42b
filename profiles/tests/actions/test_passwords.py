"""Links that set a password once, and passwords changed by whoever knows the old one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import override_settings
from django.utils import timezone

from audits.models import Entry
from profiles import mail
from profiles.access import Role
from profiles.actions.members import invite_member
from profiles.actions.password_links import FORGOTTEN, INVITED, SHOWN, Way, make_token, uid_of
from profiles.actions.passwords import LinkEnded, WrongPassword, account_of, change_password, set_password
from profiles.actions.sessions import MOST_FAILURES
from profiles.errors import InvalidInput
from profiles.models import User
from profiles.tests import cast as some
from profiles.tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
NEW = "nine tall sunflowers"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def editor(acme: Cast) -> User:
    return acme.users["editor"]


@pytest.mark.parametrize("way", [SHOWN, INVITED, FORGOTTEN])
def test_a_link_works_once_and_until_its_time_is_over(editor: User, way: Way) -> None:
    now = timezone.now()
    token, uid = make_token(editor, way, now), uid_of(editor)
    assert account_of(uid, token, now + way.lasts - timedelta(seconds=2)) == editor
    with pytest.raises(LinkEnded):
        account_of(uid, token, now + way.lasts + timedelta(seconds=2))
    set_password(uid, token=token, password=NEW, now=now)
    editor.refresh_from_db()
    assert editor.check_password(NEW)
    with pytest.raises(LinkEnded):
        set_password(uid, token=token, password=f"{NEW} again", now=now)


def test_one_way_of_a_link_is_not_taken_for_another(editor: User) -> None:
    """What was shown for three days must not pass for what was mailed, which proves an address."""
    now = timezone.now()
    User.objects.filter(pk=editor.pk).update(is_unproven=True)
    editor.refresh_from_db()
    set_password(uid_of(editor), token=make_token(editor, SHOWN, now), password=NEW, now=now)
    assert User.objects.get(pk=editor.pk).is_unproven
    editor.refresh_from_db()
    set_password(uid_of(editor), token=make_token(editor, FORGOTTEN, now), password=f"{NEW} again", now=now)
    assert not User.objects.get(pk=editor.pk).is_unproven


@pytest.mark.parametrize(
    "token", ["", "x", "a-b", "dis9e9-a92d293390f7ca25249065ee6adfc07b", "\udce4", "-", "1" * 5000]
)
@pytest.mark.parametrize("uid", ["", "MTg", "ü", "////", "A" * 5000, "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_no_link_of_ours_opens_nothing(editor: User, uid: str, token: str) -> None:
    with pytest.raises(LinkEnded):
        account_of(uid, token, timezone.now())


def test_somebody_elses_link_opens_their_account_and_no_other(acme: Cast, editor: User) -> None:
    token = make_token(editor, SHOWN, timezone.now())
    with pytest.raises(LinkEnded):
        account_of(uid_of(acme.users["approver"]), token, timezone.now())


def test_a_closed_account_has_no_link(editor: User) -> None:
    token = make_token(editor, FORGOTTEN, timezone.now())
    User.objects.filter(pk=editor.pk).update(is_active=False)
    with pytest.raises(LinkEnded):
        account_of(uid_of(editor), token, timezone.now())


@pytest.mark.parametrize("weak", ["", "short", "1qaz2wsx3edc", "editor@acme.example", "x" * 5_000])
def test_a_weak_password_is_refused_and_the_link_stays(editor: User, weak: str) -> None:
    now = timezone.now()
    token = make_token(editor, SHOWN, now)
    with pytest.raises(InvalidInput) as refusal:
        set_password(uid_of(editor), token=token, password=weak, now=now)
    assert set(refusal.value.fields) == {"password"}
    assert account_of(uid_of(editor), token, now) == editor


def test_it_is_told_in_every_organization_of_theirs_without_the_password(acme: Cast, editor: User) -> None:
    rival = some.make_cast("rival", "other")
    invite_member(
        rival.organization,
        email=editor.email,
        name="",
        role=Role.EDITOR,
        by=rival.actor("administrator"),
        now=timezone.now(),
    )
    set_password(uid_of(editor), token=make_token(editor, SHOWN, timezone.now()), password=NEW, now=timezone.now())
    entries = Entry.objects.filter(kind="person.password.changed")
    assert {entry.organization for entry in entries} == {"acme", "rival"}
    assert not [entry for entry in entries if NEW.encode() in bytes(entry.leaf)]


# Changed


def test_the_old_password_opens_the_way_to_a_new_one(acme: Cast, editor: User) -> None:
    change_password(editor, current=PASSWORD, password=NEW, by=acme.actor("editor"), now=timezone.now())
    assert User.objects.get(pk=editor.pk).check_password(NEW)


def test_guessing_the_old_password_ends_after_ten_times(acme: Cast, editor: User) -> None:
    for _attempt in range(MOST_FAILURES):
        with pytest.raises(WrongPassword, match="This is not your password"):
            change_password(editor, current="guess", password=NEW, by=acme.actor("editor"), now=timezone.now())
    with pytest.raises(WrongPassword, match="Wait a quarter of an hour"):
        change_password(editor, current=PASSWORD, password=NEW, by=acme.actor("editor"), now=timezone.now())
    later = timezone.now() + timedelta(minutes=16)
    change_password(editor, current=PASSWORD, password=NEW, by=acme.actor("editor"), now=later)


# By mail


def link_in(text: str) -> tuple[str, str]:
    address = next(line for line in text.splitlines() if "/set-password/" in line)
    uid, token = address.strip().rstrip("/").rsplit("/", 2)[1:]
    return uid, token


def test_whoever_forgot_it_gets_a_link_that_works(editor: User) -> None:
    mail.password_link("EDITOR@acme.example", now=timezone.now())
    (sent,) = outbox.outbox
    assert sent.to == [editor.email]
    assert account_of(*link_in(str(sent.body)), timezone.now()) == editor


def test_an_address_without_an_account_gets_no_mail(acme: Cast) -> None:
    mail.password_link("nobody@acme.example", now=timezone.now())
    assert outbox.outbox == []


def test_nobody_is_flooded_with_links(editor: User) -> None:
    for minute in range(9):
        mail.password_link(editor.email, now=timezone.now() + timedelta(minutes=minute))
    assert len(outbox.outbox) == 3
    mail.password_link(editor.email, now=timezone.now() + timedelta(minutes=40))
    assert len(outbox.outbox) == 4


def test_whoever_is_invited_gets_a_link_that_proves_their_address(acme: Cast) -> None:
    found = invite_member(
        acme.organization,
        email="new@acme.example",
        name="<b>New & Person</b>",
        role=Role.EDITOR,
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    with override_settings(BRIGHTLINE_BASE_URL="https://brightline.example"):
        mail.invitation(found.member.user_id, acme.organization.pk, now=timezone.now())
    (sent,) = outbox.outbox
    assert "Hello <b>New & Person</b>," in sent.body
    assert "Acme invites you" in sent.subject
    assert "https://brightline.example/set-password/" in sent.body
    uid, token = link_in(str(sent.body))
    set_password(uid, token=token, password=NEW, now=timezone.now())
    assert not User.objects.get(email="new@acme.example").is_unproven
    mail.invitation(found.member.user_id, acme.organization.pk, now=timezone.now())
    assert len(outbox.outbox) == 1, "a message that comes twice sends one mail"
