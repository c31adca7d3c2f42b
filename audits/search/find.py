"""Finding a page of entries in a trail of any length, in bounded steps. Newest first means by id.

1. What an index leads along alone (a kind, an actor, a product, or nothing) is read along it.
2. Anything else: the newest ``WALKED`` entries along that index are looked at. What is common is found here.
3. If they do not fill the page, the index of words is asked for up to ``MOST_HITS`` entries, in no order. If that is
   all there are, they are sorted, and everything about them is known.
4. If it is too much (or was too common in step 2 to be little, or is known to be common, since the index gathers all
   of it before it gives the first), the index is asked for one day, two days, four, and so on, until the page is full.
5. If it is only said what is not wanted, and nearly everything is that, no index helps: ``FAR`` entries are looked at,
   and the page says how far that was.

PostgreSQL is left no choice of how to read, since what it knows of how often something occurs says nothing about when,
and nothing about two things together. So every statement has one index that fits it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from audits.search.asked import Search
from audits.search.words import Query, Words, days, query_of

WALKED: Final = 1_000
COMMON: Final = 400  # one in so many
FAR: Final = 4_000
MOST_HITS: Final = 2_000
MOST_EXPECTED: Final = 4_000
MOST_COUNTED: Final = 5_000
_MOST_OF_A_DAY: Final = 100_000
_DAY: Final = timedelta(days=1)
_BIGGEST: Final = 2**63 - 1
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Hit(NamedTuple):
    id: int
    at: datetime
    refused: bool


@dataclass(frozen=True, slots=True)
class Total:
    """A count that stops somewhere; ``more`` says that it did."""

    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of a page, newest first, and whether there are more on either side. ``hits`` is all that the search
    finds, where that is known."""

    ids: list[int]
    newer: bool
    older: bool
    total: Total
    hits: tuple[Hit, ...] | None = None
    looked_to: int | None = None  # how far was looked, where that was not to the end: the page after begins there


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: older than ``before``, or just newer than ``after``, or at the newest entry."""

    before: int | None = None
    after: int | None = None
    size: int = 50

    @property
    def is_upward(self) -> bool:
        return self.after is not None


def find(search: Search, owner: str, place: Place) -> Found:
    """A page of what ``search`` finds in the trail of an organization (of the installation with an empty ``owner``)."""
    with transaction.atomic():
        _prepare()
        return _Finder(query_of(search, owner), search, place).found()


def _prepare() -> None:
    """For this transaction: an index is there for everything, and a bitmap of a million entries fits into memory."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('work_mem', '32MB', true)")


def rows_of(statement: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()


# An array of one value, and an order that begins with it: so only the index that begins with these columns will do.
_OF_TRAIL: Final = """
SELECT id, at, outcome = 'refused' AS refused, words FROM audits_entry
WHERE organization = ANY(ARRAY[%s]) AND id {than} %s ORDER BY organization {down}, id {up} LIMIT %s
"""
_OF_COLUMN: Final = """
SELECT found.* FROM unnest(%s::text[]) AS given(value), LATERAL (
    SELECT id, at, outcome = 'refused' AS refused, words FROM audits_entry
    WHERE organization = %s AND {column} = ANY(ARRAY[given.value]) AND id {than} %s
    ORDER BY {column} {down}, id {up} LIMIT %s
) found ORDER BY id {up} LIMIT %s
"""
_WALK: Final = """
WITH walked AS MATERIALIZED ({along})
SELECT id, at, refused, {match} FROM walked ORDER BY id {up}
"""
_HITS: Final = """
WITH hits AS MATERIALIZED (
    SELECT id, at, outcome = 'refused' AS refused FROM audits_entry
    WHERE words @@ %s::tsquery AND organization || '' = %s AND at + interval '0' >= %s AND at + interval '0' < %s
    AND id + 0 > %s AND id + 0 < %s AND id <> ALL(%s) LIMIT %s
)
SELECT id, at, refused FROM hits ORDER BY id DESC
"""
_MATCHING: Final = "SELECT FROM audits_entry WHERE words @@ %s::tsquery"
_COUNT: Final = "SELECT count(*) FROM (SELECT 1 FROM audits_entry WHERE organization = %s{condition} LIMIT %s) few"
_NEWEST_OF_DAYS: Final = """
SELECT id, at FROM audits_entry WHERE organization = ANY(%s) AND at >= %s AND at < %s
ORDER BY organization DESC, at DESC, id DESC LIMIT %s
"""
_OLDEST_OF_DAYS: Final = """
SELECT id, at FROM audits_entry WHERE organization = ANY(%s) AND at >= %s AND at < %s
ORDER BY organization, at, id LIMIT %s
"""
_ENDS: Final = """
SELECT (SELECT at FROM audits_entry WHERE organization = ANY(%s) ORDER BY organization, at, id LIMIT 1),
    (SELECT at FROM audits_entry WHERE organization = ANY(%s) ORDER BY organization DESC, at DESC, id DESC LIMIT 1)
"""
_AT: Final = "SELECT at FROM audits_entry WHERE id = %s"
_THESE: Final = """
SELECT id, at, outcome = 'refused', {match} FROM audits_entry WHERE id = ANY(%s) AND organization || '' = %s
ORDER BY id DESC
"""


class _Finder:
    def __init__(self, query: Query, search: Search, place: Place) -> None:
        self.query, self.place = query, place
        self.start, self.end = search.start or _FIRST, search.end or _LAST
        self.has_days = search.since is not None or search.until is not None
        self._is_common = self._is_looked_up = False
        self.bottom, self.top = 0, _BIGGEST  # between which the ids of these days are

    def found(self) -> Found:
        if self.start >= self.end or self.query.number == 0:
            return self._of_hits([])
        if self.query.number is not None:
            return self._of_hits(self._these([self.query.number]))
        few = self._of_days() if self.has_days else None
        if few is not None:
            return few
        if not self.query.rest and not self.has_days and not self.query.not_numbers:
            return self._along()
        return self._walk() or self._farther()

    def _farther(self) -> Found:
        if self.query.is_all_but:
            return self._far()
        if self._is_common or self._expected() > MOST_EXPECTED:
            return self._by_days()
        return self._look_up() or self._by_days()

    # Ways to find

    def _along(self) -> Found:
        """Nothing but the index: each entry on it is one that is looked for."""
        rows = self._read(self.place.size + 1, with_words=False)
        if self.place.is_upward and len(rows) < self.place.size:
            return self._newest()
        count = self._count()
        total = Total(min(count, MOST_COUNTED), count > MOST_COUNTED)
        known = None if count > self.place.size or self.place != Place(size=self.place.size) else tuple(rows)
        return self._cut([hit.id for hit in rows], total, known)

    def _count(self) -> int:
        column, values = self.query.column, [list(self.query.values)] if self.query.column else []
        statement = _COUNT.format(condition=f" AND {column} = ANY(%s)" if column else "")
        return int(rows_of(statement, self.query.owner, *values, MOST_COUNTED + 1)[0][0])

    def _walk(self) -> Found | None:
        """Among the nearest entries; None if they do not fill the page."""
        # What is of these days stands together, so there is nothing to look through.
        most = WALKED if self.query.rest else min(WALKED, 4 * self.place.size)
        rows = self._read(most, with_words=True)
        is_all = len(rows) < most
        hits = [hit for hit, matches in zip(rows, self._matched, strict=True) if matches and self._fits(hit)]
        if is_all and self.place == Place(size=self.place.size) and self.top == _BIGGEST:
            return self._of_hits(hits)
        if len(hits) <= self.place.size:
            # So much of it among the nearest ones of all is thousands in all, which the index need not be asked for.
            self._is_common = not is_all and not self.query.column and len(hits) * COMMON >= most
            return None
        return self._cut([hit.id for hit in hits], Total(_rounded(len(hits)), more=True))

    def _far(self) -> Found:
        """Where only is said what is not wanted, and nearly everything is that: as far as a reader waits."""
        rows = self._read(FAR, with_words=True)
        hits = [hit for hit, matches in zip(rows, self._matched, strict=True) if matches and self._fits(hit)]
        if len(rows) < FAR and self.place == Place(size=self.place.size) and self.top == _BIGGEST:
            return self._of_hits(hits)
        found = self._cut([hit.id for hit in hits], Total(len(hits), more=True))
        is_end = len(rows) < FAR or len(hits) > self.place.size
        return found if is_end else replace(found, looked_to=rows[-1].id)

    def _expected(self) -> int:
        """How many entries PostgreSQL believes to match: of what is rare it knows nothing, but of what is common."""
        plan = rows_of(f"EXPLAIN (FORMAT JSON) {_MATCHING}", self.query.whole)[0][0]
        return int(plan[0]["Plan"]["Plan Rows"])

    def _look_up(self) -> Found | None:
        """Everything that matches; None if that is too much."""
        self._is_looked_up = True
        hits = self._hits(self.start, self.end, MOST_HITS + 1)
        return None if len(hits) > MOST_HITS else self._of_hits(hits)

    def _by_days(self) -> Found:
        """Away from where the page begins in steps that grow, until it is full. The last one looks a day further, since
        ids are given a little before or after the times of entries."""
        hits: list[Hit] = []
        for first, last in self._steps():
            hits += self._of_step(first, last)
            if len(hits) > self.place.size:
                beyond = last + _DAY if self.place.is_upward else first - _DAY
                hits += self._between(beyond, beyond, _MOST_OF_A_DAY)
                break
        else:
            few = None if self._is_common or self._is_looked_up else self._look_up()
            if few is not None:
                return few
            if self.place.is_upward:
                return self._newest()
        ids = sorted({hit.id for hit in hits}, reverse=not self.place.is_upward)
        return self._cut(ids, Total(MOST_HITS if self._is_looked_up else _rounded(len(ids)), more=True))

    def _newest(self) -> Found:
        """Near the newest end: the newest page, filled."""
        self.place = Place(size=self.place.size)
        return self.found()

    # Steps

    def _of_days(self) -> Found | None:
        """If the days that are asked for hold few entries, those of them that match. Else where to begin: an id is no
        clock, but no entry is older than thousands of those with smaller ids."""
        is_all = not self.query.column and not self.query.rest
        most = MOST_HITS if is_all else WALKED
        rows = rows_of(_NEWEST_OF_DAYS, [self.query.owner], self.start, self.end, most + 1)
        ids = sorted((row[0] for row in rows), reverse=True)
        if len(ids) > most:
            self.top = ids[0] + 1
            return None if self.place == Place(size=self.place.size) else self._outside(most)
        if is_all and not self.query.not_numbers:
            return self._of_ids(ids)
        return self._of_hits(self._these(ids))

    def _outside(self, most: int) -> Found | None:
        """What a page shows that begins beyond these days; None if it begins among them."""
        oldest = rows_of(_OLDEST_OF_DAYS, [self.query.owner], self.start, self.end, most)
        self.bottom = min(row[0] for row in oldest) - 1
        if self.place.before is not None and self.place.before <= self.bottom + 1:
            return self._cut([], Total(0, more=True))
        if self.place.after is not None and self.place.after >= self.top - 1:
            return self._newest()
        return None

    def _these(self, ids: list[int]) -> list[Hit]:
        match, given = self._match(self.query.whole)
        rows = rows_of(_THESE.format(match=match), *given, ids, self.query.owner)
        return [hit for *hit_row, ok in rows if ok and self._fits(hit := Hit(*hit_row))]

    def _fits(self, hit: Hit) -> bool:
        return self.start <= hit.at < self.end and hit.id not in self.query.not_numbers

    def _read(self, most: int, *, with_words: bool) -> list[Hit]:
        """The nearest entries along the index, and in ``_matched`` which of them match the rest."""
        up = self.place.is_upward
        edge = max(self.bottom, self.place.after or 0) if up else min(self.top, self.place.before or _BIGGEST)
        words: dict[str, str] = {
            "than": ">" if up else "<",
            "up": "ASC" if up else "DESC",
            "down": "DESC" if up else "ASC",
        }
        if self.query.column:
            along = _OF_COLUMN.format(column=self.query.column, **words)
            values = [list(self.query.values), self.query.owner, edge, most, most]
        else:
            along, values = _OF_TRAIL.format(**words), [self.query.owner, edge, most]
        match, given = self._match(self.query.rest if with_words else "")
        rows = rows_of(_WALK.format(along=along, match=match, up=words["up"]), *values, *given)
        self._matched = [bool(row[3]) for row in rows]
        return [Hit(*row[:3]) for row in rows]

    def _match(self, query: str) -> tuple[str, list[Any]]:
        return ("words @@ %s::tsquery", [query]) if query else ("true", [])

    def _between(self, first: date, last: date, most: int) -> list[Hit]:
        """What the index of words finds of these days in UTC, beyond where the page begins."""
        start = datetime.combine(first, time.min, UTC)
        end = datetime.combine(last, time.min, UTC) + _DAY
        return self._hits(max(start, self.start), min(end, self.end), most, self.place)

    def _hits(self, start: datetime, end: datetime, most: int, beyond: Place | None = None) -> list[Hit]:
        """What the index of words finds of these times; ``beyond`` a place only, if one is given."""
        above = beyond.after if beyond and beyond.after is not None else 0
        below = beyond.before if beyond and beyond.before is not None else _BIGGEST
        whole = self.query.whole
        if (start, end) != (_FIRST, _LAST):
            whole += f" & {days(Words(self.query.owner), *self._within(start, end))}"
        rows = rows_of(_HITS, whole, self.query.owner, start, end, above, below, list(self.query.not_numbers), most)
        return [Hit(*row) for row in rows]

    # Days

    def _within(self, start: datetime, end: datetime) -> tuple[date, date]:
        """The days in UTC of these times, as far as the trail has any."""
        first, last = self._ends
        return max(first, start.astimezone(UTC).date()), min(last, end.astimezone(UTC).date())

    @cached_property
    def _ends(self) -> tuple[date, date]:
        """The first and the last day of the trail."""
        first, last = rows_of(_ENDS, [self.query.owner], [self.query.owner])[0]
        return first.astimezone(UTC).date(), last.astimezone(UTC).date()

    def _steps(self) -> Iterator[tuple[date, date]]:
        """One day, two, four, and so on, away from where the page begins."""
        first, last = self._within(self.start, self.end)
        edge = self.place.after if self.place.is_upward else self.place.before
        at = rows_of(_AT, edge) if edge is not None else []
        day = at[0][0].astimezone(UTC).date() if at else None
        width = timedelta(days=1)
        if self.place.is_upward:
            first = max(first, day - _DAY) if day else first
            while first <= last:
                yield first, min(first + width - _DAY, last)
                first, width = first + width, 2 * width
        else:
            last = min(last, day + _DAY) if day else last
            while first <= last:
                yield max(last - width + _DAY, first), last
                last, width = last - width, 2 * width

    def _of_step(self, first: date, last: date) -> list[Hit]:
        """All that matches in these days, or if that is much, in enough of those nearest to where the page begins."""
        most = MOST_HITS if first < last else _MOST_OF_A_DAY
        hits = self._between(first, last, most + 1)
        if len(hits) <= most:
            return hits
        middle = first + (last - first) // 2
        halves = [(first, middle), (middle + _DAY, last)]
        hits = []
        for near in halves if self.place.is_upward else reversed(halves):
            hits += self._of_step(*near)
            if len(hits) > self.place.size:
                beyond = near[1] + _DAY if self.place.is_upward else near[0] - _DAY
                return hits + self._between(beyond, beyond, _MOST_OF_A_DAY)
        return hits

    # Pages

    def _of_hits(self, hits: list[Hit]) -> Found:
        """Of all that there is."""
        return replace(self._of_ids([hit.id for hit in hits]), hits=tuple(hits))

    def _of_ids(self, ids: list[int]) -> Found:
        total = Total(len(ids), more=False)
        if self.place.is_upward:
            upward = [pk for pk in reversed(ids) if pk > (self.place.after or 0)]
            if len(upward) >= self.place.size:
                return self._cut(upward, total)
            self.place = Place(size=self.place.size)  # near the newest end: the newest page, filled
        before = self.place.before
        return self._cut(ids if before is None else [pk for pk in ids if pk < before], total)

    def _cut(self, ids: list[int], total: Total, hits: tuple[Hit, ...] | None = None) -> Found:
        """A page from ids in the direction of reading, of which one more than fits says that there are more."""
        page, more = ids[: self.place.size], len(ids) > self.place.size
        if self.place.is_upward:
            return Found(page[::-1], newer=more, older=True, total=total, hits=hits)
        return Found(page, newer=self.place.before is not None, older=more, total=total, hits=hits)


def _rounded(count: int) -> int:
    """Down to a round number, as what is only known to be more is told."""
    step = 10 ** max(len(str(count)) - 1, 1)
    return max(count // step * step, 1)
