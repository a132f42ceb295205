"""A label's URL and texts."""

import pytest

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels import label_sizes, label_texts
from suyuan.trace.labels.item_labels import natural, scale_codes
from suyuan.trace.labels.label import Line, label, label_url, visible
from suyuan.trace.labels.label_files import width
from suyuan.trace.labels.label_sizes import SIZES, find

CODE = codes.of_chain("https://trace.food.example/t/X", "urn:uscc:Y")
SERIAL = "0123456789ABC"


@pytest.mark.parametrize(
    ("base", "start", "host"),
    [
        ("https://trace.food.example", "HTTPS://TRACE.FOOD.EXAMPLE", "trace.food.example"),
        ("https://Trace.food.example/", "HTTPS://TRACE.FOOD.EXAMPLE", "trace.food.example"),
        ("http://127.0.0.1:8000", "HTTP://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "HTTP://[::1]:8000", "[::1]:8000"),
        ("https://a.example/Ledger/", "HTTPS://A.EXAMPLE/Ledger", "a.example/Ledger"),
    ],
)
def test_the_url_is_upper_case_but_for_a_path(base, start, host):
    assert label_url(base, CODE, SERIAL) == f"{start}/T/{CODE}/{SERIAL}"
    assert label(base, CODE, SERIAL, "x").host == host


@pytest.mark.parametrize(
    "base",
    [
        *("", "trace.example", "ftp://a.example", "https://", "https://a@b.example"),
        *("https://溯源.example", "https://a.example/溯", "https://a.example/?x=1"),
        *("https://a.example/#x", "https://a.example/a b", "https://[::1", "javascript:alert(1)"),
        "https://a.example:99999999",
    ],
)
def test_base_urls_that_are_none(base):
    with pytest.raises(LedgerError, match="base URL"):
        label_url(base, CODE, SERIAL)


def test_codes_and_serials_that_are_none():
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    with pytest.raises(LedgerError, match="check character"):
        label_url("https://a.example", wrong, SERIAL)
    with pytest.raises(LedgerError, match="serial"):
        label_url("https://a.example", CODE, "ABC")


def test_what_is_typed_is_made_right():
    found = label("https://a.example", codes.shown(CODE).lower(), SERIAL.lower(), " 五花肉\n")
    assert (found.code, found.serial, found.product) == (codes.shown(CODE), SERIAL, "五花肉")


def test_characters_that_nobody_sees():
    assert visible("五\x00花\u202e肉\r\n\x1b[2J\ufeff") == "五 花 肉 [2J"
    assert visible("a\ud800b\uffff") == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("五花肉", ["五花肉"]),
        ("带皮五花肉精品", ["带皮五花肉", "精品"]),
        ("带皮五花肉精品礼盒装特级", ["带皮五花肉", "精品礼盒…"]),
        ("pork belly", ["pork belly"]),
        ("pork bellies", ["pork", "bellies"]),
        ("青山农场村，好", ["青山农场", "村，好"]),
        ("x" * 60, None),
        ("", []),
    ],
)
def test_texts_are_wrapped_and_cut(text, lines):
    found = label_texts.wrap(text, 5.2, 2, 1.0, width)
    assert lines is None or found == lines
    assert all(width(line, 1.0, False) <= 5.2 for line in found)


def test_lines_lose_what_nobody_sees_too():
    line = Line("生产者", "青山\x00农场\u202e", "生\n产", most=None, is_whole=True)
    (found,) = label("https://a.example", CODE, SERIAL, "x", [line]).lines
    assert found == Line("生产者", "青山 农场", "生 产", None, True)


def test_labels_of_one_batch_have_one_face():
    one, other = (label("https://a.example", CODE, serial * 13, "肉") for serial in "12")
    assert one.face == other.face != label("https://a.example", CODE, SERIAL, "鱼").face


def test_sheets_to_be_cut_apart():
    size = SIZES["60x40"]
    assert label_sizes.sheet_of(1, 3, size).width == size.width + 2 * label_sizes.MARGIN
    assert len(set(label_sizes.sheet_of(7, 3, size).places)) == 7
    for count, columns in ((0, 3), (1, 0)):
        with pytest.raises(LedgerError, match="at least one"):
            label_sizes.sheet_of(count, columns, size)
    with pytest.raises(LedgerError, match="make a PDF"):
        label_sizes.sheet_of(25, 3, SIZES["a4-3x8"])


@pytest.mark.parametrize("size", [size for size in SIZES.values() if size.is_sheet])
def test_grids_lie_on_the_page_and_no_label_on_another(size):
    left, top = size.margins
    assert size.pitch_x >= size.width and size.pitch_y >= size.height
    assert left >= 0 and top >= 0
    right, bottom = size.place(size.per_sheet - 1)
    assert right + size.width == pytest.approx(210 - left)
    assert bottom + size.height == pytest.approx(297 - top)
    assert f"{size.per_sheet} labels" in size.what


def test_a_size_that_is_none():
    with pytest.raises(LedgerError, match="40x30, 50x30, 60x40, a4-"):
        find("letter")


STALL = "https://trace.food.example/party/A"


def lots(count):
    return [(n, f"https://trace.food.example/t/{n}") for n in range(count)]


def test_five_digits_that_begin_with_none():
    found = scale_codes(lots(500), STALL).values()
    assert all(10_000 <= code <= 99_999 for code in found)


def test_lots_that_a_stall_has_at_a_time_never_share_one():
    many = lots(3_000)
    assert len({natural(item, STALL) for _, item in many}) < 3_000  # some would clash
    assert len(set(scale_codes(many, STALL).values())) == 3_000


def test_a_lot_that_comes_changes_no_code_of_those_there():
    many = lots(3_000)
    before = scale_codes(many[:2_900], STALL)
    after = scale_codes(reversed(many), STALL)
    assert before.items() <= after.items()


def test_another_stall_has_other_codes():
    one, other = (
        scale_codes(lots(50), STALL),
        scale_codes(lots(50), STALL + "B"),
    )
    assert one != other and one == scale_codes(lots(50), STALL)
