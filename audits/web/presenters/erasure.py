"""What the page about erasing personal data shows."""

from __future__ import annotations

from msgspec import Struct

from audits.web.presenters.trail import Choice


class ErasurePage(Struct, frozen=True):
    """Of one entry (``entry_href`` is given, ``parts`` are its texts) or of a person (``people`` to choose from)."""

    lead: str
    action: str
    parts: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    entry_href: str = ""
    entry_title: str = ""
    texts: bool = False
    reason: str = ""
    reason_error: str = ""
    choice_error: str = ""
    problem: str = ""  # a refusal that belongs to no field
