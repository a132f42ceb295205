"""Looking for one's own lots: on a page, by programs, and in the box where anybody types a code."""

import pytest
from support.ledger.world import days_ago
from support.web.client import client_of, english

from suyuan.trace.format.identifiers import codes

pytestmark = pytest.mark.slow


@pytest.fixture
def sent(small, farm, stall):
    """A farm's lot that the stall took in."""
    lot = small.coded_lot(farm)
    small.hand_over(farm, stall, lot)
    return lot


def test_what_is_ones_own_is_found_by_the_codes_of_either_side(small, farm, stall, sent):
    own, theirs = (codes.shown(codes.of_chain(sent, who.uri)) for who in (stall, farm))
    for text in (own, theirs[:9], codes.shown(codes.of_uri(sent, small.trust.host))[-4:]):
        page = english(client_of(small.ledger, stall), f"/me/find?q={text}")
        assert own in page and f"/me/labels?item={own.replace('-', '')}" in page
        assert client_of(small.ledger, stall).get(f"/api/v1/me/lots?q={text}").json["lots"] == [
            {
                "item": sent, "name": "上海青", "produced": days_ago(1),
                "supplier": "青山农场", "code": own.replace("-", ""),
                "lot_code": codes.of_uri(sent, small.trust.host),
            }
        ]  # fmt: skip


def test_nobody_learns_by_it_of_what_is_anothers(small, farm, stall, sent):
    other = client_of(small.ledger, small.party("B 区 7 号"))
    for text in (sent, codes.of_uri(sent, small.trust.host), codes.of_chain(sent, stall.uri)[:6]):
        assert other.get(f"/api/v1/me/lots?q={text}").json["lots"] == []
        assert "Nothing that you have, had or were sent fits." in english(
            other, f"/me/find?q={text}"
        )


def test_a_part_in_the_box_is_looked_for_among_what_one_may_see(small, client, stall, sent):
    part = codes.of_chain(sent, stall.uri)[:5]
    assert client.get(f"/find?code={part}").location == f"/t/{part}"  # a stranger finds nothing
    trader, desk = client_of(small.ledger, stall), client_of(small.ledger, small.authority)
    assert trader.get(f"/find?code={part}").location == f"/me/find?q={part}"
    assert desk.get(f"/find?code={part}").location == f"/inspect/search?q={part}"
    whole = codes.of_chain(sent, stall.uri)
    assert trader.get(f"/find?code={whole}").location == f"/t/{whole}"
