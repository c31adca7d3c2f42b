"""The shelves of the page of all rulebooks: each platform's revisions, and the law packs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.models import RulebookRevision
from profiles.rulebook.model import Kind, Rulebook, Stance
from profiles.web.moments import day_words
from profiles.web.pages import words
from profiles.web.pages.rulebooks import (
    dated,
    diff_href,
    force_pill,
    kind_words,
    law_sentence,
    reach_facts,
    revision_href,
    twins_of,
)
from profiles.web.presenters.parts import Action, Pill, When
from profiles.web.presenters.rulebooks import RevisionLine, RulebooksPage, Shelf, Tally


def build_shelves(revisions: Sequence[RulebookRevision], now: datetime) -> RulebooksPage:
    """``revisions``: all of the installation, each platform's newest first."""
    platforms = [item for item in revisions if not item.is_law]
    laws = [item for item in revisions if item.is_law]
    shelves = [
        Shelf(f"platform-{name}", words.platform_words(name), _lines(name, platforms, now))
        for name in dict.fromkeys(item.platform for item in platforms)
    ]
    if laws:
        lines = tuple(
            line for name in dict.fromkeys(item.platform for item in laws) for line in _lines(name, laws, now)
        )
        shelves.append(Shelf("laws", _("Law packs"), lines, law_sentence()))
    return RulebooksPage(
        lead=_(
            "What each platform allows, one dated revision at a time. A revision never changes; a new reading is a "
            "new revision."
        ),
        shelves=tuple(shelves),
        compare=Action(_("Compare the platforms"), reverse("rulebooks_compare"), "compare"),
    )


def _lines(platform: str, revisions: Sequence[RulebookRevision], now: datetime) -> tuple[RevisionLine, ...]:
    mine = [item for item in revisions if item.platform == platform]
    return tuple(_line(item, mine, now) for item in mine)


def _line(item: RulebookRevision, mine: Sequence[RulebookRevision], now: datetime) -> RevisionLine:
    book = item.rulebook()
    twins = twins_of(item, mine)
    older = mine[mine.index(item) + 1 :]
    return RevisionLine(
        title=item.title,
        href=revision_href(item, mine),
        published=day_words(item.published),
        published_iso=item.revision,
        digest=item.digest,
        note=book.note,
        tallies=tallies(book),
        counts=_counts(book),
        loaded=When.of(item.loaded_at, now),
        pill=_line_pill(item, mine, now),
        twin=_("Another text was published under this date: tell them apart by their digests.") if twins else "",
        facts=reach_facts(book) if item.is_law else (),
        change=Action(_("What changed since %(day)s") % {"day": dated(older[0], mine)}, diff_href(older[0], item, mine))
        if older
        else None,
    )


def _line_pill(item: RulebookRevision, mine: Sequence[RulebookRevision], now: datetime) -> Pill | None:
    if item != mine[0]:
        return None
    return force_pill(item.rulebook(), now) if item.is_law else Pill("live", _("Newest"))


def tallies(book: Rulebook) -> tuple[Tally, ...]:
    """How many behaviors the rulebook answers in which way; each behavior counts once."""
    kinds = Counter(behavior.kind for behavior in book.behaviors.values() if behavior.is_stated)
    stances = Counter(behavior.stance for behavior in book.behaviors.values())
    found = [(kind_words(kind)[2], _kind_counted(kind, kinds[kind])) for kind in Kind if kinds[kind]]
    if count := stances[Stance.JUDGEMENT]:
        found.append(("comment", _("%(n)d left to the model's judgement") % {"n": count}))
    if count := stances[Stance.UNADDRESSED]:
        found.append(("minus", _("%(n)d not addressed") % {"n": count}))
    return tuple(Tally(icon, text) for icon, text in found)


def _kind_counted(kind: Kind, count: int) -> str:
    text = {
        Kind.BRIGHT_LINE: ngettext("%(n)d bright line", "%(n)d bright lines", count),
        Kind.PROTECTION: ngettext("%(n)d protection", "%(n)d protections", count),
        Kind.HONESTY: ngettext("%(n)d of honesty", "%(n)d of honesty", count),
        Kind.DEFAULT: ngettext("%(n)d default", "%(n)d defaults", count),
        Kind.FILTER: ngettext("%(n)d vendor filter", "%(n)d vendor filters", count),
    }[kind]
    return text % {"n": count}


def _counts(book: Rulebook) -> str:
    kinds, rules, conflicts = len(book.attestations), len(book.rules), len(book.conflicts)
    parts = (
        ngettext("%(n)d behavior", "%(n)d behaviors", len(book.behaviors)) % {"n": len(book.behaviors)},
        ngettext("%(n)d rule", "%(n)d rules", rules) % {"n": rules} if rules else "",
        ngettext("%(n)d conflict", "%(n)d conflicts", conflicts) % {"n": conflicts} if conflicts else "",
        ngettext("%(n)d kind of attestation", "%(n)d kinds of attestation", kinds) % {"n": kinds} if kinds else "",
    )
    return ", ".join(part for part in parts if part)
