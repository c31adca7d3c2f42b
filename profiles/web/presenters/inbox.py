"""What somebody is told, and how they want to be told."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Pager, When


class NoticeLine(Struct, frozen=True):
    """``href`` leads to what it is about by way of the notice, which counts as read then."""

    pk: int
    href: str
    headline: str
    detail: str
    topic: str
    icon: str
    when: When
    is_unread: bool
    is_alert: bool = False
    organization: str = ""  # named for somebody who is in several


class NoticeDay(Struct, frozen=True):
    title: str
    lines: tuple[NoticeLine, ...]


class InboxPage(Struct, frozen=True):
    lead: str
    show: str  # "unread" or "all"
    unread: int
    here: str  # this page's own address, to come back to
    days: tuple[NoticeDay, ...]
    pager: Pager
    empty: str = ""


class MailOption(Struct, frozen=True):
    value: str
    label: str
    chosen: bool


class TopicRow(Struct, frozen=True):
    """``fixed`` says why there is nothing to choose; ``id`` names the fields."""

    id: str
    name: str
    text: str
    icon: str
    inbox: bool
    mails: tuple[MailOption, ...]
    fixed: str = ""


class Hour(Struct, frozen=True):
    value: int
    label: str
    chosen: bool


class NotificationsPage(Struct, frozen=True):
    lead: str
    rows: tuple[TopicRow, ...]
    hours: tuple[Hour, ...]
    hour_hint: str
    email: str
    problem: str = ""
