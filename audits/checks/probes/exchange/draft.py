"""What an import yields: probes that may still need work, and what could not be taken over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from audits.checks.probes.codec import SCHEMA
from audits.checks.probes.fields import MAX_PHRASE, MAX_PROBES, MAX_TEXT, MAX_TURNS
from audits.checks.probes.model import Direction

MAX_REMARKS: Final = 500
OWN: Final = "brightline"  # in other tools' metadata: the probe as we know it
MEETS: Final = "meets"
CONTAINS: Final = "contains"
QUESTIONS: Final = {
    MEETS: "Does the reply meet this description: {what}?",
    CONTAINS: "Does the reply contain {what}?",
}
_UNFIT: Final = re.compile(r"[^a-z0-9_-]+")


class MalformedFile(ValueError):
    """A file that is not what it was said to be; ``str(error)`` is a sentence."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What was not taken over, or only changed, and where it stands."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What other formats do not know of a probe, said once for a whole file."""

    behavior: str
    author: str
    direction: Direction = Direction.MUST_NOT_DO
    document: str = "imported file"
    section: str = "whole file"


@dataclass(slots=True)
class Draft:
    """Probes as JSON-ready tables, in the order of the file, with the questions they ask."""

    probes: list[dict[str, Any]] = field(default_factory=list)
    questions: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    unsaid: int = 0  # remarks beyond the limit

    def note(self, path: str, sentence: str) -> None:
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(Remark(path, sentence))
        else:
            self.unsaid += 1

    def ask(self, question: str, what: str, pass_when: bool) -> dict[str, Any]:
        """A judge's part of a grade; its question becomes one of the suite's."""
        self.questions[question] = QUESTIONS[question]
        return {"question": question, "what": what, "pass_when": "yes" if pass_when else "no"}

    def add(self, path: str, probe: dict[str, Any]) -> None:
        """Takes a probe in under an id of its own."""
        if len(self.probes) >= MAX_PROBES:
            self.note(path, f"A suite has at most {MAX_PROBES:,} probes; this one was left out.")
            return
        if not any(probe.get("examples", {}).values()):
            self.note(path, "It has no replies to try it on; give at least one that passes and one that fails.")
        self.probes.append({**probe, "id": self._free(probe["id"])})

    def document(self, name: str, number: int, title: str) -> dict[str, Any]:
        """A suite for ``codec.decode``, which says what is still missing."""
        return {
            "schema": SCHEMA,
            "name": name,
            "number": number,
            "title": title,
            "questions": self.questions,
            "probes": self.probes,
        }

    def _free(self, wanted: str) -> str:
        taken = {probe["id"] for probe in self.probes}
        found, number = wanted, 1
        while found in taken:
            number += 1
            found = f"{wanted[:70]}-{number}"
        return found


def probe_of(terms: Terms, probe_id: str, turns: list[str], grade: dict[str, Any]) -> dict[str, Any]:
    """A probe with one variant."""
    return {
        "id": slug(probe_id),
        "behavior": terms.behavior,
        "direction": terms.direction.value,
        "source": {"document": terms.document, "section": terms.section},
        "author": terms.author,
        "variants": [{"style": "plain", "turns": turns}],
        "grade": grade,
        "examples": {},
    }


def slug(text: str) -> str:
    """An id from a title."""
    found = _UNFIT.sub("-", text.casefold()[:200]).strip("-_")[:70]
    return found if found[:1].isalpha() else f"probe-{found}".rstrip("-")


def turns_that_fit(turns: list[str], draft: Draft, path: str) -> list[str]:
    """The turns, if a probe can hold them; what is too much is said, since half a conversation is another one."""
    kept = [turn for turn in turns if turn.strip()]
    if not kept:
        draft.note(path, "It has no text of a user, so it was left out.")
    elif len(kept) > MAX_TURNS or any(len(turn) > MAX_TEXT for turn in kept):
        draft.note(path, f"It is longer than {MAX_TURNS} turns of {MAX_TEXT:,} characters, so it was left out.")
        return []
    return kept


def short(text: str, draft: Draft, path: str) -> str:
    """What a judge is asked about, cut to what a question holds."""
    plain = " ".join(text.split())
    if len(plain) > MAX_PHRASE:
        draft.note(path, f"This description has {len(plain)} characters and was cut to {MAX_PHRASE}.")
    return plain[:MAX_PHRASE]
