"""A menu of five on a phone; the whole width of a desk; a page for each path without a network."""

import re

import pytest
from playwright.sync_api import expect
from support.web.signing import until

KEPT = """caches.keys().then(async (names) => {
  const own = names.find((name) => name.startsWith("mine-1 "));
  const kept = own && (await (await caches.open(own)).keys()).length;
  return kept && (await caches.match("/offline?lang=en")) !== undefined;
})"""
LONGEST = 3_000  # px of a page on a desk
WHERE = {
    "stall-greens": ("/me/holdings", "/me/mandates"),
    "farm": ("/me", "/me/products"),
    "market": ("/me/mandates", "/people"),
    "authority": ("/inspect/search", "/people"),
}


@pytest.mark.parametrize("who", WHERE)
def test_the_page_in_use_is_in_sight_among_five(walk, who):
    for path in WHERE[who]:
        page = walk.open(path, who)
        menu = page.locator(".menu > ul")
        entries = menu.locator("> li:visible")
        current = menu.locator("[aria-current=page]:visible")
        expect(current).to_have_count(1)
        expect(current).to_be_in_viewport()
        assert re.search(rf"{path}\b", current.get_attribute("href"))
        if walk.is_phone:
            assert entries.count() == 5
            menu.locator("summary").click()
            expect(menu.locator("details a").last).to_be_visible()
            assert len({round(box.bounding_box()["y"]) for box in entries.all()}) == 1
        else:
            assert entries.count() > 5
            assert page.evaluate("document.documentElement.scrollHeight") < LONGEST
            assert page.locator("main").bounding_box()["width"] > 1_000
    walk.assert_sound(page)


def test_without_a_network_each_path_opens_or_says_what_does(walk):
    page = walk.open("/me/holdings", "stall-a15")
    until(page, KEPT)
    page.context.set_offline(True)
    try:
        page.reload()
        expect(page.locator(".offline")).to_be_visible()
        page.goto(page.url.replace("/me/holdings", "/me/upload"))
        expect(page.locator("h1")).to_have_text(walk.say("没有网络", "No network"))
        expect(page.locator(".kept a")).to_contain_text([walk.say("库存", "Stock")])
        walk.assert_sound(page)
        page.locator(".kept a").first.click()
        expect(page.locator(".offline")).to_be_visible()
    finally:
        page.context.set_offline(False)
    # It is back: what was shown of before is shown anew, without a line about it.
    expect(page.locator("main:not(.stale) h1")).to_be_visible()
    expect(page.locator(".offline")).to_have_count(0)
