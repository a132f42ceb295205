"""Full tiles as the log grows, and hashes out of the store: against the plain tree."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, insert, text, update
from sqlalchemy import event as event_of
from support.ledger.world import World, event

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH, Edge, leaf_hash, node_hash
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store import schema
from suyuan.trace.store.append.receipts import BatchProofs
from suyuan.trace.store.append.tiling import StoreHashes, Tiling, tile_id

pytestmark = pytest.mark.slow

LEAVES = [leaf_hash(b"%d" % n) for n in range(70_000)]


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive(leaves[:k]), naive(leaves[k:]))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory):
    """A store of 70,000 leaves, written in parts of many sizes as the appender does."""
    engine = create_engine("sqlite://")
    schema.metadata.create_all(engine)
    with engine.connect() as connection:
        tiling, at = Tiling(), 0
        while at < len(LEAVES):
            part = LEAVES[at : at + 1 + at % 777]
            if at % 3 == 0:  # as after another process has written
                whole = at - at % WIDTH
                tiling = Tiling(at, StoreHashes(connection).row(0, whole, at))
            rows = [{"leaf": at + n, "hash": leaf, "entry": b""} for n, leaf in enumerate(part)]
            connection.execute(insert(schema.link), rows)
            made = tiling.extend(
                part,
                lambda level, first, count: StoreHashes(connection).row(
                    level + 1, first, first + count
                ),
            )
            if made:
                rows = [
                    {"id": tile_id(m.level, m.number), "root": m.root, "hashes": m.hashes}
                    for m in made
                ]
                connection.execute(insert(schema.tile), rows)
            at += len(part)
        yield connection
    engine.dispose()


def test_all_tiles_are_there_and_right(stored) -> None:
    hashes = StoreHashes(stored)
    for number in range(70_000 // WIDTH):
        wanted = b"".join(LEAVES[number * WIDTH : (number + 1) * WIDTH])
        assert hashes.tile(0, number) == wanted
    assert hashes.tile(0, 70_000 // WIDTH) is None
    upper = hashes.tile(1, 0)
    assert upper is not None and hashes.tile(1, 1) is None
    for number in (0, 1, 100, 255):
        part = LEAVES[number * WIDTH : (number + 1) * WIDTH]
        assert upper[number * HASH : (number + 1) * HASH] == naive(part)
    assert proofs.root(70_000, hashes) == naive(LEAVES)
    for leaf in (69_979, 69_996, 69_999):  # of a tile that is not full, one reader reads more
        assert hashes.read([(0, leaf)]) == [LEAVES[leaf]]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_proofs_out_of_the_store_verify(stored, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    hashes = StoreHashes(stored)
    root = proofs.root(size, hashes)
    edge = Edge()
    for leaf in LEAVES[size - size % 4096 : size]:  # the edge from the last great subtree on
        edge.append(leaf)
    if size < 4096:
        assert root == edge.root() == naive(LEAVES[:size])
    path = proofs.inclusion(index, size, hashes)
    proofs.check_inclusion(LEAVES[index], index, size, proof=path, root=root)
    old_root = proofs.root(old, hashes)
    step = proofs.consistency(old, size, hashes)
    proofs.check_consistency(old, old_root, size, root, step)


def test_what_the_store_lacks_is_a_log_error(stored) -> None:
    with pytest.raises(LogError, match="audit"):
        StoreHashes(stored).read([(0, 70_000)])
    with pytest.raises(LogError, match="audit"):
        StoreHashes(stored).read([(8, 300)])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 700), st.integers(1, 300))
def test_receipts_prove_new_leaves_from_the_edge_before_them(before: int, count: int) -> None:
    edge = Edge()
    for leaf in LEAVES[:before]:
        edge.append(leaf)
    made = BatchProofs(edge, LEAVES[before : before + count])
    whole = naive(LEAVES[: before + count])
    for index in range(before, before + count, 1 + count // 9):
        made_text = tlog_proof.joined(index, made.lines(index), "note")
        path = tlog_proof.parse(made_text).hashes
        proofs.check_inclusion(LEAVES[index], index, before + count, proof=path, root=whole)
    if before > 1:
        with pytest.raises(LogError):
            made.lines(0)


@pytest.fixture
def changed(stored):
    """The store, of which a test may change what it likes."""
    with stored.begin_nested() as savepoint:
        yield stored
        savepoint.rollback()


def inclusion(connection: Connection, index: int) -> list[bytes]:
    return proofs.inclusion(index, len(LEAVES), StoreHashes(connection))


def test_a_proof_takes_two_statements(stored) -> None:
    """One for the tiles, one for all that no full tile has."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        statements.append(statement)

    event_of.listen(stored, "before_cursor_execute", note)
    try:
        inclusion(stored, 300)
        proofs.consistency(301, len(LEAVES), StoreHashes(stored))
    finally:
        event_of.remove(stored, "before_cursor_execute", note)
    assert len(statements) == 4


TILE, LINK = schema.tile, schema.link
DAMAGE = {
    "a short tile": update(TILE).where(TILE.c.id == 1).values(hashes=b"x" * HASH),
    "a text where a root was": text("UPDATE tile SET root = 'x' WHERE id = 257"),
    "a lost leaf": delete(LINK).where(LINK.c.leaf == 69_999),
    "the leaf's tile": update(TILE).where(TILE.c.id == 1).values(hashes=b"x" * HASH * WIDTH),
    "a root in a partial tile": update(TILE).where(TILE.c.id == 257).values(root=b"x" * HASH),
    "the last leaf": update(LINK).where(LINK.c.leaf == 69_999).values(hash=b"x" * HASH),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_changed_is_a_log_error_or_shows_in_the_next_proof(changed, damage) -> None:
    """Though this process has made the same proof before."""
    path, root = inclusion(changed, 300), naive(LEAVES)
    changed.execute(DAMAGE[damage])
    if damage in list(DAMAGE)[:3]:
        with pytest.raises(LogError, match="audit"):
            inclusion(changed, 300)
        return
    spoilt = inclusion(changed, 300)
    assert spoilt != path
    with pytest.raises(LogError):
        proofs.check_inclusion(LEAVES[300], 300, len(LEAVES), proof=spoilt, root=root)


def test_a_lost_tile_is_made_of_what_is_below_it(changed) -> None:
    path, upper = inclusion(changed, 300), StoreHashes(changed).tile(1, 0)
    for lost in (tile_id(1, 0), 1):
        assert inclusion(changed, 300) == path
        changed.execute(delete(schema.tile).where(schema.tile.c.id == lost))
    with pytest.raises(LogError, match="audit"):  # the upper was made of the lower one's root
        inclusion(changed, 300)
    changed.execute(insert(schema.tile), {"id": tile_id(1, 0), "root": path[-1], "hashes": upper})
    assert inclusion(changed, 300) == path


def test_the_appender_writes_the_tiles(world: World, tmp_path: Path) -> None:
    """By turns with another process, so that neither knows what the other wrote."""
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    other = world.reopen()
    pens = [world.ledger.pen(farm.uri, farm.signer), other.pen(farm.uri, farm.signer)]
    for n in range(24):
        ledger, pen = (world.ledger, pens[0]) if n % 5 < 3 else (other, pens[1])
        pen.forget()
        ledger.write(pen, [Draft(event=event("feed", lot, "1")) for _ in range(1 + n * 3)])
    other.close()
    with world.ledger.reading() as reader:
        size = reader.size()
        leaves = [bytes.fromhex(link.hash) for link in reader.links()]
        assert size // WIDTH >= 3
        assert [(level, number) for level, number, _, _ in reader.tiles()] == [
            (0, number) for number in range(size // WIDTH)
        ]
        for _, number, root, hashes in reader.tiles():
            part = leaves[number * WIDTH : (number + 1) * WIDTH]
            assert (root, hashes) == (naive(part), b"".join(part))
        assert proofs.root(size, reader.hashes()) == naive(leaves)
