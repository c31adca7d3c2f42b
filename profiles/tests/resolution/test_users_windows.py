"""What a product leaves to its users: honored inside what it may leave them, and said where it is not."""

from typing import Any

import pytest

from profiles.resolution.diff import changes, direction
from profiles.resolution.types import Reason
from profiles.rulebook.domains import Direction
from profiles.tests.resolution.small import (
    KEY,
    TOPICS,
    behavior,
    book,
    clamp,
    decided,
    free,
    raw,
    resolved,
    rule,
    settings,
    span,
)

FREE = book(free())
CAPPED = book(free(), rule("cap", "some"))
FEW = book(free(user=span("none", "some")))
NOBODY = book(behavior(organization=span("none", "all")))
RIGHT = book(free(user=span("none", "all", waiver=True, grant="platform")))


def test_a_window_inside_is_honored_and_nothing_is_said() -> None:
    found = resolved(FREE, product=settings("some", span("none", "much")))
    assert found.clamped == ()
    assert raw(found.decisions[KEY], found.decisions[KEY].user) == ("none", "much")


def test_one_that_reaches_past_a_limit_is_cut_and_the_limit_is_named() -> None:
    found = clamp(CAPPED, product=settings("some", span("none", "all")))
    assert (found.behavior, found.reason, found.because) == (f"windows.{KEY}", Reason.RULE, "Rule cap.")
    assert (found.wanted, found.got) == (span("none", "all"), span("none", "some"))


def test_one_that_reaches_past_what_the_platform_leaves_users_says_that() -> None:
    found = clamp(FEW, product=settings("some", span("none", "all")))
    assert found.reason is Reason.ABOVE_CEILING
    assert "lets users choose less" in found.because
    assert decided(FEW, product=settings("some", span("none", "all"))).user.ceiling == 1


def test_where_the_platform_leaves_users_nothing_there_is_nothing_to_leave() -> None:
    found = clamp(NOBODY, product=settings("some", span("none", "some")))
    assert found.reason is Reason.NOT_ADJUSTABLE_BY_USER


def test_a_right_of_the_users_own_is_nobody_elses_to_narrow() -> None:
    found = clamp(RIGHT, product=settings("some", span("none", "some")))
    assert found.reason is Reason.LOCKED_PROTECTION
    assert raw(decided(RIGHT), decided(RIGHT, product=settings("some", span("none", "some"))).user) == ("none", "all")
    assert resolved(RIGHT, product=settings("some", span("none", "all"))).clamped == ()


@pytest.mark.parametrize(
    "window",
    ["on", 7, [], span("none", "purple"), span(3, None), {"ceiling": {}}, span("all", "none")],
)
def test_one_that_cannot_be_read_is_malformed_and_leaves_the_least(window: Any) -> None:
    found = resolved(FREE, product=settings("some", window))
    assert [each.reason for each in found.clamped] == [Reason.MALFORMED_VALUE]
    assert found.decisions[KEY].behavior.domain.leq(found.decisions[KEY].user.ceiling, 3)


def test_topics_outside_are_cut_and_said() -> None:
    tame = book(
        behavior(TOPICS, organization=span([], "any"), user=span([], ["algebra"]), default="any"),
    )
    found = clamp(tame, product=settings("any", span([], ["algebra", "history"])))
    assert found.got == span([], ["algebra"])


def test_leaving_users_more_loosens_and_less_tightens_even_at_the_same_value() -> None:
    base = resolved(FREE, product=settings("some"))
    more = resolved(FREE, product=settings("some", span("none", "all")))
    less = resolved(FREE, product=settings("some", span("some", "some")))
    assert direction(changes(base, more)) is Direction.LOOSENING
    (change,) = changes(more, base)
    assert change.direction is Direction.TIGHTENING
    assert change.before == change.after == "some"
    assert direction(changes(base, less)) is Direction.LOOSENING, "users can no longer choose what is stricter"


def test_a_first_profile_that_leaves_users_more_than_they_have_by_themselves_loosens() -> None:
    new = resolved(FREE, product=settings(..., span("none", "all")))
    assert changes(None, new) == ()
    (change,) = changes(None, new, resolved(FREE))
    assert (change.direction, change.user_before, change.user_after) == (
        Direction.LOOSENING,
        span("none", "some"),
        span("none", "all"),
    )


def test_less_than_the_platform_lets_users_choose_is_not_given_either() -> None:
    most = book(free(user=span("some", "much")))
    below = settings("some", span("none", "none"))
    found = clamp(most, product=below)
    assert (found.reason, found.got) == (Reason.BELOW_FLOOR, span("some", "some"))
    assert raw(decided(most, product=below), decided(most, product=below).user) == ("some", "some")
