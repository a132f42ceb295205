"""What others hold of the log and the ledger has not: what stops signing, what only rings."""

import json
import os
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.ledger.world import Actor, World, event
from support.watch.witnessing import Others, Seat, Village, answer, ask_of, book, one_round, three

from suyuan.keys import notes
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.main import run
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.ledger.ledger import Ledger, read_trust
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.policy import Policy
from suyuan.trace.store.append.startup_lock import Gate
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.errors import Stopped
from suyuan.trace.watch import alarms
from suyuan.trace.watch.alarms import check, look, resolve
from suyuan.trace.watch.quorum import counting, policy_of, set_policy, warnings, with_policy
from suyuan.web.server.cli import cli

pytestmark = pytest.mark.slow


@pytest.fixture
def farm(world: World) -> Actor:
    return world.party("青山农场", "producer")


def is_stopped(world: World, farm: Actor) -> bool:
    draft = Draft(event=event("code", world.new_lot(), "1"))
    try:
        world.ledger.append([farm.pen.sign(draft)])
    except Stopped:
        farm.pen.forget()
        return True
    return False


def test_all_is_well(world: World, farm: Actor, around: Village) -> None:
    seats = three(around, world)
    ask_of(world, seats, 2)
    for _ in range(2):
        found = check(world.ledger)
        assert found.doubts == () and found.raised == () and found.silent == {}
        assert set(found.said) == {seat.name for seat in seats}
    assert book(world).alarms() == [] and not is_stopped(world, farm)


def test_links_that_one_witness_knows_signed_by_us_stop_signing(
    world: World, farm: Actor, around: Village
) -> None:
    seats = three(around, world)
    ask_of(world, seats, 2)
    lost = Others(world, 4)
    lost.tell(seats[0])
    found = check(world.ledger)
    (alarm,) = found.raised
    assert (alarm.kind, alarm.stops, alarm.about) == ("rollback", True, {seats[0].name})
    size = len(lost.leaves) - 4
    assert f"this ledger's newest is of size {size}: links were lost" in alarm.reason
    # both signed notes are kept
    theirs = alarm.evidence["notes"][seats[0].name]
    assert open_checkpoint(theirs, world.trust.log).size == size + 4
    assert open_checkpoint(alarm.evidence["ours"], world.trust.log).size == size
    with pytest.raises(Stopped, match="suyuan alarms resolve"):
        world.code(farm, world.new_lot())
    assert check(world.ledger).raised == ()  # told once
    assert [one.id for one in book(world).alarms()] == [1]
    assert "stopped signing" in one_round(world).why


def turn_to(world: World, home: Path) -> None:
    """Go on with the ledger in a home, the other being closed."""
    world.ledger.close()
    world.home = home
    world.ledger = Ledger.open(home, lambda: world.log)
    world.authority = replace(
        world.authority, pen=world.ledger.pen(world.authority.uri, world.root)
    )


def backed_up(world: World) -> Path:
    """A copy of the home as it is, made while nothing runs."""
    world.ledger.close()
    backup = world.home.with_name("backup")
    shutil.copytree(world.home, backup)
    turn_to(world, world.home)
    return backup


def test_a_restored_copy_of_the_database_stops(small: World, around: Village) -> None:
    """The operator's backup of yesterday, whose links since then are gone."""
    ask_of(small, three(around, small), 2)
    farm = small.party("青山农场", "producer")
    one_round(small)
    backup = backed_up(small)
    small.party("甲")
    assert one_round(small).kept is not None
    turn_to(small, backup)
    farm = replace(farm, pen=small.ledger.pen(farm.uri, farm.signer))
    assert [one.kind for one in check(small.ledger).raised] == ["rollback"]
    assert is_stopped(small, farm)
    with pytest.raises(Tampered, match="never signs under its origin again"):
        resolve(small.ledger, 1, "I restored it myself", "li")
    assert is_stopped(small, farm)


def test_a_restored_copy_that_signs_before_it_hears_anything_is_a_fork(
    small: World, around: Village
) -> None:
    ask_of(small, three(around, small), 2)
    one_round(small)
    backup = backed_up(small)
    small.party("甲")
    one_round(small)
    turn_to(small, backup)
    small.party("乙")
    small.party("丙")
    done = one_round(small)  # larger than all that they know, and no proof fits
    assert done.kept is None
    assert [(one.kind, one.stops) for one in done.raised] == [("fork", True)]
    evidence = done.raised[0].evidence
    for note in (evidence["ours"], *evidence["notes"].values()):
        open_checkpoint(note, small.trust.log)
    with pytest.raises(Stopped):
        small.party("丁")
    with pytest.raises(Tampered, match="another history"):
        resolve(small.ledger, 1, "no", "li")


def claiming(around: Village, world: World, count: int) -> list[Seat]:
    """Witnesses that name a larger size and show nothing."""
    seats = three(around, world)
    for seat in seats[:count]:
        Others(world, 7).tell(seat)
        seat.hides = True
    return seats


def test_sizes_without_a_note_count_once_the_others_cannot_meet_the_quorum(
    world: World, farm: Actor, around: Village
) -> None:
    """Of three with a quorum of two: n - q + 1 is two."""
    seats = claiming(around, world, 2)
    ask_of(world, seats, 2)
    (alarm,) = check(world.ledger).raised
    assert (alarm.kind, alarm.stops) == ("ahead", True)
    assert set(alarm.evidence["sizes"]) == {seats[0].name, seats[1].name}
    assert is_stopped(world, farm)


def test_fewer_raise_an_alarm_that_stops_nothing(
    world: World, farm: Actor, around: Village
) -> None:
    seats = claiming(around, world, 1)
    ask_of(world, seats, 2)
    (alarm,) = check(world.ledger).raised
    assert (alarm.kind, alarm.stops, alarm.about) == ("ahead", False, {seats[0].name})
    assert not is_stopped(world, farm)
    assert one_round(world).kept is not None  # the others go on
    assert len(book(world).alarms()) == 1


def test_the_same_is_seen_at_every_answer(world: World, farm: Actor, around: Village) -> None:
    seats = claiming(around, world, 2)
    ask_of(world, seats, 2)
    raised = one_round(world).raised
    assert [(one.kind, one.stops) for one in raised] == [("ahead", True)]
    assert is_stopped(world, farm)


def test_one_after_the_other_they_add_up(world: World, farm: Actor, around: Village) -> None:
    seats = three(around, world)
    ask_of(world, seats, 2)
    for at, seat in enumerate(seats[:2]):
        seat.hides = True
        Others(world, 50).tell(seat)
        seats[1 - at].is_silent = True
        raised = one_round(world).raised
        assert [one.stops for one in raised] == [at == 1]
        seats[1 - at].is_silent = False
        if at == 0:
            assert not is_stopped(world, farm)
    assert is_stopped(world, farm)


def test_silence_stops_nothing(world: World, farm: Actor, around: Village) -> None:
    seats = [around.dead(f"witness.example/d{n}") for n in (1, 2, 3)]
    ask_of(world, seats, 2)
    found = check(world.ledger)
    assert found.said == {} and found.doubts == () and set(found.silent) == {s.name for s in seats}
    assert not is_stopped(world, farm)


def test_a_slow_witness_ends_the_look_in_time_and_what_it_said_by_then_counts(
    small: World, around: Village
) -> None:
    farm = small.party("青山农场", "producer")
    seats = three(around, small)
    ask_of(small, seats, 2)
    Others(small, 1).tell(seats[0])
    seats[0].delay = 0.3
    seats[1].delay = 300
    begun = time.monotonic()
    found = check(small.ledger, seconds=3.0)
    assert time.monotonic() - begun < 60
    assert [one.kind for one in found.raised] == ["rollback"]
    assert found.silent == {seats[1].name: "no answer in time"}
    assert is_stopped(small, farm)


def test_a_forked_witness_is_evidence_of_two_histories(
    world: World, farm: Actor, around: Village
) -> None:
    seats = three(around, world)
    ask_of(world, seats, 2)
    Others(world, 0, keep=2).tell(seats[1])
    Others(world, 1, keep=1).tell(seats[0])
    found = check(world.ledger)
    assert [(a.kind, a.stops, a.about) for a in found.raised] == [("fork", True, {seats[0].name})]


def test_a_refusal_without_a_proof_rings_and_stops_nothing(
    world: World, farm: Actor, around: Village
) -> None:
    seats = three(around, world)
    ask_of(world, seats, 2)
    Others(world, 1, keep=1).tell(seats[0])
    seats[0].hides = True
    done = one_round(world)
    assert done.kept is not None
    (alarm,) = done.raised
    assert (alarm.kind, alarm.stops, alarm.about) == ("refused", False, {seats[0].name})
    assert seats[0].name in alarm.evidence["said"]
    assert not is_stopped(world, farm)
    with pytest.raises(Tampered, match="refuses"):
        resolve(world.ledger, alarm.id, "it is wrong", "li")


def test_an_old_witness_that_answers_409_with_the_size_that_was_sent(
    small: World, around: Village
) -> None:
    def old(handler, body):
        size = int(body.split()[1]) if body else 0
        answer(409 if body else 404, b"%d\n" % (size or 1))(handler, body)

    bad = around.enemy("witness.example/old", old)
    ask_of(small, [*three(around, small)[:2], bad], 2)
    done = one_round(small)
    assert done.kept is not None
    assert [(one.kind, one.stops) for one in done.raised] == [("refused", False)]


def test_a_mirror_with_more_stops_too(small: World, around: Village) -> None:
    farm = small.party("青山农场", "producer")
    lost = Others(small, 3).note()
    mirror = around.enemy("mirror", answer(200, lost.encode()))
    found = check(small.ledger, mirror=f"{mirror.url}/log")
    assert [(one.kind, one.stops) for one in found.raised] == [("rollback", True)]
    assert is_stopped(small, farm)


@pytest.mark.parametrize("body", [b"", b"x" * 2_000_000, b"\xff\xfe"])
def test_a_mirror_with_nonsense_is_silence(small: World, around: Village, body: bytes) -> None:
    mirror = around.enemy("mirror", answer(200, body))
    found = check(small.ledger, mirror=mirror.url)
    assert found.doubts == () and len(found.silent) == 1


def test_a_mirror_as_published_is_well(small: World, around: Village) -> None:
    with small.ledger.reading() as reader:
        note = reader.checkpoint().note
    mirror = around.enemy("mirror", answer(200, note.encode()))
    small.party("青山农场", "producer")
    found = check(small.ledger, mirror=mirror.url)
    assert found.doubts == () and len(found.said) == 1


def test_another_logs_note_at_a_witness_is_no_evidence(small: World, around: Village) -> None:
    lost = Others(small, 3)
    lost.world = World(small.home.with_name("other"))
    lost.world.log = LocalSigner.new()
    bad = around.enemy("witness.example/bad", answer(200, lost.note().encode()))
    ask_of(small, [*three(around, small)[:2], bad], 2)
    assert check(small.ledger).doubts == ()
    lost.world.ledger.close()


def test_a_false_alarm_is_resolved_once_nobody_claims_more(
    world: World, farm: Actor, around: Village
) -> None:
    seats = claiming(around, world, 2)
    ask_of(world, seats, 2)
    (alarm,) = check(world.ledger).raised
    with pytest.raises(Tampered, match="cosigned up to size"):
        resolve(world.ledger, alarm.id, "they are mad", "li")
    seats[0].is_silent = seats[1].is_silent = True  # silence takes nothing back
    with pytest.raises(Tampered, match="cosigned up to size"):
        resolve(world.ledger, alarm.id, "they are mad", "li")
    honest = [around.witness(f"witness.example/n{n}", world) for n in (1, 2)]
    ask_of(world, [seats[2], *honest], 2)
    with pytest.raises(LedgerError, match="--reason"):
        resolve(world.ledger, alarm.id, " ", "li")
    done = resolve(world.ledger, alarm.id, "两个见证人的记录已损坏", "li")
    assert done.resolution == {"by": "li", "reason": "两个见证人的记录已损坏"}
    assert done.resolved is not None and done.evidence == alarm.evidence
    with pytest.raises(LedgerError, match="resolved already"):
        resolve(world.ledger, alarm.id, "again", "li")
    with pytest.raises(LedgerError, match="no alarm 9"):
        resolve(world.ledger, 9, "x", "li")
    assert not is_stopped(world, farm)
    assert one_round(world).kept is not None


def test_who_raised_it_must_be_asked_again(world: World, farm: Actor, around: Village) -> None:
    seats = three(around, world)
    ask_of(world, seats, 2)
    Others(world, 1, keep=1).tell(seats[0])
    seats[0].hides = True
    (alarm,) = one_round(world).raised
    seats[0].is_silent = True
    with pytest.raises(CannotDecide, match="cannot be asked now"):
        resolve(world.ledger, alarm.id, "it is wrong", "li")
    ask_of(world, seats[1:], 2)
    assert resolve(world.ledger, alarm.id, "it lost its folder", "li").resolved


def test_a_witness_that_is_right_is_asked_before_a_false_word_ends_an_alarm(
    world: World, farm: Actor, around: Village
) -> None:
    """Taking the witness that knows out of the policy does not make its proof go away."""
    seats = three(around, world)
    ask_of(world, seats, 2)
    Others(world, 4).tell(seats[0])
    (alarm,) = check(world.ledger).raised
    ask_of(world, seats[1:], 2)
    with pytest.raises(Tampered, match="links were lost"):
        resolve(world.ledger, alarm.id, "never heard of it", "li")


def test_alarms_are_told_once_by_processes_at_once(world: World, farm: Actor) -> None:
    evidence = {"about": ["a"], "ours": "", "sizes": {"a": 5}}
    made = []

    def ring() -> None:
        made.append(book(world).raise_alarm(1, "ahead", "x", evidence, stops=False))

    threads = [threading.Thread(target=ring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is not None for one in made) == 1
    more = evidence | {"about": ["a", "b"]}
    assert book(world).raise_alarm(1, "ahead", "x", more, stops=False).id == 2
    assert book(world).raise_alarm(1, "ahead", "x", evidence, stops=False) is None
    assert book(world).raise_alarm(1, "ahead", "x", evidence, stops=True).id == 3


def test_the_look_never_takes_our_own_new_links_for_lost_ones(
    world: World, farm: Actor, around: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A witness may know what another process signed while it was asked."""
    seats = three(around, world)
    ask_of(world, seats, 2)
    real = alarms._hear_witness

    def hear(report, *more):
        if report.name == seats[0].name:
            world.code(farm, world.new_lot())
            one_round(world)
        real(report, *more)

    monkeypatch.setattr(alarms, "_hear_witness", hear)
    found = look(world.ledger)
    assert found.doubts == () and found.said[seats[0].name].size > found.size


# The gate.


def test_an_append_waits_for_the_look_and_no_longer(small: World) -> None:
    farm = small.party("青山农场", "producer")
    other = small.reopen()
    other.before_appending = Gate(small.home).wait
    order = []

    def append() -> None:
        draft = Draft(event=event("code", small.new_lot(), "1"))
        other.append([farm.pen.sign(draft)])
        order.append("appended")

    closed = Gate(small.home).close()
    assert Gate(small.home).close() is None  # another that starts at the same time
    thread = threading.Thread(target=append)
    thread.start()
    time.sleep(0.3)
    order.append("looked")
    os.close(closed)
    thread.join(60)
    assert order == ["looked", "appended"]
    closed = Gate(small.home).close()  # holds up nobody who goes on
    append()
    os.close(closed)
    other.close()


def test_the_gate_opens_when_its_time_is_over(small: World) -> None:
    gate = Gate(small.home, 0.3)
    begun = time.monotonic()
    closed = Gate(small.home).close()
    gate.wait()
    os.close(closed)
    assert 0.25 < time.monotonic() - begun < 60
    Gate(small.home.with_name("nowhere")).wait()


# The policy.


def test_a_policy_is_written_to_both_and_mended_where_only_one_was(
    world: World, farm: Actor, around: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = three(around, world)
    text = Policy.of(world.trust.log, [seat.line for seat in seats], 2).text()
    real = WitnessBook.put_trust

    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(WitnessBook, "put_trust", fails)
    with pytest.raises(KeyboardInterrupt):
        set_policy(world.home, world.ledger.database, text, [seats[0].name])
    assert world.ledger.database.trust().policy == "none"
    with pytest.raises(Tampered):
        world.reopen()
    monkeypatch.setattr(WitnessBook, "put_trust", real)
    made = set_policy(world.home, world.ledger.database, text, [seats[0].name])
    assert made.policy == text and made.auditing == (seats[0].name,)
    # and where the file is the old one, as on another machine
    (world.home / "trust.json").write_text(world.trust.to_json(), encoding="utf-8")
    set_policy(world.home, world.ledger.database, text, [seats[0].name])
    again = world.reopen()
    assert again.trust == read_trust(world.home / "trust.json") == made
    again.close()
    set_policy(world.home, world.ledger.database, "none", [])
    assert world.ledger.database.trust() == world.trust


def test_a_trust_file_that_differs_in_more_is_tampering(small: World, around: Village) -> None:
    text = Policy.of(small.trust.log, [three(around, small)[0].line], 1).text()
    other = small.trust.to_json().replace('"public"', '"private"')
    (small.home / "trust.json").write_text(other, encoding="utf-8")
    with pytest.raises(Tampered):
        set_policy(small.home, small.ledger.database, text, [])
    assert (small.home / "trust.json").read_text(encoding="utf-8") == other


def test_what_is_no_policy_of_this_log(small: World, around: Village) -> None:
    seat = three(around, small)[0]
    good = Policy.of(small.trust.log, [seat.line], 1).text()
    other = World(small.home.with_name("other"))
    other.ledger.close()
    bad = notes.VerifierKey("other.example/log", LocalSigner.new().public)
    for text, auditing in (
        (Policy.of(bad, [seat.line], 1).text(), ()),
        (Policy.of(small.trust.log, [seat.line], 0).text(), ()),
        ("quorum all", ()),
        (good, ("somebody",)),
        ("none", (seat.name,)),
    ):
        with pytest.raises(LedgerError):
            with_policy(small.trust, text, auditing)
    without_log = "".join(good.splitlines(keepends=True)[1:])
    assert with_policy(small.trust, without_log, [seat.name]).policy == without_log


def test_warnings_about_a_policy(small: World, around: Village) -> None:
    seats = three(around, small)
    lines = [seat.line for seat in seats]

    def said(text: str, auditing=()) -> str:
        return "\n".join(warnings(with_policy(small.trust, text, auditing)))

    assert said(Policy.of(small.trust.log, lines, 2).text()) == ""
    assert "1 out of 3 is no majority" in said(Policy.of(small.trust.log, lines, 1).text())
    assert "only this server" in said("none")
    silent = Policy.of(small.trust.log, [seats[0].line.key], 1).text()
    assert "never asked" in said(silent) and "nothing will be witnessed" in said(silent)
    nested = (
        f"witness a {seats[0].line.key} {seats[0].url}\nwitness b {seats[1].line.key} x\n"
        f"witness c {seats[2].line.key} x\ngroup two 2 a b\nquorum two\n"
    )
    policy = policy_of(with_policy(small.trust, nested, ()))
    assert counting(policy) == ("a", "b")


# The commands.


@pytest.fixture
def suyuan(monkeypatch: pytest.MonkeyPatch, small: World):
    monkeypatch.setenv("SUYUAN_HOME", str(small.home))

    def call(*arguments: str):
        made = CliRunner().invoke(Whole, list(arguments))
        return made

    return call


class Whole:
    """`suyuan` with its exit codes, as click's runner wants it."""

    name = "suyuan"

    @staticmethod
    def main(args=(), prog_name=None, **_):
        raise SystemExit(run(cli, args))


def test_the_commands_from_policy_to_resolution(small: World, around: Village, suyuan) -> None:
    farm = small.party("青山农场", "producer")
    seats = three(around, small)
    file = small.home / "policy.txt"
    file.write_text(Policy.of(small.trust.log, [s.line for s in seats], 2).text(), encoding="utf-8")
    done = suyuan("policy", "set", str(file), "--auditing", seats[0].name)
    assert done.exit_code == 0, done.output
    assert "2 of 3 make the quorum: it is met with 1 silent, and holds with 0" in done.stderr
    shown = json.loads(suyuan("policy", "show", "--json").stdout)
    assert [one["audits"] for one in shown["witnesses"]] == [True, False, False]
    assert shown["quorum"] == 2 and shown["warnings"] == []
    size = book(small).standing().size
    told = json.loads(suyuan("witnessing", "status", "--json").stdout)
    assert (told["size"], told["kept"], told["logged"]) == (size, None, size)
    done = suyuan("witnessing", "ask", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["kept"]["size"] == size
    assert suyuan("witnessing", "ask").stdout == f"nothing is new since size {size}\n"
    small.code(farm, small.new_lot())
    told = json.loads(suyuan("witnessing", "status", "--json").stdout)
    assert (told["kept"]["size"], told["logged"]) == (size, 1)
    assert all(one["size"] in (size, None) for one in told["witnesses"])
    assert "1 links are logged and not yet witnessed" in suyuan("witnessing", "status").stdout
    assert suyuan("witnessing", "check").exit_code == 0
    assert suyuan("alarms", "list").exit_code == 0
    Others(small, 5).tell(seats[0], size + 1)
    done = suyuan("witnessing", "check", "--json")
    assert done.exit_code == 1
    assert [one["kind"] for one in json.loads(done.stdout)["doubts"]] == ["rollback"]
    done = suyuan("alarms", "list")
    assert done.exit_code == 1 and "STOPS SIGNING  rollback" in done.stdout
    done = suyuan("alarms", "resolve", "1", "--reason", "no")
    assert done.exit_code == 1 and "never signs under its origin again" in done.stderr
    assert json.loads(suyuan("alarms", "list", "--json").stdout)[0]["resolved"] is None
    assert suyuan("alarms", "resolve", "7", "--reason", "no").exit_code == 2
    assert suyuan("alarms", "resolve", "1").exit_code == 2


def test_a_quorum_that_is_not_met_and_nobody_to_ask(small: World, around: Village, suyuan) -> None:
    assert suyuan("witnessing", "ask").exit_code == 0
    assert suyuan("witnessing", "check").exit_code == 3
    ask_of(small, [around.dead("witness.example/d")], 1)
    done = suyuan("witnessing", "ask")
    assert done.exit_code == 3 and done.stdout.startswith("0 of 1 cosignatures at size")
    done = suyuan("witnessing", "check")
    assert done.exit_code == 3 and "nobody answers" in done.stderr
    done = suyuan("policy", "set", "/nowhere/policy")
    assert done.exit_code == 2 and "cannot be read" in done.stderr


def test_a_false_alarm_by_command_keeps_who_and_why(small: World, around: Village, suyuan) -> None:
    farm = small.party("青山农场", "producer")
    seats = claiming(around, small, 2)
    ask_of(small, seats, 2)
    assert suyuan("witnessing", "check").exit_code == 1
    assert is_stopped(small, farm)
    ask_of(small, seats[2:], 1)
    done = suyuan("alarms", "resolve", "1", "--reason", "记录损坏")
    assert done.exit_code == 0, done.output
    assert not is_stopped(small, farm)
    assert suyuan("alarms", "list").stdout == ""
    told = suyuan("alarms", "list", "--all").stdout
    assert "resolved  ahead" in told and "记录损坏" in told
    kept = json.loads(suyuan("alarms", "list", "--all", "--json").stdout)[0]
    assert kept["resolution"]["by"] and kept["resolved"].endswith("Z")


def test_init_with_a_policy(tmp_path, around: Village, small: World, suyuan, monkeypatch) -> None:
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "secret")
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "new"))
    seat = three(around, small)[0]
    file = tmp_path / "policy.txt"
    text = f"witness w {seat.line.key} {seat.url}\nquorum w\n"
    file.write_text(text, encoding="utf-8")
    key = str(tmp_path / "root.key")
    more = ["--authority-key", key, "--policy", str(file)]
    done = suyuan("init", "--origin", "a.example/log", *more, "--auditing", "nobody")
    assert done.exit_code == 2 and not (tmp_path / "new").exists()
    done = suyuan("init", "--origin", "a.example/log", *more, "--auditing", "w")
    assert done.exit_code == 0, done.output
    trust = read_trust(tmp_path / "new" / "trust.json")
    assert (trust.policy, trust.auditing) == (text, ("w",))
    opened = Ledger.open(tmp_path / "new", lambda: pytest.fail("signs nothing"))
    opened.close()
