"""From the trail to what people and webhooks are told, on the real database."""

import ast
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

import audits
from audits.models import Entry, Untold
from audits.telling import fan_out
from audits.trail.kinds import TOLD, Kind, Outcome
from audits.trail.record import entry_of, record, record_all
from profiles.access import Role
from profiles.actions.holds import place_hold
from profiles.actions.members import add_member
from profiles.actions.notices import choose_notices
from profiles.actions.webhooks import create_webhook
from profiles.models import Delivery, Letter, Notice, User
from profiles.telling.topics import Choice, Mail, Topic
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast("acme", "helper")
    Untold.objects.all().delete()
    return cast


def tell() -> int:
    return fan_out.tell(now=timezone.now())


def notified(kind: Kind) -> set[str]:
    """Who has a notice of this kind: "editor", "approver2", …, of acme."""
    emails = Notice.objects.filter(entry__kind=kind).values_list("user__email", flat=True)
    return {email.removesuffix(".example") for email in emails}


def at_acme(*names: str) -> set[str]:
    return {f"{name}@acme" for name in names}


MEMBERS = at_acme("administrator", "editor", "editor2", "approver", "approver2", "compliance", "auditor")


def test_an_entry_and_the_mark_that_nobody_was_told_exist_together_or_not_at_all(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    Untold.objects.all().delete()
    with transaction.atomic():
        some.submit(acme)
        assert Untold.objects.exists()
        transaction.set_rollback(True)
    assert not Untold.objects.exists()
    some.submit(acme)
    assert set(Untold.objects.values_list("entry__kind", flat=True)) == {"profile.version.submitted"}


def test_entries_are_written_in_one_place_alone() -> None:
    """Whatever writes an entry elsewhere would be told of to nobody."""
    root = Path(audits.__file__).parents[1]
    found = {
        str(path.relative_to(root))
        for folder in ("audits", "profiles", "config")
        for path in (root / folder).rglob("*.py")
        if not {"tests", "migrations"} & {*path.parts}
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if writes_an_entry(node)
    }
    assert found == {"audits/trail/record.py", "config/bench_entries.py", "config/bench_writers.py"}


def writes_an_entry(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return "INSERT INTO audits_entry" in node.value or "write_entries(" in node.value
    ways = {"create", "bulk_create", "get_or_create"}
    return isinstance(node, ast.Attribute) and node.attr in ways and ast.unparse(node.value) == "Entry.objects"


def test_a_submission_is_told_to_reviewers_and_what_becomes_of_it_to_its_author(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    assert tell() == 1
    assert notified(Kind.VERSION_SUBMITTED) == at_acme("administrator", "approver", "approver2")
    some.approve(acme, version)
    some.activate(acme, version)
    tell()
    assert notified(Kind.VERSION_APPROVED) == at_acme("editor")
    assert notified(Kind.VERSION_ACTIVATED) == MEMBERS - at_acme("approver")
    assert not Untold.objects.exists()


def test_telling_again_changes_nothing(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    tell()
    counts = Notice.objects.count(), Letter.objects.count()
    Untold.objects.bulk_create(
        [Untold(entry=entry) for entry in Entry.objects.filter(kind__in=TOLD)], ignore_conflicts=True
    )
    assert tell() > 0
    assert (Notice.objects.count(), Letter.objects.count()) >= counts
    Untold.objects.bulk_create(
        [Untold(entry=entry) for entry in Entry.objects.filter(kind__in=TOLD)], ignore_conflicts=True
    )
    counts = Notice.objects.count(), Letter.objects.count()
    tell()
    assert (Notice.objects.count(), Letter.objects.count()) == counts


def test_nothing_crosses_a_tenants_wall(acme: Cast) -> None:
    rival = some.make_cast("rival", "helper")  # a product of the same name
    hook, _secret = create_webhook(
        rival.organization,
        url="https://hooks.example.com/",
        chosen=["profile.version.activated", "profile.version.submitted"],
        by=rival.actor("administrator"),
        now=timezone.now(),
    )
    tell()
    Notice.objects.all().delete()
    some.make_active(acme, safety__danger_caveats="off")
    tell()
    assert Notice.objects.exists()
    assert not Notice.objects.filter(user__email__endswith="@rival.example").exists()
    assert not Delivery.objects.filter(webhook=hook).exists()


def test_a_member_whose_role_ended_is_not_told(acme: Cast) -> None:
    acme.organization.members.filter(role="auditor").update(expires_at=timezone.now())
    User.objects.filter(email="compliance@acme.example").update(is_active=False)
    some.make_active(acme, safety__danger_caveats="off")
    tell()
    assert notified(Kind.VERSION_ACTIVATED) == MEMBERS - at_acme("approver", "auditor", "compliance")


def test_break_glass_reaches_everybody_at_once_whatever_they_chose(acme: Cast) -> None:
    editor = acme.users["editor"]
    nothing = {topic: Choice(inbox=False, mail=Mail.NONE) for topic in (Topic.VERSIONS, Topic.ACTIVATIONS)}
    choose_notices(editor, choices=nothing, digest_hour=7, by=acme.actor("editor"), now=timezone.now())
    for basis in ("approved", "break_glass"):
        record(
            Kind.VERSION_ACTIVATED,
            who=acme.actor("approver"),
            at=timezone.now(),
            organization="acme",
            product="helper",
            version=1,
            data={"basis": basis, "reason": "A live incident."},
        )
    tell()
    mine = Notice.objects.filter(user=editor)
    assert [(row.topic, row.in_inbox, row.mail) for row in mine] == [("alerts", True, "now")]
    alerts = Notice.objects.filter(topic="alerts")
    assert {row.user.email.removesuffix(".example") for row in alerts} == MEMBERS - at_acme("approver")
    assert Letter.objects.filter(notice__topic="alerts").count() == alerts.count()


def test_a_claim_is_for_stewards_alone(acme: Cast) -> None:
    from profiles.actions.attestations import request_attestation

    request_attestation(acme.product, kind="adults_only", evidence="Ids.", by=acme.actor("editor"), now=timezone.now())
    tell()
    assert notified(Kind.ATTESTATION_REQUESTED) == {"steward@acme"}
    assert Notice.objects.get().organization is None


def test_a_hold_for_everybody_is_told_in_every_organization_once_to_each_person(acme: Cast) -> None:
    rival = some.make_cast("rival", "thing")
    add_member(rival.organization, user=acme.users["editor"], role=Role.EDITOR, by=SYSTEM, now=timezone.now())
    place_hold(
        None, behavior="tone.profanity", ceiling="off", reason="R.", by=acme.actor("steward"), now=timezone.now()
    )
    tell()
    users = list(Notice.objects.filter(entry__kind=Kind.HOLD_PLACED).values_list("user__email", flat=True))
    assert len(users) == len(set(users))
    assert {email.partition("@")[2] for email in users} == {"acme.example", "rival.example"}
    assert "steward@acme.example" not in users


def test_many_products_under_one_recheck_are_one_notice_each(acme: Cast) -> None:
    entries = [
        entry_of(
            Kind.PROFILE_AFFECTED,
            who=SYSTEM,
            at=timezone.now(),
            organization="acme",
            product=f"product-{number}",
            data={"recheck": 3, "direction": "tightening"},
        )
        for number in range(30)
    ]
    record_all(Kind.PROFILE_AFFECTED, entries)
    assert tell() == 30
    assert Notice.objects.filter(user=acme.users["editor"]).count() == 1


def test_webhooks_get_the_events_that_they_chose_and_refused_attempts_are_none(acme: Cast) -> None:
    by, now = acme.actor("administrator"), timezone.now()
    hook, _secret = create_webhook(
        acme.organization, url="https://hooks.example.com/", chosen=["profile.version.activated"], by=by, now=now
    )
    some.make_active(acme, safety__danger_caveats="off")
    record(Kind.VERSION_ACTIVATED, who=SYSTEM, at=now, organization="acme", product="helper", outcome=Outcome.REFUSED)
    tell()
    assert [row.type for row in Delivery.objects.filter(webhook=hook)] == ["profile.version.activated"]


def test_what_is_told_days_late_goes_into_the_digest(acme: Cast) -> None:
    record(
        Kind.VERSION_SUBMITTED,
        who=acme.actor("editor"),
        at=timezone.now() - timedelta(days=3),
        organization="acme",
        product="helper",
        version=1,
    )
    tell()
    assert {row.mail for row in Notice.objects.all()} == {"digest"}
    assert not Letter.objects.exists()


def test_an_entry_that_cannot_be_told_holds_up_no_other_and_is_given_up(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = record(Kind.HOLD_PLACED, who=SYSTEM, at=timezone.now(), organization="acme", target="hold bad")
    good = record(Kind.HOLD_LIFTED, who=SYSTEM, at=timezone.now(), organization="acme", target="hold good")
    original = fan_out._tell_people

    def break_at_bad(it: Any, entry: Entry, now: Any) -> None:
        if entry.pk == bad.pk:
            raise ValueError
        original(it, entry, now)

    monkeypatch.setattr(fan_out, "_tell_people", break_at_bad)
    for _ in range(6):
        tell()
    assert Notice.objects.filter(entry=good.pk).exists()
    assert not Notice.objects.filter(entry=bad.pk).exists()
    mark = Untold.objects.get()
    assert (mark.entry_id, mark.attempts, mark.gave_up) == (bad.pk, 5, True)


def test_a_kind_of_a_newer_program_is_told_to_nobody_and_breaks_nothing(acme: Cast) -> None:
    leaf = entry_of(Kind.HOLD_PLACED, who=SYSTEM, at=timezone.now(), organization="acme").leaf
    entry = Entry.objects.create(leaf=leaf.replace(b"hold.placed", b"hold.folded"))
    Untold.objects.create(entry=entry)
    assert tell() == 1
    assert not Notice.objects.exists()


def test_names_that_people_chose_cannot_break_anything(acme: Cast) -> None:
    User.objects.filter(email="approver@acme.example").update(name="%s %(actor)s <b>\r\nBcc: x@y.example {{ 7 }}")
    some.make_active(acme, safety__danger_caveats="off")
    assert tell() > 0
    assert notified(Kind.VERSION_APPROVED) == at_acme("editor")


@pytest.mark.django_db(transaction=True)
def test_two_that_tell_at_once_tell_everything_once(acme: Cast) -> None:
    hook, _secret = create_webhook(
        acme.organization,
        url="https://hooks.example.com/",
        chosen=["hold.placed"],
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    for number in range(25):
        record(Kind.HOLD_PLACED, who=SYSTEM, at=timezone.now(), organization="acme", target=f"hold h.{number}")
    counts: list[int] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        counts.append(tell())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 25
    assert not Untold.objects.exists()
    assert Notice.objects.count() == 25 * len(MEMBERS)
    assert Delivery.objects.filter(webhook=hook).count() == 25
