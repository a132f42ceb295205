"""Draws on pages and in the API: made by an office, seen by all, by nobody before their time."""

import re
from datetime import timedelta

import pytest
from conformance.reference import draws as reference
from support.ledger.world import World, day_of
from support.watch.draws import VALUE, rules
from support.watch.witnessing import one_round, three
from support.web.offices import Office

from suyuan.keys import base64
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.draws import draw_check, draw_file
from suyuan.trace.inspection.draws.draw_keeping import FOLDER, DrawsKept
from suyuan.trace.store.read import search
from suyuan.trace.store.read.reader import Reader
from suyuan.web.api.inspector import draws as draws_api
from suyuan.web.app.access import draws

API = "/api/v1"


class Drawing(Office):
    """An office whose people draw among the stalls of its remit."""

    def __init__(self, world):
        super().__init__(world)
        self.people.append(self.person(self.office, "王海"))
        self.stalls = [self.stall, *(world.party(f"A 区 {n} 号") for n in range(1, 8))]

    def asked(self, **more):
        since = f"{self.ledger.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
        return {"draw": {"stall": 3}, "beacon": "福彩", "round": "2026139", "since": since} | more

    def commit(self, actor=None, **more):
        answer = self.draft(actor or self.office, "draws/draft", **self.asked(**more))
        assert answer.status_code == 200, answer.text
        self.write(actor or self.office, answer)
        return answer.json["code"]

    def write(self, actor, answer, pen=None):
        for one in answer.json["drafts"]:
            kept = [Kept(part["disclosure"], answer.json["actor"], Audience.read(part["audience"]))
                    for part in one["disclosures"]]  # fmt: skip
            body = {name: one[name] for name in ("event", "statement") if name in one}
            after = tuple(AfterRef(**ref) for ref in one.get("after", ()))
            (receipt,) = self.ledger.write(
                (pen or actor.pen), [Draft(**body, after=after)], disclosures=kept
            )
        self.ledger.followers.catch_up()
        return receipt

    def value(self, actor, code, value=VALUE):
        return self.draft(actor, f"draws/{code}/value", value=value)

    def go_on(self, actor, code, op, **more):
        answer = self.draft(actor, f"draws/{code}/draft", op=op, **more)
        assert answer.status_code == 200, answer.text
        self.write(actor, answer)

    def read(self, actor, code):
        return self.client(actor).get(f"{API}/draws/{code}").json

    def page(self, actor, path):
        return self.client(actor).get(path, headers={"Accept-Language": "en"})

    def tasks(self, actor):
        found = self.client(actor).get(f"{API}/tasks?source=drawn")
        assert found.status_code == 200, found.text
        return found.json["tasks"]


@pytest.fixture
def desk(small: World) -> Drawing:
    return Drawing(small)


def test_a_draw_from_its_commitment_to_what_everybody_reads(desk):
    """One replaced on the way, opened by a person of the office, and its file is the ledger's."""
    first, second, _ = desk.people
    avoids = {first.uri: [stall.uri for stall in desk.stalls]}
    code = desk.commit(avoids=avoids, title="节前抽查", team=2)
    assert desk.draft(second, f"draws/{code}/draft", op="reveal").status_code == 409
    drawn = desk.value(second, code).json["drawn"]
    assert len(drawn) == 3 and all(len(one["inspectors"]) == 2 for one in drawn)
    assert not any(first.uri in one["inspectors"] for one in drawn)
    desk.go_on(second, code, "replace", of=drawn[0]["id"], reason="已停业")
    again = desk.read(desk.office, code)["drawn"]
    assert drawn[0]["id"] not in {one["id"] for one in again} and again[1:] == drawn[1:]
    desk.go_on(desk.office, code, "reveal")
    found = desk.read(None, code)
    assert found["drawn"] == again and found["ending"] == "reveal" and found["due"]
    assert [one["op"] for one in found["statements"]] == ["commit", "replace", "reveal"]
    data = desk.client().get(f"{API}/draws/{code}/file").data
    verdict = draw_check.check(draw_file.parse(data), desk.ledger.trust, VALUE)
    assert rules(verdict) == set() and [p.id for p in verdict.picks] == [p["id"] for p in again]
    page = desk.page(None, f"/draws/{code}")
    assert page.status_code == 200 and "节前抽查" in page.text
    assert "A 区" in page.text and "Recompute in my browser" in page.text
    assert "已停业" in page.text and "Results public by" in page.text
    assert code[:4] in desk.page(None, "/draws").text


def test_nobody_but_its_office_learns_who_is_drawn_before_it_is_opened(desk):
    """Not by page, API, queue or file: neither a shop, a stranger nor another office."""
    code = desk.commit()
    drawn = desk.value(desk.office, code).json["drawn"]
    assert drawn
    other = desk.world.party("思明分局", "office", division="350206")  # of the very same division
    above = desk.world.authority
    for actor in (desk.stall, other, above, None):
        assert desk.read(actor, code)["drawn"] == []
        assert "Only your office" not in desk.page(actor, f"/draws/{code}").text
    for actor in (other, above):
        assert desk.tasks(actor) == []
        assert desk.value(actor, code).status_code == 404
        for op in ("replace", "reveal", "abort"):
            assert desk.draft(actor, f"draws/{code}/draft", op=op, reason="x").status_code == 404
    assert desk.value(desk.stall, code).status_code == 403
    ids = {one["id"] for one in drawn}
    for actor in (desk.office, desk.people[0]):
        assert {task["party"] for task in desk.tasks(actor)} == ids
    page = desk.page(desk.people[0], "/inspect/queue?source=drawn")
    assert page.text.count("Drawn for inspection") == 3
    key = desk.tasks(desk.office)[0]["key"]
    task = desk.page(desk.office, f"/inspect/task?key={key}")
    assert task.status_code == 200 and "Send a reminder" not in task.text
    assert desk.page(other, f"/inspect/task?key={key}").status_code == 404
    assert desk.client().get(f"{API}/draws/{code}/file").json["files"] == {}
    desk.go_on(desk.office, code, "abort", reason="泄露")
    assert desk.tasks(desk.office) == [] and desk.read(None, code)["drawn"] == []


def test_an_inspection_by_others_than_were_drawn_is_said_to_be_one(desk):
    code = desk.commit(draw={"stall": 8}, team=2)
    drawn = desk.value(desk.office, code).json["drawn"]
    one, other = drawn[0], drawn[1]
    strangers = [person.uri for person in desk.people if person.uri not in one["inspectors"]]
    by_uri = {person.uri: person for person in desk.people}
    team = [strangers[0], one["inspectors"][0]]
    for holder, people in ((one["id"], team), (other["id"], other["inspectors"])):
        said = desk.inspection(holder=holder, inspectors=people)
        answer = desk.draft(by_uri[people[0]], "inspections/draft", **said)
        assert answer.status_code == 200, answer.text
        desk.write(
            by_uri[people[0]], answer, desk.ledger.pen(desk.office.uri, by_uri[people[0]].signer)
        )
    desk.go_on(desk.office, code, "reveal")
    found = {row["id"]: row for row in desk.read(None, code)["drawn"]}
    assert set(found[one["id"]]["by"]) == set(team)
    assert found[other["id"]]["inspected"] is not None
    assert desk.page(None, f"/draws/{code}").text.count("by others than were drawn") == 1


def test_a_repeated_draw_is_named_on_each_ones_page(desk):
    first = desk.commit()
    desk.go_on(desk.office, first, "abort", reason="再来一次")
    second = desk.commit()
    assert first in desk.read(None, second)["like"][0]
    text = desk.page(None, f"/draws/{second}").text
    assert "Other draws of this office" in text and f"/draws/{first}" in text
    listed = desk.client().get(f"{API}/draws").json["draws"]
    assert [row["ending"] for row in listed] == [None, "abort"]


def test_strata_are_the_grades_of_the_ledger_as_they_were_at_the_commitment(desk):
    """Two seizures make a B of eight A; what comes later changes no list; a second one draws so."""
    for stall in (desk.stall, desk.stall):
        case = codes.uri_of(codes.new(), desk.world.trust.host, "case")
        desk.world.say(desk.office, acts.case_open(case, "seizure", stall.uri))
    for wrong in ({"B": 2}, {"stall": 1}):
        answer = desk.draft(desk.office, "draws/draft", **desk.asked(strata="grade", draw=wrong))
        assert (answer.status_code, answer.json["field"]) == (422, "draw")
    code = desk.commit(strata="grade", draw={"A": 2, "B": 1})
    case = codes.uri_of(codes.new(), desk.world.trust.host, "case")
    desk.world.say(desk.office, acts.case_open(case, "order", desk.stalls[1].uri))
    drawn = desk.value(desk.office, code).json["drawn"]
    desk.go_on(desk.office, code, "reveal")
    file = draw_file.parse(desk.client().get(f"{API}/draws/{code}/file").data)
    kept = DrawsKept(desk.world.home).find(code)
    graded = {stall.uri: "B" if stall is desk.stall else "A" for stall in desk.stalls}
    assert kept.files.strata == graded
    assert kept.files.about["graded"] == day_of(desk.ledger.now())
    assert len(kept.files.about["grades"]) == 64
    picks = draw_check.check(file, desk.ledger.trust, VALUE).picks
    again = reference.recompute(kept.uri, kept.files.all(), VALUE, kept.nonce, [])
    assert again == [[one.id, list(one.team)] for one in picks]
    assert {one["id"] for one in drawn} == {one.id for one in picks} > {desk.stall.uri}


def test_what_is_drawn_among_is_bounded_and_read_by_division(desk, monkeypatch):
    """Neither a page nor a draft reads the parties of others; of many a page counts the first."""

    def never(_):
        raise AssertionError

    monkeypatch.setattr(Reader, "parties", never)
    assert "of 8<" in desk.page(desk.office, "/draws/new").text
    desk.commit()
    monkeypatch.setattr(draws_api, "MOST_GRADED", 7)
    answer = desk.draft(desk.office, "draws/draft", **desk.asked(strata="grade", draw={"A": 1}))
    assert (answer.status_code, answer.json["field"]) == (422, "draw")
    monkeypatch.setattr(search, "LOOKED", 5)
    text = desk.page(desk.office, "/draws/new").text
    assert "and more<" in text and 'data-stratum="market"' in text


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"draw": {"stall": 99}}, "draw"),
        ({"draw": {"stall": 0}}, "draw"),
        ({"team": 9}, "draw"),
        ({"avoids": {"urn:x:nobody": []}}, "avoids"),
        ({"since": "2020-01-01T00:00"}, "since"),
        ({"since": "soon"}, "since"),
        ({"since": ""}, "since"),
        ({"beacon": "drand quicknet", "round": "1"}, "since"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_nothing_is_kept(desk, more, field):
    answer = desk.draft(desk.office, "draws/draft", **desk.asked(**more))
    assert (answer.status_code, answer.json["field"]) == (422, field), answer.text
    assert not (desk.world.home / FOLDER).exists()


def test_a_draft_that_nobody_signed_is_forgotten_once_no_link_of_it_is_taken(desk, monkeypatch):
    answer = desk.draft(desk.office, "draws/draft", **desk.asked())
    code = answer.json["code"]
    signed = desk.commit()
    assert desk.page(desk.office, f"/draws/{code}").status_code == 404
    later = desk.ledger.now() + timedelta(days=32)
    monkeypatch.setattr(desk.ledger, "now", lambda: later)
    since = f"{later + timedelta(days=1):%Y-%m-%dT%H:%M}"
    third = desk.draft(desk.office, "draws/draft", **desk.asked(since=since)).json["code"]
    kept = {path.name for path in (desk.world.home / FOLDER).iterdir()}
    assert kept == {signed, third}


def test_the_pages_of_one_who_makes_a_draw(desk):
    page = desk.page(desk.people[0], "/draws/new")
    assert page.status_code == 200 and 'data-stratum="stall"' in page.text
    assert re.search(r'name="round"[^>]*value="[0-9]+"', page.text)
    assert desk.page(desk.stall, "/draws/new").status_code == 403
    code = desk.commit()
    text = desk.page(desk.people[1], f"/draws/{code}").text
    assert "Show who is drawn" in text and "Abort the draw" in text and "Replace one" not in text
    desk.value(desk.people[1], code)
    text = desk.page(desk.people[1], f"/draws/{code}").text
    assert "Replace one" in text and "Only your office sees this" in text and "林晓岚" in text
    assert desk.page(None, "/draws/NONE").status_code == 404
    assert "New draw" not in desk.page(None, "/draws").text


def test_the_page_of_a_bent_draw_says_so_without_any_script(desk):
    """A nonce that was chosen later, and a statement behind the end: both past our own tool."""
    for bend in ("nonce", "late"):
        code = desk.commit()
        desk.value(desk.office, code)
        uri = desk.read(None, code)["draw"]
        nonce = DrawsKept(desk.world.home).find(code).nonce
        if bend == "nonce":
            nonce = base64.encode_url(b"x" * 32)
        desk.world.say(desk.office, acts.draw_reveal(uri, VALUE, nonce))
        page = desk.page(None, f"/draws/{code}").text
        assert ("Do not rely on this draw" in page) == (bend == "nonce")
    desk.world.say(desk.office, acts.draw_replace(uri, "停业"))
    assert "Do not rely on this draw" in desk.page(None, f"/draws/{code}").text


def test_the_page_says_whether_witnesses_saw_it_before_the_value(desk, around):
    code = desk.commit()
    assert "not shown to be before" in desk.page(None, f"/draws/{code}").text
    three(around, desk.world, 2)
    one_round(desk.world)
    text = desk.page(None, f"/draws/{code}").text
    assert "before the value was known" in text and "not shown to be before" not in text


def test_of_a_large_draw_the_page_has_the_first_and_says_how_many_more_there_are(desk, monkeypatch):
    monkeypatch.setattr(draws, "MOST_SHOWN", 3)
    code = desk.commit(draw={"stall": 8})
    desk.value(desk.office, code)
    found = desk.read(desk.office, code)
    assert (len(found["drawn"]), found["more"]) == (3, 5)
    assert "and 5 more" in desk.page(desk.office, f"/draws/{code}").text
    assert len(desk.tasks(desk.office)) == 8
