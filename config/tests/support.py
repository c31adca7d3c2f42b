"""What the fixtures of plugin.py are made of, for tests that need it in another form."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import psycopg
from celery import Celery

from config.embedded import BASE_DIR, Server
from config.processes import Identity, until

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


# Database and broker -------------------------------------------------------------------------------------------------


def dsn(connection: Any) -> str:
    """The libpq address of the database behind a Django connection."""
    known = connection.settings_dict
    return f"host={known['HOST']} port={known['PORT']} user={known['USER']} dbname={known['NAME']}"


def database_url(connection: Any) -> str:
    """The same address in the form of DATABASE_URL."""
    known = connection.settings_dict
    host = quote(known["HOST"], safe="")
    return f"postgresql://{known['USER']}@/{known['NAME']}?host={host}&port={known['PORT']}"


# They are enabled ALWAYS, so the session cannot wave them aside. All of it happens in the transaction of the flush.
PUT_TO_SLEEP = """
CREATE TEMPORARY TABLE asleep ON COMMIT DROP AS
    SELECT tgrelid::regclass::text AS owner, tgname AS name FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'A' AND tgtype & 32 <> 0;  -- 32: on TRUNCATE
DO $$ DECLARE it record; BEGIN FOR it IN SELECT * FROM asleep LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', it.owner, it.name);
END LOOP; END $$
"""
WAKE_UP = """
DO $$ DECLARE it record; BEGIN FOR it IN SELECT * FROM asleep LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', it.owner, it.name);
END LOOP; END $$
"""


@contextmanager
def flush_despite_triggers() -> Iterator[None]:
    """Let Django empty the tables after a transactional test, though triggers of the trail refuse TRUNCATE."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    original = DatabaseOperations.execute_sql_flush

    def execute(self: DatabaseOperations, sql_list: Sequence[str]) -> None:
        original(self, [PUT_TO_SLEEP, *sql_list, WAKE_UP])

    with mock.patch.object(DatabaseOperations, "execute_sql_flush", execute):
        yield


# For whoever changes rows as no action does, without the entry that the database asks for.
UNRECORDED = "SELECT set_config('brightline.recorded', pg_current_xact_id()::text, true)"


@contextmanager
def unrecorded() -> Iterator[None]:
    """A transaction that needs no entry."""
    from django.db import connection, transaction

    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute(UNRECORDED)


class Restart(Enum):
    """How a database server goes down, and comes back."""

    FAST = "it ends what is open, and writes down what it holds"
    IMMEDIATE = "it ends at once, and recovers from its log"
    BACKEND_KILLED = "one of its processes dies, for which it ends all of them, and recovers"


def restart(server: Server, how: Restart) -> None:
    """Returns once it answers again. Every connection to it is lost."""
    if how is Restart.BACKEND_KILLED:
        # The server still takes connections until it has noticed; the other one ends when it has.
        victim, other = (psycopg.connect(server.dsn("postgres"), autocommit=True) for _n in range(2))
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        assert until(lambda: not _answers(other), seconds=30)
        assert until(server.answers, seconds=60)
        return
    assert server.process
    server.process.send_signal(signal.SIGINT if how is Restart.FAST else signal.SIGQUIT)
    server.process.wait(60)
    server.start()


def _answers(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def use_broker(app: Celery, *, url: str, options: dict[str, Any]) -> None:
    """Point this process's Celery at another broker, dropping every open connection."""
    from kombu import pools

    pools.reset()
    app._pool = app.amqp._producer_pool = None
    app.conf.update(broker_url=url, broker_transport_options=options)


def empty_queues(dsn: str) -> None:
    """Drop what an earlier test left in PGMQ."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for (name,) in connection.execute("SELECT queue_name FROM pgmq.list_queues()").fetchall():
            connection.execute("SELECT pgmq.purge_queue(%s)", [name])


# Processes -----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A TCP port on this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def var_folder() -> Iterator[Path]:
    """A new data folder that root's PostgreSQL can reach too, which pytest's tmp_path is not."""
    folder = Path(tempfile.mkdtemp(prefix="brightline-test-"))
    folder.chmod(0o755)
    try:
        yield folder / "var"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Worker:
    """A running Celery worker."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The main process; its pool children are in the group of the same number."""
        return self.process.pid

    def kill(self) -> None:
        """End it and its children the hard way, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it the way that an operator does: what runs is finished first."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            self.kill()


@contextmanager
def celery_worker(*, log: Path, concurrency: int, environ: dict[str, str]) -> Iterator[Worker]:
    """A real worker, which yields when it is ready and is killed at the end."""
    command = [
        *(sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=prefork"),
        *(f"--concurrency={concurrency}", "--without-gossip", "--without-mingle", f"--hostname=test-{os.getpid()}"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env=os.environ | {"LOG_LEVEL": "INFO"} | environ,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    worker = Worker(process, log)
    try:
        said_ready = until(lambda: " ready." in log.read_text() or process.poll() is not None, seconds=30)
        assert said_ready, f"the worker hangs:\n{log.read_text()}"
        assert process.poll() is None, f"the worker did not start:\n{log.read_text()}"
        yield worker
    finally:
        worker.kill()


# The whole program ---------------------------------------------------------------------------------------------------


@dataclass
class Program:
    """A whole Brightline: the supervisor and its children."""

    process: subprocess.Popen[bytes]
    var: Path
    port: int
    log: Path
    demo: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self.process.pid

    def answers(self) -> bool:
        """Whether the web process serves a page and has its database."""
        return self.get_status("/healthz") == 200

    def get_status(self, path: str) -> int:
        """The HTTP status of a page; 0 if nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def child(self, name: str) -> Identity:
        """One of the supervised processes: database, web, worker or scheduler."""
        found = Identity.read(self.var / "run" / f"{name}.pid")
        assert found, f"no pid file for {name}:\n{self.said()}"
        return found

    def said(self) -> str:
        """All that it printed."""
        return self.log.read_text(errors="replace")

    def is_up(self) -> bool:
        """Whether it has told that it is ready."""
        # The last thing it says then; the database calls itself ready long before.
        return "Ctrl-C stops everything." in self.said() and self.answers()

    def stop(self, *, seconds: float = 30) -> int:
        """Ask it to stop; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def start_program(
    var: Path, *, port: int | None = None, environ: Mapping[str, str] | None = None, log: str = "program.log"
) -> Program:
    """Start the supervisor as `make run` does, and return at once."""
    port = port or free_port()
    var.mkdir(parents=True, exist_ok=True)
    output_file = var.parent / log
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BRIGHTLINE_")}
    with output_file.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"],
            cwd=BASE_DIR,
            env=clean | {"BRIGHTLINE_VAR": str(var), "PORT": str(port), "LOG_LEVEL": "INFO"} | dict(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(process, var, port, output_file)


def run_module(module: str, *, var: Path, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of our modules as a command, with somebody who types `answer`."""
    return run_python("-m", module, var=var, answer=answer)


def run_manage(*arguments: str, var: Path) -> subprocess.CompletedProcess[str]:
    """Run a management command on the embedded installation in `var`."""
    return run_python("manage.py", *arguments, var=var)


def run_python(*arguments: str, var: Path, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run something of this project in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=os.environ | {"BRIGHTLINE_VAR": str(var)},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


def wait_until_up(program: Program, *, seconds: float = 90) -> None:
    """Return when the program is ready; fail with its output if it ends or hangs."""
    until(lambda: program.is_up() or program.process.poll() is not None, seconds=seconds, every=0.1)
    assert program.is_up(), f"it did not start:\n{program.said()}"
    demo = program.var / "demo.json"
    program.demo = json.loads(demo.read_text()) if demo.exists() else {}


@contextmanager
def running_program(environ: Mapping[str, str] | None = None) -> Iterator[Program]:
    """A program in a data folder of its own; afterwards nothing of it may be left."""
    with var_folder() as var:
        program = start_program(var, environ=environ)
        try:
            wait_until_up(program)
            yield program
            assert program.stop() == 0, program.said()
            assert left_behind(var) == []
        finally:
            kill_everything(var, program)


def left_behind(var: Path) -> list[str]:
    """Processes, sockets and pid files that a stopped program should have taken with it."""
    import psutil

    found = [str(path) for path in var.rglob("*") if path.is_socket() or path.suffix == ".pid"]
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        with suppress(psutil.Error):
            mentions = any(str(var) in word for word in process.info["cmdline"] or [])
            inherits = process.environ().get("BRIGHTLINE_VAR") == str(var)
            if (mentions or inherits) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {process.info['cmdline']}")
    return found


def kill_everything(var: Path, program: Program) -> None:
    """Whatever went wrong: leave no process of this program behind."""
    import psutil

    with suppress(ProcessLookupError):
        program.process.kill()
    program.process.wait()
    for line in left_behind(var):
        pid = line.split(" ")[0]
        if pid.isdecimal():
            with suppress(psutil.Error):
                psutil.Process(int(pid)).kill()


def find_chromium() -> str:
    """$CHROMIUM, or the first known name on the PATH."""
    candidates = [os.environ.get("CHROMIUM", ""), *map(shutil.which, CHROMIUM_NAMES), CHROMIUM_ON_MACOS]
    found = next((path for path in candidates if path and Path(path).exists()), None)
    assert found, "No Chromium: install one, or name it in $CHROMIUM."
    return found


_NAMED = """
SELECT e.id, e.kind, u.email FROM (SELECT * FROM audits_entry ORDER BY id DESC LIMIT 2000) e JOIN profiles_user u
ON strpos(convert_from(e.leaf, 'UTF8'), u.email) > 0 OR strpos(convert_from(e.leaf, 'UTF8'), to_json(u.name)::text) > 0
LIMIT 1
"""


def need_no_names_in_entries() -> None:
    """What says something about a person stands beside the entries, where it can be erased, and never in them."""
    from django.db import connection

    if connection.connection is None or connection.connection.closed or connection.needs_rollback:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NAMED)
        found = cursor.fetchone()
    assert found is None, f"An entry holds personal data in clear: {found}"
