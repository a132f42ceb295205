"""All that is made from one file: whole or not at all, or resumed until it is."""

import functools
import itertools
import multiprocessing
import os
import signal
import time
import uuid
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from support.goods.epcis import document_of
from support.ledger.world import ORIGIN, Actor, event
from support.watch.audits import audit, tamper

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import Done, SourceFile
from suyuan.trace.recording.imports import epcis_import
from suyuan.trace.store.errors import StoreError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("from_root")]

FILE = SourceFile.of(b"rows", "text/csv", "own")
LOT = "https://trace.food.example/t/lot-"


@pytest.fixture
def farm(small):
    return small.party("青山农场", "producer")


@pytest.fixture
def large(monkeypatch):
    """Over 5 links are a large act, sent by threes."""
    monkeypatch.setattr(bulk, "ONE_TRANSACTION", 5)
    monkeypatch.setattr(bulk, "_ARRAY", 3)


def drafts(count, *, lots=10**6):
    """As a file gives them: with new eventIDs each time that it is read."""
    for number in range(count):
        made = event("code", f"{LOT}{number % lots}", "1", event_id=f"urn:uuid:{uuid.uuid4()}")
        yield Draft(event=made, document=FILE.member)


def register(world, who, count=10, **more):
    pen = world.ledger.pen(who.uri, who.signer)
    if world.ledger.attachments.get(FILE.sha256) is None:
        world.ledger.attachments.put(b"rows")
    return bulk.append(world.ledger, pen, FILE, drafts=drafts(count, **more), count=count)


def made(world):
    """The lots that links made from the file code, in the order of the log."""
    with world.ledger.reading() as reader:
        links = [parse(stored.entry) for stored in reader.links()]
    own = (link.event for link in links if link.document is not None)
    return [coded["quantityList"][0]["epcClass"] for coded in own]


def lots(count):
    return [f"{LOT}{number}" for number in range(count)]


def spools(world):
    return sorted((world.home / "spool").glob("*"))


def assert_good(world):
    world.ledger.followers.catch_up()
    report = audit(world.ledger)
    assert report.findings == report.notices == []


def test_up_to_the_limit_all_is_one_transaction(small, farm):
    done = register(small, farm, 20)
    assert made(small) == lots(20) and not done.was_there
    with small.ledger.reading() as reader:
        sizes = [checkpoint.size for checkpoint in reader.checkpoints()]
        assert sizes[-1] - sizes[-2] == 21 and reader.size() == done.closed + 1
    assert spools(small) == []


def test_a_refused_row_writes_nothing(small, farm):
    rows = [*drafts(3), Draft(event=event("code", f"{LOT}9", "1"), items=("x",))]
    rows[1] = Draft(event={"type": 1}, document=FILE.member)
    with pytest.raises(Refused):
        bulk.append(small.ledger, farm.pen, FILE, drafts=rows, count=4)
    assert made(small) == []
    farm.pen.forget()
    assert register(small, farm, 3).links == 3


def test_a_file_finished_before_is_not_read_again(small, farm):
    first = register(small, farm, 4)
    again = bulk.append(small.ledger, farm.pen, FILE, drafts=iter(()), count=0)
    assert again == Done(4, first.closed, True)
    assert bulk.finished(small.ledger, farm.uri, FILE.sha256) == again
    other = small.party("别人")
    assert bulk.finished(small.ledger, other.uri, FILE.sha256) is None
    with pytest.raises(LedgerError, match="nothing to record"):
        bulk.append(small.ledger, other.pen, FILE, drafts=[], count=0)


def test_what_an_actor_says_else_of_a_document_finishes_nothing(small, farm):
    uri = f"urn:suyuan:document:{FILE.sha256}"
    named = {"type": "product", "uri": uri, "name": "x", "category": "x", "unit": "x"}
    small.say(farm, named)
    small.do(farm, event("count", uri))
    assert bulk.finished(small.ledger, farm.uri, FILE.sha256) is None
    assert register(small, farm, 2).links == 2


def test_progress_ends_at_its_total(small, farm, large):
    told = []
    tell = lambda *now: told.append(now)  # noqa: E731
    bulk.append(small.ledger, farm.pen, FILE, drafts=drafts(8), count=8, progress=tell)
    assert told[-1] == (16, 16) and [done for done, _ in told] == sorted(d for d, _ in told)


# Large acts, broken off at each step.


def test_a_large_act_is_sent_in_order_and_closed(small, farm, large):
    done = register(small, farm, 10)
    assert made(small) == lots(10) and spools(small) == []
    with small.ledger.reading() as reader:
        said = parse(reader.link(done.closed).entry).statement
    assert said["links"] == 10 and done.links == 10
    assert_good(small)


STEPS = ["sign 0", "sign 7", "rename", "array 0", "array 1", "array 3", "close", "remove"]


class Crash(BaseException):
    """As the end of the process: nothing of ours catches it."""


@contextmanager
def crash(monkeypatch, step, *, after=True):
    """What is done here breaks off before, or after, one step of a large act."""
    name, _, which = step.partition(" ")
    owner, method = {
        "sign": (bulk.Pen, "sign"), "rename": (Path, "replace"), "array": (bulk, "_send"),
        "close": (bulk, "_at_once"), "remove": (bulk._Spool, "remove"),
    }[name]  # fmt: skip
    real, numbers = getattr(owner, method), itertools.count()

    def broken(*args, **kwargs):
        if next(numbers) != int(which or 0):
            return real(*args, **kwargs)
        if after:
            real(*args, **kwargs)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(owner, method, broken)
        with pytest.raises(Crash):
            yield patch


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_gone_on_with(small, farm, large, monkeypatch, step, after):
    with crash(monkeypatch, step, after=after):
        register(small, farm, 10)
    is_sent = bool(made(small))
    assert is_sent is (step.split(maxsplit=1)[0] in ("array", "close", "remove") and
                       (step, after) != ("array 0", False))  # fmt: skip
    if is_sent and step not in ("close", "remove"):
        small.ledger.followers.catch_up()
        assert [n.rule for n in audit(small.ledger).notices] == ["document"]
    done = register(small, farm, 10)
    assert made(small) == lots(10) and done.links == 10 and spools(small) == []
    assert register(small, farm, 10) == Done(10, done.closed, True)
    assert_good(small)


def test_resume_goes_on_without_the_file(small, farm, large, monkeypatch):
    assert bulk.resume(small.ledger, farm.pen, FILE) is None
    with crash(monkeypatch, "array 2"):
        register(small, farm, 10)
    done = bulk.resume(small.ledger, small.ledger.pen(farm.uri, farm.signer), FILE)
    assert done.links == 10 and made(small) == lots(10)
    assert bulk.resume(small.ledger, farm.pen, FILE).was_there


def test_a_spool_is_whole_or_not_there(small, farm, large):
    def broken():
        yield from drafts(7)
        raise LedgerError("row 8 cannot be read any more")

    with pytest.raises(LedgerError, match="row 8"):
        bulk.append(small.ledger, farm.pen, FILE, drafts=broken(), count=10)
    with pytest.raises(LedgerError, match="7 links where 10"):
        bulk.append(small.ledger, farm.pen, FILE, drafts=drafts(7), count=10)
    assert spools(small) == [] and made(small) == []


def test_a_full_disk_sends_nothing(small, farm, large, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    small.ledger.attachments.put(b"rows")
    with monkeypatch.context() as patch:
        patch.setattr(bulk.os, "fsync", full)
        with pytest.raises(LedgerError, match="nothing was sent"):
            register(small, farm, 10)
    assert spools(small) == [] and made(small) == []


# Another device of the same actor, in the middle.


def before_array(number, act, patch):
    """Do something before the array of this number is sent."""
    real, numbers = bulk._send, itertools.count()

    def send(*args):
        if next(numbers) == number:
            act()
        real(*args)

    patch.setattr(bulk, "_send", send)


def interfere(world, who, number, patch):
    """Before the array of this number another device speaks of each lot."""

    def speak():
        others = [Draft(event=event("feed", lot)) for lot in lots(10)]
        world.ledger.write(world.ledger.pen(who.uri, who.signer), others)

    before_array(number, speak, patch)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_conflict_signs_again_only_what_is_not_there(small, farm, large, monkeypatch, number):
    interfere(small, farm, number, monkeypatch)
    assert register(small, farm, 10).links == 10
    assert made(small) == lots(10)


@pytest.mark.parametrize(
    ("step", "of"),
    [("array 1", 12), ("array 2", 12), ("array 3", 12), ("close", 12), ("array 2", 2)],
)
def test_a_crash_after_a_conflict_records_no_event_twice_and_all_in_order(
    small, farm, large, monkeypatch, step, of
):
    """What was signed again and sent is not in the spool as it was sent."""
    with crash(monkeypatch, step, after=step != "close") as patch:
        interfere(small, farm, 1, patch)
        register(small, farm, 12, lots=of)
    register(small, farm, 12, lots=of)
    assert made(small) == lots(of) * (12 // of)
    assert audit(small.ledger).findings == []


def test_a_spool_of_a_key_revoked_since_is_signed_by_the_new_one(small, farm, large, monkeypatch):
    with crash(monkeypatch, "array 1"):
        register(small, farm, 10)
    new, old = LocalSigner.new(), farm.signer.public.keyid
    small.say(small.authority, acts.enrol_signer(ORIGIN, farm.uri, new, revokes=[old]))
    with pytest.raises(Refused):
        register(small, farm, 10)
    register(small, Actor(farm.uri, new, farm.pen), 10)
    assert made(small) == lots(10) and audit(small.ledger).findings == []


def test_a_spool_of_over_thirty_days_is_signed_anew_where_it_stopped(
    small, farm, large, monkeypatch
):
    with crash(monkeypatch, "array 0"):
        register(small, farm, 10)
    later = small.ledger.now() + timedelta(days=40)
    small.ledger.clock = lambda: later
    assert register(small, farm, 10).links == 10
    assert made(small) == lots(10) and audit(small.ledger).findings == []
    with small.ledger.reading() as reader:
        signed = [parse(stored.entry).signed_at for stored in reader.links()][-11:]
    assert signed[2] < signed[3] == f"{later:%Y-%m-%dT%H:%M:%SZ}" == signed[-1]


def test_two_devices_with_the_same_small_file_record_it_once(small, farm):
    """The second has signed before the first has committed."""
    real, other = small.ledger.append, small.reopen()

    def first_the_other(entries, *, atomic=False):
        small.ledger.append = real
        bulk._at_once(other, other.pen(farm.uri, farm.signer), FILE, 3, drafts(3))
        return real(entries, atomic=atomic)

    small.ledger.append = first_the_other
    done = register(small, farm, 3)
    other.close()
    assert done.was_there and made(small) == lots(3)


# Processes.


def _register(home, uri, count, out, kill_after, gate=None):
    bulk.ONE_TRANSACTION, bulk._ARRAY = 20, 10
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32))
    pen = ledger.pen(uri, LocalSigner.from_seed(b"f" * 32))
    ledger.attachments.put(b"rows")
    if kill_after is not None:
        end = functools.partial(os.kill, os.getpid(), signal.SIGKILL)
        before_array(kill_after, end, pytest.MonkeyPatch())
    if gate is not None:
        gate.wait()
    slowly = (time.sleep(0.005) or draft for draft in drafts(count))
    try:
        done = bulk.append(ledger, pen, FILE, drafts=slowly, count=count)
        out.put((done.links, done.was_there))
    except (StoreError, LedgerError) as error:
        out.put(repr(error))
    ledger.close()


def seeded(world):
    uri, signer = f"{LOT}farm", LocalSigner.from_seed(b"f" * 32)
    admitted = acts.admit(uri, "青山农场", ["producer"], "350206")
    world.say(world.authority, admitted, acts.enrol_signer(ORIGIN, uri, signer))
    return uri


@pytest.mark.parametrize("count", [15, 60])
def test_two_processes_with_the_same_file_record_it_once(small, count):
    uri, spawn = seeded(small), multiprocessing.get_context("spawn")
    out, gate = spawn.Queue(), spawn.Barrier(3)
    args = (small.home, uri, count, out, None, gate)
    workers = [spawn.Process(target=_register, args=args) for _ in range(3)]
    for worker in workers:
        worker.start()
    results = [out.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join(timeout=300)
    assert sorted(map(str, results)) == [f"({count}, {was})" for was in (False, True, True)]
    assert made(small) == lots(count)


@pytest.mark.parametrize("kill_after", [0, 1, 5])
def test_a_process_killed_between_arrays_is_gone_on_with(small, kill_after):
    uri, spawn = seeded(small), multiprocessing.get_context("spawn")
    out = spawn.Queue()
    for number in (kill_after, None):
        worker = spawn.Process(target=_register, args=(small.home, uri, 60, out, number))
        worker.start()
        worker.join(timeout=300)
    assert out.get(timeout=300) == (60, False)
    assert made(small) == lots(60)
    assert_good(small)


def test_the_command_goes_on_with_batches_that_have_own_numbers(suyuan, monkeypatch, large):
    """Half of them are in the ledger already, which is no reason to refuse the file."""
    suyuan.init(ORIGIN)
    register = ("register", "b.csv", "--key", "suyuan-data/gateway.key")
    rows = "".join(f"上海青,10,公斤,06901234567892,L{number}\n" for number in range(10))
    Path("b.csv").write_text("品名,数量,单位,条码,批号\n" + rows, "utf-8")
    with crash(monkeypatch, "array 1"):
        suyuan(*register)
    suyuan.good(*register)
    suyuan.good("audit", "--strict")
    suyuan.good(*register)


def test_an_import_goes_on_with_events_that_it_has_recorded_before(small, farm, large, monkeypatch):
    data = document_of(*(event("count", f"{LOT}{number}", "1") for number in range(10)))
    with crash(monkeypatch, "array 1"):
        epcis_import.run(small.ledger, farm.pen, data)
    again = small.ledger.pen(farm.uri, farm.signer)
    assert epcis_import.run(small.ledger, again, data).done.links == 10
    assert sorted(made(small)) == sorted(lots(10))
    assert_good(small)


def test_a_stored_link_that_is_damaged_is_named_and_stops_no_file(small, farm, large):
    register(small, farm)
    small.ledger.followers.catch_up()
    done = bulk.finished(small.ledger, farm.uri, FILE.sha256)
    with small.ledger.reading() as reader:
        entries = [link.entry for link in reader.links(done.closed - 10, done.closed)]
    for index in (done.closed - 10, done.closed):
        tamper(small, "UPDATE link SET entry = 'x' WHERE leaf = :leaf", leaf=index)
    assert register(small, farm) == Done(10, done.closed, True, unread=1)
    assert bulk._missing(small.ledger, entries) == []  # nothing is written twice
