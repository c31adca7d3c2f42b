"""How far an entry has come: recorded, in a checkpoint, witnessed by some of those who cosign its log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from audits.ledger import cosignatures
from audits.models import Entry, Leaf, Log


class Stage(StrEnum):
    RECORDED = "recorded"
    CHECKPOINT = "checkpoint"
    WITNESSED = "witnessed"


@dataclass(frozen=True, slots=True)
class State:
    """``place`` is its place in ``log``, counted from 0; both are None while it waits for them. ``witnessed`` of ``of``
    have cosigned a checkpoint that holds it."""

    log: Log | None = None
    place: int | None = None
    witnessed: int = 0
    of: int = 0

    @property
    def stage(self) -> Stage:
        if self.place is None:
            return Stage.RECORDED
        return Stage.WITNESSED if self.witnessed else Stage.CHECKPOINT


def states_of(entries: Iterable[Entry]) -> dict[int, State]:
    """By the id of the entry; a few queries, however many entries there are."""
    ids = [entry.pk for entry in entries]
    leaves = Leaf.objects.select_related("log").filter(entry__in=ids)
    sizes: dict[int, list[int]] = {}
    found = {pk: State() for pk in ids}
    for leaf in leaves:
        if leaf.log_id not in sizes:
            sizes[leaf.log_id] = _cosigned(leaf.log)
        cosigned = sizes[leaf.log_id]
        found[leaf.pk] = State(leaf.log, leaf.index, sum(size > leaf.index for size in cosigned), len(cosigned))
    return found


def _cosigned(log: Log) -> list[int]:
    """For each of those whose cosignatures count, how large the newest checkpoint is that they cosigned."""
    come = cosignatures.progress(log)
    return [come[one.id].cosigned if one.id in come else 0 for one in cosignatures.known(log)]
