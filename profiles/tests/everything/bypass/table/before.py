"""What must have happened before somebody goes through a door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from audits.ledger.sequence import place
from audits.models import Check, CheckpointLetter, Destination, LegalHold, RecheckChunk
from audits.telling import checkpoints, fan_out
from audits.tests.conformance import runs
from profiles.access import Role
from profiles.actions.attestations import grant_attestation, revoke_attestation
from profiles.actions.commitments import withdraw_commitments
from profiles.actions.holds import place_hold
from profiles.actions.members import invite_member
from profiles.actions.retention import release_legal_hold
from profiles.actions.revisions import settle_behavior
from profiles.models import (
    Attestation,
    Delivery,
    Environment,
    Letter,
    Member,
    Notice,
    PublishedProfile,
    RulebookDraft,
    Schedule,
    User,
    Webhook,
)
from profiles.rulebook import revise
from profiles.tests import cast as some
from profiles.tests.everything.bypass.table.lines import KEY
from profiles.tests.everything.stage import Stage

# The log


def small_suite(_stage: Stage) -> None:
    runs.small_suite()


def checkpoint_letter(stage: Stage) -> int:
    """To the auditor whom somebody named."""
    placed(stage)
    checkpoints.write(now=timezone.now())
    return CheckpointLetter.objects.latest("pk").pk


# Products


def withdrawn(stage: Stage) -> None:
    """Its commitments are not public."""
    withdraw_commitments(stage.product, reason="R.", by=stage.acme.actor("administrator"), now=timezone.now())


# Versions


def set_draft(stage: Stage, **values: Any) -> None:
    some.set_values(stage.acme, **values)


def approved(stage: Stage) -> None:
    some.approve(stage.acme, stage.newest)


def overtaken(stage: Stage) -> None:
    """Version 2 went live, so what waits for its review is stale."""
    some.activate(stage.acme, stage.schedule.version)


def stricter(stage: Stage) -> None:
    """What waits only becomes stricter, where even that waits for a review."""
    Environment.objects.filter(pk=stage.production.pk).update(tightening_at_once=False)
    set_draft(stage, views__balanced=None, format__length=None, **{KEY.replace(".", "__"): "on"})
    some.submit(stage.acme)


def due(stage: Stage) -> None:
    """It is time for what is scheduled."""
    Schedule.objects.filter(pk=stage.schedule.pk).update(due_at=timezone.now() - timedelta(minutes=1))


def due_unapproved(stage: Stage) -> None:
    """The same, where the environment asks for more approvals by now than there are."""
    Environment.objects.filter(pk=stage.production.pk).update(approvals_needed=2)
    due(stage)


# Claims that ended: what they opened is outside of its window again


def granted(stage: Stage) -> Attestation:
    now, by = timezone.now(), stage.actor("acme", "steward")
    return grant_attestation(stage.claim, expires_at=now + timedelta(days=9), by=by, now=now)


def lapsed(stage: Stage, meanwhile: Callable[[], object]) -> None:
    """Something happens while a claim counts that does not count any more."""
    claim = granted(stage)
    meanwhile()
    revoke_attestation(claim, comment="It was wrong.", by=stage.actor("acme", "steward"), now=timezone.now())


def with_gated_draft(stage: Stage) -> None:
    lapsed(stage, lambda: set_draft(stage, content__explicit="on"))


def with_gated_version(stage: Stage) -> None:
    def meanwhile() -> None:
        set_draft(stage, content__explicit="on")
        some.approve(stage.acme, some.submit(stage.acme))

    lapsed(stage, meanwhile)


def with_stale_gated_version(stage: Stage) -> None:
    with_gated_version(stage)
    overtaken(stage)


def with_gated_live(stage: Stage) -> None:
    def meanwhile() -> None:
        some.make_active(stage.acme, content__explicit="on")
        set_draft(stage, content__explicit="off")

    lapsed(stage, meanwhile)


def ending_soon(stage: Stage) -> None:
    """A claim that was granted a while ago ends within days."""
    granted(stage)
    Attestation.objects.filter(pk=stage.claim.pk).update(decided_at=timezone.now() - timedelta(days=90))


# People


def invited(stage: Stage) -> Member:
    """Somebody who has set no password yet."""
    by, now = stage.actor("acme", "administrator"), timezone.now()
    invitation = invite_member(
        stage.organization, email="guest@acme.example", name="Guest", role=Role.EDITOR, by=by, now=now
    )
    return invitation.member


def second_unset(stage: Stage) -> None:
    """The second editor has set no password yet."""
    User.objects.filter(pk=stage.second.user_id).update(is_unproven=True, password="!")


# Telling


def placed(stage: Stage) -> None:
    """All entries have their places in the logs."""
    place(now=timezone.now())


def released(stage: Stage) -> None:
    """No legal hold stands: under one nothing is erased."""
    by, now = stage.actor("acme", "administrator"), timezone.now()
    for hold in LegalHold.objects.filter(organization=stage.organization, released_at=None):
        release_legal_hold(hold, reason="It was settled.", by=by, now=now)


def stopped(stage: Stage) -> None:
    Destination.objects.update(stopped_at=timezone.now())


def sent_on(stage: Stage) -> None:
    """The destination got an entry already."""
    Destination.objects.update(position=1)


def undelivered(stage: Stage) -> None:
    Delivery.objects.filter(pk=stage.delivery.pk).update(state=Delivery.State.FAILED, ended_at=timezone.now())


def disabled(stage: Stage) -> None:
    Webhook.objects.filter(pk=stage.webhook.pk).update(disabled_at=timezone.now())


def unreachable(stage: Stage) -> None:
    """The receiver's address is one that nothing is sent to."""
    Webhook.objects.filter(pk=stage.webhook.pk).update(url="https://127.0.0.1/")


def told(stage: Stage) -> None:
    """Everybody was told of everything."""
    fan_out.tell(now=timezone.now())


def grown_old(stage: Stage) -> None:
    """Nothing is left to tell, and what was told is old."""
    told(stage)
    long_ago = timezone.now() - timedelta(days=400)
    Delivery.objects.update(state=Delivery.State.DELIVERED, created_at=long_ago)
    Notice.objects.update(at=long_ago)


def letter_of(stage: Stage) -> int:
    told(stage)
    return Letter.objects.filter(state=Letter.State.WAITING).latest("pk").pk


def notice_of(stage: Stage) -> int:
    """One that the administrator has not read."""
    return Notice.objects.filter(user=stage.acme.users["administrator"], in_inbox=True, read_at=None).latest("pk").pk


# Rulebooks and what is published


def all_settled(stage: Stage) -> None:
    for key in stage.revision.unsettled:
        text = revise.part_of(stage.revision.document, key).replace("radio_brevity", "safe_water")
        settle_behavior(
            stage.revision, behavior=key, text=text, seen=99, by=stage.actor("acme", "steward"), now=timezone.now()
        )


def none_open(stage: Stage) -> None:
    RulebookDraft.objects.update(state=RulebookDraft.State.ABANDONED, ended_at=timezone.now())


def all_rulebooks(stage: Stage) -> None:
    call_command("load_rulebooks", stdout=StringIO())


def held_everywhere(stage: Stage) -> None:
    now, by = timezone.now(), stage.actor("acme", "steward")
    place_hold(None, behavior="tone.profanity", ceiling="off", reason="R.", by=by, now=now)


def published_by_an_older_program(stage: Stage) -> None:
    """What is served lacks what it was resolved from, which earlier programs did not keep."""
    row = PublishedProfile.objects.filter(product=stage.acme.product).latest("pk")
    row.pk, row.inputs = None, None
    row.save(force_insert=True)


# Checks


def waiting_check(stage: Stage) -> int:
    return Check.objects.filter(state=Check.State.WAITING).latest("pk").pk


def chunk_of_a_hold(stage: Stage) -> int:
    chunks = RecheckChunk.objects.filter(recheck__kind="hold")
    if not chunks.exists():
        held_everywhere(stage)
    return chunks.latest("pk").pk


# Times


def soon(stage: Stage) -> datetime:
    return timezone.now() + timedelta(days=2)


def in_nine_days(stage: Stage) -> datetime:
    return timezone.now() + timedelta(days=9)


def an_hour_ago(stage: Stage) -> datetime:
    return timezone.now() - timedelta(hours=1)
