"""A stall's pages: slips of arrivals, and what is on the counter."""

import html
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from support.ledger.world import days_ago, event
from support.web.acting import hold, order
from support.web.client import client_of, english, page_of

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.recording.imports.purchasing import Purchase, Supplier, enter

pytestmark = pytest.mark.slow


def mine(world, actor, path="/me/arrivals"):
    """A page of a party's own, in English."""
    return english(client_of(world.ledger, actor), path)


def send(world, farm, stall, *portions, hours=0):
    """A dispatch of so much of new lots; its receipt, and the lots."""
    lots = [world.new_lot() for _ in portions]
    for lot in lots:
        world.code(farm, lot)
    when = datetime.now(UTC) - timedelta(hours=hours, minutes=1)
    parts = [
        Portion(lot, None if one[0] is None else Decimal(one[0]), one[1])
        for lot, one in zip(lots, portions, strict=True)
    ]
    said = steps.event("dispatch", when, parts, sender=farm.uri, recipient=stall.uri)
    (sent,) = world.do(farm, said)
    return sent, lots


def slips(text):
    """What the page gives its scripts, one for each slip."""
    return [json.loads(html.unescape(one)) for one in re.findall(r'data-slip="([^"]*)"', text)]


@pytest.mark.parametrize("path", ["/me/arrivals", "/me/holdings"])
def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(client, path):
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.location == f"/signin?next={quote(path, safe='')}"


def test_a_party_sees_its_own_and_nobody_elses(small, stall, farm):
    other = small.party("B 区 7 号")
    send(small, farm, stall, ("30", "KGM"))
    text = mine(small, stall)
    for actor in (other, farm):
        assert slips(mine(small, actor)) == []
    assert len(slips(text)) == 1
    small.hand_over(farm, stall, send(small, farm, other, ("9", "KGM"))[1][0])
    assert "30 kg" in mine(small, stall, "/me/holdings")
    assert "30 kg" not in mine(small, other, "/me/holdings")


def test_dispatches_of_one_supplier_are_one_slip_with_its_sum(small, stall, farm):
    coop = small.party("海沧合作社", "producer")
    first, _ = send(small, farm, stall, ("30", "KGM"), ("2500", "GRM"))
    send(small, coop, stall, ("4", None))
    second, _ = send(small, farm, stall, ("1200", "KGM"))
    text = mine(small, stall)
    found = {one["sender"]: one for one in slips(text)}
    assert [one["index"] for one in found["Qing Shan Nong Chang (青山农场)"]["dispatches"]] == [
        first.index,
        second.index,
    ]
    assert "2 slips" in text and "4 lines" in text
    assert "1,232.5 kg" in text and "4 pieces" in text


def test_what_came_over_a_day_ago_is_a_slip_of_its_own(small, stall, farm):
    send(small, farm, stall, ("30", "KGM"), hours=50)
    send(small, farm, stall, ("31", "KGM"))
    found = slips(mine(small, stall))
    assert [one["dispatches"][0]["lines"][0]["value"] for one in found] == ["31", "30"]


def test_what_comes_back_is_apart_and_cannot_be_refused(small, stall, farm):
    sent, (lot,) = send(small, farm, stall, ("30", "KGM"))
    said = event("refuse", lot, "30", extra={"suyuan:reason": "变质"})
    small.do(stall, said, after=(AfterRef(sent.index, sent.hash),))
    text = mine(small, farm)
    assert [one["canRefuse"] for one in slips(text)] == [False]
    assert "Sent back to you" in text


@pytest.mark.parametrize(
    ("value", "uom", "per"),
    [("30", "KGM", 10**6), ("2500", "GRM", 1000), ("4", None, 10**6), ("2", "LBR", None),
     ("3", "XBX", None)],
)  # fmt: skip
def test_a_line_says_how_its_unit_counts_in_the_base_unit(small, stall, farm, value, uom, per):
    send(small, farm, stall, (value, uom))
    (slip,) = slips(mine(small, stall))
    (line,) = slip["dispatches"][0]["lines"]
    assert (line["value"], line["uom"], line["per"]) == (value, uom, per)


def test_the_page_has_the_heads_of_the_chains_that_it_extends(small, stall, farm):
    _sent, (lot,) = send(small, farm, stall, ("30", "KGM"))
    (receipt,) = small.do(stall, event("count", lot, "0"))
    text = mine(small, stall)
    heads = json.loads(html.unescape(re.search(r'data-heads="([^"]*)"', text)[1]))
    assert heads == {lot: {"seq": 0, "hash": receipt.hash}}


def test_a_name_is_text_and_nothing_else(small):
    stall = small.party("<b>\"x' & 12")
    farm = small.party("<script>alert(1)</script>\"'>", "producer")
    send(small, farm, stall, ("30", "KGM"))
    text = mine(small, stall)
    assert "<script>alert" not in text and '<b>"x' not in text
    assert slips(text)[0]["sender"] == "<script>alert(1)</script>\"'>"


def test_what_is_on_the_counter_leads_to_its_own_page_until_it_is_gone(small, sold):
    lot, _farm, stall = sold
    client, path = client_of(small.ledger, stall), page_of(lot, stall.uri)
    text = english(client, "/me/holdings")
    assert f'href="{path}"' in text and "30 kg" in text
    assert "上海青" in english(client, path)
    assert "no-store" in client.get("/me/holdings").headers["Cache-Control"]
    small.do(stall, event("sell", lot, "30"))
    small.ledger.followers.catch_up()
    text = english(client, "/me/holdings")
    assert f'href="{path}"' not in text
    name = "Shang Hai Qing (上海青)"
    today = rf"Sold today</a>\s*<b>1 sale</b> <span>{re.escape(name)} <b class=.amount.>30 kg"
    assert re.search(today, text)
    assert f"<td>{name}</td>" in english(client, "/me/sales")
    assert "30 kg" in english(client, f"/me/sales?until={days_ago(-2)}")
    assert "Nothing was sold" in english(client, "/me/sales?until=2020-01-31")


def test_the_oldest_stands_first_with_its_supplier_and_its_days(small, farm, stall):
    lots = [small.coded_lot(farm) for _ in range(2)]
    for lot in lots:
        small.hand_over(farm, stall, lot)
    bill = Purchase(
        Portion(old := small.new_lot(), Decimal(5), "KGM"), "面粉", date(2026, 1, 1),
        Supplier("金穗"), produced=date(2026, 1, 1), shelf_life_days=3,
    )  # fmt: skip
    when = datetime(2026, 1, 2, 8, tzinfo=UTC)
    bought, hidden = enter(bill, stall.uri, small.ledger.now(), when=when)
    small.ledger.disclosures.keep(hidden, small.ledger.now())
    small.do(stall, bought)
    small.ledger.followers.catch_up()
    text = mine(small, stall, "/me/holdings")
    places = [text.index(page_of(lot, stall.uri)) for lot in (old, *lots)]
    assert places[0] < min(places[1:])
    first = text[places[0] : min(places[1:])]
    assert "2 Jan" in first and "金穗" in first and "expired on 4 Jan" in first
    assert "青山农场" in text[max(places) :]


def test_what_is_stopped_is_red_and_neither_sold_nor_labelled(small, farm, stall):
    recalled, held, other, free = [small.coded_lot(farm) for _ in range(4)]
    for lot in (recalled, held, other, free):
        small.hand_over(farm, stall, lot)
    order(small, small.authority, recalled)
    hold(small, stall, held)
    order(small, farm, other, drill=True)
    small.ledger.followers.catch_up()
    text, labels = mine(small, stall, "/me/holdings"), mine(small, stall, "/me/labels")
    sold = {json.loads(html.unescape(x))["item"] for x in re.findall(r'data-line="([^"]*)"', text)}
    named = {
        json.loads(html.unescape(x))["item"] for x in re.findall(r'data-lot="([^"]*)"', labels)
    }
    assert sold == named == {other, free}
    for page in (text, labels):
        assert page.count('class="is-stopped"') == 2
        assert "Recalled: do not sell" in page and "On hold: do not sell" in page


def test_where_entries_are_private_a_party_sees_its_own(small, stall, farm):
    sent, _lots = send(small, farm, stall, ("30", "KGM"))
    small.ledger.trust = replace(small.ledger.trust, entries="private")
    own, other, nobody = (client_of(small.ledger, one) for one in (stall, farm, None))

    def status(who, what):
        return who.get(f"/api/v1/parties/{quote(stall.uri, safe='')}/{what}").status_code

    for what in ("arrivals", "inbox", "holdings", "overdue"):
        assert [status(who, what) for who in (own, other, nobody)] == [200, 403, 403]
    body = {"party": stall.uri, "all": True}
    path = f"/api/v1/arrivals/{sent.index}/draft"
    drafted = [who.post(path, json=body).status_code for who in (own, other, nobody)]
    assert drafted == [200, 403, 403]
    assert own.post(path, json={**body, "party": farm.uri}).status_code == 403
    for odd in (None, 7, "nonsense"):
        assert own.post(path, json={**body, "party": odd}).status_code == 403
    assert own.post(path, data="{", content_type="application/json").status_code == 403
    assert own.get("/api/v1/overdue").status_code == 403
    assert len(slips(english(own, "/me/arrivals"))) == 1
