"""The demo home as it is kept, opened and audited."""

import base64
import json
from datetime import datetime
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from support.ledger.demo_city import CHINESE, TODAY
from support.watch.audits import audit

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo import city
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import SHANGHAI, Portion, event
from suyuan.trace.goods import history
from suyuan.trace.ledger.home import is_demo, open_ledger, read_demo
from suyuan.trace.lineage.model import Kind, Sent
from suyuan.trace.log.merkle import root_of_texts
from suyuan.trace.store.files import serials
from suyuan.trace.store.read.lineage_reader import Lineage


def secret(signer):
    if isinstance(signer.private, ed25519.Ed25519PrivateKey):
        return signer.private.private_bytes_raw()
    return signer.private.private_numbers().private_value.to_bytes(32, "big")


def test_no_private_key_is_kept(told):
    keys = [secret(signer) for signer in signers("suyuan").values()]
    files = [path for path in told.home.rglob("*") if path.is_file()]
    assert {"demo.json", "trust.json", "suyuan.db"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        assert path.name == "seal.key" or path.suffix not in (".pem", ".key")
        assert b"PRIVATE" not in data and b"-----BEGIN" not in data
        for key in keys:
            assert key not in data and key.hex().encode() not in data
            assert base64.b64encode(key).rstrip(b"=") not in data


def test_all_keys_of_the_ledger_can_be_derived(told):
    known = {signer.public.keyid for signer in signers("suyuan").values()}
    assert {link.keyid for link in told.links} <= known
    enrolled = {link.statement["keyid"] for link in told.statements("key")}
    root, log = told.ledger.trust.root.keyid, told.ledger.trust.log.key.keyid
    assert known == enrolled | {root, log}
    assert {link.statement["alg"] for link in told.statements("key")} == {"Ed25519", "ECDSA-P256"}


def test_showcase_names_labels_that_were_issued(told):
    shown = city.showcase(told.home)
    assert 4 <= len(shown) <= 5
    for label in shown:
        assert CHINESE.search(label.chinese) and label.english.isascii()
        (issued,) = [
            link
            for link in told.statements("labels")
            if link.actor == label.actor and link.items[0].item == label.item
        ]
        assert label.code == codes.of_chain(label.item, label.actor)
        found = serials.find(told.home, issued.statement["root"])
        assert label.serial in found and root_of_texts(found).hex() == issued.statement["root"]


def test_showcase_makes_good_pages(told):
    genesis = told.ledger.trust.genesis
    for label in city.showcase(told.home):
        with told.ledger.reading() as reader:
            path = history.path(reader, genesis, label.item, label.actor)
        assert path.is_good and not path.is_cut, label
        actors = {checked.link.actor for checked in path.links.values()}
        assert len(actors) >= (6 if label.english.startswith("Sausage") else 2), label
        assert 10 < len(path.links) < 100, label


def test_only_what_is_meant_is_doubted(told):
    with told.ledger.reading() as reader:
        lineage = Lineage(reader)
        findings, lines = lineage.findings(), lineage.shipments()
        accounts = [one for item in told.names for one in lineage.story(item).accounts]
    assert [(finding.rule, told.names[finding.subject]) for finding in findings] == [
        ("cold-chain", "shrimp-1")  # that it came too warm is why the school refused it
    ]
    to = city.cast_of(told.home).parties["stall-greens"].uri
    waiting = [(one.recipient, one.quantity.value) for one in lines if one.state is Sent.OPEN]
    assert waiting == [(to, 12), (to, 25)]  # for the stall to confirm them
    came = [one for one in lines if one.state in (Sent.CONFIRMED, Sent.DIFFERENT)]
    assert all(0 <= one.rest <= one.quantity.micro / 50 for one in came)
    counted = [m.delta for one in accounts for m in one.movements if m.kind is Kind.COUNTED]
    assert counted and not any(counted)


def test_how_to_reach_a_supplier_is_hidden_and_kept(told):
    bought = [link for link in told.events if "suyuan:supplier" in link.event]
    assert len(bought) == 7
    with told.ledger.reading() as reader:
        for link in bought:
            assert "contact" not in link.event["suyuan:supplier"]
            ((pointer, contact),) = told.ledger.disclosures.shown(reader, link).items()
            assert pointer == "/suyuan:supplier/contact" and "演示" in contact


def test_an_audit_finds_nothing(told):
    report = audit(told.ledger)
    assert (report.findings, report.notices) == ([], [])


def test_opened_again_it_goes_on(told, tmp_path):
    made = city.build(tmp_path / "home", today=TODAY)
    made.close()
    opened = open_ledger(tmp_path / "home")
    assert is_demo(opened.home)
    assert opened.now() >= datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)
    cast, keys = city.cast_of(tmp_path / "home"), signers("suyuan")
    pen = opened.pen(cast.parties["stall-greens"].uri, keys["stall-greens"])
    portion = Portion(cast.items["bok-choy-3"], Decimal("1.5"), "KGM")
    sold = event("sell", opened.now(), [portion])
    (receipt,) = opened.write(pen, [Draft(event=sold)])
    assert receipt.index == len(told.links)
    opened.close()


def test_what_is_appended_to_it_is_durable(told):
    """Though it is written without waiting for the disk, link by link, while it is made."""
    with told.ledger.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL


def test_a_ledger_that_is_there_is_left_alone(told):
    before = (told.home / "trust.json").read_bytes()
    with pytest.raises(LedgerError, match="already"):
        city.build(told.home, seed="other")
    assert (told.home / "trust.json").read_bytes() == before
    assert json.loads((told.home / "demo.json").read_text("utf-8")) == {
        "v": 2,
        "seed": "suyuan",
        "today": "2026-11-24",
        "end": "2026-11-24T01:30:00+00:00",
        "keys": {name: signer.public.alg for name, signer in signers("suyuan").items()},
    }


def test_a_database_that_holds_a_ledger_is_left_alone(told, tmp_path):
    with pytest.raises(LedgerError, match="already"):
        city.build(tmp_path / "elsewhere", url=told.ledger.database.url)


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "[]", "{}", "[" * 9999, '{"seed":"a","today":7}', '{"keys":[]}'),
        '{"v":1,"seed":"suyuan","today":"2026-11-24"}',  # of before a home named its keys
        '{"seed":"a","today":"2026-11-24","end":"2026-11-24T09:30:00+08:00","keys":{}}',
        '{"seed":"a","today":"2026-11-24","end":7,"keys":{"log":"Ed25519"}}',
        '{"seed":"a","today":"2026-11-24","end":"0001-01-01T00:00:00+08:00","keys":{"log":"Ed25519"}}',
    ],
)
def test_no_demo_no_decision(tmp_path, text):
    if text is not None:
        (tmp_path / "demo.json").write_text(text)
    with pytest.raises(CannotDecide, match=r"demo\.json"):
        read_demo(tmp_path)
