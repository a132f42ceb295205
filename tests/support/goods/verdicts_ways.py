"""Made histories of goods, each with its expected verdict; verdicts_rows has the others.

A builder makes one item in a market, and gives it with its holder.
"""

from collections.abc import Callable
from dataclasses import dataclass

from support.goods.verdicts_market import FIRM, GLN, Market, refs


@dataclass(frozen=True)
class Row:
    """A made history and its expected verdict.

    `on_page` where a page says more than a file can show: a grave finding turns it amber.
    """

    name: str
    states: tuple[str, ...]
    colour: str
    build: Callable
    on_page: tuple[str, ...]


ROWS: list[Row] = []


SOLD, SAMPLED = Market.sold, Market.sampled


def verdict(
    *states: str, colour: str | None = None, of: Callable | None = None, name: str = "",
    on_page: str | None = None,
) -> Callable:  # fmt: skip
    """The history that a builder makes has these states; amber if they are not `verified`.

    With `of`, SOLD or SAMPLED, the builder is given a lot that the stall has, and its receipt or
    the sample of it; without, it gives the item and the holder.
    """
    shown = colour or ("green" if states == ("verified",) else "amber")

    def keep(build: Callable) -> Callable:
        def of_a_lot(market: Market) -> tuple:
            lot, receipt = of(market)
            build(market, lot, receipt)
            return lot, market.stall

        builder = of_a_lot if of else build
        page = states if on_page is None else (on_page,)
        ROWS.append(Row(name or build.__name__, states, shown, builder, page))
        return build

    return keep


@verdict("verified")
def sound(m):
    return m.sold()[0], m.stall


@verdict("unsourced")
def invented_by_naming_what_went_to_another(m):
    lot = m.lot()
    m.do(m.stall, "receive", lot, kilos="30", after=[m.send(m.farm, m.rival, lot)])
    return lot, m.stall


@verdict("unsourced")
def invented_by_naming_a_container_that_went_to_another(m):
    lot, box = m.lot(), m.box()
    m.pack(m.farm, box, lot)
    m.do(m.stall, "receive", lot, kilos="30", after=[m.send(m.farm, m.rival, box, kilos=None)])
    return lot, m.stall


@verdict("unsourced")
def never_in_the_container_that_came(m):
    lot, other, box = m.lot(), m.lot(), m.box()
    m.pack(m.farm, box, other)
    m.do(m.stall, "receive", lot, kilos="30", after=[m.send(m.farm, m.stall, box, kilos=None)])
    return lot, m.stall


@verdict("unsourced")
def the_eleventh_of_a_receipt_of_ten(m):
    ten = [m.lot() for _ in range(10)]
    eleventh = m.world.new_lot()
    m.do(m.stall, "receive", *ten, eleventh, after=[m.send(m.farm, m.stall, *ten)])
    return eleventh, m.stall


@verdict("unsourced")
def a_second_record_on_somebodys_pallet_then_unpacked(m):
    lot, box = m.lot(), m.box()
    m.pack(m.farm, box, lot)
    m.send(m.farm, m.rival, box, kilos=None)
    m.do(m.stall, "store", box)
    m.pack(m.stall, box, lot, step="unpack")
    return lot, m.stall


@verdict("unsourced")
def invented_as_a_purchase_that_names_what_went_to_another(m):
    lot = m.lot()
    sent, extra = m.send(m.farm, m.rival, lot), {"suyuan:supplier": {"name": "某人"}}
    m.do(m.stall, "receive", lot, kilos="30", after=[sent], extra=extra)
    return lot, m.stall


@verdict("verified")
def joined_by_the_firm_that_the_stall_is_part_of(m):
    lot = m.lot()
    m.do(m.tenant, "receive", lot, kilos="30", after=[m.send(m.farm, FIRM, lot)])
    return lot, m.tenant


@verdict("verified")
def joined_by_the_number_of_a_party_however_it_is_written(m):
    lot = m.lot()
    for to in (f"urn:epc:id:pgln:{GLN[:7]}.{GLN[7:12]}", f"http://gs1.example/x/417/{GLN}"):
        m.do(m.numbered, "receive", lot, kilos="9", after=[m.send(m.farm, to, lot, kilos="9")])
    return lot, m.numbered


def bought(m, supplier, lot=None, buyer=None):
    lot = lot or m.world.new_lot()
    extra = {} if supplier is None else {"suyuan:supplier": supplier}
    m.do(buyer or m.stall, "receive", lot, kilos="30", extra=extra)
    return lot, buyer or m.stall


@verdict("verified")
def purchased(m):
    return bought(m, {"name": "岛外果园", "uscc": "91350200M000100Y99"})


@verdict("contradicted")
def purchased_and_denied_by_the_suppliers_own_records(m):
    lot = m.lot(m.supplier)
    m.hand(m.supplier, m.rival, lot)
    return bought(m, {"uscc": m.supplier.uri[-18:]}, lot)


@verdict("verified")
def purchased_of_one_who_did_send_it(m):
    lot = m.lot(m.supplier)
    m.send(m.supplier, m.stall, lot)
    return bought(m, {"uscc": m.supplier.uri[-18:]}, lot)


@verdict("verified")
def purchased_of_one_who_sent_it_to_the_buyers_firm(m):
    lot = m.lot(m.supplier)
    m.send(m.supplier, FIRM, lot)
    return bought(m, {"uscc": m.supplier.uri[-18:]}, lot, m.tenant)


@verdict("unsourced")
def purchased_without_a_supplier(m):
    return bought(m, None)


@verdict("verified")
def refused_and_still_with_the_sender(m):
    lot = m.lot()
    m.do(m.stall, "refuse", lot, kilos="30", after=[m.send(m.farm, m.stall, lot)])
    return lot, m.farm


@verdict("unsourced")
def refused_and_so_not_there(m):
    lot = m.lot()
    m.do(m.stall, "refuse", lot, kilos="30", after=[m.send(m.farm, m.stall, lot)])
    return lot, m.stall


@verdict("unsourced", "contradicted")
def refused_then_sold(m):
    lot, _ = refused_and_so_not_there(m)
    m.do(m.stall, "sell", lot, kilos="5")
    return lot, m.stall


@verdict("verified")
def refused_and_taken_back(m):
    lot = m.lot()
    refused = m.do(m.stall, "refuse", lot, kilos="30", after=[m.send(m.farm, m.stall, lot)])
    m.do(m.farm, "receive", lot, after=[refused])
    m.send(m.farm, m.rival, lot, kilos="100")
    return lot, m.farm


@verdict("verified")
def returned_and_taken_back(m):
    lot = m.lot()
    sent, _ = m.hand(m.farm, m.stall, lot)
    back = m.send(m.stall, m.farm, lot, step="return", after=[sent])
    m.do(m.farm, "receive", lot, kilos="30", after=[back])
    m.send(m.farm, m.rival, lot, kilos="100")
    return lot, m.farm


@verdict("verified")
def split(m):
    lot, first, second = m.sold()[0], m.world.new_lot(), m.world.new_lot()
    m.made("cut", [lot], first, second, kilos="10")
    return first, m.stall


@verdict("verified")
def merged(m):
    lots, mixed = [m.sold()[0], m.sold()[0]], m.world.new_lot()
    m.made("mix", lots, mixed)
    return mixed, m.stall


@verdict("unsourced", "contradicted")
def merged_with_what_nobody_supplied(m):
    lots, mixed = [m.sold()[0], invented_by_naming_what_went_to_another(m)[0]], m.world.new_lot()
    m.made("mix", lots, mixed)
    return mixed, m.stall


@verdict("verified")
def made_into_something_and_handed_on(m):
    lot, made = m.lot(), m.world.new_lot()
    m.hand(m.farm, m.maker, lot)
    m.made("make", [lot], made, by=m.maker)
    m.hand(m.maker, m.stall, made, kilos="15")
    return made, m.stall


@verdict("verified")
def packed_unpacked_and_packed_again(m):
    lot, box, second = m.lot(), m.box(), m.box()
    m.pack(m.farm, box, lot)
    m.hand(m.farm, m.agent, box, kilos=None)
    m.pack(m.agent, box, lot, step="unpack")
    m.pack(m.agent, second, lot)
    m.hand(m.agent, m.stall, second, kilos=None)
    m.pack(m.stall, second, lot, step="unpack")
    return lot, m.stall


@verdict("verified")
def confirmed_by_contents(m):
    lot, box = m.lot(), m.box()
    m.pack(m.farm, box, lot)
    m.do(m.stall, "receive", lot, kilos="30", after=[m.send(m.farm, m.stall, box, kilos=None)])
    return lot, m.stall


@verdict("verified")
def confirmed_by_contents_of_a_box_on_a_pallet(m):
    lot, box, pallet = m.lot(), m.box(), m.box()
    m.pack(m.farm, box, lot)
    m.pack(m.farm, pallet, box)
    m.hand(m.farm, m.agent, pallet, kilos=None)
    sent = m.send(m.agent, m.stall, pallet, kilos=None)
    m.do(m.stall, "receive", lot, kilos="30", after=[sent])
    return lot, m.stall


def a_box_off_a_pallet(m):
    lot, box, pallet = m.lot(), m.box(), m.box()
    m.pack(m.farm, box, lot)
    m.pack(m.farm, pallet, box)
    m.hand(m.farm, m.agent, pallet, kilos=None)
    m.pack(m.agent, pallet, box, step="unpack")
    return lot, box, m.send(m.agent, m.stall, box, kilos=None)


@verdict("verified")
def a_box_off_a_pallet_sent_on_and_unpacked(m):
    lot, box, sent = a_box_off_a_pallet(m)
    m.do(m.stall, "receive", box, after=[sent])
    m.pack(m.stall, box, lot, step="unpack")
    return lot, m.stall


@verdict("verified")
def a_box_off_a_pallet_sent_on_and_confirmed_by_its_contents(m):
    lot, _, sent = a_box_off_a_pallet(m)
    m.do(m.stall, "receive", lot, kilos="30", after=[sent])
    return lot, m.stall


@verdict("verified")
def the_dispatch_taken_back_after_it_was_received(m):
    lot = m.lot()
    dispatch = m.event("dispatch", lot, kilos="30", sender=m.farm.uri, recipient=m.stall.uri)
    (sent,) = m.world.do(m.farm, dispatch)
    m.do(m.stall, "receive", lot, kilos="30", after=[sent])
    m.do(m.farm, "undo-dispatch", lot, extra={"suyuan:of": dispatch["eventID"]})
    return lot, m.stall


@verdict("verified")
def a_receipt_corrected(m):
    lot = m.lot()
    sent = m.send(m.farm, m.stall, lot)
    wrong = m.event("receive", lot, kilos="3")
    m.world.do(m.stall, wrong, after=refs(sent))
    m.do(m.stall, "receive", lot, kilos="30", after=[sent])
    m.wrong(m.stall, wrong, [sent])
    m.do(m.stall, "sell", lot, kilos="29")
    return lot, m.stall


@verdict("contradicted")
def overdrawn_but_for_a_receipt_declared_wrong(m):
    lot = m.lot(kilos="500")
    sent = m.send(m.farm, m.stall, lot)
    wrong = m.event("receive", lot, kilos="300")
    m.world.do(m.stall, wrong, after=refs(sent))
    m.do(m.stall, "receive", lot, kilos="30", after=[sent])
    m.wrong(m.stall, wrong, [sent])
    m.do(m.stall, "sell", lot, kilos="60")
    return lot, m.stall


@verdict("verified")
def sent_again_after_the_dispatch_was_taken_back(m):
    lot = m.lot()
    dispatch = m.event("dispatch", lot, kilos="100", sender=m.farm.uri, recipient=m.rival.uri)
    m.world.do(m.farm, dispatch)
    m.do(m.farm, "undo-dispatch", lot, extra={"suyuan:of": dispatch["eventID"]})
    m.hand(m.farm, m.stall, lot, kilos="100")
    return lot, m.farm


@verdict("contradicted", of=SOLD)
def overdrawn_by_its_own_count(m, lot, _):
    m.do(m.stall, "count", lot, kilos="4")
    m.do(m.stall, "sell", lot, kilos="5")


@verdict("contradicted")
def overdrawn_by_the_supplier(m):
    lot = m.lot(kilos="50")
    m.send(m.farm, m.rival, lot, kilos="40")
    m.hand(m.farm, m.stall, lot)
    return lot, m.stall


@verdict("verified", on_page="contradicted")
def overdrawn_only_after_the_way_left_it(m):
    lot = m.lot(kilos="50")
    m.hand(m.farm, m.stall, lot)
    m.send(m.farm, m.rival, lot, kilos="40")
    return lot, m.stall


@verdict("verified")
def overdrawn_by_another_that_had_it_too(m):
    lot = m.sold()[0]
    m.hand(m.farm, m.rival, lot)
    m.do(m.rival, "sell", lot, kilos="60")
    return lot, m.stall


@verdict("contradicted")
def made_of_itself(m):
    lot = m.lot()
    m.made("mix", [lot], lot, by=m.farm)
    return lot, m.farm


@verdict("contradicted", "expired")
def sold_past_its_date(m):
    lot = m.lot(days=30)
    m.hand(m.farm, m.stall, lot)
    return lot, m.stall


@verdict("expired")
def expired_with_its_holder(m):
    return m.lot(days=30), m.farm


def grown(m, treated):
    lot = m.lot(days=40, life=None)
    extra = {"suyuan:substance": "某药", "suyuan:withdrawalDays": 7}
    m.do(m.farm, "pesticide", lot, days=treated, extra=extra)
    m.do(m.farm, "harvest", lot, kilos="100", days=2)
    m.hand(m.farm, m.stall, lot)
    return lot, m.stall


@verdict("verified")
def days_of_withdrawal_kept(m):
    return grown(m, 9)


@verdict("contradicted")
def days_of_withdrawal_not_kept(m):
    return grown(m, 8)
