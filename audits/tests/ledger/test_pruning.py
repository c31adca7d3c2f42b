"""What was kept long enough goes, from the beginning of its log, and nothing else ever does."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audits.ledger import pruning
from audits.models import Entry, Log
from audits.tests.ledger.old import happened, keep_for
from audits.tests.ledger.test_sequence import log, place_all
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Log:
    """600 entries of a year ago, and 100 of now."""
    place_all()
    happened("acme", 600, days=365)
    place_all()
    some.make_cast("acme")
    happened("acme", 100, days=0)
    place_all()
    return log("acme")


def test_old(acme: Log) -> None:
    keep_for("acme", 6)
    assert pruning.due(now=timezone.now()) == [acme]
    assert pruning.prune_nightly(now=timezone.now()) == 512
    assert log("acme").minimum == 512
    assert pruning.prune_nightly(now=timezone.now()) == 0
    print(Entry.objects.filter(organization="acme").count())
