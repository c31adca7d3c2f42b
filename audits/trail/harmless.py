"""Texts in files that a spreadsheet opens."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """As no spreadsheet runs it as a formula: the apostrophe before it makes it text."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
