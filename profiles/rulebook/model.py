"""What a rulebook is made of. All of it is immutable; ``codec`` is the only place that builds it from text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from profiles.rulebook.domains import Domain, Point, Window


class Kind(StrEnum):
    BRIGHT_LINE = "bright_line"  # nobody changes it
    PROTECTION = "protection"  # protects the user; an operator can never take it away
    DEFAULT = "default"  # adjustable within limits
    HONESTY = "honesty"  # one of the honesty properties; mostly fixed
    FILTER = "filter"  # a vendor's output filter; never shown as if it changed what the model itself does


class Stance(StrEnum):
    """What the platform's document says about a behavior."""

    STATED = "stated"
    JUDGEMENT = "judgement"  # left to the model: advice on the page, never a switch
    UNADDRESSED = "unaddressed"  # the document is silent


class How(StrEnum):
    """What it takes to change a behavior from below, where the document says so."""

    EXPLICIT = "explicit"  # an instruction that names it
    CONTEXT = "context"  # the context of a request may, as well


class Layer(StrEnum):
    """Who decides, from the top down."""

    PLATFORM = "platform"
    LAW = "law"
    ORGANIZATION = "organization"
    PRODUCT = "product"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Document:
    """A published text that citations point into."""

    title: str
    date: date
    url: str | None = None
    id: str = ""  # its name inside the rulebook, which imported source documents share
    digest: str | None = None  # "sha256:…" of the text that was read, where it is known


@dataclass(frozen=True, slots=True)
class Citation:
    document: Document
    section: str
    summary: str  # what the section says, in our words where ``ours``
    ours: bool = True
    also: tuple[str, ...] = ()  # further sections of the same document

    @property
    def sections(self) -> tuple[str, ...]:
        return (self.section, *self.also)


@dataclass(frozen=True, slots=True)
class UserWindow:
    """What the platform gives the user layer.

    ``grant`` says who opens it: ``platform`` (users have it unless the operator narrows it) or ``operator`` (users
    reach the operator's own value, and beyond it only what the operator allows). ``waiver`` is a right of the user's
    own, which the operator's choice does not cut.
    """

    window: Window
    grant: str = "operator"
    waiver: bool = False


@dataclass(frozen=True, slots=True)
class FilterSetting:
    """How a vendor's adjustable filter is set: a threshold of its own for each name of the level."""

    category: str
    thresholds: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Behavior:
    key: str
    name: str
    description: str
    kind: Kind
    stance: Stance
    domain: Domain
    default: Point
    organization: Window
    product: Window
    user: UserWindow
    citation: Citation
    because: str
    phrasing: Mapping[str, str] = field(hash=False)
    advice: str = ""
    authority: str = ""  # the level's name in the vendor's own document
    how: How | None = None
    see: tuple[str, ...] = ()  # other behaviors that bear on this one
    setting: FilterSetting | None = None  # of an adjustable filter

    @property
    def is_stated(self) -> bool:
        return self.stance is Stance.STATED


@dataclass(frozen=True, slots=True)
class AtLeastAsStrict:
    """Holds while a behavior's value is at least as strict as ``value``."""

    behavior: str
    value: Point


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies: every given part holds. Parts can only *gain* truth when something is tightened or an
    attestation is taken away; anything else could let a tightening loosen something."""

    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    without: str | None = None  # the attestation whose absence the rule needs
    strict: AtLeastAsStrict | None = None

    @property
    def on_facts_alone(self) -> bool:
        return self.without is None and self.strict is None


@dataclass(frozen=True, slots=True)
class Rule:
    """Narrows one behavior's windows at every layer below the rulebook's own."""

    id: str
    behavior: str
    when: Condition
    floor: Point | None
    ceiling: Point | None
    because: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values that must not be active together: ``first`` and ``second`` name, per behavior, the strictest value
    from which on (towards permissive) the clash exists. Where it arises, ``yields`` falls back to ``to``."""

    id: str
    first: tuple[str, Point]
    second: tuple[str, Point]
    yields: str
    to: Point
    because: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class AttestationKind:
    """A claim that an operator can make to open a wider window."""

    key: str
    name: str
    claim: str
    evidence: str  # what a steward wants to see
    longest_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One dated, immutable revision of a platform's published rules. Its identity is its digest: two different texts
    have been published under one date."""

    platform: str
    layer: Layer  # platform or law
    published: date
    title: str
    note: str
    behaviors: Mapping[str, Behavior]
    rules: tuple[Rule, ...]
    conflicts: tuple[Conflict, ...]
    attestations: Mapping[str, AttestationKind]
    facts: Mapping[str, tuple[str, ...]]
    applies: Mapping[str, tuple[str, ...]]  # a law pack's reach: for each fact any of the values; empty is everywhere
    in_force: tuple[date | None, date | None]  # a law pack's first day, and the first day on which it is gone again
    document: Mapping[str, Any]  # the data it was read from, JSON-ready
    digest: str  # "sha256:…" over the canonical form of ``document``

    @property
    def revision(self) -> str:
        return self.published.isoformat()

    def applies_to(self, facts: Mapping[str, Any]) -> bool:
        """Whether a product with these facts is within a law pack's reach, whenever it is in force."""
        return all(any(has_fact(facts.get(name), value) for value in values) for name, values in self.applies.items())

    def is_in_force(self, now: datetime) -> bool:
        first, gone = (_midnight(day) for day in self.in_force)
        return (first is None or first <= now) and (gone is None or now < gone)

    def turns(self, now: datetime) -> list[datetime]:
        """The instants after ``now`` at which it comes into force or ends."""
        return [instant for day in self.in_force if (instant := _midnight(day)) and instant > now]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebook) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def has_fact(stored: Any, value: str) -> bool:
    """Whether a product's fact is, or contains, ``value``."""
    return value in stored if isinstance(stored, list | tuple) else bool(stored == value)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
