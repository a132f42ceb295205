"""The append transaction on both databases: conflicts, arrays, resends, threads, processes."""

import multiprocessing
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from support.ledger.world import (
    FIRMS,
    HOST,
    ORIGIN,
    Actor,
    World,
    admit_firms,
    at_once,
    event,
    firm,
)
from support.watch.replica import entries_of

from suyuan.keys import dsse
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import PAYLOAD_TYPE, parse
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.watch.audit import audit

pytestmark = pytest.mark.usefixtures("from_root")


def test_two_devices_of_one_party_meet_and_the_later_signs_again(world: World) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.coded_lot(farm)
    second = Actor(farm.uri, farm.signer, world.ledger.pen(farm.uri, farm.signer))
    one = farm.pen.sign(Draft(event=event("feed", lot, "1")))
    two = second.pen.sign(Draft(event=event("feed", lot, "2")))
    (first,) = world.ledger.append([one])
    (refused,) = world.ledger.append([two])
    assert isinstance(first, Receipt)
    assert isinstance(refused, Refused) and refused.rule is Rule.CHAIN
    assert refused.heads[lot].hash == first.hash and refused.heads[lot].seq == 1
    (again,) = world.ledger.write(second.pen, [Draft(event=event("feed", lot, "2"))])
    assert again.index == first.index + 1
    third, draft = world.ledger.pen(farm.uri, farm.signer), Draft(event=event("feed", lot, "2"))
    third.know([draft])
    world.do(second, event("feed", lot, "1"))
    assert world.ledger.write(third, [draft])[0].is_new  # signed again by itself


def test_an_array_whose_elements_build_on_one_another(world: World) -> None:
    farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    lot = world.new_lot()
    pen = farm.pen
    array = [
        pen.sign(Draft(event=event("code", lot, "80"))),
        pen.sign(Draft(event=event("feed", lot, "1"))),
        pen.sign(Draft(event=event("dispatch", lot, "30", recipient=stall.uri))),
    ]
    receipts = world.ledger.append(array)
    assert [r.index for r in receipts] == list(range(receipts[0].index, receipts[0].index + 3))
    assert len({r.checkpoint for r in receipts}) == 1
    note = open_checkpoint(receipts[0].checkpoint, world.trust.log)
    assert note.size == receipts[-1].index + 1


def test_a_refused_element_fails_no_other_unless_atomic(world: World) -> None:
    farm = world.party("青山农场", "producer")
    one, two = world.new_lot(), world.new_lot()
    good, other = (farm.pen.sign(Draft(event=event("code", lot, "8"))) for lot in (one, two))
    before = len(entries_of(world.ledger))
    outcomes = world.ledger.append([good, b"{}", other], atomic=True)
    assert outcomes[0] is None and outcomes[2] is None
    assert isinstance(outcomes[1], Refused) and outcomes[1].rule is Rule.ENCODING
    assert len(entries_of(world.ledger)) == before
    kept = world.ledger.append([good, b"{}", other])
    assert [isinstance(found, Receipt) for found in kept] == [True, False, True]
    assert len(entries_of(world.ledger)) == before + 2


def test_a_resend_is_answered_with_what_is_there(world: World) -> None:
    farm = world.party("青山农场", "producer", alg="ECDSA-P256")
    lot = world.new_lot()
    draft = Draft(event=event("code", lot, "80"))
    one = farm.pen.sign(draft)
    first, same = world.ledger.append([one, one])
    assert (first.is_new, same.index, same.is_new) == (True, first.index, False)
    payload = parse(one).envelope.payload
    other_signature = dsse.seal(farm.signer, PAYLOAD_TYPE, payload).encode()
    assert other_signature != one  # ECDSA draws a nonce
    world.say(world.authority, acts.revoke(farm.uri, farm.signer.public.keyid))
    for entry in (one, other_signature):
        (again,) = world.ledger.append([entry, entry])[:1]
        assert (again.hash, again.index, again.is_new) == (first.hash, first.index, False)


def test_a_link_and_a_later_reader_see_one_moment(world: World) -> None:
    with world.ledger.reading() as reader:
        size = reader.size()
        world.party("A 区 12 号")
        assert reader.size() == size == len(list(reader.links()))


def test_what_strangers_ask_about_is_not_remembered(small: World) -> None:
    """Refused links by a key that nobody enrolled must not fill the memory of a server."""
    stranger = Actor("x:y", LocalSigner.new(), small.ledger.pen("x:y", LocalSigner.new()))
    for _ in range(5):
        lots = [small.new_lot() for _ in range(50)]
        array = [stranger.pen.sign(Draft(event=event("code", lot, "1"))) for lot in lots]
        assert all(isinstance(found, Refused) for found in small.ledger.append(array))
    source = small.ledger._appender._source
    assert source.remembered < 300
    assert len(source.subject_ids) < 10


@pytest.mark.slow
def test_800_parties_extend_one_lot_with_links_signed_offline(world: World) -> None:
    """No conflict, no retry: parties never contend."""
    farm = world.party("青山农场", "producer")
    lot = world.new_lot()
    coded = world.code(farm, lot)
    drafts, stalls = [], []
    for number in range(800):
        signer = LocalSigner.from_seed(number.to_bytes(32, "big"))
        uri = f"https://{HOST}/party/stall-{number}"
        stalls.append(Actor(uri, signer, world.ledger.pen(uri, signer)))
        drafts += [
            Draft(statement=acts.admit(uri, f"{number} 号摊", ["stall"], "350206")),
            Draft(statement=acts.enrol_signer(ORIGIN, uri, signer)),
        ]
    world.ledger.write(world.authority.pen, drafts)
    signed = [s.pen.sign(Draft(event=event("receive", lot, "1"))) for s in stalls]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda entry: world.ledger.append([entry])[0], signed))
    assert all(isinstance(found, Receipt) and found.is_new for found in outcomes)
    indexes = sorted(found.index for found in outcomes)
    assert indexes == list(range(indexes[0], indexes[0] + 800)) and coded.index < indexes[0]
    with world.ledger.reading() as reader:
        assert len(reader.chains(lot)) == 801


THREADS, EACH = 16, 3


def _hammer(home: Path, url: str | None, seeds: list[int], out: "multiprocessing.Queue") -> None:
    """One process: threads, each a device, on lots that all share; says what it was told."""
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32), url=url)
    acknowledged: list[tuple[int, str]] = []
    failures: list[str] = []
    lock = threading.Lock()

    def device(seed: int) -> None:
        choose = random.Random(seed)
        pen = ledger.pen(*firm(seed % FIRMS))
        for _ in range(EACH):
            lot = f"https://{HOST}/t/lot-{choose.randrange(6)}"
            try:
                receipts = ledger.write(pen, [Draft(event=event("feed", lot, "1"))])
            except Exception as error:  # noqa: BLE001  told to the test
                failures.append(repr(error))
                return
            pen.forget()
            with lock:
                acknowledged.extend((r.index, r.hash) for r in receipts)

    at_once(partial(device, seed) for seed in seeds)
    ledger.close()
    out.put((acknowledged, failures))


@pytest.mark.slow
def test_4_processes_of_4_threads_fork_nothing_and_lose_nothing(world: World) -> None:
    admit_firms(world)
    url = world.ledger.database.url
    spawn = multiprocessing.get_context("spawn")
    out = spawn.Queue()
    workers = [
        spawn.Process(
            target=_hammer, args=(world.home, url, [THREADS * p + n for n in range(THREADS)], out)
        )
        for p in range(4)
    ]
    for worker in workers:
        worker.start()
    results = [out.get(timeout=3000) for _ in workers]
    for worker in workers:
        worker.join(timeout=300)
    assert [failure for _, failures in results for failure in failures] == []
    acknowledged = [pair for found, _ in results for pair in found]
    assert len(acknowledged) == 4 * THREADS * EACH
    assert len({index for index, _ in acknowledged}) == len(acknowledged)
    with world.ledger.reading() as reader:
        stored = {link.index: link.hash for link in reader.links()}
    assert sorted(stored) == list(range(len(stored)))
    assert all(stored[index] == digest for index, digest in acknowledged)
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []
