"""What a rulebook is made of. All of it is immutable; ``codec`` is the only place that builds it from text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
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


@dataclass(frozen=True, slots=True)
class Citation:
    document: Document
    section: str
    summary: str  # what the section says, in our words where ``ours``
    ours: bool = True


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
    document: Mapping[str, Any]  # the data it was read from, JSON-ready
    digest: str  # "sha256:…" over the canonical form of ``document``

    @property
    def revision(self) -> str:
        return self.published.isoformat()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebook) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)
