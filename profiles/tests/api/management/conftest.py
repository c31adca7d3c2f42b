"""The command in a folder where the cast's product was pulled, and the program that it talks to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

if TYPE_CHECKING:
    from profiles.tests.api.management.shell import Shell
    from profiles.tests.cast import Cast


@pytest.fixture
def acme(transactional_db: None) -> Cast:
    from profiles.tests.cast import make_cast  # models are there only once Django is set up

    return make_cast()


@pytest.fixture
def shell(live_server: LiveServer, acme: Cast, tmp_path: Path) -> Shell:
    from profiles.tests.api.management.program import program
    from profiles.tests.api.management.shell import Shell

    made = Shell(tmp_path, live_server.url, program(acme).text)
    assert made("pull", "--product", "helper").returncode == 0
    return made
