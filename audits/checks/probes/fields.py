"""Fields of a suite: each with a bound, and a sentence that says it."""

from __future__ import annotations

import re
from typing import Any, Final

from profiles.rulebook.table import Table

MAX_BYTES: Final = 2_000_000
MAX_PROBES: Final = 2_000
MAX_VARIANTS: Final = 50  # of a probe
MAX_TURNS: Final = 20
MAX_TEXT: Final = 20_000  # characters of a turn or an example
MAX_RULES: Final = 20
MAX_TEXTS: Final = 500  # words or phrases of a rule
MAX_PHRASE: Final = 300
MAX_EPOCHS: Final = 1_000
MAX_COUNT: Final = 1_000_000
MAX_PROBLEMS: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,79}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_LANG: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text))


def is_key(text: str) -> bool:
    """Whether it has the form of a behavior's key."""
    return bool(_KEY.fullmatch(text)) and len(text) <= MAX_PHRASE


def text(table: Table, name: str, most: int, default: Any = ...) -> str:
    found: str = table.text(name, default)
    if len(found) > most:
        table.fail(name, f"has {len(found):,} characters; at most {most:,} are read")
    return found


def texts(table: Table, name: str, most: int, longest: int) -> tuple[str, ...]:
    found = table.texts(name)
    if len(found) > most:
        table.fail(name, f"has {len(found):,} texts; at most {most:,} are read")
    if any(len(text) > longest for text in found):
        table.fail(name, f"has a text of more than {longest:,} characters")
    return found


def name_of(table: Table, name: str, default: Any = ...) -> str:
    value: str = table.text(name, default)
    if value is not default and not is_name(value):
        table.fail(name, "must be in lower case, of at most 80 letters, digits, - and _, such as emergency-1")
    return value


def key_of(table: Table, name: str) -> str:
    value: str = table.text(name)
    if not is_key(value):
        table.fail(name, "must be the key of a behavior, such as content.explicit")
    return value


def lang_of(table: Table, default: Any = ...) -> str:
    value: str = table.text("lang", default)
    if value and not _LANG.fullmatch(value):
        table.fail("lang", "must be the code of a language, such as en or pt-BR")
    return value


def count_of(table: Table, name: str, least: int, most: int, default: Any = ...) -> Any:
    value = table.get(name, int, default)
    if value is not default and not least <= value <= most:
        table.fail(name, f"must be from {least:,} to {most:,}")
    return value


def choices_of(table: Table) -> dict[str, tuple[str, ...]]:
    """Names with lists of texts."""
    found = {}
    for name in sorted(table.data):
        found[name] = texts(table, name, MAX_TEXTS, MAX_PHRASE)
        if not found[name]:
            table.fail(name, "must list at least one value")
    return found
