"""The consumer page in the demo city: its weight, its accessibility, its keyboard, its pictures."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.web.axe import assert_accessible
from support.web.signing import DESK, PHONE

from suyuan.trace.cli.demo.cast import HOST
from suyuan.trace.cli.demo.city import showcase
from suyuan.trace.format.identifiers import codes

MOST = 60_000
PICTURES = os.environ.get("SUYUAN_PICTURES")


def opened(browser, size=PHONE, **more):
    context = browser.new_context(viewport=size, **more)
    return context, context.new_page()


def picture(page, name):
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("number", range(5))
def test_all_of_a_page_is_under_60_kilobytes(served, browser, number, capsys):
    """HTML, CSS, scripts and icons, its own verifier and the verifier's words included."""
    context, page = opened(browser, locale="zh-CN", service_workers="block")
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sizes, urls = {}, {}
    client.on(
        "Network.responseReceived", lambda e: urls.update({e["requestId"]: e["response"]["url"]})
    )
    client.on(
        "Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]})
    )
    page.goto(served.label(number))
    page.locator("#phone button").click()
    page.locator("#phone[data-tone='good']").wait_for()
    page.wait_for_timeout(300)
    found = {
        urls[key].split("/")[-1].split("?")[0]: size for key, size in sizes.items() if key in urls
    }
    evidence = {
        name: size for name, size in found.items() if name in ("evidence", "trust", "picture")
    }
    weight = sum(found.values()) - sum(evidence.values())
    assert all(url.startswith(served.url) for url in urls.values())
    with capsys.disabled():
        print(f"\npage {number}: {weight:,} bytes in {len(found)} files, evidence {evidence}")
    assert len(found) > 12 and weight < MOST
    context.close()


@pytest.mark.parametrize(("locale", "print_"), [("zh-CN", "large"), ("en", "usual")])
def test_axe_finds_nothing(served, browser, locale, print_):
    agent = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8"  # a person, whose scan is told
    context, page = opened(browser, locale=locale, user_agent=agent)
    label = served.label()
    paths = [label, label.rsplit("/", 1)[0], "/", "/t/0000000000000000", "/scan", "/report"]
    for number, path in enumerate(paths):
        url = path if path.startswith("http") else served.url + path
        page.goto(f"{url}?print={print_}")
        if number == 0:
            page.goto(url)
            expect(page.locator(".scanned")).to_have_count(1)
        if number == 0:
            page.locator("#phone button").click()
            page.locator("#phone[data-tone='good']").wait_for()
        assert_accessible(page, url)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
        picture(page, f"{locale}-{print_}-{number}")
    context.close()


def test_every_control_is_reached_by_keyboard(served, browser):
    context, page = opened(browser, DESK, locale="en")
    page.goto(served.label())
    wanted = page.locator("a[href], button:visible, summary:visible, input:visible").count()
    seen = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                "() => [...document.querySelectorAll('a[href], button, summary, input')]"
                ".indexOf(document.activeElement)"
            )
        )
    assert (
        len(seen - {-1})
        >= page.locator("main a[href]:visible, button:visible, summary:visible").count()
    )
    page.locator("#phone button").focus()
    page.keyboard.press("Enter")
    page.locator("#phone[data-tone='good']").wait_for()
    picture(page, "desk-en")
    context.close()


def test_the_items_own_code_verifies_on_the_phone_too(served, browser):
    code = codes.of_uri(showcase(served.home)[0].item, HOST)
    context, page = opened(browser, locale="en")
    page.goto(f"{served.url}/t/{code}")
    page.locator("#phone button").click()
    page.locator("#phone[data-tone='good']").wait_for()
    context.close()
