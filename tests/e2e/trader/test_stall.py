"""A stall at four in the morning, in a real browser: slips, and what is on the counter."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from support.web.axe import assert_sound
from support.web.signing import DESK, PHONE
from support.web.stall import odd, recorded, sign

from suyuan.trace.format import steps
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.goods.handover.reply import Amount, Reply, reply_to
from suyuan.trace.lineage.model import Sent


def bare(found):
    return [{k: v for k, v in one.items() if k not in ("eventID", "eventTime")} for one in found]


def test_what_is_signed_is_what_the_command_line_would_sign(market):
    """All as sent, other amounts, refusals of all and of a part, and what is not here yet."""
    uri, page = market.stall()
    index, lots = market.send(uri, "30", "12.5", "8", "40.25", "7")
    market.open(page)
    odd(page, 1, "amount", "11。5", "Short weight")
    odd(page, 2, "refuse", None, "Spoiled")
    odd(page, 3, "refuse", "0.25", "Spoiled")
    odd(page, 4, "open")
    words = page.locator("[data-slip]").inner_text()
    for part in ("11.5 kg came · 1 kg less (Short weight)", "Refused: Spoiled",
                 "40 kg came · 0.25 kg refused: Spoiled", "Not here yet",
                 "Received 3 lines · Refused 2 lines"):  # fmt: skip
        assert part in words
    with market.world.ledger.reading() as reader:
        answer = Reply(
            weighed={lots[0]: Amount(Decimal(30), "KGM"), lots[1]: Amount(Decimal("11.5"), "KGM")},
            refused={lots[2]: None, lots[3]: Amount(Decimal("0.25"), "KGM")},
            reason="Spoiled",
            difference_reason="Short weight",
        )
        now = market.world.ledger.now()
        _slip, expected = reply_to(reader, uri, index, answer, now=now, zone=zone())
    sign(page)
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    made = [link.event for link in market.links(uri)]
    assert bare(made) == bare(expected)
    assert market.stock(uri) == {lots[0]: "30", lots[1]: "11.5", lots[3]: "40"}
    market.open(page, clock=False)
    expect(page.locator("[data-slip] [data-key]:visible")).to_have_count(1)  # what was not here yet
    assert page.errors == []


def test_a_long_slip_is_cut_into_links_and_odd_units_are_taken_whole(market):
    uri, page = market.stall()
    world, lots = market.world, sorted(market.world.new_lot() for _ in range(170))
    unit = "https://id.gs1.org/00/106141412345678908"
    parts = [Portion(lot, Decimal("1.5"), "KGM") for lot in lots[:-1]]
    parts += [Portion(lots[-1], Decimal(3), "XBX"), Portion(unit)]
    when = datetime.now(UTC) - timedelta(minutes=1)
    said = steps.event("dispatch", when, parts, sender=market.farm.uri, recipient=uri)
    (sent,) = world.do(market.farm, said)
    world.ledger.followers.catch_up()
    market.open(page)
    row = page.locator(f'[data-key="{sent.index} {lots[-1]}"]')
    expect(row).to_contain_text("3 XBX", use_inner_text=True)
    row.locator(".other").click()
    expect(page.locator("form.odd [value=amount]")).to_be_hidden()
    page.locator("form.odd .cancel").click()
    sign(page)
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    links = market.links(uri)
    assert len(links) > 1
    assert {one.item for link in links for one in link.items} == {*lots, unit}
    assert [one.event.get("epcList") for one in links if "epcList" in one.event] == [[unit]]
    assert set(market.states(sent.index)) == {Sent.CONFIRMED}


def test_a_container_is_opened_and_what_is_in_it_confirmed_one_by_one(market):
    """As the command line would say it: all named, another weight, and what is sent back."""
    uri, page = market.stall()
    world, now = market.world, market.world.ledger.now()
    pallet = "https://id.gs1.org/00/106141412345678908"
    lots = sorted(world.new_lot() for _ in range(3))
    for lot in lots:
        world.code(market.farm, lot)
    inside = [Portion(lot, Decimal(20), "KGM") for lot in lots]
    world.do(market.farm, steps.event("pack", now, inside, parent=pallet))
    said = steps.event("dispatch", now, [Portion(pallet)], sender=market.farm.uri, recipient=uri)
    (sent,) = world.do(market.farm, said)
    world.ledger.followers.catch_up()
    market.open(page)
    page.locator(".opener").click()
    rows = page.locator(".inside [data-key]")
    expect(rows).to_have_count(3)
    expect(page.locator("[data-slip] .other")).to_have_count(3)  # and none for the pallet

    def say(lot, kind, amount, reason):
        row = page.locator(f'[data-key="{sent.index} {lot}"]')
        row.locator(".other").click()
        expect(row.locator("[value=open]")).to_be_hidden()
        row.locator(f"[value={kind}]").check()
        row.locator(".number").fill(amount)
        row.locator(".choice").select_option(reason)
        row.locator("form .button").first.click()

    say(lots[1], "amount", "18.5", "Short weight")
    say(lots[2], "refuse", "4", "Spoiled")
    expect(page.locator("[data-slip]")).to_contain_text("18.5 kg came · 1.5 kg less (Short weight)")
    expect(page.locator("[data-slip]")).to_contain_text("4 kg refused: Spoiled")
    with world.ledger.reading() as reader:
        answer = Reply(
            weighed={lots[0]: Amount(Decimal(20), "KGM"), lots[1]: Amount(Decimal("18.5"), "KGM")},
            refused={lots[2]: Amount(Decimal(4), "KGM")},
            reason="Spoiled",
            difference_reason="Short weight",
        )
        _slip, expected = reply_to(reader, uri, sent.index, answer, now=now, zone=zone())
    sign(page)
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    expect(page.locator(".slip.is-done")).to_have_count(1)
    assert bare([link.event for link in market.links(uri)]) == bare(expected)
    assert market.stock(uri) == {pallet: "1", lots[0]: "20", lots[1]: "18.5", lots[2]: "16"}
    assert page.errors == []


def test_bad_input_is_kept_and_said_beside_the_field(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    page.locator(".other").click()
    number, wrong = page.locator("form.odd .number"), page.locator("form.odd .field-wrong")
    page.locator("form.odd [value=amount]").check()
    for typed, said in (("三十", "Give a number"), ("0", "over 0"), ("1e3", "Give a number"),
                        ("-4", "Give a number"), ("1234567890", "Give a number")):  # fmt: skip
        number.fill("")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(wrong).to_contain_text(said, use_inner_text=True)
        expect(number).to_have_value(typed)
    page.locator("form.odd [value=refuse]").check()
    number.fill("31")
    page.get_by_role("button", name="Take over").click()
    expect(wrong).to_have_text("Say why.", use_inner_text=True)
    page.locator("form.odd .choice").select_option("Too warm")
    page.get_by_role("button", name="Take over").click()
    expect(wrong).to_contain_text("More than was sent", use_inner_text=True)
    page.locator("form.odd [value=amount]").check()
    number.fill("3000")
    page.get_by_role("button", name="Take over").click()
    expect(wrong).to_contain_text("over ten times", use_inner_text=True)
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("[data-slip]")).to_contain_text("3,000 kg came", use_inner_text=True)


def test_an_exception_is_swiped_out(market):
    uri, page = market.stall(has_touch=True, is_mobile=True)
    market.send(uri, "30")
    market.open(page)
    page.evaluate(
        """() => {
          const row = document.querySelector("[data-key] .name, [data-key] .line span");
          const at = (x) => new Touch({ identifier: 1, target: row, clientX: x, clientY: 300 });
          const say = (type, x) => row.dispatchEvent(new TouchEvent(type, {
            bubbles: true, touches: type === "touchend" ? [] : [at(x)], changedTouches: [at(x)] }));
          say("touchstart", 250); say("touchend", 120);
        }"""
    )
    page.locator("form.odd").wait_for()


def test_a_slip_is_confirmed_by_keyboard_alone(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    page.locator(".other").focus()
    page.keyboard.press("Enter")
    page.locator("form.odd").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className").split()[-1] == "other"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").split()[-1] == "sign-it"
    page.keyboard.press("Enter")
    page.locator("#waiting li").wait_for()
    page.get_by_role("button", name="Send now").focus()
    page.keyboard.press("Enter")
    recorded(page)


def test_what_is_sold_and_lost_is_said_on_the_counter(market):
    uri, page = market.stall()
    _index, (lot,) = market.send(uri, "30")
    market.open(page, clock=False)
    sign(page)
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    market.world.ledger.followers.catch_up()
    page.locator("section").get_by_role("link", name="On the counter").click()
    page.get_by_role("button", name="Sold: Shang Hai Qing (上海青)").click()
    page.locator("form.odd .number").fill("31")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".field-wrong")).to_contain_text("not so much", use_inner_text=True)
    page.locator("form.odd .number").fill("22.5")
    page.get_by_role("button", name="Sign", exact=True).click()
    page.locator("form.odd").wait_for(state="detached")
    page.get_by_role("button", name="Loss: Shang Hai Qing (上海青)").click()
    page.locator("form.odd .number").fill("1")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".field-wrong")).to_have_text("Say why.", use_inner_text=True)
    page.locator("form.odd .choice").select_option("Spoiled")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#waiting li")).to_have_count(2)
    for count in (2, 3):  # what arrived as well
        page.get_by_role("button", name="Send now").last.click()
        recorded(page, count)
    assert market.stock(uri) == {lot: "6.5"}
    assert [link.event["bizStep"] for link in market.links(uri)] == [
        "receiving",
        "retail_selling",
        "urn:suyuan:step:loss",
    ]
    page.reload()
    expect(page.locator(".lines")).to_contain_text("6.5 kg", use_inner_text=True)
    assert page.errors == []


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en", DESK)], ids=["zh", "en"])
def test_nothing_is_inaccessible_small_or_runs_over_the_side(market, language, size):
    uri, page = market.stall("A 区 12 号 一个名字很长很长很长的摊位", size=size, locale=language)
    long = market.world.party("福建省厦门市同安区青山生态农业开发有限公司 (Qingshan)", "producer")
    for farm in (market.farm, long):
        market.send(uri, "1234.567", "12.5", farm=farm)

    def check(where):
        assert_sound(page, where, least=48)

    market.open(page, clock=False)
    check("slips")
    page.locator(".other").first.click()
    page.locator("form.odd [value=refuse]").check()
    page.locator("form.odd .choice").select_option("*")
    page.locator("form.odd .button").first.click()
    check("exception")
    page.locator("form.odd .cancel").click()
    sign(page)
    page.wait_for_timeout(500)
    check("outbox")
    page.locator("#waiting .now").click()
    recorded(page)
    page.locator("#recorded .correct").click()
    check("correction")
    sign(page, 1)
    market.world.ledger.followers.catch_up()
    page.goto(f"{market.url}/me/holdings")
    page.locator(".lose").first.click()
    check("counter")
    page.goto(f"{market.url}/me")
    page.locator("#waiting li").wait_for()
    check("my page")
    assert page.locator("html").get_attribute("lang") == language
    assert page.errors == []
