"""A tree that forgets is the same tree."""

from hypothesis import given
from hypothesis import strategies as st

from audits.log import tiles, tree
from audits.log.edge import Edge
from audits.log.tiles import Place


@given(st.integers(0, 1_200), st.binary(max_size=4))
def test_it_has_the_roots_and_the_tiles_of_the_whole_tree(size: int, salt: bytes) -> None:
    hashes = [tree.hash_leaf(salt + bytes(str(number), "ascii")) for number in range(size)]
    edge = Edge()
    found: dict[Place, bytes] = {}
    for leaf_hash in hashes:
        found |= dict(edge.append(leaf_hash))
    found |= dict(edge.partial())
    whole = tiles.extend(lambda _place: b"", 0, hashes)
    assert found == {place: kept for place, kept in whole.items() if place.level}
    assert edge.root() == tree.root(tiles.node_of(lambda place: whole.get(place, b"")), size)


def test_tiles_of_the_second_level_come_when_they_are_full() -> None:
    edge, filled = Edge(), []
    for number in range(65_536):
        filled += edge.append(tree.hash_leaf(bytes(str(number), "ascii")))
    assert [place for place, _hashes in filled] == [Place(1, 0)]
    assert [place for place, _hashes in edge.partial()] == [Place(2, 0)]
