"""The process that talks to models: started, written to, read from, ended.

It gets nothing of ours: no environment with secrets, no database, an empty folder of its own to work in. What it has to
know comes through its standard input, keys too, and it ends when that is closed; so it never outlives us.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from audits.conformance.engine.shapes import line

_CHILD: Final = "audits.conformance.engine.child"
_ROOT: Final = Path(__file__).resolve().parents[3]
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")
_TAIL: Final = 4_000  # characters of its complaints that are kept
_TICK: Final = 0.2  # seconds


class EngineDied(Exception):
    """The process ended in the middle; the sentence says what it complained of."""


class Child:
    """``with Child() as child``: a process that is gone at the end, with its folder."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="brightline-engine-")
        self._process: subprocess.Popen[bytes] | None = None
        self._selector = selectors.DefaultSelector()
        self._unfinished = b""
        self._complaints = ""

    def __enter__(self) -> Self:
        home = Path(self._folder.name)
        # Inspect loads the nearest .env, here or in any folder above; so the nearest one is ours, and empty.
        (home / ".env").touch()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            cwd=home,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._selector.register(self._out, selectors.EVENT_READ)
        os.set_blocking(self._out.fileno(), False)
        threading.Thread(target=self._listen_to_complaints, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        process = self._running
        process.kill()
        process.wait()
        self._selector.close()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._folder.cleanup()

    def say(self, **message: Any) -> None:
        """Raises `EngineDied`."""
        try:
            self._in.write(line(**message))
            self._in.flush()
        except BrokenPipeError:
            raise self._death() from None

    def messages(self) -> Iterator[dict[str, Any] | None]:
        """What it says, until it has closed its output. None is a moment without a word, several times a second.

        Raises:
            EngineDied: it ended with an error.
        """
        while True:
            if not self._selector.select(_TICK):
                yield None
                continue
            chunk = self._out.read(1_048_576)
            if not chunk:
                break
            yield from self._whole(chunk)
            yield None
        if self._running.wait() != 0:
            raise self._death()

    def _whole(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        *whole, self._unfinished = (self._unfinished + chunk).split(b"\n")
        for each in whole:
            yield json.loads(each)

    def _listen_to_complaints(self) -> None:
        with self._err as pipe:
            for raw in iter(lambda: pipe.readline(_TAIL), b""):
                self._complaints = (self._complaints + raw.decode("utf-8", "replace"))[-_TAIL:]

    def _death(self) -> EngineDied:
        code = self._running.wait()
        time.sleep(_TICK)  # for its last words
        last = self._complaints.strip().splitlines()
        return EngineDied(f"The engine ended with {code}: {last[-1] if last else 'without a word'}")

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "It is used as a context manager."
        return self._process

    @property
    def _in(self) -> IO[bytes]:
        assert self._running.stdin is not None
        return self._running.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._running.stdout is not None
        return self._running.stdout

    @property
    def _err(self) -> IO[bytes]:
        assert self._running.stderr is not None
        return self._running.stderr


def environment(home: Path) -> dict[str, str]:
    """Nothing of this process's environment that it does not need: neither secrets nor INSPECT_ anything."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home), "TMPDIR": str(home)}
    return {**inherited, **own, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
