"""What a witness keeps: never two histories, never less than it knew, whatever fails."""

import contextlib
import multiprocessing
import os
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.ledger.world import at_once
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
    WITNESS,
    a_witness,
    cosigned_at,
    race,
    status,
)

from suyuan.keys.notes import VerifierKey
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.log import checkpoint
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.store.errors import StoreError
from suyuan.trace.watch.witness.folder import Folder
from suyuan.trace.watch.witness.witness import Keeper, LogToWitness, Witness

pytestmark = pytest.mark.slow

# What it keeps.


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
    Keeper(tmp_path).begin(ORIGIN)  # begun again, it forgets nothing
    assert status(a_witness(tmp_path), TREE.body(5, 9)) == 200
    with pytest.raises(StoreError, match="never goes back"):
        Keeper(tmp_path).keep(ORIGIN, TREE.note(5))


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


def test_a_clock_that_was_set_back_cosigns_nothing(tmp_path):
    now = [NOW]
    witness = a_witness(tmp_path, clock=lambda: now[0])
    witness.add_checkpoint(TREE.body(0, 5))
    now[0] -= 3
    answer = witness.add_checkpoint(TREE.body(5, 9))
    assert (answer.status, answer.retry_after) == (503, 3)
    now[0] -= 100_000
    assert witness.add_checkpoint(TREE.body(5, 9)).retry_after == 60
    assert status(a_witness(tmp_path / "new", clock=lambda: -5), TREE.body(0, 5)) == 503
    now[0] = NOW
    assert status(witness, TREE.body(5, 9)) == 200


# Many at once.


def test_20_at_once_of_one_log_end_at_one_size(tmp_path):
    witness = a_witness(tmp_path)
    witness.add_checkpoint(TREE.body(0, 5))
    answers = []

    def ask(size):
        answers.append((size, witness.add_checkpoint(TREE.body(5, size))))

    at_once(partial(ask, 10 + number) for number in range(20))
    won = [size for size, answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.body for _, answer in answers if answer.status != 200} == {
        f"{won[0]}\n".encode()
    }
    assert Keeper(tmp_path).latest(ORIGIN).checkpoint.size == won[0]


def test_two_processes_never_cosign_two_histories(tmp_path):
    """One process is given each history; whichever comes first, the other gets nothing."""
    context = multiprocessing.get_context("spawn")
    for number in range(3):
        folder = tmp_path / str(number)
        Keeper(folder).begin(ORIGIN)
        start, results = context.Barrier(2), context.Queue()
        processes = [
            context.Process(target=race, args=(folder, mark, start, results))
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
