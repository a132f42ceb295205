"""Consumer pages: the answer first, what it is, what happened, how it is known."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import HOST, PRODUCED, days_ago, event, in_english
from support.web.client import (
    MINI_LOT,
    MINI_STALL,
    change,
    client_of,
    english,
    mini_ledger,
    page_of,
)

from suyuan.keys import base64, canonical
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.findings.finding import Kind
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef, link_hash, parse
from suyuan.trace.format.rules import Rule
from suyuan.trace.format.steps import Portion
from suyuan.trace.store.files import serials
from suyuan.web.text import words

pytestmark = pytest.mark.slow

LIMIT = 60_000
OURS = re.compile(r'<script type="module" src="/js/[0-9a-f]{16}/page-item.js"></script>')


def test_a_verified_page_says_so_first(client, sold):
    lot, _farm, stall = sold
    text = english(client, page_of(lot, stall.uri))
    assert re.search(r"<h1>Verified</h1>", text)
    assert text.index("Verified") < text.index("上海青")
    for part in ("青山农场", "A 区 12 号", "Coded at the source", "Sent", "Received", "30 kg"):
        assert part in text
    for part in (in_english(PRODUCED), "5 days", in_english(days_ago(-4)), "Fujian (350212)"):
        assert part in text
    assert "3 records without a gap" in text
    assert len(text.encode()) < LIMIT


def test_the_newest_comes_first(client, sold):
    lot, _farm, stall = sold
    text = english(client, page_of(lot, stall.uri))
    line = text[text.index("What happened to it") :]
    places = [
        line.index(f"<h3>{step}</h3>") for step in ("Received", "Sent", "Coded at the source")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "", "zh-CN"),
        ({"Accept-Language": "zh-TW"}, "", "zh-CN"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "", "en"),
        ({"Accept-Language": "fr"}, "", "en"),
        ({}, "", "zh-CN"),
        ({"Accept-Language": "en"}, "?lang=zh", "zh-CN"),
        ({"Accept-Language": "zh"}, "?lang=en", "en"),
        ({"Accept-Language": "en"}, "?lang=<x>", "en"),
    ],
)
def test_the_language_is_the_readers(client, sold, headers, query, language):
    lot, _farm, stall = sold
    response = client.get(page_of(lot, stall.uri) + query, headers=headers)
    assert f'<html lang="{language}">' in response.text
    assert ("验证通过" in response.text) == (language == "zh-CN")
    assert ('class="language" href="?lang=zh"' in response.text) == (language == "en")
    assert {"Accept", "Accept-Language"} <= set(response.vary)
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("prefix", ["/t/", "/T/"])
def test_a_code_may_be_typed_as_people_type(client, sold, prefix):
    lot, _farm, stall = sold
    code = codes.of_chain(lot, stall.uri)
    loose = codes.shown(code).lower().replace("1", "l").replace("0", "o")
    assert "Verified" in english(client, f"{prefix}{loose}")
    assert "Verified" in english(client, f"{prefix}{codes.shown(code).replace('-', ' ')}")


def test_an_items_own_code_lists_no_other_holder(client, sold):
    lot, _farm, _stall = sold
    text = english(client, f"/t/{codes.in_uri(lot, HOST)}")
    assert "Verified" in text
    assert "青山农场" in text
    assert "A 区 12 号" not in text
    assert "Where did you buy it?" in text


def test_before_followers_an_items_own_code_works_and_a_chains_does_not(client, small):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    small.code(farm, lot)
    assert "Verified" in english(client, f"/t/{codes.in_uri(lot, HOST)}")
    english(client, page_of(lot, farm.uri), 404)


def test_a_changed_byte_is_shown_as_broken(client, small, sold):
    lot, farm, stall = sold
    with small.ledger.reading() as reader:
        stored = reader.in_chain(lot, farm.uri, 0)
    at = stored.entry.index(b'"payload":"') + 40
    entry = bytearray(stored.entry)
    entry[at] = entry[at] ^ 1 if entry[at] ^ 1 != ord('"') else entry[at] ^ 2
    change(small.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", bytes(entry), stored.index)
    response = client.get(page_of(lot, stall.uri), headers={"Accept-Language": "en"})
    text = response.text
    assert response.status_code == 200
    assert "is-bad" in text
    assert "Broken: this record was changed" in text
    assert "Verified" not in text
    assert "Rule: entry." in text
    assert f"Record no. {stored.index}" in text
    evidence = client.get(page_of(lot, stall.uri), headers={"Accept": "application/json"})
    assert (evidence.status_code, evidence.mimetype) == (409, "application/problem+json")
    json = client.get(f"/api/v1/items/{codes.of_chain(lot, stall.uri)}").json
    assert json["verdict"] == "broken"
    (bad,) = [link for link in json["links"] if link["index"] == stored.index]
    assert bad["problems"][0]["rule"] == "entry"


def test_a_resigned_payload_is_broken_at_its_signature(client, small, sold):
    """Bytes, hash column and all changed alike: the signature still tells."""
    lot, farm, stall = sold
    with small.ledger.reading() as reader:
        stored = reader.in_chain(lot, farm.uri, 0)
    link = parse(stored.entry)
    payload = link.envelope.payload.replace(b'"quantity":100', b'"quantity":900')
    entry = stored.entry.replace(
        base64.encode(link.envelope.payload).encode(), base64.encode(payload).encode()
    )
    change(
        small.ledger,
        "UPDATE link SET entry = ?, hash = ? WHERE leaf = ?",
        entry,
        bytes.fromhex(link_hash(entry)),
        stored.index,
    )
    text = english(client, page_of(lot, stall.uri))
    assert "Rule: signature." in text
    assert f"{lot} · {farm.uri} · 0" in text
    assert "It does not stand where its chain has it" in text


def test_a_link_that_is_gone_is_a_gap(client, small, sold):
    lot, farm, stall = sold
    with small.ledger.reading() as reader:
        stored = reader.in_chain(lot, farm.uri, 0)
    change(small.ledger, "DELETE FROM link WHERE leaf = ?", stored.index)
    text = english(client, page_of(lot, stall.uri))
    assert "<h1>Broken: a record is missing</h1>" in text
    assert "changed" not in text[: text.index("How do I know?")]
    assert "1 record is missing." in text
    assert f"{lot} · {farm.uri} · 0" in text


def test_a_redirected_code_is_broken(client, small, sold):
    lot, farm, stall = sold
    other = small.new_lot()
    small.code(farm, other)
    small.ledger.followers.catch_up()
    change(
        small.ledger,
        "UPDATE code SET subject = (SELECT id FROM subject WHERE uri = ?) WHERE code = ?",
        other,
        codes.of_chain(lot, stall.uri),
    )
    for path in (page_of(lot, stall.uri), page_of(lot, stall.uri, "0" * 13)):
        text = english(client, path)
        assert "the code was redirected" in text
        assert "never issued" not in text and "Label of" not in text


def test_a_checkpoint_that_is_not_the_logs_is_broken(client, small, sold):
    lot, _farm, stall = sold
    change(small.ledger, "UPDATE checkpoint SET note = replace(note, ' ', '  ')")
    assert "checkpoint does not verify" in english(client, page_of(lot, stall.uri))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/t/0000000000000000", "Not a code of ours"),
        ("/t/1Q4T9ZC2KM8W0RB4", "This code was mistyped"),
        ("/t/UUUU", "This code was mistyped"),
        ("/t/1Q4T9ZC2KM8W0RB3", "Not a code of ours"),
        ("/t/0000000000000000/short", "This code was mistyped"),
        ("/t/%00%ff", "This code was mistyped"),
        ("/t/溯源", "This code was mistyped"),
        ("/t/" + "9" * 3_000, "This code was mistyped"),
        ("/01/06901234567892/10/NONE", "Not a code of ours"),
        ("/01/06901234567892/10/%00", "Not a code of ours"),
        ("/01/06901234567892", "This code names a product"),
        ("/01/06901234567893/10/A", "This code was mistyped"),
        ("/01/6901234567892/10/A", "This code was mistyped"),
        ("/00/069012340000000016", "Not a code of ours"),
        ("/00/069012340000000017", "This code was mistyped"),
        ("/00/../../etc/passwd", "This code was mistyped"),
    ],
)
def test_what_is_no_code_of_ours_is_said_plainly(client, path, words):
    text = english(client, path, 404)
    assert words in text
    assert "of ours" in text
    assert 'action="/find"' in text
    assert client.get(path, headers={"Accept": "application/json"}).json["status"] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/t/../../../etc/passwd",
        "/t/..%2f..%2fetc%2fpasswd",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "//evil.example/t/x",
        "/t/",
        "/01/",
        "/t/a/b/c",
        "/%2e%2e/%2e%2e",
    ],
)
def test_path_tricks_lead_nowhere(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "create_app" not in response.text
    assert "root:" not in response.text
    response.close()


def test_hostile_names_stay_text(client, small):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    farm = small.party(evil, "producer")
    lot = small.new_lot()
    extra = steps.coding(evil, PRODUCED, 5, evil)
    extra |= {"suyuan:reason": evil, "suyuan:result": evil, "bizLocation": {"id": f"urn:x:{evil}"}}
    extra |= {"suyuan:supplier": {"name": evil}, "eventTimeZoneOffset": "<b>"}
    small.do(farm, event("code", lot, "1", extra=extra))
    small.ledger.followers.catch_up()
    for path in (page_of(lot, farm.uri), f"/t/{codes.in_uri(lot, HOST)}"):
        text = english(client, path)
        assert "<script" not in OURS.sub("", text, count=1)
        assert "<img" not in text
        assert "<b>" not in text.replace("<b>溯源", "").replace("<li><b>", "")
        assert "&lt;script&gt;" in text
    for query in ("/find?code=%3Cscript%3E", "/t/%3Cscript%3E?lang=%3Cscript%3E", "/?lang=%22%3E"):
        assert "<script" not in client.get(query, follow_redirects=True).text


@pytest.mark.parametrize("days", [None, "90", 2**40, -1, True])
def test_odd_members_of_ilmd_do_no_harm(client, small, days):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    ilmd = {"suyuan:product": 7, "suyuan:productionDate": "not a day", "suyuan:shelfLifeDays": days}
    odd = {
        "ilmd": ilmd,
        "eventTime": "9999-12-31T23:59:59-14:00",
        "suyuan:quantities": [1, {"value": "1e400"}, {"item": lot, "value": [], "unit": {}}],
        "sourceList": [3, {"source": 4}],
        "destinationList": {"a": 1},
        "errorDeclaration": [],
        "bizStep": "x" * 500,
    }
    small.do(farm, event("code", lot, "1"), event("count", lot, "1", extra=odd))
    small.ledger.followers.catch_up()
    assert "<h1>Verified</h1>" in english(client, page_of(lot, farm.uri))


@pytest.mark.parametrize(
    ("mda", "is_said"), [("urn:epcglobal:cbv:mda", True), ("https://x.example/", False), (7, False)]
)
def test_a_best_before_date_is_read_where_its_prefix_is_gs1s(client, small, mda, is_said):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    said = {"@context": [{"cbvmda": mda}], "ilmd": {"cbvmda:bestBeforeDate": "2020-01-02"}}
    small.do(farm, event("code", lot, "1", extra=said))
    small.ledger.followers.catch_up()
    assert ("Past its" in english(client, page_of(lot, farm.uri))) == is_said


def test_what_is_past_its_shelf_life_is_said(client, small):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    small.do(farm, event("code", lot, "1", extra=steps.coding("菠菜", days_ago(30), 3, None)))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, farm.uri))
    assert "<h1>Past its shelf life</h1>" in text
    assert in_english(days_ago(27)) in text
    assert text.index("Past its shelf life") < text.index("1 record without a gap")


def test_both_versions_of_a_correction_are_shown(tmp_path):
    ledger = mini_ledger(tmp_path / "mini")
    text = english(client_of(ledger), page_of(MINI_LOT, MINI_STALL))
    assert "Corrected: this does not stand." in text
    assert "Correction of an earlier record" in text
    assert "Stands instead of an earlier record." in text
    assert "29 kg" in text and "30 kg" in text
    assert "Recorded by 湖里农产品市场 for A 区 12 号" in text
    ledger.close()


def test_a_gs1_lot_with_a_slash_has_its_page(tmp_path):
    ledger = mini_ledger(tmp_path / "mini")
    client = client_of(ledger)
    for path in (
        "/01/06901234567892/10/L%2F24-11",
        "/01/06901234567892/22/2/10/L%2f24-11?17=261127",
        "/01/06901234567892/10/L%2F24-11/21/NONE",
    ):
        text = english(client, path)
        assert "上海青" in text
        assert "L/24-11" in text
        assert ("no record of this single piece" in text) == path.endswith("NONE")
    assert "logistic" in english(client, "/00/069012340000000016").lower()
    piece = english(client, "/01/06901234567892/10/L%2F24-11/21/A!*'()")
    assert "A!*&#39;()" in piece
    ledger.close()


def test_an_event_that_cannot_be_read_and_a_lost_key_are_said(tmp_path):
    ledger = mini_ledger(tmp_path / "mini")
    text = english(client_of(ledger), "/01/06901234567892/21/A!*'()")
    assert "Signed with a key that was reported lost." in text
    assert "kept in a file that cannot be read here" in text
    assert "Unfinished: not all is recorded yet" in text
    assert "Verified" not in text
    ledger.close()


def test_an_event_by_reference_is_read_where_its_file_is_here(small):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    told = event("code", lot, "7", extra=steps.coding("大米", PRODUCED, 300, None))
    data = canonical.dumps(told)
    sha256 = small.ledger.attachments.put(data)
    ref = {"sha256": sha256, "size": len(data), "type": "application/json"}
    small.ledger.write(farm.pen, [Draft(event_ref=ref, items=(lot,))])
    small.ledger.followers.catch_up()
    text = english(client_of(small.ledger), page_of(lot, farm.uri))
    assert "大米" in text
    assert "7 kg" in text


def test_what_an_importer_reports_is_said_so(client, small):
    importer, lot = small.party("口岸进口商"), "https://id.gs1.org/01/06901234567892/10/IMP1"
    document = {
        "sha256": small.ledger.attachments.put(b"{}"),
        "size": 2,
        "type": "application/ld+json",
        "as": "received",
    }
    told = event("harvest", lot, "9", extra={"eventTimeZoneOffset": "-03:00"})
    small.ledger.write(importer.pen, [Draft(event=told, document=document)])
    small.ledger.followers.catch_up()
    path = "/01/06901234567892/10/IMP1"
    assert "Unfinished: not all is recorded yet" in english(client, path)
    small.say(importer, acts.document(document["sha256"], 2, 1))
    small.ledger.followers.catch_up()
    text = english(client, path)
    assert "<h1>Reported by the importer, not confirmed</h1>" in text
    assert "Reported by 口岸进口商 from documents." in text
    assert "Beijing time <span>" in text and "(UTC-03:00)" in text
    assert "This chain begins here" in text


def test_made_from_leads_to_the_pages_of_what_went_in(client, small):
    maker, pork, sausage = small.party("肉厂", "processor"), small.new_lot(), small.new_lot()
    small.do(maker, event("code", pork, "10", extra=steps.coding("猪肉", days_ago(3), 9, None)))
    when = datetime.now(UTC) - timedelta(minutes=1)
    made = steps.event(
        "make",
        when,
        [Portion(sausage, Decimal("6.5"), "KGM")],
        inputs=[Portion(pork, Decimal(10), "KGM")],
        extra=steps.coding("腊肠", days_ago(2), 90, None),
    )
    small.do(maker, made)
    small.ledger.followers.catch_up()
    text = english(client, page_of(sausage, maker.uri))
    assert "Made from" in text
    assert f'href="{page_of(pork, maker.uri)}"' in text
    assert "猪肉" in english(client, page_of(pork, maker.uri))
    chinese = client.get(page_of(sausage, maker.uri) + "?lang=zh").text
    assert f'href="{page_of(pork, maker.uri)}?lang=zh"' in chinese


def test_a_long_history_stays_small_and_can_be_had_whole(client, small):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    small.code(farm, lot)
    small.do(farm, *(event("count", lot, str(number + 1)) for number in range(150)))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, farm.uri))
    assert len(text.encode()) < LIMIT
    assert "139 more records are not shown here." in text
    assert "151 records without a gap" in text
    assert "Coded at the source" in text
    whole = english(client, page_of(lot, farm.uri) + "?all=1")
    assert whole.count("Stock counted</h3>") == 150


def issued(world, stall, lot, count=3, op="issue", listed=None):
    found = listed or serials.new(count)
    serials.keep(world.home, found)
    world.say(stall, acts.labels(found, op), items=(lot,))
    world.ledger.followers.catch_up()
    return found


def test_a_label_that_was_issued_is_told(client, small, sold):
    lot, _farm, stall = sold
    found = issued(small, stall, lot)
    text = english(client, page_of(lot, stall.uri, found[0].lower()))
    assert "<h1>Verified</h1>" in text
    assert f"Label no. {found[0]} was issued by this stall" in text


def test_a_label_that_was_not_issued_is_told(client, small, sold):
    lot, farm, stall = sold
    issued(small, stall, lot)
    others = issued(small, farm, lot)
    for serial in ("0" * 13, others[0]):
        text = english(client, page_of(lot, stall.uri, serial))
        assert "<h1>This label was not issued</h1>" in text


def test_a_label_that_was_withdrawn_is_told(client, small, sold):
    lot, _farm, stall = sold
    found = issued(small, stall, lot)
    issued(small, stall, lot, op="void", listed=found[:1])
    text = english(client, page_of(lot, stall.uri, found[0]))
    assert "<h1>This label was withdrawn</h1>" in text
    assert "<h1>Verified</h1>" in english(client, page_of(lot, stall.uri, found[1]))


def test_without_the_list_nothing_is_claimed(client, small, sold):
    lot, _farm, stall = sold
    found = issued(small, stall, lot)
    path = next((small.home / "labels").glob("*.txt"))
    path.write_text("0000000000000\n")
    text = english(client, page_of(lot, stall.uri, found[0]))
    assert "Whether this label was issued cannot be told" in text
    path.unlink()
    assert "cannot be told" in english(client, page_of(lot, stall.uri, found[0]))


def test_a_broken_history_does_not_accuse_the_label(client, small, sold):
    lot, _farm, stall = sold
    found = issued(small, stall, lot)
    change(small.ledger, "DELETE FROM link WHERE leaf = (SELECT max(leaf) FROM link)")
    text = english(client, page_of(lot, stall.uri, found[0]))
    assert "Broken" in text
    assert "not issued" not in text


def test_receipts_that_name_another_ledger_say_so(tmp_path):
    ledger = mini_ledger(tmp_path / "mini")
    lot = "https://id.gs1.org/01/06901234567892/10/L%2F24-11"
    assert "another ledger" in english(client_of(ledger), page_of(lot, MINI_STALL))
    ledger.close()


def test_findings_about_a_record_are_shown(client, small):
    farm, lot, other = small.party("农场", "producer"), small.new_lot(), small.new_lot()
    one = event("code", lot, "1")
    small.do(farm, one, {**event("code", other, "2"), "eventID": one["eventID"]})
    small.ledger.followers.catch_up()
    text = english(client, page_of(other, farm.uri))
    assert "Found:" in text and "was given at index" in text


def test_refs_of_others_are_no_correction(client, small):
    """An error declaration by another party than the event's own changes nothing."""
    farm, stall, lot = small.party("农场", "producer"), small.party("摊"), small.new_lot()
    (first,) = small.do(farm, one := event("dispatch", lot, "5", recipient=stall.uri))
    wrong = {**one, "errorDeclaration": {"reason": "did_not_occur"}}
    small.do(stall, wrong, after=(AfterRef(first.index, first.hash),))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, stall.uri))
    assert "Corrected: this does not stand." not in text


FORGED = "冒名农场"


def _is_refused(text):
    assert "<h1>Broken: a name or its details were changed</h1>" in text
    assert "are not the ones that were signed" in text
    assert "Verified" not in text
    assert FORGED not in text


@pytest.mark.parametrize(
    "column", ["name = '冒名农场'", "division = '110101'", "roles = '[\"stall\"]'"]
)
def test_a_party_is_called_only_what_was_signed(client, small, sold, column):
    lot, farm, stall = sold
    change(
        small.ledger,
        f"UPDATE party SET {column} WHERE subject = (SELECT id FROM subject WHERE uri = ?)",
        farm.uri,
    )
    with small.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE name SET name = ? WHERE uri = ?", (FORGED, farm.uri))
    text = english(client, page_of(lot, stall.uri))
    _is_refused(text)
    assert "青山农场" not in text
    assert codes.shown(farm.uri.rsplit("/", 1)[1]) in text


def test_a_party_that_points_to_anothers_statement_has_no_name(client, small, sold):
    lot, farm, stall = sold
    change(
        small.ledger,
        "UPDATE party SET name = 'A 区 12 号', roles = '[\"stall\"]', stated = "
        "(SELECT p.stated FROM party p JOIN subject s ON p.subject = s.id WHERE s.uri = ?) "
        "WHERE subject = (SELECT id FROM subject WHERE uri = ?)",
        stall.uri,
        farm.uri,
    )
    _is_refused(english(client, page_of(lot, stall.uri)))


def test_a_statement_that_was_changed_names_nobody(client, small, sold):
    lot, farm, stall = sold
    with small.ledger.reading() as reader:
        stored = reader.link(reader.party(farm.uri).stated)
    payload = parse(stored.entry).envelope.payload
    entry = stored.entry.replace(
        base64.encode(payload).encode(),
        base64.encode(payload.replace("青山农场".encode(), FORGED.encode())).encode(),
    )
    change(
        small.ledger,
        "UPDATE link SET entry = ?, hash = ? WHERE leaf = ?",
        entry,
        bytes.fromhex(link_hash(entry)),
        stored.index,
    )
    with small.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE party SET name = ? WHERE name = ?", (FORGED, "青山农场"))
    _is_refused(english(client, page_of(lot, stall.uri)))


@pytest.mark.parametrize("kind", ["place", "product"])
def test_a_place_and_a_product_are_called_only_what_was_signed(client, small, kind):
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    uri = f"{small.new_lot()}x"
    if kind == "place":
        place = {"type": "place", "uri": uri, "party": farm.uri, "name": "三号地"}
        small.say(farm, place | {"division": "350206"})
        more = {"bizLocation": {"id": uri}}
    else:
        said = {"type": "product", "uri": uri, "name": "三号地", "category": "蔬菜", "unit": "KGM"}
        small.say(farm, said)
        more = {"ilmd": {"suyuan:productId": uri}}
    small.do(farm, event("code", lot, "1", extra=more))
    small.ledger.followers.catch_up()
    path = page_of(lot, farm.uri)
    text = english(client, path)
    assert "三号地" in text and "<h1>Verified</h1>" in text
    change(small.ledger, "UPDATE name SET name = ? WHERE uri = ?", FORGED, uri)
    _is_refused(english(client, path))
    change(small.ledger, "UPDATE name SET name = '青山农场', leaf = 1 WHERE uri = ?", uri)
    assert "Broken: a name or its details were changed" in english(client, path)
    change(small.ledger, "UPDATE name SET name = ?, kind = 'x*' WHERE uri = ?", FORGED, uri)
    assert "Broken: a name or its details were changed" in english(client, path)


def test_who_only_examined_is_no_station_of_the_way(client, small):
    farm, stall = small.party("青山农场", "producer"), small.party("A 区 12 号")
    lab, lot = small.party("检验所", "laboratory"), small.new_lot()
    coded = small.code(farm, lot)
    found = event("test", lot, extra={"suyuan:result": "合格"})
    (tested,) = small.do(lab, found, after=(AfterRef(coded.index, coded.hash),))
    report = AfterRef(tested.index, tested.hash)
    told = event("dispatch", lot, "30", sender=farm.uri, recipient=stall.uri)
    (sent,) = small.do(farm, told, after=(report,))
    small.do(stall, event("receive", lot, "30"), after=(AfterRef(sent.index, sent.hash),))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, stall.uri))
    way = text[text.index("From the source to here") : text.index("Trace code")]
    assert "检验所" not in way and "检验所" in text
    assert way.index("青山农场") < way.index("A 区 12 号")


def test_the_way_begins_with_the_source_whoever_was_done_first(client, small):
    farm, stall = small.party("青山农场", "producer"), small.party("A 区 12 号")
    lot = small.new_lot()
    small.code(farm, lot)
    got = small.hand_over(farm, stall, lot)
    told = event("count", lot, "70")
    small.do(farm, told)
    (sent,) = small.do(stall, event("dispatch", lot, "9", sender=stall.uri, recipient=farm.uri))
    small.do(farm, event("receive", lot, "9"), after=(AfterRef(sent.index, sent.hash),))
    small.ledger.followers.catch_up()
    assert got.index < sent.index
    text = english(client, page_of(lot, farm.uri))
    way = text[text.index("From the source to here") : text.index("Trace code")]
    assert way.index("青山农场") < way.index("A 区 12 号")


def test_a_lot_has_its_makers_number_and_may_last_a_day(client, small):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    extra = steps.coding("豆花", None, 0, None, more={"suyuan:lot": "L-77"})
    small.do(farm, event("code", lot, "1", extra=extra))
    small.ledger.followers.catch_up()
    path = page_of(lot, farm.uri)
    text = english(client, path)
    assert "<dt>Lot</dt><dd>L-77</dd>" in text
    assert "eat the same day" in text and "0 days" not in text
    assert "当日食用" in client.get(f"{path}?lang=zh").text


def test_what_is_unpacked_is_taken_out_of_its_container(client, small):
    farm, lot = small.party("农场", "producer"), small.new_lot()
    unit = "https://id.gs1.org/00/069012340000000016"
    small.code(farm, lot)
    for step in ("pack", "unpack"):
        when = datetime.now(UTC) - timedelta(minutes=1)
        portions = [Portion(lot, Decimal(5), "KGM")]
        small.do(farm, steps.event(step, when, portions, parent=unit))
    small.ledger.followers.catch_up()
    text = client.get(f"{page_of(lot, farm.uri)}?lang=zh").text
    assert text.index(">取自<") < text.index(">装入<")
    assert ">取出<" in client.get("/00/069012340000000016?lang=zh&all=1").text


CHINESE_FULL_STOP = re.compile(r"[\u4e00-\u9fff）]\.|。 |[\u4e00-\u9fff] (的|根据|代)")


def test_a_chinese_page_is_chinese(client, small, sold):
    lot, farm, stall = sold
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh"
    path = page_of(lot, stall.uri)
    assert "福建（350212）" in client.get(path).text
    assert "A 区 12 号的标签" in client.get(path).text
    assert "<title>找不到此页</title>" in client.get("/nothing").text
    with small.ledger.reading() as reader:
        stored = reader.in_chain(lot, farm.uri, 0)
    change(small.ledger, "UPDATE link SET entry = 'x' WHERE leaf = ?", stored.index)
    changed = client.get(path).text
    assert "<h1>记录被改动，追溯链已断</h1>" in changed
    change(small.ledger, "DELETE FROM link WHERE leaf = ?", stored.index)
    missing = client.get(path).text
    assert "<h1>缺失记录，追溯链已断</h1>" in missing
    for text in (changed, missing, client.get("/nothing").text):
        main = text[text.index("<main>") : text.index("<footer")]
        main = re.sub(r"<a[^>]*>English</a>|<(p|span)[^>]*lang=\"en\"[^>]*>.*?</\1>", "", main)
        words = re.sub(r"<[^>]+>", "", main)
        assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", words)
        assert not CHINESE_FULL_STOP.search(words)


def test_every_rule_and_finding_has_a_sentence():
    for name in (*Rule, Kind.ENTRY, Kind.LOG):
        assert name == Rule.TIME or words.rule(name).message != words.rule("else").message
    for name in ("event-id", "quantity", "identifier", "code", "document"):
        assert words.finding(name).message != words.finding("else").message
