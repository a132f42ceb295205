"""What a consumer's browser does beyond the answer: offline pages, scanning, reporting, size."""

import io
import re
from datetime import timedelta

import pytest
import qrcode
from playwright.sync_api import expect
from support.ledger.world import World
from support.web.client import page_of
from support.web.signing import DESK, PHONE, serving, until

from suyuan.trace.inspection.complaints import Complaints

SERIAL = "0123456789ABC"
FAKE_CAMERA = """
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").fillRect(0, 0, 10, 10);
    return canvas.captureStream(10);
  };
  self.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect() { return [{ rawValue: "CODE" }]; }
  };
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("shop") / "home")
    lot, _farm, stall = world.sold()
    world.labelled(stall, lot, SERIAL)
    with pytest.MonkeyPatch.context() as patch, serving(world, patch) as url:
        yield world, url, page_of(lot, stall.uri, SERIAL)
    world.ledger.close()


@pytest.fixture
def context(browser):
    found = browser.new_context(viewport=PHONE, locale="en")
    yield found
    found.close()


def controlled(page):
    """Wait until the service worker has the page's copy."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    until(page, "() => caches.open('pages-1').then((c) => c.keys()).then((k) => k.length)")


def picture(text):
    """A picture of a symbol, as a file that is chosen."""
    out = io.BytesIO()
    qrcode.make(text).save(out, "PNG")
    return {"name": "x.png", "mimeType": "image/png", "buffer": out.getvalue()}


def test_a_page_seen_before_opens_offline_and_says_as_of_when(context, shop):
    _world, url, label = shop
    page = context.new_page()
    page.goto(url + label)
    controlled(page)
    expect(page.locator(".offline")).to_have_count(0)
    context.set_offline(True)
    page.reload()
    said = page.locator(".offline").inner_text()
    assert re.match(r"Offline: this is the page as of \w+ \d+, \d{4} at .*not known\.", said)
    assert page.title().startswith("⏱")
    box = page.locator(".offline").bounding_box()
    assert box["y"] < page.locator(".answer").bounding_box()["y"]
    good = "rgb(10, 98, 64)"
    background = "() => getComputedStyle(document.querySelector('.answer')).backgroundColor"
    assert page.evaluate(background) != good
    context.set_offline(False)  # and the line goes by itself
    expect(page.locator(".offline")).to_have_count(0)
    assert page.evaluate(background) == good


def test_a_scan_is_counted_with_the_worker_in_between(browser, shop, monkeypatch):
    world, url, label = shop
    agent = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8"
    context = browser.new_context(viewport=PHONE, locale="en", user_agent=agent)
    page = context.new_page()
    page.goto(url + label)
    controlled(page)
    counted = page.locator(".scanned").text_content()
    page.goto("about:blank")
    later = world.ledger.now() + timedelta(hours=1)  # one address counts once an hour
    monkeypatch.setattr(world.ledger, "clock", lambda: later)
    page.goto(url + label)
    assert page.locator(".scanned").text_content() == counted  # the same phone
    context.clear_cookies()
    page.goto("about:blank")
    page.goto(url + label)
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    again = page.locator(".scanned").text_content()
    assert "the first" in counted and "scanned 2 times" in again
    context.close()


def test_of_what_was_not_seen_it_is_said_offline_and_no_more(context, shop):
    _world, url, label = shop
    page = context.new_page()
    page.goto(url + label)
    controlled(page)
    context.set_offline(True)
    for path in ("/t/0000000000000000", "/scan"):
        page.goto(url + path)
        expect(page.locator("h1")).to_have_text("No network")
        expect(page.locator(".answer, .kept")).to_have_count(0)


def test_the_camera_leads_to_the_page(context, shop):
    _world, url, label = shop
    context.add_init_script(FAKE_CAMERA.replace("CODE", url + label))
    page = context.new_page()
    page.goto(f"{url}/scan?lang=en")
    page.get_by_role("button", name="Use the camera").click()
    page.wait_for_url(f"**{label}?lang=en")
    expect(page.locator(".answer h1")).to_have_text("Verified", use_inner_text=True)


def test_a_camera_that_is_refused_is_said(context, shop):
    _world, url, _label = shop
    refused = "navigator.mediaDevices.getUserMedia = async () => { throw new Error('no'); };"
    context.add_init_script(FAKE_CAMERA + refused)
    page = context.new_page()
    page.goto(f"{url}/scan")
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("The camera is not to be had.").wait_for()


def test_a_photo_is_read_by_the_server(context, shop):
    _world, url, label = shop
    page = context.new_page()
    page.goto(f"{url}/scan")
    expect(page.locator("#camera")).to_be_hidden()  # this browser has no detector
    page.locator("#photo").set_input_files(picture(url + label))
    page.wait_for_url(f"**{label}")
    expect(page.locator(".answer h1")).to_have_text("Verified", use_inner_text=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_a_problem_is_reported_from_the_page(browser, shop, scripts):
    world, url, label = shop
    context = browser.new_context(viewport=DESK, locale="zh-CN", java_script_enabled=scripts)
    page = context.new_page()
    page.goto(url + label)
    page.get_by_role("link", name="反映问题").click()
    expect(page.locator("#serial")).to_have_value(SERIAL)
    page.get_by_label("变质或有异味").check()
    page.locator("#text").fill("有异味")
    page.locator("#photo").set_input_files(picture("x"))
    page.get_by_role("button", name="提交").click()
    number = page.locator(".receipt").inner_text()
    found = Complaints(world.home).find(number)
    assert Complaints(world.home).said(found).text == "有异味"
    assert found.serial == SERIAL and found.has_photo
    page.get_by_role("link", name="回到标签页面").click()
    expect(page.locator(".answer h1")).to_have_text("溯源信息完整，未发现改动", use_inner_text=True)
    context.close()


def test_large_print_is_chosen_once(context, shop):
    _world, url, label = shop
    page = context.new_page()
    page.goto(url + label)
    size = "() => parseFloat(getComputedStyle(document.querySelector('.answer p')).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("link", name="Large print").click()
    page.goto(url + label)
    assert page.evaluate(size) >= 1.3 * before
    wide = "() => document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide)
