"""Pages as a browser shows them: on a phone, in both languages, without scripts."""

import pytest
from playwright.sync_api import expect
from support.web.signing import DESK, PHONE


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request, browser):
    """A page without scripts."""
    context = browser.new_context(viewport=request.param, java_script_enabled=False, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_nothing_runs_over_the_side(served, page):
    width, urls = page.viewport_size["width"], ("/", "/t/0000000000000000", "/t/xx", "/nothing")
    for url in (served.label(), *(served.url + path for path in urls)):
        page.goto(url)
        for part in page.locator("main > *, .step > *, .facts div").all():
            box = part.bounding_box()
            assert box is None or box["x"] + box["width"] <= width + 1


def test_the_language_is_switched_by_hand_and_kept(served, page):
    page.goto(served.label())
    expect(page.locator("#phone")).to_be_hidden()  # which only a script can answer
    page.get_by_text("English", exact=True).click()
    expect(page.locator(".answer h1")).to_have_text("Verified", use_inner_text=True)
    page.get_by_role("heading", name="All that is recorded").click()
    page.locator("details.source summary").first.click()
    page.locator("details[open] .page-of a").first.click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_text("中文", exact=True).click()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


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
