"""`make run`: the whole of Brightline as one process that looks after the others.

    supervisor
      database    PostgreSQL, in the embedded mode only
      web         granian
      events      granian too, with the streams of events, on the next port
      worker      Celery
      conformance Celery too, for conversations with models
      scheduler   Celery beat
      sequencer   gives entries their places in the logs, and signs
      rehearsal   canned answers for the demo's product, in the embedded mode only
      model       a real small model, with MODEL=local only

One thread and one loop: it passes on what the children print, starts again those that die, and stops all of them in
order. Killing it loses nothing. On Linux the kernel then ends the children; elsewhere the next start finds them by
their pid files.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from config import defaults, embedded, local_model
from config.children import Child, stop_orphans
from config.processes import Identity, Lock, Problem

NAME = "brightline"
ANY_HOST = {"0.0.0.0", "::", ""}  # noqa: S104 - to recognize them
TICK_SECONDS = 0.1
SLOW_START_SECONDS = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Everything that `make run` keeps running."""

    def __init__(self, var: Path, host: str, port: int) -> None:
        self.var = var
        self.host = host
        self.port = port
        self.run_folder = var / "run"
        self.database: embedded.Server | None = None
        self._database_log = 0  # bytes of the server's log that were passed on
        self._selector = selectors.DefaultSelector()
        self._requests_to_stop = 0
        events_port = next_port(host, port)
        models = model_commands(host, port)
        environ = os.environ | {"BRIGHTLINE_VAR": str(var), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        environ["BRIGHTLINE_WEB_STREAMS"] = str(web_streams())
        if embedded.wanted():
            environ["BRIGHTLINE_DATABASE_ROLE"] = PROGRAM
        if host not in ANY_HOST:  # else it has several addresses, and only an administrator knows which one clients use
            environ.setdefault(
                "BRIGHTLINE_EVENTS_URL", f"http://{'[' + host + ']' if ':' in host else host}:{events_port}"
            )
        self.children = [
            Child(name, command, environ, self.run_folder / f"{name}.pid", patience, when_orphaned)
            for name, command, patience, when_orphaned in (
                ("web", web_command(host, port), 10, signal.SIGTERM),
                ("events", events_command(host, events_port), 10, signal.SIGTERM),
                # Orphaned, it must not wait for its tasks: their messages come back to the next worker.
                ("worker", worker_command(), 30, signal.SIGQUIT),
                ("conformance", conformance_command(), 5, signal.SIGQUIT),  # a run goes on where it was
                ("scheduler", scheduler_command(), 10, signal.SIGTERM),
                ("sequencer", sequencer_command(), 10, signal.SIGTERM),
                *((name, command, 2, signal.SIGTERM) for name, command in models.items()),
            )
        ]

    def run(self) -> None:
        """Start everything, look after it until somebody asks to stop, and stop everything. Raises `Problem`."""
        for number in STOPPING:
            signal.signal(number, self._ask_to_stop)
        with self._only_one():
            if left := stop_orphans([child.pid_file for child in self.children], self.var):
                say(f"The last run was cut short: stopped what it left ({', '.join(left)}).")
            refuse_taken_port(self.host, self.port)
            if local_model.wanted():
                local_model.install(self.var, announce=say)
            with self._database_if_embedded():
                prepare()
                try:
                    self._look_after_children()
                finally:
                    self._stop_children()
        say("Stopped.")

    # The start ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        lock = Lock(self.run_folder / "supervisor.lock")
        own_pid_file = self.run_folder / "supervisor.pid"
        if not lock.take():
            other = Identity.read(own_pid_file)
            raise Problem(
                f"Brightline already runs on the data in {self.var}{f' (process {other.pid})' if other else ''}: "
                "stop it first, or name another folder in BRIGHTLINE_VAR."
            )
        own_pid_file.unlink(missing_ok=True)
        try:
            yield
        finally:
            own_pid_file.unlink(missing_ok=True)
            lock.close()

    @contextmanager
    def _database_if_embedded(self) -> Iterator[None]:
        if not embedded.wanted():
            yield
            return
        with embedded.running(self.var, own=True, announce=say) as self.database:
            self._note_database()
            try:
                yield
            finally:
                (self.run_folder / "database.pid").unlink(missing_ok=True)

    def _note_database(self) -> None:
        process = self.database.process if self.database else None
        if process and (identity := Identity.of(process.pid)):
            identity.write(self.run_folder / "database.pid")

    # The loop ----------------------------------------------------------------------------------------------------

    def _look_after_children(self) -> None:
        if itself := Identity.of(os.getpid()):
            itself.write(self.run_folder / "supervisor.pid")
        started = time.monotonic()
        told = False
        while not self._requests_to_stop:
            self._revive_database()
            self._revive_children()
            self._pass_on_output()
            if not told and self._web_answers():
                tell_how_to_sign_in(self.var)
                told = True
            elif not told and time.monotonic() - started > SLOW_START_SECONDS:
                say("The web server does not answer yet; its lines above should say why.")
                told = True

    def _revive_database(self) -> None:
        server = self.database
        if server and server.process and server.process.poll() is not None:
            say("The database died; starting it again.")
            self._pass_on_database_log()
            self._database_log = 0
            server.start(die_with_us=True)
            self._note_database()

    def _revive_children(self) -> None:
        for child in self.children:
            if child.has_died():
                self._print_lines(child)
                code = child.bury(self._selector)
                say(f"The {child.name} ended ({ending(code)}); starting it again in {child.seconds_until_due():.1f} s.")
            if child.is_due():
                child.start(self._selector)

    def _pass_on_output(self) -> None:
        for key, _ in self._selector.select(TICK_SECONDS):
            self._print_lines(key.data)
        self._pass_on_database_log()

    def _print_lines(self, child: Child) -> None:
        for line in child.lines():
            say(line, child.name)

    def _pass_on_database_log(self) -> None:
        if self.database:
            with self.database.place.log.open("rb") as log:
                log.seek(self._database_log)
                whole, newline, _ = log.read().rpartition(b"\n")
            self._database_log += len(whole) + len(newline)
            for line in whole.decode(errors="replace").splitlines():
                say(line, "database")

    def _web_answers(self) -> bool:
        from django.conf import settings

        here = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - not bound to, compared with
        request = urllib.request.Request(
            f"http://{here}:{self.port}/healthz", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".")}
        )
        with suppress(OSError), urllib.request.urlopen(request, timeout=1) as response:  # noqa: S310
            return bool(response.status == 200)
        return False

    # The end -----------------------------------------------------------------------------------------------------

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._requests_to_stop += 1

    def _stop_children(self) -> None:
        """Those who make work first, then the worker; a second request to stop ends everybody's patience."""
        say("Stopping …")
        for child in reversed(self.children):
            child.ask_to_stop()
        begun = time.monotonic()
        while running := [child for child in self.children if child.process is not None]:
            for child in running:
                if child.has_died():
                    self._print_lines(child)
                    child.bury(self._selector)
                elif time.monotonic() - begun > child.patience or self._requests_to_stop > 1:
                    child.kill()
            self._pass_on_output()


# What the children are -----------------------------------------------------------------------------------------------


def web_command(host: str, port: int) -> list[str]:
    """granian, with one thread a worker, since more of them bring nothing, and one for each stream that it carries."""
    cores = os.cpu_count() or 1
    workers = os.environ.get("WEB_CONCURRENCY") or str(min(cores, 2) if embedded.wanted() else cores)
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", workers, "--blocking-threads", str(1 + web_streams()), "--http", "1", "--no-ws"),
        *("--respawn-failed-workers", "--respawn-interval", "0.2", "--workers-kill-timeout", "5"),
        "config.wsgi:application",
    ]


def web_streams() -> int:
    """How many streams of events a web process carries itself; where there is no reverse proxy somebody has to."""
    return int(os.environ.get("BRIGHTLINE_WEB_STREAMS") or (8 if embedded.wanted() else 0))


def events_streams() -> int:
    """How many streams the events process carries at once."""
    return int(os.environ.get("BRIGHTLINE_EVENTS_STREAMS") or defaults.EVENTS_STREAMS)


def events_command(host: str, port: int) -> list[str]:
    """One process holds thousands of streams, since they do nothing most of the time."""
    connections = str(events_streams() + defaults.SPARE_CONNECTIONS)
    return [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port)),
        *("--workers", "1", "--http", "1", "--no-ws", "--backlog", "4096", "--backpressure", connections),
        *("--respawn-failed-workers", "--respawn-interval", "0.2", "--workers-kill-timeout", "2"),
        "config.asgi_events:application",
    ]


def worker_command() -> list[str]:
    """Celery's worker, without the talk among workers that a small installation has no use for."""
    return [
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker", "--pool", "prefork"),
        *("--concurrency", os.environ.get("WORKER_CONCURRENCY") or "2"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def conformance_command() -> list[str]:
    """A worker for one queue. Prefork, so that a run that is stuck can be ended without the others."""
    return [
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker", "--pool", "prefork"),
        *("--queues", "conformance", "--concurrency", os.environ.get("BRIGHTLINE_MODEL_RUNS") or "1"),
        *("--prefetch-multiplier", "1", "--hostname", "conformance@%h"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def scheduler_command() -> list[str]:
    """Celery's clock, which remembers nothing: what is due is decided from rows in the database."""
    return [
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "beat"),
        *("--scheduler", "celery.beat:Scheduler", "--pidfile", ""),
    ]


def sequencer_command() -> list[str]:
    """The one process that gives entries their places in the logs, and signs."""
    return [sys.executable, "-m", "django", "sequence", "--settings", "config.settings"]


def model_commands(host: str, port: int) -> dict[str, list[str]]:
    """Endpoints on this machine to try things on. Tells this process and its children where they will be."""
    found: dict[str, list[str]] = {}
    if embedded.wanted():
        at = next_port("127.0.0.1", port + 1)
        os.environ["BRIGHTLINE_REHEARSAL_URL"] = f"http://127.0.0.1:{at}"
        found["rehearsal"] = [sys.executable, "-m", "audits.conformance.rehearsal", "--port", str(at)]
    if local_model.wanted():
        at = next_port("127.0.0.1", port + 2)
        os.environ["BRIGHTLINE_LOCAL_MODEL_URL"] = f"http://127.0.0.1:{at}/v1"
        found["model"] = local_model.command(at)
    return found


# What is done before they start --------------------------------------------------------------------------------------


def refuse_taken_port(host: str, port: int) -> None:
    """Raise `Problem` if somebody else listens on our port."""
    try:
        listen_once(host, port)
    except OSError as error:
        raise Problem(
            f"Port {port} on {host} cannot be used ({os.strerror(error.errno or 0).lower()}): "
            f"choose another one, for example with `make run PORT={port + 1000}`."
        ) from error


def next_port(host: str, port: int) -> int:
    """The one after `port`, or any other one where that is taken: nobody has to know it by heart."""
    try:
        return listen_once(host, port + 1)
    except (OSError, OverflowError):
        return listen_once(host, 0)


def listen_once(host: str, port: int) -> int:
    """The port, 0 for any, after it was had for an instant. Raises `OSError` if it cannot be had."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


ALWAYS = (
    ("migrate", "Applying migrations"),
    ("load_rulebooks", "Loading the rulebooks"),
    ("load_suites", "Loading the suites of probes"),
    ("republish_profiles", "Bringing published profiles up to date"),
)


EMBEDDED = (
    ("load_demo", "Making the demo"),
    ("settle_roles", "Taking from the program what it does not need"),
)
SERVERS = (("collectstatic", "Collecting the static files"),)
PROGRAM = "brightline_app"  # the role, as audits.ledger.roles has it; read before Django may be


def prepare() -> None:
    """Bring the database up to date and, in the embedded mode, make the demo. Raises `Problem`."""
    import django
    from django.conf import settings
    from django.core.management import CommandError
    from django.db import OperationalError, connections

    from config import broker
    from config.checks import refuse_demo_accounts

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        refuse_demo_accounts()
        for command, what in (*ALWAYS, *(EMBEDDED if settings.EMBEDDED else SERVERS)):
            call(command, what)
        if broker.is_pgmq(settings.BROKER_URL):
            broker.install(settings.BROKER_DSN or broker.pgmq_dsn(settings.BROKER_URL))
    except CommandError as error:
        raise Problem(str(error)) from error
    except OperationalError as error:
        raise Problem(f"The database does not answer: {first_line(error)}") from error
    finally:
        connections.close_all()


def call(command: str, what: str) -> None:
    """Run one management command, saying so."""
    from django.core.management import call_command

    say(f"{what} …")
    call_command(command, verbosity=0, **({"interactive": False} if command in {"migrate", "collectstatic"} else {}))


# What is said --------------------------------------------------------------------------------------------------------


def say(line: str, name: str = NAME) -> None:
    """Print a line under a name. A reader that has gone away is no reason to die."""
    with suppress(BrokenPipeError):
        print(f"[{name}] {line}", flush=True)


def tell_how_to_sign_in(var: Path) -> None:
    """The address, and the demo's people if there are any."""
    from django.conf import settings

    say("")
    say(f"Brightline is ready at {settings.BRIGHTLINE_BASE_URL}")
    if settings.LOCAL_MODEL_URL:
        say(f"A small model, {local_model.NAME}, answers at {settings.LOCAL_MODEL_URL}")
    demo_file = var / "demo.json"
    if settings.EMBEDDED and demo_file.exists():
        say(f"Sign in as one of these; all of it, with the API keys, stands in {demo_file}.")
        for role, user in json.loads(demo_file.read_text())["users"].items():
            say(f"  {role:<14} {user['email']:<40} {user['password']}")
    say("Ctrl-C stops everything.")
    say("")


def ending(code: int) -> str:
    """An exit code in words."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def first_line(error: Exception) -> str:
    """What went wrong, without the details."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def main() -> int:
    """0 after a stop that was asked for, 1 after a sentence that says what to settle."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise Problem(f"PORT must be a number from 1 to 65535, not {port!r}.")
        Supervisor(embedded.var_folder(), os.environ.get("HOST") or "127.0.0.1", int(port)).run()
    except (Problem, ImproperlyConfigured) as problem:
        print(f"Error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
