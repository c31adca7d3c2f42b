"""The page of a log: its health in words, its witnesses and auditors, and what was signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.utils import timezone

from audits.ledger import keys, verification
from audits.ledger.sequence import place
from audits.log import notes
from audits.models import Auditor, Cosigner, Entry, Halt, Log, Verification
from audits.tests.ledger.test_sequence import happen, place_all
from audits.tests.ledger.test_verification import BY, broken
from audits.tests.witnessing.test_asking import agree
from audits.tests.witnessing.witness import witnessing
from audits.witnessing import asking
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
VKEY = str(notes.verifier_of("auditor.example", Ed25519PrivateKey.from_private_bytes(b"a" * 32), notes.COSIGNATURE))


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    place_all()
    return cast


@pytest.fixture
def log(acme: Cast) -> Log:
    return Log.objects.get(organization="acme")


def client_of(cast: Cast, role: str = "auditor") -> Client:
    client = Client()
    client.force_login(cast.users[role])
    return client


def page(cast: Cast, role: str = "auditor", query: str = "") -> str:
    return client_of(cast, role).get(f"/trail/log/{query}").content.decode()


def health() -> tuple[int, bytes]:
    answer = Client().get("/healthz/log")
    return answer.status_code, answer.content


# The policy


def test_anybody_gets_the_policy_that_a_program_verifies_the_log_with(log: Log, settings: Any) -> None:
    assert Client().get("/log/nobody/policy.txt").status_code == 404
    agree(settings, log, f"witness north {VKEY} https://north.example\n", quorum="north")
    answer = Client().get("/log/acme/policy.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == (
        f"log {keys.verifiers(log.origin)[0]} http://testserver/log/acme\nwitness north {VKEY}\nquorum north\n"
    )


# Health


def test_all_is_well(acme: Cast, log: Log) -> None:
    assert "chain-bad" not in client_of(acme).get("/trail/").content.decode()
    verification.verify(log, by=BY)
    place_all()
    log.refresh_from_db()
    text = page(acme)
    for said in (
        "Signed and in order",
        f"{log.size} entries",
        "Every entry has its place.",
        "All is right",
        "just now",
    ):
        assert said in text
    assert str(keys.verifiers(log.origin)[0]) in text
    assert "This installation asks no witness." in text
    assert health() == (200, b"ok\n")


def test_what_waits_is_shown_and_told_when_it_waits_too_long(acme: Cast) -> None:
    happen("acme", 3)
    assert "3 entries" in page(acme)
    assert "more than a minute" not in page(acme)
    from audits.trail.kinds import Kind
    from audits.trail.record import record

    record(Kind.CHECK_REQUESTED, who=BY, at=timezone.now() - timedelta(minutes=2), organization="acme")
    assert "more than a minute" in page(acme)
    assert health() == (503, b"late 1\n")
    place_all()
    assert health() == (200, b"ok\n")


def test_a_log_that_is_not_signed_says_why(acme: Cast, log: Log) -> None:
    Halt.objects.create(log=log, because="behind", published=9_000, size=12, since=timezone.now())
    text = page(acme)
    assert "Not signed" in text
    assert "A checkpoint of 9,000 entries was published, and the database holds 12 of them." in text
    assert health() == (503, b"stopped 1\n")
    trail = client_of(acme).get("/trail/").content.decode()
    assert "chain-bad" in trail
    assert "Append-only and signed" not in trail


def test_a_finding_is_told_in_words(acme: Cast, log: Log) -> None:
    broken(f"UPDATE audits_checkpoint SET root = sha256(root) WHERE log_id = {log.pk} AND size = {log.size}")
    verification.verify(log, by=BY)
    text = page(acme)
    assert f"The root that was signed at {log.size} entries is not the root of these entries." in text
    assert "Not what it was" in text
    assert health()[0] == 503
    entry = Entry.objects.filter(kind="log.verified").latest("pk")
    assert "is not the root of these entries" in client_of(acme).get(f"/trail/{entry.pk}/").content.decode()


def test_a_log_that_nobody_verified_for_long(acme: Cast, log: Log) -> None:
    assert "Nobody went through the whole log" not in page(acme)
    old = timezone.now() - timedelta(days=3)
    Verification.objects.create(log=log, began_at=old, ended_at=old, size=1, checkpoints=1)
    assert "Nobody went through the whole log" in page(acme)


# Witnesses


def test_witnesses_are_shown_with_what_they_said(acme: Cast, log: Log, settings: Any) -> None:
    with witnessing() as north, witnessing("404", name="witness.example/south") as south:
        north.knows(keys.verifiers(log.origin)[0])
        lines = north.line() + south.line("south") + "group both all north south\n"
        agree(settings, log, lines, "both")
        assert "It was not asked yet." in page(acme)
        asking.ask_due(now=timezone.now())
        text = page(acme)
    assert "Up to date" in text
    assert "Does not cosign" in text
    assert "Ask its operator to add it" in text
    assert "does not have the cosignatures yet" in text
    assert f"{log.size} entries" in text


def test_a_dispute_is_said_loudly(acme: Cast, log: Log, settings: Any) -> None:
    with witnessing("422") as north:
        agree(settings, log, north.line())
        asking.ask_due(now=timezone.now())
    text = page(acme)
    assert "Disputes the log" in text
    assert "A witness holds another past of this log." in text
    assert health() == (503, b"disputed 1\n")
    entry = Entry.objects.filter(kind="log.disputed").get()
    settings.BRIGHTLINE_LOG_POLICY = ""  # the operator found out that it was the witness, and asks another one
    assert health() == (200, b"ok\n")
    assert "Disputes the log" not in page(acme)
    said = f"north says that the checkpoint of {log.size} entries does not continue what it holds"
    assert said in client_of(acme).get(f"/trail/{entry.pk}/").content.decode()


def test_a_quorum_that_is_late_is_told(acme: Cast, log: Log, settings: Any) -> None:
    with witnessing("404") as north:
        agree(settings, log, north.line(), "north")
    assert "lack the cosignatures" not in page(acme)
    happen("acme", 1)
    place(now=timezone.now() - timedelta(hours=1))
    assert "lack the cosignatures" in page(acme)


# What was signed


def test_checkpoints_can_be_taken_away_page_by_page(acme: Cast, log: Log) -> None:
    for _n in range(25):
        happen("acme", 1)
        place_all()
    text = page(acme)
    assert text.count('class="lget"') == 20
    older = page(acme, query=f"?before={log.size + 6}")
    assert older.count('class="lget"') >= 5
    assert "Newer" in older
    answer = Client().get(f"/log/acme/checkpoint/{log.size + 1}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="acme-{log.size + 1}.checkpoint"'
    assert notes.opened(answer.content.decode(), keys.verifiers(log.origin)[0])[0].size == log.size + 1
    assert Client().get("/log/acme/checkpoint/999999").status_code == 404
    assert Client().get(f"/log/acme/checkpoint/{10**30}").status_code == 404


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=²", f"?before={'9' * 50}", "?before="])
def test_an_odd_address_shows_the_newest(acme: Cast, query: str) -> None:
    assert client_of(acme).get(f"/trail/log/{query}").status_code == 200


def test_each_sees_the_log_that_is_theirs(acme: Cast) -> None:
    some.make_cast("other", "thing")
    place_all()
    origins = [log.origin for log in Log.objects.filter(organization__in=("acme", "other", ""))]
    assert sum(origin in page(acme) for origin in origins) == 1
    steward = page(acme, "steward")
    assert "_installation" in steward
    assert "/log/acme" not in steward


# Auditors


def add(cast: Cast, role: str = "compliance", **more: str) -> Any:
    form = {"name": "Ida Brandt", "key": VKEY, "email": "", "rhythm": "never"} | more
    return client_of(cast, role).post("/trail/log/auditors/add/", form)


def test_an_auditor_is_added_and_removed_and_both_is_on_record(acme: Cast) -> None:
    assert add(acme).status_code == 302
    auditor = Auditor.objects.get()
    text = page(acme, "compliance")
    assert "Ida Brandt" in text
    assert VKEY in text
    assert f"/trail/log/auditors/{auditor.pk}/remove/" in text
    assert f"/trail/log/auditors/{auditor.pk}/remove/" not in page(acme, "auditor")
    client_of(acme, "administrator").post(f"/trail/log/auditors/{auditor.pk}/remove/")
    assert "Ida Brandt" not in page(acme)
    kinds = Entry.objects.filter(kind__startswith="log.auditor").order_by("pk")
    assert [(row.kind, row.target, row.content()["actor"]["name"]) for row in kinds] == [
        ("log.auditor.added", f"auditor {auditor.pk}", acme.users["compliance"].name),
        ("log.auditor.removed", f"auditor {auditor.pk}", acme.users["administrator"].name),
    ]


def test_members_whose_role_it_is_are_offered_to_those_who_may_name_them(acme: Cast) -> None:
    offered = '<option value="auditor@acme.example">'
    assert offered in page(acme, "compliance")
    assert "editor@acme.example" not in page(acme, "compliance")
    assert offered not in page(acme, "editor")


def test_an_address_for_mails_does_not_go_into_the_trail(acme: Cast) -> None:
    add(acme, key="", email="ida@auditor.example", rhythm="daily")
    entry = Entry.objects.filter(kind="log.auditor.added").get()
    assert b"ida@" not in bytes(entry.leaf)
    assert "by mail each day" in page(acme)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"key": "nonsense"}, "This is no key that cosigns."),
        ({"key": VKEY.replace("+B", "+A", 1)}, "This is no key that cosigns."),
        ({"key": ""}, "Give a key, an address for checkpoints, or both."),
        ({"name": ""}, "Please fill this in."),
        ({"rhythm": "always"}, "Choose how often."),
        ({"rhythm": "daily", "email": ""}, "Please fill this in."),
        ({"rhythm": "daily", "email": "nobody"}, "This is no e-mail address."),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(acme: Cast, more: dict[str, str], said: str) -> None:
    answer = add(acme, **more)
    text = answer.content.decode()
    assert (answer.status_code, said in text) == (422, True)
    assert 'role="alert"' in text or 'tabindex="-1"' in text
    assert not Auditor.objects.exists()
    assert (more.get("name", "Ida Brandt") or "name") in text


def test_a_key_counts_once_and_there_is_an_end_to_auditors(acme: Cast) -> None:
    add(acme)
    assert "This key is there already." in add(acme).content.decode()
    for number in range(49):
        add(acme, key="", email="a@b.example", rhythm="hourly", name=f"N{number}")
    answer = add(acme, key="", email="a@b.example", rhythm="hourly")
    assert (answer.status_code, "which is the most" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize("role", ["editor", "approver", "auditor"])
def test_others_may_not(acme: Cast, role: str) -> None:
    assert add(acme, role).status_code == 403
    add(acme)
    pk = Auditor.objects.get().pk
    assert client_of(acme, role).post(f"/trail/log/auditors/{pk}/remove/").status_code == 403
    assert "Add an auditor" not in page(acme, role)


def test_a_stranger_finds_nothing_to_remove(acme: Cast) -> None:
    add(acme)
    other = some.make_cast("other", "thing")
    pk = Auditor.objects.get().pk
    assert client_of(other, "administrator").post(f"/trail/log/auditors/{pk}/remove/").status_code == 404
    assert client_of(acme, "steward").post(f"/trail/log/auditors/{pk}/remove/").status_code == 404
    assert Auditor.objects.get().removed_at is None


def test_a_steward_names_auditors_of_the_installations_log(acme: Cast) -> None:
    assert add(acme, "steward").status_code == 302
    auditor = Auditor.objects.get()
    assert auditor.organization is None
    assert "Ida Brandt" in page(acme, "steward")
    assert "Ida Brandt" not in page(acme)
    assert client_of(acme, "steward").post(f"/trail/log/auditors/{auditor.pk}/remove/").status_code == 302
    assert not Cosigner.objects.exists()
