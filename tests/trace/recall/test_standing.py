"""What an item stands under, on both databases: itself, what it contains, what it is packed in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import Actor, World, event
from support.web.acting import clear, hold, order

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods import history
from suyuan.trace.lineage.model import Stay
from suyuan.trace.recall.course import scope
from suyuan.trace.recall.status import Relation, _containers, statuses
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

PALLET = "https://id.gs1.org/00/106141412345678908"
CRATE = "https://id.gs1.org/00/006141411234567890"


def under(world: World, item: str, actor: str | None = None) -> list[tuple[str, str, Relation]]:
    genesis = world.trust.genesis
    with world.ledger.reading() as reader:
        found = (
            history.common(reader, genesis, item)
            if actor is None
            else history.path(reader, genesis, item, actor)
        )
        return [
            (one.act.uri, one.covered, one.relation) for one in statuses(reader, genesis, found)
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


def test_what_is_in_a_crate_on_a_pallet_is_recalled_with_the_pallet(world, farm):
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


def unpack(world: World, who: Actor, parent: str, item: str, kilos: str) -> None:
    portion = Portion(item, Decimal(kilos), "KGM")
    world.do(who, steps.event("unpack", datetime.now(UTC), [portion], parent=parent))


def test_what_is_still_in_a_pallet_counts_after_a_part_of_it_left(world, farm):
    (lot,) = coded(world, farm, 1)
    pack(world, farm, PALLET, lot)
    unpack(world, farm, PALLET, lot, "0.4")
    world.ledger.followers.catch_up()
    uri = order(world, world.authority, PALLET)
    assert under(world, lot) == [(uri, PALLET, Relation.INSIDE)]


def test_a_crate_s_pallet_counts_no_longer_than_the_lot_is_in_the_crate(world, farm):
    (lot,) = coded(world, farm, 1)
    pack(world, farm, CRATE, lot)
    pack(world, farm, PALLET, CRATE)
    unpack(world, farm, CRATE, lot, "1")
    uri = order(world, world.authority, PALLET)
    world.do(farm, steps.event("unpack", datetime.now(UTC), [Portion(CRATE)], parent=PALLET))
    world.ledger.followers.catch_up()
    assert under(world, lot) == []
    assert under(world, CRATE) == [(uri, PALLET, Relation.INSIDE)]


def test_nobody_recalls_another_s_lot_by_packing_it_into_its_own_crate(small: World) -> None:
    farm, rival = small.party("青山农场", "producer"), small.party("对手", "producer")
    (lot,), (crate, own) = coded(small, farm, 1), coded(small, rival, 2)
    pack(small, rival, crate, lot, own)
    small.ledger.followers.catch_up()
    uri = order(small, rival, crate)
    assert under(small, lot) == under(small, lot, farm.uri) == []
    assert under(small, own) == [(uri, crate, Relation.INSIDE)]
    official = order(small, small.authority, crate)
    assert under(small, lot) == [(official, crate, Relation.INSIDE)]


class Nested:
    """Crates in crates, the last in the first: what a lineage says of their stays."""

    def __init__(self, count: int) -> None:
        self.outer = {f"c{n}": f"c{(n + 1) % count}" for n in range(count)} | {"lot": "c0"}

    def stays(self, item: str) -> list[Stay]:
        return [Stay(item, self.outer[item], 0, 1, None, None, None)]


def test_crates_in_crates_however_deep_and_round_in_a_circle_end() -> None:
    found = _containers(Nested(5_000), "lot")  # type: ignore[arg-type]
    assert len(found) == 5_000
    assert set(found.values()) == {None}


def test_the_sources_of_all_that_went_into_it_are_told(small: World) -> None:
    farm = small.party("青山农场", "producer")
    flour, spice = coded(small, farm, 2)
    dough, bun = small.new_lot(), small.new_lot()
    make(small, farm, dough, flour)
    make(small, farm, bun, dough, spice)
    make(small, farm, bun, bun)
    with small.caught_up() as reader:
        assert Lineage(reader).sources([bun]) == {
            bun: {bun, dough, spice},
            dough: {flour},
            flour: set(),
            spice: set(),
        }


def test_twenty_thousand_other_inputs_hide_no_recalled_one(small: World) -> None:
    farm = small.party("青山农场", "producer")
    (flour,) = coded(small, farm, 1)
    dough, bun = small.new_lot(), small.new_lot()
    make(small, farm, dough, flour)
    make(small, farm, bun, dough)
    for number in range(69):
        names = [f"https://id.gs1.org/01/06901234567892/10/{number}-{n}" for n in range(290)]
        make(small, farm, bun, *names)
    small.ledger.followers.catch_up()
    uri = order(small, small.authority, flour)
    assert under(small, bun) == [(uri, flour, Relation.CONTAINS)]
