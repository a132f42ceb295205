"""Hard cases of lineage that networks by chance do not have: circles, depths, absurd values."""

import pytest
from support.ledger.world import World, event
from support.lineage.lineage_hard import Story, everything
from support.watch.audits import audit
from support.web.client import client_of

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.lineage import model
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.projections import follow_lineage as follower
from suyuan.trace.store.projections.follow_lineage import touched
from suyuan.trace.store.projections.material import Material
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

PALLET = "https://id.gs1.org/00/069012345678901236"


@pytest.fixture
def story(small: World) -> Story:
    return Story(small)


@pytest.fixture
def lot(story: Story) -> str:
    """100 kg at the farm."""
    lot = story.world.new_lot()
    story.say(0, story.farm, "code", (lot, "100"))
    return lot


def test_moving_a_pallet_makes_nothing_anew_but_the_pallet(story: Story, lot: str) -> None:
    story.say(1, story.farm, "pack", (lot, "60"), parent=PALLET)
    story.world.ledger.followers.catch_up()
    sent = story.say(2, story.farm, "dispatch", PALLET, to=story.stall)
    with story.world.ledger.reading() as reader:
        material = Material(reader, sent.index + 1, {}, {})
        numbers = touched(material, [(sent.index, material.link(sent.index))], [])
        assert [material.uri(number) for number in numbers] == [PALLET]


def test_others_words_make_no_goods_and_undo_nothing(story: Story, lot: str) -> None:
    farm, works, stall = story.farm, story.works, story.stall
    sent = story.say(1, farm, "dispatch", (lot, "30"), to=stall, event_id="urn:uuid:sent")
    story.say(2, works, "refuse", (lot, "30"), after=sent)
    assert story.where(lot) == {(farm.uri, None): "7E+1", (f"→ {stall.uri}", None): "3E+1"}
    of = {"suyuan:of": "urn:uuid:sent"}
    story.say(3, farm, "undo-dispatch", (lot, "30"), extra=of)  # another's word was no answer
    assert story.where(lot) == {(farm.uri, None): "1E+2"}


def test_a_lot_may_be_its_own_ancestor(story: Story, lot: str) -> None:
    farm = story.farm
    other = "https://id.gs1.org/01/06901234567892/10/B"
    mine = "https://id.gs1.org/01/06901234567892/10/A"
    story.say(1, farm, "make", (mine, "10"), inputs=((mine, "10"),))
    story.say(2, farm, "make", (other, "10"), inputs=((mine, "5"), (lot, "1")))
    story.say(3, farm, "make", (mine, "10"), inputs=((other, "5"),))
    assert story.made_of(mine) == {other, lot}
    assert story.made_of(other) == {mine, lot}
    story.ask(lambda lineage: everything(lineage, mine, other, lot))
    graph = story.ask(lambda lineage: lineage.graph([mine], forward=True))
    assert dict(graph.depth) == {mine: 0, other: 1}


def test_thirty_cases_in_cases_are_seen_through(story: Story, lot: str) -> None:
    farm, stall, soup = story.farm, story.stall, story.world.new_lot()
    cases = [story.world.new_lot() for _ in range(30)]
    for hour, (inner, outer) in enumerate(zip([lot, *cases], cases, strict=False), 1):
        story.say(hour, farm, "pack", (inner, "60") if inner == lot else inner, parent=outer)
    sent = story.say(40, farm, "dispatch", cases[-1], to=stall)
    story.say(41, stall, "receive", cases[-1], after=sent)
    assert story.where(lot) == {(farm.uri, None): "4E+1", (stall.uri, cases[0]): "6E+1"}
    held = story.ask(lambda lineage: lineage.stock_of(stall.uri))
    assert {one.item for one in held} == {lot, *cases}
    story.say(42, stall, "make", (soup, "50"), inputs=(cases[-1],))
    assert story.made_of(soup) == {lot, *cases}
    assert story.where(lot) == {(farm.uri, None): "4E+1"}
    story.ask(lambda lineage: everything(lineage, lot, soup, cases[0], cases[-1]))


def test_containers_inside_themselves_and_each_other_end_every_walk(story: Story, lot: str) -> None:
    farm, works, soup = story.farm, story.works, story.world.new_lot()
    a, b, *more = boxes = [story.world.new_lot() for _ in range(10)]
    story.say(1, farm, "pack", (lot, "60"), parent=a)
    story.say(2, farm, "pack", a, parent=b)
    story.say(3, farm, "pack", b, parent=a)
    for hour, outer in enumerate(more, 4):
        story.say(hour, farm, "pack", *more, parent=outer)
    story.ask(lambda lineage: everything(lineage, lot, *boxes))
    sent = story.say(15, farm, "dispatch", a, to=works)
    story.say(16, works, "receive", (lot, "60"), after=sent)
    story.say(17, works, "make", (soup, "5"), inputs=(b, (lot, "10")))
    story.say(18, works, "unpack", parent=a)
    story.ask(lambda lineage: everything(lineage, lot, soup, *boxes))
    assert story.where(lot) == {(farm.uri, None): "4E+1", (works.uri, None): "5E+1"}


HUGE = "9000000000000"  # kg: as much as one amount may say


def stock(world: World, lot: str) -> list[Stock]:
    with world.caught_up() as reader:
        return Lineage(reader).stock([lot])


def test_what_was_received_beyond_all_measure_is_not_known(world: World) -> None:
    farm, stall = world.party("青山农场", "producer"), world.party("湖心市场 D03 摊")
    lot = world.coded_lot(farm)
    (sent,) = world.do(farm, event("dispatch", lot, HUGE, sender=farm.uri, recipient=stall.uri))
    for _ in range(2):
        world.do(stall, event("receive", lot, HUGE), after=(AfterRef(sent.index, sent.hash),))
    (held,) = [one for one in stock(world, lot) if one.holder == stall.uri]
    assert held.quantity is None
    with world.ledger.reading() as reader:
        (line,) = Lineage(reader).shipments(recipient=stall.uri)
        assert line.received is None
        absurd = [one for one in Lineage(reader).findings() if one.rule == "absurd"]
        assert sent.index in {one.leaf for one in absurd}
    assert not audit(world.ledger).findings


@pytest.mark.parametrize(
    ("ratio", "uom"), [("1" + "0" * 60, "箱"), ("0." + "0" * 60 + "1", "箱"), ("20", ["箱"])]
)
def test_a_conversion_beyond_all_measure_or_no_unit_stops_nothing(small: World, ratio, uom) -> None:
    farm = small.party("青山农场", "producer")
    lot, product = small.new_lot(), "https://trace.food.example/product/1Q4T9ZC2KM8W0RB3"
    small.say(farm, {"type": "product", "uri": product, "name": "x", "category": "v",
                     "unit": "KGM", "conversions": {"箱": ratio}})  # fmt: skip
    said = event("code", lot, "5", extra=steps.coding("x", None, None, None, product_id=product))
    said["quantityList"][0]["uom"] = uom
    small.do(farm, said)
    (held,) = stock(small, lot)
    assert held.quantity is None
    assert not audit(small.ledger).findings


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_times_beyond_the_calendar_close_nobody_s_inbox(small: World, when: str) -> None:
    farm, stall = small.party("青山农场", "producer"), small.party("湖心市场 D03 摊")
    lot = small.coded_lot(farm)
    said = event("dispatch", lot, "5", sender=farm.uri, recipient=stall.uri)
    small.do(farm, said | {"eventTime": when, "eventTimeZoneOffset": when[-6:]})
    small.ledger.followers.catch_up()
    client = client_of(small.ledger)
    for what in ("arrivals", "inbox", "holdings", "overdue"):
        path = f"/api/v1/parties/{stall.uri.rpartition('/')[2]}/{what}"
        assert client.get(path).status_code == 200


def test_what_nobody_foresaw_of_one_item_is_a_doubt(world, monkeypatch):
    farm = world.party("青山农场", "producer")
    bad, good = world.new_lot(), world.new_lot()
    real = follower.story_of

    def failing(known: object) -> model.Story:
        if known.item == bad:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return real(known)  # type: ignore[arg-type]

    monkeypatch.setattr(follower, "story_of", failing)
    sent = world.code(farm, bad)
    world.code(farm, good)
    with world.caught_up() as reader:
        lineage = Lineage(reader)
        (finding,) = lineage.findings()
        assert (finding.rule, finding.subject, finding.leaf) == ("underived", bad, sent.index)
        assert "ZeroDivisionError" in str(finding.message)
        assert "ZeroDivisionError" in finding.message.text("zh")
        assert lineage.stock([bad]) == [] and len(lineage.stock([good])) == 1
    assert not audit(world.ledger).findings
    monkeypatch.setattr(follower, "story_of", real)
    world.ledger.followers.rebuild("lineage")
    with world.ledger.reading() as reader:
        assert Lineage(reader).findings() == [] and len(Lineage(reader).stock([bad])) == 1
