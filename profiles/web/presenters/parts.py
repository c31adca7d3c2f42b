"""Small pieces that several pages share."""

from __future__ import annotations

import zlib
from datetime import datetime

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import npgettext_lazy
from msgspec import Struct

from profiles.web import moments

_A_MINUTE = 60  # seconds
# Django's own are for "in 2 days" and the like; in several languages what is past takes another case.
_SPANS = {
    "year": npgettext_lazy("ago", "%(num)d year", "%(num)d years", "num"),
    "month": npgettext_lazy("ago", "%(num)d month", "%(num)d months", "num"),
    "week": npgettext_lazy("ago", "%(num)d week", "%(num)d weeks", "num"),
    "day": npgettext_lazy("ago", "%(num)d day", "%(num)d days", "num"),
    "hour": npgettext_lazy("ago", "%(num)d hour", "%(num)d hours", "num"),
    "minute": npgettext_lazy("ago", "%(num)d minute", "%(num)d minutes", "num"),
}


class When(Struct, frozen=True):
    """A moment: ``iso`` for machines, ``shown`` in the zone of whoever reads it, ``ago`` beside it and never alone in
    evidence."""

    iso: str
    shown: str
    ago: str = ""

    @classmethod
    def of(cls, moment: datetime, now: datetime | None = None) -> When:
        return cls(moments.iso(moment), moments.moment_words(moment), ago(moment, now or timezone.now()))


def ago(moment: datetime, now: datetime) -> str:
    """ "2 minutes ago"; empty for a moment that is still to come."""
    if moment > now:
        return ""
    if (now - moment).total_seconds() < _A_MINUTE:
        return _("just now")
    span = timesince(moment, now, time_strings=_SPANS, depth=1)  # type: ignore[arg-type] # lazy ones do as well
    return _("%(span)s ago") % {"span": span.replace("\xa0", " ")}


class Person(Struct, frozen=True):
    """Somebody (or a program) beside an avatar. ``tone`` is "1" to "5", or "s" for the system and API keys."""

    name: str
    initials: str
    tone: str = "1"
    role: str = ""

    @classmethod
    def of(cls, name: str, role: str = "", *, system: bool = False) -> Person:
        tone = "s" if system else str(zlib.crc32(name.encode()) % 5 + 1)
        return cls(name, initials(name), tone, role)


def initials(name: str) -> str:
    """The first letters of the first and last word: at most two."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Pill(Struct, frozen=True):
    """A state in a word. ``tone``: live, draft, ok, warn, bad, att, neutral."""

    tone: str
    text: str


class Tag(Struct, frozen=True):
    """What a reviewer must know of a change. ``tone``: bad (Fix), warn (Explain), note (Note), att (Attested)."""

    tone: str
    text: str


class Crumb(Struct, frozen=True):
    label: str
    href: str


class Action(Struct, frozen=True):
    """A link that looks like a button."""

    label: str
    href: str
    icon: str = "arrow"


class Message(Struct, frozen=True):
    """A sentence under a row or a field. ``tone``: bad, warn, note, att, lim (a limit), ok; ``lead`` is set in bold."""

    tone: str
    text: str
    lead: str = ""
    action: Action | None = None
    icon: str = ""  # empty: the tone's own icon, see ICONS in templatetags/brightline.py


class Citation(Struct, frozen=True):
    """Where a rule is written. ``section`` is shown, ``document`` said before it; ``href`` is its rulebook."""

    section: str
    href: str
    document: str = ""


class Problem(Struct, frozen=True):
    """One line of an error summary: the same words as at the field that ``href`` jumps to."""

    text: str
    href: str


class CommentLine(Struct, frozen=True):
    id: str
    person: Person
    when: When
    text: str


class CommentThread(Struct, frozen=True):
    """What was said of one behavior of a version; of all of it without a ``key``. ``href`` takes an answer, where this
    person may give one; ``text`` and ``error`` are of one that was refused."""

    key: str
    name: str
    lines: tuple[CommentLine, ...] = ()
    href: str = ""
    text: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        """For ids and selectors, in which a dot would mean something else."""
        return self.key.replace(".", "-") or "all"


class DiffLine(Struct, frozen=True):
    """One changed setting in words. Either ``before`` and ``after``, or for topics ``added`` and ``removed``."""

    name: str
    key: str
    href: str = ""  # to the setting's row
    before: str = ""
    after: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    direction: str = ""  # tightening, loosening, mixed: for the class
    direction_text: str = ""  # "stricter", "looser", "stricter and looser"
    tag: Tag | None = None
    messages: tuple[Message, ...] = ()
    undo: bool = False  # offer Undo: only in the changes panel
    thread: CommentThread | None = None  # what was said of it: only on the page of a version

    @property
    def selector(self) -> str:
        """What finds the row that it is about: ids hold dots."""
        return f"[id='{self.href.removeprefix('#')}']"


class Decision(Struct, frozen=True):
    """A review that was given. ``tone`` ok (approved) or bad (changes requested)."""

    person: Person
    tone: str
    text: str
    when: When
    comment: str = ""
    lapsed: str = ""  # why it no longer counts; empty while it does


class Check(Struct, frozen=True):
    """What is known from a background check, said no stronger than that. ``tone``: ok, warn, bad, neutral."""

    tone: str
    title: str
    text: str
    when: When | None = None
    href: str = ""  # to its trail entry


class Pager(Struct, frozen=True):
    """Keyset pages. ``newer_href`` and ``older_href`` are empty at the ends."""

    text: str  # "50 of 612 entries"
    newer_href: str = ""
    older_href: str = ""
