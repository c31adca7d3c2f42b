"""What a killed supervisor left running is found by its pid files, and strangers are left alone.

On Linux the kernel ends orphans by itself, so the search is tested with processes that no supervisor started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.children import stop_orphans
from config.processes import Identity, Lock, Problem, until

SLEEPS_WITH_A_CHILD = (
    "import subprocess, sys, time; "
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[tuple[Identity, Identity]]:
    """A process with a child of its own, as a worker with its pool, that works on `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPS_WITH_A_CHILD],
        env=os.environ | {"BRIGHTLINE_VAR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    pids = (process.pid, int(process.stdout.readline()))
    leader, child = (Identity.of(pid) for pid in pids)
    assert leader
    assert child
    yield leader, child
    for pid in pids:
        if (left := Identity.of(pid)) and left in (leader, child):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_an_orphan_is_stopped_with_its_children(orphan: tuple[Identity, Identity], tmp_path: Path) -> None:
    pid_file = tmp_path / "worker.pid"
    orphan[0].write(pid_file)
    assert stop_orphans([pid_file], tmp_path) == ["worker"]
    assert until(lambda: not any(process.alive() for process in orphan), seconds=5)
    assert not pid_file.exists()


def test_a_process_of_another_data_folder_is_left_alone(orphan: tuple[Identity, Identity], tmp_path: Path) -> None:
    pid_file = tmp_path / "worker.pid"
    orphan[0].write(pid_file)
    assert stop_orphans([pid_file], tmp_path / "copy") == []
    assert all(process.alive() for process in orphan)


@pytest.mark.parametrize("change", [{"command": ["something", "else"]}, {"started": 1.0}])
def test_a_stranger_with_the_same_number_is_left_alone(
    orphan: tuple[Identity, Identity], tmp_path: Path, change: dict[str, object]
) -> None:
    pid_file = tmp_path / "worker.pid"
    replace(orphan[0], **change).write(pid_file)  # type: ignore[arg-type]
    assert stop_orphans([pid_file], tmp_path) == []
    assert orphan[0].alive()


@pytest.mark.parametrize("content", ["", "12", '{"pid": 12}', "{"])
def test_a_pid_file_that_was_cut_short_is_removed(tmp_path: Path, content: str) -> None:
    pid_file = tmp_path / "web.pid"
    pid_file.write_text(content)
    assert stop_orphans([pid_file], tmp_path) == []
    assert not pid_file.exists()


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("not a folder")
    with pytest.raises(Problem, match="BRIGHTLINE_VAR"):
        Lock(tmp_path / "var" / "run" / "door.lock")
