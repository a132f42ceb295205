"""An imported document, seen from outside: its label opens the page that shows its history."""

import io
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from support.ledger.world import SHARED

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels.label import label
from suyuan.trace.labels.label_raster import render_sheet_png
from suyuan.trace.recording.imports import epcis_import
from suyuan.trace.store.files import serials
from suyuan.web.factory import create_app

FINAL_LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
TRACEBACK = SHARED / "opentraceability" / "traceback_tests.jsonld"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")


def test_the_label_of_the_final_lot_read_by_another_program_opens_its_page(small):
    gate = small.party("导入网关", "gateway")
    epcis_import.run(small.ledger, gate.pen, TRACEBACK.read_bytes())
    issued = serials.new(1)
    serials.keep(small.home, issued)
    small.say(gate, acts.labels(issued), items=(FINAL_LOT,))
    small.ledger.followers.catch_up()
    made = label(
        "https://trace.food.example", codes.of_chain(FINAL_LOT, gate.uri), issued[0], "Tuna"
    )
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(render_sheet_png([made]))))
    assert urlsplit(read.text).netloc == "TRACE.FOOD.EXAMPLE"
    client = create_app(small.home, ledger=small.ledger).test_client()
    for language, words in (
        ("en", ("Reported by the importer", "Reported by", "Unpacked", "Packed")),
        ("zh-CN", ("仅由导入方报告", "拆箱", "装箱")),
    ):
        page = client.get(urlsplit(read.text).path, headers={"Accept-Language": language})
        text = page.get_data(as_text=True)
        assert page.status_code == 200
        for word in (*words, "Can of Tuna", "V1-0122-2022", "fishingEvent", "导入网关", issued[0]):
            assert word in text, (language, word)


def test_every_lot_of_the_document_has_a_page_that_verifies(small):
    gate = small.party("导入网关", "gateway")
    epcis_import.run(small.ledger, gate.pen, TRACEBACK.read_bytes())
    small.ledger.followers.catch_up()
    client = create_app(small.home, ledger=small.ledger).test_client()
    with small.ledger.reading() as reader:
        lots = {
            name
            for event in reader.events_of_document(_digest(), gate.uri)
            for name in _items(event)
        }
    assert len(lots) > 6
    for lot in lots:
        code = codes.of_uri(lot, small.trust.host)
        page = client.get(f"/t/{code}", headers={"Accept-Language": "en"})
        assert page.status_code == 200 and "Broken" not in page.get_data(as_text=True)
        history = client.get(f"/api/v1/items/{code}").json
        assert history["links"] and all(not link["problems"] for link in history["links"])


def _digest() -> str:
    import hashlib

    return hashlib.sha256(TRACEBACK.read_bytes()).hexdigest()


def _items(event: dict) -> list[str]:
    from suyuan.trace.format.identifiers.items import item_set

    return item_set(event)
