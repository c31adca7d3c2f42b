"""A real installation does not start with accounts whose passwords may be known."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from config.checks import no_demo_accounts, refuse_demo_accounts
from config.tests import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_account() -> None:
    with support.unrecorded():
        get_user_model().objects.create(email="editor@demo.example", is_demo=True)


def test_it_refuses_and_says_how_many(demo_account: None) -> None:
    with override_settings(EMBEDDED=False), pytest.raises(ImproperlyConfigured, match="1 demo account"):
        refuse_demo_accounts()


def test_the_system_check_says_the_same(demo_account: None) -> None:
    with override_settings(EMBEDDED=False):
        assert [error.id for error in no_demo_accounts(databases=["default"])] == ["brightline.E001"]
        assert no_demo_accounts(databases=None) == []


def test_embedded_they_are_welcome(demo_account: None) -> None:
    refuse_demo_accounts()
    assert no_demo_accounts(databases=["default"]) == []


def test_without_them_it_starts() -> None:
    with override_settings(EMBEDDED=False):
        refuse_demo_accounts()
        assert no_demo_accounts(databases=["default"]) == []
