"""Holds and recalls as others read them: published, copied, audited from outside, watched."""

from dataclasses import dataclass

import pytest
from support.ledger.world import Actor, World
from support.watch.replica import Log, OverFlask, a_city, chained, client, entries_of, misbehaving
from support.watch.witness import NAME, WITNESS
from support.web.acting import clear, extend, hold, order, say
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.log import merkle, proofs, tlog_witness
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch.monitor import Monitor
from suyuan.trace.watch.publishing.publish import publish
from suyuan.trace.watch.publishing.storage import Folder
from suyuan.trace.watch.remote_audit import audit_url
from suyuan.trace.watch.replica import Replica
from suyuan.trace.watch.witness.auditing_witness import Auditor
from suyuan.trace.watch.witness.witness import Keeper, LogToWitness, Witness

pytestmark = pytest.mark.slow
URL = "http://127.0.0.1:1/log"


@dataclass
class City:
    """A ledger with a hold and recalls in every state."""

    world: World
    farm: Actor
    stall: Actor
    uri: str

    def log(self, *more):
        return Log([*entries_of(self.world.ledger), *more], self.world.log)

    def break_rule(self):
        """A withdrawal of the farm's recall by a stall, under the log's own key."""
        return chained(
            self.world,
            self.stall,
            entries_of(self.world.ledger),
            statement=acts.recall_withdraw(self.uri, "不归你管"),
        )


@pytest.fixture
def city(small):
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
    return City(world, farm, stall, uri)


def test_a_replica_takes_them_and_knows_the_acts(city, tmp_path):
    trust = city.world.trust
    with Replica(tmp_path / "replica", trust, Checkers(1)) as made:
        web = OverFlask(client_of(city.world.ledger))
        reader = client(web, trust)
        note, _ = reader.checkpoint()
        assert made.advance(reader, note).is_whole
        rows = "SELECT * FROM act ORDER BY leaf"
        with made.store.reading() as copy, city.world.ledger.reading() as live:
            found = copy.connection.exec_driver_sql(rows).all()
            assert len(found) == 3
            assert [row.kind for row in found] == ["hold", "recall", "recall"]
            of_live = live.connection.exec_driver_sql(rows).all()
            assert [tuple(row) for row in found] == [tuple(row) for row in of_live]
        # It goes on from what it keeps, as another process would.
        say(city.world, city.farm, (acts.recall_close(city.uri), None))
        made.store.forget()
        log = city.log()
        assert made.advance(client(log, trust), log.note()).is_whole
        wrong = city.log(city.break_rule())
        with misbehaving("rule", match="an act of"):
            made.advance(client(wrong, trust), wrong.note())


def test_an_audit_from_outside_finds_them_good_and_a_broken_one_bad(city, tmp_path):
    trust = city.world.trust

    def audit(log):
        report = audit_url(URL, trust, None, None, fetcher=log, checkers=Checkers(1))  # type: ignore[arg-type]
        return [found.rule for found in report.findings]

    assert audit(OverFlask(client_of(city.world.ledger))) == []
    assert audit(city.log(city.break_rule())) == ["authority"]


def test_what_is_published_is_audited(city, tmp_path):
    storage = Folder(tmp_path / "log")
    publish(city.world.ledger, storage)

    class Published:
        def get(self, path, max_bytes=None):
            data = storage.read(path)
            return Fetched(404, "", b"") if data is None else Fetched(200, "", data)

    report = audit_url(URL, city.world.trust, None, None, fetcher=Published(), checkers=Checkers(1))
    assert report.is_good and report.size == len(entries_of(city.world.ledger))


def test_a_monitor_accepts_them_and_raises_an_alarm_for_a_broken_one(city, tmp_path):
    class Server:
        log = city.log()

        def get(self, path, max_bytes=None):
            return self.log.get(path, max_bytes)

    server = Server()
    watched = Monitor(server, city.world.trust, tmp_path / "monitor", checkers=Checkers(1))
    found = watched.look()
    assert (found.alarm, found.verified) == (None, server.log.size)
    server.log = city.log(city.break_rule())
    alarm = watched.look().alarm
    assert alarm is not None and alarm.kind == "rule"
    watched.close()


def test_an_auditing_witness_cosigns_them_and_never_a_broken_one(city, tmp_path):
    trust, log = city.world.trust, city.log()
    logs = {trust.origin: LogToWitness((trust.log,), URL, trust)}
    keeper = Keeper(tmp_path)
    keeper.begin(trust.origin)

    class Getting:
        def get(self, path, max_bytes=None):
            return log.get(path, max_bytes)

    audit = Auditor(tmp_path, logs, {trust.origin: Getting()}, 20.0)
    witness = Witness(NAME, WITNESS, logs, keeper, audit=audit)

    def offer(old):
        class Hashes:
            def read(self, wanted):
                leaves = log.leaves()
                return [merkle.root(leaves[n << level : (n + 1) << level]) for level, n in wanted]

        grown = proofs.consistency(old, log.size, Hashes())
        return witness.add_checkpoint(tlog_witness.encode_request(old, grown, log.note())).status

    assert offer(0) == 200
    size = log.size
    log = city.log(city.break_rule())
    assert offer(size) == 422
