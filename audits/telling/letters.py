"""Mail: one notice at once, or the digest of a day.

A letter is a row first. The row stays locked while it is handed to the mail server, so nobody hands it over a second
time meanwhile; a worker that dies just after that sends it again, under the same Message-ID.
"""

from __future__ import annotations

import hashlib
import logging
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from audits import dispatch
from audits.telling import waiting, words
from audits.telling.words import Names
from profiles.models import Letter, Notice, User
from profiles.queries import memberships, notices
from profiles.telling.happening import Happening
from profiles.telling.topics import Mail

logger = logging.getLogger(__name__)

_LONGEST_SUBJECT: Final = 180  # characters
MOST_IN_DIGEST: Final = 50  # the rest is counted, and stands in the inbox


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a mail."""

    headline: str
    detail: str
    where: str  # the organization
    when: str
    href: str


def send(letter_id: int, *, now: datetime) -> bool:
    """Make one attempt to send a letter; returns whether there was something to do."""
    with transaction.atomic():
        if waiting.begin(Letter.objects.all(), letter_id, now) is None:
            return False
    with transaction.atomic():
        letter = waiting.locked(Letter.objects.select_related("user"), letter_id)
        if letter is None:
            return False
        found = _notices(letter, now)
        if not found:
            waiting.end(letter, Letter.State.DROPPED, now)
            return True
        waiting.send_mail(letter, lambda: _message(letter, found), now)
    return True


def _notices(letter: Letter, now: datetime) -> list[Notice]:
    """What the letter is about, as far as this person may still know of it. In a digest, what was read is left out."""
    user = letter.user
    if not user.is_active:
        return []
    rows = notices(user, memberships(user, now)).select_related("entry", "organization").order_by("pk")
    if letter.notice_id:
        return list(rows.filter(pk=letter.notice_id))
    return list(rows.filter(digest=letter, read_at=None))


# What it says


def _message(letter: Letter, found: Sequence[Notice]) -> EmailMultiAlternatives:
    user = letter.user
    with translation.override(user.mail_language), timezone.override(user.zone):
        lines = _lines(found)
        subject = lines[0].headline if letter.notice_id else _digest_subject(len(lines))
        context = {
            "name": user.name,
            "subject": subject,
            "lines": lines[:MOST_IN_DIGEST],
            "more": max(0, len(lines) - MOST_IN_DIGEST),
            "is_digest": letter.day is not None,
            "inbox_href": settings.BRIGHTLINE_BASE_URL + reverse("inbox"),
            "choices_href": settings.BRIGHTLINE_BASE_URL + reverse("settings_notifications"),
            "language": translation.get_language(),
        }
        message = EmailMultiAlternatives(
            one_line(subject),
            render_to_string("mail/notices.txt", context),
            to=[user.email],
            headers={"Message-ID": _message_id(letter), "Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(render_to_string("mail/notices.html", context), "text/html")
    return message


def _digest_subject(count: int) -> str:
    return ngettext("%(n)d thing happened", "%(n)d things happened", count) % {"n": count}


def _lines(found: Iterable[Notice]) -> list[Line]:
    pairs = [(notice, it) for notice in found if (it := Happening.read(notice.entry.content()))]
    names = Names.of(it for _notice, it in pairs)
    return [
        Line(
            headline=words.headline(it, names),
            detail=words.detail(it),
            where=notice.organization.name if notice.organization else "",
            when=words.moment(notice.at.isoformat()),
            href=settings.BRIGHTLINE_BASE_URL + reverse("notice", args=[notice.pk]),
        )
        for notice, it in pairs
    ]


def one_line(text: str) -> str:
    """A subject: names that people chose may hold anything, and a header ends at a line break."""
    visible = (" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    line = " ".join("".join(visible).split())
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"


def _message_id(letter: Letter) -> str:
    """The same at every attempt, so that a mail which was sent twice is recognized as one."""
    seal = hashlib.sha256(f"{settings.SECRET_KEY}:{letter.pk}:{letter.created_at.isoformat()}".encode()).hexdigest()
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{letter.pk}.{seal[:24]}@{host}>"


# Digests


def write_digests(*, now: datetime) -> int:
    """Write today's digest of everybody who has something for it and whose hour has come: one for each of their days,
    a day that was missed included in the next. Returns how many."""
    pending = Notice.objects.filter(user=OuterRef("pk"), mail=Mail.DIGEST, digest=None)
    people = User.objects.filter(Exists(pending), is_active=True).order_by("pk")
    return sum(_write_digest(user, now) for user in people.iterator())


def _write_digest(user: User, now: datetime) -> bool:
    local = now.astimezone(user.zone)
    if local.hour < user.digest_hour:
        return False
    with transaction.atomic():
        letter, is_new = Letter.objects.get_or_create(
            user=user, day=local.date(), defaults={"created_at": now, "due_at": now, "asked_at": now}
        )
        if not is_new:
            return False  # what came later than the hour is for tomorrow's
        Notice.objects.filter(user=user, mail=Mail.DIGEST, digest=None).update(digest=letter)
        dispatch.send_letter(letter.pk)
    return True
