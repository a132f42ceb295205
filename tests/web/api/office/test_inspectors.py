"""Inspectors: registered by their office, who read and sign for it, and what they may not."""

import io
import re

import pytest
from support.ledger.world import World
from support.web.client import english
from support.web.offices import Office
from support.web.signing import ORIGIN_HEADERS

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.drawing import draw
from suyuan.trace.format.rules import Refused
from suyuan.trace.store.files.attachments import name_of

API = "/api/v1"


@pytest.fixture
def office(small: World):
    return Office(small)


def test_a_persons_name_stands_in_no_link_and_its_office_reads_it(office):
    with office.ledger.reading() as reader:
        person = reader.party(office.people[0].uri)
        entries = b"".join(row.entry for row in reader.links(0, reader.size()))
    assert person.name is None and "林晓岚".encode() not in entries
    page = english(office.client(office.people[1]), "/inspectors")
    assert "林晓岚" in page and "3599021" in page and "Register an inspector" not in page
    assert "Register an inspector" in english(office.client(office.office), "/inspectors")
    assert office.client(office.stall).get("/inspectors").status_code == 403


def test_two_persons_inspect_a_shop_and_each_has_it_in_the_list(office):
    signer, other = office.people
    answer = office.draft(signer, "inspections/draft", **office.inspection())
    assert answer.json["actor"] == office.office.uri
    pen = office.ledger.pen(office.office.uri, signer.signer)
    receipt = office.write(signer, answer, pen)
    with office.ledger.reading() as reader:
        link = reader.parsed(receipt.index)
    event = link.event
    assert event["suyuan:inspectors"] == [signer.uri, other.uri] and event["epcList"] == []
    assert event["suyuan:result"] == "objection" and event["suyuan:unsigned"] is True
    assert "suyuan:note" not in event and "suyuan:person" not in event
    path = f"{API}/links/{receipt.index}/disclosures"
    shown = {one["value"] for one in office.client(office.stall).get(path).json["disclosures"]}
    assert shown == {"店主不在", "林晓岚 (3599021); 陈志远 (3599021)"}
    for person in (signer, other):
        page = english(office.client(signer), f"/inspectors/person?who={person.uri}")
        assert f"record no. {receipt.index}" in page and "Premises and tools are clean" in page
    listed = office.client(signer).get(f"{API}/inspections?party={office.stall.uri}").json
    assert [one["item"] for one in listed["inspections"]] == [None]
    # A stranger who names them fills nobody's list.
    office.world.do(office.stall, event)
    office.ledger.followers.catch_up()
    page = english(office.client(signer), f"/inspectors/person?who={other.uri}")
    assert re.findall(r"record no\. (\d+)", page) == [str(receipt.index)]


def test_photos_are_private_unless_published_and_a_signature_always(office):
    client, picture = office.client(office.people[0]), draw("leaves #2f7d43 #cfe6c4")
    text = "c3Nz" * 10 + "c3M"
    sent = client.post(
        f"{API}/attachments",
        data={"file": (io.BytesIO(picture), "a.png"), "salt": text},
        headers=ORIGIN_HEADERS,
    )
    assert sent.json["sha256"] == name_of(b"s" * 32, picture)
    public = client.post(f"{API}/attachments", data=picture, headers=ORIGIN_HEADERS).json["sha256"]
    private = {"sha256": sent.json["sha256"], "salt": text}
    said = office.inspection(photos=[{"sha256": public}, private], signature=private)
    answer = office.draft(office.people[0], "inspections/draft", **said)
    files = answer.json["drafts"][0]["event"]["suyuan:attachments"]
    assert [(file["as"], "private" in file, "salt" in file) for file in files] == [
        ("photo", False, False), ("photo", True, False), ("signature", True, False),
    ]  # fmt: skip
    pen = office.ledger.pen(office.office.uri, office.people[0].signer)
    index = office.write(office.people[0], answer, pen).index
    for actor, status in ((None, 403), (office.stall, 200), (office.people[1], 200)):
        path = f"{API}/attachments/{private['sha256']}?link={index}"
        assert office.client(actor).get(path).status_code == status
    assert office.client().get(f"{API}/attachments/{public}?link={index}").status_code == 200
    answer = office.draft(
        office.people[0], "inspections/draft", **office.inspection(signature={"sha256": public})
    )
    assert (answer.status_code, answer.json["field"]) == (422, "signature")


def test_two_of_the_same_office_are_named_the_signer_among_them(office):
    far = office.world.party("远方局", "office")
    stranger = office.person(far, "周某")
    first = office.people[0].uri
    for who, named in (
        (0, []), (0, [first]), (0, [first, first]), (0, [first, stranger.uri]),
        (0, [first, office.stall.uri]), (0, [first, office.office.uri]),
    ):  # fmt: skip
        said = office.inspection(inspectors=named)
        answer = office.draft(office.people[who], "inspections/draft", **said)
        assert (answer.status_code, answer.json["field"]) == (422, "inspectors"), named
    third = office.person(office.office, "吴某")
    answer = office.draft(third, "inspections/draft", **office.inspection())
    assert answer.json["field"] == "inspectors"
    for said, field in (
        ({"checks": {}}, "checks"), ({"checks": {"odd": "pass"}}, "checks"),
        ({"is_unsigned": False}, "signature"), ({"note": ""}, "note"),
    ):  # fmt: skip
        answer = office.draft(office.office, "inspections/draft", **office.inspection() | said)
        assert (answer.status_code, answer.json["field"]) == (422, field)


def test_a_person_reads_the_remit_and_orders_and_registers_nothing(office):
    person = office.people[0]
    far = office.world.party("远方摊位", division="440300")
    client = office.client(person)
    assert client.get(f"/inspect/party?party={office.stall.uri}").status_code == 200
    assert client.get(f"/inspect/party?party={far.uri}").status_code == 403
    assert office.draft(person, "inspectors/draft", name="x", number="1", expires="2030-01-01"
                        ).status_code == 403  # fmt: skip
    assert office.draft(person, "invitations", party=office.stall.uri).status_code == 403
    lot = office.world.coded_lot(office.stall)
    uri, (_data, members) = f"https://{office.world.trust.host}/act/X", acts.listed([lot])
    pen = office.ledger.pen(office.office.uri, person.signer)
    with pytest.raises(Refused, match="mandate"):
        office.ledger.write(pen, [Draft(statement=acts.hold_place(uri, "x", members))])


def test_who_is_ended_signs_and_reads_no_more_and_a_market_takes_none_over(office):
    person, other = office.people
    client = office.client(person)
    market = office.world.registrar("350206")
    assert office.draft(market, "invitations", party=person.uri).status_code == 403
    assert office.draft(other, "inspectors/end/draft", party=person.uri).status_code == 403
    office.write(
        office.office, office.draft(office.office, "inspectors/end/draft", party=person.uri)
    )
    assert client.get("/inspect").status_code == 303  # signed out
    answer = office.draft(other, "inspections/draft", **office.inspection())
    assert answer.json["field"] == "inspectors"
    pen = office.ledger.pen(office.office.uri, person.signer)
    event = {"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "inspecting", "epcList": [],
             "eventTime": "2026-12-01T08:00:00Z", "eventTimeZoneOffset": "+00:00"}  # fmt: skip
    with pytest.raises(Refused):
        office.ledger.write(pen, [Draft(event=event)])
    page = english(office.client(office.office), "/inspectors")
    assert "has left" in page and "Is back" in page
