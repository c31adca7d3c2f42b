"""Finding in a trail of some thousand entries, with limits so low that every step is needed: nothing is missed, nothing
comes twice, and no statement reads the table from one end to the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from audits.models import Entry
from audits.search import find as steps
from audits.search.asked import Search, Term
from audits.search.find import Found, Place, find
from audits.trail.kinds import Kind
from audits.trail.record import record
from config.bench_entries import KINDS, SPAN, keep_names, make
from profiles.access import Actor, ActorType

pytestmark = pytest.mark.django_db
NUMBER = 3_000
END = datetime(2026, 11, 29, 12, tzinfo=UTC)
SIZE = 20
Matches = Callable[[dict[str, Any]], bool]


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A year of entries, newest first. The newest quarter is without what the old ones are full of."""
    given = {"first": END - SPAN, "step": SPAN / NUMBER, "huge": "huge", "most": 0.9}
    connection.ensure_connection()
    make(connection.connection, range(1, NUMBER + 1), 1, given)
    keep_names(connection.connection, range(1, NUMBER + 1))
    lower = {"WALKED": 200, "MOST_HITS": 150, "MOST_EXPECTED": 400, "FAR": 400, "MOST_COUNTED": 300}
    for limit, low in lower.items():
        monkeypatch.setattr(steps, limit, low)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('audits_entry', 'id'), %s)", [NUMBER])
        cursor.execute("ANALYZE audits_entry")
    rows = Entry.objects.filter(organization="huge").order_by("-pk")
    return [{"pk": row.pk, **row.content()} for row in rows]


def day_of(entry: dict[str, Any]) -> date:
    return datetime.fromisoformat(entry["at"]).date()


def named(field: str, *values: str, negated: bool = False) -> Search:
    return Search((Term(field, values[0], negated, values),))


def text(said: str, *, negated: bool = False, **more: Any) -> Search:
    return Search((Term("text", said, negated),), **more)


def target_has(said: str) -> Matches:
    return lambda entry: f" {said} " in f" {entry['target'].lower()} "


SPRING: dict[str, Any] = {"since": date(2026, 3, 10), "until": date(2026, 5, 9)}
SEARCHES: dict[str, tuple[Search, Matches]] = {
    "everything": (Search(), lambda _e: True),
    "kind": (Search(kind="check.finished"), lambda e: e["kind"] == "check.finished"),
    "actor": (Search(actor="user:1"), lambda e: e["actor"]["id"] == "user:1"),
    "product": (Search(product="product-1"), lambda e: e["product"] == "product-1"),
    "kind and actor": (
        Search(kind="check.finished", actor="user:1"),
        lambda e: e["kind"] == "check.finished" and e["actor"]["id"] == "user:1",
    ),
    "all three": (
        Search(kind="check.finished", actor="user:1", product="product-1"),
        lambda e: (e["kind"], e["actor"]["id"], e["product"]) == ("check.finished", "user:1", "product-1"),
    ),
    "days": (Search(**SPRING), lambda e: SPRING["since"] <= day_of(e) <= SPRING["until"]),
    "days and kind": (
        Search(kind="check.requested", **SPRING),
        lambda e: e["kind"] == "check.requested" and SPRING["since"] <= day_of(e) <= SPRING["until"],
    ),
    "since a day": (Search(since=date(2026, 11, 20)), lambda e: day_of(e) >= date(2026, 11, 20)),
    "until a day": (Search(until=date(2025, 12, 20)), lambda e: day_of(e) <= date(2025, 12, 20)),
    "no days": (Search(since=date(2026, 5, 2), until=date(2026, 5, 1)), lambda _e: False),
    "outcome": (named("outcome", "refused"), lambda e: e["outcome"] == "refused"),
    "not done": (named("outcome", "done", negated=True), lambda e: e["outcome"] != "done"),
    "several kinds": (named("action", *KINDS[:2]), lambda e: e["kind"] in KINDS[:2]),
    "not these kinds": (named("action", *KINDS[:3], negated=True), lambda e: e["kind"] not in KINDS[:3]),
    "no such kind": (Search((Term("action", "nothing"),)), lambda _e: False),
    "not no such kind": (Search((Term("action", "nothing", True),)), lambda _e: True),
    "behavior": (named("behavior", "content.explicit"), lambda e: "content.explicit" in (e["after"] or {})),
    "not behavior": (
        named("behavior", "content.explicit", negated=True),
        lambda e: "content.explicit" not in (e["after"] or {}),
    ),
    "a person by name": (Search((Term("actor", "person 19"),)), lambda e: "Person 19" in e["actor"]["name"]),
    "not a person": (Search((Term("actor", "Person 1", True),)), lambda e: "Person 1" not in e["actor"]["name"]),
    "a product by name": (Search((Term("product", "product-4"),)), lambda e: "product-4" in e["product"]),
    "a word": (text("ticket"), target_has("ticket")),
    "two words": (text("version 17"), target_has("version 17")),
    "words that are no neighbors": (text("17 version"), lambda _e: False),
    "a beginning": (text("tick"), lambda _e: False),
    "not a word": (text("ticket", negated=True), lambda e: "ticket" not in e["target"]),
    "not what all have": (text("version", negated=True), lambda _e: False),
    "words and a kind": (
        text("version", kind="hold.placed"),
        lambda e: e["kind"] == "hold.placed",
    ),
    "number": (text("#2000"), lambda e: e["pk"] == 2000),
    "not a number": (text("#2000", negated=True), lambda e: e["pk"] != 2000),
    "two numbers": (Search((Term("text", "#2000"), Term("text", "#2001"))), lambda _e: False),
}


def pages(search: Search, start: Place) -> Iterator[Found]:
    """From a page to the end of the trail, as a reader goes."""
    place = start
    for _page in range(NUMBER):
        found = find(search, "huge", place)
        yield found
        edge = found.looked_to or (found.ids[-1] if found.older else None)
        if edge is None:
            return
        place = Place(before=edge, size=SIZE)
    raise AssertionError("there is no end")


def up(search: Search, first: int) -> Iterator[int]:
    """The ids above one, in the order in which a reader who goes upward meets them."""
    after = first
    for _page in range(NUMBER):
        found = find(search, "huge", Place(after=after, size=SIZE))
        fresh = [pk for pk in reversed(found.ids) if pk > after]
        yield from fresh
        if not found.newer:
            return
        after = found.looked_to or found.ids[0]
    raise AssertionError("there is no end")


def test_a_reader_meets_every_entry_once_in_order_downward_and_upward(trail: list[dict[str, Any]]) -> None:
    for name, (search, matches) in SEARCHES.items():
        wanted = [entry["pk"] for entry in trail if matches(entry)]
        found = list(pages(search, Place(size=SIZE)))
        assert [pk for page in found for pk in page.ids] == wanted, name
        for page in found:
            assert page.total.count <= len(wanted) if page.total.more else page.total.count == len(wanted), name
            assert page.hits is None or [hit.id for hit in page.hits] == wanted, name
        if wanted:
            assert list(up(search, wanted[-1])) == wanted[-2::-1], name


def test_what_is_common_and_long_ago_is_found_too(trail: list[dict[str, Any]]) -> None:
    """Neither among the newest entries, nor so few that the index of words tells all of them."""
    owner = Actor(ActorType.PERSON, "user:900", "Somebody", frozenset(), auth="password")
    for n in range(250):
        record(Kind.CHECK_FINISHED, who=owner, at=END, organization="huge", product="new", target=f"run {n}")
    search = Search((Term("text", "version"), Term("outcome", "done", values=("done",))))
    wanted = [entry["pk"] for entry in trail if entry["outcome"] == "done"]
    assert [pk for page in pages(search, Place(size=SIZE)) for pk in page.ids] == wanted


def test_nothing_of_another_organization_is_found_even_if_its_words_begin_alike(
    trail: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {entry["pk"] for entry in trail}
    for search, _matches in SEARCHES.values():
        assert mine.isdisjoint(find(search, "small-3", Place(size=SIZE)).ids)
        assert find(search, "nobody", Place(size=SIZE)).ids == []


def test_no_statement_reads_the_whole_table(trail: list[dict[str, Any]]) -> None:
    for name, (search, _matches) in SEARCHES.items():
        for statement, given in statements_of(search):
            plan = plan_of(statement, given)
            read = {node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "audits_entry"}
            assert "Seq Scan" not in read, (name, statement)
            # An entry along an index is a page or more; who acts, and in what products, takes a few for each.
            most = NUMBER if "RECURSIVE" in statement else NUMBER // 2
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < most, (name, statement)


def statements_of(search: Search) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def note(execute: Any, statement: str, given: Any, many: bool, context: Any) -> Any:
        if "audits_entry" in statement and not statement.startswith("EXPLAIN"):
            found.append((statement, given))
        return execute(statement, given, many, context)

    with connection.execute_wrapper(note):
        for place in (Place(size=SIZE), Place(before=NUMBER // 2, size=SIZE), Place(after=NUMBER // 2, size=SIZE)):
            find(search, "huge", place)
    return found


def plan_of(statement: str, given: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", given)
        told = cursor.fetchone()[0]
    return dict((told if isinstance(told, list) else json.loads(told))[0]["Plan"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


# Words


def words_of(pk: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(words) FROM audits_entry WHERE id = %s", [pk])
        return {word[4:] for word in cursor.fetchone()[0]}


def test_an_entry_has_marks_words_and_pairs_and_no_name_of_a_person() -> None:
    who = Actor(ActorType.PERSON, "user:7", "Jana Sommer", frozenset(), request_id="Abc123", auth="password")
    entry = record(
        Kind.DRAFT_EDITED, who=who, at=END, organization="acme", product="helper", target="Draft\nof today",
        after={"agents.spend_limit": 3}, data={"message": "Jana said \"tone.profanity\" in passing"},
    )  # fmt: skip
    found = words_of(entry.pk)
    assert {
        "o=", "k=profile.draft.edited", "r=done", "p=helper", "a=user:7", "b=agents.spend_limit", "q=Abc123",
        "m=2026-11", "d=2026-11-29", f"i={Entry.objects.get(pk=entry.pk).event_id}",
        "draft", "of", "today", "draft of", "of today", "agents", "agents spend", "spend limit",
    } <= found  # fmt: skip
    assert not {word for word in found if "jana" in word.lower() or "sommer" in word.lower()}
    assert "b=tone.profanity" not in found


@pytest.mark.parametrize(
    "target", ["", "x" * 5_000, "=", "a=b", "\\ ' | & ! ( ) : *", "Größe ÄÖ 名前", "\x07\t\n", "= = ="]
)
def test_any_target_can_be_recorded_and_its_words_found(target: str) -> None:
    who = Actor(ActorType.PERSON, "user:'7\\", "J", frozenset(), auth="password")
    entry = record(Kind.CHECK_REQUESTED, who=who, at=END, organization="o'\\", product="p'\\", target=target)
    assert find(Search(actor="user:'7\\", product="p'\\"), "o'\\", Place()).ids == [entry.pk]
    for word in target.split():
        expected = (
            [entry.pk] if any(letter.isalnum() for letter in word) and len(word) < 200 and "=" not in word else []
        )
        found = find(text(word), "o'\\", Place()).ids
        assert found == expected or not expected


# Days


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_days_begin_at_midnight_of_the_zone(zone: str) -> None:
    who = Actor(ActorType.PERSON, "user:7", "J", frozenset(), auth="password")
    midnight = datetime(2026, 5, 1, tzinfo=ZoneInfo(zone))
    made = [
        record(Kind.CHECK_REQUESTED, who=who, at=midnight + timedelta(microseconds=n), organization="acme").pk
        for n in (-1, 0)
    ]
    first = Search(until=date(2026, 4, 30), zone=ZoneInfo(zone))
    second = Search(since=date(2026, 5, 1), zone=ZoneInfo(zone))
    assert find(first, "acme", Place()).ids == [made[0]]
    assert find(second, "acme", Place()).ids == [made[1]]
