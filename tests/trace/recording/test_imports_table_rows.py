"""Rows of a table: which values are taken as what, and what is said of those that are not."""

import io
from datetime import date
from decimal import Decimal

import pytest

from suyuan.trace.format import quantities
from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.recording.imports import values
from suyuan.trace.recording.imports.batches import Batch
from suyuan.trace.recording.imports.table import read_table

TODAY = date(2026, 11, 24)
CODE = codes.from_bits(1)
GTIN = "6901234567892"


def read(*lines):
    file = io.BytesIO("\n".join(lines).encode())
    return list(read_table(file, "batches.csv", today=TODAY))


def one(column, value):
    """The row with this value, or its only problem."""
    lines = {"品名": "黄瓜", "数量": "2", "单位": "公斤"} | {column: f'"{value}"'}
    (found,) = read(",".join(lines), ",".join(lines.values()))
    if isinstance(found, Batch):
        return found
    (problem,) = found
    assert problem.row == 2
    return problem


@pytest.mark.parametrize(
    ("number", "unit", "value", "uom"),
    [
        ("912.4", "公斤", "912.4", "KGM"), ("1,234.5", "kg", "1234.5", "KGM"),
        ("１２．５", "ＫＧ", "12.5", "KGM"), ("3", "斤", "1.5", "KGM"), ("7", "两", "0.35", "KGM"),
        ("0.000001", "千克", "0.000001", "KGM"), (".5", "吨", "0.5", "TNE"),
        ("500", "克", "500", "GRM"), ("2", "升", "2", "LTR"), ("250", "ml", "250", "MLT"),
        ("30", "头", "30", "H87"), ("30.0", "只", "30.0", "H87"), ("2", "打", "2", "DZN"),
        ("2", "DTN", "2", "DTN"),
    ],
)  # fmt: skip
def test_quantities(number, unit, value, uom):
    (row,) = read("品名,数量,单位", f'黄瓜,"{number}",{unit}')
    assert (row.quantity, row.uom) == (Decimal(value), uom)
    assert quantities.exact(str(row.quantity), row.uom) is not None
    (row,) = read("品名,数量", f'黄瓜,"{number} {unit}"')
    assert (row.quantity, row.uom) == (Decimal(value), uom)


def test_every_unit_is_one_that_the_store_converts():
    for name in values._FACTORS:
        code, factor = values.unit(name)
        assert quantities.exact(str(factor), code) is not None
        assert name not in values.PACKAGES


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "it is empty"), ("-3", "it is negative"), ("0", "it is zero"), ("0.00", "it is zero"),
        ("abc", "is no number"), ("1,5", "is no number"), ("1.2.3", "is no number"),
        ("十", "is no number"), ("1e3", "no unit 'e3'"), ("10²", "no unit '²'"),
        ("1234567.123456789", "more than 15 digits"), ("0.0000001", "cannot be kept exactly"),
        (GTIN, "more than any batch has"), ("9" * 400, "more than 15 digits"),
        ("1" + "0" * 400, "more than any batch has"),
        ("5箱", "箱 stands behind the number, 公斤 as unit"),
        ("#DIV/0!", "the cell holds the error #DIV/0!"), ("####", "the cell holds the error ####"),
    ],
)  # fmt: skip
def test_quantities_refused(value, says):
    problem = one("数量", value)
    assert problem.column == "数量"
    assert says in str(problem.what)


@pytest.mark.parametrize(
    ("number", "unit", "says"),
    [
        ("5", "箱", "箱 is a package"), ("5", "蒲式耳", "no unit '蒲式耳' is known"),
        ("2.5", "头", "no whole number"), ("5", "", "it has no unit"),
    ],
)  # fmt: skip
def test_units_refused(number, unit, says):
    ((problem,),) = read("品名,数量,单位", f"黄瓜,{number},{unit}")
    assert says in str(problem.what)


def test_packages_beside_a_weight_are_a_second_measure():
    lines = ["五花肉,38,箱,912.4", "五花肉,38,箱,", "土鸡,20,只,", "土鸡,,,30", "土鸡,,,"]
    both, packages, pieces, weight, none = read("品名,数量,单位,重量(公斤)", *lines)
    assert (both.quantity, both.uom) == (Decimal("912.4"), "KGM")
    assert (both.count, both.count_unit) == (Decimal(38), "箱")
    assert "is a package" in str(packages[0].what)
    assert (pieces.quantity, pieces.uom, pieces.count) == (Decimal(20), "H87", None)
    assert (weight.quantity, weight.uom, weight.count) == (Decimal(30), "KGM", None)
    assert str(none[0].what) == "it is empty"
    ((problem,),) = read("品名,数量,单位,重量", "五花肉,38,箱,912.4")
    assert (problem.column, str(problem.what)) == ("重量", "it has no unit")


@pytest.mark.parametrize(
    "value",
    [
        *("2026-11-20", "2026/11/20", "2026.11.20", "20261120", "2026年11月20日"),
        *("２０２６－１１－２０", "2026-11-20 08:30:00", "2026/11/20 8:30"),
    ],
)
def test_dates(value):
    assert one("生产日期", value).produced == "2026-11-20"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("2026-02-30", "the calendar has no 2026-02-30"),
        ("20261301", "the calendar has no 20261301"), ("0000-01-01", "the calendar has no"),
        ("2026-11-25", "2026-11-25 is in the future"), ("11/20/2026", "is no date"),
        ("2026-11/20", "is no date"), ("昨天", "is no date"), ("1926-11-20", "before 1950"),
    ],
)  # fmt: skip
def test_dates_refused(value, says):
    assert says in str(one("生产日期", value).what)


@pytest.mark.parametrize(
    ("value", "days"),
    [("3", 3), ("3天", 3), ("3 日", 3), ("7 days", 7), ("2周", 14), ("无", None), ("/", None)],
)
def test_shelf_lives(value, days):
    assert one("保质期", value).shelf_life == days


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("12个月", "(365 perhaps)"), ("2年", "(730 perhaps)"), ("6 months", "(182 perhaps)"),
        ("0", "1 to 36500 days"), ("-3", "whole days"), ("1.5", "whole days"),
        ("长期", "whole days"),
    ],
)  # fmt: skip
def test_shelf_lives_refused(value, says):
    assert says in str(one("保质期", value).fix)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("追溯码", "ABCD", "is no trace code"),
        ("追溯码", CODE[:-1] + "5", "wrong check character"),
        ("商品条码", "6901234567891", "2 would be right"),
        ("GTIN", "690123456789", "wrong check digit"),
        ("GTIN", "12345", "8, 12, 13 or 14 digits"),
        ("条码", "6.90123E+12", "shortened the GTIN"),
        ("条码", GTIN, "a GTIN without a lot"),
        ("品名", "黄\u202e瓜", "U+202E"),
        ("品名", "黄" * 201, "201 characters"),
        ("品名", " ", "it is empty"),
        ("产地", "371", "is no division"),
        ("场所", "一号棚", "is no place"),
        ("场所", "6901234567891", "is no GLN"),
        ("场所", "https://id.gs1.org/414/123", "is no GLN"),
        ("场所", "https://trace.example/place/0000000000000001", "is no place"),
    ],
)
def test_other_values_refused(column, value, says):
    problem = one(column, value)
    assert problem.column == column
    assert says in str(problem.what)


def test_all_problems_of_a_row_are_told():
    ((*problems,),) = read(
        "品名,数量,单位,生产日期,保质期,商品条码,批号", ",0,斤,2026-13-01,x,1,批"
    )
    columns = {problem.column for problem in problems}
    assert columns == {"品名", "数量", "生产日期", "保质期", "商品条码", "批号"}
    assert str(problems[1]).startswith("row 2, 数量: it is zero; ")


def test_a_lot_with_its_gtin_and_without():
    lines = [f"五花肉,2,斤,{GTIN},L1", "五花肉,2,斤,,甲-1", f"五花肉,2,斤,{GTIN},批一"]
    both, own, wrong = read("品名,数量,单位,商品条码,批号", *lines)
    assert (both.gtin, both.lot) == (f"0{GTIN}", "L1")
    assert (own.gtin, own.lot) == (None, "甲-1")
    assert wrong[0].column == "批号"


def test_batches_that_stand_twice():
    lines = [f"{CODE},,,甲,1,斤", f"{codes.shown(CODE).lower()},,,乙,1,斤"]
    lines += [f",{GTIN},L1,甲,1,斤", f",0{GTIN},L1,甲,1,斤", f",{GTIN},L2,甲,1,斤"]
    found = read("追溯码,条码,批号,品名,数量,单位", *lines)
    assert str(found[1][0].what) == "the same batch stands in row 2"
    assert str(found[3][0].what) == "the same batch stands in row 4"
    assert [isinstance(row, Batch) for row in found] == [True, False, True, False, True]


def test_a_lot_of_a_gtin_has_the_code_that_follows():
    right = codes.of_uri(gs1.lot_uri(GTIN, "L1"), "")
    head = "追溯码,条码,批号,品名,数量,单位"
    good, bad = read(head, f"{right},{GTIN},L1,甲,1,斤", f"{CODE},{GTIN},L1,甲,1,斤")
    assert good.code == right
    assert codes.shown(right) in str(bad[0].fix)
