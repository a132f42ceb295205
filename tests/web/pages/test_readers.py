"""Readers do not write: no GET runs followers, and a page waits for what its session has signed."""

import re
import time
from types import SimpleNamespace

import pytest
from flask import has_request_context
from sqlalchemy import event
from support.ledger.world import HOST
from support.web.client import client_of, english
from support.web.roles import ask, routes
from support.web.signing import ORIGIN_HEADERS, signed_in
from support.web.town import town

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.web.app.access import freshness

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|BEGIN IMMEDIATE)", re.I)
OF_SESSIONS = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM) session\b", re.I)
TAKEN = "suyuan-signed"


def product(name: str) -> dict:
    uri = codes.uri_of(codes.new(), HOST, "product")
    return {"type": "product", "uri": uri, "name": name, "category": "蔬菜", "unit": "KGM"}


class Farm:
    """A farm whose browser is signed in; `pauses` counts how often a request of it waited."""

    def __init__(self, world):
        self.world, self.ledger = world, world.ledger
        self.actor = world.party("青山农场", "producer")
        self.ledger.followers.catch_up()
        self.client, self.pauses = client_of(self.ledger), 0
        assert signed_in(self.client, self.actor.signer).status_code == 200

    def sign(self, name, client=None):
        entry = self.actor.pen.sign(Draft(statement=product(name)))
        client = client or self.client
        return client.post("/api/v1/links", data=entry, content_type="application/json")

    def products(self):
        return english(self.client, "/me/products")

    def size(self):
        with self.ledger.reading() as reader:
            return reader.size()

    def while_waiting(self, monkeypatch, act):
        """Let `act` happen as often as a request waits."""

        def sleep(_seconds):
            self.pauses += 1
            act()

        clock = SimpleNamespace(monotonic=time.monotonic, sleep=sleep)
        monkeypatch.setattr(freshness, "time", clock)


@pytest.fixture
def farm(world, no_worker):
    return Farm(world)


@pytest.mark.slow
@pytest.mark.usefixtures("no_worker")
def test_no_get_writes_to_the_ledgers_database(tmp_path, url):
    """By every route, for a trader and for the authority, while there is something to follow."""
    made, written = town(tmp_path, url=url), []
    browsers = [made.browser(who) for who in ("stall", "authority")]
    made.world.say(made.people["farm"], product("青菜"))

    def hear(_connection, _cursor, statement, *_more):
        is_write = WRITES.match(statement) and not OF_SESSIONS.match(statement)
        if is_write and has_request_context():
            written.append(statement)

    event.listen(made.world.ledger.database.engine, "before_cursor_execute", hear)
    asked = 0
    for browser in browsers:
        for endpoint, method, rule in routes(made.app):
            if method == "GET":
                with ask(browser, made, endpoint, method, rule) as answer:
                    assert answer.status_code != 500, rule.rule
                assert (rule.rule, written) == (rule.rule, [])
                asked += 1
    assert asked > 2 * 60
    made.close()


def test_what_was_signed_is_on_the_next_page(farm, monkeypatch):
    """The worker takes it in while the page waits."""
    farm.while_waiting(monkeypatch, farm.ledger.followers.catch_up)
    assert farm.sign("小青菜").status_code == 201
    assert farm.pauses == 0  # who appends is not kept waiting
    page = farm.products()
    assert "小青菜" in page and farm.pauses == 1
    assert f"As of {farm.size()} records in the ledger." in page
    farm.products()
    assert farm.pauses == 1


def test_of_an_array_it_is_the_last(farm, monkeypatch):
    farm.while_waiting(monkeypatch, farm.ledger.followers.catch_up)
    entries = [farm.actor.pen.sign(Draft(statement=product(name))).decode() for name in "甲乙"]
    for atomic in ("true", "false"):  # the second time they are there already
        answer = farm.client.post(f"/api/v1/links?atomic={atomic}", json=entries)
        assert farm.client.get_cookie(TAKEN).value == str(farm.size()), answer.json
    assert "乙" in farm.products()


def test_without_a_worker_a_page_says_as_of_when_it_is(farm):
    before = farm.size()
    assert farm.sign("小青菜").status_code == 201
    page = farm.products()
    assert "小青菜" not in page
    assert f"As of {before} records in the ledger." in page
    assert f"数据截至账本第 {before} 条记录。" in farm.client.get("/me/products?lang=zh").text
    farm.ledger.followers.catch_up()
    assert f"As of {before + 1} records in the ledger." in farm.products()


def test_a_page_is_as_of_the_follower_that_is_farthest_behind(farm):
    farm.sign("小青菜")
    names, size = farm.ledger.followers.names, farm.size()
    farm.ledger.followers.follow_to({name: size - (name == "codes") for name in names})
    page = farm.products()
    assert "小青菜" in page and f"As of {size - 1} records in the ledger." in page


def test_what_would_be_recorded_twice_is_not_drafted_without_the_newest_links(farm):
    farm.sign("小青菜")
    asked = {"party": farm.actor.uri, "all": True}
    draft = farm.client.post("/api/v1/arrivals/1/draft", json=asked, headers=ORIGIN_HEADERS)
    codes_of = farm.client.get(f"/api/v1/batches/table/{'0' * 64}/codes")
    labels = farm.client.get("/api/v1/labels/1.pdf")
    assert [one.status_code for one in (draft, codes_of, labels)] == [503] * 3
    farm.ledger.followers.catch_up()
    again = farm.client.post("/api/v1/arrivals/1/draft", json=asked, headers=ORIGIN_HEADERS)
    assert again.status_code == 422  # it is no dispatch


def test_only_who_has_signed_waits(farm, monkeypatch):
    """Another device shows what there is; a stranger's cookie is nothing, a wrong one as little."""
    farm.while_waiting(monkeypatch, lambda: None)
    stranger, other = client_of(farm.ledger), client_of(farm.ledger)
    signed_in(other, farm.actor.signer)
    assert "Set-Cookie" not in farm.sign("小青菜", stranger).headers
    english(other, "/me/products")
    stranger.set_cookie(TAKEN, "999999")
    for path in ("/me/products", "/recalls", "/", "/api/v1/recalls"):
        stranger.get(path)
    assert farm.pauses == 0
    farm.ledger.followers.catch_up()
    for value in ("999999", "9" * 15, "9" * 3_000, "-1", "²", "x", ""):
        other.set_cookie(TAKEN, value)  # of links that there are not nobody waits
        english(other, "/me/products")
    assert farm.pauses == 0


def test_requests_that_wait_leave_threads_for_the_others(farm, monkeypatch):
    farm.while_waiting(monkeypatch, lambda: None)
    farm.sign("小青菜")
    monkeypatch.setattr(freshness, "_waiting", SimpleNamespace(acquire=lambda blocking: blocking))
    farm.products()
    assert farm.pauses == 0
