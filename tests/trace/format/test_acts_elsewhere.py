"""Holds and recalls as a replica reads them, by which audits from outside and witnesses decide."""

import pytest
from support.ledger.world import Actor
from support.watch.replica import Log, OverFlask, a_city, chained, client, entries_of, misbehaving
from support.web.acting import clear, extend, hold, order, say
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch.replica import Replica

pytestmark = pytest.mark.slow


def test_a_replica_takes_them_and_knows_the_acts(small, tmp_path):
    world = a_city(small)
    farm, stall = Actor(world.farm.uri, world.farm.signer, world.farm.pen), world.stall
    one, two, three = (world.new_lot() for _ in range(3))
    for lot in (one, two, three):
        world.code(farm, lot)
    held, uri = hold(world, farm, one), order(world, farm, one, two)
    extend(world, world.authority, uri, three)
    clear(world, farm, uri, two)
    amount = {"item": one, "kind": "sold", "value": "3", "unit": "kg"}
    say(world, stall, (acts.recall_acknowledge(uri), None))
    say(world, stall, (acts.recall_report(uri, [amount]), None))
    say(world, farm, (acts.hold_release(held), None))
    order(world, world.authority, one, drill=True)

    with Replica(tmp_path / "replica", world.trust, Checkers(1)) as made:
        reader = client(OverFlask(client_of(world.ledger)), world.trust)
        assert made.advance(reader, reader.checkpoint().note) == reader.checkpoint().checkpoint.size
        rows = "SELECT * FROM act ORDER BY leaf"
        with made.store.reading() as copy, world.ledger.reading() as live:
            found = copy.connection.exec_driver_sql(rows).all()
            assert [row.kind for row in found] == ["hold", "recall", "recall"]
            assert [*map(tuple, found)] == [*map(tuple, live.connection.exec_driver_sql(rows))]
        # It goes on from what it keeps, as another process would.
        say(world, farm, (acts.recall_close(uri), None))
        made.store.forget()
        entries = entries_of(world.ledger)
        log = Log(entries, world.log)
        assert made.advance(client(log, world.trust), log.note()) == len(entries)
        broken = chained(world, stall, entries, statement=acts.recall_withdraw(uri, "不归你管"))
        wrong = Log([*entries, broken], world.log)
        with misbehaving("rule", match="an act of"):
            made.advance(client(wrong, world.trust), wrong.note())
