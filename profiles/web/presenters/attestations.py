"""Attestations: what was claimed, with which evidence, until when it counts, and what it opens."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Pill, Problem, When
from profiles.web.presenters.rulebooks import Link


@dataclass(frozen=True, slots=True)
class DecideForm:
    """For a steward: grant until a day, or decline with a comment. What was typed is kept after a refusal."""

    earliest: str  # days, as date fields take them
    latest: str
    longest: str  # "At most 365 days: until 23 Nov 2027."
    decision: str = ""
    expires: str = ""
    comment: str = ""
    decision_error: str = ""
    expires_error: str = ""
    comment_error: str = ""


@dataclass(frozen=True, slots=True)
class RevokeForm:
    """For a steward: end a granted claim at once. ``open`` after a refusal."""

    effect: str
    comment: str = ""
    comment_error: str = ""

    @property
    def open(self) -> bool:
        return bool(self.comment or self.comment_error)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attestation. ``organization`` is shown to stewards only, who see those of all."""

    id: int
    name: str
    claim: str  # what is claimed, in the rulebook's words
    product: str
    product_href: str
    organization: str
    pill: Pill
    evidence: str
    requested_by: str
    requested: When
    soon: str = ""  # "Expires in 9 days"
    decided: str = ""  # "Granted by Sam Steward"
    decided_when: When | None = None
    note: str = ""
    expires: When | None = None
    ended: When | None = None  # revoked
    opens: tuple[Link, ...] = ()
    decide: DecideForm | None = None
    revoke: RevokeForm | None = None

    @property
    def slug(self) -> str:
        """The end of the ids of its fields."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class ClaimSection:
    id: str  # waiting, counting, ended
    name: str
    claims: tuple[Claim, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class KindChoice:
    value: str
    name: str
    claim: str
    evidence: str
    longest: str
    opens: str  # "Opens: Explicit content, …"
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class ProductChoice:
    value: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class RequestForm:
    products: tuple[ProductChoice, ...]
    kinds: tuple[KindChoice, ...]
    evidence: str = ""
    product_error: str = ""
    kind_error: str = ""
    evidence_error: str = ""


@dataclass(frozen=True, slots=True)
class AttestationsPage:
    lead: str
    sections: tuple[ClaimSection, ...]
    form: RequestForm | None = None
    no_form: str = ""  # why this person may not request one
    problems: tuple[Problem, ...] = ()
