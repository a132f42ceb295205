"""2: nothing is green that is not: one verdict on label, counter and chain, and honest tests."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from support.web.walking import GREEN, Goods

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import Portion

STALL, OTHER = "stall-greens", "stall-a15"


@pytest.fixture(scope="module")
def goods(people):
    """A label of each kind, and a lot of which its farm sent out more than it had."""
    made = Goods(people)
    over, tested = made.lot(), made.lot()
    made.hand("farm", STALL, over)
    made.hand("farm", OTHER, over)  # 60 of 50 kg: after the way to the first stall had left it
    made.do("farm", "test", tested, extra={"suyuan:result": "合格"})
    made.hand("farm", STALL, tested)
    basin, parts = (
        codes.uri_of(codes.new(), over.split("/")[2]),
        [Portion(tested, Decimal(5), "KGM")],
    )
    made.do(STALL, "mix", basin, kilos="5", inputs=parts)
    void = made.label(STALL, tested)
    made.label(STALL, tested, "void", [void.rsplit("/", 1)[1]])
    recalled = made.lot()
    made.hand("farm", STALL, recalled)
    pages = {
        "over": made.label(STALL, over), "void": void, "tested": made.label(STALL, tested),
        "recalled": made.label(STALL, recalled), "basin": made.label(STALL, basin),
        "unissued": f"{void.rsplit('/', 1)[0]}/0000000000000",
    }  # fmt: skip
    made.recall("authority", recalled)
    return {"pages": pages, "over": over, "recalled": recalled, "stall": made.uri(STALL)}


def test_a_grave_finding_is_amber_on_label_counter_and_chain_alike(walk, goods):
    words = walk.say("出库数量多于入库数量", "went out of the stock of")
    page = walk.open(goods["pages"]["over"])
    expect(page.locator(".answer.is-warn")).to_contain_text(words)
    assert page.evaluate(GREEN) is None
    if walk.is_phone:
        page.locator("#phone button").click()
        expect(page.locator("#phone[data-tone='warn'] .said")).to_contain_text(
            walk.say("由服务器核对", "checked by the server")
        )
    page = walk.open(f"/inspect/chain?item={quote(goods['over'], safe='')}", "authority")
    expect(page.locator(".answer.is-warn")).to_contain_text(
        walk.say("记录之间互相矛盾", "The records contradict each other")
    )
    page = walk.open("/inspect/counter", "authority")
    page.locator("#code").fill(goods["pages"]["over"].split("/")[2])
    page.locator("#find button").click()
    expect(page.locator("#answer.is-warn")).to_contain_text(words)


@pytest.mark.parametrize("name", ["void", "unissued", "recalled"])
def test_no_green_mark_on_a_label_that_is_not_good(walk, goods, name):
    page = walk.open(goods["pages"][name])
    expect(page.locator(".answer.is-good")).to_have_count(0)
    assert page.evaluate(GREEN) is None
    if name == "recalled":
        page = walk.open(f"/inspect/chain?item={quote(goods['recalled'], safe='')}", "authority")
        expect(page.locator(".answer.is-bad")).to_be_visible()
        assert page.evaluate(GREEN, "main") is None


def test_a_firms_own_test_is_called_so_and_a_basin_without_one_says_it(walk, goods):
    page = walk.open(goods["pages"]["tested"])
    own = walk.say("经营者自检，非检验机构", "own test, no laboratory's")
    expect(page.locator(".what .tag")).to_have_text(own)
    expect(page.locator(".result.is-good")).to_have_count(0)
    page = walk.open(goods["pages"]["basin"])
    facts = page.locator(".what")
    for words in (("暂无检验记录", "no test of it on record"), ("销售者", "Seller"),
                  ("混合日期", "Mixed on"), ("还剩", "left")):  # fmt: skip
        expect(facts).to_contain_text(walk.say(*words))
    walk.assert_sound(page)
