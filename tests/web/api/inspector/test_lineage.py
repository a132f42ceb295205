"""Lineage over HTTP: JSON, graph, EPCIS document, holdings, and the inspector's page."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from support.ledger.world import HOST, World
from support.lineage.graphs import PALLET, gift_box
from support.web.acting import order
from support.web.client import assert_documented, chinese, client_of, english, page_of

from suyuan.trace.format.epcis.document import parse_document
from suyuan.trace.format.identifiers import codes
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.web.api.inspector import lineage as api_lineage
from suyuan.web.app.headers import POLICY
from suyuan.web.pages.inspector import lineage


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    found = gift_box(World(tmp_path_factory.mktemp("gift-box") / "home"))
    yield found
    found.world.ledger.close()


@pytest.fixture(scope="module")
def client(made):
    return client_of(made.world.ledger)


def api(lot, what="lineage"):
    return f"/api/v1/items/{codes.in_uri(lot, HOST)}/{what}"


def page(lot):
    return f"/lineage/{codes.in_uri(lot, HOST)}"


def depths(found):
    return {one["item"]: one["depth"] for one in found["items"]}


def test_json_is_both_ways_unless_asked_otherwise(client, made):
    t = made
    assert depths(client.get(api(t.sausage)).json) == {
        t.pork: -1, t.spice: -1, t.sausage: 0, t.gift: 1,
    }  # fmt: skip
    back = client.get(api(t.gift) + "?direction=back&depth=1").json
    assert depths(back) == {t.gift: 0, t.sausage: -1}
    assert (back["direction"], back["steps"], back["is_whole"]) == ("back", 1, True)
    assert back["size"] == made.world.ledger.followers.cursors()["lineage"]


def test_a_chains_code_and_a_uri_name_the_item_too(client, made):
    by_chain = page_of(made.sausage, made.maker.uri).removeprefix("/t/")
    whole = client.get(api(made.sausage)).json
    assert client.get(f"/api/v1/items/{by_chain}/lineage").json == whole
    by_uri = client.get("/api/v1/lineage", query_string={"item": made.sausage})
    assert by_uri.json == whole


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/json"),
        ("", "image/svg+xml", "image/svg+xml"),
        ("", "application/ld+json", "application/ld+json"),
        ("?format=svg", "application/json", "image/svg+xml"),
        ("?format=epcis", "image/svg+xml", "application/ld+json"),
        ("?format=json", "text/html", "application/json"),
    ],
)
def test_the_form_is_as_asked(client, made, query, accept, kind):
    response = client.get(api(made.sausage) + query, headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, kind)
    assert {"Accept", "Accept-Language"} <= set(response.vary)
    assert response.headers["Content-Security-Policy"] == POLICY
    assert codes.in_uri(made.sausage, HOST) in response.headers["Content-Disposition"]


def test_the_graph_is_in_the_readers_language(client, made):
    for headers, query, word in (
        ({"Accept-Language": "zh-CN"}, "", "来源与去向图"),
        ({"Accept-Language": "zh-CN"}, "&lang=en", "Lineage graph"),
        ({"Accept-Language": "en"}, "", "Lineage graph"),
    ):
        text = client.get(api(made.sausage) + f"?format=svg{query}", headers=headers).text
        assert word in "".join(ET.fromstring(text).itertext())


def test_the_document_is_epcis(client, made):
    response = client.get(api(made.gift) + "?format=epcis")
    document = parse_document(response.data)
    times = [event.value["eventTime"] for event in document.events]
    assert len(times) == 7 and times == sorted(times)


def test_holdings_follow_what_was_made(client, made):
    found = client.get(api(made.pork, "holdings"))
    told = {
        (one["item"], one["holder"]): one["quantity"]["value"] for one in found.json["holdings"]
    }
    assert told[made.sausage, made.stall.uri] == "30"
    assert told[made.gift, made.maker.uri] == "20"
    by_uri = client.get("/api/v1/holdings", query_string={"item": made.pork})
    assert by_uri.json == found.json


def test_answers_are_as_the_openapi_document_says(client, made):
    for path, url in (
        ("/api/v1/items/{code}/lineage", api(made.sausage)),
        ("/api/v1/items/{code}/holdings", api(made.pork, "holdings")),
    ):
        assert_documented(client, path, client.get(url).json)
    spec = client.get("/api/v1/openapi.json").json
    content = spec["paths"]["/api/v1/lineage"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "image/svg+xml", "application/ld+json"}


def test_what_is_too_much_is_cut_and_says_so(client, made, monkeypatch):
    monkeypatch.setattr(api_lineage, "MOST", 2)
    found = client.get(api(made.pork) + "?direction=forward").json
    assert len(found["items"]) == 2 and found["is_whole"] is False
    monkeypatch.setattr(svg, "MOST", 2)
    response = client.get(api(made.pork) + "?format=svg")
    assert response.status_code == 422 and "fewer steps" in response.json["detail"]


# The page.


def test_the_page_has_graph_and_table_and_says_the_same_as_the_api(client, made):
    text = english(client, page(made.sausage))
    told = client.get(api(made.sausage)).json
    assert all(codes.shown(one["code"]) in text for one in told["items"])
    assert json.dumps(told["size"]) in text
    assert text.count('<use href="#drawing"/>') >= 1 and "Sheet 1 of" in text
    with client.get("/static/lineage.css") as css:
        assert "A4 landscape" in css.text
    assert re.search(r"<h1>Lineage of ", text)
    assert 'role="img" aria-label="Lineage graph' in text
    table = text[text.index("<table") : text.index("</table>")]
    for part in ("猪肉", "80 kg", "同安香肠厂", "湖心市场 D03 摊", PALLET[-18:], "asked for"):
        assert part in table
    assert table.count("<tr") == 5
    assert "As of" in text and "4 items, 2 makings" in text


def test_the_page_is_in_both_languages(client, made):
    text = chinese(client, page(made.sausage))
    assert '<html lang="zh-CN">' in text and "的来源与去向" in text and "来源与去向图" in text
    text = chinese(client, page(made.sausage) + "?lang=en")
    assert '<html lang="en">' in text
    inner = re.findall(r'href="(/lineage/[^"]+)"', text)
    assert inner and all("lang=en" in href for href in inner)


def test_a_direction_and_a_depth_are_chosen_by_links(client, made):
    text = english(client, page(made.gift))
    links = re.findall(r'href="(/lineage/[^"]*direction[^"]*)"', text)
    assert len(links) == 3
    back = english(client, next(link for link in links if "=back" in link).replace("&amp;", "&"))
    assert "猪肉" in back and 'aria-current="true">What it was made from' in back
    one = english(client, page(made.gift) + "?direction=back&depth=1")
    assert "猪肉" not in one and "within 1 step" in one
    for odd in ("?direction=up&depth=-1", "?depth=x", "?depth=²", "?depth=0", "?depth=" + "9" * 50):
        assert "猪肉" in english(client, page(made.gift) + odd)


def test_the_page_needs_no_script_and_no_style_of_its_own(client, made):
    response = client.get(page(made.sausage))
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "<script" not in response.text and "style=" not in response.text
    assert "<style" not in response.text and "javascript:" not in response.text
    assert "Accept-Language" in response.vary


def test_recalled_food_is_marked_by_symbol_word_and_colour(small):
    t = gift_box(small)
    order(small, small.authority, t.pork)
    text = english(client_of(small.ledger), page(t.sausage))
    table = text[text.index("<table") :]
    assert re.search(r'is-recalled"><svg .*?</svg> RECALLED', table, re.DOTALL)
    assert re.search(r'is-contains_recalled"><svg .*?</svg> CONTAINS RECALLED', table, re.DOTALL)


def test_what_is_too_large_to_draw_is_still_a_table(client, made, monkeypatch):
    monkeypatch.setattr(svg, "MOST", 1)
    text = english(client, page(made.sausage))
    assert "too large to be drawn" in text and "<table" in text
    monkeypatch.setattr(lineage, "MOST", 2)
    text = english(client, page(made.sausage))
    assert "Not all of it" in text and "and 1 more" in text


def test_an_unknown_code_is_said_to_be_none_of_ours(client):
    assert "Not a code of ours" in english(client, "/lineage/0000000000000000", 404)
    assert "mistyped" in english(client, "/lineage/xx", 404)
