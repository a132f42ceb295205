"""5: numbers say what they count, a reload is no scan, another system's code is told to be that."""

import re

import pytest
from playwright.sync_api import expect
from support.web.walking import Goods

FOREIGN = {
    "https://pay.example/q/1": (
        "这是别人的网址，不是追溯码",
        "This is a web address of somebody else",
    ),
    "6901234567892": ("这个码指的是产品", "This code names a product"),
    "祝您用餐愉快": ("这是一段文字，不是追溯码", "This is a text, and no code of ours"),
}


@pytest.fixture
def label(people):
    """A label of a lot of its own: a page shows the newest steps of what has many."""
    made = Goods(people)
    lot = made.lot()
    made.hand("farm", "stall-greens", lot)
    return lambda: made.label("stall-greens", lot)


def test_a_number_of_records_stands_once_with_what_it_counts(walk, label):
    page = walk.open(label())
    folded = page.get_by_role("heading", name=walk.say("全部记录", "All that is recorded"))
    count = int(re.search(r"\d+", folded.inner_text())[0])
    assert page.locator(".timeline .step").count() == count
    page.locator("#phone button").click()
    expect(page.locator("#phone .said")).to_contain_text(
        walk.say(f"本食品 {count} 条记录", f"{count} records of this food")
    )


def test_the_same_phone_that_loads_a_label_again_is_no_other_scan(walk, label):
    agent = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8"
    context = walk.people.browser.new_context(user_agent=agent)
    page, path = context.new_page(), f"{walk.people.served.url}{label()}"
    for _ in range(3):
        page.goto(path)
        page.goto("about:blank")
    page.goto(f"{path}?lang={walk.language}")
    first = walk.say("您是第一个", "You are the first")
    expect(page.locator(".scanned")).to_contain_text(first)
    assert not page.get_by_text(first).is_visible()  # and folded
    assert [(one["name"], one["value"]) for one in context.cookies()] == [("scanned", "1")]
    context.close()


def test_a_code_of_another_system_is_told_to_be_that(walk):
    for text, words in FOREIGN.items():
        page = walk.open("/scan")
        page.locator("#code").fill(text)
        page.locator(".box button").click()
        expect(page.locator("h1")).to_have_text(walk.say(*words))
        expect(page.locator(".typed")).to_contain_text(text)
        page.errors.clear()  # the browser's own line about a 404
    walk.assert_sound(page)
