"""Followers: the same rows however they are followed, and what each of them says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from support.goods.tables import close, document_of, report
from support.ledger.row import change
from support.ledger.world import World, at_once, event

from suyuan.trace.admission import acts
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import is_sqlite
from suyuan.trace.store.projections import ALL
from suyuan.trace.store.projections import followers as base
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.audit import audit
from suyuan.trace.watch.auditing.beside import Beside

pytestmark = pytest.mark.slow

TABLES = (t.code, t.event, t.document, t.name, t.term, t.finding, t.follower)


def derived(world: World) -> dict[str, list[tuple]]:
    with world.ledger.reading() as reader:
        return {
            table.name: sorted(map(repr, reader.connection.execute(select(table)).all()))
            for table in TABLES
        }


def busy(world: World) -> None:
    """A bit of everything: 26 links."""
    farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    lots = [world.new_lot() for _ in range(3)]
    for lot in lots:
        world.code(farm, lot)
        world.hand_over(farm, stall, lot)
    same = event("count", lots[0], "1", event_id="urn:uuid:same")
    world.do(stall, same, same | {"disposition": "in_progress"})
    world.do(stall, same | {"errorDeclaration": {"reason": "did_not_occur"}})
    odd = event("count", lots[1], "1") | {"epcList": ["urn:epc:id:sscc:1.2"]}
    odd["quantityList"] = [{"epcClass": lots[1], "quantity": 1e-9, "uom": "KGM"}]
    world.do(stall, odd)
    one = report(world, farm, document_of(("urn:x:p1", "一号冷库"), ("urn:x:p2", "二号")), lots[2])
    close(world, farm, one, 1)
    report(world, stall, document_of(("urn:x:p1", "别名")), lots[1], lots[2])
    place = {"type": "place", "uri": "urn:x:p2", "party": farm.uri, "division": "3502"}
    world.say(farm, place | {"name": "第二冷库"})
    world.say(farm, acts.labels(["A" * 13]), items=(world.new_lot(),))
    world.say(world.authority, acts.admit(stall.uri, "新名", ["stall"], "350206", op="change"))


# The same rows, however they are followed.


def test_followed_link_by_link_in_batches_and_rebuilt_it_is_the_same(world, monkeypatch):
    busy(world)
    world.ledger.followers.catch_up()
    first = derived(world)
    assert all(first.values())
    # One by one on PostgreSQL shows no more, and takes a minute.
    for size in (1, 7, 1_000) if is_sqlite(world.ledger.database.engine) else (7,):
        monkeypatch.setattr(base, "BATCH", size)
        for name in world.ledger.followers.names:
            world.ledger.followers.rebuild(name)
        assert derived(world) == first
    assert audit(world.ledger).findings == []


@pytest.fixture(scope="module")
def followed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("followed") / "home", founded=founded)
    busy(world)
    yield world
    world.ledger.close()


ORDERS = st.lists(st.tuples(st.sampled_from([k.name for k in ALL]), st.integers(1, 30)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders=ORDERS)
def test_in_any_order_of_rebuilding_it_is_the_same(followed, orders):
    world = followed
    world.ledger.followers.catch_up()
    first = derived(world)
    followers, before = world.ledger.followers, base.BATCH  # one, as a worker keeps it
    try:
        for name, size in orders:
            base.BATCH = size
            followers.rebuild(name)
        assert derived(world) == first
    finally:
        base.BATCH = before


@pytest.mark.parametrize("is_rebuilt", [True, False])
def test_findings_wait_for_the_events_that_they_are_made_of(small, monkeypatch, is_rebuilt):
    """New links come while the events are being made anew, asked for or because they were lost."""
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    small.do(farm, event("count", lot, "1", event_id="urn:uuid:same"))
    small.do(farm, *(event("feed", lot) for _ in range(9)))
    small.ledger.followers.catch_up()
    small.do(farm, event("count", lot, "2", event_id="urn:uuid:same"))
    monkeypatch.setattr(base, "BATCH", 2)
    if is_rebuilt:
        small.ledger.followers.rebuild("events")
    else:
        change(small.ledger, "DELETE FROM event")
        change(small.ledger, "UPDATE follower SET cursor = 0 WHERE name = 'events'")
    with small.caught_up() as reader:
        assert [rule for rule, *_ in reader.findings()] == ["event-id"]
    assert audit(small.ledger).findings == []


def test_two_follow_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(world)
    monkeypatch.setattr(base, "BATCH", 2)
    failed: list[BaseException] = []

    def follow() -> None:
        ledger = world.reopen()
        try:
            ledger.followers.catch_up()
        except BaseException as error:  # noqa: BLE001  told to the test
            failed.append(error)
        ledger.close()

    at_once([follow] * 4)
    assert failed == []
    found = derived(world)
    for name in world.ledger.followers.names:
        world.ledger.followers.rebuild(name)
    assert derived(world) == found


def test_an_audit_compares_as_of_one_moment_while_others_follow(small, monkeypatch):
    busy(small)
    real = Beside.items

    def meanwhile(self, *about) -> list:
        rows = real(self, *about)
        small.ledger.followers.catch_up()
        return rows

    monkeypatch.setattr(Beside, "items", meanwhile)
    assert audits.audit_rows(small.ledger).findings == []


def test_a_batch_that_failed_is_followed_again_whole(small, monkeypatch):
    busy(small)
    followers = small.ledger.followers
    with monkeypatch.context() as patch:
        patch.setattr(base, "_move", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            followers.catch_up()
    patch.undo()
    followers.catch_up()
    with small.ledger.reading() as reader:
        assert reader.name("urn:x:p1") == "一号冷库"
    assert audit(small.ledger).findings == []
