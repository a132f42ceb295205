"""The regulator's desk in the demo city, as of the day on which it is made: on record, on pages."""

import base64
import html
import json
import re

import pytest
from support.ledger.demo_city import CHINESE
from support.web.client import chinese
from support.web.signing import signed_in

from suyuan.trace.cli.demo import city
from suyuan.trace.cli.demo.cast import HOST, data_of, signers
from suyuan.trace.cli.demo.city_cases import case_uri, draw_uri
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.sampling import disposal
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.recall.course import act_code
from suyuan.trace.recall.progress import progress
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.web.factory import create_app

pytestmark = pytest.mark.slow
API = "/api/v1"


class Desk:
    """A city of today, and who has signed in at its pages."""

    def __init__(self, home):
        city.build(home).close()
        self.home, self.ledger = home, open_ledger(home)
        self.cast = city.cast_of(home)
        self.app = create_app(home, ledger=self.ledger)
        self.clients = {}

    def client(self, who="inspector-lin"):
        if who not in self.clients:
            self.clients[who] = self.app.test_client()
            if who is not None:
                lost = {"stall-fish": "stall-fish-new-phone"}
                key = signers(self.cast.seed)[lost.get(who, who)]
                assert signed_in(self.clients[who], key).status_code == 200
        return self.clients[who]

    def path(self, key):
        return f"/cases/{act_code(case_uri(self.cast, key), HOST)}"

    def case(self, key, who="inspector-lin"):
        return self.client(who).get(f"{API}{self.path(key)}")

    def stages(self, key):
        return [one["stage"] for one in self.case(key).json["stages"]]

    def page(self, path, who="inspector-lin"):
        text = chinese(self.client(who), path)
        main = text[text.index("<main") : text.index("</main>")]
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))

    def label(self, who, lot):
        return self.page(f"/t/{self.cast.label(who, lot)}?all=1", None)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    made = Desk(tmp_path_factory.mktemp("desk") / "city")
    yield made
    made.ledger.close()


SAMPLE = ["opened", "countersigned", "agreed", "delivered"]
STAGES = {
    "plan": ["opened"],
    "task-1": ["opened", "closed"],
    "task-4": ["opened"],
    "ginger": [*SAMPLE, "failed", "notified", "measures", "published", "closed"],
    "eggs": [*SAMPLE, "failed", "notified"],
    "celery": SAMPLE,
    "order": ["opened", "corrected", "inspected-again", "closed"],
    "complaint-closed": ["opened", "accepted", "answered", "settled", "closed"],
    "complaint-mediated": ["opened", "accepted"],
    "complaint-received": ["opened"],
    "offence": ["opened"],
}


@pytest.mark.parametrize("key", STAGES)
def test_each_case_stands_where_the_story_left_it(desk, key):
    assert desk.stages(key) == STAGES[key]
    assert desk.case(key).json["is_closed"] == ("closed" in STAGES[key])
    late = [one for one in desk.case(key).json["clocks"] if one["met"] and one["met"] > one["due"]]
    assert late == []


def test_each_title_of_the_desk_leads_to_its_page(desk):
    for title, english, path in city.desk(desk.home):
        assert CHINESE.search(title) and english.isascii()
        assert desk.client().get(path).status_code == 200, path


def test_a_plan_is_under_way(desk):
    text = desk.page(desk.path("plan"))
    for row in ("1. 生姜", "2. 鲜鸡蛋", "3. 芹菜"):
        assert re.search(rf"{row} .{{0,80}}（演示） 1 1 1 ", text)
    assert re.search(r"4\. 加州鲈鱼 .{0,80}（演示） 1 1 0 ", text)
    # What is to be sampled is nothing that its stall sees.
    assert desk.case("task-4", "stall-fish").status_code == 404


def test_a_failed_sample_is_closed_recalled_and_published(desk):
    public, case = desk.label("stall-a09", "ginger-1"), desk.page(desk.path("ginger"))
    for words in ("噻虫胺", "0.68毫克/千克", "不合格", "召回"):
        assert words in public
    assert "已结案" in case and re.search(r"召回\w* 32 kg .*销毁\w* 32 kg ", case)
    with desk.ledger.reading() as reader:
        covering = ActBook(reader).covering([desk.cast.items["ginger-1"]])
        acts = {row.act.kind: row.act for row in covering}
        found = progress(reader, acts["recall"], desk.ledger.now())
        known = disposal.amounts(
            reader, desk.cast.items["ginger-1"], [acts["recall"]], desk.ledger.now()
        )
    assert (acts["recall"].ending, acts["hold"].ending) == ("close", "release")
    assert not found.unknown and not found.undecided
    said = desk.case("ginger").json["stages"][-3]["said"]
    assert {name: said[name] for name in ("bought", "sold", "destroyed")}.items() <= known.items()


def test_one_that_is_open_is_held_and_says_nothing_yet(desk):
    public = desk.label("stall-eggs", "eggs-1")
    assert "暂停销售" in public and "恩诺沙星" not in public and "不合格" not in public
    assert "恩诺沙星" in desk.page(desk.path("eggs"))
    assert {"retest-asked", "objected"} <= set(desk.case("eggs", "stall-eggs").json["next"])


def test_a_sample_without_a_report_changes_no_label(desk):
    assert "溯源信息完整，未发现改动" in desk.label("stall-a09", "celery-1")
    assert desk.case("celery").json["stages"][-1]["said"] == {
        "laboratory": desk.cast.parties["laboratory"].uri
    }


def test_the_draw_is_recomputed_from_its_file(desk, suyuan, tmp_path):
    code = act_code(draw_uri(desk.cast, "quarter"), HOST)
    (tmp_path / "it.draw").write_bytes(desk.client(None).get(f"{API}/draws/{code}/file").data)
    done = suyuan(
        "draw", "verify", tmp_path / "it.draw", "--trust", desk.home / "trust.json", "--json"
    )
    # No witness is there to say when it was committed to: that alone is undecided.
    assert (done.code, done.json["faults"], len(done.json["drawn"])) == (3, [], 2)
    shown = desk.client(None).get(f"{API}/draws/{code}").json
    assert [one["id"] for one in shown["drawn"]] == [one["id"] for one in done.json["drawn"]]
    assert all(sorted(one["by"]) == sorted(one["inspectors"]) for one in shown["drawn"])
    assert "集贸市场双随机抽查" in desk.page(f"/draws/{code}", None)


def test_who_reported_is_read_by_the_office_alone(desk):
    told = [
        stated["reported"]
        for strand in data_of("stories/desk").values()
        for lines in strand.values()
        for *_, stated in lines
        if isinstance(stated, dict) and "reported" in stated
    ]
    with desk.ledger.reading() as reader:
        entries = [json.loads(row.entry)["payload"] for row in reader.links(0, reader.size())]
    written = b"".join(base64.b64decode(entry) for entry in entries)
    files = b"".join(path.read_bytes() for path in desk.home.rglob("*") if path.is_file())
    reports, _count = Complaints(desk.home).newest(9)
    assert len(told) == len(reports) == 4
    for one in told:
        for name in ("name", "contact", "text"):
            assert one[name].encode() not in written
            assert one[name].encode() not in files
        assert any(Complaints(desk.home).said(it).name == one["name"] for it in reports)
    office = desk.client().get(f"{API}/reports").text
    stall = desk.client("stall-eggs").get(f"{API}/reports")
    assert all(one["name"] in office for one in told) and stall.status_code == 403
    assert desk.case("offence", "stall-eggs").status_code == 404
    assert desk.case("complaint-mediated", "stall-eggs").status_code == 200


def test_a_receipt_says_where_its_report_stands(desk):
    said = [desk.page(f"/report/{one.number}", None) for one in Complaints(desk.home).newest(9)[0]]
    assert sum("摊主补足差额8元" in text for text in said) == 1
    assert sum("已受理，正在调解" in text for text in said) == 1
    assert not any(name in text for text in said for name in ("许女士", "13900000001", "周先生"))


def test_grades_differ_by_what_was_found(desk):
    found = {
        row["party"]: row["grade"] for row in desk.client().get(f"{API}/grades").json["grades"]
    }
    grades = {key: found.get(party.uri) for key, party in desk.cast.parties.items()}
    assert (grades["stall-a09"], grades["stall-eggs"]) == ("B", "C")
    assert {
        one for key, one in grades.items() if one and key not in ("stall-a09", "stall-eggs")
    } == {"A"}
    text = desk.page("/inspect/grades")
    # 4 more for eggs, where those that it bought are of a month before this one.
    assert re.search(r"阿珍蛋品 C (38|42) ", text) and re.search(r"老吴蔬菜 B 30 ", text)


def test_nothing_of_it_is_doubted(desk):
    with desk.ledger.reading() as reader:
        items = {finding.subject for finding in Lineage(reader).findings()}
    assert not items & {desk.cast.items[lot] for lot in ("ginger-1", "eggs-1", "celery-1")}
    assert all(codes.is_code(act_code(case_uri(desk.cast, key), HOST)) for key in STAGES)
