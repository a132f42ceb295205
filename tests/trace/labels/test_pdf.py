"""Labels as PDF, and as pictures: PNG and SVG."""

import io
import re
from datetime import UTC, datetime
from xml.dom import minidom

import pypdfium2
import pytest
import resvg_py
import zxingcpp
from PIL import Image, ImageChops
from support.goods.labels import FACTS, SOURCES, covered, labels

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels import fonts
from suyuan.trace.labels.label import Label, Line, label
from suyuan.trace.labels.label_files import render_sheet_svg
from suyuan.trace.labels.label_layout import lay_out
from suyuan.trace.labels.label_pdf import render_pdf
from suyuan.trace.labels.label_raster import render_sheet_png
from suyuan.trace.labels.label_sizes import ROLLS, SIZES
from suyuan.trace.labels.qr_symbol import QUIET, symbol

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
DPI = 203
HOSTILE = "肉) Tj ET Q\n/JS (app.alert(1)) \\051 endstream endobj <</S/JavaScript>>\x00\x1b"


def pdf(made, name="60x40", **more):
    return render_pdf(made, SIZES[name], when=NOW, **more)


def pages(data, dpi=DPI):
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def text_of(data):
    document = pypdfium2.PdfDocument(data)
    found = []
    for page in document:
        textpage = page.get_textpage()
        found.append(textpage.get_text_bounded())
        textpage.close()
    document.close()
    return "".join(found)


def scanned(picture):
    found = zxingcpp.read_barcodes(picture)
    assert all(code.ec_level == "Q" for code in found)
    return sorted(code.text for code in found)


@pytest.mark.parametrize("name", SIZES)
def test_every_label_of_every_size_is_read_back_at_203_dots(name):
    size = SIZES[name]
    made = labels(size.per_sheet + 1 if size.is_sheet else 3)
    found = pages(pdf(made, name))
    assert len(found) == (2 if size.is_sheet else 3)
    read = sorted(url for page in found for url in scanned(page))
    assert read == sorted(one.url for one in made)


def test_each_label_shows_its_own_serial():
    made = labels(3)
    text = text_of(pdf(made))
    assert all(one.serial in text for one in made)


@pytest.mark.parametrize("name", SIZES)
def test_every_size_is_read_with_a_tenth_of_the_symbol_covered(name):
    size = SIZES[name]
    made = labels(14)
    drawn = pages(pdf(made, name))
    side = symbol(made[0].url).side
    layout = lay_out(made[0], size, side, fonts.width)
    for number, one in enumerate(made):
        x, y = size.place(number) if size.is_sheet else (0.0, 0.0)
        page = drawn[0] if size.is_sheet else drawn[number]
        corner = (x, y, x + size.width, y + size.height)
        found = page.crop(tuple(round(length * DPI / 25.4) for length in corner))
        left, top = layout.x * DPI / 25.4, layout.y * DPI / 25.4
        full = (side + 2 * QUIET) * layout.module * DPI / 25.4
        hidden = covered(found, (left, top, left + full, top + full), side, 255 * (number % 2))
        assert ImageChops.difference(found, hidden).getbbox() is not None
        assert scanned(hidden) == [one.url]


@pytest.mark.parametrize("name", ROLLS)
def test_modules_are_whole_dots_black_or_white(name):
    """At 203 dots an inch no dot of the symbol is grey: nothing for a printer to guess."""
    (one,) = labels()
    (page,) = pages(pdf([one], name))
    side = symbol(one.url).side
    layout = lay_out(one, SIZES[name], side, fonts.width)
    dots = round((side + 2 * QUIET) * layout.module * DPI / 25.4)
    top = round(layout.y * DPI / 25.4)
    symbol_part = page.crop((0, top, dots, top + dots))
    greys = symbol_part.histogram()
    assert sum(greys[64:192]) < dots * 2


def test_a_page_of_a_roll_is_its_label():
    document = pypdfium2.PdfDocument(pdf(labels(2), "50x30"))
    assert len(document) == 2
    width, height = document[0].get_size()
    document.close()
    assert (round(width / 72 * 25.4, 2), round(height / 72 * 25.4, 2)) == (50, 30)


def test_texts_are_texts_in_embedded_subset_fonts():
    data = pdf(labels(3, product="𠮷祥带皮五花肉"))
    shown = text_of(data).replace("\r", "").replace("\n", "")
    for part in ("𠮷祥带皮五花肉", "厦门市同安区", "trace.food.example", labels()[0].code):
        assert part in shown
    assert len(re.findall(rb"/FontFile[23]?\b", data)) == 2  # one for 𠮷 alone
    assert len(data) < 120_000


def test_rare_characters_are_drawn_and_not_boxes():
    pictures = {
        page.tobytes() for n in "𠮷祥肉\U0003fffd" for page in pages(pdf(labels(product=n)))
    }
    assert len(pictures) == 4
    geta = pages(pdf(labels(product=fonts.MISSING)))[0]
    assert pages(pdf(labels(product="\U0003fffd")))[0].tobytes() == geta.tobytes()


def test_a_sheet_that_is_partly_used_up():
    made = labels(2)
    (page,) = pages(pdf(made, "a4-3x7", skip=19), dpi=100)
    used = page.crop((0, 0, page.width, int(page.height * 0.82)))
    assert used.getextrema() == (255, 255) and len(pages(pdf(labels(3), "a4-3x7", skip=19))) == 2
    for skip in (21, -1):
        with pytest.raises(LedgerError, match="21 labels"):
            pdf(made, "a4-3x7", skip=skip)


def test_texts_cannot_be_commands_of_the_file():
    data = pdf(labels(product=HOSTILE, lines=(*FACTS, SOURCES)), title=HOSTILE)
    assert scanned(pages(data)[0]) == [labels()[0].url]
    document = pypdfium2.PdfDocument(data)
    assert document.get_metadata_value("Title").startswith("肉) Tj ET Q")
    assert pypdfium2.raw.FPDFDoc_GetJavaScriptActionCount(document) == 0
    kinds = {found.type for found in document[0].get_objects()}
    document.close()
    assert kinds == {pypdfium2.raw.FPDF_PAGEOBJ_PATH, pypdfium2.raw.FPDF_PAGEOBJ_TEXT}


def test_the_same_labels_are_the_same_file():
    assert pdf(labels(2)) == pdf(labels(2))


def test_too_many_or_none():
    with pytest.raises(LedgerError, match="too many"):
        pdf(labels(1) * 10_001)
    with pytest.raises(LedgerError, match="no label"):
        pdf([])


MARKUP = "<script>alert('x')</script> & \"肉\" ]]> \x00\x1b\ud800"
LINES = (Line("生产日期", "2026-11-24"), Line("产地", "山东省临沂市兰陵县"))


def plain_labels(count, base="https://trace.food.example", product="带皮五花肉"):
    return [
        label(base, codes.from_bits(n * 7**20), f"{n:013d}", product, LINES) for n in range(count)
    ]


@pytest.mark.parametrize(
    ("base", "count", "dpi"),
    [
        ("https://trace.food.example", 1, 300),
        ("https://trace.food.example", 7, 203),
        ("http://127.0.0.1:8000/Some/Path", 2, 203),
    ],
)
def test_every_symbol_of_a_png_is_read_back(base, count, dpi):
    made = plain_labels(count, base)
    picture = Image.open(io.BytesIO(render_sheet_png(made, dpi=dpi)))
    assert scanned(picture) == sorted(one.url for one in made)
    assert round(picture.info["dpi"][0]) == dpi


@pytest.mark.parametrize("base", ["https://trace.food.example", "https://a.example/Some/Path"])
def test_every_symbol_of_an_svg_is_read_back(base):
    made = plain_labels(4, base, MARKUP)
    text = render_sheet_svg(made, columns=2)
    drawn = resvg_py.svg_to_bytes(svg_string=text, dpi=200, skip_system_fonts=True)
    assert scanned(Image.open(io.BytesIO(bytes(drawn)))) == sorted(one.url for one in made)
    assert all(f" {one.serial}</text>" in text for one in made)


def test_texts_of_an_svg_are_texts():
    line = Line(MARKUP, MARKUP)
    one = Label("HTTPS://A/\"'<&", "<a&b>", "<b>", "'\"", MARKUP, (line,), MARKUP)
    document = minidom.parseString(render_sheet_svg([one]))
    names = {node.tagName for node in document.getElementsByTagName("*")}
    assert names == {"svg", "g", "rect", "path", "text"}
    shown = "".join(node.firstChild.data for node in document.getElementsByTagName("text"))
    assert "<script>" in shown
    assert re.search("[\x00-\x1f\ud800-\udfff]", shown) is None


@pytest.mark.parametrize("name", list(SIZES))
def test_every_size_as_svg_and_png(name):
    made, size = plain_labels(2), SIZES[name]
    urls = sorted(one.url for one in made)
    text = render_sheet_svg(made, size=size)
    drawn = resvg_py.svg_to_bytes(svg_string=text, dpi=300, skip_system_fonts=True)
    assert scanned(Image.open(io.BytesIO(bytes(drawn)))) == urls
    picture = Image.open(io.BytesIO(render_sheet_png(made, dpi=203, size=size)))
    assert scanned(picture) == urls


def test_an_svg_keeps_rare_characters():
    assert "𠮷祥" in render_sheet_svg(plain_labels(1, product="𠮷祥"))


def test_too_many_labels_for_a_sheet():
    with pytest.raises(LedgerError, match="too many"):
        render_sheet_svg(plain_labels(1) * 2001)
    with pytest.raises(LedgerError, match="too many"):
        render_sheet_png(plain_labels(1) * 500)


def test_a_resolution_that_printers_cannot_keep():
    for dpi in (100, 2400):
        with pytest.raises(LedgerError, match="label printers have 203"):
            render_sheet_png(plain_labels(1), dpi=dpi)


def test_characters_that_the_first_font_lacks():
    shipped = fonts.files()[0][0]
    assert "pylopdf" in shipped
    ((shown, _),) = fonts.runs("带皮五花肉 龘㙍", 24)
    assert shown == "带皮五花肉 龘㙍"
    assert [(piece, at > 0) for piece, at in fonts.pieces("𠮷祥")] == [("𠮷", True), ("祥", False)]
    assert "".join(part for part, _ in fonts.runs("\U0003fffd", 24)) == fonts.MISSING


@pytest.fixture
def fresh_fonts(monkeypatch):
    def forget():
        for cached in (fonts.at_size, fonts._font_of, fonts._advance):
            cached.cache_clear()

    def only(found):
        monkeypatch.setattr(fonts, "files", lambda: found)
        forget()

    yield only
    forget()


def test_a_rare_character_that_no_font_has_is_a_geta_mark(fresh_fonts):
    fresh_fonts(fonts.files()[:1])
    assert "".join(part for part, _ in fonts.runs("𠮷祥", 24)) == "〓祥"


def test_the_packages_alone_have_the_other_ji(fresh_fonts):
    """Where no font of the system is, 𠮷 is drawn all the same."""
    fresh_fonts([file for file in fonts.files() if "pylopdf" in file[0]])
    assert fonts.MISSING not in "".join(part for part, _ in fonts.runs("𠮷野家", 24))


def test_no_font_no_boxes(fresh_fonts):
    fresh_fonts([("/none.otf", 0)])
    with pytest.raises(LedgerError, match="pylopdf-fonts-zh-cn"):
        render_sheet_png(plain_labels(1))


def test_chinese_is_drawn_and_not_boxes():
    """The picture changes with the characters, which boxes would not."""
    names = ("猪肉", "牛肉", "羊肉")
    pictures = {render_sheet_png(plain_labels(1, product=name)) for name in names}
    assert len(pictures) == 3
