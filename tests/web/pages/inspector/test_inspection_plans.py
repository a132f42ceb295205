"""A plan of inspections: who is due, tasks that their parties do not see, done or not; figures."""

import base64
import hmac
import io
import json
from collections import Counter
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from support.ledger.world import HOST, World
from support.web.client import change, english
from support.web.offices import API, Office

from suyuan.trace.findings.basis import checks
from suyuan.trace.format.times import parse, zone
from suyuan.trace.inspection import cases
from suyuan.trace.inspection.counter import kind_of
from suyuan.trace.inspection.followup.office_figures import COLUMNS

EVERY = {check.name: "pass" for check in checks()}
DAY = timedelta(days=1)


class Planning(Office):
    """An office with a stall, a farm and another stall in its remit, and a stall elsewhere."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.farm = world.party("青山农场", "producer")
        self.second = world.party("B 区 3 号")
        self.far = world.party("翔安摊", division="350213")
        self.ours = {self.stall.uri, self.farm.uri, self.second.uri}
        self.ledger.followers.catch_up()

    def person(self, office, name, days=1_500):
        return super().person(office, name, days)

    def day(self, ahead):
        return (self.ledger.now().astimezone(zone()) + ahead * DAY).date().isoformat()

    def later(self, days):
        now = self.ledger.now() + days * DAY
        self.ledger.clock = lambda: now

    def record(self, actor, stage, case=None, **more):
        answer = self.draft(actor, "cases/draft", stage=stage, **({"case": case} if case else {}),
                            **more)  # fmt: skip
        assert answer.status_code == 200, answer.text
        self.write(actor, answer)
        return answer.json["case"]

    def plan(self, kind, ahead=30, **said):
        said = {"inspection": kind, "period": "2026-12"} | said
        return self.record(self.people[0], "opened", kind="inspections", said=said,
                           until=self.day(ahead))  # fmt: skip

    def find(self, plan, actor=None, count=20, **more):
        return self.draft(actor or self.people[0], "inspections/plan/draft", plan=plan,
                          count=count, **more)  # fmt: skip

    def planned(self, plan, **more):
        """The tasks of a plan, drafted and signed: their cases by party."""
        answer = self.find(plan, **more)
        assert answer.status_code == 200, answer.text
        if answer.json["drafts"]:
            self.write(self.people[0], answer)
        return self.tasks()

    def tasks(self, actor=None):
        found = self.client(actor or self.office).get(f"{API}/cases?kind=inspection&all=true").json
        return {one["party"]: one for one in found["cases"]}

    def visit(self, holder, kind, answers=None, **said):
        answer = self.draft(
            self.people[0], "inspections/draft",
            **self.inspection(holder=holder, kind=kind, checks=answers or EVERY) | said,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        pen = self.ledger.pen(answer.json["actor"], self.people[0].pen.signer)
        return self.write(self.people[0], answer, pen)

    def close(self, task, **more):
        return self.draft(self.people[0], "cases/draft", stage="closed", case=task, **more)

    def page(self, actor, case):
        return english(self.client(actor), f"/cases/{case.rsplit('/', 1)[1]}")

    def entries(self):
        with self.ledger.reading() as reader:
            rows = [json.loads(row.entry)["payload"] for row in reader.links(0, reader.size())]
        return [json.loads(base64.b64decode(row)) for row in rows]


@pytest.fixture
def desk(small: World) -> Planning:
    return Planning(small)


def test_who_is_due_for_a_thorough_inspection_is_found_done_and_followed(desk):
    begun = desk.ledger.now().astimezone(zone()).date()
    assert desk.planned(desk.plan("thorough")) == {}  # nobody, before two years are over
    desk.later(700)
    desk.visit(desk.farm.uri, "thorough")
    desk.visit(desk.second.uri, "regular")  # by the whole checklist, but not said to be so
    plan = desk.plan("thorough", ahead=60)
    tasks = desk.planned(plan)
    assert set(tasks) == {desk.stall.uri, desk.second.uri}
    due = tasks[desk.stall.uri]["clocks"][0]["due"]
    assert parse(due).astimezone(zone()).date() - DAY == begun.replace(year=begun.year + 2)
    assert desk.find(plan).json["drafts"] == []  # nobody twice
    shown = english(desk.client(desk.office), "/inspect/queue?source=case")
    assert "Inspection to be made" in shown
    assert "0 of 2 done" in desk.page(desk.office, plan)
    desk.later(60)
    assert "2 overdue" in desk.page(desk.office, plan)
    task = tasks[desk.stall.uri]["case"]
    desk.visit(desk.second.uri, "thorough")  # of another
    desk.visit(desk.stall.uri, "unannounced")  # of another kind
    assert desk.close(task).json["field"] == "outcome"
    assert 'name="of"' not in desk.page(desk.people[1], task)
    done = desk.visit(desk.stall.uri, "thorough").index
    assert f'name="of" value="{done}"' in desk.page(desk.people[1], task)
    desk.record(desk.people[0], "closed", task, of=[done])
    other = tasks[desk.second.uri]["case"]
    desk.record(desk.people[0], "closed", other, said={"outcome": "已停业"}, of=[done])
    page = desk.page(desk.office, plan)
    assert "1 of 2 done" in page and "closed without an inspection" in page
    assert "overdue" not in page
    assert desk.find(desk.plan("thorough", ahead=60)).json["drafts"] == []


def test_a_thorough_inspection_answers_the_whole_checklist(desk):
    part = dict(list(EVERY.items())[:-1])
    body = desk.inspection(kind="thorough", checks=part)
    answer = desk.draft(desk.people[0], "inspections/draft", **body)
    assert (answer.status_code, answer.json["field"]) == (422, "checks")
    event = {"suyuan:inspection": "thorough"}
    rows = [{"check": name, "result": "pass"} for name in EVERY]
    assert kind_of(event | {"suyuan:checks": rows}) == "thorough"
    for odd in (rows[:-1], None, "x", [rows], [None], [{"check": ["x"]}]):  # by one's own tool
        assert kind_of(event | {"suyuan:checks": odd}) == "regular"
    for odd in (7, ["thorough"], "x", None, {}):
        assert kind_of({"suyuan:inspection": odd}) == "regular"


def test_the_grades_ask_for_regular_inspections(desk):
    desk.later(400)
    desk.visit(desk.farm.uri, "regular")
    assert desk.farm.uri not in desk.planned(desk.plan("regular", ahead=1))
    page = english(desk.client(desk.office), "/inspect/grades")
    assert "Thorough by" in page


def test_unannounced_ones_follow_from_the_plan_alone(desk):
    """From what it says with its salt: a stall that reads the ledger works out no order."""
    ours = desk.ours | {desk.world.party(f"C 区 {n} 号").uri for n in range(5)}
    plan = desk.plan("unannounced", number="4")
    tasks = desk.planned(plan, count=4)
    with desk.ledger.reading() as reader:
        opening = cases.find(reader, HOST, plan)
        link = reader.parsed(opening.leaf)
        (told,) = desk.ledger.disclosures.of_link(reader, link)

    def order(key):
        ranks = {hmac.digest(key, f"inspect|{uri}".encode(), "sha256"): uri for uri in ours}
        return [ranks[rank] for rank in sorted(ranks)]

    wanted = order(told.stored.encode())
    assert set(tasks) == set(wanted[:4]) and wanted != order(link.hash.encode())
    assert told.stored.encode() not in link.entry
    assert set(desk.planned(plan)) == ours
    change(desk.ledger, "DELETE FROM disclosure")
    assert desk.find(plan).status_code == 404


def test_nobody_sees_an_unannounced_inspection_before_it_is_done(desk):
    """Neither in an entry, nor on what its party opens, nor by an office elsewhere."""
    before = len(desk.entries())
    plan = desk.plan("unannounced")
    tasks = desk.planned(plan)
    assert set(tasks) == desk.ours
    made = json.dumps(desk.entries()[before:], ensure_ascii=False)
    assert desk.stall.uri not in made and "unannounced" not in made
    elsewhere = desk.world.party("翔安分局", "office", division="350213")
    task = tasks[desk.stall.uri]["case"].rsplit("/", 1)[1]
    for actor in (desk.stall, desk.far, elsewhere, None):
        client = desk.client(actor)
        for path in (f"/cases/{task}", f"{API}/cases/{task}", f"/cases/{plan.rsplit('/', 1)[1]}"):
            assert client.get(path).status_code in (401, 403, 404, 302, 303), (actor, path)
    client = desk.client(desk.stall)
    for path in ("/cases", f"{API}/cases", "/me", "/me/feed", f"{API}/me/feed", "/arrivals"):
        text = client.get(path).text
        assert task not in text and "Inspection to be made" not in text, path
    assert desk.find(plan, desk.stall).status_code == 403
    assert desk.find(plan, elsewhere).status_code == 404
    assert desk.find(tasks[desk.stall.uri]["case"]).status_code == 404
    desk.record(desk.people[0], "closed", plan)
    assert desk.find(plan).status_code == 404


def last(day, many=7):
    """So many working days on, of a time without holidays."""
    while many:
        day += DAY
        many -= day.weekday() < 5
    return day


def reference(desk, month):
    """The figures of one's own office, by every entry that there is, one after the other."""
    found, opened = {}, {}

    def add(actor, *what):
        for who in {desk.office.uri, actor}:
            found.setdefault(who, Counter()).update(what)

    for index, payload in enumerate(desk.entries()):
        with desk.ledger.reading() as reader:
            at = datetime.fromtimestamp(reader.recorded(index).time / 1e6, zone())
        is_in, actor = f"{at:%Y-%m}" == month, payload["actor"]
        event, stated = payload.get("event") or {}, payload.get("statement") or {}
        if is_in and "suyuan:inspected" in event:
            for who in (desk.office.uri, *event["suyuan:inspectors"]):
                found.setdefault(who, Counter())[event.get("suyuan:inspection", "regular")] += 1
        if stated.get("type") != "case":
            continue
        if stated["op"] == "open":
            kind, uri = stated["kind"], stated["uri"]
            if kind in ("plan", "task", "inspections", "inspection"):
                continue
            opened[uri] = (kind, at.date(), is_in)
            if is_in:
                add(actor, "cases", *({kind} & {"order", "sample"}))
        elif stated["uri"] in opened:
            kind, day, was_in = opened[stated["uri"]]
            if stated["op"] == "close" and is_in:
                add(actor, "closed", *(["order-closed"] if kind == "order" else []))
            word = stated.get("stage")
            if was_in and word in ("accepted", "refused"):
                in_time = at.date() <= last(day)
                add(actor, "accepted", *(["accepted-in-time"] if in_time else []))
            if was_in and word in ("settled", "ended"):
                add(actor, "ended", "ended-in-time")  # within sixty days, all of those here
    return found


def sheet(desk, month, actor=None):
    """The same by the spreadsheet: rows by name."""
    query = {"month": month, "format": "xlsx"}
    content = desk.client(actor or desk.office).get("/inspectors", query_string=query).data
    rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2, values_only=True)
    return {row[0].split("（")[0].split(" (")[0]: +Counter(dict(zip(COLUMNS, row[1:], strict=True)))
            for row in rows}  # fmt: skip


def test_the_figures_are_those_of_the_ledger(desk):
    """Of two officers over two months, and an office elsewhere that is none of theirs."""
    today = desk.ledger.now().astimezone(zone()).date()
    desk.later((date(today.year + 1, 3, 10) - today).days)  # no holiday is near in any year
    one, two = desk.people
    months = []
    for turn in range(2):
        months.append(f"{desk.ledger.now().astimezone(zone()):%Y-%m}")
        for kind in ("regular", "unannounced", "thorough", "thorough")[turn:]:
            desk.visit(desk.stall.uri, kind)
        said = {"act": "x", "basis": "y"}
        orders = [desk.record(one, "opened", kind="order", party=desk.stall.uri, said=said,
                              until=desk.day(9)) for _ in range(2)]  # fmt: skip
        complaints = [desk.record(two, "opened", kind="complaint", party=desk.stall.uri)
                      for _ in range(3)]  # fmt: skip
        desk.planned(desk.plan("unannounced"))
        desk.later(2)
        desk.record(one, "accepted", complaints[0])
        desk.record(two, "inspected-again", orders[0], said={"result": "corrected"})
        desk.record(two, "closed", orders[0])
        desk.later(12)
        refusal = {"ground": "none", "reason": "x"}
        desk.record(two, "refused", complaints[1], said=refusal)  # late; the third is overdue
        desk.record(one, "settled", complaints[0], said={"outcome": "x"})
        desk.later(14)
    desk.later(30)
    elsewhere = desk.world.party("翔安分局", "office", division="350213")
    desk.record(elsewhere, "opened", kind="order", party=desk.far.uri, said=said,
                until=desk.day(9))  # fmt: skip
    alone = desk.draft(elsewhere, "inspections/draft", holder=desk.far.uri, checks=EVERY,
                       kind="thorough", is_unsigned=True, note="x")  # fmt: skip
    desk.write(elsewhere, alone)  # of an office that has no officers
    of_elsewhere = sheet(desk, f"{desk.ledger.now().astimezone(zone()):%Y-%m}", elsewhere)
    assert of_elsewhere["翔安分局"]["thorough"] == of_elsewhere["翔安分局"]["cases"] == 1
    names = {desk.office.uri: "集美分局", one.uri: "林晓岚", two.uri: "陈志远"}
    for month in months:
        wanted = {names[who]: counts for who, counts in reference(desk, month).items()
                  if who in names}  # fmt: skip
        # An order that is not published after twenty working days, a complaint not decided on.
        for name, late in (("集美分局", 2), ("林晓岚", 1), ("陈志远", 1)):
            wanted[name]["overdue"] = late
        assert sheet(desk, month) == wanted
        page = english(desk.client(one), f"/inspectors?month={month}")
        assert page.count('data-label="Cases opened">5<') == 1
    assert wanted["集美分局"]["cases"] == 5 and wanted["林晓岚"]["thorough"] == 2
    assert set(sheet(desk, months[0], elsewhere)) == {"翔安分局"}
    for odd in ("2027-13", "x", "1999-01", "９９９９-01"):
        assert desk.client(one).get("/inspectors", query_string={"month": odd}).status_code == 200
