"""One stage for all the doors: made once in a transaction that is never committed, and put back after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from profiles.tests.everything.stage import Stage


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    from profiles.tests.everything.stage import make_stage, undone  # Django is not set up yet when this file is read

    with django_db_blocker.unblock(), undone():
        yield make_stage()


@pytest.fixture
def _django_db_helper(stage: Stage, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In the place of pytest-django's, which would close the connection of the stage after each test."""
    from profiles.tests.everything.stage import undone

    with django_db_blocker.unblock(), undone():
        yield
