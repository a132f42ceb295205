"""Data shares: granted by an office, fetched by another agency's key, every page noted down."""

import base64
import io
import json
import random
import re
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from support.ledger.world import HOST, ROOT, Actor, World, days_ago, event
from support.web.client import change, chinese, client_of, english
from support.web.offices import Office

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.evidence import receipt_check
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import link_hash, parse
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.case_kinds import fields
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.beside.office.deliveries import deliveries
from suyuan.trace.watch.notify import shares

API, DAY = "/api/v1", timedelta(days=1)
PLANTED = ("13900139000", "王小二", "闽D88888", "12.80")
SAID = {
    "purpose": "核对生猪检疫", "allowed_by": "食品安全法第五条", "divisions": "350206",
    "categories": "meat",
    "steps": "code dispatch", "since": "2026-01-01", "gives": "records",
}  # fmt: skip


class Sharing(Office):
    """An office in 350206 with an agency, a farm in its division and one in another."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.agency = world.party("农业农村局", "gateway")
        self.farm = world.party("青山猪场", "producer")
        self.other = world.party("别区猪场", "producer", division="350213")

    def coded(self, farm: Actor, category="肉类/猪肉", product="猪肉"):
        lot = self.world.new_lot()
        ilmd = steps.coding(product, days_ago(1), 5, "350206", more={"suyuan:category": category})
        self.world.do(farm, event("code", lot, "100", extra=ilmd))
        return lot

    def asked(self, actor=None, agency=None, days=30, **said):
        body = {"kind": "share", "party": (agency or self.agency).uri, "said": {**SAID, **said}}
        who = actor or self.people[0]
        return self.draft(who, "cases/draft", until=self.day(days), **body)

    def grant(self, **more):
        answer = self.asked(**more)
        assert answer.status_code == 200, answer.text
        self.write(more.get("actor") or self.people[0], answer)
        return answer.json["code"]

    def page(self, code, actor=None, **query):
        self.ledger.followers.catch_up()
        client = self.client(actor or self.agency)
        return client.get(f"{API}/me/shares/{code}", query_string=query)

    def read(self, code, **query):
        answer = self.page(code, **query)
        assert answer.status_code == 200, answer.text
        head, *lines = map(json.loads, answer.text.splitlines())
        assert head["count"] == len(lines)
        return head, lines

    def all(self, code, limit=3):
        lines, after = [], ""
        while True:
            head, more = self.read(code, after=after, limit=limit)
            assert len(more) <= limit
            lines += more
            after = head["cursor"]
            if not head["is_more"]:
                return lines

    def given(self, code):
        with self.ledger.reading() as reader:
            return deliveries(reader, self.uri(code), 100)

    def uri(self, code):
        return f"https://{self.world.trust.host}/case/{code}"

    def close(self, code, actor=None):
        actor = actor or self.office
        said = {"reason": "用途已了"}
        answer = self.draft(actor, "cases/draft", case=code, stage="closed", said=said)
        assert answer.status_code == 200, answer.text
        self.write(actor, answer)


@pytest.fixture
def desk(small: World) -> Sharing:
    return Sharing(small)


def test_an_agency_reads_what_it_was_granted_and_every_line_shows_itself(desk):
    """Each is a receipt under the log's own key, and its record is the one that was signed."""
    lot = desk.coded(desk.farm)
    desk.coded(desk.other)
    desk.coded(desk.farm, category="蔬菜/叶菜", product="上海青")
    code = desk.grant()
    head, (line,) = desk.read(code)
    assert (head["share"], head["agency"]) == (desk.uri(code), desk.agency.uri)
    assert (line["party"], line["step"]) == (desk.farm.uri, "code")
    assert line["lots"] == [{"item": lot, "name": "猪肉", "category": "meat"}]
    receipt = receipt_check.parse(json.dumps(line), desk.world.trust.log)
    assert receipt.leaf.hex() == link_hash(line["entry"].encode()) == line["hash"]
    assert parse(line["entry"].encode()).actor == desk.farm.uri
    assert desk.read(code, after=head["cursor"]) == ({**head, "count": 0}, [])


def test_a_page_is_verified_offline_as_the_documents_say(desk, tmp_path, monkeypatch):
    for _ in range(3):
        desk.coded(desk.farm)
    page = desk.page(desk.grant()).text
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trust.json").write_text(desk.world.trust.to_json())
    check = re.search(r"^```py\n(.*?)^```", (ROOT / "docs/integrate.md").read_text(), re.M | re.S)[
        1
    ]
    assert check in (ROOT / "docs/integrate.zh-CN.md").read_text()
    (tmp_path / "page.jsonl").write_text(page)
    exec(check, {})
    rows = page.splitlines()
    first, last = json.loads(rows[1]), json.loads(rows[-1])
    for wrong in (
        rows[:-1],
        [*rows[:-1], json.dumps(last | {"entry": first["entry"]})],
        [*rows[:-1], json.dumps(last | {"index": first["index"]})],
        [*rows[:-1], json.dumps(last | {"hash": first["hash"]})],
    ):
        (tmp_path / "page.jsonl").write_text("\n".join(wrong))
        with pytest.raises((AssertionError, LogError)):
            exec(check, {})


def test_the_pages_are_what_a_plain_reading_of_all_records_gives(desk):
    """Random operators, food and steps, random shares: against a reference of its own."""
    rng = random.Random(15)
    divisions = ["350206", "350206001", "350206002", "350213", "350200"]
    parties = [desk.world.party(f"{n} 号", "producer", division=d)
               for n, d in enumerate(divisions * 2)]  # fmt: skip
    foods = {"肉类/猪肉": "meat", "蔬菜/叶菜": "vegetables", "水果": "fruit", "不知何物": "other"}
    records = []  # index, division, step, categories
    for _ in range(60):
        party = rng.choice(parties)
        with desk.ledger.reading() as reader:
            division = reader.party(party.uri).division
        food = [rng.choice(list(foods)) for _ in range(rng.choice([1, 1, 2]))]
        lots = [desk.coded(party, one) for one in food]
        with desk.ledger.reading() as reader:
            size = reader.size()
        records += [(size - len(lots) + n, division, "code", [one]) for n, one in enumerate(food)]
        when = desk.ledger.now()
        step, portions = (
            rng.choice(["store", "count"]),
            [steps.Portion(lot, Decimal(1), "KGM") for lot in lots],
        )
        desk.world.do(party, steps.event(step, when, portions))
        records.append((size, division, step, food))
    known = sorted(fields()["categories"].choices)
    for _ in range(12):
        parts = rng.sample(["350206", "350206001", "350206002"], rng.randint(1, 2))
        food = rng.sample(known, rng.randint(1, len(known)))
        done = rng.sample(["code", "store", "count", "sell"], rng.randint(1, 3))
        said = {
            "divisions": "、".join(parts),
            "categories": " ".join(food),
            "steps": " ".join(done),
        }
        code = desk.grant(**said, gives=rng.choice(["places", "records"]))
        wanted = [
            (index, sorted(set(map(foods.get, of)) & set(food)))
            for index, division, step, of in records
            if any(division.startswith(part) for part in parts)
            and step in done
            and set(map(foods.get, of)) & set(food)
        ]
        lines = desk.all(code, rng.randint(1, 9))
        assert [
            (o["index"], sorted({lot["category"] for lot in o["lots"]})) for o in lines
        ] == wanted
        for line in lines:
            of = next(row[3] for row in records if row[0] == line["index"])
            assert line["entry"] is None or set(map(foods.get, of)) <= set(food)


def test_nothing_hidden_no_person_and_nothing_typed_freely_leaves_with_a_record(desk):
    lot = desk.coded(desk.farm)
    sent = event("dispatch", lot, "30", sender=desk.farm.uri, recipient=desk.stall.uri)
    planted = {
        "suyuan:driver": PLANTED[0],
        "suyuan:vehicle": PLANTED[2],
        "suyuan:price": PLANTED[3],
    }
    hidden, stored = leave_out(sent | planted, [f"/{name}" for name in planted])
    kept = [Kept(text, desk.farm.uri, Audience.read("own")) for text in stored]
    desk.ledger.write(desk.farm.pen, [Draft(event=hidden)], disclosures=kept)
    desk.world.do(desk.farm, sent | {"suyuan:recipient": {"name": PLANTED[1]}})
    desk.world.do(
        desk.farm, sent | {"bizTransactionList": [{"bizTransaction": f"urn:x:{PLANTED[0]}"}]}
    )
    for odd in ({"_sd": [PLANTED[1]] * 8}, {"note": PLANTED[1]}, PLANTED[1]):
        desk.world.do(desk.farm, sent | {"suyuan:private": odd})
    code = desk.grant(gives="records")
    answer = desk.page(code)
    entries = [json.loads(line).get("entry") for line in answer.text.splitlines()[1:]]
    assert [entry is not None for entry in entries] == [True, True] + 5 * [False]
    payload = base64.b64decode(json.loads(entries[1])["payload"])
    assert b"suyuan:private" in payload
    assert not [word for word in PLANTED if word in answer.text or word.encode() in payload]
    places = desk.page(desk.grant(gives="places"))
    assert not [line for line in places.text.splitlines()[1:] if json.loads(line)["entry"]]


def test_what_an_office_records_and_what_persons_say_is_no_part_of_a_share(desk):
    """An inspection, a sample's report, a case: be it of goods in the share."""
    lot = desk.coded(desk.farm)
    laboratory = desk.world.party("检测中心", "laboratory")
    for actor in (desk.office, laboratory):
        desk.world.do(actor, event("test", lot, extra={"suyuan:result": "不合格"}))
    lines = desk.all(desk.grant(steps=" ".join(STEPS)))
    assert [line["party"] for line in lines] == [desk.farm.uri]


def test_nobody_else_reads_a_share_nor_sees_that_there_is_one(desk):
    desk.coded(desk.farm)
    code = desk.grant()
    rival = desk.world.party("海关", "gateway")
    for actor in (rival, desk.farm, desk.office, desk.people[0], desk.world.authority):
        answer = desk.page(code, actor)
        assert answer.status_code == 404, actor.uri
    assert client_of(desk.ledger).get(f"{API}/me/shares/{code}").status_code == 401
    assert desk.page("7K3QX9M2V8TDC4NB").status_code == 404
    assert desk.given(code) == []
    assert desk.client(rival).get(f"{API}/cases?all=true").json["cases"] == []


def test_a_share_that_is_revoked_or_over_answers_in_words(desk):
    desk.coded(desk.farm)
    code, brief = desk.grant(), desk.grant(days=1)
    assert desk.page(code).status_code == 200
    desk.close(code)
    answer = desk.page(code)
    assert (answer.status_code, "revoked" in answer.json["detail"]) == (403, True)
    now = desk.ledger.now()
    desk.ledger.clock = lambda: now + 3 * DAY
    answer = desk.page(brief)
    assert (answer.status_code, "ended" in answer.json["detail"]) == (403, True)
    assert len(desk.given(code)) == 1


def test_only_its_office_revokes_and_the_agency_cannot_lengthen_it(desk):
    code = desk.grant()
    other = desk.world.party("翔安分局", "office", division="350213")
    for actor in (desk.agency, other, desk.farm):
        with pytest.raises(Exception, match="authority"):
            desk.ledger.write(actor.pen, [Draft(statement=acts.case_close(desk.uri(code)))])
    assert desk.page(code).status_code == 200


def test_a_share_gives_no_more_than_its_office_has_whatever_was_signed(desk):
    """An inspector's key signs a whole province, by no form of ours: still only the office's."""
    desk.coded(desk.farm)
    desk.coded(desk.other)
    answer = desk.asked()
    body = acts.case_open(answer.json["case"], "share", desk.agency.uri,
                          until=answer.json["drafts"][0]["statement"]["until"])  # fmt: skip
    stated, stored = leave_out({**body, "said": {**SAID, "divisions": "35"}}, ["/said"])
    readers = Audience.of(desk.office.uri, desk.agency.uri)
    kept = [Kept(text, desk.people[0].uri, readers) for text in stored]
    desk.ledger.write(desk.people[0].pen, [Draft(statement=stated)], disclosures=kept)
    assert {line["party"] for line in desk.all(answer.json["code"])} == {desk.farm.uri}


def test_no_cursor_reaches_out_of_a_share_and_a_forged_one_is_refused(desk):
    for _ in range(3):
        desk.coded(desk.farm)
        desk.coded(desk.other)
    code = desk.grant()
    head, _lines = desk.read(code, limit=2)
    number, mark = head["cursor"].split("-")
    for forged in (f"{number}-{'0' * 16}", number, "9" * 15, f"{int(number) + 1}-{mark}", "-", "x"):
        answer = desk.page(code, after=forged)
        assert (answer.status_code, answer.json["field"]) == (422, "after"), forged
    assert len(desk.all(code, 1)) == 3
    wide = desk.grant(since=desk.day(1))
    assert desk.read(wide, after=head["cursor"])[1] == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"divisions": "350213"}, "divisions"),
        ({"divisions": "350200"}, "divisions"),
        ({"divisions": "nowhere"}, "divisions"),
        ({"categories": "meat gold"}, "categories"),
        ({"steps": ""}, "steps"),
        ({"purpose": ""}, "purpose"),
        ({"gives": "all"}, "gives"),
    ],
)
def test_what_may_not_be_granted_is_said_at_its_field(desk, said, field):
    answer = desk.asked(**said)
    assert (answer.status_code, answer.json["field"]) == (422, field), answer.text


def test_a_share_is_for_an_agency_that_the_authority_has_registered(desk):
    """No trader, no inspector, nobody whom a registrar calls one; and no trader grants any."""
    market = desk.world.registrar("350206")
    called = desk.world.party("某某局", "gateway", by=market)
    for agency in (desk.farm, desk.people[1], market, called):
        answer = desk.asked(agency=agency)
        assert (answer.status_code, answer.json["field"]) == (422, "party"), agency.uri
    assert desk.asked(actor=desk.farm).status_code == 403
    code, client = desk.grant(), desk.client(desk.agency)
    said = acts.admit(desk.agency.uri, "农业农村局", ["gateway", "retailer"], "350206")
    desk.world.say(desk.world.authority, said | {"op": "change"})
    assert client.get(f"{API}/me/shares/{code}").status_code == 403


def test_each_page_is_noted_before_it_is_given_and_shown_to_the_office(desk):
    """Also where the client breaks off: nothing of its answer is read here."""
    for _ in range(3):
        desk.coded(desk.farm)
    code = desk.grant()
    client, path = desk.client(desk.agency), f"{API}/me/shares/{code}?limit=2"
    desk.ledger.followers.catch_up()
    client.get(path, buffered=False).close()
    (row,) = desk.given(code)
    key = desk.agency.signer.public.keyid
    assert (row.party, row.keyid, row.count) == (desk.agency.uri, key, 2)
    head, _lines = desk.read(code, limit=2)
    again = desk.given(code)
    assert len(again) == 2 and {one.sha256 for one in again} == {row.sha256}
    assert desk.read(code, after=head["cursor"])[0]["count"] == 1
    for text in (english(desk.client(desk.office), f"/cases/{code}"),
                 chinese(desk.client(desk.people[1]), f"/cases/{code}")):  # fmt: skip
        assert row.sha256 in text
    change(desk.ledger, "UPDATE delivery SET count = 0")
    assert desk.given(code) == []


def test_a_page_looks_at_so_many_records_and_no_more(desk, monkeypatch):
    monkeypatch.setattr(shares, "LOOKED", 4)
    for _ in range(9):
        desk.coded(desk.other)
    desk.coded(desk.farm)
    code = desk.grant()
    head, lines = desk.read(code)
    assert head["is_more"] and lines == []
    assert len(desk.all(code)) == 1


def test_a_share_waits_for_nobody(desk):
    desk.grant()
    for path in ("tasks?source=case", "cases?kind=order"):
        found = desk.client(desk.office).get(f"{API}/{path}").json
        assert not found.get("tasks") and not found.get("cases")
    listed = english(desk.client(desk.office), "/cases?kind=share")
    assert "Data share" in listed and desk.agency.uri not in listed
    new = english(desk.client(desk.office), "/cases/new?kind=share")
    assert f'<option value="{desk.agency.uri}">' in new and desk.farm.uri not in new
    client = desk.client(desk.office)
    levels = client.get(f"{API}/levels").json
    assert levels["total"]["cases"] == {} and not any(levels["opened"].values())
    data = client.get("/inspectors", query_string={"format": "xlsx"}).data
    _heads, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.values
    assert rows and all(row[1:] == (0,) * (len(row) - 1) for row in rows)


def test_a_share_that_was_handed_over_or_of_which_the_scope_was_erased_gives_nothing(desk):
    """Handed over it would give what the office has that never granted it, or all that is above."""
    desk.coded(desk.farm)
    code, moved, one = desk.grant(), desk.grant(), desk.people[0]
    to = {"to": desk.world.authority.uri, "reason": "x"}
    answer = desk.draft(one, "cases/draft", case=moved, stage="assigned", said=to)
    assert answer.status_code == 409, answer.text
    desk.world.say(one, acts.case_assign(codes.uri_of(moved, HOST, "case"), to["to"]))
    assert (desk.page(code).status_code, desk.page(moved).status_code) == (200, 403)
    change(desk.ledger, "DELETE FROM disclosure")
    assert desk.page(code).status_code == 403
