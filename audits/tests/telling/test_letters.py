"""Mail: at once and as a digest, on the clock of whoever reads it; a mail server that is down loses nothing."""

import email
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, Message
from email.policy import default as modern
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from audits.telling import fan_out, letters, sweep
from audits.trail.kinds import Kind
from audits.trail.record import record
from config.tests.support import free_port
from profiles.access import Role
from profiles.actions.members import add_member
from profiles.models import Letter, Notice, User
from profiles.telling.retries import MOST_TRIES
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast("acme", "helper")
    fan_out.tell(now=timezone.now())
    Letter.objects.all().delete()
    Notice.objects.all().delete()
    return cast


def submitted(acme: Cast, why: str = "Because it is needed.") -> None:
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme, why=why)
    fan_out.tell(now=timezone.now())


def letter_to(acme: Cast, name: str) -> Letter:
    return Letter.objects.get(user=acme.users[name])


def hold(at: datetime, key: str = "tone.profanity", organization: str = "acme") -> None:
    record(Kind.HOLD_PLACED, who=SYSTEM, at=at, organization=organization, target=f"hold {key}", data={"reason": "R."})
    fan_out.tell(now=at)


def html_of(sent: Any) -> str:
    return str(sent.alternatives[0].content)


def test_a_reviewer_gets_a_mail_with_a_link_to_the_version_and_to_the_choices(acme: Cast) -> None:
    submitted(acme)
    letter = letter_to(acme, "approver")
    assert letters.send(letter.pk, now=timezone.now())
    (sent,) = mail.outbox
    assert sent.to == ["approver@acme.example"]
    assert sent.subject == "Editor of Acme submitted version 1 of Helper"
    notice = Notice.objects.get(user=acme.users["approver"])
    for text in (sent.body, html_of(sent)):
        assert f"/inbox/{notice.pk}/" in text
        assert "/settings/notifications/" in text
        assert "Because it is needed." in text
    letter.refresh_from_db()
    assert letter.state == Letter.State.SENT


def test_no_mail_decides_anything(acme: Cast) -> None:
    submitted(acme)
    letters.send(letter_to(acme, "approver").pk, now=timezone.now())
    links = [word for word in mail.outbox[0].body.split() if "://" in word]
    assert len(links) == 2
    assert not any("review" in link or "approve" in link or "?" in link for link in links)


def test_a_mail_is_sent_once_however_often_it_is_asked_for(acme: Cast) -> None:
    submitted(acme)
    letter = letter_to(acme, "approver")
    assert [letters.send(letter.pk, now=timezone.now()) for _ in range(3)] == [True, False, False]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "name",
    ["Eve\r\nBcc: all@victim.example", "Eve\nSubject: x", "\u202eevE", "E\x00ve", "<b>Eve</b>", "%s %(x)s {{ 7 }}"],
)
def test_a_name_cannot_become_a_header_or_markup(acme: Cast, name: str) -> None:
    User.objects.filter(pk=acme.users["editor"].pk).update(name=name.replace("\x00", "\x01"))
    acme.users["editor"].refresh_from_db()
    submitted(acme, why="<script>alert(1)</script>")
    letters.send(letter_to(acme, "approver").pk, now=timezone.now())
    (sent,) = mail.outbox
    message = sent.message()
    assert message["Bcc"] is None
    assert len(message.get_all("Subject") or []) == 1
    assert sent.subject.isprintable()
    html = html_of(sent)
    assert "<script>" not in html
    assert "<b>Eve" not in html


def test_a_long_subject_is_cut() -> None:
    assert len(letters.one_line("x" * 5_000)) == 180
    assert letters.one_line("a\u2028b\tc\r\nd") == "a b c d"


def test_times_stand_on_the_clock_of_whoever_reads(acme: Cast) -> None:
    User.objects.filter(email="approver@acme.example").update(time_zone="Asia/Kolkata")
    submitted(acme)
    letters.send(letter_to(acme, "approver").pk, now=timezone.now())
    assert " IST" in mail.outbox[0].body
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "UTC\x01"])
def test_a_zone_that_nobody_knows_is_utc(acme: Cast, zone: str) -> None:
    User.objects.filter(email="approver@acme.example").update(time_zone=zone, language="tlh")
    submitted(acme)
    letters.send(letter_to(acme, "approver").pk, now=timezone.now())
    assert " UTC" in mail.outbox[0].body


def test_somebody_who_left_meanwhile_gets_no_mail(acme: Cast) -> None:
    submitted(acme)
    acme.organization.members.filter(user=acme.users["approver"]).delete()
    User.objects.filter(pk=acme.users["approver2"].pk).update(is_active=False)
    for name in ("approver", "approver2"):
        letters.send(letter_to(acme, name).pk, now=timezone.now())
        assert letter_to(acme, name).state == Letter.State.DROPPED
    assert mail.outbox == []


# A mail server, and one that is down


class Box:
    """Keeps what a real SMTP server was given."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.refuse = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.refuse:
            return "451 Try again later"
        self.got.append(email.message_from_bytes(envelope.content, policy=modern))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Box]:
    box, port = Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_USE_TLS=False,
        ):
            yield box
    finally:
        controller.stop()


def test_a_real_mail_server_gets_both_forms_under_one_lasting_id(acme: Cast) -> None:
    submitted(acme)
    letter = letter_to(acme, "approver")
    with mail_server() as box:
        letters.send(letter.pk, now=timezone.now())
        Letter.objects.filter(pk=letter.pk).update(state=Letter.State.WAITING)  # as if the worker had died just then
        letters.send(letter.pk, now=timezone.now())
    first, second = box.got
    assert isinstance(first, EmailMessage)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert {part.get_content_type() for part in first.iter_parts()} == {"text/plain", "text/html"}


def test_a_mail_server_that_is_down_loses_nothing_and_is_asked_ever_more_rarely(acme: Cast) -> None:
    submitted(acme)
    letter = letter_to(acme, "approver")
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=9
    ):
        letters.send(letter.pk, now=timezone.now())
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == ("waiting", 1)
    assert "Connection" in letter.failure
    with mail_server() as box:
        box.refuse = True
        assert letters.send(letter.pk, now=letter.due_at)
        letter.refresh_from_db()
        assert (letter.state, letter.tries) == ("waiting", 2)
        assert not letters.send(letter.pk, now=letter.due_at - timedelta(seconds=1))
        box.refuse = False
        assert sweep.sweep(now=letter.due_at) >= 1
        letters.send(letter.pk, now=letter.due_at)
        letters.send(letter.pk, now=letter.due_at)
    letter.refresh_from_db()
    assert letter.state == Letter.State.SENT
    assert len(box.got) == 1


def test_after_a_day_of_trying_it_is_given_up_and_stays_in_the_inbox(acme: Cast) -> None:
    submitted(acme)
    letter = letter_to(acme, "approver")
    with mail_server() as box:
        box.refuse = True
        for _ in range(MOST_TRIES):
            letters.send(letter.pk, now=letter.due_at)
            letter.refresh_from_db()
    assert letter.state == Letter.State.FAILED
    assert letter.due_at - letter.created_at < timedelta(hours=30)
    assert Notice.objects.filter(user=acme.users["approver"], in_inbox=True, read_at=None).exists()


# Digests


def digests(user: User) -> list[Letter]:
    return list(Letter.objects.filter(user=user, day__isnull=False).order_by("day"))


def send_all(user: User, now: datetime) -> None:
    for letter in digests(user):
        letters.send(letter.pk, now=now)


def test_a_digest_comes_once_a_day_at_the_hour_of_ones_own_clock(acme: Cast) -> None:
    berlin, tokyo = acme.users["editor"], acme.users["compliance"]
    User.objects.filter(pk=berlin.pk).update(time_zone="Europe/Berlin", digest_hour=8)
    User.objects.filter(pk=tokyo.pk).update(time_zone="Asia/Tokyo", digest_hour=8)
    hold(datetime(2026, 11, 23, 3, tzinfo=UTC))
    at = datetime(2026, 11, 23, 6, 59, tzinfo=UTC)  # 7:59 in Berlin, 15:59 in Tokyo
    letters.write_digests(now=at)
    assert (len(digests(berlin)), len(digests(tokyo))) == (0, 1)
    for _ in range(3):
        at += timedelta(minutes=5)
        letters.write_digests(now=at)
    assert (len(digests(berlin)), len(digests(tokyo))) == (1, 1)
    send_all(berlin, at)
    (sent,) = mail.outbox
    assert sent.subject == "1 thing happened"
    assert "placed a hold on" in sent.body
    assert " CET" in sent.body


def test_what_comes_after_the_hour_is_for_tomorrow_and_nothing_is_told_twice(acme: Cast) -> None:
    user = acme.users["editor"]
    hold(MORNING, "a.first")
    letters.write_digests(now=MORNING)
    hold(MORNING + timedelta(hours=1), "b.second")
    letters.write_digests(now=MORNING + timedelta(hours=2))
    assert len(digests(user)) == 1
    letters.write_digests(now=MORNING + timedelta(days=1))
    send_all(user, MORNING + timedelta(days=1))
    first, second = mail.outbox
    assert "a.first" in first.body
    assert "b.second" not in first.body
    assert "b.second" in second.body
    assert "a.first" not in second.body
    letters.write_digests(now=MORNING + timedelta(days=2))
    assert len(digests(user)) == 2


def test_nights_that_were_missed_are_in_the_next_digest(acme: Cast) -> None:
    user = acme.users["editor"]
    for day in range(3):
        hold(MORNING + timedelta(days=day), f"h.{day}")
    letters.write_digests(now=MORNING + timedelta(days=5, hours=9))  # late in the day as well
    assert [letter.day.day for letter in digests(user) if letter.day] == [28]
    send_all(user, MORNING + timedelta(days=6))
    assert [f"h.{day}" in mail.outbox[0].body for day in range(3)] == [True] * 3


def test_a_digest_leaves_out_what_was_read_and_is_not_sent_if_nothing_is_left(acme: Cast) -> None:
    user = acme.users["editor"]
    hold(MORNING)
    letters.write_digests(now=MORNING)
    Notice.objects.filter(user=user).update(read_at=MORNING)
    send_all(user, MORNING)
    assert mail.outbox == []
    assert digests(user)[0].state == Letter.State.DROPPED


def test_a_digest_says_nothing_of_an_organization_that_somebody_left(acme: Cast) -> None:
    rival, user = some.make_cast("rival", "thing"), acme.users["editor"]
    add_member(rival.organization, user=user, role=Role.EDITOR, by=SYSTEM, now=timezone.now())
    hold(MORNING, "ours.key")
    hold(MORNING, "theirs.key", "rival")
    rival.organization.members.filter(user=user).delete()
    letters.write_digests(now=MORNING)
    send_all(user, MORNING)
    assert "ours.key" in mail.outbox[0].body
    assert "theirs.key" not in mail.outbox[0].body


def test_a_long_digest_is_cut_and_counts_the_rest(acme: Cast) -> None:
    for number in range(letters.MOST_IN_DIGEST + 3):
        record(Kind.HOLD_PLACED, who=SYSTEM, at=MORNING, organization="acme", target=f"hold h.{number}")
    fan_out.tell(now=MORNING)
    letters.write_digests(now=MORNING)
    send_all(acme.users["editor"], MORNING)
    assert mail.outbox[0].subject == "53 things happened"
    assert "3 more are in your inbox" in mail.outbox[0].body


def test_two_schedulers_write_one_digest(transactional_db: None) -> None:
    acme = some.make_cast("acme", "helper")
    fan_out.tell(now=timezone.now())
    hold(MORNING)
    start = threading.Barrier(3)

    def run() -> None:
        start.wait()
        letters.write_digests(now=MORNING)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    user = acme.users["editor"]
    (letter,) = digests(user)
    assert letter.notices.count() == Notice.objects.filter(user=user, mail="digest").count()
