"""A new rulebook revision that would change a product, until a version is submitted against it."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import When


class Affected(Struct, frozen=True):
    lead: str  # "A new rulebook revision: OpenAI 2026-08-18."
    text: str  # "It would change 3 behaviors of Ward Companion: 2 stricter, 1 looser."
    short: str  # both in one sentence, for a list
    since: When
    href: str  # to what exactly
    edit_href: str = ""  # for those who may adopt it
