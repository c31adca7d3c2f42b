"""Environments in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from profiles.models import Environment
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/settings/environments/"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def administrator(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["administrator"])
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def change(client: Client, **form: str) -> Any:
    row = Environment.objects.get(slug="production")
    stored = {"name": row.name, "approvals": str(row.approvals_needed), "at_once": "1", "seen": row.rules_tag}
    return client.post(f"{PAGE}production/change/", stored | form)


def test_they_are_listed_in_order_with_what_they_ask_for(administrator: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    found = text(administrator.get(PAGE))
    assert found.index("Staging") < found.index("Production")
    assert "Asks for 1 approval by somebody else than the author." in found
    assert "Serves 1 product" in found


def test_more_approvals_are_saved_and_fewer_ask_why(administrator: Client, acme: Cast) -> None:
    assert change(administrator, approvals="2").status_code == 302
    answer = change(administrator, approvals="1")
    assert answer.status_code == 422
    assert "Why?: Please fill this in." in text(answer)
    assert change(administrator, approvals="1", reason="Two of us left.").status_code == 302
    assert Environment.objects.get(slug="production").approvals_needed == 1


@pytest.mark.parametrize("approvals", ["0", "-1", "1.5", "", "many", "99999999999999999999", "²", "10"])
def test_an_impossible_number_is_refused_and_kept(administrator: Client, acme: Cast, approvals: str) -> None:
    answer = change(administrator, approvals=approvals)
    assert answer.status_code == 422
    assert "Ask for 1 to 9 approvals" in text(answer)
    assert f'value="{approvals}"' in text(answer)


def test_a_change_that_crossed_another_one_is_asked_about(administrator: Client, acme: Cast) -> None:
    answer = change(administrator, seen="2:0:Production", name="Live")
    assert answer.status_code == 409
    assert "Somebody changed this environment meanwhile" in text(answer)
    assert 'value="Live"' in text(answer)


def test_one_is_added_and_moved(administrator: Client, acme: Cast) -> None:
    form = {"slug": "canary", "name": "Canary", "approvals": "1"}
    assert administrator.post(f"{PAGE}add/", form)["Location"] == PAGE
    assert administrator.post(f"{PAGE}canary/move/", {"to": "earlier"})["Location"] == PAGE
    assert list(acme.organization.environments.values_list("slug", flat=True)) == ["staging", "canary", "production"]
    assert administrator.post(f"{PAGE}staging/move/", {"to": "earlier"}).status_code == 409
    refused = administrator.post(f"{PAGE}add/", form)
    assert refused.status_code == 422
    assert "canary is taken." in text(refused)


def test_those_who_only_read_see_no_form(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["compliance"])
    for address in (PAGE, f"{PAGE}production/"):
        found = text(client.get(address)).split('<main id="main"')[1]
        assert "<form" not in found
        assert "Changing environments needs one of these roles: Administrator." in found


def test_the_index_lists_what_there_is(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["auditor"])
    found = text(client.get("/settings/"))
    for address in (PAGE, "/settings/members/", "/settings/baseline/", "/account/password/"):
        assert f'href="{address}"' in found
    assert "/organizations/" not in found
    client.force_login(acme.users["steward"])
    found = text(client.get("/settings/")).split('<main id="main"')[1]
    assert "/organizations/" in found
    assert "/settings/members/" not in found
