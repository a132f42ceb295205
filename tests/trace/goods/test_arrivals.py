"""Arrivals and their answers: pushed, confirmed, refused, in part, with a difference, undone."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from support.ledger.world import Actor, World, event

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.exchange import handover_json
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef, parse
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import late_parties, overdue
from suyuan.trace.goods.handover.reply import Amount, Reply
from suyuan.trace.goods.handover.slips import ConfirmError, Slip, Slips, Why, awaited, waiting
from suyuan.trace.goods.holdings import missing, of_items, of_party
from suyuan.trace.lineage.model import Sent
from suyuan.trace.recording.receiving import Confirmed, confirm
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.store.read.log_reader import recorded_at
from suyuan.trace.store.read.slip_lines import lines_of

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALL = Reply(is_all=True)


def send(world: World, sender: Actor, to: Actor, *portions: steps.Portion, **more) -> int:
    when = more.pop("when", datetime.now(UTC) - timedelta(minutes=1))
    sent = steps.event("dispatch", when, portions, sender=sender.uri, recipient=to.uri, **more)
    (receipt,) = world.do(sender, sent)
    world.ledger.followers.catch_up()
    return receipt.index


def kilos(lot: str, amount: str) -> steps.Portion:
    return steps.Portion(lot, Decimal(amount), "KGM")


def kg(amount: str) -> Amount:
    return Amount(Decimal(amount), "KGM")


def arrivals(world: World, who: Actor) -> list[Slip]:
    with world.caught_up() as reader:
        return Slips(reader).arrivals(who.uri)


def answer(world: World, who: Actor, index: int, said: Reply = ALL) -> Confirmed:
    done = confirm(world.ledger, who.pen, index, said, SHANGHAI)
    world.ledger.followers.catch_up()
    return done


def line(world: World, index: int, item: str):
    with world.ledger.reading() as reader:
        return next(one for one in lines_of(reader, index) if one.item == item)


def stock(world: World, lot: str) -> dict:
    """Kilograms by holder; what is on its way under its recipient and True."""
    world.ledger.followers.catch_up()
    found: dict = {}
    with world.ledger.reading() as reader:
        for one in of_items(reader, [lot]):
            key = (one.holder, one.is_in_transit)
            found[key] = found.get(key, 0) + one.quantity.value
    return found


def test_a_dispatch_appears_in_its_recipients_arrivals_until_it_is_confirmed(
    world: World, farm: Actor, stall: Actor, lot: str
) -> None:
    index = send(world, farm, stall, kilos(lot, "30"), notes=["urn:suyuan:note:7"])
    assert arrivals(world, farm) == []
    (slip,) = arrivals(world, stall)
    assert (slip.index, slip.why, slip.sender_name) == (index, Why.DISPATCH, "青山农场")
    assert slip.notes == ("urn:suyuan:note:7",)
    (only,) = slip.lines
    assert (only.name, only.portion) == ("上海青", kilos(lot, "30"))
    assert slip.duty.due == slip.recorded.time + 24 * 3_600_000_000 and not slip.duty.is_binding
    assert stock(world, lot) == {(farm.uri, False): 70, (stall.uri, True): 30}

    done = answer(world, stall, index)
    (said,) = done.events
    assert said["bizStep"] == "receiving" and "suyuan:difference" not in said
    assert arrivals(world, stall) == []
    assert line(world, index, lot).state is Sent.CONFIRMED
    assert stock(world, lot) == {(farm.uri, False): 70, (stall.uri, False): 30}
    with world.ledger.reading() as reader:
        received = parse(reader.link(done.receipts[0].index).entry)
    assert [ref.index for ref in received.after] == [index]


def test_another_quantity_states_the_difference(world, farm, stall, lot):
    index = send(world, farm, stall, kilos(lot, "30"))
    said = Reply(weighed={lot: kg("29.5")}, difference_reason="沥水")
    (event_,) = answer(world, stall, index, said).events
    assert event_["suyuan:difference"] == [
        {"item": lot, "value": "-0.5", "unit": "kg", "reason": "沥水"}
    ]
    assert event_["quantityList"] == [{"epcClass": lot, "quantity": 29.5, "uom": "KGM"}]
    assert line(world, index, lot).state is Sent.DIFFERENT
    assert arrivals(world, stall) == []
    assert stock(world, lot) == {(farm.uri, False): 70, (stall.uri, False): Decimal("29.5")}
    with world.ledger.reading() as reader:
        (one,) = missing(reader, lot)
    assert (one.line.leaf, one.quantity.value) == (index, Decimal("0.5"))


def test_what_comes_later_adds_up(world: World, farm: Actor, stall: Actor, lot: str) -> None:
    index = send(world, farm, stall, kilos(lot, "30"))
    answer(world, stall, index, Reply(weighed={lot: kg("10")}))
    with pytest.raises(ConfirmError, match=r"answered already.*--rest"):
        answer(world, stall, index, Reply(weighed={lot: kg("10")}))
    answer(world, stall, index, Reply(weighed={lot: kg("15")}, is_rest=True))
    (rest,) = answer(world, stall, index, Reply(is_all=True, is_rest=True)).events
    assert rest["quantityList"][0]["quantity"] == 5
    assert line(world, index, lot).state is Sent.CONFIRMED
    assert stock(world, lot) == {(farm.uri, False): 70, (stall.uri, False): 30}
    with pytest.raises(ConfirmError, match="answered already"):
        answer(world, stall, index, Reply(is_all=True, is_rest=True))


@pytest.mark.parametrize(("came", "refused"), [("31", None), ("26", "4")])
def test_nothing_is_left_of_what_was_answered_in_full_or_came_in_excess(
    world: World, farm: Actor, stall: Actor, lot: str, came: str, refused: str | None
) -> None:
    index = send(world, farm, stall, kilos(lot, "30"))
    bad = {} if refused is None else {lot: kg(refused)}
    answer(world, stall, index, Reply(weighed={lot: kg(came)}, refused=bad, reason="压伤"))
    assert line(world, index, lot).state is Sent.DIFFERENT
    with pytest.raises(ConfirmError, match="answered already"):
        answer(world, stall, index, Reply(is_all=True, is_rest=True))


def test_what_is_not_spoken_of_stays_open(world, farm, stall, lot):
    other = world.coded_lot(farm)
    index = send(world, farm, stall, kilos(lot, "30"), kilos(other, "8"))
    answer(world, stall, index, Reply(weighed={lot: kg("30")}))
    (slip,) = arrivals(world, stall)
    assert [one.item for one in slip.lines] == [other]
    with pytest.raises(ConfirmError, match="not any more"):
        answer(world, stall, index, Reply(weighed={lot: kg("30")}))
    answer(world, stall, index)
    assert arrivals(world, stall) == []
    assert stock(world, other) == {(farm.uri, False): 92, (stall.uri, False): 8}


def test_what_is_refused_goes_back_to_its_sender(world, farm, stall, lot):
    index = send(world, farm, stall, kilos(lot, "30"))
    with pytest.raises(ConfirmError, match="--reason"):
        answer(world, stall, index, Reply(refused={lot: None}))
    done = answer(world, stall, index, Reply(refused={lot: None}, reason="腐烂"))
    (said,) = done.events
    assert said["bizStep"] == "urn:suyuan:step:refuse" and said["suyuan:reason"] == "腐烂"
    assert line(world, index, lot).state is Sent.REFUSED
    assert stock(world, lot) == {(farm.uri, False): 70, (farm.uri, True): 30}
    (slip,) = arrivals(world, farm)
    assert (slip.why, slip.reason, slip.sender) == (Why.REFUSAL, "腐烂", stall.uri)
    with pytest.raises(ConfirmError, match="what was refused is yours"):
        answer(world, farm, slip.index, Reply(refuses_all=True, reason="no"))
    answer(world, farm, slip.index)
    assert stock(world, lot) == {(farm.uri, False): 100}


def test_part_is_taken_in_and_part_refused(world, farm, stall, lot):
    index = send(world, farm, stall, kilos(lot, "30"))
    done = answer(world, stall, index, Reply(refused={lot: kg("4")}, reason="压伤"))
    assert [one["bizStep"].rsplit(":", 1)[-1] for one in done.events] == ["receiving", "refuse"]
    assert stock(world, lot) == {
        (farm.uri, False): 70, (stall.uri, False): 26, (farm.uri, True): 4,
    }  # fmt: skip
    both = send(world, farm, stall, kilos(lot, "10"))
    said = Reply(weighed={lot: kg("6")}, refused={lot: kg("3")}, reason="压伤")
    received, _ = answer(world, stall, both, said).events
    assert received["suyuan:difference"][0]["value"] == "-1"
    with world.caught_up() as reader:
        (slip,) = Slips(reader).of(lines_of(reader, both))
    (row,) = handover_json.slip(slip, 0)["lines"]
    assert row["received"] == {"value": "6", "unit": "kg"}
    assert row["refused"] == {"value": "3", "unit": "kg"}


def test_a_return_is_an_arrival_of_its_first_sender(world, farm, stall, lot):
    answer(world, stall, send(world, farm, stall, kilos(lot, "30")))
    back = event("return", lot, "2", sender=stall.uri, recipient=farm.uri)
    world.do(stall, back | {"suyuan:reason": "多订"})
    (slip,) = arrivals(world, farm)
    assert (slip.why, slip.reason) == (Why.RETURN, "多订")
    answer(world, farm, slip.index)
    assert stock(world, lot) == {(farm.uri, False): 72, (stall.uri, False): 28}


def test_the_contents_of_a_pallet_come_with_it_or_one_by_one(world, farm, stall, lot):
    pallets = [
        "https://id.gs1.org/00/006141411234567890",
        "https://id.gs1.org/00/106141411234567897",
    ]
    for pallet in pallets:
        now = datetime.now(UTC) - timedelta(minutes=5)
        world.do(farm, steps.event("pack", now, [kilos(lot, "20")], parent=pallet))
    whole, apart = (send(world, farm, stall, steps.Portion(pallet)) for pallet in pallets)
    first, _ = arrivals(world, stall)
    (content,) = first.lines[0].contents
    assert (content.item, content.quantity.value, content.name) == (lot, 20, "上海青")
    assert stock(world, lot) == {(farm.uri, False): 60, (stall.uri, True): 40}
    answer(world, stall, whole)
    answer(world, stall, apart, Reply(weighed={lot: kg("20")}))
    assert arrivals(world, stall) == []
    assert stock(world, lot) == {(farm.uri, False): 60, (stall.uri, False): 40}
    with world.ledger.reading() as reader:
        has = [(one.item, one.container) for one in of_party(reader, stall.uri).has]
    assert (lot, pallets[0]) in has and (lot, None) in has
    with pytest.raises(ConfirmError, match="one thing"):
        answer(
            world, stall, send(world, farm, stall, steps.Portion(pallets[0])),
            Reply(weighed={pallets[0]: kg("3")}),
        )  # fmt: skip


@pytest.mark.parametrize(("refused", "kilos_of_it"), [(Amount(Decimal(5), "KGM"), 5), (None, 20)])
def test_a_refused_content_is_taken_in_with_its_pallet_and_sent_back(
    world, farm, stall, lot, refused, kilos_of_it
):
    pallet = "https://id.gs1.org/00/006141411234567890"
    now = datetime.now(UTC) - timedelta(minutes=5)
    world.do(farm, steps.event("pack", now, [kilos(lot, "20")], parent=pallet))
    index = send(world, farm, stall, steps.Portion(pallet))
    said = Reply(is_all=True, refused={lot: refused}, reason="压伤")
    received, back = answer(world, stall, index, said).events
    assert back["disposition"] == "returned"
    assert {one["epcClass"] for one in received["quantityList"]} == {lot}
    left = {(stall.uri, False): 20 - kilos_of_it} if refused else {}
    assert stock(world, lot) == {(farm.uri, False): 80, (farm.uri, True): kilos_of_it, **left}
    assert [slip.why for slip in arrivals(world, farm)] == [Why.RETURN]


@pytest.mark.parametrize("came", ["19", "20.5"])
def test_a_pallet_with_another_amount_in_it_holds_no_more_than_came(world, farm, stall, lot, came):
    pallet = "https://id.gs1.org/00/006141411234567890"
    now = datetime.now(UTC) - timedelta(minutes=5)
    world.do(farm, steps.event("pack", now, [kilos(lot, "20")], parent=pallet))
    index = send(world, farm, stall, steps.Portion(pallet))
    (said,) = answer(world, stall, index, Reply(weighed={lot: kg(came)})).events
    assert said["suyuan:difference"][0]["value"] == str(Decimal(came) - 20)
    assert stock(world, lot) == {(farm.uri, False): 80, (stall.uri, False): Decimal(came)}


def test_an_undone_dispatch_cannot_be_answered(world, farm, stall, lot):
    index = send(world, farm, stall, kilos(lot, "30"), event_id="urn:uuid:one")
    world.do(farm, event("undo-dispatch", lot, "30", extra={"suyuan:of": "urn:uuid:one"}))
    assert arrivals(world, stall) == []
    with pytest.raises(ConfirmError, match=f"taken back by its sender at index {index + 1}"):
        answer(world, stall, index)
    assert stock(world, lot) == {(farm.uri, False): 100}


def test_each_answer_that_cannot_be_says_why(world, farm, stall, lot):
    other = world.party("别人")
    index = send(world, farm, stall, kilos(lot, "30"))
    soon = datetime.now(UTC) + timedelta(hours=1)
    before = datetime.now(UTC) - timedelta(days=1)
    strange = world.new_lot()
    for who, at, said, why in (
        (other, index, ALL, f"sends nothing to .*: it went to {stall.uri}"),
        (farm, index, ALL, "a link of .* itself"),
        (stall, 10_000, ALL, "there is no link at index 10000"),
        (stall, 0, ALL, "no dispatch and no refusal"),
        (stall, index - 1, ALL, "no dispatch and no refusal"),
        (stall, index, Reply(), "say what came"),
        (stall, index, Reply(weighed={strange: kg("1")}), "not on the slip"),
        (stall, index, Reply(weighed={lot: kg("0")}), "not over 0"),
        (stall, index, Reply(weighed={lot: kg("301")}), "over 10 times"),
        (stall, index, Reply(weighed={lot: Amount(Decimal(3), "LTR")}), "does not convert"),
        (stall, index, Reply(weighed={lot: kg("1E-9")}), "no exact amount"),
        (stall, index, Reply(refused={lot: kg("31")}, reason="x"), "more is refused"),
        (stall, index, Reply(is_all=True, when=soon), "future"),
        (stall, index, Reply(is_all=True, when=before), "when it was sent"),
    ):
        with pytest.raises(ConfirmError, match=why):
            answer(world, who, at, said)
    assert len(arrivals(world, stall)) == 1
    said = Reply(weighed={lot: kg("301")}, is_sure=True)
    assert answer(world, stall, index, said).receipts


def test_a_dispatch_is_found_by_what_was_sent(world, farm, stall, lot):
    with world.ledger.reading() as reader, pytest.raises(ConfirmError, match="no dispatch of"):
        waiting(reader, stall.uri, lot)
    first = send(world, farm, stall, kilos(lot, "30"))
    with world.ledger.reading() as reader:
        assert waiting(reader, stall.uri, lot) == awaited(reader, stall.uri, lot) == first
    second = send(world, farm, stall, kilos(lot, "5"))
    says = f"more than once.*{first}, {second}"
    with world.ledger.reading() as reader, pytest.raises(ConfirmError, match=says):
        waiting(reader, stall.uri, lot)


@pytest.mark.parametrize("amount", ["1e999999", 1e300, -5, "much", {"a": 1}, None, True])
def test_an_absurd_amount_is_shown_and_refused(small: World, amount: object) -> None:
    farm, stall, lot = small.party("农场", "producer"), small.party("摊"), small.new_lot()
    small.code(farm, lot)
    sent = event("dispatch", lot, "30", sender=farm.uri, recipient=stall.uri)
    sent["quantityList"] = [{"epcClass": lot, "quantity": amount, "uom": "KGM"}]
    (receipt,) = small.do(farm, sent)
    (slip,) = arrivals(small, stall)
    assert len(json.dumps(handover_json.slip(slip, 0))) < 2_000
    if amount == -5:
        with pytest.raises(ConfirmError, match="no amount"):
            answer(small, stall, receipt.index)
    answer(small, stall, receipt.index, Reply(refuses_all=True, reason="胡写"))
    assert arrivals(small, stall) == []


def test_two_devices_of_one_party_confirm_once(world, farm, stall, lot):
    """The second signs in the gap between looking and appending, and is told so."""
    index = send(world, farm, stall, kilos(lot, "30"))
    other = Actor(stall.uri, stall.signer, world.ledger.pen(stall.uri, stall.signer))
    know = stall.pen.know

    def quick(drafts) -> None:
        know(drafts)
        stall.pen.know = know
        answer(world, other, index)

    stall.pen.know = quick
    with pytest.raises(ConfirmError, match="answered already"):
        answer(world, stall, index)
    assert stock(world, lot) == {(farm.uri, False): 70, (stall.uri, False): 30}


def test_what_is_taken_in_and_what_is_refused_are_recorded_together(world, farm, stall, lot):
    """Another device records something of the second item between looking and appending."""
    other = world.coded_lot(farm)
    index = send(world, farm, stall, kilos(lot, "30"), kilos(other, "8"))
    device = Actor(stall.uri, stall.signer, world.ledger.pen(stall.uri, stall.signer))
    know = stall.pen.know

    def slow(drafts) -> None:
        know(drafts)
        stall.pen.know = know
        world.do(device, event("count", other, "1"))

    stall.pen.know = slow
    reply = Reply(weighed={lot: kg("30")}, refused={other: None}, reason="腐烂")
    received, refused = answer(world, stall, index, reply).receipts
    assert refused.index == received.index + 1
    assert line(world, index, lot).state is Sent.CONFIRMED
    assert line(world, index, other).state is Sent.REFUSED


def test_a_receipt_signed_offline_and_sent_late_counts_when_it_is_recorded(world, farm):
    shop = world.party("大卖场", "wholesaler")
    lot = world.coded_lot(farm)
    (sent,) = world.do(farm, event("dispatch", lot, "30", sender=farm.uri, recipient=shop.uri))
    at = world.ledger.now()
    after = AfterRef(sent.index, sent.hash)
    offline = shop.pen.sign(Draft(event=event("receive", lot, "30"), after=(after,)))
    world.ledger.followers.catch_up()
    for hours, count in ((23, 0), (25, 1)):
        now = micros(at + timedelta(hours=hours))
        with world.ledger.reading() as reader:
            found = overdue(reader, shop.uri, now)
            assert len(found) == count
            assert found == overdue(reader, Remit(("3502",)), now)
            assert late_parties(reader, Remit(("3502",)), now) == [shop.uri] * count
            assert late_parties(reader, Remit(("3501",)), now) == []
            assert overdue(reader, Remit(("3501",)), now) == []
            assert overdue(reader, farm.uri, now) == []
    assert found[0].duty.is_binding and found[0].done is None
    later = world.reopen()
    later.clock = lambda: at + timedelta(hours=30)
    later.append([offline])
    later.followers.catch_up()
    with later.reading() as reader:
        (late,) = overdue(reader, shop.uri, micros(at + timedelta(hours=31)))
    later.close()
    assert late.done is not None and late.by == sent.index + 1
    assert 5.9 < late.late(0) / 3_600_000_000 < 6.1
    assert stock(world, lot)[shop.uri, False] == 30


def test_when_links_were_recorded_is_read_alike_one_by_one_and_together(world, farm):
    size = world.code(farm, world.new_lot()).index + 1
    world.code(farm, world.new_lot())
    with writing(world.ledger.database.engine) as connection:
        connection.execute(insert(t.cosigned), {"size": size, "note": "", "at": 5})
    with world.ledger.reading() as reader:
        rows = reader.connection.execute(select(t.link.c.leaf, recorded_at(t.link.c.leaf)))
        times = dict(map(tuple, rows))
        assert times == {leaf: reader.recorded(leaf).time for leaf in range(size + 1)}
    assert [leaf for leaf in times if times[leaf] != 5] == [size]
