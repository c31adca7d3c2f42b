"""Small tools for working with processes: who is this, is it still alive, who holds the lock.

Nothing here knows Django or PostgreSQL. A bare process id proves little: after a crash it may belong to a stranger, and
in a container whose first process reaps nobody a dead child stays visible for ever. Hence `Identity` and the locks.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

# Two readings of one process's start may differ when the clock was set in between.
START_TOLERANCE_SECONDS = 2.0
PR_SET_PDEATHSIG = 1

# Loaded here and not after a fork, where loading a library is not safe.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Problem(Exception):
    """Something that a person has to settle. The message is a sentence, to be printed as it is."""


def until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Poll `condition` for at most `seconds`; say whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


class Lock:
    """A lock on a file, which the kernel lets go of when its holder dies, however it dies.

    The file stays behind when the lock is released: removing it would let two holders lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise Problem(f"{path} cannot be written ({reason}): name another folder in BRIGHTLINE_VAR.") from error

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock, or change the one held between shared and exclusive; False if others hold it."""
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._descriptor, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of the lock, which may be taken again."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the lock for good."""
        os.close(self._descriptor)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock and hold it for the length of a `with` block."""
        self.take(wait=True)
        try:
            yield
        finally:
            self.release()


@dataclass(frozen=True)
class Identity:
    """A process that can be recognized later: its id together with when and as what it was started."""

    pid: int
    started: float  # seconds since the epoch
    command: list[str]

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process behind `pid`; None if there is none, or only its remains."""
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            # While a new process turns into its program, the kernel knows no command line for an instant.
            until(lambda: process.status() == psutil.STATUS_ZOMBIE or process.cmdline() != [], seconds=1)
            if process.status() != psutil.STATUS_ZOMBIE:
                return cls(pid, process.create_time(), process.cmdline())
        return None

    @classmethod
    def read(cls, path: Path) -> Identity | None:
        """What `write` left in a file; None if the file is missing or was cut short."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Leave this identity in a pid file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self)) + "\n")

    def alive(self) -> bool:
        """Whether this very process still runs, and not a later one of the same id."""
        now = Identity.of(self.pid)
        return (
            now is not None
            and now.command == self.command
            and abs(now.started - self.started) < START_TOLERANCE_SECONDS
        )


def stop_group(leader: Identity, *, first: signal.Signals, patience: float) -> None:
    """Stop a process that leads its own group: politely by `first`, then, after `patience` seconds, all by force."""
    if leader.alive():
        with suppress(ProcessLookupError):
            os.kill(leader.pid, first)
        until(lambda: not leader.alive(), seconds=patience)
    # The rest of the group may outlive its leader; an id is not given out anew while a group still bears it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)
    until(lambda: not leader.alive(), seconds=5)


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None] | None:
    """For Popen's `preexec_fn`: the kernel sends `with_signal` to the child when its parent's thread ends.

    None where the system has no such thing (macOS); the pid files serve there, at the next start.
    """
    libc = _libc
    if libc is None:
        return None
    parent = os.getpid()

    def ask_for_signal() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask_for_signal


def living_in(folder: Path) -> list[Identity]:
    """Every living process whose working directory is `folder`, as far as we may look."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.cwd() == str(folder) and (identity := Identity.of(process.pid)):
                found.append(identity)
    return found
