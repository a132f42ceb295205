"""Registering batches from a table: each row's fate, files that cannot be read, what was begun."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.goods.xlsx import PARTS, SHEET, TOP, packed
from support.ledger.world import days_ago
from support.web.client import client_of
from support.web.signing import CHINESE_HEADERS, ORIGIN_HEADERS, acting_for

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports.batches import Batch, coding
from suyuan.trace.recording.imports.table import read_table

pytestmark = pytest.mark.slow


def bare(event):
    return {k: v for k, v in event.items() if k not in ("eventID", "eventTime")}


def table(client, content, name="batches.csv", headers=ORIGIN_HEADERS):
    data = content if isinstance(content, bytes) else content.encode()
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"--edge\r\n" + head.encode() + data + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    return client.post("/api/v1/batches/table", data=body, headers=headers, content_type=kind)


CSV = f"""产品名称,数量,单位,生产日期,批号
上海青,30,公斤,{days_ago(3)},A1
黄瓜,三十,公斤,{days_ago(3)},A2
番茄,12.5,公斤,2026-02-30,A3
菠菜,38,斤,{days_ago(2)},A4
"""


def test_each_rows_fate_is_told_and_nothing_is_written(small, client):
    with small.ledger.reading() as reader:
        before = reader.size()
    found = table(client, CSV).json
    assert [(one["row"], one["fate"], one["draft"]) for one in found["rows"]] == [
        (2, "good", 0), (3, "wrong", None), (4, "wrong", None), (5, "good", 1),
    ]  # fmt: skip
    (cell,) = found["rows"][1]["problems"]
    assert (cell["row"], cell["column"]) == (3, "数量")
    assert cell["what"] == "'三十' is no number"
    chinese = table(client, CSV, headers=CHINESE_HEADERS).json["rows"][1]["problems"][0]
    assert chinese["what"] == "“三十”不是数字" and chinese["fix"] == "请填数字，小数用小数点"
    data = CSV.encode()
    digest = hashlib.sha256(data).hexdigest()
    member = {"sha256": digest, "size": len(data), "type": "text/csv", "as": "own"}
    assert [one["document"] for one in found["drafts"]] == [member, member]
    assert found["closing"]["statement"] == acts.document(digest, len(data), 2)
    with small.ledger.reading() as reader:
        assert reader.size() == before
    assert small.ledger.attachments.get(digest) is None
    # `suyuan register` makes them of the same rows by the same functions: bar codes and times.
    rows = read_table(io.BytesIO(data), "batches.csv")
    batches = [row for row in rows if isinstance(row, Batch)]
    for batch, one in zip(batches, found["drafts"], strict=True):
        code = one["subjects"][0].rpartition("/")[2]
        event = coding(replace(batch, code=code), small.trust.host, datetime.now(UTC))
        assert bare(one["event"]) == bare(event)


def test_what_is_coded_already_is_told(small, farm, client):
    other = small.party("海沧合作社", "producer")
    lots = [small.coded_lot(farm), small.coded_lot(other)]
    codes_ = [codes.of_uri(one, small.trust.host) for one in lots]
    text = "品名,数量(公斤),追溯码\n" + "".join(f"黄瓜,3,{code}\n" for code in codes_)
    rows = table(client, text).json["rows"]
    assert [one["fate"] for one in rows] == ["wrong", "wrong"]
    assert "coded by you" in rows[0]["problems"][0]["what"]
    assert other.uri in rows[1]["problems"][0]["what"]
    label = codes.of_chain(lots[0], farm.uri)  # of one's own labels, as registering answers
    (row,) = table(client, f"品名,数量(公斤),追溯码\n黄瓜,3,{label}\n").json["rows"]
    assert row["fate"] == "wrong" and lots[0] in row["problems"][0]["what"]


def test_a_table_that_was_registered_is_said_to_be(small, farm, client):
    source = SourceFile.of(CSV.encode(), "text/csv", "own")
    found = table(client, CSV).json
    made = [Draft(event=one["event"], document=one["document"]) for one in found["drafts"]]
    small.ledger.attachments.put(CSV.encode())
    done = bulk.append(small.ledger, farm.pen, source, drafts=made, count=2)
    again = table(client, CSV).json
    assert again["done"] == {"links": 2, "index": done.closed}
    assert again["rows"] == [] and again["closing"] is None
    other = client_of(small.ledger, small.party("海沧合作社", "producer"))
    assert table(other, CSV).json["done"] is None


def test_a_table_that_was_begun_goes_on_with_what_is_left(small, farm, client):
    found = table(client, CSV).json
    first = found["drafts"][0]
    small.ledger.write(farm.pen, [Draft(event=first["event"], document=first["document"])])
    again = table(client, CSV).json
    assert [one["fate"] for one in again["rows"]] == ["there", "wrong", "wrong", "good"]
    assert len(again["drafts"]) == 1 and again["closing"]["statement"]["links"] == 2
    second = again["drafts"][0]
    small.ledger.write(farm.pen, [Draft(event=second["event"], document=second["document"])])
    last = table(client, CSV).json
    assert last["drafts"] == [] and last["closing"]["statement"]["links"] == 2
    small.say(farm, last["closing"]["statement"])
    assert table(client, CSV).json["done"]["links"] == 2
    text = client.get(f"/api/v1/batches/table/{found['sha256']}/codes").text
    assert text.count("\r\n") == 3 and "上海青" in text and text.startswith("\ufeff追溯码")


BAD_FILES = [
    ("empty.csv", b"", "the table is empty", "是空的"),
    ("a.csv", "甲,乙\n1,2\n".encode(), "is not understood", "不认识表头"),
    ("a.csv", "品名,单位\n黄瓜,公斤\n".encode(), "no column", "缺少“数量"),
    ("a.csv", b"\xff\xfeA\x00", "UTF-16", "UTF-16"),
    ("a.csv", b"a\x00b", "NUL byte", "空字节"),
    ("a.csv", '品名,数量(公斤)\n"黄瓜,3\n'.encode(), "", ""),
    ("a.xlsx", b"hello", "no workbook", "不是 Excel 工作簿"),
    ("a.xlsx", b"PK\x03\x04 nonsense", "cut off or damaged", "已损坏"),
    ("a.xls", b"\xd0\xcf\x11\xe0 old", "of the old kind", "旧格式"),
    ("a.xlsx", packed({"mimetype": "text"}), "no Excel workbook", "不是 Excel 工作簿"),
]


def test_files_that_cannot_be_read_are_said_to_be(client):
    for name, data, says, chinese in BAD_FILES:
        answer = table(client, data, name)
        assert answer.status_code == 422, (name, data[:20])
        assert answer.json["field"] == "file" and says in answer.json["detail"], answer.json
        (cell,) = table(client, data, name, CHINESE_HEADERS).json["cells"]
        assert chinese in f"{cell['what']}；{cell['fix']}", cell
    assert client.post("/api/v1/batches/table", headers=ORIGIN_HEADERS).status_code == 422


def test_tables_beyond_the_limits_are_refused(client, monkeypatch):
    bomb = TOP + " " * (65 << 20)
    sheet = {SHEET: f'<worksheet xmlns="m"><sheetData>{bomb}</sheetData></worksheet>'}
    answer = table(client, packed(PARTS | sheet), "a.xlsx")
    assert answer.status_code == 422
    assert answer.json["detail"].startswith("it unpacks to more than 64 MiB")
    long = CSV + "#x,\n" * 400_000  # 1.6 MB of lines that are left out
    assert len(table(client, long).json["drafts"]) == 2
    assert table(client, b"x\n" * ((5 << 19) + 1)).status_code == 413
    assert table(client, b"x" * (9 << 20)).status_code == 413
    monkeypatch.setattr("suyuan.trace.recording.imports.registering.MOST_ROWS", 3)
    assert table(client, CSV).status_code == 413


def test_the_template_is_a_table_that_is_read(client):
    answer = client.get("/api/v1/batches/template")
    assert answer.content_type.endswith("spreadsheetml.sheet")
    assert "attachment" in answer.headers["Content-Disposition"]
    found = table(client, answer.data, "批次登记.xlsx").json
    assert found["rows"] == [] and found["type"] == answer.content_type


def test_names_in_the_list_of_codes_are_no_formulas(small, farm, client):
    text = "品名,数量(公斤)\n=1+1,3\n"
    found = table(client, text).json
    one = found["drafts"][0]
    small.ledger.write(farm.pen, [Draft(event=one["event"], document=one["document"])])
    answer = client.get(f"/api/v1/batches/table/{found['sha256']}/codes")
    assert ",'=1+1," in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    other = client_of(small.ledger, small.party("海沧合作社", "producer"))
    for path in (found["sha256"], "x", "0" * 64):
        assert other.get(f"/api/v1/batches/table/{path}/codes").status_code == 404


def test_a_table_of_anothers_needs_a_mandate_for_coding(small, farm):
    market, span = small.party("八市", "market"), ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    small.say(farm, acts.give_mandate(farm.uri, market.uri, ["receiving"], *span))
    theirs = client_of(small.ledger, market)
    assert acting_for(theirs, farm.uri).status_code == 303
    assert table(theirs, "品名,数量(公斤)\n黄瓜,3\n").status_code == 403
