"""The witness without HTTP: what it answers, and where an auditing one says no."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.watch.witness import (
    AUDITED,
    FORK,
    KEY,
    LOG,
    LOG_KEY,
    NAME,
    NOW,
    ORIGIN,
    OTHER,
    TREE,
    Tree,
    a_witness,
    cosigned_at,
    status,
)

from suyuan.keys import notes
from suyuan.keys.notes import VerifierKey
from suyuan.trace.format.errors import CannotDecide, Tampered
from suyuan.trace.log import checkpoint, cosignature, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.watch.witness.witness import (
    MAX_DOUBTS,
    MAX_FORKS,
    SIZE,
    TEXT,
    Keeper,
    Later,
    LogToWitness,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("from_root")]


@pytest.fixture
def witness(tmp_path):
    return a_witness(tmp_path)


def evidence(folder):
    return sorted(path.name for path in (folder / "evidence").iterdir())


# What it answers.


def test_a_log_that_grows_is_cosigned(witness):
    for old, new in ((0, 0), (0, 0), (0, 5), (5, 256), (256, 300)):
        assert cosigned_at(witness.add_checkpoint(TREE.body(old, new)), new) == NOW


def test_the_same_checkpoint_is_cosigned_again_with_the_new_time(tmp_path):
    now = [NOW]
    witness = a_witness(tmp_path, clock=lambda: now[0])
    assert cosigned_at(witness.add_checkpoint(TREE.body(0, 5)), 5) == NOW
    now[0] += 60
    assert cosigned_at(witness.add_checkpoint(TREE.body(5, 5)), 5) == NOW + 60
    kept = notes.parse(Keeper(tmp_path).latest(ORIGIN).note)
    assert cosignature.verify(kept, KEY) == NOW + 60


def test_400_malformed(witness):
    note = TREE.note(5)
    for body in (
        b"",
        b"old 0\n",
        tlog_witness.encode_request(6, [], note),  # an old size over the checkpoint's
        TREE.body(0, 5)[:-1],
        TREE.body(0, 5).replace(b"\n", b"\r\n"),
        f"old 0\n\n{note}".replace("\n5\n", "\n05\n").encode(),
        f"old 0\n\n{note}".replace("\n5\n", "\n9223372036854775808\n").encode(),
        b"old 0\n\n" + note.encode().replace(b"log.food", b"log\0food"),
        b"old 0\n\nnot a checkpoint\n\n" + note.partition("\n\n")[2].encode(),
    ):
        answer = witness.add_checkpoint(body)
        assert (answer.status, answer.content_type) == (400, TEXT)
        assert answer.body.endswith(b"\n") and answer.body.count(b"\n") == 1
    assert witness.latest(origin_hash(ORIGIN)).status == 404


def test_403_not_signed_by_the_log_and_404_a_log_that_it_does_not_know(witness):
    unknown = checkpoint.sign(Checkpoint("other.example", 1, bytes(32)), LOG)
    assert status(witness, tlog_witness.encode_request(0, [], unknown)) == 404
    assert status(witness, tlog_witness.encode_request(6, [], TREE.note(5, OTHER))) == 403
    assert status(witness, TREE.body(0, 5, OTHER)) == 403
    text = notes.parse(TREE.note(5)).text
    other_name = notes.sign(text, "log.food.example/other", LOG)
    assert status(witness, tlog_witness.encode_request(0, [], other_name)) == 403
    good = TREE.note(5)
    bad = notes.parse(TREE.note(6)).signatures[0]
    twice = good + bad.encode()
    assert status(witness, tlog_witness.encode_request(0, [], twice)) == 403
    moved = notes.Note(text, (bad,)).encode()
    assert status(witness, tlog_witness.encode_request(0, [], moved)) == 403
    assert witness.latest(origin_hash(ORIGIN)).status == 404


def test_409_another_size_was_cosigned_last(witness):
    for old in (1, 5):
        answer = witness.add_checkpoint(TREE.body(old, 5))
        assert (answer.status, answer.content_type, answer.body) == (409, SIZE, b"0\n")
    witness.add_checkpoint(TREE.body(0, 5))
    for old, new in ((0, 5), (0, 9), (3, 9), (4, 4), (7, 9), (0, 3)):
        answer = witness.add_checkpoint(TREE.body(old, new))
        assert (answer.status, answer.content_type, answer.body) == (409, SIZE, b"5\n")


def test_422_a_proof_that_does_not_show_it(witness, tmp_path):
    assert status(witness, tlog_witness.encode_request(0, [bytes(32)], TREE.note(5))) == 422
    witness.add_checkpoint(TREE.body(0, 5))
    proof = tlog_witness.parse_request(TREE.body(5, 9)).proof
    for wrong in ([], proof[:-1], [*proof, bytes(32)], proof[::-1], [bytes(32)] * 63):
        assert status(witness, tlog_witness.encode_request(5, wrong, TREE.note(9))) == 422
    assert status(witness, FORK.body(5, 9)) == 422
    assert status(witness, tlog_witness.encode_request(5, [bytes(32)], TREE.note(5))) == 422
    assert witness.latest(origin_hash(ORIGIN)).body.startswith(TREE.note(5).encode())
    assert all("-doubt-" in name for name in evidence(tmp_path))


def test_422_another_root_of_the_same_size(witness, tmp_path):
    """As tlog-witness v1.1.0 has it; 1.0.0 said 409."""
    witness.add_checkpoint(TREE.body(0, 5))
    answer = witness.add_checkpoint(FORK.body(5, 5))
    assert (answer.status, answer.content_type) == (422, TEXT)
    (name,) = evidence(tmp_path)
    found = json.loads((tmp_path / "evidence" / name).read_text())
    assert "-fork-" in name
    for note, tree in ((found["cosigned"], TREE), (found["request"].partition("\n\n")[2], FORK)):
        assert checkpoint.open_checkpoint(note, LOG_KEY) == tree.checkpoint(5)


def test_a_fork_is_kept_as_evidence_whatever_old_size_comes_with_it(witness, tmp_path):
    leafless = checkpoint.sign(Checkpoint(ORIGIN, 0, bytes(32)), LOG)
    assert status(witness, tlog_witness.encode_request(0, [], leafless)) == 422
    assert len(evidence(tmp_path)) == 1
    witness.add_checkpoint(TREE.body(0, 5))
    assert witness.add_checkpoint(FORK.body(0, 5)).body == b"5\n"
    assert len(evidence(tmp_path)) == 2
    witness.add_checkpoint(FORK.body(0, 5))
    assert len(evidence(tmp_path)) == 2


def test_strangers_cannot_crowd_out_evidence_of_forks(witness, tmp_path):
    witness.add_checkpoint(TREE.body(0, 5))
    for number in range(MAX_DOUBTS + 5):
        wrong = tlog_witness.encode_request(5, [bytes([number]) * 32], TREE.note(9))
        assert status(witness, wrong) == 422
    assert len(evidence(tmp_path)) == MAX_DOUBTS
    for number in range(MAX_FORKS + 5):
        assert status(witness, Tree(5, str(number)).body(5, 5)) == 422
    assert len(evidence(tmp_path)) == MAX_DOUBTS + MAX_FORKS
    assert Keeper(tmp_path).evidence() == evidence(tmp_path)


def test_extension_lines_are_cosigned_and_lines_of_strangers_not_kept(witness, tmp_path):
    note = notes.sign(TREE.checkpoint(5).text() + "extension\n", ORIGIN, LOG)
    note = notes.merge(note, [notes.NoteSignature("stranger", b"abcd", b"x" * 64)])
    answer = witness.add_checkpoint(tlog_witness.encode_request(0, [], note))
    whole = notes.parse(notes.merge(note, answer.body.decode()))
    assert cosignature.verify(whole, KEY) == NOW
    kept = Keeper(tmp_path).latest(ORIGIN).parsed
    assert [line.name for line in kept.signatures] == [ORIGIN, NAME]


def test_a_log_with_two_keys_may_sign_by_either_and_badly_by_none(tmp_path):
    second = VerifierKey(ORIGIN, OTHER.public)
    witness = a_witness(tmp_path, log=LogToWitness((LOG_KEY, second)))
    assert status(witness, TREE.body(0, 5, OTHER)) == 200
    line = notes.parse(TREE.note(9, OTHER)).signatures
    assert (
        status(witness, tlog_witness.encode_request(5, [], notes.merge(TREE.note(6), line))) == 403
    )
    both = notes.merge(TREE.note(6), notes.parse(TREE.note(6, OTHER)).signatures)
    proof = tlog_witness.parse_request(TREE.body(5, 6)).proof
    assert status(witness, tlog_witness.encode_request(5, proof, both)) == 200
    kept = Keeper(tmp_path).latest(ORIGIN).parsed
    assert [line.hash for line in kept.signatures] == [LOG_KEY.hash, second.hash, KEY.hash]


def test_what_it_cosigned_last_can_be_read(witness):
    assert witness.latest(origin_hash(ORIGIN)).status == 404
    assert witness.latest(origin_hash("other.example")).status == 404
    assert witness.latest("../witness").status == 404
    witness.add_checkpoint(TREE.body(0, 5))
    answer = witness.latest(origin_hash(ORIGIN))
    assert (answer.status, answer.content_type) == (200, TEXT)
    note = answer.body.decode()
    assert checkpoint.open_checkpoint(note, LOG_KEY).size == 5
    assert cosignature.verify(notes.parse(note), KEY) == NOW


# An auditing witness.


def auditing(folder, outcome):
    def audit(origin, found, _note):
        asked.append((origin, found.size))
        if outcome:
            raise outcome[0]

    asked = []
    return a_witness(folder, audit=audit, log=AUDITED), asked


@pytest.mark.parametrize("error", [LogError("entry 3 breaks chain"), Tampered("entry 3")])
def test_422_where_the_audit_finds_a_broken_rule(tmp_path, error):
    outcome = [error]
    witness, asked = auditing(tmp_path, outcome)
    answer = witness.add_checkpoint(TREE.body(0, 5))
    assert answer.status == 422
    assert b"entry 3" in answer.body
    assert asked == [(ORIGIN, 5)]
    assert witness.latest(origin_hash(ORIGIN)).status == 404
    outcome.clear()
    assert status(witness, TREE.body(0, 5)) == 200


@pytest.mark.parametrize(("error", "wait"), [(Later("reading", 7), 7), (CannotDecide("no"), 30)])
def test_503_where_the_audit_cannot_tell_yet(tmp_path, error, wait):
    witness, _ = auditing(tmp_path, [error])
    answer = witness.add_checkpoint(TREE.body(0, 5))
    assert (answer.status, answer.retry_after) == (503, wait)
    assert witness.latest(origin_hash(ORIGIN)).status == 404
    with pytest.raises(LogError, match="nothing here audits"):
        a_witness(tmp_path, log=AUDITED)


def test_nothing_is_audited_that_would_be_refused_anyway(tmp_path):
    witness, asked = auditing(tmp_path, [])
    for body in (b"", TREE.body(0, 5, OTHER), TREE.body(3, 5)):
        witness.add_checkpoint(body)
    assert asked == []
    assert status(witness, TREE.body(0, 5)) == 200
    assert status(witness, FORK.body(5, 9)) == 422
    assert asked == [(ORIGIN, 5)]


def test_what_was_cosigned_while_the_audit_ran_is_looked_at_again(tmp_path):
    def audit(_origin, found, _note):
        if found.size == 9:
            assert status(witness, TREE.body(5, 12)) == 200

    witness = a_witness(tmp_path, audit=audit, log=AUDITED)
    witness.add_checkpoint(TREE.body(0, 5))
    assert witness.add_checkpoint(TREE.body(5, 9)).body == b"12\n"


# Bodies of any kind.


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(), st.integers(0, 200), st.integers(0, 60))
def test_any_body_is_answered(tmp_path, more, at, cut):
    witness = a_witness(tmp_path)
    body = TREE.body(0, 5)
    for one in (more, body[:at] + more + body[at + cut :]):
        assert status(witness, one) in (200, 400, 403, 404, 409, 422)
