"""What a complainant could be known by is for the office that handles it, and nowhere else.

Marks are planted in all that one can fill in, and looked for in everything that leaves the sealed
files: rows, the files of the home, logs, every page and answer as every role, spreadsheets,
archives of each part of a backup.
"""

import io
import logging
import zipfile

import pytest
from PIL import Image
from sqlalchemy import select
from support.goods.papers import picture
from support.web.roles import HEADERS, ask, routes
from support.web.signing import form_token

from suyuan.keys import base64
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import parse
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import Complaints, key_of
from suyuan.trace.inspection.reported import handling
from suyuan.trace.ledger import backup
from suyuan.trace.ledger.backup import PARTS
from suyuan.trace.store import schema as t
from suyuan.trace.store.beside.preferences import Contact, ContactBook
from suyuan.trace.store.files import disclosure_keys, report_secrets

pytestmark = pytest.mark.slow
MARKS = ("zqxname7391", "13900007391", "zqxwords7391")
ROLES = ("stall", "farm", "market", "laboratory", "office", "elsewhere", "authority")
SIGNING = {"session.challenge", "session.sign_in", "session.sign_out", "signin.signout"}
HERE = {"queue.shown_task", "reports.listed", "reports.photo"}  # where its office reads them
SECRETS = {disclosure_keys.FILE, report_secrets.FILE}


def marks(data: bytes) -> list[str]:
    """The marks that stand in bytes, and in the members of an archive of a spreadsheet."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data += b"".join(archive.read(name) for name in archive.namelist())
    return [mark for mark in MARKS if mark.encode() in data]


@pytest.fixture(scope="module")
def planted(made):
    """A report with marks that the office took up, and what was said of it meanwhile."""
    name, phone, words = MARKS
    exif = Image.Exif()
    exif[0x010E] = words
    photo = base64.encode(picture("JPEG", (60, 40), exif=exif))
    body = {"code": made.code("stall"), "kind": "ill", "text": words, "name": name,
            "contact": phone, "photo": photo}  # fmt: skip
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    who, engine = made.people["office"].uri, made.world.ledger.database.engine
    hook = Contact(who, "webhook", "https://office.example/hook", "c2VjcmV0")
    ContactBook(engine).add([Contact(who, "email", "office@food.example", None), hook])
    answer = made.browser(None).post("/api/v1/reports", json=body, headers=HEADERS)
    assert answer.status_code == 201, answer.text
    report = Complaints(made.world.home).find(answer.json["number"])
    office, stall = made.browser("office"), made.people["stall"]
    draft = {"kind": "complaint", "stage": "opened", "report": report.number, "said": {}}
    opened = office.post("/api/v1/cases/draft", json=draft, headers=HEADERS)
    assert opened.status_code == 200 and not marks(opened.data), opened.text
    assert stall.uri in opened.text and report.number not in opened.text
    sign(made, "office", opened)
    yield report, log
    root.removeHandler(handler)
    root.setLevel(level)


def sign(made, who, answer):
    """Sign what was drafted, and hand it in with its disclosures."""
    for one in answer.json["drafts"]:
        kept = [
            Kept(part["disclosure"], answer.json["actor"], Audience.read(part["audience"]))
            for part in one["disclosures"]
        ]
        drafts = [Draft(statement=one["statement"])]
        made.world.ledger.write(made.people[who].pen, drafts, disclosures=kept)
    made.world.ledger.followers.catch_up()


def test_every_page_and_answer_as_every_role(made, planted):
    """A report's own page and list excepted, for the office whose case it is, which reads all."""
    report, log = planted
    seen = set()
    for who in (None, *ROLES):
        client = made.browser(who)
        token = form_token(client, "/me") if who else ""
        for endpoint, method, rule in routes(made.app):
            if endpoint in SIGNING:
                continue
            with ask(client, made, endpoint, method, rule, token) as answer:
                found = marks(answer.data) + marks(str(answer.headers).encode())
            if who == "office" and endpoint in HERE:
                seen |= set(found)
            else:
                assert not found, (who, method, rule, found)
        key, number = key_of(report), complaints.shown(report.number)
        case = next(iter(_case_of(made, report))).rsplit("/", 1)[1]
        for path in (
            f"/inspect/task?key={key}", f"/report/{number}", f"/cases/{case}",
            f"/api/v1/cases/{case}", f"/inspect/search?q={number}", f"/api/v1/search?q={number}",
            f"/api/v1/reports/{number}/photo", "/inspect/queue?format=xlsx",
            "/inspect/queue?state=done", "/api/v1/tasks?source=report", "/api/v1/me/feed",
            "/api/v1/reports?state=open", "/cases?all=yes",
        ):  # fmt: skip
            with client.get(path, headers=HEADERS) as answer:
                found = marks(answer.data) + marks(str(answer.headers).encode())
                status = answer.status_code
            if who == "office" and path.split("?")[0] in ("/inspect/task", "/api/v1/reports"):
                assert status == 200 and found
                seen |= set(found)
            else:
                assert not found, (who, path, found)
            if path.endswith("/photo"):
                assert (status == 200) == (who == "office"), (who, status)
    assert seen == set(MARKS), "the office reads all of it, or the test sees nothing"
    assert not marks(log.getvalue().encode())


def _case_of(made, report):
    with made.world.ledger.reading() as reader:
        return [act.uri for act in handling.cases_of(reader, [report.number])[report.number]]


def test_no_entry_no_row_and_no_file_but_those_that_are_sealed(made, planted, tmp_path):
    report, _log = planted
    world = made.world
    assert Complaints(world.home).said(report).name == MARKS[0]
    with world.ledger.reading() as reader:
        for stored in reader.links():
            assert not marks(stored.entry) and not marks(repr(parse(stored.entry)).encode())
        for table in t.metadata.tables.values():
            for row in reader.connection.execute(select(table)):
                assert not marks(repr(tuple(row)).encode()), table.name
        disclosed = "".join(
            base64.decode_url(text).decode() for text in world.ledger.disclosures.texts()
        )
    assert not marks(disclosed.encode())
    files = [path for path in world.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= SECRETS and report.number in str(files)
    with world.ledger.reading() as reader:
        told = reader.connection.execute(select(t.metadata.tables["job"])).all()
    assert {job.kind for job in told} >= {"email", "webhook"}, "of somebody who fell ill"
    for path in files:
        assert not marks(path.read_bytes()), path
    for part in PARTS:
        with (tmp_path / f"{part}.tar").open("wb") as out:
            backup.write(world.ledger, [part], out, tmp_path)
        assert not marks((tmp_path / f"{part}.tar").read_bytes()), part


def test_who_has_the_reports_and_the_ledger_without_the_keys_reads_nothing(made, planted, tmp_path):
    """And who has the keys of a report reads that one: the test above would see it."""
    report, _log = planted
    (tmp_path / "reports").symlink_to(made.world.home / "reports")
    thief = Complaints(tmp_path)
    assert thief.find(report.number) == report
    assert thief.said(report) is None and thief.photo(report) is None
    (tmp_path / report_secrets.FILE).symlink_to(made.world.home / report_secrets.FILE)
    assert thief.said(report).text == MARKS[2] and thief.photo(report)
