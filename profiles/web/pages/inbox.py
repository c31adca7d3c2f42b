"""From notices to the inbox, and from choices to their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import dateformat
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from msgspec import Struct

from audits.telling import words
from audits.telling.words import TOPIC_NAMES, Names
from profiles.models import Notice, User
from profiles.queries import Slice
from profiles.telling.happening import Happening
from profiles.telling.topics import FIXED, TOPICS, Choice, Mail, Topic, default
from profiles.web.presenters.inbox import (
    Hour,
    InboxPage,
    MailOption,
    NoticeDay,
    NoticeLine,
    NotificationsPage,
    TopicRow,
)
from profiles.web.presenters.parts import Pager, When

_BIGGEST_ID: Final = 2**63 - 1


class AskedInbox(Struct, frozen=True):
    """What the address asks for."""

    show: str = "unread"
    before: int | None = None
    after: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> AskedInbox:
        show = "all" if query.get("show") == "all" else "unread"
        return cls(show, _id(query.get("before", "")), _id(query.get("after", "")))

    def href(self, **place: int) -> str:
        asked = ({"show": self.show} if self.show == "all" else {}) | place
        return reverse("inbox") + (f"?{urlencode(asked)}" if asked else "")


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text[:20]) <= _BIGGEST_ID else None


def build_inbox(piece: Slice[Notice], asked: AskedInbox, *, unread: int, several: bool, now: datetime) -> InboxPage:
    """
    Args:
        several: whether the person is in more than one organization, so that each notice says in which it happened.
    """
    place = {"before": asked.before, "after": asked.after}
    return InboxPage(
        lead=_("What happened that concerns you. You are not told of what you did yourself."),
        show=asked.show,
        unread=unread,
        here=asked.href(**{name: pk for name, pk in place.items() if pk is not None}),
        days=tuple(_days(piece.rows, several=several, now=now)),
        pager=_pager(piece, asked),
        empty=_("Nothing unread.") if asked.show == "unread" else _("Nothing has happened yet that concerns you."),
    )


def _pager(piece: Slice[Notice], asked: AskedInbox) -> Pager:
    if not piece.rows:
        return Pager("", asked.href() if piece.newer else "")
    text = ngettext("%(n)d notice", "%(n)d notices", len(piece.rows)) % {"n": len(piece.rows)}
    newer = asked.href(after=piece.rows[0].pk) if piece.newer else ""
    return Pager(text, newer, asked.href(before=piece.rows[-1].pk) if piece.older else "")


def _days(rows: Iterable[Notice], *, several: bool, now: datetime) -> Iterator[NoticeDay]:
    pairs = [(row, it) for row in rows if (it := Happening.read(row.entry.content()))]
    names, today = Names.of(it for _row, it in pairs), localtime(now).date()
    for day, group in groupby(pairs, key=lambda pair: localtime(pair[0].at).date()):
        yield NoticeDay(_day(day, today), tuple(_line(row, it, names, several, now) for row, it in group))


def _line(row: Notice, it: Happening, names: Names, several: bool, now: datetime) -> NoticeLine:
    topic = TOPICS.get(row.topic)
    return NoticeLine(
        pk=row.pk,
        href=reverse("notice", args=[row.pk]),
        headline=words.headline(it, names),
        detail=words.detail(it),
        topic=str(TOPIC_NAMES[topic]) if topic else "",
        icon=words.icon(row.topic),
        when=When.of(row.at, now),
        is_unread=row.read_at is None,
        is_alert=topic is Topic.ALERTS,
        organization=row.organization.name if several and row.organization else "",
    )


def _day(day: date, today: date) -> str:
    shown = {"day": dateformat.format(day, "j F")}
    if day == today:
        return _("Today, %(day)s") % shown
    if day == today - timedelta(days=1):
        return _("Yesterday, %(day)s") % shown
    return dateformat.format(day, "l, j F Y")


# How to be told

_ABOUT: Final = {
    Topic.ALERTS: lazy("Something went live in an emergency, without approval, or the log is not what it was."),
    Topic.REVIEWS: lazy("Somebody submitted a version that you may review."),
    Topic.VERSIONS: lazy("What becomes of versions that you wrote, reviewed or commented on."),
    Topic.ACTIVATIONS: lazy("What goes live, is scheduled, or did not go live."),
    Topic.CHECKS: lazy("A check found settings outside their windows, or could not be carried out."),
    Topic.LIMITS: lazy("Holds, the baseline, and rulebook revisions that would change your products."),
    Topic.ATTESTATIONS: lazy("Granted, declined, revoked; 30, 7 and 1 days before the end, and at the end."),
    Topic.DECISIONS: lazy("Somebody claims something that a steward must decide."),
    Topic.LOGS: lazy("A log is not what it was, or is not signed any more."),
    Topic.ADMINISTRATION: lazy("Members who come, change roles or go; webhooks that were disabled."),
}
_MAILS: Final = {Mail.NOW: lazy("At once"), Mail.DIGEST: lazy("In the digest"), Mail.NONE: lazy("No mail")}


def build_notifications(
    user: User, topics: Iterable[Topic], choices: Mapping[Topic, Choice], *, is_outsider: bool, problem: str = ""
) -> NotificationsPage:
    return NotificationsPage(
        lead=_("Choose how you want to be told. This is yours alone and holds in every organization."),
        rows=tuple(_row(topic, choices.get(topic) or default(topic, is_outsider=is_outsider)) for topic in topics),
        hours=tuple(Hour(hour, f"{hour:02d}:00", hour == user.digest_hour) for hour in range(24)),
        hour_hint=_("On your own clock: %(zone)s. A day on which nothing happened has no digest.")
        % {"zone": user.time_zone},
        email=user.email,
        problem=problem,
    )


def _row(topic: Topic, choice: Choice) -> TopicRow:
    return TopicRow(
        id=topic.value,
        name=str(TOPIC_NAMES[topic]),
        text=str(_ABOUT[topic]),
        icon=words.icon(topic.value),
        inbox=choice.inbox,
        mails=tuple(MailOption(mail.value, str(label), choice.mail is mail) for mail, label in _MAILS.items()),
        fixed=_("Always in the inbox and by mail at once.") if topic in FIXED else "",
    )


def read_choices(post: Mapping[str, str], topics: Iterable[Topic]) -> dict[Topic, Choice]:
    """What the table says. A topic that is not among its fields is left as it is."""
    mails = {mail.value: mail for mail in Mail}
    return {
        topic: Choice(inbox=f"inbox-{topic.value}" in post, mail=mails[post[f"mail-{topic.value}"]])
        for topic in topics
        if topic not in FIXED and post.get(f"mail-{topic.value}") in mails
    }
