"""Consumer pages of a database that was changed: what is broken, where, and no forged name."""

import re

import pytest
from support.ledger.world import event
from support.web.client import change, english, page_of

from suyuan.keys import base64
from suyuan.trace.findings.finding import Kind
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import link_hash, parse
from suyuan.trace.format.rules import Rule
from suyuan.web.text import words

pytestmark = pytest.mark.slow

FORGED = "冒名农场"
RENAMED = "<h1>Broken: a name or its details were changed</h1>"
CHINESE_FULL_STOP = re.compile(r"[\u4e00-\u9fff）]\.|。 |[\u4e00-\u9fff] (的|根据|代)")


@pytest.fixture
def label(client, sold):
    """The page of the stall's label in English, and what is asked for otherwise."""
    lot, _farm, stall = sold

    def page(serial=None):
        return english(client, page_of(lot, stall.uri, serial))

    return page


def stored_at(small, lot, actor):
    with small.ledger.reading() as reader:
        return reader.in_chain(lot, actor.uri, 0)


def say_otherwise(small, stored, was, now):
    """Change what a link says in its bytes and its hash alike."""
    payload = parse(stored.entry).envelope.payload
    forged = base64.encode(payload.replace(was.encode(), now.encode())).encode()
    entry = stored.entry.replace(base64.encode(payload).encode(), forged)
    found = bytes.fromhex(link_hash(entry))
    change(
        small.ledger,
        "UPDATE link SET entry = ?, hash = ? WHERE leaf = ?",
        entry,
        found,
        stored.index,
    )


def rename(small, table, found, *values):
    """Change a name that no trigger keeps."""
    with small.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET name = ? WHERE {found} = ?", values)


def test_a_changed_byte_is_shown_as_broken(client, small, sold, label):
    lot, farm, stall = sold
    stored = stored_at(small, lot, farm)
    at = stored.entry.index(b'"payload":"') + 40
    entry = bytearray(stored.entry)
    entry[at] = entry[at] ^ 1 if entry[at] ^ 1 != ord('"') else entry[at] ^ 2
    change(small.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", bytes(entry), stored.index)
    text = label()
    for part in ("is-bad", "Broken: this record was changed", "Rule: entry.",
                 f"Record no. {stored.index}"):  # fmt: skip
        assert part in text
    assert "Verified" not in text
    evidence = client.get(page_of(lot, stall.uri), headers={"Accept": "application/json"})
    assert (evidence.status_code, evidence.mimetype) == (409, "application/problem+json")
    json = client.get(f"/api/v1/items/{codes.of_chain(lot, stall.uri)}").json
    assert json["verdict"] == "broken"
    (bad,) = [link for link in json["links"] if link["index"] == stored.index]
    assert bad["problems"][0]["rule"] == "entry"


def test_a_resigned_payload_is_broken_at_its_signature(small, sold, label):
    """Bytes, hash column and all changed alike: the signature still tells."""
    lot, farm, _stall = sold
    say_otherwise(small, stored_at(small, lot, farm), '"quantity":100', '"quantity":900')
    text = label()
    for part in ("Rule: signature.", f"{lot} · {farm.uri} · 0",
                 "It does not stand where it says"):  # fmt: skip
        assert part in text


def test_a_link_that_is_gone_is_a_gap(small, sold, label):
    lot, farm, _stall = sold
    change(small.ledger, "DELETE FROM link WHERE leaf = ?", stored_at(small, lot, farm).index)
    text = label()
    assert "<h1>Broken: a record is missing</h1>" in text
    assert "changed" not in text[: text.index("How do I know?")]
    assert "1 record is missing." in text and f"{lot} · {farm.uri} · 0" in text


def test_a_redirected_code_is_broken(small, sold, label):
    lot, farm, stall = sold
    other = small.coded_lot(farm)
    small.ledger.followers.catch_up()
    change(
        small.ledger,
        "UPDATE code SET subject = (SELECT id FROM subject WHERE uri = ?) WHERE code = ?",
        other,
        codes.of_chain(lot, stall.uri),
    )
    for text in (label(), label("0" * 13)):
        assert "the code was redirected" in text
        assert "never issued" not in text and "Label of" not in text


def test_a_checkpoint_that_is_not_the_logs_is_broken(small, label):
    change(small.ledger, "UPDATE checkpoint SET note = replace(note, ' ', '  ')")
    assert "checkpoint does not verify" in label()


def test_a_broken_history_does_not_accuse_the_label(small, sold, label):
    lot, _farm, stall = sold
    found = small.labelled(stall, lot)
    change(small.ledger, "DELETE FROM link WHERE leaf = (SELECT max(leaf) FROM link)")
    text = label(found[0])
    assert "Broken" in text and "not issued" not in text


def is_refused(text):
    """Whether a page names nobody by what was forged, and says that it was."""
    assert "are not the ones that were signed" in text
    return RENAMED in text and "Verified" not in text and FORGED not in text


@pytest.mark.parametrize(
    "column", ["name = '冒名农场'", "division = '110101'", "roles = '[\"stall\"]'"]
)
def test_a_party_is_called_only_what_was_signed(small, sold, label, column):
    farm = sold[1]
    change(
        small.ledger,
        f"UPDATE party SET {column} WHERE subject = (SELECT id FROM subject WHERE uri = ?)",
        farm.uri,
    )
    rename(small, "name", "uri", FORGED, farm.uri)
    text = label()
    assert is_refused(text) and "青山农场" not in text
    assert codes.shown(farm.uri.rsplit("/", 1)[1]) in text


def test_a_party_that_points_to_anothers_statement_has_no_name(small, sold, label):
    _lot, farm, stall = sold
    change(
        small.ledger,
        "UPDATE party SET name = 'A 区 12 号', roles = '[\"stall\"]', stated = "
        "(SELECT p.stated FROM party p JOIN subject s ON p.subject = s.id WHERE s.uri = ?) "
        "WHERE subject = (SELECT id FROM subject WHERE uri = ?)",
        stall.uri,
        farm.uri,
    )
    assert is_refused(label())


def test_a_statement_that_was_changed_names_nobody(small, sold, label):
    farm = sold[1]
    with small.ledger.reading() as reader:
        stored = reader.link(reader.party(farm.uri).stated)
    say_otherwise(small, stored, "青山农场", FORGED)
    rename(small, "party", "name", FORGED, "青山农场")
    assert is_refused(label())


@pytest.mark.parametrize("kind", ["place", "product"])
def test_a_place_and_a_product_are_called_only_what_was_signed(client, small, farm, kind):
    lot = small.new_lot()
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
    assert is_refused(english(client, path))
    change(small.ledger, "UPDATE name SET name = '青山农场', leaf = 1 WHERE uri = ?", uri)
    assert RENAMED in english(client, path)
    change(small.ledger, "UPDATE name SET name = ?, kind = 'x*' WHERE uri = ?", FORGED, uri)
    assert RENAMED in english(client, path)


def test_a_chinese_page_is_chinese(client, small, sold):
    lot, farm, stall = sold
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh"
    path = page_of(lot, stall.uri)
    good, none = client.get(path).text, client.get("/nothing").text
    assert "厦门市同安区" in good
    assert "<title>找不到此页</title>" in none
    stored = stored_at(small, lot, farm)
    change(small.ledger, "UPDATE link SET entry = 'x' WHERE leaf = ?", stored.index)
    changed = client.get(path).text
    assert "<h1>记录被改动，请勿采信</h1>" in changed
    change(small.ledger, "DELETE FROM link WHERE leaf = ?", stored.index)
    missing = client.get(path).text
    assert "<h1>缺少记录，追溯信息不完整</h1>" in missing
    for text in (changed, missing, none):
        main = text[text.index("<main>") : text.index("<footer")]
        main = re.sub(r"<a[^>]*>English</a>|<(p|span)[^>]*lang=\"en\"[^>]*>.*?</\1>", "", main)
        said = re.sub(r"<[^>]+>", "", main)
        assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", said)
        assert not CHINESE_FULL_STOP.search(said)


def test_every_rule_and_finding_has_a_sentence():
    for name in (*Rule, Kind.ENTRY, Kind.LOG):
        assert name == Rule.TIME or words.rule(name).message != words.rule("else").message
    for name in ("event-id", "quantity", "identifier", "code", "document"):
        assert words.finding(name).message != words.finding("else").message
