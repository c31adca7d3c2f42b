"""Whether a model is still the one that was tested, from what is seen of it. Pure.

Three aspects, each with its own bar, since a false alarm costs a run and a person's time:

- ``model``: the name that the endpoint reports. One answer is enough: it states it.
- ``fingerprint``: vendors serve from several machines at once, each with its own. So it counts only if enough answers
  were seen on both sides, and not one of the present fingerprints was seen before.
- ``answers``: the same few questions at temperature 0. A question counts only where the model answered it the same way
  each time it was asked, on both sides, and most of those that count must be answered differently now.

What could not be compared is said too, and is never a change.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

ENOUGH_ANSWERS: Final = 5  # with a fingerprint, on each side
ENOUGH_QUESTIONS: Final = 3  # answered the same way each time, on both sides
TIMES: Final = 2  # that each question is asked
QUESTIONS: Final = (
    "What is 17 times 23? Answer with the number alone.",
    "Name the capital of Australia in one word.",
    "Complete the sentence with one word: The opposite of hot is",
    "Write the first five prime numbers, separated by commas, and nothing else.",
    "In one short sentence: why is the sky blue?",
)


class Aspect(StrEnum):
    MODEL = "model"
    FINGERPRINT = "fingerprint"
    ANSWERS = "answers"
    RULEBOOK = "rulebook"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a model: how many answers bore which name and which fingerprint, and by question the answer
    that it gave each time (a question that it answered in different ways is not in it)."""

    models: Mapping[str, int] = field(default_factory=dict)
    fingerprints: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, reported: Iterable[tuple[str, str]], answers: Iterable[tuple[str, str]] = ()) -> Seen:
        """
        Args:
            reported: of each answer, the model's name and fingerprint; empty where the endpoint does not tell.
            answers: question and answer, as often as it was asked.
        """
        models, fingerprints = Counter[str](), Counter[str]()
        for model, fingerprint in reported:
            models.update([model] if model else [])
            fingerprints.update([fingerprint] if fingerprint else [])
        return cls(dict(models), dict(fingerprints), dict(_steady(answers)))

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Seen:
        return cls(data.get("models", {}), data.get("fingerprints", {}), data.get("answers", {}))

    def told(self) -> dict[str, Any]:
        """JSON-ready, for ``read``."""
        return asdict(self)


def _steady(answers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    given: dict[str, list[str]] = {}
    for question, answer in answers:
        given.setdefault(question, []).append(" ".join(answer.split()))
    for question, all_of_it in given.items():
        if len(all_of_it) >= TIMES and len(set(all_of_it)) == 1 and all_of_it[0]:
            yield question, all_of_it[0]


@dataclass(frozen=True, slots=True)
class Change:
    """How one aspect differs: names, or for answers "5 questions" and "4 answered differently" as numbers."""

    aspect: Aspect
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, what could not be, and what differs."""

    compared: tuple[Aspect, ...]
    not_compared: tuple[Aspect, ...]
    changes: tuple[Change, ...]

    @property
    def is_drift(self) -> bool:
        return bool(self.changes)


def compare(before: Seen, now: Seen) -> Comparison:
    """What is seen now beside what was seen when the model was tested."""
    enough = {
        Aspect.MODEL: bool(before.models and now.models),
        Aspect.FINGERPRINT: min(sum(before.fingerprints.values()), sum(now.fingerprints.values())) >= ENOUGH_ANSWERS,
        Aspect.ANSWERS: len(_both(before, now)) >= ENOUGH_QUESTIONS,
    }
    compared = tuple(aspect for aspect, is_enough in enough.items() if is_enough)
    return Comparison(
        compared=compared,
        not_compared=tuple(aspect for aspect in enough if aspect not in compared),
        changes=tuple(change for aspect in compared if (change := _LOOKS[aspect](before, now))),
    )


def _model(before: Seen, now: Seen) -> Change | None:
    if set(now.models) <= set(before.models):
        return None
    return Change(Aspect.MODEL, _names(before.models), _names(now.models))


def _fingerprint(before: Seen, now: Seen) -> Change | None:
    if set(now.fingerprints) & set(before.fingerprints):
        return None
    return Change(Aspect.FINGERPRINT, _names(before.fingerprints), _names(now.fingerprints))


def _answers(before: Seen, now: Seen) -> Change | None:
    both = _both(before, now)
    different = sum(before.answers[each] != now.answers[each] for each in both)
    if 2 * different <= len(both):
        return None
    return Change(Aspect.ANSWERS, str(len(both)), str(different))


_LOOKS: Final = {Aspect.MODEL: _model, Aspect.FINGERPRINT: _fingerprint, Aspect.ANSWERS: _answers}


def _both(before: Seen, now: Seen) -> set[str]:
    return set(before.answers) & set(now.answers)


def _names(counts: Mapping[str, int]) -> str:
    return ", ".join(sorted(counts))


def compare_revisions(active: Mapping[str, str], newest: Mapping[str, str]) -> Comparison:
    """The rulebook revisions that the active version was made against beside the newest that are published, by
    platform; only platforms that stand in both are compared."""
    both = sorted(set(active) & set(newest))
    changes = tuple(
        Change(Aspect.RULEBOOK, f"{each} {active[each]}", f"{each} {newest[each]}")
        for each in both
        if active[each] != newest[each]
    )
    return Comparison((Aspect.RULEBOOK,) if both else (), () if both else (Aspect.RULEBOOK,), changes)


def digest_of(changes: Iterable[Change], *, since: int | None) -> str:
    """What makes a drift the same one when it is seen again: what it is now, since the same run."""
    # How many answers differ may vary from day to day; that most do is one and the same drift.
    names = sorted((each.aspect.value, "" if each.aspect is Aspect.ANSWERS else each.now) for each in changes)
    told = [since, names]
    return "sha256:" + hashlib.sha256(json.dumps(told).encode()).hexdigest()
