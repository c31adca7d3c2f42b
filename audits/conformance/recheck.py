"""Carrying out a recheck, chunk by chunk. A chunk is one transaction: a worker that dies in it leaves it waiting, and a
message that comes twice finds the work done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_noop

from audits.conformance import drifting
from audits.conformance.waiting import begin
from audits.models import Recheck, RecheckChunk, RecheckResult
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import Written, entry_of, record, record_all
from profiles.access import system
from profiles.actions.publishing import republish
from profiles.models import Product, RulebookRevision
from profiles.queries import Stored, not_honored, products_on, revision_before, stored_by_product
from profiles.resolution import diff
from profiles.resolution.types import Attestation, Resolution
from profiles.rulebook.codec import decode
from profiles.rulebook.model import Rulebook

WORKER: Final = system("worker")


def execute_chunk(chunk_id: int, *, now: datetime) -> bool:
    """Carry out one chunk; returns whether there was something to do."""
    if not begin(RecheckChunk.objects.all(), chunk_id):
        return False
    with transaction.atomic():
        chunk = (
            RecheckChunk.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("recheck__revision", "recheck__rulebook_draft", "recheck__hold")
            .filter(pk=chunk_id, state=RecheckChunk.State.WAITING)
            .first()
        )
        if chunk is None:
            return False
        act = _republish if chunk.recheck.kind == Recheck.Kind.HOLD else _compare
        chunk.affected = act(chunk, now)
        _finish(chunk, RecheckChunk.State.FINISHED, now)
    return True


def give_up(chunk: RecheckChunk, now: datetime) -> None:
    """End a chunk that failed time and again."""
    _finish(chunk, RecheckChunk.State.FAILED, now)


def _finish(chunk: RecheckChunk, state: RecheckChunk.State, now: datetime) -> None:
    chunk.state, chunk.finished_at = state, now
    chunk.save()
    # The lock lets the chunks of one recheck end one after the other, so that exactly one of them is the last.
    recheck = Recheck.objects.select_for_update(of=("self",)).get(pk=chunk.recheck_id)
    if recheck.chunks.filter(state=RecheckChunk.State.WAITING).exists():
        return
    failed = recheck.chunks.filter(state=RecheckChunk.State.FAILED).count()
    recheck.state = Recheck.State.FAILED if failed else Recheck.State.FINISHED
    recheck.finished_at = now
    recheck.save()
    affected = sum(recheck.chunks.values_list("affected", flat=True))
    record(
        Kind.RECHECK_FINISHED,
        who=replace(WORKER, on_behalf_of=recheck.requested_by_id),
        at=now,
        organization="",
        target=f"recheck {recheck.pk}",
        outcome=Outcome.FAILED if failed else Outcome.DONE,
        data={"recheck": recheck.pk, "products": recheck.total, "affected": affected, "failed_chunks": failed},
    )


# A hold: publish again what is active


def _republish(chunk: RecheckChunk, now: datetime) -> int:
    hold = chunk.recheck.hold
    assert hold is not None
    because = gettext_noop("The hold on %(key)s changed.") % {"key": hold.behavior}
    products = products_on("").filter(pk__range=(chunk.first_product, chunk.last_product))
    # In the order of their ids, as everything that locks several products does.
    locked = products.select_for_update(of=("self",)).select_related("organization").order_by("pk")
    return sum(bool(republish(product, because=because, by=WORKER, now=now)) for product in locked)


# A rulebook revision: what would change


def _compare(chunk: RecheckChunk, now: datetime) -> int:
    recheck = chunk.recheck
    candidate = _candidate(recheck, now)
    products = products_on(recheck.platform).filter(pk__range=(chunk.first_product, chunk.last_product))
    rows: list[RecheckResult] = []
    entries: list[Written] = []
    previous = revision_before(candidate)
    for product, version, stored, claims in stored_by_product(products.order_by("pk")):
        new = _under(stored, candidate, candidate)
        # A draft is judged by the newest rulebooks, so by the candidate already if that was published.
        old = stored if version else _under(stored, candidate, previous)
        result = _result(old, new, claims, now) if old and new else None
        if result is None:
            continue
        rows.append(RecheckResult(recheck=recheck, product=product, version=version, **result))
        if recheck.kind == Recheck.Kind.REVISION:
            entries.append(_entry(product, version, candidate.rulebook(), result, recheck, now))
    RecheckResult.objects.bulk_create(rows, ignore_conflicts=True)
    record_all(Kind.PROFILE_AFFECTED, entries)
    if recheck.kind == Recheck.Kind.REVISION:
        drifting.after_publication(products, now=now)
    return len(rows)


def _candidate(recheck: Recheck, now: datetime) -> RulebookRevision:
    if recheck.revision:
        return recheck.revision
    assert recheck.rulebook_draft is not None
    return RulebookRevision.of(decode(recheck.rulebook_draft.document), now)


def _result(stored: Stored, new: Stored, claims: Sequence[Attestation], now: datetime) -> dict[str, Any] | None:
    """What a product's profile would become; None where it would stay as it is."""
    before, after = stored.resolve(now, claims=claims), new.resolve(now, claims=claims)
    found = list(_changes(before, after))
    refused = sorted(set(not_honored(stored.settings, after)) - set(not_honored(stored.settings, before)))
    if not found and not refused:
        return None
    overall = diff.direction(tuple(change for _platform, change in found))
    return {
        "direction": overall.value,
        "changes": [_told(platform, change, after[platform]) for platform, change in found],
        "refused": refused,
    }


def _under(stored: Stored, candidate: RulebookRevision, book: RulebookRevision | None) -> Stored | None:
    """What is stored, with ``book`` in the candidate's place; None where that does not reach the product."""
    if candidate.is_law:
        if not candidate.rulebook().applies_to(stored.facts):
            return None
        others = tuple(law for law in stored.laws if law.platform != candidate.platform)
        return replace(stored, laws=(*others, book) if book else others)
    if book is None or candidate.platform not in stored.platforms:
        return None
    swapped = tuple(book if item.platform == candidate.platform else item for item in stored.revisions)
    return replace(stored, revisions=swapped)


def _changes(before: Mapping[str, Resolution], after: Mapping[str, Resolution]) -> Iterator[tuple[str, diff.Change]]:
    for platform, resolution in after.items():
        for change in diff.changes(before[platform], resolution):
            yield platform, change


def _told(platform: str, change: diff.Change, resolution: Resolution) -> dict[str, Any]:
    decision = resolution.decisions[change.behavior]
    because = decision.limit.because if decision.limit else decision.behavior.because
    return {
        "platform": platform,
        "behavior": change.behavior,
        "before": change.before,
        "after": change.after,
        "direction": change.direction.value,
        "reason": decision.reason.value,
        "because": because,
    }


def _entry(
    product: Product,
    version: int | None,
    book: Rulebook,
    result: Mapping[str, Any],
    recheck: Recheck,
    now: datetime,
) -> Written:
    changes = result["changes"]
    return entry_of(
        Kind.PROFILE_AFFECTED,
        who=replace(WORKER, on_behalf_of=recheck.requested_by_id),
        at=now,
        organization=product.organization.slug,
        product=product.slug,
        target=f"rulebook {book.platform} {book.revision}",
        version=version,
        rulebooks=[book.digest],
        before={change["behavior"]: change["before"] for change in changes},
        after={change["behavior"]: change["after"] for change in changes},
        data={"recheck": recheck.pk, "direction": result["direction"], "refused": result["refused"]},
    )
