"""Protocols: what a run will do, planned from a suite and a resolved profile. Pure; the document is what is signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, Final

from audits.checks import tokens
from audits.checks.judging import VOTES, golden_sets
from audits.checks.prices import Money, told
from audits.checks.probes import CommitmentKind, Probe, Rule, RuleName, Selection, Suite, first_topic, select
from audits.checks.statistics import MAX_INVALID
from audits.checks.tokens import ABOUT, AT_MOST, Measure, Tokens
from profiles.resolution.instructions import text_digest

SCHEMA: Final = "brightline.protocol/1"
MOST_TRIALS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Planned:
    """One trial: a variant of a probe, for the ``epoch``-th time (from 0)."""

    position: int
    behavior: str
    probe: str
    variant: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model is to answer. ``seed`` is that of the first epoch and grows by one with each, since the same seed
    would give the same words again."""

    temperature: float = 1.0
    max_tokens: int = 600
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a run asks, as the trail may tell it: dialect, address, model id, whether its answers are canned."""

    dialect: str
    address: str
    model: str
    rehearsal: bool
    reported: str = ""  # what it called itself when it was tried


@dataclass(frozen=True, slots=True)
class Promise:
    """What the profile says of one behavior, and the sentence that tells the model so."""

    value: Any  # raw
    sentence: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile that is tested: one version on one platform, resolved."""

    organization: str
    product: str
    version: int
    version_digest: str
    platform: str
    rulebooks: tuple[str, ...]  # digests
    instructions: str  # compiled
    vendor_settings: Mapping[str, Any]
    promises: Mapping[str, Promise]  # by behavior
    facts: Mapping[str, Any]

    @property
    def values(self) -> dict[str, Any]:
        return {key: promise.value for key, promise in self.promises.items()}


def planned_of(suite: Suite, document: Mapping[str, Any]) -> tuple[Planned, ...]:
    """Every trial of a protocol, in the order in which they begin: each variant once before any is repeated, bright
    lines first, so that what matters most is known early.

    Args:
        suite: the one that the protocol names.
    """
    named = {probe["id"] for commitment in document["commitments"] for probe in commitment["probes"]}
    ordered = _ordered([probe for probe in suite.probes if probe.id in named])
    return tuple(
        Planned(position, probe.behavior, probe.id, variant, epoch)
        for position, (probe, variant, epoch) in enumerate(ordered)
    )


def _ordered(probes: list[Probe]) -> Iterator[tuple[Probe, str, int]]:
    first = sorted(probes, key=lambda probe: probe.kind is not CommitmentKind.BRIGHT_LINE)
    for epoch in range(max((probe.epochs for probe in probes), default=0)):
        for probe in first:
            if epoch < probe.epochs:
                yield from ((probe, variant.id, epoch) for variant in probe.variants)


def protocol_document(
    suite: Suite,
    profile: Profile,
    *,
    target: Target,
    judge: Target | None,
    judging: Mapping[str, Any] | None,
    sampling: Sampling,
    money: Money | None = None,
) -> dict[str, Any]:
    """What is fixed before the first request, JSON-ready. Who fixed it, and when, stands in its entry, so that the same
    plan has the same digest.

    Args:
        judging: how a judge is asked: votes, and the digests of its prompt and of the labelled replies.
        money: prices and cap, where there are any; what the run costs by them is put in. Without, the document says
            nothing of money.
    """
    found = select(suite, profile.values, profile.facts)
    counted = estimate(found, profile, sampling)
    votes = estimate_of_judge(found, suite, sampling) if judge else Tokens()
    if judge:
        counted["judge"] = _counted(votes)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "organization": profile.organization,
        "product": profile.product,
        "version": {"number": profile.version, "digest": profile.version_digest},
        "platform": profile.platform,
        "rulebooks": sorted(profile.rulebooks),
        "instructions": {"text": profile.instructions, "digest": text_digest(profile.instructions)},
        "vendor_settings": dict(profile.vendor_settings),
        "canary": _canary(found, suite, profile),
        "suite": {"name": suite.name, "number": suite.number, "digest": suite.digest},
        "topic": first_topic(profile.values),
        "target": asdict(target),
        "judge": {**asdict(judge), **(judging or {})} if judge else None,
        "sampling": asdict(sampling),
        "trials": found.trials,
        "commitments": _commitments(found, profile),
        "not_covered": [{"behavior": key, "because": because} for key, because in found.not_covered.items()],
        "max_invalid": MAX_INVALID,
        "stop": "after all planned trials",
        "estimate": counted,
    }
    if money is not None:
        asked = Tokens(counted["requests"], counted["tokens_in"], counted["tokens_out"])
        document["money"] = replace(money, estimate=told(money.cost(asked, votes))).as_dict()
    return document


def _canary(found: Selection, suite: Suite, profile: Profile) -> str:
    """A mark that stands behind the instructions in every request of a run, so that their leak is proven by what comes
    back and not by how it sounds. Empty where no probe looks for it: then the instructions are sent as they are. It
    follows from the suite and the instructions, so that the same plan has the same digest."""
    if not any(_seeks_canary((*probe.grade.fail_if, *probe.grade.pass_if)) for probe in found.probes):
        return ""
    return "BL-" + hashlib.sha256(f"canary {suite.digest} {profile.instructions}".encode()).hexdigest()[:12]


def _seeks_canary(rules: Iterable[Rule]) -> bool:
    return any(rule.name is RuleName.CONTAINS_CANARY or _seeks_canary((*rule.rules, *rule.unless)) for rule in rules)


def instructions_sent(document: Mapping[str, Any]) -> str:
    """What a run tells the model: the instructions, and the mark behind them if there is one."""
    text, canary = str(document["instructions"]["text"]), canaries(document)
    return f"{text}\n\nReference of these instructions: {canary[0]}" if canary else text


def canaries(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What must not come back."""
    return (document["canary"],) if document.get("canary") else ()


def _commitments(found: Selection, profile: Profile) -> list[dict[str, Any]]:
    by_behavior: dict[str, list[Probe]] = {}
    for probe in found.probes:
        by_behavior.setdefault(probe.behavior, []).append(probe)
    return [
        {
            "behavior": key,
            "value": profile.promises[key].value,
            "promise": profile.promises[key].sentence,
            "trials": sum(probe.trials for probe in probes),
            "probes": [
                {
                    "id": probe.id,
                    "direction": probe.direction.value,
                    "kind": probe.kind.value,
                    "threshold": probe.threshold,
                    "trials": probe.trials,
                }
                for probe in probes
            ],
        }
        for key, probes in sorted(by_behavior.items())
    ]


def estimate(found: Selection, profile: Profile, sampling: Sampling) -> dict[str, Any]:
    """How many requests and at most how many tokens a run will cost without a judge."""
    each = (
        tokens.of_conversation(profile.instructions, variant.turns, sampling.max_tokens, ABOUT).times(probe.epochs)
        for probe in found.probes
        for variant in probe.variants
    )
    return _counted(sum(each, Tokens()))


def estimate_of_judge(found: Selection, suite: Suite, sampling: Sampling) -> Tokens:
    """The same of a judge: it is tried on labelled replies, and then asked about each reply that it could be asked
    about; only the replies show which ones rules leave open."""
    each = (
        tokens.of_vote(probe.grade.judge, variant.turns, sampling.max_tokens, ABOUT).times(VOTES * probe.epochs)
        for probe in found.probes
        if probe.grade.judge
        for variant in probe.variants
    )
    return sum(each, most_of_trying(suite, ABOUT))


def most_of_trying(suite: Suite, measure: Measure = AT_MOST) -> Tokens:
    """What it takes to try a judge on the labelled replies of a suite."""
    labelled = (each for items in golden_sets(suite.probes).values() for each in items)
    return sum((tokens.of_labelled(each, measure) for each in labelled), Tokens())


def most_of_trial(probe: Probe, variant: str, document: Mapping[str, Any]) -> tuple[Tokens, Tokens]:
    """What one trial can take at most, of the model and of the judge.

    Args:
        document: the protocol.
    """
    turns, longest = probe.variant(variant).said(document["topic"]), document["sampling"]["max_tokens"]
    asked = tokens.of_conversation(instructions_sent(document), turns, longest, AT_MOST)
    judge, question = document["judge"], probe.grade.judge
    if judge is None or question is None:
        return asked, Tokens()
    return asked, tokens.of_vote(question, turns, longest, AT_MOST).times(judge["votes"])


def most_of_beginning(suite: Suite, document: Mapping[str, Any], money: Money) -> Decimal:
    """What it can cost at most until the first trial has ended."""
    first = planned_of(suite, document)[0]
    probe = next(probe for probe in suite.probes if probe.id == first.probe)
    asked, votes = most_of_trial(probe, first.variant, document)
    return told(money.cost(asked, votes + (most_of_trying(suite) if document["judge"] else Tokens())))


def _counted(found: Tokens) -> dict[str, Any]:
    return {"requests": found.requests, "tokens_in": found.sent, "tokens_out": found.got}


def told_digest(instructions: str, vendor_settings: Mapping[str, Any]) -> str:
    """Stands for all that a model is told and set to: what a run is about.

    Args:
        instructions: the digest of the compiled instructions.
    """
    told = {"instructions": instructions, "vendor_settings": dict(vendor_settings)}
    return digest_of(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
