"""Merkle trees as RFC 6962 defines them: hashes, roots, and proofs of inclusion and consistency.

Whoever makes proofs reads hashes through a ``Node`` function; whoever verifies needs nothing but the proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

# The hash of the full subtree of 2**level leaves that begins with the leaf number index * 2**level.
Node = Callable[[int, int], bytes]


def hash_leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(node: Node, size: int) -> bytes:
    """Of the tree of the first ``size`` leaves."""
    return _of_range(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """RFC 6962, 2.1.1: from the leaf's sibling up to the child of the root.

    Raises:
        ValueError: the tree of ``size`` leaves has no leaf ``index``.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    return list(_path(node, index, 0, size))


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """RFC 6962, 2.1.2: that the first ``old`` leaves of both trees are the same. Nothing needs to be shown of an empty
    tree or of the same one.

    Raises:
        ValueError: the old tree is the larger one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not continue one of {old}")
    return [] if old in {0, new} else list(_subproof(node, old, 0, new, is_known=True))


def hashes_beside(node: Node, start: int, end: int, size: int) -> list[bytes]:
    """The largest subtrees without a leaf from ``start`` up to before ``end``, from left to right: with these leaves
    they make the root of the tree of ``size``.

    Raises:
        ValueError: there are no such leaves.
    """
    if not 0 <= start < end <= size:
        raise ValueError(f"a tree of {size} has no leaves from {start} to {end}")
    return list(_beside(node, start, end, 0, size))


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    sides, found = _sides(index, size - 1, len(proof)), leaf_hash
    for is_left, sibling in zip(sides or (), proof, strict=False):
        found = hash_children(sibling, found) if is_left else hash_children(found, sibling)
    return sides is not None and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if not 0 <= old <= new or (old == 0 and old_root != EMPTY_ROOT):
        return False
    if old in {0, new}:
        return not proof and (old == 0 or old_root == new_root)
    known, *rest = [old_root, *proof] if old & (old - 1) == 0 else [*proof] or [b""]
    skipped = (old & -old).bit_length() - 1  # levels on which the old tree ends with a full subtree
    sides, first, second = _sides(old - 1 >> skipped, new - 1 >> skipped, len(rest)), known, known
    for is_left, sibling in zip(sides or (), rest, strict=False):
        first = hash_children(sibling, first) if is_left else first
        second = hash_children(sibling, second) if is_left else hash_children(second, sibling)
    return sides is not None and first == old_root and second == new_root


def _sides(position: int, last: int, count: int) -> list[bool] | None:
    """For each of ``count`` siblings on the way up from a position whether it stands on the left; None if the way has
    another length. ``last`` is the last position of the level."""
    sides = []
    for _step in range(count):
        if last == 0:
            return None
        is_left = bool(position % 2) or position == last
        while is_left and position and not position % 2:
            position, last = position // 2, last // 2
        sides.append(is_left)
        position, last = position // 2, last // 2
    return sides if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below ``size``, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _of_range(node: Node, start: int, size: int) -> bytes:
    """Of the subtree of ``size`` leaves that begins with ``start``, which is a multiple of a power of two >= size."""
    if size & (size - 1) == 0:
        return node(size.bit_length() - 1, start // size)
    left = _split(size)
    return hash_children(_of_range(node, start, left), _of_range(node, start + left, size - left))


def _beside(node: Node, start: int, end: int, first: int, size: int) -> Iterator[bytes]:
    if first + size <= start or end <= first:
        yield _of_range(node, first, size)
    elif first < start or end < first + size:
        left = _split(size)
        yield from _beside(node, start, end, first, left)
        yield from _beside(node, start, end, first + left, size - left)


def _path(node: Node, index: int, start: int, size: int) -> Iterator[bytes]:
    if size == 1:
        return
    left = _split(size)
    if index < left:
        yield from _path(node, index, start, left)
        yield _of_range(node, start + left, size - left)
    else:
        yield from _path(node, index - left, start + left, size - left)
        yield _of_range(node, start, left)


def _subproof(node: Node, old: int, start: int, size: int, *, is_known: bool) -> Iterator[bytes]:
    if old == size:
        if not is_known:
            yield _of_range(node, start, size)
        return
    left = _split(size)
    if old <= left:
        yield from _subproof(node, old, start, left, is_known=is_known)
        yield _of_range(node, start + left, size - left)
    else:
        yield from _subproof(node, old - left, start + left, size - left, is_known=False)
        yield _of_range(node, start, left)
