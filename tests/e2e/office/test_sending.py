"""Links on their way from the browser to the ledger: altered, answered wrongly, lost, overtaken."""

import pytest
from support.ledger.world import event
from support.web.stall import confirm, receiving, sign_and_send, sign_here

from suyuan.keys import dsse
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse


def size(market):
    with market.world.ledger.reading() as reader:
        return reader.size()


@pytest.mark.parametrize("way", ["payload", "signature", "key"])
def test_a_link_altered_on_its_way_is_refused(market, way):
    _stall, _lot, page = receiving(market)

    def altered(route):
        entry = dsse.decode(route.request.post_data_buffer, PAYLOAD_TYPE)
        payload, sig, keyid = entry.payload, entry.signature, entry.keyid
        if way == "payload":
            payload = payload.replace(b'"quantity":30', b'"quantity":90')
            assert payload != entry.payload
        elif way == "signature":
            sig = bytes([sig[0] ^ 1]) + sig[1:]
        else:
            keyid = "0" * 64
        route.continue_(post_data=dsse.Envelope(PAYLOAD_TYPE, payload, keyid, sig).encode())

    page.route("**/api/v1/links", altered)
    confirm(page)
    before = size(market)
    sign_and_send(page)
    page.get_by_text("It was refused.").wait_for()
    assert size(market) == before


def test_a_receipt_for_other_bytes_is_seen(market):
    _stall, _lot, page = receiving(market)
    page.route(
        "**/api/v1/links",
        lambda route: route.fulfill(status=201, json={"hash": "0" * 64, "index": 7, "proof": ""}),
    )
    confirm(page)
    sign_and_send(page)
    page.get_by_text("the receipt is for another link").wait_for()


def test_two_devices_that_meet_on_a_chain_sign_again_unseen(market):
    """Another of the stall's records comes between reading the heads and sending."""
    stall, lot, page = receiving(market)
    ledger, sent = market.world.ledger, []
    pen = _mandated(market, page, stall, market.world.party("湖心市场", "market"))

    def meet(route):
        sent.append(route.request.post_data)
        if len(sent) == 1:
            ledger.write(pen, [Draft(event=event("count", lot, "0"))])
        route.continue_()

    page.route("**/api/v1/links", meet)
    confirm(page)
    sign_and_send(page)
    page.get_by_text("Signed and recorded as no.").wait_for()
    assert len(sent) == 2
    first, again = (parse(entry.encode()) for entry in sent)
    assert first.event == again.event
    assert (first.items[0].seq, again.items[0].seq) == (0, 1)
    with ledger.reading() as reader:
        head = reader.heads([(lot, stall)])[lot, stall]
    assert (head.seq, head.hash) == (1, link_hash(sent[1].encode()))


def _mandated(market, page, stall, other):
    """A pen of another's for the stall's chains: the stall gives a mandate in its browser."""
    statement = acts.give_mandate(
        stall, other.uri, ["stock_taking"], "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    )
    sign_here(page, stall, statement)
    return market.world.ledger.pen(stall, other.signer)


def test_a_lost_answer_is_asked_for_again(market):
    """The server has the link and its answer is lost: the same bytes again, and one link."""
    _stall, _lot, page = receiving(market)
    sent = []

    def lose(route):
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/links", lose)
    confirm(page)
    before = size(market)
    sign_and_send(page)
    page.get_by_text("Signed and recorded as no.").wait_for()
    assert len(sent) == 2 and sent[0] == sent[1]
    assert size(market) == before + 1
