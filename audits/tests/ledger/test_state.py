"""How far an entry has come, from the transaction that wrote it to those who cosigned it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.ledger import keys
from audits.ledger.state import Stage, states_of
from audits.log import notes
from audits.models import Entry, Log
from audits.tests.ledger.test_sequence import happen, place_all
from audits.tests.witnessing.test_asking import agree
from audits.tests.witnessing.witness import witnessing
from audits.witnessing import asking
from profiles.actions.auditors import add_auditor
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM

pytestmark = pytest.mark.django_db


def newest() -> Entry:
    return Entry.objects.filter(organization="acme").latest("pk")


def words(cast: some.Cast) -> list[str]:
    """What the list says of the newest entry, and what its own page says."""
    client = Client()
    client.force_login(cast.users["auditor"])
    listed = client.get("/trail/").context["page"].days[0].entries[0]
    entry = client.get(f"/trail/{newest().pk}/").context["page"].entry
    return [listed.state.text, listed.state.tone, entry.details.log.witnessed]


def test_from_recorded_to_witnessed(settings: Any) -> None:
    cast = some.make_cast()
    place_all()
    log = Log.objects.get(organization="acme")
    happen("acme", 1)
    assert states_of([newest()])[newest().pk].stage is Stage.RECORDED
    assert words(cast) == ["Recorded", "neutral", ""]
    place_all()
    assert words(cast) == ["In a checkpoint", "ok", ""]
    auditor = Ed25519PrivateKey.generate()
    vkey = str(notes.verifier_of("auditor.example", auditor, notes.COSIGNATURE))
    add_auditor(cast.organization, name="Ida", key=vkey, by=SYSTEM, now=some.NOW)
    place_all()
    with witnessing() as north, witnessing("500", name="witness.example/south") as south:
        north.knows(keys.verifiers(log.origin)[0])
        agree(settings, log, north.line() + south.line("south"))
        assert words(cast) == ["Witnessed 0 of 3", "neutral", "Witnessed 0 of 3"]
        asking.ask_due(now=timezone.now())
        assert words(cast) == ["Witnessed 1 of 3", "ok", "Witnessed 1 of 3"]
        text = notes.parse_note(Client().get("/log/acme/checkpoint").content.decode()).text
        line = notes.cosign(text, "auditor.example", auditor, time=1_700_000_000)
        assert Client().post("/log/acme/cosignature", {"note": f"{text}\n{line}\n"}).status_code == 200
    assert words(cast) == ["Witnessed 2 of 3", "ok", "Witnessed 2 of 3"]
    happen("acme", 1)
    place_all()
    assert words(cast) == ["Witnessed 0 of 3", "neutral", "Witnessed 0 of 3"]
    second = Entry.objects.filter(organization="acme").order_by("-pk")[1]
    state = states_of([second])[second.pk]
    assert (state.stage, state.witnessed, state.of) == (Stage.WITNESSED, 2, 3)


def test_many_entries_cost_no_more_than_one(settings: Any) -> None:
    place_all()
    happen("acme", 50)
    place_all()
    happen("acme", 5)
    entries = list(Entry.objects.filter(organization="acme"))
    with CaptureQueriesContext(connection) as of_one:
        states_of(entries[-1:])
    with CaptureQueriesContext(connection) as of_all:
        found = states_of(entries)
    assert len(of_all) == len(of_one) <= 3
    assert [state.stage for state in found.values()].count(Stage.RECORDED) == 5


def test_nothing_is_asked_for_nobody() -> None:
    assert states_of([]) == {}
