"""How many queries each page takes: no more than it says here, and no more in a large organization than in a small."""

from __future__ import annotations

from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import Endpoint, Suite
from profiles.access import Role
from profiles.actions.api_keys import create_api_key
from profiles.actions.attestations import request_attestation
from profiles.actions.holds import place_hold
from profiles.actions.members import add_member
from profiles.actions.products import create_product
from profiles.actions.run_schedules import Wish, schedule_runs
from profiles.models import User
from profiles.tests import cast as some
from profiles.tests.cast import NOW, SYSTEM, Cast
from profiles.tests.everything.stage import Stage
from profiles.tests.web.test_who_sees_what import PAGES

pytestmark = pytest.mark.django_db

MANY: Final = 12
MOST: Final = 14  # queries of a page that the table does not name; two of them for what waits for a review
CEILINGS: Final = {
    "home": 23,
    "product": 24,
    "conformance": 16,
    "conformance_start": 18,
    **dict.fromkeys(("product_at", "product_possible", "version_diff_draft", "reviews"), 16),
    "simulate": 17,
    "draft_copy": 19,
    "version": 30,
    "version_restore": 17,
    "version_diff": 18,
    "product_receipts": 15,
    "product_try": 24,
    "settings_hold": 21,
    "trail": 25,  # two for what was pruned, one for legal holds
    "trail_log": 19,
}
EDITOR: Final = 12  # of the editor, to those who write; what runs say is known
# One more where there is an older page to lead to.
PAGED: Final = {"trail"}
HELD: Final = ("tone.insults", "persona.custom", "views.own_opinion", "safety.danger_caveats")


def counted(stage: Stage) -> dict[str, int]:
    """The second visit of each page: the first fills what a process remembers."""
    client, counts = stage.client("acme", "administrator"), {}
    for name in PAGES:
        address = stage.address(name)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts[name] = len(queries)
    return counts


def grow(cast: Cast) -> None:
    """A dozen of everything that pages list."""
    for n in range(MANY):
        _one_more_product(cast, n)
        _one_more_member(cast, n)
        _one_more_version(cast, n)
    for behavior in HELD:
        by, now = cast.actor("compliance"), timezone.now()
        place_hold(cast.organization, behavior=behavior, ceiling="off", reason="R.", by=by, now=now)


def _one_more_product(cast: Cast, n: int) -> None:
    made = create_product(
        cast.organization,
        slug=f"more-{n}",
        name=f"More {n}",
        facts={"audience": "adults"},
        platforms=["reference"],
        by=cast.actor("administrator"),
        now=NOW,
    )
    by, now = cast.actor("editor"), timezone.now()
    request_attestation(made, kind="adults_only", evidence="E.", by=by, now=now)
    other = Cast(cast.organization, made, cast.users)
    some.make_active(other, safety__danger_caveats="off")
    some.set_values(other, views__balanced="off")
    some.submit(other)
    _schedule(other)


def _schedule(cast: Cast) -> None:
    endpoint, suite = Endpoint.objects.filter(organization=cast.organization)[0], Suite.objects.all()[0]
    wish = Wish(cast.product.platforms[0], (suite,), endpoint, every_days=7)
    by, now = cast.actor("compliance"), timezone.now()
    schedule_runs(cast.product, environment=cast.production, wish=wish, by=by, now=now)


def _one_more_member(cast: Cast, n: int) -> None:
    now = timezone.now()
    user = User.objects.create_user(f"more-{n}@acme.example", name=f"Member {n}")
    add_member(cast.organization, user=user, role=Role.EDITOR, by=SYSTEM, now=now)
    create_api_key(cast.organization, name=f"Key {n}", scopes=["read"], by=SYSTEM, now=now)


def _one_more_version(cast: Cast, n: int) -> None:
    some.set_values(cast, format__length="brief" if n % 2 else "thorough")
    version = some.submit(cast)
    some.approve(cast, version)


def test_no_page_asks_more_than_it_may_or_more_where_there_is_more(stage: Stage) -> None:
    _schedule(stage.acme)
    few = counted(stage)
    grow(stage.acme)
    many = counted(stage)
    assert {name: n for name, n in many.items() if n > CEILINGS.get(name, MOST)} == {}
    assert {name: (few[name], n) for name, n in many.items() if n > few[name] + (name in PAGED)} == {}


def test_the_editor_asks_little(stage: Stage) -> None:
    client, address = stage.client("acme", "editor"), stage.address("product_edit")
    assert "Tested on" in client.get(address).content.decode()
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) <= EDITOR
