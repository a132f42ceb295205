"""Offices' documents: signatures against a plain rule, a sample's sheet, public copies."""

import random
import re
from datetime import timedelta
from urllib.parse import quote

import pypdfium2
import pytest
from support.ledger.commands import PASSPHRASE
from support.ledger.world import World
from support.web.client import english
from support.web.offices import ADDRESS, API, SealingOffice

from suyuan.trace.admission import acts
from suyuan.trace.inspection.documents import issuing
from suyuan.trace.store.beside.office.documents import by_code
from suyuan.trace.watch.sweeping import sweep
from suyuan.web.app.access import documents


@pytest.fixture
def desk(small: World, monkeypatch) -> SealingOffice:
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    return SealingOffice(small)


@pytest.mark.parametrize("seed", range(4))
def test_of_many_signatures_those_count_that_a_plain_reading_of_the_rule_counts(desk, seed):
    """Each officer once, whatever they sign besides; the party's newest of its own capacities."""
    chance, document = random.Random(seed), desk.drawn("service-address", **ADDRESS)
    people = {
        one.uri: one for one in (*desk.people, desk.stall, desk.office, desk.world.party("乙"))
    }
    right = (document["sha256"], document["form"], document["number"])
    officers, party = [], None
    for _ in range(24):
        actor = chance.choice(sorted(people))
        capacity = chance.choice(["officer", "party", "withdrawn"])
        wrong = chance.choice([None, None, None, 0, 1, 2])
        members = [*right]
        if wrong is not None:
            members[wrong] = ("ab" * 32, "rectification", "厦集市监送确〔2026〕99号")[wrong]
        desk.world.say(people[actor], acts.sign_document(*members, capacity))
        if wrong is not None:
            continue
        if actor in {one.uri for one in desk.people} and capacity == "officer":
            officers += [actor] if actor not in officers else []
        if actor == desk.stall.uri and capacity != "officer":
            party = capacity
    desk.ledger.followers.catch_up()
    found = desk.read(desk.office, document).json["signatures"]
    assert sorted(one["actor"] for one in found if one["capacity"] == "officer") == sorted(officers)
    assert [one["capacity"] for one in found if one["actor"] == desk.stall.uri] == (
        [] if party is None else [party]
    )


def test_a_sheet_of_a_sample_is_filled_from_the_lot_that_it_rests_on(desk):
    farm = desk.world.party("湖边农场", "producer")
    lot = desk.world.coded_lot(farm)
    with desk.ledger.reading() as reader:
        index = reader.size() - 1
        product = reader.parsed(index).event["ilmd"]["suyuan:product"]
    sample = desk.open(
        kind="sample", said={"sheet": "S-1", "second": desk.people[1].uri}, of=[index]
    )
    path = f"/cases/{sample.rsplit('/', 1)[1]}/document?form=sampling-sheet"
    page = english(desk.client(desk.people[0]), path)
    assert lot and re.search(rf'id="product"[^>]*value="{product}"', page)
    assert re.search(r'id="producer"[^>]*value="湖边农场"', page)
    assert re.search(r'id="batch"[^>]*value="20\d\d-\d\d-\d\d"', page)


MARKERS = {"representative": "张三丰", "phone": "13900000001", "identity": "350203199001010011",
           "address": "湖滨路99号", "findings": "李四投诉称", "place": "李四家门口"}  # fmt: skip


def test_a_public_copy_names_no_person_and_is_everybodys_only_while_it_is_published(desk):
    values = {"started": "9时", "finished": "10时", "inspectors": "林晓岚（3599021）",
              "party": "A 区 12 号", "notified": "到场", "told": "已告知", **MARKERS}  # fmt: skip
    document = desk.sealed(desk.drawn("inspection-record", **values))
    path, day = f"{API}/documents/{document['code']}/copy", timedelta(days=1)
    nobody, neighbour = desk.client(), desk.client(desk.world.party("A 区 13 号"))

    def publish(actor=desk.people[0], **more):
        return desk.act(actor, document, "copy", **more)

    def shown():
        return {client.get(path).status_code for client in (nobody, neighbour)}

    preview = desk.client(desk.people[1]).get(path).data
    assert shown() == {404}
    until = desk.day(3)
    for actor in (desk.stall, desk.world.party("乙")):
        assert publish(actor, until=until).status_code == 403
    assert publish(until="2020-01-01").json["field"] == "until"
    assert publish(until=until).status_code == 200
    assert shown() == {200}
    copy = nobody.get(path).data
    assert copy == preview
    text = re.sub(
        r"\s", "", "".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(copy))
    )
    assert document["number"] in text and "A区12号" in text and "公开件" in text
    assert not any(marker in text for marker in (*MARKERS.values(), "林晓岚"))
    assert "Without what tells of persons" in english(nobody, f"/document/{document['code']}")
    now = desk.ledger.now()
    for days, status in ((3, 200), (4, 404)):
        desk.ledger.clock = lambda days=days: now + days * day
        assert shown() == {status}
    desk.ledger.clock = lambda: now
    assert publish(withdraw=True).status_code == 200
    assert shown() == {404}
    assert "Without what tells of persons" not in english(nobody, f"/document/{document['code']}")
    assert sweep(desk.ledger, timedelta()) == 0


def test_by_its_number_one_finds_what_is_public_or_ones_own_and_nothing_tells_of_another(
    desk, monkeypatch
):
    document, absent = desk.sealed(), "厦集市监责改〔2026〕99号"
    number = document["number"]
    year, serial = re.search(r"〔(\d{4})〕(\d+)号", number).groups()
    nobody, neighbour = desk.client(), desk.client(desk.world.party("A 区 13 号"))

    def found(client, typed):
        return client.get(
            "/document", query_string={"q": typed}, headers={"Accept-Language": "en"}
        ).text

    def bare(text, typed):
        text = re.sub(r'(nonce|content|value)="[^"]*"', "", text).replace(typed, "")
        return text.replace(quote(typed), "")

    for client in (nobody, neighbour):
        assert bare(found(client, number), number) == bare(found(client, absent), absent)
        assert "that you may read" in found(client, number)
        with monkeypatch.context() as patched:  # nor does the time that it takes
            for name in ("signed", "case_of"):
                patched.setattr(documents, name, None)
            assert "that you may read" in found(client, number)
    for spelt in (number, f"厦集市监责改 [{year}] 0{serial}", f"厦集市监责改（{year}）{serial} 号"):
        for actor in (desk.people[0], desk.stall):
            assert document["code"] in found(desk.client(actor), spelt).replace("-", "")
    for other in (
        *("", "〔2026〕1号", "x" * 999, "厦集市监责改〔2026〕号", f"厦集市监〔{year}〕{serial}号"),
        f"厦集市监责改〔9999〕{'9' * 9}号",
    ):
        assert document["code"] not in found(desk.client(desk.people[0]), other).replace("-", "")
    until = desk.day(3)
    assert desk.act(desk.people[0], document, "copy", until=until).status_code == 200
    assert "Without what tells of persons" in found(nobody, number)
    with desk.ledger.reading() as reader:
        sql = ("EXPLAIN QUERY PLAN SELECT * FROM office_document WHERE office IN ('a', 'b') AND "
               "form IN ('c', 'd') AND year = 1 AND serial = 2 AND number = 'x'")  # fmt: skip
        if reader.connection.dialect.name == "sqlite":
            (plan,) = reader.connection.exec_driver_sql(sql).all()
            assert "office=? AND form=? AND year=? AND serial=?" in plan[3]


def test_a_stranger_publishes_nothing_of_it(desk):
    """Neither by an answer in the case, nor from a case of its own."""
    document, other = desk.sealed(), desk.world.party("翔安分局", "office", division="350213")
    until = desk.day(3)
    with desk.ledger.reading() as reader:
        row = by_code(reader, document["code"])
    _, digest = issuing.with_copy(desk.ledger, row)
    theirs = f"{desk.case[:-1]}{'0' if desk.case[-1] != '0' else '1'}"
    desk.world.say(other, acts.case_open(theirs, "order"))
    said = acts.case_record(theirs, issuing.PUBLISHED, until=until, files=[digest])
    desk.world.say(other, said)
    desk.world.say(desk.stall, acts.case_answer(desk.case, issuing.PUBLISHED, files=[digest]))
    path = f"{API}/documents/{document['code']}/copy"
    assert desk.client().get(path).status_code == 404
    assert desk.act(desk.people[0], document, "copy", until=until).status_code == 200
    for name in (issuing.PUBLISHED, issuing.WITHDRAWN):  # nor does the party take it back
        desk.world.say(desk.stall, acts.case_answer(desk.case, name, files=[digest]))
    assert desk.client().get(path).status_code == 200
