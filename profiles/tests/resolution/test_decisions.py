"""What holds for one behavior, who decided it, and what is said to whoever wished for something else."""

from typing import Any

import pytest

from profiles.resolution.types import Hold, LayerSettings, Reason
from profiles.rulebook.model import Layer
from profiles.tests.resolution.small import (
    KEY,
    LAW,
    LEVEL,
    ORGANIZATION,
    PLATFORM,
    PRODUCT,
    SWITCH,
    TOPICS,
    USER,
    behavior,
    book,
    claimed,
    clamp,
    decided,
    free,
    law,
    raw,
    resolved,
    rule,
    settings,
    span,
)

FREE = book(free())
NARROW = book(behavior(organization=span("some", "much"), default="some"))
LOCKED = book(behavior())
CAPPED = book(free(), rule("cap", "some"))


# Who decided


def test_untouched_the_platforms_default_holds() -> None:
    found = decided(FREE)
    assert (found.raw, found.reason, found.decided_by, found.limit) == ("some", Reason.DEFAULT, PLATFORM, None)
    assert found.citation == found.behavior.citation


def test_what_a_product_set_is_the_products() -> None:
    found = decided(FREE, product=settings("all"))
    assert (found.raw, found.reason, found.decided_by, found.limit) == ("all", Reason.SET, PRODUCT, None)


def test_what_an_organization_set_is_inherited_and_stays_the_organizations() -> None:
    found = decided(FREE, organization=settings("all"))
    assert (found.raw, found.reason, found.decided_by) == ("all", Reason.INHERITED, ORGANIZATION)


def test_the_products_word_goes_before_the_organizations() -> None:
    found = decided(FREE, organization=settings("all"), product=settings("much"))
    assert (found.raw, found.reason, found.decided_by) == ("much", Reason.SET, PRODUCT)


def test_a_wish_that_fits_again_is_not_named_after_the_limit_that_cut_the_one_above() -> None:
    one = book(free(organization=span("none", "some")))
    found = decided(one, organization=settings("all"), product=settings("none"))
    assert (found.raw, found.reason, found.decided_by, found.limit) == ("none", Reason.SET, PRODUCT, None)


def test_organization_and_product_each_have_their_own_window_of_the_platforms() -> None:
    one = book(free(organization=span("none", "all"), product=span("none", "some"), user=span("none", "none")))
    found = decided(one, organization=settings("all"))
    assert raw(found, found.organization) == ("none", "all")
    assert raw(found, found.product) == ("none", "some")
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.ABOVE_CEILING, PLATFORM)


# The platform's window


@pytest.mark.parametrize(
    ("wish", "got", "reason"),
    [("all", "much", Reason.ABOVE_CEILING), ("none", "some", Reason.BELOW_FLOOR)],
)
def test_a_wish_outside_the_window_gets_its_nearest_end_and_hears_which_end_it_was(
    wish: str, got: str, reason: Reason
) -> None:
    refusal = clamp(NARROW, product=settings(wish))
    assert (refusal.layer, refusal.behavior, refusal.wanted, refusal.got) == (PRODUCT, KEY, wish, got)
    assert (refusal.reason, refusal.because) == (reason, "The platform says so.")
    assert refusal.citation
    assert refusal.citation.section == "1"
    found = decided(NARROW, product=settings(wish))
    assert (found.raw, found.reason, found.decided_by) == (got, reason, PLATFORM)
    assert found.limit
    assert found.limit.source == "window"


def test_an_organizations_wish_is_cut_by_its_own_window_and_the_refusal_is_its_own() -> None:
    assert clamp(NARROW, organization=settings("all")).layer is ORGANIZATION


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("bright_line", Reason.LOCKED_BRIGHT_LINE),
        ("protection", Reason.LOCKED_PROTECTION),
        ("default", Reason.LOCKED_PLATFORM),
    ],
)
def test_a_lock_is_named_with_or_without_a_wish(kind: str, reason: Reason) -> None:
    locked = book(behavior(SWITCH, kind=kind))
    assert decided(locked).reason is reason
    assert clamp(locked, product=settings("on")).reason is reason
    found = decided(locked, product=settings("off"))
    assert (found.reason, found.decided_by) == (reason, PLATFORM)
    assert found.limit
    assert resolved(locked, product=settings("off")).clamped == ()


def test_a_value_that_cannot_be_read_is_refused_and_what_came_from_above_stays() -> None:
    given: dict[str, Any] = {"organization": settings("much"), "product": settings("purple")}
    found, refusal = decided(FREE, **given), clamp(FREE, **given)
    assert (found.raw, found.reason, found.decided_by) == ("much", Reason.INHERITED, ORGANIZATION)
    assert (refusal.reason, refusal.wanted, refusal.got) == (Reason.MALFORMED_VALUE, "purple", "much")
    assert refusal.because.startswith("The value must be one of none, some, much, all")
    assert refusal.citation == found.behavior.citation


def test_a_value_that_cannot_be_read_gets_what_the_window_leaves_of_what_came_from_above() -> None:
    given: dict[str, Any] = {"organization": settings("much", span("none", "some")), "product": settings("purple")}
    assert clamp(FREE, **given).got == "some"
    assert decided(FREE, **given).reason is Reason.ABOVE_CEILING


def test_none_is_a_wish_that_cannot_be_read_and_not_the_lack_of_one() -> None:
    assert clamp(FREE, product=settings(None)).reason is Reason.MALFORMED_VALUE


# The window that an organization leaves


def test_an_organizations_ceiling_binds_the_product_and_is_named() -> None:
    given: dict[str, Any] = {"organization": settings(window={"ceiling": "some"}), "product": settings("all")}
    found, refusal = decided(FREE, **given), clamp(FREE, **given)
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.ABOVE_CEILING, ORGANIZATION)
    assert raw(found, found.product) == ("none", "some")
    assert refusal.because == "The organization allows less here."
    assert found.lowered_by
    assert (found.lowered_by.layer, found.lowered_by.source) == (ORGANIZATION, "window")
    assert found.lowered_by.attestation is None


def test_an_organizations_floor_binds_the_product_and_leaves_its_ceiling() -> None:
    given: dict[str, Any] = {"organization": settings(window={"floor": "much"}), "product": settings("none")}
    found = decided(FREE, **given)
    assert (found.raw, found.reason, found.decided_by) == ("much", Reason.BELOW_FLOOR, ORGANIZATION)
    assert raw(found, found.product) == ("much", "all")
    assert found.lowered_by is None


def test_what_an_organization_leaves_does_not_bind_its_own_value() -> None:
    found = resolved(FREE, organization=settings("all", {"ceiling": "some"}))
    assert raw(found.decisions[KEY], found.decisions[KEY].organization) == ("none", "all")
    assert found.clamped == ()
    assert found.decisions[KEY].raw == "some"


def test_an_organization_that_leaves_one_value_locks_the_product() -> None:
    given: dict[str, Any] = {"organization": settings(window=span("some", "some"))}
    found = decided(FREE, **given)
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.LOCKED_ORGANIZATION, ORGANIZATION)
    assert clamp(FREE, **given, product=settings("all")).reason is Reason.LOCKED_ORGANIZATION


@pytest.mark.parametrize("window", ["broken", 7, [], {"ceiling": "purple"}, {"ceiling": None, "floor": "much"}])
def test_a_window_that_cannot_be_read_leaves_the_strictest_value(window: Any) -> None:
    found = decided(FREE, organization=settings(window=window), product=settings("all"))
    assert found.raw == "none"
    assert found.product.is_lock


def test_a_floor_that_cannot_be_read_raises_nothing() -> None:
    found = decided(FREE, organization=settings(window={"floor": "purple"}))
    assert raw(found, found.product) == ("none", "all")


def test_a_rule_binds_the_product_beside_the_window_that_its_organization_leaves() -> None:
    for left, capped in (("much", "some"), ("some", "much")):
        given: dict[str, Any] = {"organization": settings(window={"ceiling": left}), "product": settings("all")}
        found = decided(book(free(), rule("cap", capped)), **given)
        assert raw(found, found.product) == ("none", "some")


# Rules


def test_a_rule_that_binds_is_named_with_its_citation() -> None:
    found, refusal = decided(CAPPED, product=settings("all")), clamp(CAPPED, product=settings("all"))
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.RULE, PLATFORM)
    assert found.citation.section == "cap"
    assert (refusal.because, refusal.citation) == ("Rule cap.", found.citation)
    assert found.lowered_by == found.limit


def test_a_rule_binds_the_organization_as_well() -> None:
    found = decided(CAPPED, organization=settings("all"))
    assert raw(found, found.organization) == ("none", "some")
    assert clamp(CAPPED, organization=settings("all")).layer is ORGANIZATION


def test_a_rule_cuts_each_layers_own_window() -> None:
    one = free(organization=span("none", "all"), product=span("none", "some"))
    found = decided(book(one, rule("cap", "much")))
    assert (raw(found, found.organization), raw(found, found.product)) == (("none", "much"), ("none", "some"))
    assert decided(book(one, rule("cap", "some"))).lowered_by is None


def test_a_rule_whose_facts_are_others_does_not_bind() -> None:
    for facts in ({"audience": "minors"}, {}, {"audience": ["minors"]}, {"audience": None}):
        assert decided(CAPPED, product=settings("all"), facts=facts).raw == "all"


def test_a_rule_needs_all_of_its_facts_and_one_value_of_a_list_is_enough() -> None:
    both = book(free(), rule("both", "some", facts={"audience": "adults", "surface": "voice"}))
    assert decided(both, product=settings("all"), facts={"audience": "adults"}).raw == "all"
    facts = {"audience": ["minors", "adults"], "surface": ["chat", "voice"]}
    assert decided(both, product=settings("all"), facts=facts).raw == "some"


def test_of_several_rules_the_one_that_cuts_deepest_is_named() -> None:
    for order in (("some", "much"), ("much", "some")):
        rules = [rule(f"r{place}", ceiling) for place, ceiling in enumerate(order)]
        refusal = clamp(book(free(), *rules), product=settings("all"))
        assert (refusal.because, refusal.got) == (f"Rule r{order.index('some')}.", "some")


def test_the_platforms_own_window_is_named_before_a_rule_that_cuts_deeper() -> None:
    capped = book(free(organization=span("none", "much")), rule("cap", "some"))
    refusal = clamp(capped, product=settings("all"))
    assert (refusal.got, refusal.because) == ("some", "The platform says so.")
    assert refusal.reason is Reason.ABOVE_CEILING
    assert clamp(capped, product=settings("much")).because == "Rule cap."


def test_it_is_the_platforms_window_for_products_that_is_named() -> None:
    capped = book(free(product=span("none", "some")), rule("cap", "none"))
    assert clamp(capped, product=settings("all")).because == "The platform says so."
    assert clamp(capped, product=settings("some")).because == "Rule cap."


def test_among_rules_that_bind_alike_one_that_no_attestation_opens_is_named() -> None:
    alike = book(free(), rule("a-claim", "some", without="adults_only"), rule("z-facts", "some"))
    found, refusal = decided(alike, product=settings("all")), clamp(alike, product=settings("all"))
    assert (refusal.because, refusal.reason) == ("Rule z-facts.", Reason.RULE)
    assert found.lowered_by
    assert found.lowered_by.source == "z-facts"


def test_among_rules_that_bind_alike_the_first_by_name_is_named_whatever_their_order() -> None:
    assert clamp(book(free(), rule("b", "some"), rule("a", "some")), product=settings("all")).because == "Rule a."
    laws = [law(None, rule("a", "some"), more={KEY: free()}, platform=name) for name in ("x", "y")]
    assert decided(FREE, *laws, product=settings("all")).raw == "some"


def test_a_rule_that_only_raises_a_floor_gives_way_to_one_that_lowers_a_ceiling() -> None:
    # What clashes: the ceiling wins, and the value is locked at it.
    for lift, cap in (("a", "b"), ("b", "a")):
        clashing = book(free(), rule(lift, floor="all"), rule(cap, "some"))
        found = decided(clashing, product=settings("much"))
        assert (found.raw, found.reason) == ("some", Reason.RULE)
        assert found.limit
        assert found.limit.source == cap
        assert clamp(clashing, product=settings("much")).because == f"Rule {cap}."


def test_a_raised_floor_lifts_the_value_and_is_named() -> None:
    raised = book(free(), rule("lift", floor="much"))
    found = decided(raised, product=settings("none"))
    assert (found.raw, found.reason, raw(found, found.product)) == ("much", Reason.RULE, ("much", "all"))
    assert clamp(raised, product=settings("none")).because == "Rule lift."


def test_a_floor_that_meets_the_ceiling_locks_and_names_who_raised_it() -> None:
    raised = book(free(), rule("a-low", floor="some"), rule("lift", floor="all"))
    for wish in (settings(), settings("all")):
        found = decided(raised, product=wish)
        assert (found.raw, found.reason, found.decided_by) == ("all", Reason.RULE, PLATFORM)
        assert found.limit
        assert found.limit.source == "lift"


def test_a_lock_of_the_platforms_stays_the_platforms_under_a_rule() -> None:
    found = decided(book(behavior(), rule("cap", "some")))
    assert (found.reason, found.limit and found.limit.source) == (Reason.LOCKED_PLATFORM, "window")


def test_what_keeps_the_ceiling_below_the_platforms_is_named_even_where_nobody_wished_more() -> None:
    found = decided(CAPPED, product=settings("none"))
    assert found.lowered_by
    assert found.lowered_by.source == "cap"
    assert found.reason is Reason.SET
    assert decided(FREE).lowered_by is None
    assert decided(book(free(), rule("cap", "all"))).lowered_by is None


def test_topics_that_a_rule_does_not_allow_are_dropped_and_the_rule_is_named() -> None:
    listed = book(behavior(TOPICS, organization=span([], "any")), rule("few", ["algebra", "music"]))
    refusal = clamp(listed, product=settings(["algebra", "history"]))
    assert (refusal.got, refusal.because) == (["algebra"], "Rule few.")


# Attestations


GATED = book(free(), rule("gate", "some", without="adults_only"))


def test_a_missing_attestation_closes_and_one_that_counts_opens() -> None:
    missing = decided(GATED, product=settings("all"))
    assert (missing.raw, missing.reason) == ("some", Reason.ATTESTATION_MISSING)
    assert missing.limit
    assert missing.limit.attestation == "adults_only"
    assert decided(GATED, product=settings("all"), claims=(claimed(),)).raw == "all"
    assert decided(GATED, product=settings("all"), claims=(claimed("licensed"),)).reason is Reason.ATTESTATION_MISSING


def test_one_that_ended_closes_and_says_that_it_ended() -> None:
    lapsed = decided(GATED, product=settings("all"), claims=(claimed(end=claimed().granted_at),))
    assert (lapsed.raw, lapsed.reason) == ("some", Reason.ATTESTATION_EXPIRED)


def test_a_rule_on_facts_and_an_attestation_needs_both() -> None:
    both = book(free(), rule("gate", "some", without="adults_only", facts={"audience": "adults"}))
    assert decided(both, product=settings("all")).raw == "some"
    assert decided(both, product=settings("all"), facts={}).raw == "all"


# Holds


def held(ceiling: Any = "some", layer: Layer = PLATFORM, key: str = KEY) -> dict[str, Any]:
    return {"holds": (Hold(key, ceiling, layer, "Held."),)}


@pytest.mark.parametrize(
    ("layer", "locked"), [(PLATFORM, Reason.LOCKED_PLATFORM), (ORGANIZATION, Reason.LOCKED_ORGANIZATION)]
)
def test_a_hold_lowers_the_ceiling_for_everybody_and_says_whose_it_is(layer: Layer, locked: Reason) -> None:
    found = decided(FREE, organization=settings("all"), **held(layer=layer))
    assert (found.raw, found.reason, found.decided_by) == ("some", Reason.ABOVE_CEILING, layer)
    assert raw(found, found.organization) == ("none", "some")
    assert found.limit
    assert (found.limit.source, found.limit.because, found.limit.reason) == ("hold", "Held.", locked)
    assert found.limit.attestation is None
    assert found.limit.citation == found.behavior.citation
    assert decided(FREE, **held("none", layer)).reason is locked


def test_a_hold_that_cannot_be_read_leaves_the_strictest_value() -> None:
    assert decided(FREE, product=settings("all"), **held("purple")).raw == "none"


def test_a_hold_on_what_nobody_states_holds_nothing() -> None:
    found = resolved(FREE, product=settings("all"), **held(key="no.such"))
    assert (found.values(), found.clamped) == ({KEY: "all"}, ())


# Users


def test_users_reach_their_operators_value_and_no_further() -> None:
    found = decided(FREE, product=settings("much"))
    assert raw(found, found.user) == ("none", "much")
    refusal = clamp(FREE, product=settings("much"), user=settings("all"))
    assert (refusal.layer, refusal.wanted, refusal.got) == (USER, "all", "much")


def test_a_users_wish_inside_the_window_holds_and_leaves_the_operators_value_as_it_is() -> None:
    found = decided(FREE, product=settings("much"), user=settings("none"))
    assert (found.raw, found.operator_raw) == ("none", "much")
    assert (found.reason, found.decided_by) == (Reason.SET, USER)


def test_what_the_platform_grants_users_reaches_to_the_products_ceiling() -> None:
    granted = book(free(organization=span("none", "much"), user=span("none", "all", grant="platform")))
    found = decided(granted, product=settings("none"), user=settings("all"))
    assert raw(found, found.user) == ("none", "much")
    assert (found.raw, found.operator_raw) == ("much", "none")


def test_the_platforms_user_window_binds_them() -> None:
    little = book(free(user=span("none", "some")))
    given: dict[str, Any] = {"product": settings("all"), "user": settings("all")}
    found, refusal = decided(little, **given), clamp(little, **given)
    assert raw(found, found.user) == ("none", "some")
    assert (refusal.got, refusal.reason, refusal.because) == ("some", Reason.ABOVE_CEILING, "The platform says so.")


def test_a_product_may_give_its_users_more_than_its_own_value_and_less() -> None:
    more = decided(FREE, product=settings("none", {"ceiling": "much"}), user=settings("all"))
    assert (more.raw, raw(more, more.user)) == ("much", ("none", "much"))
    less = decided(FREE, product=settings("all", {"ceiling": "some"}), user=settings("all"))
    assert (less.raw, less.operator_raw) == ("some", "all")
    refusal = clamp(FREE, product=settings("all", {"ceiling": "some"}), user=settings("all"))
    assert refusal.reason is Reason.ABOVE_CEILING


def test_a_product_cannot_give_users_more_than_its_own_window() -> None:
    capped: dict[str, Any] = {
        "organization": settings(window={"ceiling": "some"}),
        "product": settings(window={"ceiling": "all"}),
    }
    found = decided(FREE, **capped)
    assert raw(found, found.user) == ("none", "some")
    ruled = decided(CAPPED, product=settings(window={"ceiling": "all"}))
    assert raw(ruled, ruled.user) == ("none", "some")


def test_users_of_what_the_platform_grants_nobody_hear_that_they_cannot_change_it() -> None:
    closed = book(behavior(organization=span("none", "all")))
    given: dict[str, Any] = {"product": settings("much"), "user": settings("none")}
    found, refusal = decided(closed, **given), clamp(closed, **given)
    assert raw(found, found.user) == ("much", "much")
    assert (found.raw, found.reason, found.decided_by) == ("much", Reason.SET, PRODUCT)
    assert (refusal.reason, refusal.layer, refusal.got) == (Reason.NOT_ADJUSTABLE_BY_USER, USER, "much")
    assert refusal.because == "Users of this product cannot change this."


def test_users_who_wish_what_holds_anyway_are_refused_nothing() -> None:
    closed = book(behavior(organization=span("none", "all")))
    assert resolved(closed, product=settings("much"), user=settings("much")).clamped == ()


def test_users_of_a_closed_behavior_hear_that_a_value_cannot_be_read() -> None:
    refusal = clamp(LOCKED, user=settings("purple"))
    assert (refusal.layer, refusal.reason, refusal.got) == (USER, Reason.MALFORMED_VALUE, "some")
    assert refusal.because.startswith("The value must be one of")


def waiver(**changes: Any) -> Any:
    return book(behavior(SWITCH, kind="protection", user=span("off", "on", grant="platform", waiver=True)), **changes)


def test_a_waiver_is_the_users_alone_and_no_operator_cuts_it() -> None:
    found = decided(waiver(), organization=settings(window={"ceiling": "off"}), user=settings("on"))
    assert (found.raw, found.operator_raw, found.decided_by) == ("on", "off", USER)
    held_back = decided(waiver(), **held("off", ORGANIZATION), user=settings("on"))
    assert held_back.raw == "on"


@pytest.mark.parametrize("layer", [PLATFORM, LAW])
def test_a_rule_or_a_hold_of_the_platforms_or_a_law_binds_a_waiver(layer: Layer) -> None:
    if layer is PLATFORM:
        found = decided(waiver(), **held("off"), user=settings("on"))
    else:
        found = decided(waiver(), law(None, rule("no", "off"), more={KEY: behavior(SWITCH)}), user=settings("on"))
    assert (found.raw, found.user.is_lock) == ("off", True)


def test_a_wish_of_a_user_who_may_waive_is_refused_for_the_rule_that_forbids_it() -> None:
    refusal = clamp(waiver(), **held("off"), user=settings("on"))
    assert refusal.because == "Held."


def test_a_user_below_the_floor_hears_of_the_floor() -> None:
    floored = book(free(user=span("some", "all")))
    refusal = clamp(floored, product=settings("much"), user=settings("none"))
    assert (refusal.got, refusal.reason) == ("some", Reason.BELOW_FLOOR)


# What nobody states


def test_a_wish_for_what_no_rulebook_states_is_listed_by_layer_and_key() -> None:
    wishes: dict[str, Any] = {
        "organization": LayerSettings({"z.last": 1, "m.mid": 2}),
        "product": LayerSettings({"z.last": 3}),
        "user": LayerSettings({"z.last": 4, KEY: "none"}),
    }
    found = resolved(FREE, **wishes)
    assert [(c.layer, c.behavior, c.wanted) for c in found.clamped] == [
        (ORGANIZATION, "m.mid", 2),
        (ORGANIZATION, "z.last", 1),
        (PRODUCT, "z.last", 3),
        (USER, "z.last", 4),
    ]
    assert {(c.got, c.reason, c.citation) for c in found.clamped} == {(None, Reason.UNKNOWN_BEHAVIOR, None)}


def test_refusals_are_listed_by_behavior_and_then_from_the_top_down() -> None:
    both = book(behavior(LEVEL), more={"b.two": behavior(SWITCH)})
    given: dict[str, Any] = {"b.two": "on", KEY: "all"}
    found = resolved(both, organization=LayerSettings(given), product=LayerSettings(given), user=LayerSettings(given))
    assert [(c.behavior, c.layer) for c in found.clamped] == [
        (key, layer) for key in (KEY, "b.two") for layer in (ORGANIZATION, PRODUCT, USER)
    ]


def test_refusals_are_in_the_order_of_the_keys_however_many_there_are() -> None:
    keys = [f"{group}.x" for group in "hgfedcba"]
    found = resolved(book(None, more={key: behavior() for key in keys}), product=LayerSettings(dict.fromkeys(keys, 1)))
    assert [refusal.behavior for refusal in found.clamped] == sorted(keys)
    unknown = resolved(FREE, product=LayerSettings(dict.fromkeys(keys, 1)))
    assert [refusal.behavior for refusal in unknown.clamped] == sorted(keys)


def test_the_refusal_of_a_layers_own_wish_is_found_and_no_other() -> None:
    found = resolved(FREE, product=settings("much"), user=settings("all"))
    assert found.clamp_of(KEY) is None
    assert found.clamp_of(KEY, USER) is found.clamped[0]
    assert found.clamp_of("b.two", USER) is None
