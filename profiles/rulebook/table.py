"""Reading a table strictly: each field has a path and a type, and what nobody asked for is refused in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NoReturn


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class Stop(Exception):
    """This part cannot be read; its problem is already noted."""


class Table:
    """A table that knows its path, notes what is wrong with a field, and at the end refuses what nobody asked for."""

    def __init__(self, data: Any, path: str, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems
        if not isinstance(data, Mapping):
            self.fail("", "must be a table")
        self.data, self.unread = data, set(data)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path and name else self.path or name or "(file)"

    def fail(self, name: str, message: str) -> NoReturn:
        self.problems.append(Problem(self.at(name), message))
        raise Stop

    def note(self, name: str, message: str) -> None:
        self.problems.append(Problem(self.at(name), message))

    def has(self, name: str) -> bool:
        return name in self.data

    def get(self, name: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        self.unread.discard(name)
        if name not in self.data:
            if default is ...:
                self.fail(name, "is missing")
            return default
        value = self.data[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            kinds = (kind,) if isinstance(kind, type) else kind
            self.fail(name, f"must be {' or '.join(_WORDS[one.__name__] for one in kinds)}")
        return value

    def text(self, name: str, default: Any = ...) -> Any:
        value = self.get(name, str, default)
        if value is not default and not value.strip():
            self.fail(name, "must not be empty")
        if value is not default and "\0" in value:
            self.fail(name, "must not have a NUL character, which no database stores")
        return value

    def choice(self, name: str, enum: Any, default: Any = ...) -> Any:
        value = self.text(name, default)
        if value is default:
            return default
        try:
            return enum(value)
        except ValueError:
            self.fail(name, f"must be one of {', '.join(enum)}; {value!r} is none of them")

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            self.fail(name, "must be a date such as 2026-11-01")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is left out."""
        values = self.get(name, list, [])
        if not all(isinstance(value, str) and value.strip() and "\0" not in value for value in values):
            self.fail(name, "must be a list of texts")
        return tuple(values)

    def table(self, name: str, default: Any = ...) -> Table:
        return Table(self.get(name, dict, default), self.at(name), self.problems)

    def tables(self, name: str) -> Iterator[Table]:
        for position, item in enumerate(self.get(name, list, [])):
            path = f"{self.at(name)}[{position}]"
            if isinstance(item, Mapping):
                yield Table(item, path, self.problems)
            else:
                self.problems.append(Problem(path, "must be a table"))

    def done(self) -> None:
        for name in sorted(self.unread):
            self.note(name, "is not a field of this table")


_WORDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "list": "a list",
    "dict": "a table",
    "bool": "true or false",
    "float": "a number",
}
