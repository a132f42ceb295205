"""Lineages looked up in the store: what is shown of them, and all events about them."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import SHARED
from support.lineage.graphs import PALLET, at, gift_box, make
from support.web.acting import clear, extend, hold, order

from suyuan.trace.exchange import tracing
from suyuan.trace.exchange.tracing import Query, UnreadableError
from suyuan.trace.format import steps
from suyuan.trace.format.epcis.document import parse_document
from suyuan.trace.format.epcis.json_reading import EpcisError
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.steps import Portion
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.trace.lineage.drawing import lineage_json
from suyuan.trace.lineage.drawing.drawing_svg import sheets
from suyuan.trace.lineage.drawing.drawing_texts import as_of_words
from suyuan.trace.lineage.drawing.lineage_view import Direction, Mark, Named, marks
from suyuan.trace.lineage.model import Edge, Stay
from suyuan.trace.recording.imports import epcis_import as importing
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC) + timedelta(hours=1)  # after all that is recorded here
FINAL_LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
TRACEBACK = SHARED / "opentraceability" / "traceback_tests.jsonld"


def look(world, *items, asked=Query()):  # noqa: B008  frozen
    with world.caught_up() as reader:
        return tracing.view(reader, world.ledger.trust, items, asked, NOW)


def document(world, *items, asked=Query()):  # noqa: B008  frozen
    with world.caught_up() as reader:
        graph = tracing.graph(reader, items, asked)
        return tracing.epcis(reader, graph, world.ledger.attachments.get, NOW)


def events(found):
    return found["epcisBody"]["eventList"]


def test_a_view_knows_names_amounts_and_holders(world):
    t = gift_box(world)
    view = look(world, t.sausage)
    assert view.graph.depth == {t.pork: -1, t.spice: -1, t.sausage: 0, t.gift: 1}
    assert view.item_name(t.pork, "zh") == "猪肉"
    assert view.name(t.maker.uri) == "同安香肠厂"
    held = {(one.holder, one.container): one.quantity.value for one in view.holders(t.sausage)}
    assert held == {(t.maker.uri, None): 20, (t.stall.uri, PALLET): 30}
    assert view.holders(t.pork) == ()  # what it was made from is not asked for its holders
    amounts = {(e.item, e.is_output): e.quantity.value for e in view.graph.edges}
    assert amounts[t.pork, False] == 80 and amounts[t.sausage, True] == 70
    with world.ledger.reading() as reader:
        lineage = Lineage(reader)
        assert lineage.reach([t.pork], forward=True) == sorted([t.pork, t.sausage, t.gift])
        assert [stay.container for stay in lineage.stays(t.sausage)] == [PALLET]
        assert [stay.item for stay in lineage.contents(PALLET)] == [t.sausage]
        assert lineage.reach(["urn:nothing"], forward=True) == []
        assert lineage.names([t.maker.uri, "urn:nothing"]) == {t.maker.uri: "同安香肠厂"}


def test_several_events_of_one_making_add_up(small):
    maker = small.party("厂", "processor")
    pork, sausage = small.new_lot(), small.new_lot()
    small.code(maker, pork, "100")
    basin = {"transformationID": "urn:suyuan:basin:1"}
    for kilos in (10, 15):
        small.do(
            maker,
            steps.event(
                "make", at(kilos), [Portion(sausage, Decimal(kilos), "KGM")],
                inputs=[Portion(pork, Decimal(kilos), "KGM")], extra=basin,
            ),
        )  # fmt: skip
    view = look(small, sausage)
    assert len(view.graph.makings) == 1
    assert sorted(e.quantity.value for e in view.graph.edges) == [25, 25]


def test_what_is_recalled_is_marked_and_what_contains_it(world):
    t = gift_box(world)
    uri = order(world, world.authority, t.pork)
    marked = look(world, t.sausage).marks
    assert marked == {
        t.pork: Mark.RECALLED, t.sausage: Mark.CONTAINS_RECALLED, t.gift: Mark.CONTAINS_RECALLED,
    }  # fmt: skip
    # Also where the recalled lot itself is not shown.
    forward = look(world, t.sausage, asked=Query(Direction.FORWARD)).marks
    assert forward == {t.sausage: Mark.CONTAINS_RECALLED, t.gift: Mark.CONTAINS_RECALLED}
    clear(world, world.authority, uri, t.sausage)
    assert look(world, t.sausage).marks == {t.pork: Mark.RECALLED}


def test_a_hold_is_marked_and_a_drill_is_not(small):
    t = gift_box(small)
    hold(small, small.authority, t.spice)
    uri = order(small, small.authority, t.gift, drill=True)
    extend(small, small.authority, uri, t.sausage)
    assert look(small, t.sausage).marks == {t.spice: Mark.ON_HOLD}


def test_the_document_has_containers_only_while_it_was_inside(small):
    t = gift_box(small)
    found = [event["bizStep"] for event in events(document(small, t.sausage))]
    assert found.count("shipping") == found.count("receiving") == 1
    pallet = [Portion(PALLET, None, None)]
    small.do(t.stall, steps.event("unpack", at(60), [Portion(t.sausage, Decimal(30), "KGM")],
                                  parent=PALLET))  # fmt: skip
    small.do(t.stall, steps.event("dispatch", at(70), pallet, sender=t.stall.uri,
                                  recipient=t.maker.uri))  # fmt: skip
    found = [event["bizStep"] for event in events(document(small, t.sausage))]
    assert found.count("shipping") == found.count("unpacking") == 1  # it went back empty


def test_corrected_events_stand_in_the_document_with_their_corrections(small):
    maker = small.party("厂", "processor")
    lot = small.new_lot()
    wrong = steps.event("code", at(0), [Portion(lot, Decimal(9), "KGM")])
    right = steps.event("code", at(0), [Portion(lot, Decimal(8), "KGM")])
    declared = wrong | {
        "errorDeclaration": {
            "declarationTime": wrong["eventTime"],
            "reason": "incorrect_data",
            "correctiveEventIDs": [right["eventID"]],
        }
    }
    small.do(maker, wrong)
    small.do(maker, right)
    small.do(maker, declared)
    found = events(document(small, lot))
    assert [event["eventID"] for event in found].count(wrong["eventID"]) == 2
    parse_document(json.dumps(document(small, lot)).encode())


def test_an_event_by_reference_stands_in_the_document_once(small):
    gateway = small.party("网关", "gateway")
    lots = [f"urn:epc:class:lgtin:6901234.056789.L{number}" for number in range(400)]
    event = {
        "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning",
        "eventTime": "2026-11-20T08:00:00+08:00", "eventTimeZoneOffset": "+08:00",
        "quantityList": [{"epcClass": lot, "quantity": 5, "uom": "KGM"} for lot in lots],
        "certificationInfo": [f"https://x.example/{'y' * 150}/{n}" for n in range(300)],
    }  # fmt: skip
    data = json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
            "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2026-11-20T08:00:00Z", "epcisBody": {"eventList": [event]},
        }
    ).encode()  # fmt: skip
    report = importing.run(small.ledger, gateway.pen, data)
    assert report.by_reference == 1 and report.links == 3
    items = [f"https://id.gs1.org/01/06901234567892/10/L{number}" for number in (0, 399)]
    with small.ledger.reading() as reader:
        known = [item for item in items if reader.subject(item)]
        assert known
    small.ledger.followers.catch_up()
    assert len(events(document(small, *known))) == 1
    with small.ledger.reading() as reader, pytest.raises(UnreadableError, match="not here"):
        tracing.epcis(reader, tracing.graph(reader, known, Query()), lambda _: None, NOW)


def test_cycles_end(small):
    """A lot that is its own ancestor, two that are each other's, containers inside each other."""
    maker = small.party("厂", "processor")
    one, other = small.new_lot(), small.new_lot()
    small.code(maker, one)
    make(small, maker, {one: "5"}, {other: "5"}, 10)
    make(small, maker, {other: "5"}, {one: "5"}, 20)
    make(small, maker, {one: "1"}, {one: "1"}, 30)
    boxes = PALLET, "https://id.gs1.org/00/069012345678901243"
    for inner, outer in ((one, boxes[0]), boxes, reversed(boxes)):
        portion = Portion(inner, *((Decimal(1), "KGM") if inner == one else ()))
        small.do(maker, steps.event("pack", at(40), [portion], parent=outer))
    view = look(small, one)
    assert set(view.graph.depth) == {one, other}
    assert len(view.graph.makings) == 3
    assert {stay.container for stay in view.graph.stays} <= set(boxes)
    assert "9 3 2 3" in svg.draw(view, "zh").elements
    assert len(events(document(small, one))) >= 5


def test_what_is_cut_says_so(small):
    maker = small.party("厂", "processor")
    lots = [small.new_lot() for _ in range(6)]
    small.code(maker, lots[0])
    make(small, maker, {lots[0]: "5"}, dict.fromkeys(lots[1:], "1"), 10)
    view = look(small, lots[0], asked=Query(Direction.FORWARD, most=3))
    assert view.graph.is_cut and len(view.graph.depth) == 3
    assert "Not all of it" in as_of_words(view, "en")
    assert lineage_json.lineage(view)["is_whole"] is False
    found = document(small, lots[0], asked=Query(Direction.FORWARD, most=3))
    assert found["suyuan:lineage"]["isWhole"] is False


# Other people's data.


@pytest.mark.skipif(not TRACEBACK.exists(), reason="../shared/data is not here")
def test_walking_back_gives_what_the_files_own_test_expects(small):
    gateway = small.party("网关", "gateway")
    importing.run(small.ledger, gateway.pen, TRACEBACK.read_bytes())
    back = Query(Direction.BACK)
    found = Counter(event["eventID"] for event in events(document(small, FINAL_LOT, asked=back)))
    assert len(found) == 16
    assert sorted(count for count in found.values() if count > 1) == [2, 3, 3]  # not the same
    assert look(small, FINAL_LOT, asked=back).item_name(FINAL_LOT, "en") == "Can of Tuna"
    with small.ledger.reading() as reader:
        reached = Lineage(reader).reach([FINAL_LOT], forward=False)
        for source in reached:
            assert FINAL_LOT in Lineage(reader).reach([source], forward=True)
    for name in ("feedmill.1u.ff11252021", "fisherman01.tunau.v1-0122-2022"):
        assert any(item.endswith(name) for item in reached), name


def files():
    folders = ("gs1-epcis/examples", "openepcis", "opentraceability", "hash-vectors")
    return sorted(path for name in folders for path in (SHARED / name).rglob("*.json*"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
def test_the_lineage_of_every_lot_in_real_files_is_drawn_and_written(small):
    """Each as a drawing on its sheets, as rows, as JSON and as a document that is EPCIS."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((SHARED / "gs1-epcis/EPCIS-JSON-Schema.json").read_text("utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    gateway = small.party("网关", "gateway")
    items: set[str] = set()
    imported = 0
    for path in files():
        try:
            importing.run(small.ledger, gateway.pen, path.read_bytes())
        except (EpcisError, LedgerError, Refused):
            continue
        imported += 1
    small.ledger.followers.catch_up()
    assert imported > 20
    with small.ledger.reading() as reader:
        leaves = range(reader.size())
        for found in reader.items_at(leaves).values():
            items |= {one.item for one in found}
        assert len(items) > 50
        for item in sorted(items):
            view = tracing.view(reader, small.ledger.trust, [item], Query(), NOW)
            for language in ("zh", "en"):
                drawing = svg.draw(view, language)
                svg.render(drawing)
                sheets(drawing)
            json.dumps(lineage_json.lineage(view))
            found = tracing.epcis(reader, view.graph, small.ledger.attachments.get, NOW)
            data = json.dumps(found).encode()
            if events(found):
                parse_document(data)
            assert list(validator.iter_errors(json.loads(data))) == []


def lineage(*makings):
    return [
        Edge(item, at, out, None)
        for at, (used, made) in enumerate(makings)
        for out, items in ((False, used), (True, made))
        for item in items
    ]


def test_what_is_made_of_recalled_food_contains_it_until_it_is_cleared():
    edges = lineage(("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("x", "d"))  # with a circle
    recall = Named(9, True, {"a"}, set())
    expected = {"a": "recalled"} | dict.fromkeys("bcd", "contains_recalled")
    assert marks([recall], edges, []) == expected
    assert marks([replace(recall, cleared={"b"})], edges, []) == {"a": "recalled"}
    assert marks([replace(recall, cleared={"a"})], edges, []) == {}


def test_a_hold_is_told_of_itself_alone_and_a_recall_weighs_more():
    edges = lineage(("a", "b"))
    held = Named(3, False, {"a"}, set())
    assert marks([held], edges, []) == {"a": "on_hold"}
    assert marks([held, Named(4, True, {"a"}, set())], edges, [])["a"] == "recalled"


def test_what_is_in_a_recalled_container_is_recalled():
    inside = Stay("a", "box", 0, 1, None, None, None)
    left_before = Stay("b", "box", 0, 1, 5, 4, None)
    left_since = Stay("c", "box", 0, 1, 5, 12, None)
    stays = [inside, left_before, left_since]
    edges = lineage(("a", "d"))
    marked = marks([Named(9, True, {"box"}, set())], edges, stays)
    assert marked["a"] == "recalled" and marked["d"] == "contains_recalled"
    assert set(marks([Named(9, True, {"box"}, set())], [], stays)) == {"box", "a", "c"}
    assert set(marks([Named(9, False, {"box"}, set())], [], stays)) == {"box", "a"}
