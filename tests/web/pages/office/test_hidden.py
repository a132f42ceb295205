"""Hidden fields of web drafts: what is hidden, whom it is shown, where, and erasing it."""

import io
import secrets

import pytest
from support.goods.papers import PDF
from support.ledger.private import link_at
from support.ledger.world import Actor, World, event
from support.web.client import client_of, english, page_of
from support.web.signing import ORIGIN_HEADERS, post

from suyuan.keys import base64, canonical
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import hidden_by_default
from suyuan.trace.format.private.digests import digest
from suyuan.trace.store.files.attachments import name_of

pytestmark = pytest.mark.slow

SAID = {"remark": "路上有雨", "price": "3.20 元", "person": "陈大明"}
MEMBERS = {"remark": "/suyuan:note", "price": "/suyuan:price", "person": "/suyuan:person"}


class Trade:
    """A farm that sends a lot to a house; others who have nothing to do with it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.house = world.party("同安屠宰场", "processor")
        self.next = world.party("和顺", "stall")
        self.other = world.party("路人", "stall")
        self.office = world.party("市局", "office")
        self.lot = world.new_lot()
        world.code(self.farm, self.lot)
        self._clients: dict[str | None, object] = {}

    def client(self, who: Actor | None):
        name = None if who is None else who.uri
        if name not in self._clients:
            made = self._clients[name] = client_of(self.world.ledger, who)
            made.environ_base["REMOTE_ADDR"] = f"127.0.0.{len(self._clients) + 1}"
        return self._clients[name]

    def post(self, who: Actor | None, path: str, **body):
        return post(self.client(who), path, **body)

    def draft(self, **body):
        body = {"step": "dispatch", "to": self.house.uri, **SAID} | body
        body.setdefault("goods", [{"item": self.lot, "quantity": "30", "unit": "KGM"}])
        return self.post(self.farm, "events/draft", **body)

    def sent(self, one: dict, disclosures: list | None = None) -> dict:
        """What the browser sends of a draft: its signed entry with what goes with it."""
        self.farm.pen.forget()
        after = tuple(AfterRef(ref["index"], ref["hash"]) for ref in one["after"])
        entry = self.farm.pen.sign(Draft(event=one["event"], after=after)).decode()
        return {"entry": entry, "disclosures": disclosures or one["disclosures"]}

    def record(self, **body) -> int:
        """The index of a step that the farm recorded."""
        answer = self.draft(**body)
        assert answer.status_code == 200, answer.json
        (one,) = answer.json["drafts"]
        put = self.post(self.farm, "links", **self.sent(one))
        assert put.status_code == 201, put.json
        self.world.ledger.followers.catch_up()
        return put.json["index"]

    def shown(self, who: Actor | None, index: int) -> set[str]:
        answer = self.client(who).get(f"/api/v1/links/{index}/disclosures")
        assert answer.headers["Cache-Control"] == "no-store"
        return {one["pointer"] for one in answer.json["disclosures"]}

    def file(self) -> dict:
        """A private file that was sent: as a draft names it."""
        salt = secrets.token_bytes(32)
        form = {"file": (io.BytesIO(PDF), "x.pdf"), "salt": base64.encode_url(salt)}
        answer = self.client(self.farm).post(
            "/api/v1/attachments", data=form, headers=ORIGIN_HEADERS
        )
        assert answer.json["sha256"] == name_of(salt, PDF)
        return {"sha256": answer.json["sha256"], "kind": "report", "salt": form["salt"]}


@pytest.fixture
def trade(small: World) -> Trade:
    return Trade(small)


def test_drafts_hide_by_default_and_hand_their_disclosures_out(trade):
    answer = trade.draft(files=[trade.file()])
    (one,) = answer.json["drafts"]
    said = canonical.dumps(one["event"]).decode()
    for text in SAID.values():
        assert text not in said
    assert hidden_by_default(one["event"]) == {}
    assert len(one["event"]["suyuan:private"]["_sd"]) == 8
    told = {}
    for part in one["disclosures"]:
        assert digest(part["disclosure"]) in one["event"]["suyuan:private"]["_sd"]
        _salt, pointer, value = canonical.parse(base64.decode_url(part["disclosure"]))
        told[pointer] = value, part["audience"]
    sides = sorted([trade.farm.uri, trade.house.uri])
    salt = told.pop("/suyuan:attachments/0/salt")
    assert salt[1] == "chain" and len(base64.decode_url(salt[0])) == 32
    assert told == {
        "/suyuan:note": (SAID["remark"], "chain"),
        "/suyuan:price": (SAID["price"], sides),
        "/suyuan:person": (SAID["person"], "own"),
    }
    assert answer.json["names"][trade.house.uri] == "Tong An Tu Zai Chang (同安屠宰场)"
    # Nothing is hidden of a step that says none of it: its bytes are what they always were.
    (bare,) = trade.draft(remark="", price="", person="").json["drafts"]
    assert "suyuan:private" not in bare["event"] and bare["disclosures"] == []


def test_each_is_shown_to_those_it_is_for(trade):
    index = trade.record(files=[trade.file()])
    salt = "/suyuan:attachments/0/salt"
    everything = {*MEMBERS.values(), salt}
    assert trade.shown(trade.farm, index) == everything
    assert trade.shown(trade.world.authority, index) == everything
    assert trade.shown(trade.office, index) == everything
    assert trade.shown(trade.house, index) == {MEMBERS["remark"], MEMBERS["price"], salt}
    assert trade.shown(trade.next, index) == trade.shown(trade.other, index) == set()
    assert trade.shown(None, index) == set()
    # Along the chain: once it goes on, whom it went to is shown what is for the chain, no price.
    got = event("receive", trade.lot, "30")
    sent = AfterRef(index, link_at(trade.world, index).hash)
    trade.world.do(trade.house, got, after=(sent,))
    trade.world.hand_over(trade.house, trade.next, trade.lot, "5")
    trade.world.ledger.followers.catch_up()
    assert trade.shown(trade.next, index) == {MEMBERS["remark"], salt}
    assert trade.shown(trade.other, index) == set()


def test_an_office_elsewhere_is_shown_nothing(trade):
    index = trade.record()
    elsewhere = trade.world.party("外地局", "office", division="110101")
    assert trade.shown(elsewhere, index) == set()


@pytest.mark.parametrize(
    ("readers", "audience"),
    [
        ({"remark": "own"}, {"remark": "own"}),
        ({"remark": "sides"}, {"remark": "both"}),
        ({"price": "chain", "person": "chain"}, {"price": "chain", "person": "chain"}),
        ({"person": ["other"]}, {"person": ["other"]}),
        ({"price": "own"}, {"price": "own"}),
    ],
)
def test_who_may_read_is_chosen_field_by_field(trade, readers, audience):
    named = {
        name: [trade.other.uri] if isinstance(who, list) else who for name, who in readers.items()
    }
    usual = {"remark": "chain", "price": "both", "person": "own"} | audience
    (one,) = trade.draft(readers=named).json["drafts"]
    found = {}
    for part in one["disclosures"]:
        _salt, pointer, _value = canonical.parse(base64.decode_url(part["disclosure"]))
        found[pointer] = part["audience"]
    sides = sorted([trade.farm.uri, trade.house.uri])
    for name, who in usual.items():
        wanted = {"both": sides}.get(who, who) if isinstance(who, str) else [trade.other.uri]
        assert found[MEMBERS[name]] == wanted, name


def test_what_everyone_may_read_stays_open(trade):
    index = trade.record(readers={"remark": "everyone"})
    said = link_at(trade.world, index).event
    assert said["suyuan:note"] == SAID["remark"] and "suyuan:price" not in said
    page = english(trade.client(None), page_of(trade.lot, trade.farm.uri))
    assert SAID["remark"] in page and SAID["price"] not in page and SAID["person"] not in page


def test_readers_who_are_none_are_said_so(trade):
    stranger = codes.uri_of(codes.new(), trade.world.trust.host, "party")
    for who, mistake in ((["nobody at all"], "party"), ([stranger], "party_unknown")):
        answer = trade.draft(readers={"remark": who})
        assert (answer.status_code, answer.json["field"]) == (422, "readers")
        assert answer.json["mistake"] == mistake
    for wrong in ("public", "", [], [1], {"x": 1}, ["x"] * 51):
        assert trade.draft(readers={"remark": wrong}).status_code == 422
    # Of what is not said nothing can be hidden: such a choice is not looked at.
    assert trade.draft(remark="", readers={"remark": [stranger]}).status_code == 200


def test_a_public_disclosure_stands_on_the_consumers_page(trade):
    (one,) = trade.draft().json["drafts"]
    handed = [part | {"audience": "public"} for part in one["disclosures"]]
    sent = trade.sent(one, handed)
    path = page_of(trade.lot, trade.farm.uri)
    assert "陈大明" not in english(trade.client(None), path)
    index = trade.post(trade.farm, "links", **sent).json["index"]
    trade.world.ledger.followers.catch_up()
    for _again in range(2):  # made, and kept
        page = english(trade.client(None), path)
        for text in SAID.values():
            assert text in page
    # Erased it is gone from the page at once, which stands and says so.
    erase(trade, trade.farm, index, all=True)
    page = english(trade.client(None), path)
    for text in SAID.values():
        assert text not in page
    assert "Confidential fields of it were erased on " in page and "verified" in page.lower()


def test_pages_for_all_say_that_there_is_something_and_no_more(trade):
    file = trade.file()
    index = trade.record(files=[file])
    path = page_of(trade.lot, trade.farm.uri)
    for who in (None, trade.other, trade.farm):  # one page for all: it is kept ahead of Flask
        page = english(trade.client(who), path)
        assert "Some of its fields are confidential." in page
        assert f'href="/hidden/{index}"' in page
        assert "private: not for everybody" in page
        assert f"/attachments/{file['sha256']}" not in page
        for text in (*SAID.values(), file["salt"]):
            assert text not in page
    found = trade.client(None).get(f"/api/v1/items/{codes.of_chain(trade.lot, trade.farm.uri)}")
    evidence = trade.client(None).get(f"{found.request.path}/evidence")
    for answer in (found, evidence):
        assert answer.status_code == 200
        for text in (*SAID.values(), file["salt"]):
            assert text not in answer.text


def test_the_page_of_a_records_hidden_fields(trade):
    file = trade.file()
    index = trade.record(files=[file])
    path = f"/hidden/{index}"
    answer = trade.client(None).get(path)
    assert answer.status_code == 303 and answer.location == f"/signin?next=%2Fhidden%2F{index}"
    own = english(trade.client(trade.farm), path)
    for text in SAID.values():
        assert text in own
    assert "its own party, Tong An Tu Zai Chang (同安屠宰场) and inspectors" in own
    assert f'href="/api/v1/attachments/{file["sha256"]}?link={index}"' in own
    assert 'id="erase"' in own and 'name="digest"' in own
    theirs = english(trade.client(trade.house), path)
    assert SAID["price"] in theirs and SAID["person"] not in theirs
    assert 'name="digest"' not in theirs and 'id="reason"' not in theirs
    assert SAID["person"] in english(trade.client(trade.office), path)
    for who in (trade.other, trade.next):
        answer = trade.client(who).get(path)
        assert answer.status_code == 403 and SAID["price"] not in answer.text
        assert "青山农场" not in answer.text
    assert trade.client(trade.farm).get("/hidden/99999").status_code == 404
    assert trade.client(trade.farm).get(f"/hidden/{10**30}").status_code == 404
    kept = trade.client(trade.farm).get(path).headers
    assert kept["Cache-Control"] == "no-store" and "Cookie" in kept["Vary"]


def test_a_private_file_opens_for_the_entitled_and_is_kept_by_nobody(trade):
    file = trade.file()
    index = trade.record(files=[file])
    url = f"/api/v1/attachments/{file['sha256']}?link={index}"
    for who in (trade.farm, trade.house, trade.office, trade.world.authority):
        with trade.client(who).get(url) as answer:
            assert answer.status_code == 200 and answer.data == PDF
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert "Cookie" in answer.headers["Vary"] and "ETag" not in answer.headers
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    for who in (None, trade.other, trade.next):
        answer = trade.client(who).get(url)
        assert answer.status_code == 403 and PDF not in answer.data
    elsewhere = f"/api/v1/attachments/{file['sha256']}?link={index - 1}"
    assert trade.client(trade.farm).get(elsewhere).status_code == 404
    erase(trade, trade.farm, index, all=True)
    for who in (trade.farm, trade.house, trade.office, trade.world.authority, None):
        assert trade.client(who).get(url).status_code == 403
    sealed = trade.world.home / "private-attachments" / file["sha256"][:2] / file["sha256"]
    assert sealed.exists() and PDF[:12] not in sealed.read_bytes()


def test_a_private_file_without_its_salt_is_no_draft(trade):
    file = trade.file()
    answer = trade.draft(files=[file | {"salt": ""}])
    assert (answer.status_code, answer.json["mistake"]) == (422, "file_gone")
    answer = trade.draft(files=[file | {"salt": base64.encode_url(bytes(32))}])
    assert (answer.status_code, answer.json["mistake"]) == (422, "file_gone")
    (one,) = trade.draft(files=[file | {"audience": [trade.other.uri]}]).json["drafts"]
    assert [trade.other.uri] in [part["audience"] for part in one["disclosures"]]


def test_no_draft_leaves_in_the_clear_what_is_hidden_by_default(trade):
    index = trade.record()
    private = "陈大明 13900000000"
    batch = {"name": "上海青", "category": "蔬菜", "quantity": "1", "unit": "KGM"}
    table = f"产品,类别,数量,单位,备注\n上海青,蔬菜,5,千克,{private}\n"
    inspected = {"item": trade.lot, "holder": trade.farm.uri, "outcomes": [], "note": private}
    asked = (
        (trade.farm, "/api/v1/batches/draft", {"json": {"batches": [batch]}}),
        (trade.farm, "/api/v1/batches/table",
         {"data": {"file": (io.BytesIO(table.encode()), "t.csv")}}),
        (trade.house, f"/api/v1/arrivals/{index}/draft",
         {"json": {"party": trade.house.uri, "refuse_all": True, "reason": "压坏"}}),
        (trade.office, "/api/v1/inspections/draft", {"json": inspected}),
        (trade.farm, "/api/v1/events/draft",
         {"json": {"step": "loss", "goods": [{"item": trade.lot, "quantity": "1"}],
                   "reason": "霉变", "remark": private, "person": private}}),
    )  # fmt: skip
    for who, path, more in asked:
        answer = trade.client(who).post(path, headers=ORIGIN_HEADERS, **more)
        assert answer.status_code == 200, (path, answer.json)
        events = [one["event"] for one in answer.json["drafts"] if one.get("event")]
        assert events, path
        for said in events:
            assert hidden_by_default(said) == {}, path
            assert private not in canonical.dumps(said).decode(), path


def erase(trade: Trade, who: Actor, index: int, status: int = 200, **asked):
    """What the browser does to erase: a draft, signed, sent; the answer of the draft."""
    answer = trade.post(who, f"links/{index}/erasure/draft", **asked)
    assert answer.status_code == status, answer.json
    if status == 200:
        (one,) = answer.json["drafts"]
        assert answer.json["actor"] == who.uri
        draft = Draft(statement=one["statement"])
        assert one["subjects"] == draft.subjects(who.uri)
        who.pen.forget()
        put = trade.post(who, "links", entry=who.pen.sign(draft).decode())
        assert put.status_code == 201, put.json
    return answer


def test_who_may_erase_does_so_from_the_web_and_it_is_said(trade):
    index = trade.record()
    found = trade.client(trade.farm).get(f"/api/v1/links/{index}/disclosures").json["disclosures"]
    (price,) = [one["digest"] for one in found if one["pointer"] == MEMBERS["price"]]
    for who in (trade.house, trade.other, trade.office):  # an office that is no registrar passes on
        erase(trade, who, index, 403, digests=[price])
    erase(trade, None, index, 401)
    for wrong in ({}, {"digests": ["A" * 43]}, {"digests": [price], "reason": "a\nb"}):
        erase(trade, trade.farm, index, 422, **wrong)
    erase(trade, trade.farm, index, digests=[price], reason="填错了")
    assert trade.shown(trade.house, index) == {MEMBERS["remark"]}
    page = english(trade.client(trade.farm), f"/hidden/{index}")
    assert SAID["price"] not in page and SAID["person"] in page and "填错了" in page
    consumer = english(trade.client(None), page_of(trade.lot, trade.farm.uri))
    assert "Confidential fields of it were erased on " in consumer
    # An office that the authority made a registrar may, in its remit; and erases all at once.
    trade.world.say(trade.world.authority, acts.appoint(trade.office.uri, ["3502"]))
    erase(trade, trade.office, index, all=True)
    assert trade.shown(trade.farm, index) == set()
    page = english(trade.client(trade.farm), f"/hidden/{index}")
    assert "Nothing is left that you may read." in page and 'id="reason"' not in page
    plain = trade.world.new_lot()
    erase(trade, trade.farm, trade.world.code(trade.farm, plain).index, 422, all=True)


def test_a_registrar_erases_what_it_is_not_shown(trade):
    market = trade.world.registrar("350206")
    index = trade.record()
    page = english(trade.client(market), f"/hidden/{index}")
    assert "What it hides is not shown to you." in page and 'name="all"' in page
    for text in SAID.values():
        assert text not in page
    erase(trade, market, index, all=True)
    assert trade.shown(trade.farm, index) == set()
