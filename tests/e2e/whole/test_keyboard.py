"""What is signed most is signed without a pointer: Tab, Enter, Space and typing alone."""

import pytest
from playwright.sync_api import expect
from support.ledger.private import priced
from support.web.acting import order
from support.web.keyboard import press, sign, tab_to, write
from support.web.signing import DESK
from support.web.stall import other_device

PRICE = "3.20 元"


@pytest.fixture
def farm(market):
    """A farm at its desk, and the same farm as the tests write for it."""
    uri, page = market.stall("青山养殖场", DESK, role="producer")
    return page, other_device(market, page, uri)


def received(market, farm):
    """A lot of 30 kg that the farm has from another."""
    lot = market.world.new_lot()
    market.world.code(market.farm, lot)
    market.world.hand_over(market.farm, farm[1], lot)
    market.world.ledger.followers.catch_up()
    return lot


def test_a_recall_is_acknowledged_and_answered(market, farm):
    page, _actor = farm
    lot = received(market, farm)
    order(market.world, market.farm, lot)
    page.goto(f"{market.url}/me/recalls?lang=en")
    expect(page.locator(".acknowledge")).to_be_visible()
    press(page, ".acknowledge")
    expect(page.locator(".act .ok")).to_be_visible()
    expect(page.locator("form.report button:not([type])")).to_be_enabled()
    tab_to(page, "[name=recovered]")
    page.keyboard.type("30")
    expect(page.locator(".sum-of")).to_have_class("sum-of is-even")
    press(page, "form.report button:not([type])")
    sign(page)
    expect(page.locator(".goods.is-done")).to_have_count(1)


def test_labels_are_issued(market, farm):
    page, _actor = farm
    row = f'[data-lot*="{received(market, farm).rsplit("/", 1)[1]}"]'
    page.goto(f"{market.url}/me/labels?lang=en")
    expect(page.locator("#issue")).to_be_enabled()
    press(page, f"{row} .pick input", "Space")
    write(page, f"{row} .count", "3")
    press(page, "#issue")
    sign(page)
    expect(page.locator("#ready")).to_have_text("3 labels are issued and can be printed.")
    tab_to(page, "#file")


def test_a_batch_is_registered(market, farm):
    page, _actor = farm
    page.goto(f"{market.url}/me/register?lang=en")
    expect(page.locator("#go")).to_be_enabled()
    for field, text in (("#name", "上海青"), ("#category", "蔬菜"), ("#quantity", "38")):
        tab_to(page, field)
        page.keyboard.type(text)
    press(page, "#go")
    sign(page)
    expect(page.locator("#registered li")).to_have_count(1)
    expect(page.locator("#registered")).to_contain_text("上海青")


def test_a_hidden_field_is_erased(market, farm):
    page, actor = farm
    receipt, _stored = priced(market.world, actor, received(market, farm), price=PRICE)
    market.world.ledger.followers.catch_up()
    page.goto(f"{market.url}/hidden/{receipt.index}?lang=en")
    expect(page.locator("main")).to_contain_text(PRICE)
    expect(page.locator("#go")).to_be_enabled()
    press(page, "[name=digest]", "Space")
    tab_to(page, "#reason")
    page.keyboard.type("价格填错")
    press(page, "#go")
    sign(page)
    expect(page.locator(".erased")).to_contain_text("价格填错")
    expect(page.locator("main")).not_to_contain_text(PRICE)
