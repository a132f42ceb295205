"""Hand-overs: the dispatch that a receipt answers."""

from unittest.mock import Mock

import pytest
from support.goods.history import CRATE, packing
from support.ledger.world import Actor, World, event

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.link import AfterRef, parse
from suyuan.trace.lineage.joins import Place, destinations, is_dispatch
from suyuan.trace.lineage.path import chains_of, joins_of
from suyuan.trace.recording import record_step


def dispatch(world: World, sender: Actor, lot: str, to: Actor, **more) -> int:
    (sent,) = world.do(sender, event("dispatch", lot, "30", recipient=to.uri, **more))
    return sent.index


def waiting(world: World, lot: str, actor: Actor) -> int | None:
    with world.ledger.reading() as reader:
        found = record_step.open_dispatch(reader, lot, actor.uri)
        assert found is None or reader.link(found.index).hash == found.hash
    return None if found is None else found.index


PEN = Pen("x/log", "urn:x:actor", LocalSigner.from_seed(b"1" * 32), dict.fromkeys)


def said(found: dict):
    return parse(PEN.sign(Draft(event=found)))


def test_the_newest_unanswered_dispatch_to_this_actor(world, farm, stall, lot):
    other = world.party("A 区 13 号")
    assert waiting(world, lot, stall) is None
    first = dispatch(world, farm, lot, stall)
    second = dispatch(world, farm, lot, stall)
    dispatch(world, farm, lot, other)
    assert waiting(world, lot, stall) == second
    answer(world, stall, lot, second)
    assert waiting(world, lot, stall) == first
    answer(world, stall, lot, first, step="refuse")
    assert waiting(world, lot, stall) is None


def answer(world: World, actor: Actor, lot: str, index: int, step: str = "receive") -> None:
    with world.ledger.reading() as reader:
        ref = AfterRef(index, reader.link(index).hash)
    world.do(actor, event(step, lot, "30"), after=(ref,))


def test_one_that_is_undone_is_not_open(world: World, farm: Actor, stall: Actor, lot: str) -> None:
    first = dispatch(world, farm, lot, stall)
    dispatch(world, farm, lot, stall, event_id="urn:uuid:second")
    of = {"suyuan:of": "urn:uuid:second"}
    world.do(world.party("别人"), event("undo-dispatch", lot, "30", extra=of))
    assert waiting(world, lot, stall) == first + 1  # another's word undoes nothing
    world.do(farm, event("undo-dispatch", lot, "30", extra=of))
    assert waiting(world, lot, stall) == first


def test_one_that_is_declared_an_error_is_not_open_and_the_corrected_one_is(
    world: World, farm: Actor, stall: Actor, lot: str
) -> None:
    wrong = event("dispatch", lot, "30", recipient=stall.uri)
    world.do(farm, wrong)
    right = dispatch(world, farm, lot, stall)
    declared = {"reason": "urn:epcglobal:cbv:er:incorrect_data"}
    world.do(farm, wrong | {"errorDeclaration": declared})
    assert waiting(world, lot, stall) == right


def test_every_spelling_of_shipping_ships() -> None:
    for name in (
        "shipping", "cbv:BizStep-shipping", "https://ref.gs1.org/cbv/BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:shipping", "void_shipping", "receiving", ["shipping"],
        {"shipping": 1}, None,
    ):  # fmt: skip
        ships = isinstance(name, str) and name.endswith("shipping") and name != "void_shipping"
        assert is_dispatch(said(event("dispatch", "urn:x:lot") | {"bizStep": name})) is ships


@pytest.mark.parametrize(
    ("listed", "parties"),
    [
        *(([{"type": name, "destination": "urn:x:a"}], {"urn:x:a"}) for name in (
            "owning_party", "possessing_party", "urn:epcglobal:cbv:sdt:owning_party",
        )),
        ([{"type": "location", "destination": "urn:x:a"}], set()),
        ([{"destination": "urn:x:a"}], set()), ({"type": "owning_party"}, set()), (7, set()),
        ([1, None, [], {"type": 1, "destination": 2}, {"type": "owning_party"}], set()),
    ],
)  # fmt: skip
def test_destinations_are_parties_whatever_stands_there(listed, parties) -> None:
    found = event("dispatch", "urn:x:lot") | {"destinationList": listed}
    assert destinations(said(found)) == parties


def test_what_is_packed_after_a_crate_was_sent_was_not_sent_in_it() -> None:
    acts = [packing("pack", CRATE, "urn:x:first"), event("dispatch", CRATE),
            packing("pack", CRATE, "urn:x:second")]  # fmt: skip
    links = {at: said(one) for at, one in enumerate(acts)}
    joins = joins_of(links, chains_of(links), Mock())
    assert joins.has_inside(Place(CRATE, "urn:x:actor", 2), "urn:x:second")
    assert not joins.has_inside(Place(CRATE, "urn:x:actor", 1), "urn:x:second")
    assert joins.has_inside(Place(CRATE, "urn:x:actor", 1), "urn:x:first")


def test_odd_events_of_others_hide_nothing(world, farm, stall, lot):
    index = dispatch(world, farm, lot, stall)
    odd = event("dispatch", lot, "1") | {"destinationList": 7, "eventID": [1], "suyuan:of": {}}
    world.do(farm, odd, odd | {"bizStep": "void_shipping"}, odd | {"errorDeclaration": 1})
    assert waiting(world, lot, stall) == index
