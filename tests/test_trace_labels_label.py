"""A label's URL and texts."""

import pytest

from suyuan.trace.errors import LedgerError
from suyuan.trace.identifiers import codes
from suyuan.trace.labels import layout, symbol
from suyuan.trace.labels.label import label, label_url, visible
from suyuan.trace.labels.svg import width

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


def test_the_symbol_is_alphanumeric_and_small():
    url = label_url("https://trace.food.example", CODE, SERIAL)
    assert len(symbol.matrix(url)) == 33  # version 4
    assert len(symbol.matrix(url.lower())) > 33


def test_a_url_that_no_symbol_holds():
    with pytest.raises(LedgerError, match="too long"):
        symbol.matrix("x" * 5000)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("五花肉", ["五花肉"]),
        ("带皮五花肉精品", ["带皮五花肉", "精品"]),
        ("带皮五花肉精品礼盒装特级", ["带皮五花肉", "精品礼盒…"]),
        ("pork belly", ["pork belly"]),
        ("pork bellies", ["pork", "bellies"]),
        ("x" * 60, None),
        ("", []),
    ],
)
def test_texts_are_wrapped_and_cut(text, lines):
    found = layout.wrap(text, 5.2, 2, 1.0, width)
    assert lines is None or found == lines
    assert all(width(line, 1.0, False) <= 5.2 for line in found)


def test_host_and_code_stand_in_clear_whole():
    host = "suyuan.shichangjianguan.lanling.linyi.gov.example:8080"
    found = label(f"http://{host}", CODE, SERIAL, "很" * 300, ("行" * 100,) * 9)
    texts = layout.texts(found, width)
    assert {host, codes.shown(CODE), f"标签 {SERIAL}"} <= {text.text for text in texts}
    for text in texts:
        assert 0 < text.y < layout.HEIGHT
        assert text.x + width(text.text, text.size, text.bold) <= layout.WIDTH
    cut = label(f"http://{'a' * 60}.{'b' * 60}.gov.example", CODE, SERIAL, "x")
    assert any(text.text.endswith("b.gov.example") for text in layout.texts(cut, width))


def test_sheets():
    assert layout.sheet(1, 3).width == layout.WIDTH + 2 * layout.MARGIN
    assert len(set(layout.sheet(7, 3).places)) == 7
    for count, columns in ((0, 3), (1, 0)):
        with pytest.raises(LedgerError, match="at least one"):
            layout.sheet(count, columns)
