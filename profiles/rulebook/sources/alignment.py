"""Which items of two sequences belong together: the longest common subsequence where that is cheap to find.

An exact answer takes time proportional to the product of the two lengths, so it is sought only where that is small.
Longer stretches are first cut at the items that both sides have exactly once, as in a patience diff. So time stays
close to linear whatever the input is; the price is a coarser answer where long stretches repeat the same few items.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

AREA: Final = 4_000_000  # product of lengths up to which the answer is exact
_DEPTH: Final = 8  # how often a stretch is cut, since a cut may make other items unique

Pair = tuple[int, int]


def aligned(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    """The positions of equal items that belong together, ascending in both sequences."""
    numbers: dict[Hashable, int] = {}
    a = [numbers.setdefault(item, len(numbers)) for item in old]
    b = [numbers.setdefault(item, len(numbers)) for item in new]
    pairs: list[Pair] = []
    _align(a, b, (0, 0), _DEPTH, pairs)
    return pairs


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """The share of items that two bags have in common, from 0 to 1 (Dice's coefficient)."""
    total = one.total() + other.total()
    return 2 * sum(min(count, other[item]) for item, count in one.items()) / total if total else 0.0


def _align(a: list[int], b: list[int], at: Pair, depth: int, pairs: list[Pair]) -> None:
    """Appends the pairs of two stretches that begin at ``at``."""
    i, j = at
    shorter = min(len(a), len(b))
    head = next((k for k in range(shorter) if a[k] != b[k]), shorter)
    tail = next((k for k in range(shorter - head) if a[-1 - k] != b[-1 - k]), shorter - head)
    pairs += [(i + k, j + k) for k in range(head)]
    left, right = a[head : len(a) - tail], b[head : len(b) - tail]
    begin = (i + head, j + head)
    if len(left) * len(right) <= AREA:
        pairs += [(begin[0] + x, begin[1] + y) for x, y in _exact(left, right)]
    elif depth:
        _cut(left, right, begin, depth, pairs)
    pairs += [(i + len(a) - k, j + len(b) - k) for k in range(tail, 0, -1)]


def _cut(a: list[int], b: list[int], at: Pair, depth: int, pairs: list[Pair]) -> None:
    """Aligns two stretches by way of the items that both have once. Without any, nothing belongs together."""
    anchors = _anchors(a, b)
    x = y = 0
    for p, q in anchors:
        _align(a[x:p], b[y:q], (at[0] + x, at[1] + y), depth - 1, pairs)
        pairs.append((at[0] + p, at[1] + q))
        x, y = p + 1, q + 1
    if anchors:
        _align(a[x:], b[y:], (at[0] + x, at[1] + y), depth - 1, pairs)


def _anchors(a: list[int], b: list[int]) -> list[Pair]:
    """The longest ascending chain of items that occur once on either side."""
    in_a, in_b = Counter(a), Counter(b)
    places = {item: y for y, item in enumerate(b) if in_b[item] == 1}
    chain: list[Pair] = []
    ends: list[int] = []  # by length of a chain, the smallest place at which one ends
    members: list[int] = []  # the same, as positions in chain
    before: list[int] = []  # for each of chain, the one it follows
    for x, item in enumerate(a):
        if in_a[item] != 1 or item not in places:
            continue
        y = places[item]
        length = bisect_left(ends, y)
        before.append(members[length - 1] if length else -1)
        ends[length : length + 1] = [y]
        members[length : length + 1] = [len(chain)]
        chain.append((x, y))
    found, last = [], members[-1] if members else -1
    while last >= 0:
        found.append(chain[last])
        last = before[last]
    return found[::-1]


def _exact(a: list[int], b: list[int]) -> list[Pair]:
    """A longest common subsequence, by rows of bits (Hyyrö 2004): one addition handles a whole row."""
    if len(a) > len(b):
        return [(x, y) for y, x in _exact(b, a)]
    rows = _rows(a, b)
    pairs: list[Pair] = []
    row, column = len(a), len(b)
    while row and column:
        if _bit(rows[row - 1], column - 1):
            column -= 1
            continue
        row -= 1
        if not row or _bit(rows[row - 1], column - 1):
            column -= 1
            pairs.append((row, column))
    return pairs[::-1]


def _rows(a: list[int], b: list[int]) -> list[bytes]:
    """For each item of ``a``, where along ``b`` the common subsequence does not grow: a bit each, lowest first."""
    size = len(b) // 8 + 1
    masks = {item: bytearray(size) for item in set(a)}
    for y, item in enumerate(b):
        if item in masks:
            masks[item][y >> 3] |= 1 << (y & 7)
    where = {item: int.from_bytes(mask, "little") for item, mask in masks.items()}
    full = (1 << len(b)) - 1
    row, rows = full, []
    for item in a:
        grown = row & where[item]
        row = ((row + grown) | (row - grown)) & full
        rows.append(row.to_bytes(size, "little"))
    return rows


def _bit(row: bytes, at: int) -> int:
    return row[at >> 3] >> (at & 7) & 1
