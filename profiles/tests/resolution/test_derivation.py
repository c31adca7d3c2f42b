"""How a value came about: each step is what would hold if there were no further layer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from profiles.resolution.changes import Case
from profiles.resolution.derivation import Stage, Step, derivations
from profiles.resolution.types import Hold, Layers, LayerSettings, Limit, Reason
from profiles.rulebook.model import Layer
from profiles.tests.resolution import strategies as some
from profiles.tests.resolution.small import (
    CLAIM,
    KEY,
    NOW,
    ORGANIZATION,
    behavior,
    book,
    free,
    law,
    rule,
    settings,
    span,
)
from profiles.tests.resolution.test_laws import laws


def steps(case: Case, key: str = KEY) -> dict[Stage, Step]:
    return {step.stage: step for step in derivations(case)[key]}


def case(rulebook: Any, *packs: Any, layers: Layers | None = None, **facts: Any) -> Case:
    return Case(rulebook, packs, {"audience": "adults", **facts}, (), layers or Layers(), NOW)


def cut(step: Step) -> Limit:
    assert step.narrowed is not None
    return step.narrowed


@laws
@given(st.data())
def test_the_last_steps_are_what_holds(data: st.DataObject) -> None:
    rulebook = data.draw(some.rulebooks(layer=Layer.PLATFORM))
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    found = Case(rulebook, (), facts, claims, data.draw(some.layers_for(rulebook)), some.NOW)
    decisions = found.resolve().decisions
    derived = derivations(found)
    assert derived.keys() == decisions.keys()
    for key, decision in decisions.items():
        last = derived[key][-1]
        assert (last.stage, last.value, last.window) == (Stage.USER, decision.value, decision.user)
        assert derived[key][-2].window == decision.product
        assert derived[key][-2].stage is Stage.PRODUCT


def test_each_layer_that_speaks_is_told_apart() -> None:
    act = law(free(product=span("none", "much")), applies={"audience": ["adults"]})
    layers = Layers(
        organization=LayerSettings({KEY: "none"}, {}),
        product=settings("much"),
        user=settings("some"),
        holds=(Hold(KEY, "some", ORGANIZATION, "Held."),),
    )
    found = steps(case(book(free(), rule("gate", "all", without=CLAIM)), act, layers=layers))
    assert found[Stage.DEFAULT].value == 1
    assert not found[Stage.RULES].speaks
    assert cut(found[Stage.LAW]).reason is Reason.LOCKED_LAW
    assert cut(found[Stage.HOLDS]).because == "Held."
    assert (found[Stage.ORGANIZATION].wanted, found[Stage.ORGANIZATION].value) == ("none", 0)
    refused = found[Stage.PRODUCT].clamp
    assert refused is not None
    assert refused.got == "some"
    assert (found[Stage.USER].wanted, found[Stage.USER].value) == ("some", 1)


def test_a_rule_of_the_platform_narrows_before_anybody_sets_anything() -> None:
    found = steps(case(book(free(default="all"), rule("gate", "some", without=CLAIM))))
    assert found[Stage.DEFAULT].value == 3
    assert found[Stage.RULES].changed
    assert cut(found[Stage.RULES]).attestation == CLAIM


def test_where_the_platform_is_silent_the_law_begins() -> None:
    silent = book(more={"b.two": behavior()})
    found = steps(case(silent, law(behavior(), applies={"audience": ["adults"]})))
    assert list(found) == [Stage.LAW, Stage.HOLDS, Stage.ORGANIZATION, Stage.PRODUCT, Stage.USER]
    assert found[Stage.LAW].changed
