"""What one witness answers: hostile ones, any bytes, and other people's."""

import contextlib
import math
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger.world import World
from support.watch.witnessing import Seat, Village, answer, ask_of, book, one_round, three

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.format.errors import FetchError
from suyuan.trace.log import checkpoint, cosignature
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.log.policy import Policy, WitnessLine, check
from suyuan.trace.log.tlog_witness import (
    Cosignature,
    OtherSize,
    Refusal,
    WitnessClient,
    latest_cosigned,
)
from suyuan.trace.watch import alarms
from suyuan.trace.watch.quorum import set_policy
from suyuan.trace.watch.witnessing import Witnessing

pytestmark = pytest.mark.slow


def cosign(seat: Seat, note: str, when: float) -> bytes:
    """The line that the owner of a seat's key makes, whatever is right."""
    text = notes.parse(note).text
    return cosignature.sign(text, seat.name, seat.signer, int(when)).encode().encode()


def off_by(around: Village, seconds: float) -> Seat:
    """A witness whose times are wrong by so much."""

    def lying(handler, body):
        note = body.decode().partition("\n\n")[2]
        answer(200, cosign(seat, note, time.time() + seconds))(handler, body)

    seat = around.enemy("witness.example/bad", lying)
    return seat


def enemies() -> dict[str, object]:
    def wrong_key(handler, body):
        other = Seat("witness.example/bad", LocalSigner.new(), "")
        answer(200, cosign(other, body.decode().partition("\n\n")[2], time.time()))(handler, body)

    def endless(handler, _body):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65_536)

    def trickle(handler, _body):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    def counting_409(handler, body):
        old = int(body.split()[1]) if body else 0
        answer(409, b"%d\n" % (1 - min(old, 1)), Content_Type="text/x.tlog.size")(handler, body)

    return {
        "garbage": answer(200, os.urandom(300)), "words": answer(200, "— a line\n".encode()),
        "wrong key": wrong_key, "endless": endless, "a byte at a time": trickle,
        "redirect": answer(302, Location="http://127.0.0.1:9/"),
        "409 of words": answer(409, b"many\n"), "409 of a long number": answer(409, b"9" * 60_000),
        "409 after 409": counting_409, "400": answer(400, b"no\x1b[2J"),
        "500": answer(500, b"x" * 100_000), "503 for a year": answer(503, Retry_After="31536000"),
    }  # fmt: skip


@pytest.mark.parametrize("name", enemies())
def test_a_hostile_witness_changes_nothing(small: World, around: Village, name: str) -> None:
    bad = around.enemy("witness.example/bad", enemies()[name])
    good = three(around, small)[:2]
    ask_of(small, [*good, bad], 2)
    begun = time.monotonic()
    asking = Witnessing(small.ledger, seconds=300.0, patience=300.0)
    done = asking.round()
    assert time.monotonic() - begun < 100
    assert set(done.cosigned) == {seat.name for seat in good}
    assert done.kept is not None and bad.name not in done.kept.note and not done.raised
    small.party("青山农场")
    assert asking.round().kept.size == book(small).standing().size
    if name not in ("endless", "a byte at a time"):
        assert len(bad.requests) <= 3
        end = time.monotonic() + 60
        while bad.name not in (rows := book(small).standing().witnesses):  # its answer may be late
            assert time.monotonic() < end
            asking.round()
        row = rows[bad.name]
        assert row.error and row.error.isprintable() and len(row.error) <= 500
    asking.close()


def test_only_hostile_ones_are_bounded_in_time_and_asked_less_and_less(small, around) -> None:
    seats = [
        around.enemy(f"witness.example/b{n}", act)
        for n, act in enumerate([enemies()["a byte at a time"], answer(500), answer(200)])
    ]
    ask_of(small, seats, 2)
    asking = Witnessing(small.ledger, seconds=1.0, patience=1.0)
    begun = time.monotonic()
    for _ in range(5):
        assert asking.round().kept is None
    took = time.monotonic() - begun
    assert took < 60
    most = 1 + math.log2(took + 2)  # left alone for 2 seconds, then 4, then 8
    assert all(len(seat.requests) <= most for seat in seats)
    asking.close()


@pytest.mark.parametrize("off", [-86_400, 86_400, 10**9])
def test_a_time_that_is_not_now_is_not_kept(small: World, around: Village, off: int) -> None:
    seat = off_by(around, off)
    ask_of(small, [seat], 1)
    assert one_round(small, grace=60.0).kept is None
    assert "see to the clocks" in book(small).standing().witnesses[seat.name].error


def test_the_recorded_time_is_the_latest_that_the_quorum_needs(small, around) -> None:
    """One of three that dates its cosignatures back moves nothing."""
    seat = off_by(around, -200)
    ask_of(small, [*three(around, small)[:2], seat], 2)
    begun = int(time.time())
    done = one_round(small, grace=60.0)
    assert len(done.cosigned) == 3
    assert done.kept.committed >= begun * 1_000_000


# One witness's answers, as bytes.

KEY = LocalSigner.from_seed(b"w" * 32)
NAME = "witness.example/w1"
LOG = LocalSigner.from_seed(b"l" * 32)
NOTE = checkpoint.sign(Checkpoint("log.example/a", 7, b"r" * 32), LOG)
NOW = 1_790_000_000


class Fixed:
    """A fetcher that gets one answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.found = Fetched(status, "text/plain", body)

    def get(self, *_: object, **_more: object) -> Fetched:
        return self.found

    post = get


def client(status: int, body: bytes) -> WitnessClient:
    return WitnessClient(Fixed(status, body), CosignerKey.of(NAME, KEY.public), lambda: NOW)


LINE = cosignature.sign(notes.parse(NOTE).text, NAME, KEY, NOW)
FORGED = replace(LINE, signature=LINE.signature[:-1] + bytes([LINE.signature[-1] ^ 1]))
ELSEWHERE = cosignature.sign(Checkpoint("log.example/a", 8, b"r" * 32).text(), NAME, KEY, NOW)
OTHERS = cosignature.sign(notes.parse(NOTE).text, "witness.example/w2", LocalSigner.new(), NOW)


def test_answers_that_decide() -> None:
    line, both = LINE.encode().encode(), (OTHERS.encode() + LINE.encode()).encode()
    for status, body, found in (
        (200, line, Cosignature(LINE, NOW)), (200, both, Cosignature(LINE, NOW)),
        (409, b"5\n", OtherSize(5)), (409, b"5", OtherSize(5)), (422, b"no\n", Refusal("no")),
        (409, b"9223372036854775807\n", OtherSize((1 << 63) - 1)),
    ):  # fmt: skip
        assert client(status, body).ask(0, [], NOTE) == found
    with pytest.raises(LogError):
        client(409, b"9223372036854775808\n").ask(0, [], NOTE)
    assert isinstance(client(409, b"7\n").ask(7, [], NOTE), Refusal)


NO_COSIGNATURES = {
    "nothing": "", "another witness's": OTHERS.encode(), "two": LINE.encode() * 2,
    "no line end": LINE.encode()[:-1], "a size": "5\n", "forged": FORGED.encode(),
    "of another checkpoint": ELSEWHERE.encode(),
}  # fmt: skip


@pytest.mark.parametrize("body", NO_COSIGNATURES.values(), ids=NO_COSIGNATURES)
def test_answers_that_are_no_cosignature(body: str) -> None:
    with pytest.raises(LogError):
        client(200, body.encode()).ask(0, [], NOTE)


@given(st.sampled_from([200, 409, 422, 404, 302, 503]), st.binary(max_size=200) | st.text().map(
    lambda text: text.encode(errors="replace")
))  # fmt: skip
def test_whatever_a_witness_says_is_an_answer_or_one_of_two_errors(status, body) -> None:
    asked = client(status, body)
    with contextlib.suppress(LogError, FetchError):
        assert isinstance(asked.ask(0, [], NOTE), OtherSize | Refusal)
    with contextlib.suppress(LogError, FetchError):
        latest_cosigned(Fixed(status, body), notes.VerifierKey("log.example/a", LOG.public))


_THEIRS = """
import pathlib, sys, tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from aics_tlog import parse_vkey
from aics_witness.config import LogConfig
from aics_witness.service import Witness, WitnessError
from aics_witness.store import WitnessStore
origin, vkey = sys.argv[1:]
folder = tempfile.mkdtemp()
store = WitnessStore(pathlib.Path(folder) / "witness.db", create=True)
store.__enter__()
key = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
log = LogConfig(origin=origin, vkeys=(parse_vkey(vkey),))
witness = Witness("aics.example/w", key, store, [log])

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, said = 200, witness.add_checkpoint(body)
        except WitnessError as error:
            status, said = error.status, error.body
        said = said if isinstance(said, bytes) else said.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], witness.vkey_text, flush=True)
server.serve_forever()
"""


def test_other_people_s_witness_is_asked_as_ours_are(small: World, aics_python: Path) -> None:
    process = subprocess.Popen(
        [str(aics_python), "-c", _THEIRS, small.trust.origin, str(small.trust.log)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        port, vkey = process.stdout.readline().split()
        line = WitnessLine("aics", CosignerKey.parse(vkey), f"http://127.0.0.1:{port}")
        policy = Policy.of(small.trust.log, [line], 1)
        trust = set_policy(small.home, small.ledger.database, policy.text(), [])
        asking = Witnessing(small.ledger)
        for _ in range(3):
            small.party("青山农场")
            done = asking.round()
            assert check(done.kept.note, trust.log, policy).is_met
        asking.close()
        with small.ledger.database.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM witness")
        small.party("青山农场")
        assert (
            one_round(small, grace=60.0).kept.size == book(small).standing().size
        )  # after its 409
        found = alarms.check(small.ledger)  # it answers 501 to those who read
        assert found.doubts == () and found.said["aics"].size == book(small).standing().size
    finally:
        process.kill()
        process.communicate()
