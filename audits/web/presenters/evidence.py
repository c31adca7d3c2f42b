"""Taking an evidence bundle, and checking one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Problem, When


class DiscloseChoice(Struct, frozen=True):
    value: str
    label: str
    hint: str
    chosen: bool


class EvidencePage(Struct, frozen=True):
    """What a bundle is to be of. ``size`` and ``signed`` are of the newest checkpoint; 0 and None before there is
    one."""

    products: tuple[Choice, ...]
    version: str
    since: str
    until: str
    kept: str
    disclose: tuple[DiscloseChoice, ...]
    zone: str
    size: int
    signed: When | None
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class VerifyPage(Struct, frozen=True):
    """What was typed, and what came of it, in the English sentences of the verifier."""

    key: str = ""
    file_error: str = ""
    refused: str = ""
    checked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
