"""Wishes that cannot be honored: less never gives more, and what stands in the way is named."""

from hypothesis import given
from hypothesis import strategies as st

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Layers, LayerSettings, Reason
from profiles.tests.resolution import strategies as some
from profiles.tests.resolution.small import TOPICS, behavior, clamp, free, rule, settings, span
from profiles.tests.resolution.small import book as small
from profiles.tests.resolution.strategies import NOW
from profiles.tests.resolution.test_laws import laws
from profiles.tests.rulebook.test_filters_and_laws import book, switch


def test_a_users_floor_above_the_operators_value_lifts_nobody_who_wishes_less() -> None:
    """Users reach from "off" on, and the operator chose the stricter "on": who wishes "on" gets it."""
    found = book({"a.notice": switch(user={"floor": "off", "ceiling": "off"})})
    for windows in ({}, {"a.notice": {"ceiling": "off"}}):
        layers = Layers(product=LayerSettings({"a.notice": "on"}, windows), user=LayerSettings({"a.notice": "on"}))
        assert resolve([found], {}, (), layers, NOW).values() == {"a.notice": "on"}


@laws
@given(st.data())
def test_a_wish_that_is_at_least_as_strict_as_the_operators_value_gives_nothing_looser(data: st.DataObject) -> None:
    rulebook = data.draw(some.rulebooks(conflicts=False))
    facts, claims = data.draw(some.facts), data.draw(some.attestations())
    layers = data.draw(some.layers_for(rulebook, sane=True))
    for key, decision in resolve([rulebook], facts, claims, layers, NOW).decisions.items():
        raw = layers.user.values.get(key)
        domain = decision.behavior.domain
        if raw is None or decision.behavior.user.waiver or not domain.leq(domain.parse(raw), decision.operator):
            continue
        assert domain.leq(decision.value, decision.operator)


def test_a_topics_wish_without_what_the_floor_holds_is_below_the_floor() -> None:
    refused = clamp(small(behavior(TOPICS, organization=span(["algebra"], "any"))), product=settings(["music"]))
    assert (refused.got, refused.reason) == (["algebra", "music"], Reason.BELOW_FLOOR)


def test_of_two_raised_floors_the_one_that_binds_is_named() -> None:
    rules = (rule("a-low", floor="some"), rule("b-high", floor="much"))
    assert clamp(small(free(), *rules), product=settings("none")).because == "Rule b-high."
    assert clamp(small(free(), *reversed(rules)), product=settings("none")).because == "Rule b-high."


def test_an_organizations_wish_is_judged_by_its_own_window_and_not_by_the_products() -> None:
    capped = small(free(product=span("none", "some")), rule("cap", "none"))
    refused = clamp(capped, organization=settings("much"))
    assert (refused.because, refused.reason) == ("Rule cap.", Reason.RULE)
