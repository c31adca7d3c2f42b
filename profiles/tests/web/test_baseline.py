"""The organization baseline: read by everybody of the organization, changed by some, and said before what it does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.actions.baseline import change_baseline
from profiles.models import Organization, PublishedProfile
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/settings/baseline/"
SWEARING = "tone.profanity"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, tone__profanity="on", agents__spend_limit=40, agents__permissions="task")
    return cast


@pytest.fixture
def approver(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["approver"])
    return client


def windows() -> dict[str, Any]:
    return dict(Organization.objects.get(slug="acme").windows)


def served(key: str = SWEARING) -> Any:
    row = PublishedProfile.objects.filter(environment__slug="production").first()
    assert row is not None
    return json.loads(bytes(row.body))["behaviors"][key]["value"]


def change(client: Client, key: str = SWEARING, *, seen: Any = None, reason: str = "House rule.", **form: str) -> Any:
    return client.post(f"{PAGE}{key}/change/", {"seen": json.dumps(seen), "reason": reason, **form})


def narrow(acme: Cast, seen: Any = None, **named: Any) -> None:
    change_baseline(
        Organization.objects.get(pk=acme.organization.pk),
        windows={key.replace("__", "."): window for key, window in named.items()},
        seen=seen or {},
        reason="Agreed by the board.",
        by=acme.actor("approver"),
        now=timezone.now(),
    )


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("role", ["administrator", "editor", "approver", "compliance", "auditor"])
def test_everybody_of_the_organization_reads_it(acme: Cast, client: Client, role: str) -> None:
    narrow(acme, tone__profanity={"ceiling": "off"})
    client.force_login(acme.users[role])
    page = text(client.get(PAGE))
    row = page.partition(f'id="{SWEARING}"')[2].partition("</article>")[0]
    assert "Off to On" in row
    assert "at most Off" in row
    assert "Approver of Acme" in row
    assert "Agreed by the board." in page
    assert ("needs one of these roles: Administrator, Approver." in page) is (role not in ("administrator", "approver"))


def test_what_no_platform_of_the_products_states_is_not_listed(approver: Client) -> None:
    page = text(approver.get(PAGE))
    assert 'id="content.explicit"' in page
    assert 'id="limits.hard_cases"' not in page


def test_what_is_locked_on_every_platform_offers_nothing_to_narrow(approver: Client) -> None:
    page = text(approver.get(f"{PAGE}safety.weapons_of_mass_harm/"))
    assert "Locked on every platform" in page
    assert 'name="ceiling"' not in page


def test_the_filter_asks_for_the_rows_alone(approver: Client, acme: Cast) -> None:
    found = text(approver.get(PAGE, {"q": "profanity"}, headers=HTMX))
    assert "<html" not in found
    assert f'id="{SWEARING}"' in found
    assert 'id="content.explicit"' not in found
    assert "Nothing is narrowed yet." in text(approver.get(PAGE, {"show": "narrowed"}))
    narrow(acme, tone__profanity={"ceiling": "off"})
    narrowed = text(approver.get(PAGE, {"show": "narrowed"}))
    assert f'id="{SWEARING}"' in narrowed
    assert 'id="content.explicit"' not in narrowed


def test_it_says_before_whom_it_changes_and_changes_nothing(approver: Client) -> None:
    page = text(approver.get(f"{PAGE}{SWEARING}/", {"ceiling": "off", "floor": ""}, headers=HTMX))
    assert "<html" not in page
    assert "takes effect at once" in page
    assert "clients of 1 product get something else" in page
    assert "/products/helper/" in page
    assert "stricter" in page
    tried = approver.post(f"{PAGE}{SWEARING}/change/", {"ceiling": "off", "preview": "1", "reason": "Kept."})
    assert tried.status_code == 200
    assert "clients of 1 product get something else" in text(tried)
    assert "Kept." in text(tried)
    assert windows() == {}


def test_narrowing_holds_at_once_and_is_in_the_history(approver: Client) -> None:
    answer = change(approver, ceiling="off", floor="")
    assert answer.status_code == 302
    assert windows() == {SWEARING: {"ceiling": "off"}}
    assert served() == "off"
    page = text(approver.get(answer["Location"]))
    assert "not narrowed to at most Off" in page
    assert "House rule." in page
    entry = Entry.objects.get(kind="organization.baseline.changed")
    assert f"/trail/{entry.pk}/" in page


def test_what_is_wider_waits_and_says_so(approver: Client, acme: Cast) -> None:
    narrow(acme, agents__spend_limit={"ceiling": 20})
    some.make_active(acme, agents__spend_limit=20)
    page = text(approver.get(f"{PAGE}agents.spend_limit/", {"ceiling": "", "floor": ""}))
    assert "with its next version, which somebody else reviews" in page
    assert "No active product changes by it." in page
    form = {"back": "1", "ceiling": "20", "floor": ""}
    assert change(approver, "agents.spend_limit", seen={"ceiling": 20}, **form).status_code == 302
    assert windows() == {}


def test_numbers_and_topics_become_values(approver: Client) -> None:
    assert change(approver, "agents.spend_limit", ceiling="20", floor="").status_code == 302
    assert (
        change(approver, "topics.allowed", ceiling="list", ceiling_list="algebra\n music ", floor="").status_code == 302
    )
    assert windows() == {"agents.spend_limit": {"ceiling": 20}, "topics.allowed": {"ceiling": ["algebra", "music"]}}
    page = text(approver.get(f"{PAGE}topics.allowed/"))
    assert "at most algebra, music" in page
    assert "algebra\nmusic</textarea>" in page
    assert "Less is stricter" in text(approver.get(f"{PAGE}agents.spend_limit/"))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"ceiling": "off", "reason": " "}, "Please fill this in."),
        ({"ceiling": "", "floor": ""}, "Choose a floor, a ceiling or both."),
        ({"ceiling": "nonsense"}, "must be one of off, on"),
        ({"ceiling": "off", "floor": "on"}, "The floor must be at least as strict as the ceiling."),
    ],
)
def test_what_is_refused_comes_back_with_its_sentence(approver: Client, form: dict[str, str], sentence: str) -> None:
    answer = change(approver, **({"reason": "Kept words."} | form))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "<title>Error:" in text(answer)
    if "reason" not in form:
        assert "Kept words." in text(answer)
    assert windows() == {}


def test_the_ends_that_were_typed_are_kept(approver: Client) -> None:
    page = text(change(approver, ceiling="off", floor="off", reason=""))
    assert page.count('<option value="off" selected>') == 2


def test_a_page_that_is_stale_changes_nothing_and_loses_nothing(approver: Client, acme: Cast) -> None:
    narrow(acme, tone__profanity={"ceiling": "off"})
    answer = change(approver, ceiling="on", floor="", reason="My words.")
    assert answer.status_code == 409
    assert "Somebody changed the baseline meanwhile." in text(answer)
    assert "My words." in text(answer)
    assert "at most Off" in text(answer)
    assert windows() == {SWEARING: {"ceiling": "off"}}


def test_a_page_that_does_not_say_what_it_showed_changes_nothing(approver: Client) -> None:
    answer = approver.post(f"{PAGE}{SWEARING}/change/", {"ceiling": "off", "reason": "R."})
    assert answer.status_code == 400
    assert windows() == {}


@pytest.mark.parametrize("role", ["editor", "compliance", "auditor"])
def test_who_may_not_change_it_is_told_and_stays_on_record(acme: Cast, client: Client, role: str) -> None:
    client.force_login(acme.users[role])
    page = text(client.get(f"{PAGE}{SWEARING}/"))
    assert "Changing the baseline needs one of these roles: Administrator, Approver." in page
    assert 'name="ceiling"' not in page
    assert change(client, ceiling="off").status_code == 403
    assert Entry.objects.get(kind="organization.baseline.changed").outcome == "refused"
    assert windows() == {}


def test_nothing_of_another_organization_is_in_it(acme: Cast, client: Client) -> None:
    narrow(acme, tone__profanity={"ceiling": "off"})
    rival = some.make_cast("rival", "other")
    client.force_login(rival.users["administrator"])
    page = text(client.get(f"{PAGE}{SWEARING}/", {"ceiling": "off"}))
    assert "Agreed by the board." not in page
    assert "Helper" not in page
    assert "No active product changes by it." in page


def test_a_behavior_that_nobody_states_is_not_there(approver: Client) -> None:
    assert approver.get(f"{PAGE}no.such/").status_code == 404
    assert change(approver, "no.such", ceiling="off").status_code in (404, 422)


def test_what_no_platform_states_any_more_can_be_taken_back(approver: Client, acme: Cast) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(windows={"old.one": {"ceiling": "off"}})
    assert "old.one" in text(approver.get(PAGE))
    page = text(approver.get(f"{PAGE}old.one/"))
    assert "Stop narrowing" in page
    assert 'name="ceiling"' not in page
    assert change(approver, "old.one", seen={"ceiling": "off"}, back="1").status_code == 302
    assert windows() == {}


def test_a_hostile_reason_is_text(approver: Client) -> None:
    change(approver, ceiling="off", reason="<script>alert(1)</script>")
    page = text(approver.get(PAGE))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
