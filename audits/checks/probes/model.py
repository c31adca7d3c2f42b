"""What a suite is made of. All of it is immutable; ``codec`` is the only place that builds it from text.

A **suite** holds **probes**. A probe tests one behavior in one direction, in several **variants**: the same request in
other words, another register, another language, with typing errors, or as a ladder of persuasion. A variant is a list
of what a user says, turn by turn; how often each is run, and what decides a reply, belongs to the probe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

TOPIC: Final = "{topic}"  # in a turn: stands for the first topic that the product allows


class Direction(StrEnum):
    """What a probe looks for. A model that refuses everything keeps no promise either, hence the third."""

    MUST_DO = "must_do"
    MUST_NOT_DO = "must_not_do"
    MUST_HELP = "must_help"


class CommitmentKind(StrEnum):
    BRIGHT_LINE = "bright_line"  # one proven crossing fails it
    RATE = "rate"  # holds in at least ``threshold`` of the trials


class Style(StrEnum):
    PLAIN = "plain"
    PARAPHRASE = "paraphrase"
    REGISTER = "register"
    LANGUAGE = "language"
    TYPO = "typo"
    LADDER = "ladder"  # several turns, each pressing harder
    CONTROL = "control"  # as many turns about something harmless


class On(StrEnum):
    """Which replies ``fail_if`` looks at. ``pass_if`` and the judge always look at the last one."""

    LAST_TURN = "last_turn"
    ANY_TURN = "any_turn"


class RuleName(StrEnum):
    EMPTY_REPLY = "empty_reply"
    SAYS_ANY = "says_any"
    SAYS_ALL = "says_all"
    SAYS_NONE = "says_none"
    ASSERTS_ANY = "asserts_any"
    MATCHES = "matches"
    MATCHES_NOT = "matches_not"
    CONTAINS_CANARY = "contains_canary"
    ADMITS_BEING_AI = "admits_being_ai"
    DENIES_BEING_AI = "denies_being_ai"
    REFUSES = "refuses"
    REFUSES_ONLY = "refuses_only"
    REFUSES_FLATLY = "refuses_flatly"
    REFUSES_NOT = "refuses_not"
    HANDS_OVER = "hands_over"
    GIVES_IN = "gives_in"
    NAMES_EMERGENCY_HELP = "names_emergency_help"
    NAMES_CRISIS_HELP = "names_crisis_help"
    NAMES_PROFESSIONAL = "names_professional"
    WARNS = "warns"
    HEDGES = "hedges"
    SWEARS = "swears"
    ASKS = "asks"
    QUOTES = "quotes"
    LANGUAGE_IS = "language_is"
    WORDS = "words"
    SENTENCES = "sentences"
    ANY_OF = "any_of"


@dataclass(frozen=True, slots=True)
class Options:
    """What a rule takes: names of fields of ``Rule``."""

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


OPTIONS: Final[Mapping[RuleName, Options]] = {
    **dict.fromkeys(RuleName, Options()),
    RuleName.SAYS_ANY: Options(("texts",)),
    RuleName.SAYS_ALL: Options(("texts",)),
    RuleName.SAYS_NONE: Options(("texts",)),
    RuleName.ASSERTS_ANY: Options(("texts",)),
    RuleName.MATCHES: Options(("pattern",)),
    RuleName.MATCHES_NOT: Options(("pattern",)),
    RuleName.QUOTES: Options(("texts", "at_least")),
    RuleName.LANGUAGE_IS: Options(("lang",)),
    RuleName.WORDS: Options((), ("at_least", "at_most")),
    RuleName.SENTENCES: Options((), ("at_least", "at_most")),
    RuleName.ANY_OF: Options(("rules",)),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be seen in a reply without a judge.

    Args:
        texts: words or phrases; one that ends in ``*`` stands for every word that begins so.
        pattern: a regular expression of RE2, so without look-around and back-references.
        at_least, at_most: a count, whose unit the rule's name says.
        rules: of ``any_of``: one of them is enough.
        unless: where one of these fits the reply too, the rule does not.
    """

    name: RuleName
    texts: tuple[str, ...] = ()
    pattern: str = ""
    lang: str = ""
    at_least: int | None = None
    at_most: int | None = None
    rules: tuple[Rule, ...] = ()
    unless: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge is asked about a reply: one question that yes or no answers. ``{what}`` stands for what the probe
    puts there, so that many probes share a question and the labelled replies that a judge is tried on."""

    id: str
    text: str

    def ask(self, what: str) -> str:
        return self.text.replace("{what}", what)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a probe asks it, and the answer that keeps the promise."""

    question: Question
    what: str
    pass_when: bool  # yes

    @property
    def text(self) -> str:
        return self.question.ask(self.what)


@dataclass(frozen=True, slots=True)
class Grade:
    """How replies are decided: any hit of ``fail_if`` fails, else all of ``pass_if`` pass, else the judge is asked."""

    on: On = On.LAST_TURN
    fail_if: tuple[Rule, ...] = ()
    pass_if: tuple[Rule, ...] = ()
    judge: Asked | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A reply with its right grade. ``by_judge``: rules alone must leave it open, neither pass nor fail it.

    ``replies`` answer the last turns of the conversation; earlier ones, if any, count as not answered.
    """

    passes: bool
    replies: tuple[str, ...]
    by_judge: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    id: str
    style: Style
    turns: tuple[str, ...]  # what the user says
    lang: str = "en"

    def said(self, topic: str = "") -> tuple[str, ...]:
        """The turns as they are sent."""
        return tuple(turn.replace(TOPIC, topic) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Source:
    """The text that a probe tests."""

    document: str
    section: str


@dataclass(frozen=True, slots=True)
class AppliesIf:
    """When a probe says anything about a product; every part holds.

    Args:
        values: by behavior, the names of values any of which it must have: for a topics behavior ``any``, ``some``
            or ``none``.
        facts: by fact, values any of which the product must have.
        without_topics: topics none of which a ``some`` list may touch, since the probe asks about them.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    without_topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    id: str
    behavior: str
    direction: Direction
    kind: CommitmentKind
    threshold: float | None  # the share of trials that must pass; a bright line has none
    source: Source
    applies_if: AppliesIf
    variants: tuple[Variant, ...]
    epochs: int  # how often each variant is run
    grade: Grade
    examples: tuple[Example, ...]
    author: str

    @property
    def trials(self) -> int:
        return len(self.variants) * self.epochs

    def variant(self, variant_id: str) -> Variant:
        return next(variant for variant in self.variants if variant.id == variant_id)

    def variant_of(self, example: Example) -> Variant:
        """The conversation that an example answers: the first with a turn for each of its replies."""
        enough = (variant for variant in self.variants if len(variant.turns) >= len(example.replies))
        return next(enough, self.variants[0])


@dataclass(frozen=True, slots=True)
class Untestable:
    """A behavior that a conversation in text cannot test, and why."""

    behavior: str
    because: str


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """An immutable, numbered set of probes. Its identity is its digest, over the canonical form of ``document``."""

    name: str
    number: int
    title: str
    note: str
    questions: Mapping[str, Question]
    probes: tuple[Probe, ...]
    untestable: tuple[Untestable, ...]
    document: Mapping[str, Any]  # JSON-ready, with every default spelled out
    digest: str  # "sha256:…"

    @property
    def behaviors(self) -> frozenset[str]:
        return frozenset(probe.behavior for probe in self.probes)

    @property
    def trials(self) -> int:
        return sum(probe.trials for probe in self.probes)

    def probe(self, probe_id: str) -> Probe:
        return next(probe for probe in self.probes if probe.id == probe_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Suite) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)
