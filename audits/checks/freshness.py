"""What is known of whether a model keeps a profile's promises, how old that is, and what it lacks. Pure.

A run counts for a profile if it was complete, asked about exactly what the model is told now (its compiled instructions
and the vendor's settings, on the same platform), asked the model that the product names, and asked a real one: a
rehearsal never counts. Versions that tell a model the same are the same to it, so their runs count for each other.

Of each commitment the newest finding of the runs that count is what is known. A failure does not age: it stands until a
later run passes. What passed does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from audits.checks.statistics import CommitmentOutcome

_PART: Final = re.compile(r"[a-z]+|\d+")
_DATED: Final = 4  # digits at least of what stands behind a model's name and is a date or a build
_WORST_FIRST: Final = (CommitmentOutcome.FAIL, CommitmentOutcome.INCONCLUSIVE, CommitmentOutcome.PASS)
_SAME_MODEL: Final = frozenset({"latest"})


@dataclass(frozen=True, slots=True)
class Found:
    """What a run says of one commitment."""

    outcome: CommitmentOutcome
    passed: int
    trials: int  # that say something


@dataclass(frozen=True, slots=True)
class Tested:
    """A complete run, as far as this needs it.

    Args:
        told: ``protocols.told_digest`` of what the model was told.
    """

    run: int
    version: int
    platform: str
    told: str
    model: str
    rehearsal: bool
    ended: datetime
    findings: Mapping[str, Found] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run must have been about.

    Args:
        model: as people call it; empty where the product names none, so that any model counts.
        guarded: the bright lines and protections among the promises.
    """

    platform: str
    told: str
    model: str = ""
    guarded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one commitment, and from which run."""

    found: Found
    source: Tested


class Lack(StrEnum):
    NOT_RUN = "not_run"
    REHEARSED = "rehearsed"  # only canned answers were looked at
    OTHER_INSTRUCTIONS = "other_instructions"  # the runs that there are told the model something else
    OTHER_MODEL = "other_model"
    FAILING = "failing"
    INCONCLUSIVE = "inconclusive"  # on a bright line or a protection
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Missing:
    """Why something is not proven well enough.

    Args:
        near: the run that comes closest; None if there is none at all.
        behaviors: those that fail, are inconclusive, or were tested too long ago.
    """

    lack: Lack
    wanted: Wanted
    near: Tested | None = None
    behaviors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is known of one profile on one platform and model.

    Args:
        newest: the newest run that counts.
        near: the newest one of the platform that does not count.
    """

    wanted: Wanted
    newest: Tested | None
    near: Tested | None
    commitments: Mapping[str, Known]

    @property
    def outcome(self) -> CommitmentOutcome | None:
        """The worst that is known of a commitment; None where no run that counts says anything."""
        found = {known.found.outcome for known in self.commitments.values()}
        return min(found, key=_WORST_FIRST.index, default=None)

    @property
    def gap(self) -> Lack:
        """Why no run counts, where none does."""
        return (self.near and _why_not(self.near, self.wanted)) or Lack.NOT_RUN

    @property
    def told(self) -> dict[str, str | int]:
        """What the sentence of the gap names (``audits.checks.sentences``), besides the platform."""
        near, named = self.near, {"model": self.wanted.model}
        return {**named, "run": near.run, "version": near.version, "asked": near.model} if near else {**named}

    def having(self, outcome: CommitmentOutcome, *, guarded: bool = False) -> tuple[str, ...]:
        """The commitments of which that is known, by key."""
        return tuple(
            key
            for key, known in sorted(self.commitments.items())
            if known.found.outcome is outcome and (not guarded or key in self.wanted.guarded)
        )


def freshness(wanted: Wanted, runs: Iterable[Tested]) -> Freshness:
    """
    Args:
        runs: complete ones of the product, in any order.
    """
    newest_first = sorted((run for run in runs if run.platform == wanted.platform), key=lambda run: run.ended)[::-1]
    counting = [run for run in newest_first if counts(run, wanted)]
    commitments: dict[str, Known] = {}
    for run in counting:
        for key, found in run.findings.items():
            if found.outcome is not CommitmentOutcome.NOT_COVERED:
                commitments.setdefault(key, Known(found, run))
    near = next((run for run in newest_first if not counts(run, wanted)), None)
    return Freshness(wanted, counting[0] if counting else None, near, commitments)


def counts(run: Tested, wanted: Wanted) -> bool:
    return _why_not(run, wanted) is None


def _why_not(run: Tested, wanted: Wanted) -> Lack | None:
    if run.told != wanted.told:
        return Lack.OTHER_INSTRUCTIONS
    if run.rehearsal:
        return Lack.REHEARSED
    if wanted.model and not is_model(run.model, wanted.model):
        return Lack.OTHER_MODEL
    return None


def missing(known: Freshness, *, days: int, now: datetime) -> Missing | None:
    """What is lacking for "a passing run not older than so many days"; None if nothing is.

    No commitment may fail. Bright lines and protections may not be inconclusive either, and what is known of each of
    them may not be older. What no probe covers is neither for nor against."""
    wanted, newest = known.wanted, known.newest
    if newest is None:
        return Missing(known.gap, wanted, known.near)
    if failing := known.having(CommitmentOutcome.FAIL):
        return Missing(Lack.FAILING, wanted, known.commitments[failing[0]].source, failing)
    if unclear := known.having(CommitmentOutcome.INCONCLUSIVE, guarded=True):
        return Missing(Lack.INCONCLUSIVE, wanted, known.commitments[unclear[0]].source, unclear)
    if is_stale(newest, days=days, now=now):
        return Missing(Lack.STALE, wanted, newest)
    old = [
        key
        for key, each in sorted(known.commitments.items())
        if key in wanted.guarded and is_stale(each.source, days=days, now=now)
    ]
    return Missing(Lack.STALE, wanted, known.commitments[old[0]].source, tuple(old)) if old else None


def last_passing(keys: Iterable[str], runs: Iterable[Tested], *, besides: Tested) -> Tested | None:
    """The newest run of the same platform and model, about something else that the model was told, after which nothing
    is known against any of these commitments: where one could go back to."""
    runs, keys = tuple(runs), tuple(keys)
    for run in sorted(runs, key=lambda each: each.ended)[::-1]:
        same = run.told == besides.told or (run.platform, run.model) != (besides.platform, besides.model)
        if same or run.rehearsal:
            continue
        known = freshness(Wanted(run.platform, run.told, run.model), runs).commitments
        if all(key in known and known[key].found.outcome is CommitmentOutcome.PASS for key in keys):
            return run
    return None


def is_stale(run: Tested, *, days: int, now: datetime) -> bool:
    return now - run.ended > timedelta(days=days)


def is_model(asked: str, named: str) -> bool:
    """Whether a model id ("claude-opus-4-5-20251101") is the model that people call so ("Claude Opus 4.5"). What stands
    behind the name may be a date; another word there is another model ("gpt-5" and "gpt-5-mini")."""
    mine, theirs = _parts(asked.rpartition("/")[2]), _parts(named)
    rest = mine[len(theirs) :]
    if not theirs or mine[: len(theirs)] != theirs:
        return False
    if all(part in _SAME_MODEL for part in rest):
        return True
    return rest[0].isdecimal() and len(rest[0]) >= _DATED and all(part.isdecimal() for part in rest)


def _parts(name: str) -> list[str]:
    return _PART.findall(name.lower())
