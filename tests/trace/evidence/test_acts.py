"""Holds and recalls in evidence files: shown with their path, told, and not to be forged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.goods.evidence import (
    NORTH,
    SOUTH,
    both,
    cosign,
    evidence_of,
    file_of,
    indexes,
    judged,
    link_of,
    meaning,
    trust_with,
)
from support.ledger.world import Actor, World, days_ago, event
from support.web.acting import clear, extend, hold, order, say

from suyuan.trace.admission import acts, scopes
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.bundle import Bundle, EvidenceError
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verdict import Verdict
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import steps
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import parse as when_of
from suyuan.trace.store.read.reader import Reader

pytestmark = pytest.mark.slow


@dataclass
class Meat:
    """Pork of a farm, handed to a maker of sausages, and another lot of the farm."""

    world: World
    farm: Actor
    maker: Actor
    pork: str
    sausage: str
    other: str

    def evidence(self, item: str) -> Bundle:
        return evidence_of(self.world, item)

    def verdict(self, item: str) -> Verdict:
        return judged(self.evidence(item), self.world.trust, 0)

    def forged(self, made: Bundle, entry: bytes) -> Bundle:
        """The file with a further entry at the end of the log, whatever it says."""
        with self.world.ledger.reading() as reader:
            entries = [stored.entry for stored in reader.links()]
        kept = [*indexes(made), len(entries)]
        file = file_of([*entries, entry], made.item, kept, self.world.log)
        return replace(file, scopes=made.scopes)

    def told(self, item: str) -> list[tuple]:
        return [
            (one.item, one.kind, one.level, one.since, one.cleared, one.ending, one.is_in_force)
            for one in self.verdict(item).scopes
        ]


def meat_of(world: World) -> Meat:
    farm, maker = world.party("青山农场", "producer"), world.party("同安食品厂", "processor")
    pork, sausage, other = (world.new_lot() for _ in range(3))
    world.code(farm, pork)
    world.code(farm, other)
    world.hand_over(farm, maker, pork)
    when = when_of(f"{days_ago(10)}T00:00:00Z")
    assert when is not None
    world.do(maker, steps.event("make", when, [Portion(sausage, None, None)],
                                inputs=[Portion(pork, None, None)]))  # fmt: skip
    return Meat(world, farm, maker, pork, sausage, other)


@pytest.fixture
def meat(small: World) -> Meat:
    return meat_of(small)


def leaf(meat: Meat) -> int:
    """The index of the newest link."""
    with meat.world.ledger.reading() as reader:
        return reader.size() - 1


# What is shown.


def test_without_an_act_the_file_has_no_scopes(meat: Meat) -> None:
    order(meat.world, meat.farm, meat.other)
    assert meat.evidence(meat.pork).scopes == ()
    assert b'"scopes"' not in meat.evidence(meat.pork).encode()
    assert meat.verdict(meat.pork).scopes == ()


def test_a_recall_is_shown_with_its_order_and_the_items_path(meat: Meat) -> None:
    more = [meat.world.new_lot() for _ in range(5)]
    meat.world.do(meat.farm, *[event("code", lot, "1") for lot in more])
    uri = order(meat.world, meat.farm, meat.pork, *more)
    index, made = leaf(meat), meat.evidence(meat.pork)
    ((one,), listed) = made.scopes, sorted([meat.pork, *more])
    assert (one.index, one.item, listed[one.position]) == (index, meat.pork, meat.pork)
    assert index in [entry.index for entry in made.entries]
    assert meat.told(meat.pork) == [(meat.pork, "recall", 1, index, None, None, True)]
    text = describe(meat.verdict(meat.pork))
    assert f"{meat.pork} is recalled at level I since index {index} by 青山农场" in text
    assert uri in text
    assert any(
        "no hold or recall was left out" in str(what) for what in meat.verdict(meat.pork).not_shown
    )


def test_what_was_made_of_a_recalled_lot_shows_that(meat: Meat) -> None:
    uri = order(meat.world, meat.world.authority, meat.pork)
    index = leaf(meat)
    assert meat.told(meat.sausage) == [(meat.pork, "recall", 1, index, None, None, True)]
    clear(meat.world, meat.maker, uri, meat.sausage)
    assert (meat.sausage, "recall", 1, None, index + 1, None, False) in meat.told(meat.sausage)
    assert f"{meat.sausage} is found not to be concerned" in describe(meat.verdict(meat.sausage))
    # Of the pork nothing is said by that.
    assert meat.told(meat.pork) == [(meat.pork, "recall", 1, index, None, None, True)]


def test_holds_released_and_recalls_ended_are_told_as_what_they_were(meat: Meat) -> None:
    held = hold(meat.world, meat.maker, meat.pork)
    begun = leaf(meat)
    assert "is under hold since index" in describe(meat.verdict(meat.pork))
    say(meat.world, meat.world.authority, (acts.hold_release(held, "合格"), None))
    uri = order(meat.world, meat.farm, meat.pork)
    say(meat.world, meat.farm, (acts.recall_close(uri), None))
    other = order(meat.world, meat.farm, meat.pork)
    say(meat.world, meat.farm, (acts.recall_withdraw(other, "误发"), None))
    assert sorted(meat.told(meat.pork), key=lambda one: one[3]) == [
        (meat.pork, "hold", None, begun, None, "release", False),
        (meat.pork, "recall", 1, begun + 2, None, "close", True),
        (meat.pork, "recall", 1, begun + 4, None, "withdraw", False),
    ]
    text = describe(meat.verdict(meat.pork))
    for words in (
        f"was under hold since index {begun}", f"released at index {begun + 1}",
        f"is recalled at level I since index {begun + 2}", "closed at", "withdrawn at",
    ):  # fmt: skip
        assert words in text


def test_an_item_that_is_cleared_and_brought_back_is_told_as_it_is_now(meat: Meat) -> None:
    uri = order(meat.world, meat.farm, meat.pork, meat.other)
    index = leaf(meat)
    clear(meat.world, meat.farm, uri, meat.pork)
    assert meat.told(meat.pork) == [(meat.pork, "recall", 1, index, index + 1, None, False)]
    extend(meat.world, meat.farm, uri, meat.pork)
    assert meat.told(meat.pork) == [(meat.pork, "recall", 1, index + 2, None, None, True)]
    # Each statement of the file whose list names the item is shown to.
    assert [one.index for one in meat.evidence(meat.pork).scopes] == [index, index + 1, index + 2]


def test_acknowledgements_of_others_and_drills_are_left_out(meat: Meat) -> None:
    order(meat.world, meat.farm, meat.pork, drill=True)
    assert meat.evidence(meat.pork).scopes == ()
    assert "recall" not in describe(meat.verdict(meat.pork)).replace("hold or recall", "")
    uri = order(meat.world, meat.farm, meat.pork)
    for number in range(3):
        say(meat.world, meat.world.party(f"摊位 {number}"), (acts.recall_acknowledge(uri), None))
    said = [one.said for one in meat.verdict(meat.pork).links]
    assert said.count("recall order") == 1 and "recall acknowledge" not in said


def test_the_checkpoint_covers_the_acts(meat: Meat, monkeypatch: pytest.MonkeyPatch) -> None:
    with meat.world.ledger.reading() as reader:
        kept = reader.checkpoint()
    monkeypatch.setattr(Reader, "published", lambda self: kept)
    assert kept is not None and meat.evidence(meat.pork).checkpoint == kept.note
    order(meat.world, meat.farm, meat.pork)
    assert meat.evidence(meat.pork).checkpoint != kept.note
    assert len(meat.told(meat.pork)) == 1


def test_an_act_that_a_record_names_brings_its_beginning(meat: Meat) -> None:
    uri = order(meat.world, meat.farm, meat.other)
    data, named = acts.listed([meat.sausage])
    (said,) = say(meat.world, meat.world.authority, (acts.recall_extend(uri, named), data))
    clear(meat.world, meat.world.authority, uri, meat.sausage)
    after = AfterRef(said.index, said.hash)
    meat.world.do(meat.maker, event("count", meat.pork, "1"), after=(after,))
    said = [one.said for one in meat.verdict(meat.pork).links]
    assert meat.told(meat.pork) == [] and {"recall order", "recall extend"} <= {*said}


def test_a_lost_list_is_told_and_nothing_false_is_given(meat: Meat) -> None:
    uri = order(meat.world, meat.farm, meat.pork)
    for path in (meat.world.home / "attachments").glob("*/*"):
        path.unlink()
    assert len(meat.told(meat.pork)) == 1  # the rows give the very list
    clear(meat.world, meat.farm, uri, meat.pork)
    extend(meat.world, meat.farm, uri, meat.other, meat.pork)
    for path in (meat.world.home / "attachments").glob("*/*"):
        path.unlink()
    with pytest.raises(CannotDecide, match="is not here"):
        meat.evidence(meat.pork)


def test_one_of_ten_thousand_items_is_shown_by_fourteen_hashes(meat: Meat) -> None:
    lots = [meat.world.new_lot() for _ in range(10_000)]
    for at in range(0, len(lots), 1_000):
        meat.world.do(meat.farm, *[event("code", lot, "1") for lot in lots[at : at + 1_000]])
    order(meat.world, meat.farm, *lots)
    # The left subtree holds 8,192 items, the right one the rest by shorter paths.
    in_order = sorted(lots)
    for position, hashes in ((77, 14), (8_191, 14), (9_999, 8)):
        made = meat.evidence(in_order[position])
        scope = made.scopes[0]
        assert (scope.position, len(scope.proof)) == (position, hashes)
        assert len(made.encode()) < 60_000
        assert meat.verdict(in_order[position]).scopes[0].is_in_force


# Attacks on it.


@pytest.fixture(scope="module")
def recalled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Meat, Bundle]]:
    """A hold, a recall of three lots, one taken out and brought back by lists of it alone."""
    meat = meat_of(World(tmp_path_factory.mktemp("recalled") / "home"))
    uri = order(meat.world, meat.farm, meat.pork, meat.other)
    clear(meat.world, meat.farm, uri, meat.pork)
    extend(meat.world, meat.farm, uri, meat.pork, meat.world.coded_lot(meat.farm))
    hold(meat.world, meat.maker, meat.pork)
    yield meat, meat.evidence(meat.pork)
    meat.world.ledger.close()


def test_a_statement_that_a_scope_names_cannot_be_left_out(recalled: tuple[Meat, Bundle]) -> None:
    meat, made = recalled
    for scope in made.scopes:
        rest = tuple(one for one in made.entries if one.index != scope.index)
        assert both(replace(made, entries=rest), meat.world.trust)[0] == 1


def test_the_form_of_scopes_is_one(recalled: tuple[Meat, Bundle]) -> None:
    _, made = recalled
    for wrong in ((*made.scopes, made.scopes[-1]), made.scopes[::-1]):
        with pytest.raises(EvidenceError, match="in order of index and item"):
            bundle.parse(replace(made, scopes=wrong).encode())
    good = made.encode()
    assert good.count(b'"scopes":[') == 1
    for old, new in (
        (b'"position":0', b'"position":-1'), (b'"position":0', b'"position":true'),
        (b'"position":', b'"Position":'), (b',"scopes":[', b',"scopes":[[],'),
    ):  # fmt: skip
        if old in good:
            with pytest.raises(EvidenceError):
                bundle.parse(good.replace(old, new, 1))
    assert bundle.parse(good) == made


def outcome(data: bytes, trust: object) -> tuple:
    try:
        found = bundle.parse(data)
    except EvidenceError:
        return 1, None
    verdict = verify(found, trust)  # type: ignore[arg-type]
    return verdict.exit_code, (meaning(found, verdict), verdict.scopes)


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_any_byte_for_any_other_fails_or_changes_no_meaning(recalled, data):
    meat, made = recalled
    made = replace(made, checkpoint=cosign(made.checkpoint, NORTH, SOUTH))
    trust, good = trust_with(meat.world.trust, 1), made.encode()
    start = good.index(b'"scopes":[')
    at = data.draw(st.integers(start - 20, len(good) - 1))
    byte = data.draw(st.sampled_from(b'0123456789abcAZ/+=",:[]{}') | st.integers(0, 255))
    changed = good[:at] + bytes([byte]) + good[at + 1 :]
    code, found = outcome(changed, trust)
    assert both(changed, trust)[0] == code
    assert code != 0 or found == outcome(good, trust)[1]


def test_a_statement_that_breaks_a_rule_says_nothing_of_the_item(meat: Meat) -> None:
    """Under the log's own key: one that may not end an act is a fault, and the act goes on."""
    uri = order(meat.world, meat.farm, meat.pork)
    wrong = link_of(meat.maker.uri, meat.maker.signer,
                    {"statement": acts.recall_withdraw(uri, "误发")}, [(uri, 0, None)])  # fmt: skip
    verdict = judged(meat.forged(meat.evidence(meat.pork), wrong), meat.world.trust, 1)
    assert verdict.scopes[0].is_in_force
    assert [fault.rule for fault in verdict.all_faults()] == ["authority"]


def test_a_newer_statement_with_a_list_is_left_to_a_newer_program(meat: Meat) -> None:
    uri = order(meat.world, meat.farm, meat.pork)
    made, index = meat.evidence(meat.pork), leaf(meat)
    newer = {"type": "recall", "op": "destroy", "uri": uri, **scopes.members([meat.pork])}
    with meat.world.ledger.reading() as reader:
        place = (uri, 1, reader.link(index).hash)
    file = meat.forged(
        made, link_of(meat.farm.uri, meat.farm.signer, {"statement": newer}, [place])
    )
    named = (*made.scopes, replace(made.scopes[0], index=index + 1))
    assert len(judged(replace(file, scopes=named), meat.world.trust, 3).scopes) == 1


@pytest.mark.parametrize(
    ("kind", "op"), [("ownership", "lend"), ("document", "split"), ("erasure", "shred")]
)
def test_a_newer_op_of_a_known_statement_is_left_to_a_newer_program(meat, kind, op):
    newer = {"statement": {"type": kind, "op": op}}
    later = link_of(meat.farm.uri, meat.farm.signer, newer, [("urn:x:newer", 0, None)])
    verdict = judged(meat.forged(meat.evidence(meat.pork), later), meat.world.trust, 3)
    assert f"not known here, {kind} {op}" in str(verdict.undecided[0])
