"""`suyuan recall` and `hold`: the whole way on the command line, and what is refused."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.ledger.commands import Result, Suyuan
from support.ledger.copies import filled
from support.ledger.world import PRODUCED, days_ago
from support.web.acting import CHANGED

from suyuan.trace.recall import deadlines

pytestmark = pytest.mark.slow  # each makes a ledger and keys on the disk


@dataclass
class Town:
    """A farm that coded 80 kg and sent 30 to a stall; a second stall that never had any."""

    say: Suyuan
    lot: str
    stall: str
    other: str

    def good(self, *arguments: object) -> Result:
        return self.say.good(*arguments)

    def order(self, *more: object, who: str = "farm") -> str:
        return self.good(
            "recall", "order", self.lot, "--level", "I", "--reason", "检出克百威",
            "--known", f"{days_ago(1)}T08:30", "--key", f"{who}.key", *more,
        ).last  # fmt: skip

    def show(self, act: str) -> dict:
        return self.good("recall", "show", act, "--json").json


@pytest.fixture
def town(suyuan: Suyuan, kept: Path) -> Town:
    return Town(suyuan, *filled(kept, lambda: built(suyuan)))


def built(suyuan: Suyuan) -> list[str]:
    """The lot, the stall and the other stall of a new town."""
    suyuan.init()
    suyuan.party("farm", "producer", key="farm")
    stall, other = (suyuan.party(name, "stall", key=name) for name in ("stall", "other"))
    lot = suyuan.lot("--shelf-life", "3")
    suyuan.good("record", lot, "--step", "dispatch", "--quantity", "30", "--to", stall,
                "--key", "farm.key")  # fmt: skip
    suyuan.good("record", lot, "--step", "receive", "--quantity", "30", "--key", "stall.key")
    return [lot, stall, other]


def test_a_recall_from_its_scope_to_its_closing(town: Town) -> None:
    scope = town.good("recall", "scope", town.lot, "--json").json
    assert scope["remaining"] == [{"value": "80", "unit": "kg"}]
    assert {h["name"]: h["quantities"][0]["value"] for h in scope["holders"]} == {
        "farm": "50", "stall": "30",
    }  # fmt: skip
    act = town.order()
    assert "RECALLED, level 1 by " in town.good("show", town.lot).out
    assert town.good("show", town.lot, "--json").json["acts"][0]["act"] == act
    code = act.rsplit("/", 1)[-1]
    assert act.startswith("https://trace.food.example/act/")
    town.good("recall", "acknowledge", code, "--key", "stall.key")
    again = town.good("recall", "acknowledge", act, "--key", "stall.key")
    assert "already" in again.err
    Path("one.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photograph")
    town.good("recall", "report", act, "--recovered", "20", "kg", "--sold", "6", "斤",
              "--photo", "one.jpg", "--key", "stall.key")  # fmt: skip
    refused = town.say("recall", "close", act, "--key", "farm.key")
    assert refused.code == 1 and "57 kg" in refused.err and "stall" in refused.out
    assert town.show(act)["state"] == "open"
    town.good("recall", "report", act, "--item", town.lot, "--recovered", "50", "KGM",
              "--key", "farm.key")  # fmt: skip
    town.good("recall", "report", act, "--recovered", "20", "kg", "--destroyed", "7000", "GRM",
              "--key", "stall.key")  # fmt: skip
    shown = town.show(act)
    assert shown["closing"] == {"adds_up": True, "missing": [], "surplus": [], "unknown": []}
    assert shown["effectiveness"]["shares"][0]["traced_percent"] == "100.0"
    (photo,) = [f for h in shown["holders"] for r in h["reports"] for f in r["files"]]
    assert Path("suyuan-data/attachments", photo[:2], photo).exists()
    town.good("recall", "close", code, "--key", "farm.key")
    assert town.show(act)["state"] == "closed"
    town.say.refused("ended", "recall", "close", act, "--key", "farm.key")
    assert town.good("audit").code == 0


def test_it_is_closed_with_what_is_missing_only_where_somebody_says_why(town: Town) -> None:
    act = town.order()
    town.good("recall", "report", act, "--recovered", "50", "kg", "--key", "farm.key")
    assert town.say("recall", "close", act, "--accept-missing", "--key", "farm.key").code == 2
    said = town.good("recall", "close", act, "--accept-missing", "--reason", "摊主失联", "--json",
                     "--key", "farm.key")  # fmt: skip
    assert said.json["missing"] == [{"item": town.lot, "value": "30", "unit": "kg"}]
    shown = town.show(act)
    assert shown["said_missing"] == said.json["missing"] and shown["ending_reason"] == "摊主失联"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("order", "--level", "I", "--reason", "x", "--known", PRODUCED), "no item is named"),
        (("order", "1Q4T-9ZC2-KM8W-0RB3", "--level", "I", "--reason", "x",
          "--known", PRODUCED), "not one of this ledger"),
        (("order", "LOT", "--level", "IV", "--reason", "x", "--known", PRODUCED), "I, II, III"),
        (("order", "LOT", "--level", "1", "--reason", " ", "--known", PRODUCED), "reason"),
        (("order", "LOT", "--level", "1", "--reason", "x", "--known", "2099-01-01"), "future"),
        (("order", "LOT", "--level", "1", "--reason", "x", "--known", "0001-01-01"), "long past"),
        (("order", "LOT", "--level", "1", "--reason", "x", "--known", "soon"), "no date"),
        (("show", "https://trace.food.example/act/none"), "no hold or recall"),
        (("show", "not a code"), "no act"),
        (("scope",), "no item is named"),
        (("scope", "LOT", "--only", "--forward", "everything"), "exclude"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(town: Town, arguments: tuple[str, ...], why: str) -> None:
    more = ["--key", "farm.key"] if arguments[0] == "order" else []
    town.say.refused(why, "recall", *(town.lot if a == "LOT" else a for a in arguments), *more)


def test_a_recall_twice_is_refused_and_a_list_names_its_bad_lines(town: Town) -> None:
    act = town.order()
    again = town.say("recall", "order", town.lot, "--level", "I", "--reason", "x", "--known",
                     PRODUCED, "--key", "farm.key")  # fmt: skip
    assert again.code == 2 and act in again.err
    town.order("--drill")
    Path("lots.txt").write_text(f"{town.lot}\n\nnonsense\nhttps://a.example/b\n", "utf-8")
    said = town.say("recall", "scope", "--list", "lots.txt")
    assert said.code == 2 and "line 3" in said.err and "line 4" in said.err
    foreign = town.say("recall", "order", town.lot, "--level", "I", "--reason", "x", "--known",
                       PRODUCED, "--again", "--key", "stall.key")  # fmt: skip
    assert foreign.code == 2 and "ask the authority" in foreign.err
    assert len(town.good("recall", "list", "--json").json["acts"]) == 2


def test_one_who_held_none_of_it_answers_nothing(town: Town) -> None:
    act = town.order()
    size = town.show(act)["size"]
    for answer in (("acknowledge", act), ("report", act, "--recovered", "1", "kg")):
        town.say.refused("holds none", "recall", *answer, "--key", "other.key")
    assert town.show(act)["size"] == size


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), "how much"),
        (("--recovered", "-3", "kg"), "no amount"),
        (("--recovered", "three", "kg"), "no amount"),
        (("--recovered", "0.0000001", "kg"), "no amount"),
        (("--recovered", "3", "handfuls"), "handfuls"),
        (("--recovered", "3", "kg", "--photo", "note.txt"), "photograph"),
        (("--item", "2Q4T-9ZC2-KM8W-0RB3", "--sold", "3", "kg"), "code"),
    ],
)
def test_reports_that_say_nothing_exact_are_refused(town, more, why) -> None:
    Path("note.txt").write_text("no picture", "utf-8")
    act = town.order()
    town.say.refused(why, "recall", "report", act, *more, "--key", "stall.key")
    assert not town.show(act)["holders"][0]["reports"]


def test_many_amounts_come_as_a_table(town: Town) -> None:
    act = town.order()
    with Path("amounts.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "kind", "value", "unit"])
        rows.writerow([town.lot, "recovered", "20", "kg"])
        rows.writerow([town.lot, "sold", "10", "kg"])
    town.good("recall", "report", act, "--table", "amounts.csv", "--key", "stall.key")
    assert town.show(act)["totals"][0]["unaccounted"] == "50"
    Path("amounts.csv").write_text("item,kind\nx,sold\n", "utf-8")
    bad = town.say("recall", "report", act, "--table", "amounts.csv", "--key", "stall.key")
    assert bad.code == 2 and "line 2" in bad.err


def test_a_drill_reports_how_long_it_took_and_how_much_was_found(town: Town) -> None:
    act = town.order("--drill")
    town.good("recall", "acknowledge", act, "--key", "stall.key")
    for who, amount in (("stall", "30"), ("farm", "50")):
        town.good("recall", "report", act, "--remaining", amount, "kg", "--key", f"{who}.key")
    report = town.good("recall", "drill-report", act)
    for part in ("模拟召回报告", "Mock recall report", "检出克百威", "80 kg", "100.0 %", "一级 I",
                 "1/1, 1/1"):  # fmt: skip
        assert part in report.out
    town.good("recall", "drill-report", act, "--html", "-o", "report.html")
    page = Path("report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") and "模拟召回报告" in page and "<script" not in page
    assert town.say("recall", "drill-report", act, "-o", "report.html").code == 2
    told = town.good("recall", "drill-report", act, "--json").json
    assert told["drill"] and told["closing"]["adds_up"] and told["order_hash"]
    # A drill stops nothing.
    town.good("record", town.lot, "--step", "dispatch", "--quantity", "5", "--to", town.other,
              "--key", "farm.key")  # fmt: skip


def test_scope_grows_shrinks_and_is_withdrawn(town: Town) -> None:
    lot = town.good("record", "new", "--step", "code", "--product", "葱", "--quantity", "5",
                    "--key", "farm.key").last  # fmt: skip
    act = town.order()
    town.good("recall", "extend", act, lot, "--reason", "同一地块", "--key", "farm.key")
    assert town.say("recall", "extend", act, lot, "--key", "farm.key").code == 2
    assert {item["name"] for item in town.show(act)["items"]} == {"上海青", "葱"}
    town.good("recall", "clear", act, lot, "--reason", "复检合格", "--key", "farm.key")
    assert town.show(act)["cleared"] == [lot]
    outside = town.say("recall", "report", act, "--item", lot, "--remaining", "1", "kg",
                       "--key", "farm.key")  # fmt: skip
    assert outside.code == 2 and "not in the scope" in outside.err
    town.good("recall", "withdraw", act, "--reason", "误报", "--key", "farm.key")
    assert town.good("recall", "list", "--json").json["acts"] == []
    assert len(town.good("recall", "list", "--all", "--json").json["acts"]) == 1
    town.say.refused("withdrawn", "recall", "acknowledge", act, "--key", "stall.key")


def test_a_hold_stops_dispatch_until_it_is_released(town: Town) -> None:
    act = town.good("hold", "place", town.lot, "--reason", "待检", "--key", "authority.key").last
    sell = ("record", town.lot, "--step", "sell", "--quantity", "1", "--key", "stall.key")
    town.say.refused("on hold", *sell)
    (line,) = town.good("hold", "list").out.splitlines()
    assert "in force" in line and "1 item " in line
    assert town.say("recall", "show", act).code == 2
    town.good("hold", "release", act, "--reason", "合格", "--key", "authority.key")
    town.good(*sell)
    assert town.say("hold", "release", act, "--key", "authority.key").code == 2
    assert town.good("hold", "list", "--json").json["acts"] == []


@pytest.mark.usefixtures("newest_measures")
def test_the_days_to_finish_are_provisional_until_a_plan_is_stated(town: Town) -> None:
    act = town.good(
        "recall", "order", town.lot, "--level", "II", "--reason", "检出", "--known",
        f"{CHANGED}T00:00", "--key", "farm.key",
    ).last  # fmt: skip
    found = town.show(act)["deadlines"]
    assert (found["since"], found["last"], found["counted_from"]) == (CHANGED, None, "plan")
    assert "Order 122 of 2026" in found["source"] and found["provisional"] is True
    assert found["next_report_day"] and found["closing_report_days"] == 5
    shown = town.good("recall", "show", act).out
    for part in ("(provisional): open", "note: the 20 days", "next report", "within 5 days"):
        assert part in shown
    early = town.say(
        "recall", "plan", act, "--planned", f"{days_ago(2)}T23:58", "--key", "farm.key"
    )
    assert early.code == 2 and "before the danger was known" in early.err
    town.good("recall", "plan", act, "--planned", f"{CHANGED}T00:00", "--key", "farm.key")
    found = town.show(act)["deadlines"]
    assert found["provisional"] is False and found["finish_day"] == days_ago(1 - 20)
    report = town.good("recall", "drill-report", act).out
    assert f"召回计划 Planned: {CHANGED} 00:00" in report and "下次进展报告" in report


@pytest.mark.usefixtures("newest_measures")
def test_working_days_of_a_year_without_a_calendar_are_provisional(town, monkeypatch) -> None:
    monkeypatch.setattr(deadlines, "_YEARS", frozenset())
    act = town.good(
        "recall", "order", town.lot, "--level", "I", "--reason", "检出", "--known",
        f"{days_ago(2)}T23:59", "--key", "farm.key",
    ).last  # fmt: skip
    found = town.show(act)["deadlines"]
    assert found["provisional"] is True and "the calendar of" in found["notes"][0]
    for shown in (("show", act), ("drill-report", act)):
        text = town.good("recall", *shown).out
        assert "provisional" in text and "the calendar of" in text


@pytest.mark.usefixtures("newest_measures")
def test_a_recall_known_the_day_before_is_of_the_older_order(town: Town) -> None:
    act = town.good(
        "recall", "order", town.lot, "--level", "II", "--reason", "检出", "--known",
        f"{days_ago(2)}T23:59", "--planned", f"{days_ago(2)}T23:59", "--key", "farm.key",
    ).last  # fmt: skip
    found = town.show(act)["deadlines"]
    assert (found["last"], found["counted_from"]) == (days_ago(2), "order")
    assert found["start_due"] == f"{days_ago(0)}T15:59:00+00:00"
    assert found["next_report_day"] is None and found["closing_report_days"] is None


@pytest.mark.usefixtures("newest_measures")
@pytest.mark.parametrize(
    ("who", "known", "more", "is_warned"),
    [
        ("office", f"{CHANGED}T00:00", (), True),
        ("office", f"{days_ago(2)}T23:59", (), False),
        ("office", f"{CHANGED}T00:00", ("--drill",), False),
        ("authority", f"{CHANGED}T00:00", (), False),
        ("farm", f"{CHANGED}T00:00", (), False),
    ],
)
def test_an_office_below_a_city_is_warned_before_it_orders(town, who, known, more, is_warned):
    town.say.party("同安区局", "office", "--division", "350212")
    said = town.good("recall", "order", town.lot, "--level", "I", "--reason", "检出",
                     "--known", known, *more, "--key", f"{who}.key")  # fmt: skip
    assert ("责令召回通知书" in said.err) is is_warned
