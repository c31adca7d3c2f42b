"""The first page of somebody signed in: products, what waits for them, what happened last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec.structs import replace

from audits.health import reads as health
from audits.models import Check, Entry
from audits.queries import running_rechecks
from audits.trail.kinds import Kind, Outcome
from profiles import queries
from profiles.access import Actor, ActorType, Permission
from profiles.models import Activation, Attestation, Environment, Member, Product, Version
from profiles.web.pages import reads, waits, words
from profiles.web.pages.affected import affected
from profiles.web.pages.alerts import alarm_bars, alerts
from profiles.web.pages.attestations import fall_lines, renew_href, soon_words
from profiles.web.pages.first_steps import first_steps, progress
from profiles.web.pages.health_sign import health_pill
from profiles.web.pages.reviews import version_of
from profiles.web.pages.states import check_line, inactive_pill, version_href
from profiles.web.pages.waits import Board
from profiles.web.presenters import parts
from profiles.web.presenters.home import Activity, HomePage, Live, ProductCard, Step, Waiting
from profiles.web.presenters.parts import Action, Person, Pill, When

_ENDS_SOON: Final = timedelta(days=30)
_SHOWN: Final = 8  # lines of activity
_READ: Final = 60  # entries read for them: edits in a row become one line
_NOTE: Final = 120  # characters of a note in a line
# What happens all the time and tells nobody anything here; the trail has it.
_LEFT_OUT: Final = (
    Kind.SIGNED_IN,
    Kind.SIGN_IN_REFUSED,
    Kind.PASSWORD_LINK_MADE,
    Kind.PREFERENCES_CHANGED,
    Kind.CHECK_REQUESTED,
    Kind.PROTOCOL_FIXED,
    Kind.RUN_REQUESTED,
    Kind.KEY_REFUSED,
    Kind.EXPORT_FINISHED,  # that it began is told
)


def home_page(actor: Actor, member: Member, to_review: Iterable[Version], now: datetime) -> HomePage:
    """
    Args:
        to_review: what waits for this person, as ``queries.waiting`` finds it.
    """
    board = _board(actor, now)
    cards = _cards(board)
    steps = () if member.hides_first_steps else _steps(board)
    may_edit, may_renew = actor.may(Permission.EDIT_DRAFT), actor.may(Permission.REQUEST_ATTESTATION)
    found, ending = tuple(_affected(actor, now)), tuple(_ending(actor, now))
    failing = tuple(waits.failing_checks(board))
    alarms = queries.open_alarms(actor)
    looks_after = may_edit or actor.may(Permission.RUN_CHECK)
    may_create = actor.may(Permission.MANAGE_PRODUCTS)
    return HomePage(
        organization=member.organization.name,
        lead=_("What your products may do, what is live, and what waits for somebody."),
        products=cards,
        waiting=(
            *(waits.alarms(alarms, now) if actor.may(Permission.ACTIVATE) else ()),
            *(_waiting(row, words.direction_pill(row.direction), now) for row in to_review),
            *(failing if looks_after else ()),
            *_own(board),
            *waits.drafts(board),
            *(ending if may_renew else ()),
            *(found if may_edit else ()),
            *_for_stewards(actor, now),
        ),
        notes=(
            *waits.scheduled(board),
            *(() if looks_after else failing),
            *(() if may_renew else ending),
            *(() if may_edit else found),
        ),
        alerts=(*alarm_bars(alarms), *alerts(queries.without_approvals(board.activations), now)),
        activity=_activity(reads.last_entries(actor, _READ, _LEFT_OUT), _names(board.products), now) if cards else (),
        steps=steps,
        steps_done=_counted_steps(steps),
        can_hide_steps=bool(steps),
        can_sample=may_create and not cards,
        new_product=Action(_("New product"), reverse("product_new"), "plus") if may_create else None,
        empty=_empty(actor) if not cards and not steps else "",
    )


def _board(actor: Actor, now: datetime) -> Board:
    products = reads.products(actor)
    newest = reads.newest_versions(actor, products)
    active, environments = reads.active_everywhere(actor), reads.environments(actor)
    board = Board(actor, now, products, newest, active, environments, reads.scheduled(actor), {})
    by_id = {product.pk: product for product in products}
    for row in board.activations:
        row.product = row.version.product = by_id[row.product_id]
    shown = [board.live(product) or newest.get(product.pk) for product in products]
    return replace(board, checks=reads.latest_checks(actor, [row.pk for row in shown if row]))


def _names(products: Iterable[Product]) -> dict[str, str]:
    return {product.slug: product.name for product in products}


def _steps(board: Board) -> tuple[Step, ...]:
    return first_steps(board.actor, progress(board.actor, board.products, board.newest, board.active, board.now))


def _counted_steps(steps: tuple[Step, ...]) -> str:
    return _("%(done)d of %(all)d done") % {"done": sum(step.done for step in steps), "all": len(steps)}


def _empty(actor: Actor) -> str:
    if actor.may(Permission.MANAGE_PRODUCTS):
        return _("There is no product yet. Create one, or look around with a sample.")
    return _(
        "There is no product yet. An administrator creates one; then this page shows what it may do and what is live."
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
    tenants = Action(_("Organizations"), reverse("organizations"), "building")
    return HomePage(
        organization=_("This installation"),
        lead=lead % {"n": len(claims)} if claims else _("No attestation waits for your decision."),
        products=(),
        waiting=waiting,
        steps=(
            Step(_("Attestations"), _("What operators claim, with evidence, and until when it counts."), action=decide),
            Step(_("Rulebooks"), _("What the platforms allow, one dated revision beside the other."), action=look),
            Step(
                _("Organizations"),
                _("Who works here: each is a tenant of its own, with its administrators."),
                action=tenants,
            ),
        ),
        eyebrow=_("Steward"),
        steps_title=_("What you look after"),
        nothing=_("Nothing. Attestations that operators request and revisions to settle appear here."),
        has_products=False,
    )


# Products


def _cards(board: Board) -> tuple[ProductCard, ...]:
    ending = reads.ending(board.actor, board.now, _ENDS_SOON)
    signs = health.signs(board.actor, board.now)
    return tuple(_card(each, board, ending.get(each.pk), signs.get(each.pk)) for each in board.products)


def _card(product: Product, board: Board, ending: Attestation | None, sign: health.Sign | None) -> ProductCard:
    live, newest = board.live(product), board.newest.get(product.pk)
    return ProductCard(
        slug=product.slug,
        name=product.name,
        facts=" · ".join(text for _label, text in words.facts_words(product.facts)),
        live=tuple(_lives(product, board.active.get(product.pk, {}), board.environments, board.now)),
        check=_check(live or newest, board.checks, board.now),
        health=health_pill(sign) if live else None,
        pills=(
            *((Pill("neutral", _("sample")),) if product.is_sample else ()),
            *_draft_pills(product, live, newest, board.environments),
            *_ending_pills(ending, board.now),
        ),
    )


def _lives(
    product: Product, active: Mapping[int, Activation], environments: list[Environment], now: datetime
) -> Iterator[Live]:
    for environment in environments:
        if row := active.get(environment.pk):
            number = row.version.number
            name = _("v%(number)d") % {"number": number}
            yield Live(environment.name, name, When.of(row.at, now), version_href(product, number))
        else:
            yield Live(environment.name, "")


def _check(row: Version | None, checks: Mapping[int, Check], now: datetime) -> parts.Check | None:
    return check_line(checks.get(row.pk), "", now) if row else None


def _draft_pills(
    product: Product, live: Version | None, newest: Version | None, environments: list[Environment]
) -> Iterator[Pill]:
    if newest is not None and not reads.was_active(newest):
        state = inactive_pill(newest, live, environments)
        yield Pill(state.tone, _("v%(number)d %(state)s") % {"number": newest.number, "state": state.text})
    if waits.differs(product, live):
        yield Pill("draft", _("Draft with changes"))


def _ending_pills(row: Attestation | None, now: datetime) -> Iterator[Pill]:
    if row is not None and row.expires_at is not None:
        days = (row.expires_at - now).days
        text = ngettext("Attestation ends in %(n)d day", "Attestation ends in %(n)d days", days) % {"n": days}
        yield Pill("att", text if days else _("Attestation ends today"))


# What waits


def _own(board: Board) -> Iterator[Waiting]:
    """Newest versions that were decided: mine must change or be rebased, or it is approved and not active anywhere, and
    nothing is scheduled for it."""
    later = {row.version_id for row in board.scheduled}
    for row in board.newest.values():
        current = board.live(row.product)
        state = inactive_pill(row, current, board.environments)
        mine = row.author_id == board.actor.id and (state.tone == "bad" or queries.is_stale(row, current))
        approved = state.tone == "ok" and board.actor.may(Permission.ACTIVATE)
        if (mine or approved) and row.pk not in later and not reads.was_active(row):
            text = _("approved, not active yet") if approved else state.text
            yield _waiting(row, Pill(state.tone, text), board.now)


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
    Kind.ENVIRONMENT_CREATED: gettext_lazy("created %(target)s"),
    Kind.ENVIRONMENT_CHANGED: gettext_lazy("changed the rules of %(target)s"),
    Kind.MEMBER_CHANGED: gettext_lazy("changed the role of %(target)s"),
    Kind.MEMBER_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.PASSWORD_LINK_MADE: gettext_lazy("made a link that sets a password"),
    Kind.PASSWORD_CHANGED: gettext_lazy("changed their password"),
    Kind.PREFERENCES_CHANGED: gettext_lazy("changed their preferences"),
    Kind.PRODUCT_CREATED: gettext_lazy("created the product %(product)s"),
    Kind.PRODUCT_CHANGED: gettext_lazy("changed for whom, where or on what %(product)s runs"),
    Kind.PRODUCT_DESCRIBED: gettext_lazy("changed the name or description of %(product)s"),
    Kind.COMMITMENTS_PUBLISHED: gettext_lazy("made the commitments of %(product)s public"),
    Kind.COMMITMENTS_WITHDRAWN: gettext_lazy("withdrew the public commitments of %(product)s"),
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
    Kind.ACTIVATION_CANCELLED: gettext_lazy("canceled the scheduled activation of %(target)s of %(product)s"),
    Kind.ACTIVATION_LAPSED: gettext_lazy("did not activate %(target)s of %(product)s when it was due"),
    Kind.VERSION_ACTIVATED: gettext_lazy("activated %(target)s of %(product)s"),
    Kind.PROFILE_REPUBLISHED: gettext_lazy("published the %(target)s of %(product)s again"),
    Kind.PROFILE_AFFECTED: gettext_lazy("found what %(target)s would change for %(product)s"),
    Kind.CHECK_REQUESTED: gettext_lazy("asked for a limits check of %(product)s"),
    Kind.CHECK_FINISHED: gettext_lazy("checked the limits of %(product)s"),
    Kind.CHECK_CHANGED: gettext_lazy("found that the %(target)s of %(product)s comes out otherwise"),
    Kind.END_FORETOLD: gettext_lazy("reminds of what ends or begins soon: %(target)s"),
    Kind.FINDING_RECORDED: gettext_lazy("found %(target)s of %(product)s outside its window"),
    Kind.ENDPOINT_CREATED: gettext_lazy("added %(target)s"),
    Kind.ENDPOINT_CHANGED: gettext_lazy("changed %(target)s"),
    Kind.ENDPOINT_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.SUITE_STARTED: gettext_lazy("began %(target)s"),
    Kind.SUITE_EDITED: gettext_lazy("edited %(target)s"),
    Kind.SUITE_PUBLISHED: gettext_lazy("published %(target)s"),
    Kind.SUITE_DISCARDED: gettext_lazy("discarded %(target)s"),
    Kind.PROTOCOL_FIXED: gettext_lazy("fixed a protocol for %(product)s"),
    Kind.RUN_REQUESTED: gettext_lazy("asked for %(target)s of %(product)s"),
    Kind.RUN_CANCELLED: gettext_lazy("asked for the end of %(target)s"),
    Kind.RUN_RESUMED: gettext_lazy("went on with %(target)s"),
    Kind.RUN_FINISHED: gettext_lazy("ended %(target)s of %(product)s"),
    Kind.RUN_LAPSED: gettext_lazy("did not start a run of %(product)s that was due"),
    Kind.RUNS_SCHEDULED: gettext_lazy("scheduled runs of %(product)s"),
    Kind.RUNS_UNSCHEDULED: gettext_lazy("ended the schedule of runs of %(product)s"),
    Kind.DRIFT_FOUND: gettext_lazy("found drift under %(product)s"),
    Kind.BUDGET_CHANGED: gettext_lazy("changed the budget for runs"),
    Kind.TRIAL_JUDGED: gettext_lazy("judged a %(target)s"),
    Kind.ALARM_RAISED: gettext_lazy("raised %(target)s for %(product)s"),
    Kind.ALARM_ANSWERED: gettext_lazy("answered %(target)s for %(product)s"),
    Kind.WEBHOOK_CREATED: gettext_lazy("created %(target)s"),
    Kind.WEBHOOK_CHANGED: gettext_lazy("changed %(target)s"),
    Kind.WEBHOOK_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.WEBHOOK_REPLAYED: gettext_lazy("sent %(target)s again"),
    Kind.WEBHOOK_TESTED: gettext_lazy("sent a test event to %(target)s"),
    Kind.ACCESS_DENIED: gettext_lazy("was not let in: %(target)s"),
    Kind.PERSONAL_DATA_ERASED: gettext_lazy("erased personal data of %(target)s"),
    Kind.LOG_VERIFIED: gettext_lazy("verified %(target)s"),
    Kind.LOG_DISPUTED: gettext_lazy("was told that %(target)s is not what it was"),
    Kind.LOG_STOPPED: gettext_lazy("stopped signing %(target)s"),
    Kind.LOG_CONTINUED: gettext_lazy("signs %(target)s again"),
    Kind.LOG_PRUNED: gettext_lazy("pruned %(target)s"),
    Kind.RETENTION_CHANGED: gettext_lazy("set the %(target)s"),
    Kind.LEGAL_HOLD_PLACED: gettext_lazy("placed the %(target)s"),
    Kind.LEGAL_HOLD_RELEASED: gettext_lazy("released the %(target)s"),
    Kind.SETTINGS_CHANGED: gettext_lazy("started with other settings of the server"),
    Kind.AUDITOR_ADDED: gettext_lazy("added %(target)s"),
    Kind.AUDITOR_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.DESTINATION_CREATED: gettext_lazy("created %(target)s"),
    Kind.DESTINATION_CHANGED: gettext_lazy("changed %(target)s"),
    Kind.DESTINATION_REMOVED: gettext_lazy("removed %(target)s"),
    Kind.DESTINATION_REPLAYED: gettext_lazy("sent entries again to %(target)s"),
    Kind.EVIDENCE_EXPORTED: gettext_lazy("took an evidence bundle of %(target)s"),
    Kind.EXPORT_STARTED: gettext_lazy("began to export the trail"),
    Kind.EXPORT_FINISHED: gettext_lazy("finished an export of the trail"),
    Kind.SEARCH_SHARED: gettext_lazy("shared a search of the trail"),
    Kind.SEARCH_WITHDRAWN: gettext_lazy("withdrew a search of the trail"),
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
