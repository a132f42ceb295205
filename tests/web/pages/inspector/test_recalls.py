"""Pages of what is recalled or held: red at the next request, truthful, never for a drill."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import World, days_ago, event
from support.web.acting import KNOWN, act_uri, clear, extend, hold, order, say
from support.web.client import change, chinese, english, page_of

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.steps import Portion

pytestmark = pytest.mark.slow


def heading(text: str) -> tuple[str, str]:
    """The tone of a page and its first heading."""
    tone = re.search(r'class="answer is-(\w+)"', text)
    first = re.search(r"<h1>(.*?)</h1>", text)
    assert tone and first
    return tone[1], first[1]


def verdict(client, path: str) -> str:
    return client.get(f"/api/v1/items/{path.split('/')[2]}").json["verdict"]


def make(world: World, cook, made: str, *sources: str) -> None:
    inputs = [Portion(source, Decimal(1), "KGM") for source in sources]
    world.do(cook, event("make", made, "1", inputs=inputs,
                         extra=steps.coding("饺子", days_ago(1), 2, "350206")))  # fmt: skip


def test_a_recall_turns_the_page_red_at_the_next_request(client, sold, small):
    lot, farm, stall = sold
    path = page_of(lot, stall.uri)
    assert heading(english(client, path)) == ("good", "Verified")
    uri = order(small, farm, lot)  # no follower has run since
    text = english(client, path)
    assert heading(text) == ("bad", "Recalled: do not eat it")
    for part in ("Level I recall", "青山农场", "检出", "bring back", "since"):
        assert part in text
    text = chinese(client, path)
    assert heading(text) == ("bad", "已召回，请勿食用")
    assert "一级召回" in text and "退回购买处" in text
    assert verdict(client, path) == "recalled"
    (act,) = client.get(f"/api/v1/items/{path.split('/')[2]}").json["acts"]
    assert (act["act"], act["relation"], act["level"]) == (uri, "itself", 1)
    assert heading(english(client, f"/t/{lot.rsplit('/', 1)[1]}"))[0] == "bad"


def test_a_closed_recall_stays_red_and_says_so_and_a_withdrawn_one_is_gone(client, sold, small):
    lot, farm, stall = sold
    path = page_of(lot, stall.uri)
    uri = order(small, farm, lot)
    small.say(farm, acts.recall_close(uri))
    text = english(client, path)
    assert heading(text)[0] == "bad" and "The recall was closed on" in text
    other = order(small, farm, lot)
    small.say(farm, acts.recall_withdraw(other, "误报"))
    assert english(client, path).count("Level I recall") == 1


def test_a_drill_never_touches_a_page(client, sold, small):
    lot, farm, stall = sold
    path = page_of(lot, stall.uri)
    before = english(client, path)
    order(small, farm, lot, drill=True)
    after = english(client, path)
    assert heading(after) == heading(before) == ("good", "Verified")
    assert verdict(client, path) == "verified"
    assert "recall" not in after.lower().replace("recalls", "")


def test_a_hold_of_the_authority_stops_the_sale_until_it_is_released(client, sold, small):
    lot, farm, stall = sold
    path = page_of(lot, stall.uri)
    uri = hold(small, small.authority, lot)
    text = english(client, path)
    assert heading(text) == ("warn", "Sale stopped") and "待检" in text
    assert verdict(client, path) == "on_hold"
    small.say(small.authority, acts.hold_release(uri))
    assert heading(english(client, path)) == ("good", "Verified")
    hold(small, stall, lot)  # a holder's own is told on its own page alone
    assert heading(english(client, path))[0] == "warn"
    assert heading(english(client, page_of(lot, farm.uri)))[0] == "good"


@pytest.mark.parametrize("followed", [True, False])
def test_what_was_made_from_it_contains_it_until_somebody_decides(client, sold, small, followed):
    lot, farm, stall = sold
    cook = small.party("食堂", "caterer")
    small.hand_over(stall, cook, lot, "5")
    dough, dish = small.new_lot(), small.new_lot()
    make(small, cook, dough, lot)
    make(small, cook, dish, dough)
    if followed:
        small.ledger.followers.catch_up()
    uri = order(small, farm, lot)
    paths = {made: f"/t/{made.rsplit('/', 1)[1]}" for made in (dough, dish)}
    for path in paths.values():
        text = english(client, path)
        assert heading(text) == ("warn", "Contains something recalled")
        assert "There is Shang Hai Qing in it" in text and "上海青" in chinese(client, path)
        assert verdict(client, path) == "contains_recalled"
    clear(small, cook, uri, dough)  # and so what was made of nothing else
    for path in paths.values():
        assert heading(english(client, path)) == ("good", "Verified")
    extend(small, small.authority, uri, dish)
    assert heading(english(client, paths[dish]))[0] == "bad"
    assert heading(english(client, paths[dough]))[0] == "good"


def test_a_pallet_of_it_contains_it_and_a_recalled_pallet_recalls_what_was_in_it(
    client, sold, small
):
    lot, farm, _stall = sold
    pallet = "https://id.gs1.org/00/106141412345678908"
    when = datetime.now(UTC) - timedelta(minutes=1)
    packed = [Portion(lot, Decimal(3), "KGM")]
    small.do(farm, steps.event("pack", when, packed, parent=pallet))
    path = pallet.removeprefix("https://id.gs1.org")
    assert heading(english(client, path))[0] == "good"
    uri = order(small, farm, lot)
    assert heading(english(client, path)) == ("warn", "Contains something recalled")
    small.say(farm, acts.recall_withdraw(uri, "误报"))
    assert heading(english(client, path))[0] == "good"
    order(small, small.authority, pallet)
    small.ledger.followers.catch_up()
    assert heading(english(client, path))[0] == "bad"
    assert heading(english(client, f"/t/{lot.rsplit('/', 1)[1]}"))[0] == "bad"
    small.do(farm, steps.event("unpack", datetime.now(UTC), packed, parent=pallet))
    small.ledger.followers.catch_up()
    assert heading(english(client, page_of(lot, farm.uri)))[0] == "bad"


def test_the_gravest_comes_first(client, sold, small):
    lot, farm, stall = sold
    path = page_of(lot, stall.uri)
    hold(small, small.authority, lot)
    data, named = acts.listed([lot])
    for level in (3, 2):
        said = acts.recall_order(act_uri(), level, KNOWN, "标签", named)
        say(small, farm, (said, data))
    text = english(client, path)
    assert text.index("Level II recall") < text.index("Level III recall") < text.index("On hold")
    change(small.ledger, "UPDATE link SET entry = substr(entry, 1, 40) WHERE leaf = 6")
    broken = english(client, path)
    assert heading(broken)[1].startswith("Broken")
    assert "Recalled: do not eat it" in broken
    assert verdict(client, path) == "broken"


def test_a_strangers_reason_and_an_absurd_time_of_knowing_break_no_page(client, sold, small):
    lot, farm, stall = sold
    data, named = acts.listed([lot])
    reason = "<script>alert(1)</script>" + "很长" * 400
    for known in (KNOWN, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        uri = act_uri()
        say(small, farm, (acts.recall_order(uri, 2, known, reason, named), data))
        text = english(client, page_of(lot, stall.uri))
        assert heading(text)[0] == "bad"
        assert "<script>alert" not in text and "&lt;script&gt;" in text and "…" in text
        assert "Level II recall" in english(client, f"/recalls/{uri.rsplit('/', 1)[1]}")
        assert client.get(f"/api/v1/recalls/{uri.rsplit('/', 1)[1]}").status_code == 200


def test_the_list_and_the_page_of_an_act_say_how_far_it_has_come(client, sold, small):
    lot, farm, stall = sold
    assert "None is in force" in english(client, "/recalls")
    uri, drill = order(small, farm, lot), order(small, farm, lot, drill=True)
    held = hold(small, small.authority, lot)
    small.say(stall, acts.recall_acknowledge(uri))
    row = {"item": lot, "kind": "recovered", "value": "12.5", "unit": "kg"}
    small.say(stall, acts.recall_report(uri, [row]))
    small.ledger.followers.catch_up()
    listed = english(client, "/recalls")
    for act in (uri, drill, held):
        assert f"/recalls/{act.rsplit('/', 1)[1]}" in listed
    assert listed.count("Drill") == 1
    for start in ("/recalls/", "/act/"):
        text = english(client, start + uri.rsplit("/", 1)[1])
        for part in ("Level I recall", "A 区 12 号", "12.5 kg", "87.5 kg", "1 / 1", "late"):
            assert part in text, part
        assert "This is a drill" not in text
    assert "This is a drill" in english(client, f"/recalls/{drill.rsplit('/', 1)[1]}")
    assert "待检" in english(client, f"/recalls/{held.rsplit('/', 1)[1]}")
    for path in ("/recalls/1Q4T9ZC2KM8W0RB3", "/recalls/x", "/act/x"):
        assert client.get(path).status_code == 404
    text = chinese(client, "/recalls")
    assert "召回与暂停销售" in text and "模拟召回" in text
