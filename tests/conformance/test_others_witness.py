"""Other people's witness and client of tlog-witness: aics-witness, with aics-tlog's verifiers."""

import pytest
from click.testing import CliRunner
from conformance.others_programs import run
from support.ledger.world import World
from support.watch.witness import FORK, LOG, LOG_KEY, NAME, ORIGIN, TREE, post, served

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import checkpoint, policy, proofs, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.policy import Policy
from suyuan.trace.watch.witness.folder import Folder
from suyuan.web.server.cli import cli

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "secret")
    place = str(tmp_path / "witness")
    for command in (["init", "--name", NAME], ["add-log", "--log", str(LOG_KEY)]):
        found = CliRunner().invoke(cli, ["witness", *command, "--folder", place])
        assert found.exit_code == 0, found.output
    return tmp_path / "witness"


_CLIENT = """
import base64, json, sys
from aics_witness.feeder import WitnessClient, WitnessRejected, WitnessAhead, merge_cosignatures
from aics_tlog import parse_note, parse_vkey, parse_checkpoint, verify_cosignature
asked = json.load(sys.stdin)
client = WitnessClient(asked["url"], asked["vkey"], max_attempts=1)
found = []
for step in asked["steps"]:
    proofs = {(o, n): [base64.b64decode(h) for h in p] for o, n, p in step["proofs"]}
    try:
        lines = client.submit(step["note"], lambda old, new: proofs[old, new],
                              old_size=step.get("old"))
    except (WitnessRejected, WitnessAhead) as error:
        found.append([type(error).__name__, getattr(error, "status", None)])
        continue
    merged = merge_cosignatures(step["note"], lines)
    note = parse_note(merged)
    cp = parse_checkpoint(note.text)
    key = parse_vkey(asked["vkey"])
    ours = [s for s in note.signatures if s.key_id == key.key_id]
    ok = verify_cosignature(ours[0].signature, key.name, key.public_key,
                            cp.origin, cp.size, cp.root)
    found.append(["cosigned", ok and cp.size])
json.dump(found, sys.stdout)
"""


def step(note, *, old=None, proven=()):
    """What the other client submits; it looks up its proofs by (old, new)."""
    found = {"note": note, "proofs": list(proven)}
    return found if old is None else found | {"old": old}


def lines(tree, old, new):
    """A consistency proof as that client is given it."""
    hashes = tlog_witness.parse_request(tree.body(old, new)).proof
    encoded = [line.decode() for line in tree.body(old, new).split(b"\n")[1 : 1 + len(hashes)]]
    return old, new, encoded


def test_a_client_of_the_protocol_is_answered_as_it_expects(folder, aics_python):
    """aics-witness's own client: it verifies our cosignatures, and its bodies get every status."""
    note = TREE.note
    wrong = LocalSigner.from_seed(b"?" * 32)
    stranger = checkpoint.sign(Checkpoint("other.example", 1, bytes(32)), LOG)
    vkey = str(Folder.open(folder).key)
    with served(folder) as port:
        steps = [
            step(note(5)),  # 200
            step(note(9), old=0, proven=[lines(TREE, 5, 9)]),  # 409, then 200
            step(note(9)),  # 200 again
            step(note(5)),  # 409: it is ahead
            step(stranger),  # 404
            step(note(12, wrong), old=9, proven=[lines(TREE, 9, 12)]),  # 403
            step(FORK.note(9), old=9),  # 422
            step(note(12), old=9, proven=[(9, 12, lines(TREE, 5, 9)[2])]),  # 422
            step(note(12), old=9, proven=[lines(TREE, 9, 12)]),  # 200
        ]
        asked = {"url": f"http://127.0.0.1:{port}/", "vkey": vkey, "steps": steps}
        found = run([aics_python, "-c", _CLIENT], asked)
        assert found == [
            ["cosigned", 5],
            ["cosigned", 9],
            ["cosigned", 9],
            ["WitnessAhead", None],
            ["WitnessRejected", 404],
            ["WitnessRejected", 403],
            ["WitnessRejected", 422],
            ["WitnessRejected", 422],
            ["cosigned", 12],
        ]
        assert post(port, TREE.body(0, 9).replace(b"old 0", b"old 10"))[0] == 400


_THEIRS = """
import json, pathlib, sys, tempfile
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from aics_tlog import parse_vkey
from aics_witness.config import LogConfig
from aics_witness.service import Witness, WitnessError
from aics_witness.store import WitnessStore
asked = json.load(sys.stdin)
log = LogConfig(origin=asked["origin"], vkeys=(parse_vkey(asked["log"]),))
with tempfile.TemporaryDirectory() as folder:
    with WitnessStore(pathlib.Path(folder) / "witness.db", create=True) as kept:
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
        witness = Witness("aics.example/w", key, kept, [log])
        found = []
        for body in asked["bodies"]:
            try:
                found.append([200, witness.add_checkpoint(body.encode()).decode()])
            except WitnessError as error:
                found.append([error.status, error.body.decode()])
json.dump({"vkey": witness.vkey_text, "answers": found}, sys.stdout)
"""


def test_their_witness_cosigns_a_ledger_s_own_checkpoints(tmp_path, aics_python):
    world = World(tmp_path / "home")
    taken = []
    for name in ("one", "two", "three"):
        world.party(name)
        with world.ledger.reading() as reader:
            note = reader.checkpoint().note
            size = reader.checkpoint().size
            old = taken[-1][0] if taken else 0
            proof = proofs.consistency(old, size, reader.hashes())
        taken.append((size, note, tlog_witness.encode_request(old, proof, note)))
    world.ledger.close()
    asked = {
        "origin": world.trust.origin,
        "log": str(world.trust.log),
        "bodies": [body.decode() for _, _, body in taken],
    }
    found = run([aics_python, "-c", _THEIRS], asked)
    key = CosignerKey.parse(found["vkey"])
    wanted = Policy.of(world.trust.log, [key], 1)
    for (size, note, _), (status, answer) in zip(taken, found["answers"], strict=True):
        assert status == 200, answer
        shown = policy.check(notes.merge(note, answer), world.trust.log, wanted)
        assert (shown.is_met, shown.checkpoint.size) == (True, size)
        assert shown.time == shown.cosigned[0].time > 1_700_000_000


def test_their_witness_and_ours_give_the_same_status_to_the_same_bodies(
    tmp_path, folder, aics_python
):
    """In one row, each after the ones before: the whole table of tlog-witness v1.1.0."""
    wrong = LocalSigner.from_seed(b"?" * 32)
    good, bad = TREE.note(9), notes.parse(TREE.note(10)).signatures
    steps = tlog_witness.parse_request(TREE.body(5, 9)).proof
    zero = checkpoint.sign(Checkpoint(ORIGIN, 0, bytes(32)), LOG)
    bodies = [
        b"",
        b"old 0\n\nnote\n",
        tlog_witness.encode_request(0, [], zero),
        tlog_witness.encode_request(0, [bytes(32)], TREE.note(5)),
        TREE.body(3, 5),
        TREE.body(0, 5),
        TREE.body(0, 5),
        TREE.body(5, 5),
        FORK.body(5, 5),
        FORK.body(0, 5),
        tlog_witness.encode_request(5, [bytes(32)], TREE.note(5)),
        tlog_witness.encode_request(6, [], TREE.note(5)),
        tlog_witness.encode_request(6, [], TREE.note(5, wrong)),
        TREE.body(5, 9, wrong),
        tlog_witness.encode_request(0, [], checkpoint.sign(Checkpoint("other", 1, bytes(32)), LOG)),
        tlog_witness.encode_request(5, steps, notes.Note(TREE.checkpoint(9).text(), bad).encode()),
        tlog_witness.encode_request(5, steps, good + bad[0].encode()),
        tlog_witness.encode_request(5, steps, good + good.split("\n\n")[1]),
        tlog_witness.encode_request(5, steps[:-1], good),
        tlog_witness.encode_request(5, [*steps, bytes(32)], good),
        FORK.body(5, 9),
        TREE.body(5, 9),
        TREE.body(5, 9),
        TREE.body(9, 300),
    ]
    asked = {"origin": ORIGIN, "log": str(LOG_KEY), "bodies": [body.decode() for body in bodies]}
    theirs = run([aics_python, "-c", _THEIRS], asked)["answers"]
    with served(folder) as port:
        ours = [post(port, body) for body in bodies]
    assert [status for status, _, _ in ours] == [status for status, _ in theirs]
    assert {200, 400, 403, 404, 409, 422} == {status for status, _, _ in ours}
    sizes = [
        (body, answer) for (s, _, body), (_, answer) in zip(ours, theirs, strict=True) if s == 409
    ]
    assert all(body.decode() == answer for body, answer in sizes)
