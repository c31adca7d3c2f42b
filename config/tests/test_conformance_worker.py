"""Conversations with models wait in a queue of their own, and the worker of everything else never takes one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from config import local_model
from config.celery import CONFORMANCE, app
from config.embedded import BASE_DIR
from config.processes import Problem
from config.supervisor import conformance_command, worker_command


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("audits.tasks.run_conformance", CONFORMANCE),
        ("audits.tasks.run_conformance_slice", CONFORMANCE),
        ("audits.tasks.run_check", "brightline"),
        ("audits.tasks.sweep_checks", "brightline"),
    ],
)
def test_each_task_goes_to_its_queue(task: str, queue: str) -> None:
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_two_workers_share_no_queue() -> None:
    assert "--queues" not in worker_command(), "it takes the default one"
    assert app.conf.task_default_queue != CONFORMANCE
    command = conformance_command()
    assert command[command.index("--queues") + 1] == CONFORMANCE
    assert command[command.index("--pool") + 1] == "prefork"
    assert command[command.index("--prefetch-multiplier") + 1] == "1", "what it cannot begin, another may"


def test_a_model_that_nobody_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "gpt-17")
    with pytest.raises(Problem, match="gpt-17"):
        local_model.wanted()
    monkeypatch.setenv("MODEL", "local")
    assert local_model.wanted()
    monkeypatch.delenv("MODEL")
    assert not local_model.wanted()


def test_the_rehearsal_responder_is_a_small_process() -> None:
    """Started with every embedded installation, so it must not cost what Django costs."""
    look = "print([name for name in ('django', 'celery') if name in sys.modules])"
    code = f"import audits.conformance.rehearsal.__main__, sys; {look}"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=os.environ, capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
