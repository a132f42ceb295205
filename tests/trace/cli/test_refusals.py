"""What the command line refuses: a sentence, an exit code, and nothing is signed."""

import re
import shlex
from pathlib import Path

import pytest
from support.ledger.commands import Suyuan
from support.ledger.world import days_ago

pytestmark = pytest.mark.slow

ORIGIN = "trace.food.example/log"
FINAL_LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
GOOD = f"菠菜,50,公斤,{days_ago(1)},3,350212\n"
HEADINGS = "产品名称,数量,单位,生产日期,保质期,产地\n"


@pytest.mark.parametrize("origin", ["", "nohost", "UPPER.example/log", "a b/log", "h/l+g", "/log"])
def test_init_refuses_an_origin_that_can_be_none(suyuan: Suyuan, origin: str) -> None:
    suyuan.refused("--origin", "init", "--origin", origin)
    assert not Path("suyuan-data").exists()


def test_without_a_passphrase_and_a_terminal_nothing_waits(suyuan, monkeypatch) -> None:
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE")
    said = suyuan("init", "--origin", ORIGIN)
    assert said.code in (2, 3) and "SUYUAN_KEY_PASSPHRASE" in said.err
    assert not Path("suyuan-data").exists()


def test_register_refuses_a_code_that_is_taken(suyuan: Suyuan, farm: str) -> None:
    item = suyuan.lot()
    text = f"追溯码,{HEADINGS}{item[-16:]},{GOOD}"
    Path("b.csv").write_text(text, "utf-8")
    said = suyuan("register", "b.csv", "--key", "farm.key")
    assert said.code == 2 and item in said.err and "row 2" in said.err


def test_register_leaves_no_file_of_codes_where_it_registers_nothing(suyuan, farm) -> None:
    Path("b.csv").write_text(f"{HEADINGS}{GOOD}菠菜,无,公斤,{days_ago(1)},3,350212\n", "utf-8")
    suyuan.refused("rows refused: 1", "register", "b.csv", "-o", "codes.csv", "--key", "farm.key")
    assert not Path("codes.csv").exists()
    suyuan.good("register", "b.csv", "-o", "codes.csv", "--key", "farm.key", "--partial")
    assert "菠菜" in Path("codes.csv").read_text("utf-8-sig")


def test_upgrade_changes_nothing_in_a_folder_that_is_no_home(suyuan: Suyuan) -> None:
    Path("other").mkdir()
    for folder in ("other", "nowhere"):
        said = suyuan("upgrade", "--home", folder)
        assert said.code == 3 and "no ledger here" in said.err and "--home" in said.err
    assert not any(Path("other").iterdir()) and not Path("nowhere").exists()
    suyuan.init()
    lost = Path("suyuan-data/suyuan.db").rename("kept.db")
    suyuan.refused("holds no ledger", "upgrade")
    lost.replace("suyuan-data/suyuan.db")
    suyuan.good("upgrade")


BAD_INPUT = [
    ("verify 123", 2, "16 letters"),
    ("verify 0000-0000-0000-0001", 2, "check character"),
    ("verify 0000-0000-0000-0000", 2, "not one of this ledger"),
    ("show https://id.gs1.org/414/6901234567892", 2, "no item"),
    ("show https://id.gs1.org/01/06901234567893/10/A", 2, ""),
    ("record new --step fly", 2, "--step"),
    ("record new --step code --key farm.key", 2, "--product"),
    ("record new --step feed --key farm.key", 2, "new code"),
    ("record ITEM --step feed --quantity x --key farm.key", 2, "no number"),
    ("record ITEM --step feed --quantity 1234567890123456.5 --key farm.key", 2, "15 digits"),
    ("record ITEM --step feed --time noon --key farm.key", 2, "2026-11-24"),
    ("record ITEM --step feed --after 999 --key farm.key", 2, "999"),
    ("record ITEM --step feed --set x=1 --key farm.key", 2, "PREFIX"),
    ("record ITEM --step feed --unit XYZ --quantity 1 --key farm.key", 2, "none of"),
    (
        "record https://id.gs1.org/01/06901234567893/10/A --step code --product x --key farm.key",
        2,
        "check digit",
    ),
    ("record ITEM --step feed --key nowhere.key", 3, "nowhere.key"),
    ("record ITEM --step feed --key other.key", 3, "not enrolled"),
    ("record ITEM --step count --actor urn:uscc:11350200004138163G --key farm.key", 2, "key"),
    (
        "party add 91350212MA2XN7T504 --name x --role stall --division 35 --key authority.key",
        2,
        "USCC",
    ),
    ("party add --name x --role king --division 35", 2, "king"),
    ("party add --name x --role stall --division 3 --key authority.key", 2, "division"),
    ("party add --name x --role stall --division 35 --key farm.key", 2, "authority"),
    ("keys revoke 91350212MA2XN7T503 abc --key farm.key", 2, "0 keys"),
    ("keys new farm.key", 2, "never overwritten"),
    ("mandate give 91350212MA2XN7T503 --step x --from a --until b --key farm.key", 2, "date"),
    ("register nothing.csv --key farm.key", 2, "nothing.csv"),
    ("import epcis farm.key", 2, "JSON"),
    ("labels ITEM -o x.gif --key farm.key", 2, ".svg"),
    ("labels ITEM -o farm.key --key farm.key", 2, ".svg"),
    ("labels ITEM --count 0 -o x.png", 2, "count"),
    ("rebuild everything", 2, "codes"),
    ("audit --home /nonexistent/home", 3, "no ledger"),
    ("nonsense", 2, "nonsense"),
]


@pytest.mark.parametrize(
    ("command", "exit_code", "says"), BAD_INPUT, ids=[line[:60] for line, _, _ in BAD_INPUT]
)
def test_bad_input_is_a_sentence_and_an_exit_code(suyuan, farm, command, exit_code, says) -> None:
    item = suyuan.lot()
    suyuan("keys", "new", "other.key")
    before = suyuan("audit", "--json").json["size"]
    said = suyuan(*shlex.split(command.replace("ITEM", item)))
    assert (said.code, says in said.err) == (exit_code, True), said.err
    assert suyuan("audit", "--json").json["size"] == before


def test_nothing_is_signed_for_a_file_that_cannot_be_written(suyuan: Suyuan, farm: str) -> None:
    item = suyuan.lot()
    Path("b.csv").write_text(HEADINGS + GOOD, "utf-8")
    Path("there.png").write_bytes(b"mine")
    before = suyuan("audit", "--json").json["size"]
    for arguments in (
        ("labels", item, "-o", "nowhere/l.png", "--key", "farm.key"),
        ("labels", item, "-o", "there.png", "--key", "farm.key"),
        ("register", "b.csv", "-o", "nowhere/c.csv", "--key", "farm.key"),
        ("register", "b.csv", "-o", "b.csv", "--key", "farm.key"),
        ("register", "--template", "b.csv"),
        ("register", "--template", "nowhere/t.xlsx"),
    ):
        said = suyuan(*arguments)
        assert said.code == 2 and said.err.count("\n") == 1, said.err
    assert suyuan("audit", "--json").json["size"] == before
    assert Path("there.png").read_bytes() == b"mine"
    assert Path("b.csv").read_text("utf-8") == HEADINGS + GOOD
    assert list(Path().glob(".*")) == []  # no part is left behind
    assert suyuan("register", "--template", "t.xlsx").code == 0 and Path("t.xlsx").stat().st_size


def test_a_failed_init_leaves_nothing_behind(suyuan: Suyuan) -> None:
    said = suyuan("init", "--origin", ORIGIN, "--authority-key", "nowhere/a.key")
    assert said.code in (2, 3) and "a.key" in said.err
    assert suyuan("init", "--origin", ORIGIN).code == 0


def test_no_record_is_signed_by_the_gateway_unawares(suyuan: Suyuan, farm: str) -> None:
    item = suyuan.lot()
    for arguments in (
        ("record", item, "--step", "count", "--quantity", "1"),
        ("register", "b.csv"),
        ("party", "list"),
    ):
        said = suyuan(*arguments)
        assert said.code == (0 if arguments[1] == "list" else 3)
        assert arguments[1] == "list" or "--key" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--step", "pesticide"), "suyuan:withdrawalDays"),
        (("--step", "test"), "suyuan:result"),
        (("--step", "count", "--time", "2099-01-01T00:00"), "future"),
        (("--step", "dispatch", "--to", "超市"), "--to-name"),
        (("--step", "dispatch", "--quantity", "1"), "needs a recipient"),
        (("--step", "count", "--after", "0"), "statement"),
    ],
)
def test_what_a_step_lacks_is_asked_for_before_signing(suyuan, farm, arguments, says) -> None:
    item = suyuan.lot()
    suyuan.refused(says, "record", item, "--key", "farm.key", *arguments)
    suyuan.good(
        "record", item, "--step", "dispatch", "--to-name", "某超市", "--quantity", "1",
        "--key", "farm.key", "--json",
    )  # fmt: skip


def test_a_label_whose_code_another_has_taken_is_not_printed(suyuan: Suyuan, farm: str) -> None:
    from suyuan.trace.format.identifiers import codes

    item = f"https://trace.food.example/t/{codes.new()}"
    squatted = codes.of_chain(item, farm)
    assert suyuan("record", f"https://trace.food.example/t/{squatted}", "--step", "code",
                  "--product", "x", "--key", "farm.key").code == 0  # fmt: skip
    assert suyuan("record", item, "--step", "code", "--product", "y", "--key", "farm.key").code == 0
    said = suyuan("labels", item, "-o", "l.png", "--key", "farm.key")
    assert said.code == 2 and "another page" in said.err and not Path("l.png").exists()


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"LC_ALL": "zh_CN.UTF-8"}, "suyuan: key: urn:uscc:11350200004138163G 尚未在本账本登记"),
        ({"LANG": "zh_CN.UTF-8", "SUYUAN_LANG": "en"}, "is not admitted to this ledger"),
        ({}, "is not admitted to this ledger"),
    ],
)
def test_errors_are_in_the_language_of_the_environment(suyuan, farm, monkeypatch, setting, says):
    for name in ("SUYUAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    actor = ("--actor", "urn:uscc:11350200004138163G", "--key", "farm.key")
    refused = suyuan("record", suyuan.lot(), "--step", "count", *actor)
    assert refused.code == 2 and says in refused.err


CHINESE = re.compile("[\u4e00-\u9fff]")


def test_all_is_said_in_the_language_of_the_locale_but_to_programs(suyuan, farm, monkeypatch):
    lot = suyuan.lot()
    for arguments, chinese, english in (
        (("holdings", farm), "截至第 6 条记录", "as of 6 records"),
        (("holdings", farm), "千克", "80 kg"),
        (("party", "list"), "生产者", "Producer"),
        (("show", lot), "验证通过", "verified"),
        (("recall", "list"), "目前没有生效的", "none is in force"),
        (("audit",), "没有发现问题", "nothing is wrong"),
        (("recall", "order", "--help"), "发布召回", "Order a recall"),
        (("holdings",), "请给出", "name a party"),
        (("nosuch",), "没有命令", "No such command"),
    ):
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        plain = suyuan(*arguments)
        chosen = suyuan("--lang", "zh", *arguments)
        monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
        local = suyuan(*arguments)
        assert (local.code, local.out, local.err) == chosen and local.code == plain.code
        assert chinese in local.out + local.err and english in plain.out + plain.err
        names = (plain.out + plain.err).replace("上海青", "").replace("青山农场", "")
        assert not CHINESE.search(names.replace("市场监督管理局", "").replace("导入网关", ""))
    for arguments in (
        ("holdings", farm),
        ("party", "list"),
        ("findings",),
        ("inbox", "--party", farm),
    ):
        here = suyuan(*arguments, "--json", "--lang", "zh")
        assert here.json == suyuan(*arguments, "--json", "--lang", "en").json
