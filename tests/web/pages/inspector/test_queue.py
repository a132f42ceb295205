"""What an office follows up: every source in one list, what it notes of each, and reminders."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from support.ledger.statements import statements
from support.ledger.world import World, days_ago, event
from support.web.acting import order
from support.web.client import change, client_of, english
from support.web.signing import form_token

from suyuan.trace.admission import acts
from suyuan.trace.findings.rule import Severity
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.store.beside.jobs import JobBook, recipients
from suyuan.trace.store.beside.preferences import EMAIL, Contact, ContactBook
from suyuan.trace.store.read import slip_lines
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.watch.notify.outbox import Outbox

pytestmark = pytest.mark.slow
API = "/api/v1/tasks"
OURS = {"Origin": "http://localhost"}
SECRET_WORDS = "我住在湖滨路"


class Office:
    """An office, a stall of its division that is late with all there is, and one of another."""

    def __init__(self, world: World, monkeypatch) -> None:
        self.world, self.ledger = world, world.ledger
        self.office = world.party("市局", "office", division="350200")
        self.far_office = world.party("远方局", "office", division="440300")
        self.farm = world.party("农场", "producer", division="350206")
        self.stall = world.party("A 区 12 号", division="350206")
        self.far = world.party("远方摊位", division="440300")
        self.lot = world.coded_lot(self.farm)
        for who in (self.stall, self.far):
            world.hand_over(self.farm, who, self.lot, "10")
            world.do(who, event("sell", self.lot, "50"))  # more than it had
        world.hand_over(self.farm, self.stall, self.lot, "3")
        sent = {"sender": self.farm.uri, "recipient": self.stall.uri}
        world.do(self.farm, event("dispatch", self.lot, "3", **sent))
        other = world.coded_lot(self.farm)
        world.hand_over(self.farm, self.stall, other, "7")
        self.recall = order(world, world.authority, other)
        licence = {"kind": "business", "number": "JY13502060000001", "expires": days_ago(-20)}
        world.say(self.stall, {"type": "profile", "uri": self.stall.uri, "licences": [licence]})
        Complaints(world.home).add(
            self.ledger.now(), code="x", serial=None, item=self.lot, holder=self.stall.uri,
            kind="ill", text=SECRET_WORDS, contact="139",
        )  # fmt: skip
        self.later = self.ledger.now() + timedelta(days=5)
        monkeypatch.setattr(self.ledger, "clock", lambda: self.later)
        world.ledger.followers.catch_up()
        self.client = client_of(self.ledger, self.office)

    def tasks(self, query: str = "", client=None):
        return (client or self.client).get(f"{API}{query}").json["tasks"]

    def note(self, key: str, client=None, **said: str):
        return (client or self.client).post(API, json={"key": key, **said}, headers=OURS)


@pytest.fixture
def office(small: World, monkeypatch) -> Office:
    return Office(small, monkeypatch)


def test_every_source_is_in_one_list_the_newest_first(office):
    tasks = office.tasks()
    assert {task["source"] for task in tasks} == {"finding", "report", "overdue", "silent", "paper"}
    assert [task["since"] for task in tasks] == sorted((t["since"] for t in tasks), reverse=True)
    # Nothing of another division's stall; the farm is in the remit, and so is what it did.
    assert office.far.uri not in {task["party"] for task in tasks}
    every = {
        task["key"]
        for task in office.tasks(client=client_of(office.ledger, office.world.authority))
    }
    theirs = {t["key"] for t in office.tasks(client=client_of(office.ledger, office.far_office))}
    assert every == theirs | {task["key"] for task in tasks} and theirs
    # Page by page, in any sizes, it is the same list.
    for most in (1, 3):
        pages, after = [], ""
        while after is not None:
            page = office.client.get(f"{API}?limit={most}{after and '&after=' + quote(after)}").json
            pages += [task["key"] for task in page["tasks"]]
            after = page["after"]
        assert pages == [task["key"] for task in tasks]
    for source in ("finding", "report", "overdue", "silent", "paper"):
        expected = [task["key"] for task in tasks if task["source"] == source]
        assert [task["key"] for task in office.tasks(f"?source={source}")] == expected
    for level in Severity:
        expected = [task["key"] for task in tasks if task["severity"] == level]
        assert [task["key"] for task in office.tasks(f"?severity={level}")] == expected
    assert office.client.get(f"{API}?after=odd").status_code == 422
    assert office.client.get(f"{API}?division=44").status_code == 403


def test_what_is_overdue_or_silent_is_read_by_indexes(office):
    with office.ledger.reading() as reader:
        with statements(reader.connection) as asked:
            assert list(slip_lines.open_before(reader, 10**9))
            assert list(ActBook(reader).open_recalls(10**9))
        for query, values in asked:
            plan = reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
            steps = " / ".join(row[3] for row in plan)
            assert ("ix_shipment_state" in steps) or ("ix_act_open" in steps), steps
            assert "SCAN" not in steps and "TEMP B-TREE" not in steps, steps


def test_each_has_its_record_its_law_and_the_day_that_it_gives(office):
    by_source = {task["source"]: task for task in office.tasks()}
    assert (
        by_source["report"]["due"] and "SAMR Order 121 of 2026" in by_source["report"]["basis"][0]
    )
    assert by_source["silent"]["due"] < office.later.date().isoformat()
    (overdrawn,) = (t for t in office.tasks("?source=finding") if t["severity"] == "grave")
    assert "arts. 50, 53" in overdrawn["basis"][0]
    page = english(office.client, f"/inspect/task?key={quote(overdrawn['key'])}")
    assert f"#l{overdrawn['index']}" in page and "Food Safety Law" in page
    path = unescape(re.search(r'href="(/inspect/chain[^"#]*)#l', page)[1])
    chain = english(office.client, path)
    assert f'id="l{overdrawn["index"]}"' in chain
    chinese = office.client.get(f"/inspect/task?key={quote(overdrawn['key'])}&lang=zh").text
    assert "重大" in chinese and "《中华人民共和国食品安全法》（2025年修正）第50、53条" in chinese


def test_what_is_noted_moves_it_and_is_believed_by_its_seal_alone(office):
    key = office.tasks("?source=finding")[0]["key"]
    noted = office.note(
        key, state="correcting", assignee=office.office.uri, due="2030-01-05", note="责令改正"
    )
    assert noted.status_code == 200
    (task,) = office.tasks("?state=correcting")
    assert (task["key"], task["assignee"], task["due"]) == (key, office.office.uri, "2030-01-05")
    assert task["noted_by"] == office.office.uri
    assert [one["key"] for one in office.tasks(f"?assignee={office.office.uri}")] == [key]
    assert key in {one["key"] for one in office.tasks()}  # until it is done
    assert key not in {one["key"] for one in office.tasks("?state=todo")}
    for name, value in (("state", "done"), ("state", "odd"), ("due", "2030-02-30"),
                        ("note", "x" * 501), ("assignee", office.stall.uri)):  # fmt: skip
        assert office.note(key, **{"state": "todo", name: value}).status_code == 422, name
    assert office.note("finding:1/x/y", state="todo").status_code == 404
    assert office.note("odd", state="todo").status_code == 404
    assert office.note(key, state="done", note="已改正").status_code == 200
    assert key not in {one["key"] for one in office.tasks()}
    assert [one["key"] for one in office.tasks("?state=done")] == [key]
    # Whoever writes the database cannot have it done, nor somebody else's.
    other = office.tasks()[0]["key"]
    change(office.ledger, f"UPDATE task SET key = '{other}'")
    assert {key, other} <= {one["key"] for one in office.tasks()}
    # What was put there keeps nobody from noting it.
    assert office.note(other, state="done", note="已改正").status_code == 200


def test_another_office_can_note_nothing_of_it(office):
    key, elsewhere = office.tasks()[0]["key"], client_of(office.ledger, office.far_office)
    assert office.note(key, elsewhere, state="done", note="x").status_code == 404
    assert elsewhere.get(f"/inspect/task?key={quote(key)}").status_code == 404
    form = {"csrf_token": form_token(elsewhere, "/me"), "key": key, "state": "done", "note": "x"}
    assert elsewhere.post("/inspect/task", data=form, headers=OURS).status_code == 404
    for what in ("inspect/queue", "inspect", f"inspect/task?key={quote(key)}"):
        assert client_of(office.ledger, office.stall).get(f"/{what}").status_code == 403


def test_who_answers_is_silent_no_more(office):
    assert office.tasks("?source=silent")
    office.world.say(office.stall, acts.recall_acknowledge(office.recall))
    office.world.ledger.followers.catch_up()
    assert office.stall.uri not in {task["party"] for task in office.tasks("?source=silent")}


def test_a_silent_holder_is_reminded_once_a_day_with_the_page_where_it_answers(office):
    (task,) = (t for t in office.tasks("?source=silent") if t["party"] == office.stall.uri)
    form = {"csrf_token": form_token(office.client, "/me"), "key": task["key"], "what": "remind"}
    answer = office.client.post("/inspect/task?lang=en", data=form, headers=OURS)
    assert "no address" in answer.text
    book = JobBook(office.ledger.database.engine)
    ContactBook(office.ledger.database.engine).add(
        [Contact(office.stall.uri, EMAIL, "a@b.example")]
    )
    for _ in range(2):
        assert (
            "1 address" in office.client.post("/inspect/task?lang=en", data=form, headers=OURS).text
        )
    (job,) = book.all()
    with office.ledger.reading() as reader:  # a reminder is no notice of the recall
        assert recipients(reader, [task["index"]]) == []
    assert "/me/recalls" in job.content["text"] and "suyuan " not in job.content["text"]
    (finding, *_) = office.tasks("?source=finding")
    refused = office.client.post("/inspect/task", data=form | {"key": finding["key"]}, headers=OURS)
    assert refused.status_code == 422


def test_offices_hear_once_of_what_is_grave_in_their_remit(office):
    addresses = {"near@b.example": office.office, "far@b.example": office.far_office,
                 "stall@b.example": office.stall}  # fmt: skip
    contacts = [Contact(who.uri, EMAIL, address) for address, who in addresses.items()]
    ContactBook(office.ledger.database.engine).add(contacts)
    for _ in range(2):
        Outbox(office.ledger).sweep()
    grave = [job for job in JobBook(office.ledger.database.engine).all()
             if job.content["what"] == "task.grave"]  # fmt: skip
    assert sorted(job.address for job in grave) == ["far@b.example", "near@b.example"]
    (near,) = (job for job in grave if job.address.startswith("near"))
    assert "A 区 12 号" in near.content["text"] and "/inspect/queue" in near.content["text"]
    assert SECRET_WORDS not in near.content["text"]
