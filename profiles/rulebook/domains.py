"""Domains: the possible values of a behavior, ordered from strictest to most permissive.

A **raw** value is what TOML, JSON and forms carry: ``"on"``, ``"formal"``, ``30``, ``["algebra"]`` or ``"any"``.
A **point** is its parsed form inside a domain. Points are compared and combined only through their domain:

* ``leq(a, b)``  a is at least as strict as b
* ``meet(a, b)`` the most permissive point at least as strict as both
* ``join(a, b)`` the strictest point at least as permissive as both

Every domain is a distributive lattice (three of the four are plain chains), which is what makes narrowing windows
independent of order: see ``Window``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias

Raw: TypeAlias = str | int | list[str]
Point: TypeAlias = Any  # int for chains; frozenset[str] or ANY for topics

MAX_TOPICS: Final = 200
MAX_TOPIC_LENGTH: Final = 80  # characters


class MalformedValue(ValueError):
    """A raw value that is not in the domain; ``str(error)`` is a sentence that says what is."""


class Direction(StrEnum):
    """How one value differs from another in the order of a domain."""

    SAME = "same"
    TIGHTENING = "tightening"
    LOOSENING = "loosening"
    MIXED = "mixed"

    @classmethod
    def overall(cls, directions: Iterable[Direction]) -> Direction:
        """The direction of several changes made together."""
        kinds = set(directions) - {cls.SAME}
        if not kinds:
            return cls.SAME
        return kinds.pop() if len(kinds) == 1 else cls.MIXED


class Window(NamedTuple):
    """The part of a domain that a layer may use: from ``floor`` (strictest) to ``ceiling`` (most permissive)."""

    floor: Point
    ceiling: Point

    @property
    def is_lock(self) -> bool:
        """A window of one value."""
        return bool(self.floor == self.ceiling)


class Domain:
    """A set of values with an order. Chains inherit the operations; topics bring those of a lattice."""

    type: ClassVar[str]
    strictest: Point
    loosest: Point

    def parse(self, raw: object) -> Point:
        """The point of a raw value.

        Raises:
            MalformedValue: with a sentence that names what is allowed.
        """
        raise NotImplementedError

    def dump(self, point: Point) -> Raw:
        """The raw value of a point: the inverse of ``parse``."""
        raise NotImplementedError

    def leq(self, a: Point, b: Point) -> bool:
        return bool(a <= b)

    def meet(self, a: Point, b: Point) -> Point:
        return a if a <= b else b

    def join(self, a: Point, b: Point) -> Point:
        return b if a <= b else a

    def narrow(self, window: Window, floor: Point, ceiling: Point) -> Window:
        """``window`` cut by another one. Where a raised floor meets a lowered ceiling, the ceiling wins:
        strict is the safe side, and only so does lowering a ceiling never loosen anything."""
        bottom, top = window
        if bottom >= floor and top <= ceiling:
            return window
        top = min(top, ceiling)
        return Window(min(max(bottom, floor), top), top)

    def clamp(self, point: Point, window: Window) -> Point:
        """The value inside ``window`` nearest to ``point``."""
        floor, ceiling = window
        if point > ceiling:
            return ceiling
        return min(floor, ceiling) if point < floor else point

    def contains(self, window: Window, point: Point) -> bool:
        return self.leq(window.floor, point) and self.leq(point, window.ceiling)

    def direction(self, before: Point, after: Point) -> Direction:
        if before == after:
            return Direction.SAME
        if self.leq(after, before):
            return Direction.TIGHTENING
        if self.leq(before, after):
            return Direction.LOOSENING
        return Direction.MIXED


@dataclass(frozen=True, slots=True)
class Level(Domain):
    """An ordered list of names. Points are positions in it, 0 the strictest."""

    type: ClassVar[str] = "level"
    names: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    strictest: Point = field(init=False, default=0)
    loosest: Point = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "loosest", len(self.names) - 1)

    def parse(self, raw: object) -> Point:
        if isinstance(raw, str) and raw in self.names:
            return self.names.index(raw)
        raise MalformedValue(f"must be one of {', '.join(self.names)}; {_shown(raw)} is none of them")

    def dump(self, point: Point) -> Raw:
        return self.names[point]


class Switch(Level):
    """Two values, ``on`` and ``off``. Which of them is strict depends on the behavior: strict means protective."""

    type: ClassVar[str] = "switch"
    __slots__ = ()

    def __init__(self, strictest: str) -> None:
        super().__init__(("off", "on") if strictest == "off" else ("on", "off"))


@dataclass(frozen=True, slots=True)
class Number(Domain):
    """Whole numbers from ``minimum`` to ``maximum`` in a unit. A point grows with permissiveness, so where
    ``higher_is_stricter`` it is the negated number."""

    type: ClassVar[str] = "number"
    minimum: int
    maximum: int
    unit: str
    higher_is_stricter: bool = False
    strictest: Point = field(init=False, default=0)
    loosest: Point = field(init=False, default=0)

    def __post_init__(self) -> None:
        ends = sorted((self._signed(self.minimum), self._signed(self.maximum)))
        object.__setattr__(self, "strictest", ends[0])
        object.__setattr__(self, "loosest", ends[1])

    def _signed(self, number: int) -> int:
        return -number if self.higher_is_stricter else number

    def parse(self, raw: object) -> Point:
        # bool is an int in Python, and True must not become 1.
        if isinstance(raw, int) and not isinstance(raw, bool) and self.minimum <= raw <= self.maximum:
            return self._signed(raw)
        raise MalformedValue(
            f"must be a whole number from {self.minimum} to {self.maximum} ({self.unit}); {_shown(raw)} is not"
        )

    def dump(self, point: Point) -> Raw:
        return self._signed(point)


class _Any:
    """The set of all topics: more permissive than every list."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()


@dataclass(frozen=True, slots=True)
class Topics(Domain):
    """Sets of topics; a smaller set is stricter. ``"any"`` is every topic, ``[]`` none. Two sets may be
    incomparable, so changing one for another can be neither tightening nor loosening."""

    type: ClassVar[str] = "topics"
    strictest: Point = field(init=False, default=frozenset())
    loosest: Point = field(init=False, default=ANY)

    def parse(self, raw: object) -> Point:
        if raw == "any":
            return ANY
        if not isinstance(raw, list | tuple):
            raise MalformedValue(f'must be "any" or a list of topics; {_shown(raw)} is neither')
        if len(raw) > MAX_TOPICS:
            raise MalformedValue(f"may list at most {MAX_TOPICS} topics; {len(raw)} were given")
        return frozenset(_topic(item) for item in raw)

    def dump(self, point: Point) -> Raw:
        return "any" if point is ANY else sorted(point)

    def leq(self, a: Point, b: Point) -> bool:
        return b is ANY or (a is not ANY and a <= b)

    def meet(self, a: Point, b: Point) -> Point:
        if a is ANY:
            return b
        return a if b is ANY else a & b

    def join(self, a: Point, b: Point) -> Point:
        return ANY if a is ANY or b is ANY else a | b

    def narrow(self, window: Window, floor: Point, ceiling: Point) -> Window:
        top = self.meet(window.ceiling, ceiling)
        return Window(self.meet(self.join(window.floor, floor), top), top)

    def clamp(self, point: Point, window: Window) -> Point:
        return self.meet(window.ceiling, self.join(window.floor, point))


def _topic(item: object) -> str:
    if not isinstance(item, str):
        raise MalformedValue(f"topics must be texts; {_shown(item)} is not")
    text = unicodedata.normalize("NFC", " ".join(item.split()))
    if not text or len(text) > MAX_TOPIC_LENGTH:
        raise MalformedValue(f"a topic must have 1 to {MAX_TOPIC_LENGTH} characters; {_shown(item)} has {len(text)}")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in text):
        raise MalformedValue(f"a topic must be printable text; {_shown(item)} has control characters")
    return text


def _shown(raw: object) -> str:
    """A raw value as it may stand in a message: short, and safe to print."""
    text = ascii(raw) if not isinstance(raw, str) else repr(raw).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 60 else text[:57] + "..."
