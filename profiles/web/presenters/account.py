"""What a person chooses for themselves."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Problem


class LanguageChoice(Struct, frozen=True):
    """``code`` is empty for the browser's; ``name`` stands in the language itself, which ``lang`` names."""

    code: str
    name: str
    lang: str
    chosen: bool


class AccountPage(Struct, frozen=True):
    """What was typed is kept after a refusal."""

    email: str
    name: str
    languages: tuple[LanguageChoice, ...]
    time_zone: str
    zones: tuple[str, ...]
    zone_now: str  # what time it is there
    single_keys: bool
    problems: tuple[Problem, ...] = ()
    name_error: str = ""
    language_error: str = ""
    time_zone_error: str = ""
