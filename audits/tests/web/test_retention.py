"""How long a trail is kept, legal holds, and what is left of an entry that went: pages, addresses and API."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from audits.ledger import pruning, read
from audits.ledger.sequence import slug_of
from audits.models import Entry, Leaf, LegalHold, Log, Retention
from audits.tests.ledger.old import happened, keep_for
from audits.tests.ledger.test_sequence import happen, log, place_all
from audits.trail.kinds import Kind, Outcome
from profiles.access import Scope
from profiles.actions.api_keys import create_api_key
from profiles.actions.retention import place_legal_hold
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/settings/retention/"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def pruned() -> tuple[Cast, Log]:
    """512 of 600 entries went; the cast came later."""
    place_all()
    happened("acme", 600, days=365)
    place_all()
    made = some.make_cast("acme")
    keep_for("acme", 6)
    assert pruning.prune_nightly(now=timezone.now()) == 512
    place_all()
    return made, log("acme")


def client(acme: Cast, role: str) -> Client:
    found = Client()
    found.force_login(acme.users[role])
    return found


def hold(acme: Cast, reference: str = "4 O 17/26") -> LegalHold:
    by = acme.actor("compliance")
    return place_legal_hold(acme.organization, reference=reference, reason="A claim.", by=by, now=timezone.now())


# Setting it


def test_an_administrator_sets_it_and_it_is_on_record(acme: Cast) -> None:
    at = client(acme, "administrator")
    assert "For ever" in at.get(PAGE).content.decode()
    answer = at.post(f"{PAGE}set/", {"keep": "months", "months": "24"}, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "For 24 months" in text
    assert "Nothing is pruned before" in text
    entry = Entry.objects.get(kind=Kind.RETENTION_CHANGED)
    assert (entry.content()["before"], entry.content()["after"]) == ({"months": None}, {"months": 24})
    at.post(f"{PAGE}set/", {"keep": "ever"})
    assert Retention.objects.get().months is None


@pytest.mark.parametrize("months", ["5", "0", "-7", "six", "", "1201", "99999999"])
def test_what_is_no_retention_is_refused_and_stays_typed(acme: Cast, months: str) -> None:
    answer = client(acme, "administrator").post(f"{PAGE}set/", {"keep": "months", "months": months})
    assert answer.status_code == 422
    assert "Keep entries for 6 to 1200 months, or for ever." in answer.content.decode()
    assert f'name="months" type="text" value="{months}"' in answer.content.decode()
    assert not Retention.objects.exists()
    assert Entry.objects.get(kind=Kind.RETENTION_CHANGED).outcome == Outcome.REFUSED


def test_setting_what_is_set_is_a_sentence(acme: Cast) -> None:
    answer = client(acme, "administrator").post(f"{PAGE}set/", {"keep": "ever"})
    assert answer.status_code == 409
    assert "It is set to that already." in answer.content.decode()


def test_compliance_places_legal_holds_and_sets_no_retention(acme: Cast) -> None:
    at = client(acme, "compliance")
    text = at.get(PAGE).content.decode()
    assert "Place the legal hold" in text
    assert f'action="{PAGE}set/"' not in text
    assert at.post(f"{PAGE}set/", {"keep": "months", "months": "24"}).status_code == 403
    for role in ("editor", "approver", "auditor"):
        assert "<form" not in client(acme, role).get(PAGE).content.decode().partition("<main")[2].partition("</main")[0]


# Legal holds


def test_a_legal_hold_is_placed_shown_and_released(acme: Cast) -> None:
    at = client(acme, "compliance")
    given = {"reference": "4 O 17/26", "reason": "Jana Novak claims something."}
    text = at.post("/settings/legal-holds/place/", given, follow=True).content.decode()
    assert "Under a legal hold" in text
    assert "Under a legal hold: 4 O 17/26. Nothing is pruned or erased." in at.get("/trail/").content.decode()
    row = LegalHold.objects.get()
    assert b"Jana" not in bytes(Entry.objects.get(kind=Kind.LEGAL_HOLD_PLACED).leaf)
    again = at.post("/settings/legal-holds/place/", given)
    assert (again.status_code, "stands already" in again.content.decode()) == (409, True)
    address = f"/settings/legal-holds/{row.pk}/release/"
    assert at.post(address, {"reason": ""}).status_code == 422
    text = at.post(address, {"reason": "It was settled."}, follow=True).content.decode()
    assert "Released by" in text
    assert "It was settled." in text
    assert "No legal hold stands." in text
    assert at.post(address, {"reason": "Again."}).status_code == 409
    assert Entry.objects.filter(kind=Kind.LEGAL_HOLD_RELEASED, outcome="done").count() == 1


def test_under_one_the_page_of_erasing_says_so_and_the_action_refuses(acme: Cast) -> None:
    hold(acme)
    at = client(acme, "administrator")
    sentence = "Nothing is erased while a legal hold stands: 4 O 17/26."
    assert sentence in at.get("/trail/erasure/").content.decode()
    person = f"user:{acme.users['editor'].pk}"
    answer = at.post("/trail/erasure/", {"person": person, "reason": "Asked for."})
    assert (answer.status_code, sentence in answer.content.decode()) == (409, True)
    assert "Asked for." in answer.content.decode()


def test_a_stranger_sees_and_releases_nothing(acme: Cast) -> None:
    row, other = hold(acme), some.make_cast("other")
    at = client(other, "administrator")
    assert "4 O 17/26" not in at.get(PAGE).content.decode()
    assert at.post(f"/settings/legal-holds/{row.pk}/release/", {"reason": "R."}).status_code == 404
    assert LegalHold.objects.get(pk=row.pk).released_at is None


def test_a_steward_keeps_the_installations_own_trail(acme: Cast) -> None:
    at = client(acme, "steward")
    at.post("/settings/legal-holds/place/", {"reference": "A", "reason": "R."})
    at.post(f"{PAGE}set/", {"keep": "months", "months": "12"})
    assert LegalHold.objects.get().organization is None
    assert Retention.objects.get().organization is None
    at.post(f"/settings/legal-holds/{LegalHold.objects.get().pk}/release/", {"reason": "R."})
    assert set(Entry.objects.filter(kind__startswith="legal_hold.").values_list("organization", flat=True)) == {""}


# What was pruned


def test_the_page_of_an_entry_that_went_says_when_and_why(pruned: tuple[Cast, Log]) -> None:
    acme, found = pruned
    pk = Leaf.objects.get(log=found, index=7).pk
    at = client(acme, "auditor")
    answer = at.get(f"/trail/{pk}/")
    text = answer.content.decode()
    gone = pruning.pruned("acme", pk)
    assert gone is not None
    assert answer.status_code == 410
    assert "under the retention of 6 months" in text
    assert gone.hash.hex() in text
    assert f'data-hash="{gone.hash.hex()}"' in text
    assert at.get(f"/trail/{pk}/leaf/").status_code == 410
    proof = at.get(f"/trail/{pk}/proof/")
    assert (proof.status_code, proof.content.splitlines()[1]) == (200, b"index 7")
    assert client(some.make_cast("other"), "administrator").get(f"/trail/{pk}/").status_code == 404
    assert at.get(f"/trail/{pk}/erasure/").status_code in (403, 404)


def test_the_trail_counts_what_is_there_and_says_what_went(pruned: tuple[Cast, Log]) -> None:
    acme, _found = pruned
    text = client(acme, "editor").get("/trail/").content.decode()
    left = Entry.objects.filter(organization="acme").count()
    assert f"{left} entries" in text
    assert "512 entries that were older were pruned, last on" in text
    assert "waits to be signed" not in text
    assert "The first entry that is there has place 512." in client(acme, "editor").get("/trail/log/").content.decode()


def test_addresses_of_the_log_know_the_minimum_index(pruned: tuple[Cast, Log]) -> None:
    acme, found = pruned
    at, base = client(acme, "editor"), f"/log/{slug_of(found)}"
    assert Client().get(f"{base}/minimum-index").content == b"512\n"
    for path, status in (("entries/000", 410), ("entries/001", 410), ("entries/001.p/3", 410), ("entries/003", 404)):
        assert at.get(f"{base}/tile/{path}").status_code == status
    assert "Entries before place 512 of this log were pruned." in at.get(f"{base}/tile/entries/000").content.decode()
    assert at.get(f"{base}/tile/entries/002.p/1").status_code == 200
    assert len(Client().get(f"{base}/tile/0/000").content) == 256 * 32
    assert Client().get(f"{base}/checkpoint").status_code == 200


def test_the_api_says_so_too(pruned: tuple[Cast, Log]) -> None:
    acme, found = pruned
    hold(acme)
    _key, text = create_api_key(
        acme.organization, name="k", scopes=[Scope.READ], by=acme.actor("administrator"), now=timezone.now()
    )
    asked = {"headers": {"Authorization": f"Bearer {text}"}}
    told = Client().get("/api/v1/log", **asked).json()  # type: ignore[arg-type]
    assert told == {
        "origin": found.origin,
        "size": log("acme").size,
        "minimum_index": 512,
        "retention_months": 6,
        "legal_holds": 1,
    }
    pk = Leaf.objects.get(log=found, index=7).pk
    answer = Client().get(f"/api/v1/trail/{pk}", **asked)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "pruned")


def test_numbers_of_other_logs_are_no_ones_business(pruned: tuple[Cast, Log]) -> None:
    happen("other", 1)
    place_all()
    assert pruning.pruned("acme", Leaf.objects.get(log=log("other"), index=0).pk) is None
    assert pruning.pruned("acme", 2**62) is None
    assert read.proof_of(Entry.objects.filter(organization="acme").latest("pk")) is not None
