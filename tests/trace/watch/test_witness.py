"""The witness without HTTP: what it answers, keeps, and never does."""

import contextlib
import json
import multiprocessing
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.watch.witness import (
    FORK,
    LOG,
    LOG_KEY,
    NAME,
    NOW,
    ORIGIN,
    TREE,
    WITNESS,
    Tree,
    a_witness,
)

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey, VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.log import checkpoint, cosignature, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.store.errors import StoreError
from suyuan.trace.watch.witness.folder import Folder
from suyuan.trace.watch.witness.witness import (
    MAX_DOUBTS,
    MAX_FORKS,
    SIZE,
    TEXT,
    Keeper,
    Later,
    LogToWitness,
    Witness,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("from_root")]

OTHER = LocalSigner.from_seed(b"?" * 32)
KEY = CosignerKey.of(NAME, WITNESS.public)
TRUST = Trust(LOG_KEY, "food.example", "urn:uscc:11350200004138163G", OTHER.public)
AUDITED = LogToWitness((LOG_KEY,), "https://log.food.example/log", TRUST)


@pytest.fixture
def witness(tmp_path):
    return a_witness(tmp_path)


def status(witness, body):
    return witness.add_checkpoint(body).status


def cosigned_at(answer, size, tree=TREE):
    """The time of the cosignature in an answer, which must verify on that checkpoint."""
    assert (answer.status, answer.content_type) == (200, TEXT)
    note = notes.merge(tree.note(size), answer.body.decode())
    return cosignature.verify(notes.parse(note), KEY)


def evidence(folder):
    return sorted(path.name for path in (folder / "evidence").iterdir())


# What it answers.


def test_a_log_that_grows_is_cosigned(witness):
    assert cosigned_at(witness.add_checkpoint(TREE.body(0, 5)), 5) == NOW
    assert cosigned_at(witness.add_checkpoint(TREE.body(5, 256)), 256) == NOW
    assert cosigned_at(witness.add_checkpoint(TREE.body(256, 300)), 300) == NOW


def test_the_same_checkpoint_is_cosigned_again_with_the_new_time(tmp_path):
    now = [NOW]
    witness = a_witness(tmp_path, clock=lambda: now[0])
    assert cosigned_at(witness.add_checkpoint(TREE.body(0, 5)), 5) == NOW
    now[0] += 60
    assert cosigned_at(witness.add_checkpoint(TREE.body(5, 5)), 5) == NOW + 60
    kept = notes.parse(Keeper(tmp_path).latest(ORIGIN).note)
    assert cosignature.verify(kept, KEY) == NOW + 60


def test_an_empty_log_is_cosigned_too(witness):
    assert cosigned_at(witness.add_checkpoint(TREE.body(0, 0)), 0) == NOW
    assert cosigned_at(witness.add_checkpoint(TREE.body(0, 0)), 0) == NOW
    assert cosigned_at(witness.add_checkpoint(TREE.body(0, 3)), 3) == NOW


def test_400_malformed(witness):
    note = TREE.note(5)
    for body in (
        b"",
        b"old 0\n",
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


def test_404_a_log_that_it_does_not_know(witness):
    note = checkpoint.sign(Checkpoint("other.example", 1, bytes(32)), LOG)
    assert status(witness, tlog_witness.encode_request(0, [], note)) == 404


def test_403_not_signed_by_the_log(witness):
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


def test_lines_of_strangers_are_ignored_and_not_kept(witness, tmp_path):
    note = notes.merge(TREE.note(5), [notes.NoteSignature("stranger", b"abcd", b"x" * 64)])
    assert status(witness, tlog_witness.encode_request(0, [], note)) == 200
    kept = Keeper(tmp_path).latest(ORIGIN).parsed
    assert [line.name for line in kept.signatures] == [ORIGIN, NAME]


def test_400_an_old_size_over_the_checkpoint_s(witness):
    assert status(witness, tlog_witness.encode_request(6, [], TREE.note(5))) == 400
    assert status(witness, tlog_witness.encode_request(6, [], TREE.note(5, OTHER))) == 403


def test_409_another_size_was_cosigned_last(witness):
    for old in (1, 5):
        answer = witness.add_checkpoint(TREE.body(old, 5))
        assert (answer.status, answer.content_type, answer.body) == (409, SIZE, b"0\n")
    witness.add_checkpoint(TREE.body(0, 5))
    for old, new in ((0, 5), (0, 9), (3, 9), (4, 4), (7, 9), (0, 3)):
        answer = witness.add_checkpoint(TREE.body(old, new))
        assert (answer.status, answer.content_type, answer.body) == (409, SIZE, b"5\n")


def test_422_a_proof_that_does_not_show_it(witness, tmp_path):
    witness.add_checkpoint(TREE.body(0, 5))
    proof = tlog_witness.parse_request(TREE.body(5, 9)).proof
    for wrong in ([], proof[:-1], [*proof, bytes(32)], proof[::-1], [bytes(32)] * 63):
        assert status(witness, tlog_witness.encode_request(5, wrong, TREE.note(9))) == 422
    assert status(witness, FORK.body(5, 9)) == 422
    assert status(witness, tlog_witness.encode_request(5, [bytes(32)], TREE.note(5))) == 422
    assert witness.latest(origin_hash(ORIGIN)).body.startswith(TREE.note(5).encode())
    assert all("-doubt-" in name for name in evidence(tmp_path))


def test_422_a_proof_where_the_old_size_is_0(witness):
    assert status(witness, tlog_witness.encode_request(0, [bytes(32)], TREE.note(5))) == 422
    assert status(witness, TREE.body(0, 5)) == 200


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
    witness.add_checkpoint(TREE.body(0, 5))
    assert witness.add_checkpoint(FORK.body(0, 5)).body == b"5\n"
    assert len(evidence(tmp_path)) == 1
    witness.add_checkpoint(FORK.body(0, 5))
    assert len(evidence(tmp_path)) == 1


def test_422_a_tree_of_no_leaves_with_some_root(witness, tmp_path):
    note = checkpoint.sign(Checkpoint(ORIGIN, 0, bytes(32)), LOG)
    assert status(witness, tlog_witness.encode_request(0, [], note)) == 422
    assert len(evidence(tmp_path)) == 1


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


def test_extension_lines_of_other_logs_are_cosigned_with_the_rest(witness):
    text = TREE.checkpoint(5).text() + "extension\n"
    note = notes.sign(text, ORIGIN, LOG)
    answer = witness.add_checkpoint(tlog_witness.encode_request(0, [], note))
    whole = notes.parse(notes.merge(note, answer.body.decode()))
    assert cosignature.verify(whole, KEY) == NOW


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


# What it keeps.


def test_it_remembers_after_a_restart(tmp_path):
    a_witness(tmp_path).add_checkpoint(TREE.body(0, 5))
    again = a_witness(tmp_path)
    assert again.add_checkpoint(TREE.body(0, 5)).body == b"5\n"
    assert status(again, FORK.body(5, 5)) == 422
    assert status(again, TREE.body(5, 9)) == 200


def test_the_file_is_there_before_the_answer_leaves(tmp_path, monkeypatch):
    """A process killed between the two has answered nothing, and knows what it might have."""

    class KilledError(BaseException):
        pass

    def keep_and_die(self, origin, note):
        real(self, origin, note)
        raise KilledError

    real = Keeper.keep
    witness = a_witness(tmp_path)
    monkeypatch.setattr(Keeper, "keep", keep_and_die)
    with pytest.raises(KilledError):
        witness.add_checkpoint(TREE.body(0, 5))
    monkeypatch.undo()
    again = a_witness(tmp_path)
    assert again.add_checkpoint(FORK.body(0, 5)).body == b"5\n"
    assert status(again, FORK.body(5, 5)) == 422
    assert cosigned_at(again.add_checkpoint(TREE.body(5, 5)), 5) == NOW


def test_syncs_come_before_the_answer_in_their_order(tmp_path, monkeypatch):
    steps = []
    witness = a_witness(tmp_path)
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor):
        steps.append("folder" if os.path.isdir(f"/dev/fd/{descriptor}") else "file")
        fsync(descriptor)

    def renamed(path, target):
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    assert status(witness, TREE.body(0, 5)) == 200
    assert steps == ["file", "rename", "folder"]


@pytest.mark.parametrize("step", ["file", "rename", "folder"])
@pytest.mark.parametrize("persisted", [False, True])
def test_a_disk_that_fails_at_any_step_lets_no_cosignature_out(
    tmp_path, monkeypatch, step, persisted
):
    witness = a_witness(tmp_path)
    witness.add_checkpoint(TREE.body(0, 5))
    fsync, replace = os.fsync, Path.replace

    def fail(name, real, *arguments):
        if name != step or persisted:
            real(*arguments)
        if name == step:
            raise OSError(28, "No space left on device")

    def synced(descriptor):
        name = "folder" if os.path.isdir(f"/dev/fd/{descriptor}") else "file"
        fail(name, fsync, descriptor)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", lambda *both: fail("rename", replace, *both))
    answer = witness.add_checkpoint(TREE.body(5, 9))
    assert answer.status == 503
    assert answer.retry_after == 30
    assert "—" not in answer.body.decode()
    monkeypatch.undo()
    size = int(witness.add_checkpoint(FORK.body(0, 300)).body)
    assert size in (5, 9)
    assert status(witness, FORK.body(size, 300)) == 422
    assert status(witness, TREE.body(size, 300)) == 200
    assert [path.name for path in (tmp_path / "checkpoints").glob(".*")] == []


def test_it_never_goes_back(tmp_path):
    a_witness(tmp_path).add_checkpoint(TREE.body(0, 9))
    with pytest.raises(StoreError, match="never goes back"):
        Keeper(tmp_path).keep(ORIGIN, TREE.note(5))


def test_a_record_that_was_lost_or_damaged_is_not_begun_again(tmp_path):
    witness = a_witness(tmp_path)
    witness.add_checkpoint(TREE.body(0, 5))
    (file,) = (tmp_path / "checkpoints").glob("*.note")
    whole = file.read_bytes()
    other = checkpoint.sign(Checkpoint("other.example", 1, bytes(32)), LOG)
    for damage in (whole[:-1], b"\xff", whole.replace(b"\n5\n", b"\n05\n"), other.encode()):
        file.write_bytes(damage)
        for answer in (
            witness.add_checkpoint(TREE.body(0, 5)),
            witness.add_checkpoint(TREE.body(5, 9)),
            witness.latest(origin_hash(ORIGIN)),
        ):
            assert answer.status == 503
            assert str(tmp_path) not in answer.body.decode()
    file.unlink()
    assert status(witness, TREE.body(0, 5)) == 503
    Keeper(tmp_path).begin(ORIGIN)
    assert status(witness, TREE.body(0, 5)) == 200


def test_beginning_again_forgets_nothing(tmp_path):
    a_witness(tmp_path).add_checkpoint(TREE.body(0, 5))
    Keeper(tmp_path).begin(ORIGIN)
    assert Keeper(tmp_path).latest(ORIGIN).checkpoint.size == 5


def test_a_clock_that_was_set_back_cosigns_nothing(tmp_path):
    now = [NOW]
    witness = a_witness(tmp_path, clock=lambda: now[0])
    witness.add_checkpoint(TREE.body(0, 5))
    now[0] -= 3
    answer = witness.add_checkpoint(TREE.body(5, 9))
    assert (answer.status, answer.retry_after) == (503, 3)
    now[0] -= 100_000
    assert witness.add_checkpoint(TREE.body(5, 9)).retry_after == 60
    now[0] = -5
    assert a_witness(tmp_path / "new", clock=lambda: -5).add_checkpoint(TREE.body(0, 5)).status == (
        503
    )
    now[0] = NOW
    assert status(witness, TREE.body(5, 9)) == 200


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


def test_nothing_is_audited_that_would_be_refused_anyway(tmp_path):
    witness, asked = auditing(tmp_path, [])
    for body in (b"", TREE.body(0, 5, OTHER), TREE.body(3, 5)):
        witness.add_checkpoint(body)
    assert asked == []
    assert status(witness, TREE.body(0, 5)) == 200
    assert status(witness, FORK.body(5, 9)) == 422
    assert asked == [(ORIGIN, 5)]


def test_a_log_to_be_audited_is_never_cosigned_without(tmp_path):
    with pytest.raises(LogError, match="nothing here audits"):
        a_witness(tmp_path, log=AUDITED)


def test_what_was_cosigned_while_the_audit_ran_is_looked_at_again(tmp_path):
    def audit(_origin, found, _note):
        if found.size == 9:
            assert status(witness, TREE.body(5, 12)) == 200

    witness = a_witness(tmp_path, audit=audit, log=AUDITED)
    witness.add_checkpoint(TREE.body(0, 5))
    assert witness.add_checkpoint(TREE.body(5, 9)).body == b"12\n"


# Many at once.


def test_20_at_once_of_one_log_end_at_one_size(tmp_path):
    witness = a_witness(tmp_path)
    witness.add_checkpoint(TREE.body(0, 5))
    answers = []

    def ask(size):
        answers.append((size, witness.add_checkpoint(TREE.body(5, size))))

    threads = [threading.Thread(target=ask, args=(10 + number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [size for size, answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.body for _, answer in answers if answer.status != 200} == {
        f"{won[0]}\n".encode()
    }
    assert Keeper(tmp_path).latest(ORIGIN).checkpoint.size == won[0]


def _race(folder, mark, start, results):
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


def test_two_processes_never_cosign_two_histories(tmp_path):
    """One process is given each history; whichever comes first, the other gets nothing."""
    context = multiprocessing.get_context("spawn")
    for number in range(3):
        folder = tmp_path / str(number)
        Keeper(folder).begin(ORIGIN)
        start, results = context.Barrier(2), context.Queue()
        processes = [
            context.Process(target=_race, args=(folder, mark, start, results))
            for mark in ("harvest", "forged")
        ]
        for process in processes:
            process.start()
        found = dict(results.get(timeout=300) for _ in processes)
        for process in processes:
            process.join(300)
            assert process.exitcode == 0
        assert sum(bool(cosigned) for cosigned in found.values()) == 1
        assert len(list((folder / "evidence").glob("*-fork-*"))) + len(
            list((folder / "evidence").glob("*-doubt-*"))
        )


# Bodies of any kind.


@settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(), st.integers(0, 200), st.integers(0, 60))
def test_any_body_is_answered(tmp_path, more, at, cut):
    witness = a_witness(tmp_path)
    body = TREE.body(0, 5)
    for one in (more, body[:at] + more + body[at + cut :]):
        assert status(witness, one) in (200, 400, 403, 404, 409, 422)


# Its folder.


def test_a_folder_is_made_filled_and_opened(tmp_path):
    folder = Folder.create(tmp_path / "w", NAME, WITNESS, b"secret")
    assert folder.add_log(LogToWitness((LOG_KEY,))) == ORIGIN
    other = LogToWitness((VerifierKey("other.example", LOG.public),), "https://other.example/log")
    folder.add_log(other)
    opened = Folder.open(tmp_path / "w")
    assert opened.key == KEY
    assert opened.logs() == {ORIGIN: LogToWitness((LOG_KEY,)), "other.example": other}
    witness = opened.open_witness(opened.signer(b"secret"))
    assert status(witness, TREE.body(0, 5)) == 200
    assert (tmp_path / "w" / "witness.key").stat().st_mode & 0o777 == 0o600
    assert isinstance(witness, Witness)


def test_an_audited_log_keeps_its_trust(tmp_path):
    folder = Folder.create(tmp_path, NAME, WITNESS, b"secret")
    folder.add_log(AUDITED)
    assert Folder.open(tmp_path).logs()[ORIGIN] == AUDITED
    with pytest.raises(CannotDecide, match="nothing here audits"):
        folder.open_witness(WITNESS)
    folder.open_witness(WITNESS, lambda _origin, _found: None)


def test_nothing_is_made_twice_or_of_nonsense(tmp_path):
    folder = Folder.create(tmp_path, NAME, WITNESS, b"secret")
    with pytest.raises(LedgerError, match="already"):
        Folder.create(tmp_path, NAME, WITNESS, b"secret")
    folder.add_log(LogToWitness((LOG_KEY,)))
    with pytest.raises(LedgerError, match="already"):
        folder.add_log(LogToWitness((LOG_KEY,)))
    with pytest.raises(LedgerError, match="URL"):
        folder.add_log(LogToWitness((VerifierKey("o", LOG.public),), "file:///etc"))
    for name in ("", "a b", "a+b", "w" * 256):
        with pytest.raises(LedgerError):
            Folder.create(tmp_path / "new", name, WITNESS, b"secret")
    with pytest.raises(CannotDecide, match="no witness"):
        Folder.open(tmp_path / "none")


def test_another_s_key_is_noticed(tmp_path):
    folder = Folder.create(tmp_path, NAME, WITNESS, b"secret")
    Folder.create(tmp_path / "other", NAME, OTHER, b"secret")
    (tmp_path / "other" / "witness.key").replace(tmp_path / "witness.key")
    with pytest.raises(LedgerError, match="not the key"):
        folder.signer(b"secret")


@pytest.mark.parametrize("file", ["witness.json", "logs.json"])
@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(more=st.binary(max_size=20), at=st.integers(0, 400), cut=st.integers(0, 20))
def test_any_configuration_opens_or_raises_ledger_error(tmp_path, file, more, at, cut):
    if not (tmp_path / "witness.json").exists():
        Folder.create(tmp_path, NAME, WITNESS, b"secret").add_log(AUDITED)
        (tmp_path / "whole").write_bytes((tmp_path / file).read_bytes())
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / file).write_bytes(whole[:at] + more + whole[at + cut :])
    with contextlib.suppress(LedgerError):
        Folder.open(tmp_path).logs()
