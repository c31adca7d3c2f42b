"""Which behaviors a changed source document touches, and what a steward edits of them."""

import copy
import tomllib
from datetime import date
from typing import Any

import pytest

from profiles.rulebook.codec import MalformedRulebook, decode
from profiles.rulebook.revise import citing, dangling, part_of, successor, with_part
from profiles.rulebook.table import Problem
from profiles.tests.resolution.small import KEY, book, cited, conflict, free, rule

OTHER, THIRD = "b.two", "c.three"


def also(*sections: str, document: str = "doc") -> dict[str, Any]:
    return {**cited(sections[0]), "document": document, "also": list(sections[1:])}


BOOK = book(
    free(citation=also("s1", "s2")),
    rule("r-one", "some", key=OTHER, citation=also("s3")),
    rule("r-two", "none", key=KEY, citation=also("s1", document="else")),
    documents={
        "doc": {"title": "Paper", "date": "2026-10-01"},
        "else": {"title": "Other", "date": "2026-10-01", "digest": "sha256:" + "0" * 64},
    },
    more={OTHER: free(citation=also("s2")), THIRD: free(citation=also("s9", document="else"))},
    conflicts=[{**conflict("clash", (OTHER, "all"), (THIRD, "all"), "none"), "citation": also("s4", "s1")}],
)


# Touched


def test_a_behavior_is_touched_by_the_sections_that_it_or_what_narrows_it_rests_on() -> None:
    assert citing(BOOK, "doc", ["s2"]) == {KEY: ["s2"], OTHER: ["s2"]}
    assert citing(BOOK, "doc", ["s3"]) == {OTHER: ["s3"]}
    assert citing(BOOK, "doc", ["s4"]) == {OTHER: ["s4"]}
    assert citing(BOOK, "doc", ["s5"]) == {}
    assert citing(BOOK, "doc", []) == {}


def test_each_is_listed_with_all_its_sections_in_order() -> None:
    found = citing(BOOK, "doc", ["s4", "s3", "s2", "s1"])
    assert found == {KEY: ["s1", "s2"], OTHER: ["s1", "s2", "s3", "s4"]}
    assert list(found) == [KEY, OTHER]


def test_the_same_section_of_another_document_touches_others() -> None:
    assert citing(BOOK, "else", ["s1", "s9"]) == {KEY: ["s1"], THIRD: ["s9"]}
    assert citing(BOOK, "nowhere", ["s1"]) == {}


def test_what_cites_a_section_that_is_not_there_dangles() -> None:
    assert dangling(BOOK, "doc", ["s1", "s2", "s3", "s4"]) == {}
    assert dangling(BOOK, "doc", ["s1", "s2", "s4", "s9"]) == {OTHER: ["s3"]}
    assert dangling(BOOK, "doc", ["s1", "s2", "s3"]) == {OTHER: ["s4"]}
    assert dangling(BOOK, "doc", ["s2", "s3", "s4"]) == {KEY: ["s1"], OTHER: ["s1"]}
    assert dangling(BOOK, "else", []) == {KEY: ["s1"], THIRD: ["s9"]}


# The next revision


def test_the_next_revision_differs_in_dates_and_digest_alone_and_leaves_the_last_one_as_it_was() -> None:
    before = copy.deepcopy(dict(BOOK.document))
    new = successor(BOOK.document, "doc", date(2026, 12, 1), "sha256:" + "1" * 64)
    assert BOOK.document == before
    assert new.pop("published") == "2026-12-01"
    assert new["documents"].pop("doc") == {"title": "Paper", "date": "2026-12-01", "digest": "sha256:" + "1" * 64}
    del before["published"], before["documents"]["doc"]
    assert new == before


# One behavior as text

DOCUMENT = BOOK.document


def test_the_text_of_a_behavior_holds_it_with_its_own_rules() -> None:
    text = part_of(DOCUMENT, OTHER)
    assert tomllib.loads(text) == {"behavior": DOCUMENT["behaviors"][OTHER], "rules": [DOCUMENT["rules"][0]]}
    assert tomllib.loads(part_of(DOCUMENT, THIRD)) == {"behavior": DOCUMENT["behaviors"][THIRD]}


def test_a_document_without_rules_has_parts_too() -> None:
    bare = {name: value for name, value in DOCUMENT.items() if name != "rules"}
    assert "rules" not in tomllib.loads(part_of(bare, KEY))
    assert with_part(bare, KEY, part_of(bare, KEY))["rules"] == []


def test_its_fields_stand_in_the_order_of_the_library_whatever_order_they_are_stored_in() -> None:
    stored = dict(DOCUMENT["behaviors"][OTHER])
    backwards = {**DOCUMENT, "behaviors": {OTHER: dict(reversed(stored.items()))}, "rules": []}
    fields = [line.split(" = ")[0] for line in part_of(backwards, OTHER).splitlines()]
    assert fields[:7] == ["[behavior]", "name", "description", "kind", "default", "because", ""]
    tables = [name for name in fields if name.startswith("[behavior.")]
    assert tables == [f"[behavior.{name}]" for name in ("domain", "organization", "user", "citation", "phrasing")]
    assert fields[fields.index("[behavior.organization]") + 1 :][:2] == ["floor", "ceiling"]


def test_a_field_that_the_library_does_not_know_stands_last() -> None:
    odd = {**DOCUMENT, "behaviors": {OTHER: {"zeta": 1, "name": "N"}}, "rules": []}
    assert part_of(odd, OTHER) == '[behavior]\nname = "N"\nzeta = 1\n'


def test_the_same_text_put_back_changes_nothing() -> None:
    for key in (KEY, OTHER, THIRD):
        assert decode(with_part(DOCUMENT, key, part_of(DOCUMENT, key))) == decode(
            {**DOCUMENT, "rules": sorted(DOCUMENT["rules"], key=lambda item: item["behavior"] == key)}
        )


def test_an_edited_text_takes_the_place_of_the_behavior_and_its_rules_and_of_nothing_else() -> None:
    text = part_of(DOCUMENT, OTHER).replace('name = "Name"', 'name = "New name"').split("[[rules]]")[0]
    new = with_part(DOCUMENT, OTHER, text)
    assert new["behaviors"][OTHER]["name"] == "New name"
    assert new["rules"] == [DOCUMENT["rules"][1]]
    assert {name: new[name] for name in new if name not in ("behaviors", "rules")} == {
        name: DOCUMENT[name] for name in DOCUMENT if name not in ("behaviors", "rules")
    }
    assert {key: new["behaviors"][key] for key in (KEY, THIRD)} == {
        key: DOCUMENT["behaviors"][key] for key in (KEY, THIRD)
    }


def test_dates_in_a_text_become_what_a_document_holds() -> None:
    assert with_part(DOCUMENT, OTHER, "[behavior]\nday = 2026-01-02")["behaviors"][OTHER] == {"day": "2026-01-02"}


ONLY = "must hold the table [behavior], and [[rules]] where it has any"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("[behavior", "(text)", "is not TOML: "),
        ("a = " + "[" * 5000, "(text)", "is not TOML: "),
        ("", "(text)", ONLY),
        ("behavior = 3", "(text)", ONLY),
        ("[behavior]\n[more]", "(text)", ONLY),
        ("rules = []", "(text)", ONLY),
        ("rules = 3\n[behavior]", "rules", f"must each narrow {OTHER}"),
        ("rules = [3]\n[behavior]", "rules", f"must each narrow {OTHER}"),
        ("[behavior]\n[[rules]]\nid = 'r'", "rules", f"must each narrow {OTHER}"),
        (f"[behavior]\n[[rules]]\nbehavior = '{KEY}'", "rules", f"must each narrow {OTHER}"),
        (f"[behavior]\n[[rules]]\nbehavior = '{OTHER}'\n[[rules]]\n", "rules", f"must each narrow {OTHER}"),
    ],
)
def test_a_text_with_anything_else_in_it_is_refused(text: str, path: str, message: str) -> None:
    with pytest.raises(MalformedRulebook) as refusal:
        with_part(DOCUMENT, OTHER, text)
    (problem,) = refusal.value.problems
    assert isinstance(problem, Problem)
    assert problem.path == path
    assert problem.message.startswith(message)


def test_whether_a_behavior_is_valid_is_not_asked_yet() -> None:
    assert with_part(DOCUMENT, OTHER, "[behavior]\nname = 3")["behaviors"][OTHER] == {"name": 3}
