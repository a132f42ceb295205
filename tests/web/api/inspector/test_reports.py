"""What consumers reported, as inspectors read it by the API, each in its remit."""

import base64
import io
import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
import qrcode
from support.goods.papers import picture
from support.web.client import english
from support.web.town import town

from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.store.beside.office.task_notes import notes_of

API = "/api/v1/reports"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A town with four reports besides its own: of the stall, the farm, and of nobody's labels."""
    found = town(tmp_path_factory.mktemp("reports"))
    book, now = Complaints(found.world.home), found.world.ledger.now()
    stall, farm = found.people["stall"], found.people["farm"]
    code = codes.of_chain(found.lots[0], stall.uri)
    for hours, kind, holder, text, photo in (
        (-30, "foreign", stall.uri, SCRIPT, picture("JPEG", (60, 40))),
        (1, "copy", stall.uri, "两张一样的标签", None),
        (2, "other", farm.uri, "不在本区", None),
        (3, "ill", None, "没有持有者", None),
    ):
        book.add(
            now + timedelta(hours=hours), code=code, serial=None, item=found.lots[0],
            holder=holder, kind=kind, text=text, photo=photo,
        )  # fmt: skip
    yield found
    found.close()


@pytest.fixture
def office(made):
    """An office whose remit is the city: the stall and the farm are in it."""
    return made.browser("office")


def kinds(client, query=""):
    answer = client.get(API + query)
    assert answer.status_code == 200, answer.text
    return [one["kind"] for one in answer.json["reports"]]


def test_the_newest_are_first_and_all_have_a_receipt_number(office, made):
    assert kinds(office) == ["ill", "other", "copy", "spoiled", "foreign"]
    newest = office.get(API).json["reports"][2]
    assert re.fullmatch(r"R\d{6}-[0-9A-Z]{4}-[0-9A-Z]{4}", newest["number"])
    assert (newest["holder"], newest["holder_name"]) == (made.people["stall"].uri, "stall")
    assert newest["text"] == "两张一样的标签" and newest["photo"] is None
    assert office.get(API).json["after"] is None


def test_a_receipt_number_finds_the_lot_of_the_report_within_the_remit(office, made):
    receipt = office.get(API).json["reports"][2]["number"]
    for typed in (receipt, receipt.replace("-", "").lower()):
        (item,) = office.get(f"/api/v1/search?q={typed}").json["items"]
        assert item["item"] == made.lots[0] and item["actor"] == made.people["stall"].uri
        assert item["actor_code"] == codes.of_chain(made.lots[0], made.people["stall"].uri)
    elsewhere = f"/api/v1/search?q={receipt}&division=350212"
    assert office.get(elsewhere).json["items"] == []


def test_a_list_is_read_page_by_page(office):
    found, after = [], ""
    for _ in range(9):
        answer = office.get(f"{API}?limit=2{after}").json
        found += [one["kind"] for one in answer["reports"]]
        if answer["after"] is None:
            break
        after = f"&after={answer['after']}"
    assert found == ["ill", "other", "copy", "spoiled", "foreign"]


def test_a_page_begins_where_a_report_was_that_is_deleted(office, made):
    book, now = Complaints(made.world.home), made.world.ledger.now()
    gone = book.add(
        now + timedelta(hours=1, minutes=30), code="x", serial=None, item=None,
        holder=made.people["stall"].uri, kind="other", text="",
    )  # fmt: skip
    place = f"{gone.received}-{gone.number}"
    book.delete(gone)
    assert kinds(office, f"?after={place}") == ["copy", "spoiled", "foreign"]


def test_of_one_kind_and_of_a_division(office):
    assert kinds(office, "?kind=copy") == ["copy"]
    # The farm's are not of the stall's division; what names nobody is where the item is known.
    assert kinds(office, "?division=350203") == ["ill", "copy", "spoiled", "foreign"]
    assert kinds(office, "?division=350212") == ["ill", "other"]
    assert office.get(f"{API}?division=11").status_code == 403
    assert office.get(f"{API}?kind=odd").status_code == 422
    assert office.get(f"{API}?after=1-x").status_code == 422


def test_another_remit_sees_none_and_the_authority_all(made):
    assert kinds(made.browser("elsewhere")) == []
    assert kinds(made.browser("authority")) == ["ill", "other", "copy", "spoiled", "foreign"]


def test_a_photo_is_shown_and_never_run(made, office):
    path = office.get(API).json["reports"][-1]["photo"]
    answer = office.get(path)
    assert answer.status_code == 200 and answer.data.startswith(b"\xff\xd8")
    assert answer.content_type == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert made.browser("elsewhere").get(path).status_code == 403
    assert made.browser(None).get(path).status_code == 401
    without = office.get(API).json["reports"][0]["number"]
    assert office.get(f"{API}/{without}/photo").status_code == 404
    assert office.get(f"{API}/R261124-0000-0000/photo").status_code == 404


def test_its_task_shows_it_with_its_photo_and_escapes_it(office):
    listed = office.get("/api/v1/tasks?source=report").json["tasks"]
    shown = english(office, f"/inspect/task?key={quote(listed[-1]['key'])}")
    assert SCRIPT not in shown and "&lt;script&gt;" in shown
    assert re.search(r'<img src="/api/v1/reports/R[^"]+/photo" alt="Photo of report R', shown)
    nobodys = english(office, f"/inspect/task?key={quote(listed[0]['key'])}")
    assert "Somebody fell ill after eating it" in nobodys and "the code names nobody" in nobodys
    text = english(office, "/inspect/queue?source=report")
    assert text.index("fell ill") < text.index("copied") and SCRIPT not in text
    assert "fell ill" in english(office, "/inspect/queue?after=odd")  # from its beginning
    assert "source=report" in english(office, "/inspect")


def test_reports_are_read_day_by_day(made):
    every = list(Complaints(made.world.home).all())
    assert every == sorted(every, key=complaints.order, reverse=True) and len(every) == 5
    oldest = [one for one in every if one.number[:7] <= every[-1].number[:7]]
    assert list(Complaints(made.world.home).all(every[-1].received)) == oldest


def test_a_report_is_made_by_the_api_as_by_the_form(tmp_path):
    found = town(tmp_path)
    stall, anybody = found.people["stall"], found.browser(None)
    code = codes.of_chain(found.lots[0], stall.uri)
    said = {"code": code, "kind": "spoiled", "text": "有异味", "contact": "138 0000 0000"}
    ours = {"Origin": "http://localhost"}
    assert anybody.post(API, json=said).status_code == 403
    photo = base64.b64encode(picture("JPEG", (60, 40))).decode()
    answer = anybody.post(API, json=said | {"photo": photo}, headers=ours)
    assert answer.status_code == 201
    number = answer.json["number"]
    assert english(anybody, f"/report/{number}")
    (newest, *_) = found.browser("office").get(f"{API}?kind=spoiled").json["reports"]
    assert (newest["number"], newest["text"], newest["contact"]) == (
        number, "有异味", "138 0000 0000",
    )  # fmt: skip
    assert newest["photo"] is not None and newest["holder"] == stall.uri
    for wrong, name in (
        ({"code": "0000000000000000"}, "code"), ({"kind": "x"}, "kind"), ({"text": " "}, "text"),
        ({"photo": "!"}, "photo"), ({"photo": base64.b64encode(b"<svg/>").decode()}, "photo"),
    ):  # fmt: skip
        refused = anybody.post(API, json=said | wrong, headers=ours)
        assert refused.status_code == 422 and name in refused.text, wrong
    found.close()


def test_a_photo_of_a_code_is_read_by_the_api_for_anybody(made):
    url = f"https://trace.food.example/t/{codes.of_chain(made.lots[0], made.people['stall'].uri)}"
    out = io.BytesIO()
    qrcode.make(url).save(out, "PNG")
    nobody = made.browser(None)
    answer = nobody.post("/api/v1/scan", data=out.getvalue(), content_type="image/png")
    assert answer.json == {"text": url, "path": url.removeprefix("https://trace.food.example")}
    for data, name in ((picture("JPEG", (60, 40)), "code"), (b"<svg/>", "photo"), (b"", "photo")):
        refused = nobody.post("/api/v1/scan", data=data, content_type="image/png")
        assert (refused.status_code, refused.json["field"]) == (422, name)


@pytest.fixture
def case(tmp_path):
    """A town of one's own whose only report is of the stall's label: the town, the number."""
    found = town(tmp_path)
    (one,) = found.browser("office").get(API).json["reports"]
    yield found, one["number"]
    found.close()


def test_who_dealt_with_it_is_what_was_noted_of_its_task_and_goes_with_it(case, capsys):
    found, number = case
    home, ours = str(found.world.home), {"Origin": "http://localhost"}
    office = found.browser("office")
    (task,) = office.get("/api/v1/tasks?source=report").json["tasks"]
    said = {"key": task["key"], "state": "done", "note": "已现场检查，责令下架"}
    assert office.post("/api/v1/tasks", json=said, headers=ours).status_code == 200
    done = office.get(API).json["reports"][0]["done"]
    assert (done["by"], done["by_name"]) == (found.people["office"].uri, "office")
    assert done["note"] == "已现场检查，责令下架"
    for state, count in (("open", 0), ("done", 1)):
        assert len(office.get(f"{API}?state={state}").json["reports"]) == count
    assert office.get(f"{API}?state=odd").status_code == 422
    assert run(cli, ["reports", "list", "--home", home]) == 0
    assert "  done  " in capsys.readouterr().out
    assert run(cli, ["reports", "list", "--open", "--json", "--home", home]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(cli, ["reports", "show", number, "--home", home]) == 0
    assert ": 已现场检查" in capsys.readouterr().out
    assert run(cli, ["reports", "delete", number, "--home", home]) == 0
    with found.world.ledger.reading() as reader:
        assert notes_of(reader, [task["key"]]) == {}  # it may tell of a person too
