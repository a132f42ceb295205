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
    ("value", "days"),
    [("3", 3), ("3天", 3), ("3 日", 3), ("7 days", 7), ("2周", 14), ("无", None), ("/", None)],
)
def test_shelf_lives(value, days):
    assert one("保质期", value).shelf_life == days


# By column and what is said of them: values that are refused.
REFUSED = {
    "数量": {
        "it is empty": [""], "it is negative": ["-3"], "it is zero": ["0", "0.00"],
        "is no number": ["abc", "1,5", "1.2.3", "十"], "no unit 'e3'": ["1e3"],
        "no unit '²'": ["10²"], "more than 15 digits": ["1234567.123456789", "9" * 400],
        "cannot be kept exactly": ["0.0000001"],
        "more than any batch has": [GTIN, "1" + "0" * 400],
        "箱 stands behind the number, 公斤 as unit": ["5箱"],
        "the cell holds the error #DIV/0!": ["#DIV/0!"], "the cell holds the error ####": ["####"],
    },
    "生产日期": {
        "the calendar has no": ["2026-02-30", "20261301", "0000-01-01"],
        "2026-11-25 is in the future": ["2026-11-25"], "before 1950": ["1926-11-20"],
        "is no date": ["11/20/2026", "2026-11/20", "昨天"],
    },
    "保质期": {
        "(365 perhaps)": ["12个月"], "(730 perhaps)": ["2年"], "(182 perhaps)": ["6 months"],
        "1 to 36500 days": ["0"], "whole days": ["-3", "1.5", "长期"],
    },
    "追溯码": {"is no trace code": ["ABCD"], "wrong check character": [CODE[:-1] + "5"]},
    "商品条码": {"2 would be right": ["6901234567891"]},
    "GTIN": {"wrong check digit": ["690123456789"], "8, 12, 13 or 14 digits": ["12345"]},
    "条码": {"shortened the GTIN": ["6.90123E+12"], "a GTIN without a lot": [GTIN]},
    "品名": {"U+202E": ["黄\u202e瓜"], "201 characters": ["黄" * 201], "it is empty": [" "]},
    "产地": {"is no division": ["371"]},
    "场所": {
        "is no place": ["一号棚", "https://trace.example/place/0000000000000001"],
        "is no GLN": ["6901234567891", "https://id.gs1.org/414/123"],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [(name, value, says) for name, of in REFUSED.items() for says in of for value in of[says]],
)
def test_values_refused(column, value, says):
    problem = one(column, value)
    assert problem.column == column
    assert says in (str(problem.fix) if column == "保质期" else str(problem.what))


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
