"""Hidden fields in evidence files: disclosed, erased, forged; two verifiers agree on each."""

import json
from dataclasses import replace

import pytest
from conformance.reference.evidence import judge
from support.goods.evidence import file_of, link_of
from support.ledger.private import PRICE, erase, priced, shown
from support.ledger.world import Actor, World, event

from suyuan.keys import base64
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import Bundle
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verdict import Verdict
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import link_hash, parse
from suyuan.trace.format.private.digests import digest, hide
from suyuan.trace.goods import history
from suyuan.trace.goods.disclosures import erasure_statement, erasure_subject

pytestmark = pytest.mark.slow


@pytest.fixture
def farm(small: World) -> Actor:
    return small.party("青山农场", "producer")


@pytest.fixture
def lot(small: World, farm: Actor) -> str:
    found = small.coded_lot(farm)
    return found


def file_about(world: World, lot: str, actor: Actor) -> Bundle:
    with world.ledger.reading() as reader:
        found = history.path(reader, world.trust.genesis, lot, actor.uri)
        return closure.bundle(reader, found, world.ledger.attachments.get)


def judged(world: World, file: Bundle, code: int) -> Verdict:
    """The verdict, which the second verifier agrees with."""
    data = file.encode()
    assert judge(data, json.loads(world.trust.to_json()))[0] == code
    found = verify(bundle.parse(data), world.trust)
    assert found.exit_code == code, list(found.all_faults())
    return found


def test_a_disclosed_field_is_checked_and_shown(small: World, farm: Actor, lot: str) -> None:
    receipt, stored = priced(small, farm, lot)
    plain = file_about(small, lot, farm)
    assert judged(small, plain, 0).shown == ()
    found = judged(small, replace(plain, disclosures=(stored,)), 0)
    ((one),) = found.shown
    assert (one.index, one.pointer, one.value, one.is_placed) == (
        receipt.index, PRICE, "3.20 元", True
    )  # fmt: skip
    assert f"disclosed: index {receipt.index} /suyuan:price" in describe(found)
    assert found.to_dict()["disclosed"][0]["value"] == "3.20 元"


def test_one_of_another_link_is_no_part_of_the_file(small: World, farm: Actor, lot: str) -> None:
    priced(small, farm, lot)
    _, other = priced(small, farm, small.new_lot())
    plain = file_about(small, lot, farm)
    found = judged(small, replace(plain, disclosures=(other,)), 1)
    assert [fault.rule for fault in found.all_faults()] == ["disclosure"]
    assert verify(plain, small.trust, disclosures=[other]).exit_code == 1


def test_the_erasure_goes_with_the_link_that_it_is_of(small: World, farm: Actor, lot: str) -> None:
    shop = small.party("和顺")
    receipt, stored = priced(small, farm, lot)
    small.hand_over(farm, shop, lot)
    gone = erase(small, small.authority, receipt.index, stored, reason="本人要求")
    file = file_about(small, lot, shop)
    assert gone.index in {one.index for one in file.entries}
    found = judged(small, file, 0)
    ((one),) = found.erased
    assert (one.index, one.by, one.count, one.actor_name) == (
        receipt.index, gone.index, 1, "厦门市市场监督管理局"
    )  # fmt: skip
    assert f"index {receipt.index} were erased at index {gone.index}" in describe(found)
    # A copy that somebody has still proves what was signed.
    held = judged(small, replace(file, disclosures=(stored,)), 0)
    assert [one.value for one in held.shown] == ["3.20 元"]
    assert shown(small, receipt.index) == {}
    # Nothing of other links comes along.
    other, more = priced(small, farm, small.new_lot())
    erase(small, farm, other.index, more)
    assert len(file_about(small, lot, shop).entries) == len(file.entries)


def test_without_the_erased_link_an_erasure_says_nothing(
    small: World, farm: Actor, lot: str
) -> None:
    receipt, stored = priced(small, farm, small.new_lot())
    gone = erase(small, farm, receipt.index, stored)
    file = file_about(small, lot, farm)
    with small.ledger.reading() as reader:
        entries = [one.entry for one in reader.links()]
    indexes = {*(one.index for one in file.entries), gone.index}
    assert judged(small, file_of(entries, lot, indexes, small.log), 0).erased == ()


@pytest.mark.parametrize("wrong", ["actor", "hash", "later", "subject"])
def test_a_forged_erasure_breaks_the_file(small: World, farm: Actor, lot: str, wrong: str) -> None:
    """An operator who logs what no ledger would accept."""
    spy = small.party("探子")
    receipt, stored = priced(small, farm, lot)
    with small.ledger.reading() as reader:
        entries = [one.entry for one in reader.links()]
    link = parse(entries[receipt.index])
    said = erasure_statement(receipt.index, link, [digest(stored)])
    said |= {
        "hash": {"hash": link_hash(entries[0])}, "later": {"index": len(entries) + 3},
    }.get(wrong, {})  # fmt: skip
    who = spy if wrong == "actor" else farm
    subject = lot if wrong == "subject" else erasure_subject(said["hash"])
    place = (subject, 0, None)
    if wrong == "subject":
        with small.ledger.reading() as reader:
            head = reader.heads([(lot, farm.uri)])[lot, farm.uri]
        place = (lot, head.seq + 1, head.hash)
    forged = link_of(who.uri, who.signer, {"statement": said}, [place])
    with small.ledger.reading() as reader:
        found = history.path(reader, small.trust.genesis, lot, farm.uri)
        kept = {one.index for one in closure.bundle(reader, found, lambda name: None).entries}
    indexes = {*range(len(entries)), len(entries)} if wrong == "actor" else {*kept, len(entries)}
    verdict = verify(file_of([*entries, forged], lot, indexes, small.log), small.trust)
    rules = {fault.rule for fault in verdict.all_faults()}
    expected = {"actor": "authority", "subject": "items"}.get(wrong, "statement")
    assert verdict.exit_code == 1 and expected in rules, rules
    assert verdict.erased == ()


@pytest.mark.parametrize(
    ("pointer", "is_placed"),
    [("/suyuan:x/y", True), ("/eventTime", False), ("/epcList", False), ("no pointer", False),
     ("/suyuan:taken", False), ("/__proto__/x", True)],
)  # fmt: skip
def test_what_a_signer_hid_in_a_wrong_place_is_told_and_put_nowhere(
    small: World, farm: Actor, lot: str, pointer: str, is_placed: bool
) -> None:
    private, (stored,) = hide({pointer: "x\u202e\n\x1b[2J"})
    body = event("count", lot, "1", extra={"suyuan:taken": 1}) | {"suyuan:private": private}
    small.do(farm, body)
    file = replace(file_about(small, lot, farm), disclosures=(stored,))
    ((one),) = judged(small, file, 0).shown
    assert one.is_placed is is_placed
    assert "\x1b" not in describe(verify(file, small.trust))


def test_what_is_no_disclosure_by_its_form_is_told_as_such(
    small: World, farm: Actor, lot: str
) -> None:
    for text in ("x", base64.encode_url(b"[1,2]"), base64.encode_url(b'{"a":1}')):
        digests = sorted([digest(text), *(base64.encode_url(bytes([n]) * 32) for n in range(7))])
        small.do(farm, event("count", lot, "1") | {"suyuan:private": {"_sd": digests}})
        found = judged(small, replace(file_about(small, lot, farm), disclosures=(text,)), 0)
        assert [one.pointer for one in found.shown] == [None]
        assert "no disclosure of a field" in describe(found)


@pytest.mark.parametrize("odd", [7, [], {}, {"_sd": 7}, {"_sd": [1, None, "x", {}]}, {"x": 1}])
def test_odd_digests_in_an_event_hide_nothing(small: World, farm: Actor, lot: str, odd) -> None:
    small.do(farm, event("count", lot, "1") | {"suyuan:private": odd})
    file = file_about(small, lot, farm)
    assert judged(small, file, 0).shown == ()
    assert judged(small, replace(file, disclosures=("WyJhIl0",)), 1).exit_code == 1
