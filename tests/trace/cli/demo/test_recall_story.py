"""From a test at one stall to a recall that is closed, in the demo city, by both ways of acting.

Back from the stall's label to the field, forward to four stalls and a school's canteen, hold,
recall, recovery, closing; the pages turn red at once and stay truthful; the numbers add up, as
counted here from the bare events.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.ledger.world import ROOT
from support.lineage.story import HOLDERS, LEFT, ByApi, ByCommand, Refused, Way, suyuan

from suyuan.trace.cli.demo import city
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.recall.deadlines import rule_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.web.factory import create_app

pytestmark = pytest.mark.slow
STALLS = ("stall-greens", "stall-a15", "stall-a18", "stall-a21")
REASON = "豇豆检出禁用农药毒死蜱，0.18毫克/千克"
PHOTO = b"\xff\xd8\xff\xe0 a crate on a scale"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city as it is made today."""
    home = tmp_path_factory.mktemp("story") / "city"
    city.build(home).close()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to act in."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made, tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture(params=["commands", "api"])
def way(request: pytest.FixtureRequest, home: Path) -> Iterator[Way]:
    if request.param == "commands":
        yield ByCommand(home)
        return
    api = ByApi(home)
    yield api
    api.close()


class View:
    """What the story is about, and a reader of its pages who is none of the actors."""

    def __init__(self, home: Path) -> None:
        cast = city.cast_of(home)
        self.today, self.items, self.people = cast.today, cast.items, cast.parties
        self.lot, self.bunches = self.items["beans-1"], self.items["bunches-1"]
        self.dish = self.items["fried-beans-1"]
        self.ledger = open_ledger(home)
        self.client = create_app(home, ledger=self.ledger).test_client()

    def item_of(self, who: str) -> str:
        return self.bunches if who in ("stall-a15", "stall-a18") else self.lot

    def code(self, who: str, item: str | None = None) -> str:
        """The code on a party's label."""
        return codes.of_chain(item or self.item_of(who), self.people[who].uri)

    def page(self, who: str, item: str | None = None) -> tuple[str, str, str]:
        """The tone of a page, its first heading, and all of it, as it is at this moment."""
        path = f"/t/{self.code(who, item)}"
        text = self.client.get(path, headers={"Accept-Language": "zh"}).text
        tone = re.search(r'class="answer is-(\w+)"', text)
        heading = re.search(r"<h1>(.*?)</h1>", text)
        assert tone and heading
        return tone[1], heading[1], text

    def tones(self) -> dict[str, str]:
        return {who: self.page(who)[0] for who in (*STALLS, "school")}

    def other(self) -> str:
        """Of a lot that has nothing to do with it."""
        return self.page("stall-greens", self.items["bok-choy-2"])[0]

    def counted(self, item: str) -> Counter[str]:
        """What became of an item in kilograms or pieces, from the bare events in the log."""
        with self.ledger.reading() as reader:
            events = [parse(stored.entry).event for stored in reader.links()]
        found: Counter[str] = Counter()
        for event in events:
            if event is None:
                continue
            step = event["bizStep"].rsplit(":", 1)[-1]
            for name, sums in (("quantityList", step), ("inputQuantityList", "used"),
                               ("outputQuantityList", "made")):  # fmt: skip
                for part in event.get(name, ()):
                    if part["epcClass"] == item and "quantity" in part:
                        found[sums] += Decimal(str(part["quantity"]))
        return found


@pytest.fixture
def view(home: Path) -> Iterator[View]:
    found = View(home)
    yield found
    found.ledger.close()


def test_a_recall_from_a_stalls_test_to_its_closing(way: Way, view: View, home: Path) -> None:
    red = dict.fromkeys((*STALLS, "school"), "bad")
    assert (set(view.tones().values()), view.other()) == ({"good"}, "good")

    # A test at one stall; from its label back to the field, and forward to all that have some.
    label = view.code("stall-a15")
    way.record("laboratory", label, "test", None, result="不合格", tested="毒死蜱0.18毫克/千克")
    back = way.back(label)
    assert [one["item"] for one in back["items"] if one["depth"] < 0] == [view.lot]
    assert "绿野合作社北坡基地13号棚" in view.page("farm")[2]
    left = {(view.people[who].uri, view.items[lot]): Decimal(kilos) for who, lot, kilos in LEFT}
    held = {(one["holder"], one["item"]): Decimal(one["quantity"]["value"])
            for one in way.holdings(view.lot)}  # fmt: skip
    assert held == left
    scope = way.scope(view.lot)
    assert {one["item"] for one in scope["items"]} == {view.lot, view.bunches, view.dish}
    assert {one["holder"] for one in scope["holders"]} == {view.people[who].uri for who in HOLDERS}
    assert scope["remaining"] == [{"value": str(sum(left.values())), "unit": "kg"}]

    # A hold: no stall sells any more of it.
    held_by = way.hold("office", [view.lot, view.bunches], "豇豆检出毒死蜱，暂停销售")
    assert set(view.tones().values()) == {"warn"} and view.other() == "good"
    with pytest.raises(Refused) as refused:
        way.record("stall-a18", view.bunches, "sell", "1")
    assert refused.value.rule == "hold"

    # The recall: red at the very next request; what was cooked of it says what is in it.
    act = way.order("authority", [view.lot, view.bunches], REASON, drill=False)
    assert (view.tones(), view.other()) == (red, "good")
    for who in STALLS:
        _, heading, text = view.page(who)
        assert heading == "已召回，请勿食用" and "一级召回" in text and REASON in text
        assert "暂停销售" in text  # why it is on hold, which it still is
    assert view.page("school", view.dish)[:2] == ("warn", "含有被召回的食品")
    way.say("authority", "recall.extend", act, items=[view.dish], reason="已供应的菜品一并列入")
    assert view.page("school", view.dish)[0] == "bad"

    # Everybody that has some hears of it, acknowledges, and says what became of it.
    assert act in json.dumps(way.inbox("stall-a21"))
    for who in HOLDERS:
        way.say(who, "recall.acknowledge", act)
    for who, lot, kilos in LEFT:
        if who not in ("stall-a18", "stall-a21", "school"):
            photo = PHOTO if who in STALLS else None
            way.report(who, act, view.items[lot], photo, recovered=kilos)
    evening = datetime.combine(view.today - timedelta(days=1), time(18, 50), SHANGHAI)
    way.record("stall-a18", view.bunches, "sell", "1.5", when=evening)  # before the hold: a fact
    way.report("stall-a18", act, view.bunches, PHOTO, recovered="11", sold="13")
    way.record("school", view.lot, "destroy", "12", reason="召回，监督销毁")
    way.report("school", act, view.lot, PHOTO, destroyed="12")
    one_is_silent(way, act, view)

    # Then the last one; what was kept back returns to the wholesaler, and is destroyed.
    way.report("stall-a21", act, view.lot, PHOTO, recovered="16.6")
    assert kilograms(way.progress(act))["recovered"] == Decimal("100.4")
    for who, item, kilos in (("stall-a15", view.bunches, "15.6"), ("stall-a18", view.bunches, "11"),
                             ("stall-a21", view.lot, "16.6")):  # fmt: skip
        way.give_back(who, item, kilos, "wholesaler")
    for who, item, kilos in (("wholesaler", view.lot, "32.6"), ("wholesaler", view.bunches, "36.6"),
                             ("stall-greens", view.lot, "13.7"),
                             ("farm", view.lot, "17.5")):  # fmt: skip
        way.record(who, item, "destroy", kilos, reason="召回，监督销毁")
    adds_up(way.progress(act), view)
    assert view.tones() == red
    way.say("authority", "recall.close", act)
    way.say("office", "hold.release", held_by, reason="已全部召回销毁")

    # Closed: the pages say both, that it was recalled and that this is over.
    assert way.progress(act)["state"] == "closed"
    assert (view.tones(), view.other()) == (red, "good")
    for who in STALLS:
        _, heading, text = view.page(who)
        assert heading == "已召回，请勿食用" and "召回已于" in text and "暂停销售" not in text
    with pytest.raises(Refused, match="ended"):
        way.say("authority", "recall.close", act)
    only_the_shrimp_is_doubted(view)
    offline(view, home, act)
    audited = suyuan("audit", "--home", home)
    assert (audited.code, "nothing is wrong" in audited.out) == (0, True), audited.out


def kilograms(progress: dict) -> dict[str, Decimal]:
    """The totals in kilograms."""
    (found,) = [total for total in progress["totals"] if total["unit"] == "kg"]
    return {name: Decimal(value) for name, value in found.items() if name != "unit"}


def only_the_shrimp_is_doubted(view: View) -> None:
    """Nothing that was recorded on the way cannot be: what came too warm was there before."""
    view.ledger.followers.catch_up()
    with view.ledger.reading() as reader:
        assert [finding.subject for finding in Lineage(reader).findings()] == [
            view.items["shrimp-1"]
        ]


def one_is_silent(way: Way, act: str, view: View) -> None:
    """A21 is silent: the recall cannot be closed, and stays open."""
    progress = way.progress(act)
    assert progress["effectiveness"]["acknowledged"] == 7
    assert progress["effectiveness"]["reported"] == 6
    missing = [{"item": view.lot, "value": "16.6", "unit": "kg"}]
    assert progress["closing"]["missing"] == missing
    with pytest.raises(Refused, match=r"16\.6 kg") as refused:
        way.say("authority", "recall.close", act)
    assert refused.value.body["closing"]["missing"] == missing
    assert way.progress(act)["state"] == "open"


def adds_up(progress: dict, view: View) -> None:
    """Every line of the table, and every total against what the events say."""
    assert progress["closing"] == {"adds_up": True, "missing": [], "surplus": [], "unknown": []}
    parts = ("recovered", "remaining", "sold", "destroyed", "sent", "returned", "used", "lost",
             "missing")  # fmt: skip
    for holder in progress["holders"]:
        for line in holder["lines"]:
            assert Decimal(line["had"]) == sum(Decimal(line[part]) for part in parts)
            assert Decimal(line["missing"]) == 0
    items = {one["item"]: one["sum"] for one in progress["items"]}
    assert items.keys() == {view.lot, view.bunches, view.dish}
    for item, told in items.items():
        bare = view.counted(item)
        assert Decimal(told["produced"]) == bare["harvest"] + bare["made"]
        for name, step in (("sold", "retail_selling"), ("destroyed", "destroying"),
                           ("used", "used"), ("lost", "loss")):  # fmt: skip
            assert Decimal(told[name]) == bare[step], (item, name)
        gone = bare["retail_selling"] + bare["destroying"] + bare["used"] + bare["loss"]
        assert bare["harvest"] + bare["made"] == gone
    totals = kilograms(progress)
    assert totals["produced"] == Decimal("338.4")
    assert (
        totals["destroyed"]
        == Decimal("112.4")
        == sum(Decimal(k) for *_, k in LEFT) - Decimal("1.5")
    )
    assert totals["recovered"] == totals["remaining"] == totals["unaccounted"] == 0
    shares = progress["effectiveness"]["shares"]
    assert [one["traced_percent"] for one in shares] == ["100.0", "100.0"]
    photos = [f for h in progress["holders"] for r in h["reports"] for f in r["files"]]
    assert len(photos) == 5


def offline(view: View, home: Path, act: str) -> None:
    """The evidence for A15's label, checked with a trust file alone: it tells of the act."""
    evidence = view.client.get(f"/api/v1/items/{view.code('stall-a15')}/evidence").data
    Path("a15.suyuan").write_bytes(evidence)
    shutil.copy(home / "trust.json", "given.json")
    said = suyuan.good("verify", "a15.suyuan", "--trust", "given.json")
    assert "is recalled at level I" in said.out and act in said.out and "closed" in said.out


# The play of it.


def played(*arguments: object) -> list[str]:
    """The scenes of a play that goes well."""
    from suyuan.web.server import cli as _web  # noqa: F401  brings the command that plays

    said = suyuan("demo", "recall", *arguments)
    assert said.code == 0, said.out[-2000:] + said.err
    return re.split(r"^\d+\. ", said.out, flags=re.MULTILINE)[1:]


def verdicts(scene: str) -> list[str]:
    """What pages say of the recall after a scene; a short shelf life may be over by then."""
    said = re.findall(r"^   ([\w ]+)  /t/\w{16}  ", scene, flags=re.MULTILINE)
    return ["verified" if one == "EXPIRED" else one for one in said]


def test_the_play_prints_each_command_and_what_the_pages_say(home: Path) -> None:
    for scene in played("--home", home, "--drill"):
        assert set(verdicts(scene)) <= {"verified"}
    scenes = played("--home", home)
    assert len(scenes) == 12
    seen = [verdicts(scene) for scene in scenes if verdicts(scene)]
    assert [Counter(one) for one in seen] == [
        {"verified": 7},
        {"ON HOLD": 5, "verified": 2},
        {"RECALLED": 5, "CONTAINS RECALLED": 1, "verified": 1},
        {"RECALLED": 6, "verified": 1},
        {"RECALLED": 6, "verified": 1},
    ]
    (source,) = re.findall(r"^by (Measures .*)$", scenes[10], flags=re.MULTILINE)
    assert source == rule_of(datetime.now(SHANGHAI)).law.cited  # of the day on which it is played
    assert "(provisional)" not in scenes[10] or "calendar of" in scenes[10]
    (row,) = re.findall(r"^湖心市场A12摊.*\)  \S+  (.*)$", scenes[10], flags=re.MULTILINE)
    assert row.split()[:7] == ["30", "kg", "0", "0", "16.3", "kg", "13.7"]  # and it adds up
    commands = re.findall(r"^\$ suyuan (\w+)", "".join(scenes), flags=re.MULTILINE)
    assert len(commands) > 30 and commands[-1] == "audit"
    secrets = [path for path in home.rglob("*") if path.suffix in (".key", ".pem")]
    assert [path.name for path in secrets] == ["seal.key"]  # which signs nothing
    suyuan.refused("already", "demo", "recall", "--home", home)


def test_demo_keys_are_for_demos_alone(home: Path, tmp_path: Path) -> None:
    said = suyuan("record", "new", "--step", "code", "--product", "x", "--key", "demo:mayor",
                  "--home", home)  # fmt: skip
    assert said.code == 3 and "stall-a15" in said.err
    for arguments in (("demo", "recall"), ("inbox", "--key", "demo:farm")):
        said = suyuan(*arguments, "--home", tmp_path / "nothing")
        assert said.code == 3 and "no" in said.err


def test_the_page_about_it_has_commands_of_the_play(home: Path) -> None:
    ledger = open_ledger(home)
    with ledger.reading() as reader:
        names = city.props(reader, ledger) | {
            "act": "ACT", "hold": "HOLD", "known": "KNOWN", "evening": "EVENING",
            "photo": "photo.jpg", "evidence": "recalled.suyuan", "trust": "city/trust.json",
        }  # fmt: skip
    ledger.close()
    scenes = [*city.scenes(is_drill=False), *city.scenes(is_drill=True)]
    commands = [command.arguments(names) for scene in scenes for command in scene.commands]
    text = (ROOT / "docs" / "recall-story.md").read_text("utf-8")
    shown = re.findall(r"^    \$ suyuan (.*)$", text, flags=re.MULTILINE)
    assert len(shown) > 20
    assert [line for line in shown if line.split(" ") not in commands] == []
