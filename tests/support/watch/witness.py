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
from pathlib import Path

from support.ledger.world import free_port

from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import checkpoint, merkle, proofs, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.watch.witness.witness import Keeper, LogToWitness, Witness

ORIGIN = "log.food.example/ledger"
LOG = LocalSigner.from_seed(bytes(range(32)))
LOG_KEY = VerifierKey(ORIGIN, LOG.public)
NAME = "witness.example/w1"
WITNESS = LocalSigner.from_seed(b"W" * 32)
NOW = 1_764_000_000


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


def a_witness(folder: Path, *, clock=lambda: NOW, audit=None, log=None, begin=True) -> Witness:
    """A witness in `folder` that knows one log."""
    keeper = Keeper(folder)
    if begin:
        keeper.begin(ORIGIN)
    logs = {ORIGIN: log or LogToWitness((LOG_KEY,))}
    return Witness(NAME, WITNESS, logs, keeper, clock, audit=audit)


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
