"""A product on two platforms has two sets of limits and two published profiles; pages say where they differ."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from profiles.actions.api_keys import create_api_key
from profiles.actions.products import create_product
from profiles.actions.rulebooks import publish_rulebook
from profiles.errors import OutsideLimits
from profiles.models import PublishedProfile
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, NOW, SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    """Like the usual cast, with a product that runs on the reference platform and on one that never allows explicit
    content."""
    cast = some.make_cast()
    text = (LIBRARY / "reference-2026-11.toml").read_text("utf-8")
    stricter = text.replace('platform = "reference"', 'platform = "prudent"', 1)
    before, key, after = stricter.partition('[behaviors."content.explicit"]')
    head, _next, rest = after.partition("\n[behaviors.")
    locked = "\n".join(line for line in head.splitlines() if not line.startswith(("organization", "product", "user")))
    publish_rulebook(before + key + locked + "\n[behaviors." + rest, by=SYSTEM, now=NOW)
    product = create_product(
        cast.organization,
        slug="novel",
        name="Novel",
        facts={"audience": "adults"},
        platforms=["reference", "prudent"],
        by=cast.actor("administrator"),
        now=NOW,
    )
    return Cast(cast.organization, product, cast.users)


def test_what_one_platform_allows_may_be_set_and_the_other_gets_its_locked_value(acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    some.make_active(acme, content__explicit="on")
    documents: dict[str, Any] = {
        row.platform: json.loads(bytes(row.body))["behaviors"]["content.explicit"]
        for row in PublishedProfile.objects.filter(environment=acme.production, valid_from__lte=timezone.now())
    }
    assert documents["reference"]["value"] == "on"
    assert documents["prudent"]["value"] == "off"
    assert documents["prudent"]["reason"] == "locked_platform"


def test_what_no_platform_allows_is_refused(acme: Cast) -> None:
    with pytest.raises(OutsideLimits):
        some.set_values(acme, content__explicit="on")


def test_the_editor_says_in_place_where_a_setting_is_open_and_where_it_is_locked(acme: Cast, client: Client) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    client.force_login(acme.users["editor"])
    page = client.get("/products/novel/edit/").content.decode()
    row = page.partition('id="content.explicit"')[2].partition("</article>")[0]
    assert "Reference" in row
    assert "open: Off to On" in row
    assert "Prudent" in row
    assert "locked: Off" in row


def test_a_client_names_the_platform_that_it_runs_on(acme: Cast, client: Client) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = create_api_key(
        acme.organization,
        name="gateway",
        product=acme.product,
        environment=acme.production,
        by=SYSTEM,
        now=timezone.now(),
    )
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/api/v1/profile", headers=headers).json()["platform"] == "reference"  # the first one
    unknown = client.get("/api/v1/profile?platform=other", headers=headers)
    assert unknown.status_code == 404
    assert "reference, prudent" in unknown.json()["error"]["message"]
    assert client.get("/api/v1/profile?platform=prudent", headers=headers).json()["platform"] == "prudent"
