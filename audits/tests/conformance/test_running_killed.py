"""A worker, or the process in which it talks to the model, is killed in the middle of a run: what had an outcome keeps
it, the rest is asked, and all planned trials are accounted for once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from django.conf import settings
from django.db import connection

from audits import queries
from audits.conformance import concluding, running
from audits.conformance.rehearsal.asked import Asked, Said
from audits.models import Entry, Run
from audits.tests.conformance import runs
from audits.trail.kinds import Kind
from config.processes import until
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db(transaction=True)
WORK = "import django; django.setup(); from audits.conformance import running; running.carry_on({run})"


class Slow:
    """An honest model that answers a few questions, and holds back everything further until it is told to go on."""

    def __init__(self, first: int) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._first, self._go = first, threading.Event()

    def go_on(self) -> None:
        self._go.set()

    def __call__(self, asked: Asked) -> Said:
        self.asked.append(tuple(asked.said_by_user))
        if len(self.asked) > self._first:
            self._go.wait(60)
        return runs.honest(asked)


@contextmanager
def worker(run: Run) -> Iterator[subprocess.Popen[bytes]]:
    environ = os.environ | {
        "BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-c", WORK.format(run=run.pk)]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def worker_itself(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)


def process_that_talks(process: subprocess.Popen[bytes]) -> None:
    for each in psutil.Process(process.pid).children(recursive=True):
        each.kill()


@pytest.mark.parametrize("kill", [worker_itself, process_that_talks])
def test_what_had_an_outcome_keeps_it_and_the_rest_is_asked(
    kill: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    acme = some.make_cast("acme")
    model = Slow(first=4)
    with runs.answering(model) as server:
        endpoint = runs.endpoint_at(acme, server)
        run = runs.requested(acme, runs.protocol_of(acme, some.make_active(acme), endpoint))
        with worker(run) as process:
            assert until(lambda: queries.trial_counts(run)["pass"] > 0 and len(model.asked) > 4, seconds=60)
            kill(process)
            process.wait(30)
        model.go_on()
        before = dict(run.trials.exclude(outcome="").values_list("position", "ended_at"))
        assert 0 < len(before) < runs.TRIALS
        run.refresh_from_db()
        assert run.state == Run.State.OPEN
        assert running.carry_on(run.pk)
    counts = queries.trial_counts(run)
    assert counts["pass"] == runs.TRIALS == sum(counts.values())
    assert {position: run.trials.get(position=position).ended_at for position in before} == before
    # What had an outcome was asked once; whatever was under way when it was killed, at most twice.
    assert len(model.asked) <= 2 * runs.REQUESTS - len(before)
    told = Entry.objects.get(kind=Kind.RUN_FINISHED).content()["data"]
    run.refresh_from_db()
    assert [each["what"] for each in told["departures"]] == ["other_model", "begun_again"]  # no model answers here
    assert (told["departures"][1]["trials"], run.restarts) == (1, 1)
    assert told["trials_digest"] == run.digest == concluding.digest_of_trials(run)
