"""Entries checked by themselves, here and in worker processes: the same answers."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.ledger.world import Actor, World, event

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import accepted, parse
from suyuan.trace.format.rules import Head, Refused, Rule
from suyuan.trace.store.append import checking
from suyuan.trace.store.append.checking import Checkers, Offer, check, keyid_in


@pytest.fixture
def entries(small: World) -> list[bytes]:
    farm = small.party("青山农场", "producer")
    other = small.party("海湾养殖", "producer", alg="ECDSA-P256")
    stranger = Actor("x:y", LocalSigner.new(), small.ledger.pen("x:y", LocalSigner.new()))
    found = []
    for number in range(130):
        for who in (farm, other, stranger):
            found.append(who.pen.sign(Draft(event=event("code", small.new_lot(), f"{number}.5"))))
        broken = bytearray(found[-3])
        broken[-40] ^= 1
        found += [bytes(broken), b"{}", b"x" * 70_000]
    found.append(
        small.authority.pen.sign(Draft(statement=acts.admit("x:z", "摊", ["stall"], "350206")))
    )
    small.spkis = {who.signer.public.keyid: who.signer.public.spki for who in (farm, other)}
    small.spkis[small.root.public.keyid] = small.root.public.spki
    return found


def said(found: Offer | Refused):
    if isinstance(found, Refused):
        return found.rule, found.reason, found.why
    return found.link, found.verified


@pytest.mark.slow
def test_worker_processes_answer_as_this_one_does(small: World, entries: list[bytes]) -> None:
    checkers = Checkers(2)
    try:
        there = checkers.check(entries, small.spkis)
    finally:
        checkers.close()
    here = [check(entry, small.spkis) for entry in entries]
    assert [said(found) for found in there] == [said(found) for found in here]
    kinds = [isinstance(found, Offer) and found.verified is not None for found in here]
    assert 200 < sum(kinds) < 300


def test_a_program_of_three_lines_is_not_run_twice(small: World, tmp_path: Path) -> None:
    """As multiprocessing would, in one that does not guard its main module."""
    script = tmp_path / "program.py"
    script.write_text(
        "print('begun', flush=True)\n"
        "from suyuan.trace.store.append.checking import Checkers\n"
        "checkers = Checkers(2)\n"
        "print(len(checkers.check([b'{}'] * 300, {})))\n"
        "checkers.close()\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout == "begun\n300\n"


@pytest.mark.slow
def test_workers_that_die_cost_time_only(small: World, entries: list[bytes]) -> None:
    checkers = Checkers(2)
    try:
        checkers.check(entries, small.spkis)
        workers = [checkers._pool._idle.get() for _ in range(2)]
        for worker in workers:
            for process in worker.values():
                os.kill(process.pid, signal.SIGKILL)
            checkers._pool._idle.put(worker)
        again = checkers.check(entries, small.spkis)
    finally:
        checkers.close()
    assert len(again) == len(entries)
    assert [said(found) for found in again[:20]] == [
        said(check(entry, small.spkis)) for entry in entries[:20]
    ]


def test_a_few_are_checked_here(small: World, entries: list[bytes]) -> None:
    checkers = Checkers(2)
    assert len(checkers.check(entries[: checking.AT_ONCE - 1], small.spkis)) == 199
    assert [checkers._pool._idle.get() for _ in range(2)] == [{}, {}]


def test_an_accepted_entry_is_read_as_parse_reads_it(small: World, entries: list[bytes]) -> None:
    found = [check(entry, {}) for entry in entries]
    links = [one.link for one in found if isinstance(one, Offer)]
    assert len(links) > 390
    for link in links:
        assert accepted(link.entry, link.hash) == link == parse(link.entry)
        assert keyid_in(link.entry) == link.keyid


@pytest.mark.parametrize("entry", [b"", b"{}", b"\xff" * 200, b"x" * 64])
def test_no_keyid_is_seen_in_what_is_no_entry(entry: bytes) -> None:
    assert check(entry, {keyid_in(entry): b""}).rule is Rule.ENCODING


def test_a_refusal_can_be_handed_over() -> None:
    one = Refused(Rule.CHAIN, "seq is 4", {"x:y": Head(3, "ab"), "x:z": None}, fix="sign again")
    two = pickle.loads(pickle.dumps(one))
    assert (two.rule, two.reason, two.why, two.heads) == (one.rule, one.reason, one.why, one.heads)
    assert str(two) == str(one)
