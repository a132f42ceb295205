"""A log followed from outside: what raises an alarm, what is told, what decides nothing."""

from datetime import timedelta

import pytest
from support.ledger.world import AUTHORITY, World, event
from support.watch.monitored import NOW, Down
from support.watch.replica import chained

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.log import cosignature
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.log.policy import Policy
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.store.errors import Busy, StoreError
from suyuan.trace.watch.misbehaviour import Misbehaviour
from suyuan.trace.watch.monitor import MAX_EVIDENCE, Monitor, MonitorFolder, follow

pytestmark = pytest.mark.slow

WITNESSES = {f"witness.example/w{n}": LocalSigner.from_seed(bytes([n]) * 32) for n in (1, 2, 3)}


class Answering:
    """A witness that has one note, or answers with a status."""

    def __init__(self, note) -> None:
        self.note, self.asked = note, []

    def get(self, path, max_bytes=None):
        self.asked.append(path)
        if isinstance(self.note, int):
            return Fetched(self.note, "text/plain", b"")
        return Fetched(200, "text/plain", self.note.encode())


def test_a_log_that_only_grows(scene):
    watched = scene.monitor()
    for log in (scene.server.log, scene.server.log, scene.grown(), scene.grown(0)):
        scene.server.log = log
        found = watched.look()
        assert (found.alarm, found.undecided, found.said) == (None, [], [])
        assert found.signed.checkpoint.size == found.verified == log.size
        assert watched.folder.latest().note == log.note()
    assert scene.evidence() == []


@pytest.mark.parametrize("with_entries", [True, False])
@pytest.mark.parametrize("restarted", [True, False])
def test_a_fork_of_one_size(scene, with_entries, restarted):
    watched = scene.monitor(with_entries=with_entries)
    first = scene.server.log
    assert watched.look().alarm is None
    if restarted:
        watched = scene.monitor(with_entries=with_entries)
    scene.server.log = scene.log([*scene.entries[:-1], b"{}"])
    alarm = watched.look().alarm
    assert alarm.kind == "fork" and "two roots" in alarm.why
    assert set(alarm.notes) == {first.note(), scene.server.log.note()}
    assert watched.folder.latest().note == first.note()
    (kept,) = scene.evidence()
    assert kept["notes"] == list(alarm.notes) and kept["kind"] == "fork"
    assert alarm.evidence.startswith(f"{NOW:%Y%m%dT%H%M%SZ}-fork-")


@pytest.mark.parametrize("with_entries", [True, False])
def test_a_rewritten_tail(scene, with_entries):
    watched = scene.monitor(with_entries=with_entries)
    first = scene.server.log
    watched.look()
    scene.server.log = scene.rewritten()
    assert scene.server.log.size > first.size
    alarm = watched.look().alarm
    assert alarm.kind == "fork" and "rewritten" in alarm.why
    assert alarm.notes == (first.note(), scene.server.log.note())
    assert alarm.proof != ()


def test_a_checkpoint_that_goes_backwards(scene):
    watched = scene.monitor()
    small = scene.server.log.note()
    scene.server.log = scene.grown()
    watched.look()
    scene.server.log.changed["checkpoint"] = small.encode()
    alarm = watched.look().alarm
    assert alarm.kind == "backwards"
    assert alarm.notes == (small, scene.server.log.note())
    assert watched.folder.latest().note == scene.server.log.note()


def test_a_restored_backup(scene):
    watched = scene.monitor()
    watched.look()
    last = scene.server.log
    scene.server.log = scene.log(scene.entries[:-4])
    alarm = watched.look().alarm
    assert alarm.kind == "rollback" and "rolled back" in alarm.why
    assert alarm.notes == (scene.server.log.note(), last.note())
    # A smaller tree of another history is more than that.
    scene.server.log = scene.log()
    scene.server.log.changed["checkpoint"] = scene.rewritten(5).note(last.size - 1).encode()
    assert watched.look().alarm.kind == "fork"


def test_a_broken_rule(scene):
    watched = scene.monitor()
    watched.look()
    bad = chained(
        scene.world, scene.world.stall, scene.entries,
        event=event("code", scene.world.new_lot(), "5"),
    )  # fmt: skip
    scene.server.log = scene.log([*scene.entries, bad[:-60] + bytes([bad[-60] ^ 1]) + bad[-59:]])
    alarm = watched.look().alarm
    assert alarm.kind == "rule"
    assert alarm.findings[0].index == len(scene.entries)
    assert alarm.notes == (scene.server.log.note(),)
    (kept,) = scene.evidence()
    assert kept["findings"][0]["index"] == len(scene.entries)
    # Followed without entries it raises none: the tree only grew.
    trust, place = scene.world.trust, scene.place / "quiet"
    quiet = Monitor(scene.server, trust, place, with_entries=False, clock=lambda: NOW)
    assert quiet.look().alarm is None


def test_an_alarm_stays_one_though_the_log_goes_back(scene):
    watched = scene.monitor()
    watched.look()
    honest, scene.server.log = scene.server.log, scene.rewritten()
    assert watched.look().alarm.kind == "fork"
    for log in (honest, scene.server.log, honest):  # a fork that alternates
        scene.server.log = log
        watched.look()
    assert len(scene.evidence()) == 1


def test_other_entries_than_were_signed_are_asked_for_twice(scene):
    watched = scene.monitor()
    spoilt = scene.log()
    name = f"tile/entries/000.p/{spoilt.size}"
    right = spoilt.content(name)
    spoilt.changed[name] = right[:-5] + bytes([right[-5] ^ 1]) + right[-4:]
    scene.server.log = spoilt
    alarm = watched.look().alarm
    assert alarm.kind == "served" and f"entry {spoilt.size - 1}" in alarm.why
    assert spoilt.paths.count(name) == 2
    scene.server.log = scene.log()  # nobody signed them: the log may be right again
    assert watched.look().alarm is None


def test_what_is_not_heard_decides_nothing(scene):
    watched = scene.monitor()
    scene.server.log.changed["checkpoint"] = b"<html>log in</html>"
    found = watched.look()
    assert (found.signed, found.alarm, watched.folder.latest()) == (None, None, None)
    assert "no checkpoint of trace.food.example/log" in found.undecided[0]
    scene.server.log = honest = scene.log()
    watched.look()
    scene.server.log = Down()
    found = watched.look()
    assert (found.signed, found.alarm) == (None, None)
    assert "nobody answers" in found.undecided[0]
    scene.server.log = scene.grown()
    scene.server.log.changed["tile/entries/000.p/16"] = 503
    scene.server.log.changed |= {f"tile/0/000.p/{scene.server.log.size}": 503, "tile/0/000": 503}
    found = watched.look()
    assert found.alarm is None and "503" in found.undecided[0]
    assert watched.folder.latest().note == honest.note()


# Witnesses.


def with_policy(world: World, quorum=2) -> Trust:
    keys = [CosignerKey.of(name, signer.public) for name, signer in WITNESSES.items()]
    policy = Policy.of(world.trust.log, keys, quorum).text()
    return Trust(world.trust.log, world.trust.host, AUTHORITY, world.root.public, policy=policy)


def cosigned(note: str, *numbers: int) -> str:
    text = notes.parse(note).text
    for number in numbers:
        name = f"witness.example/w{number}"
        note = notes.merge(note, [cosignature.sign(text, name, WITNESSES[name], 1_790_000_000)])
    return note


def test_a_quorum_that_is_not_met_is_told(scene):
    watched = scene.monitor(with_policy(scene.world))
    log = scene.server.log
    for numbers, undecided in (
        ((1,), [f"size {log.size} is not yet witnessed: cosigned by witness.example/w1"]),
        ((1, 3), []),
        ((3,), [f"size {log.size} is not yet witnessed: cosigned by witness.example/w3"]),
    ):
        log.changed["checkpoint"] = cosigned(log.note(), *numbers).encode()
        found = watched.look()
        assert (found.alarm, found.undecided) == (None, undecided)
    # The note with the quorum is the one that is kept.
    assert watched.folder.latest().note == cosigned(log.note(), 1, 3)


def test_a_cosignature_that_does_not_verify_spoils_the_note(scene):
    watched = scene.monitor(with_policy(scene.world))
    log = scene.server.log
    other = scene.log(scene.entries[:-1])
    line = cosigned(other.note(), 1).splitlines()[-1]
    log.changed["checkpoint"] = f"{log.note()}{line}\n".encode()
    found = watched.look()
    assert found.signed is None and "does not verify" in found.undecided[0]


def test_a_fork_that_only_a_witness_was_shown(scene):
    same, small = scene.rewritten().entries[: len(scene.entries)], [*scene.entries[:3], b"{}"]
    for other in (scene.log(same), scene.log(small)):
        witness = Answering(cosigned(other.note(), 1))
        watched = scene.monitor(witnesses={"https://w.example": witness})
        alarm = watched.look().alarm
        assert alarm.kind == "fork"
        assert set(alarm.notes) == {cosigned(other.note(), 1), scene.server.log.note()}
        assert witness.asked == [f"{origin_hash('trace.food.example/log')}/checkpoint"]


def test_a_witness_may_be_behind_or_ahead(scene):
    behind = scene.log(scene.entries[:5]).note()
    log = scene.server.log
    ahead = log.note()
    log.changed["checkpoint"] = log.note(log.size - 2).encode()
    others = {"https://a.example": Answering(behind), "b": Answering(ahead)}
    found = scene.monitor(witnesses=others).look()
    assert (found.alarm, found.undecided, found.said) == (None, [], [])
    beyond = Answering(cosigned(scene.rewritten().note(), 1))
    found = scene.monitor(witnesses={"https://w.example": beyond}).look()
    assert found.alarm is None
    assert "cosigned size 16, which the log does not serve" in found.undecided[0]
    for answer, undecided, said in ((404, 0, 1), (500, 1, 0), ("<html>", 1, 0)):
        found = scene.monitor(witnesses={"https://a.example": Answering(answer)}).look()
        assert found.alarm is None
        assert (len(found.undecided), len(found.said)) == (undecided, said)


# What is kept.


def test_evidence_is_never_written_over_and_bounded(tmp_path, small):
    folder = MonitorFolder(tmp_path / "m", small.trust)
    one = Misbehaviour("fork", "two", ("a", "b"))
    name = folder.keep_evidence(one, NOW)
    before = (tmp_path / "m" / "evidence" / name).stat().st_mtime_ns
    assert folder.keep_evidence(one, NOW + timedelta(days=30)) == name
    assert (tmp_path / "m" / "evidence" / name).stat().st_mtime_ns == before
    for number in range(MAX_EVIDENCE + 5):
        folder.keep_evidence(Misbehaviour("fork", str(number)), NOW)
    assert len(folder.evidence()) == MAX_EVIDENCE


def test_one_folder_for_one_log(scene, small):
    scene.monitor().look()
    log = notes.VerifierKey("other.example/log", small.log.public)
    trust = Trust(log, "other.example", AUTHORITY, small.root.public)
    with pytest.raises(LedgerError, match="folder of its own"):
        Monitor(scene.server, trust, scene.place / "monitor", with_entries=False)


def test_a_note_is_kept_before_anything_is_made_of_it(scene, monkeypatch):
    watched = scene.monitor()

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("suyuan.trace.store.files.durable.replace", full)
    with pytest.raises(StoreError, match="No space left"):
        watched.look()
    assert watched._replica.verified() is None
    monkeypatch.undo()
    assert watched.look().verified == scene.server.log.size


def test_one_monitor_at_a_time(scene, monkeypatch):
    monkeypatch.setattr("suyuan.trace.store.append.lock.WAIT_SECONDS", 0.05)
    one, two = scene.monitor(), scene.monitor()
    with one.folder.locked(), pytest.raises(Busy, match="another monitor"):
        two.look()
    assert two.look().alarm is None


# Round after round.


def test_it_goes_on_until_there_is_an_alarm(scene):
    watched, seen, slept = scene.monitor(), [], []
    logs = [scene.server.log, Down(), scene.log(), scene.rewritten(), scene.log()]

    def sleep(seconds):
        slept.append(seconds)
        scene.server.log = logs[len(slept)]

    found = follow(watched, 5.0, seen.append, sleep=sleep)
    assert found.alarm.kind == "fork"
    assert [one.signed is not None for one in seen] == [True, False, True, True]
    assert all(0 < one <= 5 for one in slept) and len(slept) == 3


def test_reading_pauses_to_look_at_the_checkpoint(scene, monkeypatch):
    monkeypatch.setattr("suyuan.trace.watch.replica._BATCH", 1)
    farm = scene.world.farm
    for _ in range(3):
        scene.world.do(farm, *(event("code", scene.world.new_lot(), "5") for _ in range(250)))
    scene.server.log = scene.grown()
    seen = []
    follow(scene.monitor(), 0.0, seen.append, rounds=3, sleep=lambda _: None)
    assert [one.verified for one in seen] == [0, 0, scene.server.log.size]
    assert seen[0].said == [f"0 of {scene.server.log.size} entries are decided"]
