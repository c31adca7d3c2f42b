"""Erasing what entries say about people: who may, what goes, what stays, and that it is itself on record."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.ledger import read, sequence
from audits.log import verify
from audits.models import ActorName, Disclosure, Entry
from audits.tests.web.test_evidence import signed_in, taken
from audits.trail.record import Recorded
from profiles.access import Role
from profiles.actions.erasure import erase_of_entry, erase_of_person
from profiles.actions.reviews import request_changes
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    made = some.make_cast("acme")
    some.set_values(made, safety__danger_caveats="off")
    version = some.submit(made)
    request_changes(version, digest=version.digest, comment="Jana, no.", by=made.actor("approver"), now=timezone.now())
    return made


def said(acme: Cast) -> Entry:
    return Entry.objects.get(kind="profile.version.changes_requested")


def erase(
    acme: Cast, entry: Entry, *paths: str, role: Role = Role.ADMINISTRATOR, reason: str = "Asked for."
) -> Recorded:
    return erase_of_entry(entry, paths=list(paths), reason=reason, by=acme.actor(role), now=timezone.now())


def test_a_comment_goes_and_the_entry_and_its_proof_stay(acme: Cast) -> None:
    entry = said(acme)
    comment = entry.content()["data"]["comment"]
    sequence.place(now=timezone.now())
    before = read.proof_of(entry)
    told = Entry.objects.get(pk=erase(acme, entry, "data.comment").pk)
    again = Entry.objects.get(pk=entry.pk)
    assert bytes(again.leaf) == bytes(entry.leaf)
    assert "comment" not in again.content()["data"]
    assert again.actor_name == acme.users["approver"].name
    assert read.proof_of(again) == before
    assert (told.kind, told.target, told.outcome) == ("personal_data.erased", f"entry {entry.pk}", "done")
    assert (told.content()["data"]["count"], told.content()["data"]["of"]) == (1, ["data.comment"])
    assert comment not in json.dumps(told.content())


def test_everything_that_an_organization_recorded_can_still_be_verified(acme: Cast) -> None:
    erase(acme, said(acme), "data.comment", "actor.name")
    sequence.place(now=timezone.now())
    verdict = verify.verify(taken(acme))
    assert verdict.size == Entry.objects.filter(organization="acme").exclude(kind="evidence.exported").count()


def test_a_person_goes_from_every_entry_and_can_no_longer_be_searched_for(acme: Cast) -> None:
    editor = acme.users["editor"]
    count = Entry.objects.filter(actor_id=f"user:{editor.pk}").count()
    assert count > 1
    erase_of_person(
        acme.organization, actor_id=f"user:{editor.pk}", texts=False, reason="Left.",
        by=acme.actor("administrator"), now=timezone.now(),
    )  # fmt: skip
    theirs = Entry.objects.filter(actor_id=f"user:{editor.pk}")
    assert theirs.count() == count
    assert {entry.actor_name for entry in theirs} == {""}
    assert not ActorName.objects.filter(actor_id=f"user:{editor.pk}").exists()
    assert not [row for row in Disclosure.objects.exclude(text=None) if editor.name in str(row.text)]
    page = signed_in(acme).get("/trail/", {"q": "actor:editor"}).content.decode()
    assert "No entry matches" in page
    assert "Erased name" in signed_in(acme).get(reverse("trail_entry", args=[theirs[0].pk])).content.decode()


def test_what_they_wrote_goes_only_if_that_is_asked_for(acme: Cast) -> None:
    approver, by = f"user:{acme.users['approver'].pk}", acme.actor("administrator")
    erase_of_person(acme.organization, actor_id=approver, texts=False, reason="Left.", by=by, now=timezone.now())
    assert said(acme).content()["data"]["comment"]
    erase_of_person(acme.organization, actor_id=approver, texts=True, reason="Left.", by=by, now=timezone.now())
    assert "comment" not in said(acme).content()["data"]


def test_names_in_another_organization_stay_there(acme: Cast) -> None:
    other = some.make_cast("globex", product="clerk")
    some.set_values(other, safety__danger_caveats="off")
    editor, by = f"user:{acme.users['editor'].pk}", acme.actor("administrator")
    erase_of_person(acme.organization, actor_id=editor, texts=True, reason="Left.", by=by, now=timezone.now())
    assert {entry.actor_name for entry in Entry.objects.filter(organization="globex", actor_type="person")} - {""}
    with pytest.raises(NotFound):
        erase_of_person(other.organization, actor_id=editor, texts=True, reason="Left.", by=by, now=timezone.now())


@pytest.mark.parametrize("role", ["editor", "approver", "compliance", "auditor"])
def test_only_an_administrator_erases(acme: Cast, role: str) -> None:
    with pytest.raises(Forbidden):
        erase(acme, said(acme), "data.comment", role=Role(role))
    assert said(acme).content()["data"]["comment"]
    (refusal,) = Entry.objects.filter(kind="personal_data.erased")
    assert refusal.outcome == "refused"


def test_it_needs_a_reason_a_choice_and_something_that_is_left(acme: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        erase(acme, said(acme), "data.comment", reason=" ")
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(InvalidInput) as refused:
        erase(acme, said(acme))
    assert set(refused.value.fields) == {"paths"}
    erase(acme, said(acme), "data.comment")
    with pytest.raises(WrongState):
        erase(acme, said(acme), "data.comment")


def test_by_the_pages(acme: Cast) -> None:
    entry, client = said(acme), signed_in(acme, "administrator")
    address = reverse("entry_erasure", args=[entry.pk])
    page = client.get(reverse("trail_entry", args=[entry.pk])).content.decode()
    assert address in page
    asked = client.get(address).content.decode()
    assert "The comment" in asked
    assert "The name of whoever acted" in asked
    refused = client.post(address, {"reason": "Asked for."})
    assert (refused.status_code, "Choose what to erase." in refused.content.decode()) == (422, True)
    assert "Asked for." in refused.content.decode()
    done = client.post(address, {"paths": ["data.comment"], "reason": "Asked for."}, follow=True).content.decode()
    told = Entry.objects.get(kind="personal_data.erased", outcome="done")
    assert "Erased: The comment." in done
    assert reverse("trail_entry", args=[told.pk]) in done
    left = client.get(address).content.decode()
    assert "The comment" not in left


def test_a_person_by_the_pages(acme: Cast) -> None:
    client, approver = signed_in(acme, "administrator"), acme.users["approver"]
    assert reverse("erasure") in client.get("/trail/").content.decode()
    refused = client.post(reverse("erasure"), {"person": "", "reason": "Left."})
    assert (refused.status_code, "Choose a person." in refused.content.decode()) == (422, True)
    sent = {"person": f"user:{approver.pk}", "texts": "1", "reason": "Left."}
    page = client.post(reverse("erasure"), sent, follow=True).content.decode()
    assert "erased personal data of" in page
    assert approver.name not in client.get(reverse("erasure")).content.decode()


def test_who_may_not_erase_is_offered_nothing(acme: Cast) -> None:
    client = signed_in(acme, "compliance")
    assert reverse("erasure") not in client.get("/trail/").content.decode()
    assert "erasure" not in client.get(reverse("trail_entry", args=[said(acme).pk])).content.decode()
