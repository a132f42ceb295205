"""Where things stand on labels of every size, and what does not fit."""

import random

import pytest
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q
from support.goods.labels import FACTS, SERIALS, SOURCES, labels

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels import fonts, label_layout
from suyuan.trace.labels.label import Line, label_url
from suyuan.trace.labels.label_layout import DOT, lay_out
from suyuan.trace.labels.label_sizes import SIZES, Size
from suyuan.trace.labels.qr_symbol import QUIET, symbol, symbols

NAMES = ("肉", "带皮五花肉", "很" * 300, "Pork belly with skin, chilled, sliced", "x" * 200)
HOST = "suyuan.shichangjianguan.lanling.linyi.gov.example:8080"


def test_the_quiet_zone_is_four_modules() -> None:
    assert QUIET == 4  # ISO/IEC 18004, 6.3.8


def laid_out(one, size):
    side = symbol(one.url).side
    return lay_out(one, size, side, fonts.width), side


def texts_of(layout, one):
    return (*layout.texts, *([layout.serial.text(one, fonts.width)] if layout.serial else []))


def shown(one, size):
    layout, _ = laid_out(one, size)
    return [text.text for text in texts_of(layout, one)]


def ink(text):
    """How far a text's letters reach above its baseline; what is bold is stroked, half a dot."""
    drawn = fonts.runs(text.text, 1_000)
    high = max(-font.getbbox(piece, anchor="ls")[1] for piece, font in drawn) / 1_000 * text.size
    return high + max(fonts.BOLDER * text.size, DOT / 2) * text.bold


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_no_text_leaves_the_label_or_touches_the_symbol_or_another(size, name):
    one = labels(product=name)[0]
    layout, side = laid_out(one, size)
    full = (side + 2 * QUIET) * layout.module
    inset_x, inset_y = size.insets
    assert layout.x >= 0 and layout.x + full <= size.width - inset_x
    assert layout.y >= 0 and layout.y + full <= size.height - inset_y + 1e-6
    boxes = []
    for text in texts_of(layout, one):
        right = text.x + fonts.width(text.text, text.size, text.bold)
        box = (text.x, text.y - ink(text), right, text.y + 0.15 * text.size)
        assert box[0] >= inset_x and box[2] <= size.width - inset_x
        assert box[1] >= inset_y and box[3] <= size.height - inset_y
        boxes.append(box)
    boxes.append((layout.x, layout.y, layout.x + full, layout.y + full))
    for number, a in enumerate(boxes):
        for b in boxes[:number]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


@pytest.mark.parametrize(
    "base", ["https://t.cn", "https://t.example", "https://trace.food.example"]
)
@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_below_a_symbol_no_letter_reaches_into_its_quiet_zone(base, dpi):
    """On sizes between those that there are, too: it is a matter of fractions of a dot."""
    one, below = labels(product="肉", lines=(), base=base)[0], 0
    side = symbol(one.url).side
    for width in (35.0, 37.5, 40.0, 45.0):
        for height in range(24, 33):
            size = Size("odd", width, height, "roll")
            layout = lay_out(one, size, side, fonts.width, 25.4 / dpi)
            full = (side + 2 * QUIET) * layout.module
            for text in layout.texts:
                if text.x < layout.x + full and text.y > layout.y + full:
                    below += 1
                    assert text.y - ink(text) >= layout.y + full, (size, text)
    assert below


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_modules_have_whole_dots_and_at_least_four(size):
    layout, _ = laid_out(labels()[0], size)
    for length in (layout.module / DOT, layout.x / DOT, layout.y / DOT):
        assert length == pytest.approx(round(length))
    assert round(layout.module / DOT) >= 4


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_host_and_code_stand_in_clear_on_every_size(size):
    one = labels(product="很" * 300)[0]
    texts = "".join(shown(one, size))
    assert one.host in texts and one.code in texts and "…" in texts and "58213" in texts


@pytest.mark.parametrize("size", [s for s in SIZES.values() if s.name != "a4-5x13"])
def test_the_serial_stands_on_all_but_the_smallest(size):
    one = labels(8)[5]
    assert any(one.serial in text for text in shown(one, size))


def test_a_long_host_is_cut_at_its_front_only():
    one = labels(base=f"http://{HOST}")[0]
    assert HOST in "".join(shown(one, SIZES["60x40"]))
    long = labels(base=f"http://{'a' * 60}.{'b' * 60}.gov.example")[0]
    assert any(text.endswith("b.gov.example") for text in shown(long, SIZES["a4-2x7"]))


def test_dates_are_never_cut():
    for size in SIZES.values():
        texts = "".join(shown(labels()[0], size))
        assert "2026-11-23" in texts or "生产" not in texts.replace("生产者", "")


def test_all_sources_of_a_mix_are_on_the_label_or_it_is_refused():
    for size in SIZES.values():
        one = labels(lines=(SOURCES, *FACTS))[0]
        try:
            texts = "".join(shown(one, size))
        except LedgerError:
            assert size.name == "a4-5x13"
            continue
        assert SOURCES.text in texts.replace(" ", "").replace("农场", "农场 ").replace(
            "合作社", "合作社 "
        )


def test_what_does_not_fit_is_refused_with_what_would():
    many = Line("来源", "、".join(f"{n} 号农场 11-23" for n in range(12)), is_whole=True)
    with pytest.raises(LedgerError, match=r"a4-5x13: .*来源; it fits on .*60x40.*a4-2x7"):
        list(label_layout.ready(labels(lines=(many,)), SIZES["a4-5x13"], fonts.width))
    endless = Line("来源", "农场、" * 900, is_whole=True)
    with pytest.raises(LedgerError, match="no size known here"):
        list(label_layout.ready(labels(lines=(endless,)), SIZES["60x40"], fonts.width))
    long = labels(base="https://suyuan.shichangjianguan.xiamen.gov.example")
    with pytest.raises(LedgerError, match=r"needs \d\d\.\d mm .* it fits on 40x30"):
        list(label_layout.ready(long, SIZES["a4-5x13"], fonts.width))


def test_no_labels_are_no_batch():
    with pytest.raises(LedgerError, match="no label"):
        list(label_layout.ready([], SIZES["60x40"], fonts.width))


CODE = codes.of_chain("https://trace.food.example/t/X", "urn:uscc:Y")


def urls(base, count=40):
    dice = random.Random(7)
    drawn = ["".join(dice.choices(SERIALS, k=13)) for _ in range(count)]
    return [label_url(base, CODE, serial) for serial in ("0" * 13, "Z" * 13, *drawn)]


def by_itself(url, version, mask):
    """A symbol as the library computes it, for a version and a mask, all of it anew."""
    code = QRCode(version=version, error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=mask)
    code.add_data(url)
    code.make(fit=False)
    return code.get_matrix()


@pytest.mark.parametrize(
    "base",
    [
        "https://trace.food.example",
        "https://trace.foods.example",  # the serial begins at an odd place: pairs are others
        "http://[::1]:8000",
        "https://suyuan.shichangjianguan.xiamen.gov.example",
    ],
)
def test_a_batch_has_the_symbols_that_each_has_by_itself(base):
    given = urls(base)
    found = list(symbols(given))
    version = (found[0].side - 17) // 4
    masks = [mask for mask in range(8) if by_itself(given[0], version, mask) == found[0].rows()]
    assert len(masks) == 1
    for url, one in zip(given, found, strict=True):
        assert one.rows() == by_itself(url, version, masks[0])


def test_the_mask_is_the_one_that_the_first_would_have():
    given = urls("https://trace.food.example", 1)
    assert next(symbols(given)) == symbol(given[0])


def test_urls_of_several_batches_and_of_none():
    mixed = [
        *urls("https://a.example", 2),
        "plain text",
        *urls("https://b.example/Some/Other/Path", 2),
    ]
    sizes = [one.side for one in symbols(mixed)]
    assert len(sizes) == len(mixed) and len({sizes[0], sizes[-1]}) == 2
    lower = [url.lower() for url in urls("https://a.example", 2)]
    assert list(symbols(lower)) == [symbol(url) for url in lower]


def test_the_symbol_is_alphanumeric_and_small():
    url = label_url("https://trace.food.example", CODE, "0123456789ABC")
    assert symbol(url).side == 33  # version 4
    assert symbol(url.lower()).side > 33


def test_a_url_that_no_symbol_holds():
    with pytest.raises(LedgerError, match="too long"):
        symbol("x" * 5000)


def test_paths_and_rectangles_cover_the_dark_modules_once():
    found = symbol(label_url("https://trace.food.example", CODE, "0123456789ABC"))
    dark = {
        (x, y) for y, row in enumerate(found.rows()) for x, is_dark in enumerate(row) if is_dark
    }
    runs = [(x + n, y) for x, y, length in found.runs() for n in range(length)]
    assert sorted(runs) == sorted(dark)
    lines = [tuple(map(int, line.split()[:4])) for line in found.rectangles().splitlines()]
    assert [(x, y, length) for x, y, length, _ in lines] == list(found.runs())
