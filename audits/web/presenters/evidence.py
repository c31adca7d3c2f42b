"""Taking an evidence bundle, and checking one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Problem, When


@dataclass(frozen=True, slots=True)
class DiscloseChoice:
    value: str
    label: str
    hint: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class EvidencePage:
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


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """What was typed, and what came of it, in the English sentences of the verifier."""

    key: str = ""
    file_error: str = ""
    refused: str = ""
    checked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
