"""Labels by the pages' API: drafts with serials kept, files to print, voids; nobody else's."""

import html
import io
import json
import os
import re
from dataclasses import dataclass
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient
from support.ledger.world import Actor, World, event
from support.web.acting import hold
from support.web.client import client_of, english, page_of
from support.web.signing import ORIGIN_HEADERS

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import Portion
from suyuan.trace.log.merkle import root_of_texts
from suyuan.trace.store.files import serial_index, serials

pytestmark = pytest.mark.slow

DRAFT, VOID = "/api/v1/labels/draft", "/api/v1/labels/void/draft"


@dataclass
class Stall:
    """A stall with two lots on its counter, signed in."""

    world: World
    actor: Actor
    client: FlaskClient
    lots: list[str]

    def ask(self, path, body, status=200):
        answer = self.client.post(path, json=body, headers=ORIGIN_HEADERS)
        assert answer.status_code == status, answer.text
        return answer.json

    def sign(self, drafts):
        """The links that a browser would make of drafts; their indexes."""
        made = [
            Draft(statement=one["statement"], items=tuple(one["subjects"]))
            for one in drafts["drafts"]
        ]
        found = self.world.ledger.write(self.actor.pen, made)
        return [one.index for one in found]

    def issue(self, *counts, **more):
        asked = zip(self.lots, counts, strict=False)
        lots = [{"item": lot, "count": count} for lot, count in asked if count]
        drafts = self.ask(DRAFT, {"lots": lots, **more})
        return drafts, self.sign(drafts)

    def get(self, issues, kind="pdf", status=200, **query):
        answer = self.client.get(f"/api/v1/labels/{issues}.{kind}", query_string=query)
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture
def stall(small: World):
    farm, actor = small.party("青山农场", "producer"), small.party("A 区 12 号")
    lots = sorted(small.coded_lot(farm) for _ in range(2))
    for lot in lots:
        small.hand_over(farm, actor, lot)
    small.ledger.followers.catch_up()
    return Stall(small, actor, client_of(small.ledger, actor), lots)


def decoded(pdf):
    """What the symbols of a PDF say, at a label printer's resolution."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    pictures = [page.render(scale=203 / 72).to_pil() for page in document]
    document.close()
    return sorted(code.text for one in pictures for code in zxingcpp.read_barcodes(one))


def last(url):
    return url.rsplit("/", 1)[1]


def test_drafts_commit_to_fresh_serials_that_are_kept_before_anything_is_signed(stall):
    drafts = stall.ask(
        DRAFT, {"lots": [{"item": stall.lots[0], "count": 3}, {"item": stall.lots[1], "count": 2}]}
    )
    home = stall.world.home
    for lot, count, draft, told in zip(
        stall.lots, (3, 2), drafts["drafts"], drafts["labels"], strict=True
    ):
        assert draft["subjects"] == [lot] and told["item"] == lot and told["name"] == "上海青"
        assert draft["statement"] == acts.labels(told["serials"])
        assert len(set(told["serials"])) == count
        assert serials.find(home, draft["statement"]["root"]) == told["serials"]
    assert drafts["names"] == {
        lot: f"上海青 {codes.shown(codes.of_chain(lot, stall.actor.uri))}" for lot in stall.lots
    }
    again = stall.ask(DRAFT, {"lots": [{"item": stall.lots[0], "count": 3}]})
    assert not set(again["labels"][0]["serials"]) & set(drafts["labels"][0]["serials"])


def test_one_file_has_the_labels_of_several_statements_and_each_is_the_roots(stall):
    drafts, indexes = stall.issue(3, 2)
    for size in ("40x30", "60x40", "a4-3x8"):
        answer = stall.get(",".join(map(str, indexes)), size=size)
        assert answer.content_type == "application/pdf"
        assert answer.headers["Cache-Control"] == "no-store"
        urls = decoded(answer.data)
        for lot, draft in zip(stall.lots, drafts["drafts"], strict=True):
            code = codes.of_chain(lot, stall.actor.uri)
            of = [last(url) for url in urls if f"/{code}/" in url]
            assert root_of_texts(of).hex() == draft["statement"]["root"]
    for kind, start in (("zpl", b"^XA"), ("tspl", b"SIZE ")):
        data = stall.get(indexes[0], kind, size="40x30").data
        assert data.startswith(start)
        assert stall.get(indexes[0], kind, status=422, size="a4-3x8").json["field"] == "size"


def test_a_reprint_has_the_same_serials_and_says_so(stall):
    _, (index,) = stall.issue(3)
    first, again = stall.get(index), stall.get(index, again="true")
    assert decoded(first.data) == decoded(again.data)
    texts = []
    for answer in (first, again):
        document = pypdfium2.PdfDocument(io.BytesIO(answer.data))
        page = document[0]
        texts.append(page.get_textpage().get_text_range())
        document.close()
    assert "补打" not in texts[0] and "补打" in texts[1]
    one = decoded(first.data)[1]
    assert decoded(stall.get(index, serial=one).data) == [one]


def test_a_void_label_is_not_printed_and_its_page_says_so(stall):
    drafts, (index,) = stall.issue(3)
    one, two, three = drafts["labels"][0]["serials"]
    code = codes.shown(codes.of_chain(stall.lots[0], stall.actor.uri))
    for typed, serial in (
        (one.lower(), one),
        (f"HTTPS://TRACE.FOOD.EXAMPLE/T/{code.replace('-', '')}/{two}", two),
        (f"{code}/{three}", three),
    ):
        voided = stall.ask(VOID, {"labels": [typed]})
        assert voided["labels"][0]["serials"] == [serial]
        assert voided["drafts"][0]["statement"] == acts.labels([serial], "void")
    path = page_of(stall.lots[0], stall.actor.uri, one)
    assert "withdrawn" not in english(stall.client, path)
    stall.sign(stall.ask(VOID, {"labels": [one]}))
    assert "has withdrawn this label" in english(stall.client, path)
    assert {last(url) for url in decoded(stall.get(index).data)} == {two, three}
    assert stall.ask(VOID, {"labels": [one]}, 422)["field"] == "labels"  # once
    stall.sign(stall.ask(VOID, {"labels": [two, three]}))
    stall.get(index, status=409)


def test_more_labels_than_pieces_is_told_before_it_is_signed(stall):
    world, lot = stall.world, stall.world.new_lot()
    said = steps.event(
        "code",
        world.ledger.now(),
        [Portion(lot, Decimal(3))],
        extra=steps.coding("礼盒", None, None, None),
    )
    world.do(stall.actor, said)
    stall.lots = [lot]
    assert stall.issue(2)[0]["overdrawn"] == []
    drafts, _ = stall.issue(2)
    assert drafts["overdrawn"] == [{"item": lot, "issued": 4, "had": 3}]
    found = stall.client.get("/api/v1/findings?rule=labels-overdrawn").json["findings"]
    assert [one["item"] for one in found] == [lot]
    rows = [
        json.loads(html.unescape(one))
        for one in re.findall(r'data-lot="([^"]*)"', english(stall.client, "/me/labels"))
    ]
    assert {"item": lot, "name": "Li He (礼盒)", "room": {"had": 3, "issued": 4}} in rows


def test_what_is_not_ones_own_is_nobodys_to_label_print_or_void(stall):
    drafts, (index,) = stall.issue(2)
    client = client_of(stall.world.ledger, stall.world.party("B 区 7 号"))
    serial = drafts["labels"][0]["serials"][0]
    url = f"https://trace.food.example/T/{codes.of_chain(stall.lots[0], stall.actor.uri)}/{serial}"
    for path, body in (
        (DRAFT, {"lots": [{"item": stall.lots[0], "count": 1}]}),
        (VOID, {"labels": [url]}),
        (VOID, {"labels": [serial], "item": stall.lots[0]}),
        (VOID, {"labels": [serial]}),
    ):
        assert client.post(path, json=body, headers=ORIGIN_HEADERS).status_code == 422
    assert client.get(f"/api/v1/labels/{index}.pdf").status_code == 404
    assert client.get("/api/v1/labels").json["lots"] == []


@pytest.mark.parametrize(
    ("issues", "status"),
    [("0", 404), ("1", 404), ("999999", 404), ("999999999999999", 404), ("x", 422), ("1,", 422),
     ("-1", 422), ("1" * 40, 422), (",".join("1" * 101), 422), ("１", 422)],
)  # fmt: skip
def test_indexes_that_issue_nothing_are_said_to(stall, issues, status):
    stall.get(issues, status=status)


def test_values_that_are_wrong_are_named(stall):
    lot, unknown = {"item": stall.lots[0], "count": 1}, stall.world.new_lot()
    for lots, field in (
        ([lot, lot], "lots"),
        ([{"item": one, "count": 3_000} for one in stall.lots], "lots"),
        ([{"item": unknown, "count": 1}], unknown),
        ([], None),
        ([{**lot, "count": 0}], None),
        ([{"item": "x" * 2001, "count": 1}], None),
    ):
        assert stall.ask(DRAFT, {"lots": lots}, 422).get("field") == field or field is None
    for typed in ("", "x", "0" * 13, "a/b/c", "//[", "０" * 13):
        assert stall.ask(VOID, {"labels": [typed]}, 422)["field"] == "labels"


def test_what_is_on_hold_is_labelled_by_force_only(stall):
    hold(stall.world, stall.world.authority, stall.lots[0])
    stall.world.ledger.followers.catch_up()
    lot = {"item": stall.lots[0], "count": 1}
    said = stall.ask(DRAFT, {"lots": [lot]}, 409)
    assert (said["field"], said["stopped"]) == (stall.lots[0], "hold")
    (index,) = stall.sign(stall.ask(DRAFT, {"lots": [lot], "force": True}))
    stall.get(index, status=409)
    stall.get(index, force="true")


def test_lists_that_nobody_signed_for_go_after_a_week(stall):
    home = stall.world.home
    drafts, (index,) = stall.issue(2)
    unsigned = stall.ask(DRAFT, {"lots": [{"item": stall.lots[1], "count": 2}]})
    roots = [one["drafts"][0]["statement"]["root"] for one in (drafts, unsigned)]
    with stall.world.ledger.reading() as reader:
        assert serials.sweep_drafts(reader, home) == 0
        for path in (home / "labels" / "drafted").iterdir():
            os.utime(path, (1, 1))
        assert serials.sweep_drafts(reader, home) == 1
    assert serials.find(home, roots[0]) is not None
    assert not serials.has(home, roots[1])
    assert list((home / "labels" / "drafted").iterdir()) == []
    kept, gone = (one["labels"][0]["serials"][0] for one in (drafts, unsigned))
    assert list(serial_index.beginning(home, kept)) and not list(serial_index.beginning(home, gone))
    assert len(decoded(stall.get(index).data)) == 2


def test_what_one_has_is_listed_with_its_scale_codes(stall):
    drafts, (index,) = stall.issue(3)
    stall.sign(stall.ask(VOID, {"labels": drafts["labels"][0]["serials"][:1]}))
    listed = stall.client.get("/api/v1/labels").json
    lot = next(one for one in listed["lots"] if one["item"] == stall.lots[0])
    assert (lot["name"], lot["quantity"], lot["unit"], lot["good"]) == ("上海青", "30", "kg", 2)
    assert [(one["op"], one["count"]) for one in lot["issues"]] == [("issue", 3), ("void", 1)]
    page = english(stall.client, "/me/labels/scale")
    for one in listed["lots"]:
        assert f">{one['scale']}<" in page and codes.shown(one["code"]) in page
    chosen = english(stall.client, f"/me/labels?item={lot['code'].lower()}")
    assert chosen.count(" checked>") == 1
    serials.keep(stall.world.home, ["0" * 13])
    (stall.world.home / "labels" / f"{drafts['drafts'][0]['statement']['root']}.txt").unlink()
    listed = stall.client.get("/api/v1/labels").json["lots"]
    assert [one["good"] for one in listed if one["item"] == stall.lots[0]] == [None]
    assert english(stall.client, "/me/labels")
    stall.get(index, status=409)


def test_a_gap_in_a_chain_is_no_error(stall):
    stall.world.do(stall.actor, event("sell", stall.lots[0], "30"))
    assert len(stall.client.get("/api/v1/labels").json["lots"]) == 1
