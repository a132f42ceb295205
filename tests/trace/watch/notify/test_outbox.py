"""Whom the ledger has told: every holder once, of what begins, changes and ends."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from support.ledger.world import Actor, World, day_of, days_ago, event
from support.watch.audits import audit
from support.watch.notify import jobs, reach, recipients, swept
from support.web.acting import KNOWN, act_uri, clear, extend, hold, officer, order, say

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.store.beside import notices
from suyuan.trace.store.beside.preferences import choose
from suyuan.trace.watch.notify.outbox import Outbox

pytestmark = pytest.mark.slow


def ago(**by: float) -> datetime:
    return datetime.now(UTC) - timedelta(**by)


def mailed(world: World, name: str, role: str = "stall") -> Actor:
    """A party with the e-mail address <name>@food.example."""
    made = world.party(name, role)
    reach(world, made, f"mailto:{name}@food.example")
    return made


@pytest.fixture
def trade(world: World) -> tuple[Actor, Actor, Actor, str]:
    """A lot of 100 kg: 30 kg went to a shop, which has sold them all; 20 kg are on their way."""
    farm, shop, canteen = (mailed(world, name) for name in ("farm", "shop", "canteen"))
    mailed(world, "stranger")
    lot = world.coded_lot(farm)
    world.hand_over(farm, shop, lot)
    world.do(shop, event("sell", lot, "30"))
    world.do(farm, event("dispatch", lot, "20", sender=farm.uri, recipient=canteen.uri))
    return farm, shop, canteen, lot


def test_all_who_have_await_or_had_it_are_told_and_nobody_else(world, trade) -> None:
    farm, _, _, lot = trade
    uri = order(world, farm, lot)
    swept(world)
    begun = {("shop", "recall.order"), ("canteen", "recall.order")}
    assert recipients(world) == begun
    say(world, world.authority, (acts.recall_close(uri), None))
    swept(world)  # the producer too where another ends its recall, or begins it
    closed = {(name, "recall.close") for name in ("farm", "shop", "canteen")}
    assert recipients(world) == begun | closed
    order(world, world.authority, lot)
    swept(world)
    assert recipients(world) == begun | closed | {("farm", "recall.order")}


def test_order_and_withdrawal_taken_in_together_are_both_told_and_a_drill_says_so(world, trade):
    farm, _, _, lot = trade
    uri = order(world, farm, lot, drill=True)
    say(world, farm, (acts.recall_withdraw(uri, "误报"), None))
    for job in swept(world):
        assert job.content["drill"] is True
        assert job.content["subject"].startswith("【模拟召回 DRILL】")
        assert job.content["text"].startswith("*** 模拟召回 DRILL ***\n")
    assert {("shop", "recall.order"), ("shop", "recall.withdraw")} <= recipients(world)


def test_a_notice_says_what_each_has_of_it(world, trade) -> None:
    farm, shop, canteen, lot = trade
    reach(world, shop, "https://shop.example/hook")
    choose(world.ledger.database.engine, canteen.uri, "language", "both")
    uri = order(world, farm, lot)
    found = {job.address: job.content for job in swept(world)}
    assert "上海青" in found["shop@food.example"]["subject"]
    assert "曾经手，账面已无存量" in found["shop@food.example"]["text"]
    assert "20 千克, 在途" not in found["shop@food.example"]["text"]
    assert "Recall" not in found["shop@food.example"]["text"], "Chinese unless it chose"
    assert " / Recall notice" in found["canteen@food.example"]["subject"]
    assert "20 千克，在途，将运到" in found["canteen@food.example"]["text"]
    assert "20 kg, on its way here" in found["canteen@food.example"]["text"]
    body = json.loads(found["https://shop.example/hook"]["body"])
    assert body["type"] == "recall.order"
    assert body["data"]["act"] == uri and body["data"]["party"] == shop.uri
    assert [one["state"] for one in body["data"]["own"]] == ["had"]
    due = day_of(datetime.fromisoformat(KNOWN), 1)
    assert (body["data"]["reason"], body["data"]["start_due"]) == ("检出", f"{due}T00:00:00Z")


@pytest.mark.usefixtures("newest_measures")
def test_a_notice_says_that_its_last_day_may_change_until_a_plan_is_stated(world, trade) -> None:
    farm, shop, _, lot = trade
    reach(world, shop, "https://shop.example/hook")
    data, named = acts.listed([lot])
    said, uri = f"{days_ago(2)}T16:00:00Z", act_uri()  # yesterday in Shanghai
    say(world, farm, (acts.recall_order(uri, 1, said, "检出", named), data))
    found = {job.address: job.content for job in swept(world)}
    text = found["shop@food.example"]["text"]
    assert re.search(r"完成期限（暂定）：\d+年\d\d月\d\d日 \d\d:\d\d（UTC\+0800）\n", text)
    body = json.loads(found["https://shop.example/hook"]["body"])
    assert body["data"]["provisional"] is True and "recall plan" in body["data"]["notes"][0]
    say(world, farm, (acts.recall_plan(uri, said), None))
    extend(world, farm, uri, lot)
    told_ = [job.content for job in swept(world) if job.content["what"] == "recall.extend"]
    texts = [content["text"] for content in told_ if "text" in content]
    assert texts and all("完成期限：" in text and "暂定" not in text for text in texts)


def test_looking_again_makes_no_second_job(world, trade) -> None:
    order(world, trade[0], trade[3])
    first = swept(world)
    with world.ledger.reading() as reader:
        assert notices.cursor(reader) == reader.size()
    notices.move(world.ledger.database.engine, 0)
    assert swept(world) == first
    outbox = Outbox(world.ledger)
    outbox._cursor = 0  # as after a crash before the cursor was written
    assert swept(world, outbox) == first
    assert audit(world.ledger).is_good, "jobs and their cursor are beside the ledger"


def test_what_ends_is_told_to_those_who_were_told(world, trade) -> None:
    farm, _, canteen, lot = trade
    other = world.coded_lot(farm)
    world.hand_over(farm, canteen, other)
    uri = order(world, farm, lot, other)
    swept(world)
    late = mailed(world, "late")
    clear(world, farm, uri, other)
    say(world, farm, (acts.recall_close(uri), None))
    swept(world)
    begun = {("shop", "recall.order"), ("canteen", "recall.order")}
    cleared = {("canteen", "recall.clear")}
    closed = {("shop", "recall.close"), ("canteen", "recall.close")}
    assert recipients(world) == begun | cleared | closed
    texts = {job.content["what"]: job.content["text"] for job in jobs(world)}
    assert "可以恢复销售" in texts["recall.clear"] and "制成" not in texts["recall.clear"]
    assert "尚存的不得销售" in texts["recall.close"]
    assert late.uri not in {job.party for job in jobs(world)}


def test_an_extension_is_told_to_those_whom_it_concerns(world, trade) -> None:
    farm, _, canteen, lot = trade
    other = world.coded_lot(farm)
    world.hand_over(farm, canteen, other)
    uri = order(world, farm, lot)
    extend(world, farm, uri, other)
    swept(world)
    assert ("canteen", "recall.extend") in recipients(world)
    assert ("shop", "recall.extend") not in recipients(world)


def test_a_hold_by_the_authority_is_told_and_a_holders_own_is_not(world, trade) -> None:
    farm, shop, _, lot = trade
    hold(world, shop, lot)
    hold(world, farm, lot)
    swept(world)
    assert recipients(world) == set()
    uri = hold(world, officer(world), lot)
    swept(world)
    assert ("shop", "hold.place") in recipients(world)
    say(world, world.authority, (acts.hold_release(uri), None))
    swept(world)
    assert {("shop", "hold.release"), ("farm", "hold.release")} <= recipients(world)


def test_what_was_made_from_it_and_what_is_packed_with_it_is_told_as_such(world) -> None:
    farm, kitchen, school = (mailed(world, name) for name in ("farm", "kitchen", "school"))
    lot, soup, box = world.new_lot(), world.new_lot(), "https://id.gs1.org/00/106141412345678908"
    world.code(farm, lot)
    world.hand_over(farm, kitchen, lot)
    made, used = [steps.Portion(soup, None, None)], [steps.Portion(lot, None, None)]
    world.do(kitchen, steps.event("make", ago(minutes=1), made, inputs=used))
    world.do(kitchen, steps.event("pack", ago(minutes=1), made, parent=box))
    world.hand_over(kitchen, school, box, None)
    order(world, farm, lot)
    found = {job.address: job.content["text"] for job in swept(world)}
    assert set(found) == {"kitchen@food.example", "school@food.example"}
    assert "用所列批次制成，或与其同装" in found["school@food.example"]
    assert "在容器 106141412345678908 内" in found["school@food.example"]
    assert "/me/recalls" not in found["school@food.example"]
    assert "/me/recalls" in found["kitchen@food.example"]
    assert not any("suyuan " in text for text in found.values())  # no command to be typed
    own = found["kitchen@food.example"].partition("贵处的有关批次：共 2 条")[2]
    places = [own.index(codes.shown(item.rsplit("/", 1)[-1])) for item in (lot, soup)]
    assert places == sorted(places)  # what the act names stands first


def test_who_recorded_offline_and_is_heard_of_later_is_told_once(world, trade) -> None:
    farm, _, canteen, lot = trade
    stall = mailed(world, "stall")
    order(world, farm, lot)
    swept(world)
    before = [steps.Portion(lot, None, None)]
    (sent,) = world.do(
        canteen,
        steps.event("dispatch", ago(days=300), before, sender=canteen.uri, recipient=stall.uri),
    )
    assert ("stall", "recall.order") not in recipients(world)
    swept(world)
    assert ("stall", "recall.order") in recipients(world)
    count = len(jobs(world))
    world.do(stall, event("receive", lot), after=(AfterRef(sent.index, sent.hash),))
    swept(world)
    assert len(jobs(world)) == count


def test_words_of_strangers_stay_on_their_line(world) -> None:
    farm = world.party("农场\r\nBcc: all@food.example", "producer")
    shop, lot = mailed(world, "shop"), world.new_lot()
    coded = steps.coding("菜\r\nTo: x@y.example", days_ago(1), 5, "350212")
    world.do(farm, event("code", lot, "9", extra=coded))
    world.hand_over(farm, shop, lot, "1")
    data, named = acts.listed([lot])
    say(world, farm, (acts.recall_order(act_uri(), 2, KNOWN, "坏\r\n\r\n.\r\nQUIT", named), data))
    (job,) = swept(world)
    assert not any(c in job.content["subject"] for c in "\r\n")
    assert "\nTo:" not in job.content["text"] and "\nBcc:" not in job.content["text"]
    assert "\nQUIT" not in job.content["text"]
