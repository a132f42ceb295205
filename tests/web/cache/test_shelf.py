"""The shelf of kept pages: as many as fit stay, whatever each is made from and answered with."""

import gzip
import random
from datetime import date

import pytest
from support.web.client import client_of

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.read.reread import Kept
from suyuan.web.cache.asof import AsOf
from suyuan.web.cache.cache_key import PageKey
from suyuan.web.cache.cache_making import Making
from suyuan.web.cache.cache_pieces import Tokens, pieces
from suyuan.web.cache.cache_shelf import MOST_TEXTS, Shelf

PAGE = pieces(("a page",))
AS_OF = AsOf(2, None, None, None, None, is_good=True)
MANY = MOST_TEXTS + 500


def asked(number: int) -> PageKey:
    return PageKey(f"/t/{number}", "", in_chinese=True, is_large=False)


def filled(most: int, *, query: str = "SELECT 1", link: str = "") -> Shelf:
    """Many pages with this statement and header, `#` in either being the page's number."""
    shelf = Shelf(most)
    for number in range(MANY):
        made = Making(None, as_of=AS_OF, today=date(2000, 1, 1))
        made.read = Kept([(query.replace("#", str(number)), (number,))], b"digest")
        headers = (("Vary", "Accept-Language"), ("Link", link.replace("#", str(number))))
        shelf.put(asked(number), made, PAGE, headers)
    return shelf


@pytest.mark.parametrize(
    "each",
    [{}, {"link": "</t/#?linkType=all>"}, {"query": "SELECT #"}],
    ids=["same", "link", "sql"],
)
def test_thousands_of_pages_stay(each):
    shelf = filled(1 << 30, **each)
    assert len(shelf) == MANY
    first = shelf.get(asked(0))
    assert first is not None and first.read.statements[0][1] == (0,)


def test_what_pages_share_is_there_once_and_what_they_do_not_is_counted():
    shelf = filled(1 << 30)
    one, other = shelf.get(asked(0)), shelf.get(asked(MANY - 1))
    assert one is not None and other is not None
    assert one.read.statements[0][0] is other.read.statements[0][0]
    assert one.headers[0][1] is other.headers[0][1]
    long = filled(1 << 30, query="SELECT " + "1" * 1_000 + " + #")
    assert long.size - shelf.size > 1_000 * MANY


def test_the_oldest_go_where_they_do_not_fit():
    shelf = filled(1 << 20)
    assert 100 < len(shelf) < MANY and shelf.size <= 1 << 20
    assert shelf.get(asked(0)) is None and shelf.get(asked(MANY - 1)) is not None


@pytest.mark.parametrize("sizes", [(0, 0, 0), (5, 5, 5), (900, 3, 70_000), (1_000, 100_000, 0)])
def test_pieces_give_the_text_plain_and_compressed(sizes):
    tokens = Tokens(["a", "b"])
    luck = random.Random(1)
    parts = ["".join(luck.choice("溯源 <p>abc") for _ in range(size)) for size in sizes]
    page = pieces(tokens.cut(parts[0] + tokens.text("a") + parts[1] + tokens.text("b") + parts[2]))
    for texts in ({"a": "", "b": "七"}, {"a": "12345", "b": "x" * 66_000}):
        expected = (parts[0] + texts["a"] + parts[1] + texts["b"] + parts[2]).encode()
        assert page.plain(texts) == expected
        assert gzip.decompress(page.compressed(texts)) == expected


def test_a_setting_that_is_no_number_is_refused(small, monkeypatch):
    monkeypatch.setenv("SUYUAN_PAGE_CACHE_MB", "many")
    with pytest.raises(LedgerError, match="SUYUAN_PAGE_CACHE_MB"):
        client_of(small.ledger)
