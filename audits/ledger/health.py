"""How a log is: what its page shows, and what a check finds wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Subquery

from audits.ledger import cosignatures, read
from audits.log.witness import Said
from audits.models import Checkpoint, Cosigner, Entry, Halt, Log, Unplaced, Verification

LATE: Final = timedelta(minutes=1)  # an entry that waits longer for its place
UNWITNESSED: Final = timedelta(minutes=30)  # a checkpoint that waits longer for a quorum
UNVERIFIED: Final = timedelta(hours=36)
_DISPUTES: Final = (Said.OTHER_ROOT.value, Said.INCONSISTENT.value, Said.AHEAD.value)


class Problem(StrEnum):
    """What can be wrong with a log."""

    STOPPED = "stopped"  # the database is not what was published
    LATE = "late"  # entries wait, and nobody gives them their places
    FOUND = "found"  # the last full verification found something
    DISPUTED = "disputed"  # a witness holds another past
    UNWITNESSED = "unwitnessed"  # too few witnesses cosign
    UNVERIFIED = "unverified"  # nobody verified it for long


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that have no place yet."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    log: Log
    checkpoint: Checkpoint | None
    waiting: Waiting
    halt: Halt | None
    verification: Verification | None
    problems: tuple[Problem, ...]


def of(log: Log, *, now: datetime) -> Health:
    checkpoint, waiting, halt = read.latest(log), waiting_in(log), Halt.objects.filter(log=log).first()
    last = log.verifications.first()
    found = Health(log, checkpoint, waiting, halt, last, ())
    return Health(log, checkpoint, waiting, halt, last, tuple(_problems(found, now)))


def alarms(organization: str) -> tuple[Problem, ...]:
    """What must stand on every page that shows the log's entries, in one query."""
    newest = Verification.objects.filter(log=OuterRef("pk")).order_by("-pk").values("finding")[:1]
    disputes = _disputes().filter(log=OuterRef("pk"))
    rows = Log.objects.filter(organization=organization).annotate(
        stopped=Exists(Halt.objects.filter(log=OuterRef("pk"))), found=Subquery(newest), disputed=Exists(disputes)
    )
    for stopped, found, disputed in rows.values_list("stopped", "found", "disputed"):
        told = {Problem.STOPPED: stopped, Problem.FOUND: bool(found), Problem.DISPUTED: disputed}
        return tuple(problem for problem, is_so in told.items() if is_so)
    return ()


def waiting_in(log: Log) -> Waiting:
    return Waiting(**_waiting().filter(of=log.organization).aggregate(count=Count("pk"), since=Min("at")))


def everywhere(*, now: datetime) -> dict[Problem, int]:
    """How many logs of this installation have each problem that must not wait for the morning: a check for monitoring,
    which names nobody."""
    newest = Verification.objects.filter(log=OuterRef("pk")).order_by("-pk").values("finding")[:1]
    counts = {
        Problem.STOPPED: Halt.objects.count(),
        Problem.LATE: _waiting().filter(at__lt=now - LATE).values("of").distinct().count(),
        Problem.FOUND: Log.objects.annotate(found=Subquery(newest)).exclude(found="").exclude(found=None).count(),
        Problem.DISPUTED: _disputes().values("log").distinct().count(),
    }
    return {problem: count for problem, count in counts.items() if count}


def _problems(it: Health, now: datetime) -> Iterator[Problem]:
    if it.halt:
        yield Problem.STOPPED
    elif it.waiting.since and now - it.waiting.since > LATE:
        yield Problem.LATE
    if it.verification and it.verification.finding:
        yield Problem.FOUND
    if _disputes().filter(log=it.log).exists():
        yield Problem.DISPUTED
    if _lacks_witnesses(it.log, now):
        yield Problem.UNWITNESSED
    if _was_verified_long_ago(it, now):
        yield Problem.UNVERIFIED


def _waiting() -> QuerySet[Any]:
    """Entry by entry, whatever the planner thinks of a table that fills and empties: it would read the whole trail."""
    entry = Entry.objects.filter(pk=OuterRef("entry_id"))
    of, at = (Subquery(entry.values(name)[:1]) for name in ("organization", "at"))
    return Unplaced.objects.annotate(of=of, at=at)


def _disputes() -> QuerySet[Cosigner]:
    """Of witnesses that the policy still names: whoever is dropped from it has nothing to say any more."""
    keys = [one.key for one in cosignatures.agreed().witnesses.values()]
    named = {"name__in": [key.name for key in keys], "key_id__in": [key.id.hex() for key in keys]}
    return Cosigner.objects.filter(said__in=_DISPUTES, **named)


def _lacks_witnesses(log: Log, now: datetime) -> bool:
    """Whether the newest checkpoint that had time enough has no quorum, where the policy asks for one."""
    due = log.checkpoints.filter(signed_at__lt=now - UNWITNESSED).first()
    if due is None or not cosignatures.asks_for_a_quorum(log):
        return False
    return not cosignatures.is_quorum(log, cosignatures.witnessed_by(log, due.size))


def _was_verified_long_ago(it: Health, now: datetime) -> bool:
    if it.verification:
        return now - it.verification.began_at > UNVERIFIED
    first = it.log.checkpoints.order_by("size").first()
    return first is not None and now - first.signed_at > UNVERIFIED
