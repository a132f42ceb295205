"""Statements as our tools make them are of the form that the ledger asks."""

import hashlib

import pytest

from suyuan.keys import base64, canonical, dsse
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.enrolment import POSSESSION_TYPE
from suyuan.trace.format import statements
from suyuan.trace.format.statements import PREFIX_URN
from suyuan.trace.log.merkle import root_of_texts

PARTY, OTHER, ORIGIN = "urn:x:party", "urn:x:other", "trace.food.example/log"
SIGNER = LocalSigner.from_seed(b"1" * 32)
KEYID = SIGNER.public.keyid
SPAN = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")

LIST, LISTED = acts.listed(["urn:x:b", "urn:x:a", "urn:x:b"])
AMOUNT = {"item": "urn:x:a", "value": "12.5", "unit": "kg"}

MADE = [
    acts.admit(PARTY, "青山农场", ["producer"], "350206"),
    acts.admit(PARTY, "青山农场", [], "35", places=[OTHER], gs1=["6901234"], part_of=OTHER),
    acts.admit(PARTY, "青山农场", ["stall"], "350206004", op="change"), acts.leave(PARTY),
    acts.leave(PARTY, "closed"), acts.appoint(PARTY, ["3502", OTHER]), acts.appoint(PARTY, []),
    acts.dismiss(PARTY), acts.enrol_signer(ORIGIN, PARTY, SIGNER),
    acts.enrol_signer(ORIGIN, PARTY, LocalSigner.new("ECDSA-P256"), kept="browser", revokes=[]),
    acts.revoke(PARTY, KEYID), acts.revoke(PARTY, KEYID, compromised_since=0, reason="lost"),
    acts.give_mandate(PARTY, OTHER, ["receiving"], *SPAN),
    acts.give_mandate(PARTY, OTHER, [], *SPAN, paper="a" * 64), acts.withdraw_mandate(PARTY, OTHER),
    acts.product(PARTY, "上海青", "蔬菜", "KGM"),
    acts.product(PARTY, "上海青", "蔬菜", "KGM", spec="盒", days=3, conversions={"箱": "20"}),
    acts.place(PARTY, OTHER, "一号棚", "350206"), acts.labels(["A" * 13, "B" * 13]),
    acts.case_open(OTHER, "complaint", PARTY, until="2026-12-31"),
    acts.case_record(OTHER, "accepted", shows=[]),
    acts.case_assign(OTHER, PARTY),
    acts.case_answer(OTHER, "answered"),
    acts.case_close(OTHER, files=["a" * 64]),
    acts.draw_commit(OTHER, *["a" * 64] * 4, "drand", "7", "2026-12-02T00:00:00Z"),
    acts.draw_replace(OTHER, "停业"),
    acts.draw_reveal(OTHER, "a" * 64, "A" * 22),
    acts.draw_abort(OTHER, "名单有误"),
    acts.sign_document("a" * 64, "rectification", "12号", "officer", of=OTHER),
    acts.profile(OTHER, names={"en": "Shed 1"}, standard="NY/T 743-2020"),
    acts.labels(["A" * 13], op="void"), acts.document("a" * 64, 0, 1),
    acts.origin(PARTY, "old.example/log", "a key", "a note"),
    acts.assign(f"{PREFIX_URN}6901234", PARTY), acts.disown(OTHER),
    acts.dispute(OTHER, "两家都说是自己的"),
    acts.hold_place(PARTY, "检出", LISTED), acts.hold_release(PARTY),
    acts.hold_release(PARTY, "复检合格"), acts.recall_order(PARTY, 1, SPAN[0], "检出", LISTED),
    acts.recall_order(PARTY, 3, SPAN[0], "演练", LISTED, drill=True),
    acts.recall_extend(PARTY, LISTED), acts.recall_plan(PARTY, SPAN[0]),
    acts.recall_extend(PARTY, LISTED, "又查出"), acts.recall_clear(PARTY, "不含", LISTED),
    acts.recall_acknowledge(PARTY), acts.recall_report(PARTY, []),
    acts.recall_report(PARTY, [{**AMOUNT, "kind": "recovered"}], ["a" * 64]),
    acts.recall_close(PARTY), acts.recall_close(PARTY, [AMOUNT], "一箱未找到"),
    acts.recall_withdraw(PARTY, "误发"), acts.scripts({"page.js": "b" * 64, "link.js": "a" * 64}),
]  # fmt: skip


@pytest.mark.parametrize("said", MADE, ids=lambda said: f"{said['type']} {said.get('op', '')}")
def test_it_is_a_statement_of_version_1(said):
    statements.check(said)
    assert statements.subject(said) in (
        PARTY, OTHER, f"{PREFIX_URN}6901234", f"urn:suyuan:document:{'a' * 64}",
        f"urn:suyuan:scripts:{said.get('release')}", None if said["type"] == "labels" else PARTY,
    )  # fmt: skip


def test_a_statement_has_its_members_in_the_vocabulary_and_no_others():
    assert acts.statement("key revoke", PARTY, keyid=KEYID) == acts.revoke(PARTY, KEYID)
    with pytest.raises(TypeError, match="key revoke has no such members"):
        acts.statement("key revoke", PARTY, keyid=KEYID, why="lost")


def test_every_type_of_statement_but_one_is_made_here():
    made = {(said["type"], said.get("op")) for said in MADE}
    # An erasure is made where what it erases is known.
    assert set(statements.SPECS) - made == {("erasure", None)}


def test_a_list_is_sorted_and_named_by_count_root_and_digest():
    assert LIST == b"urn:x:a\nurn:x:b\n"
    root = root_of_texts(["urn:x:a", "urn:x:b"]).hex()
    assert {"count": 2, "root": root, "list": hashlib.sha256(LIST).hexdigest()} == LISTED


def test_possession_names_ledger_party_and_key_and_is_signed_by_the_key():
    envelope = dsse.decode(acts.possession(ORIGIN, PARTY, SIGNER).encode(), POSSESSION_TYPE)
    said = canonical.parse(envelope.payload)
    assert envelope.verify(SIGNER.public)
    assert (said["ledger"], said["party"], said["keyid"]) == (ORIGIN, PARTY, KEYID)
    assert len(base64.decode_url(said["nonce"])) == 16
    again = dsse.decode(acts.possession(ORIGIN, PARTY, SIGNER).encode(), POSSESSION_TYPE)
    assert canonical.parse(again.payload)["nonce"] != said["nonce"]


def test_revoked_keys_are_listed_in_order_and_labels_under_the_root_of_their_serials():
    said = acts.enrol_signer(ORIGIN, PARTY, SIGNER, revokes=["b" * 64, "a" * 64])
    assert said["revokes"] == ["a" * 64, "b" * 64]
    assert "revokes" not in acts.enrol_signer(ORIGIN, PARTY, SIGNER)
    one, two = "0" * 13, "Z" * 13
    assert acts.labels([two, one]) == acts.labels([one, two])
    assert acts.labels([one, two])["root"] == root_of_texts([one, two]).hex()
