"""Trying a probe on its own examples while it is being written: as far as it goes, before it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audits.checks.grading.grade import Graded, as_transcript, grade, wanted_of
from audits.checks.grading.transcript import Transcript
from audits.checks.probes.codec import EXAMPLES, MalformedSuite, decode_probe
from audits.checks.probes.model import Example

# What says nothing about how a reply is graded.
_STAND_INS: Final[Mapping[str, Any]] = {
    "id": "tried",
    "behavior": "tried.now",
    "direction": "must_do",
    "source": {"document": "-", "section": "-"},
    "author": "-",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """An example, what rules say of it, and whether that is what its author says."""

    example: Example
    graded: Graded
    transcript: Transcript
    is_right: bool


def tried(body: Mapping[str, Any], questions: Mapping[str, str]) -> tuple[Tried, ...]:
    """Each example of a probe that may be unfinished; none while its turns or rules cannot be read.

    Args:
        body: as a suite's document has a probe, or the beginning of one.
    """
    given = body.get("examples")
    mine = given if isinstance(given, Mapping) else {}
    # One reply of each kind is asked for; these stand in where there is none yet, and are not shown.
    examples = {name: [*_listed(mine.get(name)), ""] for name in EXAMPLES}
    parts = {name: body[name] for name in ("variants", "grade") if name in body}
    try:
        probe = decode_probe({**_STAND_INS, **parts, "examples": examples}, questions)
    except MalformedSuite:
        return ()
    found = []
    for name, (passes, by_judge) in EXAMPLES.items():
        own = [each for each in probe.examples if (each.passes, each.by_judge) == (passes, by_judge)]
        for example in own[: len(examples[name]) - 1]:
            transcript = as_transcript(probe.variant_of(example).turns, example.replies)
            graded = grade(probe, transcript)
            found.append(Tried(example, graded, transcript, graded.outcome is wanted_of(example)))
    return tuple(found)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
