"""What would have to change: every answer is tried out, and "never" is believed only after everything was tried."""

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from profiles.resolution.changes import (
    Attest,
    Case,
    DropPreference,
    Elsewhere,
    Later,
    LiftHold,
    OpenBaseline,
    OpenToUsers,
    OtherFact,
    SetOther,
    WithoutFact,
)
from profiles.resolution.options import options
from profiles.resolution.possible import Answer, Wish, possible
from profiles.resolution.types import Hold, Layers, LayerSettings, Reason
from profiles.rulebook.model import Kind, Layer, Rulebook
from profiles.tests.resolution import strategies as some
from profiles.tests.resolution.small import (
    CLAIM,
    DAY,
    KEY,
    NOW,
    ORGANIZATION,
    PLATFORM,
    SWITCH,
    TOPICS,
    USER,
    behavior,
    book,
    claimed,
    conflict,
    free,
    law,
    rule,
    settings,
    span,
)
from profiles.tests.resolution.test_laws import laws

OTHER = "b.two"
ADULTS: dict[str, Any] = {"audience": "adults"}


def asked(
    rulebook: Rulebook,
    value: Any,
    *others: Rulebook,
    laws: tuple[Rulebook, ...] = (),
    facts: dict[str, Any] | None = None,
    layers: Layers | None = None,
    claims: tuple[Any, ...] = (),
    layer: Layer = Layer.PRODUCT,
) -> Answer:
    case = Case(rulebook, laws, ADULTS if facts is None else facts, claims, layers or Layers(), NOW)
    return possible(case, Wish(KEY, value, layer), others)


def ways(answer: Answer) -> list[tuple[Any, ...]]:
    return [way.changes for way in answer.ways]


def switch(**changes: Any) -> dict[str, Any]:
    """One that products may set as they like."""
    return behavior(SWITCH, **{"organization": span("off", "on"), **changes})


# Every answer, tried out


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, Wish, tuple[Rulebook, ...]]:
    domains = {key: draw(st.sampled_from(sorted(some.DOMAINS))) for key in some.KEYS}
    rulebook = draw(some.rulebooks(domains=domains, layer=Layer.PLATFORM).filter(some.stated))
    others = tuple(draw(st.lists(some.rulebooks(domains=domains, layer=Layer.PLATFORM), max_size=1)))
    packs = tuple(draw(st.lists(some.rulebooks(domains=domains, layer=Layer.LAW), max_size=1)))
    layers = draw(some.layers_for(rulebook, sane=draw(st.booleans())))
    case = Case(rulebook, packs, draw(some.facts), draw(some.attestations()), layers, some.NOW)
    key = draw(st.sampled_from(some.stated(rulebook)))
    value = draw(some.raws(some.DOMAINS[domains[key]][1]))
    return case, Wish(key, value, draw(st.sampled_from([Layer.PRODUCT, Layer.USER]))), others


@laws
@given(cases())
def test_every_way_makes_it_possible_and_none_of_its_changes_can_be_left_out(
    asked: tuple[Case, Wish, tuple[Rulebook, ...]],
) -> None:
    case, wish, others = asked
    for way in possible(case, wish, others).ways:
        made = case
        for change in way.changes:
            made = change.applied(made)
        assert wish.is_granted(made)
        for fewer in combinations(way.changes, len(way.changes) - 1) if way.changes else ():
            part = case
            for change in fewer:
                part = change.applied(part)
            assert not wish.is_granted(part)


@laws
@given(cases())
def test_without_a_way_no_single_change_is_one(asked: tuple[Case, Wish, tuple[Rulebook, ...]]) -> None:
    case, wish, others = asked
    answer = possible(case, wish, others)
    if answer.ways:
        return
    for world in (case, *(Elsewhere(other).applied(case) for other in others)):
        assert not wish.is_granted(world)
        for change in options(world, wish.behavior, wish.value, wish.layer):
            assert not wish.is_granted(change.applied(world))


@laws
@given(cases(), st.data())
def test_never_means_whatever_else_is_set_attested_held_or_the_case(
    asked: tuple[Case, Wish, tuple[Rulebook, ...]], data: st.DataObject
) -> None:
    case, wish, others = asked
    for key in some.stated(case.rulebook):
        domain = case.rulebook.behaviors[key].domain
        most = Wish(key, domain.dump(domain.loosest), wish.layer)
        if possible(case, most, others).never:
            for rulebook in (case.rulebook, *others):
                layers = data.draw(some.layers_for(rulebook))
                facts, claims = data.draw(some.facts), data.draw(some.attestations())
                assert not most.is_granted(Case(rulebook, case.laws, facts, claims, layers, some.NOW))


@laws
@given(cases())
def test_a_bright_line_is_never_crossed(asked: tuple[Case, Wish, tuple[Rulebook, ...]]) -> None:
    case, _wish, _others = asked
    for key in some.stated(case.rulebook):
        line = case.rulebook.behaviors[key]
        if line.kind is Kind.BRIGHT_LINE and not any(law.behaviors[key].is_stated for law in case.laws):
            for layer in (Layer.PRODUCT, Layer.USER):
                assert possible(case, Wish(key, line.domain.dump(line.domain.loosest), layer)).never


@laws
@given(cases())
def test_what_is_possible_already_needs_no_change(asked: tuple[Case, Wish, tuple[Rulebook, ...]]) -> None:
    case, wish, others = asked
    assert possible(case, wish, others).is_possible == wish.is_granted(case)


# What is found


def test_what_is_possible_as_things_are() -> None:
    answer = asked(book(free()), "all")
    assert ways(answer) == [()]
    assert answer.is_possible
    assert answer.refused is None


def test_an_attestation_opens_it() -> None:
    answer = asked(book(free(), rule("gate", "some", without=CLAIM)), "all")
    assert ways(answer) == [(Attest(CLAIM, 365),)]
    assert answer.refused is not None
    assert answer.refused.reason is Reason.ATTESTATION_MISSING


def test_one_that_counts_already_is_not_asked_for_again() -> None:
    gated = book(free(), rule("gate", "some", without=CLAIM), rule("other", "some", without="licensed"))
    assert ways(asked(gated, "all", claims=(claimed(),))) == [(Attest("licensed", 365),)]
    assert ways(asked(gated, "all")) == [(Attest(CLAIM, 365), Attest("licensed", 365))]


def test_another_fact_and_an_attestation_together() -> None:
    gated = book(free(), rule("minors", "none", facts={"audience": "minors"}), rule("gate", "some", without=CLAIM))
    answer = asked(gated, "all", facts={"audience": "minors"})
    assert ways(answer) == [(Attest(CLAIM, 365), OtherFact("audience", "adults"))]


def test_of_a_fact_that_is_a_list_one_goes() -> None:
    spoken = book(free(), rule("voice", "some", facts={"surface": "voice"}))
    answer = asked(spoken, "all", facts={"surface": ["chat", "voice"]})
    assert ways(answer) == [(WithoutFact("surface", "voice"),)]


def test_a_law_pack_binds_while_it_reaches_the_product_and_until_it_ends() -> None:
    act = law(free(product=span("none", "some")), applies={"audience": ["adults"]}, in_force={"until": "2026-12-01"})
    found = ways(asked(book(free()), "all", laws=(act,)))
    assert [type(change) for (change,) in found] == [Later, OtherFact]


def test_the_baseline_and_a_hold() -> None:
    hold = Hold(KEY, "some", ORGANIZATION, "Until we know more.")
    layers = Layers(organization=settings(window={"ceiling": "some"}), holds=(hold,))
    assert ways(asked(book(free()), "all", layers=layers)) == [(OpenBaseline(KEY), LiftHold(hold))]


def test_another_platform_offers_it() -> None:
    here, there = book(free(product=span("none", "some"))), book(free(), platform="tower")
    answer = asked(here, "all", there)
    assert ways(answer) == [(Elsewhere(there),)]
    gated = book(free(), rule("gate", "some", without=CLAIM), platform="tower")
    assert ways(asked(here, "all", gated)) == [(Elsewhere(gated), Attest(CLAIM, 365))]


def test_a_move_that_is_not_needed_is_no_part_of_a_way() -> None:
    """What is offered on another platform, a window that is wider there, works here as well."""
    here = book(free(user=span("some", "much", grant="platform")), rule("cap", "some"))
    there = book(free(user=span("none", "all", grant="platform")), rule("cap", "some"), platform="tower")
    for way in ways(asked(here, "none", there, layer=USER)):
        assert len(way) == 1


def test_a_rule_that_looks_at_another_behavior_asks_to_set_that_otherwise() -> None:
    chained = book(free(), rule("chain", "none", strict={"behavior": OTHER, "value": "off"}), more={OTHER: switch()})
    assert ways(asked(chained, "all")) == [(SetOther(OTHER, "on"),)]
    reset = book(
        free(),
        rule("chain", "none", strict={"behavior": OTHER, "value": "off"}),
        more={OTHER: switch(default="on")},
    )
    layers = Layers(product=LayerSettings({OTHER: "off"}, {}))
    assert ways(asked(reset, "all", layers=layers)) == [(SetOther(OTHER, None),), (SetOther(OTHER, "on"),)]


def test_the_other_side_of_a_conflict() -> None:
    clash = book(free(), more={OTHER: switch()}, conflicts=[conflict("clash", (KEY, "much"), (OTHER, "on"), "some")])
    layers = Layers(product=LayerSettings({OTHER: "on"}, {}))
    assert (SetOther(OTHER, None),) in ways(asked(clash, "all", layers=layers))


def test_a_user_reaches_what_the_product_sets_or_leaves_to_them() -> None:
    answer = asked(book(free()), "much", layer=USER)
    assert ways(answer) == [(SetOther(KEY, "much"),), (OpenToUsers(KEY, "none", "much"),)]


def test_a_users_own_preference_stands_in_the_way() -> None:
    chained = book(
        free(default="all"),
        rule("chain", "none", strict={"behavior": OTHER, "value": "off"}),
        more={OTHER: switch(default="on", user=span("off", "on"))},
    )
    layers = Layers(user=LayerSettings({OTHER: "off"}, {}))
    assert ways(asked(chained, "much", layers=layers, layer=USER)) == [(DropPreference(OTHER),)]


def test_never_says_where_it_is_written() -> None:
    line = book(behavior(SWITCH, kind="bright_line"))
    answer = asked(line, "on", book(behavior(SWITCH, kind="bright_line"), platform="tower"))
    assert answer.never
    assert answer.refused is not None
    assert answer.refused.reason is Reason.LOCKED_BRIGHT_LINE
    assert answer.refused.citation is not None


def test_a_value_of_no_platform_and_a_behavior_of_none_are_never() -> None:
    assert asked(book(free()), "everything").never
    case = Case(book(free()), (), ADULTS, (), Layers(), NOW)
    assert possible(case, Wish("no.such_behavior", "on")).never


def test_stricter_than_a_floor_is_not_never_but_may_be_found_nowhere() -> None:
    topics = book(behavior(TOPICS, product=span(["algebra"], "any")))
    answer = asked(topics, ["music"])
    assert (ways(answer), answer.never) == ([], False)


def test_more_changes_than_are_looked_for_one_by_one_are_found_by_taking_away() -> None:
    hold = Hold(KEY, "some", PLATFORM, "Held.")
    gated = book(free(), rule("a", "some", without=CLAIM), rule("b", "some", without="licensed"))
    layers = Layers(organization=settings(window={"ceiling": "some"}), holds=(hold,))
    (found,) = ways(asked(gated, "all", layers=layers))
    assert set(found) == {Attest(CLAIM, 365), Attest("licensed", 365), OpenBaseline(KEY), LiftHold(hold)}


def test_an_attestation_counts_from_the_instant_that_is_asked_about() -> None:
    gated = book(free(), rule("gate", "some", without=CLAIM))
    case = Case(gated, (), ADULTS, (claimed(end=NOW + DAY),), Layers(), NOW + 2 * DAY)
    answer = possible(case, Wish(KEY, "all"))
    assert ways(answer) == [(Attest(CLAIM, 365),)]
    assert answer.refused is not None
    assert answer.refused.reason is Reason.ATTESTATION_EXPIRED
