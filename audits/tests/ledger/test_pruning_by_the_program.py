"""As the role that the program runs as, in connections of its own: what it may prune, what it may not, whoever comes at
the same moment, and what a worker leaves that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audits.ledger import pruning, roles
from audits.ledger.verification import examine
from audits.models import Entry, LegalHold, Log, Pruning
from audits.tests.ledger.old import happened, keep_for
from audits.tests.ledger.test_sequence import log, place_all
from audits.trail.kinds import Kind
from audits.trail.record import record
from config.tests import support
from profiles.actions.erasure import erase_of_person
from profiles.actions.retention import place_legal_hold
from profiles.errors import WrongState
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db(transaction=True)
PRUNE = "SELECT prune_log(%s, %s, %s)"


@pytest.fixture
def cast() -> Cast:
    place_all()
    happened("acme", 1_100, days=365)
    place_all()
    made = some.make_cast("acme")
    place_all()
    keep_for("acme", 6)
    return made


@pytest.fixture
def dsn(cast: Cast) -> str:
    roles.settle()
    return psycopg.conninfo.make_conninfo(support.dsn(connection), user=roles.PROGRAM)


@pytest.fixture
def program(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn) as own:
        yield own


def told(end: int, start: int = 0) -> int:
    data = {"start": start, "end": end}
    return record(Kind.LOG_PRUNED, who=SYSTEM, at=timezone.now(), organization="acme", data=data).pk


def refused(program: psycopg.Connection, *statements: str) -> None:
    """Each by itself; whatever came before it in its transaction is undone."""
    for statement in statements:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError)):
            program.execute(statement)
        program.rollback()


def test_it_deletes_nothing_by_itself(program: psycopg.Connection) -> None:
    refused(
        program,
        "DELETE FROM audits_entry WHERE at < now() - interval '11 months'",
        "DELETE FROM audits_disclosure",
        "UPDATE audits_log SET minimum = 256",
        "ALTER TABLE audits_entry DISABLE TRIGGER append_only_rows",
        "CREATE OR REPLACE FUNCTION may_prune() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET ROLE brightline_owner",
        'INSERT INTO audits_pruning (log_id, start, "end", months, at, entry_id) VALUES (1, 0, 256, 6, now(), 1)',
    )


def test_it_prunes_by_the_one_function_and_deletes_nothing_more_then(program: psycopg.Connection) -> None:
    found, entry = log("acme"), told(512)
    program.execute("SELECT set_config('brightline.recorded', pg_current_xact_id()::text, true)")
    assert program.execute(PRUNE, [found.pk, 512, entry]).fetchone() == (512,)
    program.commit()
    assert log("acme").minimum == 512
    refused(program, "DELETE FROM audits_entry", "DELETE FROM audits_disclosure", "DELETE FROM audits_pruning")
    assert pruning.prune(log("acme"), now=timezone.now()) == 512
    place_all()
    assert examine(log("acme")).finding is None


def test_a_pruning_without_an_entry_in_its_transaction_is_undone(program: psycopg.Connection) -> None:
    program.execute(PRUNE, [log("acme").pk, 512, told(512)])
    with pytest.raises(psycopg.errors.IntegrityError, match="without an entry"):
        program.commit()
    assert log("acme").minimum == 0


@pytest.mark.parametrize(
    "trick",
    [
        "CREATE TEMPORARY TABLE audits_legalhold (LIKE public.audits_legalhold)",
        "CREATE TEMPORARY TABLE audits_entry AS SELECT * FROM public.audits_entry",
        "SET LOCAL search_path = pg_temp",
        "CREATE FUNCTION pg_temp.under_legal_hold(slug text) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
    ],
)
def test_no_trick_gets_round_a_legal_hold(cast: Cast, program: psycopg.Connection, trick: str) -> None:
    place_legal_hold(cast.organization, reference="7", reason="R.", by=cast.actor("compliance"), now=timezone.now())
    entry = told(512)
    program.execute(trick)
    with pytest.raises(psycopg.errors.IntegrityError, match="legal hold"):
        program.execute("SELECT public.prune_log(%s, %s, %s)", [log("acme").pk, 512, entry])
    program.rollback()


def test_an_old_snapshot_does_not_hide_a_legal_hold(cast: Cast, program: psycopg.Connection) -> None:
    entry = told(512)
    program.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    program.execute("SELECT count(*) FROM audits_legalhold")
    place_legal_hold(cast.organization, reference="7", reason="R.", by=cast.actor("compliance"), now=timezone.now())
    with pytest.raises(psycopg.errors.IntegrityError, match="committed by now"):
        program.execute(PRUNE, [log("acme").pk, 512, entry])
    program.rollback()


def test_a_retention_cannot_be_dated_back(program: psycopg.Connection) -> None:
    refused(
        program,
        "UPDATE audits_retention SET set_at = now() - interval '8 days', months = 7",
        "UPDATE audits_retention SET months = 1",
        "INSERT INTO audits_retention (months, set_at, set_by, set_by_id) VALUES (6, '2020-01-01', 'x', 'x')",
    )


def at_once(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Both in threads of their own; ``second`` begins while ``first`` holds the lock of the trail open."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in (pool.submit(run, first), pool.submit(run, second))]


def test_whoever_places_a_legal_hold_comes_before_or_after_a_pruning(cast: Cast) -> None:
    pruned, looked = Event(), Event()

    def prune_slowly() -> int:
        with transaction.atomic():
            count = pruning.prune(log("acme"), now=timezone.now())
            pruned.set()
            looked.wait(1)
            assert not LegalHold.objects.exists()
            return count

    def hold() -> None:
        pruned.wait(5)
        place_legal_hold(cast.organization, reference="7", reason="R.", by=cast.actor("compliance"), now=timezone.now())
        looked.set()

    count, _held = at_once(prune_slowly, hold)
    assert count == 1_024
    happened("acme", 300, days=365)
    place_all()
    assert LegalHold.objects.count() == 1
    assert pruning.prune_nightly(now=timezone.now()) == 0


def test_nothing_is_erased_once_a_legal_hold_stands(cast: Cast, program: psycopg.Connection) -> None:
    by, now = cast.actor("administrator"), timezone.now()
    place_legal_hold(cast.organization, reference="4 O 17/26", reason="R.", by=by, now=now)
    with pytest.raises(WrongState, match="4 O 17/26"):
        erase_of_person(cast.organization, actor_id=by.id, texts=True, reason="Asked to.", by=by, now=now)
    erased = record(Kind.PERSONAL_DATA_ERASED, who=SYSTEM, at=now, organization="acme").pk
    with pytest.raises(psycopg.errors.IntegrityError, match="nothing is erased under a legal hold"):
        program.execute("UPDATE audits_disclosure SET text = NULL, erased_by = %s", [erased])
    program.rollback()


def test_two_at_once_prune_each_entry_once(cast: Cast) -> None:
    found = at_once(*[lambda: pruning.prune(log("acme"), now=timezone.now())] * 2)
    assert sorted(found) == [0, 1_024]  # type: ignore[type-var]
    assert Pruning.objects.count() == 1 == Entry.objects.filter(kind=Kind.LOG_PRUNED).count()


def worker() -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=settings.BASE_DIR, env=environ, stdout=subprocess.PIPE)


WORK = """
import django; django.setup()
from django.utils import timezone
from audits.ledger import pruning
pruning.MOST_AT_ONCE = 256
print("ready", flush=True)
pruning.prune_nightly(now=timezone.now())
"""


def test_a_worker_that_is_killed_leaves_all_or_nothing_of_each_pruning(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "MOST_AT_ONCE", 256)
    size = log("acme").size
    for delay in (0.0, 0.05, 0.1, 0.15):
        one = worker()
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
        time.sleep(delay)
        one.send_signal(signal.SIGKILL)
        one.wait()
        one.stdout.close()
        found = Log.objects.get(organization="acme")
        left = Entry.objects.filter(placed__log=found, placed__index__lt=size).count()
        assert left == size - found.minimum
        assert Pruning.objects.count() == found.minimum // 256 == Entry.objects.filter(kind=Kind.LOG_PRUNED).count()
    pruning.prune_nightly(now=timezone.now())
    place_all()
    assert log("acme").minimum == 1_024
    assert examine(log("acme")).finding is None
