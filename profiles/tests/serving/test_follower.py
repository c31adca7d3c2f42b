"""The threads beside the requests: one hears of every change, also while it was looking, and one writes receipts."""

from __future__ import annotations

import time
from threading import Timer
from typing import Any

import psycopg
import pytest

from profiles.models import PublishedProfile, Receipt
from profiles.serving import process
from profiles.serving.follower import wait_for_call
from profiles.serving.receipts import Receipts
from profiles.serving.upkeep import Upkeep
from profiles.tests import cast as some
from profiles.tests.serving.web import new_key

pytestmark = pytest.mark.django_db(transaction=True)
LONG = 5.0  # seconds, which no call takes
CALL = "NOTIFY brightline_serving"


def waited(listens: object, seconds: float = LONG) -> float:
    begun = time.monotonic()
    wait_for_call(listens, seconds)  # type: ignore[arg-type]
    return time.monotonic() - begun


@pytest.mark.parametrize("together", [False, True])
def test_a_call_that_comes_with_the_answer_to_a_query_is_heard(together: bool) -> None:
    with process.connect() as listens, process.connect() as calls:
        listens.execute("LISTEN brightline_serving")
        for _n in range(5):
            Timer(0.1, lambda: calls.execute(CALL)).start()
            if together:
                with listens.pipeline():
                    listens.execute("SELECT 1")
                    listens.execute("SELECT pg_sleep(0.3)")
            else:
                listens.execute("SELECT pg_sleep(0.3)")
            assert waited(listens) < LONG / 2


def test_calls_are_heard_while_it_waits_and_without_any_it_looks_by_itself() -> None:
    with process.connect() as listens, process.connect() as calls:
        listens.execute("LISTEN brightline_serving")
        Timer(0.2, lambda: calls.execute(CALL)).start()
        assert 0.1 < waited(listens) < LONG / 2
        assert waited(listens, 0.3) >= 0.3


def test_many_calls_at_once_are_one() -> None:
    with process.connect() as listens, process.connect() as calls:
        listens.execute("LISTEN brightline_serving")
        for n in range(20):
            calls.execute(f"{CALL}, '{n}'")
        listens.execute("SELECT pg_sleep(0.2)")
        assert waited(listens) < LONG / 2
        assert waited(listens, 0.3) >= 0.3


def test_receipts_are_written_when_there_are_some_and_kept_while_nobody_takes_them() -> None:
    acme = some.make_cast()
    row, _text = new_key(acme)
    some.make_active(acme, safety__danger_caveats="off")
    published = PublishedProfile.objects.latest("pk")
    receipts, connections = Receipts(), []

    def connect() -> psycopg.Connection[Any]:
        connections.append(process.connect())
        return connections[-1]

    upkeep = Upkeep(receipts, connect)
    upkeep.look()
    assert connections == []  # without anything to write it holds no connection
    receipts.note(row.pk, published.pk, 200, time.time())
    upkeep.look()
    receipts.note(row.pk, published.pk, 304, time.time())
    connections[0].close()
    with pytest.raises(psycopg.OperationalError):
        upkeep.look()
    assert not receipts.is_empty()
    Upkeep(receipts, connect).look()
    counted = Receipt.objects.get(key=row, profile=published)
    assert (counted.fetched, counted.confirmed, len(connections)) == (1, 1, 2)
    connections[1].close()
