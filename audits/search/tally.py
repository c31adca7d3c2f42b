"""Counting a trail by the hour, so that a chart of a million entries is drawn from some hundred rows.

The sequencer counts an entry in the transaction that gives it its place: once, and without making writers wait for each
other at a row that all of them change. What waits for its place is counted when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from django.db import connection

from audits.models import Tally
from audits.search.asked import midnight
from audits.search.find import Hit, rows_of
from audits.search.words import Counted

MOST_WAITING: Final = 5_000
Days = dict[date, tuple[int, int]]
_HOUR: Final = timedelta(hours=1)
_COLUMNS: Final = {"k": "kind", "a": "actor_id", "p": "product", "r": "outcome"}
_COUNT: Final = """
INSERT INTO audits_tally (organization, facet, value, hour, count, refused)
SELECT e.organization, f.facet, f.value, date_trunc('hour', e.at, 'UTC'), count(*),
    count(*) FILTER (WHERE e.outcome = 'refused')
FROM audits_entry e,
    LATERAL (VALUES ('', ''), ('k', e.kind), ('a', e.actor_id), ('p', e.product), ('r', e.outcome)) f(facet, value)
WHERE e.id = ANY(%s) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (organization, facet, value, hour)
DO UPDATE SET count = audits_tally.count + excluded.count, refused = audits_tally.refused + excluded.refused
"""
# The oldest entry that stays when those at these places of a log go.
_OLDEST: Final = """
SELECT e.at FROM audits_entry e WHERE e.organization = %s AND NOT EXISTS (
    SELECT FROM audits_leaf l WHERE l.entry_id = e.id AND l.log_id = %s AND l.index >= %s AND l.index < %s
) ORDER BY e.organization, e.at, e.id LIMIT 1
"""
# In the order of the key, as counting does it, so that two who count at once wait and never meet.
_TAKE_OFF: Final = """
WITH gone AS MATERIALIZED (
    SELECT e.organization, f.facet, f.value, date_trunc('hour', e.at, 'UTC') AS hour, count(*) AS count,
        count(*) FILTER (WHERE e.outcome = 'refused') AS refused
    FROM audits_leaf l JOIN audits_entry e ON e.id = l.entry_id,
        LATERAL (VALUES ('', ''), ('k', e.kind), ('a', e.actor_id), ('p', e.product), ('r', e.outcome)) f(facet, value)
    WHERE l.log_id = %s AND l.index >= %s AND l.index < %s AND e.at >= %s GROUP BY 1, 2, 3, 4
), locked AS MATERIALIZED (
    SELECT t.id, g.count, g.refused FROM audits_tally t JOIN gone g USING (organization, facet, value, hour)
    ORDER BY t.organization, t.facet, t.value, t.hour FOR UPDATE OF t
)
UPDATE audits_tally t SET count = t.count - locked.count, refused = t.refused - locked.refused
FROM locked WHERE t.id = locked.id RETURNING CASE WHEN t.count = 0 THEN t.id END
"""
_HOURS: Final = """
SELECT hour, sum(count)::bigint, sum(refused)::bigint FROM audits_tally
WHERE organization = %s AND facet = %s AND value = ANY(%s) AND hour > %s AND hour < %s GROUP BY hour
"""
# Entry by entry, whatever the planner thinks of a table that fills and empties (LIMIT says so): after a long wait it
# would read the whole trail.
_WAITING: Final = """
SELECT e.id, e.at, e.outcome = 'refused' FROM audits_unplaced u CROSS JOIN LATERAL (
    SELECT id, at, outcome, organization, kind, actor_id, product FROM audits_entry WHERE id = u.entry_id LIMIT 1
) e
WHERE e.organization = %s AND {condition} AND e.at >= %s AND e.at < %s LIMIT %s
"""
# Hours in which a day of the zone begins, in zones that are not whole hours away from UTC.
_WITHIN: Final = """
SELECT e.id, e.at, e.outcome = 'refused' FROM unnest(%s::timestamptz[]) AS hours(hour), LATERAL (
    SELECT id, at, outcome FROM audits_entry a WHERE a.organization = %s AND {condition}
    AND a.at >= hours.hour AND a.at < hours.hour + interval '1 hour' AND a.at >= %s AND a.at < %s
    AND NOT EXISTS (SELECT FROM audits_unplaced u WHERE u.entry_id = a.id)
) e
"""


def count(entries: Sequence[int]) -> None:
    """Count these entries, which got their places in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(entries)])


def take_off(owner: str, log_id: int, start: int, end: int) -> None:
    """Take the entries at these places of a log out of the counts, before they go. Hours in which nothing stays go as a
    whole; the others, where old and younger entries meet, are counted down."""
    oldest = rows_of(_OLDEST, owner, log_id, start, end)
    hour = oldest[0][0].replace(minute=0, second=0, microsecond=0) if oldest else datetime.max.replace(tzinfo=UTC)
    Tally.objects.filter(organization=owner, hour__lt=hour).delete()
    empty = [pk for (pk,) in rows_of(_TAKE_OFF, log_id, start, end, hour) if pk is not None]
    Tally.objects.filter(pk__in=empty).delete()


def per_day(owner: str, what: Counted, first: date, last: date, zone: tzinfo) -> Days | None:
    """How many entries, and how many of them refusals, on each day of a zone that has any; None if too many wait for
    their places to say."""
    start, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    condition = f"{_COLUMNS[what.facet]} = ANY(%s)" if what.facet else "%s::text[] IS NOT NULL"
    values = list(what.values)
    waiting = rows_of(_WAITING.format(condition=condition), owner, values, start, end, MOST_WAITING + 1)
    if len(waiting) > MOST_WAITING:
        return None
    days = of_hits([Hit(*row) for row in waiting], zone)
    split = []
    for hour, number, refused in rows_of(_HOURS, owner, what.facet, values, start - _HOUR, end):
        day = hour.astimezone(zone).date()
        if day == (hour + _HOUR - timedelta(microseconds=1)).astimezone(zone).date():
            _add(days, day, number, refused)
        else:
            split.append(hour)
    if split:
        within = rows_of(_WITHIN.format(condition=condition), split, owner, values, start, end)
        _merge(days, of_hits([Hit(*row) for row in within], zone))
    return days


def of_hits(hits: Iterable[Hit], zone: tzinfo) -> Days:
    """The same of entries that are known one by one."""
    days: Days = {}
    for hit in hits:
        _add(days, hit.at.astimezone(zone).date(), 1, int(hit.refused))
    return days


def _merge(days: Days, more: Days) -> None:
    for day, (number, refused) in more.items():
        _add(days, day, number, refused)


def _add(days: Days, day: date, number: int, refused: int) -> None:
    had, had_refused = days.get(day, (0, 0))
    days[day] = (had + number, had_refused + refused)
