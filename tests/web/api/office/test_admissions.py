"""A table of shops: each row's fate, what is signed of it, what it may be once more."""

import io
import json
import re

import pytest
from openpyxl import load_workbook
from support.web.client import client_of
from support.web.signing import CHINESE_HEADERS, ORIGIN_HEADERS, form_token

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private import digests
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.profiles import Profiles

pytestmark = pytest.mark.slow
CODE, OTHER = "91350200MA2XNQB51F", "91350200155012341R"
HEAD = "名称,角色,区划,统一社会信用代码,许可证号,有效期至,负责人,电话,地址"


@pytest.fixture
def market(small):
    return small.registrar(name="湖心市场")


@pytest.fixture
def desk(small, market):
    return client_of(small.ledger, market)


def check(desk, *rows, head=HEAD, headers=ORIGIN_HEADERS, name="shops.csv", **more):
    data = more.pop("data", None) or "\n".join((head, *rows)).encode()
    form = {"file": (io.BytesIO(data), name), **more}
    return desk.post("/api/v1/parties/admissions/table", data=form, headers=headers)


def fates(answer):
    assert answer.status_code == 200, answer.text
    return [row["fate"] for row in answer.json["rows"]]


def sign(small, actor, answer, *rows):
    """Sign what these rows, by their place, come to; all good ones where none is named."""
    found, drafts = answer.json, []
    for at, row in enumerate(found["rows"]):
        if at in rows or (not rows and row["fate"] == "good"):
            drafts += [found["drafts"][number] for number in row["drafts"]]
    hidden = [Kept(one["disclosure"], actor.uri) for d in drafts for one in d["disclosures"]]
    made = [Draft(statement=draft["statement"]) for draft in drafts]
    small.ledger.write(actor.pen, made, disclosures=hidden)
    small.ledger.followers.catch_up()
    return [d["statement"]["party"] for d in drafts if d["statement"]["type"] == "party"]


FULL = f"王记水产,摊主、批发,厦门市湖里区,{CODE},JY13502060012345,2029/6/30,王某,13800138000,湖滨路"


def test_a_row_is_admitted_with_its_licence_and_personal_data_are_hidden(small, market, desk):
    answer = check(desk, FULL, "B 区 2 号,Caterer,350206,,,,,,")
    assert fates(answer) == ["good", "good"]
    admission, profile, second = (draft["statement"] for draft in answer.json["drafts"])
    roles = ["stall", "wholesaler"]
    assert admission == acts.admit(f"urn:uscc:{CODE}", "王记水产", roles, "350206")
    licence = {"kind": "business", "number": "JY13502060012345", "expires": "2029-06-30"}
    assert profile["licences"] == [licence]
    assert second["roles"] == ["caterer"] and second["party"].startswith("https://")
    assert not re.search("王某|13800138000|湖滨路", str(answer.json["drafts"]))
    hidden = [digests.read(one["disclosure"]) for one in answer.json["drafts"][1]["disclosures"]]
    assert {one.pointer: one.value for one in hidden} == {
        "/person": "王某", "/phone": "13800138000", "/address": "湖滨路",
    }  # fmt: skip
    (uri, _) = sign(small, market, answer)
    with small.ledger.reading() as reader:
        (stated,) = Profiles(reader, small.trust.genesis).of(uri).licences
        assert (stated.number, stated.by) == (licence["number"], market.uri)
        assert reader.party(uri).name == "王记水产"


def test_a_wrong_row_says_what_where_and_what_to_do_and_is_put_right(desk):
    bad = "坏,国王,大西洋,9135,证 1,2029-02-30,,1.38E+10,"
    answer = check(desk, FULL, bad, headers=CHINESE_HEADERS)
    assert fates(answer) == ["good", "wrong"]
    row = answer.json["rows"][1]
    assert (row["row"], row["name"], row["drafts"]) == (3, "坏", [])
    columns = [cell["column"] for cell in row["problems"]]
    assert columns == ["角色", "区划", "统一社会信用代码", "有效期至", "kind", "电话"]
    right = {"roles": "食堂", "division": "湖里区", "number": "无", "kind": "其他证书"}
    right |= {"expires": "长期", "phone": "0592-1234"}
    again = check(desk, FULL, bad, corrected=json.dumps({3: right}))
    assert fates(again) == ["good", "good"] and "食堂" in again.json["table"]
    outside = check(desk, "外,摊位,思明区,,,,,,").json["rows"][0]["problems"]
    assert "not in your remit" in outside[0]["what"]


def test_what_may_be_there_once_more_is_named_and_left_out(small, market, desk):
    known = sign(small, market, check(desk, FULL))[0]
    other = small.admit("李记干货店", division="350206004")
    answer = check(
        desk,
        f"王记,摊位,湖里区,{CODE},,,,,",
        "隔壁,摊位,湖里区,,jy1350206 0012345,,,,",
        "厦门湖里区王记 水产店,摊位,湖里区,,,,,,",
        "李记干货,摊位,湖里区,,,,,,",
        "A 区 1 号,摊位,湖里区,,,,,,",
        "A 区 12 号,摊位,湖里区,,,,,,",
        "A区1号,摊位,湖里区,,,,,,",
        f"一,摊位,湖里区,{OTHER},SC1,,,,",
        f"二,摊位,湖里区,{OTHER},,,,,",
        "三,摊位,湖里区,,SC1,,,,",
        "1A 区 12 号,摊位,湖里区,,,,,,",
        "西门 A 区 12 号,摊位,湖里区,,,,,,",
    )
    there, licence, name, short, *rest = answer.json["rows"]
    assert [row["fate"] for row in rest] == [
        "good", "good", "alike", "good", "wrong", "alike", "good", "alike",
    ]  # fmt: skip
    assert (there["fate"], there["drafts"]) == ("there", [])
    assert there["alike"] == [{"why": "王记水产 has this credit code", "party": known}]
    assert licence["alike"] == [{"why": "王记水产 has this licence number", "party": known}]
    assert "nearly the same" in name["alike"][0]["why"] and name["alike"][0]["party"] == known
    assert short["alike"][0]["party"] == other
    assert rest[2]["alike"] == [{"why": "row 6: A 区 1 号 is in this division", "party": None}]
    assert rest[4]["problems"][0]["what"] == "the same credit code stands in row 9"
    assert rest[5]["alike"][0]["why"] == "row 9: 一 has this licence number"
    # It is signed all the same where somebody says that it is another shop.
    assert len(sign(small, market, answer, 1)) == 1


def test_a_strangers_word_about_a_licence_is_not_listened_to(small, desk):
    stranger, victim = small.party("外人"), small.party("老实摊", division="350206")
    licence = {"kind": "business", "number": "JY1"}
    small.say(stranger, acts.profile(victim.uri, licences=[licence]))
    small.ledger.followers.catch_up()
    assert fates(check(desk, "新摊,摊位,湖里区,,JY1,,,,")) == ["good"]
    small.say(victim, acts.profile(victim.uri, licences=[licence]))
    small.ledger.followers.catch_up()
    assert fates(check(desk, "新摊,摊位,湖里区,,JY1,,,,")) == ["alike"]


def test_the_template_is_filled_in_and_files_that_cannot_be_are_refused(desk):
    for language, heading in (("zh", "行政区划"), ("en", "division")):
        empty = desk.get(f"/api/v1/parties/admissions/template?lang={language}")
        (headings, *_) = load_workbook(io.BytesIO(empty.data)).active.iter_rows(values_only=True)
        assert heading in headings
        answer = check(desk, data=empty.data, name="parties.xlsx")
        assert (answer.status_code, answer.json["rows"]) == (200, [])
    short = "名称\n甲\n乙\n".encode()
    assert check(desk, data=short).json["field"] == "file"
    told = check(desk, data="店名,电话\n甲,1\n乙,2\n".encode(), role="stall", division="湖里区")
    assert fates(told) == ["good", "good"]
    assert check(desk, FULL, role="king").json["field"] == "role"
    assert check(desk, FULL, division="思明区").json["field"] == "division"
    assert check(desk, *[FULL] * 401).status_code == 413


def test_who_may_not_admit_checks_no_table(small):
    stall = client_of(small.ledger, small.party("A 区 13 号"))
    assert check(stall, FULL).status_code == 403
    assert stall.get("/admit/several").status_code == 403
    assert check(client_of(small.ledger), FULL).status_code == 401


def test_those_admitted_are_invited_by_one_sheet(small, market, desk):
    rows = [f"A 区 {number} 号,摊位,湖里区,,,,,," for number in range(21)]
    parties = sign(small, market, check(desk, *rows))
    token = form_token(desk, "/admit/several")
    data = {"csrf_token": token, "party": parties}
    answer = desk.post("/invitations/several", data=data, headers=ORIGIN_HEADERS)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    text = answer.text
    assert text.count('<article class="card">') == 21 and "A 区 7 号" in text
    assert text.count("扫") >= 21 and "Scan this with the phone" in text  # both languages
    shown = set(re.findall(r'class="check">([0-9A-Z-]{19})<', text))
    assert len(shown) == 21
    phone = client_of(small.ledger)
    body = {"code": sorted(shown)[0]}
    seen = phone.post("/api/v1/invitations/open", json=body, headers=ORIGIN_HEADERS).json
    assert (seen["invited_by"], seen["state"]) == (market.uri, "open")
