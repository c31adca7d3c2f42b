"""What a client would get: every behavior with the way from the platform's default down to its value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec.structs import replace

from profiles import queries
from profiles.access import Actor
from profiles.models import Product
from profiles.queries import Shown
from profiles.resolution.changes import Case
from profiles.resolution.derivation import Stage, Step, derivations
from profiles.resolution.document import vendor_settings
from profiles.resolution.instructions import compile_instructions
from profiles.resolution.types import Clamp, Decision, Limit, Reason, Resolution
from profiles.rulebook.domains import Level
from profiles.rulebook.model import Behavior, Citation, Layer
from profiles.web.pages import above, words
from profiles.web.pages.asked import PREFERENCE, Question, kinds_of, read_question, shown_value, subjects
from profiles.web.pages.freshness import lines, tested
from profiles.web.pages.moment import field_of
from profiles.web.pages.states import crumbs
from profiles.web.presenters.history import Choice
from profiles.web.presenters.parts import Message, When
from profiles.web.presenters.simulate import (
    ClampLine,
    PreferenceField,
    SimulatedGroup,
    SimulatedRow,
    SimulatePage,
    StepLine,
)

_STAGES: Final = {
    Stage.DEFAULT: gettext_lazy("Platform"),
    Stage.RULES: gettext_lazy("Platform's rules"),
    Stage.LAW: gettext_lazy("Law"),
    Stage.HOLDS: gettext_lazy("Holds"),
    Stage.ORGANIZATION: gettext_lazy("Organization"),
    Stage.PRODUCT: gettext_lazy("Product"),
    Stage.USER: gettext_lazy("User"),
}
LAYERS: Final = {
    Layer.ORGANIZATION: gettext_lazy("Organization"),
    Layer.PRODUCT: gettext_lazy("Product"),
    Layer.USER: gettext_lazy("User"),
}


def simulate_page(actor: Actor, product: Product, query: QueryDict, now: datetime) -> SimulatePage:
    asked = read_question(actor, product, query, now)
    case = queries.case_of(asked.subject.stored, asked.revision, asked.at, asked.claims, asked.preferences)
    resolution = case.resolve()
    if asked.errors:
        return _page(actor, product, asked, query, resolution)
    shown = _shown(product, asked)
    groups, count = _groups(product, asked, case, resolution, shown, query.get("q", "")[:100])
    vendor = vendor_settings(resolution)
    return _page(
        actor,
        product,
        asked,
        query,
        resolution,
        title=_title(asked),
        at=When.of(asked.at, now),
        valid_until=When.of(resolution.valid_until, now) if resolution.valid_until else None,
        messages=tuple(_messages(asked, resolution, now)),
        fresh=lines(shown, now),
        groups=groups,
        count=ngettext("%(n)d behavior", "%(n)d behaviors", count) % {"n": count},
        clamps=tuple(
            _clamp(product, asked, clamp, resolution) for clamp in resolution.clamped if not _elsewhere(asked, clamp)
        ),
        instructions=compile_instructions(resolution, asked.subject.stored.instructions),
        vendor=json.dumps(vendor, indent=2) if vendor else "",
        possible_href=possible_href(product, asked),
    )


def _shown(product: Product, asked: Question) -> Shown:
    """What runs say of what is simulated. A user's preferences are left out: runs ask without any."""
    stored = asked.subject.stored
    found = stored.resolve(asked.at, claims=asked.claims)[asked.platform]
    return queries.shown_now(product, {asked.platform: found}, stored.instructions)


def possible_href(product: Product, asked: Question, **more: str) -> str:
    """To the reverse question, about the same subject on the same platform."""
    return f"{reverse('product_possible', args=[product.slug])}?{asked.query(**more)}"


def _page(
    actor: Actor, product: Product, asked: Question, query: QueryDict, resolution: Resolution, **more: Any
) -> SimulatePage:
    fields = tuple(_fields(query, resolution))
    return SimulatePage(
        slug=product.slug,
        crumbs=crumbs(product),
        subjects=subject_choices(actor, product, asked.subject.value),
        platforms=platform_choices(asked),
        when=asked.when and (asked.when if "when" in asked.errors else field_of(asked.at)),
        zone=timezone.get_current_timezone_name(),
        attestations=tuple(Choice(key, name, key in asked.assumed) for key, name in kinds_of(asked.revision).items()),
        preferences=fields,
        preferences_set=sum(bool(field.value) for field in fields) + bool(asked.pasted.strip()),
        pasted=asked.pasted,
        query=query.get("q", "")[:100],
        errors=dict(asked.errors),
        **more,
    )


def subject_choices(actor: Actor, product: Product, chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, name, value == chosen) for value, name in subjects(actor, product))


def platform_choices(asked: Question) -> tuple[Choice, ...]:
    rows = asked.subject.stored.revisions
    return tuple(Choice(row.platform, words.platform_words(row.platform), row == asked.revision) for row in rows)


def _fields(query: QueryDict, resolution: Resolution) -> Iterable[PreferenceField]:
    """A field for each behavior that users may change, or that the address asks about."""
    for key, decision in resolution.decisions.items():
        typed = str(query.get(f"{PREFERENCE}{key}") or "")[:200]
        if decision.user.is_lock and not typed:
            continue
        window = words.window_words(decision.behavior.domain, decision.user)
        hint = _("Users may choose: %(window)s") % {"window": window}
        yield PreferenceField(key, decision.behavior.name, _choices(decision.behavior, typed), typed, hint)


def _choices(behavior: Behavior, typed: str) -> tuple[Choice, ...]:
    if not isinstance(behavior.domain, Level):
        return ()
    values = (Choice(name, words.value_words(behavior.domain, name), name == typed) for name in behavior.domain.names)
    return (Choice("", _("No preference"), not typed), *values)


def _title(asked: Question) -> str:
    return _("%(subject)s, on %(platform)s") % {
        "subject": asked.subject.name,
        "platform": words.platform_words(asked.platform),
    }


def _elsewhere(asked: Question, clamp: Clamp) -> str:
    """The name of a setting for another platform of the product, about which this one is silent; empty for others."""
    if clamp.reason is not Reason.UNKNOWN_BEHAVIOR or clamp.layer is Layer.USER:
        return ""
    stated = (row.rulebook().behaviors.get(clamp.behavior) for row in asked.subject.stored.revisions)
    return next((found.name for found in stated if found is not None and found.is_stated), "")


def _messages(asked: Question, resolution: Resolution, now: datetime) -> list[Message]:
    found = []
    if others := [name for clamp in resolution.clamped if (name := _elsewhere(asked, clamp))]:
        text = _("Set for other platforms, and not addressed by this one: %(names)s.") % {"names": ", ".join(others)}
        found.append(Message("note", text))
    if asked.at != now:
        text = _("Holds and the organization's baseline are those of now, whatever the instant.")
        found.append(Message("note", text))
    if asked.assumed:
        names = ", ".join(kinds_of(asked.revision)[kind] for kind in sorted(asked.assumed))
        found.append(Message("att", _("%(names)s. Nobody granted that here.") % {"names": names}, _("Assumed:")))
    return found


# Behaviors


def _groups(
    product: Product, asked: Question, case: Case, resolution: Resolution, shown: Shown, text: str
) -> tuple[tuple[SimulatedGroup, ...], int]:
    steps = derivations(case)
    rows: dict[str, list[SimulatedRow]] = {group: [] for group in words.groups()}
    for key, decision in resolution.decisions.items():
        if text.casefold() in f"{decision.behavior.name} {key}".casefold():
            row = replace(_row(product, asked, decision, steps[key], resolution), tested=tested(shown, key))
            rows[words.group_of(decision.behavior)].append(row)
    groups = tuple(SimulatedGroup(words.group_words(name), tuple(lines)) for name, lines in rows.items() if lines)
    return groups, sum(len(group.rows) for group in groups)


def _row(
    product: Product, asked: Question, decision: Decision, steps: tuple[Step, ...], resolution: Resolution
) -> SimulatedRow:
    key, domain = decision.behavior.key, decision.behavior.domain
    clamps = [clamp for clamp in resolution.clamped if clamp.behavior == key]
    return SimulatedRow(
        key=key,
        name=decision.behavior.name,
        value=words.value_words(domain, decision.raw),
        decided=above.decided_words(decision),
        steps=tuple(_step(asked, decision, step) for step in steps),
        clamped=clamps[-1].because if clamps else "",
        possible_href=possible_href(product, asked, behavior=key),
    )


def _step(asked: Question, decision: Decision, step: Step) -> StepLine:
    domain, key = decision.behavior.domain, decision.behavior.key
    limit = step.narrowed or (step.clamp and decision.limit) or None
    stated = asked.revision.rulebook().behaviors.get(key)
    citation = limit.citation if limit else stated.citation if stated and step.stage is Stage.DEFAULT else None
    because = limit.because if limit else step.clamp.because if step.clamp else ""
    if step.stage is Stage.DEFAULT and stated:
        because = stated.because
    return StepLine(
        layer=str(_STAGES[step.stage]),
        value=words.value_words(domain, domain.dump(step.value)),
        window=words.window_words(domain, step.window),
        text=_did(decision, step),
        because=because,
        source=source_words(citation),
        href=source_href(asked, key, citation, limit),
        speaks=step.speaks or step.stage in (Stage.DEFAULT, Stage.USER),
    )


def _did(decision: Decision, step: Step) -> str:
    """What a layer did, in a sentence."""
    domain = decision.behavior.domain
    value = words.value_words(domain, domain.dump(step.value))
    if step.stage is Stage.DEFAULT:
        return _("The default is %(value)s.") % {"value": value}
    if step.clamp is not None:
        wanted = words.value_words(domain, step.wanted)
        reason = words.reason_words(step.clamp.reason)
        return _("Wants %(wanted)s and gets %(value)s: %(reason)s.") % {
            "wanted": wanted,
            "value": value,
            "reason": reason,
        }
    if step.wanted is not None:
        return _("Sets %(value)s.") % {"value": value}
    if step.narrowed is not None:
        return _("Narrows the window to %(window)s.") % {"window": words.window_words(domain, step.window)}
    return _("Makes it %(value)s.") % {"value": value} if step.changed else _silent(step)


def _silent(step: Step) -> str:
    if step.stage is Stage.USER:
        return _("No preference, so the product's value stays.")
    return _("Says nothing.")


def source_words(citation: Citation | None) -> str:
    return f"{citation.document.title}, {citation.section}" if citation else ""


def source_href(asked: Question, key: str, citation: Citation | None, limit: Limit | None = None) -> str:
    """The rulebook or law pack where it is written."""
    if citation is None:
        return ""
    laws = {law.platform: law for law in asked.subject.stored.laws}
    documents = {
        behavior.citation.document: law for law in laws.values() for behavior in law.rulebook().behaviors.values()
    }
    named = laws.get(limit.source) if limit else None
    row = named or documents.get(citation.document) or asked.revision
    return f"{reverse('rulebook', args=[row.platform, row.revision])}#{key}"


def _clamp(product: Product, asked: Question, clamp: Clamp, resolution: Resolution) -> ClampLine:
    decision = resolution.decisions.get(clamp.behavior)
    more: Mapping[str, str] = {"behavior": clamp.behavior[:120], "value": shown_value(clamp.wanted)[:200]}
    if clamp.layer is Layer.USER:
        more = {**more, "layer": Layer.USER.value}
    return ClampLine(
        name=decision.behavior.name if decision else clamp.behavior[:120],
        layer=str(LAYERS[clamp.layer]),
        text=_wanted_words(decision, clamp),
        because=clamp.because,
        href=possible_href(product, asked, **more) if decision else "",
    )


def _wanted_words(decision: Decision | None, clamp: Clamp) -> str:
    if decision is None:
        return _("Wanted %(wanted)s") % {"wanted": shown_value(clamp.wanted)[:200]}
    domain = decision.behavior.domain
    return _("Wanted %(wanted)s, got %(got)s") % {
        "wanted": words.value_words(domain, clamp.wanted)[:200],
        "got": words.value_words(domain, clamp.got),
    }
