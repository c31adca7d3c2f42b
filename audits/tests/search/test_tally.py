"""Charts: the same numbers whether they were counted by the sequencer, or wait to be, or both."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from audits.ledger.sequence import place
from audits.models import Entry
from audits.search import tally
from audits.search.asked import Search, Term
from audits.search.words import Counted, query_of
from config.bench_entries import make

pytestmark = pytest.mark.django_db
NUMBER = 1_500
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 20)
COLUMNS = {"k": "kind", "a": "actor_id", "p": "product", "r": "outcome"}


@pytest.fixture(autouse=True)
def trail() -> None:
    """Some weeks of entries."""
    start = datetime(2026, 9, 25, tzinfo=UTC)
    given = {"first": start, "step": timedelta(days=30) / NUMBER, "huge": "huge", "most": 0.9}
    connection.ensure_connection()
    make(connection.connection, range(1, NUMBER + 1), 1, given)


def by_hand(what: Counted, zone: ZoneInfo) -> dict[date, tuple[int, int]]:
    rows = Entry.objects.filter(organization="huge")
    if what.facet:
        rows = rows.filter(**{f"{COLUMNS[what.facet]}__in": what.values})
    every: Counter[date] = Counter()
    refused: Counter[date] = Counter()
    for at, outcome in rows.values_list("at", "outcome"):
        day = at.astimezone(zone).date()
        if FIRST <= day <= LAST:
            every[day] += 1
            refused[day] += outcome == "refused"
    return {day: (count, refused[day]) for day, count in every.items()}


@pytest.mark.parametrize("placed", [0, 700, NUMBER])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "what",
    [
        Counted(),
        Counted("k", ("check.finished",)),
        Counted("k", ("check.finished", "check.requested")),
        Counted("a", ("user:1",)),
        Counted("p", ("product-1",)),
        Counted("r", ("refused",)),
        Counted("k", ()),
    ],
)
def test_days_are_counted_right(what: Counted, zone: str, placed: int) -> None:
    if placed:
        assert place(now=timezone.now(), most=placed) == placed
    found = tally.per_day("huge", what, FIRST, LAST, ZoneInfo(zone))
    assert found == by_hand(what, ZoneInfo(zone))


def test_where_too_many_wait_for_their_places_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_WAITING", 100)
    assert tally.per_day("huge", Counted(), FIRST, LAST, ZoneInfo("UTC")) is None
    place(now=timezone.now())
    assert tally.per_day("huge", Counted(), FIRST, LAST, ZoneInfo("UTC"))


def test_one_condition_can_be_counted_beforehand_and_two_cannot() -> None:
    refused = Term("outcome", "refused", values=("refused",))
    checks = Term("action", "check", negated=True, values=("check.finished",))
    assert query_of(Search(), "huge").counted == Counted()
    assert query_of(Search(kind="check.finished"), "huge").counted == Counted("k", ("check.finished",))
    assert query_of(Search((refused,)), "huge").counted == Counted("r", ("refused",))
    others = query_of(Search((checks,)), "huge").counted
    assert others is not None
    assert "check.requested" in others.values
    assert "check.finished" not in others.values
    for search in (
        Search((refused,), kind="check.finished"),
        Search((Term("text", "version"),)),
        Search((Term("text", "#7"),)),
        Search((Term("behavior", "x", values=("content.explicit",)),)),
    ):
        assert query_of(search, "huge").counted is None
