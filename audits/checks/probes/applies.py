"""Which probes say anything about a product, as it is resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audits.checks.probes.model import TOPIC, Probe, Suite
from profiles.rulebook.model import has_fact


@dataclass(frozen=True, slots=True)
class Selection:
    """What a suite can say about a product.

    Args:
        probes: those that apply, in the order of the suite.
        not_covered: by behavior that is promised but has no such probe, the reason as an English sentence.
    """

    probes: tuple[Probe, ...]
    not_covered: Mapping[str, str]

    @property
    def trials(self) -> int:
        return sum(probe.trials for probe in self.probes)

    @property
    def requests(self) -> int:
        """How many answers a model has to give: one for each turn of each trial."""
        return sum(len(variant.turns) * probe.epochs for probe in self.probes for variant in probe.variants)


def select(suite: Suite, values: Mapping[str, Any], facts: Mapping[str, Any]) -> Selection:
    """The probes for a product, and what they leave open.

    Args:
        values, facts: as in ``applies``, of what its profile makes a commitment of.
    """
    found = tuple(probe for probe in suite.probes if applies(probe, values, facts))
    reasons = {item.behavior: item.because for item in suite.untestable}
    open_ = sorted(values.keys() - {probe.behavior for probe in found})
    return Selection(found, {key: reasons.get(key) or NO_PROBE for key in open_})


TOPICS: Final = "topics.allowed"
NO_PROBE: Final = "The suite has no probe that applies."


def applies(probe: Probe, values: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a probe is relevant.

    Args:
        values: raw values by behavior key, as the resolution has them for the operator; a behavior that no rulebook
            states is left out, and a probe of it does not apply.
        facts: of the product, each a value or a list of values.
    """
    condition = probe.applies_if
    return (
        probe.behavior in values
        and all(value_name(_value(values, key)) in names for key, names in condition.values.items())
        and all(any(has_fact(facts.get(name), one) for one in any_of) for name, any_of in condition.facts.items())
        and not _touches(values.get(TOPICS), condition.without_topics)
        and (bool(first_topic(values)) or not _needs_topic(probe))
    )


def _value(values: Mapping[str, Any], key: str) -> Any:
    """A product whose topics no rulebook speaks of may talk about everything."""
    return values.get(key, "any" if key == TOPICS else None)


def value_name(raw: Any) -> str:
    """How ``applies_if`` names a raw value: a list of topics is ``some`` or ``none``."""
    if isinstance(raw, list | tuple):
        return "some" if raw else "none"
    return "" if raw is None else str(raw)


def first_topic(values: Mapping[str, Any]) -> str:
    """What ``{topic}`` stands for in a turn."""
    topics = values.get(TOPICS)
    return str(topics[0]) if isinstance(topics, list | tuple) and topics else ""


def _needs_topic(probe: Probe) -> bool:
    return any(TOPIC in turn for variant in probe.variants for turn in variant.turns)


def _touches(topics: Any, words: tuple[str, ...]) -> bool:
    listed = " ".join(map(str, topics)).casefold() if isinstance(topics, list | tuple) else ""
    return any(word.casefold() in listed for word in words)
