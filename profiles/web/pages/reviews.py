"""The inbox of reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Environment, Review, Version
from profiles.queries import Difference
from profiles.web.pages import reads, words
from profiles.web.pages.states import review_pill, version_href
from profiles.web.presenters.parts import Person, Pill, When
from profiles.web.presenters.reviews import ReviewItem, ReviewSection, ReviewsPage

_MOST_DECIDED: Final = 20


def reviews_page(actor: Actor, now: datetime) -> ReviewsPage:
    may_review = actor.may(Permission.REVIEW)
    waiting = queries.waiting(actor) if may_review else []
    mine, decided = reads.asked_by(actor), reads.decided_by(actor, _MOST_DECIDED)
    found = reads.differences(actor, {row.pk: row for row in (*waiting, *mine, *decided)}.values(), now)
    environments = reads.environments(actor)
    none_waits = _("Nothing waits for you.") if may_review else _("Your role does not review.")
    sections = (
        ReviewSection("waiting", _("Waiting for you"), _items(waiting, found, now), none_waits),
        ReviewSection(
            "mine",
            _("Asked by you"),
            _items(mine, found, now, lambda row: review_pill(row, environments)),
            _("Nothing of yours waits for a review."),
        ),
        ReviewSection(
            "decided",
            _("Decided by you"),
            _items(decided, found, now, lambda row: _decision_pill(actor, row)),
            _("You have decided nothing yet."),
        ),
    )
    return ReviewsPage(_lead(environments), sections)


def _lead(environments: Iterable[Environment]) -> str:
    needed = max((item.approvals_needed for item in environments), default=1)
    text = ngettext(
        "No version goes live before somebody other than its author has approved it.",
        "No version goes live everywhere before %(n)d others than its author have approved it.",
        needed,
    )
    return text % {"n": needed}


def _items(
    rows: Iterable[Version],
    found: dict[int, Difference],
    now: datetime,
    state: Callable[[Version], Pill] | None = None,
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
            state=state(row) if state else None,
            findings=_findings(found[row.pk]),
        )
        for row in rows
    )


def version_of(row: Version) -> str:
    return _("Version %(number)d of %(product)s") % {"number": row.number, "product": row.product.name}


def _summary(found: Difference) -> str:
    parts = [words.summary(words.diff_lines(found))] if found.changes else []
    if found.text_changed:
        parts.append(_("the instructions differ"))
    if found.facts_changed:
        parts.append(_("where it runs differs"))
    if found.limits_changed:
        parts.append(_("what it is judged by differs"))
    return "; ".join(parts) or _("No setting differs.")


def _findings(found: Difference) -> str:
    count = len(found.refused)
    return ngettext("%(n)d to fix", "%(n)d to fix", count) % {"n": count} if count else ""


def _decision_pill(actor: Actor, row: Version) -> Pill:
    """What this person said last of a version."""
    said = [review.decision for review in reads.reviews(row) if review.reviewer_id == actor.id]
    if said[-1] == Review.Decision.APPROVED:
        return Pill("ok", _("you approved"))
    return Pill("bad", _("you asked for changes"))
