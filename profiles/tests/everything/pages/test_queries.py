"""How many queries each page takes: no more than it says here, and no more in a large organization than in a small."""

from __future__ import annotations

from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from profiles.access import Role
from profiles.actions.api_keys import create_api_key
from profiles.actions.attestations import request_attestation
from profiles.actions.holds import place_hold
from profiles.actions.members import add_member
from profiles.actions.products import create_product
from profiles.models import User
from profiles.tests import cast as some
from profiles.tests.cast import NOW, SYSTEM, Cast
from profiles.tests.everything.stage import Stage
from profiles.tests.web.test_who_sees_what import PAGES

pytestmark = pytest.mark.django_db

MANY: Final = 12
MOST: Final = 16  # queries of a page that the table does not name
CEILINGS: Final = {
    "home": 33,
    "product": 37,
    "product_health": 18,
    "conformance_start": 20,
    "product_edit": 17,  # two for what runs say, as below
    "draft_behavior": 17,
    "conformance": 19,
    "alarm": 22,
    **dict.fromkeys(("product_at", "product_possible", "version_diff_draft"), 19),
    "simulate": 21,
    "reviews": 22,
    "draft_copy": 21,
    "version": 34,
    "version_restore": 20,
    "version_diff": 21,
    "run_comparison": 19,
    "product_receipts": 18,
    "product_try": 28,
    "settings_hold": 23,
    "trail": 27,  # two for what was pruned, one for legal holds
    "trail_log": 21,
}
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
    few = counted(stage)
    grow(stage.acme)
    many = counted(stage)
    assert {name: n for name, n in many.items() if n > CEILINGS.get(name, MOST)} == {}
    assert {name: (few[name], n) for name, n in many.items() if n > few[name] + (name in PAGED)} == {}
