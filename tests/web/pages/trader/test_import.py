"""An imported document, seen from outside: its label opens the page that shows its history."""

import hashlib
import io
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from support.ledger.world import SHARED
from support.web.client import chinese, english

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.labels.label import label
from suyuan.trace.labels.label_raster import render_sheet_png
from suyuan.trace.recording.imports import epcis_import

FINAL_LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
TRACEBACK = SHARED / "opentraceability" / "traceback_tests.jsonld"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")


@pytest.fixture
def gate(small):
    """Who imported the document."""
    found = small.party("导入网关", "gateway")
    epcis_import.run(small.ledger, found.pen, TRACEBACK.read_bytes())
    small.ledger.followers.catch_up()
    return found


def test_the_label_of_the_final_lot_read_by_another_program_opens_its_page(client, small, gate):
    (issued,) = small.labelled(gate, FINAL_LOT, count=1)
    made = label("https://trace.food.example", codes.of_chain(FINAL_LOT, gate.uri), issued, "Tuna")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(render_sheet_png([made]))))
    assert urlsplit(read.text).netloc == "TRACE.FOOD.EXAMPLE"
    path = f"{urlsplit(read.text).path}?all=1"
    for text, words in (
        (english(client, path), ("Reported by the importer", "Reported by", "Unpacked", "Packed")),
        (chinese(client, path), ("仅由导入方报告", "拆箱", "装箱")),
    ):
        for word in (*words, "Can of Tuna", "V1-0122-2022", "fishingEvent", "导入网关", issued):
            assert word in text, word
        assert "urn:gdst:bizStep" not in text


def test_every_lot_of_the_document_has_a_page_that_verifies(client, small, gate):
    digest = hashlib.sha256(TRACEBACK.read_bytes()).hexdigest()
    with small.ledger.reading() as reader:
        events = reader.events_of_document(digest, gate.uri)
        lots = {name for event in events for name in item_set(event)}
    assert len(lots) > 6
    for lot in lots:
        code = codes.of_uri(lot, small.trust.host)
        assert "Broken" not in english(client, f"/t/{code}")
        history = client.get(f"/api/v1/items/{code}").json
        assert history["links"] and all(not link["problems"] for link in history["links"])
