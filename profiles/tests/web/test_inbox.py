"""The inbox, the bell and the choices, as pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import Entry, Untold
from audits.telling.fan_out import tell
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import Role
from profiles.actions.members import add_member
from profiles.models import Notice, NoticeChoice, User
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast("acme", "helper")
    Untold.objects.all().delete()
    return cast


def client_of(acme: Cast, name: str = "approver") -> Client:
    client = Client()
    client.force_login(acme.users[name])
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def submitted(acme: Cast) -> Notice:
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme)
    tell(now=timezone.now())
    return Notice.objects.get(user=acme.users["approver"])


def holds(count: int, organization: str = "acme") -> None:
    for number in range(count):
        at = timezone.now() - timedelta(minutes=count - number)
        record(Kind.HOLD_PLACED, who=SYSTEM, at=at, organization=organization, target=f"hold h.{number:03d}")
    tell(now=timezone.now(), most=1_000)


def test_a_notice_says_what_happened_and_leads_there_and_is_read_then(acme: Cast) -> None:
    notice, client = submitted(acme), client_of(acme)
    page = text_of(client.get("/inbox/"))
    assert "Editor of Acme submitted version 1 of Helper" in page
    assert "Because it is needed." in page
    assert 'aria-label="Inbox, 1 unread"' in client.get("/").content.decode()
    answer = client.get(f"/inbox/{notice.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/products/helper/versions/1/")
    assert "Nothing unread." in text_of(client.get("/inbox/"))
    assert "Editor of Acme submitted" in text_of(client.get("/inbox/?show=all"))
    assert 'aria-label="Inbox, nothing unread"' in client.get("/").content.decode()


def test_following_a_notice_decides_nothing(acme: Cast) -> None:
    notice = submitted(acme)
    client_of(acme).get(f"/inbox/{notice.pk}/", follow=True)
    assert not Entry.objects.filter(kind=Kind.VERSION_APPROVED).exists()


def test_a_notice_is_nobody_elses(acme: Cast) -> None:
    notice = submitted(acme)
    for name in ("administrator", "approver2", "editor", "steward"):
        assert client_of(acme, name).get(f"/inbox/{notice.pk}/").status_code == 404
    client_of(acme, "editor").post("/inbox/read/", {"notice": notice.pk})
    notice.refresh_from_db()
    assert notice.read_at is None


def test_one_or_all_are_marked_as_read_without_scripts(acme: Cast) -> None:
    holds(3)
    client = client_of(acme)
    mine = Notice.objects.filter(user=acme.users["approver"])
    answer = client.post("/inbox/read/", {"notice": mine[0].pk, "next": "/inbox/?show=all"})
    assert answer["Location"] == "/inbox/?show=all"
    assert mine.filter(read_at=None).count() == 2
    client.post("/inbox/read/", {"notice": "all"})
    assert not mine.filter(read_at=None).exists()
    assert Notice.objects.filter(user=acme.users["editor"], read_at=None).count() == 3


def test_with_htmx_the_list_and_the_bell_come_back(acme: Cast) -> None:
    holds(2)
    notice = Notice.objects.filter(user=acme.users["approver"]).latest("pk")
    answer = client_of(acme).post("/inbox/read/", {"notice": notice.pk, "show": "unread"}, headers=HTMX)
    page = answer.content.decode()
    assert page.count('<article class="nt') == 1
    assert 'hx-target="#bell"' in page
    assert "<html" not in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "inbox"])
def test_reading_leads_to_no_other_site(acme: Cast, back: str) -> None:
    answer = client_of(acme).post("/inbox/read/", {"notice": "all", "next": back})
    assert answer["Location"] == "/inbox/"


def test_older_pages_hold_everything_once(acme: Cast) -> None:
    holds(75)
    client, address, seen = client_of(acme), "/inbox/?show=all", []
    for _ in range(3):
        page = client.get(address).content.decode()
        seen += re.findall(r"h\.(\d{3})</a>", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert not address
    assert seen == [f"{number:03d}" for number in reversed(range(75))]
    newer = re.search(r'rel="prev" href="([^"]+)"', page)
    assert newer
    again = re.findall(r"h\.(\d{3})</a>", client.get(newer[1].replace("&amp;", "&")).content.decode())
    assert again == [f"{number:03d}" for number in reversed(range(15, 45))]


@pytest.mark.parametrize("query", ["before=x", "before=-1", "after=0", f"before={2**70}", "before=²", "show=\u202e"])
def test_an_odd_address_is_the_newest_page(acme: Cast, query: str) -> None:
    holds(1)
    assert "placed a hold on h.000" in text_of(client_of(acme).get(f"/inbox/?{query}"))


def test_somebody_in_two_organizations_sees_both_and_a_link_switches(acme: Cast) -> None:
    rival = some.make_cast("rival", "helper")
    Untold.objects.all().delete()
    both = acme.users["approver"]
    add_member(rival.organization, user=both, role=Role.APPROVER, by=SYSTEM, now=timezone.now())
    holds(1)
    holds(1, "rival")
    client = client_of(acme)
    page = text_of(client.get("/inbox/"))
    assert "· Acme ·" in page
    assert "· Rival ·" in page
    theirs = Notice.objects.get(user=both, organization=rival.organization)
    client.get(f"/inbox/{theirs.pk}/")
    assert client.session["organization"] == "rival"

    rival.organization.members.filter(user=both).delete()
    assert "Rival" not in text_of(client.get("/inbox/?show=all"))
    assert client.get(f"/inbox/{theirs.pk}/").status_code == 404
    assert 'aria-label="Inbox, 1 unread"' in client.get("/inbox/").content.decode()


def test_hostile_names_are_text(acme: Cast) -> None:
    User.objects.filter(pk=acme.users["editor"].pk).update(name="<img src=x> %(x)s {{ 7 }}")
    acme.users["editor"].refresh_from_db()
    submitted(acme)
    page = client_of(acme).get("/inbox/").content.decode()
    assert "<img" not in page
    assert "&lt;img src=x&gt; %(x)s {{ 7 }} submitted version 1" in page


def test_the_bell_costs_one_query_that_an_index_answers(acme: Cast) -> None:
    holds(1)
    mine = Notice.objects.get(user=acme.users["approver"])
    common = {"entry": mine.entry, "topic": "limits", "at": mine.at, "in_inbox": True, "mail": "none"}
    Notice.objects.bulk_create(
        Notice(user=mine.user, organization=acme.organization, key=f"k-{number}", read_at=mine.at, **common)
        for number in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE profiles_notice")
    with CaptureQueriesContext(connection) as queries:
        client_of(acme).get("/settings/members/")
    counting = [each["sql"] for each in queries if "COUNT" in each["sql"] and "profiles_notice" in each["sql"]]
    assert len(counting) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {counting[0]}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "notice_unread" in plan


# Choices


def test_choices_are_kept_and_stand_in_the_trail(acme: Cast) -> None:
    client = client_of(acme)
    page = client.get("/settings/notifications/").content.decode()
    assert "Always in the inbox and by mail at once." in page
    assert 'name="mail-alerts"' not in page
    assert 'name="mail-decisions"' not in page  # for stewards
    form = {"hour": "18", "mail-reviews": "digest", "inbox-checks": "on", "mail-checks": "none", "mail-alerts": "none"}
    answer = client.post("/settings/notifications/change/", form, follow=True)
    assert "Saved." in text_of(answer)
    kept = {row.topic: (row.inbox, row.mail) for row in NoticeChoice.objects.filter(user=acme.users["approver"])}
    assert kept == {"reviews": (False, "digest"), "checks": (True, "none")}
    acme.users["approver"].refresh_from_db()
    assert acme.users["approver"].digest_hour == 18
    entry = Entry.objects.filter(kind=Kind.PREFERENCES_CHANGED).latest("pk")
    assert (entry.organization, entry.actor_name) == ("acme", "Approver of Acme")
    assert "@" not in bytes(entry.leaf).decode()

    count = Entry.objects.count()
    client.post("/settings/notifications/change/", form)
    assert Entry.objects.count() == count  # nothing changed


def test_who_switched_reviews_off_is_not_told_of_the_next_one(acme: Cast) -> None:
    client_of(acme).post("/settings/notifications/change/", {"hour": "7", "mail-reviews": "none"})
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme)
    tell(now=timezone.now())
    assert not Notice.objects.filter(user=acme.users["approver"]).exists()
    assert Notice.objects.filter(user=acme.users["approver2"]).exists()


@pytest.mark.parametrize("hour", ["", "24", "-1", "x", "²", "0" * 40])
def test_an_hour_that_no_clock_has_is_refused(acme: Cast, hour: str) -> None:
    answer = client_of(acme).post("/settings/notifications/change/", {"hour": hour, "mail-reviews": "none"})
    assert answer.status_code == 400
    assert not NoticeChoice.objects.exists()
