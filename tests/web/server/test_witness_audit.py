"""The auditing witness: an honest ledger is cosigned, one that broke a rule never again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.ledger.commands import suyuan
from support.ledger.world import World, event
from support.watch.replica import Log, a_city, chained, entries_of, over_http, resealed, trust_file
from support.watch.witness import NAME, WITNESS, get, post, served
from support.web.served import serving_ledger, until

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, FetchError, Tampered
from suyuan.trace.log import cosignature, merkle, proofs, tlog_witness
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.store.errors import StoreError
from suyuan.trace.watch.replica import Replica
from suyuan.trace.watch.witness.auditing_witness import REPLICAS, Auditor
from suyuan.trace.watch.witness.folder import Folder
from suyuan.trace.watch.witness.witness import Keeper, Later, LogToWitness, Witness
from suyuan.web.server.witness_serving import audit_of

pytestmark = pytest.mark.slow


@pytest.fixture
def city(small: World) -> World:
    return a_city(small)


def offer(log, size: int, old: int = 0) -> bytes:
    """A request for a cosignature of the first `size` entries."""
    return tlog_witness.encode_request(
        old, proofs.consistency(old, size, Reader(log)), log.note(size)
    )


class Reader:
    def __init__(self, log) -> None:
        self.log = log

    def read(self, wanted):
        leaves = self.log.leaves()
        return [merkle.root(leaves[n << level : (n + 1) << level]) for level, n in wanted]


class Stalled:
    """Answers once it may."""

    def __init__(self, log) -> None:
        self.log, self.may = log, threading.Event()

    def get(self, path, max_bytes=None):
        assert self.may.wait(120)
        return self.log.get(path, max_bytes)


class Gone:
    def get(self, path, max_bytes=None):
        raise FetchError("nobody answers")


def a_witness(city: World, folder, getting, seconds=20.0) -> Witness:
    origin = city.trust.origin
    keeper = Keeper(folder)
    keeper.begin(origin)
    logs = {origin: LogToWitness((city.trust.log,), "http://127.0.0.1:1/log", city.trust)}
    audit = Auditor(folder, logs, {origin: getting}, seconds)
    return Witness(NAME, WITNESS, logs, keeper, audit=audit)


def test_an_honest_ledger_is_cosigned_as_it_grows(city, tmp_path):
    log = Log(entries_of(city.ledger), city.log)
    witness = a_witness(city, tmp_path, log)
    known = 0
    for size in (1, 3, 3, log.size):  # the log may be ahead of what it offers
        assert witness.add_checkpoint(offer(log, size, known)).status == 200
        known = size
    assert not any(name.endswith("checkpoint") for name in log.paths)


def break_key(city, entries):
    entry = chained(city, city.farm, entries, event=event("code", city.new_lot(), "5"))
    return resealed(entry, city.stall.signer)


def break_chain(city, entries):
    return entries[-1]


def break_statement(city, entries):
    statement = acts.admit(city.stall.uri, "某某", ["stall"], "350206")
    return chained(city, city.authority, entries, statement=statement)


@pytest.mark.parametrize("breaks", [break_key, break_chain, break_statement])
def test_a_broken_rule_is_never_cosigned_nor_forgotten(city, tmp_path, breaks):
    entries = entries_of(city.ledger)
    honest = Log(entries, city.log)
    broken = Log([*entries, breaks(city, entries)], city.log)
    witness = a_witness(city, tmp_path, broken)
    assert witness.add_checkpoint(offer(honest, honest.size)).status == 200
    answer = witness.add_checkpoint(offer(broken, broken.size, honest.size))
    assert answer.status == 422
    assert f"the link at index {honest.size} breaks rule" in answer.body.decode()
    # Not for another checkpoint, not in another process, until the operator removes it.
    again = a_witness(city, tmp_path, honest)
    assert again.add_checkpoint(offer(honest, honest.size, honest.size)).status == 422
    place = tmp_path / REPLICAS / origin_hash(city.trust.origin)
    place.rename(tmp_path / "put away")
    third = a_witness(city, tmp_path, honest)
    assert third.add_checkpoint(offer(honest, honest.size, honest.size)).status == 200


def test_silence_is_503(city, tmp_path):
    log = Log(entries_of(city.ledger), city.log)
    answer = a_witness(city, tmp_path, Gone()).add_checkpoint(offer(log, log.size))
    assert (answer.status, answer.retry_after) == (503, 30)
    assert a_witness(city, tmp_path, log).add_checkpoint(offer(log, log.size)).status == 200


def test_what_takes_long_goes_on_in_the_background(city, tmp_path):
    log = Log(entries_of(city.ledger), city.log)
    stalled = Stalled(log)
    witness = a_witness(city, tmp_path, stalled, seconds=0.2)
    for size in (log.size, 3):
        started = time.monotonic()
        answer = witness.add_checkpoint(offer(log, size))
        assert time.monotonic() - started < 60
        assert (answer.status, answer.retry_after) == (503, 10)
        assert f"the audit is at entry 0 of {size}" in answer.body.decode()
    stalled.may.set()
    answers = []
    until(lambda: (answers.append(witness.add_checkpoint(offer(log, log.size)).status)
                   or answers[-1] != 503))  # fmt: skip
    assert answers[-1] == 200


def test_twenty_at_once(city, tmp_path):
    log = Log(entries_of(city.ledger), city.log)
    witness = a_witness(city, tmp_path, log)
    with ThreadPoolExecutor(20) as pool:
        sizes = [1 + n % log.size for n in range(20)]
        answers = set(pool.map(lambda size: witness.add_checkpoint(offer(log, size)).status, sizes))
    assert answers <= {200, 409} and 200 in answers


def test_the_auditor_by_itself(city, tmp_path):
    log = Log(entries_of(city.ledger), city.log)
    origin, trust = city.trust.origin, city.trust
    logs = {origin: LogToWitness((trust.log,), "http://127.0.0.1:1/log", trust)}
    note = log.note()
    found = open_checkpoint(note, trust.log)
    Auditor(tmp_path, logs, {origin: log})(origin, found, note)
    fork = Log([*log.entries[:-1], b"{}"], city.log)
    with pytest.raises(Tampered, match="another root"):
        Auditor(tmp_path, logs, {origin: log})(
            origin, open_checkpoint(fork.note(), trust.log), fork.note()
        )
    stalled = Stalled(log)
    slow = Auditor(tmp_path / "b", logs, {origin: stalled}, 0.05)
    with pytest.raises(Later):
        slow(origin, found, note)
    stalled.may.set()
    # A replica that cannot be used decides nothing.
    place = tmp_path / "c" / REPLICAS / origin_hash(origin)
    place.mkdir(parents=True)
    (place / "replica.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="remove it"):
        Auditor(tmp_path / "c", logs, {origin: log})(origin, found, note)
    (place / "replica.db").unlink()
    other = Trust(trust.log, "other.example", trust.authority, trust.root)
    Replica(place, other, Checkers(1)).close()
    with pytest.raises(CannotDecide, match="another trust file"):
        Auditor(tmp_path / "c", logs, {origin: log})(origin, found, note)


# By the commands.


@pytest.fixture
def folder(city: World, tmp_path, monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "secret")
    place = tmp_path / "witness"
    suyuan.good("witness", "init", "--name", NAME, "--folder", place)
    return place


def audited(city: World, folder, tmp_path, url) -> None:
    trust = trust_file(tmp_path, city.trust)
    suyuan.good("witness", "add-log", "--trust", trust, "--audit", "--url", url, "--folder", folder)


def test_only_logs_that_are_to_be_audited_are(city, folder, tmp_path):
    assert audit_of(Folder.open(folder)) is None
    audited(city, folder, tmp_path, "http://127.0.0.1:1/log")
    assert isinstance(audit_of(Folder.open(folder)), Auditor)


def test_the_witness_process_and_a_log_that_breaks_a_rule(city, folder, tmp_path):
    entries = entries_of(city.ledger)
    honest = Log(entries, city.log)
    broken = Log([*entries, break_key(city, entries)], city.log)
    key = Folder.open(folder).key
    with over_http(honest) as (url, server):
        audited(city, folder, tmp_path, url)
        with served(folder) as port:
            status, _, line = post(port, offer(honest, honest.size))
            assert status == 200
            assert_cosigned(honest.note(), line, key)
            server.log = broken
            status, _, said = post(port, offer(broken, broken.size, honest.size))
            assert status == 422 and b"breaks rule key" in said
        with served(folder) as port:  # it remembers
            server.log = honest
            assert post(port, offer(honest, honest.size, honest.size))[0] == 422
            digest = origin_hash(city.trust.origin)
            kept = get(port, f"/{digest}/checkpoint")[1].decode()
            assert kept.startswith(honest.note().partition("\n\n")[0])


def assert_cosigned(note: str, line: bytes, key: CosignerKey) -> None:
    whole = notes.parse(notes.merge(note, line.decode()))
    assert cosignature.verify(whole, key) is not None


def test_a_ledger_as_suyuan_serve_serves_it(city, folder, tmp_path):
    city.do(city.farm, *(event("code", city.new_lot(), "5") for _ in range(300)))
    log, key = Log(entries_of(city.ledger), city.log), Folder.open(folder).key
    with serving_ledger(city) as (port, _said):
        url = f"http://127.0.0.1:{port}/log"
        audited(city, folder, tmp_path, url)
        with Fetcher(url) as fetcher:
            note, found = LogClient(fetcher, city.trust.log).checkpoint()
        assert (note, found.size) == (log.note(), log.size)
        with served(folder) as witness:
            status, _, line = post(witness, offer(log, log.size))
        assert status == 200, line
        assert_cosigned(note, line, key)
