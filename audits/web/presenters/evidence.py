"""Checking an evidence bundle."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """What was typed, and what came of it, in the English sentences of the verifier."""

    key: str = ""
    file_error: str = ""
    refused: str = ""
    checked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
