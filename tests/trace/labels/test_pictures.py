"""Sheets of labels, read back by other programs than the one that drew them."""

import io
import re
from xml.dom import minidom

import pytest
import resvg_py
import zxingcpp
from PIL import Image

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels import fonts
from suyuan.trace.labels.label import Label, Line, label
from suyuan.trace.labels.label_files import render_sheet_svg
from suyuan.trace.labels.label_raster import render_sheet_png
from suyuan.trace.labels.label_sizes import SIZES

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert('x')</script> & \"肉\" ]]> \x00\x1b\ud800"
LINES = (Line("生产日期", "2026-11-24"), Line("产地", "山东省临沂市兰陵县"))


def labels(count, base="https://trace.food.example", product="带皮五花肉"):
    return [
        label(base, codes.from_bits(n * 7**20), f"{n:013d}", product, LINES) for n in range(count)
    ]


def scanned(picture):
    found = zxingcpp.read_barcodes(picture)
    assert all(code.ec_level == "Q" for code in found)
    return sorted(code.text for code in found)


@pytest.mark.parametrize(
    ("base", "count", "dpi"),
    [
        ("https://trace.food.example", 1, 300),
        ("https://trace.food.example", 7, 203),
        ("http://127.0.0.1:8000/Some/Path", 2, 203),
    ],
)
def test_every_symbol_of_a_png_is_read_back(base, count, dpi):
    made = labels(count, base)
    picture = Image.open(io.BytesIO(render_sheet_png(made, dpi=dpi)))
    assert scanned(picture) == sorted(one.url for one in made)
    assert round(picture.info["dpi"][0]) == dpi


@pytest.mark.parametrize("base", ["https://trace.food.example", "https://a.example/Some/Path"])
def test_every_symbol_of_an_svg_is_read_back(base):
    made = labels(4, base, HOSTILE)
    text = render_sheet_svg(made, columns=2)
    drawn = resvg_py.svg_to_bytes(svg_string=text, dpi=200, skip_system_fonts=True)
    assert scanned(Image.open(io.BytesIO(bytes(drawn)))) == sorted(one.url for one in made)
    assert all(f" {one.serial}</text>" in text for one in made)


def test_texts_of_an_svg_are_texts():
    line = Line(HOSTILE, HOSTILE)
    one = Label("HTTPS://A/\"'<&", "<a&b>", "<b>", "'\"", HOSTILE, (line,), HOSTILE)
    document = minidom.parseString(render_sheet_svg([one]))
    names = {node.tagName for node in document.getElementsByTagName("*")}
    assert names == {"svg", "g", "rect", "path", "text"}
    shown = "".join(node.firstChild.data for node in document.getElementsByTagName("text"))
    assert "<script>" in shown
    assert re.search("[\x00-\x1f\ud800-\udfff]", shown) is None


@pytest.mark.parametrize("name", list(SIZES))
def test_every_size_as_svg_and_png(name):
    made, size = labels(2), SIZES[name]
    urls = sorted(one.url for one in made)
    text = render_sheet_svg(made, size=size)
    drawn = resvg_py.svg_to_bytes(svg_string=text, dpi=300, skip_system_fonts=True)
    assert scanned(Image.open(io.BytesIO(bytes(drawn)))) == urls
    picture = Image.open(io.BytesIO(render_sheet_png(made, dpi=203, size=size)))
    assert scanned(picture) == urls


def test_an_svg_keeps_rare_characters():
    assert "𠮷祥" in render_sheet_svg(labels(1, product="𠮷祥"))


def test_too_many_labels_for_a_sheet():
    with pytest.raises(LedgerError, match="too many"):
        render_sheet_svg(labels(1) * 2001)
    with pytest.raises(LedgerError, match="too many"):
        render_sheet_png(labels(1) * 500)


def test_a_resolution_that_printers_cannot_keep():
    for dpi in (100, 2400):
        with pytest.raises(LedgerError, match="label printers have 203"):
            render_sheet_png(labels(1), dpi=dpi)


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
        render_sheet_png(labels(1))


def test_chinese_is_drawn_and_not_boxes():
    """The picture changes with the characters, which boxes would not."""
    pictures = {render_sheet_png(labels(1, product=name)) for name in ("猪肉", "牛肉", "羊肉")}
    assert len(pictures) == 3
