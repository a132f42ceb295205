"""A log and a witness of it, as the witness's tests play them."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from support.ledger.world import free_port

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey, VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust
from suyuan.trace.log import checkpoint, cosignature, merkle, proofs, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.watch.witness.witness import TEXT, Answer, Keeper, LogToWitness, Witness

ORIGIN = "log.food.example/ledger"
LOG = LocalSigner.from_seed(bytes(range(32)))
LOG_KEY = VerifierKey(ORIGIN, LOG.public)
NAME = "witness.example/w1"
WITNESS = LocalSigner.from_seed(b"W" * 32)
NOW = 1_764_000_000
OTHER = LocalSigner.from_seed(b"?" * 32)
KEY = CosignerKey.of(NAME, WITNESS.public)
TRUST = Trust(LOG_KEY, "food.example", "urn:uscc:11350200004138163G", OTHER.public)
AUDITED = LogToWitness((LOG_KEY,), "https://log.food.example/log", TRUST)


class Tree:
    """A log: its leaves, and the hash reader over them."""

    def __init__(self, size: int, mark: str = "harvest") -> None:
        self.leaves = [
            merkle.leaf_hash(f'{{"item":"{n}","step":"{mark}"}}'.encode()) for n in range(size)
        ]

    def read(self, wanted):
        return [
            merkle.root(self.leaves[number << level : (number + 1) << level])
            for level, number in wanted
        ]

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, merkle.root(self.leaves[:size]))

    def note(self, size: int, signer: LocalSigner = LOG) -> str:
        return checkpoint.sign(self.checkpoint(size), signer)

    def body(self, old: int, new: int, signer: LocalSigner = LOG) -> bytes:
        proof = proofs.consistency(old, new, self) if old <= new else []
        return tlog_witness.encode_request(old, proof, self.note(new, signer))


TREE = Tree(300)
FORK = Tree(300, "forged")


def status(witness: Witness, body: bytes) -> int:
    """The status of its answer to a request for a cosignature."""
    return witness.add_checkpoint(body).status


def cosigned_at(answer: Answer, size: int, tree: Tree = TREE) -> int:
    """The time of the cosignature in an answer, which must verify on that checkpoint."""
    assert (answer.status, answer.content_type) == (200, TEXT)
    note = notes.merge(tree.note(size), answer.body.decode())
    found = cosignature.verify(notes.parse(note), KEY)
    assert found is not None
    return found


def a_witness(folder: Path, *, clock=lambda: NOW, audit=None, log=None, begin=True) -> Witness:
    """A witness in `folder` that knows one log."""
    keeper = Keeper(folder)
    if begin:
        keeper.begin(ORIGIN)
    logs = {ORIGIN: log or LogToWitness((LOG_KEY,))}
    return Witness(NAME, WITNESS, logs, keeper, clock, audit=audit)


def race(folder: Path, mark: str, start: Barrier, results: Queue) -> None:
    """Grow one history as quickly as a witness cosigns it, in a process of its own."""
    witness = a_witness(folder, begin=False)
    tree = Tree(30, mark)
    start.wait()
    size, cosigned = 0, []
    for _ in range(40):
        answer = witness.add_checkpoint(tree.body(size, min(size + 1, 30)))
        if answer.status == 200:
            size += size < 30
            cosigned.append(size)
        elif answer.status == 409 and int(answer.body) <= 30:
            size = int(answer.body)
    results.put((mark, cosigned))


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port of a server over `folder`, whose key opens by `secret`; it must end cleanly."""
    port = free_port()
    command = [sys.executable, "-m", "suyuan.web.server.cli", "witness", "serve"]
    process = subprocess.Popen(
        [*command, "--folder", str(folder), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SUYUAN_KEY_PASSPHRASE": "secret"},
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        assert f"{NAME} witnesses on http://127.0.0.1:{port}" in process.stderr.readline()
        wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(120) == 0
            rest = process.stderr.read()
            assert "Traceback" not in rest, rest
        finally:
            process.kill()
            process.stderr.close()
            process.wait()


def wait_for(port: int) -> None:
    """Until something listens on it: granian's processes do so each for itself."""
    for _ in range(4_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


def post(port: int, body: bytes) -> tuple[int, str | None, bytes]:
    """Ask for a cosignature: status, type and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", "/add-checkpoint", body)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()
    finally:
        connection.close()


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
