"""`make run` as its users meet it: processes that are killed, ports that are taken, and what is left afterwards.

One program serves all tests of this module, in order; each leaves it healthy.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from config import embedded, places
from config.processes import Identity, until
from config.supervisor import next_port
from config.tests import support
from config.tests.support import Program

pytestmark = pytest.mark.xdist_group("supervisor")


@pytest.fixture(scope="module")
def own_program() -> Iterator[Program]:
    """A program that these tests may hurt, unlike the `program` that others share."""
    with support.running_program() as program:
        yield program


def sql(program: Program, statement: str) -> list[tuple[object, ...]]:
    """Run a statement in the program's own database."""
    dsn = embedded.dsn(places.socket_folder(program.var), "brightline")
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def kill(process: Identity) -> None:
    """Kill a process as a power cut would, and wait until it is gone."""
    os.kill(process.pid, signal.SIGKILL)
    assert until(lambda: not process.alive(), seconds=5)


def send_task(program: Program) -> str:
    """Send a task as any other process would; its id."""
    code = "from config import celery_app; print(celery_app.send_task('audits.tasks.sweep_checks').id)"
    done = support.run_manage("shell", "--no-imports", "--command", code, var=program.var)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def is_replaced(program: Program, name: str, old: Identity) -> bool:
    """Whether another process runs under the name of a dead one."""
    new = Identity.read(program.var / "run" / f"{name}.pid")
    return new is not None and new != old and new.alive()


def start_in_vain(program: Program) -> str:
    """Start a program that must refuse; its only line."""
    assert program.process.wait(30) == 1, program.said()
    return program.said().strip()


def test_it_tells_where_it_is_and_shows_its_progress(own_program: Program) -> None:
    said = own_program.said()
    for line in ("Creating the database", "Applying migrations", f"is ready at {own_program.url}"):
        assert line in said


@pytest.mark.parametrize("name", ["web", "events", "worker", "conformance", "scheduler", "sequencer", "rehearsal"])
def test_a_child_that_dies_is_started_again(own_program: Program, name: str) -> None:
    old = own_program.child(name)
    kill(old)
    assert until(lambda: is_replaced(own_program, name, old), seconds=30), own_program.said()
    assert f"The {name} ended (SIGKILL)" in own_program.said()
    assert until(own_program.answers, seconds=30), own_program.said()


def test_a_second_start_on_the_same_data_is_refused(own_program: Program) -> None:
    second = support.start_program(own_program.var, port=support.free_port(), log="second.log")
    said = start_in_vain(second)
    assert said.startswith(
        f"Error: Brightline already runs on the data in {own_program.var} (process {own_program.pid})"
    )
    assert len(said.splitlines()) == 1
    assert until(own_program.answers, seconds=30), own_program.said()


def test_a_taken_port_is_named(own_program: Program) -> None:
    with support.var_folder() as var, closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = start_in_vain(support.start_program(var, port=port))
    assert said.startswith(f"Error: Port {port} on 127.0.0.1 cannot be used (address already in use)")
    assert len(said.splitlines()) == 1


def test_streams_of_events_take_the_next_port_or_any_other_one() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert next_port("127.0.0.1", port - 1) != port
    assert next_port("127.0.0.1", port - 1) == port
    assert 0 < next_port("127.0.0.1", 65535) < 65536


def test_data_of_another_version_is_named() -> None:
    with support.var_folder() as var:
        data = var / "postgres" / "data"
        with embedded.running(var, durable=False):
            pass
        (data / "PG_VERSION").write_text("16\n")
        said = start_in_vain(support.start_program(var))
    assert said.startswith(f"Error: The data in {data} was made by PostgreSQL 16")
    assert len(said.splitlines()) == 1


def test_the_database_comes_back_after_kill_9(own_program: Program) -> None:
    sql(own_program, "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS number")
    old = own_program.child("database")
    kill(old)
    assert until(lambda: is_replaced(own_program, "database", old), seconds=20), own_program.said()
    assert until(own_program.answers, seconds=30), own_program.said()
    assert sql(own_program, "SELECT number FROM kept") == [(1,)]
    sent = send_task(own_program)
    assert until(lambda: f"[{sent}] succeeded" in own_program.said(), seconds=20), own_program.said()


def test_the_next_start_recovers_from_kill_9_of_the_supervisor(own_program: Program) -> None:
    sql(own_program, "CREATE TABLE IF NOT EXISTS kept_too AS SELECT 2 AS number")
    names = ("database", "web", "events", "worker", "conformance", "scheduler", "sequencer", "rehearsal")
    orphans = [own_program.child(name) for name in names]
    own_program.process.kill()
    own_program.process.wait()
    own_program.process = support.start_program(own_program.var, port=own_program.port).process
    support.wait_until_up(own_program)
    assert not [orphan for orphan in orphans if orphan.alive()]
    assert sql(own_program, "SELECT number FROM kept_too") == [(2,)]


def test_make_reset_refuses_while_it_runs(own_program: Program) -> None:
    done = support.run_module("config.reset", var=own_program.var, answer="yes\n")
    assert done.returncode == 1
    assert "stop it first" in done.stderr
    assert own_program.answers()


def test_it_stops_with_0_and_leaves_nothing_behind(own_program: Program) -> None:
    """The fixture asserts the same at its end; here a later start and `make reset` follow."""
    assert own_program.stop() == 0, own_program.said()
    assert support.left_behind(own_program.var) == []
    own_program.process = support.start_program(own_program.var, port=own_program.port).process
    support.wait_until_up(own_program)


def test_make_reset_asks_and_then_removes_everything() -> None:
    with support.var_folder() as var:
        with embedded.running(var, durable=False):
            pass
        assert support.run_module("config.reset", var=var, answer="no\n").returncode == 1
        assert (var / "postgres" / "data").exists()
        done = support.run_module("config.reset", var=var, answer="yes\n")
        assert done.returncode == 0, done.stderr
        assert not var.exists()
