"""The embedded PostgreSQL comes up whatever the last start left behind, and nobody is left out in the cold."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config import embedded, places
from config.embedded import BASE_DIR
from config.processes import Identity, Problem, living_in, until
from config.tests import support

pytestmark = pytest.mark.xdist_group("embedded")  # they share one data folder


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    """A data folder with an empty table `note` in it."""
    with support.var_folder() as var:
        with embedded.running(var, durable=False) as server, psycopg.connect(server.dsn("brightline")) as connection:
            connection.execute("CREATE TABLE note (words text)")
        yield var


@pytest.fixture
def var(made_once: Path) -> Iterator[Path]:
    """The data folder, of which no test may leave a server running."""
    yield made_once
    left = living_in(made_once / "postgres" / "data")
    for process in left:
        os.kill(process.pid, signal.SIGKILL)
    assert left == []


def note(server: embedded.Server, words: str) -> None:
    with psycopg.connect(server.dsn("brightline")) as connection:
        connection.execute("INSERT INTO note VALUES (%s)", [words])


def notes(server: embedded.Server) -> list[str]:
    with psycopg.connect(server.dsn("brightline")) as connection:
        return [words for (words,) in connection.execute("SELECT words FROM note").fetchall()]


def test_who_comes_second_uses_the_server_and_leaves_it(var: Path) -> None:
    with embedded.running(var) as first:
        with embedded.running(var) as second:
            note(second, "for two")
        assert "for two" in notes(first)
    assert not first.answers()
    assert support.left_behind(var) == []


def test_who_leaves_last_stops_it(var: Path) -> None:
    first = embedded.running(var)
    second = embedded.running(var)
    first.__enter__()
    server = second.__enter__()
    first.__exit__(None, None, None)
    assert server.answers()
    second.__exit__(None, None, None)
    assert not server.answers()


def test_nobody_takes_a_server_from_under_a_running_command(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "PATIENCE_WITH_OTHERS_SECONDS", 0.2)
    with (
        embedded.running(var) as server,
        pytest.raises(Problem, match="Another program"),
        embedded.running(var, own=True),
    ):
        pass
    assert not server.answers()


def test_what_was_committed_outlives_kill_9(var: Path) -> None:
    with embedded.running(var) as server:
        note(server, "before the kill")
        assert server.process
        server.process.kill()
        server.process.wait()
        with embedded.running(var) as again:
            assert "before the kill" in notes(again)


@pytest.mark.parametrize("stranger", [lambda: 1, os.getpid], ids=["init", "ourselves"])
def test_a_pid_file_that_names_a_stranger_does_not_keep_it_from_starting(
    var: Path, stranger: Callable[[], int]
) -> None:
    data = var / "postgres" / "data"
    (data / "postmaster.pid").write_text(f"{stranger()}\n{data}\n1\n5432\n\n\n\nready\n")
    with embedded.running(var) as server:
        assert server.answers()


def test_a_dead_server_that_nobody_reaped_is_not_taken_for_a_live_one(var: Path) -> None:
    """As in a container whose first process does not reap: the dead postmaster stays visible as a zombie."""
    with subprocess.Popen([sys.executable, "-c", "pass"]) as zombie:
        assert until(lambda: Identity.of(zombie.pid) is None, seconds=5)
        data = var / "postgres" / "data"
        (data / "postmaster.pid").write_text(f"{zombie.pid}\n{data}\n1\n5432\n\n\n\nready\n")
        with embedded.running(var) as server:
            assert server.answers()


def test_data_of_another_version_is_refused_in_one_sentence(var: Path) -> None:
    version = var / "postgres" / "data" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("16\n")
    with pytest.raises(Problem, match=r"made by PostgreSQL 16, and this is PostgreSQL 18"), embedded.running(var):
        pass
    version.write_text(ours)


def test_a_half_made_data_folder_is_made_anew() -> None:
    with support.var_folder() as var:
        half_done = var / "postgres" / "data.new"
        half_done.mkdir(parents=True)
        (half_done / "PG_VERSION").write_text("18\n")
        with embedded.running(var, durable=False) as server:
            assert server.answers()


def test_a_path_too_long_for_a_socket_gets_a_short_private_place(made_once: Path) -> None:
    with support.var_folder() as short:
        var = short / ("long" * 25)
        with embedded.running(var, durable=False) as server:
            sockets = server.place.sockets
            assert not sockets.is_relative_to(var)
            assert sockets.stat().st_mode & 0o777 == 0o700
            assert places.socket_folder(var) == sockets
        assert not sockets.exists()


def test_a_server_that_was_killed_with_its_owner_is_replaced(var: Path) -> None:
    """`kill -9` of the process that started the server, which must not keep the next one from working."""
    script = (
        "import sys, time; from pathlib import Path; from config import embedded\n"
        "with embedded.running(Path(sys.argv[1]), own=True): print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(var)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == "up\n"
        owner.kill()
    with embedded.running(var, own=True) as server:
        note(server, "after the kill")
        assert "after the kill" in notes(server)
    assert support.left_behind(var) == []


def test_the_broker_is_installed_once(var: Path) -> None:
    for _ in range(2):
        with embedded.running(var) as server, psycopg.connect(server.dsn("brightline")) as connection:
            assert connection.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone() == (True,)


def test_manage_py_starts_the_server_for_one_command(var: Path) -> None:
    done = support.run_manage("shell", "--no-imports", "--command", READS_A_NUMBER, var=var)
    assert done.stdout == "(1,)\n", done.stderr
    assert support.left_behind(var) == []


READS_A_NUMBER = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    print(cursor.fetchone())
"""


# A checkout that only root may read ----------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/brightline."""
    with support.var_folder() as folder:
        monkeypatch.setattr(places, "OWN_PLACES", folder)
        yield folder


def test_a_folder_that_the_servers_user_cannot_reach_sends_it_to_a_place_of_its_own(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = places.Account("nobody", 65534, 65534)
    monkeypatch.setattr(places, "reaches", lambda account, path: False)
    assert places.choose_folder(tmp_path, nobody) == elsewhere / places.fingerprint(tmp_path)
    assert places.choose_folder(tmp_path, None) == tmp_path / "postgres"


def test_a_root_only_checkout_works_as_root(elsewhere: Path, tmp_path: Path) -> None:
    """As an ordinary user the same start needs no other place, and has to work just so."""
    tmp_path.chmod(0o700)
    before = tmp_path.stat().st_mode
    var = tmp_path / "var"
    with embedded.running(var, durable=False) as server:
        assert server.answers()
        is_root = os.geteuid() == 0
        assert server.place.data.is_relative_to(elsewhere) == is_root
        assert places.pointer(var).exists() == is_root
    with embedded.running(var, durable=False) as server:
        assert server.answers()
    assert tmp_path.stat().st_mode == before
    places.forget(var)
    assert not server.place.folder.exists()


def test_binaries_in_a_root_only_folder_are_copied(elsewhere: Path) -> None:
    copied = places.own_binaries(elsewhere / "somewhere")
    account = places.account_for(elsewhere) if os.geteuid() == 0 else None
    command = [str(copied / "initdb"), "--version"]
    told = subprocess.run(command, **places.as_user(account), capture_output=True, text=True, check=False)
    assert "PostgreSQL" in told.stdout, told.stderr
    assert places.own_binaries(elsewhere / "somewhere") == copied


def test_a_copy_of_a_data_folder_does_not_touch_the_originals_place(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.mkdir()
    pointer = {"var": str(original.resolve()), "folder": "/somewhere"}
    places.pointer(original).write_text(json.dumps(pointer))
    shutil.copytree(original, copy)
    assert places.recorded(original)["folder"] == "/somewhere"
    assert places.recorded(copy) == {}
    shutil.rmtree(original)  # now it was not a copy but a move
    assert places.recorded(copy)["folder"] == "/somewhere"
