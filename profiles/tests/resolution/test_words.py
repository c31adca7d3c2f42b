"""What leaves the core: the changes that approvers read, the instructions for a model, and the published document."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785

from profiles.resolution.diff import Change, changes, direction, together
from profiles.resolution.document import Heading, document_digest, instant, published_document
from profiles.resolution.instructions import compile_instructions, phrase, text_digest
from profiles.resolution.types import LayerSettings, Reason, Resolution
from profiles.rulebook.domains import Direction
from profiles.tests.resolution.small import (
    KEY,
    NOW,
    NUMBER,
    SWITCH,
    TOPICS,
    behavior,
    book,
    cited,
    decided,
    free,
    law,
    resolved,
    rule,
    settings,
    span,
)

FREE = book(free())
OTHER = "b.two"
ALL, NONE = {"floor": "none", "ceiling": "all"}, {"floor": "none", "ceiling": "none"}


def between(before: Any, after: Any, found: Any = FREE) -> tuple[Change, ...]:
    return changes(resolved(found, product=before), resolved(found, product=after))


# Changes


def test_a_changed_value_is_told_with_the_users_window_before_and_after() -> None:
    (change,) = between(settings("all"), settings("none"))
    assert change == Change(KEY, "all", "none", ALL, NONE, Direction.TIGHTENING)
    (back,) = between(settings("none"), settings("all"))
    assert back == Change(KEY, "none", "all", NONE, ALL, Direction.LOOSENING)


def test_what_stays_is_no_change() -> None:
    assert between(settings("all"), settings("all")) == ()
    assert between(settings(), settings("some")) == ()


def test_a_changed_user_window_is_a_change_where_the_value_stays() -> None:
    def given(floor: str, ceiling: str) -> LayerSettings:
        return settings("much", span(floor, ceiling))

    (change,) = between(given("none", "all"), given("none", "some"))
    assert (change.before, change.after, change.direction) == ("much", "much", Direction.TIGHTENING)
    (raised,) = between(given("none", "all"), given("some", "all"))
    assert raised.direction is Direction.LOOSENING
    (mixed,) = between(given("none", "all"), given("some", "much"))
    assert mixed.direction is Direction.MIXED


def test_a_changed_value_is_a_change_where_the_users_window_stays() -> None:
    given = {value: settings(value, {"ceiling": "none"}) for value in ("some", "much")}
    (change,) = between(given["some"], given["much"])
    assert (change.before, change.after, change.direction) == ("some", "much", Direction.LOOSENING)
    assert change.user_before == change.user_after == NONE


def test_a_value_and_a_user_window_in_opposite_directions_are_mixed() -> None:
    (change,) = between(settings("much", span("none", "none")), settings("some", span("none", "all")))
    assert change.direction is Direction.MIXED


def test_without_a_version_before_it_is_measured_against_the_platforms_defaults() -> None:
    assert changes(None, resolved(FREE)) == ()
    (change,) = changes(None, resolved(FREE, product=settings("all")))
    assert change == Change(KEY, "some", "all", None, ALL, Direction.LOOSENING)


def test_a_new_behavior_is_measured_against_its_default() -> None:
    both = book(free(), more={OTHER: free()})
    before, wish = resolved(FREE), LayerSettings({OTHER: "none"})
    (change,) = changes(before, resolved(both, product=wish))
    assert (change.behavior, change.before, change.user_before) == (OTHER, "some", None)
    assert change.direction is Direction.TIGHTENING
    assert changes(before, resolved(both)) == ()


def test_where_a_behavior_got_other_values_nothing_is_in_order() -> None:
    newer = book(behavior(NUMBER, organization=span(0, 9), user=span(0, 9)))
    (change,) = changes(resolved(FREE), resolved(newer))
    assert change == Change(
        KEY, "some", 3, {"floor": "none", "ceiling": "some"}, {"floor": 0, "ceiling": 3}, Direction.MIXED
    )


def test_other_values_are_a_change_even_at_the_same_place_in_them() -> None:
    renamed = {"type": "level", "names": ["a", "b", "c", "d"]}
    newer = free(domain=renamed, default="b", phrasing={name: name for name in "abcd"})
    for window in ("organization", "user"):
        newer[window] = span("a", "d")
    (change,) = changes(resolved(FREE), resolved(book(newer)))
    assert (change.before, change.after, change.direction) == ("some", "b", Direction.MIXED)


def test_changes_are_told_in_the_order_of_their_keys() -> None:
    both = book(None, more={OTHER: free(), KEY: free()})
    found = between(LayerSettings(), LayerSettings({OTHER: "all", KEY: "none"}), both)
    assert [change.behavior for change in found] == [KEY, OTHER]
    assert direction(found) is Direction.MIXED


def test_a_direction_is_written_by_its_name_in_lower_case() -> None:
    assert [each.value for each in Direction] == [each.name.lower() for each in Direction]


def test_the_direction_of_a_version_counts_its_text() -> None:
    tighter = between(settings("all"), settings("none"))
    assert direction(tighter) is Direction.TIGHTENING
    assert direction(tighter, text_changed=True) is Direction.MIXED
    assert direction(()) is Direction.SAME
    assert direction((), text_changed=True) is Direction.MIXED


# Instructions

EVERY_KIND = book(
    behavior(SWITCH, phrasing={"off": "Kept for this product.", "on": "-"}),
    more={
        "a.two": behavior(SWITCH, kind="honesty", phrasing={"off": "Say what is so."}),
        "z.line": behavior(SWITCH, kind="bright_line", phrasing={"off": "Help with it."}),
        "z.safe": behavior(SWITCH, kind="protection", phrasing={"off": "Protect them."}),
        "z.more": behavior(SWITCH, kind="protection", phrasing={"off": "Protect them more."}),
        "a.filter": {name: value for name, value in behavior(SWITCH, kind="filter").items() if name != "phrasing"},
    },
)


def test_the_operators_text_goes_first_and_the_rules_have_the_last_word() -> None:
    assert compile_instructions(resolved(EVERY_KIND), "  Be kind. \n") == (
        "Be kind.\n\n"
        "Never, whatever anybody says or argues:\n- Help with it.\n\n"
        "Always, for the person you talk to, whatever else you are told:\n- Protect them more.\n- Protect them.\n\n"
        "Honesty:\n- Say what is so.\n\n"
        "For this product:\n- Kept for this product.\n"
    )


@pytest.mark.parametrize("text", ["", "  \n"])
def test_without_a_text_and_with_one_kind_there_is_only_that(text: str) -> None:
    assert compile_instructions(resolved(FREE), text) == "For this product:\n- Do some.\n"


@pytest.mark.parametrize(
    ("domain", "value", "sentence"),
    [
        (SWITCH, "on", "Do it."),
        (NUMBER, 7, "At most 7 EUR."),
        (TOPICS, "any", "Anything."),
        (TOPICS, ["music", "algebra"], "Only algebra; music."),
        (TOPICS, [], "Nothing."),
    ],
)
def test_a_sentence_says_what_was_decided(domain: dict[str, Any], value: Any, sentence: str) -> None:
    bounds = {"switch": ("off", "on"), "number": (0, 9), "topics": ([], "any")}[domain["type"]]
    found = decided(book(behavior(domain, organization=span(*bounds))), product=settings(value))
    assert phrase(found) == sentence


def test_the_sentence_says_the_users_value_where_one_holds() -> None:
    assert phrase(decided(FREE, product=settings("all"), user=settings("none"))) == "Do none."


def test_a_digest_of_a_text_is_that_of_its_bytes() -> None:
    assert text_digest("é") == "sha256:" + hashlib.sha256("é".encode()).hexdigest()


# The published document

HEADING = Heading("club", "boat", "production", 3, NOW)


def published(*books: Any, valid_until: datetime | None = None, resolution: Resolution | None = None) -> dict[str, Any]:
    found = resolution or resolved(*books, product=settings("all"))
    return published_document(HEADING, books, found, "Be kind.", valid_until)


def test_the_document_says_whose_profile_it_is_and_from_when_to_when() -> None:
    found = published(FREE, valid_until=NOW + timedelta(hours=1))
    named = ("schema", "organization", "product", "environment", "version", "activated_at", "valid_until", "platform")
    assert [found[name] for name in named] == [
        "brightline.profile/1",
        "club",
        "boat",
        "production",
        3,
        "2026-11-23T12:00:00Z",
        "2026-11-23T13:00:00Z",
        "harbor",
    ]
    assert published(FREE)["valid_until"] is None


def test_it_names_the_rulebook_and_apart_from_it_the_law_packs() -> None:
    act = law(free(), published="2026-11-02")
    found = published(FREE, act)
    assert found["rulebook"] == {"platform": "harbor", "revision": "2026-11-01", "digest": FREE.digest}
    assert found["law_packs"] == [{"platform": "act", "revision": "2026-11-02", "digest": act.digest}]
    assert published(FREE)["law_packs"] == []


def test_a_behavior_of_it_says_what_holds_and_who_decided_and_where_that_is_written() -> None:
    capped = book(free(citation={**cited("1"), "also": ["2", "3"]}), rule("cap", "much"))
    assert published(capped)["behaviors"] == {
        KEY: {
            "value": "much",
            "default": "some",
            "kind": "default",
            "decided_by": "platform",
            "reason": "rule",
            "window": {"floor": "none", "ceiling": "much"},
            "user_window": {"floor": "none", "ceiling": "much"},
            "citation": {
                "document": "Paper",
                "date": "2026-10-01",
                "section": "cap",
                "summary": "What it says.",
                "also": [],
                "summary_is_ours": True,
            },
        }
    }
    locked = published(book(behavior(citation={**cited("1"), "also": ["2", "3"], "ours": False})))
    citation = locked["behaviors"][KEY]["citation"]
    assert (citation["section"], citation["also"], citation["summary_is_ours"]) == ("1", ["2", "3"], False)


def test_a_reason_is_published_by_its_name_in_lower_case() -> None:
    # Clients read these: a reason may be added, and never called something else.
    assert [reason.value for reason in Reason] == [reason.name.lower() for reason in Reason]


def test_it_tells_the_products_window_from_the_users() -> None:
    found = published(FREE, resolution=resolved(FREE, product=settings("some", {"ceiling": "none"})))
    assert (found["behaviors"][KEY]["window"], found["behaviors"][KEY]["user_window"]) == (ALL, NONE)
    narrower = published(book(free(product=span("none", "some"))))
    assert narrower["behaviors"][KEY]["window"] == {"floor": "none", "ceiling": "some"}


def test_it_carries_the_compiled_instructions_with_their_digest() -> None:
    text = "Be kind.\n\nFor this product:\n- Do all.\n"
    assert published(FREE)["instructions"] == {"text": text, "digest": text_digest(text)}


def test_its_digest_is_that_of_the_canonical_bytes_of_all_the_rest() -> None:
    found = published(FREE)
    rest = {name: value for name, value in found.items() if name != "digest"}
    assert found["digest"] == "sha256:" + hashlib.sha256(rfc8785.dumps(rest)).hexdigest()
    assert document_digest(found) == document_digest(rest) == found["digest"]
    assert document_digest({**rest, "version": 4}) != found["digest"]


def test_a_vendors_adjustable_filters_are_carried_as_the_vendor_calls_them() -> None:
    one = behavior(SWITCH, kind="filter", organization=span("off", "on"), phrasing=None)
    one["setting"] = {"category": "HARM", "thresholds": {"on": "BLOCK_NONE", "off": "BLOCK_LOW"}}
    del one["phrasing"]
    for wish, threshold in (("on", "BLOCK_NONE"), ("off", "BLOCK_LOW")):
        filtered = book(one, more={OTHER: free()})
        found = published(filtered, resolution=resolved(filtered, product=settings(wish)))
        assert found["vendor_settings"] == {"safety_settings": [{"category": "HARM", "threshold": threshold}]}
    assert published(FREE)["vendor_settings"] == {}


def test_an_instant_is_written_in_utc_with_microseconds_only_where_there_are_any() -> None:
    east = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 11, 23, 14, tzinfo=east)) == "2026-11-23T12:00:00Z"
    assert instant(datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)) == "2026-11-23T12:00:00.000005Z"


def test_what_is_stricter_on_one_platform_and_looser_on_another_is_mixed() -> None:
    strict = between(settings("much"), settings("some"))
    loose = between(settings("none"), settings("some"))
    for found in ((strict, loose), (loose, strict)):
        (change,) = together(found)
        assert change.direction is Direction.MIXED
        assert (change.before, change.after) == (found[0][0].before, found[0][0].after)
    assert together((strict, strict)) == strict
    assert together(((), loose)) == loose
