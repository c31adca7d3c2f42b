"""The page on which it is set how long a trail is kept, and the page of an entry that is kept no more."""

from __future__ import annotations

from msgspec import Struct

from audits.web.presenters.logs import Fact
from profiles.web.presenters.parts import Pill, Problem, When


class LegalHoldLine(Struct, frozen=True):
    """``by`` says who placed it and when; ``ended`` who released it, when and why, if somebody did."""

    pk: int
    reference: str
    reason: str
    by: str
    pill: Pill
    ended: str = ""
    because: str = ""
    error: str = ""  # of the form that releases it
    typed: str = ""


class RetentionForm(Struct, frozen=True):
    is_forever: bool
    months: str
    least: int
    error: str = ""


class HoldForm(Struct, frozen=True):
    reference: str
    reason: str
    reference_error: str = ""
    reason_error: str = ""


class RetentionPage(Struct, frozen=True):
    """``form`` and ``hold_form`` are for those who may use them; ``may_release`` goes with the second."""

    lead: str
    pill: Pill
    facts: tuple[Fact, ...]
    standing: tuple[LegalHoldLine, ...]
    released: tuple[LegalHoldLine, ...]
    form: RetentionForm | None = None
    hold_form: HoldForm | None = None
    problems: tuple[Problem, ...] = ()
    told_href: str = ""  # the entry of the last pruning


class PrunedLog(Struct, frozen=True):
    """What ``verify.js`` needs: as ``LogPlace``, with the hash of the entry in place of its bytes."""

    hash: str
    proof_href: str
    key_href: str
    href: str


class PrunedPage(Struct, frozen=True):
    title: str
    pill: Pill
    lead: str
    when: When
    place: str
    log: PrunedLog
    told_href: str
    told_title: str
