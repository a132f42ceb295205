"""Tiles by C2SP tlog-tiles, against a tree kept whole; their names are tests/vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger.known_log import ENTRIES, LEVELS, ROOT, SIZE, content

from suyuan.trace.log import proofs, tiles
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH
from suyuan.trace.log.tiles import Tile, TileReader


@given(size=st.integers(1, SIZE), data=st.data())
def test_proofs_out_of_tiles_are_those_of_the_whole_tree(size, data):
    reader = TileReader(size, Fetched(size))
    index = data.draw(st.integers(0, size - 1))
    root = proofs.root(size, reader)
    proof = proofs.inclusion(index, size, reader)
    proofs.check_inclusion(LEVELS[0][index], index, size, proof=proof, root=root)
    old = data.draw(st.integers(0, size))
    old_root = proofs.root(old, TileReader(old, Fetched(old)))
    steps = proofs.consistency(old, size, reader)
    proofs.check_consistency(old, old_root, size, root, steps)


class Fetched(dict):
    """Tiles of the tree at one size, made when asked for; those that it has not are an error."""

    def __init__(self, size):
        super().__init__()
        self._there = set(tiles.tiles(size))

    def __missing__(self, tile):
        assert tile in self._there
        return content(tile)


class Kept:
    """The known log as a store gives it: the hashes of each level of tiles, and no tile kept."""

    def __init__(self, index=None):
        self.index = index

    entry = property(lambda self: ENTRIES[self.index])

    def size(self):
        return SIZE

    def tile(self, level, number):
        return None

    def hashes(self):
        return self

    def row(self, level, start, stop):
        return LEVELS[level * 8][start:stop]

    def links(self, start, stop):
        return map(Kept, range(start, stop))


def test_the_tiles_of_a_known_log_are_made_of_what_is_kept_and_give_its_root():
    every = list(tiles.tiles(SIZE))
    for tile in [*every, *(Tile(-1, tile.number, tile.width) for tile in every[:274])]:
        assert tiles.content(tile, Kept()) == content(tile)
    assert proofs.root(SIZE, TileReader(SIZE, Fetched(SIZE))) == ROOT


def test_the_tiles_of_a_tree_and_those_that_growing_adds():
    assert list(tiles.tiles(0)) == []
    assert list(tiles.tiles(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    whole = list(tiles.tiles(70_000))
    assert whole[:2] == [Tile(0, 0), Tile(0, 1)] and len(whole) == 274 + 2 + 1
    assert whole[-4:] == [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    grown = set(tiles.tiles(300)) | set(tiles.tiles(70_000, 300))
    assert set(tiles.tiles(70_000)) <= grown
    assert list(tiles.tiles(300, 300)) == []


def test_what_the_tree_has_not_and_a_tile_of_a_wrong_length_are_refused():
    for coordinate in ((0, 10), (-1, 0), (0, -1), (4, 0), (3, 1), (64, 0)):
        with pytest.raises(LogError):
            tiles.place(coordinate, 10)
    for data in (b"", b"x" * (HASH * 10 - 1), b"x" * HASH * 256):
        with pytest.raises(LogError):
            TileReader(10, {Tile(0, 0, 10): data}).read([(0, 3)])


@given(entries=st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_read_back(entries):
    data = tiles.encode_bundle(entries)
    assert tiles.decode_bundle(data, len(entries)) == entries
    for width in {len(entries) + 1, len(entries) - 1} - {-1}:
        with pytest.raises(LogError):
            tiles.decode_bundle(data, width)
    with pytest.raises(LogError):
        tiles.decode_bundle(data + b"\0", len(entries))


@given(data=st.binary(max_size=600), width=st.integers(0, 256))
def test_any_bytes_are_a_bundle_or_refused(data, width):
    try:
        entries = tiles.decode_bundle(data, width)
    except LogError:
        return
    assert tiles.encode_bundle(entries) == data


def test_what_a_bundle_cannot_hold():
    assert tiles.decode_bundle(tiles.encode_bundle([b"x" * 65535]), 1) == [b"x" * 65535]
    for entries in ([b"x" * 65536], [b""] * 257):
        with pytest.raises(LogError):
            tiles.encode_bundle(entries)
