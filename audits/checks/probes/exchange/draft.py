"""What an import yields: probes that may still need work, and what could not be taken over."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final

from audits.checks.probes.codec import SCHEMA
from audits.checks.probes.fields import MAX_PHRASE, MAX_PROBES, MAX_TEXT, MAX_TURNS, is_name
from audits.checks.probes.model import Direction

MAX_REMARKS: Final = 500
MAX_PROBE: Final = 500_000  # characters of one probe, as JSON
_DEEPEST: Final = 12
_BIGGEST: Final = 2**53
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
    """Probes as JSON-ready tables, in the order of the file, with the questions they ask.

    ``name``, ``title``, ``note`` and ``untestable`` are those of a suite in our own form, else empty.
    """

    probes: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""
    title: str = ""
    about: str = ""
    untestable: list[dict[str, str]] = field(default_factory=list)
    questions: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    unsaid: int = 0  # remarks beyond the limit
    is_full: bool = False

    def note(self, path: str, sentence: str) -> None:
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(Remark(path, sentence))
        else:
            self.unsaid += 1

    def ask(self, question: str, what: str, pass_when: bool) -> dict[str, Any]:
        """A judge's part of a grade; its question becomes one of the suite's."""
        self.questions[question] = QUESTIONS[question]
        return {"question": question, "what": what, "pass_when": "yes" if pass_when else "no"}

    def ask_also(self, path: str, questions: Any) -> None:
        """Takes over questions that came with a probe of our own. Of two under one name the first stays."""
        for name, text in _table(questions).items():
            if not (is_name(str(name)) and isinstance(text, str) and len(text) <= MAX_PHRASE and is_storable(text)):
                self.note(path, f"Its question {str(name)[:80]!r} is none, and was left out.")
            elif self.questions.setdefault(str(name), text) != text:
                self.note(path, f"Its question {name!r} is another one than before; the first was kept.")

    def add(self, path: str, probe: dict[str, Any]) -> None:
        """Takes a probe in under an id of its own."""
        if len(self.probes) >= MAX_PROBES:
            if not self.is_full:  # said once and first, so that no other remark crowds it out
                said = f"A suite has at most {MAX_PROBES:,} probes; this one and those after it were left out."
                self.remarks.insert(0, Remark(path, said))
            self.is_full = True
            return
        if not is_storable(probe):
            self.note(
                path, "It holds characters or numbers that cannot be stored, or is nested too deep. It was left out."
            )
            return
        if len(json.dumps(probe)) > MAX_PROBE:
            self.note(path, f"It has more than {MAX_PROBE:,} characters, so it was left out.")
            return
        if not any(_table(probe.get("examples")).values()):
            self.note(path, "It has no replies to try it on; give at least one that passes and one that fails.")
        self.probes.append({**probe, "id": self._free(slug(str(probe.get("id") or "probe")))})

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


def is_storable(value: Any, depth: int = 0) -> bool:
    """Whether every database and every reader of JSON takes it: no control characters, nothing deep."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, str):
        return not any(_is_control(letter) for letter in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_storable(key) for key in value) and all(
            is_storable(each, depth + 1) for each in value.values()
        )
    if isinstance(value, list):
        return all(is_storable(each, depth + 1) for each in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, bool | int) and abs(value) <= _BIGGEST)


def _is_control(letter: str) -> bool:
    return letter not in "\n\t\r" and unicodedata.category(letter) in ("Cc", "Cs")


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


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
