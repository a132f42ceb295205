"""The command line: the main job from `init` to `audit`, exit codes, and errors as sentences."""

import csv
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from support.goods.papers import PDF
from support.ledger.commands import Suyuan
from support.ledger.world import SHARED, days_ago

from suyuan.trace.format.link import parse
from suyuan.trace.ledger import home
from suyuan.trace.recording import papers

pytestmark = pytest.mark.slow

ORIGIN = "trace.food.example/log"
FINAL_LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"


def test_init_makes_a_root_of_trust_and_keys_encrypted_and_private(suyuan: Suyuan) -> None:
    assert suyuan("init", "--origin", ORIGIN).code == 0
    trust = json.loads(Path("suyuan-data/trust.json").read_text())
    assert trust["log"].startswith(f"{ORIGIN}+") and trust["host"] == "trace.food.example"
    for file in ("authority.key", "suyuan-data/log.key", "suyuan-data/gateway.key"):
        assert "ENCRYPTED" in Path(file).read_text()
        assert Path(file).stat().st_mode & 0o777 == 0o600
    suyuan.refused("already", "init", "--origin", ORIGIN)
    audit = suyuan("audit", "--json")
    assert audit.code == 0 and audit.json["size"] == 3


def test_whose_a_company_prefix_is(suyuan: Suyuan, farm: str) -> None:
    owner, key = ("party", "owner", "6901234"), ("--key", "authority.key")
    assert suyuan(*owner).out == "nobody is said to own it\n"
    assert suyuan(*owner, farm, *key).code == 0 and suyuan(*owner).out.startswith("青山农场 (9")
    assert suyuan(*owner, "--dispute", "两家都称为己有", *key).code == 0
    assert suyuan(*owner).last == "disputed"
    assert suyuan(*owner, "--end", *key).code == 0
    assert suyuan(*owner).out == "nobody is said to own it\n"
    for wrong, why in (
        ((*owner, farm, "--key", "farm.key"), "only the authority"),
        ((*owner, farm, "--end", *key), "one of these"),
        (("party", "owner", "690123", farm, *key), "7 to 12 digits"),
        (("party", "owner", "某地", farm, *key), "no URI"),
    ):
        suyuan.refused(why, *wrong)


def test_from_a_batch_registered_to_a_code_scanned_and_verified(suyuan: Suyuan, farm: str) -> None:
    item = suyuan.lot()
    stall = suyuan.good(
        "party", "add", "--name", "A 区 12 号", "--role", "stall", "--division", "350206",
        "--key", "authority.key",
    ).last  # fmt: skip
    suyuan.good("keys", "new", "stall.key", "--alg", "ECDSA-P256")
    suyuan.good("keys", "enrol", stall, "stall.key", "--key", "authority.key")
    suyuan.good(
        "record", item, "--step", "dispatch", "--quantity", "30", "--to", stall, "--key", "farm.key"
    )
    suyuan.good("record", item, "--step", "receive", "--quantity", "29.5", "--key", "stall.key")
    shown = suyuan("show", item, "--json").json
    received = next(link for link in shown["links"] if link["actor"] == stall)
    assert shown["good"] and received["event"]["bizStep"] == "receiving" and shown["begins"] == []
    labels = suyuan.good("labels", item, "--count", "2", "-o", "l.png", "--key", "stall.key")
    read = {found.text for found in zxingcpp.read_barcodes(Image.open("l.png"))}
    assert read == set(labels.out.split()) and len(read) == 2
    path = suyuan("show", read.pop(), "--json").json
    assert path["actor"] == stall and len(path["links"]) == 4
    checked = suyuan("verify", item)
    assert checked.code == 0 and "verified" in checked.out and "not shown" in checked.err
    assert suyuan("audit").code == 0


def test_tampering_is_named_by_verify_and_audit_with_exit_1(suyuan: Suyuan, farm: str) -> None:
    good, bad = suyuan.lot(), suyuan.lot()
    with sqlite3.connect("suyuan-data/suyuan.db") as connection:
        connection.execute("DROP TRIGGER link_no_update")
        connection.execute(
            "UPDATE link SET entry = replace(entry, 'sig\":\"', 'sig\":\"A') WHERE leaf = 6"
        )
    connection.close()
    verified = suyuan("verify", bad)
    assert verified.code == 1 and bad in verified.out and "number 0" in verified.out
    assert suyuan("verify", bad, "--json").json["findings"][0]["item"] == bad
    audited = suyuan("audit", "--json")
    assert audited.code == 1
    assert {(f["item"], f["rule"]) for f in audited.json["findings"] if f["item"] != bad} == {
        (None, "schema")  # the trigger
    }
    assert suyuan("show", bad).code == 1
    assert suyuan("verify", good).code == 0


def test_audit_against_a_checkpoint_kept_elsewhere(suyuan: Suyuan, farm: str) -> None:
    suyuan.lot()
    with sqlite3.connect("suyuan-data/suyuan.db") as connection:
        notes = connection.execute("SELECT note FROM checkpoint ORDER BY size").fetchall()
    connection.close()
    Path("kept").write_text(notes[-2][0], encoding="utf-8")
    assert suyuan("audit", "--checkpoint", "kept").code == 0
    Path("kept").write_text(notes[-1][0].replace("\n6\n", "\n7\n"), encoding="utf-8")
    suyuan.refused("does not verify", "audit", "--checkpoint", "kept")
    Path("kept").write_bytes(b"\xff\x00nothing")
    assert suyuan("audit", "--checkpoint", "kept").code == 2


GOOD = f"菠菜,50,公斤,{days_ago(1)},3,350212\n"
HEADINGS = "产品名称,数量,单位,生产日期,保质期,产地\n"


def test_register_reports_each_refused_row_and_writes_nothing(suyuan: Suyuan, farm: str) -> None:
    Path("b.csv").write_text(HEADINGS + GOOD + "茄子,abc,公斤,2026-02-30,3,350212\n", "utf-8")
    said = suyuan("register", "b.csv", "--key", "farm.key")
    assert said.code == 2
    assert "row 3, 数量" in said.err and "row 3, 生产日期" in said.err
    assert suyuan("audit", "--json").json["size"] == 5
    part = suyuan("register", "b.csv", "--partial", "-o", "codes.csv", "--key", "farm.key")
    assert part.code == 0 and part.out.startswith("1 batches registered")
    with Path("codes.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["产品名称"] for row in rows] == ["菠菜"]
    assert suyuan("show", rows[0]["追溯码"]).code == 0
    again = suyuan("register", "b.csv", "--partial", "--key", "farm.key", "--json")
    assert again.code == 0 and again.json["was_there"] and again.json["links"] == 1
    assert suyuan("audit", "--json").json["size"] == 7


def test_a_large_act_is_resumed_and_shown_unfinished_until_its_document_statement(
    suyuan: Suyuan, farm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suyuan.trace.format.errors import LedgerError
    from suyuan.trace.recording import bulk

    monkeypatch.setattr(bulk, "ONE_TRANSACTION", 10)
    monkeypatch.setattr(bulk, "_ARRAY", 7)
    Path("b.csv").write_text(HEADINGS + GOOD * 25, "utf-8")
    send, sent = bulk._send, []

    def stop_after_two(*arguments: object) -> None:
        if len(sent) == 2:
            raise LedgerError("the power is gone")
        sent.append(arguments)
        send(*arguments)

    monkeypatch.setattr(bulk, "_send", stop_after_two)
    assert suyuan("register", "b.csv", "--key", "farm.key").code == 2
    audit = suyuan("audit", "--json").json
    assert audit["size"] == 5 + 14
    assert any(notice["rule"] == "document" for notice in audit["notices"])
    monkeypatch.setattr(bulk, "_send", send)
    done = suyuan("register", "b.csv", "--key", "farm.key", "--json")
    assert done.code == 0 and done.json["links"] == 25 and not done.json["was_there"]
    audit = suyuan("audit", "--json").json
    assert (audit["size"], audit["notices"]) == (5 + 25 + 1, [])
    assert list(Path("suyuan-data/spool").iterdir()) == []


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_import_signs_as_the_gateway_and_the_final_lot_verifies(suyuan: Suyuan) -> None:
    suyuan("init", "--origin", ORIGIN)
    file = SHARED / "opentraceability" / "traceback_tests.jsonld"
    said = suyuan("import", "epcis", file, "--json")
    assert said.code == 0 and (said.json["events"], said.json["links"]) == (21, 21)
    assert len(said.json["reused"]) == 3
    assert suyuan("import", "epcis", file, "--json").json["was_there"]
    assert suyuan("verify", FINAL_LOT).code == 0
    labels = suyuan("labels", FINAL_LOT, "-o", "tuna.png")
    (found,) = zxingcpp.read_barcodes(Image.open("tuna.png"))
    assert found.text == labels.last
    dose = SHARED / "openepcis" / "query" / "TransactionEvent_with_userExtensions.json"
    assert "EffectiveDoseRate is not in CBV: kept as written" in suyuan("import", "epcis", dose).out
    bad = SHARED / "openepcis" / "invalid" / "ObjectEvent_with_non_standard_bizStep.json"
    suyuan.refused("bizStep", "import", "epcis", bad)


def test_a_revoked_key_a_recovery_and_a_mandate(suyuan: Suyuan, farm: str) -> None:
    item = suyuan.lot()
    market = suyuan.party("市场", "market")
    count = ("record", item, "--step", "count", "--quantity", "70")
    suyuan.refused("mandate", *count, "--key", "market.key", "--actor", farm)
    suyuan("mandate", "give", market, "--step", "stock_taking", "--from", "2026-01-01T00:00",
           "--until", "2099-01-01T00:00", "--key", "farm.key")  # fmt: skip
    assert suyuan(*count, "--key", "market.key", "--actor", farm).code == 0
    assert f"recorded by {market}" in suyuan("show", item).out
    assert suyuan("mandate", "withdraw", market, "--key", "farm.key").code == 0
    assert suyuan(*count, "--key", "market.key", "--actor", farm).code == 2
    keyid = suyuan("keys", "list", farm, "--json").json[0]["keyid"]
    lost = suyuan(
        "keys", "revoke", farm, keyid[:10], "--compromised-since", "5", "--key", "authority.key"
    )
    assert lost.code == 0
    suyuan.refused("revoked", *count, "--key", "farm.key")
    assert "reported lost" in suyuan("show", item).out
    suyuan("keys", "new", "new.key")
    assert suyuan("keys", "enrol", farm, "new.key", "--recover", "--key", "authority.key").code == 0
    assert suyuan(*count, "--key", "new.key").code == 0
    assert suyuan("audit").code == 0


def test_a_correction_and_a_retraction_stand_beside_what_was_wrong(suyuan, farm) -> None:
    item = suyuan.lot()
    count = ("record", item, "--step", "count", "--key", "farm.key", "--quantity")
    wrong = suyuan(*count, "700", "--json").json["index"]
    said = suyuan.good(*count, "70", "--corrects", wrong, "--json")
    events = [link["event"] for link in suyuan("show", item, "--json").json["links"]]
    assert events[-1]["eventID"] == events[1]["eventID"]
    assert events[-1]["errorDeclaration"]["correctiveEventIDs"] == [said.json["eventID"]]
    assert suyuan("retract", said.json["index"], "--key", "farm.key").code == 0
    assert suyuan("retract", said.json["index"] + 2, "--key", "farm.key").code == 2  # a declaration
    assert suyuan("retract", 0, "--key", "farm.key").code == 2  # not its own
    assert suyuan("audit", "--strict").code == 0


def test_settings_option_over_variable_over_file_and_both_is_an_error(suyuan, monkeypatch) -> None:
    suyuan("init", "--origin", ORIGIN, "--home", "elsewhere", "--authority-key", "a.key")
    monkeypatch.setenv("SUYUAN_HOME", "elsewhere")
    assert suyuan("audit").code == 0
    assert suyuan("audit", "--home", "nowhere").code == 3
    Path("passphrase").write_text("correct horse\n")
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE_FILE", "passphrase")
    both = suyuan(
        "party", "add", "--name", "x", "--role", "stall", "--division", "35", "--key", "a.key"
    )
    assert both.code in (2, 3) and "both" in both.err
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE")
    monkeypatch.setenv("SUYUAN_KEY_FILE", "a.key")
    suyuan.good(
        "party", "add", "--name", "x", "--role", "stall", "--division", "35", "--key", "a.key"
    )


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_main_job_on_postgresql(suyuan, url, monkeypatch) -> None:
    monkeypatch.setenv("SUYUAN_DATABASE_URL", url)
    suyuan("init", "--origin", ORIGIN, "--division", "3502")
    suyuan.party("青山农场", "producer", key="farm")
    Path("b.csv").write_text(HEADINGS + GOOD * 3, "utf-8")
    assert suyuan("register", "b.csv", "--key", "farm.key").code == 0
    item = suyuan.lot()
    assert suyuan("labels", item, "-o", "l.svg", "--key", "farm.key").code == 0
    assert suyuan("verify", item).code == 0
    assert suyuan("audit", "--strict").code == 0
    assert suyuan("rebuild", "events").code == 0
    assert not Path("suyuan-data/suyuan.db").exists()


def test_the_console_script_ends_with_the_right_code(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("suyuan")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
    done = subprocess.run(
        [script, "audit"], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 3 and "suyuan init" in done.stderr and "Traceback" not in done.stderr


def test_a_paper_is_attached_kept_and_named_by_its_hash(suyuan: Suyuan, farm: str) -> None:
    Path("a.pdf").write_bytes(PDF)
    lot = suyuan.lot()
    said = suyuan.good(
        "record", lot, "--step", "store", "--attach", "certificate=a.pdf", "--key", "farm.key",
        "--json",
    )  # fmt: skip
    name = hashlib.sha256(PDF).hexdigest()
    assert Path("suyuan-data/attachments", name[:2], name).read_bytes() == PDF
    with home.open_ledger(Path("suyuan-data")).reading() as reader:
        link = parse(reader.link(said.json["index"]).entry)
    assert [(one.sha256, one.kind) for one in papers.named(link.event)] == [(name, "certificate")]
    Path("b.pdf").write_bytes(b"<svg/>")
    for file in ("b.pdf", "none.pdf"):
        refused = suyuan("record", lot, "--step", "store", "--attach", file, "--key", "farm.key")
        assert refused.code == 2 and f"--attach {file}" in refused.err
