"""Who cosigns a log, and what they signed: kept beside the checkpoints, which they are served with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.conf import settings

from audits.ledger import keys
from audits.log import notes, policy
from audits.log.notes import Signature, Verifier
from audits.log.policy import Policy
from audits.models import Auditor, Checkpoint, Cosignature, Cosigner, Log

AHEAD: Final = timedelta(minutes=10)  # so far another clock may be ahead of ours


class Known(NamedTuple):
    """Somebody whose cosignatures of a log count: a witness of the policy, which is asked at ``url`` where it has one,
    or an auditor with a key. ``name`` is what the policy or the organization calls them."""

    name: str
    key: Verifier
    url: str = ""
    is_witness: bool = False

    @property
    def id(self) -> tuple[str, str]:
        """The key, as rows name it."""
        return self.key.name, self.key.id.hex()


def agreed() -> Policy:
    """The policy of this installation."""
    return _parsed(settings.BRIGHTLINE_LOG_POLICY)


@lru_cache(maxsize=8)
def _parsed(text: str) -> Policy:
    return policy.parse(text) if text else Policy()


def known(log: Log) -> tuple[Known, ...]:
    """Everybody whose cosignatures of this log count, witnesses first."""
    found = [*witnesses(log), *(_auditor(row) for row in auditors(log) if row.key)]
    return tuple({one.id: one for one in reversed(found)}.values())[::-1]


def witnesses(log: Log) -> list[Known]:
    """Those of the policy, if it is for this log."""
    found = agreed()
    if not found.covers(log.origin):
        return []
    return [Known(one.name, one.key, one.url, is_witness=True) for one in found.witnesses.values()]


def auditors(log: Log) -> list[Auditor]:
    """Whom the organization (or, for the installation's log, a steward) named."""
    owner = {"organization__slug": log.organization} if log.organization else {"organization": None}
    return list(Auditor.objects.filter(**owner, removed_at=None))


def auditor_of_installation(pk: int) -> Auditor:
    """One whom a steward named.

    Raises:
        NotFound: there is none.
    """
    return Auditor.objects.filter(organization=None, removed_at=None).one(pk=pk)


def _auditor(row: Auditor) -> Known:
    return Known(row.name, notes.parse_verifier(row.key))


def keep(checkpoint: Checkpoint, key: Verifier, signature: Signature, *, now: datetime) -> bool:
    """Keep a cosignature that was verified; False if one of this key is there, which stays. How far its key has come
    is kept too, and never goes back."""
    signed_at = datetime.fromtimestamp(signature.time, UTC)
    name: dict[str, Any] = {"name": key.name, "key_id": key.id.hex()}
    told = {"log_id": checkpoint.log_id, "line": str(signature), "signed_at": signed_at, "received_at": now}
    _row, made = Cosignature.objects.get_or_create(checkpoint=checkpoint, **name, defaults=told)
    Cosigner.objects.get_or_create(log_id=checkpoint.log_id, **name)
    own = Cosigner.objects.filter(log_id=checkpoint.log_id, **name)
    own.filter(size__lt=checkpoint.size).update(size=checkpoint.size)
    own.filter(cosigned__lt=checkpoint.size).update(cosigned=checkpoint.size, cosigned_at=signed_at)
    return made


def is_timely(signature: Signature, now: datetime) -> bool:
    """Whether its time is not one that has yet to come, and any at all."""
    return 0 < signature.time <= (now + AHEAD).timestamp()


def note_of(checkpoint: Checkpoint) -> str:
    """The note as it is published: what the log signed, and below it whoever cosigned. Lines that are known when it is
    read; whoever reads it later may find more."""
    lines = checkpoint.cosignatures.values_list("line", flat=True)[: notes.MAX_SIGNATURES // 2]
    return checkpoint.note + "".join(f"{line}\n" for line in lines)


def progress(log: Log) -> dict[tuple[str, str], Cosigner]:
    """How far each key has come, by name and id."""
    return {(row.name, row.key_id): row for row in log.cosigners.all()}


def asks_for_a_quorum(log: Log) -> bool:
    """Whether the policy is for this log, and asks for cosignatures."""
    found = agreed()
    return found.quorum != policy.NONE and found.covers(log.origin)


def is_quorum(log: Log, names: Collection[str]) -> bool:
    """Whether these witnesses, by their names in the policy, are as many as it asks for."""
    return asks_for_a_quorum(log) and agreed().is_met(names)


def witnessed_by(log: Log, size: int) -> set[str]:
    """The witnesses, by their names in the policy, that cosigned a checkpoint of so many entries or more: each stands
    for all that was before."""
    come = progress(log)
    return {one.name for one in witnesses(log) if one.id in come and come[one.id].cosigned >= size}


def opened(log: Log, text: str) -> notes.Checkpoint:
    """A checkpoint of this log, which it signed with a key that is known here.

    Raises:
        BadNote: it did not, or it is another log's.
    """
    note = notes.parse_note(text)
    signed = notes.verified(note, keys.verifiers(log.origin))
    found = notes.parse_checkpoint(note.text)
    if not signed or found.origin != log.origin:
        raise notes.BadNote("this log did not sign it")
    return found
