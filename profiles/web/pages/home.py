"""The first page of somebody signed in: products, what waits for them, what happened last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audits.models import Check, Entry
from audits.trail.kinds import Kind, Outcome
from profiles import queries
from profiles.access import Actor, ActorType, Permission
from profiles.models import Activation, Attestation, Environment, Product, Version
from profiles.web.pages import reads, words
from profiles.web.pages.reviews import version_of
from profiles.web.pages.states import check_line, review_pill, version_href
from profiles.web.presenters.home import Activity, HomePage, Live, ProductCard, Step, Waiting
from profiles.web.presenters.parts import Action, Person, Pill, When

_ENDS_SOON: Final = timedelta(days=30)
_SHOWN: Final = 8  # lines of activity
_READ: Final = 60  # entries read for them: edits in a row become one line
_NOTE: Final = 120  # characters of a note in a line
# What happens all the time and tells nobody anything here; the trail has it.
_LEFT_OUT: Final = (Kind.SIGNED_IN, Kind.SIGN_IN_REFUSED, Kind.CHECK_REQUESTED, Kind.KEY_REFUSED)


def home_page(actor: Actor, organization: str, now: datetime) -> HomePage:
    products = reads.products(actor)
    newest = reads.newest_versions(actor, products)
    active = reads.active_everywhere(actor)
    environments = reads.environments(actor)
    names = {product.slug: product.name for product in products}
    return HomePage(
        organization=organization,
        lead=_("What your products may do, what is live, and what waits for somebody."),
        products=_cards(actor, products, newest, active, environments, now),
        waiting=(
            *_reviews(actor, now),
            *_own(actor, newest.values(), environments, now),
            *_attestations(actor, now),
        ),
        activity=_activity(reads.last_entries(actor, _READ, _LEFT_OUT), names, now),
        steps=_steps(actor, products, newest, active),
    )


def steward_page(actor: Actor, now: datetime) -> HomePage:
    """For a steward who is a member nowhere: claims that wait, and the rulebooks."""
    waiting = _attestations(actor, now)
    lead = ngettext(
        "%(n)d attestation waits for your decision.", "%(n)d attestations wait for your decision.", len(waiting)
    )
    look = Action(_("Rulebooks"), reverse("rulebooks"), "book")
    decide = Action(_("Attestations"), reverse("attestations"), "seal")
    return HomePage(
        organization=_("This installation"),
        lead=lead % {"n": len(waiting)} if waiting else _("No attestation waits for your decision."),
        products=(),
        waiting=waiting,
        steps=(
            Step(_("Attestations"), _("What operators claim, with evidence, and until when it counts."), action=decide),
            Step(_("Rulebooks"), _("What the platforms allow, one dated revision beside the other."), action=look),
        ),
    )


# Products


def _cards(
    actor: Actor,
    products: list[Product],
    newest: dict[int, Version],
    active: dict[int, dict[int, Activation]],
    environments: list[Environment],
    now: datetime,
) -> tuple[ProductCard, ...]:
    live = {product.pk: _live(active.get(product.pk, {}), environments) for product in products}
    shown = {pk: row or newest.get(pk) for pk, row in live.items()}
    checks = reads.latest_checks(actor, [row.pk for row in shown.values() if row])
    ending = reads.ending(actor, now, _ENDS_SOON)
    return tuple(
        ProductCard(
            slug=product.slug,
            name=product.name,
            facts=" · ".join(text for _label, text in words.facts_words(product.facts)),
            live=tuple(_lives(product, active.get(product.pk, {}), environments, now)),
            check=_check(shown[product.pk], checks, now),
            pills=(
                *_draft_pills(product, live[product.pk], newest.get(product.pk), environments),
                *_ending_pills(ending.get(product.pk), now),
            ),
        )
        for product in products
    )


def _live(active: dict[int, Activation], environments: list[Environment]) -> Version | None:
    """The version that is active furthest along."""
    rows = [active[item.pk].version for item in environments if item.pk in active]
    return rows[-1] if rows else None


def _lives(
    product: Product, active: dict[int, Activation], environments: list[Environment], now: datetime
) -> Iterator[Live]:
    for environment in environments:
        if row := active.get(environment.pk):
            number = row.version.number
            name = _("v%(number)d") % {"number": number}
            yield Live(environment.name, name, When.of(row.at, now), version_href(product, number))
        else:
            yield Live(environment.name, "")


def _check(row: Version | None, checks: dict[int, Check], now: datetime) -> parts_check:
    return check_line(checks.get(row.pk), "", now) if row else None


def _draft_pills(
    product: Product, live: Version | None, newest: Version | None, environments: list[Environment]
) -> Iterator[Pill]:
    if newest is not None and not reads.was_active(newest):
        state = review_pill(newest, environments)
        yield Pill(state.tone, _("v%(number)d %(state)s") % {"number": newest.number, "state": state.text})
    draft, base = product.draft, live if newest is None or reads.was_active(newest) else newest
    if _differs(draft, base):
        yield Pill("draft", _("Draft with changes"))


def _ending_pills(row: Attestation | None, now: datetime) -> Iterator[Pill]:
    if row is not None and row.expires_at is not None:
        days = (row.expires_at - now).days
        text = ngettext("Attestation ends in %(n)d day", "Attestation ends in %(n)d days", days) % {"n": days}
        yield Pill("att", text if days else _("Attestation ends today"))
