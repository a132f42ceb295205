"""The command line of hidden fields: recorded, listed, given on, proved, erased."""

import json
from pathlib import Path

import pytest
from support.ledger.commands import Load, Suyuan

pytestmark = pytest.mark.slow


@pytest.fixture
def load(suyuan: Suyuan) -> Load:
    """A farm that has sent a shop 30 kg, at a price that both know, driven by a person."""
    suyuan.init()
    farm, shop = suyuan.party("青山农场", "producer"), suyuan.party("和顺商行", "retailer")
    lot = suyuan.lot("--origin", "350212", key="producer.key")
    sent = suyuan.good(
        "record", lot, "--step", "dispatch", "--quantity", "30", "--to", shop,
        "--set", "suyuan:price=3.20元", "--set", "suyuan:driver=李四", "--set", "suyuan:box=12",
        "--set", "suyuan:note=后门", "--private", "suyuan:box=public", "--open", "suyuan:note",
        "--key", "producer.key", "--json",
    )  # fmt: skip
    return Load(farm, shop, lot, sent.json["index"])


def test_persons_and_prices_are_left_out_of_the_record_and_kept(suyuan: Suyuan, load: Load) -> None:
    plain = suyuan("show", load.lot)
    assert plain.code == 0 and "3.20" not in plain.out and "李四" not in plain.out
    link = next(x for x in suyuan("show", load.lot, "--json").json["links"]
                if x["index"] == load.index)  # fmt: skip
    assert link["event"]["suyuan:note"] == "后门"
    assert not {"suyuan:price", "suyuan:driver", "suyuan:box"} & set(link["event"])
    shown = suyuan("show", load.lot, "--disclosed")
    assert "/suyuan:price = '3.20元'" in shown.out and "/suyuan:driver = '李四'" in shown.out
    disclosed = suyuan("show", load.lot, "--disclosed", "--json").json["disclosed"]
    assert disclosed[str(load.index)]["/suyuan:driver"] == "李四"
    audiences = {
        one["pointer"]: one["audience"]
        for one in suyuan("disclosures", "list", load.index, "--json").json["disclosures"]
    }
    assert audiences == {
        "/suyuan:price": sorted([load.farm, load.shop]),
        "/suyuan:driver": "own",
        "/suyuan:box": "public",
    }


def test_each_party_sees_its_own_share(suyuan: Suyuan, load: Load) -> None:
    other = suyuan.party("别家", "stall")

    def seen(who: str) -> set[str]:
        found = suyuan("disclosures", "list", load.index, "--party", who, "--json").json
        return {one["pointer"].removeprefix("/suyuan:") for one in found["disclosures"]}

    assert seen(load.farm) == {"price", "driver", "box"}
    assert seen(load.shop) == {"price", "box"}
    assert seen(other) == {"box"}


def test_a_disclosure_given_on_proves_itself_and_nothing_else(suyuan: Suyuan, load: Load) -> None:
    assert suyuan("export", load.lot, "-o", "plain.suyuan").code == 0
    out = suyuan("verify", "plain.suyuan", "--json").json
    assert out["disclosed"] == []
    assert suyuan("disclosures", "export", load.index, "price", "-o", "price.txt").code == 0
    assert Path("price.txt").stat().st_mode & 0o777 == 0o600
    proved = suyuan.good("verify", "plain.suyuan", "--disclosure", "price.txt")
    assert f'disclosed: index {load.index} /suyuan:price = "3.20元"' in proved.out
    assert "李四" not in proved.out
    text = Path("price.txt").read_text()
    Path("price.txt").write_text(text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:])
    forged = suyuan("verify", "plain.suyuan", "--disclosure", "price.txt")
    assert forged.code == 1 and "no link of the file commits to disclosure 0" in forged.out
    Path("price.txt").write_text("价格\n")
    assert suyuan("verify", "plain.suyuan", "--disclosure", "price.txt").code == 2
    assert suyuan("verify", load.lot, "--disclosure", "price.txt").code == 2
    assert suyuan("verify", "plain.suyuan", "--disclosure", "nowhere.txt").code == 2


def test_an_evidence_file_may_carry_disclosures(suyuan: Suyuan, load: Load) -> None:
    suyuan.good("export", load.lot, "-o", "e.suyuan", "--disclose", "suyuan:price", "--disclose",
                  "/suyuan:driver")  # fmt: skip
    assert len(json.loads(Path("e.suyuan").read_text())["disclosures"]) == 2
    told = suyuan("verify", "e.suyuan", "--json")
    assert told.code == 0
    assert sorted((x["pointer"], x["value"], x["placed"]) for x in told.json["disclosed"]) == [
        ("/suyuan:driver", "李四", True),
        ("/suyuan:price", "3.20元", True),
    ]
    missing = suyuan("export", load.lot, "-o", "f.suyuan", "--disclose", "suyuan:colour")
    assert missing.code == 2 and "there are: /suyuan:box" in missing.err
    assert not Path("f.suyuan").exists()


def test_erased_it_is_gone_from_everywhere_and_all_stands(suyuan: Suyuan, load: Load) -> None:
    before = suyuan("export", load.lot, "-o", "before.suyuan", "--disclose", "all")
    assert before.code == 0
    refused = suyuan("disclosures", "erase", load.index, "driver", "--key", "retailer.key")
    assert refused.code == 2 and "authority" in refused.err
    done = suyuan(
        "disclosures", "erase", load.index, "driver", "--reason", "本人要求", "--key",
        "producer.key", "--json",
    )  # fmt: skip
    assert done.code == 0 and len(done.json["digests"]) == 1
    index = done.json["index"]
    listed = suyuan("disclosures", "list", load.index)
    assert f"erased at index {index}" in listed.out and "李四" not in listed.out
    shown = suyuan("show", load.lot, "--disclosed")
    assert "李四" not in shown.out and "3.20" in shown.out
    assert "confidential fields erased by " in shown.out and "本人要求" in shown.out
    assert suyuan("disclosures", "export", load.index, "driver", "-o", "d.txt").code == 2
    assert suyuan("export", load.lot, "-o", "after.suyuan", "--disclose", "all").code == 0
    after = suyuan("verify", "after.suyuan")
    assert after.code == 0 and "李四" not in after.out
    assert f"confidential fields of index {load.index} were erased at index {index}" in after.out
    # Whoever held it holds it still, and it is still true.
    held = suyuan("verify", "before.suyuan")
    assert held.code == 0 and "李四" in held.out
    assert suyuan("audit").code == 0
    assert suyuan("verify", load.lot).code == 0
    assert suyuan("disclosures", "sweep").last == "0"


def test_all_that_a_link_hides_is_erased_at_once(suyuan: Suyuan, load: Load) -> None:
    done = suyuan("disclosures", "erase", load.index, "all", "--key", "authority.key")
    assert done.code == 0 and done.last == str(load.index)
    listed = suyuan("disclosures", "list", load.index, "--json").json
    assert [one["value"] for one in listed["disclosures"]] == [None] * 3
    assert len(listed["erasures"][0]["digests"]) == listed["digests"] == 8


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list", "99999"], "no link at index 99999"),
        (["list", "x"], "not a valid integer"),
        (["erase", "0", "all"], "hides nothing"),
        (["export", "0", "all", "-o", "x"], None),
        (["erase", "99999", "all"], "no link"),
    ],
)
def test_what_is_not_there_is_said(suyuan, load, arguments, says) -> None:
    more = ["--key", "producer.key"] if arguments[0] == "erase" else []
    found = suyuan("disclosures", *arguments, *more)
    if says is None:
        assert found.code == 0 and "0 hidden fields" in found.out
    else:
        assert found.code == 2 and says in found.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--private", "suyuan:colour"], "no field /suyuan:colour"),
        (["--private", "bizStep"], "the ledger's rules read it"),
        (["--private", "suyuan:price=everyone"], "is no audience"),
        (["--private", "suyuan:price=no uri:"], "by URI"),
        (["--open", "suyuan:reason"], "open already"),
    ],
)
def test_what_cannot_be_hidden_is_refused_and_nothing_recorded(suyuan, load, options, says) -> None:
    found = suyuan(
        "record", load.lot, "--step", "count", "--quantity", "50", "--set", "suyuan:price=1",
        "--key", "producer.key", *options,
    )  # fmt: skip
    assert found.code == 2 and says in found.err, found.err
    assert len(suyuan("show", load.lot, "--json").json["links"]) == 2
