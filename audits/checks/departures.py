"""Where a run departed from its protocol: what was really sent and received, against what was fixed before. Pure.

A result that does not follow its protocol is shown as such, so each departure says in how many trials, what was fixed
and what was found. What nobody saw is no departure: a trial without an answer says nothing of what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_MOST_NAMED: Final = 5  # names of models; an endpoint may call itself by another one in each answer
_SEPARATORS: Final = ("-", ":", "@")  # behind which a vendor says which of its models an alias stands for


class What(StrEnum):
    """What departed. Those of ``NOTED`` changed nothing of what was asked."""

    OTHER_MODEL = "other_model"  # the endpoint called itself by a name that is not the model's
    SEVERAL_MODELS = "several_models"
    SEVERAL_FINGERPRINTS = "several_fingerprints"
    SAMPLING_LEFT_OUT = "sampling_left_out"  # a parameter did not go out: the vendor does not take it
    SAMPLING_CHANGED = "sampling_changed"
    OTHER_JUDGE = "other_judge"
    VOTES_MISSING = "votes_missing"  # the judge did not answer as often as was fixed
    SKIPPED = "skipped"  # the run ended before all planned trials
    WITHOUT_ANSWER = "without_answer"
    BEGUN_AGAIN = "begun_again"  # its worker was lost
    RETRIED = "retried"  # a request failed and was sent once more


NOTED: Final = frozenset({What.SEVERAL_FINGERPRINTS, What.BEGUN_AGAIN, What.RETRIED})


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one trial.

    Args:
        asked: whether an answer came, so that anything is known of the request.
        sent: the sampling that was really in the request.
        judges: what the judge called itself.
        missing_votes: how many questions the judge did not answer.
    """

    outcome: str
    epoch: int = 0
    asked: bool = False
    reported: str = ""
    fingerprint: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    retries: int = 0
    judges: tuple[str, ...] = ()
    missing_votes: int = 0


@dataclass(frozen=True, slots=True)
class Departure:
    """
    Args:
        trials: in how many; of ``BEGUN_AGAIN``, how often.
        planned: what the protocol fixed, as text.
        found: what was found instead, most frequent first, at most five.
        name: of the parameter, where it is about one.
    """

    what: What
    trials: int
    planned: str = ""
    found: tuple[str, ...] = ()
    name: str = ""

    @property
    def matters(self) -> bool:
        """Whether it bears on the result."""
        return self.what not in NOTED

    def as_dict(self) -> dict[str, Any]:
        """As a run and its entry keep it: no number but whole ones."""
        told = {"what": self.what.value, "trials": self.trials, "planned": self.planned, "found": list(self.found)}
        return {**told, "name": self.name}


@dataclass(frozen=True, slots=True)
class Look:
    """
    Args:
        departures: those that bear on the result first.
        reported: what the model called itself, most frequent first, at most five names.
    """

    departures: tuple[Departure, ...]
    reported: tuple[str, ...]


def look(document: Mapping[str, Any], trials: Iterable[Observed], *, restarts: int = 0) -> Look:
    """What was seen of a run, against what was fixed.

    Args:
        document: the protocol.
        trials: all that were planned; read once.
        restarts: how often the run was begun again after its worker was lost.
    """
    seen = _Seen(document)
    for trial in trials:
        seen.take(trial)
    found = [*seen.of_models(), *seen.of_sampling(), *seen.of_judge(), *seen.of_trials()]
    if restarts:
        found.append(Departure(What.BEGUN_AGAIN, restarts))
    return Look(tuple(sorted(found, key=lambda one: not one.matters)), seen.models.most())


def is_model(asked: str, reported: str) -> bool:
    """Whether a name that an endpoint reports is that of the model that was asked for: the same, or what it stands for
    (``some-model`` and ``some-model-2026-03-01``), with or without the owner before it (``vendor/some-model``)."""
    asked, reported = (name.rpartition("/")[2].casefold() for name in (asked, reported))
    return reported == asked or any(reported.startswith(asked + sign) for sign in _SEPARATORS)


class _Seen:
    """What is known of all trials so far: counts, so that no list of trials is held."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.target: Mapping[str, Any] = document["target"]
        self.judge: Mapping[str, Any] | None = document["judge"]
        self.sampling = {name: value for name, value in document["sampling"].items() if value is not None}
        self.models = _Names()
        self.fingerprints = _Names()
        self.judges = _Names()
        self.left_out = dict.fromkeys(self.sampling, 0)
        self.changed = {name: _Names() for name in self.sampling}
        self.outcomes: dict[str, int] = {}
        self.retried = self.missing_votes = 0

    def take(self, trial: Observed) -> None:
        self.outcomes[trial.outcome] = self.outcomes.get(trial.outcome, 0) + 1
        self.retried += trial.retries > 0
        self.missing_votes += trial.missing_votes > 0
        self.models.take(trial.reported)
        self.fingerprints.take(trial.fingerprint)
        for name in set(trial.judges):
            self.judges.take(name)
        if trial.asked:
            self._take_sampling(trial)

    def _take_sampling(self, trial: Observed) -> None:
        for name, value in self.sampling.items():
            wanted = value + trial.epoch if name == "seed" else value
            if name not in trial.sent:
                self.left_out[name] += 1
            elif trial.sent[name] != wanted:
                self.changed[name].take(str(trial.sent[name]))

    def of_models(self) -> Iterable[Departure]:
        expected = self.target.get("reported") or self.target["model"]
        others = self.models.without(lambda name: is_model(expected, name))
        if others.trials:
            yield Departure(What.OTHER_MODEL, others.trials, expected, others.most())
        if len(self.models) > 1:
            yield Departure(What.SEVERAL_MODELS, self.models.trials, expected, self.models.most())
        if len(self.fingerprints) > 1:
            yield Departure(What.SEVERAL_FINGERPRINTS, self.fingerprints.trials, "", self.fingerprints.most())

    def of_sampling(self) -> Iterable[Departure]:
        for name, value in self.sampling.items():
            if count := self.left_out[name]:
                yield Departure(What.SAMPLING_LEFT_OUT, count, str(value), name=name)
            if changed := self.changed[name].trials:
                yield Departure(What.SAMPLING_CHANGED, changed, str(value), self.changed[name].most(), name)

    def of_judge(self) -> Iterable[Departure]:
        if self.judge is None:
            return
        model = self.judge["model"]
        others = self.judges.without(lambda name: is_model(model, name))
        if others.trials:
            yield Departure(What.OTHER_JUDGE, others.trials, model, others.most())
        if self.missing_votes:
            yield Departure(What.VOTES_MISSING, self.missing_votes, str(self.judge["votes"]))

    def of_trials(self) -> Iterable[Departure]:
        for what, count in (
            (What.SKIPPED, self.outcomes.get("skipped", 0)),
            (What.WITHOUT_ANSWER, self.outcomes.get("error", 0)),
            (What.RETRIED, self.retried),
        ):
            if count:
                yield Departure(what, count)


class _Names:
    """How often each name was given; of more names than anybody would read, how often any."""

    _MOST: Final = 1_000

    def __init__(self, counts: Mapping[str, int] | None = None, rest: int = 0) -> None:
        self.counts, self.rest = dict(counts or {}), rest

    def take(self, name: str) -> None:
        if name and (name in self.counts or len(self.counts) < self._MOST):
            self.counts[name] = self.counts.get(name, 0) + 1
        elif name:
            self.rest += 1

    def without(self, is_expected: Callable[[str], bool]) -> _Names:
        return _Names({name: count for name, count in self.counts.items() if not is_expected(name)}, self.rest)

    def most(self) -> tuple[str, ...]:
        return tuple(sorted(self.counts, key=lambda name: (-self.counts[name], name))[:_MOST_NAMED])

    @property
    def trials(self) -> int:
        return sum(self.counts.values()) + self.rest

    def __len__(self) -> int:
        return len(self.counts)
