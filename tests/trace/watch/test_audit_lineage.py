"""Lineage, handover and doubts are made anew; test_columns changes each of their columns.

And what is in no part of the links and no run of items: it is looked for by itself.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text
from support.ledger.copies import copied
from support.ledger.world import World, event
from support.lineage.fill import PALLET, fill, wrong
from support.watch.audits import PART, audit, tamper

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.log.checkpoint import Checkpoint, sign
from suyuan.trace.store import schema as t
from suyuan.trace.store.append.link_rows import insert_values
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild import rederive
from suyuan.trace.store.schema_columns import of_projection
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing import beside
from suyuan.trace.watch.auditing.audit_state import Prefix

pytestmark = pytest.mark.slow

TABLES = (t.follows, *of_projection(Lineage.name))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("filled") / "home")
    fill(made)
    made.ledger.close()
    return made


@pytest.fixture
def trade(filled: World, tmp_path: Path) -> World:
    return copied(filled, tmp_path / "home")


def test_untouched_it_is_as_it_should_be(trade: World) -> None:
    with trade.ledger.reading() as reader:
        for table in TABLES:
            count = reader.connection.execute(select(func.count()).select_from(table)).scalar_one()
            assert count, table.name
    assert not wrong(trade)


@pytest.mark.processes
def test_on_both_databases_in_processes(world: World) -> None:
    fill(world)
    assert not audit(world.ledger).findings
    with writing(world.ledger.database.engine) as connection:
        connection.execute(text("UPDATE holding SET quantity = quantity + 1"))
    assert wrong(world)


def test_items_are_made_anew_some_at_a_time(trade: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "ITEMS", 2)
    assert not wrong(trade)
    with writing(trade.ledger.database.engine) as connection:
        connection.execute(text("DELETE FROM holding"))
    assert wrong(trade)


def audited(world: World) -> Prefix:
    """What an audit of a world that is as it should be leaves for the next."""
    saved: list[Prefix] = []
    assert audit_rows(world.ledger, save=saved.append).is_good
    return saved[-1]


@pytest.fixture
def noted(trade: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Of which items the rows are made anew, two at a time."""
    made: list[tuple[int, int]] = []
    real = rederive.given

    def noting(reader: Reader, at: int, start: int, stop: int) -> dict:
        made.append((start, stop))
        return real(reader, at, start, stop)

    monkeypatch.setattr(rederive, "given", noting)
    monkeypatch.setattr(beside, "ITEMS", 2)
    return made


def test_what_no_link_bears_on_is_not_made_anew(trade: World, noted: list) -> None:
    before = audited(trade)
    whole = list(noted)
    noted.clear()
    assert audit_rows(trade.ledger, prefix=before).is_good and noted == []
    farm, lot = trade.party("春风农场", "producer"), trade.new_lot()
    trade.code(farm, lot)
    trade.ledger.followers.catch_up()
    assert audit_rows(trade.ledger, prefix=before).is_good
    assert 0 < len(noted) < len(whole)


def test_what_was_made_anew_before_is_still_compared(trade: World, noted: list) -> None:
    before = audited(trade)
    with writing(trade.ledger.database.engine) as connection:
        connection.execute(text("UPDATE lot SET name = 'x'"))
    assert not audit_rows(trade.ledger, prefix=before).is_good


def test_what_later_links_bear_on_is_made_anew(trade: World, noted: list) -> None:
    """A receipt changes what stands of an old dispatch, and of the crate's contents."""
    with trade.ledger.reading() as reader:
        (sent,) = reader.connection.execute(
            select(t.shipment.c.leaf).where(t.shipment.c.state == "open").limit(1)
        ).all()
        stored = reader.link(sent.leaf)
    assert stored is not None
    before = audited(trade)
    recipient = trade.party("春风农场", "producer")
    got = steps.event("receive", datetime.now(UTC) - timedelta(seconds=30), [Portion(PALLET)])
    trade.do(recipient, got, after=(AfterRef(stored.index, stored.hash),))
    noted.clear()
    trade.ledger.followers.catch_up()
    assert audit_rows(trade.ledger, prefix=before).is_good and noted


def test_rows_set_back_to_what_they_were_are_not_what_later_links_give(trade, noted):
    """Of what lay in the crate: no chain of its own goes on when all is unpacked."""
    with trade.ledger.reading() as reader:
        (item,) = reader.connection.execute(text("SELECT item FROM containment")).scalars()
        rows = rederive.stored(reader, item, item + 1)
    before = audited(trade)
    now = datetime.now(UTC) - timedelta(seconds=30)
    unpacked = steps.event("pack", now, [Portion(PALLET)], parent=PALLET)
    unpacked |= {"action": "DELETE", "bizStep": "https://ref.gs1.org/cbv/BizStep-unpacking"}
    unpacked = {name: value for name, value in unpacked.items() if not name.startswith("child")}
    trade.do(trade.party("春风农场", "producer"), unpacked)
    trade.ledger.followers.catch_up()
    assert audit_rows(trade.ledger, prefix=before).is_good
    with writing(trade.ledger.database.engine) as connection:
        assert rederive.stored(Reader(connection), item, item + 1) != rows
        for table, values in rows.items():
            connection.execute(delete(table).where(table.c.item == item))
            insert_values(connection, table, values)
    assert not audit_rows(trade.ledger, prefix=before).is_good


# What is in no part, and in no run.


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Exactly two parts of whole tiles."""
    made = World(tmp_path_factory.mktemp("whole") / "home")
    made.farm = made.party("青山农场", "producer")
    lot = made.new_lot()
    with made.ledger.reading() as reader:
        rest = 2 * PART - reader.size()
    for at in range(0, rest, 100):
        count = min(100, rest - at)
        made.ledger.append(
            [made.farm.pen.sign(Draft(event=event("feed", lot, "1"))) for _ in range(count)]
        )
    made.ledger.followers.catch_up()
    made.ledger.close()
    return made


@pytest.fixture
def two_parts(whole: World, tmp_path: Path, small_parts: None) -> Iterator[World]:
    made = copied(whole, tmp_path / "home")
    yield made
    made.ledger.close()


def test_a_stored_hash_changed_in_the_last_part_that_is_known(two_parts: World) -> None:
    """The ledger's size is a whole number of parts, and the link is no head of a chain."""
    saved: list[Prefix] = []
    assert audit_rows(two_parts.ledger, save=saved.append).is_good
    assert saved[-1].size == 2 * PART
    tamper(two_parts, "UPDATE link SET hash = zeroblob(32) WHERE leaf = :leaf", leaf=2 * PART - 9)
    assert not audit_rows(two_parts.ledger).is_good
    assert not audit_rows(two_parts.ledger, prefix=saved[-1]).is_good


@pytest.mark.parametrize("at", [0, 3])
def test_a_checkpoint_that_signs_another_tree_where_the_tiles_agree(two_parts, at):
    """Who has the log's key has signed it; it hides no fork, nor what is wrong of the log."""
    with two_parts.ledger.reading() as reader:
        sizes = [one.size for one in reader.checkpoints()]

    def another(size: int, root: bytes) -> str:
        return sign(Checkpoint(two_parts.trust.origin, size, root), two_parts.log)

    note, size = another(sizes[at], b"x" * 32), sizes[at]
    tamper(two_parts, "UPDATE checkpoint SET note = :note WHERE size = :size", note=note, size=size)
    assert not audit_rows(two_parts.ledger).is_good
    found = audit_rows(two_parts.ledger, kept=another(sizes[-1], b"y" * 32)).findings
    assert {one.rule for one in found} >= {"log"}
    tamper(two_parts, "UPDATE log_state SET root = :root, standing = 500", root=b"z" * 32)
    tamper(two_parts, "DELETE FROM tile WHERE id = 1")
    assert not audit_rows(two_parts.ledger).is_good


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO subject VALUES (9223372036854775807, 'urn:x:nobody', 'X')",
        "INSERT INTO subject VALUES (-9223372036854775808, 'urn:x:nobody', 'X')",
        "INSERT INTO chain VALUES (999, 9223372036854775807, 1, 0, x'00')",
        "INSERT INTO chain VALUES (999, -9223372036854775807, 1, 0, x'00')",
        "INSERT INTO chain VALUES (999, 'x', 1, 0, x'00')",
        "INSERT INTO holding VALUES ('x', 'urn:x:y', 0, 5, 'kg', 3)",
        "INSERT INTO holding VALUES (9223372036854775807, 'urn:x:y', 0, 5, 'kg', 3)",
        "INSERT INTO holding VALUES (-9223372036854775807, 'urn:x:y', 0, 5, 'kg', 3)",
        "INSERT INTO lot VALUES (9223372036854775807, 3, 'x', 'x', 'x', 1, 'x', 'x', 'x')",
        "INSERT INTO used VALUES ('x', 3)",
        "INSERT INTO made VALUES (3, x'00')",
        "INSERT INTO doubt VALUES ('rule', 'x', 3, 'x', NULL, '{}', '[]')",
        "INSERT INTO doubt VALUES ('rule', 'x', 3, -9223372036854775808, NULL, '{}', '[]')",
        "INSERT INTO containment VALUES ('x', 1, 3, 0, 1, NULL, NULL, NULL, NULL)",
        "INSERT INTO shipment VALUES (3, 'x', 'u:x', NULL, 1, 'kg', 'x', NULL, NULL, NULL, 0)",
    ],
)
def test_a_row_about_a_number_in_no_run(two_parts: World, statement: str) -> None:
    tamper(two_parts, statement)
    assert not audit_rows(two_parts.ledger).is_good


def test_one_value_that_cannot_be_read_hides_no_other_item(trade: World) -> None:
    with trade.ledger.reading() as reader:
        item = reader.connection.execute(select(t.shipment.c.item)).scalars().first()
        query = select(t.code.c.code).where(t.code.c.subject != item, t.code.c.actor.is_not(None))
        spoilt = reader.connection.execute(query).scalars().first()
    tamper(trade, "UPDATE shipment SET quantity = 12345 WHERE item = :item", item=item)
    named = {str(one) for one in audit(trade.ledger).findings if "shipment" in str(one)}
    assert named
    with closing(sqlite3.connect(trade.home / "suyuan.db")) as connection, connection:
        connection.execute("UPDATE code SET actor = '2x' WHERE code = ?", (spoilt,))
    found = {str(one) for one in audit_rows(trade.ledger).findings}
    assert named <= found and len(found) < len(named) + 20
