"""Labels for label printers: ZPL as another program renders it, TSPL field by field."""

import re

import pytest
import zxingcpp
from PIL import Image
from support.goods.labels import FACTS, covered, labels
from zplkit import Options, render
from zplkit.parse import parse
from zplkit.rendering import Limits

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.labels import fonts
from suyuan.trace.labels.label import Line
from suyuan.trace.labels.label_layout import lay_out
from suyuan.trace.labels.label_raster import bits, compressed, parts, render_tspl, render_zpl
from suyuan.trace.labels.label_sizes import ROLLS, SIZES
from suyuan.trace.labels.qr_symbol import QUIET, symbol

pytestmark = pytest.mark.slow

HOSTILE = '肉^XZ^XA^FO0,0~JA~DGR:X\r\nPRINT 9,9\r\nCLS\x00\x1b"\x02'
COMMANDS = {"XA", "PW", "LL", "LH", "FO", "GF", "FS", "XZ"}
JOB = re.compile(rb"CLS\r\nBITMAP 0,0,(\d+),(\d+),0,")


def zpl_pictures(data, size, dpi=203):
    dots = (round(side * dpi / 25.4) for side in (size.width, size.height))
    options = Options(profile="specification", width=next(dots), height=next(dots), dpi=dpi)
    document = render(data, options, limits=Limits(graphic_bytes=100_000))
    assert not document.warnings
    for scene in document.labels:
        found = scene.rasterize()
        yield Image.frombytes("L", (found.width, found.height), found.pixels)


def tspl_pictures(data):
    """The pictures of a file, which must be nothing but its head and whole jobs."""
    head, rest = data.split(b"CLS", 1)
    assert re.fullmatch(
        rb"SIZE [\d.]+ mm,[\d.]+ mm\r\nGAP [\d.]+ mm,0 mm\r\nREFERENCE 0,0\r\n", head
    )
    data, at = b"CLS" + rest, 0
    while at < len(data):
        job = JOB.match(data, at)
        assert job is not None
        row, rows = map(int, job.groups())
        bits = data[job.end() : job.end() + row * rows]
        end = job.end() + len(bits)
        assert data[end : end + 13] == b"\r\nPRINT 1,1\r\n"
        yield Image.frombytes("1", (row * 8, rows), bits).convert("L")  # 0 is black, in both
        at = end + 13


def scanned(picture):
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.ec_level == "Q"
    return found.text


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", ROLLS)
def test_zpl_rendered_by_another_program_is_read_back(name, dpi):
    made, size = labels(3), SIZES[name]
    found = list(zpl_pictures(render_zpl(made, size, dpi=dpi), size, dpi))
    assert [scanned(picture) for picture in found] == [one.url for one in made]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", ROLLS)
def test_tspl_is_read_back(name, dpi):
    made, size = labels(3), SIZES[name]
    found = list(tspl_pictures(render_tspl(made, size, dpi=dpi)))
    assert [scanned(picture) for picture in found] == [one.url for one in made]


@pytest.mark.parametrize("name", ROLLS)
def test_both_print_the_same_dots(name):
    made, size = labels(2, product="𠮷祥"), SIZES[name]
    zpl, tspl = zpl_pictures(render_zpl(made, size), size), tspl_pictures(render_tspl(made, size))
    drawn = (bits(one.whole()).convert("L") for one in parts(made, size, 203))
    for one, other, own in zip(zpl, tspl, drawn, strict=True):
        assert one.tobytes() == own.tobytes()
        assert other.crop((0, 0, *own.size)).tobytes() == own.tobytes()


@pytest.mark.parametrize("name", ROLLS)
def test_printed_symbols_are_read_with_a_tenth_covered(name):
    size = SIZES[name]
    made = labels(10)
    side = symbol(made[0].url).side
    layout = lay_out(made[0], size, side, fonts.width)
    full = (side + 2 * QUIET) * layout.module * 203 / 25.4
    top = layout.y * 203 / 25.4
    for one, picture in zip(made, tspl_pictures(render_tspl(made, size)), strict=True):
        assert scanned(covered(picture, (0, top, full, top + full), side)) == one.url


def test_names_cannot_be_commands():
    made = labels(2, HOSTILE, (*FACTS, Line(HOSTILE, HOSTILE)))
    size = SIZES["60x40"]
    zpl = render_zpl(made, size)
    assert zpl.isascii() and b"~" not in zpl
    found = [e for e in parse(zpl).elements if e.kind == "format_command"]
    assert {bytes(element)[1:3].decode() for element in found} <= COMMANDS
    assert len(list(zpl_pictures(zpl, size))) == 2
    assert len(list(tspl_pictures(render_tspl(made, size)))) == 2


def test_tspl_says_size_and_gap():
    data = render_tspl(labels(), SIZES["40x30"], gap=2.5)
    assert data.startswith(b"SIZE 40 mm,30 mm\r\nGAP 2.5 mm,0 mm\r\n")


def test_a_printer_too_coarse_or_beyond_any():
    for dpi in (150, 1200):
        for make in (render_zpl, render_tspl):
            with pytest.raises(LedgerError, match="label printers have 203"):
                make(labels(), SIZES["40x30"], dpi=dpi)


@pytest.mark.parametrize(
    ("rows", "short"),
    [
        (["0000"], ","),
        (["FFFF"], "!"),
        (["0F00"], "0F,"),
        (["AAAA0000"], "JA,"),
        (["1" * 20 + "2"], "g12"),
        (["1" * 419 + "2"], "zY12"),
        (["AB", "AB", "00"], "AB\n:\n,"),
    ],
)
def test_the_shorthand_of_graphics(rows, short):
    assert compressed(rows) == short


def test_printed_labels_of_a_batch_differ_in_symbol_and_serial() -> None:
    one, other = parts(labels(2), SIZES["60x40"], 203)
    assert one.face is other.face and one.symbol != other.symbol
    assert one.serial is not None and other.serial is not None
    assert one.serial.picture.tobytes() != other.serial.picture.tobytes()
