"""What an item stands under, on both databases: itself, what it contains, what it is packed in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from acting_support import clear, hold, order
from support import Actor, World, event

from suyuan.trace import acts, history, steps
from suyuan.trace.recall.scope import scope
from suyuan.trace.recall.standing import Relation, standings
from suyuan.trace.steps import Portion

PALLET = "https://id.gs1.org/00/106141412345678908"
CRATE = "https://id.gs1.org/00/006141411234567890"


@pytest.fixture
def farm(world: World) -> Actor:
    return world.party("青山农场", "producer")


def under(world: World, item: str, actor: str | None = None) -> list[tuple[str, str, Relation]]:
    genesis = world.trust.genesis
    with world.ledger.reading() as reader:
        found = (
            history.common(reader, genesis, item)
            if actor is None
            else history.path(reader, genesis, item, actor)
        )
        return [
            (one.act.uri, one.covered, one.relation) for one in standings(reader, genesis, found)
        ]


def coded(world: World, farm: Actor, count: int) -> list[str]:
    lots = [world.new_lot() for _ in range(count)]
    for lot in lots:
        world.code(farm, lot)
    return lots


def make(world: World, who: Actor, made: str, *sources: str) -> None:
    inputs = [Portion(source, Decimal(1), "KGM") for source in sources]
    world.do(who, event("make", made, "1", inputs=inputs))


def pack(world: World, who: Actor, parent: str, *items: str) -> None:
    when = datetime.now(UTC) - timedelta(minutes=1)
    portions = [Portion(item, None if "/00/" in item else Decimal(1),
                        None if "/00/" in item else "KGM") for item in items]  # fmt: skip
    world.do(who, steps.event("pack", when, portions, parent=parent))


def test_nothing_is_under_anything_before_an_act(world: World, farm: Actor) -> None:
    (lot,) = coded(world, farm, 1)
    assert under(world, lot) == []
    world.ledger.followers.catch_up()
    assert under(world, lot) == []


@pytest.mark.parametrize("followed", [True, False])
def test_the_nearest_recalled_source_is_named(world: World, farm: Actor, followed: bool) -> None:
    flour, spice = coded(world, farm, 2)
    dough, bun = world.new_lot(), world.new_lot()
    make(world, farm, dough, flour)
    make(world, farm, bun, dough, spice)
    if followed:
        world.ledger.followers.catch_up()
    uri = order(world, farm, flour)
    assert under(world, bun) == [(uri, flour, Relation.CONTAINS)]
    both = order(world, farm, flour, spice)
    assert under(world, bun)[0] == (both, spice, Relation.CONTAINS)
    clear(world, farm, both, spice)
    clear(world, farm, uri, dough)
    assert under(world, bun) == [(both, flour, Relation.CONTAINS)]
    clear(world, farm, both, dough)
    assert under(world, bun) == []


def test_what_is_in_a_crate_on_a_pallet_is_recalled_with_the_pallet(
    world: World, farm: Actor
) -> None:
    lot, other = coded(world, farm, 2)
    pack(world, farm, CRATE, lot)
    pack(world, farm, PALLET, CRATE)
    world.ledger.followers.catch_up()
    uri = order(world, world.authority, PALLET)
    assert under(world, lot, farm.uri) == [(uri, PALLET, Relation.INSIDE)]
    assert under(world, other, farm.uri) == []
    with world.ledger.reading() as reader:
        assert scope(reader, [lot], forward=True).containers == (CRATE, PALLET)
        assert scope(reader, [PALLET], forward=False).inside == tuple(sorted([CRATE, lot]))
    own = order(world, farm, lot)
    assert (own, lot, Relation.CONTAINS) in under(world, PALLET)
    assert [one[0] for one in under(world, lot, farm.uri)] == [own, uri]


def test_recalled_goes_before_held_and_held_before_contains(world: World, farm: Actor) -> None:
    source, lot = coded(world, farm, 2)
    dish = world.new_lot()
    make(world, farm, dish, source, lot)
    world.ledger.followers.catch_up()
    contains = order(world, farm, source)
    held = hold(world, world.authority, dish)
    recalled = order(world, world.authority, dish)
    assert [one[0] for one in under(world, dish)] == [recalled, held, contains]
    hold(world, world.authority, lot)  # of what it was made from: no matter of its own
    order(world, farm, lot, drill=True)
    assert len(under(world, dish)) == 3
    world.say(farm, acts.recall_withdraw(contains, "误报"))
    world.say(world.authority, acts.hold_release(held))
    assert [one[0] for one in under(world, dish)] == [recalled]


def test_items_that_are_made_of_each_other_end_the_walk(world: World, farm: Actor) -> None:
    one, two = coded(world, farm, 2)
    make(world, farm, two, one)
    make(world, farm, one, two)
    world.ledger.followers.catch_up()
    uri = order(world, farm, one)
    assert under(world, one) == [(uri, one, Relation.ITSELF)]
    assert under(world, two) == [(uri, one, Relation.CONTAINS)]
