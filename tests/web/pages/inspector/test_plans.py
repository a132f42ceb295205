"""The office's pages read by indexes, whatever they show: no table that grows is read whole."""

from datetime import timedelta

import pytest
from support.ledger.statements import statements, whole_reads
from support.ledger.world import World, event
from support.web.acting import act_uri, hold, order
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.store.read import overview

PAGES = (
    "/inspect", "/inspect?division=350206001", "/inspect/queue", "/inspect/queue?source=finding",
    "/inspect/queue?division=350206001", "/inspect/coverage", "/inspect/coverage?division=350206",
    "/inspect/coverage?division=350206001", "/inspect/levels", "/inspect/levels?division=350206",
    "/inspect/grades",
)  # fmt: skip


@pytest.fixture
def office(world: World, monkeypatch):
    """An office's client, in a ledger with something from each source."""
    office = world.party("市局", "office", division="350200")
    farm = world.party("农场", "producer", division="350206001")
    stall = world.party("A 区 12 号", division="350206001")
    world.party("张三", "inspector", division="350200", part_of=office.uri)
    lot, other = world.coded_lot(farm), world.coded_lot(farm)
    world.hand_over(farm, stall, lot, "10")
    world.do(stall, event("sell", lot, "50"))  # more than it had
    world.do(farm, event("dispatch", lot, "3", sender=farm.uri, recipient=stall.uri))
    order(world, world.authority, other)
    hold(world, office, lot)
    world.say(office, acts.case_open(act_uri("case"), "complaint", stall.uri))
    licence = {"kind": "business", "number": "JY13502060000001", "expires": "2020-01-01"}
    world.say(stall, {"type": "profile", "uri": stall.uri, "licences": [licence]})
    Complaints(world.home).add(world.ledger.now(), code="x", serial=None, item=lot,
                               holder=stall.uri, kind="ill", text="")  # fmt: skip
    world.ledger.followers.catch_up()
    later = world.ledger.now() + timedelta(days=5)
    monkeypatch.setattr(world.ledger, "clock", lambda: later)
    client = client_of(world.ledger, office)
    sources = {task["source"] for task in client.get("/api/v1/tasks").json["tasks"]}
    assert sources == {"finding", "report", "overdue", "silent", "paper", "case"}
    return client


@pytest.mark.parametrize("few", [0, 1_000])
def test_the_offices_pages_read_no_table_whole(world: World, office, monkeypatch, few) -> None:
    monkeypatch.setattr(overview, "_FEW", few)  # parties: of more, each finding is looked at
    engine = world.ledger.database.engine
    for path in PAGES:
        with statements(engine) as asked:
            assert office.get(path).status_code == 200
        assert len(asked) > 10
        with engine.connect() as connection:
            assert whole_reads(connection, asked) == [], path


def test_a_table_that_is_read_whole_is_noticed(world: World) -> None:
    plans = {
        "SELECT count(*) FROM party": 1,
        "SELECT name FROM party ORDER BY name LIMIT 3": 1,
        "SELECT subject FROM party ORDER BY subject LIMIT 3": 0,
        "SELECT name FROM party WHERE division BETWEEN '35' AND '36'": 0,
        "SELECT uri FROM subject JOIN party ON party.subject = subject.id": 1,
        "SELECT name FROM follower": 0,
    }
    with world.ledger.database.engine.connect() as connection:
        for query, many in plans.items():
            assert len(whole_reads(connection, [(query, ())])) == many, query
