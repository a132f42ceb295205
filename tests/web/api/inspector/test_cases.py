"""Cases: opened, gone on with and closed by an office, answered in by a party, read by both."""

import re
from datetime import timedelta

import pytest
from support.web.client import english
from support.web.offices import Office

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private import digests
from suyuan.trace.format.rules import Refused
from suyuan.trace.inspection import cases
from suyuan.trace.inspection.case_kinds import fields, kinds

API = "/api/v1"
ACT, BASIS = "冷柜温度过高", "食品安全法第五十四条"
DAY = timedelta(days=1)


class Desk(Office):
    """An office whose people open an order to correct about a stall."""

    def stage(self, actor, stage, case=None, **more):
        """The answer to a draft of a stage."""
        said = more.pop("said", {})
        body = {"stage": stage, "said": said, **more}
        return self.draft(actor, "cases/draft", **body, **({"case": case} if case else {}))

    def record(self, actor, stage, case=None, **more):
        """A stage, signed and recorded; the case's URI."""
        answer = self.stage(actor, stage, case, **more)
        assert answer.status_code == 200, answer.text
        self.write(actor, answer)
        return answer.json["case"]

    def order(self, actor=None, **more):
        said = {"act": ACT, "basis": BASIS} | more.pop("said", {})
        more = {"kind": "order", "party": self.stall.uri, "until": self.day()} | more
        return self.record(actor or self.people[0], "opened", said=said, **more)

    def read(self, actor, case):
        return self.client(actor).get(f"{API}/cases/{case.rsplit('/', 1)[1]}")


def test_an_order_to_correct_from_its_opening_to_its_close(desk):
    """A person opens it, the stall answers, another inspects again, the office closes it."""
    case = desk.order()
    for actor in (*desk.people, desk.office, desk.stall):
        found = desk.read(actor, case).json
        assert (found["kind"], found["party"]) == ("order", desk.stall.uri)
        assert found["stages"][0]["said"] == {"act": ACT, "basis": BASIS}
        assert [clock["after"] for clock in found["clocks"]] == ["opened"]
    assert desk.read(desk.stall, case).json["next"] == ["corrected"]
    desk.record(desk.stall, "corrected", case, said={"answer": "已调低"})
    assert "closed" not in desk.read(desk.office, case).json["next"]
    desk.record(desk.people[1], "inspected-again", case, said={"result": "corrected"})
    desk.record(desk.office, "closed", case)
    found = desk.read(desk.people[0], case).json
    assert [one["stage"] for one in found["stages"]] == [
        "opened", "corrected", "inspected-again", "closed",
    ]  # fmt: skip
    assert [one["actor"] for one in found["stages"]] == [
        desk.people[0].uri, desk.stall.uri, desk.people[1].uri, desk.office.uri,
    ]  # fmt: skip
    assert found["is_closed"] and "closed" not in found["next"]
    assert desk.client(desk.office).get(f"{API}/cases").json["cases"] == []
    (one,) = desk.client(desk.office).get(f"{API}/cases?all=true").json["cases"]
    assert one == found


def test_what_a_stage_says_stands_in_no_entry_and_is_the_offices_and_the_partys(desk):
    case = desk.order()
    other, stranger = (
        desk.world.party("翔安分局", "office", division="350213"),
        desk.world.party("乙"),
    )
    with desk.ledger.reading() as reader:
        entries = b"".join(row.entry for row in reader.links(0, reader.size()))
    assert ACT.encode() not in entries
    for actor in (other, stranger):
        assert desk.read(actor, case).status_code == 404
        assert desk.client(actor).get(f"{API}/cases?all=true").json["cases"] == []
    assert desk.client().get(f"{API}/cases").status_code == 401
    (mine,) = desk.client(desk.stall).get(f"{API}/cases").json["cases"]
    assert mine["case"] == case


@pytest.mark.parametrize(
    ("more", "field", "why"),
    [
        ({"said": {"act": ""}}, "act", "needed"),
        ({"said": {"basis": "x" * 2_001}}, None, "2,000"),
        ({"said": {"basis": "x" * 10_001}}, None, "10000"),
        ({"said": {"served_how": "dove"}}, "served_how", "list"),
        ({"said": {"penalty": "x"}}, "penalty", "no such field"),
        ({"until": ""}, "until", "day"),
        ({"until": "2020-01-01"}, "until", "today"),
        ({"kind": "party"}, "kind", "one of"),
        ({"party": "urn:x:nobody"}, "party", "remit"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field(desk, more, field, why):
    said = {"act": ACT, "basis": BASIS} | more.get("said", {})
    body = {"kind": "order", "party": desk.stall.uri, "until": desk.day()} | more | {"said": said}
    answer = desk.stage(desk.people[0], "opened", **body)
    assert answer.status_code == 422, answer.text
    assert field in (None, answer.json.get("field")), answer.text
    assert why in answer.text


def test_nobody_else_opens_one_or_goes_on_with_it(desk):
    """Neither by the draft, nor past it by a link of its own."""
    case = desk.order()
    other = desk.world.party("翔安分局", "office", division="350213")
    for actor, status in ((desk.stall, 403), (desk.world.party("乙"), 403)):
        answer = desk.stage(actor, "opened", kind="order", party=desk.stall.uri)
        assert answer.status_code == status
    assert desk.stage(other, "closed", case).status_code == 404
    assert desk.stage(desk.stall, "closed", case).status_code == 409
    assert desk.stage(desk.office, "closed", case).status_code == 409  # nobody looked again yet
    for actor in (other, desk.stall):
        for said in (acts.case_record(case, "inspected-again"), acts.case_close(case)):
            with pytest.raises(Refused, match="authority"):
                desk.ledger.write(actor.pen, [Draft(statement=said)])
    said = acts.case_open(f"{case[:-1]}0", "order", desk.stall.uri)
    with pytest.raises(Refused, match="authority"):
        desk.ledger.write(desk.stall.pen, [Draft(statement=said)])


def test_what_strangers_answer_is_not_read(desk):
    case, stranger = desk.order(), desk.world.party("乙")
    for _ in range(3):
        desk.ledger.write(stranger.pen, [Draft(statement=acts.case_answer(case, "corrected"))])
    assert [one["stage"] for one in desk.read(desk.office, case).json["stages"]] == ["opened"]


def test_one_handed_to_another_office_is_that_ones(desk):
    case = desk.order()
    other = desk.world.party("翔安分局", "office", division="350213")
    desk.world.say(desk.people[0], acts.case_assign(case, other.uri))
    found = desk.read(other, case).json
    assert found["office"] == other.uri
    assert [one["stage"] for one in found["stages"]] == ["opened", "assigned"]
    assert desk.stage(desk.office, "inspected-again", case,
                      said={"result": "corrected"}).status_code == 409  # fmt: skip
    desk.record(other, "inspected-again", case, said={"result": "corrected"})
    desk.world.say(desk.world.authority, acts.case_record(case, "supervised"))
    found = desk.read(desk.world.authority, case).json
    assert [one["stage"] for one in found["stages"]][2:] == ["inspected-again", "supervised"]


def test_the_one_whom_a_complaint_is_about_stands_in_no_clear_member(desk):
    case = desk.record(desk.people[0], "opened", kind="complaint", party=desk.stall.uri)
    with desk.ledger.reading() as reader:
        entry = reader.links(reader.size() - 1, reader.size())
        (row,) = list(entry)
    assert desk.stall.uri.encode() not in row.entry
    assert desk.read(desk.stall, case).status_code == 200
    desk.record(desk.stall, "answered", case, said={"answer": "已退款"})
    offence = desk.record(desk.people[0], "opened", kind="offence", party=desk.stall.uri)
    assert desk.read(desk.stall, offence).status_code == 404


def test_what_an_office_shows_is_everyones_until_its_day_or_until_it_is_taken_back(desk):
    """On its last day it is still everyone's, on the next it is not; a clock put back shows it."""
    case = desk.order()
    with desk.ledger.reading() as reader:
        index = reader.size() - 1
        link = reader.parsed(index)

    def shown():
        with desk.ledger.reading() as reader:
            return {row.audience.kind for row in desk.ledger.disclosures.of_link(reader, link)}

    assert shown() == {"named"}
    desk.record(desk.office, "published", case, until=desk.day(3), shows=[index])
    assert shown() == {"public"}
    now = desk.ledger.now()
    for days, kind in ((3, "public"), (4, "named"), (0, "public")):
        desk.ledger.clock = lambda days=days: now + days * DAY
        assert shown() == {kind}
    desk.record(desk.office, "withdrawn", case, shows=[index])
    assert shown() == {"named"}


def test_a_strangers_statement_shows_nothing(desk):
    stranger, case = desk.world.party("乙"), desk.order()
    with desk.ledger.reading() as reader:
        index, link = reader.size() - 1, reader.parsed(reader.size() - 1)
    shows = [{"index": index, "hash": link.hash, "digests": sorted(digests.committed(link))[:1]}]
    said = acts.case_record(case, "published", shows=shows)
    with pytest.raises(Refused, match="authority"):
        desk.ledger.write(stranger.pen, [Draft(statement=said)])


def test_the_pages_say_it_in_words(desk):
    case = desk.order()
    code = case.rsplit("/", 1)[1]
    for actor in (desk.people[0], desk.stall):
        page = english(desk.client(actor), f"/cases/{code}")
        assert ACT in page and "Order served" in page
        assert "The result of the inspection is public" in page
        assert re.search(r"SAMR Order 49 of 2021, arts\. 39", page)
    assert "Inspected again" in english(desk.client(desk.office), f"/cases/{code}")
    assert "Said to be corrected" in english(desk.client(desk.stall), f"/cases/{code}")
    listed = english(desk.client(desk.office), "/cases?kind=order")
    assert code[:4] in listed and "Order served" in listed
    assert code[:4] not in english(desk.client(desk.office), "/cases?kind=sample")
    new = english(desk.client(desk.office), f"/cases/new?kind=order&party={desk.stall.uri}")
    assert "What was done" in new


def test_the_tables_name_only_what_there_is():
    for kind in kinds().values():
        assert "opened" in kind.stages and "closed" in kind.stages
        for stage in kind.stages.values():
            assert set(stage.needs) <= set(stage.fields) <= set(fields())
            assert {name for name, _ in cases._after(stage)} <= set(kind.stages)
            assert (not stage.after) == (stage.name == "opened")
    texts: dict[str, set[str]] = {}
    for kind in kinds().values():
        for stage in kind.stages.values():
            texts.setdefault(stage.name, set()).add(str(stage.text))
    assert {name for name, said in texts.items() if len(said) > 1} == {"opened"}


def test_an_open_case_is_a_task_until_it_is_closed(desk):
    """Of its office and of who looks after the party; what is due by law is its due day."""
    case = desk.order()
    other = desk.world.party("翔安分局", "office", division="350213")

    def tasks(actor):
        found = desk.client(actor).get(f"{API}/tasks?source=case").json["tasks"]
        return [(one["key"], one["due"], one["party"]) for one in found]

    (task,) = tasks(desk.people[1])
    assert (task[0].split(":")[0], task[2]) == ("case", desk.stall.uri)
    assert task[1] is not None
    assert tasks(desk.office) == tasks(desk.world.authority) == [task]
    assert tasks(other) == []
    page = english(desk.client(desk.office), f"/inspect/task?key={task[0]}")
    assert "Order to correct" in page and f"/cases/{case.rsplit('/', 1)[1]}" in page
    desk.record(desk.office, "inspected-again", case, said={"result": "corrected"})
    desk.record(desk.office, "closed", case)
    assert tasks(desk.office) == []


def test_an_office_shows_nothing_of_whom_it_does_not_look_after(desk):
    """Else one inspector's key would lay open what everybody in the ledger hides."""
    other, case = desk.world.party("翔安分局", "office", division="350213"), desk.order()
    with desk.ledger.reading() as reader:
        index, link = reader.size() - 1, reader.parsed(reader.size() - 1)
    theirs = f"{case[:-1]}{'0' if case[-1] != '0' else '1'}"
    shows = [{"index": index, "hash": link.hash, "digests": sorted(digests.committed(link))}]
    desk.world.say(other, acts.case_open(theirs, "order"))
    desk.world.say(other, acts.case_record(theirs, "published", shows=shows))
    desk.ledger.followers.catch_up()
    with desk.ledger.reading() as reader:
        found = desk.ledger.disclosures.of_link(reader, link)
    assert {row.audience.kind for row in found} == {"named"}


def levels(desk):
    """Offices above a district, in a sub-district of it, and of another district."""
    world = desk.world
    return {
        name: world.party(name, "office", division=division)
        for name, division in (
            ("省局", "350000"), ("市局", "350200"), ("所", "350206001"), ("别区", "350213"),
        )
    }  # fmt: skip


def test_an_office_hands_its_case_down_and_is_handed_it_back(desk):
    case, around = desk.order(), levels(desk)
    said = {"to": around["所"].uri, "reason": "就近复查"}
    page = english(desk.client(desk.people[0]), f"/cases/{case.rsplit('/', 1)[1]}")
    offered = set(re.findall(r'<option value="(https[^"]+)"', page))
    assert {around[name].uri for name in ("省局", "市局", "所")} <= offered
    assert not {desk.office.uri, around["别区"].uri} & offered
    desk.record(desk.people[0], "assigned", case, said=said)
    found = desk.read(around["所"], case).json
    assert found["office"] == around["所"].uri and "inspected-again" in found["next"]
    assert found["stages"][-1]["said"] == {"reason": "就近复查"}
    assert "inspected-again" not in desk.read(desk.office, case).json["next"]
    for actor in (desk.office, desk.people[0], around["市局"]):  # whose it is no more, or never was
        assert desk.stage(actor, "assigned", case, said=said).status_code == 409
        with pytest.raises(Refused, match="authority"):
            desk.ledger.write(actor.pen, [Draft(statement=acts.case_assign(case, desk.office.uri))])
    up = {"to": desk.office.uri, "reason": "案情复杂"}
    desk.record(around["所"], "assigned", case, said=up)
    assert desk.read(desk.office, case).json["office"] == desk.office.uri
    with desk.ledger.reading() as reader:
        entries = b"".join(row.entry for row in reader.links(0, reader.size()))
    assert "案情复杂".encode() not in entries


def test_a_case_is_handed_to_offices_above_and_below_alone_and_with_a_reason(desk):
    case, around = desk.order(), levels(desk)
    desk.record(desk.office, "assigned", case, said={"to": around["所"].uri, "reason": "x"})
    here = around["所"]
    for to, field in (
        (around["别区"].uri, "to"), (desk.stall.uri, "to"), (here.uri, "to"), ("x", "to"),
        ("", "to"), (around["市局"].uri, "reason"),
    ):  # fmt: skip
        answer = desk.stage(here, "assigned", case, said={"to": to, "reason": ""})
        assert answer.status_code == 422 and field in answer.text, answer.text
        fields_wrong = {one["field"] for one in answer.json["mistakes"]}
        assert field in fields_wrong, answer.text
    assert desk.stage(desk.stall, "assigned", case, said={}).status_code == 409
    assert desk.stage(desk.world.party("乙"), "assigned", case, said={}).status_code == 404
    desk.record(here, "inspected-again", case, said={"result": "corrected"})
    desk.record(here, "closed", case)
    said = {"to": around["市局"].uri, "reason": "x"}
    assert desk.stage(here, "assigned", case, said=said).status_code == 409
    assert "do-assigned" not in english(desk.client(here), f"/cases/{case.rsplit('/', 1)[1]}")
