"""The command line of hand-overs: arrivals, confirm, purchase, overdue, inbox, holdings."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.ledger.commands import Load, Suyuan
from support.ledger.copies import filled
from support.ledger.world import days_ago

pytestmark = pytest.mark.slow

FIRM = "91350212MA2XN7T503"


@pytest.fixture
def load(suyuan: Suyuan, kept: Path) -> Load:
    """A farm that has sent a wholesaler 30 of 80 kg."""
    return Load(*filled(kept, lambda: built(suyuan)))


def built(suyuan: Suyuan) -> list[Any]:
    suyuan.init()
    farm, shop = suyuan.party("青山农场", "producer"), suyuan.party("大卖场", "wholesaler")
    lot = suyuan.lot(key="producer.key")
    return [farm, shop, lot, send(suyuan, shop, lot, "30")]


def send(suyuan: Suyuan, shop: str, lot: str, kilos: str) -> int:
    return suyuan.good(
        "record", lot, "--step", "dispatch", "--quantity", kilos, "--to", shop, "--json",
        "--key", "producer.key",
    ).json["index"]  # fmt: skip


def test_what_was_pushed_is_listed_and_confirmed(suyuan: Suyuan, load: Load) -> None:
    listed = suyuan("arrivals", "--key", "wholesaler.key")
    assert listed.code == 0 and "dispatched by 青山农场" in listed.out and "answer by" in listed.out
    assert re.search(r"上海青  [0-9A-Z-]{19}  30 kg\n", listed.out)
    (slip,) = suyuan("arrivals", "--party", load.shop, "--json").json["arrivals"]
    assert slip["index"] == load.index and slip["duty"]["is_binding"]
    done = suyuan.good("confirm", load.index, "--all", "--key", "wholesaler.key")
    assert "receiving" in done.out and "is answered" in done.err
    assert suyuan("arrivals", "--party", load.shop, "--json").json["arrivals"] == []
    suyuan.refused("answered already", "confirm", load.index, "--all", "--key", "wholesaler.key")
    shown = suyuan("show", load.lot, "--json").json
    assert shown["good"] and shown["begins"] == []
    assert suyuan("audit").code == 0


def test_by_its_code_in_its_own_unit_with_a_difference(suyuan: Suyuan, load: Load) -> None:
    code = load.lot.rsplit("/", 1)[1]
    done = suyuan.good(
        "confirm", code, f"{load.lot}=29.5", "--difference-reason", "沥水", "--json",
        "--key", "wholesaler.key",
    )  # fmt: skip
    (link,) = done.json["links"]
    assert done.json["dispatch"] == load.index
    assert link["event"]["suyuan:difference"][0]["value"] == "-0.5"
    held = suyuan("holdings", "--item", load.lot)
    assert "29.5 kg" in held.out and f"difference at index {load.index}: 0.5 kg" in held.out
    suyuan.good("confirm", load.index, "--rest", "--all", "--key", "wholesaler.key")
    held = suyuan("holdings", "--item", load.lot, "--json").json
    assert held["differences"] == []
    amounts = {one["holder"]: one["quantity"]["value"] for one in held["holdings"]}
    assert amounts == {load.farm: "50", load.shop: "30"}


def test_refused_in_part_it_is_in_its_senders_inbox(suyuan: Suyuan, load: Load) -> None:
    no_reason = suyuan("confirm", load.index, "--refuse", load.lot, "--key", "wholesaler.key")
    assert no_reason.code == 2 and "--reason" in no_reason.err
    done = suyuan(
        "confirm", load.index, "--refuse", f"{load.lot}=4KGM", "--reason", "腐烂",
        "--key", "wholesaler.key",
    )  # fmt: skip
    assert done.code == 0 and "refuse" in done.out
    held = suyuan("holdings", load.shop, "--json").json
    assert [one["quantity"]["value"] for one in held["holdings"]] == ["26"]
    inbox = suyuan("inbox", "--key", "producer.key")
    assert "not taken in by 大卖场" in inbox.out and "腐烂" in inbox.out and "4 kg" in inbox.out
    assert suyuan("inbox", "--party", load.farm, "--json").json["count"] == 1
    assert "4 kg  on its way to 青山农场" in suyuan("holdings", load.farm).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "say what came"),
        (("--refuse-all", "--all"), "stands alone"),
        (("LOT",), "ITEM=QUANTITY"),
        (("LOT=much",), "no amount"),
        (("LOT=-3",), "no amount"),
        (("LOT=3XYZ",), "is none of"),
        (("LOT=3LTR",), "does not convert"),
        (("LOT=301",), "--sure"),
        (("--all", "--time", "2026-01-01T00:00"), "when it was sent"),
        (("--all", "--time", "soon"), "no date"),
        (("https://trace.food.example/t/0000000000000000=3",), "not"),
    ],
)
def test_an_answer_that_cannot_be_says_why_and_writes_nothing(suyuan, load, arguments, says):
    given = [text.replace("LOT", load.lot) for text in arguments]
    suyuan.refused(says, "confirm", load.index, *given, "--key", "wholesaler.key")
    assert len(suyuan("arrivals", "--party", load.shop, "--json").json["arrivals"]) == 1


def test_dispatches_that_are_not_there_or_another_partys(suyuan: Suyuan, load: Load) -> None:
    key = ("--key", "wholesaler.key")
    assert "no link at index 999" in suyuan("confirm", 999, "--all", *key).err
    assert suyuan("confirm", "999999999999", "--all", *key).code == 2
    assert (
        "sends nothing to" in suyuan("confirm", load.index, "--all", "--key", "authority.key").err
    )
    send(suyuan, load.shop, load.lot, "5")
    suyuan.refused("more than once", "confirm", load.lot, "--all", *key)
    assert suyuan("arrivals", "--party", "nonsense").code == 2
    assert suyuan("arrivals").code == 3


def test_a_purchase_begins_at_the_buyer_and_hides_the_contact(suyuan: Suyuan, load: Load) -> None:
    Path("proof.pdf").write_bytes(b"%PDF-1.7 proof")
    bought = suyuan.good(
        "purchase", "new", "--name", "面粉", "--quantity", "100", "--spec", "25 kg",
        "--lot", "L7", "--shelf-life", "180", "--producer", "金穗", "--proof", "proof.pdf",
        "--supplier", "金穗面粉有限公司", "--supplier-uscc", FIRM, "--supplier-address", "物流园",
        "--supplier-contact", "13800000000", "--key", "wholesaler.key",
    )  # fmt: skip
    assert "begins at the buyer" in bought.err and "ask for more" not in bought.err
    shown = suyuan("show", bought.last)
    assert f"{load.shop} bought {bought.last} outside of the ledger" in shown.out
    found = suyuan("show", bought.last, "--json").json
    assert found["begins"] == [{"item": bought.last, "actor": load.shop}]
    (link,) = found["links"]
    assert "13800000000" not in json.dumps(link)
    (kept,) = suyuan("disclosures", "list", str(link["index"]), "--json").json["disclosures"]
    assert (kept["pointer"], kept["value"]) == ("/suyuan:supplier/contact", "13800000000")
    assert suyuan("holdings", load.shop, "--json").json["holdings"][0]["name"] == "面粉"
    proof = link["event"]["suyuan:proof"]["sha256"]
    assert Path(f"suyuan-data/attachments/{proof[:2]}/{proof}").read_bytes().startswith(b"%PDF")
    assert suyuan("audit").code == 0


def test_a_purchase_of_less_is_taken_and_told_what_is_missing(suyuan: Suyuan, load: Load) -> None:
    said = suyuan.good(
        "purchase", "new", "--gtin", "06901234567892", "--lot", "B/1", "--name", "盐",
        "--quantity", "20", "--unit", "H87", "--supplier", "张三", "--json",
        "--key", "wholesaler.key",
    )  # fmt: skip
    assert said.json["item"] == "https://id.gs1.org/01/06901234567892/10/B%2F1"
    assert "specification" in said.json["missing"] and "supplier's USCC" in said.json["missing"]
    assert "张三" not in suyuan("show", said.json["item"], "--json").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("LOT",), "was pushed by its supplier"),
        (("new", "--bought", "2999-01-01"), "future"),
        (("new", "--bought", "yesterday"), "no date"),
        (("new", "--quantity", "many"), "no number"),
        (("new", "--quantity", "NaN"), "must be 0 or more"),
        (("new", "--unit", "CASE"), "is none of"),
        (("new", "--gtin", "06901234567892"), "--lot"),
        (("new", "--gtin", "1", "--lot", "x"), "GTIN"),
        (("new", "--supplier-uscc", "123"), "USCC"),
        (("new", "--proof", "authority.key"), "no PDF"),
    ],
)
def test_a_purchase_that_cannot_be_says_why(suyuan: Suyuan, load: Load, arguments, says) -> None:
    usual = {"--name": "盐", "--quantity": "3", "--supplier": "某店", "--key": "wholesaler.key"}
    given = [text.replace("LOT", load.lot) for text in arguments]
    rest = [part for pair in usual.items() if pair[0] not in given for part in pair]
    suyuan.refused(says, "purchase", *given, *rest)


def test_overdue_lists_late_purchases_for_party_and_inspector(suyuan: Suyuan, load: Load) -> None:
    assert suyuan("overdue", "--json").json["overdue"] == []
    suyuan(
        "purchase", "new", "--name", "盐", "--quantity", "3", "--supplier", "某店",
        "--bought", days_ago(29), "--key", "wholesaler.key",
    )  # fmt: skip
    inspector = suyuan.party("湖里市场监管所", "office")
    for whom in (("--party", load.shop), ("--party", inspector), ("--division", "35"), ()):
        (one,) = suyuan("overdue", *whom, "--json").json["overdue"]
        assert one["what"] == "enter" and one["party"] == load.shop and one["duty"]["is_binding"]
    assert "done late" in suyuan("overdue").out and "binding" in suyuan("overdue").out
    assert suyuan("overdue", "--party", load.farm, "--json").json["overdue"] == []
    assert suyuan("overdue", "--days", "0", "--json").json["overdue"] == []
    assert suyuan("overdue", "--division", "3").code == 2
    assert suyuan("overdue", "--division", "35", "--party", load.shop).code == 2


def test_holdings_wants_a_party_or_an_item(suyuan: Suyuan, load: Load) -> None:
    assert suyuan("holdings").code == 2
    assert suyuan("holdings", load.shop, "--item", load.lot).code == 2
    assert suyuan("holdings", "nonsense").code == 2
    assert suyuan("holdings", load.shop).out.startswith("coming  上海青")
    assert "30 kg  on its way to 大卖场" in suyuan("holdings", load.farm).out
