"""Two processes that send to one bucket, and kill -9 again and again: every entry once, each batch under one name."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audits.ledger.sequence import place
from audits.models import Batch, Destination, Leaf, Log
from audits.tests.exporting.bucket import ACCESS_KEY, REGION, SECRET_KEY, storing
from audits.trail.kinds import Kind
from audits.trail.record import entry_of, record_all
from config.processes import until
from profiles.actions import destinations as actions
from profiles.actions.destinations import Place
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 12
# What a worker does when it is told to, over and over; batches are small, so that many are under way.
SENDER = """
import django; django.setup()
import sys, time
from django.utils import timezone
from audits.exporting import pushing
pushing.MOST = 7
while True:
    pushing.push(int(sys.argv[1]), now=timezone.now())
    time.sleep(0.01)
"""


def sender(row: Destination) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen([sys.executable, "-c", SENDER, str(row.pk)], cwd=settings.BASE_DIR, env=environ)


def test_every_entry_once_however_often_senders_are_killed() -> None:
    acme, chance = some.make_cast(), random.Random(12)
    told: dict[str, Any] = {"who": SYSTEM, "at": timezone.now(), "organization": "acme"}
    by: Any = {"by": acme.actor("administrator"), "now": timezone.now() - timedelta(minutes=1)}
    with storing() as bucket:
        typed = Place(bucket.url, "jsonl", "trails", "", REGION, ACCESS_KEY, SECRET_KEY)
        row, _secret = actions.create_destination(acme.organization, kind="bucket", place=typed, **by)
        running = [sender(row) for _n in range(2)]
        try:
            for _kill in range(KILLS):
                leaves = [entry_of(Kind.CHECK_REQUESTED, **told, target=f"{n}") for n in range(60)]
                record_all(Kind.CHECK_REQUESTED, leaves)
                place(now=timezone.now())
                puts = len(bucket.puts)
                assert until(lambda puts=puts: len(bucket.puts) > puts, seconds=60)  # type: ignore[misc]
                Event().wait(chance.random() / 20)
                at = chance.randrange(2)
                running[at].kill()
                running[at].wait()
                running[at] = sender(row)
            size = Log.objects.get(organization="acme").size
            assert until(lambda: Destination.objects.get(pk=row.pk).position == size, seconds=60)
        finally:
            for each in running:
                each.kill()
                each.wait()
    expected = Leaf.objects.filter(log__organization="acme").order_by("index").values_list("entry_id", flat=True)
    assert bucket.numbers() == list(expected)
    assert len(bucket.objects) == Batch.objects.count() > 90
    assert not bucket.refused
