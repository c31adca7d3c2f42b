"""Checkpoints that go out to auditors, by mail and by webhook: once in each hour or day, and only if there is news."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail

from audits.ledger import keys, read
from audits.log import notes
from audits.models import Auditor, CheckpointLetter, Log
from audits.telling import checkpoints, deliveries, sweep
from audits.telling.checkpoints import send, write
from audits.tests.ledger.test_sequence import happen, place_all
from audits.tests.telling.receiver import receiving
from profiles.actions.auditors import INSTALLATION, add_auditor, remove_auditor
from profiles.actions.webhooks import create_webhook
from profiles.models import Delivery
from profiles.telling.retries import MOST_TRIES
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    place_all()
    return cast


def named(cast: Cast, rhythm: str = "daily", **more: str) -> Auditor:
    found = add_auditor(
        cast.organization, name="Ida", email="ida@auditor.example", rhythm=rhythm, by=SYSTEM, now=MORNING, **more
    )
    place_all()
    return found


def grow() -> None:
    happen("acme", 1)
    place_all()


def send_all(now: datetime) -> list[Any]:
    mail.outbox.clear()
    for pk in CheckpointLetter.objects.filter(state="waiting").values_list("pk", flat=True):
        send(pk, now=now)
    return mail.outbox


# Mail


def test_the_mail_holds_the_checkpoint_and_says_why_to_keep_it(acme: Cast) -> None:
    auditor = named(acme)
    assert write(now=MORNING) == 1
    (sent,) = send_all(MORNING)
    newest = read.signed("acme")
    assert newest is not None
    assert sent.to == [auditor.email]
    assert sent.subject == f"Please keep: checkpoint of {newest.log.origin}, {newest.size} entries"
    assert "a history that was rewritten and signed anew looks like any other" in sent.body
    assert str(keys.verifiers(newest.log.origin)[0]) in sent.body
    assert newest.note in sent.body
    assert "To cosign this checkpoint" not in sent.body
    ((name, content, _type),) = sent.attachments
    assert (name, content) == (f"acme-{newest.size}.checkpoint", newest.note.encode())
    assert notes.opened(content.decode(), keys.verifiers(newest.log.origin)[0])[0].size == newest.size
    assert b"application/octet-stream" in sent.message().as_bytes()


def test_whoever_has_a_key_is_told_where_to_cosign(acme: Cast) -> None:
    key = str(notes.verifier_of("auditor.example", Ed25519PrivateKey.generate(), notes.COSIGNATURE))
    named(acme, key=key)
    write(now=MORNING)
    assert "/log/acme/cosignature" in send_all(MORNING)[0].body


@pytest.mark.parametrize(("rhythm", "step"), [("hourly", HOUR), ("daily", DAY)])
def test_once_in_each_hour_or_day_with_news(acme: Cast, rhythm: str, step: timedelta) -> None:
    named(acme, rhythm)
    assert write(now=MORNING) == 1
    grow()
    assert write(now=MORNING + timedelta(minutes=19)) == 0
    assert write(now=MORNING + step) == 1
    assert write(now=MORNING + 2 * step) == 0  # nothing is new
    grow()
    assert write(now=MORNING + 3 * step) == 1
    assert len(send_all(MORNING + 3 * step)) == 3


def test_nobody_else_gets_one(acme: Cast) -> None:
    named(acme, "never", key=str(notes.verifier_of("a", Ed25519PrivateKey.generate(), notes.COSIGNATURE)))
    gone = named(acme)
    remove_auditor(gone, by=SYSTEM, now=MORNING)
    assert write(now=MORNING) == 0


def test_whoever_is_removed_before_it_goes_out_gets_none(acme: Cast) -> None:
    auditor = named(acme)
    write(now=MORNING)
    remove_auditor(auditor, by=SYSTEM, now=MORNING)
    assert send_all(MORNING) == []
    assert CheckpointLetter.objects.get().state == "dropped"


def test_the_installations_log_goes_to_its_own_auditors(acme: Cast) -> None:
    add_auditor(INSTALLATION, name="Ida", email="i@auditor.example", rhythm="daily", by=SYSTEM, now=MORNING)
    place_all()
    write(now=MORNING)
    (sent,) = send_all(MORNING)
    assert "/log/_installation" in sent.subject


def test_a_mail_server_that_is_down_loses_nothing(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    named(acme)
    write(now=MORNING)
    letter = CheckpointLetter.objects.get()

    def down(*_: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", down)
        assert send(letter.pk, now=MORNING)
    letter.refresh_from_db()
    assert (letter.state, letter.tries, "gone" in letter.failure) == ("waiting", 1, True)
    assert letter.due_at > MORNING
    assert not send(letter.pk, now=MORNING)  # not yet
    assert send(letter.pk, now=letter.due_at)
    letter.refresh_from_db()
    assert (letter.state, letter.failure) == ("sent", "")


def test_it_is_given_up_in_the_end(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    named(acme)
    write(now=MORNING)
    letter = CheckpointLetter.objects.get()

    def down(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", down)
    for _try in range(MOST_TRIES):
        send(letter.pk, now=letter.due_at)
        letter.refresh_from_db()
    assert letter.state == "failed"


def test_the_timetable_writes_and_asks_again(acme: Cast) -> None:
    named(acme)
    sweep.pass_time(now=MORNING)
    letter = CheckpointLetter.objects.get()
    sweep.sweep(now=MORNING + timedelta(minutes=2))
    letter.refresh_from_db()
    assert letter.asked_at == MORNING + timedelta(minutes=2)
    send_all(MORNING)
    sweep.forget(now=MORNING + timedelta(days=400))
    assert not CheckpointLetter.objects.exists()


# Webhooks


def hook(cast: Cast, url: str, *more: str) -> Any:
    made, _secret = create_webhook(
        cast.organization, url=url, chosen=["log.checkpoint", *more], by=cast.actor("administrator"), now=MORNING
    )
    place_all()
    return made


def test_a_webhook_gets_the_newest_checkpoint_once_an_hour(acme: Cast) -> None:
    with receiving() as receiver:
        hook(acme, receiver.url, "hold.placed")
        assert write(now=MORNING) == 1
        grow()
        assert write(now=MORNING + timedelta(minutes=5)) == 0
        assert write(now=MORNING + HOUR) == 1
        assert write(now=MORNING + 2 * HOUR) == 0
        for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
            deliveries.deliver(pk, now=MORNING + HOUR)
        first, second = receiver.got
    log = Log.objects.get(organization="acme")
    said = second.content
    assert (said["type"], said["data"]["organization"], said["data"]["size"]) == ("log.checkpoint", "acme", log.size)
    assert notes.opened(said["data"]["checkpoint"], keys.verifiers(log.origin)[0])[0].size == log.size
    assert first.id != second.id
    assert said["data"]["url"].endswith(f"/log/acme/checkpoint/{log.size}")


def test_a_webhook_that_did_not_ask_for_it_gets_none(acme: Cast) -> None:
    create_webhook(
        acme.organization,
        url="https://a.example/",
        chosen=["hold.placed"],
        by=acme.actor("administrator"),
        now=MORNING,
    )
    assert write(now=MORNING) == 0


def test_a_slot_is_of_the_world_and_not_of_a_zone() -> None:
    assert checkpoints.slot_of("daily", MORNING) == datetime(2026, 11, 23, tzinfo=UTC)
    assert checkpoints.slot_of("hourly", MORNING) == datetime(2026, 11, 23, 9, tzinfo=UTC)
