"""The order laws of all four domains, as properties."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.rulebook.domains import (
    ANY,
    MAX_TOPIC_LENGTH,
    MAX_TOPICS,
    Direction,
    Domain,
    Level,
    MalformedValue,
    Number,
    Switch,
    Topics,
    Window,
)

in_peace = settings(deadline=None)  # a busy machine is no fault of the code
DOMAINS: tuple[Domain, ...] = (
    Switch("on"),
    Switch("off"),
    Level(("never", "ask_first", "agreed_plan", "unattended")),
    Number(0, 500, "EUR per action"),
    Number(-20, 60, "minutes", higher_is_stricter=True),
    Topics(),
)
TOPIC = st.sampled_from(["algebra", "history", "music", "physics"])


def raws(domain: Domain) -> st.SearchStrategy[Any]:
    if isinstance(domain, Level):
        return st.sampled_from(domain.names)
    if isinstance(domain, Number):
        return st.integers(domain.minimum, domain.maximum)
    return st.just("any") | st.lists(TOPIC)


@st.composite
def points(draw: st.DrawFn, count: int) -> tuple[Any, ...]:
    """A domain and some of its points."""
    domain = draw(st.sampled_from(DOMAINS))
    return domain, *(domain.parse(draw(raws(domain))) for _ in range(count))


@st.composite
def windows(draw: st.DrawFn, count: int, values: int = 0) -> tuple[Any, ...]:
    """A domain, some of its windows and some of its points."""
    domain = draw(st.sampled_from(DOMAINS))

    def point() -> Any:
        return domain.parse(draw(raws(domain)))

    pairs = [(point(), point()) for _ in range(count)]
    found = [Window(domain.meet(a, b), domain.join(a, b)) for a, b in pairs]
    return domain, *found, *(point() for _ in range(values))


# The order


@in_peace
@given(points(3))
def test_the_order_is_reflexive_antisymmetric_and_transitive(drawn: Any) -> None:
    domain, a, b, c = drawn
    assert domain.leq(a, a)
    assert not (domain.leq(a, b) and domain.leq(b, a)) or a == b
    assert not (domain.leq(a, b) and domain.leq(b, c)) or domain.leq(a, c)


@in_peace
@given(points(1))
def test_every_point_lies_between_the_strictest_and_the_loosest(drawn: Any) -> None:
    domain, a = drawn
    assert domain.leq(domain.strictest, a)
    assert domain.leq(a, domain.loosest)


@in_peace
@given(points(3))
def test_meet_is_the_most_permissive_point_at_least_as_strict_as_both(drawn: Any) -> None:
    domain, a, b, c = drawn
    meet = domain.meet(a, b)
    assert domain.leq(meet, a)
    assert domain.leq(meet, b)
    assert (domain.leq(c, a) and domain.leq(c, b)) == domain.leq(c, meet)


@in_peace
@given(points(3))
def test_join_is_the_strictest_point_at_least_as_permissive_as_both(drawn: Any) -> None:
    domain, a, b, c = drawn
    join = domain.join(a, b)
    assert domain.leq(a, join)
    assert domain.leq(b, join)
    assert (domain.leq(a, c) and domain.leq(b, c)) == domain.leq(join, c)


@in_peace
@given(points(3))
def test_meet_and_join_are_commutative_associative_idempotent_and_absorb(drawn: Any) -> None:
    domain, a, b, c = drawn
    for one, other in ((domain.meet, domain.join), (domain.join, domain.meet)):
        assert one(a, b) == one(b, a)
        assert one(a, one(b, c)) == one(one(a, b), c)
        assert one(a, a) == a
        assert one(a, other(a, b)) == a


@in_peace
@given(points(3))
def test_meet_distributes_over_join(drawn: Any) -> None:
    domain, a, b, c = drawn
    assert domain.meet(a, domain.join(b, c)) == domain.join(domain.meet(a, b), domain.meet(a, c))


# Windows


@in_peace
@given(windows(2))
def test_narrowing_gives_a_window_inside_the_first_ceiling(drawn: Any) -> None:
    domain, window, cut = drawn
    narrowed = domain.narrow(window, *cut)
    assert domain.leq(narrowed.floor, narrowed.ceiling)
    assert domain.leq(narrowed.ceiling, window.ceiling)
    assert domain.leq(narrowed.ceiling, cut.ceiling)


@in_peace
@given(windows(3))
def test_the_order_in_which_a_window_is_narrowed_does_not_matter(drawn: Any) -> None:
    domain, window, one, two = drawn
    assert domain.narrow(domain.narrow(window, *one), *two) == domain.narrow(domain.narrow(window, *two), *one)


@in_peace
@given(windows(2))
def test_narrowing_again_with_the_same_window_changes_nothing(drawn: Any) -> None:
    domain, window, cut = drawn
    once = domain.narrow(window, *cut)
    assert domain.narrow(once, *cut) == once


@in_peace
@given(windows(1))
def test_narrowing_with_the_whole_domain_changes_nothing(drawn: Any) -> None:
    domain, window = drawn
    assert domain.narrow(window, domain.strictest, domain.loosest) == window


@in_peace
@given(windows(2, values=2))
def test_lowering_a_ceiling_never_loosens_a_clamped_value(drawn: Any) -> None:
    domain, window, cut, ceiling, value = drawn
    before = domain.narrow(window, *cut)
    after = domain.narrow(before, before.floor, ceiling)
    assert domain.leq(domain.clamp(value, after), domain.clamp(value, before))


@in_peace
@given(windows(1, values=1))
def test_a_clamped_value_is_inside_the_window_and_stays_there(drawn: Any) -> None:
    domain, window, value = drawn
    clamped = domain.clamp(value, window)
    assert domain.contains(window, clamped)
    assert domain.clamp(clamped, window) == clamped


@in_peace
@given(windows(1, values=1))
def test_a_value_inside_the_window_is_left_alone(drawn: Any) -> None:
    domain, window, value = drawn
    assert (domain.clamp(value, window) == value) == domain.contains(window, value)


@in_peace
@given(windows(1, values=2))
def test_a_stricter_wish_never_gives_a_looser_value(drawn: Any) -> None:
    domain, window, a, b = drawn
    assert domain.leq(domain.clamp(domain.meet(a, b), window), domain.clamp(a, window))


@in_peace
@given(points(2))
def test_a_window_of_one_value_is_a_lock(drawn: Any) -> None:
    _, a, b = drawn
    assert Window(a, a).is_lock
    assert Window(a, b).is_lock == (a == b)


def test_where_a_floor_meets_a_ceiling_the_ceiling_wins() -> None:
    spend = Number(0, 500, "EUR")
    assert spend.narrow(Window(0, 500), 200, 100) == Window(100, 100)


# Directions


@in_peace
@given(points(2))
def test_the_way_back_has_the_opposite_direction(drawn: Any) -> None:
    domain, a, b = drawn
    opposite = {
        Direction.SAME: Direction.SAME,
        Direction.TIGHTENING: Direction.LOOSENING,
        Direction.LOOSENING: Direction.TIGHTENING,
        Direction.MIXED: Direction.MIXED,
    }
    assert domain.direction(b, a) is opposite[domain.direction(a, b)]
    assert (domain.direction(a, b) is Direction.SAME) == (a == b)


@in_peace
@given(points(2))
def test_a_change_is_tightening_exactly_if_the_new_value_is_stricter(drawn: Any) -> None:
    domain, a, b = drawn
    assert (domain.direction(a, b) is Direction.TIGHTENING) == (domain.leq(b, a) and a != b)


@in_peace
@given(points(2))
def test_only_topics_have_mixed_changes(drawn: Any) -> None:
    domain, a, b = drawn
    assert isinstance(domain, Topics) or domain.direction(a, b) is not Direction.MIXED


@pytest.mark.parametrize(
    ("domain", "before", "after", "direction"),
    [
        (Switch("on"), "on", "off", Direction.LOOSENING),
        (Switch("off"), "on", "off", Direction.TIGHTENING),
        (Level(("never", "always")), "never", "always", Direction.LOOSENING),
        (Number(0, 9, "EUR"), 3, 2, Direction.TIGHTENING),
        (Number(0, 9, "minutes", higher_is_stricter=True), 3, 2, Direction.LOOSENING),
        (Topics(), "any", ["algebra"], Direction.TIGHTENING),
        (Topics(), ["algebra"], [], Direction.TIGHTENING),
        (Topics(), ["algebra"], ["algebra", "music"], Direction.LOOSENING),
        (Topics(), ["algebra"], ["music"], Direction.MIXED),
        (Topics(), ["b", "a"], ["a", "b", "a"], Direction.SAME),
    ],
)
def test_a_change_has_the_direction_that_a_person_expects(
    domain: Domain, before: Any, after: Any, direction: Direction
) -> None:
    assert domain.direction(domain.parse(before), domain.parse(after)) is direction


@pytest.mark.parametrize(
    ("kinds", "overall"),
    [
        ([], Direction.SAME),
        ([Direction.SAME], Direction.SAME),
        ([Direction.SAME, Direction.TIGHTENING], Direction.TIGHTENING),
        ([Direction.LOOSENING, Direction.LOOSENING], Direction.LOOSENING),
        ([Direction.TIGHTENING, Direction.LOOSENING], Direction.MIXED),
        ([Direction.MIXED, Direction.TIGHTENING], Direction.MIXED),
    ],
)
def test_several_changes_have_one_direction_only_if_they_agree(kinds: list[Direction], overall: Direction) -> None:
    assert Direction.overall(kinds) is overall


# Raw values


@in_peace
@given(points(1))
def test_parsing_what_was_dumped_gives_the_same_point(drawn: Any) -> None:
    domain, a = drawn
    assert domain.parse(domain.dump(a)) == a


@in_peace
@given(st.lists(st.text(max_size=12), max_size=6))
def test_topics_that_are_accepted_come_back_in_a_form_that_is_stable(raw: list[str]) -> None:
    try:
        point = Topics().parse(raw)
    except MalformedValue:
        return
    dumped = Topics().dump(point)
    assert Topics().dump(Topics().parse(dumped)) == dumped
    assert dumped == sorted(point)


JUNK = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text()
    | st.binary()
    | st.lists(st.text() | st.integers() | st.none())
    | st.dictionaries(st.text(), st.integers())
)


@in_peace
@given(st.sampled_from(DOMAINS), JUNK)
def test_any_raw_value_is_either_parsed_or_refused_with_a_short_printable_sentence(domain: Domain, raw: Any) -> None:
    sentence = "fine"
    try:
        assert domain.contains(Window(domain.strictest, domain.loosest), domain.parse(raw))
    except MalformedValue as error:
        sentence = str(error)
    assert sentence.isascii()
    assert sentence.isprintable()
    assert 0 < len(sentence) < 250


@pytest.mark.parametrize(
    ("domain", "raw", "says"),
    [
        (Switch("on"), "ON", "must be one of on, off"),
        (Switch("on"), True, "must be one of on, off"),
        (Switch("on"), None, "must be one of on, off"),
        (Level(("low", "high")), "middle", "must be one of low, high"),
        (Level(("low", "high")), ["low"], "must be one of low, high"),
        (Number(0, 9, "EUR"), 10, "must be a whole number from 0 to 9 (EUR)"),
        (Number(0, 9, "EUR"), -1, "must be a whole number from 0 to 9 (EUR)"),
        (Number(0, 9, "EUR"), "5", "must be a whole number"),
        (Number(0, 9, "EUR"), 5.0, "must be a whole number"),
        (Number(0, 9, "EUR"), True, "must be a whole number"),
        (Topics(), "algebra", 'must be "any" or a list of topics'),
        (Topics(), {"algebra": 1}, 'must be "any" or a list of topics'),
        (Topics(), [1], "topics must be texts"),
        (Topics(), ["  "], "must have 1 to 80 characters"),
        (Topics(), ["x" * (MAX_TOPIC_LENGTH + 1)], "must have 1 to 80 characters"),
        (Topics(), ["a\x00b"], "must be printable text"),
        (Topics(), ["a\u202eb"], "must be printable text"),
        (Topics(), [f"t{n}" for n in range(MAX_TOPICS + 1)], "may list at most 200 topics"),
    ],
)
def test_a_value_outside_its_domain_is_refused_with_what_is_allowed(domain: Domain, raw: Any, says: str) -> None:
    with pytest.raises(MalformedValue) as refusal:
        domain.parse(raw)
    assert says in str(refusal.value)


def test_topics_are_compared_without_regard_to_spaces_and_unicode_form() -> None:
    assert Topics().parse(["  linear\n algebra ", "cafe\u0301"]) == Topics().parse(["linear algebra", "caf\u00e9"])


def test_any_is_more_permissive_than_every_list_and_is_not_the_topic_of_that_name() -> None:
    topics = Topics()
    assert topics.parse("any") is ANY
    assert topics.parse(["any"]) != topics.parse("any")
    assert topics.leq(topics.parse(["any"]), ANY)


def test_a_higher_number_is_stricter_only_where_the_domain_says_so() -> None:
    limit, hold = Number(0, 60, "EUR"), Number(0, 60, "minutes", higher_is_stricter=True)
    assert limit.dump(limit.strictest) == 0
    assert hold.dump(hold.strictest) == 60
    assert hold.leq(hold.parse(30), hold.parse(5))


def test_domains_with_the_same_values_in_the_same_order_are_equal() -> None:
    assert Switch("on") == Switch("on")
    assert Switch("on") != Switch("off")
    assert Topics() == Topics()
    assert Number(0, 9, "EUR") != Number(0, 9, "EUR", higher_is_stricter=True)
