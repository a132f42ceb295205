"""Disclosures over the API: handed in with an entry, given to those entitled, erased."""

import pytest
from support.ledger.private import PRICE, priced, shown
from support.ledger.world import Actor, World, event
from support.web.client import change, client_of
from support.web.signing import ORIGIN_HEADERS, signed_in

from suyuan.keys import base64, canonical
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import parse
from suyuan.trace.format.private.audience import PUBLIC, Audience
from suyuan.trace.format.private.digests import digest, disclosure, hide, leave_out
from suyuan.trace.goods.disclosures import erasure_statement

pytestmark = pytest.mark.slow


def entry_of(actor: Actor, lot: str, **fields: object) -> tuple[str, list[str]]:
    """An entry that hides these fields, and their disclosures."""
    actor.pen.forget()
    body = event("count", lot, "1", extra={f"suyuan:{name}": x for name, x in fields.items()})
    body, stored = leave_out(body, [f"/suyuan:{name}" for name in fields])
    return actor.pen.sign(Draft(event=body)).decode(), stored


def sent(client, value: object):
    return client.post("/api/v1/links", json=value, headers=ORIGIN_HEADERS)


def listed(client, index: int) -> dict:
    answer = client.get(f"/api/v1/links/{index}/disclosures")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    return answer.json


def pointers(client, index: int) -> list[str]:
    return [one["pointer"] for one in listed(client, index)["disclosures"]]


def test_handed_in_with_its_entry_it_is_kept_for_whom_it_says(small, farm, client):
    shop = small.party("和顺")
    entry, stored = entry_of(farm, small.new_lot(), a="1", b={"x": [1]}, c=3, price="9")
    handed = [
        stored[0],
        {"disclosure": stored[1], "audience": "public"},
        {"disclosure": stored[2], "audience": [shop.uri]},
        {"disclosure": stored[3]},
    ]
    answer = sent(client, {"entry": entry, "disclosures": handed})
    assert answer.status_code == 201
    index = answer.json["index"]
    found = listed(client, index)
    assert found["digests"] == 8 and found["erasures"] == []
    (one,) = found["disclosures"]
    assert one == {
        "pointer": "/suyuan:b", "value": {"x": [1]}, "disclosure": stored[1],
        "digest": digest(stored[1]), "audience": "public",
    }  # fmt: skip
    signed_in(client, shop.signer)
    assert pointers(client, index) == ["/suyuan:b", "/suyuan:c"]
    signed_in(client, farm.signer)
    assert pointers(client, index) == ["/suyuan:a", "/suyuan:b", "/suyuan:c", "/suyuan:price"]
    client.delete("/api/v1/session", headers=ORIGIN_HEADERS)


def forged_of(stored: str) -> list[tuple[str, str]]:
    salt, pointer, value = canonical.parse(base64.decode_url(stored))
    raw = base64.decode_url(salt)
    return [
        ("", "no disclosure"), ("x" * 20_000, "at most 16,384"), (stored + "A", "no disclosure"),
        (disclosure(pointer, "0.01", raw), "does not commit"),
        (disclosure(pointer, value, bytes(16)), "does not commit"),
        (disclosure("/suyuan:other", value, raw), "does not commit"), ("价格", "no disclosure"),
    ]  # fmt: skip


def test_one_that_the_entry_does_not_commit_to_refuses_all(small, farm, client):
    entry, (stored,) = entry_of(farm, small.new_lot(), price="9")
    _, (other,) = entry_of(farm, small.new_lot(), price="9")
    for forged, says in [*forged_of(stored), (other, "does not commit")]:
        for value in (forged, {"disclosure": forged, "audience": "public"}):
            answer = sent(client, {"entry": entry, "disclosures": [stored, value]})
            assert answer.status_code == 400
            assert "disclosure 1: " in answer.json["detail"] and says in answer.json["detail"]
    array = sent(client, [{"entry": entry, "disclosures": [stored]}, {"entry": entry,
                          "disclosures": [other]}])  # fmt: skip
    assert array.status_code == 400 and array.json["detail"].startswith("element 1: ")
    with small.ledger.reading() as reader:
        assert reader.connection.exec_driver_sql("SELECT count(*) FROM disclosure").scalar() == 0
    assert sent(client, {"entry": entry, "disclosures": [stored]}).status_code == 201


@pytest.mark.parametrize(
    ("disclosures", "says"),
    [
        *(([one], "") for one in (
            7, None, {}, [], {"disclosure": 7}, {"disclosure": "x", "audience": "everyone"},
            {"disclosure": "x", "audience": ["no uri"]}, {"disclosure": "x", "more": 1},
            {"disclosure": "x", "audience": {}}, {"audience": "own"},
        )),
        *((value, "disclosures") for value in ("x", {}, 7, None, ["x"] * 101)),
    ],
)  # fmt: skip
def test_what_is_no_disclosure_and_no_list_of_them_is_a_problem(
    small, farm, client, disclosures, says
):
    entry, _ = entry_of(farm, small.new_lot(), price="9")
    answer = sent(client, {"entry": entry, "disclosures": disclosures})
    assert answer.status_code == 400 and says in answer.json["detail"]


def test_what_hides_the_past_of_a_link_is_refused(small, farm, client):
    """Put back, such a field would say another item, time or kind than the ledger acts on."""
    for pointer in ("/epcList", "/eventTime", "/quantityList/0/quantity", "/suyuan:private"):
        private, (stored,) = hide({pointer: ["urn:x:y"]})
        farm.pen.forget()
        entry = farm.pen.sign(
            Draft(event=event("count", small.new_lot(), "1") | {"suyuan:private": private})
        )
        answer = sent(client, {"entry": entry.decode(), "disclosures": [stored]})
        assert answer.status_code == 400 and "no place" in answer.json["detail"]


def test_a_strangers_is_not_kept(small, farm, client):
    stranger = Actor(farm.uri, small.log, small.ledger.pen(farm.uri, small.log))
    entry, stored = entry_of(stranger, small.new_lot(), price="9")
    answer = sent(client, {"entry": entry, "disclosures": stored})
    assert answer.status_code == 403 and answer.json["rule"] == "key"
    with small.ledger.reading() as reader:
        assert reader.connection.exec_driver_sql("SELECT count(*) FROM disclosure").scalar() == 0


def test_who_has_seen_one_cannot_open_it_to_everyone(small, farm, client):
    entry, (stored,) = entry_of(farm, small.new_lot(), price="9")
    handed = {"disclosure": stored, "audience": "public"}
    index = sent(client, {"entry": entry, "disclosures": [stored]}).json["index"]
    again = sent(client, {"entry": entry, "disclosures": [handed]})
    assert again.status_code == 200 and pointers(client, index) == []
    # Nor one that its party never handed in.
    entry, (stored,) = entry_of(farm, small.new_lot(), price="9")
    index = sent(client, {"entry": entry}).json["index"]
    handed = {"disclosure": stored, "audience": "public"}
    assert sent(client, {"entry": entry, "disclosures": [handed]}).status_code == 200
    assert pointers(client, index) == []
    signed_in(client, farm.signer)
    assert pointers(client, index) == [PRICE]


def test_erased_over_the_api_it_is_gone_at_once(small, farm, client):
    receipt, stored = priced(small, farm, small.new_lot(), PUBLIC)
    assert pointers(client, receipt.index) == [PRICE]
    with small.ledger.reading() as reader:
        link = parse(reader.link(receipt.index).entry)
    said = erasure_statement(receipt.index, link, [digest(stored)], "本人要求")
    farm.pen.forget()
    answer = sent(client, {"entry": farm.pen.sign(Draft(statement=said)).decode()})
    assert answer.status_code == 201
    found = listed(client, receipt.index)
    assert found["disclosures"] == []
    (gone,) = found["erasures"]
    assert gone["recorded"].startswith("20")
    assert gone | {"recorded": None} == {
        "index": answer.json["index"], "actor": farm.uri, "digests": [digest(stored)],
        "recorded": None, "reason": "本人要求",
    }  # fmt: skip
    handed = sent(client, {"entry": link.entry.decode(), "disclosures": [stored]})
    assert handed.status_code == 200 and listed(client, receipt.index)["disclosures"] == []


def test_a_changed_row_is_no_servers_error(small, farm, client):
    receipt, _ = priced(small, farm, small.new_lot(), PUBLIC)
    for place in ("-5", "99999999999999999999", "'x'", "x'00'", "1.5"):
        change(small.ledger, f"UPDATE disclosure SET content = 'x', place = {place}, audience = 7")
        assert listed(client, receipt.index)["disclosures"] == []


def test_private_entries_leave_disclosures_to_their_audience(tmp_path):
    made = World(tmp_path / "home")
    trust = Trust.from_json(made.trust.to_json().replace('"public"', '"private"'))
    made.ledger.trust = trust
    farm = made.party("青山农场", "producer")
    receipt, _ = priced(made, farm, made.new_lot(), Audience.of("urn:x:y"))
    client = client_of(made.ledger)
    assert listed(client, receipt.index)["disclosures"] == []
    assert shown(made, receipt.index) == {PRICE: "3.20 元"}
    made.ledger.close()
