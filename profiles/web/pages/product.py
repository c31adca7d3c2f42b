"""One product: what is active where, what is known of it, its draft and its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec.structs import replace

from audits.conformance import drifting
from audits.health import reads as health
from audits.models import Check
from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import (
    Activation,
    Draft,
    Environment,
    Product,
    PublishedProfile,
    RulebookRevision,
    Schedule,
    Version,
)
from profiles.queries import Difference, Shown, Stored
from profiles.resolution.types import Attestation, Resolution
from profiles.rulebook.model import Kind, Layer
from profiles.web.pages import reads, words
from profiles.web.pages.above import Above, in_force_words, layer_of, place_sentences, placed_words
from profiles.web.pages.affected import affected_product
from profiles.web.pages.alerts import alarm_bars, alerts
from profiles.web.pages.drift import drift_words
from profiles.web.pages.freshness import asked_days, lines, worst
from profiles.web.pages.health_sign import health_pill
from profiles.web.pages.sample import sample_stage
from profiles.web.pages.state import State
from profiles.web.pages.states import (
    check_line,
    check_words,
    crumbs,
    diff_href,
    reach_words,
    state_pills,
    version_href,
    version_name,
)
from profiles.web.presenters import product as presenters
from profiles.web.presenters.parts import Action, Message, Person, Pill, When
from profiles.web.presenters.product import (
    ActivationLine,
    ApiHint,
    DraftCard,
    EnvironmentCard,
    Known,
    ProductPage,
    VersionLine,
)

_DIGEST_ENDS: Final = 4  # characters that are shown of a shortened digest, at either end


def product_page(actor: Actor, state: State) -> ProductPage:
    product, live, found, now = state.product, state.live, state.found, state.now
    environments, versions = state.bench.environments, reads.versions(actor, product)
    activations = reads.activations_of(versions, environments)
    active = reads.current(activations)
    looked_at = live or next(iter(versions), None)
    check = reads.latest_checks(actor, [looked_at.pk]).get(looked_at.pk) if looked_at else None
    served = reads.served(actor, product, now)
    known = _shown(state, active)
    fresh = lines(known[live.pk], now, asked_days(environments)) if live else ()
    return ProductPage(
        slug=product.slug,
        name=product.name,
        crumbs=crumbs(product, here=False),
        lead=product.description,
        facts=(*words.facts_words(product.facts), (_("Runs on"), _platforms(product))),
        environments=tuple(_environments(actor, product, environments, active, served, known, now)),
        draft=_draft(actor, state.draft, live, found, now),
        known=(
            *_instructed(live, found.before),
            _limits(actor, product, check, looked_at, now),
            *(() if fresh else (_never_tested(),)),
            *_drifted(actor, product, now),
        ),
        fresh=fresh,
        check=check_line(check, "", now) if active else None,
        can_check=actor.may(Permission.RUN_CHECK) and looked_at is not None,
        versions=_versions(product, versions, active, environments, now),
        activations=tuple(_activation(row, product, now) for row in activations),
        api=_api(actor),
        edit_action=_editor(product) if actor.may(Permission.EDIT_DRAFT) else None,
        place_action=Action(_("Where it runs"), reverse("product_place", args=[product.slug]), "globe"),
        above=_above(actor, state),
        pills=_pills(active),
        banner=_ending(state.claims, now),
        alerts=(
            *alarm_bars(row for row in queries.open_alarms(actor) if row.version.product_id == product.pk),
            *alerts(queries.without_approvals(active.values()), now),
        ),
        sample=sample_stage(actor, product, product.organization, now),
        affected=affected_product(actor, product, now),
        health=health_pill(health.signs(actor, now, product).get(product.pk)) if active else None,
    )


def _shown(state: State, active: dict[int, Activation]) -> dict[int, Shown]:
    """What runs say of each version that is active anywhere, by its id; the runs are read once for all."""
    versions = {row.version_id: row.version for row in active.values()}
    if not versions:
        return {}
    for row in versions.values():
        row.product = state.product
    resolved: dict[int, Mapping[str, Resolution]] = {}
    if state.live:
        versions[state.live.pk], resolved[state.live.pk] = state.live, state.found.before
    if others := [row for pk, row in versions.items() if pk not in resolved]:
        stored = Stored.versions(others).items()
        resolved |= {pk: each.resolve(state.now, claims=state.claims) for pk, each in stored}
    runs = queries.tested_runs([state.product]).get(state.product.pk, ())
    return {pk: queries.shown_of(state.product, resolved[pk], row.instructions, runs) for pk, row in versions.items()}


def _platforms(product: Product) -> str:
    """The platforms with the models that people named: "Anthropic (Claude Opus 4.5), OpenAI"."""
    return ", ".join(platform_with_models(name, product.model_names.get(name, ())) for name in product.platforms)


def platform_with_models(platform: str, models: Iterable[str]) -> str:
    name = words.platform_words(platform)
    return _("%(platform)s (%(models)s)") % {"platform": name, "models": ", ".join(models)} if models else name


def _editor(product: Product) -> Action:
    return Action(_("Edit the profile"), reverse("product_edit", args=[product.slug]), "sliders")


def _pills(active: dict[int, Activation]) -> tuple[Pill, ...]:
    if not active:
        return (Pill("neutral", _("nothing active")),)
    numbers = sorted({item.version.number for item in active.values()}, reverse=True)
    return tuple(Pill("live", _("v%(number)d active") % {"number": number}) for number in numbers)


def _ending(claims: Iterable[Attestation], now: datetime) -> Message | None:
    """The attestation that ends first: what it opened falls back at that instant."""
    first = min((claim for claim in claims if claim.counts(now)), key=lambda claim: claim.ends_at, default=None)
    if first is None:
        return None
    text = _("It ends on %(when)s; what it opens falls back by itself then.") % {
        "when": When.of(first.ends_at, now).shown
    }
    look = Action(_("Attestations"), reverse("attestations"), "seal")
    return Message("att", text, _("Attested: %(name)s.") % {"name": words.attestation_words(first.kind)}, look)


# What stands above


def _above(actor: Actor, state: State) -> tuple[presenters.Above, ...]:
    """Law packs, holds and what the organization narrowed, each of what a platform of this product states."""
    product, stored = state.product, state.stored
    books = [revision.rulebook() for revision in stored.revisions]
    stated = {key for book in books for key, item in book.behaviors.items() if item.is_stated}
    names = {key: item.name for book in books for key, item in book.behaviors.items()}
    lines = [_law(law, state.now) for law in stored.laws]
    for (key, _layer), row in Above(actor, held=state.bench.sources.held[::-1]).holds.items():
        if key in stated:
            place = reverse("settings_hold", args=[row.pk])
            label = _("On hold for everybody") if layer_of(row) is Layer.PLATFORM else _("On hold")
            lines.append(presenters.Above(label, names[key], place, row.reason, "lock", placed_words(row)))
    narrowed = [names[key] for key in sorted(stated & product.organization.windows.keys())]
    if narrowed:
        href = f"{reverse('settings_baseline')}?show=narrowed"
        count = ngettext("%(n)d behavior narrowed", "%(n)d behaviors narrowed", len(narrowed)) % {"n": len(narrowed)}
        label, text = _("Organization baseline"), ", ".join(narrowed)
        lines.append(presenters.Above(label, count, href, text, "building"))
    return tuple(lines)


def _law(law: RulebookRevision, now: datetime) -> presenters.Above:
    href = reverse("rulebook", args=[law.platform, law.revision])
    return presenters.Above(_("Law pack"), law.title, href, "", "doc", in_force_words(law.rulebook(), now))


# Active now


def _environments(
    actor: Actor,
    product: Product,
    environments: Sequence[Environment],
    active: dict[int, Activation],
    served: dict[int, PublishedProfile],
    known: Mapping[int, Shown],
    now: datetime,
) -> Iterator[EnvironmentCard]:
    waiting = reads.schedules(actor, product)
    reached = queries.reach(actor, product, active.values(), now)
    before: Activation | None = None  # what the environment before this one serves
    for place in environments:
        row, follows = active.get(place.pk), waiting.get(place.pk)
        card = _environment(place, product, row, served.get(place.pk), now)
        ways = (*_promote(actor, product, place, row, before), *_back(actor, product, row))
        fetched = reach_words(reached[place.pk]) if place.pk in reached else ""
        fresh = worst(known[row.version_id], now, place.run_days) if row else None
        late = _follows(follows, now) if follows else ""
        yield replace(card, actions=ways, reached=fetched, scheduled=late, fresh=fresh)
        before = row or before


def _environment(
    environment: Environment,
    product: Product,
    row: Activation | None,
    profile: PublishedProfile | None,
    now: datetime,
) -> EnvironmentCard:
    if row is None:
        return EnvironmentCard(environment.name, "")
    ends = profile.valid_until if profile else None
    return EnvironmentCard(
        name=environment.name,
        version=version_name(row.version.number),
        href=version_href(product, row.version.number),
        by=Person.of(row.by_name),
        when=When.of(row.at, now),
        reason=row.reason,
        valid_until=When.of(ends, now) if ends else None,
        digest=short_digest(profile.digest) if profile else "",
    )


def _promote(
    actor: Actor, product: Product, place: Environment, row: Activation | None, before: Activation | None
) -> Iterator[Action]:
    """To what the environment before serves and this one does not yet."""
    if before is None or not actor.may(Permission.ACTIVATE):
        return
    number = before.version.number
    if row is None or row.version.number < number:
        label = _("Promote version %(number)d to %(environment)s") % {"number": number, "environment": place.name}
        yield Action(label, f"{version_href(product, number)}#in-{place.slug}", "arrow")


def _back(actor: Actor, product: Product, row: Activation | None) -> Iterator[Action]:
    if row is not None and row.previous is not None and actor.may(Permission.SUBMIT):
        number = row.previous.number
        label = _("Go back to version %(number)d") % {"number": number}
        yield Action(label, reverse("version_restore", args=[product.slug, number]), "undo")


def _follows(row: Schedule, now: datetime) -> str:
    names = {"number": row.version.number, "when": When.of(row.due_at, now).shown}
    return _("Version %(number)d follows on %(when)s.") % names


def short_digest(digest: str) -> str:
    """ "sha256:9c1f…44ab"."""
    name, _colon, value = digest.partition(":")
    return f"{name}:{value[:_DIGEST_ENDS]}…{value[-_DIGEST_ENDS:]}"


# The draft


def _draft(actor: Actor, row: Draft, live: Version | None, found: Difference, now: datetime) -> DraftCard:
    count = len(found.changes) + found.text_changed + found.facts_changed + found.limits_changed
    refused = len(found.refused)
    label = _("Open the editor") if actor.may(Permission.EDIT_DRAFT) else _("Look at the draft")
    return DraftCard(
        title=ngettext("%(n)d change", "%(n)d changes", count) % {"n": count} if count else _("No changes"),
        text=" ".join(filter(None, [_changed(live, found), _edited(actor, row)])),
        when=When.of(row.updated_at, now) if row.revision else None,
        pills=(Pill("bad", ngettext("%(n)d to fix", "%(n)d to fix", refused) % {"n": refused}),) if refused else (),
        action=Action(label, reverse("product_edit", args=[row.product.slug]), "sliders"),
    )


def _changed(live: Version | None, found: Difference) -> str:
    """What the draft changes, in a sentence or two."""
    sentences = []
    if found.changes:
        sentences.append(_("%(directions)s.") % {"directions": words.directions_counted(found.changes)})
    if found.text_changed:
        sentences.append(_("The instructions differ."))
    sentences += place_sentences(found)
    if not sentences:
        text = _("The draft is the same as version %(number)d.") if live else _("Everything is at its default.")
        return text % {"number": live.number} if live else text
    return " ".join(sentences)


def _edited(actor: Actor, row: Draft) -> str:
    edit = reads.last_edit(actor, row)
    return _("Last edited by %(name)s.") % {"name": edit.by} if edit else ""


# What is known


def _instructed(live: Version | None, resolutions: Mapping[str, Resolution]) -> tuple[Known, ...]:
    if live is None:
        return (Known(_("Instructed"), _("Nothing is active, so no model is told anything."), "neutral", "doc"),)
    stated = [each for found in resolutions.values() for each in found.decisions.values() if each.behavior.is_stated]
    told = len({each.behavior.key for each in stated if each.behavior.kind is not Kind.FILTER})
    filters = [each for each in stated if each.behavior.setting is not None]
    text = ngettext(
        "The compiled instructions of version %(number)d name %(n)d behavior. "
        "The model is told it if a client passes them on, which is not known here.",
        "The compiled instructions of version %(number)d name %(n)d behaviors. "
        "The model is told them if a client passes them on, which is not known here.",
        told,
    )
    lines = [Known(_("Instructed"), text % {"n": told, "number": live.number}, "neutral", "doc")]
    if filters:
        text = ngettext(
            "A threshold for %(n)d vendor filter is compiled; %(off)d of them off.",
            "Thresholds for %(n)d vendor filters are compiled; %(off)d of them off.",
            len(filters),
        )
        off = sum(each.operator == each.behavior.domain.loosest for each in filters)
        lines.append(Known(_("Filtered"), text % {"n": len(filters), "off": off}, "neutral", "sliders"))
    return tuple(lines)


def _limits(actor: Actor, product: Product, check: Check | None, row: Version | None, now: datetime) -> Known:
    if row is None or check is None:
        return Known(_("Limits check"), _("Not checked yet."), "neutral", "shield")
    tone, text = check_words(check)
    sentence = _("Version %(number)d: %(text)s.") % {"number": row.number, "text": text}
    when = When.of(check.finished_at or check.requested_at, now)
    return Known(_("Limits check"), sentence, tone, "shield", when, reads.check_entry(actor, product, check))


def _never_tested() -> Known:
    return Known(_("Behavior"), _("Not tested: no model has been probed with this profile."), "neutral", "chart")


def _drifted(actor: Actor, product: Product, now: datetime) -> tuple[Known, ...]:
    """What changed under the product since it was last tested."""
    drift = drifting.standing(actor, [product]).get(product.pk)
    return (Known(_("Drift"), drift_words(drift, now), "warn", "chart"),) if drift else ()


# History


def _versions(
    product: Product,
    rows: list[Version],
    active: dict[int, Activation],
    environments: Sequence[Environment],
    now: datetime,
) -> tuple[VersionLine, ...]:
    newest = rows[0].number if rows else 0
    return tuple(
        VersionLine(
            number=row.number,
            href=version_href(product, row.number),
            note=row.note,
            author=Person.of(row.author_name),
            when=When.of(row.created_at, now),
            pills=(*state_pills(row, active.values(), environments, newest), words.direction_pill(row.direction)),
            compare_href=diff_href(product, row.base.number, row.number) if row.base else "",
        )
        for row in rows
    )


def _activation(row: Activation, product: Product, now: datetime) -> ActivationLine:
    text = version_name(row.version.number)
    if row.previous is not None:
        text = _("Version %(number)d, from version %(previous)d") % {
            "number": row.version.number,
            "previous": row.previous.number,
        }
    return ActivationLine(
        environment=row.environment.name,
        text=text,
        reason=row.reason,
        person=Person.of(row.by_name),
        when=When.of(row.at, now),
        href=version_href(product, row.version.number),
    )


# For programs


def _api(actor: Actor) -> ApiHint:
    address = f"{settings.BRIGHTLINE_BASE_URL}/api/v1/profile"
    return ApiHint(
        command=f'curl -H "Authorization: Bearer $BRIGHTLINE_KEY" \\\n  {address}',
        text=_("With a client key of this product and an environment in $BRIGHTLINE_KEY."),
        keys_href=reverse("settings_api_keys") if actor.may(Permission.MANAGE_KEYS) else "",
        docs_href=reverse("api_docs"),
    )
