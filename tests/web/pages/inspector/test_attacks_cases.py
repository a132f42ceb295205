"""Cases under attack by who may sign there: the party, an officer, an inspector of another office.

All is signed by tools of their own and posted, past the drafts, which alone keep to the order.
"""

import secrets
from datetime import timedelta

import pytest
from support.ledger.world import HOST
from support.web.sampling import API, Sampling

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private import digests
from suyuan.trace.format.statements import PRIVATE
from suyuan.trace.inspection.cases import ANSWERS
from suyuan.trace.inspection.followup.inspection_plans import TASK

PAGES = ("/cases", "/inspect", "/inspect/queue", "/inspect/levels", f"{API}/cases", f"{API}/tasks")


def new_case():
    return codes.uri_of(codes.new(), HOST, "case")


class Desk(Sampling):
    def __init__(self, world):
        super().__init__(world)
        other = world.party("翔安分局", "office", division="350213")
        self.foreigner = self.person(other, "别局")

    def signed(self, actor, body, **said):
        answer, _ = self.hand_in(actor, body, said)
        assert answer.status_code == 201, answer.text

    def answered(self, case, by=None, **said):
        self.signed(by or self.stall, acts.case_answer(case, "answered"), **said)

    def stages(self, case, by=None):
        return [(one["stage"], one["actor"]) for one in self.of(case, by)["stages"]]

    def of(self, case, by=None):
        return self.read(by or self.office, case).json

    def opens(self):
        """How all pages of the office and of the stall answer."""
        every = [(self.people[0], path) for path in PAGES] + [(self.stall, "/cases")]
        return {self.client(who).get(path).status_code for who, path in every}


@pytest.mark.parametrize("day", ["9999-12-31", "2099-12-31", "0001-01-01", ["x"]])
def test_no_day_that_a_stage_has_not_by_the_table_moves_a_clock(desk, day):
    case = desk.sheet()
    desk.answered(case, stage="objected", request="x", due=day, received=day)
    stated = {"sheet": "X", "due": day, "received": day}
    desk.signed(desk.foreigner, acts.case_open(new_case(), "sample", desk.stall.uri), **stated)
    desk.signed(desk.foreigner, acts.case_open(new_case(), "complaint"), received=day, due=day)
    assert desk.opens() == {200}
    now = desk.ledger.now()
    ends = [one["due"] for one in desk.of(case)["clocks"]]
    assert ends and all(f"{now:%Y}" <= end < f"{now + timedelta(days=400):%Y-%m}" for end in ends)


@pytest.mark.parametrize("by", [-1_000_000_000, 10**12, "9", 1.5, True, None])
def test_no_lengthening_of_another_form_counts(desk, by):
    case, _ = desk.failed()
    before = desk.of(case)["clocks"]
    body = acts.case_record(case, "recorded")
    desk.signed(desk.people[0], body, stage="extended", by=by, reason="x")
    assert desk.opens() == {200}
    assert [one["due"] for one in desk.of(case)["clocks"]] == [one["due"] for one in before]


def test_a_party_answers_in_its_turn_or_under_no_name(desk):
    """Else it would stand in the way of the result, and be in time 40 days late."""
    case = desk.sheet()
    desk.answered(case, stage="retest-asked", request="x")
    assert desk.stages(case)[1:] == [("answered", desk.stall.uri)]
    assert {"failed", "passed", "delivered"} <= set(desk.of(case, desk.people[0])["next"])
    desk.record(desk.people[0], "failed", case, said={"report": "J"})
    day = desk.day(0)
    desk.record(desk.people[0], "notified", case, said={"served_on": day})
    now = desk.ledger.now()
    desk.ledger.clock = lambda: now + timedelta(days=40)
    desk.answered(case, stage="retest-asked", request="x", received=day)
    (asked,) = [one for one in desk.of(case)["clocks"] if "retest-asked" in one["until"]]
    assert asked["met"] > asked["due"]
    quick = desk.record(
        desk.people[0], "opened", kind="quick", party=desk.stall.uri,
        said={"item": desk.code, "method": "m", "items": "i"},
    )  # fmt: skip
    late = desk.ledger.now() + timedelta(days=1)
    desk.ledger.clock = lambda: late
    desk.answered(quick, stage="retest-asked", request="x")
    assert desk.stages(quick)[1:] == [("answered", desk.stall.uri)]


@pytest.mark.parametrize("word", ["opened", "assigned", "closed", "document-withdrawn", "failed"])
def test_no_word_makes_a_stage_of_what_is_none(desk, word):
    """Neither a party's answer, nor what an officer records without closing or handing over."""
    case = desk.sheet()
    desk.signed(desk.stall, acts.case_answer(case, word), answer="x")
    desk.signed(desk.stall, acts.case_answer(case, "answered"), stage=word)
    if word in {"opened", "assigned", "closed"}:
        desk.signed(desk.people[0], acts.case_record(case, word), outcome="x")
    names = [name for name, _ in desk.stages(case)]
    assert names[:3] == ["opened", "answered", "answered"] and names[3:] in ([], ["recorded"])
    assert "delivered" in desk.of(case)["next"] and desk.of(case)["clocks"]


def test_nobody_else_answers_for_the_party(desk):
    case = desk.sheet()
    market = desk.world.registrar("350206")
    other = desk.world.party("冒名", "stall", by=market, part_of=desk.office.uri)
    for who in (desk.people[0], desk.office, other):
        answer, _ = desk.hand_in(
            who, acts.case_answer(case, "answered"), {"stage": "agreed", "answer": "x"}
        )
        assert answer.status_code in (201, 403, 422), answer.text
    assert [name for name, _ in desk.stages(case)] == ["opened"]


def test_a_party_s_first_answers_count_and_no_flood(desk):
    case = desk.sheet()
    desk.answered(case, stage="agreed", answer="first")
    for n in range(ANSWERS + 5):
        desk.answered(case, stage="objected", request=f"{n}")
    assert len(desk.stages(case)) == 1 + ANSWERS
    assert desk.of(case, desk.stall)["next"] == []
    assert desk.stage(desk.stall, "objected", case, said={"request": "x"}).status_code == 409


def test_what_was_countersigned_stays_what_it_was(desk):
    """Two disclosures of one field: the first that was kept counts, another is refused."""
    one, two = desk.people
    sheets = [{"sheet": "XC9", "second": two.uri, "product": word} for word in ("A", "B")]
    for _ in range(6):  # either may have the smaller digest
        good, evil = (digests.disclosure("/said", said, secrets.token_bytes(16)) for said in sheets)
        case = new_case()
        private = {PRIVATE: digests.commitment([good, evil])}
        body = {**acts.case_open(case, "sample", desk.stall.uri), **private}
        assert desk.hand_in(one, body, stored=[good, evil])[0].status_code == 400
        answer, sent = desk.hand_in(one, body, stored=[good])
        assert answer.status_code == 201, answer.text
        desk.record(two, "countersigned", case)
        client, other = desk.client(one), [{**sent["disclosures"][0], "disclosure": evil}]
        again = client.post(f"{API}/links", json=sent | {"disclosures": other})
        assert (again.status_code, "is kept here" in again.json["detail"]) == (400, True)
        assert client.post(f"{API}/links", json=sent).status_code == 200
        digest = digests.digest(good)
        first = desk.of(case)["stages"][0]
        assert first["said"]["product"] == "A"
    erasing = acts.statement("erasure", first["index"], answer.json["hash"], [digest], None)
    assert desk.hand_in(one, erasing, stored=[])[0].status_code == 201
    again = client.post(f"{API}/links", json=sent | {"disclosures": other})
    assert again.status_code == 400 and "product" not in desk.of(case)["stages"][0]["said"]


def test_a_sheet_without_its_words_is_countersigned_by_nobody(desk):
    case, third = new_case(), desk.person(desk.office, "第三人")
    body, _ = digests.leave_out(
        {**acts.case_open(case, "sample", desk.stall.uri), "said": {"sheet": "X"}}, ["/said"]
    )
    assert desk.hand_in(desk.people[0], body, stored=[])[0].status_code == 201
    assert desk.stage(third, "countersigned", case).status_code == 409
    desk.signed(third, acts.case_record(case, "recorded"), stage="countersigned")
    assert [name for name, _ in desk.stages(case)] == ["opened", "recorded"]
    assert "second officer" in desk.of(case)["sheet_fault"]
    assert desk.of(desk.sheet())["sheet_fault"] is None


def test_what_was_told_to_offices_alone_the_party_does_not_read(desk):
    for kind, said in (
        ("complaint", {"received": desk.day(0)}),
        ("sample", None),
    ):
        one = desk.people[0]
        case = (
            desk.record(one, "opened", kind=kind, party=desk.stall.uri, said=said)
            if said else desk.sheet()
        )  # fmt: skip
        to = {"to": desk.world.authority.uri, "reason": "投诉人南宫适"}
        desk.record(one, "assigned", case, said=to)
        assert "南宫适" in desk.page(desk.office, case)
        assert [name for name, _ in desk.stages(case, desk.stall)] == ["opened", "assigned"]
        seen = desk.page(desk.stall, case) + desk.read(desk.stall, case).text
        assert "南宫适" not in seen + desk.client(desk.stall).get(f"{API}/cases").text


def test_a_case_that_another_office_hands_over_is_none_of_its_plans_nor_its_work(desk):
    one, until = desk.people[0], desk.day(30)
    said = {"inspection": "unannounced", "period": "12", "number": "9"}
    plan = desk.record(one, "opened", kind="inspections", until=until, said=said)

    def seen():
        drafted = desk.draft(one, "inspections/plan/draft", plan=plan, count=50)
        table = desk.client(desk.office).get("/inspectors?lang=en").text
        return desk.stall.uri in drafted.text, table.partition("<table")[2].partition("</table>")[0]

    before = seen()
    for kind, party, said in (
        (
            TASK,
            None,
            {"inspection": "unannounced", "due": until, "plan": plan, "party": desk.stall.uri},
        ),
        ("order", desk.stall.uri, {"act": "x", "basis": "y"}),
    ):
        case = new_case()
        named = {"until": until} if party else {}
        desk.signed(desk.foreigner, acts.case_open(case, kind, party, **named), **said)
        desk.signed(desk.foreigner, acts.case_assign(case, desk.office.uri), reason="x")
    assert before[0] and seen() == before
