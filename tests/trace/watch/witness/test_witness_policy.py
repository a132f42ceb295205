"""The policy that asks for witnesses, the gate at a start, and the commands about both."""

import os
import threading
import time

import pytest
from support.ledger.commands import Suyuan
from support.ledger.world import Actor, World, event
from support.watch.witnessing import Others, Village, ask_of, book, claiming, is_stopped, three

from suyuan.keys import notes
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.ledger.ledger import Ledger, read_trust
from suyuan.trace.log.policy import Policy
from suyuan.trace.store.append.lock import Gate
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.watch.quorum import counting, policy_of, set_policy, warnings, with_policy

pytestmark = pytest.mark.slow


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
    bad = notes.VerifierKey("other.example/log", LocalSigner.new().public)
    for text, auditing in (
        (Policy.of(bad, [seat.line], 1).text(), ()), (good, ("somebody",)), ("quorum all", ()),
        (Policy.of(small.trust.log, [seat.line], 0).text(), ()), ("none", (seat.name,)),
    ):  # fmt: skip
        with pytest.raises(LedgerError):
            with_policy(small.trust, text, auditing)
    without_log = "".join(good.splitlines(keepends=True)[1:])
    assert with_policy(small.trust, without_log, [seat.name]).policy == without_log


def test_warnings_about_a_policy(small: World, around: Village) -> None:
    seats = three(around, small)
    lines = [seat.line for seat in seats]

    def said(text: str, auditing=()) -> str:
        return "\n".join(map(str, warnings(with_policy(small.trust, text, auditing))))

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
def suyuan(suyuan: Suyuan, monkeypatch: pytest.MonkeyPatch, small: World) -> Suyuan:
    """Runs commands over the small world."""
    monkeypatch.setenv("SUYUAN_HOME", str(small.home))
    return Suyuan()


def test_the_commands_from_policy_to_resolution(small: World, around: Village, suyuan) -> None:
    farm = small.party("青山农场", "producer")
    seats = three(around, small)
    file = small.home / "policy.txt"
    file.write_text(Policy.of(small.trust.log, [s.line for s in seats], 2).text(), encoding="utf-8")
    done = suyuan.good("policy", "set", str(file), "--auditing", seats[0].name)
    assert "2 of 3 make the quorum: it is met with 1 silent, and holds with 0" in done.err
    shown = suyuan("policy", "show", "--json").json
    assert [one["audits"] for one in shown["witnesses"]] == [True, False, False]
    assert shown["quorum"] == 2 and shown["warnings"] == []
    size = book(small).standing().size
    told = suyuan("witnessing", "status", "--json").json
    assert (told["size"], told["kept"], told["logged"]) == (size, None, size)
    done = suyuan("witnessing", "ask", "--json")
    assert done.code == 0 and done.json["kept"]["size"] == size
    assert suyuan("witnessing", "ask").out == f"nothing is new since size {size}\n"
    small.code(farm, small.new_lot())
    told = suyuan("witnessing", "status", "--json").json
    assert (told["kept"]["size"], told["logged"]) == (size, 1)
    assert all(one["size"] in (size, None) for one in told["witnesses"])
    assert "1 records are logged and not yet witnessed" in suyuan("witnessing", "status").out
    assert suyuan("witnessing", "check").code == 0
    assert suyuan("alarms", "list").code == 0
    Others(small, 5).tell(seats[0], size + 1)
    done = suyuan("witnessing", "check", "--json")
    assert done.code == 1
    assert [one["kind"] for one in done.json["doubts"]] == ["rollback"]
    done = suyuan("alarms", "list")
    assert done.code == 1 and "STOPS SIGNING  rollback" in done.out
    done = suyuan("alarms", "resolve", "1", "--reason", "no")
    assert done.code == 1 and "never signs under its origin again" in done.err
    assert suyuan("alarms", "list", "--json").json[0]["resolved"] is None
    assert suyuan("alarms", "resolve", "7", "--reason", "no").code == 2
    assert suyuan("alarms", "resolve", "1").code == 2


def test_a_quorum_that_is_not_met_and_nobody_to_ask(small: World, around: Village, suyuan) -> None:
    assert suyuan("witnessing", "ask").code == 0
    assert suyuan("witnessing", "check").code == 3
    ask_of(small, [around.dead("witness.example/d")], 1)
    done = suyuan("witnessing", "ask")
    assert done.code == 3 and done.out.startswith("0 of 1 cosignatures at size")
    done = suyuan("witnessing", "check")
    assert done.code == 3 and "nobody answers" in done.err
    suyuan.refused("cannot be read", "policy", "set", "/nowhere/policy")


def test_a_false_alarm_by_command_keeps_who_and_why(small: World, around: Village, suyuan) -> None:
    farm = small.party("青山农场", "producer")
    seats = claiming(around, small, 2)
    assert suyuan("witnessing", "check").code == 1
    assert is_stopped(small, farm)
    ask_of(small, seats[2:], 1)
    suyuan.good("alarms", "resolve", "1", "--reason", "记录损坏")
    assert not is_stopped(small, farm)
    assert suyuan("alarms", "list").out == ""
    told = suyuan("alarms", "list", "--all").out
    assert "resolved  ahead" in told and "记录损坏" in told
    kept = suyuan("alarms", "list", "--all", "--json").json[0]
    assert kept["resolution"]["by"] and kept["resolved"].endswith("Z")


def test_init_with_a_policy(tmp_path, around: Village, small: World, suyuan, monkeypatch) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "new"))
    seat = three(around, small)[0]
    file = tmp_path / "policy.txt"
    text = f"witness w {seat.line.key} {seat.url}\nquorum w\n"
    file.write_text(text, encoding="utf-8")
    key = str(tmp_path / "root.key")
    more = ["--authority-key", key, "--policy", str(file)]
    done = suyuan("init", "--origin", "a.example/log", *more, "--auditing", "nobody")
    assert done.code == 2 and not (tmp_path / "new").exists()
    suyuan.good("init", "--origin", "a.example/log", *more, "--auditing", "w")
    trust = read_trust(tmp_path / "new" / "trust.json")
    assert (trust.policy, trust.auditing) == (text, ("w",))
    opened = Ledger.open(tmp_path / "new", lambda: pytest.fail("signs nothing"))
    opened.close()
