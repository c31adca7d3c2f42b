"""What somebody is told, and how they want to be told."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Pager, When


@dataclass(frozen=True, slots=True)
class NoticeLine:
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


@dataclass(frozen=True, slots=True)
class NoticeDay:
    title: str
    lines: tuple[NoticeLine, ...]


@dataclass(frozen=True, slots=True)
class InboxPage:
    lead: str
    show: str  # "unread" or "all"
    unread: int
    here: str  # this page's own address, to come back to
    days: tuple[NoticeDay, ...]
    pager: Pager
    empty: str = ""


@dataclass(frozen=True, slots=True)
class MailOption:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TopicRow:
    """``fixed`` says why there is nothing to choose; ``id`` names the fields."""

    id: str
    name: str
    text: str
    icon: str
    inbox: bool
    mails: tuple[MailOption, ...]
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Hour:
    value: int
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class NotificationsPage:
    lead: str
    rows: tuple[TopicRow, ...]
    hours: tuple[Hour, ...]
    hour_hint: str
    email: str
    problem: str = ""
