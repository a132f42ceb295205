"""A consumer's report that becomes a case: who reads it, where it stands, what the stall sees."""

import re
from datetime import timedelta

import pytest
from support.ledger.row import change
from support.ledger.world import World, day_of
from support.web.client import english
from support.web.front import API, DAY, HEADERS, NAME, PHONE, TEXT, Front

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection import case_kinds, complaints
from suyuan.trace.inspection.complaints import key_of
from suyuan.trace.inspection.reported import handling
from suyuan.trace.inspection.time_limits import kept_for
from suyuan.trace.store.beside.office import report_cases
from suyuan.trace.store.beside.office.report_cases import ReportCase, ReportCaseBook
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook


@pytest.fixture
def front(small: World) -> Front:
    return Front(small)


def test_a_report_is_taken_up_answered_and_settled_and_the_receipt_says_so(front):
    report = front.reported()
    assert "The complaint is accepted, or refused with reasons" in front.receipt(report)
    (_task,) = front.client(front.people[0]).get(f"{API}/tasks?source=report").json["tasks"]
    assert TEXT in front.task(front.people[0], report) and NAME in front.task(front.office, report)

    case = front.take_up(report)
    assert front.client(front.office).get(f"{API}/tasks?source=report").json["tasks"] == []
    assert front.reports(front.office)[0]["cases"] == [case]
    found = front.read(front.office, case).json
    assert found["party"] == front.stall.uri and found["clocks"][0]["after"] == "opened"
    assert "Taken up: Complaint" in front.receipt(report)
    link = f"/inspect/task?key={key_of(report)}".replace("/", "%2F").replace(":", "%3A")
    page = english(front.client(front.people[0]), f"/cases/{case.rsplit('/', 1)[1]}")
    assert link.split("%3D")[-1].rsplit("%2F", 1)[1] in page

    front.record(front.people[1], "accepted", case, said={"words": "三天内联系您"})
    assert "三天内联系您" in front.receipt(report)
    assert "The mediation ends" in front.receipt(report)
    assert front.theirs(front.stall) == [case]
    home = english(front.client(front.stall), "/me")
    assert "Cases that wait for your answer" in home and case.rsplit("/", 1)[1] in home
    assert front.read(front.stall, case).json["next"] == ["answered"]
    front.record(front.stall, "answered", case, said={"answer": "愿意退款"})
    assert "Answered by the trader" in front.receipt(report) and "愿意退款" in front.receipt(report)
    assert "Cases that wait" not in english(front.client(front.stall), "/me")
    front.record(front.people[0], "settled", case, said={"outcome": "已退款二十元"})
    front.record(front.office, "closed", case)
    said = front.receipt(report)
    steps = [
        "was received",
        "Taken up",
        "accepted",
        "Answered by the trader",
        "Settled",
        "Case closed",
    ]
    places = [said.index(step, said.index("Where it stands")) for step in steps]
    assert places == sorted(places) and "已退款二十元" in said and "It is over" in said
    assert TEXT not in said and NAME not in said and PHONE not in said


def test_a_refusal_says_why_and_an_offence_only_that_it_was_decided(front):
    refused, clue = front.reported(), front.reported(name="")
    case = front.take_up(refused)
    front.record(front.office, "refused", case, said={"ground": "scope", "reason": "属于物业"})
    assert "outside of the office" in front.receipt(refused)
    assert "属于物业" in front.receipt(refused)
    case = front.take_up(clue, kind="offence")
    assert "Whether the case is filed is decided" in front.receipt(clue)
    assert front.theirs(front.stall) == [] or case not in front.theirs(front.stall)
    front.record(
        front.office, "filed", case, said={"case_number": "集市监立〔2026〕7号", "words": "已立案"}
    )
    said = front.receipt(clue)
    assert "Filed as a case" in said and "已立案" in said and "立〔2026〕" not in said
    front.record(front.office, "penalty", case, said={"penalty": "罚款五千"})
    front.record(front.office, "closed", case, said={"outcome": "罚款五千"})
    assert "罚款" not in front.receipt(clue) and "Penalty" not in front.receipt(clue)


def test_the_law_counts_from_the_day_on_which_it_was_received(front):
    """Who opens the case late has no more days for it, and a later day than the record is none."""
    report = front.reported()
    first = front.receipt(report)
    now = front.ledger.now()
    front.ledger.clock = lambda: now + 5 * DAY
    case = front.take_up(report)
    (clock,) = front.read(front.office, case).json["clocks"]
    due = re.search(r"By ([^:]+):", first)
    assert due is not None and due[1] in front.receipt(report)
    assert clock["started"][:10] <= day_of(now, 1)
    more = {"kind": "complaint", "party": front.stall.uri}
    ahead = day_of(now, 60)
    late = front.record(front.office, "opened", said={"received": ahead}, **more)
    (clock,) = front.read(front.office, late).json["clocks"]
    assert clock["started"] == front.read(front.office, late).json["stages"][0]["recorded"]


def test_who_reported_it_is_read_by_the_office_that_handles_it_alone(front):
    """Before there is a case by each office that looks after the stall, then by the case's."""
    report = front.reported()
    other = front.world.party("市局", "office")
    far = front.world.party("翔安分局", "office", division="350213")
    authority = front.world.authority
    for actor in (front.office, front.people[1], other, authority):
        (one,) = front.reports(actor)
        assert (one["text"], one["name"], one["contact"]) == (TEXT, NAME, PHONE)
    assert front.reports(far) == [] and front.task(far, report) is None
    assert front.reports(front.stall) is None
    case = front.take_up(report)
    for actor in (front.office, *front.people):
        assert NAME in front.task(actor, report)
    for actor in (other, authority):
        (one,) = front.reports(actor)
        assert (one["text"], one["name"], one["contact"], one["photo"]) == (None,) * 4
        page = front.task(actor, report)
        assert page and not any(word in page for word in (TEXT, NAME, PHONE))
        assert front.stage(actor, "opened", kind="offence", report=report.number).status_code == 403
    front.world.say(front.people[0], acts.case_assign(case, other.uri))
    assert NAME in front.task(other, report) and NAME not in front.task(front.office, report)


def test_a_report_becomes_one_case_of_a_kind_and_none_of_another(front):
    report = front.reported()
    assert (
        front.stage(front.office, "opened", kind="order", report=report.number).status_code == 422
    )
    first, second = (
        front.stage(front.people[0], "opened", kind="complaint", report=report.number)
        for _ in range(2)
    )
    assert front.receipt(report).count("Taken up") == 0, "a draft is no case"
    front.write(front.people[0], first)
    again = front.stage(front.people[0], "opened", kind="complaint", report=report.number)
    assert again.status_code == 409
    front.take_up(report, kind="offence")
    assert front.receipt(report).count("Taken up: ") == 3
    with front.ledger.reading() as reader:
        assert len(report_cases.of_reports(reader, [report.number])) == 3
    now = front.ledger.now()
    handling.retire(front.ledger, now + handling.UNSIGNED - timedelta(hours=1))
    with front.ledger.reading() as reader:
        assert len(report_cases.of_reports(reader, [report.number])) == 3
    handling.retire(front.ledger, now + handling.UNSIGNED + DAY)
    with front.ledger.reading() as reader:
        rows = report_cases.of_reports(reader, [report.number])
        assert len(rows) == 2 and second.json["case"] not in {row.uri for row in rows}
    for number in ("R2612027K3QX9M2", "x", report.number[:-1]):
        answer = front.stage(front.people[0], "opened", kind="complaint", report=number)
        assert answer.status_code == 404, number


def test_a_stalls_list_has_the_hidden_cases_that_tell_it_and_no_others(front):
    """Whatever rows say: the case's own word decides, also after the tables are made anew."""
    rival = front.world.party("A 区 13 号")
    case = front.take_up(front.reported())
    offence = front.take_up(front.reported(), kind="offence")
    order = front.order()
    book = ReportCaseBook(front.ledger.database.engine)
    for place, uri in enumerate((offence, f"{case[:-4]}0000", order)):
        if place != 0:
            book.put(ReportCase(f"{uri}" if place == 1 else uri, None, rival.uri, 1))
    with front.ledger.reading() as reader:
        row = report_cases.of_case(reader, offence)
    assert row is not None and row.party is None
    front.record(front.people[0], "opened", kind="complaint", party=rival.uri)
    assert front.theirs(front.stall) == [order, case]
    assert len(front.theirs(rival)) == 1 and front.theirs(rival)[0] not in (order, case, offence)
    assert front.theirs(front.world.party("乙")) == []
    front.record(front.stall, "answered", case, said={"answer": "已退款"})
    with front.ledger.reading() as reader:
        entries = b"".join(row.entry for row in reader.links(0, reader.size()))
    assert "已退款".encode() not in entries
    page = english(front.client(front.stall), "/cases")
    assert case.rsplit("/", 1)[1][:4] in page
    assert offence.rsplit("/", 1)[1][:4] not in page


def test_pages_of_a_stalls_list_have_each_case_once(front):
    made = []
    for number in range(7):
        kind = "complaint" if number % 2 else "order"
        if kind == "order":
            made.append(front.order())
        else:
            made.append(front.take_up(front.reported()))
    from suyuan.web.api.inspector import cases as api

    seen, before = [], ""
    most, api.MOST = api.MOST, 2
    try:
        while before is not None:
            answer = front.client(front.stall).get(f"{API}/cases{before}").json
            seen += [one["case"] for one in answer["cases"]]
            before = answer["before"] and f"?before={answer['before']}"
    finally:
        api.MOST = most
    assert seen == made[::-1]


def test_a_row_that_somebody_puts_there_opens_no_report(front):
    """It is not sealed by this program: the report goes on being everybody's of the remit."""
    report = front.reported()
    other = front.world.party("市局", "office")
    theirs = front.record(other, "opened", kind="complaint", party=front.stall.uri)
    values = f"('{theirs}x', '{report.number}', NULL, 1, NULL)"
    with front.ledger.reading() as reader:
        ours = report_cases.of_case(reader, theirs)
    assert ours is not None and ours.report is None
    change(front.ledger, f"INSERT INTO report_case VALUES {values}")
    change(
        front.ledger, f"UPDATE report_case SET report = '{report.number}' WHERE party IS NOT NULL"
    )
    assert NAME in front.task(front.office, report) and "Taken up" not in front.receipt(report)


def test_by_the_receipt_it_is_erased_after_a_second_look_and_the_case_goes_on(front):
    report = front.reported()
    case = front.take_up(report)
    path = f"/report/{complaints.shown(report.number)}"
    client = front.client()
    first = client.post(f"{path}/erase", headers=HEADERS)
    assert first.status_code == 303 and front.book.said(report) is not None
    page = client.get(first.location.split("#")[0], headers=HEADERS).text
    assert "Erase for ever" in page and "erased for ever" in page
    assert client.post(f"{path}/erase", data={"sure": "yes"}).status_code == 403, "another site"
    done = client.post(f"{path}/erase", data={"sure": "yes"}, headers=HEADERS)
    assert done.status_code == 303
    assert front.book.said(report) is None and front.book.find(report.number).is_erased
    assert "are erased" in front.receipt(report) and "Taken up" in front.receipt(report)
    assert "What it said is erased" in front.task(front.people[0], report)
    front.record(front.people[0], "accepted", case)
    assert "Complaint accepted" in front.receipt(report)
    assert client.post("/report/R2612027K3QX9M2/erase", headers=HEADERS).status_code == 404


@pytest.mark.parametrize("how", ["case", "note", "open"])
def test_it_is_erased_when_its_time_is_over_and_no_sooner(front, how):
    report = front.reported()
    now, kept = front.ledger.now(), kept_for("reports")
    if how == "note":
        micro = int(now.timestamp() * 1_000_000)
        note = Note(key_of(report), "done", None, None, "x", front.office.uri, micro)
        NoteBook(front.ledger.database.engine).put(note)
    else:
        case = front.take_up(report)
        front.record(front.office, "refused", case, said={"ground": "late", "reason": "x"})
        if how == "case":
            front.record(front.office, "closed", case)
    handling.retire(front.ledger, now + kept - DAY)
    assert front.book.said(front.book.find(report.number)) is not None
    gone = handling.retire(front.ledger, now + kept + DAY)
    is_open = how == "open"
    assert gone == (not is_open)
    assert (front.book.said(front.book.find(report.number)) is not None) == is_open


def test_what_strangers_answer_in_a_hidden_case_is_not_read_and_not_told(front):
    report = front.reported()
    case = front.take_up(report)
    for actor in (front.world.party("乙"), front.world.party("A 区 13 号")):
        body = {**acts.case_answer(case, "answered"), "said": {"answer": "骗人的"}}
        stated, stored = leave_out(body, ["/said"])
        kept = [Kept(text, actor.uri, Audience.of(front.office.uri)) for text in stored]
        front.ledger.write(actor.pen, [Draft(statement=stated)], disclosures=kept)
    assert "骗人的" not in front.receipt(report)
    assert "骗人的" not in front.read(front.office, case).text


def test_of_many_answers_of_the_stall_the_receipt_has_the_newest_in_bounds(front):
    """Whatever it signs as its answer: markup, a list, more than a page holds."""
    report = front.reported()
    case = front.take_up(report)
    for answer in ("第一次", ["x"], {"<b>": 1}, "<script>alert(1)</script>" + "长" * 9_000):
        body = {**acts.case_answer(case, "answered"), "said": {"answer": answer}}
        stated, stored = leave_out(body, ["/said"])
        kept = [Kept(text, front.stall.uri, Audience.of(front.office.uri)) for text in stored]
        front.ledger.write(front.stall.pen, [Draft(statement=stated)], disclosures=kept)
        page = english(front.client(), f"/report/{complaints.shown(report.number)}")
        assert "<script>alert" not in page and "<b>'" not in page
    assert page.count("Answered by the trader") == 2, "in the heading, and where it stands"
    assert 1_900 < page.count("长") <= 2_000 and "第一次" not in page


def test_a_shop_sees_its_inspections_on_the_same_page(front):
    answer = front.draft(front.people[0], "inspections/draft", **front.inspection())
    assert answer.status_code == 200, answer.text
    front.write(front.people[0], answer, front.ledger.pen(front.office.uri, front.people[0].signer))
    page = english(front.client(front.stall), "/cases")
    assert 'id="inspections"' in page
    assert 'id="inspections"' not in english(front.client(front.world.party("乙")), "/cases")
    assert 'id="inspections"' not in english(front.client(front.office), "/cases")


def test_the_table_tells_a_reporter_nothing_that_is_the_offices():
    """Nor does a receipt name a stage of which nobody is told: a clue, a penalty, publishing it."""
    told = {
        (kind.name, stage.name): set(stage.told)
        for kind in case_kinds.kinds().values()
        for stage in kind.stages.values()
        if stage.told is not None
    }
    assert {kind for kind, _stage in told} == set(handling.KINDS)
    for (kind, stage), fields in told.items():
        assert fields <= set(case_kinds.kinds()[kind].stages[stage].fields)
        assert fields <= {"words", "ground", "reason", "answer", "outcome"}
    secret = {"clue", "penalty", "published", "annulled", "withdrawn", "extended", "prolonged"}
    assert not secret & {stage for _kind, stage in told}
    assert not told["offence", "closed"] and told["offence", "not-filed"] == {"words"}
