"""Pieces of pages put together, and how many pages stay."""

import gzip
import random
from operator import attrgetter

import pytest
from cachetools import LRUCache
from support.web.client import client_of

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.read.reread import Kept
from suyuan.web.cache import pieces
from suyuan.web.cache.cache import MOST_TEXTS, PageCache
from suyuan.web.cache.cache_key import PageKey
from suyuan.web.cache.making import Page
from suyuan.web.cache.pieces import AS_OF, SCANS

MANY = MOST_TEXTS + 500


def asked(number: int) -> PageKey:
    return PageKey(f"/t/{number}", "", "zh", is_large=False)


def filled(cache: PageCache, most: int, *, query: str = "SELECT 1") -> LRUCache[PageKey, Page]:
    """Many pages with this statement, `#` in it being the page's number."""
    cache.pages = LRUCache(most, attrgetter("size"))
    made = pieces.cut("a page")
    for number in range(MANY):
        read = Kept([(query.replace("#", str(number)), (number,))], b"digest")
        cache._keep(asked(number), Page(read=read, pieces=made), read)
    return cache.pages


@pytest.fixture
def cache(small):
    return client_of(small.ledger).application.extensions["suyuan.pages"]


@pytest.mark.parametrize("query", ["SELECT 1", "SELECT #"])
def test_thousands_of_pages_stay(cache, query):
    pages = filled(cache, 1 << 30, query=query)
    assert len(pages) == MANY and pages[asked(0)].read.statements[0][1] == (0,)


def test_what_pages_share_is_there_once_and_what_they_do_not_is_counted(cache):
    pages = filled(cache, 1 << 30)
    size = pages.currsize
    texts = [pages[asked(number)].read.statements[0][0] for number in (0, MOST_TEXTS - 1)]
    assert texts[0] is texts[1]
    long = filled(cache, 1 << 30, query="SELECT " + "1" * 1_000 + " + #")
    assert long.currsize - size > 1_000 * MANY


def test_the_oldest_go_where_they_do_not_fit(cache):
    pages = filled(cache, 1 << 20)
    assert 100 < len(pages) < MANY and pages.currsize <= 1 << 20
    assert asked(0) not in pages and asked(MANY - 1) in pages


def test_what_is_larger_than_all_that_may_be_pages_is_not(cache):
    assert len(filled(cache, 1_000)) == 0


@pytest.mark.parametrize("sizes", [(0, 0, 0), (5, 5, 5), (900, 3, 70_000), (1_000, 100_000, 0)])
def test_pieces_give_the_text_plain_and_compressed(sizes):
    luck = random.Random(1)
    parts = ["".join(luck.choice("溯源 <p>abc") for _ in range(size)) for size in sizes]
    page = f"{parts[0]}{AS_OF}{parts[1]}{SCANS}{parts[2]}"
    tags = set()
    for texts in ({AS_OF: "", SCANS: "七"}, {AS_OF: "12345", SCANS: "x" * 66_000}):
        whole = pieces.put_in(page, texts)
        assert whole == parts[0] + texts[AS_OF] + parts[1] + texts[SCANS] + parts[2]
        fresh = {mark: pieces.piece(text) for mark, text in texts.items()}
        made = [fresh[part] if isinstance(part, str) else part for part in pieces.cut(page)]
        assert pieces.plain(made) == whole.encode()
        assert gzip.decompress(pieces.gzipped(made)) == whole.encode()
        tags.add(pieces.etag(made))
    assert len(tags) == 2


def test_a_setting_that_is_no_number_is_refused(small, monkeypatch):
    monkeypatch.setenv("SUYUAN_PAGE_CACHE_MB", "many")
    with pytest.raises(LedgerError, match="SUYUAN_PAGE_CACHE_MB"):
        client_of(small.ledger)
