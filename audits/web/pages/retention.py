"""How long a trail is kept, what stops that anything goes, and what is left of an entry that went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.ledger import pruning, read
from audits.ledger.pruning import Pruned
from audits.ledger.sequence import slug_of
from audits.models import LegalHold, Log, Retention
from audits.models.retention import LEAST_MONTHS
from audits.web.pages.logs import entries_words, kept_for
from audits.web.presenters.logs import Fact
from audits.web.presenters.retention import (
    HoldForm,
    LegalHoldLine,
    PrunedLog,
    PrunedPage,
    RetentionForm,
    RetentionPage,
)
from profiles.access import Actor, Permission
from profiles.actions.retention import WAIT, legal_holds, retention_of, standing_in
from profiles.models import Organization
from profiles.web.moments import moment_words
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.parts import Pill, Problem, When

SHOWN: Final = 50  # legal holds that were released
_SUGGESTED: Final = 24  # months


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRetention(TypedForm):
    """``months`` as it was typed; ``keep`` is "ever" or "months"."""

    keep: str = ""
    months: str = ""

    def asked(self) -> int | None:
        """Months; 0 for what is no number, which no retention is."""
        if self.keep == "ever":
            return None
        return int(self.months) if self.months.isascii() and self.months.isdecimal() and len(self.months) < 6 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedLegalHold(TypedForm):
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRelease(TypedForm):
    pk: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the forms of the page hold."""

    retention: TypedRetention = field(default_factory=TypedRetention)
    hold: TypedLegalHold = field(default_factory=TypedLegalHold)
    release: TypedRelease = field(default_factory=TypedRelease)


def build_retention(actor: Actor, organization: Organization | None, typed: Typed, now: datetime) -> RetentionPage:
    """
    Args:
        organization: None for the installation's own trail.
    """
    slug = organization.slug if organization else ""
    row, holds = retention_of(slug), list(legal_holds(slug)[: 2 * SHOWN])
    standing = [each for each in holds if each.released_at is None]
    log = read.log_of_organization(slug)
    last = pruning.pruning_of(log) if log else None
    needed = (Permission.SET_RETENTION, Permission.LEGAL_HOLD)
    may_set, may_hold = (actor.may(each if organization else Permission.MANAGE_ORGANIZATIONS) for each in needed)
    return RetentionPage(
        lead=_("How long entries are kept, and what stops that any of them goes."),
        pill=_pill(row, standing, now),
        facts=tuple(_facts(row, log, now)),
        standing=tuple(_line(each, typed.release) for each in standing),
        released=tuple(_line(each, typed.release) for each in holds if each.released_at)[:SHOWN],
        form=_form(row, typed.retention) if may_set else None,
        hold_form=_hold_form(typed.hold) if may_hold else None,
        problems=tuple(_problems(typed)),
        told_href=reverse("trail_entry", args=[last.entry_id]) if last else "",
    )


def build_pruned(found: Pruned, number: int, now: datetime) -> PrunedPage:
    log, row = found.leaf.log, found.pruning
    told = {
        "day": moment_words(row.at),
        "months": row.months,
    }
    key = reverse("log_key", args=[slug_of(log)])
    return PrunedPage(
        title=_("Entry %(number)d") % {"number": number},
        pill=Pill("neutral", _("Pruned")),
        lead=ngettext(
            "This entry was pruned on %(day)s under the retention of %(months)d month. Its hash is kept, and every"
            " proof of it still holds; what it said is gone.",
            "This entry was pruned on %(day)s under the retention of %(months)d months. Its hash is kept, and every"
            " proof of it still holds; what it said is gone.",
            row.months,
        )
        % told,
        when=When.of(row.at, now),
        place=_("Place %(place)s (counted from 0) of %(origin)s")
        % {"place": number_format(found.leaf.index, force_grouping=True), "origin": log.origin},
        log=PrunedLog(found.hash.hex(), reverse("trail_proof", args=[number]), key, key.removesuffix("key")),
        told_href=reverse("trail_entry", args=[row.entry_id]),
        told_title=_("Entry %(number)d") % {"number": row.entry_id},
    )


def pruned_words(log: Log) -> str:
    """What must be said beside a list of entries from which some went; empty if none did."""
    last = pruning.pruning_of(log)
    if last is None:
        return ""
    text = ngettext(
        "%(entries)s that was older was pruned, last on %(day)s, and is not found here.",
        "%(entries)s that were older were pruned, last on %(day)s, and are not found here.",
        log.minimum,
    )
    return text % {"entries": entries_words(log.minimum), "day": moment_words(last.at)}


def holds_words(slug: str) -> str:
    """That a legal hold stands on a trail; empty if none does."""
    held = list(standing_in(slug).values_list("reference", flat=True))
    if not held:
        return ""
    text = ngettext(
        "Under a legal hold: %(references)s. Nothing is pruned or erased.",
        "Under legal holds: %(references)s. Nothing is pruned or erased.",
        len(held),
    )
    return text % {"references": ", ".join(held)}


def _pill(row: Retention | None, standing: list[LegalHold], now: datetime) -> Pill:
    if standing:
        return Pill("warn", _("Under a legal hold"))
    if row is None or row.months is None:
        return Pill("neutral", _("Kept for ever"))
    return Pill("neutral", _("Nothing goes yet")) if now < row.set_at + WAIT else Pill("ok", _("Pruned at night"))


def _facts(row: Retention | None, log: Log | None, now: datetime) -> Iterator[Fact]:
    if row is None:
        yield Fact(_("Entries are kept"), kept_for(None), _("Nobody set anything else."))
    else:
        text = _("Set by %(name)s.") % {"name": row.set_by}
        yield Fact(_("Entries are kept"), kept_for(row.months), text, When.of(row.set_at, now))
    last = pruning.pruning_of(log) if log else None
    if log and last:
        yield Fact(_("Pruned so far"), entries_words(log.minimum), when=When.of(last.at, now))
    else:
        yield Fact(_("Pruned so far"), _("None"))
    if row and row.months and now < row.set_at + WAIT:
        yield Fact(_("Nothing is pruned before"), "", when=When.of(row.set_at + WAIT, now), tone="warn")


def _line(row: LegalHold, typed: TypedRelease) -> LegalHoldLine:
    placed = {"name": row.placed_by, "day": moment_words(row.placed_at)}
    by = _("%(name)s, %(day)s") % placed
    if row.released_at:
        told = {"name": row.released_by, "day": moment_words(row.released_at)}
        ended = _("Released by %(name)s, %(day)s:") % told
        pill = Pill("neutral", _("Released"))
        return LegalHoldLine(row.pk, row.reference, row.reason, by, pill, ended, row.released_because)
    is_it = typed.pk == row.pk
    error = typed.errors.get("reason", typed.sentence) if is_it else ""
    pill = Pill("warn", _("Stands"))
    return LegalHoldLine(row.pk, row.reference, row.reason, by, pill, error=error, typed=typed.reason if is_it else "")


def _form(row: Retention | None, typed: TypedRetention) -> RetentionForm:
    if typed.keep:
        return RetentionForm(typed.keep == "ever", typed.months, LEAST_MONTHS, typed.errors.get("months", ""))
    months = row.months if row else None
    return RetentionForm(months is None, str(months or _SUGGESTED), LEAST_MONTHS)


def _hold_form(typed: TypedLegalHold) -> HoldForm:
    errors = typed.errors
    return HoldForm(typed.reference, typed.reason, errors.get("reference", ""), errors.get("reason", ""))


def _problems(typed: Typed) -> Iterator[Problem]:
    for form, first in ((typed.retention, "months"), (typed.hold, "reference")):
        yield from form.problems(first)
    text = typed.release.errors.get("reason", typed.release.sentence)
    if text:
        yield Problem(text, f"#because-{typed.release.pk}")
