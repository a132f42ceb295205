"""The shelf of kept pages: as many as fit stay, whatever each is made from and answered with."""

from datetime import date

import pytest

from suyuan.trace.store.read.reread import Kept
from suyuan.web.cache.asof import AsOf
from suyuan.web.cache.cache_key import Asked
from suyuan.web.cache.cache_making import Making
from suyuan.web.cache.cache_pieces import pieces
from suyuan.web.cache.cache_shelf import MOST_TEXTS, Shelf

PAGE = pieces(("a page",))
AS_OF = AsOf(2, None, None, None, None, is_good=True)
MANY = MOST_TEXTS + 500


def asked(number: int) -> Asked:
    return Asked(f"/t/{number}", "", in_chinese=True, is_large=False)


def filled(most: int, *, query: str = "SELECT 1", link: str = "") -> Shelf:
    """Many pages with this statement and header, `#` in either being the page's number."""
    shelf = Shelf(most)
    for number in range(MANY):
        made = Making(None, as_of=AS_OF, today=date(2000, 1, 1))
        made.kept = Kept([(query.replace("#", str(number)), (number,))], b"digest")
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
    assert first is not None and first.kept.statements[0][1] == (0,)


def test_what_pages_share_is_there_once_and_what_they_do_not_is_counted():
    shelf = filled(1 << 30)
    one, other = shelf.get(asked(0)), shelf.get(asked(MANY - 1))
    assert one is not None and other is not None
    assert one.kept.statements[0][0] is other.kept.statements[0][0]
    assert one.headers[0][1] is other.headers[0][1]
    long = filled(1 << 30, query="SELECT " + "1" * 1_000 + " + #")
    assert long.size - shelf.size > 1_000 * MANY


def test_the_oldest_go_where_they_do_not_fit():
    shelf = filled(1 << 20)
    assert 100 < len(shelf) < MANY and shelf.size <= 1 << 20
    assert shelf.get(asked(0)) is None and shelf.get(asked(MANY - 1)) is not None
