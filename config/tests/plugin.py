"""The pytest plugin of this project: a throw-away database server for a whole run, and fixtures that need processes.

Fixtures for other tests:

- `broker`: PGMQ's queues in this process's test database; tasks that a test sends really go there.
- `worker`: `with worker() as running:` is a real Celery worker on this process's test database.
- `own_server`: a durable server of one test, which may end it and start it again; the ORM is on it meanwhile.
- `program`: the whole program, started as `make run` does; one for all tests that use it.
- `chromium`: the browser's path.

Without `broker`, tasks go to a queue in memory that nobody reads.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import django
import pytest
from django.conf import settings

IS_XDIST_WORKER = "PYTEST_XDIST_WORKER" in os.environ

if not IS_XDIST_WORKER:
    if settings.configured:
        raise pytest.UsageError("The tests choose their own settings: unset DJANGO_SETTINGS_MODULE.")
    # Before anything reads the settings. xdist's workers inherit it all.
    for inherited in ("DATABASE_URL", "BROKER_URL", "ALLOWED_HOSTS", "DEBUG", "BRIGHTLINE_BASE_URL", "PORT"):
        os.environ.pop(inherited, None)
    os.environ["BRIGHTLINE_VAR"] = tempfile.mkdtemp(prefix="brightline-tests-")
    atexit.register(shutil.rmtree, os.environ["BRIGHTLINE_VAR"], ignore_errors=True)
    os.environ["LOG_LEVEL"] = "WARNING"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

from config import broker as brokers  # noqa: E402 - reads the environment set above
from config import embedded  # noqa: E402
from config.celery import app  # noqa: E402
from config.tests import support  # noqa: E402

surroundings = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """In the controller: start the server that all processes of this run share."""
    if IS_XDIST_WORKER:
        return
    if not config.option.collectonly:
        config.stash[surroundings] = stack = ExitStack()
        var = Path(os.environ["BRIGHTLINE_VAR"])
        var.chmod(0o755)  # so that root's PostgreSQL, which is not root, gets to its data
        stack.enter_context(embedded.running(var, own=True, durable=False))
    django.setup()  # pytest-django looked for settings before this module could name them


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, whatever the tests did."""
    if surroundings in config.stash:
        config.stash[surroundings].close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of the whole program run in one process, so that they share one program."""
    for item in items:
        if "program" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.program)
            item.add_marker(pytest.mark.xdist_group("program"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """After each test with a database: no entry that it wrote holds the name or address of anybody."""
    result = yield
    if "_django_db_helper" in getattr(item, "fixturenames", ()):
        support.need_no_names_in_entries()
    return result


@pytest.fixture(scope="session", autouse=True)
def fit_for_tests() -> Iterator[None]:
    """Cheap passwords, and a trail that the clean-up after a test may empty, but nobody else."""
    from django.test import override_settings

    with (
        # Databases of tests go back all the time, which is what published checkpoints are there to find out.
        override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], BRIGHTLINE_LOG_PUBLISHED=""
        ),
        support.flush_despite_triggers(),
    ):
        yield


@pytest.fixture(autouse=True)
def no_broker() -> None:
    """Tasks go to a queue in this process's memory, which nobody reads."""
    if app.conf.broker_url != "memory://":
        support.use_broker(app, url="memory://", options={})


@pytest.fixture(scope="session")
def broker_schema(django_db_setup: None) -> str:
    """PGMQ in this process's test database; returns the database's address."""
    from django.db import connection

    dsn = support.dsn(connection)
    brokers.install(dsn)
    return dsn


@pytest.fixture
def broker(broker_schema: str, transactional_db: None, no_broker: None) -> str:
    """A real, empty broker for one test; returns its database's address."""
    support.use_broker(app, url="pgmq://", options=brokers.transport_options("pgmq://", dsn=broker_schema))
    support.empty_queues(broker_schema)
    return broker_schema


@pytest.fixture
def worker(broker: str, tmp_path: Path) -> Callable[..., AbstractContextManager[support.Worker]]:
    """Starts real workers: `with worker(concurrency=1, environ={…}) as running:`; ready when it yields."""
    from django.db import connection

    def start(*, concurrency: int = 1, **environ: str) -> AbstractContextManager[support.Worker]:
        return support.celery_worker(
            log=tmp_path / "worker.log",
            concurrency=concurrency,
            environ={"BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"]), **environ},
        )

    return start


@pytest.fixture
def own_server(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[embedded.Server]:
    """What was committed is there after a restart, which the server that all share does not promise."""
    from django.db import connection

    with support.var_folder() as var, embedded.running(var, own=True) as server:
        migrated = support.run_manage("migrate", "--verbosity=0", var=var)
        assert migrated.returncode == 0, migrated.stderr
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", str(server.place.sockets))
        monkeypatch.setitem(connection.settings_dict, "NAME", embedded.database_name())
        try:
            yield server
        finally:
            connection.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome on this machine."""
    return support.find_chromium()


@pytest.fixture(scope="session")
def program() -> Iterator[support.Program]:
    """The whole program on a free port, with its demo; stopped at the end, and then nothing of it may be left."""
    with support.running_program() as running:
        yield running
