"""Trees, proofs and tiles: published vectors, foreign implementations, and wrong proofs before right ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import pymerkle
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sigstore._internal import merkle as sigstore_merkle

from audits.log import tiles
from audits.log.tiles import Place, Tiles
from audits.log.tree import (
    EMPTY_ROOT,
    Node,
    consistency_proof,
    hash_children,
    hash_leaf,
    inclusion_proof,
    root,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves and the roots of one to eight of them that the test suites of Certificate Transparency share.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive(hashes: Sequence[bytes]) -> bytes:
    """The definition of RFC 6962, word by word."""
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return hash_children(naive(hashes[:left]), naive(hashes[left:]))


def grown(sizes: Sequence[int]) -> tuple[list[bytes], Tiles, Node]:
    """A log that grew in steps."""
    hashes: list[bytes] = []
    kept: Tiles = {}
    for step in sizes:
        more = [hash_leaf(str(number).encode()) for number in range(len(hashes), len(hashes) + step)]
        kept.update(tiles.extend(lambda place: kept.get(place, b""), len(hashes), more))
        hashes += more
    return hashes, kept, tiles.node_of(lambda place: kept.get(place, b""))


def node_over(hashes: Iterable[bytes]) -> Node:
    kept = tiles.extend(lambda _place: b"", 0, hashes)
    return tiles.node_of(lambda place: kept.get(place, b""))


BIG, BIG_TILES, NODE = grown([1, 254, 1, 1, 255, 700, 1])  # 1,213


def test_the_published_roots() -> None:
    assert hashlib.sha256().digest() == EMPTY_ROOT
    for size, wanted in enumerate(ROOTS, 1):
        assert root(node_over(map(hash_leaf, LEAVES[:size])), size).hex() == wanted


@given(st.lists(st.integers(1, 600), max_size=4))
def test_a_tree_in_tiles_has_the_root_of_its_leaves(steps: list[int]) -> None:
    hashes, kept, node = grown(steps)
    assert root(node, len(hashes)) == (naive(hashes) if hashes else EMPTY_ROOT)
    once, _kept, _node = grown([sum(steps)])
    assert kept == _kept or not steps
    assert all(len(tile) <= 256 * 32 for tile in kept.values())
    assert once == hashes


def test_tiles_are_those_of_the_specification() -> None:
    """Full tiles are hashed upward, partial ones never."""
    widths = {place: len(tile) // 32 for place, tile in BIG_TILES.items()}
    full = {Place(0, number): 256 for number in range(4)}
    assert widths == {**full, Place(0, 4): 1213 - 1024, Place(1, 0): 4}
    assert BIG_TILES[Place(1, 0)][:32] == naive(BIG[:256])


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("0/000", (0, 0, 256)),
        ("0/x001/x234/067", (0, 1234067, 256)),
        ("1/005.p/7", (1, 5, 7)),
        ("entries/x001/000.p/255", (None, 1000, 255)),
        ("63/999", (63, 999, 256)),
    ],
)
def test_paths(path: str, asked: tuple[int | None, int, int]) -> None:
    assert tiles.parse_path(path) == asked
    assert tiles.path_of(*asked) == path


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/0", "0/0000", "64/000", "01/000", "0/x000/001", "0/001/x000", "0/000.p/256", "0/000.p/0", "0/000.p/01",
     "0/000.p/257", "0/000.p/", "entries", "entries/", "-1/000", "0/000/", "0/x1/000", "0/٠٠٠", "0/000\n"],
)  # fmt: skip
def test_what_is_no_path(path: str) -> None:
    assert tiles.parse_path(path) is None


def test_a_foreign_tree_has_the_same_roots_and_proofs() -> None:
    """pymerkle counts leaves from 1, and begins a path with the leaf itself."""
    foreign = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(300):
        foreign.append_entry(str(number).encode())
    for size in (1, 2, 3, 7, 8, 255, 256, 257, 300):
        assert foreign.get_root(size) == root(NODE, size)
        for index in {0, size // 2, size - 1}:
            theirs = foreign.prove_inclusion(index + 1, size).serialize()["path"]
            assert theirs == [BIG[index].hex(), *(one.hex() for one in inclusion_proof(NODE, index, size))]


@given(st.integers(1, 1213), st.data())
def test_sigstore_accepts_a_proof_and_no_wrong_one(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(NODE, index, size)
    inner, border = sigstore_merkle._decomp_inclusion_proof(index, size)
    assert inner + border == len(proof)
    found = sigstore_merkle._chain_inner(BIG[index], proof[:inner], index)
    assert sigstore_merkle._chain_border_right(found, proof[inner:]) == root(NODE, size)


@given(st.integers(1, 3 * 256**3), st.data())
def test_the_tiles_around_a_leaf_are_all_that_its_proof_needs(size: int, data: st.DataObject) -> None:
    index, read = data.draw(st.integers(0, size - 1)), set()

    def reading(place: Place) -> bytes:
        read.add(place)
        return bytes(256 * 32)

    inclusion_proof(tiles.node_of(reading), index, size)
    around = tiles.around(index, size)
    assert read <= around
    assert len(around) <= 8


# Wrong proofs


@given(st.integers(1, 300), st.data())
def test_a_wrong_proof_of_inclusion_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, right = inclusion_proof(NODE, index, size), root(NODE, size)
    assert verify_inclusion(BIG[index], index, size, proof, right)
    other = data.draw(st.integers(0, 299))
    if other != index:
        assert not verify_inclusion(BIG[other], index, size, proof, right)
        assert not verify_inclusion(BIG[index], other, size, proof, right)
    assert not verify_inclusion(BIG[index], index, size, [*proof, right], right)
    assert not verify_inclusion(BIG[index], index, size, proof, hash_leaf(b"forged"))
    assert not verify_inclusion(BIG[index], size, size, proof, right)
    assert not verify_inclusion(BIG[index], -1, size, proof, right)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_inclusion(BIG[index], index, size, [*proof[:at], *proof[at + 1 :]], right)
        flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        assert not verify_inclusion(BIG[index], index, size, [*proof[:at], flipped, *proof[at + 1 :]], right)


@given(st.integers(0, 300), st.integers(0, 300), st.data())
def test_a_wrong_proof_of_consistency_is_refused(one: int, other: int, data: st.DataObject) -> None:
    old, new = sorted((one, other))
    proof, first, second = consistency_proof(NODE, old, new), root(NODE, old), root(NODE, new)
    assert verify_consistency(old, new, first, second, proof)
    forged = hash_leaf(b"forged")
    assert not verify_consistency(old, new, first, second, [*proof, forged])
    if old:
        assert not verify_consistency(old, new, first, forged, proof)
    assert not verify_consistency(old, new, forged, second, proof)
    if old != new:
        assert not verify_consistency(new, old, second, first, proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_consistency(old, new, first, second, [*proof[:at], forged, *proof[at + 1 :]])
        assert not verify_consistency(old, new, first, second, proof[:at] + proof[at + 1 :])


@given(st.integers(2, 300), st.data())
def test_a_rewritten_past_is_not_consistent(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    hashes = [*BIG[:changed], hash_leaf(b"rewritten"), *BIG[changed + 1 : size]]
    node = node_over(hashes)
    assume(root(node, size) != root(NODE, size))
    assert not verify_consistency(old, size, root(NODE, old), root(node, size), consistency_proof(node, old, size))


def test_what_is_not_there_has_no_proof() -> None:
    for call in (
        lambda: inclusion_proof(NODE, 5, 5),
        lambda: inclusion_proof(NODE, -1, 5),
        lambda: consistency_proof(NODE, 6, 5),
        lambda: root(NODE, 1214),
    ):
        with pytest.raises(ValueError, match=r"a tree of|not there"):
            call()
