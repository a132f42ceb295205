"""`suyuan reports import` and `export`: the national platform's table in, and decisions back."""

from datetime import date, timedelta
from pathlib import Path

import pytest

HEADINGS = "12315编号,登记日期,被投诉人,内容,投诉人,联系电话\n"
NAME, PHONE = "南宫适", "13959207777"
YESTERDAY = date.today() - timedelta(days=1)


def table(*numbers, shop="A 区 12 号", day=YESTERDAY):
    """A table of complaints about a shop, as a file."""
    rows = (f"{number},{day},{shop},缺斤短两,{NAME},{PHONE}\n" for number in numbers)
    Path("12315.csv").write_text(HEADINGS + "".join(rows), "utf-8")
    return "12315.csv"


@pytest.fixture
def office(suyuan):
    suyuan.init()
    suyuan.party("A 区 12 号", "stall", "--division", "350206")
    return suyuan.party("集美分局", "office", "--division", "350206")


def test_a_table_is_taken_in_once_and_what_is_wrong_is_said(suyuan, office):
    done = suyuan.good("reports", "import", table("100001", "100002"), "--office", office, "--json")
    assert len(done.json["new"]) == 2 and done.json["wrong"] == []
    shown = suyuan.good("reports", "show", done.json["new"][0], "--json").json
    assert (shown["source"], shown["name"], shown["contact"]) == ("100001", NAME, PHONE)
    again = suyuan("reports", "import", table("100002", "100003", "x" * 50), "--json")
    assert (again.code, len(again.json["new"]), again.json["there"]) == (2, 1, [2])
    assert [one["row"] for one in again.json["wrong"]] == [4]
    assert "row 4" in suyuan("reports", "import", table("x" * 50, "y" * 50, "z" * 50)).err


def test_no_office_takes_in_what_another_looks_after(suyuan, office):
    other = suyuan.party("翔安分局", "office", "--division", "350213", key="other.key")
    done = suyuan("reports", "import", table("100001"), "--office", other, "--json")
    assert (done.code, done.json["new"]) == (2, [])
    stall = suyuan.party("A 区 13 号", "stall", key="thirteen.key")
    suyuan.refused("no office", "reports", "import", table("100001"), "--office", stall)
    suyuan.good("reports", "import", table("100001"), "--office", office)
    for whose, count in ((other, 0), (office, 1)):
        suyuan.good("reports", "export", "--office", whose, "-o", f"{count}.csv")
        assert Path(f"{count}.csv").read_text("utf-8-sig").count("100001") == count


def test_decisions_go_back_without_who_complained(suyuan, office):
    suyuan.good("reports", "import", table("100001"))
    suyuan.good("reports", "export", "--office", office, "-o", "back.csv")
    text = Path("back.csv").read_text("utf-8-sig")
    assert "Number on 12315" in text and "100001" in text and "A 区 12 号" in text
    assert not any(word in text for word in (NAME, PHONE, "缺斤短两"))
    assert Path("back.csv").stat().st_mode & 0o077 == 0
    suyuan.refused("there already", "reports", "export", "-o", "back.csv")
    suyuan.good("reports", "export", "-o", "back.xlsx")
    assert Path("back.xlsx").read_bytes().startswith(b"PK")
    Path("none.csv").write_text("a,b\n1,2\n", "utf-8")
    suyuan.refused("none.csv", "reports", "import", "none.csv")
    assert suyuan("reports", "import", "away.csv").code == 2
