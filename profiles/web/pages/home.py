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
from audits.queries import running_rechecks
from audits.trail.kinds import Kind, Outcome
from profiles import queries
from profiles.access import Actor, ActorType, Permission
from profiles.models import Activation, Attestation, Environment, Product, Version
from profiles.web.pages import reads, words
from profiles.web.pages.affected import affected
from profiles.web.pages.attestations import fall_lines, renew_href, soon_words
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
    may_edit, may_renew = actor.may(Permission.EDIT_DRAFT), actor.may(Permission.REQUEST_ATTESTATION)
    affected, ending = tuple(_affected(actor, now)), tuple(_ending(actor, now))
    return HomePage(
        organization=organization,
        lead=_("What your products may do, what is live, and what waits for somebody."),
        products=_cards(actor, products, newest, active, environments, now),
        waiting=(
            *_reviews(actor, now),
            *_own(actor, newest.values(), environments, now),
            *(ending if may_renew else ()),
            *(affected if may_edit else ()),
            *_for_stewards(actor, now),
        ),
        notes=(*(() if may_renew else ending), *(() if may_edit else affected)),
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
    claims, waiting = _attestations(actor, now), _for_stewards(actor, now)
    lead = ngettext(
        "%(n)d attestation waits for your decision.", "%(n)d attestations wait for your decision.", len(claims)
    )
    look = Action(_("Rulebooks"), reverse("rulebooks"), "book")
    decide = Action(_("Attestations"), reverse("attestations"), "seal")
    return HomePage(
        organization=_("This installation"),
        lead=lead % {"n": len(claims)} if claims else _("No attestation waits for your decision."),
        products=(),
        waiting=waiting,
        steps=(
            Step(_("Attestations"), _("What operators claim, with evidence, and until when it counts."), action=decide),
            Step(_("Rulebooks"), _("What the platforms allow, one dated revision beside the other."), action=look),
        ),
        eyebrow=_("Steward"),
        steps_title=_("What you look after"),
        nothing=_("Nothing. Attestations that operators request and revisions to settle appear here."),
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


def _ending(actor: Actor, now: datetime) -> Iterator[Waiting]:
    """Attestations that end soon, with what will fall back then."""
    rows = queries.expiring(actor, now)
    falls = queries.fall_backs(rows, now)
    for row in rows:
        assert row.expires_at is not None
        name = words.attestation_words(row.kind)
        renew = actor.may(Permission.REQUEST_ATTESTATION)
        yield Waiting(
            title=_("%(name)s, %(product)s") % {"name": name, "product": row.product.name},
            href=f"{reverse('attestations')}#claim-{row.pk}",
            why=_falls(falls.get(row.pk)),
            when=When.of(row.expires_at, now),
            pill=Pill("att", soon_words(row.expires_at, now)),
            more=(Action(_("Renew"), renew_href(row), "seal"),) if renew else (),
        )


def _falls(found: queries.FallBack | None) -> str:
    lines = fall_lines(found) if found else ()
    return _("Falls back: %(what)s.") % {"what": words.summary(lines)} if lines else _("Nothing falls back then.")


def _affected(actor: Actor, now: datetime) -> Iterator[Waiting]:
    """Products that a new rulebook revision would change, and that nobody submitted against it yet."""
    for product, found in affected(actor, now):
        editor = Action(_("Open the editor"), found.edit_href, "sliders")
        yield Waiting(
            title=_("New rulebook revision, %(product)s") % {"product": product.name},
            href=found.href,
            why=found.short,
            when=found.since,
            more=(editor,) if found.edit_href else (),
        )


def _for_stewards(actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    """What waits for those who look after the installation."""
    return (*_attestations(actor, now), *_revisions(actor, now), *_rechecks(actor, now))


def _revisions(actor: Actor, now: datetime) -> Iterator[Waiting]:
    """Next revisions of rulebooks that are being settled."""
    for row in queries.open_revisions() if actor.may(Permission.PUBLISH_RULEBOOK) else ():
        left = len(row.unsettled)
        text = ngettext("%(n)d behavior to settle.", "%(n)d behaviors to settle.", left) % {"n": left}
        yield Waiting(
            title=_("Next revision, %(platform)s") % {"platform": words.platform_words(row.platform)},
            href=reverse("revision", args=[row.pk]),
            why=text if left else _("Everything is settled: it can be published."),
            when=When.of(row.started_at, now),
            person=Person.of(row.started_by),
        )


def _rechecks(actor: Actor, now: datetime) -> Iterator[Waiting]:
    """Rechecks that are under way."""
    for row in running_rechecks() if actor.may(Permission.PUBLISH_RULEBOOK) else ():
        about = row.platform or (row.revision and row.revision.platform) or ""
        name = words.platform_words(about) if about else _("a hold")
        yield Waiting(
            title=_("Recheck, %(about)s") % {"about": name},
            href=reverse("recheck", args=[row.pk]),
            why=ngettext("Looks at %(n)d product again.", "Looks at %(n)d products again.", row.total)
            % {"n": row.total},
            when=When.of(row.requested_at, now),
            person=Person.of(row.requested_by),
            pill=Pill("neutral", _("running")),
        )


def _attestations(actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    """Claims that wait for a steward's decision."""
    if not actor.may(Permission.DECIDE_ATTESTATION):
        return ()
    return tuple(
        Waiting(
            title=_("%(name)s, %(product)s") % {"name": words.attestation_words(row.kind), "product": row.product.name},
            href=f"{reverse('attestations')}#claim-{row.pk}",
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
    Kind.BASELINE_CHANGED: gettext_lazy("changed the organization's baseline"),
    Kind.ENVIRONMENT_CHANGED: gettext_lazy("changed the rules of %(target)s"),
    Kind.MEMBER_CHANGED: gettext_lazy("changed the role of %(target)s"),
    Kind.MEMBER_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.PREFERENCES_CHANGED: gettext_lazy("changed their preferences"),
    Kind.PRODUCT_CREATED: gettext_lazy("created the product %(product)s"),
    Kind.PRODUCT_CHANGED: gettext_lazy("changed for whom, where or on what %(product)s runs"),
    Kind.PRODUCT_REMOVED: gettext_lazy("removed the product %(product)s"),
    Kind.KEY_CREATED: gettext_lazy("created %(target)s"),
    Kind.KEY_REVOKED: gettext_lazy("revoked %(target)s"),
    Kind.KEY_REFUSED: gettext_lazy("turned away %(target)s"),
    Kind.SOURCE_IMPORTED: gettext_lazy("imported %(target)s"),
    Kind.RULEBOOK_STARTED: gettext_lazy("started the next revision of %(target)s"),
    Kind.RULEBOOK_SETTLED: gettext_lazy("settled a behavior of %(target)s"),
    Kind.RULEBOOK_ABANDONED: gettext_lazy("abandoned %(target)s"),
    Kind.RULEBOOK_PUBLISHED: gettext_lazy("published %(target)s"),
    Kind.RECHECK_REQUESTED: gettext_lazy("asked what changes for products by %(target)s"),
    Kind.RECHECK_FINISHED: gettext_lazy("finished %(target)s"),
    Kind.HOLD_PLACED: gettext_lazy("placed a %(target)s"),
    Kind.HOLD_LIFTED: gettext_lazy("lifted the %(target)s"),
    Kind.ATTESTATION_REQUESTED: gettext_lazy("requested %(target)s for %(product)s"),
    Kind.ATTESTATION_GRANTED: gettext_lazy("granted %(target)s for %(product)s"),
    Kind.ATTESTATION_DECLINED: gettext_lazy("declined %(target)s for %(product)s"),
    Kind.ATTESTATION_REVOKED: gettext_lazy("revoked %(target)s for %(product)s"),
    Kind.ATTESTATION_REMINDED: gettext_lazy("reminded of the end of %(target)s for %(product)s"),
    Kind.ATTESTATION_EXPIRED: gettext_lazy("noticed the end of %(target)s for %(product)s"),
    Kind.DRAFT_EDITED: gettext_lazy("edited the draft of %(product)s"),
    Kind.DRAFT_DISCARDED: gettext_lazy("discarded the draft of %(product)s"),
    Kind.VERSION_SUBMITTED: gettext_lazy("submitted %(target)s of %(product)s"),
    Kind.VERSION_RESTORED: gettext_lazy("submitted %(target)s of %(product)s, which restores an earlier one"),
    Kind.VERSION_REBASED: gettext_lazy("submitted %(target)s of %(product)s, on top of what is live"),
    Kind.VERSION_COMMENTED: gettext_lazy("commented on %(target)s of %(product)s"),
    Kind.VERSION_APPROVED: gettext_lazy("approved %(target)s of %(product)s"),
    Kind.VERSION_CHANGES_REQUESTED: gettext_lazy("asked for changes of %(target)s of %(product)s"),
    Kind.VERSION_DECLINED: gettext_lazy("declined %(target)s of %(product)s"),
    Kind.ACTIVATION_SCHEDULED: gettext_lazy("scheduled %(target)s of %(product)s"),
    Kind.ACTIVATION_CANCELLED: gettext_lazy("cancelled the scheduled activation of %(target)s of %(product)s"),
    Kind.ACTIVATION_LAPSED: gettext_lazy("did not activate %(target)s of %(product)s when it was due"),
    Kind.VERSION_ACTIVATED: gettext_lazy("activated %(target)s of %(product)s"),
    Kind.PROFILE_REPUBLISHED: gettext_lazy("published the %(target)s of %(product)s again"),
    Kind.PROFILE_AFFECTED: gettext_lazy("found what %(target)s would change for %(product)s"),
    Kind.CHECK_REQUESTED: gettext_lazy("asked for a limits check of %(product)s"),
    Kind.CHECK_FINISHED: gettext_lazy("checked the limits of %(product)s"),
    Kind.FINDING_RECORDED: gettext_lazy("found %(target)s of %(product)s outside its window"),
    Kind.WEBHOOK_CREATED: gettext_lazy("created %(target)s"),
    Kind.WEBHOOK_CHANGED: gettext_lazy("changed %(target)s"),
    Kind.WEBHOOK_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.WEBHOOK_REPLAYED: gettext_lazy("sent %(target)s again"),
    Kind.WEBHOOK_TESTED: gettext_lazy("sent a test event to %(target)s"),
    Kind.SIGNED_IN: gettext_lazy("signed in"),
    Kind.SIGN_IN_REFUSED: gettext_lazy("was not let in"),
}
_CLAIMS: Final = (
    Kind.ATTESTATION_REQUESTED,
    Kind.ATTESTATION_GRANTED,
    Kind.ATTESTATION_DECLINED,
    Kind.ATTESTATION_REVOKED,
    Kind.ATTESTATION_REMINDED,
    Kind.ATTESTATION_EXPIRED,
)
_HOLDS: Final = (Kind.HOLD_PLACED, Kind.HOLD_LIFTED)
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
    if Kind(row.kind) in _HOLDS:
        target = _("hold on %(key)s") % {"key": target.removeprefix("hold ")}
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
