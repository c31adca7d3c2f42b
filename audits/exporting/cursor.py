"""A result of any size that is read in pieces: PostgreSQL holds it, and this process never more than one piece.

The cursor outlives the transaction that opened it, so nothing stays open while a slow reader reads, and how many rows
it has is known before the first of them is read.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final, Protocol

import psycopg
from django.conf import settings
from django.db import connection
from django.db.models import Max, QuerySet

PIECE: Final = 500  # rows


class Held(Protocol):
    count: int

    def pieces(self) -> Iterator[list[Any]]: ...
    def close(self) -> None: ...


def hold(rows: QuerySet[Any]) -> Held:
    """Rows in the order of their ids, as they are now. Inside of a transaction, which it needs."""
    rows = rows.order_by("pk")
    return _Paged(rows) if settings.BEHIND_POOLER else _Cursor(rows)


class _Cursor:
    def __init__(self, rows: QuerySet[Any]) -> None:
        self._name = f"held_{uuid.uuid4().hex}"
        self._model, self._fields = rows.model, [field.attname for field in rows.model._meta.concrete_fields]
        with connection.cursor() as cursor:
            # A cursor cannot be declared with parameters apart from its text.
            text = psycopg.ClientCursor(connection.connection).mogrify(*_sql_of(rows))
            cursor.execute(f"DECLARE {self._name} SCROLL CURSOR WITH HOLD FOR {text}")
            cursor.execute(f"MOVE FORWARD ALL IN {self._name}")
            self.count = cursor.rowcount
            cursor.execute(f"MOVE ABSOLUTE 0 IN {self._name}")

    def pieces(self) -> Iterator[list[Any]]:
        while True:
            with connection.cursor() as cursor:
                cursor.execute(f"FETCH FORWARD {PIECE} FROM {self._name}")
                found = cursor.fetchall()
            if not found:
                return
            yield [self._model.from_db("default", self._fields, row) for row in found]

    def close(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"CLOSE {self._name}")


class _Paged:
    """Behind a pooler each transaction may have another connection, and no cursor outlives one. What commits late with
    a lower id may come in between, so this may find more than it counted."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        newest = rows.aggregate(newest=Max("pk"))["newest"]
        self._rows = rows.filter(pk__lte=newest or 0)
        self.count = self._rows.count()

    def pieces(self) -> Iterator[list[Any]]:
        after = 0
        while found := list(self._rows.filter(pk__gt=after)[:PIECE]):
            yield found
            after = found[-1].pk

    def close(self) -> None:
        pass


def _sql_of(rows: QuerySet[Any]) -> tuple[Any, Any]:
    names = [field.attname for field in rows.model._meta.concrete_fields]
    return rows.values_list(*names).query.sql_with_params()
