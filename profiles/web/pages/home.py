"""The first page of somebody signed in: products, what waits for them, what happened last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.text import Truncator, capfirst
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
from profiles.web.presenters import parts
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


def page_without_organization(actor: Actor, now: datetime) -> HomePage:
    """For somebody who is a member nowhere: a steward sees the claims that wait, and the rulebooks."""
    if not actor.may(Permission.DECIDE_ATTESTATION):
        return HomePage(
            organization=_("No organization"),
            lead=_("You are a member of no organization now. An administrator of yours can add you again."),
            products=(),
            eyebrow=_("Home"),
            has_products=False,
        )
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
        eyebrow=_("Steward"),
        steps_title=_("What you look after"),
        nothing=_("Nothing. Attestations that operators request appear here."),
        has_products=False,
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


def _check(row: Version | None, checks: dict[int, Check], now: datetime) -> parts.Check | None:
    return check_line(checks.get(row.pk), "", now) if row else None


def _draft_pills(
    product: Product, live: Version | None, newest: Version | None, environments: list[Environment]
) -> Iterator[Pill]:
    if newest is not None and not reads.was_active(newest):
        state = review_pill(newest, environments)
        yield Pill(state.tone, _("v%(number)d %(state)s") % {"number": newest.number, "state": state.text})
    draft = product.draft
    stored = (draft.settings, draft.windows, draft.instructions)
    if stored != ((live.settings, live.windows, live.instructions) if live else ({}, {}, "")):
        yield Pill("draft", _("Draft with changes"))


def _ending_pills(row: Attestation | None, now: datetime) -> Iterator[Pill]:
    if row is not None and row.expires_at is not None:
        days = (row.expires_at - now).days
        text = ngettext("Attestation ends in %(n)d day", "Attestation ends in %(n)d days", days) % {"n": days}
        yield Pill("att", text if days else _("Attestation ends today"))


# What waits


def _reviews(actor: Actor, now: datetime) -> Iterator[Waiting]:
    """Versions that this person may review and has not decided."""
    for row in queries.waiting(actor) if actor.may(Permission.REVIEW) else ():
        yield _waiting(row, words.direction_pill(row.direction), now)


def _own(actor: Actor, newest: Iterable[Version], environments: list[Environment], now: datetime) -> Iterator[Waiting]:
    """Newest versions that were decided: a reviewer wants changes of mine, or it is approved and not active."""
    for row in newest:
        state = review_pill(row, environments)
        asked = state.tone == "bad" and row.author_id == actor.id
        approved = state.tone == "ok" and actor.may(Permission.ACTIVATE)
        if (asked or approved) and not reads.was_active(row):
            text = _("approved, not active yet") if approved else state.text
            yield _waiting(row, Pill(state.tone, text), now)


def _waiting(row: Version, pill: Pill, now: datetime) -> Waiting:
    note = Truncator(row.note).chars(_NOTE)
    why = _("%(name)s: %(note)s") % {"name": row.author_name, "note": note}
    href = version_href(row.product, row.number)
    return Waiting(version_of(row), href, why, When.of(row.created_at, now), Person.of(row.author_name), pill)


def _attestations(actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    """Claims that wait for a steward's decision."""
    if not actor.may(Permission.DECIDE_ATTESTATION):
        return ()
    return tuple(
        Waiting(
            title=_("%(name)s, %(product)s") % {"name": words.attestation_words(row.kind), "product": row.product.name},
            href=reverse("attestations"),
            why=_("Claimed by %(name)s of %(organization)s.")
            % {"name": row.requested_by, "organization": row.organization.name},
            when=When.of(row.requested_at, now),
            person=Person.of(row.requested_by),
            pill=Pill("att", _("attestation")),
        )
        for row in queries.attestations_for(actor)
        if row.state == Attestation.State.REQUESTED
    )


# What happened

_HAPPENED: Final = {
    Kind.ORGANIZATION_CREATED: gettext_lazy("created the organization"),
    Kind.PERSON_CREATED: gettext_lazy("created %(target)s"),
    Kind.MEMBER_ADDED: gettext_lazy("added %(target)s"),
    Kind.PRODUCT_CREATED: gettext_lazy("created the product %(product)s"),
    Kind.KEY_CREATED: gettext_lazy("created %(target)s"),
    Kind.KEY_REVOKED: gettext_lazy("revoked %(target)s"),
    Kind.KEY_REFUSED: gettext_lazy("turned away %(target)s"),
    Kind.RULEBOOK_PUBLISHED: gettext_lazy("published %(target)s"),
    Kind.ATTESTATION_REQUESTED: gettext_lazy("requested %(target)s for %(product)s"),
    Kind.ATTESTATION_GRANTED: gettext_lazy("granted %(target)s for %(product)s"),
    Kind.ATTESTATION_DECLINED: gettext_lazy("declined %(target)s for %(product)s"),
    Kind.ATTESTATION_REVOKED: gettext_lazy("revoked %(target)s for %(product)s"),
    Kind.DRAFT_EDITED: gettext_lazy("edited the draft of %(product)s"),
    Kind.DRAFT_DISCARDED: gettext_lazy("discarded the draft of %(product)s"),
    Kind.VERSION_SUBMITTED: gettext_lazy("submitted %(target)s of %(product)s"),
    Kind.VERSION_APPROVED: gettext_lazy("approved %(target)s of %(product)s"),
    Kind.VERSION_CHANGES_REQUESTED: gettext_lazy("asked for changes of %(target)s of %(product)s"),
    Kind.VERSION_ACTIVATED: gettext_lazy("activated %(target)s of %(product)s"),
    Kind.PROFILE_REPUBLISHED: gettext_lazy("published the %(target)s of %(product)s again"),
    Kind.CHECK_REQUESTED: gettext_lazy("asked for a limits check of %(product)s"),
    Kind.CHECK_FINISHED: gettext_lazy("checked the limits of %(product)s"),
    Kind.FINDING_RECORDED: gettext_lazy("found %(target)s of %(product)s outside its window"),
    Kind.SIGNED_IN: gettext_lazy("signed in"),
    Kind.SIGN_IN_REFUSED: gettext_lazy("was not let in"),
}
_CLAIMS: Final = (
    Kind.ATTESTATION_REQUESTED,
    Kind.ATTESTATION_GRANTED,
    Kind.ATTESTATION_DECLINED,
    Kind.ATTESTATION_REVOKED,
)
_NOT_DONE: Final = {
    Outcome.REFUSED: gettext_lazy("%(what)s: refused"),
    Outcome.FAILED: gettext_lazy("%(what)s: failed"),
}


def _activity(rows: Iterable[Entry], names: dict[str, str], now: datetime) -> tuple[Activity, ...]:
    """The last things that happened; what one person did to one thing several times in a row is one line."""
    same = groupby(rows, key=lambda row: (row.actor_id, row.kind, row.outcome, row.product, _counted(row)))
    lines = []
    for _key, run in same:
        row = next(run)
        lines.append(
            Activity(
                _who(row),
                _happened(row, names),
                When.of(row.at, now),
                reverse("trail_entry", args=[row.pk]),
            )
        )
    return tuple(lines[:_SHOWN])


def _who(row: Entry) -> Person:
    """People and keys have names of their own; parts of the program are named in small letters."""
    name = capfirst(row.actor_name.replace("_", " ")) if row.actor_type == ActorType.SYSTEM else row.actor_name
    return Person.of(name, system=row.actor_type != ActorType.PERSON)


def _counted(row: Entry) -> str:
    return "" if row.kind in (Kind.DRAFT_EDITED, Kind.CHECK_FINISHED) else row.target


def _happened(row: Entry, names: dict[str, str]) -> str:
    target = row.target
    if Kind(row.kind) in _CLAIMS:
        claim = words.attestation_words(target.removeprefix("attestation "))
        target = _("the attestation “%(name)s”") % {"name": claim}
    text = str(_HAPPENED[Kind(row.kind)]) % {"target": target, "product": names.get(row.product, row.product)}
    pattern = _NOT_DONE.get(Outcome(row.outcome))
    return str(pattern) % {"what": text} if pattern else text


# First steps


def _steps(
    actor: Actor, products: list[Product], newest: dict[int, Version], active: dict[int, dict[int, Activation]]
) -> tuple[Step, ...]:
    """What leads to a first profile that a program fetches; nothing once it is done, or for those who only read."""
    if not (actor.may(Permission.EDIT_DRAFT) or actor.may(Permission.MANAGE_KEYS)):
        return ()
    has_key = reads.has_client_key(actor)
    done = (bool(products), bool(newest), bool(active), has_key)
    if all(done):
        return ()
    first = next(iter(products), None)
    edit = Action(_("Open the editor"), reverse("product_edit", args=[first.slug]), "sliders") if first else None
    keys = Action(_("API keys"), reverse("settings_api_keys"), "key") if actor.may(Permission.MANAGE_KEYS) else None
    look = Action(_("Reviews"), reverse("reviews"), "review") if newest else None
    return (
        Step(_("Create a product"), _("One deployment: who it is for and where it runs."), done[0]),
        Step(_("Submit a version"), _("Change what your users need, and say why."), done[1], _for(actor, edit)),
        Step(_("Have it approved and activate it"), _("Somebody other than its author approves it."), done[2], look),
        Step(_("Fetch it"), _("A program gets the active profile with a client key."), done[3], keys),
    )


def _for(actor: Actor, action: Action | None) -> Action | None:
    return action if actor.may(Permission.EDIT_DRAFT) else None
