"""Three states of one profile: what two sides made of a common base, and what a draft takes over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.resolution.merge import MINE, THEIRS, carried, flat, merged, merges, unflat

FIELDS = ("tone.profanity", "views.balanced", "windows.tone.profanity", "instructions")
STATES = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["on", "off", "some"]))
PROFILES = st.tuples(
    st.dictionaries(st.sampled_from(["a.one", "b.two"]), st.sampled_from(["on", "off"])),
    st.dictionaries(st.sampled_from(["a.one", "b.two"]), st.just({"floor": "off", "ceiling": "on"})),
    st.text(max_size=5),
)


def suggestions(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, str]:
    return {item.field: item.suggested for item in merges(base, mine, theirs)}


def test_what_one_side_alone_changed_is_suggested_and_what_both_changed_is_not() -> None:
    base = {"a": "on", "b": "on", "c": "on", "d": "on"}
    mine = {"a": "off", "b": "on", "c": "off", "d": "off"}
    theirs = {"a": "on", "b": "off", "c": "some", "d": "off"}
    assert suggestions(base, mine, theirs) == {"a": MINE, "b": THEIRS, "c": ""}


def test_what_one_side_took_away_and_the_other_changed_collides() -> None:
    assert suggestions({"a": "on"}, {}, {"a": "off"}) == {"a": ""}
    assert suggestions({"a": "on"}, {}, {"a": "on"}) == {"a": MINE}


def test_choices_decide_field_by_field() -> None:
    found = merges({}, {"a": "on", "b": "on"}, {"a": "off", "c": "on"})
    chosen = {"a": MINE, "b": THEIRS, "c": THEIRS}
    assert merged({"a": "on", "b": "on"}, found, chosen) == {"a": "on", "c": "on"}
    with pytest.raises(KeyError):
        merged({"a": "on"}, found, {"a": MINE})


def test_a_draft_takes_over_what_it_left_alone_and_keeps_what_somebody_edited() -> None:
    before, after = {"a": "on", "b": "on", "c": "on"}, {"a": "off", "b": "off", "d": "on"}
    now = {"a": "on", "b": "some", "c": "on"}
    assert carried(now, before, after) == {"a": "off", "c": None, "d": "on"}


@given(PROFILES)
def test_a_profile_survives_being_flattened(profile: Any) -> None:
    assert unflat(flat(*profile)) == profile


@given(STATES, STATES, STATES)
def test_taking_one_side_everywhere_gives_that_side(base: Any, mine: Any, theirs: Any) -> None:
    found = merges(base, mine, theirs)
    assert merged(mine, found, dict.fromkeys((item.field for item in found), MINE)) == mine
    taken = merged(mine, found, dict.fromkeys((item.field for item in found), THEIRS))
    assert taken == theirs


@given(STATES, STATES, STATES)
def test_suggestions_lose_no_change_of_either_side(base: Any, mine: Any, theirs: Any) -> None:
    found = merges(base, mine, theirs)
    result = merged(mine, found, {item.field: item.suggested or MINE for item in found})
    for field in FIELDS:
        sides = {mine.get(field), theirs.get(field)} - {base.get(field)}
        assert result.get(field) in (sides or {base.get(field)})


@given(STATES, STATES, STATES)
def test_the_sides_may_change_places(base: Any, mine: Any, theirs: Any) -> None:
    other = {MINE: THEIRS, THEIRS: MINE, "": ""}
    assert suggestions(base, theirs, mine) == {
        field: other[side] for field, side in suggestions(base, mine, theirs).items()
    }


@given(STATES, STATES, STATES)
def test_a_draft_that_stands_on_what_was_live_ends_on_what_is_live(now: Any, before: Any, after: Any) -> None:
    taken = carried(now, before, after)
    for field in FIELDS:
        untouched = now.get(field) == before.get(field)
        assert {**now, **taken}.get(field) == (after.get(field) if untouched else now.get(field))
