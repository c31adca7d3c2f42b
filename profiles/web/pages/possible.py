"""What would have to change so that a behavior can have a value: the ways there are, and what each needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct
from msgspec.structs import replace

from profiles import queries
from profiles.access import Actor
from profiles.models import Environment, Product, RulebookRevision
from profiles.queries import Stored
from profiles.resolution.possible import Answer, Way, Wish, possible
from profiles.rulebook.domains import Level, Number, Topics
from profiles.rulebook.model import Behavior, Kind, Layer
from profiles.web.pages import reads, words
from profiles.web.pages.asked import Question, raw_value, read_question
from profiles.web.pages.simulate import (
    platform_choices,
    source_href,
    source_words,
    subject_choices,
)
from profiles.web.pages.states import crumbs
from profiles.web.pages.steps import Names, step_of
from profiles.web.presenters.history import Choice
from profiles.web.presenters.simulate import PossiblePage, WayCard, WayStep


def possible_page(actor: Actor, product: Product, query: QueryDict, now: datetime) -> PossiblePage:
    asked = read_question(actor, product, query, now)
    key, layer = query.get("behavior", ""), Layer.USER if query.get("layer") == Layer.USER.value else Layer.PRODUCT
    behaviors = _behaviors(asked.revision, asked.subject.stored)
    behavior = behaviors.get(key)
    page = PossiblePage(
        slug=product.slug,
        crumbs=crumbs(product),
        subjects=subject_choices(actor, product, asked.subject.value),
        platforms=platform_choices(asked),
        behaviors=_choices(behaviors, key),
        layers=(
            Choice(Layer.PRODUCT.value, _("This product"), layer is Layer.PRODUCT),
            Choice(Layer.USER.value, _("A user of this product"), layer is Layer.USER),
        ),
        values=_values(behavior, query.get("value", "")),
        value=query.get("value", "")[:200],
        hint=_hint(behavior),
        chosen=key if behavior else "",
        simulate_href=f"{reverse('simulate', args=[product.slug])}?{asked.query()}",
    )
    typed = query.get("value", "").strip()[:2_000]
    if behavior is None or not typed:
        return page
    wish = Wish(key, raw_value(behavior.domain, typed), layer)
    return _answered(actor, product, asked, behavior, wish, page, now)


def _behaviors(revision: RulebookRevision, stored: Stored) -> dict[str, Behavior]:
    """All that somebody could ask about on a platform; what it states itself before what a law pack or another of the
    product's platforms does."""
    own = {key: item for key, item in revision.rulebook().behaviors.items() if item.is_stated}
    others = {key: item for key, item in stored.behaviors.items() if item.is_stated}
    return dict(sorted({**others, **own}.items(), key=lambda pair: pair[1].name.casefold()))


def _choices(behaviors: dict[str, Behavior], chosen: str) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    groups: dict[str, list[Choice]] = {group: [] for group in words.groups()}
    for key, item in behaviors.items():
        groups[words.group_of(item)].append(Choice(key, item.name, key == chosen))
    return tuple((words.group_words(name), tuple(items)) for name, items in groups.items() if items)


def _values(behavior: Behavior | None, chosen: str) -> tuple[Choice, ...]:
    if behavior is None or not isinstance(behavior.domain, Level):
        return ()
    domain = behavior.domain
    return tuple(Choice(name, words.value_words(domain, name), name == chosen) for name in domain.names)


def _hint(behavior: Behavior | None) -> str:
    domain = behavior.domain if behavior else None
    if isinstance(domain, Number):
        return _("%(least)d to %(most)d %(unit)s") % {
            "least": domain.minimum,
            "most": domain.maximum,
            "unit": domain.unit,
        }
    return _("Topics with commas between them, or: any") if isinstance(domain, Topics) else ""


# The answer


def _answered(
    actor: Actor, product: Product, asked: Question, behavior: Behavior, wish: Wish, page: PossiblePage, now: datetime
) -> PossiblePage:
    """Answered for the next version: whatever has to change, it is that which will say it."""
    version = asked.subject.version
    stored = queries.as_draft(product, version, now) if version else asked.subject.stored
    row = next((item for item in stored.revisions if item.platform == asked.platform), asked.revision)
    others = [item for item in queries.latest_of_all() if not item.is_law and item.platform != row.platform]
    case = queries.next_case(stored, row, now, queries.claims_of(product))
    answer = possible(case, wish, [item.rulebook() for item in others])
    ground = Ground(actor, product, stored, row, others, wish, behavior, now)
    citation = answer.refused.citation if answer.refused else None
    tone, title, lead = _verdict(answer, behavior, ground)
    return replace(
        page,
        tone=tone,
        title=title,
        lead=lead,
        because=answer.refused.because if answer.refused else behavior.because if answer.never else "",
        source=source_words(citation or (behavior.citation if answer.never else None)),
        source_href=source_href(asked, wish.behavior, citation or (behavior.citation if answer.never else None)),
        ways=tuple(_card(ground, way, number) for number, way in enumerate(answer.ways, start=1)),
    )


class Ground(Struct, frozen=True):
    """What the answer stands on."""

    actor: Actor
    product: Product
    stored: Stored
    revision: RulebookRevision
    others: list[RulebookRevision]
    wish: Wish
    behavior: Behavior
    now: datetime

    @property
    def shown(self) -> str:
        return words.value_words(self.behavior.domain, self.wish.value)

    @property
    def names(self) -> Names:
        return Names(self.actor, self.product, self.stored, self.others, self.now)


def _verdict(answer: Answer, behavior: Behavior, ground: Ground) -> tuple[str, str, str]:
    about = {"name": behavior.name, "value": ground.shown, "platform": words.platform_words(ground.revision.platform)}
    if answer.is_possible:
        return "ok", _("“%(name)s” can be %(value)s as things are") % about, ""
    if answer.never:
        return "bad", _("Never: “%(name)s” cannot be %(value)s") % about, _never_words(behavior)
    if not answer.ways:
        lead = _(
            "Neither an attestation, another fact, platform or setting, nor what is narrowed here was found to help."
        )
        return "bad", _("No way was found for “%(name)s” to be %(value)s") % about, lead
    count = len(answer.ways)
    title = ngettext("“%(name)s” can be %(value)s in %(n)d way", "“%(name)s” can be %(value)s in %(n)d ways", count) % {
        **about,
        "n": count,
    }
    return "warn", title, _("On %(platform)s it cannot as things are. Each of these was tried out and works.") % about


def _never_words(behavior: Behavior) -> str:
    if behavior.kind is Kind.BRIGHT_LINE:
        return _("It is a bright line: nobody changes it, for no product, whatever the argument.")
    if behavior.kind is Kind.PROTECTION:
        return _("It protects the person who uses the product: no operator can take it away.")
    return _(
        "No platform that is known here gives it to anybody, and nothing below a platform can widen what it gives."
    )


def _card(ground: Ground, way: Way, number: int) -> WayCard:
    steps = [step_of(change, ground.names) for change in way.changes]
    last = _last_step(ground, way)
    return WayCard(
        title=_("Way %(number)d") % {"number": number} if way.changes else _("Nothing else has to change"),
        steps=(*steps, last) if last else tuple(steps),
        needs=tuple(_needs(ground, way)),
    )


def _last_step(ground: Ground, way: Way) -> WayStep | None:
    """The wish itself, where it is not made yet."""
    if ground.wish.layer is Layer.USER:
        text = _("Then a user may choose %(value)s for “%(name)s”.")
        return WayStep(text % {"value": ground.shown, "name": ground.behavior.name}, _("Any user of this product."))
    if ground.stored.settings.get(ground.wish.behavior) == ground.wish.value:
        return None
    return step_of(ground.names.wish(ground.wish), ground.names)


def _needs(ground: Ground, way: Way) -> Iterable[str]:
    """What it takes for a version that says all this to go live, in each environment."""
    after = _after(ground, way)
    live = queries.active_stored(ground.product)
    for place in reads.environments(ground.actor):
        yield _needed(ground, place, live.get(place.pk), after, way)


def _needed(ground: Ground, place: Environment, before: Stored | None, after: Stored, way: Way) -> str:
    names = {"environment": place.name, "n": place.approvals_needed}
    if before and _comes_by_itself(ground, before, after, way):
        return _("%(environment)s: no new version is needed, clients get it by itself.") % names
    claims = way.case.attestations
    if before and place.tightening_at_once and queries.is_tightening(before, after, ground.now, claims):
        return _("%(environment)s: it only becomes stricter, so it may go live at once.") % names
    message = ngettext(
        "%(environment)s: a version needs %(n)d approval by somebody else.",
        "%(environment)s: a version needs %(n)d approvals by others.",
        place.approvals_needed,
    )
    return message % names


def _comes_by_itself(ground: Ground, before: Stored, after: Stored, way: Way) -> bool:
    """Whether what is live says all of it already, and gives it under the rulebooks that it was made against."""
    row = next((item for item in before.revisions if item.rulebook().platform == way.case.rulebook.platform), None)
    if row is None or _says(before) != _says(after):
        return False
    case = queries.case_of(before, row, ground.now, queries.claims_of(ground.product))
    for change in way.changes:
        case = change.applied(case)
    return ground.wish.is_granted(case)


def _after(ground: Ground, way: Way) -> Stored:
    """What the version would say."""
    case = ground.wish.made(way.case) if ground.wish.layer is Layer.PRODUCT else way.case
    known = ground.stored.platforms
    rows = [row for row in ground.others if row.rulebook() == case.rulebook and row.platform not in known]
    return replace(
        ground.stored,
        settings=case.layers.product.values,
        windows=case.layers.product.windows,
        facts=case.facts,
        baseline=case.layers.organization,
        holds=case.layers.holds,
        revisions=(*ground.stored.revisions, *rows),
    )


def _says(stored: Stored) -> tuple[Any, ...]:
    """What a version says by itself."""
    return stored.settings, stored.windows, stored.facts, stored.platforms
