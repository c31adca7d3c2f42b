"""The inbox of reviews: what waits for me, what I asked for, what waits for its time, and what I decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Environment, Review, Schedule, Version
from profiles.queries import Difference
from profiles.rulebook.domains import Direction
from profiles.web.pages import reads, words
from profiles.web.pages.freshness import asked_days, worst
from profiles.web.pages.states import inactive_pill, version_href
from profiles.web.presenters.freshness import Freshness
from profiles.web.presenters.parts import DiffLine, Person, Pill, When
from profiles.web.presenters.reviews import ReviewItem, ReviewSection, ReviewsPage

_MOST_DECIDED: Final = 20
_MOST_NAMED: Final = 3  # changes of each direction that an item spells out


def reviews_page(actor: Actor, waiting: list[Version], now: datetime) -> ReviewsPage:
    """
    Args:
        waiting: for this person, as ``queries.waiting`` finds it.
    """
    may_review = actor.may(Permission.REVIEW)
    mine, decided = reads.asked_by(actor), reads.decided_by(actor, _MOST_DECIDED)
    scheduled = reads.scheduled(actor)
    rows = {row.pk: row for row in (*waiting, *mine, *decided, *(item.version for item in scheduled))}
    found = reads.differences(actor, rows.values(), now)
    environments = reads.environments(actor)
    early = {row.version_id for row in queries.unreviewed(actor)}
    live = reads.live_everywhere(actor)
    fresh = _fresh(rows.values(), found, environments, now)
    none_waits = _("Nothing waits for you.") if may_review else _("Your role does not review.")
    sections = (
        ReviewSection(
            "waiting",
            _("Waiting for you"),
            _items(waiting, found, fresh, now, lambda row: _early_pill(row, early)),
            none_waits,
        ),
        ReviewSection(
            "mine",
            _("Asked by you"),
            _items(mine, found, fresh, now, lambda row: inactive_pill(row, live.get(row.product_id), environments)),
            _("Nothing of yours waits for a review."),
        ),
        ReviewSection(
            "scheduled",
            _("Scheduled"),
            tuple(_scheduled(item, found, fresh, now) for item in scheduled),
            _("No activation waits for its time."),
        ),
        ReviewSection(
            "decided",
            _("Decided by you"),
            _items(decided, found, fresh, now, lambda row: _decision_pill(actor, row)),
            _("You have decided nothing yet."),
        ),
    )
    return ReviewsPage(_lead(environments), sections)


def _fresh(
    rows: Iterable[Version], found: dict[int, Difference], environments: Iterable[Environment], now: datetime
) -> dict[int, Freshness]:
    """What runs say of each version, in one line."""
    rows, days = list(rows), asked_days(environments)
    runs = queries.tested_runs(row.product for row in rows)
    shown = (
        (row.pk, queries.shown_of(row.product, found[row.pk].after, row.instructions, runs.get(row.product_id, ())))
        for row in rows
    )
    return {pk: line for pk, each in shown if (line := worst(each, now, days))}


def _lead(environments: Iterable[Environment]) -> str:
    environments = list(environments)
    needed = max((item.approvals_needed for item in environments), default=1)
    text = ngettext(
        "No version goes live before somebody other than its author has approved it.",
        "No version goes live everywhere before %(n)d others than its author have approved it.",
        needed,
    )
    text %= {"n": needed}
    if any(item.tightening_at_once for item in environments):
        text = f"{text} {_('What only makes things stricter may go live at once; it is reviewed afterwards.')}"
    return text


def _items(
    rows: Iterable[Version],
    found: dict[int, Difference],
    fresh: dict[int, Freshness],
    now: datetime,
    state: Callable[[Version], Pill | None],
) -> tuple[ReviewItem, ...]:
    return tuple(
        ReviewItem(
            title=version_of(row),
            href=version_href(row.product, row.number),
            author=Person.of(row.author_name),
            when=When.of(row.created_at, now),
            note=row.note,
            summary=_summary(found[row.pk]),
            direction=words.direction_pill(row.direction),
            state=state(row),
            findings=_findings(found[row.pk]),
            fresh=fresh.get(row.pk),
        )
        for row in rows
    )


def _scheduled(item: Schedule, found: dict[int, Difference], fresh: dict[int, Freshness], now: datetime) -> ReviewItem:
    row = item.version
    names = {"environment": item.environment.name, "when": When.of(item.due_at, now).shown}
    return ReviewItem(
        title=version_of(row),
        href=f"{version_href(row.product, row.number)}#in-{item.environment.slug}",
        author=Person.of(item.by.name),
        when=When.of(item.requested_at, now),
        note=item.reason,
        summary=_summary(found[row.pk]),
        direction=words.direction_pill(row.direction),
        state=Pill("neutral", _("%(environment)s, %(when)s") % names),
        fresh=fresh.get(row.pk),
    )


def version_of(row: Version) -> str:
    return _("Version %(number)d of %(product)s") % {"number": row.number, "product": row.product.name}


def _summary(found: Difference) -> str:
    """What becomes looser, in words and first; what becomes stricter; and what else differs."""
    lines = words.diff_lines(found)
    stricter = tuple(line for line in lines if line.direction == Direction.TIGHTENING)
    looser = tuple(line for line in lines if line.direction != Direction.TIGHTENING)
    sentences = [_named(_("Looser: %(changes)s."), looser), _named(_("Stricter: %(changes)s."), stricter)]
    if found.text_changed:
        sentences.append(_("The instructions differ."))
    if found.facts_changed:
        sentences.append(_("Where it runs differs."))
    if found.limits_changed:
        sentences.append(_("What it is judged by differs."))
    return " ".join(filter(None, sentences)) or _("No setting differs.")


def _named(sentence: str, lines: tuple[DiffLine, ...]) -> str:
    return sentence % {"changes": words.summary(lines, most=_MOST_NAMED)} if lines else ""


def _findings(found: Difference) -> str:
    count = len(found.refused)
    return ngettext("%(n)d to fix", "%(n)d to fix", count) % {"n": count} if count else ""


def _early_pill(row: Version, early: set[int]) -> Pill | None:
    return Pill("bad", _("live already, reviewed afterwards")) if row.pk in early else None


_SAID: Final = {
    Review.Decision.APPROVED: ("ok", gettext_lazy("you approved")),
    Review.Decision.CHANGES_REQUESTED: ("bad", gettext_lazy("you asked for changes")),
    Review.Decision.DECLINED: ("bad", gettext_lazy("you declined")),
}


def _decision_pill(actor: Actor, row: Version) -> Pill:
    """What this person said last of a version."""
    said = [review.decision for review in reads.reviews(row) if review.reviewer_id == actor.id]
    tone, text = _SAID[Review.Decision(said[-1])]
    return Pill(tone, str(text))
