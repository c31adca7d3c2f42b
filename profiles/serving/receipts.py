"""Which key got which published profile: counted in memory, and added to the database every few seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

# A key or a row that is gone by now is left out.
_ADD = """
INSERT INTO profiles_receipt AS known (key_id, profile_id, first_at, last_at, fetched, confirmed)
SELECT told.* FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[])
    AS told (key_id, profile_id, first_at, last_at, fetched, confirmed)
    JOIN profiles_apikey key ON key.id = told.key_id
    JOIN profiles_publishedprofile profile ON profile.id = told.profile_id
ORDER BY told.key_id, told.profile_id
ON CONFLICT (key_id, profile_id) DO UPDATE SET
    first_at = LEAST(known.first_at, excluded.first_at),
    last_at = GREATEST(known.last_at, excluded.last_at),
    fetched = known.fetched + excluded.fetched,
    confirmed = known.confirmed + excluded.confirmed
"""

Counted = list[float]  # first and last time in seconds since the epoch, whole answers, confirmations


class Receipts:
    """Losing some is harmless; counting costs a request no more than a look into a dictionary."""

    def __init__(self) -> None:
        self._counted: dict[tuple[int, int], Counted] = {}

    def note(self, key: int, row: int, status: int, now: float) -> None:
        counted = self._counted.get((key, row))
        if counted is None:
            counted = self._counted.setdefault((key, row), [now, now, 0, 0])
        counted[1] = now
        counted[2 if status == 200 else 3] += 1

    def is_empty(self) -> bool:
        return not self._counted

    def flush(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        """Write what was counted since the last time; returns how many rows. What cannot be written is kept."""
        counted, self._counted = self._counted, {}
        if not counted:
            return 0
        try:
            connection.execute(_ADD, _columns(counted))
        except psycopg.Error:
            self._take_back(counted)
            raise
        return len(counted)

    def _take_back(self, counted: dict[tuple[int, int], Counted]) -> None:
        for pair, (first, last, fetched, confirmed) in counted.items():
            now = self._counted.setdefault(pair, [first, last, 0, 0])
            now[0] = min(now[0], first)
            now[2] += fetched
            now[3] += confirmed


def _columns(counted: dict[tuple[int, int], Counted]) -> tuple[list[object], ...]:
    pairs = sorted(counted)  # in one order everywhere, so that two processes do not wait for each other in a circle
    rows = [
        (key, row, _instant(counted[key, row][0]), _instant(counted[key, row][1]), *map(int, counted[key, row][2:]))
        for key, row in pairs
    ]
    return tuple(list(column) for column in zip(*rows, strict=True))


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
