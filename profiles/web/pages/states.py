"""Where a version stands and what its checks say, in the same words on every page; and the ways to those pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.models import Check, Run
from profiles import queries
from profiles.models import Activation, Environment, Product, Version
from profiles.web.pages import reads
from profiles.web.presenters import parts
from profiles.web.presenters.parts import Crumb, Pill, When

_RUNS: Final = {
    Run.State.OPEN: ("draft", lazy("running")),
    Run.State.FINISHED: ("ok", lazy("finished")),
    Run.State.CANCELLED: ("neutral", lazy("cancelled")),
    Run.State.INTERRUPTED: ("warn", lazy("interrupted")),
    Run.State.FAILED: ("bad", lazy("could not begin")),
}

# Ways


def crumbs(product: Product, *, here: bool = True) -> tuple[Crumb, ...]:
    """The way to a page of a product."""
    home = Crumb(product.organization.name, reverse("home"))
    return (home, Crumb(product.name, reverse("product", args=[product.slug]))) if here else (home,)


def diff_href(product: Product, a: int, b: int) -> str:
    return reverse("version_diff", args=[product.slug, a, b])


def version_href(product: Product, number: int) -> str:
    return reverse("version", args=[product.slug, number])


# States


def version_name(number: int) -> str:
    return _("Version %(number)d") % {"number": number}


def state_pills(
    row: Version, active: Iterable[Activation], environments: Iterable[Environment], newest: int
) -> tuple[Pill, ...]:
    """Where a version stands: active somewhere, and where it is not active anywhere, what became of it.

    Args:
        active: the current activations of its product.
        newest: the number of the product's newest version.
    """
    active, environments = list(active), list(environments)
    pills = tuple(
        Pill("live", _("active in %(environment)s") % {"environment": item.environment.name})
        for item in active
        if item.version_id == row.pk
    )
    if not pills:
        pills = (_inactive_pill(row, active, environments, newest),)
    if row.restored_from is not None:
        pills += (Pill("neutral", _("restores v%(number)d") % {"number": row.restored_from.number}),)
    if row.rebased_from_id is not None:
        pills += (Pill("neutral", _("rebased")),)
    return pills


def _inactive_pill(row: Version, active: list[Activation], environments: list[Environment], newest: int) -> Pill:
    if reads.was_active(row):
        heir = max((item.version.number for item in active if item.version.number > row.number), default=newest)
        return Pill("neutral", _("superseded by v%(number)d") % {"number": heir})
    if newest > row.number:
        return Pill("neutral", _("superseded by v%(number)d") % {"number": newest})
    return inactive_pill(row, queries.furthest(active), environments)


def inactive_pill(row: Version, live: Version | None, environments: Iterable[Environment]) -> Pill:
    """Where the newest version stands while it is active nowhere."""
    pill = review_pill(row, environments)
    if queries.is_stale(row, live) and not queries.judged(row, reads.reviews(row)).declined:
        return Pill("warn", _("must be rebased"))
    return pill


def review_pill(row: Version, environments: Iterable[Environment]) -> Pill:
    """What reviewers said so far."""
    standing = queries.judged(row, reads.reviews(row))
    if standing.declined:
        return Pill("bad", _("declined"))
    if standing.objections:
        return Pill("bad", _("changes requested"))
    if standing.is_approved(min((item.approvals_needed for item in environments), default=1)):
        return Pill("ok", _("approved"))
    return Pill("warn", _("waiting for review"))


# Clients


def reach_words(found: queries.Reach) -> str:
    """ "3 of 4 clients have fetched this version"."""
    text = ngettext(
        "%(fetched)d of %(keys)d client has fetched this version.",
        "%(fetched)d of %(keys)d clients have fetched this version.",
        found.keys,
    )
    return text % {"fetched": found.fetched, "keys": found.keys}


# Checks


def check_line(check: Check | None, href: str, now: datetime) -> parts.Check | None:
    """What the newest limits check says, and no more than that; None if there never was one."""
    if check is None:
        return None
    tone, text = check_words(check)
    when = When.of(check.finished_at, now) if check.finished_at else None
    return parts.Check(tone, _("Limits check:"), text, when, href)


def check_words(check: Check) -> tuple[str, str]:
    """Tone and sentence of a check."""
    if check.state == Check.State.WAITING:
        return "neutral", _("waiting for a worker")
    if check.state == Check.State.FAILED:
        return "warn", _("could not be carried out")
    text = ngettext(
        "%(passed)d of %(total)d setting inside its window",
        "%(passed)d of %(total)d settings inside their windows",
        check.total,
    )
    if not check.total:
        return "ok", _("nothing is set, so nothing can be outside its window")
    return ("ok" if check.passed == check.total else "bad"), text % {"passed": check.passed, "total": check.total}


def run_pill(run: Run) -> Pill:
    if run.state == Run.State.OPEN and run.cancel_at:
        return Pill("warn", _("ending"))
    if run.state == Run.State.OPEN and run.started_at is None:
        return Pill("draft", _("waiting for a worker"))
    tone, text = _RUNS[Run.State(run.state)]
    return Pill(tone, str(text))
