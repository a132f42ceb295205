"""The second officer of a sheet: another one of the office when it was signed, offline or not."""

import io
from datetime import timedelta

from openpyxl import load_workbook
from support.ledger.world import HOST, World
from support.web.client import english
from support.web.sampling import API, Sampling

from suyuan.keys.validity import valid_keys
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.inspectors import ending

WRONG = "is not another one of this office on that day"
REPORTED = "The laboratory has reported: record its result."
SECOND = "Sheet signed by the second officer"


class Desk(Sampling):
    """Sheets as a phone without a network makes them: nothing here has seen what they say."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stranger = self.person(world.party("翔安分局", "office", division="350213"), "别局")

    def signed(self, second):
        uri = codes.uri_of(codes.new(), HOST, "case")
        said = {"sheet": "XC009"} | ({} if second is None else {"second": second})
        body = acts.case_open(uri, "sample", self.stall.uri)
        statement, stored = leave_out({**body, "said": said}, ["/said"])
        return uri, Draft(statement=statement), stored

    def handed_in(self, actor, second):
        """As the outbox hands it in; the case's URI, and the answer."""
        uri, draft, stored = self.signed(second)
        audience = [self.office.uri, self.stall.uri]
        hidden = [{"disclosure": text, "audience": audience} for text in stored]
        body = {"entry": actor.pen.sign(draft).decode(), "disclosures": hidden}
        actor.pen.forget()
        return uri, self.client(actor).post(f"{API}/links", json=body)

    def written(self, actor, second):
        """As somebody's own tool puts it in, past the route."""
        uri, draft, stored = self.signed(second)
        audience = Audience.of(self.office.uri, self.stall.uri)
        kept = [Kept(text, actor.uri, audience) for text in stored]
        self.ledger.write(actor.pen, [draft], disclosures=kept)
        self.ledger.followers.catch_up()
        return uri


def test_a_sheet_from_the_outbox_names_another_officer_of_the_same_office(desk):
    """The attack: oneself, nobody, a stall, another office's, the office, whatever is no name."""
    one, two = desk.people
    for second in (one.uri, None, "", desk.stall.uri, desk.stranger.uri, desk.office.uri, ["x"]):
        _, answer = desk.handed_in(one, second)
        assert (answer.status_code, WRONG in answer.text) == (400, True), second
    uri, answer = desk.handed_in(one, two.uri)
    assert answer.status_code == 201, answer.text
    assert WRONG not in desk.page(one, uri)


def test_what_was_put_in_past_the_route_says_so_on_its_page(desk):
    for second in (desk.people[0].uri, desk.stranger.uri, None, {"a": 1}):
        assert WRONG in desk.page(desk.office, desk.written(desk.people[0], second))


def test_both_are_in_office_when_it_was_signed_not_when_it_is_read(desk):
    one, two = desk.people
    before = desk.written(one, two.uri)
    now = desk.ledger.now()
    desk.ledger.clock = lambda: now + timedelta(hours=30)
    with desk.ledger.reading() as reader:
        stated = ending(reader, desk.office.uri, two.uri)
    desk.world.say(desk.office, *stated)
    desk.ledger.clock = lambda: now + timedelta(hours=60)
    assert WRONG not in desk.page(desk.office, before)
    after = desk.written(one, two.uri)
    assert WRONG in desk.page(desk.office, after)
    assert desk.handed_in(one, two.uri)[1].status_code == 400
    desk.ledger.clock = lambda: now + timedelta(days=400)  # the certificate's day is over
    assert WRONG in desk.page(desk.office, after) and WRONG not in desk.page(desk.office, before)


def test_who_has_no_key_is_no_second_and_hinders_nobody(desk):
    """The mandate of a colleague without a key stands: who is alone hands its sheets in."""
    one, two = desk.people
    before, now = desk.written(one, two.uri), desk.ledger.now()
    desk.ledger.clock = lambda: now + timedelta(hours=30)
    with desk.ledger.reading() as reader:
        keys = valid_keys(reader, two.uri, reader.size())
    desk.world.say(desk.office, *(acts.revoke(two.uri, key) for key in keys))
    desk.ledger.clock = lambda: now + timedelta(hours=60)
    assert desk.handed_in(one, None)[1].status_code == 201
    assert desk.handed_in(one, two.uri)[1].status_code == 400
    assert WRONG not in desk.page(desk.office, before)


def test_who_is_of_another_office_since_was_of_this_one_then(desk):
    one, two = desk.people
    before, now = desk.written(one, two.uri), desk.ledger.now()
    desk.ledger.clock = lambda: now + timedelta(hours=30)
    other = desk.world.party("集美二分局", "office")
    moved = acts.admit(two.uri, "陈志远", ["inspector"], "350206", part_of=other.uri, op="change")
    desk.world.say(desk.world.authority, moved)
    desk.ledger.clock = lambda: now + timedelta(hours=60)
    assert WRONG not in desk.page(desk.office, before)
    assert desk.handed_in(one, two.uri)[1].status_code == 400
    assert desk.handed_in(one, None)[1].status_code == 201


def test_only_the_second_officer_countersigns_and_only_once(desk):
    one, two = desk.people
    third = desk.person(desk.office, "第三人")
    case = desk.sheet()
    forms = {actor.uri: 'id="do-countersigned"' in desk.page(actor, case)
             for actor in (one, two, third, desk.office)}  # fmt: skip
    assert [uri for uri, is_offered in forms.items() if is_offered] == [two.uri]
    for actor in (one, third, desk.office):  # by their own tools
        body = acts.case_record(case, "recorded")
        statement, stored = leave_out({**body, "said": {"stage": "countersigned"}}, ["/said"])
        kept = [Kept(text, actor.uri, Audience.of(desk.office.uri)) for text in stored]
        desk.ledger.write(actor.pen, [Draft(statement=statement)], disclosures=kept)
    assert SECOND not in desk.page(one, case).split('id="stages"')[1].split("</ol>")[0]
    desk.record(two, "countersigned", case)
    assert SECOND in desk.page(one, case).split('id="stages"')[1].split("</ol>")[0]
    assert 'id="do-countersigned"' not in desk.page(two, case)
    assert desk.stage(two, "countersigned", case).status_code == 409


def test_the_office_is_told_what_waits_until_it_is_taken_up(desk):
    """A signature that lacks, and a laboratory's report, until somebody records what it found."""
    desk.written(desk.people[0], None)  # names nobody
    case = desk.sheet()
    assert desk.waits() == ["countersigned"]
    assert desk.waits(desk.stranger) == desk.waits(desk.world.authority) == []
    desk.reported()
    assert desk.waits() == ["reported", "countersigned"]
    desk.record(desk.people[1], "countersigned", case)
    assert desk.waits() == ["reported"]
    desk.record(desk.people[1], "delivered", case, said={"laboratory": desk.laboratory.uri})
    page = english(desk.client(desk.people[1]), "/inspect/queue?source=case")
    assert "The laboratory reports" in page and "may object" not in page
    data = desk.client(desk.people[1]).get("/inspect/queue?source=case&lang=en&format=xlsx").data
    told = {row[2] for row in load_workbook(io.BytesIO(data)).active.values}
    assert {f"Sample; {REPORTED}", "Sample; The laboratory reports"} <= told
    desk.record(desk.office, "failed", case, said={"report": "JB-7788"}, hold=True)
    assert desk.waits() == []
