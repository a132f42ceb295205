"""What a maker and an office do more rarely works without a pointer too, recall and admission."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from support.web.keyboard import decline, focused, give_file, press, sign, tab_to, write
from support.web.signing import DESK
from support.web.stall import other_device

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes


@pytest.fixture
def desk(market):
    """One at a desk that makes, inspects and admits; `actor` is the same with another key."""
    uri = market.admit("样样都行", "producer", "stall", "office", division="350200")
    market.world.say(market.world.authority, acts.appoint(uri, ["350200"]))
    market.page = market.newcomer(uri, size=DESK)
    market.actor = other_device(market, market.page, uri)
    return market


def lot_of(desk, maker):
    """A new lot of 30 kg, its code as it is typed from its label."""
    lot = desk.world.new_lot()
    desk.world.code(maker, lot)
    desk.world.ledger.followers.catch_up()
    return codes.of_chain(lot, maker.uri)


def test_a_recall_is_ordered_and_closed(desk):
    page, code = desk.page, lot_of(desk, desk.actor)
    page.goto(f"{desk.url}/recalls/new?lang=en")
    write(page, "#item", code)
    press(page, "form [name=direction]", "ArrowUp")
    press(page, "form p button")
    expect(page.locator("#go")).to_be_enabled()
    tab_to(page, "#begin [name=kind]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=kind][value=recall]")).to_be_checked()
    press(page, "#begin [name=level]", "Space")
    write(page, "#reason", "检出禁用农药")
    press(page, "#go")
    decline(page, "#go")
    page.keyboard.press("Enter")
    sign(page)
    page.wait_for_url("**/act/*")
    expect(page.locator("h1")).to_contain_text("Level I")

    press(page, "#do-recall-close summary")
    expect(page.locator("#do-recall-close")).to_have_attribute("open", "")
    press(page, "#do-recall-close button")
    expect(page.locator("#do-recall-close [data-of=accept_missing]")).not_to_be_empty()
    focused(page, "[name=accept_missing]")
    page.keyboard.press("Space")
    write(page, "#do-recall-close [name=reason]", "已全部销毁")
    press(page, "#do-recall-close button")
    decline(page, "#do-recall-close button")
    page.keyboard.press("Enter")
    sign(page)
    expect(page.locator("main > section").first).to_contain_text("closed")
    expect(page.locator(".may")).to_have_count(0)


def test_a_table_is_registered(desk):
    page = desk.page
    table = "品名,类别,数量,单位,生产日期\n上海青,蔬菜,38,公斤,\n菠菜,蔬菜,12,公斤,\n"
    file = {"name": "批次.csv", "mimeType": "text/csv", "buffer": table.encode()}
    for key in ("Space", "Enter"):
        page.goto(f"{desk.url}/me/upload?lang=en")
        give_file(page, "#file", file, key)
        focused(page, "#fate-title")
    press(page, "#good summary")
    expect(page.locator("#good details").first).to_have_attribute("open", "")
    tab_to(page, "#sign-all", "Shift+Tab")
    expect(page.locator("#sign-all")).to_contain_text("2")
    page.keyboard.press("Enter")
    focused(page, "#course-title")
    expect(page.locator("#course-done")).to_be_visible()
    tab_to(page, "#codes")


def test_what_is_found_at_a_counter_is_recorded(desk):
    page, code = desk.page, lot_of(desk, desk.farm)
    page.goto(f"{desk.url}/inspect/counter?lang=en")
    expect(page.locator("#find button")).to_be_enabled()
    write(page, "#code", "0000")
    page.keyboard.press("Enter")
    expect(page.locator("#code-wrong")).not_to_be_empty()
    focused(page, "#code")
    page.keyboard.press("Control+A")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    focused(page, "#answer .heading")
    press(page, "#record-form [value=quantity]", "Space")
    write(page, "#amount", "27.5")
    write(page, "#note", "秤已校准")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(picture, "PNG")
    file = {"name": "p.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    give_file(page, "#photo", file)
    expect(page.locator("#photos li")).to_have_count(1)
    press(page, "#photos button")
    focused(page, "#photo")
    press(page, "#review")
    decline(page, "#review")
    page.keyboard.press("Enter")
    expect(page.locator("#sign-what")).to_contain_text("秤已校准")
    sign(page)
    expect(page.locator("#waiting li")).to_have_count(1)
    focused(page, "#review")
    press(page, "#waiting .now")
    expect(page.locator("#recorded li")).to_have_count(1)
    (*_, link) = desk.links(desk.actor.uri)
    assert link.event["suyuan:found"] == {"value": "27.5", "unit": "KGM"}


def test_a_party_is_admitted(desk):
    page = desk.page
    page.goto(f"{desk.url}/admit?lang=en")
    expect(page.locator("#go")).to_be_enabled()
    write(page, "#name", "新来的摊位")
    press(page, "[name=role][value=stall]", "Space")
    write(page, "#division", "35020")
    press(page, "#go")
    expect(page.locator("#division-wrong")).not_to_be_empty()
    focused(page, "#division")
    page.keyboard.press("Control+A")
    page.keyboard.type("350206")
    page.keyboard.press("Enter")
    decline(page, "#go")
    page.keyboard.press("Enter")
    sign(page)
    page.wait_for_url(re.compile(r"/invitations\?"))
    press(page, ".box button")  # it is invited at once
    expect(page.locator("main")).to_contain_text("新来的摊位")
