"""Reporting a problem: a form without scripts, a photo, a receipt, and who may read it."""

import gc
import io
import json

import pytest
from PIL import Image
from support.goods.papers import picture
from support.web.client import page_of

from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.complaints import Complaints

pytestmark = pytest.mark.slow

HEADERS = {"Origin": "http://localhost", "Accept-Language": "en"}
TEXT = "叶子发黄，<script>alert(1)</script>"


@pytest.fixture
def lot(small, farm):
    found = small.coded_lot(farm)
    small.ledger.followers.catch_up()
    return found, farm


@pytest.fixture
def said(lot):
    return {"code": codes.of_chain(lot[0], lot[1].uri), "kind": "spoiled", "text": TEXT}


def send(client, said, photo=None, headers=HEADERS):
    data = dict(said)
    if photo is not None:
        data["photo"] = (io.BytesIO(photo), "photo.jpg.html", "text/html")
    return client.post("/report", data=data, headers=headers, content_type="multipart/form-data")


def book(small):
    return Complaints(small.home)


def test_a_report_has_a_receipt_and_the_operator_reads_it(client, small, said, lot, capsys):
    answer = send(client, said)
    assert answer.status_code == 303
    text = client.get(answer.location, headers=HEADERS).text
    number = answer.location.rsplit("/", 1)[1]
    assert "Your report was received" in text and number in text
    assert TEXT not in text and "alert" not in text
    (found,) = book(small).all()
    said = (book(small).said(found).text, found.kind, found.item, found.holder)
    assert said == (TEXT, "spoiled", lot[0], lot[1].uri)
    home = ["--home", str(small.home)]
    assert run(cli, ["reports", "list", *home]) == 0
    assert number in capsys.readouterr().out
    assert run(cli, ["reports", "show", number.lower(), "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == TEXT
    assert run(cli, ["reports", "delete", number, *home]) == 0
    assert run(cli, ["reports", "show", number, *home]) == 2
    assert client.get(answer.location, headers=HEADERS).status_code == 404


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_made_anew(client, small, said, kind, tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    photo = picture(kind, (60, 40), exif=exif) + b"<script>alert(1)</script>"
    assert send(client, said, photo).status_code == 303
    (found,) = book(small).all()
    kept = book(small).photo(found)
    assert found.has_photo and kept.startswith(b"\xff\xd8\xff")
    assert b"script" not in kept and b"secret" not in kept
    out = tmp_path / "photo.jpg"
    arguments = ["reports", "show", found.number, "--photo", str(out), "--home", str(small.home)]
    assert run(cli, arguments) == 0
    assert out.read_bytes() == kept
    assert {path.stat().st_mode & 0o077 for path in (small.home / "reports").rglob("*")} == {0}


def bomb():
    """A PNG of few bytes and 100 million pixels."""
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.filterwarnings(  # the test client leaves its own copy of a large body open
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    "photo",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<html><script>alert(1)</script>", b"%PDF-1.7", b"GIF89a" + bytes(100),
        b"\xff\xd8\xff" + bytes(1000), picture("JPEG")[:200], bomb(), bytes(7 * 1024 * 1024 + 1),
    ],
    ids=["svg", "html", "pdf", "gif", "no-jpeg", "cut", "bomb", "large"],
)  # fmt: skip
def test_what_is_no_photo_is_refused_and_the_form_keeps_the_rest(client, small, said, photo):
    answer = send(client, said, photo)
    assert answer.status_code == 422
    assert "The photo must be a JPEG, PNG or WebP picture" in answer.text
    assert "叶子发黄" in answer.text and "<script>alert" not in answer.text
    assert list(book(small).all()) == []
    del answer
    gc.collect()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "0000000000000000"}, "This is no code of ours"),
        ({"code": "x"}, "This is no code of ours"),
        ({"serial": "x"}, "This is no code of ours"),
        ({"kind": "?"}, "Choose what comes nearest"),
        ({"text": " "}, "Say in a few words"),
        ({"text": "x" * 2001}, "At most 2000 characters"),
        ({"contact": "1" * 101}, "At most 100 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(client, small, said, change, words):
    answer = send(client, said | {"contact": "138"} | change)
    assert answer.status_code == 422
    assert words in answer.text and "aria-invalid" in answer.text
    assert list(book(small).all()) == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_another_sites_form_sends_nothing(client, small, said, headers):
    assert send(client, said, headers=headers).status_code == 403
    assert list(book(small).all()) == []


@pytest.mark.usefixtures("one_minute")
def test_too_many_reports_have_to_wait(client, said):
    answers = [send(client, said).status_code for _ in range(20)]
    assert set(answers) == {303}
    answer = send(client, said)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_the_label_page_leads_to_the_form_with_its_code(client, lot, said):
    text = client.get(page_of(lot[0], lot[1].uri), headers=HEADERS).text
    assert f'href="/report?code={codes.shown(said["code"])}"' in text
    form = client.get(f"/report?code={said['code']}&serial=%22%3E%3Cscript%3E", headers=HEADERS)
    assert said["code"] in form.text and "<script" not in form.text
    assert form.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "number", ["..", "R", "R261124-AAAA-AAAA", "%2e%2e%2f", "R261124AAAAAAAA/"]
)
def test_numbers_of_nothing_lead_nowhere(client, number):
    assert client.get(f"/report/{number}", headers=HEADERS).status_code == 404
