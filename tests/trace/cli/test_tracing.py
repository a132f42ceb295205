"""`suyuan trace`: lineage as a table, JSON, an EPCIS document and a graph; who has how much."""

import json
import xml.etree.ElementTree as ET

import pytest
from support.ledger.world import HOST
from support.lineage.graphs import gift_box, lot_uri

from suyuan.trace.cli.terminal import columns
from suyuan.trace.format.epcis.document import parse_document
from suyuan.trace.format.identifiers import codes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    from support.ledger.world import World

    made = gift_box(World(tmp_path_factory.mktemp("gift-box") / "home"))
    made.world.ledger.close()
    return made


@pytest.fixture
def suyuan(suyuan, home, monkeypatch):
    """Runs commands over the town's ledger."""
    monkeypatch.setenv("SUYUAN_HOME", str(home.world.home))
    return suyuan


def plain(suyuan, *arguments):
    code, out, _ = suyuan("trace", *arguments, "--json")
    assert code == 0
    return json.loads(out)


def items(found):
    return {one["item"]: one["depth"] for one in found["items"]}


def test_both_ways_unless_told_otherwise(suyuan, home):
    t = home
    assert items(plain(suyuan, t.sausage)) == {t.pork: -1, t.spice: -1, t.sausage: 0, t.gift: 1}
    assert items(plain(suyuan, t.sausage, "--back")) == {t.pork: -1, t.spice: -1, t.sausage: 0}
    assert items(plain(suyuan, t.sausage, "--forward")) == {t.sausage: 0, t.gift: 1}
    both = plain(suyuan, t.sausage, "--back", "--forward")
    assert both["direction"] == "both" and both["is_whole"] and both["steps"] is None


def test_one_step_and_so_many(suyuan, home):
    one = plain(suyuan, home.gift, "--back", "--one-step")
    assert items(one) == {home.gift: 0, home.sausage: -1}
    assert len(items(plain(suyuan, home.gift, "--back", "--depth", "2"))) == 4
    assert plain(suyuan, home.gift, "--one-step")["steps"] == 1


def test_the_table_is_for_people_and_says_as_of_when(suyuan, home):
    code, out, err = suyuan("trace", home.sausage)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["Depth", "Name"]
    assert [line.split()[0] for line in lines if line[:1] != " "] == [
        "Depth", "-1", "-1", "asked", "+1",
    ]  # fmt: skip
    for part in ("猪肉", "80 kg", "Made · 同安香肠厂", "湖心市场 D03 摊 (in", "30 kg"):
        assert part in out
    assert err.startswith("As of ") and "4 items, 2 makings" in err and "All of it" in err
    _, out, err = suyuan("trace", home.sausage, "--lang", "zh", "--one-step")
    assert "所查" in out and "加工 · 同安香肠厂" in out and "80 千克" in out
    assert err.startswith("数据截至") and "限 1 步" in err


def test_columns_stand_below_each_other_whatever_the_letters():
    from rich.cells import cell_len

    table = columns([["名", "b"], ["猪肉", ["1", "2"]], ["x", "3"]])
    places = [cell_len(line[: line.index(mark)]) for line, mark in zip(
        table, ("b", "1", "2", "3"), strict=True)]  # fmt: skip
    assert len(set(places)) == 1


def test_holdings_follow_what_was_made(suyuan, home):
    found = plain(suyuan, home.pork, "--holdings")
    told = {(one["item"], one["holder"]): one["quantity"]["value"] for one in found["holdings"]}
    assert told == {
        (home.pork, home.maker.uri): "20",
        (home.sausage, home.maker.uri): "20",
        (home.sausage, home.stall.uri): "30",
        (home.gift, home.maker.uri): "20",
    }
    code, out, err = suyuan("trace", home.pork, "--holdings")
    assert code == 0 and out.count("\n") == 5 and err.startswith("As of")
    for wrong in (["--back"], ["--depth", "2"], ["--format", "svg"]):
        code, out, err = suyuan("trace", home.pork, "--holdings", *wrong)
        assert (code, out) == (2, "") and "--holdings" in err


def test_the_graph_is_a_picture(suyuan, home):
    code, out, _ = suyuan("trace", home.sausage, "--format", "svg", "-o", "x.svg", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["file"], told["type"]) == ("x.svg", "image/svg+xml")
    root = ET.parse("x.svg").getroot()
    assert root.tag.endswith("svg") and "猪肉" in "".join(root.itertext())
    code, out, err = suyuan("trace", home.sausage, "--format", "svg", "-o", "x.svg")
    assert (code, out) == (2, "") and "is there already" in err
    code, out, _ = suyuan("trace", home.sausage, "--format", "svg", "--lang", "zh")
    assert code == 0 and "来源与去向图" in out


def test_the_document_has_every_event_in_order_of_its_time(suyuan, home):
    code, out, err = suyuan("trace", home.gift, "--format", "epcis", "--back")
    assert code == 0 and "events, as of" in err
    document = parse_document(out.encode())
    steps = [event.value["bizStep"].rsplit(":", 1)[-1] for event in document.events]
    assert steps == [
        "commissioning", "commissioning", "make", "make", "packing", "shipping", "receiving",
    ]  # fmt: skip
    assert json.loads(out)["suyuan:lineage"]["isWhole"] is True


def test_a_trace_code_is_an_item_too(suyuan, home):
    code = codes.shown(codes.in_uri(home.pork, HOST)).lower()
    assert plain(suyuan, code)["of"] == [home.pork]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ([lot_uri(0)], "is not one of this ledger"),
        (["https://id.gs1.org/01/06901234567892/10/NONE"], "is not in this ledger"),
        (["no such thing"], "is no trace code"),
        ([], "Missing argument"),
        (["X", "--depth", "0"], "--depth"),
        (["X", "--one-step", "--depth", "3"], "exclude each other"),
        (["X", "--format", "pdf"], "pdf"),
    ],
)
def test_what_cannot_be_traced_is_said(suyuan, asked, why):
    code, out, err = suyuan("trace", *asked)
    assert (code, out) == (2, "")
    assert why in err
