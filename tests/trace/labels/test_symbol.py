"""QR symbols: a batch's are what each by itself would be, with one mask."""

import random

import pytest
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q
from support.goods.labels import SERIALS

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels.label import label_url
from suyuan.trace.labels.qr_symbol import symbol, symbols

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
