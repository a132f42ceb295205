"""Tables of batches: headings, CSV's forms, what is said and what is refused."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.format.messages import msg
from suyuan.trace.recording.imports import delimited
from suyuan.trace.recording.imports.batches import FIELDS, Batch, RowProblem, coding, of_event
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.recording.imports.table import IGNORED, count_rows, read_table

TODAY = date(2026, 11, 24)
CODE = codes.from_bits(12345678901234567890123)
GTIN = "6901234567892"


def table(content, name="batches.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return read_table(io.BytesIO(data), name, today=TODAY)


def rows(text):
    return list(table(text))


def refused(content, name="batches.csv"):
    with pytest.raises(TableError) as caught:
        list(table(content, name))
    return str(caught.value)


def test_every_column_in_chinese():
    text = (
        "追溯码,产品名称,规格,类别,数量,单位,生产日期,保质期,产地,场所\n"
        f"{codes.shown(CODE).lower()},带皮五花肉,20kg/箱,畜禽肉,912.4,公斤,2026-11-24,7天,371324,"
        f"{GTIN}\n"
    )
    assert rows(text) == [
        Batch(
            row=2,
            product="带皮五花肉",
            quantity=Decimal("912.4"),
            uom="KGM",
            code=CODE,
            spec="20kg/箱",
            category="畜禽肉",
            produced="2026-11-24",
            shelf_life=7,
            origin="371324",
            place=f"https://id.gs1.org/414/{GTIN}",
        )
    ]


@pytest.mark.parametrize(
    "headings",
    [
        "品名,数量,单位", "Product , QUANTITY,unit", "ｐｒｏｄｕｃｔ,数量,单位",
        "*品名：,数 量(必填),计量单位", "名称,重量,uom",
    ],
)  # fmt: skip
def test_headings_by_other_names(headings):
    (row,) = rows(f"{headings}\n黄瓜,20,斤\n")
    assert (row.product, row.quantity, row.uom) == ("黄瓜", Decimal("10.0"), "KGM")


def test_columns_in_any_order_with_the_unit_in_the_heading():
    (row,) = rows("保质期（天）,数量（公斤）,品名\n3,12.5,黄瓜\n")
    assert (row.quantity, row.uom, row.shelf_life) == (Decimal("12.5"), "KGM", 3)


def test_no_two_fields_have_a_name_in_common():
    names = [name for field in FIELDS.values() for name in field.headings]
    assert len(set(names)) == len(names)
    assert not set(names) & set(IGNORED)


def test_columns_that_are_not_kept_are_said():
    found = table("序号,品名,数量,单位,备注,#价格\n1,黄瓜,2,斤,好,3.50\n")
    assert len(list(found)) == 1
    assert tuple(map(str, found.notes)) == ("not kept: the columns 序号, 备注, #价格",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the table is empty"),
        ("\n\n", "the table is empty"),
        ("品名,数量,单位,价格\n", "the heading '价格' is not understood"),
        ("品名,单位\n", "no column 数量"),
        ("数量,单位\n", "no column 产品名称"),
        ("品名,名称,数量,单位\n", "'品名' and '名称' mean the same"),
        ("品名,数量(箩筐)\n", "no unit '箩筐' is known"),
        ("品名,数量,保质期(月)\n", "not in days"),
        ("黄瓜,20,公斤\n番茄,30,公斤\n", "the heading '黄瓜' is not understood"),
        ('品名,数量,单位\n"黄瓜,2,斤\n', "line 2"),
        ('品名,数量,单位\n"黄瓜,2,斤\n' + "x\n" * 2000, "a quote opens and does not close"),
        ('品名,数量,单位\n"黄"瓜,2,斤\n', "line 2"),
        ("品名,数量,单位\n" + "黄" * 300_000, "longer than"),
        ("品名,数量,单位\n" + "黄" * 40_000 + ",2,斤\n", "over 32767 characters"),
        ("品名,数量,单位\n" + "," * 300, "301 cells"),
        ("品名,数量,单位\n黄瓜,2,斤\n".encode("utf-16"), "UTF-16"),
        ("品名,数量,单位\n黄\0瓜,2,斤\n".encode(), "line 2 holds a NUL byte"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "neither UTF-8 nor GB18030"),
    ],
)
def test_files_that_are_refused_whole(text, says):
    assert says in refused(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends(encoding, delimiter, newline):
    lines = [["品名", "数量", "单位", "产地"], ["𠮷祥黄瓜", "2", "斤", '"山东, 兰陵"']]
    text = newline.join(delimiter.join(line) for line in lines)
    found = table(text.encode(encoding))
    (row,) = found
    assert (row.product, row.origin) == ("𠮷祥黄瓜", "山东, 兰陵")
    assert bool(found.notes) == (encoding == "gb18030")


def test_excels_line_about_the_delimiter():
    (row,) = rows("sep=;\n品名;数量;单位\n黄瓜;2;斤\n")
    assert row.row == 3


def test_a_title_above_the_headings():
    found = table("兰陵县批次登记表,,\n2026年11月,,\n品名,数量,单位\n黄瓜,2,斤\n")
    assert [row.row for row in found] == [4]
    assert "row 3" in str(found.notes[0])


def test_empty_rows_and_remarks_are_passed_over():
    text = "品名,数量,单位\n\n#示例,2,斤\n,,\n黄瓜,2,斤\n#N/A,2,斤\n"
    good, bad = rows(text)
    assert good.row == 5
    assert bad == [
        RowProblem(
            6,
            "品名",
            msg("the cell holds the error %(error)s", error="#N/A"),
            msg("repair it, or type the value"),
        )
    ]


def test_a_row_that_spans_lines_keeps_the_numbers_of_a_spreadsheet():
    text = '品名,数量,单位,规格\n黄瓜,2,斤,"大\n小"\n番茄,2,斤,\n'
    first, second = rows(text)
    assert (first.row, first.spec, second.row) == (2, "大 小", 3)


def test_rows_with_too_few_and_too_many_cells():
    short, long, empty = rows("品名,数量,单位\n黄瓜,2\n黄瓜,2,斤,好\n黄瓜,2,斤,,\n")
    assert "2 cells under 3 headings" in str(short[0].what)
    assert "4 cells under 3 headings" in str(long[0].what)
    assert empty.row == 4


def test_rows_counted():
    file = io.BytesIO("品名,数量\n1,2\n3,4".encode())
    assert count_rows(file, "batches.csv") == 2
    assert delimited.lines(file) == 3


@pytest.mark.parametrize(
    ("gtin", "lot", "code", "item"),
    [
        (None, None, None, None),
        (None, None, CODE, f"https://trace.example/t/{CODE}"),
        (None, "甲1", CODE, f"https://trace.example/t/{CODE}"),
        (f"0{GTIN}", "L1/2", None, gs1.lot_uri(GTIN, "L1/2")),
    ],
)
def test_the_draft_of_a_batch(gtin, lot, code, item):
    row = Batch(
        row=2, product="五花肉", quantity=Decimal("912.4"), uom="KGM", code=code, gtin=gtin,
        lot=lot,
        produced="2026-11-24", count=Decimal("38"), count_unit="箱",
    )  # fmt: skip
    event = coding(row, "trace.example", datetime(2026, 11, 24, 8, tzinfo=UTC))
    coded = event["quantityList"][0]["epcClass"]
    assert coded == item if item else codes.in_uri(coded, "trace.example") not in (None, CODE)
    item = coded
    assert event["quantityList"] == [{"epcClass": item, "quantity": 912.4, "uom": "KGM"}]
    assert event["eventTime"] == "2026-11-24T16:00:00.000+08:00"
    ilmd = event["ilmd"]
    assert ilmd["suyuan:product"] == "五花肉"
    assert ilmd.get("suyuan:lot") == (lot if gtin is None else None)
    assert ilmd.get("suyuan:productId") == (f"https://id.gs1.org/01/{gtin}" if gtin else None)
    assert event["suyuan:quantities"] == [
        {"item": item, "value": "38", "unit": "箱", "kind": "count"}
    ]
    known = {"row": 0, "code": None, "product_id": ilmd.get("suyuan:productId")}
    assert of_event(event, item) == replace(row, **known)
    assert of_event(event, "https://trace.example/t/other") is None
