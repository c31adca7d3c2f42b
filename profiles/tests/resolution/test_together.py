"""How behaviors act on each other and rulebooks on one another: chained rules, conflicts, law packs, and time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles.resolution.types import Attestation, Hold, LayerSettings, Reason
from profiles.rulebook.model import Kind, Rulebook
from profiles.tests.resolution.small import (
    CLAIM,
    DAY,
    KEY,
    LAW,
    NOW,
    NUMBER,
    PLATFORM,
    SWITCH,
    USER,
    behavior,
    book,
    claimed,
    clamp,
    conflict,
    decided,
    free,
    law,
    raw,
    resolved,
    rule,
    settings,
    span,
)

OTHER, THIRD = "b.two", "c.three"


def wishes(**values: Any) -> LayerSettings:
    """Values by the last part of their keys."""
    return LayerSettings({key: values[key.partition(".")[2]] for key in (KEY, OTHER, THIRD) if key[2:] in values})


# Rules that look at another behavior

STRICT = {"behavior": KEY, "value": "some"}
CHAIN = book(free(), rule("follow", "none", key=OTHER, strict=STRICT), more={OTHER: free()})


def test_a_rule_fires_at_the_value_it_names_and_at_every_stricter_one() -> None:
    for value, other in (("none", "none"), ("some", "none"), ("much", "all"), ("all", "all")):
        found = resolved(CHAIN, product=wishes(one=value, two="all"))
        assert found.decisions[OTHER].raw == other
    assert clamp(CHAIN, product=wishes(one="some", two="all")).because == "Rule follow."


def test_what_one_rule_makes_strict_sets_off_the_next() -> None:
    second = rule("again", "none", key=THIRD, strict={"behavior": OTHER, "value": "none"})
    chain = book(free(), rule("z-first", "none", key=OTHER, strict=STRICT), second, more={OTHER: free(), THIRD: free()})
    assert resolved(chain, product=wishes(one="some", two="all", three="all")).values() == {
        KEY: "some",
        OTHER: "none",
        THIRD: "none",
    }
    assert resolved(chain, product=wishes(one="all", two="all", three="all")).values() == {
        KEY: "all",
        OTHER: "all",
        THIRD: "all",
    }


def test_a_rule_on_another_behavior_may_need_facts_and_an_attestation_as_well() -> None:
    gated = rule("gate", "none", key=OTHER, strict=STRICT, without=CLAIM, facts={"audience": "adults"})
    chain = book(free(), gated, more={OTHER: free()})
    wish = wishes(one="none", two="all")
    assert resolved(chain, product=wish).decisions[OTHER].reason is Reason.ATTESTATION_MISSING
    assert resolved(chain, product=wish, facts={}).decisions[OTHER].raw == "all"
    assert resolved(chain, product=wish, claims=(claimed(),)).decisions[OTHER].raw == "all"


def test_what_a_users_preference_sets_off_binds_the_user_alone() -> None:
    given: dict[str, Any] = {"product": wishes(one="all", two="all"), "user": wishes(one="none", two="much")}
    found = resolved(CHAIN, **given).decisions[OTHER]
    assert (found.raw, found.operator_raw, found.reason) == ("none", "all", Reason.RULE)
    assert raw(found, found.user) == ("none", "none")
    assert raw(found, found.product) == ("none", "all")
    assert [(c.layer, c.behavior, c.because) for c in resolved(CHAIN, **given).clamped] == [
        (USER, OTHER, "Rule follow.")
    ]


def test_it_binds_the_user_even_without_a_wish_there() -> None:
    given: dict[str, Any] = {"product": wishes(one="all", two="all"), "user": wishes(one="none")}
    found = resolved(CHAIN, **given)
    assert (found.decisions[OTHER].raw, found.decisions[OTHER].operator_raw) == ("none", "all")
    assert found.clamped == ()
    assert found.decisions[OTHER].reason is Reason.RULE
    assert found.decisions[OTHER].citation.section == "follow"
    some = book(free(), rule("follow", "some", key=OTHER, strict=STRICT), more={OTHER: free()})
    assert resolved(some, **given).decisions[OTHER].raw == "some"


def test_where_a_user_wishes_nothing_a_rule_of_theirs_never_lifts_the_operators_value() -> None:
    chain = book(
        free(),
        rule("follow", "much", key=OTHER, strict=STRICT),
        more={OTHER: free(user=span("much", "all"))},
    )
    given: dict[str, Any] = {
        "product": LayerSettings({KEY: "all", OTHER: "some"}, {OTHER: {}}),
        "user": wishes(one="none"),
    }
    assert resolved(chain, **given).decisions[OTHER].raw == "some"


def test_a_waived_protection_that_a_users_rule_binds_keeps_what_stands_there() -> None:
    one = rule("follow", "off", key=OTHER, strict=STRICT)
    waived = behavior(SWITCH, kind="protection", user=span("off", "on", grant="platform", waiver=True))
    chain = book(free(), one, more={OTHER: waived})
    found = resolved(chain, product=wishes(one="all"), user=wishes(one="none", two="on"))
    assert found.decisions[OTHER].raw == "off"


def test_a_wish_that_a_floor_refused_is_refused_no_more_once_a_rule_brings_the_ceiling_down_to_it() -> None:
    chain = book(
        free(),
        rule("follow", "some", key=OTHER, strict=STRICT),
        more={OTHER: free(default="much", organization=span("much", "all"))},
    )
    given = wishes(one="all", two="some")
    assert clamp(chain, product=given).reason is Reason.BELOW_FLOOR
    found = resolved(chain, product=wishes(one="some", two="some"))
    assert (found.decisions[OTHER].raw, found.clamped) == ("some", ())


# Conflicts

TO_SOME = conflict("clash", (KEY, "much"), (OTHER, "much"), "some")
CLASH = book(free(default="none"), more={OTHER: free(default="none")}, conflicts=[TO_SOME])


def test_from_the_values_named_on_two_behaviors_clash_and_the_one_that_yields_falls_back() -> None:
    for one, two, got in (("much", "much", "some"), ("all", "all", "some"), ("much", "some", "much")):
        assert resolved(CLASH, product=wishes(one=one, two=two)).values() == {KEY: got, OTHER: two}
    found = decided(CLASH, product=wishes(one="all", two="all"))
    assert (found.reason, found.decided_by) == (Reason.RULE, PLATFORM)
    refusal = clamp(CLASH, product=wishes(one="all", two="all"))
    assert (refusal.because, refusal.got) == ("Not both.", "some")
    assert refusal.citation
    assert refusal.citation.section == "clash"
    assert found.limit
    assert (found.limit.source, found.limit.attestation) == ("clash", None)


def test_it_yields_also_where_the_organization_or_a_hold_makes_the_clash() -> None:
    assert decided(CLASH, organization=wishes(one="all", two="all")).raw == "some"
    hold = Hold(OTHER, "all", PLATFORM, "Held.")
    assert decided(CLASH, organization=wishes(one="all", two="all"), holds=(hold,)).raw == "some"


def test_one_that_yields_stops_at_its_floor() -> None:
    floored = book(
        free(default="much", organization=span("much", "all")),
        more={OTHER: free()},
        conflicts=[TO_SOME],
    )
    found = decided(floored, product=wishes(one="all", two="all"))
    assert (found.raw, raw(found, found.product)) == ("much", ("much", "much"))


def test_where_several_conflicts_are_lost_the_strictest_holds() -> None:
    for names in (("a", "b"), ("b", "a")):
        found = [conflict(names[0], (KEY, "much"), (OTHER, "much"), "some")]
        found.append(conflict(names[1], (KEY, "much"), (OTHER, "some"), "none"))
        lost = book(free(), more={OTHER: free()}, conflicts=found)
        assert decided(lost, product=wishes(one="all", two="all")).raw == "none"


def test_of_several_conflicts_one_that_exists_is_enough() -> None:
    for names in (("a", "b"), ("b", "a")):
        found = [conflict(names[0], (KEY, "much"), (OTHER, "much"), "some")]
        found.append(conflict(names[1], (KEY, "much"), (THIRD, "much"), "none"))
        two = book(free(default="none"), more={OTHER: free(), THIRD: behavior(default="none")}, conflicts=found)
        assert decided(two, product=wishes(one="all", two="all")).raw == "some"


def test_the_platforms_defaults_may_clash_with_what_a_product_sets() -> None:
    half = book(free(default="all"), more={OTHER: free(default="none")}, conflicts=[TO_SOME])
    assert decided(half, product=wishes(two="much")).raw == "some"
    both = book(free(default="all"), more={OTHER: free(default="all")}, conflicts=[TO_SOME])
    assert decided(both).raw == "some"


def test_a_floor_that_a_rule_raises_may_make_the_clash() -> None:
    lifted = book(
        free(default="none"),
        rule("lift", key=OTHER, floor="much"),
        rule("lift-one", floor="much"),
        more={OTHER: free(default="none")},
        conflicts=[{**TO_SOME, "to": "none"}],
    )
    found = resolved(lifted)
    assert found.decisions[OTHER].raw == "much"
    # It yields no further than the floor, and is locked there.
    assert raw(found.decisions[KEY], found.decisions[KEY].product) == ("much", "much")


def test_a_clash_that_a_users_preferences_make_costs_the_user_alone() -> None:
    granted = span("none", "all", grant="platform")
    one = book(
        free(default="none", user=granted), more={OTHER: free(default="none", user=granted)}, conflicts=[TO_SOME]
    )
    found = resolved(one, product=wishes(one="much"), user=wishes(one="all", two="all"))
    assert (found.decisions[KEY].raw, found.decisions[KEY].operator_raw) == ("some", "much")
    assert found.decisions[KEY].reason is Reason.RULE
    assert raw(found.decisions[KEY], found.decisions[KEY].product) == ("none", "all")
    (refusal,) = found.clamped
    assert (refusal.layer, refusal.because) == (USER, "Not both.")


def test_a_clash_is_judged_as_if_every_attestation_counted() -> None:
    gated = book(
        free(),
        rule("gate", "none", key=OTHER, without=CLAIM),
        more={OTHER: free()},
        conflicts=[TO_SOME],
    )
    wish = wishes(one="all", two="all")
    assert resolved(gated, product=wish, claims=(claimed(),)).values() == {KEY: "some", OTHER: "all"}
    assert resolved(gated, product=wish).values() == {KEY: "some", OTHER: "none"}


def test_a_clash_with_what_no_rulebook_in_force_states_is_none() -> None:
    lawful = law(free(), in_force={"from": "2027-01-01"}, more={OTHER: free()}, conflicts=[TO_SOME])
    assert decided(book(free()), lawful, product=wishes(one="all", two="all")).raw == "all"


# Law packs


def test_what_a_law_states_cuts_the_platforms_window_and_is_named() -> None:
    found = decided(book(free()), law(free(organization=span("none", "some"))), product=settings("all"))
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.ABOVE_CEILING, LAW)
    assert raw(found, found.organization) == raw(found, found.product) == ("none", "some")
    assert found.limit
    assert (found.limit.source, found.limit.reason) == ("act", Reason.LOCKED_LAW)
    assert found.limit.attestation is None


def test_it_is_the_products_window_of_the_law_that_binds() -> None:
    found = decided(book(free()), law(free(product=span("none", "some"))), organization=settings("all"))
    assert raw(found, found.organization) == ("none", "some")


def test_a_law_that_leaves_one_value_locks_it() -> None:
    found = decided(book(free()), law(behavior(default="none")), product=settings("all"))
    assert (found.raw, found.reason, found.decided_by) == ("none", Reason.LOCKED_LAW, LAW)


def test_where_the_platform_is_silent_the_laws_own_statement_holds() -> None:
    silent = {name: value for name, value in behavior(stance="unaddressed").items() if name not in _SET}
    for platform in (book(None, more={OTHER: free()}), book(silent)):
        found = decided(platform, law(behavior(default="none")))
        assert (found.raw, found.reason, found.decided_by) == ("none", Reason.LOCKED_LAW, LAW)
    assert KEY not in resolved(book(silent)).decisions


_SET = ("default", "phrasing")


def test_behaviors_are_in_the_order_of_their_keys_whoever_states_them() -> None:
    found = resolved(book(free(), more={THIRD: free()}), law(None, more={OTHER: free()}))
    assert list(found.decisions) == [KEY, OTHER, THIRD]


def test_a_law_that_speaks_of_other_values_leaves_the_strictest() -> None:
    found = decided(book(free()), law(behavior(NUMBER)), product=settings("all"))
    assert (found.raw, found.reason) == ("none", Reason.LOCKED_LAW)
    assert found.product.is_lock


def test_a_law_that_is_silent_leaves_everything() -> None:
    silent = {name: value for name, value in behavior(stance="unaddressed").items() if name not in _SET}
    assert decided(book(free()), law(silent), product=settings("all")).raw == "all"


def test_a_rule_of_a_law_binds_what_the_platform_states_and_is_the_laws() -> None:
    found = decided(book(free()), law(free(), rule("act-cap", "some")), product=settings("all"))
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.ABOVE_CEILING, LAW)
    assert found.limit
    assert (found.limit.reason, found.limit.source) == (Reason.LOCKED_LAW, "act-cap")


def test_a_rule_about_other_values_than_the_platforms_says_nothing_since_the_statement_beside_it_locks() -> None:
    found = decided(book(free()), law(behavior(SWITCH), rule("aaa", "off")))
    assert found.raw == "none"
    assert found.limit
    assert found.limit.source == "act"


def test_several_laws_bind_together_whatever_their_order() -> None:
    laws = [
        law(free(organization=span("some", "all"), default="some"), platform="act-a"),
        law(free(organization=span("none", "much"), default="none"), platform="act-b"),
    ]
    for order in (laws, laws[::-1]):
        found = decided(book(free()), *order)
        assert raw(found, found.product) == ("some", "much")


def merged(first: dict[str, Any], second: dict[str, Any]) -> Any:
    """What two laws say where the platform is silent: ``first`` is the one that goes before the other."""
    one, two = law(first, platform="act-a"), law(second, platform="act-b")
    one, two = replace(one, digest=f"1 {one.digest}"), replace(two, digest=f"2 {two.digest}")
    results = [decided(*order) for order in ((one, two), (two, one))]
    assert results[0] == results[1]
    return results[0].behavior


def test_two_laws_on_one_behavior_are_cut_with_each_other_and_the_strictest_default_holds() -> None:
    both = merged(
        free(default="much", organization=span("some", "all"), product=span("some", "much"), user=span("some", "all")),
        free(default="some", organization=span("none", "much"), product=span("none", "all"), user=span("none", "much")),
    )
    assert (both.default, both.organization, both.product) == (1, (1, 2), (1, 2))
    assert both.user.window == (1, 2)


def test_the_window_of_each_layer_is_cut_with_that_of_the_same_layer() -> None:
    both = merged(
        free(organization=span("none", "all"), product=span("some", "much"), user=span("none", "much")),
        free(organization=span("none", "all"), product=span("some", "some"), user=span("none", "all")),
    )
    assert (both.organization, both.product, both.user.window) == ((0, 3), (1, 1), (0, 2))


@pytest.mark.parametrize(
    ("one", "two", "strongest"),
    [
        ("default", "honesty", Kind.HONESTY),
        ("honesty", "protection", Kind.PROTECTION),
        ("protection", "bright_line", Kind.BRIGHT_LINE),
        ("default", "filter", Kind.DEFAULT),
    ],
)
def test_of_two_kinds_the_stronger_promise_holds(one: str, two: str, strongest: Kind) -> None:
    def of(kind: str) -> dict[str, Any]:
        found = behavior(SWITCH, kind=kind)
        return {name: value for name, value in found.items() if kind != "filter" or name != "phrasing"}

    assert merged(of(one), of(two)).kind is strongest
    assert merged(of(two), of(one)).kind is strongest


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [("platform", "platform", "platform"), ("platform", "operator", "operator"), ("operator", "platform", "operator")],
)
def test_users_have_what_both_laws_grant_them(one: str, two: str, both: str) -> None:
    assert merged(*(free(user=span("none", "all", grant=grant)) for grant in (one, two))).user.grant == both


@pytest.mark.parametrize(("one", "two"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_waiver_needs_both_laws(one: bool, two: bool) -> None:
    waivers = (free(user=span("none", "all", waiver=waiver)) for waiver in (one, two))
    assert merged(*waivers).user.waiver is (one and two)


def test_two_laws_about_different_values_lock_the_firsts_strictest() -> None:
    both = merged(free(default="much"), behavior(NUMBER))
    assert both.domain.type == "level"
    assert (both.default, both.organization, both.product) == (0, (0, 0), (0, 0))
    assert (both.user.window, both.user.grant) == ((0, 0), "none")


def test_a_law_out_of_its_reach_or_time_binds_nobody() -> None:
    lock = behavior(default="none")
    for away in (
        law(lock, applies={"audience": ["minors"]}),
        law(lock, in_force={"from": "2026-11-24"}),
        law(lock, in_force={"until": "2026-11-23"}),
    ):
        assert decided(book(free()), away, product=settings("all")).raw == "all"
    for here in (
        law(lock, applies={"audience": ["minors", "adults"]}),
        law(lock, in_force={"from": "2026-11-23"}),
        law(lock, in_force={"until": "2026-11-24"}),
    ):
        assert decided(book(free()), here, product=settings("all")).raw == "none"


# Time


def test_it_holds_until_the_first_attestation_ends_that_a_rule_asks_for() -> None:
    gated = book(free(), rule("gate", "some", without=CLAIM))
    claims = (claimed(end=NOW + 3 * DAY), claimed("licensed", end=NOW + DAY), claimed(end=NOW - timedelta(hours=1)))
    assert resolved(gated, claims=claims).valid_until == NOW + 3 * DAY
    assert resolved(gated).valid_until is None
    assert resolved(book(free()), claims=claims).valid_until is None


def test_one_that_is_revoked_ends_then_and_never_later_than_it_expires() -> None:
    def ends(revoked: datetime | None) -> datetime:
        return Attestation(CLAIM, NOW - DAY, NOW + DAY, revoked).ends_at

    assert [ends(None), ends(NOW), ends(NOW + 2 * DAY)] == [NOW + DAY, NOW, NOW + DAY]


def test_an_attestation_counts_from_its_grant_until_and_not_at_its_end() -> None:
    claim, tick = claimed(start=NOW, end=NOW + DAY), timedelta(microseconds=1)
    moments = (NOW - tick, NOW, NOW + DAY - tick, NOW + DAY)
    assert [claim.counts(moment) for moment in moments] == [False, True, True, False]


def test_it_holds_until_a_law_begins_or_ends_that_reaches_the_product() -> None:
    def until(*laws: Rulebook) -> datetime | None:
        return resolved(book(free()), *laws).valid_until

    begins, ends = law(free(), in_force={"from": "2026-12-24"}), law(free(), in_force={"until": "2026-12-01"})
    assert until(begins) == datetime(2026, 12, 24, tzinfo=UTC)
    assert until(begins, ends) == datetime(2026, 12, 1, tzinfo=UTC)
    assert until(law(free(), in_force={"from": "2026-11-01"})) is None
    assert until(law(free(), in_force={"from": "2026-12-24"}, applies={"audience": ["minors"]})) is None


def test_a_rule_about_an_attestation_of_a_law_that_is_not_in_force_asks_for_nothing() -> None:
    later = law(free(), rule("gate", "some", without=CLAIM), in_force={"from": "2027-01-01"})
    found = resolved(book(free()), later, claims=(claimed(end=NOW + DAY),))
    assert found.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
