"""XLSX: cells as spreadsheets write them, and files that mean harm."""

import io
import os
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from support.goods.xlsx import PARTS, REL, SHEET, TOP, packed
from support.ledger.lengths import length

from suyuan.trace.format.identifiers import codes
from suyuan.trace.recording.imports import package, xlsx
from suyuan.trace.recording.imports.batches import Batch
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.recording.imports.table import count_rows, read_table, template

TODAY = date(2026, 11, 24)
ROWS = int(os.environ.get("SUYUAN_TABLE_ROWS", str(length(10_000, 100_000))))
HEAD = ["品名", "数量", "单位", "生产日期", "条码", "批号"]
GTIN = 6901234567892


def sheet(body, start='<x:worksheet xmlns:x="m"><x:sheetData>'):
    body = body.replace("</", "</x:").replace("<row", "<x:row").replace("<c ", "<x:c ")
    for tag in ("v", "f", "is", "t", "r", "rPh"):
        body = body.replace(f"<{tag}>", f"<x:{tag}>")
    return packed({**PARTS, SHEET: f"{start}{body}</x:sheetData></x:worksheet>"})


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


SHARED, RELATIONS = "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"


def sharing(parts, strings):
    """The same parts, related to one more that holds the texts that cells share."""
    more = f'<Relationship Id="z" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>'
    end = "</Relationships>"
    related = parts[RELATIONS].replace(end, more + end)
    return {**parts, RELATIONS: related, SHARED: f'<sst xmlns="m">{strings}</sst>'}


def shared(data):
    """The same workbook with its texts shared among cells, as Excel and WPS write them."""
    parts, texts = parts_of(data), {}

    def cell(match):
        at = texts.setdefault(match.group(2), len(texts))
        return f'{match.group(1)} t="s"><v>{at}</v></c>'

    parts[SHEET] = re.sub(
        '(<c [^>]*?) t="inlineStr"><is>(.*?)</is></c>', cell, parts[SHEET], flags=re.DOTALL
    )
    return packed(sharing(parts, "".join(f"<si>{text}</si>" for text in texts)))


def table(data, name="batches.xlsx"):
    return read_table(io.BytesIO(data), name, today=TODAY)


def refused(data, name="batches.xlsx"):
    with pytest.raises(TableError) as caught:
        list(table(data, name))
    return str(caught.value)


def saved(book):
    book.save(out := io.BytesIO())
    return out.getvalue()


def workbook(rows, sheets=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title in sheets:
        book.create_sheet(title)
    return saved(book)


def test_numbers_dates_and_texts():
    rows = [
        HEAD,
        ["黄瓜", 0.1 + 0.2, "公斤", datetime(2026, 11, 20, 23, 59), GTIN, 20261124],
        [" 番茄 ", "12.5公斤", None, "2026-11-20", str(GTIN), "L1"],
        [],
        ["土鸡", 20, "只", 20261120, None, None],
    ]
    first, second, third = table(workbook(rows))
    assert first.quantity == Decimal("0.3")
    assert (first.produced, first.gtin, first.lot) == ("2026-11-20", f"0{GTIN}", "20261124")
    assert (second.product, second.quantity, second.lot) == ("番茄", Decimal("12.5"), "L1")
    assert (third.row, third.quantity, third.produced) == (5, Decimal(20), "2026-11-20")


def test_dates_are_told_by_their_format_and_epoch():
    book = openpyxl.Workbook()
    book.epoch = datetime(1904, 1, 1)
    sheet = book.active
    sheet.append(HEAD[:4])
    for at, shown in enumerate(('yyyy"年"m"月"d"日"', "[$-804]yyyy-mm-dd", "0.00", "General"), 2):
        sheet.append(["黄瓜", 1, "斤", 44884.5])
        sheet.cell(at, 4).number_format = shown
    first, second, third, fourth = table(saved(book))
    assert first.produced == second.produced == "2026-11-20"
    assert str(third[0].what) == str(fourth[0].what) == "44884.5 is a number and no date"


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("B", "=1/0", "its formula has not been calculated"),
        ("B", True, "the cell holds TRUE"),
        ("B", -1, "it is negative"),
        ("B", datetime(2026, 11, 20), "made a date of the quantity"),
        ("F", datetime(2026, 11, 20), "made a date of the lot"),
        ("F", 1.5, "made a number of the lot"),
        ("F", 20261124000000001, "kept only 15 digits of the lot"),
        ("E", 690123456789, "wrong check digit"),
    ],
)
def test_cells_refused(column, value, says):
    row = ["黄瓜", 2, "斤", "2026-11-20", GTIN, "L1"]
    row["ABCDEF".index(column)] = value
    (problems,) = table(workbook([HEAD, row]))
    assert says in str(problems[0].what)
    assert problems[0].column == HEAD["ABCDEF".index(column)]


def test_errors_of_formulas_are_not_empty_cells():
    row = '<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B2"><v>2</v></c></row>'
    (problems,) = table(sheet(TOP + row))
    assert str(problems[0].what) == "the cell holds the error #DIV/0!"


def test_rich_text_without_how_it_is_spoken():
    text = "<is><r><t>五花</t></r><r><t>肉_x4E00__x000A_</t></r><rPh><t>wu</t></rPh></is>"
    row = f'<row r="7"><c r="A7" t="inlineStr">{text}</c><c r="B7" t="str"><v>2</v></c></row>'
    (batch,) = table(sheet(TOP + row))
    assert (batch.row, batch.product) == (7, "五花肉一")


def test_texts_that_cells_share():
    data = shared(workbook([HEAD, ["五花<肉> & _x4E00_", 2, "斤"], ["黄瓜", 2, "斤"]]))
    assert "inlineStr" not in parts_of(data)[SHEET]
    first, second = table(data)
    assert (first.product, first.uom, second.product) == ("五花<肉> & 一", "KGM", "黄瓜")


def test_shared_texts_beyond_all_measure(monkeypatch):
    data = shared(workbook([HEAD, ["黄" * 30_000, 2, "斤"], ["瓜" * 30_000, 2, "斤"]]))
    monkeypatch.setattr(xlsx, "MAX_TEXT", 50_000)
    assert "or too many" in refused(data)
    monkeypatch.setattr(xlsx, "MAX_TEXTS", 3)
    assert "more than 3 texts" in refused(data)


def test_shared_rich_text_without_how_it_is_spoken():
    parts = parts_of(shared(workbook([HEAD, ["五花肉", 2, "斤"]])))
    rich = "<r><t>五花</t></r><r><t>肉</t></r><rPh><t>wu</t></rPh>"
    plain = "<t>(&#20116;&#33457;&#32905;|五花肉)</t>"  # with lxml, without
    parts[SHARED], count = re.subn(plain, rich, parts[SHARED])
    assert count == 1
    (row,) = table(packed(parts))
    assert row.product == "五花肉"


def test_what_is_left_out_is_said():
    found = table(workbook([HEAD, ["黄瓜", 2, "斤"]], sheets=["二月", "三月"]))
    assert len(list(found)) == 1
    (note,) = found.notes
    assert str(note) == "only the first sheet, 'Sheet', was read, and not 二月, 三月"


def test_rows_counted():
    two = workbook([HEAD, ["黄瓜", 2, "斤"], ["番茄", 2, "斤"]])
    for data, count in ((two, 2), (sheet(TOP), None), (b"PK\x03\x04", None)):
        assert count_rows(io.BytesIO(data), "b.xlsx") == count


def test_the_template_is_read_and_its_example_is_not():
    data = template()
    assert len(data) < 20_000
    assert list(table(data)) == []
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.active.append([None, "带皮五花肉", None, None, 912.4, "公斤"])
    book.active["A2"] = None  # the example itself is right
    example, row = table(saved(book))
    assert isinstance(example, Batch)
    assert (row.product, row.quantity) == ("带皮五花肉", Decimal("912.4"))


GOOD = workbook([HEAD, ["黄瓜", 2, "斤"]])
OLD_KIND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROW_2 = TOP + '<row r="2">'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (GOOD[:-200], "cut off or damaged"),
        (GOOD[:40], "cut off or damaged"),
        (b"a,b\n", "no workbook, whatever its name"),
        (packed({"content.xml": "x"}), "no Excel workbook"),
        (OLD_KIND + bytes(600), "of the old kind"),
        (OLD_KIND + "EncryptedPackage".encode("utf-16-le"), "it is encrypted"),
        (packed({**PARTS, SHEET: "<worksheet"}), "no XML that can be read"),
        (packed(PARTS), "is missing"),
        (packed({**PARTS, SHEET: "<a/>"}, zipfile.ZIP_LZMA), "packed in a way"),
        (packed({**PARTS, "xl/workbook.xml": "<workbook/>"}), "no sheet that can be seen"),
        (
            packed({**PARTS, SHEET: '<!DOCTYPE a [<!ENTITY a "aa">]><worksheet>&a;</worksheet>'}),
            "declares a document type",
        ),
        (packed({**PARTS, SHEET: "<a><!--" + "x" * (3 << 20) + "--></a>"}), "a tag of over"),
        (packed({**PARTS, SHEET: '<?xml version="1.0" encoding="x-no"?><a/>'}), "no XML"),
        (sheet(TOP + '<row r="1"/>'), "out of order"),
        (sheet(TOP + '<row r="9999999"/>'), "out of order"),
        (sheet(ROW_2 + '<c r="A3"/></row>'), "cells out of order"),
        (sheet(ROW_2 + '<c r="?"/></row>'), "a cell without a place"),
        (sheet(ROW_2 + '<c r="XFD2"><v>1</v></c></row>'), "more than 256 cells"),
        (sheet(ROW_2 + '<c r="A2" t="s"><v>5</v></c></row>'), "the workbook lacks"),
        (sheet(ROW_2 + f'<c r="A2" t="str"><v>{"黄" * 40_000}</v></c></row>'), "over 32767"),
        (sheet(""), "the table is empty"),
    ],
    # The bytes hold the time at which they were packed: no name for a test.
    ids=lambda part: part if isinstance(part, str) else "file",
)
def test_files_that_are_refused_whole(data, says):
    assert says in refused(data)


def test_a_value_in_the_last_row_costs_nothing():
    row = '<row r="1048576"><c r="A1048576" t="str"><v>x</v></c><c r="B1048576"><v>1</v></c></row>'
    (batch,) = table(sheet(TOP + row))
    assert batch.row == 1_048_576


def test_a_file_that_unpacks_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(package, "MAX_UNPACKED", 1 << 20)
    data = packed({**PARTS, SHEET: "<worksheet>" + " " * (2 << 20) + "</worksheet>"})
    assert len(data) < 10_000
    assert "unpacks to more than 1 MiB" in refused(data)
    # The directory may say otherwise of its size: what comes out is counted too.
    at = data.rindex(SHEET.encode()) - 46
    data = data[: at + 24] + (100).to_bytes(4, "little") + data[at + 28 :]
    assert "damaged" in refused(data)


@pytest.mark.parametrize("element", ["<c/>", "<a/>", "<x:c></x:c>", "<a><b/></a>"])
def test_elements_are_counted_and_refused_before_they_are_too_many(element):
    """One for 16 bytes that may be unpacked, whatever they are called: each costs time."""
    most = 1_024
    each = len(re.findall("<[^/]", element))
    head = '<x:w xmlns:x="m">'
    for count, is_good in ((most - 1, True), (most, False), (most + most // 8, False)):
        data = packed({SHEET: head + element * (count // each) + "</x:w>"})
        file, read = package.Package(io.BytesIO(data), "t.xlsx", 16 * most), []
        parsing = file.parse(SHEET, lambda tag, _, read=read: read.append(tag), lambda _: None, len)
        if is_good:
            assert list(parsing) and len(read) == 1 + count // each * each
        else:
            with pytest.raises(TableError, match="unpacks to more than"):
                list(parsing)
            assert len(read) == most


def test_a_workbook_of_too_many_elements(monkeypatch):
    monkeypatch.setattr(package, "MAX_UNPACKED", 1 << 16)  # 4,096 elements
    assert table(sheet(TOP + '<row r="2"><c r="A2" t="str"><v>x</v></c></row>'))
    assert "unpacks to more" in refused(sheet(TOP + "<c/>" * 5_000))
    data = packed(sharing({**PARTS, SHEET: "<worksheet/>"}, "<a/>" * 5_000))
    assert "unpacks to more" in refused(data)


def test_an_encrypted_part():
    data = packed(PARTS)
    at = data.index(b"PK\x01\x02") + 8
    assert "it is encrypted" in refused(data[:at] + b"\x01\x00" + data[at + 2 :])


def test_parts_of_one_name():
    out = io.BytesIO(packed(PARTS))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("XL/workbook.xml", "<workbook/>")
    assert "its list of parts" in refused(out.getvalue())


MEASURE = """
import resource, sys
from datetime import date
from suyuan.trace.recording.imports.table import read_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = read_table(open(sys.argv[1], "rb"), sys.argv[1], today=date(2026, 11, 24))
good = sum(not isinstance(row, list) for row in table)
print(good, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xlsx", "shared.xlsx"])
def test_many_rows_in_bounded_memory(tmp_path, kind):
    """100,000 by SUYUAN_TABLE_ROWS: in under 250 MB then."""
    head = ["追溯码", "产品名称", "规格", "数量", "单位", "生产日期", "保质期", "产地", "批号"]
    rows = [
        [codes.new(), f"五花肉{n}", "20kg/箱", 1 + n / 8, "公斤", "2026-11-20", 7, "兰陵", f"L{n}"]
        for n in range(ROWS)
    ]
    path = tmp_path / f"big.{kind}"
    if kind == "csv":
        text = "\n".join(",".join(str(cell) for cell in row) for row in [head, *rows])
        path.write_text(text, encoding="utf-8")
    else:
        book = openpyxl.Workbook(write_only=True)
        target = book.create_sheet("a", 0)
        for row in [head, *rows]:
            target.append(row)
        book.save(path)
    if kind == "shared.xlsx":
        path.write_bytes(shared(path.read_bytes()))
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    good, kilobytes = (int(word) for word in run.stdout.split())
    assert good == ROWS
    assert kilobytes < 20_000 + 2.3 * ROWS
