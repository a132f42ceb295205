"""A log and a witness of it, as the witness's tests play them."""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from support.ledger.world import free_port
from support.web.served import CLI, ask, running

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
    cosigned = cosignature.verify(notes.parse(note), KEY)
    assert cosigned is not None
    return cosigned


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
    command = ("witness", "serve", "--folder", folder, "--port", port)
    with running(CLI, *command, port=port, SUYUAN_KEY_PASSPHRASE="secret") as output:
        yield port
    assert output[0].startswith(f"{NAME} witnesses on http://127.0.0.1:{port}")


def post(port: int, body: bytes) -> tuple[int, str | None, bytes]:
    """Ask for a cosignature: status, type and body of the answer."""
    status, headers, data = ask(port, "POST", "/add-checkpoint", body)
    return status, headers["Content-Type"], data


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body."""
    status, _headers, data = ask(port, "GET", path)
    return status, data
