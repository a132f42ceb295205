"""A ledger decided again from outside: each broken rule is found, and no link that is good."""

import json

import pytest
from conformance.reference import vectors
from conformance.reference.verifier import Reference
from conformance.vectors import making
from support.ledger.world import World, event
from support.watch.replica import Log, chained, client, entries_of, misbehaving, resealed

from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.log import merkle
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch.misbehaviour import LogMisbehaved
from suyuan.trace.watch.replica import Replica

pytestmark = pytest.mark.slow


def advance(made: Replica, log, note=None, **more) -> int:
    return made.advance(client(log, made.trust), log.note() if note is None else note, **more)


# What an operator who has the true log key puts behind the good links of a city.


def harvests(world: World, entries, who=None, lot=None, kilos="5", **more) -> bytes:
    """The coding that the farm, or another, would sign behind these entries."""
    coded = event("code", lot or world.new_lot(), kilos)
    return chained(world, who or world.farm, entries, event=coded, **more)


def after_its_revocation(world: World, entries):
    revocation = acts.revoke(world.farm.uri, world.farm.signer.public.keyid)
    revoked = chained(world, world.authority, entries, statement=revocation)
    return [*entries, revoked, harvests(world, entries)]


def left_out(world: World, entries):
    """A link in the middle of a chain is dropped, and what follows moves up."""
    lot, chain = world.new_lot(), list(entries)
    for step in ("code", "count", "count"):
        chain.append(chained(world, world.farm, chain, event=event(step, lot, "9")))
    return [*chain[:-2], chain[-1]]


def resealing(who: str, **changes):
    """A link as another key, or other members, would have it."""

    def forge(world: World, entries):
        entry = harvests(world, entries)
        return [*entries, resealed(entry, getattr(world, who).signer, **changes)]

    return forge


# The rule that is broken, and where: behind how many links; None: the first. The vectors below
# have every other rule.
BREAKS = {
    "after its revocation": ("key", 1, after_its_revocation), "left out": ("chain", 1, left_out),
    "no mandate": ("key", 0, resealing("stall")),
    "of another ledger": ("ledger", 0, resealing("farm", ledger="other.example/log")),
    "no entry": ("encoding", 0, lambda _, entries: [*entries, b"<html></html>"]),
    "other beginning": ("authority", None, lambda _, entries: entries[1:]),
    "twice": ("chain", 0, lambda _, entries: [*entries, entries[-1]]),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "offset", "forge"), BREAKS.values(), ids=BREAKS)
def test_a_broken_rule_is_refused_and_named(city: World, made: Replica, rule, offset, forge):
    before = entries_of(city.ledger)
    entries = forge(city, before)
    index = 0 if offset is None else len(before) + offset
    log = Log(entries, city.log)
    with misbehaving("rule") as found:
        advance(made, log)
    first = found.value.misbehaviour.findings[0]
    assert (first.rule, first.index) == (rule, index)
    assert f"index {index} breaks rule {rule}" in str(found.value)
    assert found.value.misbehaviour.notes == (log.note(),)
    assert made.verified() is None
    # For good: in this process and the next, whatever is offered.
    honest = Log(entries[:index], city.log)
    with misbehaving("rule") as again:
        advance(made, honest)
    assert again.value.misbehaviour.findings == found.value.misbehaviour.findings
    with Replica(made.store.folder, made.trust, Checkers(1)) as other, misbehaving("rule"):
        other.check()


def test_one_broken_link_is_one_finding_and_others_are_named(city: World, made: Replica):
    entries = entries_of(city.ledger)
    lot = city.new_lot()
    for step in ("code", *["count"] * 30):
        entries.append(chained(city, city.farm, entries, event=event(step, lot, "5")))
    broken = len(entries) - 20
    bad = resealed(entries[broken], city.stall.signer)
    entries[broken] = bad
    with misbehaving("rule") as found:
        advance(made, Log(entries, city.log))
    # What follows it named its hash, which is another now: one more finding, and no more.
    assert [(one.rule, one.index) for one in found.value.misbehaviour.findings] == [
        ("key", broken),
        ("chain", broken + 1),
    ]


def test_twenty_are_named(city: World, made: Replica, batches):
    log = Log([*entries_of(city.ledger), *[b"no entry"] * 700], city.log)
    with misbehaving("rule", match="and 19 more") as found:
        advance(made, log)
    assert len(found.value.misbehaviour.findings) == 20


# The independent verifier agrees.


@pytest.mark.parametrize("name", vectors.ledgers())
def test_it_accepts_what_the_independent_verifier_accepts(name, tmp_path):
    file = vectors.load(name)
    trust = Trust.from_json(json.dumps(file["trust"]))
    reference, entries, refused = Reference(file["trust"]), [], []
    for note, entry, _ in vectors.steps(file):
        answer = reference.offer(entry)
        if answer[0] == "accepted":
            entries.append(entry)
        elif len(entry) <= 65_535:  # no bundle holds a longer one
            refused.append((note, len(entries), entry, answer))
    log = Log(entries, making.LOG_KEY, making.ORIGIN)
    with Replica(tmp_path / "whole", trust, Checkers(1)) as made:
        assert advance(made, log) == len(entries)
        assert made.verified().checkpoint == Checkpoint(
            trust.origin, len(entries), merkle.root(log.leaves())
        )
    assert log.note() == file["checkpoint"]
    # One folder does for all that is refused: its batch is decided and never kept.
    with Replica(tmp_path / "refused", trust, Checkers(1)) as made:
        made.store.condemn = lambda *_: None
        wrong = []
        for note, at, entry, answer in sorted(refused, key=lambda one: one[1]):
            if at > made.store.size():
                advance(made, log, log.note(at))
            # Not learned: each is a fork of the others.
            made.store.learn = lambda *_: None
            bad = Log([*entries[:at], entry], making.LOG_KEY, making.ORIGIN)
            try:
                advance(made, bad)
            except LogMisbehaved as found:
                rule = found.misbehaviour.findings[0].rule
                if answer[0] == "refused" and rule != answer[1]:
                    wrong.append((note, answer, rule))
                if answer[0] == "resent" and rule not in ("key", "signature", "chain"):
                    wrong.append((note, answer, rule))
            except CannotDecide:
                if answer != ("refused", "members"):
                    wrong.append((note, answer, "newer"))
            else:
                wrong.append((note, answer, "accepted"))
            del made.store.learn
        assert wrong == []
