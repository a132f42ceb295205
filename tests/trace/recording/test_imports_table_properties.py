"""Whatever the bytes of a table are, it is read or refused with a TableError."""

import io
import re
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.lengths import length

from suyuan.keys import canonical
from suyuan.trace.format import quantities
from suyuan.trace.recording.imports.batches import Batch, coding
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.recording.imports.table import count_rows, read_table

WORDS = ["品名", "数量", "单位", "条码", "批号", "生产日期", "保质期", "重量(斤)", "追溯码", "场所"]
CELLS = st.one_of(
    st.sampled_from(["", "黄瓜", "2", "0.3", "斤", "箱", "头", "2026-11-24", "#N/A", "3天", "L1"]),
    st.sampled_from(["6901234567892", "https://a.example/x", '"', "1e9", "5 吨", "-1", "/"]),
    st.text(max_size=8),
    st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,20})?", fullmatch=True),
)


def _parts():
    book = openpyxl.Workbook()
    book.active.append(["品名", "数量", "单位", "生产日期"])
    book.active.append(["黄瓜", 2.5, "斤", datetime(2026, 11, 20)])
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # One text shared, as Excel and WPS write all of them.
    name = "xl/worksheets/sheet1.xml"
    cell = b'<c r="A2" t="s"><v>0</v></c>'
    parts[name], count = re.subn(b'<c r="A2".*?</c>', cell, parts[name])
    name = "xl/_rels/workbook.xml.rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="z" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    parts[name] = parts[name].replace(b"</Relationships>", relation.encode())
    parts["xl/sharedStrings.xml"] = "<sst><si><t>黄瓜</t></si></sst>".encode()
    assert count == 1
    return packed(parts), parts


def packed(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


GOOD, PARTS = _parts()


def check(data):
    """Reads it all; what comes out is a draft that can be signed, or problems with words."""
    assert (count_rows(io.BytesIO(data), "t.csv") or 0) >= 0
    try:
        found = list(read_table(io.BytesIO(data), "t.csv", today=date(2026, 11, 24)))
    except TableError:
        return
    for row in found:
        if isinstance(row, Batch):
            assert quantities.exact(str(row.quantity), row.uom) is not None
            event = coding(row, "a.example", datetime(2026, 11, 24, tzinfo=UTC))
            assert canonical.dumps(event)
        else:
            assert row and all(problem.what and problem.fix for problem in row)


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes(data):
    check(data)
    check(b"PK\x03\x04" + data)


@given(
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=8),
    st.lists(st.lists(CELLS, max_size=9), max_size=4),
    st.sampled_from([",", "\t"]),
)
@settings(max_examples=120, deadline=None)
def test_any_cells(headings, rows, delimiter):
    lines = [delimiter.join(row) for row in (headings, *rows)]
    check("\n".join(lines).encode("utf-8", "surrogatepass"))


@given(st.lists(CELLS, min_size=10, max_size=10))
@settings(max_examples=120, deadline=None)
def test_any_values_under_all_headings(values):
    quoted = ['"' + value.replace('"', '""') + '"' for value in values]
    check(f"{','.join(WORDS)}\n{','.join(quoted)}\n".encode("utf-8", "replace"))


def _changed(data, changes):
    changed = bytearray(data)
    for at, byte in changes:
        changed[at % len(changed)] = byte
    return bytes(changed)


CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=6)


@given(CHANGES, st.integers(0, 1 << 16))
@settings(max_examples=60, deadline=None)
def test_any_damage_to_a_workbook(changes, cut):
    check(_changed(GOOD, changes))
    check(GOOD[: cut % len(GOOD)])


def test_the_workbook_that_is_damaged_is_good():
    (row,) = read_table(io.BytesIO(GOOD), "t.xlsx", today=date(2026, 11, 24))
    assert row.product == "黄瓜"


@given(st.sampled_from(sorted(PARTS)), CHANGES)
@settings(max_examples=60, deadline=None)
def test_any_damage_within_a_workbook(name, changes):
    check(packed({**PARTS, name: _changed(PARTS[name], changes)}))


@pytest.mark.slow
@given(st.sampled_from(sorted(PARTS)), CHANGES, CHANGES)
@settings(max_examples=length(600, 3000), deadline=None)
def test_much_damage(name, changes, within):
    test_any_damage_within_a_workbook.hypothesis.inner_test(name, within)
    check(_changed(GOOD, changes))
