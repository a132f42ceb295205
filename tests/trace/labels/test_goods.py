"""What the labels of an item say: from the path to their holder, as far as it is good."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import HOST, days_ago, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods import history
from suyuan.trace.labels import issued_labels, item_labels
from suyuan.trace.labels.item_labels import goods, lines
from suyuan.trace.labels.label import Line
from suyuan.trace.lineage.lots import MasterData, newest
from suyuan.trace.store.files import serials

pytestmark = pytest.mark.slow

EARLIER = datetime.now(UTC) - timedelta(minutes=1)
FIRST, SECOND, THIRD = (days_ago(days) for days in (3, 2, 1))


def of(world, item, actor):
    with world.caught_up() as reader:
        path = history.path(reader, world.trust.genesis, item, actor.uri)
        return goods(path, reader.name)


def coded(world, who, name, produced, **more):
    lot = world.new_lot()
    world.do(who, event("code", lot, "50", extra=steps.coding(name, produced, 5, "350212"), **more))
    return lot


def mixed(world, who, inputs, step="mix", extra=None):
    lot = world.new_lot()
    portions = [steps.Portion(item, Decimal(5), "KGM") for item in inputs]
    found = steps.event(
        step, EARLIER, [steps.Portion(lot, Decimal(5 * len(inputs)), "KGM")],
        inputs=portions, extra=extra,
    )  # fmt: skip
    world.do(who, found)
    return lot


def short(day):
    """A day without its year."""
    return day[5:]


def until():
    """The end of a span from FIRST to SECOND: with its year if that is another."""
    return short(SECOND) if FIRST[:4] == SECOND[:4] else SECOND


@pytest.fixture
def market(small):
    """A stall that has lots of two farms."""
    small.farm = small.party("青山农场", "producer")
    small.other = small.party("𠮷祥合作社", "producer")
    small.stall = small.party("A12 摊")
    small.one = coded(small, small.farm, "上海青", FIRST)
    small.two = coded(small, small.other, "上海青", SECOND)
    for who, lot in ((small.farm, small.one), (small.other, small.two)):
        small.hand_over(who, small.stall, lot)
    return small


def test_a_lot_at_a_stall(market):
    found = of(market, market.one, market.stall)
    assert (found.product, found.maker, found.holder) == ("上海青", "青山农场", "A12 摊")
    assert found.produced == (date.fromisoformat(FIRST), date.fromisoformat(FIRST))
    assert (found.shelf_life, found.origin, found.sources) == (5, "350212", ())
    assert of(market, market.one, market.farm).holder is None  # its maker needs no second name


def test_a_mix_names_all_its_sources(market):
    basin = mixed(market, market.stall, [market.one, market.two])
    found = of(market, basin, market.stall)
    assert found.sources == (f"青山农场 {short(FIRST)}", f"𠮷祥合作社 {short(SECOND)}")
    assert (found.product, found.shelf_life, found.origin) == ("上海青", 5, "350212")
    assert found.produced == (date.fromisoformat(FIRST), date.fromisoformat(SECOND))
    assert (found.maker, found.holder) == (None, "A12 摊")


def test_lots_of_one_maker_are_told_together(market):
    newer = coded(market, market.farm, "上海青", THIRD)
    market.hand_over(market.farm, market.stall, newer)
    basin = mixed(market, market.stall, [newer, market.one, market.two], "repack")
    told = sorted(of(market, basin, market.stall).sources)
    assert told == [f"青山农场 {short(FIRST)}/{short(THIRD)}", f"𠮷祥合作社 {short(SECOND)}"]


def test_a_mix_of_a_mix_names_the_lots_behind_it(market):
    basin = mixed(market, market.stall, [market.one, market.two])
    third = coded(market, market.stall, "上海青", THIRD)
    again = mixed(market, market.stall, [basin, third])
    assert of(market, again, market.stall).sources == (
        f"青山农场 {short(FIRST)}", f"𠮷祥合作社 {short(SECOND)}", f"A12 摊 {short(THIRD)}",
    )  # fmt: skip


def test_what_is_made_has_a_maker_and_no_sources(market):
    extra = steps.coding("上海青饺子", THIRD, 2, None)
    found = of(market, mixed(market, market.stall, [market.one], "make", extra), market.stall)
    assert (found.product, found.maker, found.sources) == ("上海青饺子", "A12 摊", ())


def test_a_corrected_coding_counts_and_the_wrong_one_does_not(small):
    farm = small.party("青山农场", "producer")
    lot = small.new_lot()
    wrong = event("code", lot, "50", extra=steps.coding("小白菜", days_ago(5), 9, "350212"))
    right = event("code", lot, "50", extra=steps.coding("上海青", SECOND, None, None))
    declared = {
        "declarationTime": f"{THIRD}T08:00:00.000Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": [right["eventID"]],
    }
    small.do(farm, wrong, right, {**wrong, "errorDeclaration": declared})
    found = of(small, lot, farm)
    assert (found.product, found.shelf_life, found.origin) == ("上海青", None, None)
    assert found.produced == (date.fromisoformat(SECOND), date.fromisoformat(SECOND))


def test_what_was_bought_names_the_supplier(small):
    stall = small.party("A12 摊")
    lot = small.new_lot()
    extra = {
        "suyuan:supplier": {"name": "郊区农户", "uscc": "91350212MA2XN7T503"},
        "suyuan:product": "韭菜",
        "suyuan:productionDate": SECOND,
    }
    small.do(stall, event("receive", lot, "8", extra=extra))
    found = of(small, lot, stall)
    assert (found.product, found.maker, found.holder) == ("韭菜", "郊区农户", "A12 摊")


def test_absurd_fields_are_left_out(small):
    farm = small.party("青山农场", "producer")
    ilmd = {"suyuan:product": " ", "suyuan:productionDate": [1], "suyuan:shelfLifeDays": True}
    lot = small.new_lot()
    small.do(farm, event("code", lot, "5", extra={"ilmd": {**ilmd, "suyuan:origin": 7}}))
    found = of(small, lot, farm)
    assert (found.product, found.produced, found.shelf_life, found.origin) == (None,) * 4


def test_lines_in_both_languages(market):
    basin = mixed(market, market.stall, [market.one, market.two])
    found = of(market, basin, market.stall)
    chinese = list(lines(found, "zh", "厦门市同安区"))
    assert chinese[0] == Line("生产日期", f"{FIRST} 至 {until()}", "生产", most=None)
    assert (
        Line("来源", f"青山农场 {short(FIRST)}、𠮷祥合作社 {short(SECOND)}", is_whole=True)
        in chinese
    )
    english = {line.caption: line.text for line in lines(found, "en", None)}
    assert english == {
        "Produced": f"{FIRST} to {until()}",
        "Shelf life": "5 days",
        "Sources": f"青山农场 {short(FIRST)}, 𠮷祥合作社 {short(SECOND)}",
        "Sold by": "A12 摊",
    }


def kind(world, item, actor, language="zh"):
    with world.caught_up() as reader:
        return item_labels.kind(reader, world.trust, item, actor.uri, language)


def test_labels_carry_the_holders_code_and_a_scale_code(market):
    found = kind(market, market.one, market.stall)
    assert found.code == codes.of_chain(market.one, market.stall.uri)
    one = found.label(f"https://{HOST}", "0123456789ABC")
    assert one.url.endswith(f"/T/{found.code}/0123456789ABC")
    assert len(one.short) == 5 and one.short != kind(market, market.two, market.stall).short
    assert kind(market, market.one, market.stall, "en").lines[0].caption == "Produced"


def test_nobody_labels_what_it_never_had(market):
    with pytest.raises(LedgerError, match="recorded nothing"):
        kind(market, market.two, market.farm)


def recall(world, who, items):
    attachment, members = acts.listed(items)
    uri = codes.uri_of(codes.new(), HOST, "act")
    said = acts.recall_order(uri, 1, f"{THIRD}T08:00:00Z", "农药残留", members)
    world.ledger.write(who.pen, [Draft(statement=said)], [attachment])


def test_what_is_recalled_stops_labels_and_what_was_made_of_it_is_said(market):
    basin = mixed(market, market.stall, [market.one, market.two])
    assert kind(market, market.one, market.stall).stopped == ()
    recall(market, market.authority, [market.one])
    assert [s.is_recall for s in kind(market, market.one, market.stall).stopped] == [True]
    found = kind(market, basin, market.stall)
    assert (found.stopped, len(found.made_of)) == ((), 1)
    assert kind(market, market.two, market.stall).stopped == ()


def test_serials_that_are_good(market):
    def issues():
        with market.ledger.reading() as reader:
            home, stall = market.ledger.home, market.stall.uri
            return list(issued_labels.issues(reader, home, market.one, stall))

    first, second = [f"{n:013d}" for n in range(4)], ["Z" * 13]
    for op, listed in (("issue", first), ("issue", second), ("void", first[:1])):
        serials.keep(market.ledger.home, listed)
        market.say(market.stall, acts.labels(listed, op), items=(market.one,))
    found = issues()
    assert [(one.op, one.count) for one in found] == [("issue", 4), ("issue", 1), ("void", 1)]
    assert issued_labels.good_serials(found) == [*first[1:], *second]
    assert issued_labels.good_serials(found, found[0].index) == first[1:]
    next((market.ledger.home / "labels").glob("*.txt")).unlink()
    with pytest.raises(LedgerError, match="labels/ folder"):
        issued_labels.good_serials(issues())


def test_master_data_is_read_by_section_10_and_the_last_word_that_can_be_read_counts() -> None:
    day, best = days_ago(3), days_ago(1)
    first = MasterData.of({"suyuan:product": "上海青", "suyuan:shelfLifeDays": "5",
                           "suyuan:productionDate": f"{day}T08:00:00+08:00"})  # fmt: skip
    odd = {"suyuan:product": " ", "suyuan:shelfLifeDays": -1, "suyuan:productionDate": "2026-13-30"}
    assert (first.product, first.shelf_life_days) == ("上海青", 5)
    assert first.produced == date.fromisoformat(day) and MasterData.of(odd).produced is None
    assert newest([first, MasterData.of(odd)]).shelf_life_days == 5
    assert newest([first, MasterData.of({"suyuan:shelfLifeDays": 0})]).shelf_life_days == 0
    words = {"cbvmda:descriptionShort": "pak choi", "cbvmda:bestBeforeDate": best}
    assert MasterData.of(words) == MasterData.of(None) == MasterData.of([1]) == MasterData()
    gs1 = MasterData.of(words, with_gs1=True)
    assert (gs1.product, gs1.best_before) == ("pak choi", date.fromisoformat(best))
    assert MasterData.of(words | {"suyuan:product": "上海青"}, with_gs1=True).product == "上海青"
