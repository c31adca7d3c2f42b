"""The known organization, and somebody who may read all of it and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from profiles.tests.cast import Cast


@pytest.fixture
def acme(db: None) -> Cast:
    from profiles.tests.cast import make_cast  # models are there only once Django is set up

    return make_cast()


@pytest.fixture
def reader(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["auditor"])
    return client
