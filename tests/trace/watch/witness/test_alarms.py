"""What others hold of the log and the ledger has not: what stops signing, what only rings."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.ledger.world import Actor, World, at_once
from support.watch.witnessing import (
    Others,
    Village,
    answer,
    ask_of,
    book,
    claiming,
    is_stopped,
    one_round,
    three,
)

from suyuan.keys.signer import LocalSigner
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.store.errors import Stopped
from suyuan.trace.watch import alarms
from suyuan.trace.watch.alarms import check, look, resolve

pytestmark = pytest.mark.slow


def test_all_is_well_and_silence_stops_nothing(world: World, farm: Actor, around: Village) -> None:
    seats = three(around, world, 2)
    for _ in range(2):
        found = check(world.ledger)
        assert found.doubts == () and found.raised == () and found.silent == {}
        assert set(found.said) == {seat.name for seat in seats}
    assert book(world).alarms() == [] and not is_stopped(world, farm)
    seats = [around.dead(f"witness.example/d{n}") for n in (1, 2, 3)]
    ask_of(world, seats, 2)
    found = check(world.ledger)
    assert found.said == {} and found.doubts == () and set(found.silent) == {s.name for s in seats}
    assert not is_stopped(world, farm)


def test_links_that_one_witness_knows_signed_by_us_stop_signing(world, farm, around) -> None:
    seats = three(around, world, 2)
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
    three(around, small, 2)
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


def test_a_restored_copy_that_signs_before_it_hears_anything_is_a_fork(small, around) -> None:
    three(around, small, 2)
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


@pytest.mark.parametrize("is_round", [False, True])
def test_sizes_without_a_note_count_once_the_others_cannot_meet_the_quorum(
    world, farm, around, is_round
):
    """Of three with a quorum of two: n - q + 1 is two. Asked for, or seen at an answer."""
    seats = claiming(around, world, 2)
    (alarm,) = one_round(world).raised if is_round else check(world.ledger).raised
    assert (alarm.kind, alarm.stops) == ("ahead", True)
    assert set(alarm.evidence["sizes"]) == {seats[0].name, seats[1].name}
    assert is_stopped(world, farm)


def test_fewer_raise_an_alarm_that_stops_nothing(world, farm, around) -> None:
    seats = claiming(around, world, 1)
    (alarm,) = check(world.ledger).raised
    assert (alarm.kind, alarm.stops, alarm.about) == ("ahead", False, {seats[0].name})
    assert not is_stopped(world, farm)
    assert one_round(world).kept is not None  # the others go on
    assert len(book(world).alarms()) == 1


def test_one_after_the_other_they_add_up(world: World, farm: Actor, around: Village) -> None:
    seats = three(around, world, 2)
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


def test_a_slow_witness_ends_the_look_in_time_and_what_it_said_by_then_counts(small, around):
    farm = small.party("青山农场", "producer")
    seats = three(around, small, 2)
    Others(small, 1).tell(seats[0])
    seats[0].delay = 0.3
    seats[1].delay = 300
    begun = time.monotonic()
    found = check(small.ledger, seconds=3.0)
    assert time.monotonic() - begun < 60
    assert [one.kind for one in found.raised] == ["rollback"]
    assert found.silent == {seats[1].name: "no answer in time"}
    assert is_stopped(small, farm)


def test_a_forked_witness_is_evidence_of_two_histories(world, farm, around) -> None:
    seats = three(around, world, 2)
    Others(world, 0, keep=2).tell(seats[1])
    Others(world, 1, keep=1).tell(seats[0])
    found = check(world.ledger)
    assert [(a.kind, a.stops, a.about) for a in found.raised] == [("fork", True, {seats[0].name})]


def test_a_refusal_without_a_proof_rings_and_stops_nothing(world, farm, around) -> None:
    seats = three(around, world, 2)
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


def test_an_old_witness_that_answers_409_with_the_size_that_was_sent(small, around) -> None:
    def old(handler, body):
        size = int(body.split()[1]) if body else 0
        answer(409 if body else 404, b"%d\n" % (size or 1))(handler, body)

    bad = around.enemy("witness.example/old", old)
    ask_of(small, [*three(around, small)[:2], bad], 2)
    done = one_round(small)
    assert done.kept is not None
    assert [(one.kind, one.stops) for one in done.raised] == [("refused", False)]


def test_a_mirror_with_more_stops_too_and_nonsense_is_silence(small: World, around) -> None:
    farm = small.party("青山农场", "producer")
    with small.ledger.reading() as reader:
        published = reader.checkpoint().note
    small.code(farm, small.new_lot())
    found = check(small.ledger, mirror=around.enemy("m", answer(200, published.encode())).url)
    assert found.doubts == () and len(found.said) == 1
    for body in (b"", b"x" * 2_000_000, b"\xff\xfe"):
        found = check(small.ledger, mirror=around.enemy("mirror", answer(200, body)).url)
        assert found.doubts == () and len(found.silent) == 1
    mirror = around.enemy("mirror", answer(200, Others(small, 3).note().encode()))
    found = check(small.ledger, mirror=f"{mirror.url}/log")
    assert [(one.kind, one.stops) for one in found.raised] == [("rollback", True)]
    assert is_stopped(small, farm)


def test_another_logs_note_at_a_witness_is_no_evidence(small: World, around: Village) -> None:
    lost = Others(small, 3)
    lost.world = World(small.home.with_name("other"))
    lost.world.log = LocalSigner.new()
    bad = around.enemy("witness.example/bad", answer(200, lost.note().encode()))
    ask_of(small, [*three(around, small)[:2], bad], 2)
    assert check(small.ledger).doubts == ()
    lost.world.ledger.close()


def test_a_false_alarm_is_resolved_once_nobody_claims_more(world, farm, around) -> None:
    seats = claiming(around, world, 2)
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
    seats = three(around, world, 2)
    Others(world, 1, keep=1).tell(seats[0])
    seats[0].hides = True
    (alarm,) = one_round(world).raised
    seats[0].is_silent = True
    with pytest.raises(CannotDecide, match="cannot be asked now"):
        resolve(world.ledger, alarm.id, "it is wrong", "li")
    ask_of(world, seats[1:], 2)
    assert resolve(world.ledger, alarm.id, "it lost its folder", "li").resolved


def test_a_witness_that_is_right_is_asked_before_a_false_word_ends_an_alarm(world, farm, around):
    """Taking the witness that knows out of the policy does not make its proof go away."""
    seats = three(around, world, 2)
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

    at_once([ring] * 8)
    assert sum(one is not None for one in made) == 1
    more = evidence | {"about": ["a", "b"]}
    assert book(world).raise_alarm(1, "ahead", "x", more, stops=False).id == 2
    assert book(world).raise_alarm(1, "ahead", "x", evidence, stops=False) is None
    assert book(world).raise_alarm(1, "ahead", "x", evidence, stops=True).id == 3


def test_the_look_never_takes_our_own_new_links_for_lost_ones(world, farm, around, monkeypatch):
    """A witness may know what another process signed while it was asked."""
    seats = three(around, world, 2)
    real = alarms._hear_witness

    def hear(report, *more):
        if report.name == seats[0].name:
            world.code(farm, world.new_lot())
            one_round(world)
        real(report, *more)

    monkeypatch.setattr(alarms, "_hear_witness", hear)
    found = look(world.ledger)
    assert found.doubts == () and found.said[seats[0].name].size > found.size
