"""Pages as a browser shows them: on a phone, in both languages, without scripts."""

import pytest
from playwright.sync_api import expect
from support.web.signing import DESK, PHONE


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request, browser):
    """A page without scripts, that notes what it asks for and what it is refused."""
    context = browser.new_context(viewport=request.param, java_script_enabled=False, locale="zh-CN")
    found = context.new_page()
    found.asked, found.errors = [], []
    found.on("request", lambda asked: found.asked.append(asked.url))
    found.on("console", lambda message: found.errors.append(message.text))
    yield found
    context.close()


@pytest.mark.parametrize("number", range(5))
def test_a_label_is_answered_in_one_glance(served, page, number):
    page.goto(served.label(number))
    answer = page.locator(".answer h1")
    expect(answer).to_have_text("溯源信息完整，未发现改动", use_inner_text=True)
    box = answer.bounding_box()
    assert box["y"] + box["height"] < page.viewport_size["height"] / 2
    product = page.locator(".product").bounding_box()
    assert product["y"] + product["height"] < page.viewport_size["height"]
    assert page.errors == []
    assert all(url.startswith(served.url) for url in page.asked)


def test_nothing_runs_over_the_side(served, page):
    width, urls = page.viewport_size["width"], ("/", "/t/0000000000000000", "/t/xx", "/nothing")
    for url in (served.label(), *(served.url + path for path in urls)):
        page.goto(url)
        for part in page.locator("main > *, .step > *, .facts div").all():
            box = part.bounding_box()
            assert box is None or box["x"] + box["width"] <= width + 1


def test_the_language_is_switched_by_hand_and_kept(served, page):
    page.goto(served.label())
    page.get_by_text("English", exact=True).click()
    expect(page.locator(".answer h1")).to_have_text("Verified", use_inner_text=True)
    page.get_by_role("heading", name="All that is recorded").click()
    page.locator("details.source summary").first.click()
    page.locator("details[open] .page-of a").first.click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_text("中文", exact=True).click()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_a_code_is_typed_into_the_box(served, page):
    page.goto(f"{served.url}/")
    code = served.label().split("/")[4]
    page.locator("#code").fill(f" {code[:4].lower()} {code[4:8]}-{code[8:].lower()}")
    page.locator("button").click()
    expect(page.locator(".answer h1")).to_have_text("溯源信息完整，未发现改动", use_inner_text=True)
    page.goto(f"{served.url}/")
    page.locator("#code").fill("0000-0000-0000-0001")
    page.locator("button").click()
    expect(page.locator(".answer h1")).to_have_text("追溯码有误", use_inner_text=True)


def test_text_is_large_and_dark_enough(served, page):
    """Pixels are not read here: sizes are, of what a reader must not miss."""
    for url in (served.label(), f"{served.url}/t/0000000000000000"):
        page.goto(url)
        for selector, least in ((".answer h1", 30), (".answer p", 18), ("main p", 14)):
            assert page.locator(selector).first.bounding_box()["height"] >= least


def test_a_picture_of_the_label_reads_back(served, tmp_path):
    """The symbol printed in the terminal leads to the page of the first label."""
    zxingcpp = pytest.importorskip("zxingcpp")
    from PIL import Image

    lines = [line for line in served.printed.read_text().splitlines() if set(line) & set("█▀▄")]
    width = max(len(line) for line in lines)
    picture = Image.new("L", (width, 2 * len(lines)), 0)
    for row, line in enumerate(lines):
        for column, mark in enumerate(line):
            picture.putpixel((column, 2 * row), 255 if mark in "█▀" else 0)
            picture.putpixel((column, 2 * row + 1), 255 if mark in "█▄" else 0)
    picture = picture.resize((width * 8, 16 * len(lines)), Image.Resampling.NEAREST)
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text.lower().split("/t/")[1] == served.label().lower().split("/t/")[1]
