"""One supervised process: started, listened to, started again when it dies, stopped."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.processes import Identity, die_with_parent, stop_group

# Seconds before a child that died is started again: at once for an accident, later and later for one that cannot live.
SHORTEST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
# A child that has lived for so long is healthy, and its next death is an accident again.
HEALTHY_AFTER_SECONDS = 60.0


@dataclass
class Child:
    """A process in a group of its own, so that the terminal's Ctrl-C reaches the supervisor only."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    pid_file: Path
    patience: float  # seconds that it gets to finish what it does when asked to stop
    # What it gets from the kernel when the supervisor is killed: nobody will wait for it then.
    when_orphaned: signal.Signals = signal.SIGTERM

    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _pause: float = field(default=SHORTEST_PAUSE, init=False)
    _started: float = field(default=0.0, init=False)
    _due: float = field(default=0.0, init=False)
    _output: int = field(default=-1, init=False)  # our end of the pipe
    _unfinished: bytes = field(default=b"", init=False)

    def start(self, selector: selectors.BaseSelector) -> None:
        """Start the process and have `selector` watch what it prints."""
        self._output, their_end = os.pipe()
        os.set_blocking(self._output, False)
        self.process = subprocess.Popen(
            list(self.command),
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=their_end,
            stderr=their_end,
            start_new_session=True,
            preexec_fn=die_with_parent(self.when_orphaned),  # noqa: PLW1509 - this process has one thread
        )
        os.close(their_end)
        self._started = time.monotonic()
        if identity := Identity.of(self.process.pid):
            identity.write(self.pid_file)
        selector.register(self._output, selectors.EVENT_READ, self)

    def lines(self) -> list[str]:
        """The whole lines that it has printed since the last call."""
        with suppress(BlockingIOError):
            while chunk := os.read(self._output, 65536):
                self._unfinished += chunk
        *whole, self._unfinished = self._unfinished.split(b"\n")
        return [line.decode(errors="replace") for line in whole]

    def has_died(self) -> bool:
        """Whether the process ended since it was last looked at; also reaps it."""
        return self.process is not None and self.process.poll() is not None

    def bury(self, selector: selectors.BaseSelector) -> int:
        """Clear away a dead process with what is left of its group, and plan the next start; returns the exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        code = process.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        selector.unregister(self._output)
        os.close(self._output)
        self.pid_file.unlink(missing_ok=True)
        if time.monotonic() - self._started > HEALTHY_AFTER_SECONDS:
            self._pause = SHORTEST_PAUSE
        self._due = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return code

    def is_due(self) -> bool:
        """Whether it is dead and has been so for long enough."""
        return self.process is None and time.monotonic() >= self._due

    def seconds_until_due(self) -> float:
        """How long the pause before the next start still lasts."""
        return max(0.0, self._due - time.monotonic())

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process itself, not to its group: a worker's pool must outlive the worker's decision."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def stop_orphans(pid_files: Iterable[Path], var: Path) -> list[str]:
    """Stop what a supervisor of `var` that was killed left running; the names of those stopped."""
    stopped = []
    for pid_file in pid_files:
        left = Identity.read(pid_file)
        if left and left.alive() and works_on(var, left):
            stop_group(left, first=signal.SIGTERM, patience=3)
            stopped.append(pid_file.stem)
        pid_file.unlink(missing_ok=True)
    return stopped


def works_on(var: Path, process: Identity) -> bool:
    """Whether a process works on this data folder: a copy of the folder holds the original's pid files too."""
    with suppress(psutil.Error):
        return bool(psutil.Process(process.pid).environ().get("BRIGHTLINE_VAR") == str(var))
    return False
