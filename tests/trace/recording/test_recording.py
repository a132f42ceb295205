"""Recording a step: what is read of a person's words, and what is foreseen before it is signed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import days_ago, event
from support.web.acting import later, order

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.findings.rule import Severity
from suyuan.trace.format import steps
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.steps import SHANGHAI, Portion
from suyuan.trace.goods.preview import Preview, preview, severity
from suyuan.trace.goods.resolve import find_item
from suyuan.trace.recording import record_step
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choose
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_amounts_days_and_times_are_read_or_refused():
    assert record_step.amount("12.50", "KGM") == (Decimal("12.50"), "KGM")
    assert record_step.amount("3", "-") == (Decimal(3), None)
    assert record_step.amount(None, "x") == (None, None)
    for quantity, unit in (("-1", "KGM"), ("NaN", "KGM"), ("三", "KGM"), ("1", "XXX")):
        with pytest.raises(LedgerError):
            record_step.amount(quantity, unit)
    assert record_step.past_day("2026-11-24", NOW.date(), "day") == "2026-11-24"
    for text in ("2026-11-25", "24.11.2026", "2026-02-30"):
        with pytest.raises(LedgerError, match="day"):
            record_step.past_day(text, date(2026, 11, 24), "day")
    assert record_step.past(NOW, NOW, "time") == NOW
    with pytest.raises(LedgerError, match="future"):
        record_step.past(NOW + timedelta(minutes=6), NOW, "time")


def test_items_are_found_by_code_and_new_ones_only_where_a_step_makes_them(small):
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    with small.ledger.reading() as reader:

        def find(text, *, may_be_new=False):
            return find_item(reader, small.trust, text, may_be_new=may_be_new)

        assert find(lot.rsplit("/", 1)[1]) == lot == find(lot)
        unknown = small.new_lot()
        assert find(unknown, may_be_new=True) == unknown
        assert find("new", may_be_new=True).startswith(f"https://{small.trust.host}/t/")
        for text in ("new", unknown, "0" * 15 + "1", "https://id.gs1.org/00/1"):
            with pytest.raises((LedgerError, IdentifierError)):
                find(text)


def test_several_products_come_of_one_making(small):
    """The first event has the inputs; a transformationID joins the others to it."""
    maker = small.party("屠宰场", "processor")
    pigs, half, offal = (small.new_lot() for _ in range(3))
    small.code(maker, pigs, "100")
    joined = {"transformationID": "urn:uuid:6b1b1f60-0000-4000-8000-000000000001"}

    def made(item, kilos, name, **more):
        extra = joined | steps.coding(name, days_ago(1), 5, "350212")
        return record_step.made(
            "slaughter", datetime.now(UTC), Portion(item, Decimal(kilos), "KGM"),
            actor=maker.uri, extra=extra, zone=SHANGHAI, **more,
        )  # fmt: skip

    first = made(half, "70", "猪白条", inputs=[Portion(pigs, Decimal(100), "KGM")])
    second = made(offal, "9", "猪副产品")
    assert check_event(second) == () and item_set(second) == [offal]
    with pytest.raises(LedgerError, match="needs inputs"):
        steps.event("slaughter", NOW, [Portion(offal)])
    small.do(maker, first, second)
    with small.caught_up() as reader:
        found = Lineage(reader).graph([pigs], forward=True)
        assert set(found.depth) == {pigs, half, offal} and len(found.makings) == 1
        assert not reader.findings() and not Lineage(reader).findings()


# What is foreseen.


def foreseen(world, actor, *events):
    world.ledger.followers.catch_up()
    drafts = [Draft(event=one) for one in events]
    with world.ledger.reading() as reader:
        before = reader.size(), reader.heads([])
        found = preview(reader, world.trust.genesis, actor.uri, drafts, world.ledger.now())
        assert (reader.size(), reader.heads([])) == before
    return found


def rules(found):
    return [finding.rule for finding in found.findings]


@pytest.fixture
def farm(small):
    return small.party("青山农场", "producer")


def test_what_is_in_order_is_foreseen_without_a_word(small, farm):
    lot, stall = small.new_lot(), small.party("摊位")
    small.code(farm, lot)
    sent = event("dispatch", lot, "30", sender=farm.uri, recipient=stall.uri)
    assert foreseen(small, farm, sent) == Preview((), ())


def test_more_than_there_is_and_too_early_a_harvest_are_foreseen_as_they_are_found(small, farm):
    lot, stall = small.new_lot(), small.party("摊位")
    small.code(farm, lot)
    said = {"suyuan:substance": "吡虫啉", "suyuan:dose": "10 g", "suyuan:withdrawalDays": 7}
    small.do(farm, event("pesticide", lot, extra=said))
    events = (
        event("harvest", lot, "20"),
        event("dispatch", lot, "130", sender=farm.uri, recipient=stall.uri),
    )
    found = foreseen(small, farm, *events)
    assert sorted(rules(found)) == ["overdrawn", "withdrawal"]
    assert severity(found.findings[0]) is Severity.GRAVE
    small.do(farm, *events)
    with small.caught_up() as reader:
        later = {(one.rule, one.message, one.leaf) for one in Lineage(reader).findings()}
    assert later == {(one.rule, one.message, one.leaf) for one in found.findings}


def test_a_making_that_gives_more_than_went_in_is_foreseen_of_lots_that_are_new(small, farm):
    maker = small.party("加工厂", "processor")
    lot, out = small.new_lot(), small.new_lot()
    small.code(maker, lot, "10")
    said = event("cut", out, "90", inputs=[Portion(lot, Decimal(10), "KGM")])
    found = foreseen(small, maker, said)
    assert rules(found) == ["yield"]
    assert found.findings[0].subject == out
    with small.ledger.reading() as reader:
        assert not reader.subject(out)


def test_a_hold_and_a_recall_refuse_what_is_sent_and_not_what_is_destroyed(small, farm):
    lot, stall = small.new_lot(), small.party("摊位")
    small.code(farm, lot)
    order(small, small.authority, lot)
    sent = later("dispatch", lot, sender=farm.uri, recipient=stall.uri)
    ((item, refused),) = foreseen(small, farm, sent).refused
    assert item == lot and refused.rule == "hold"
    assert foreseen(small, farm, event("destroy", lot, "30")).refused == ()


def test_who_wants_overdrawing_refused_is_told_beforehand(small, farm):
    lot = small.coded_lot(farm, "10")
    choose(small.ledger.database.engine, farm.uri, OVERDRAW, REFUSE)
    ((item, refused),) = foreseen(small, farm, event("loss", lot, "30")).refused
    assert item is None and refused.rule == "stock"
    large = event("store", lot, "1", extra={"suyuan:note": "x" * 60_000})
    assert foreseen(small, farm, large).refused[0][1].rule == "size"
