"""From an address to a search: what is understood, and that nothing is an error."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from audits.queries import Search
from audits.web.pages.filters import FIELDS, build_filter, read


def search(query: str) -> Search:
    return read(QueryDict(query)).search


def terms(text: str) -> list[tuple[str, str, bool]]:
    params = QueryDict(mutable=True)
    params["q"] = text
    return [(term.field, term.text, term.negated) for term in read(params).search.terms]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("  ", []),
        ("caveats", [("text", "caveats", False)]),
        ("two words", [("text", "two", False), ("text", "words", False)]),
        ('"two words"', [("text", "two words", False)]),
        ("-noise", [("text", "noise", True)]),
        ("actor:jana", [("actor", "jana", False)]),
        ("ACTOR:jana", [("actor", "jana", False)]),
        ('-actor:"Jana Sommer" x', [("actor", "Jana Sommer", True), ("text", "x", False)]),
        ("product:helper -action:check", [("product", "helper", False), ("action", "check", True)]),
        ("agents.spend_limit", [("text", "agents.spend_limit", False)]),
        ("semi-automatic", [("text", "semi-automatic", False)]),
        ("who:jana", [("text", "who:jana", False)]),
        ("-behavior:tone.profanity", [("behavior", "tone.profanity", True)]),
        ("after:2026-05-01 x before:2026-06-01", [("text", "x", False)]),
        ('- -- : "" \'', []),
        ('"open', [("text", "open", False)]),
    ],
)
def test_words_phrases_qualifiers_and_their_negation_are_understood(text: str, found: list[object]) -> None:
    assert terms(text) == found


def test_an_action_is_found_by_its_dotted_name_and_by_the_word_on_the_page() -> None:
    assert search("q=action:approved").terms[0].values == ("profile.version.approved",)
    assert search("q=action:checked").terms[0].values == ("check.finished",)
    assert "attestation.revoked" in search("q=action:attestation").terms[0].values


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("q=after:2026-05-01", date(2026, 5, 1), None),
        ("q=before:2026-05-01", None, date(2026, 4, 30)),
        ("q=-after:2026-05-01", None, date(2026, 4, 30)),
        ("q=-before:2026-05-01", date(2026, 5, 1), None),
        ("q=after:2026-05-01+before:2026-06-01&since=2026-05-10", date(2026, 5, 10), date(2026, 5, 31)),
        ("q=after:yesterday", None, None),
    ],
)
def test_days_stand_in_the_search_field_too(query: str, since: date | None, until: date | None) -> None:
    found = search(query)
    assert (found.terms, found.since, found.until) == ((), since, until)


def test_a_behavior_is_found_by_its_key_and_by_its_name() -> None:
    names = {"tone.profanity": "Strong language", "views.balanced": "Balanced views"}

    def called(text: str) -> tuple[str, ...]:
        return read(QueryDict(f"q=behavior:{text}"), names).search.terms[0].values

    assert called("profanity") == called("STRONG") == ("tone.profanity",)
    assert called("old.key") == ("old.key",)
    assert called("nothing") == ()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=who:jana", "“who:” is no qualifier: looked for “who:jana” as a text"),
        ("q=behavior:nothing", "No behavior is called “nothing”"),
        ("q=after:2026-05-01", "From 1 May 2026"),
        ("q=before:2026-05-01", "Before 1 May 2026"),
        ("q=-after:2026-05-01", "Before 1 May 2026"),
        ("q=after:yesterday", "Not understood, and ignored: “after:yesterday”"),
        ("q=-behavior:tone.profanity", "Behavior is not “tone.profanity”"),
    ],
)
def test_a_chip_says_how_a_term_was_understood(query: str, said: str) -> None:
    assert [applied.label for applied in build_filter(read(QueryDict(query)), [], []).applied] == [said]


def test_days_and_kinds_that_cannot_be_read_are_ignored_and_the_page_says_so() -> None:
    asked = read(QueryDict("since=2026-13-45&until=tomorrow&kind=no.such&actor=user:1"))
    assert asked.search == Search(actor="user:1")
    shown = build_filter(asked, [], [])
    assert (shown.since, shown.until) == ("", "")
    labels = [applied.label for applied in shown.applied]
    for text in ("2026-13-45", "tomorrow", "no.such"):
        assert f"Not understood, and ignored: “{text}”" in labels


def test_every_active_filter_can_be_taken_away_alone() -> None:
    asked = read(QueryDict("q=one+-actor:two&kind=check.finished&since=2026-11-01&before=7"))
    assert asked.search.since == date(2026, 11, 1)
    shown = build_filter(asked, [], [])
    assert [applied.label for applied in shown.applied] == [
        "Contains “one”", "Actor is not “two”", "Action is Checked", "From 1 Nov 2026",
    ]  # fmt: skip
    left = [read(QueryDict(applied.href.partition("?")[2])) for applied in shown.applied]
    assert [len(asked.search.terms) for asked in left] == [1, 1, 2, 2]
    assert [asked.search.terms[0].text for asked in left[:2]] == ["two", "one"]
    assert (left[2].search.kind, left[3].search.since) == ("", None)
    assert all(asked.before is None for asked in left)


def test_what_is_chosen_stays_chosen_even_if_nobody_knows_it() -> None:
    shown = build_filter(read(QueryDict("actor=user:9&product=gone")), [("user:1", "Jana")], [])
    assert [choice.value for choice in shown.actors if choice.chosen] == ["user:9"]
    assert [choice.value for choice in shown.products if choice.chosen] == ["gone"]
    assert [choice.label for choice in shown.kinds if choice.chosen] == ["Any action"]


@pytest.mark.parametrize("raw", ["", "0", "-1", "x", "1e3", "9" * 30, "٣", "9223372036854775808"])
def test_a_place_in_the_log_that_cannot_be_is_ignored(raw: str) -> None:
    params = QueryDict(mutable=True)
    params["before"] = params["after"] = raw
    assert (read(params).before, read(params).after) == (None, None)


@given(st.dictionaries(st.sampled_from([*FIELDS, "before", "after"]), st.text()))
def test_no_address_is_an_error(values: dict[str, str]) -> None:
    params = QueryDict(mutable=True)
    params.update(values)
    asked = read(params)
    build_filter(asked, [], [])
    assert "\x00" not in "".join(asked.values.values())
    assert len(asked.search.terms) <= 10
