"""Lineage, handover and doubts are made anew; test_trace_columns changes each of their columns."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from support.ledger.copies import copied
from support.ledger.world import World
from support.lineage.fill import PALLET, fill, wrong
from support.watch.audits import audit

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.store import schema as t
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
