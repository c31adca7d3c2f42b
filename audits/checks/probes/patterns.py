"""Regular expressions of people we do not know: RE2, whose time grows with the text and never with the pattern's
cleverness."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import re2

MAX_PATTERN: Final = 1_000  # characters
_MAX_MEMORY: Final = 4 * 2**20  # bytes of a compiled pattern and of its cache


class MalformedPattern(ValueError):
    """A pattern that cannot be used; ``str(error)`` completes "The pattern …"."""


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = False  # (?-i) in a pattern switches back
    options.log_errors = False
    return options


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The pattern, ready to search; upper and lower case are the same.

    Raises:
        MalformedPattern: for one that is too long, needs too much memory, or is no RE2 syntax.
    """
    if len(pattern) > MAX_PATTERN:
        raise MalformedPattern(f"has {len(pattern)} characters; at most {MAX_PATTERN} are read")
    try:
        found = re2.compile(pattern, _options())
    except (re2.error, UnicodeError) as error:
        raise MalformedPattern(f"is not one that RE2 reads: {_said(error)}") from None
    if found.search("") is not None:
        raise MalformedPattern("fits the empty text, so it would be found in every reply")
    return found


def spans(pattern: str, text: str, most: int) -> list[tuple[int, int]]:
    """Where a pattern stands in a text: the first ``most`` places, as characters."""
    found: list[tuple[int, int]] = []
    for match in compiled(pattern).finditer(text):
        if match.end() > match.start():
            found.append((match.start(), match.end()))
        if len(found) == most:
            break
    return found


@lru_cache(maxsize=8)
def either(ours: tuple[str, ...]) -> Any:
    """Several patterns of our own as one, for a first look."""
    return re2.compile("|".join(f"(?:{each})" for each in ours), _options())


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
