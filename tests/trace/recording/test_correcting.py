"""Records found again by their party, what hangs on them, and how they are put right."""

from decimal import Decimal

import pytest
from sqlalchemy import event as sa_event

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.exchange import my_records
from suyuan.trace.exchange.my_records import Query
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.recording import correcting
from suyuan.trace.recording.correcting import CorrectionError
from suyuan.trace.recording.usual import Usual
from suyuan.trace.store.read import own_records, slip_lines
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.own_records import Wanted

pytestmark = pytest.mark.slow


class Shop:
    """A farm that sells, and a stall that it sends to."""

    def __init__(self, world):
        self.world, self.ledger = world, world.ledger
        self.farm, self.stall = world.party("青山农场", "producer"), world.party("A12", "stall")
        self.lot = world.coded_lot(self.farm)
        self.ledger.followers.catch_up()

    def write(self, actor, *drafts):
        index = self.ledger.write(actor.pen, list(drafts))[0].index
        self.ledger.followers.catch_up()
        return index

    def step(self, name, kilos, actor=None, item=None, after=(), **more):
        portion = Portion(item or self.lot, Decimal(kilos), "KGM")
        made = steps.event(name, self.ledger.now(), [portion], **more)
        return self.write(actor or self.farm, Draft(event=made, after=tuple(after)))

    def correct(self, actor, index, **right):
        with self.ledger.reading() as reader:
            link = correcting.own_event(reader, actor.uri, index)
        return self.write(actor, *correcting.corrected(link, now=self.ledger.now(), **right))

    def found(self, actor=None, **query):
        with self.ledger.reading() as reader:
            who = (actor or self.farm).uri
            page = my_records.find(reader, self.world.trust, self.ledger.home, who, Query(**query))
        return page

    def kinds(self, actor=None, **query):
        return [(one.step, one.voided) for one in self.found(actor, **query).records]


@pytest.fixture
def shop(world):
    return Shop(world)


def test_a_corrected_sale_counts_as_corrected_and_both_stay(shop):
    sold = shop.step("sell", 90)
    right = shop.correct(shop.farm, sold, amounts={"quantityList.0": ("9", "KGM")})
    records = {one.index: one for one in shop.found(step="sell").records}
    assert records[sold].voided == "error" and records[right].voided is None
    assert records[right].quantity.text == "9"
    with shop.ledger.reading() as reader:
        assert my_records.hanging(reader, sold, reader.parsed(sold)).is_empty
        with pytest.raises(LedgerError, match="only its own"):
            correcting.own_event(reader, shop.stall.uri, sold)
        with pytest.raises(LedgerError, match="nothing was changed"):
            correcting.corrected(reader.parsed(right), now=shop.ledger.now())
        bad = {"quantityList.0": ("0", "KGM")}
        with pytest.raises(CorrectionError) as wrong:
            correcting.corrected(reader.parsed(right), amounts=bad, now=shop.ledger.now())
    assert wrong.value.field == "quantityList.0"


def test_a_lot_is_found_by_the_name_that_its_corrected_coding_gives(shop):
    coded = shop.found(step="code").records[0]
    shop.step("sell", 2)
    shop.correct(shop.farm, coded.index, values={"product": "苏州青"})
    assert {one.product for one in shop.found(text="苏州").records} == {"苏州青"}
    assert len(shop.found(product="苏州青").records) == 3  # the coding, its correction, the sale
    assert not shop.found(text="上海青", product="上海青").records


def test_a_corrected_receipt_answers_the_same_and_says_another_difference(shop):
    sent = shop.step("dispatch", 20, sender=shop.farm.uri, recipient=shop.stall.uri)
    with shop.ledger.reading() as reader:
        ref = AfterRef(sent, reader.link(sent).hash)
    less = [{"item": shop.lot, "value": "-2", "unit": "kg"}]
    more = {"extra": {"suyuan:difference": less}}
    received = shop.step("receive", 18, shop.stall, after=[ref], **more)
    right = shop.correct(shop.stall, received, amounts={"quantityList.0": ("19.5", "KGM")})
    with shop.ledger.reading() as reader:
        event_ = reader.parsed(right).event
        assert event_["suyuan:difference"] == [less[0] | {"value": "-0.5"}]
        (line,) = Lineage(reader).shipments(item=shop.lot)
        assert line.received == 19_500_000 and line.answered == right
        hanging = my_records.hanging(reader, sent, reader.parsed(sent))
    assert [answer.actor for answer in hanging.answers][:1] == [shop.stall.uri]
    whole = shop.correct(shop.stall, right, amounts={"quantityList.0": ("20", "KGM")})
    with shop.ledger.reading() as reader:
        assert "suyuan:difference" not in reader.parsed(whole).event
    assert shop.kinds(shop.stall, counterparty=shop.farm.uri) == [
        ("receive", None), ("receive", "error"), ("receive", "error"),
    ]  # fmt: skip


def test_what_hangs_on_a_lot_is_named_and_pages_end(shop):
    coded = shop.found(step="code").records[0].index
    for kilos in (1, 2, 3):
        shop.step("sell", kilos)
    with shop.ledger.reading() as reader:
        hanging = my_records.hanging(reader, coded, reader.parsed(coded))
    assert [one.step for one in hanging.later] == ["sell"] * 3 and not hanging.is_empty
    first = shop.found(most=2)
    rest = shop.found(most=2, after=first.after)
    indexes = [one.index for one in (*first.records, *rest.records)]
    assert len(set(indexes)) == 4 and shop.found(most=2, after=rest.after).records == []
    assert shop.found(is_oldest_first=True).records[0].index == coded
    assert shop.kinds(steps=("code",)) == [("code", None)]
    assert shop.found(shop.stall).records == []
    with pytest.raises(LedgerError):
        shop.found(after="no place")


def test_goods_and_recipient_are_put_right_of_what_answers_nothing(shop):
    other, right = shop.world.party("A13", "stall"), shop.world.coded_lot(shop.farm)
    wrong = shop.step("dispatch", 20, sender=shop.farm.uri, recipient=shop.stall.uri)
    with shop.ledger.reading() as reader:
        lots = correcting.lots_of(reader, shop.farm.uri)
        form = correcting.correctable(correcting.own_event(reader, shop.farm.uri, wrong))
    assert {shop.lot, right} <= set(lots) and form.to == shop.stall.uri
    moved = {"items": {form.lines[0].key: right}, "lots": lots}
    stood = shop.correct(shop.farm, wrong, to=other.uri, **moved)
    with shop.ledger.reading() as reader:
        assert slip_lines.lines_of(reader, wrong) == []
        (line,) = slip_lines.lines_of(reader, stood)
        ref = AfterRef(stood, reader.link(stood).hash)
    assert (line.item, line.recipient) == (right, other.uri)
    came = shop.step("receive", 20, other, right, [ref])
    coded = shop.step("code", 5, item=shop.world.new_lot(), extra=steps.coding("菜", None, 5, None))
    back = {"items": {form.lines[0].key: shop.lot}, "lots": lots}
    # Not what an answer is about or to whom, not what is coded, and nothing that one has not.
    refused = [(other, came, back), (other, came, {"to": shop.stall.uri}), (shop.farm, coded, back)]
    for actor, index, change in [*refused, (shop.farm, stood, back | {"lots": [right]})]:
        with pytest.raises(CorrectionError):
            shop.correct(actor, index, **change)


def test_an_amount_far_from_the_usual_is_asked_about(shop):
    for kilos in (10, 11, 12):
        shop.step("sell", kilos)

    def asked(kilos):
        made = steps.event("sell", shop.ledger.now(), [Portion(shop.lot, Decimal(kilos), "KGM")])
        with shop.ledger.reading() as reader:
            return [one.usual.text for one in Usual(reader, shop.farm.uri).unusual([made])]

    assert asked("111") == ["11"] and asked("1") == ["11"]
    assert asked("110") == [] and asked("1.1") == []


@pytest.mark.parametrize(
    "query", [{}, {"step": "sell"}, {"name": "上海青"}, {"counterparty": "x"}, {"since": 1}]
)
def test_each_question_is_answered_by_an_index_in_its_order(shop, query):
    with shop.ledger.reading() as reader:
        is_sqlite, statements = reader.connection.dialect.name == "sqlite", []

        def note(_connection, _cursor, text, values, *_rest):
            statements.append((text, values))

        sa_event.listen(reader.connection, "before_cursor_execute", note)
        own_records.page(reader, Wanted(shop.farm.uri, **query), 10, (9, 9, 9))
        text, values = next(pair for pair in statements if "FROM record" in pair[0])
        how = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = reader.connection.exec_driver_sql(f"{how} {text}", values).all()
    steps_of_plan = " / ".join(row[3 if is_sqlite else 0] for row in plan)
    if is_sqlite:  # PostgreSQL reads a table of a few rows whole, whatever indexes there are
        assert "SCAN" not in steps_of_plan and "TEMP B-TREE" not in steps_of_plan, steps_of_plan
    assert "record" in steps_of_plan
