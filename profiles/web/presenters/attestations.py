"""Attestations: what was claimed, with which evidence, until when it counts, and what it opens."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import DiffLine, Pill, Problem, When
from profiles.web.presenters.rulebooks import Link


class DecideForm(Struct, frozen=True):
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


class Falls(Struct, frozen=True):
    """What will change for clients when a claim stops counting, said before it happens."""

    title: str  # "2 settings fall back when it ends"
    text: str  # in which version, and when
    lines: tuple[DiffLine, ...] = ()


class RevokeForm(Struct, frozen=True):
    """For a steward: end a granted claim at once, with what that changes. ``open`` after a refusal."""

    effect: str
    falls: Falls | None = None
    comment: str = ""
    comment_error: str = ""

    @property
    def open(self) -> bool:
        return bool(self.comment or self.comment_error)


class EvidenceFile(Struct, frozen=True):
    name: str
    about: str  # "PDF, 240.1 KB"
    digest: str
    href: str


class Claim(Struct, frozen=True):
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
    link: str = ""  # as it was given: shown, and never asked for by this program
    file: EvidenceFile | None = None
    renews: str = ""  # "renews the one that ends on 3 Dec 2026"
    soon: str = ""  # "Expires in 9 days"
    decided: str = ""  # "Granted by Sam Steward"
    decided_when: When | None = None
    note: str = ""
    expires: When | None = None
    ended: When | None = None  # revoked
    opens: tuple[Link, ...] = ()
    falls: Falls | None = None  # at its end
    renew_href: str = ""  # to the request form, for those who may
    renewal: str = ""  # said where it is being renewed, or was
    decide: DecideForm | None = None
    revoke: RevokeForm | None = None

    @property
    def slug(self) -> str:
        """The end of the ids of its fields."""
        return str(self.id)


class ClaimSection(Struct, frozen=True):
    id: str  # waiting, counting, ended
    name: str
    claims: tuple[Claim, ...]
    empty: str


class KindChoice(Struct, frozen=True):
    value: str
    name: str
    claim: str
    evidence: str
    longest: str
    opens: str  # "Opens: Explicit content, …"
    chosen: bool = False


class ProductChoice(Struct, frozen=True):
    value: str
    name: str
    chosen: bool = False


class Renewed(Struct, frozen=True):
    """What a renewal is of: its product and kind are fixed."""

    id: int
    name: str
    product: str
    text: str  # until when the present one counts, and what is kept
    wanted: str  # which evidence the rulebook wants


class RequestForm(Struct, frozen=True):
    products: tuple[ProductChoice, ...]
    kinds: tuple[KindChoice, ...]
    product: str = ""  # the chosen ones
    kind: str = ""
    renews: Renewed | None = None
    evidence: str = ""
    link: str = ""
    product_error: str = ""
    kind_error: str = ""
    evidence_error: str = ""
    link_error: str = ""
    file_error: str = ""
    file_hint: str = ""
    accepts: str = ""  # endings, for the browser's dialog


class AttestationsPage(Struct, frozen=True):
    lead: str
    sections: tuple[ClaimSection, ...]
    form: RequestForm | None = None
    no_form: str = ""  # why this person may not request one
    problems: tuple[Problem, ...] = ()
