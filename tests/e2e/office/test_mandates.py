"""A market that records for its stall, admits twenty more, and looks after who is registered."""

import re

import pytest
from playwright.sync_api import expect
from support.web.axe import assert_fits, assert_sound
from support.web.signing import DESK, PHONE
from support.web.stall import recorded, sign

from suyuan.trace.admission import acts
from suyuan.trace.watch.audit import audit
from suyuan.web.app import scripts
from suyuan.web.text.filters import item_path

STALL, MARKET = "A 区 12 号", "湖心市场"
SHOWN = {STALL: f"A Qu 12 Hao ({STALL})", MARKET: f"Hu Xin Shi Chang ({MARKET})"}
TYPED = "input:not([type=checkbox], [type=radio], [type=file])"
CONTROLS = f"button, select, summary, .button, textarea, {TYPED}"


@pytest.fixture
def market(market):
    """A stall with its phone, and a market's office with its desk."""
    market.uri, market.page = market.stall(STALL)
    market.office, market.desk = market.stall(MARKET, role="market")
    yield market
    assert audit(market.world.ledger).is_good


def go(page, url):
    page.goto(url)
    expect(page.locator("h1").first).to_be_visible()


def accept(page):
    """See what is signed, and sign it."""
    expect(page.locator("#sign")).to_be_visible()
    said = page.locator("#sign-what").inner_text()
    page.locator("#sign-yes").click()
    return said


def check(page, where):
    """Nothing inaccessible, small or over the side, in the page as it stands."""
    page.set_viewport_size(PHONE)
    assert_fits(page, where)
    page.set_viewport_size(DESK)
    assert_sound(page, where, controls=CONTROLS)


def wrong(page):
    """What the browser complained of, but for values that were refused on purpose."""
    return [text for text in page.errors if "status of 422" not in text]


def in_both_languages(page, url, where):
    for language in ("zh", "en"):
        go(page, f"{url}{'&' if '?' in url else '?'}lang={language}")
        check(page, f"{where} {language}")
    go(page, url)


def test_a_market_confirms_what_arrived_for_its_stall(market):
    world, stall, desk = market.world, market.page, market.desk
    index, (lot,) = market.send(market.uri, "30")
    go(stall, f"{market.url}/me/mandates")
    stall.locator("#to").fill("没有这个市场")
    stall.locator("#go").click()
    expect(stall.locator("#to-wrong")).to_contain_text("Give the name, code or number")
    expect(stall.locator("#to")).to_have_value("没有这个市场")
    stall.locator("#to").fill(MARKET)
    stall.locator("[value=retail_selling]").uncheck()
    stall.locator("#go").click()
    said = accept(stall)
    assert MARKET in said and "Received" in said and "Sold" not in said
    expect(stall.locator(".acts li")).to_contain_text("in force")
    in_both_languages(stall, f"{market.url}/me/mandates", "given")

    go(desk, f"{market.url}/me/mandates")
    check(desk, "received")
    desk.get_by_role("link", name="Home", exact=True).click()
    desk.locator("#for").select_option(label=SHOWN[STALL])
    desk.get_by_role("button", name="Go on").click()
    expect(desk.locator(".acting")).to_contain_text(f"You record for {SHOWN[STALL]}")
    in_both_languages(desk, f"{market.url}/me", "recording for another")
    desk.get_by_role("link", name="Arrivals").first.click()
    expect(desk.locator("[data-slip]")).to_contain_text(
        f"Recorded by {SHOWN[MARKET]} for {SHOWN[STALL]}"
    )
    check(desk, "slips of another")
    sign(desk)
    desk.get_by_role("button", name="Send now").click()
    recorded(desk)
    (link,) = [one for one in market.links(market.uri) if one.after[0].index == index]
    with world.ledger.reading() as reader:
        key = reader.key(link.keyid)
    assert (link.actor, key.party) == (market.uri, market.office)
    assert market.stock(market.uri) == {lot: "30"}
    go(desk, f"{market.url}/me/holdings")
    expect(desk.locator("[data-line]")).to_contain_text("30 kg")
    expect(desk.locator(".lose")).to_be_visible()
    expect(desk.locator(".sell")).to_be_hidden()  # the mandate is not for it
    go(desk, f"{market.url}{item_path(lot, market.uri)}")
    by = desk.get_by_text(re.compile("Recorded by Hu Xin Shi Chang .*for A Qu 12 Hao"))
    expect(by.first).to_be_attached()

    go(stall, f"{market.url}/me/mandates")
    stall.locator("[data-withdraw]").click()
    accept(stall)
    expect(stall.locator(".acts li")).to_contain_text("withdrawn")
    go(desk, f"{market.url}/me")
    expect(desk.locator(".acting")).to_have_count(0)
    assert wrong(stall) == wrong(desk) == []
    assert stall.hosts == desk.hosts == {market.url}


def test_a_registrar_looks_after_its_stalls(market):
    world, desk = market.world, market.desk
    world.say(world.authority, acts.appoint(market.office, ["350206"]))
    go(desk, f"{market.url}/me")
    desk.get_by_role("link", name="Parties").click()
    in_both_languages(desk, f"{market.url}/people", "people")
    desk.locator("#q").fill("12")
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator(".people li")).to_have_count(1)
    desk.get_by_role("link", name=STALL).click()
    expect(desk.locator("#change")).to_be_visible()
    in_both_languages(desk, desk.url, "a party")
    desk.locator("#division").fill("350203")
    desk.locator("#change-go").click()
    expect(desk.locator("#division-wrong")).to_contain_text("within your remit")
    desk.locator("#division").fill("350206001")
    desk.locator("#name").fill("A 区 12 号 老王")
    desk.locator("#change-go").click()
    assert "A 区 12 号 老王" in accept(desk)
    expect(desk.locator("h1")).to_have_text("A Qu 12 Hao Lao Wang (A 区 12 号 老王)")
    with world.ledger.reading() as reader:
        assert reader.party(market.uri).division == "350206001"

    go(desk, f"{market.url}/admit/several")
    in_both_languages(desk, f"{market.url}/admit/several", "several")
    desk.get_by_text("Or paste rows").click()
    head = "名称\t角色\t区划\t统一社会信用代码"
    rows = ["B 区 1 号\t摊位\t湖里区", "B 区 2 号\t摊位\t湖里区\t12", "B 区 3 号\t摊位\t湖里区"]
    desk.locator("#rows").fill("\n".join((head, *rows)))
    desk.locator("#go").click()
    expect(desk.locator("#bad li.is-bad")).to_contain_text(["Row 3"])
    desk.locator("#bad input").fill("91350200MA2XNQB51F")
    desk.locator("#mended").click()
    expect(desk.locator("#good > li")).to_have_count(3)
    check(desk, "fates")
    desk.locator("#sign-all").click()
    expect(desk.locator("#choose")).to_be_hidden()
    desk.get_by_role("button", name="Print their invitations").click()
    expect(desk.locator(".card")).to_have_count(3)
    check(desk, "sheet")
    desk.set_viewport_size(DESK)
    desk.emulate_media(media="print")
    boxes = [desk.locator(".card").nth(number).bounding_box() for number in range(3)]
    assert {round(box["width"]) for box in boxes} == {397}  # 105 mm at 96 dpi: A7
    assert {round(box["height"]) for box in boxes} == {280}
    over = desk.evaluate(
        """() => [...document.querySelectorAll(".card")]
          .filter((one) => one.scrollHeight > one.clientHeight + 1).length"""
    )
    assert over == 0
    expect(desk.locator("h1")).to_be_hidden()
    desk.emulate_media(media="screen")
    assert wrong(desk) == [] and desk.hosts == {market.url}


def test_a_shared_terminal_says_so_and_goes_back_to_signing_in(market):
    code = market.invite(market.admit("南门市场", "market"))
    page = market.browse(DESK)
    page.goto(f"{market.url}/invite#{code}")
    page.locator("#shared").check()
    check(page, "invited terminal")
    page.locator("#make").click()
    page.locator("#offered").wait_for()
    assert market.enrol(code)["kept"] == "terminal"
    page.wait_for_url("**/me")
    expect(page.locator(".acting")).to_contain_text(
        "Shared terminal of Nan Men Shi Chang (南门市场)"
    )
    check(page, "terminal")
    page.clock.install()
    go(page, f"{market.url}/me/holdings")
    page.clock.fast_forward(299_000)
    page.keyboard.press("Tab")
    page.clock.fast_forward(299_000)
    expect(page.locator(".acting")).to_be_visible()
    page.clock.fast_forward(2_000)
    page.wait_for_url("**/signin")
    assert wrong(page) == [] and page.hosts == {market.url}


def test_the_page_of_scripts_says_whether_they_are_recorded(market):
    page, world = market.page, market.world
    in_both_languages(page, f"{market.url}/scripts", "scripts")
    expect(page.locator("main")).to_contain_text("no record of this release")
    world.say(world.authority, acts.scripts(scripts.files()))
    go(page, f"{market.url}/scripts")
    expect(page.locator("main")).to_contain_text("with exactly the files")
    check(page, "recorded scripts")
