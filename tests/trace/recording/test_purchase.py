"""Purchases that no supplier pushed: what is said, what is hidden, and where the chain begins."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from support.web.client import client_of, english, page_of

from suyuan.keys import canonical
from suyuan.trace.admission.access import EVERYBODY, Remit
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.private.audience import OWN
from suyuan.trace.format.private.digests import digest, read
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import micros
from suyuan.trace.goods import history
from suyuan.trace.goods.handover.overdue import What, overdue
from suyuan.trace.goods.holdings import of_party
from suyuan.trace.recording.purchasing import Purchase, PurchaseError, Supplier, enter
from suyuan.trace.store.files import media
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LOT = "https://trace.food.example/t/lot"
MILL = Supplier("莆田金穗面粉有限公司", "91350212MA2XN7T503", "粮食物流园", "李四 13800000000")
BUYER = "urn:x:buyer"
PDF = b"%PDF-1.7 proof"


def purchase(**more):
    told = {
        "portion": Portion(LOT, Decimal(100), "KGM"), "name": "面粉", "bought": date(2026, 11, 23),
        "supplier": MILL, "spec": "25 kg", "produced": date(2026, 11, 1), "lot": "L7",
        "shelf_life_days": 180, "producer": "金穗", "proof": PDF,
    }  # fmt: skip
    return Purchase(**(told | more))


def test_it_says_all_that_the_measures_ask_for():
    event, _ = enter(purchase(), BUYER, NOW)
    assert check_event(event) == ()
    assert event["bizStep"] == "receiving"
    assert event["suyuan:product"] == "面粉" and event["suyuan:spec"] == "25 kg"
    assert event["suyuan:productionDate"] == "2026-11-01" and event["suyuan:lot"] == "L7"
    assert event["suyuan:shelfLifeDays"] == 180 and event["suyuan:producer"] == "金穗"
    assert event["suyuan:purchased"] == "2026-11-23"
    assert event["suyuan:proof"]["type"] == "application/pdf"
    assert purchase().missing() == []
    bare = purchase(spec=None, produced=None, lot=None, shelf_life_days=None, producer=None,
                    proof=None, supplier=Supplier("张三"))  # fmt: skip
    assert len(bare.missing()) == 8
    assert purchase(lot=None).missing() == purchase(produced=None).missing() == []


def test_a_contact_is_never_in_the_link_and_a_person_is_not_named():
    firm = enter(purchase(), BUYER, NOW)
    assert firm[0]["suyuan:supplier"] == {
        "name": MILL.name, "uscc": MILL.uscc, "address": MILL.address,
    }  # fmt: skip
    farmer = enter(purchase(supplier=Supplier("张三", None, "翔安后村", "13900000000")), BUYER, NOW)
    assert farmer[0]["suyuan:supplier"] == {}
    for (event, disclosures), hidden in (
        (firm, ["contact"]), (farmer, ["address", "contact", "name"]),
    ):  # fmt: skip
        text = canonical.dumps(event).decode()
        assert "13" not in text.replace(event["eventID"], "") or "00000000" not in text
        assert "张三" not in text and "后村" not in text and "李四" not in text
        digests = event["suyuan:private"]["_sd"]
        assert len(digests) == 8 and digests == sorted(digests)
        assert {(one.actor, one.audience) for one in disclosures} == {(BUYER, OWN)}
        fields = [read(one.stored).pointer for one in disclosures]
        assert sorted(fields) == [f"/suyuan:supplier/{name}" for name in hidden]
        assert all(digest(one.stored) in digests for one in disclosures)
    event, _ = enter(purchase(supplier=Supplier("X", MILL.uscc)), BUYER, NOW)
    assert "suyuan:private" not in event


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"bought": date(2026, 11, 25)}, "date 2026-11-25 lies in the future"),
        ({"produced": date(2026, 12, 1)}, "date 2026-12-01 lies in the future"),
        ({"produced": date(2026, 11, 24)}, "after it was bought"),
        ({"portion": Portion(LOT)}, "how much"),
        ({"portion": Portion(LOT, Decimal(-1), "KGM")}, "more than 0"),
        ({"portion": Portion(LOT, Decimal("1E-20"), "KGM")}, "digits"),
        ({"name": " "}, "name: it is empty"),
        ({"supplier": Supplier("x" * 401)}, "over 400"),
        ({"supplier": Supplier("张三", "110101199003070000")}, "USCC"),
        ({"proof": b"MZ"}, "no PDF, JPEG, PNG or WebP"),
        ({"shelf_life_days": -1}, "shelf life"),
        ({"place": "no place"}, "EPCIS"),
    ],
)
def test_what_cannot_be_entered_says_why(more, says):
    with pytest.raises((LedgerError, IdentifierError), match=says):
        enter(purchase(**more), BUYER, NOW)
    with pytest.raises(PurchaseError, match="future"):
        enter(purchase(), BUYER, NOW, when=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, media.PDF), (b"\xff\xd8\xff\xe0", media.JPEG), (b"\x89PNG\r\n\x1a\n.", media.PNG),
        (b"RIFF....WEBPVP8 ", media.WEBP), (b"RIFF....WAVE", None), (b"", None), (b"<svg>", None),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_is(data, kind):
    assert media.kind(data) == kind


@pytest.fixture
def school(world):
    return world.party("一中食堂", "caterer")


def buy(world, who, lot, bought):
    bill = purchase(portion=Portion(lot, Decimal(100), "KGM"), bought=bought, produced=None)
    event, _ = enter(bill, who.uri, world.ledger.now())
    (receipt,) = world.ledger.write(who.pen, [Draft(event=event)], (PDF,))
    world.ledger.followers.catch_up()
    return receipt.index


def today(world):
    return world.ledger.now().date()


def test_the_chain_says_of_itself_that_it_begins_at_the_buyer(world, school):
    lot = world.new_lot()
    buy(world, school, lot, today(world))
    with world.ledger.reading() as reader:
        found = history.whole(reader, world.ledger.trust.genesis, lot)
        assert [(one.item, one.actor) for one in found.beginnings] == [(lot, school.uri)]
        (known,) = Lineage(reader).lots([lot]).values()
        assert (known.name, known.shelf_life) == ("面粉", 180)
        (stock,) = of_party(reader, school.uri).has
    assert (stock.item, stock.quantity.value) == (lot, 100)
    client = client_of(world.ledger)
    page = english(client, page_of(lot, school.uri))
    assert "bought it outside of this ledger" in page and "面粉" in page
    assert "金穗" in page and "Some of its fields are confidential" in page
    answer = client.get("/api/v1/items", query_string={"item": lot}).json
    assert answer["beginnings"] == [{"item": lot, "actor": school.uri}]


def test_no_buyer_renames_what_its_source_has_named(world, school):
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    buy(world, school, lot, today(world))
    buy(world, world.party("别家"), lot, today(world))
    world.code(farm, lot)
    with world.caught_up() as reader:
        assert Lineage(reader).lots([lot])[lot].name == "上海青"


def test_a_purchase_is_late_36_hours_after_the_day_that_it_names(world, school):
    now = world.ledger.now() + timedelta(seconds=60)
    buy(world, school, world.new_lot(), today(world))
    late = buy(world, school, world.new_lot(), today(world) - timedelta(days=4))
    with world.ledger.reading() as reader:
        for whom in (school.uri, Remit(("35",)), EVERYBODY):
            (one,) = overdue(reader, whom, micros(now))
            assert (one.what, one.index, one.party) == (What.ENTER, late, school.uri)
            assert one.duty.is_binding and "canteens" in one.duty.note
        for whom in ("urn:x:other", Remit(("11",)), Remit()):
            assert overdue(reader, whom, micros(now)) == []
        assert overdue(reader, EVERYBODY, micros(now), days=0) == []
