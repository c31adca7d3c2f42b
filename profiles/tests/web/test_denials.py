"""Who asks for what is not theirs leaves an entry, by whatever door, and asking again and again leaves no more."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audits.models import Entry
from profiles.access import Scope
from profiles.actions.api_keys import create_api_key
from profiles.actions.denials import note_denial
from profiles.errors import Forbidden, NotFound
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


def denied() -> list[Entry]:
    return list(Entry.objects.filter(kind="access.denied").order_by("pk"))


def browser(acme: Cast, role: str) -> Client:
    client = Client()
    client.force_login(acme.users[role])
    return client


def test_a_page_that_is_not_theirs(acme: Cast) -> None:
    client = browser(acme, "editor")
    assert client.get("/trail/erasure/").status_code == 403
    (entry,) = denied()
    assert (entry.target, entry.outcome, entry.organization) == ("GET /trail/erasure/", "refused", "acme")
    assert entry.actor_name == acme.users["editor"].name
    assert "needs one of: Administrator" in entry.content()["data"]["message"]
    page = browser(acme, "compliance").get("/trail/").content.decode()
    assert "was not let in:" in page


def test_again_and_again_is_one_entry_until_some_minutes_have_passed(acme: Cast) -> None:
    client = browser(acme, "editor")
    for _n in range(5):
        client.get("/trail/erasure/")
    assert len(denied()) == 1
    later = timezone.now() + timedelta(minutes=11)
    note_denial(Forbidden("No."), by=acme.actor("editor"), method="GET", path="/trail/erasure/", now=later)
    assert len(denied()) == 2


def test_what_an_action_refused_is_one_entry_and_no_second(acme: Cast) -> None:
    client = browser(acme, "auditor")
    sent = {"email": "new@acme.example", "name": "New", "role": "editor"}
    assert client.post(reverse("member_invite"), sent).status_code == 403
    (kind,) = Entry.objects.filter(outcome="refused").values_list("kind", flat=True)
    assert kind in {"organization.member.added", "person.created"}


@pytest.mark.parametrize("error", [NotFound("Nothing here.")])
def test_what_is_no_matter_of_rights_leaves_nothing(acme: Cast, error: NotFound) -> None:
    note_denial(error, by=acme.actor("editor"), method="GET", path="/", now=timezone.now())
    note_denial(Forbidden("No."), by=None, method="GET", path="/", now=timezone.now())
    assert denied() == []


def test_a_key_at_an_address_that_it_may_not_use(acme: Cast) -> None:
    by, now = acme.actor("administrator"), timezone.now()
    row, text = create_api_key(
        acme.organization, name="script", scopes=[Scope.WRITE], by=by, now=now, product=None, environment=None
    )
    answer = Client().get("/api/v1/products", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 403
    answer = Client().get("/api/v1/profile", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 403
    told = [(entry.target, entry.content()["actor"]) for entry in denied()]
    assert [target for target, _actor in told] == ["GET /api/v1/products", "GET /api/v1/profile"]
    assert {actor["on_behalf_of"] for _target, actor in told} == {by.id}
    assert {actor["id"] for _target, actor in told} == {f"key:{row.prefix}"}
