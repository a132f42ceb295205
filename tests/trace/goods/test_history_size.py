"""What a history costs, where it is bounded, and that it ends."""

import itertools
import sys

import pytest
from support.goods.history import common, making, newest, path, whole
from support.ledger.lengths import length
from support.ledger.world import Actor, World, event

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.goods import history


def long_chain(world: World, farm: Actor, lot: str, links: int) -> None:
    drafts = [Draft(event=event("feed", lot)) for _ in range(links - 1)]
    world.ledger.write(farm.pen, [Draft(event=event("code", lot, "1")), *drafts])


def test_a_bounded_history_keeps_the_newest_and_says_that_it_is_cut(small, monkeypatch):
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    long_chain(small, farm, lot, 12)
    monkeypatch.setattr(history, "MAX_LINKS", 5)
    found = whole(small, lot)
    assert found.is_cut and len(found.links) == 5 and max(found.links) == newest(small)
    assert all(checked.is_good for checked in found.links.values()) and not found.beginnings
    found = common(small, lot)
    assert found.is_cut and min(found.links) == newest(small) - 11 and len(found.links) == 5
    monkeypatch.setattr(history, "MAX_LINKS", 12)
    assert not whole(small, lot).is_cut


def test_a_history_over_many_chains_is_bounded_too(small, monkeypatch):
    farm = small.party("青山农场", "producer")
    lots = [small.new_lot() for _ in range(6)]
    for lot in lots:
        small.code(farm, lot)
    made = small.new_lot()
    small.do(farm, making(made, *lots))
    monkeypatch.setattr(history, "MAX_LINKS", 4)
    found = whole(small, made)
    assert found.is_cut and 0 < len(found.links) <= 4


def test_blocks_of_a_chain_are_joined(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    long_chain(small, farm, lot, 11)
    for size in (1, 2, 3, 11, 12):
        monkeypatch.setattr(history, "_BLOCK", size)
        found = whole(small, lot)
        assert len(found.links) == 11 and found.is_good


def test_an_event_of_many_items_in_and_out_costs_no_square(small, monkeypatch):
    """A stranger's event: 60 items that are input and output at once, three times over."""
    farm = small.party("青山农场", "producer")
    items = [f"https://x.example/{n:02}" for n in range(60)]
    both = {"inputEPCList": items, "outputEPCList": items}
    one = making(items[0], items[1]) | both
    small.do(farm, one, one, one)
    pushed = []
    monkeypatch.setattr(
        history._Walk,
        "_push",
        lambda self, *todo, push=history._Walk._push: (pushed.append(todo), push(self, *todo)),
    )
    found = whole(small, items[0])
    assert len(found.links) == 3 and len(found.items) == 60
    assert len(pushed) <= 3 * 60 + 60


@pytest.mark.slow
def test_a_long_chain_and_many_generations_do_not_recurse(small: World) -> None:
    """Of either there are more than Python's calls may be deep."""
    links, generations = length(1_200, 5_000), length(1_100, 1_500)
    assert min(links, generations) > sys.getrecursionlimit()
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    long_chain(small, farm, lot, links)
    found = whole(small, lot)
    assert len(found.links) == links and found.is_good and not found.is_cut
    lots = [lot, *(small.new_lot() for _ in range(generations))]
    drafts = [Draft(event=making(b, a)) for a, b in itertools.pairwise(lots)]
    small.ledger.write(farm.pen, drafts)
    found = whole(small, lots[-1])
    assert len(found.links) == links + generations
    assert len(found.items) == generations + 1


def test_a_history_costs_what_it_has_not_what_the_ledger_has(small: World) -> None:
    """Statements to the database, for a lot in a ledger of few and of many links."""
    from sqlalchemy import event as listening

    farm, one = small.party("青山农场", "producer"), small.party("A 区 12 号")
    lot = small.coded_lot(farm)
    small.hand_over(farm, one, lot)

    def cost() -> int:
        seen: list[str] = []
        hook = lambda *given: seen.append(given[2])  # noqa: E731
        listening.listen(small.ledger.database.engine, "before_cursor_execute", hook)
        path(small, lot, one)
        listening.remove(small.ledger.database.engine, "before_cursor_execute", hook)
        return len(seen)

    few = cost()
    other = small.new_lot()
    long_chain(small, farm, other, 300)
    assert cost() == few < 60
