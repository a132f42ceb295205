"""`suyuan recall` and `hold`: the whole way on the command line, and what is refused."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.ledger.commands import Result, Suyuan
from support.ledger.copies import filled
from support.ledger.world import days_ago

from suyuan.trace.recall import deadlines

pytestmark = pytest.mark.slow  # each makes a ledger and keys on the disk


@dataclass
class Case:
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
def case(suyuan: Suyuan, kept: Path) -> Case:
    return Case(suyuan, *filled(kept, lambda: built(suyuan)))


def built(suyuan: Suyuan) -> list[str]:
    """The lot, the stall and the other stall of a new case."""
    suyuan.init()
    suyuan.party("farm", "producer", key="farm")
    stall, other = (suyuan.party(name, "stall", key=name) for name in ("stall", "other"))
    lot = suyuan.lot("--shelf-life", "3")
    suyuan.good("record", lot, "--step", "dispatch", "--quantity", "30", "--to", stall,
                "--key", "farm.key")  # fmt: skip
    suyuan.good("record", lot, "--step", "receive", "--quantity", "30", "--key", "stall.key")
    return [lot, stall, other]


def test_it_is_closed_with_what_is_missing_only_where_somebody_says_why(case: Case) -> None:
    act = case.order()
    case.good("recall", "report", act, "--recovered", "50", "kg", "--key", "farm.key")
    assert case.say("recall", "close", act, "--accept-missing", "--key", "farm.key").code == 2
    said = case.good("recall", "close", act, "--accept-missing", "--reason", "摊主失联", "--json",
                     "--key", "farm.key")  # fmt: skip
    assert said.json["missing"] == [{"item": case.lot, "value": "30", "unit": "kg"}]
    shown = case.show(act)
    assert shown["said_missing"] == said.json["missing"] and shown["ending_reason"] == "摊主失联"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("order", "--level", "I", "--reason", "x", "--known", days_ago(1)), "no item is named"),
        (("order", "1Q4T-9ZC2-KM8W-0RB3", "--level", "I", "--reason", "x",
          "--known", days_ago(1)), "not one of this ledger"),
        (("order", "LOT", "--level", "IV", "--reason", "x", "--known", days_ago(1)), "I, II, III"),
        (("order", "LOT", "--level", "1", "--reason", " ", "--known", days_ago(1)), "reason"),
        (("order", "LOT", "--level", "1", "--reason", "x", "--known", "2099-01-01"), "future"),
        (("order", "LOT", "--level", "1", "--reason", "x", "--known", "0001-01-01"), "long past"),
        (("order", "LOT", "--level", "1", "--reason", "x", "--known", "soon"), "no date"),
        (("show", "https://trace.food.example/act/none"), "no hold or recall"),
        (("show", "not a code"), "no act"),
        (("scope",), "no item is named"),
        (("scope", "LOT", "--only", "--forward", "everything"), "exclude"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(case: Case, arguments: tuple[str, ...], why: str) -> None:
    more = ["--key", "farm.key"] if arguments[0] == "order" else []
    case.say.refused(why, "recall", *(case.lot if a == "LOT" else a for a in arguments), *more)


def test_a_recall_twice_is_refused_and_a_list_names_its_bad_lines(case: Case) -> None:
    act = case.order()
    again = case.say("recall", "order", case.lot, "--level", "I", "--reason", "x", "--known",
                     days_ago(1), "--key", "farm.key")  # fmt: skip
    assert again.code == 2 and act in again.err
    case.order("--drill")
    Path("lots.txt").write_text(f"{case.lot}\n\nnonsense\nhttps://a.example/b\n", "utf-8")
    said = case.say("recall", "scope", "--list", "lots.txt")
    assert said.code == 2 and "line 3" in said.err and "line 4" in said.err
    foreign = case.say("recall", "order", case.lot, "--level", "I", "--reason", "x", "--known",
                       days_ago(1), "--again", "--key", "stall.key")  # fmt: skip
    assert foreign.code == 2 and "ask the authority" in foreign.err
    assert len(case.good("recall", "list", "--json").json["acts"]) == 2


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
def test_reports_that_say_nothing_exact_are_refused(case, more, why) -> None:
    Path("note.txt").write_text("no picture", "utf-8")
    act = case.order()
    case.say.refused(why, "recall", "report", act, *more, "--key", "stall.key")
    assert not case.show(act)["holders"][0]["reports"]


def test_many_amounts_come_as_a_table(case: Case) -> None:
    act = case.order()
    with Path("amounts.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "kind", "value", "unit"])
        rows.writerow([case.lot, "recovered", "20", "kg"])
        rows.writerow([case.lot, "sold", "20", "斤"])
    case.good("recall", "report", act, "--table", "amounts.csv", "--key", "stall.key")
    assert case.show(act)["totals"][0]["held"] == "50"
    Path("amounts.csv").write_text("item,kind\nx,sold\n", "utf-8")
    bad = case.say("recall", "report", act, "--table", "amounts.csv", "--key", "stall.key")
    assert bad.code == 2 and "line 2" in bad.err


def test_a_drill_reports_how_long_it_took_and_how_much_was_found(case: Case) -> None:
    act = case.order("--drill")
    said = [case.good("recall", "acknowledge", act, "--key", "stall.key").err for _ in range(2)]
    assert ["already" in text for text in said] == [False, True]
    for who, amount in (("stall", "30"), ("farm", "50")):
        case.good("recall", "report", act, "--remaining", amount, "kg", "--key", f"{who}.key")
    report = case.good("recall", "drill-report", act)
    for part in ("模拟召回报告", "Mock recall report", "检出克百威", "80 kg", "100.0 %", "一级 I",
                 "1/1, 1/1"):  # fmt: skip
        assert part in report.out
    case.good("recall", "drill-report", act, "--html", "-o", "report.html")
    page = Path("report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") and "模拟召回报告" in page and "<script" not in page
    assert case.say("recall", "drill-report", act, "-o", "report.html").code == 2
    told = case.good("recall", "drill-report", act, "--json").json
    assert told["drill"] and told["closing"]["adds_up"] and told["order_hash"]
    # A drill stops nothing.
    case.good("record", case.lot, "--step", "dispatch", "--quantity", "5", "--to", case.other,
              "--key", "farm.key")  # fmt: skip


def test_scope_grows_shrinks_and_is_withdrawn(case: Case) -> None:
    lot = case.good("record", "new", "--step", "code", "--product", "葱", "--quantity", "5",
                    "--key", "farm.key").last  # fmt: skip
    act = case.order()
    assert "recall, class I  by " in case.good("show", case.lot).out
    case.good("recall", "extend", act, lot, "--reason", "同一地块", "--key", "farm.key")
    assert case.say("recall", "extend", act, lot, "--key", "farm.key").code == 2
    assert {item["name"] for item in case.show(act)["items"]} == {"上海青", "葱"}
    case.good("recall", "clear", act, lot, "--reason", "复检合格", "--key", "farm.key")
    assert case.show(act)["cleared"] == [lot]
    outside = case.say("recall", "report", act, "--item", lot, "--remaining", "1", "kg",
                       "--key", "farm.key")  # fmt: skip
    assert outside.code == 2 and "not in the scope" in outside.err
    case.good("recall", "withdraw", act, "--reason", "误报", "--key", "farm.key")
    assert case.good("recall", "list", "--json").json["acts"] == []
    assert len(case.good("recall", "list", "--all", "--json").json["acts"]) == 1
    case.say.refused("withdrawn", "recall", "acknowledge", act, "--key", "stall.key")


def test_a_hold_stops_dispatch_until_it_is_released(case: Case) -> None:
    act = case.good("hold", "place", case.lot, "--reason", "待检", "--key", "authority.key").last
    sell = ("record", case.lot, "--step", "sell", "--quantity", "1", "--key", "stall.key")
    case.say.refused("on hold", *sell)
    (line,) = case.good("hold", "list").out.splitlines()
    assert "in force" in line and "1 item " in line
    assert case.say("recall", "show", act).code == 2
    case.good("hold", "release", act, "--reason", "合格", "--key", "authority.key")
    case.good(*sell)
    assert case.say("hold", "release", act, "--key", "authority.key").code == 2
    assert case.good("hold", "list", "--json").json["acts"] == []


@pytest.mark.usefixtures("newest_measures")
def test_the_days_to_finish_are_provisional_until_a_plan_is_stated(case: Case) -> None:
    case.say.party("同安区局", "office", "--division", "350212")
    said = case.good("recall", "order", case.lot, "--level", "II", "--reason", "检出", "--known",
                     f"{days_ago(1)}T00:00", "--key", "office.key")  # fmt: skip
    assert "By Order 122 of 2026" in said.err  # of one below a city
    act = said.last
    found = case.show(act)["deadlines"]
    assert (found["since"], found["last"], found["counted_from"]) == (days_ago(1), None, "plan")
    assert "Order 122 of 2026" in found["source"] and found["provisional"] is True
    assert found["next_report_day"] and found["closing_report_days"] == 5
    shown = case.good("recall", "show", act).out
    for part in ("(provisional): open", "note: The days to finish", "next report", "within 5 days"):
        assert part in shown
    early = case.say(
        "recall", "plan", act, "--planned", f"{days_ago(2)}T23:58", "--key", "office.key"
    )
    assert early.code == 2 and "before the danger was known" in early.err
    case.good("recall", "plan", act, "--planned", f"{days_ago(1)}T00:00", "--key", "office.key")
    found = case.show(act)["deadlines"]
    assert found["provisional"] is False and found["finish_day"] == days_ago(1 - 20)
    report = case.good("recall", "drill-report", act).out
    assert f"召回计划 Planned: {days_ago(1)} 00:00" in report and "下次进展报告" in report


@pytest.mark.usefixtures("newest_measures")
def test_working_days_of_a_year_without_a_calendar_are_provisional(case, monkeypatch) -> None:
    monkeypatch.setattr(deadlines, "_YEARS", frozenset())
    act = case.good(
        "recall", "order", case.lot, "--level", "I", "--reason", "检出", "--known",
        f"{days_ago(2)}T23:59", "--key", "farm.key",
    ).last  # fmt: skip
    found = case.show(act)["deadlines"]
    assert found["provisional"] is True and "the calendar of" in found["notes"][0]
    for shown in (("show", act), ("drill-report", act)):
        text = case.good("recall", *shown).out
        assert "provisional" in text and "the calendar of" in text
