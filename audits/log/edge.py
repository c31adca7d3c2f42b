"""A tree that is only appended to, and knows no more than that needs: constant memory, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from audits.log import tree
from audits.log.tiles import HEIGHT, WIDTH, Place


class Filled(NamedTuple):
    """A tile above the leaves, with its hashes one after the other."""

    place: Place
    hashes: bytes


class Edge:
    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []  # full subtrees from the left, each with its height
        self._open: dict[int, list[bytes]] = {}  # by level from 1 on: hashes of the tile that is not full
        self._full: dict[int, int] = {}  # by level: how many tiles are

    def append(self, leaf_hash: bytes) -> list[Filled]:
        """The tiles above the leaves that are full by this leaf."""
        filled: list[Filled] = []
        found, height = leaf_hash, 0
        while self._peaks and self._peaks[-1][0] == height:
            found = tree.hash_children(self._peaks.pop()[1], found)
            height += 1
            if height % HEIGHT == 0:
                filled += self._add(height // HEIGHT, found)
        self._peaks.append((height, found))
        return filled

    def root(self) -> bytes:
        """Of all leaves so far."""
        if not self._peaks:
            return tree.EMPTY_ROOT
        *left, (_height, found) = self._peaks
        for _height, peak in reversed(left):
            found = tree.hash_children(peak, found)
        return found

    def partial(self) -> Iterator[Filled]:
        """The tiles above the leaves that are not full yet."""
        for level, hashes in self._open.items():
            if hashes:
                yield Filled(Place(level, self._full.get(level, 0)), b"".join(hashes))

    def _add(self, level: int, found: bytes) -> Iterator[Filled]:
        hashes = self._open.setdefault(level, [])
        hashes.append(found)
        if len(hashes) == WIDTH:
            number = self._full.get(level, 0)
            self._open[level], self._full[level] = [], number + 1
            yield Filled(Place(level, number), b"".join(hashes))
