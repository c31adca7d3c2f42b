"""Tiles (C2SP tlog-tiles): a tree in pieces of up to 256 hashes, as they are kept and published.

The tile number ``n`` of level ``l`` holds the hashes of the full subtrees of 256**l leaves from ``256 * n`` on. A tile
only grows: whatever width of it was ever published is the beginning of what it is later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from audits.log.tree import HASH_BYTES, Node, hash_children

WIDTH: Final = 256
HEIGHT: Final = 8  # levels of the tree in one tile
ENTRIES: Final = "entries"
_PATH: Final = re.compile(r"(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Place(NamedTuple):
    """Which tile."""

    level: int
    number: int


class Asked(NamedTuple):
    """What a path names: a tile of hashes, or of entries (``level`` is None), and how much of it."""

    level: int | None
    number: int
    width: int


Tiles = dict[Place, bytes]
Read = Callable[[Place], bytes]  # a tile's hashes, one after the other, as wide as it is by now; empty without any


def parse_path(text: str) -> Asked | None:
    """What follows ``tile/`` in an address; None unless it is written as the specification says."""
    match = _PATH.fullmatch(text)
    if match is None:
        return None
    level, name, width = match.groups()
    number = int("".join(part.lstrip("x") for part in name.split("/")))
    asked = Asked(None if level == ENTRIES else int(level), number, int(width or WIDTH))
    return asked if asked.width <= WIDTH and path_of(*asked) == text else None


def path_of(level: int | None, number: int, width: int) -> str:
    """Numbers are written in groups of three digits; all but the last begin with an x."""
    groups = [number % 1000]
    while number := number // 1000:
        groups.append(number % 1000)
    name = "/".join([*(f"x{group:03}" for group in reversed(groups[1:])), f"{groups[0]:03}"])
    return f"{ENTRIES if level is None else level}/{name}" + (f".p/{width}" if width < WIDTH else "")


def node_of(read: Read) -> Node:
    """Hashes of subtrees, computed from tiles. Each tile is read once."""
    once = lru_cache(maxsize=None)(read)

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        first = index << height  # in hashes of the tile's level
        tile = once(Place(tile_level, first // WIDTH))
        start = first % WIDTH * HASH_BYTES
        return _fold(tile[start : start + (HASH_BYTES << height)], height)

    return node


def around(index: int, size: int) -> set[Place]:
    """The tiles that the proof of a leaf in a tree of ``size`` is made from: those above it, and the right edge."""
    found, level = set(), 0
    while level == 0 or size >> (HEIGHT * level):
        last = (size >> (HEIGHT * level)) - 1
        found |= {Place(level, index >> (HEIGHT * (level + 1))), Place(level, max(last, 0) // WIDTH)}
        level += 1
    return found


def extend(read: Read, size: int, hashes: Iterable[bytes]) -> Tiles:
    """The tiles that are other ones once ``hashes`` follow the ``size`` leaves of a tree."""
    changed: Tiles = {}

    def append(level: int, count: int, found: bytes) -> None:
        """``count`` hashes are on this level already."""
        place = Place(level, count // WIDTH)
        tile = (changed[place] if place in changed else read(place)) + found
        changed[place] = tile
        if len(tile) == WIDTH * HASH_BYTES:
            append(level + 1, place.number, _fold(tile, HEIGHT))

    for number, found in enumerate(hashes, size):
        append(0, number, found)
    return changed


def _fold(hashes: bytes, height: int) -> bytes:
    """The root over 2**height hashes that stand one after the other.

    Raises:
        ValueError: there are not as many.
    """
    if len(hashes) != HASH_BYTES << height:
        raise ValueError("the tile is not there, or not that wide")
    level = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(level) > 1:
        level = [hash_children(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]
