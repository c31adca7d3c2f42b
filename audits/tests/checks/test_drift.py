"""Drift is claimed only from enough: what could not be compared is said, and is no change."""

from __future__ import annotations

from audits.checks.drift import (
    Aspect,
    Change,
    Seen,
    compare,
    compare_revisions,
    digest_of,
)


def seen(model: str = "m-1", fingerprint: str = "fp-1", count: int = 10, answers: dict[str, str] | None = None) -> Seen:
    pairs = [(q, a) for q, a in (answers or {}).items() for _ in range(2)]
    return Seen.of([(model, fingerprint)] * count, pairs)


def changes(before: Seen, now: Seen) -> list[Aspect]:
    return [change.aspect for change in compare(before, now).changes]


def test_the_same_is_no_drift_and_everything_compared_is_named() -> None:
    answers = {"a": "1", "b": "2", "c": "3"}
    found = compare(seen(answers=answers), seen(answers=answers))
    assert not found.is_drift
    assert found.compared == (Aspect.MODEL, Aspect.FINGERPRINT, Aspect.ANSWERS)


def test_another_name_is_drift_from_one_answer_and_a_known_one_is_not() -> None:
    assert compare(seen("m-1"), seen("m-2", "", 1)).changes == (Change(Aspect.MODEL, "m-1", "m-2"),)
    both = Seen({"m-1": 5, "m-2": 5})
    assert changes(both, seen("m-2", "", 1)) == []
    assert changes(seen("m-2", ""), both) == [Aspect.MODEL]


def test_a_fingerprint_counts_only_if_enough_were_seen_and_none_is_known() -> None:
    assert changes(seen(fingerprint="fp-1"), seen(fingerprint="fp-2")) == [Aspect.FINGERPRINT]
    assert changes(seen(fingerprint="fp-1"), seen(fingerprint="fp-2", count=4)) == []
    several = Seen({"m-1": 10}, {"fp-1": 4, "fp-3": 6})
    assert changes(several, Seen({"m-1": 6}, {"fp-2": 5, "fp-3": 1})) == []


def test_what_no_side_tells_is_not_compared() -> None:
    found = compare(Seen(), seen())
    assert not found.is_drift
    assert found.compared == ()
    assert set(found.not_compared) == {Aspect.MODEL, Aspect.FINGERPRINT, Aspect.ANSWERS}


def test_answers_count_where_they_were_steady_and_drift_is_that_most_differ() -> None:
    before = dict.fromkeys("abcd", "yes")
    assert changes(seen(answers=before), seen(answers=before | {"a": "no", "b": "no"})) == []
    assert changes(seen(answers=before), seen(answers=before | dict.fromkeys("abc", "no"))) == [Aspect.ANSWERS]
    two = dict.fromkeys("ab", "no")
    assert Aspect.ANSWERS in compare(seen(answers=before), seen(answers=two)).not_compared
    wavering = Seen.of([], [("a", "x"), ("a", "y"), ("b", "z"), ("b", " z\n"), ("c", ""), ("c", "")])
    assert wavering.answers == {"b": "z"}


def test_revisions_are_compared_where_both_are_known() -> None:
    found = compare_revisions({"openai": "2026-01-01", "gone": "1"}, {"openai": "2026-02-01", "new": "1"})
    assert found.changes == (Change(Aspect.RULEBOOK, "openai 2026-01-01", "openai 2026-02-01"),)
    assert not compare_revisions({}, {"openai": "1"}).compared


def test_a_drift_seen_again_is_the_same_one() -> None:
    one = [Change(Aspect.MODEL, "m-1", "m-2"), Change(Aspect.ANSWERS, "5", "3")]
    again = [Change(Aspect.ANSWERS, "5", "4"), Change(Aspect.MODEL, "m-1", "m-2")]
    assert digest_of(one, since=1) == digest_of(again, since=1)
    assert digest_of(one, since=1) != digest_of(one, since=2)
    assert digest_of(one, since=1) != digest_of(one[:1], since=1)
    assert Seen.read(seen(answers={"a": "1"}).told()) == seen(answers={"a": "1"})
