"""Holds and recalls in evidence files: shown with their path, told, and not to be forged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.goods.evidence import NORTH, SOUTH, cosign, file_of, link_of, meaning, trust_with
from support.ledger.world import Actor, World, days_ago, event
from support.web.acting import clear, extend, hold, order, say

from suyuan.trace.admission import acts, scopes
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import Bundle, EvidenceError
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verdict import Verdict
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import steps
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.format.link import AfterRef, parse
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import parse as when_of
from suyuan.trace.goods import history
from suyuan.trace.store.read.reader import Reader

pytestmark = pytest.mark.slow


@dataclass
class Town:
    """Pork of a farm, handed to a maker of sausages, and another lot of the farm."""

    world: World
    farm: Actor
    maker: Actor
    pork: str
    sausage: str
    other: str

    def evidence(self, item: str) -> Bundle:
        ledger = self.world.ledger
        with ledger.reading() as reader:
            found = history.whole(reader, self.world.trust.genesis, item)
            return closure.bundle(reader, found, ledger.attachments.get)

    def verdict(self, item: str) -> Verdict:
        found = verify(bundle.parse(self.evidence(item).encode()), self.world.trust)
        assert (found.exit_code, list(found.all_faults())) == (0, [])
        return found

    def told(self, item: str) -> list[tuple]:
        return [
            (one.item, one.kind, one.level, one.since, one.cleared, one.ending, one.is_in_force)
            for one in self.verdict(item).scopes
        ]


def town_of(world: World) -> Town:
    farm, maker = world.party("青山农场", "producer"), world.party("同安食品厂", "processor")
    pork, sausage, other = (world.new_lot() for _ in range(3))
    world.code(farm, pork)
    world.code(farm, other)
    world.hand_over(farm, maker, pork)
    when = when_of(f"{days_ago(10)}T00:00:00Z")
    assert when is not None
    world.do(maker, steps.event("make", when, [Portion(sausage, None, None)],
                                inputs=[Portion(pork, None, None)]))  # fmt: skip
    return Town(world, farm, maker, pork, sausage, other)


@pytest.fixture
def town(small: World) -> Town:
    return town_of(small)


def leaf(town: Town) -> int:
    """The index of the newest link."""
    with town.world.ledger.reading() as reader:
        return reader.size() - 1


# What is shown.


def test_without_an_act_the_file_has_no_scopes(town: Town) -> None:
    order(town.world, town.farm, town.other)
    assert town.evidence(town.pork).scopes == ()
    assert b'"scopes"' not in town.evidence(town.pork).encode()
    assert town.verdict(town.pork).scopes == ()


def test_a_recall_is_shown_with_its_order_and_the_items_path(town: Town) -> None:
    more = [town.world.new_lot() for _ in range(5)]
    town.world.do(town.farm, *[event("code", lot, "1") for lot in more])
    uri = order(town.world, town.farm, town.pork, *more)
    index, made = leaf(town), town.evidence(town.pork)
    ((one,), listed) = made.scopes, sorted([town.pork, *more])
    assert (one.index, one.item, listed[one.position]) == (index, town.pork, town.pork)
    assert index in [entry.index for entry in made.entries]
    assert town.told(town.pork) == [(town.pork, "recall", 1, index, None, None, True)]
    text = describe(town.verdict(town.pork))
    assert f"{town.pork} is recalled at level I since index {index} by 青山农场" in text
    assert uri in text
    assert any(
        "no hold or recall was left out" in what for what in town.verdict(town.pork).not_shown
    )


def test_what_was_made_of_a_recalled_lot_shows_that(town: Town) -> None:
    uri = order(town.world, town.world.authority, town.pork)
    index = leaf(town)
    assert town.told(town.sausage) == [(town.pork, "recall", 1, index, None, None, True)]
    clear(town.world, town.maker, uri, town.sausage)
    assert (town.sausage, "recall", 1, None, index + 1, None, False) in town.told(town.sausage)
    assert f"{town.sausage} is found not to be concerned" in describe(town.verdict(town.sausage))
    # Of the pork nothing is said by that.
    assert town.told(town.pork) == [(town.pork, "recall", 1, index, None, None, True)]


def test_holds_released_and_recalls_ended_are_told_as_what_they_were(town: Town) -> None:
    held = hold(town.world, town.maker, town.pork)
    begun = leaf(town)
    assert "is under hold since index" in describe(town.verdict(town.pork))
    say(town.world, town.world.authority, (acts.hold_release(held, "合格"), None))
    uri = order(town.world, town.farm, town.pork)
    say(town.world, town.farm, (acts.recall_close(uri), None))
    other = order(town.world, town.farm, town.pork)
    say(town.world, town.farm, (acts.recall_withdraw(other, "误发"), None))
    assert sorted(town.told(town.pork), key=lambda one: one[3]) == [
        (town.pork, "hold", None, begun, None, "release", False),
        (town.pork, "recall", 1, begun + 2, None, "close", True),
        (town.pork, "recall", 1, begun + 4, None, "withdraw", False),
    ]
    text = describe(town.verdict(town.pork))
    for words in (
        f"was under hold since index {begun}",
        f"released at index {begun + 1}",
        f"is recalled at level I since index {begun + 2}",
        "closed at",
        "withdrawn at",
    ):
        assert words in text


def test_an_item_that_is_cleared_and_brought_back_is_told_as_it_is_now(town: Town) -> None:
    uri = order(town.world, town.farm, town.pork, town.other)
    index = leaf(town)
    clear(town.world, town.farm, uri, town.pork)
    assert town.told(town.pork) == [(town.pork, "recall", 1, index, index + 1, None, False)]
    extend(town.world, town.farm, uri, town.pork)
    assert town.told(town.pork) == [(town.pork, "recall", 1, index + 2, None, None, True)]
    # Each statement of the file whose list names the item is shown to.
    assert [one.index for one in town.evidence(town.pork).scopes] == [index, index + 1, index + 2]


def test_acknowledgements_of_others_are_left_out(town: Town) -> None:
    uri = order(town.world, town.farm, town.pork)
    for number in range(3):
        say(town.world, town.world.party(f"摊位 {number}"), (acts.recall_acknowledge(uri), None))
    said = [one.said for one in town.verdict(town.pork).links]
    assert said.count("recall order") == 1 and "recall acknowledge" not in said


def test_a_drill_is_in_no_file(town: Town) -> None:
    order(town.world, town.farm, town.pork, drill=True)
    assert town.evidence(town.pork).scopes == ()
    assert "recall" not in describe(town.verdict(town.pork)).replace("hold or recall", "")


def test_the_checkpoint_covers_the_acts(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with town.world.ledger.reading() as reader:
        kept = reader.checkpoint()
    monkeypatch.setattr(Reader, "published", lambda self: kept)
    assert kept is not None and town.evidence(town.pork).checkpoint == kept.note
    order(town.world, town.farm, town.pork)
    assert town.evidence(town.pork).checkpoint != kept.note
    assert len(town.told(town.pork)) == 1


def test_an_act_that_a_record_names_brings_its_beginning(town: Town) -> None:
    uri = order(town.world, town.farm, town.other)
    data, named = acts.listed([town.sausage])
    (said,) = say(town.world, town.world.authority, (acts.recall_extend(uri, named), data))
    clear(town.world, town.world.authority, uri, town.sausage)
    after = AfterRef(said.index, said.hash)
    town.world.do(town.maker, event("count", town.pork, "1"), after=(after,))
    said = [one.said for one in town.verdict(town.pork).links]
    assert town.told(town.pork) == [] and {"recall order", "recall extend"} <= {*said}


def test_a_lost_list_is_told_and_nothing_false_is_given(town: Town) -> None:
    uri = order(town.world, town.farm, town.pork)
    for path in (town.world.home / "attachments").glob("*/*"):
        path.unlink()
    assert len(town.told(town.pork)) == 1  # the rows give the very list
    clear(town.world, town.farm, uri, town.pork)
    extend(town.world, town.farm, uri, town.other, town.pork)
    for path in (town.world.home / "attachments").glob("*/*"):
        path.unlink()
    with pytest.raises(CannotDecide, match="is not here"):
        town.evidence(town.pork)


def test_one_of_ten_thousand_items_is_shown_by_fourteen_hashes(town: Town) -> None:
    lots = [town.world.new_lot() for _ in range(10_000)]
    for at in range(0, len(lots), 1_000):
        town.world.do(town.farm, *[event("code", lot, "1") for lot in lots[at : at + 1_000]])
    order(town.world, town.farm, *lots)
    # The left subtree holds 8,192 items, the right one the rest by shorter paths.
    in_order = sorted(lots)
    for position, hashes in ((77, 14), (8_191, 14), (9_999, 8)):
        made = town.evidence(in_order[position])
        scope = made.scopes[0]
        assert (scope.position, len(scope.proof)) == (position, hashes)
        assert len(made.encode()) < 60_000
        assert town.verdict(in_order[position]).scopes[0].is_in_force


# Attacks on it.


@pytest.fixture(scope="module")
def recalled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Bundle]]:
    """A hold, a recall of three lots, one taken out and brought back by lists of it alone."""
    town = town_of(World(tmp_path_factory.mktemp("recalled") / "home"))
    uri = order(town.world, town.farm, town.pork, town.other)
    clear(town.world, town.farm, uri, town.pork)
    extend(town.world, town.farm, uri, town.pork)
    hold(town.world, town.maker, town.pork)
    yield town, town.evidence(town.pork)
    town.world.ledger.close()


def test_what_is_spoilt_of_a_scope_breaks_the_file(recalled: tuple[Town, Bundle]) -> None:
    town, made = recalled
    first = made.scopes[0]
    indexes = [entry.index for entry in made.entries]
    changes = [
        {"index": indexes[0]},
        {"index": 1 << 40},
        {"position": first.position ^ 1},
        {"position": 1 << 40},
        {"item": town.other},
        {"item": town.sausage},
        {"proof": ()},
        {"proof": (bytes(32),)},
        {"proof": (*first.proof, bytes(32))},
    ]
    for change in changes:
        spoilt = sorted((replace(first, **change), *made.scopes[1:]),
                        key=lambda one: (one.index, one.item))  # fmt: skip
        verdict = verify(replace(made, scopes=tuple(spoilt)), town.world.trust)
        assert verdict.exit_code == 1, change
        assert {fault.rule for fault in verdict.all_faults()} == {"scope"}


def test_a_statement_that_a_scope_names_cannot_be_left_out(recalled: tuple[Town, Bundle]) -> None:
    town, made = recalled
    for scope in made.scopes:
        rest = tuple(one for one in made.entries if one.index != scope.index)
        assert verify(replace(made, entries=rest), town.world.trust).exit_code == 1


def test_the_form_of_scopes_is_one(recalled: tuple[Town, Bundle]) -> None:
    _, made = recalled
    for wrong in ((*made.scopes, made.scopes[-1]), made.scopes[::-1]):
        with pytest.raises(EvidenceError, match="in order of index and item"):
            bundle.parse(replace(made, scopes=wrong).encode())
    good = made.encode()
    assert good.count(b'"scopes":[') == 1
    for old, new in (
        (b'"position":0', b'"position":-1'),
        (b'"position":0', b'"position":true'),
        (b'"position":', b'"Position":'),
        (b',"scopes":[', b',"scopes":[[],'),
    ):
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
@settings(max_examples=400, deadline=None)
def test_any_byte_for_any_other_fails_or_changes_no_meaning(recalled, data):
    town, made = recalled
    made = replace(made, checkpoint=cosign(made.checkpoint, NORTH, SOUTH))
    trust, good = trust_with(town.world.trust, 1), made.encode()
    start = good.index(b'"scopes":[')
    at = data.draw(st.integers(start - 20, len(good) - 1))
    byte = data.draw(st.sampled_from(b'0123456789abcAZ/+=",:[]{}') | st.integers(0, 255))
    code, found = outcome(good[:at] + bytes([byte]) + good[at + 1 :], trust)
    assert code != 0 or found == outcome(good, trust)[1]


def test_a_statement_that_breaks_a_rule_says_nothing_of_the_item(town: Town) -> None:
    """Under the log's own key: one that may not end an act is a fault, and the act goes on."""
    uri = order(town.world, town.farm, town.pork)
    with town.world.ledger.reading() as reader:
        entries = [stored.entry for stored in reader.links()]
    made = town.evidence(town.pork)
    wrong = link_of(town.maker.uri, town.maker.signer,
                    {"statement": acts.recall_withdraw(uri, "误发")}, [(uri, 0, None)])  # fmt: skip
    kept = [one.index for one in made.entries]
    file = file_of([*entries, wrong], town.pork, [*kept, len(entries)], town.world.log)
    verdict = verify(replace(file, scopes=made.scopes), town.world.trust)
    assert verdict.exit_code == 1 and verdict.scopes[0].is_in_force
    assert [fault.rule for fault in verdict.all_faults()] == ["authority"]


def test_a_newer_statement_with_a_list_is_left_to_a_newer_program(town: Town) -> None:
    uri = order(town.world, town.farm, town.pork)
    with town.world.ledger.reading() as reader:
        entries = [stored.entry for stored in reader.links()]
    made = town.evidence(town.pork)
    newer = {"type": "recall", "op": "destroy", "uri": uri, **scopes.members([town.pork])}
    head = parse(entries[-1]).hash
    later = link_of(town.farm.uri, town.farm.signer, {"statement": newer}, [(uri, 1, head)])
    kept = [one.index for one in made.entries]
    file = file_of([*entries, later], town.pork, [*kept, len(entries)], town.world.log)
    named = (*made.scopes, replace(made.scopes[0], index=len(entries)))
    verdict = verify(replace(file, scopes=named), town.world.trust)
    assert verdict.exit_code == 3 and len(verdict.scopes) == 1


@pytest.mark.parametrize(
    ("kind", "op"), [("ownership", "lend"), ("document", "split"), ("erasure", "shred")]
)
def test_a_newer_op_of_a_known_statement_is_left_to_a_newer_program(town, kind, op):
    made = town.evidence(town.pork)
    with town.world.ledger.reading() as reader:
        entries = [stored.entry for stored in reader.links()]
    newer = {"statement": {"type": kind, "op": op}}
    later = link_of(town.farm.uri, town.farm.signer, newer, [("urn:x:newer", 0, None)])
    kept = [one.index for one in made.entries]
    file = file_of([*entries, later], town.pork, [*kept, len(entries)], town.world.log)
    verdict = verify(replace(file, scopes=made.scopes), town.world.trust)
    assert verdict.exit_code == 3 and f"not known here, {kind} {op}" in verdict.undecided[0]
