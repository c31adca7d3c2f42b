"""Two runs side by side: which of their probes are the same, and what was fixed otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from audits.checks.probes import Suite


class Fixed(StrEnum):
    """What a protocol fixes and another may fix otherwise."""

    VERSION = "version"
    SETTINGS = "settings"  # values of promises that both test
    INSTRUCTIONS = "instructions"
    RULEBOOKS = "rulebooks"
    PLATFORM = "platform"
    VENDOR_SETTINGS = "vendor_settings"
    SUITE = "suite"
    MODEL = "model"
    REPORTED = "reported"  # what the model called itself
    ENDPOINT = "endpoint"
    SAMPLING = "sampling"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Differs:
    """One thing that differs; ``earlier`` and ``later`` as text, empty where only that it does can be said."""

    what: Fixed
    earlier: str = ""
    later: str = ""


# What follows from another thing that differs, and is no second cause.
_FOLLOWS: Final = {
    Fixed.SETTINGS: {Fixed.VERSION},
    Fixed.INSTRUCTIONS: {Fixed.VERSION, Fixed.PLATFORM, Fixed.RULEBOOKS},
    Fixed.RULEBOOKS: {Fixed.VERSION, Fixed.PLATFORM},
    Fixed.VENDOR_SETTINGS: {Fixed.VERSION, Fixed.PLATFORM},
    Fixed.REPORTED: {Fixed.MODEL},
}


def differences(
    earlier: Mapping[str, Any], later: Mapping[str, Any], reported: tuple[str, str] = ("", "")
) -> tuple[Differs, ...]:
    """What two protocols fix otherwise.

    Args:
        earlier, later: their documents.
        reported: the names that the model gave itself in each run.
    """
    pairs = {name: (read(earlier), read(later)) for name, read in _READ.items()}
    found = [Differs(name, *_texts(name, one, other)) for name, (one, other) in pairs.items() if one != other]
    values = _other_values(earlier, later)
    if values:
        found.append(Differs(Fixed.SETTINGS, later=", ".join(values)))
    if reported[0] and reported[1] and reported[0] != reported[1]:
        found.append(Differs(Fixed.REPORTED, *reported))
    return tuple(sorted(found, key=lambda one: list(Fixed).index(one.what)))


def causes(found: tuple[Differs, ...]) -> int:
    """How many things differ that do not follow from one another: above one, nobody can tell which of them it was."""
    names = {one.what for one in found}
    return sum(not (_FOLLOWS.get(name, set()) & names) for name in names)


def same_probes(earlier: Suite, later: Suite, topics: tuple[str, str] = ("", "")) -> frozenset[str]:
    """Variants, as ``probe/variant``, that say the same in both suites and are graded alike. Others may share a name;
    a difference between those could be the suite's.

    Args:
        topics: what each run puts in the place of a topic.
    """
    before = dict(_asked(earlier, topics[0]))
    return frozenset(name for name, asked in _asked(later, topics[1]) if before.get(name) == asked)


def _asked(suite: Suite, topic: str) -> Iterator[tuple[str, Any]]:
    for probe in suite.probes:
        for variant in probe.variants:
            yield f"{probe.id}/{variant.id}", (probe.behavior, probe.grade, variant.said(topic))


_READ: Final[Mapping[Fixed, Callable[[Mapping[str, Any]], Any]]] = {
    Fixed.VERSION: lambda document: document["version"]["number"],
    Fixed.INSTRUCTIONS: lambda document: document["instructions"]["digest"],
    Fixed.RULEBOOKS: lambda document: document["rulebooks"],
    Fixed.PLATFORM: lambda document: document["platform"],
    Fixed.VENDOR_SETTINGS: lambda document: document["vendor_settings"],
    Fixed.SUITE: lambda document: (document["suite"]["name"], document["suite"]["number"], document["suite"]["digest"]),
    Fixed.MODEL: lambda document: document["target"]["model"],
    Fixed.ENDPOINT: lambda document: (document["target"]["dialect"], document["target"]["address"]),
    Fixed.SAMPLING: lambda document: document["sampling"],
    Fixed.JUDGE: lambda document: (document["judge"] or {}).get("model", ""),
}
_SAID: Final = frozenset({Fixed.VERSION, Fixed.PLATFORM, Fixed.MODEL, Fixed.JUDGE})


def _texts(name: Fixed, one: Any, other: Any) -> tuple[str, str]:
    if name in _SAID:
        return str(one), str(other)
    if name is Fixed.SUITE:
        return f"{one[0]} {one[1]}", f"{other[0]} {other[1]}"
    return (one[1], other[1]) if name is Fixed.ENDPOINT else ("", "")


def _other_values(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[str]:
    """Behaviors that both promise, with another value."""
    before = {each["behavior"]: each["value"] for each in earlier["commitments"]}
    after = {each["behavior"]: each["value"] for each in later["commitments"]}
    return sorted(key for key in before.keys() & after.keys() if before[key] != after[key])
