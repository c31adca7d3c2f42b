"""Asking for background work: the rows first, in the caller's transaction; the messages once that is committed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from audits.messages import send_on_commit
from audits.models import Check, Recheck, RecheckChunk
from audits.trail.kinds import Kind
from audits.trail.record import TELL, record

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from profiles.access import Actor
    from profiles.models import Product, Version

CHUNK: Final = 200  # products a task: a task each would spend its time on messages


def request_check(
    version: Version, *, trigger: Check.Trigger, by: Actor, now: datetime, night: date | None = None
) -> Check:
    """Write the row and its entry, and send the message when the transaction commits."""
    check = Check.objects.create(
        kind=Check.Kind.LIMITS,
        trigger=trigger,
        version=version,
        requested_by=by.name,
        requested_by_id=by.id,
        requested_at=now,
        sent_at=now,
        night=night,
    )
    product = version.product
    record(
        Kind.CHECK_REQUESTED,
        who=by,
        at=now,
        organization=product.organization.slug,
        product=product.slug,
        target=f"check {check.pk}",
        version=version.number,
        data={"check": check.pk, "kind": check.kind, "trigger": str(trigger)},
    )
    send(check.pk)
    return check


def request_recheck(
    kind: Recheck.Kind, products: QuerySet[Product], *, target: str, by: Actor, now: datetime, **about: Any
) -> Recheck:
    """Write a recheck with its chunks and its entry, and send their messages when the transaction commits.

    Args:
        products: those to look at; a chunk keeps the range of their ids, so that a product that is added inside it
            later is looked at too.
        target: what it is about, in the words of an entry.
        about: the fields of ``Recheck`` that say what it is about.
    """
    ids = list(products.order_by("pk").values_list("pk", flat=True))
    recheck = Recheck.objects.create(
        kind=kind,
        total=len(ids),
        requested_by=by.name,
        requested_by_id=by.id,
        requested_at=now,
        **about,
        **({} if ids else _nothing(now)),
    )
    parts = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
    chunks = RecheckChunk.objects.bulk_create(
        RecheckChunk(recheck=recheck, first_product=part[0], last_product=part[-1], products=len(part), sent_at=now)
        for part in parts
    )
    data = {"recheck": recheck.pk, "kind": kind.value, "products": len(ids)}
    record(Kind.RECHECK_REQUESTED, who=by, at=now, organization="", target=target, data=data)
    for chunk in chunks:
        send_chunk(chunk.pk)
    return recheck


def _nothing(now: datetime) -> dict[str, Any]:
    return {"state": Recheck.State.FINISHED, "finished_at": now}


def send(check_id: int) -> None:
    """Send a check's message once the current transaction commits."""
    send_on_commit("audits.tasks.run_check", check_id)


def send_chunk(chunk_id: int) -> None:
    """Send the message of a chunk of a recheck once the current transaction commits."""
    send_on_commit("audits.tasks.run_recheck_chunk", chunk_id)


def send_run(run_id: int) -> None:
    """Send the message of a run once the current transaction commits."""
    send_on_commit("audits.tasks.run_conformance", run_id)


def send_start() -> None:
    """Have runs begin that schedules ask for, once the current transaction commits."""
    send_on_commit("audits.tasks.start_runs")


def send_look(look_id: int) -> None:
    """Send the message of a look at an endpoint once the current transaction commits."""
    send_on_commit("audits.tasks.run_conformance_look", look_id)


def send_measure(product_id: int) -> None:
    """Ask for all checks of a product to be measured, once the current transaction commits."""
    send_on_commit("audits.tasks.measure_product", product_id)


def send_tell() -> None:
    """Ask for whatever nobody was told of yet, once the current transaction commits."""
    send_on_commit(TELL)


def send_letter(letter_id: int) -> None:
    """Send a letter's message once the current transaction commits."""
    send_on_commit("audits.tasks.send_letter", letter_id)


def send_checkpoint(letter_id: int) -> None:
    """Send the message of a checkpoint's letter once the current transaction commits."""
    send_on_commit("audits.tasks.send_checkpoint", letter_id)


def send_batches(destination_id: int) -> None:
    """Send the message of a destination that entries wait for, once the current transaction commits."""
    send_on_commit("audits.tasks.push", destination_id)


def send_delivery(delivery_id: int) -> None:
    """Send a delivery's message once the current transaction commits."""
    send_on_commit("audits.tasks.deliver", delivery_id)
