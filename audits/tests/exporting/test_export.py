"""Files of the trail: exactly what a search finds, of any size, and each on record."""

from __future__ import annotations

import csv
import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from audits.exporting import ocsf
from audits.exporting.cursor import PIECE, hold
from audits.exporting.export import start
from audits.exporting.formats import COLUMNS, Format
from audits.models import Entry
from audits.trail.kinds import Kind
from audits.trail.record import entry_of, record, record_all
from profiles.actions.api_keys import create_api_key
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
MOST_ADDED: int = 64_000_000  # bytes


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, format__length="brief")
    some.make_cast("other", "thing")
    return cast


def signed_in(cast: Cast, role: str = "auditor") -> Client:
    client = Client()
    client.force_login(cast.users[role])
    return client


def take(cast: Cast, how: str, query: str = "", role: str = "auditor") -> Any:
    answer = signed_in(cast, role).post(f"/trail/export/{query}", {"format": how})
    assert answer.status_code == 200
    return answer


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def happen(times: int, **more: Any) -> None:
    told: dict[str, Any] = {"who": SYSTEM, "at": timezone.now(), "organization": "acme", **more}
    record_all(Kind.CHECK_REQUESTED, [entry_of(Kind.CHECK_REQUESTED, **told) for _n in range(times)])


def ends() -> list[Entry]:
    return list(Entry.objects.filter(kind=Kind.EXPORT_FINISHED).order_by("pk"))


def test_json_lines_are_the_entries_the_oldest_first(acme: Cast) -> None:
    expected = list(Entry.objects.filter(organization="acme").order_by("pk"))
    answer = take(acme, "jsonl")
    lines = body(answer).decode().splitlines()
    assert [json.loads(line) for line in lines] == [{"number": row.pk, **row.content()} for row in expected]
    assert answer.headers["Brightline-Rows"] == str(len(expected)) == str(len(lines))
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert f'filename="trail-acme-{timezone.now():%Y-%m-%d}.jsonl"' in answer.headers["Content-Disposition"]


def test_a_table_that_no_spreadsheet_runs(acme: Cast) -> None:
    for text in ("=1+1", "+1", "-1", "@a", "\ttab", "\rreturn", " =1", "plain, with “quotes” and\nlines"):
        record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", target=text)
    rows = list(csv.DictReader(StringIO(body(take(acme, "csv")).decode(), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["target"] for row in rows[-8:]] == [
        *("'=1+1", "'+1", "'-1", "'@a", "'\ttab", "'\rreturn", "' =1", "plain, with “quotes” and\nlines"),
    ]
    submitted = next(row for row in rows if row["kind"] == "profile.version.submitted")
    assert json.loads(submitted["after"]) == {"format.length": "brief"}
    assert (submitted["actor_name"], submitted["version"]) == (acme.users["editor"].name, "1")


@pytest.mark.parametrize(
    "query",
    [
        *(
            "?q=action:approved",
            "?q=-action:profile+outcome:done",
            "?q=nothing-like-this",
            "?kind=profile.draft.edited",
        ),
        *("?since=2026-11-23&until=2026-11-23", "?product=helper&q=-actor:editor", "?q=50%25+%_'"),
    ],
)
def test_a_file_holds_exactly_what_the_page_finds(acme: Cast, query: str) -> None:
    page = signed_in(acme).get(f"/trail/{query}").context["page"]
    shown = {entry.id for day in page.days for entry in day.entries}
    answer = take(acme, "jsonl", query)
    assert {json.loads(line)["number"] for line in body(answer).splitlines()} == shown
    assert answer.headers["Brightline-Rows"] == str(len(shown))


def test_the_menu_says_beforehand_what_comes(acme: Cast) -> None:
    client = signed_in(acme)
    page = client.get("/trail/?q=action:approved").content.decode()
    assert 'action="/trail/export/?q=action%3Aapproved"' in page
    assert "This search finds 1 entry." in page
    assert "/trail/export/" not in client.get("/trail/?q=nothing-like-this").content.decode()
    part = client.get("/trail/?q=action:approved", headers={"HX-Request": "true"}).content.decode()
    assert 'action="/trail/export/?q=action%3Aapproved"' in part  # it follows the search


def test_each_export_is_on_record_before_its_first_byte_and_when_it_ends(acme: Cast) -> None:
    answer = take(acme, "csv", "?q=action:approved&actor=")
    begun = Entry.objects.get(kind=Kind.EXPORT_STARTED)
    assert begun.content()["data"] == {"format": "csv", "rows": 1, "search": {"q": "action:approved"}}
    assert begun.content()["actor"]["id"] == acme.actor("auditor").id
    assert not ends()
    data = body(answer)
    (end,) = ends()
    sha256 = hashlib.sha256(data).hexdigest()
    assert (end.outcome, end.content()["data"]) == ("done", {"export": begun.event_id, "rows": 1, "sha256": sha256})
    page = signed_in(acme).get("/trail/").content.decode()
    assert "began to export" in page
    assert "1 entry, CSV" in page


def test_one_that_breaks_off_is_never_called_done(acme: Cast) -> None:
    happen(PIECE * 3)
    by = acme.actor("auditor")
    found = Entry.objects.filter(kind=Kind.CHECK_REQUESTED)
    stream = start(found, how=Format.JSONL, search={}, by=by, now=timezone.now()).stream()
    for _piece in range(3):  # the head, which is empty, and two pieces; the reader is gone before the third
        next(stream)
    stream.close()
    (end,) = ends()
    assert end.outcome == "failed"
    assert end.content()["data"]["rows"] == PIECE
    assert "sha256" not in end.content()["data"]


def test_what_happens_meanwhile_is_not_in_it(acme: Cast) -> None:
    happen(PIECE + 1)
    answer = take(acme, "jsonl")
    happen(PIECE)
    assert str(len(body(answer).splitlines())) == answer.headers["Brightline-Rows"]
    assert ends()[0].outcome == "done"


def test_behind_a_pooler_it_is_read_page_by_page(acme: Cast) -> None:
    happen(PIECE + 1)
    with override_settings(BEHIND_POOLER=True):
        held = hold(Entry.objects.filter(kind=Kind.CHECK_REQUESTED))
        assert [len(piece) for piece in held.pieces()] == [PIECE, held.count - PIECE]
        answer = take(acme, "csv")
        assert len(body(answer).decode().splitlines()) > PIECE


def test_of_somebody_elses_there_is_nothing_and_of_the_installation_for_stewards(acme: Cast) -> None:
    for how in Format:
        assert b"other" not in body(take(acme, how.value))
    lines = body(take(acme, "jsonl", role="steward")).splitlines()
    assert lines
    assert {json.loads(line)["organization"] for line in lines} == {""}
    assert Entry.objects.filter(kind=Kind.EXPORT_STARTED, organization="").count() == 1


def test_no_other_format_and_no_get(acme: Cast) -> None:
    client = signed_in(acme)
    assert client.post("/trail/export/", {"format": "pdf"}).status_code == 400
    assert client.post("/trail/export/").status_code == 400
    assert client.get("/trail/export/").status_code == 405
    assert not Entry.objects.filter(kind=Kind.EXPORT_STARTED).exists()


def test_by_api(acme: Cast) -> None:
    by = acme.actor("administrator")
    made = create_api_key(acme.organization, name="Collector", scopes=["read"], by=by, now=timezone.now())
    headers = {"Authorization": f"Bearer {made[1]}"}
    answer = Client().get("/api/v1/trail/export?format=ocsf&product=helper", headers=headers)
    events = [json.loads(line) for line in body(answer).splitlines()]
    assert answer.headers["Brightline-Rows"] == str(len(events))
    assert {event["source"].rpartition("/")[2] for event in events} == {"acme"}
    assert Entry.objects.get(kind=Kind.EXPORT_STARTED).content()["data"]["search"] == {"product": "helper"}
    assert Client().get("/api/v1/trail/export?format=pdf", headers=headers).status_code == 400
    assert Client().get("/api/v1/trail/export").status_code == 401


# OCSF


def test_every_kind_of_entry_has_a_class_and_an_activity() -> None:
    assert set(ocsf.ACTIVITIES) == set(Kind)
    entities = {activity.entity for activity in ocsf.ACTIVITIES.values() if activity.of == 3004}
    assert "" not in entities
    assert all(not activity.entity for activity in ocsf.ACTIVITIES.values() if activity.of != 3004)


def test_an_entry_as_an_event(acme: Cast) -> None:
    events = {event["type"]: event for event in map(json.loads, body(take(acme, "ocsf")).splitlines())}
    event = events["brightline.profile.version.approved"]
    entry = Entry.objects.get(kind=Kind.VERSION_APPROVED)
    assert (event["specversion"], event["id"], event["time"]) == ("1.0", entry.event_id, entry.content()["at"])
    data = event["data"]
    assert (data["class_uid"], data["category_uid"], data["type_uid"]) == (3004, 3, 300499)
    assert data["metadata"]["uid"] == entry.event_id
    assert data["metadata"]["version"] == ocsf.VERSION
    assert data["entity"] == {"type": "version", "name": "version 1", "uid": "version 1", "version": "1"}
    assert data["time"] == round(entry.at.timestamp() * 1000)
    assert data["unmapped"]["data"]["digest"].startswith("sha256:")
    member = events["brightline.organization.member.added"]["data"]
    assert (member["class_uid"], member["type_uid"]) == (3007, 300716)


def test_what_must_stand_in_an_event_of_each_class_does() -> None:
    needed = {
        3002: {"user", "service"},
        3004: {"entity"},
        3007: {"user"},
        6003: {"actor", "api", "src_endpoint"},
    }
    everywhere = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
    for kind in Kind:
        entry = json.loads(entry_of(kind, who=SYSTEM, at=timezone.now(), organization="").leaf)
        event = ocsf.ocsf(entry)
        assert everywhere | needed[event["class_uid"]] <= set(event), kind
    newer = ocsf.ocsf({**entry, "kind": "made.up.later", "outcome": "refused"})
    assert (newer["class_uid"], newer["activity_id"], newer["status_id"]) == (3004, 99, 2)


# Size


def resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def test_twenty_thousand_entries_cost_no_more_memory_than_a_piece_of_them(acme: Cast) -> None:
    leaf = entry_of(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", data={"why": "x" * 300})
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audits_entry (leaf) SELECT %s::bytea FROM generate_series(1, 20000)", [leaf.leaf])
    for how in Format:
        answer = take(acme, how.value, "?kind=check.requested")
        before, most, length, rows = resident(), 0, 0, 0
        for piece in answer.streaming_content:
            most, length, rows = max(most, resident()), length + len(piece), rows + piece.count(b"\n")
        assert most - before < MOST_ADDED, (how, most - before)
        assert length > 8_000_000
        assert rows >= 20_000
        assert ends()[-1].content()["data"]["rows"] >= 20_000
