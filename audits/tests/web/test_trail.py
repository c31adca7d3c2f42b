"""The trail's pages: what they show, to whom, and how one gets through a long one."""

import hashlib
import html
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import Recorded, record
from profiles.access import Actor, ActorType, command, system
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
JANA = Actor(ActorType.PERSON, "user:901", "Jana Sommer", frozenset(), auth="password")
TOM = Actor(ActorType.PERSON, "user:902", "Tom Keller", frozenset(), auth="password")


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def browser(cast: Cast, name: str = "compliance") -> Client:
    client = Client()
    client.force_login(cast.users[name])
    return client


def write(kind: Kind = Kind.CHECK_REQUESTED, **more: Any) -> Recorded:
    given: dict[str, Any] = {"who": JANA, "at": timezone.now(), "organization": "acme", "product": "helper"} | more
    return record(kind, **given)


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def numbers(response: Any) -> list[int]:
    """The entries on a page, from the top."""
    return [int(found) for found in re.findall(r'id="e(\d+)"', text(response))]


def found(client: Client, **filters: str) -> list[int]:
    response = client.get(f"/trail/?{urlencode(filters)}")
    assert response.status_code == 200
    return numbers(response)


def link(response: Any, rel: str) -> str:
    match = re.search(rf'rel="{rel}" href="([^"]+)"', text(response))
    return match[1] if match else ""


# Who


@pytest.mark.parametrize("name", ["administrator", "editor", "approver", "compliance", "auditor"])
def test_every_member_reads_the_trail_an_auditor_too(acme: Cast, name: str) -> None:
    entry = write(target="something")
    client = browser(acme, name)
    assert entry.pk in found(client)
    assert client.get(f"/trail/{entry.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/trail/", "/trail/1/"])
def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(acme: Cast, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(f"/sign-in/?next={path}")
    partial = Client().get(path, headers=HTMX)
    assert partial["HX-Redirect"].startswith("/sign-in/")


def test_an_auditor_whose_time_is_over_reads_nothing(acme: Cast) -> None:
    member = acme.organization.members.get(role="auditor")
    member.expires_at = timezone.now() - timedelta(seconds=1)
    member.save()
    assert browser(acme, "auditor").get("/trail/").status_code == 403


def test_somebody_of_another_organization_sees_their_own_entries_only(acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    write(target="secret of acme")
    stranger = browser(other, "administrator")
    page = stranger.get("/trail/")
    assert "secret of acme" not in text(page)
    assert set(numbers(page)) == set(Entry.objects.filter(organization="other").values_list("pk", flat=True))
    assert found(stranger, q="secret") == found(stranger, actor=JANA.id) == []
    assert "Jana Sommer" not in text(page)


def test_an_entry_of_another_organization_and_one_that_is_not_there_look_alike(acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    mine, theirs = write(), write(organization="other")
    client = browser(acme)
    assert client.get(f"/trail/{mine.pk}/").status_code == 200
    answers = [client.get(f"/trail/{pk}/") for pk in (theirs.pk, 999_999_999, 10**30)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({re.sub(r"/trail/\d+/|csrf\S+|value=\S+|X-CSRF\S+", "", text(answer)) for answer in answers}) == 1
    assert browser(other, "editor").get(f"/trail/{theirs.pk}/").status_code == 200


def test_a_steward_without_an_organization_reads_the_installations_own_entries(acme: Cast) -> None:
    client = browser(acme, "steward")
    response = client.get("/trail/")
    own = set(Entry.objects.filter(organization="").values_list("pk", flat=True))
    assert own
    assert set(numbers(response)) == own
    assert client.get(f"/trail/{write().pk}/").status_code == 404
    assert client.get(f"/trail/{max(own)}/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_trail_takes_no_writes(acme: Cast, method: str) -> None:
    entry = write()
    client = browser(acme, "administrator")
    assert getattr(client, method)("/trail/").status_code == 405
    assert getattr(client, method)(f"/trail/{entry.pk}/").status_code == 405


# What


def test_what_people_did_stands_in_the_trail_newest_first(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    response = browser(acme).get("/trail/")
    page = text(response)
    assert numbers(response) == sorted(numbers(response), reverse=True)
    for words in ("Editor of Acme", "Approver of Acme", "Submitted", "Approved", "Activated", "Check requested"):
        assert words in page
    assert "In production, as the first" in page
    assert "Append-only" in page
    count = Entry.objects.filter(organization="acme").count()
    assert f"The database refuses to change or delete an entry. {count} entries." in page
    assert f"{count} of {count} entries" in page


def test_a_refusal_is_shown_as_one_with_its_reason(acme: Cast) -> None:
    from profiles.errors import OutsideLimits

    with pytest.raises(OutsideLimits):
        some.set_values(acme, content__explicit="on")
    entry = Entry.objects.get(outcome="refused")
    client = browser(acme)
    assert "tried to set" in text(client.get("/trail/"))
    page = text(client.get(f"/trail/{entry.pk}/"))
    assert "What was tried" in page
    assert "Refused:" in page
    assert "attestation_missing" in page


def test_the_page_of_an_entry_shows_all_of_it_and_the_digest_of_its_very_bytes(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    entry = Entry.objects.get(kind="profile.draft.edited")
    page = text(browser(acme).get(f"/trail/{entry.pk}/"))
    assert hashlib.sha256(bytes(entry.leaf)).hexdigest() in page
    shown = re.search(rf'<pre id="json-{entry.pk}"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert shown
    assert json.loads(shown[1]) == json.loads(bytes(entry.leaf))
    assert "<ins>off</ins>" in page
    assert entry.event_id in page
    assert 'href="/products/helper/edit/"' in page


def test_a_newer_and_an_older_entry_are_those_of_the_same_organization(acme: Cast) -> None:
    some.make_cast("other", "thing")
    first, _theirs, second, _also_theirs, third = (
        write(organization=owner) for owner in ("acme", "other", "acme", "other", "acme")
    )
    client = browser(acme)
    middle = client.get(f"/trail/{second.pk}/")
    assert (link(middle, "prev"), link(middle, "next")) == (f"/trail/{third.pk}/", f"/trail/{first.pk}/")
    assert link(client.get(f"/trail/{third.pk}/"), "prev") == ""


def test_what_somebody_typed_is_never_markup(acme: Cast) -> None:
    evil = "<script>alert(1)</script>"
    entry = write(Kind.DRAFT_EDITED, target=evil, who=Actor(ActorType.PERSON, evil, evil, frozenset(), auth="password"),
                  after={evil: evil}, data={"message": evil, evil: evil})  # fmt: skip
    client = browser(acme)
    for path in ("/trail/", f"/trail/{entry.pk}/", f"/trail/?{urlencode({'q': evil, 'kind': evil, 'actor': evil})}"):
        assert evil.encode() not in client.get(path).content


def test_days_are_those_of_utc(acme: Cast) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    write(at=midnight - timedelta(microseconds=1))
    write(at=midnight)
    page = text(browser(acme).get("/trail/"))
    assert page.index("Today, ") < page.index("Yesterday, ")


# With and without htmx


def test_the_filter_gets_the_list_alone_and_a_browser_the_whole_page(acme: Cast) -> None:
    write()
    client = browser(acme)
    whole, part = client.get("/trail/"), client.get("/trail/", headers=HTMX)
    assert "<html" in text(whole)
    assert "<html" not in text(part)
    assert 'role="search"' not in text(part)
    assert numbers(whole) == numbers(part)
    for response in (whole, part):
        assert "HX-Request" in response["Vary"]
        assert "no-store" in response["Cache-Control"]


def test_a_row_gets_its_details_alone_and_a_browser_the_whole_page(acme: Cast) -> None:
    entry = write()
    client = browser(acme)
    part = text(client.get(f"/trail/{entry.pk}/", headers=HTMX))
    assert "<html" not in part
    assert hashlib.sha256(bytes(Entry.objects.get(pk=entry.pk).leaf)).hexdigest() in part
    assert "<h1" in text(client.get(f"/trail/{entry.pk}/"))
    history = {"HX-Request": "true", "HX-Request-Type": "full"}
    assert "<html" in text(client.get(f"/trail/{entry.pk}/", headers=history))


# Filters


@pytest.fixture
def scene(acme: Cast) -> dict[str, int]:
    """A few entries that differ in one thing each, by name."""
    day = datetime(2026, 10, 5, 12, tzinfo=UTC)
    made = {
        "edit": write(Kind.DRAFT_EDITED, at=day, target="draft", after={"agents.spend_limit": 10}),
        "approval": write(Kind.VERSION_APPROVED, at=day + timedelta(days=1), who=TOM, target="version 3"),
        "refusal": write(
            Kind.VERSION_APPROVED, at=day + timedelta(days=1), outcome=Outcome.REFUSED, target="version 4"
        ),
        "check": write(Kind.CHECK_FINISHED, at=day + timedelta(days=2), who=system("worker"), target="check 9"),
        "failure": write(
            Kind.CHECK_FINISHED,
            at=day + timedelta(days=3),
            who=system("worker"),
            outcome=Outcome.FAILED,
            target="check 8",
        ),
        "member": write(Kind.MEMBER_ADDED, at=day + timedelta(days=4), product="", target="member Max_100%"),
    }
    return {name: entry.pk for name, entry in made.items()}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"q": "action:approved"}, "approval refusal"),
        ({"q": "-action:approved"}, "edit check failure member"),
        ({"q": "actor:tom"}, "approval"),
        ({"q": '-actor:"tom keller" -actor:worker'}, "edit refusal member"),
        ({"q": "outcome:refused"}, "refusal"),
        ({"q": "outcome:failed"}, "failure"),
        ({"q": "-outcome:done"}, "refusal failure"),
        ({"q": "action:approved -outcome:refused"}, "approval"),
        ({"q": "product:helper -action:check"}, "edit approval refusal"),
        ({"q": "-product:helper"}, "member"),
        ({"q": "version"}, "approval refusal"),
        ({"q": '"version 3"'}, "approval"),
        ({"q": "version -tom"}, "refusal"),
        ({"q": "WORKER"}, "check failure"),
        ({"q": "checked"}, "check failure"),
        ({"q": "agents.spend_limit"}, "edit"),
        ({"q": "Max_100%"}, "member"),
        ({"q": "Max1100"}, ""),
        ({"q": "outcome:purple"}, ""),
        ({"q": "action:nothing"}, ""),
        ({"kind": "check.finished"}, "check failure"),
        ({"actor": "user:902"}, "approval"),
        ({"actor": "user:902", "kind": "check.finished"}, ""),
        ({"product": "helper", "kind": "organization.member.added"}, ""),
        ({"until": "2026-10-05"}, "edit"),
        ({"since": "2026-10-06", "until": "2026-10-07"}, "approval refusal check"),
        ({"since": "2026-10-07", "until": "2026-10-06"}, ""),
    ],
)
def test_a_filter_finds_what_it_says(acme: Cast, scene: dict[str, int], filters: dict[str, str], names: str) -> None:
    limits = {"until": "2026-10-31"} | filters  # what the cast itself did is later
    assert set(found(browser(acme), **limits)) == {scene[name] for name in names.split()}


def test_an_entry_is_found_by_its_number_its_event_and_its_request(acme: Cast) -> None:
    who = Actor(ActorType.PERSON, "user:1", "Jana", frozenset(), request_id="0123456789abcdef", auth="password")
    entry = Entry.objects.get(pk=write(who=who).pk)
    write()
    client = browser(acme)
    for text in (f"#{entry.pk}", entry.event_id, entry.event_id.upper(), "0123456789abcdef"):
        assert found(client, q=text) == [entry.pk]


def test_an_empty_result_says_so_and_how_to_get_back(acme: Cast) -> None:
    page = text(browser(acme).get("/trail/?q=nothing+like+it"))
    assert "No entry matches these filters." in page
    assert "Contains “nothing”" in page
    assert 'href="/trail/"' in page


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-99-99", "until=0001-01-01", "until=9999-12-31", "since=9999-12-31&until=9999-12-31",
        "q=%ED%A0%80", "q=%FF", "q=%25%5C_", "q=%27%3B--", "q=" + "x" * 5_000,
        "q=" + "+".join("abcdefghijklmnop"),
        "q=%23" + "9" * 150, "q=%23%D9%A3", "kind[]=x", "before=x", "before=-1",
        "before=99999999999999999999", "after=0", "after=" + "9" * 400, "before=1&after=1", "q=actor%3A", "q=-",
    ],
)  # fmt: skip
def test_no_address_breaks_the_page(acme: Cast, query: str) -> None:
    write()
    client = browser(acme)
    assert client.get(f"/trail/?{query}").status_code == 200
    assert client.get(f"/trail/?{query}", headers=HTMX).status_code == 200


def test_the_form_offers_everybody_who_ever_acted_and_every_product(acme: Cast) -> None:
    for who in (JANA, TOM, JANA):
        write(who=who)
    page = text(browser(acme).get("/trail/"))
    assert page.count('<option value="user:901">Jana Sommer</option>') == 1
    assert '<option value="user:902">Tom Keller</option>' in page
    assert '<option value="helper">Helper</option>' in page
    assert '<option value="profile.version.approved">Approved</option>' in page


# The chart


def test_the_chart_counts_the_days_that_are_looked_at(acme: Cast, scene: dict[str, int]) -> None:
    page = text(browser(acme).get("/trail/?since=2026-10-01&until=2026-10-10"))
    assert "<b>6 entries</b> in 10 days" in page
    assert page.count('class="hb"') == 10
    assert "Most on 6 October: 2. Refusals on: 6 October." in page


def test_the_chart_shows_at_most_sixty_days(acme: Cast, scene: dict[str, int]) -> None:
    write(at=datetime(2020, 1, 1, tzinfo=UTC))
    page = text(browser(acme).get("/trail/?since=2019-01-01&until=2026-10-10"))
    assert "<b>6 entries</b> in 60 days" in page
    assert page.count('class="hb"') == 60
    assert "7 of 7 entries" in page


# Pages


@pytest.fixture
def long_trail(acme: Cast) -> list[int]:
    """120 entries of one kind, newest first, among which another organization's are strewn."""
    mine = []
    for n in range(120):
        mine.append(write(Kind.KEY_REFUSED, target=f"key {n}").pk)
        if n % 7 == 0:
            write(Kind.KEY_REFUSED, organization="other")
    return mine[::-1]


def test_one_gets_through_a_long_trail_and_back_meeting_every_entry_once(acme: Cast, long_trail: list[int]) -> None:
    client = browser(acme)
    page: Any = client.get("/trail/?kind=api_key.refused")
    pages = [numbers(page)]
    assert "50 of 120 entries" in text(page)
    assert link(page, "prev") == ""
    while address := link(page, "next"):
        assert "offset" not in address
        assert "page=" not in address
        assert "kind=api_key.refused" in address
        page = client.get(address)
        pages.append(numbers(page))
    assert [len(part) for part in pages] == [50, 50, 20]
    assert list(chain(*pages)) == long_trail

    page = client.get(link(page, "prev"))
    assert numbers(page) == pages[1]
    page = client.get(link(page, "prev"))
    assert numbers(page) == pages[0]
    assert link(page, "prev") == ""


def test_what_is_written_meanwhile_moves_no_page(acme: Cast, long_trail: list[int]) -> None:
    client = browser(acme)
    first = client.get("/trail/?kind=api_key.refused")
    for _ in range(3):
        write(Kind.KEY_REFUSED)
    assert numbers(client.get(link(first, "next"))) == long_trail[50:100]


def test_a_place_near_the_newest_end_shows_a_full_page(acme: Cast, long_trail: list[int]) -> None:
    assert found(browser(acme), kind="api_key.refused", after=str(long_trail[3])) == long_trail[:50]


def test_a_place_before_everything_says_that_nothing_is_older(acme: Cast) -> None:
    page = browser(acme).get("/trail/?before=1")
    assert "There are no older entries." in text(page)
    assert link(page, "prev") == "/trail/"


def test_a_count_stops_at_a_limit_and_says_so(
    acme: Cast, long_trail: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("audits.queries", "audits.search.find"):
        monkeypatch.setattr(f"{place}.MOST_COUNTED", 100)
    page = text(browser(acme).get("/trail/?kind=api_key.refused"))
    assert "50 of 100+ entries" in page
    assert "100+ entries." in page


def test_the_number_of_queries_does_not_grow_with_the_entries(
    acme: Cast, long_trail: list[int], django_assert_max_num_queries: Any
) -> None:
    client = browser(acme)
    client.get("/trail/")
    with django_assert_max_num_queries(23):
        response = client.get("/trail/")
    assert len(numbers(response)) == 50


def test_from_an_entry_one_gets_to_what_clients_got_at_that_instant(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    entry = Entry.objects.get(kind=Kind.VERSION_ACTIVATED.value)
    client = browser(acme)
    match = re.search(r'href="(/products/helper/at/\?[^"]+)"', text(client.get(f"/trail/{entry.pk}/")))
    assert match
    assert "environment=production" in match[1]
    assert "Version 1 was active in Production" in text(client.get(match[1]))
    before = match[1].replace(f"{entry.at:%f}Z", f"{max(entry.at.microsecond - 1, 0):06}Z")
    assert "Version 1 was active" not in text(client.get(before))


def test_where_nearly_everything_is_left_out_the_page_says_how_far_it_looked(
    acme: Cast, long_trail: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = write(Kind.MEMBER_ADDED, target="somebody").pk
    for n in range(30):
        write(Kind.KEY_REFUSED, target=f"key {n}")
    monkeypatch.setattr("audits.search.find.WALKED", 10)
    monkeypatch.setattr("audits.search.find.FAR", 20)
    client = browser(acme)
    address, pages = "/trail/?q=-key", 0
    while wanted not in numbers(page := client.get(address)):
        assert "None of the entries that were looked through so far matches." in text(page)
        address, pages = link(page, "next"), pages + 1
        assert address
    assert pages == 1


def test_the_page_of_an_entry_says_how_the_actor_was_known_and_in_whose_name(acme: Cast) -> None:
    editor = acme.users["editor"]
    write(who=acme.actor("editor"))
    entry = write(who=system("worker", on_behalf_of=f"user:{editor.pk}"))
    text = browser(acme).get(f"/trail/{entry.pk}/").content.decode()
    assert "The program itself" in text
    assert f"<dt>On behalf of</dt><dd>\n          {editor.name}</dd>" in re.sub(r"\n\s+", "\n          ", text)
    entry = write(who=command("load_rulebooks"))
    assert "A command on the machine" in browser(acme).get(f"/trail/{entry.pk}/").content.decode()
