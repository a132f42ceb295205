"""Early warnings: against a plain count, and as tasks of the office whose party it is."""

import random
from datetime import timedelta

from support.ledger.world import HOST, World, days_ago, event
from support.lineage.plausibility import kg, product, say
from support.web.client import client_of
from support.web.offices import Office
from support.web.sampling import Sampling

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.times import micros
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.followup import early_warnings
from suyuan.trace.inspection.followup.early_warnings import Happened, reached, thresholds
from suyuan.trace.inspection.followup.task_sources import Sources
from suyuan.trace.inspection.followup.tasks import Source

DAY = 86_400_000_000


def counted(threshold, facts):
    """The places at which there are just so many within the days, by trying each."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.named))
    for place, fact in enumerate(ordered):
        near = [one for one in ordered[: place + 1]
                if one.party == fact.party and fact.at - one.at < threshold.days * DAY]  # fmt: skip
        if len(near) == threshold.count:
            yield tuple(near)


def test_a_plain_count_finds_the_same():
    dice, found = random.Random(11), 0
    for threshold in thresholds().values():
        for _ in range(300):
            facts = [
                Happened(dice.choice("abc"), dice.randrange(0, 800) * DAY // 2, str(number))
                for number in range(dice.randint(0, 14))
            ]
            warnings = list(reached(threshold, facts))
            assert [warning.facts for warning in warnings] == list(counted(threshold, facts))
            found += len(warnings)
            for place, warning in enumerate(warnings):  # nothing later changes what was said
                known = [fact for fact in facts if fact.at <= warning.at]
                assert list(reached(threshold, known))[: place + 1] == warnings[: place + 1]
    assert found > 200


def test_what_consumers_report_often_is_a_task_of_its_office(small: World):
    desk = Office(small)
    other = desk.world.party("翔安分局", "office", division="350213")
    book, start = Complaints(small.home), desk.ledger.now() - timedelta(days=20)

    def report(days):
        now = start + timedelta(days=days)
        return book.add(now, code="x", serial=None, item=None, holder=desk.stall.uri,
                        kind="spoiled", text="有异味")  # fmt: skip

    def tasks(actor):
        found = desk.client(actor).get("/api/v1/tasks?source=warning").json["tasks"]
        return [(task["key"], task["party"], task["severity"]) for task in found]

    first, second = report(0), report(5)
    assert tasks(desk.office) == []
    third = report(9)
    task = (f"warning:{third.received}/reported-often/{desk.stall.uri}", desk.stall.uri, "serious")
    assert tasks(desk.office) == tasks(desk.people[0]) == [task]
    assert tasks(other) == []
    report(10)  # a fourth is no second task
    assert tasks(desk.office) == [task]
    page = client_of(desk.ledger, desk.office).get(f"/inspect/task?key={task[0]}").text
    for one in (first, second, third):
        assert one.number[-4:] in page
    assert micros(start) < third.received


def test_samples_of_other_offices_make_no_warning_and_hide_none(small: World, monkeypatch):
    """The attack: another office's inspector, its own samples, more than are read, handed over."""
    monkeypatch.setattr(early_warnings, "LOOKED", 2)
    desk = Sampling(small)
    away = desk.person(desk.world.party("翔安分局", "office", division="350213"), "别局")

    def strange():
        case = codes.uri_of(codes.new(), HOST, "case")
        said = {"stage": "failed", "report": "J"}
        body = {**acts.case_record(case, "recorded"), "said": said}
        failed, stored = leave_out(body, ["/said"])
        kept = [Kept(text, away.uri, Audience.of(desk.office.uri)) for text in stored]
        opened = acts.case_open(case, "sample", desk.stall.uri)
        drafts = [Draft(statement=one)
                  for one in (opened, failed, acts.case_assign(case, desk.office.uri))]  # fmt: skip
        desk.ledger.write(away.pen, drafts, disclosures=kept)
        desk.ledger.followers.catch_up()

    def warned():
        return desk.client(desk.people[0]).get("/api/v1/tasks?source=warning").json["tasks"]

    for _ in range(3):
        strange()
    assert warned() == []
    for sheet in ("X1", "X2"):
        case = desk.sheet(sheet=sheet)
        desk.record(desk.people[0], "failed", case, said={"report": sheet})
    (found,) = warned()
    assert found["key"].split("/")[1] == "failed-again"
    for _ in range(3):
        strange()
    assert warned() == [found]


def test_what_lasts_for_days_is_a_task_then(small: World):
    """A purchase without what its buyer enters, and a kitchen that records nothing any more."""
    kitchen, idle = (small.party(name, "caterer") for name in ("湖心食堂", "空食堂"))
    lot, greens = small.new_lot(), product(small, "蔬菜/叶菜类")
    said = {"suyuan:productId": greens, "suyuan:purchased": days_ago(6)}
    coded = said | steps.coding("菠菜", None, 3, None, product_id=greens)
    say(small, kitchen, "code", 0, kg(lot, 20), extra=coded)
    say(small, kitchen, "receive", 0, kg(lot, 20), extra=said)
    now = small.ledger.now()

    def tasks(days, remit):
        with small.caught_up() as reader:
            here = Sources(reader, small.ledger, remit, now + timedelta(days=days))
            return {task.of: task for _, task in here.behind(Source.WARNING, None) if task}

    near, far = Remit(("350206",)), Remit(("350213",))
    assert set(tasks(0, near)) == {"kitchen-silent"} == set(tasks(2, near))
    later = tasks(4, near)
    assert set(later) == {"kitchen-silent", "purchase-lacks"}
    assert {task.party for task in later.values()} == {kitchen.uri} and idle
    assert tasks(4, far) == {}
    assert later["kitchen-silent"].key == tasks(0, near)["kitchen-silent"].key
    small.do(kitchen, event("count", lot, "20"))
    assert tasks(0, near) == {}
