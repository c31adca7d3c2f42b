"""The seven laws of resolution, each over generated rulebooks, settings, facts and attestations."""

import json
import os
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from profiles.resolution import resolve as machinery
from profiles.resolution.resolve import resolve
from profiles.resolution.types import Layers, LayerSettings, Reason, Resolution
from profiles.rulebook.codec import decode
from profiles.rulebook.model import Kind, Layer, Rulebook
from profiles.tests.resolution import strategies as some
from profiles.tests.resolution.strategies import NOW

FIXED = (Kind.BRIGHT_LINE, Kind.PROTECTION)
# LAWS_EXAMPLES=2000 looks deeper; what the tests run every time stays quick.
laws = settings(
    max_examples=int(os.environ.get("LAWS_EXAMPLES", "50")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def never_looser(after: Resolution, before: Resolution) -> bool:
    return all(never_looser_at(key, after, before) for key in after.decisions)


def never_looser_at(key: str, after: Resolution, before: Resolution) -> bool:
    new, old = after.decisions[key], before.decisions[key]
    domain = new.behavior.domain
    return domain.leq(new.value, old.value) and domain.leq(new.operator, old.operator)


@laws
@given(st.data())
def test_law_1_no_settings_change_a_bright_line_or_a_protection(data: st.DataObject) -> None:
    book = data.draw(some.rulebooks())
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(book))
    result = resolve([book], facts, claims, layers, NOW)
    bare = resolve([book], facts, claims, Layers(), NOW)
    for key, decision in result.decisions.items():
        if decision.behavior.kind in FIXED:
            assert decision.operator == bare.decisions[key].operator == decision.behavior.domain.strictest
            assert decision.value == decision.operator or decision.behavior.user.waiver
            if decision.behavior.kind is Kind.BRIGHT_LINE:
                assert decision.value == decision.behavior.domain.strictest


@laws
@given(st.data())
def test_law_2_tightening_an_upper_layer_never_loosens_a_lower_one(data: st.DataObject) -> None:
    book = data.draw(some.rulebooks(conflicts=False).filter(some.stated))
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(book, sane=True))
    before = resolve([book], facts, claims, layers, NOW)
    assume(before.decisions)  # a law pack that does not apply here decides nothing
    layer = data.draw(st.sampled_from(["organization", "product"]))
    stricter = _tightened(data, book, getattr(layers, layer), before, layer)
    after = resolve([book], facts, claims, replace(layers, **{layer: stricter}), NOW)  # type: ignore[arg-type]
    assert never_looser(after, before)


def _tightened(
    data: st.DataObject, book: Rulebook, chosen: LayerSettings, before: Resolution, layer: str
) -> LayerSettings:
    """The same settings with one behavior's value or ceiling lowered."""
    key = data.draw(st.sampled_from(sorted(before.decisions)))
    domain = book.behaviors[key].domain
    wanted = domain.parse(data.draw(some.raws(domain)))
    if data.draw(st.booleans()):
        # What the layer hands down now is at most its own setting, so its meet with anything tightens it. Where the
        # layer set nothing, its value is what came from above.
        now_set = domain.parse(chosen.values[key]) if key in chosen.values else _inherited(before, key, layer)
        return replace(chosen, values={**chosen.values, key: domain.dump(domain.meet(wanted, now_set))})
    window: dict[str, Any] = dict(chosen.windows.get(key, {}))
    ceiling = domain.parse(window["ceiling"]) if "ceiling" in window else domain.loosest
    window["ceiling"] = domain.dump(domain.meet(wanted, ceiling))
    if layer == "product" and key not in chosen.windows:
        # A product's first word about a user window is a grant; only a narrower one is a tightening.
        window["ceiling"] = domain.dump(domain.meet(wanted, before.decisions[key].user.ceiling))
    return replace(chosen, windows={**chosen.windows, key: window})


def _inherited(before: Resolution, key: str, layer: str) -> Any:
    decision = before.decisions[key]
    if layer == "product":
        return decision.operator
    return decision.behavior.domain.clamp(decision.behavior.default, decision.organization)


@laws
@given(st.data())
def test_law_3_the_order_of_rulebooks_and_rules_is_irrelevant(data: st.DataObject) -> None:
    domains = {key: data.draw(st.sampled_from(sorted(some.DOMAINS))) for key in some.KEYS}
    books = [data.draw(some.rulebooks(domains=domains)) for _ in range(data.draw(st.integers(1, 3)))]
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(books[0]))
    shuffled = [_shuffled(data, book) for book in data.draw(st.permutations(books))]
    before, after = (resolve(some_books, facts, claims, layers, NOW) for some_books in (books, shuffled))
    assert _outcome(before) == _outcome(after)


def _shuffled(data: st.DataObject, book: Rulebook) -> Rulebook:
    document = dict(book.document)
    document["rules"] = data.draw(st.permutations(document["rules"]))
    document["conflicts"] = data.draw(st.permutations(document["conflicts"]))
    # The digest orders rulebooks, so it stays: the law is about the order of rules inside the same rulebook.
    return replace(decode(document), digest=book.digest)


def _outcome(resolution: Resolution) -> dict[str, Any]:
    return {
        key: (d.value, d.operator, d.reason, d.decided_by, d.organization, d.product, d.user)
        for key, d in resolution.decisions.items()
    }


@laws
@given(st.data())
def test_law_4_resolving_the_result_again_changes_nothing(data: st.DataObject) -> None:
    book = data.draw(some.rulebooks())
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(book))
    once = resolve([book], facts, claims, layers, NOW)
    result = replace(
        layers,
        product=replace(layers.product, values={key: d.operator_raw for key, d in once.decisions.items()}),
        user=replace(
            layers.user, values={key: once.decisions[key].raw for key in layers.user.values if key in once.decisions}
        ),
    )
    twice = resolve([book], facts, claims, result, NOW)
    assert twice.values() == once.values()
    assert {k: d.operator for k, d in twice.decisions.items()} == {k: d.operator for k, d in once.decisions.items()}


@laws
@given(st.data())
def test_law_5_every_value_has_a_reason_and_a_citation(data: st.DataObject) -> None:
    book = data.draw(some.rulebooks())
    layers = data.draw(some.layers_for(book))
    facts = data.draw(some.facts)
    result = resolve([book], facts, data.draw(some.attestations()), layers, NOW)
    assert set(result.decisions) == _decided(book, facts)
    for decision in result.decisions.values():
        assert isinstance(decision.reason, Reason)
        assert isinstance(decision.decided_by, Layer)
        assert decision.citation.document.title
        domain = decision.behavior.domain
        assert domain.contains(decision.product, decision.operator)
        if not decision.behavior.user.waiver:
            assert domain.leq(decision.user.ceiling, decision.product.ceiling)
    for clamp in result.clamped:
        assert clamp.because
        unread = clamp.reason in (Reason.UNKNOWN_BEHAVIOR, Reason.MALFORMED_VALUE)
        assert unread or clamp.wanted != clamp.got


@laws
@given(st.data())
def test_law_6_taking_an_attestation_away_never_loosens(data: st.DataObject) -> None:
    book = data.draw(some.rulebooks())
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(book))
    before = resolve([book], facts, claims, layers, NOW)
    fewer = tuple(claim for claim in claims if data.draw(st.booleans()))
    assert never_looser(resolve([book], facts, fewer, layers, NOW), before)


@laws
@given(st.data())
def test_law_7_it_never_raises_and_its_cost_is_bounded_by_behaviors_and_rules(data: st.DataObject) -> None:
    book = data.draw(some.rulebooks())
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(book))
    decided: list[str] = []
    original = machinery._Pass.decide

    def counted(self: Any, key: str) -> None:
        decided.append(key)
        original(self, key)

    with patch.object(machinery._Pass, "decide", counted):
        result = resolve([book], facts, claims, layers, NOW)
    assert set(result.decisions) == _decided(book, facts)
    # Two passes at most; in each, every behavior once, and once more for each rule or conflict that narrows it.
    assert len(decided) <= 2 * (len(book.behaviors) + len(book.rules) + len(book.conflicts))


@laws
@given(st.data())
def test_a_law_pack_or_a_hold_never_loosens(data: st.DataObject) -> None:
    domains = {key: data.draw(st.sampled_from(sorted(some.DOMAINS))) for key in some.KEYS}
    book = data.draw(some.rulebooks(conflicts=False, domains=domains, layer=Layer.PLATFORM))
    law = data.draw(some.rulebooks(conflicts=False, domains=domains, layer=Layer.LAW))
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(book, sane=True))
    before = resolve([book], facts, claims, layers, NOW)
    held = replace(layers, holds=(*layers.holds, data.draw(some.holds(book))))
    assert never_looser(resolve([book], facts, claims, held, NOW), before)
    # A floor raised by law protects, but lifts the value: without one, a law pack only ever tightens.
    if not any(rule.floor is not None for rule in law.rules):
        lawful = resolve([book, _without_floors(law)], facts, claims, layers, NOW)
        assert all(never_looser_at(key, lawful, before) for key in before.decisions)


def _without_floors(law: Rulebook) -> Rulebook:
    document = json.loads(json.dumps(law.document))
    for key, behavior in document["behaviors"].items():
        domain = law.behaviors[key].domain
        for name in ("organization", "product"):
            if name in behavior:
                behavior[name]["floor"] = domain.dump(domain.strictest)
        if "default" in behavior and "organization" not in behavior and "product" not in behavior:
            behavior["default"] = domain.dump(domain.strictest)
    return decode(document)


def _decided(book: Rulebook, facts: dict[str, Any]) -> set[str]:
    return set(some.stated(book)) if book.applies_to(facts) else set()
