"""Complaints from the national platform: a table taken in once, decisions handed back."""

import csv
import html
import io
import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.ledger.world import World
from support.web.front import HEADERS, Front
from support.web.signing import form_token

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access
from suyuan.trace.exchange.spreadsheets import xlsx
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.reported import platform_table
from suyuan.trace.inspection.reported.platform_numbers import PlatformNumbers
from suyuan.trace.recording.imports.cells import TableError

HEADINGS = ["12315编号", "登记日期", "被投诉人", "许可证号", "商品", "内容", "投诉人", "联系电话"]
NAME, PHONE, TEXT = "南宫适", "13959207777", "称上短了二两"


class Platform(Front):
    """An office that takes in tables of the platform."""

    def row(self, **more):
        values = dict(zip(HEADINGS, ["1350211002026120200001", self.yesterday, self.stall_name,
                                     "", "豆腐", TEXT, NAME, PHONE], strict=True))  # fmt: skip
        return list((values | more).values())

    @property
    def yesterday(self):
        return self.day(-1)

    @property
    def stall_name(self):
        with self.ledger.reading() as reader:
            return reader.party(self.stall.uri).name

    def send(self, actor, *rows, headings=HEADINGS, data=None, name="12315.csv"):
        client = self.client(actor)
        if data is None:
            text = io.StringIO()
            csv.writer(text).writerows([headings, *rows])
            data = text.getvalue().encode()
        form = {"csrf_token": form_token(client, "/me"), "file": (io.BytesIO(data), name)}
        answer = client.post("/cases/12315", data=form, headers=HEADERS,
                             content_type="multipart/form-data")  # fmt: skip
        return answer.status_code, re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.text))

    def all(self):
        return list(self.book.all())


def text_of(workbook):
    """All that stands in a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        return html.unescape("".join(book.read(name).decode() for name in book.namelist()))


@pytest.fixture
def platform(small: World) -> Platform:
    return Platform(small)


def test_a_row_becomes_a_report_then_a_case_and_its_decision_goes_back(platform):
    status, page = platform.send(platform.people[0], platform.row())
    assert status == 200 and "1 complaint is new" in page
    (report,) = platform.all()
    said = platform.book.said(report)
    assert (said.text, said.name, said.contact) == (f"豆腐\n{TEXT}", NAME, PHONE)
    assert report.holder == platform.stall.uri and report.source == "1350211002026120200001"
    assert platform.ledger.now().timestamp() * 1e6 > report.received
    (task,) = platform.client(platform.office).get("/api/v1/tasks?source=report").json["tasks"]
    assert TEXT in task["reason"]
    shown = platform.task(platform.people[1], report)
    assert NAME in shown and "1350211002026120200001" in shown
    case = platform.take_up(report)
    platform.record(platform.office, "accepted", case)
    platform.record(platform.office, "settled", case, said={"outcome": "补足二两"})
    answer = platform.client(platform.office).get("/cases/12315?format=xlsx", headers=HEADERS)
    sheet = text_of(answer.data)
    for word in (
        "1350211002026120200001",
        complaints.shown(report.number),
        "Complaint accepted",
        "补足二两",
    ):
        assert word in sheet
    assert not any(word in sheet for word in (NAME, PHONE, TEXT))
    page = platform.client(platform.office).get("/cases/12315", headers=HEADERS).text
    assert "Settled by mediation" in page and NAME not in page


def test_a_table_that_comes_again_makes_no_doubles_whatever_became_of_its_reports(platform):
    rows = [platform.row(**{"12315编号": f"135021100202612020000{n}"}) for n in range(4)]
    platform.send(platform.office, *rows[:3])
    first = {report.source: report for report in platform.all()}
    platform.book.erase(first["1350211002026120200000"])
    platform.book.delete(first["1350211002026120200001"])
    status, page = platform.send(platform.people[0], *rows)
    assert status == 200 and "1 complaint is new" in page and "3 were there already" in page
    assert sorted(report.source[-1] for report in platform.all()) == ["0", "2", "3"]
    assert platform.book.said(platform.book.find(first["1350211002026120200000"].number)) is None


def test_one_that_was_cut_off_in_between_is_taken_once_when_it_comes_again(platform, monkeypatch):
    """The number is given a receipt, then the power fails; or the report is half written."""
    original = complaints.Complaints.add
    monkeypatch.setattr(complaints.Complaints, "add", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError), platform.ledger.reading() as reader:
        take(platform, reader, platform.row())
    monkeypatch.setattr(complaints.Complaints, "add", original)
    written = complaints.durable.replace

    def half(path, data, **more):
        if path.name == "report.json":
            raise OSError(5, "gone")
        written(path, data, **more)

    monkeypatch.setattr(complaints.durable, "replace", half)
    assert platform.send(platform.office, platform.row())[0] == 503
    monkeypatch.setattr(complaints.durable, "replace", written)
    assert "1 complaint is new" in platform.send(platform.office, platform.row())[1]
    assert "1 was there already" in platform.send(platform.office, platform.row())[1]
    (report,) = platform.all()
    assert platform.book.said(report).name == NAME
    assert len(list((platform.ledger.home / "reports").iterdir())) == 1


def take(platform, reader, *rows):
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    remit = platform_remit(platform, reader)
    file = io.BytesIO(text.getvalue().encode())
    return platform_table.take(platform.ledger, reader, remit, file, "t.csv")


def platform_remit(platform, reader):
    return Access(reader, platform.ledger.trust.genesis).remit(platform.office.uri)


@pytest.mark.parametrize(
    ("change", "where", "what", "todo"),
    [
        ({"12315编号": ""}, "12315编号", "empty", "number on the platform"),
        ({"登记日期": ""}, "登记日期", "empty", "2026-11-24"),
        ({"登记日期": "昨天"}, "登记日期", "no date", "2026-11-24"),
        ({"登记日期": "2099-01-01"}, "登记日期", "future", "received"),
        ({"内容": " "}, "内容", "empty", "complained of"),
        ({"内容": "长" * 1_800}, "内容", "characters", "shorten"),
        ({"被投诉人": ""}, "被投诉人", "empty", "licence number"),
        ({"被投诉人": "查无此摊"}, "被投诉人", "is called so", "look it up"),
        ({"许可证号": "JY00000000000000"}, "licence", "no shop of your remit", "look it up"),
        ({"被投诉人": "翔安的店"}, "被投诉人", "is called so", "leave the row to the office"),
        ({"被投诉人": "两家同名"}, "被投诉人", "2 shops", "licence number or credit code too"),
    ],
)
def test_a_row_that_is_wrong_says_where_what_and_what_to_do_and_keeps_none_out(
    platform, change, where, what, todo
):
    platform.world.party("翔安的店", division="350213")
    for _ in range(2):
        platform.world.party("两家同名")
    platform.ledger.followers.catch_up()
    good = platform.row(**{"12315编号": "7"})
    status, page = platform.send(platform.office, platform.row(**change), good)
    assert status == 200 and "1 complaint is new" in page
    (line,) = re.findall(r"row 2, .*?(?=Table of complaints)", page)
    assert what in line and todo in line, line
    assert where in line or where == "licence"
    assert [report.source for report in platform.all()] == ["7"]
    assert NAME not in page and PHONE not in page


def test_a_shop_is_found_by_its_licence_and_goods_by_their_code(platform):
    uscc = "91350200MA2XNQB51F"
    with platform.ledger.reading() as reader:
        division = reader.party(platform.stall.uri).division
    admitted = acts.admit(f"urn:uscc:{uscc}", "湖滨分店", ["stall"], division)
    platform.world.say(platform.world.authority, admitted)
    licences = [{"kind": "business", "number": "JY13502060012345"}]
    platform.world.say(platform.stall, acts.profile(platform.stall.uri, licences=licences))
    platform.ledger.followers.catch_up()
    code = codes.shown(codes.of_chain(platform.lot, platform.stall.uri))
    rows = [
        platform.row(**{"12315编号": "1", "被投诉人": "", "许可证号": uscc}),
        platform.row(**{"12315编号": "2", "被投诉人": "随便", "许可证号": "JY13502060012345"}),
        platform.row(**{"12315编号": "3", "商品": code}),
    ]
    _status, page = platform.send(platform.office, *rows)
    assert "3 complaints are new" in page, page
    found = {report.source: report for report in platform.all()}
    assert found["1"].holder == f"urn:uscc:{uscc}"
    assert found["2"].holder == found["3"].holder == platform.stall.uri
    assert found["3"].item == platform.lot and platform.book.said(found["3"]).text == TEXT
    assert found["1"].item is None and found["1"].code == ""
    receipt = platform.receipt(found["1"])
    assert "was received" in receipt and "Back to the label" not in receipt


@pytest.mark.filterwarnings(  # the test client leaves its own copy of a large body open
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_same_as_a_workbook_and_a_file_that_is_none(platform):
    book = xlsx("12315", HEADINGS, [platform.row()])
    assert "1 complaint is new" in platform.send(platform.office, data=book, name="a.xlsx")[1]
    for data, name, status in (
        (b"", "a.csv", 422), (b"PK\x03\x04", "a.xlsx", 422), (b"\x00" * 9, "a.csv", 422),
        (b"a,b\n1,2\n", "a.csv", 422), (b"x" * (5 << 20) + b"x", "a.csv", 413),
    ):  # fmt: skip
        assert platform.send(platform.office, data=data, name=name)[0] == status, name
    rows = [platform.row(**{"12315编号": str(n)}) for n in range(platform_table.MOST + 1)]
    assert platform.send(platform.office, *rows)[0] == 422
    assert len(platform.all()) == 1
    assert platform.send(platform.stall, platform.row())[0] == 403


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=st.lists(st.text(max_size=30), min_size=8, max_size=8))
def test_any_cells_are_a_report_or_a_problem_of_their_row_never_an_error(platform, cells):
    with platform.ledger.reading() as reader:
        try:
            done = take(platform, reader, cells)
        except TableError:  # of the whole file: it is no text, say
            return
    assert len(done.new) + len(done.there) + bool(done.wrong) <= 1
    assert all(problem.row >= 2 for problem in done.wrong)


def test_a_list_of_numbers_says_nothing_of_them_and_only_its_own_office_sees_decisions(platform):
    platform.send(platform.office, platform.row())
    names = [path.name for path in (platform.ledger.home / "reports-12315").iterdir()]
    assert not any("1350211" in name for name in names)
    (report,) = PlatformNumbers(platform.ledger.home).reports(9)
    other = platform.world.party("市局", "office")
    case = platform.take_up(report)
    platform.record(
        platform.office, "refused", case, said={"ground": "scope", "reason": "不归我管"}
    )
    for actor, sees in ((platform.office, True), (other, False), (platform.world.authority, False)):
        page = platform.client(actor).get("/cases/12315", headers=HEADERS).text
        assert ("Complaint refused" in page) == sees
        data = platform.client(actor).get("/cases/12315?format=xlsx", headers=HEADERS).data
        assert ("不归我管" in text_of(data)) == sees
