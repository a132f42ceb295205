"""What consumers reported, as inspectors read it: on a page and by the API, each in its remit."""

import base64
import io
import json
import re
from datetime import timedelta

import pytest
import qrcode
from support.goods.papers import picture
from support.web.client import english
from support.web.signing import form_token
from support.web.town import town

from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import Complaints

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


def test_the_page_shows_each_with_its_photo_and_escapes_it(office):
    text = english(office, "/inspect/reports")
    assert SCRIPT not in text and "&lt;script&gt;" in text
    assert "Somebody fell ill after eating it" in text and "the code names nobody" in text
    assert re.search(r'<img src="/api/v1/reports/R[^"]+/photo" alt="Photo of report R', text)
    assert "139" in text  # how to reach who reported it
    assert "The label seems to be copied" in english(office, "/inspect/reports?kind=copy")
    assert "No such report" in english(office, "/inspect/reports?kind=wrong")
    assert "fell ill" in english(office, "/inspect/reports?after=odd")  # from its beginning
    assert "/inspect/reports" in english(office, "/inspect")


def test_reports_are_read_day_by_day_and_an_empty_list_says_so(made):
    every = list(Complaints(made.world.home).all())
    assert every == sorted(every, key=complaints.order) and len(every) == 5
    text = english(made.browser("elsewhere"), "/inspect/reports")
    assert "No consumer has reported anything here." in text


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


def test_a_report_is_dealt_with_by_the_api_and_opened_again(case):
    found, number = case
    office, path = found.browser("office"), f"{API}/{number}/done"
    ours, note = {"Origin": "http://localhost"}, {"note": "  已现场检查，责令下架 "}
    assert office.get(API).json["reports"][0]["done"] is None
    for wrong in ({}, {"note": " "}, {"note": "x" * 501}, {"note": 1}):
        assert office.post(path, json=wrong, headers=ours).status_code == 422
    answer = office.post(path, json=note, headers=ours)
    assert answer.status_code == 200
    done = answer.json["done"]
    assert (done["by"], done["by_name"]) == (found.people["office"].uri, "office")
    assert done["note"] == "已现场检查，责令下架"
    assert answer.json["number"] == number and re.fullmatch(r"[-\d]{10}T[:\d]{8}Z", done["at"])
    assert found.browser("authority").get(API).json["reports"][0]["done"] == done
    for state, count in (("open", 0), ("done", 1)):
        assert len(office.get(f"{API}?state={state}").json["reports"]) == count
    assert office.get(f"{API}?state=odd").status_code == 422
    # Whoever notes something later is who dealt with it.
    again = found.browser("authority").post(path, json={"note": "复查"}, headers=ours).json
    assert (again["done"]["by"], again["done"]["note"]) == (found.people["authority"].uri, "复查")
    assert office.delete(path, headers=ours).json["done"] is None
    assert office.delete(path, headers=ours).status_code == 200
    assert len(office.get(f"{API}?state=open").json["reports"]) == 1


def test_only_inspectors_of_the_remit_deal_with_it(case):
    found, number = case
    path, ours, form = f"{API}/{number}/done", {"Origin": "http://localhost"}, {"note": "x"}
    for who in ("stall", "market", "elsewhere"):
        client = found.browser(who)
        assert client.post(path, json={"note": "x"}, headers=ours).status_code == 403
        assert client.delete(path, headers=ours).status_code == 403
        form["csrf_token"] = form_token(client, "/me")
        for what in ("done", "open"):
            sent = form | {"number": number, "what": what}
            answer = client.post("/inspect/reports", data=sent, headers=ours)
            assert answer.status_code == 403, (who, what)
    office = found.browser("office")
    assert office.get(API).json["reports"][0]["done"] is None
    for odd in ("R261124-0000-0000", "x"):
        answer = office.post(f"{API}/{odd}/done", json={"note": "x"}, headers=ours)
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("language", "asked", "settled", "wrong", "again"),
    [
        ("en", "What was done about it", "dealt with", "Say what was done", "after all"),
        ("zh", "处理情况", "已处理", "请填写处理情况", "撤销“已处理”"),
    ],
)
def test_a_report_is_dealt_with_on_the_page(case, language, asked, settled, wrong, again):
    found, number = case
    office = found.browser("office")
    headers = {"Origin": "http://localhost", "Accept-Language": language}

    def read(query=""):
        return office.get(f"/inspect/reports{query}", headers=headers)

    assert asked in read("?state=open&kind=spoiled").text
    path = "/inspect/reports?kind=spoiled&state=open"
    form = {"csrf_token": form_token(office, "/me"), "number": number}
    for note in (" \r\n ", "x" * 501):
        refused = office.post(path, data=form | {"note": note}, headers=headers)
        assert refused.status_code == 422 and wrong in refused.text
        assert note.strip() in refused.text and 'aria-invalid="true"' in refused.text
    answer = office.post(path, data=form | {"note": SCRIPT}, headers=headers)
    assert answer.status_code == 303
    assert answer.location == f"{path}#r{number}"
    assert number not in read("?state=open").text
    text = read("?state=done").text
    assert number in text and f'<b class="ok">{settled}</b>' in text
    assert SCRIPT not in text and "&lt;script&gt;" in text and '<span class="sub">office' in text
    assert again in text and asked in text
    assert office.post(path, data=form | {"what": "open"}, headers=headers).status_code == 303
    assert number in read("?state=open").text and number not in read("?state=done").text
    assert read().headers["Referrer-Policy"] == "same-origin"  # or browsers name no origin


def test_a_note_is_kept_durable_and_goes_with_its_report(case, capsys):
    found, number = case
    home, now = found.world.home, found.world.ledger.now()
    book = Complaints(home)
    one = book.find(number)
    done = book.settle(one, "urn:x:office", now, "已处理")
    assert Complaints(home).done(one) == done
    file = home / "reports" / one.number / "done.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(cli, ["reports", "list", "--home", str(home)]) == 0
    assert "  done  " in capsys.readouterr().out
    assert run(cli, ["reports", "list", "--open", "--json", "--home", str(home)]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(cli, ["reports", "show", number, "--home", str(home)]) == 0
    assert "urn:x:office: 已处理" in capsys.readouterr().out
    for odd in ("[]", "{", '{"by": 1}'):
        file.write_text(odd)
        assert book.done(one) is None
    book.delete(one)
    assert not file.parent.exists()
    for what in (lambda: book.settle(one, "urn:x:office", now, "x"), lambda: book.delete(one)):
        with pytest.raises(LedgerError):
            what()
