"""Saved searches: one's own, and those that are shared."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry, SavedSearch
from profiles.actions import searches as actions
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
QUERY = "q=outcome%3Arefused&kind=check.finished"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def browser(cast: Cast, name: str = "compliance") -> Client:
    client = Client()
    client.force_login(cast.users[name])
    return client


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def save(client: Client, name: str = "Refusals", query: str = QUERY, **more: str) -> Any:
    return client.post("/trail/searches/save/", {"name": name, "query": query, **more}, follow=True)


def told() -> list[tuple[str, str]]:
    return list(Entry.objects.filter(kind__startswith="search.").order_by("pk").values_list("kind", "outcome"))


def test_somebody_saves_a_search_and_comes_back_to_it_and_the_trail_says_nothing(acme: Cast) -> None:
    client = browser(acme)
    assert "Save this search" not in text(client.get("/trail/"))
    assert "Save this search" in text(client.get(f"/trail/?{QUERY}"))
    page = text(save(client))
    assert "Saved as “Refusals”." in page
    assert f'<a href="/trail/?{QUERY}" aria-current="true">Refusals</a>' in page
    assert "Save this search" not in page
    assert f'<a href="/trail/?{QUERY}">Refusals</a>' in text(client.get("/trail/"))
    assert told() == []


def test_nobody_else_sees_it_until_it_is_shared(acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    mine, colleague, stranger = browser(acme), browser(acme, "auditor"), browser(other)
    save(mine)
    assert "Refusals" not in text(colleague.get("/trail/"))
    found = SavedSearch.objects.get()
    mine.post(f"/trail/searches/{found.pk}/change/", {"name": "All refusals", "shared": "on"})
    assert "All refusals" in text(colleague.get("/trail/"))
    assert "Shared by Compliance of Acme" in text(colleague.get("/trail/"))
    assert "All refusals" not in text(stranger.get("/trail/"))
    entry = Entry.objects.get(kind="search.shared")
    assert (entry.organization, entry.content()["after"]) == ("acme", {"name": "All refusals", "query": QUERY})
    assert "All refusals" in text(mine.get(f"/trail/{entry.pk}/"))
    mine.post(f"/trail/searches/{found.pk}/change/", {"name": "All refusals"})
    assert "Shared by" not in text(colleague.get("/trail/"))
    assert told() == [("search.shared", "done"), ("search.withdrawn", "done")]


def test_what_is_shared_already_is_on_record_once(acme: Cast) -> None:
    by, now = acme.actor("compliance"), timezone.now()
    found = actions.save_search(acme.organization, name="A", query=QUERY, by=by, now=now)
    for name in ("A", "A", "B"):
        actions.share_search(found, name=name, by=by, now=now)
    assert [entry.content()["before"] for entry in Entry.objects.filter(kind="search.shared").order_by("pk")] == [
        None,
        {"name": "A", "query": QUERY},
    ]


def test_one_is_removed_and_a_shared_one_withdrawn_first(acme: Cast) -> None:
    client = browser(acme)
    save(client, "Mine")
    save(client, "Ours", shared="on")
    for found in SavedSearch.objects.all():
        assert "is gone" in text(client.post(f"/trail/searches/{found.pk}/remove/", follow=True))
    assert not SavedSearch.objects.exists()
    assert told() == [("search.shared", "done"), ("search.withdrawn", "done")]


def test_an_administrator_takes_a_shared_one_away_from_the_others_and_leaves_it_to_its_owner(acme: Cast) -> None:
    save(browser(acme), shared="on")
    found = SavedSearch.objects.get()
    assert browser(acme, "editor").post(f"/trail/searches/{found.pk}/remove/").status_code == 404
    browser(acme, "administrator").post(f"/trail/searches/{found.pk}/remove/")
    found.refresh_from_db()
    assert not found.shared
    assert browser(acme, "administrator").post(f"/trail/searches/{found.pk}/remove/").status_code == 404


def test_an_auditor_saves_for_themselves_and_shares_nothing(acme: Cast) -> None:
    client = browser(acme, "auditor")
    save(client)
    assert "Show it to everybody" not in text(client.get(f"/trail/?{QUERY}"))
    found = SavedSearch.objects.get()
    assert client.post(f"/trail/searches/{found.pk}/change/", {"name": "A", "shared": "on"}).status_code == 403
    with pytest.raises(Forbidden):
        actions.share_search(found, name="A", by=acme.actor("auditor"), now=timezone.now())
    assert told() == [("search.shared", "refused")] * 2


def test_what_cannot_be_saved_is_said_and_changes_nothing(acme: Cast) -> None:
    client, by, now = browser(acme), acme.actor("compliance"), timezone.now()
    assert "Please fill this in." in text(save(client, " "))
    assert "there is nothing to save yet" in text(save(client, query="before=7&nothing=else"))
    save(client, "One")
    save(client, "Two", "kind=check.requested", shared="on")
    one, two = SavedSearch.objects.order_by("name")
    answer = client.post(f"/trail/searches/{one.pk}/change/", {"name": "Two"}, follow=True)
    assert "You have a search of this name." in text(answer)
    assert "You share a search of this name." in text(save(client, "Two"))
    save(client, "One", "kind=check.requested")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.name, one.query, two.name) == ("One", "kind=check.requested", "Two")
    with pytest.raises(InvalidInput):
        actions.save_search(acme.organization, name="x" * 61, query=QUERY, by=by, now=now)
    with pytest.raises(NotFound):
        actions.rename_search(one, name="Taken", by=acme.actor("editor"))
    with pytest.raises(NotFound):
        actions.save_search(some.make_cast("other", "t").organization, name="x", query=QUERY, by=by, now=now)
    with pytest.raises(WrongState):
        actions.withdraw_search(one, by=by, now=now)


def test_there_is_a_limit(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    client = browser(acme)
    save(client, "One")
    assert "There is room for 1 searches. Remove one first." in text(save(client, "Two"))


def test_only_what_is_a_filter_is_kept(acme: Cast) -> None:
    save(browser(acme), query="q=a&evil=//elsewhere.example&before=12&since=2026-05-01")
    assert SavedSearch.objects.get().query == "q=a&since=2026-05-01"
