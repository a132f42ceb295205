"""Sheets of labels, read back by other programs than the one that drew them."""

import io
import re
from xml.dom import minidom

import pytest
import resvg_py
import zxingcpp
from PIL import Image

from suyuan.trace.errors import LedgerError
from suyuan.trace.identifiers import codes
from suyuan.trace.labels import fonts, png, svg
from suyuan.trace.labels.label import Label, label

HOSTILE = "<script>alert('x')</script> & \"肉\" ]]> \x00\x1b\ud800"
LINES = ("规格 冷鲜 20kg/箱", "产地 山东省临沂市兰陵县", "生产日期 2026-11-24")


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
    picture = Image.open(io.BytesIO(png.render_sheet_png(made, dpi=dpi)))
    assert scanned(picture) == sorted(one.url for one in made)
    assert round(picture.info["dpi"][0]) == dpi


@pytest.mark.parametrize("base", ["https://trace.food.example", "https://a.example/Some/Path"])
def test_every_symbol_of_an_svg_is_read_back(base):
    made = labels(4, base, HOSTILE)
    text = svg.render_sheet_svg(made, columns=2)
    drawn = resvg_py.svg_to_bytes(svg_string=text, dpi=200, skip_system_fonts=True)
    assert scanned(Image.open(io.BytesIO(bytes(drawn)))) == sorted(one.url for one in made)


def test_texts_of_an_svg_are_texts():
    one = Label("HTTPS://A/\"'<&", "<a&b>", "<b>", "'\"", HOSTILE, (HOSTILE,))
    document = minidom.parseString(svg.render_sheet_svg([one]))
    names = {node.tagName for node in document.getElementsByTagName("*")}
    assert names == {"svg", "g", "rect", "path", "text"}
    shown = "".join(node.firstChild.data for node in document.getElementsByTagName("text"))
    assert "<script>" in shown
    assert re.search("[\x00-\x1f\ud800-\udfff]", shown) is None


def test_an_svg_keeps_rare_characters():
    assert "𠮷祥" in svg.render_sheet_svg(labels(1, product="𠮷祥"))


def test_too_many_labels_for_a_sheet():
    with pytest.raises(LedgerError, match="too many"):
        svg.render_sheet_svg(labels(1) * 2001)
    with pytest.raises(LedgerError, match="too many"):
        png.render_sheet_png(labels(1) * 500)


def test_a_resolution_that_printers_cannot_keep():
    with pytest.raises(LedgerError, match="take a higher resolution"):
        png.render_sheet_png(labels(1), dpi=100)


def test_characters_that_the_first_font_lacks():
    shipped = fonts.files()[0][0]
    assert "pylopdf" in shipped
    ((shown, _),) = fonts.runs("带皮五花肉 龘㙍", 24)
    assert shown == "带皮五花肉 龘㙍"
    assert "".join(part for part, _ in fonts.runs("\U0003fffd", 24)) == fonts.MISSING


@pytest.fixture
def fresh_fonts(monkeypatch):
    def only(found):
        monkeypatch.setattr(fonts, "files", lambda: found)
        fonts.at_size.cache_clear()
        fonts._font_of.cache_clear()

    yield only
    fonts.at_size.cache_clear()
    fonts._font_of.cache_clear()


def test_a_rare_character_without_the_systems_font_is_a_geta_mark(fresh_fonts):
    fresh_fonts(fonts.files()[:1])
    assert "".join(part for part, _ in fonts.runs("𠮷祥", 24)) == "〓祥"


def test_no_font_no_boxes(fresh_fonts):
    fresh_fonts([("/none.otf", 0)])
    with pytest.raises(LedgerError, match="pylopdf-fonts-zh-cn"):
        png.render_sheet_png(labels(1))


def test_chinese_is_drawn_and_not_boxes():
    """The picture changes with the characters, which boxes would not."""
    pictures = {png.render_sheet_png(labels(1, product=name)) for name in ("猪肉", "牛肉", "羊肉")}
    assert len(pictures) == 3
