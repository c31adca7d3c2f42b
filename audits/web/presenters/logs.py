"""The page of a log: how it is, who cosigns it, and what was signed."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Pager, Pill, Problem, When


class Fact(Struct, frozen=True):
    """A figure at the top: "Newest checkpoint", "412 entries", "2 minutes ago"."""

    label: str
    value: str
    text: str = ""
    when: When | None = None
    tone: str = ""  # bad, warn; empty where all is well
    href: str = ""  # of the page where more is said


class CosignerLine(Struct, frozen=True):
    """Somebody who cosigns. ``size`` is that of the newest checkpoint that they cosigned; empty for none."""

    name: str
    key: str
    pill: Pill
    size: str = ""
    text: str = ""
    detail: str = ""  # what they answered, in their own words
    when: When | None = None


class AuditorLine(Struct, frozen=True):
    """An outsider whom somebody named. ``mail`` says what goes to them; ``size`` is what they cosigned last."""

    pk: int
    name: str
    key: str
    mail: str
    pill: Pill
    size: str = ""
    when: When | None = None


class RhythmOption(Struct, frozen=True):
    value: str
    label: str
    chosen: bool


class AuditorForm(Struct, frozen=True):
    name: str
    key: str
    email: str
    rhythms: tuple[RhythmOption, ...]
    members: tuple[str, ...] = ()  # the addresses of members whose role it is
    name_error: str = ""
    key_error: str = ""
    email_error: str = ""
    rhythm_error: str = ""


class CheckpointLine(Struct, frozen=True):
    size: str
    when: When
    cosigned: str
    href: str
    stamped: When | None = None  # by the clock of a time-stamping authority
    stamp_href: str = ""


class LogPage(Struct, frozen=True):
    """``origin`` is empty as long as the log has not begun."""

    lead: str
    origin: str
    pill: Pill
    problems: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    witnesses: tuple[CosignerLine, ...] = ()
    quorum: str = ""
    no_witness: str = ""
    keys: tuple[str, ...] = ()
    key_href: str = ""
    checkpoints: tuple[CheckpointLine, ...] = ()
    pager: Pager | None = None
    auditors: tuple[AuditorLine, ...] = ()
    form: AuditorForm | None = None  # for whoever may add one
    errors: tuple[Problem, ...] = ()  # of the form
    handed_in_href: str = ""  # an address in full
