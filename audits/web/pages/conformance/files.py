"""Trials as files, piece by piece: however many there are, a few hundred are in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any, Final

from django.db.models import QuerySet

from audits.models import Judgement, Trial
from audits.queries import pieces_of
from audits.trail.harmless import harmless
from profiles.access import Actor

_FIELDS: Final = (
    "pk", "position", "behavior", "probe", "variant", "epoch", "outcome", "rule", "reason", "refused_by", "reported",
    "fingerprint", "tokens_in", "tokens_out", "milliseconds", "ended_at",
)  # fmt: skip
HEADER: Final = (
    "trial", "behavior", "probe", "variant", "repetition", "outcome", "judged", "decided_by", "reason", "refused_by",
    "model_reported", "fingerprint", "tokens_in", "tokens_out", "milliseconds", "ended_at",
)  # fmt: skip


def csv_lines(actor: Actor, rows: QuerySet[Trial]) -> Iterator[bytes]:
    """RFC 4180, with stored values and not their words."""
    yield _written([HEADER])
    for piece in pieces_of(rows.values(*_FIELDS)):
        judged = _judged(actor, [row["pk"] for row in piece])
        yield _written(_line(row, judged.get(row["pk"], "")) for row in piece)


def _judged(actor: Actor, keys: list[int]) -> dict[int, str]:
    """What people said last, by the trial's id."""
    rows = Judgement.objects.of(actor).filter(trial__in=keys).order_by("pk")
    return dict(rows.values_list("trial_id", "outcome"))


def _line(row: Mapping[str, Any], judged: str) -> list[str]:
    ended = row["ended_at"].strftime("%Y-%m-%dT%H:%M:%SZ") if row["ended_at"] else ""
    texts = [row["behavior"], row["probe"], row["variant"]]
    decided = [row["outcome"] or "planned", judged, row["rule"], row["reason"], row["refused_by"]]
    model = [row["reported"], row["fingerprint"]]
    numbers = [str(row[name]) for name in ("tokens_in", "tokens_out", "milliseconds")]
    line = [str(row["position"] + 1), *texts, str(row["epoch"] + 1), *decided, *model, *numbers, ended]
    return [harmless(text) for text in line]


def _written(lines: Any) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()
