"""The inspector's page of a lineage in a browser: read, reached by keyboard, printed."""

import re

import pytest
from playwright.sync_api import expect
from support.web.axe import assert_accessible

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request, browser):
    """A page that notes what it is refused."""
    context = browser.new_context(viewport=request.param, locale="zh-CN")
    found = context.new_page()
    found.errors = []
    found.on("console", lambda message: found.errors.append(message.text))
    yield found
    context.close()


def lineage_of(served, number=4):
    """The lineage of one of the labels to try: the school breakfast's, unless another is asked."""
    code = re.search(r"/t/([^/]+)/", served.label(number))[1]
    return f"{served.url}/lineage/{code}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_inaccessible(served, page, language):
    page.goto(f"{lineage_of(served)}?lang={language}")
    assert_accessible(page)
    assert page.errors == []


def test_nothing_runs_over_the_side_but_within_its_frame(served, page):
    page.goto(lineage_of(served))
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"]
    graph = page.locator(".drawn .scroll")
    assert graph.evaluate("e => e.scrollWidth > e.clientWidth || e.clientWidth > 900")


def test_the_graph_is_read_at_its_own_size_and_moved_by_keyboard(served, page):
    page.goto(lineage_of(served))
    svg = page.locator(".drawn .scroll > svg")
    assert svg.bounding_box()["width"] == pytest.approx(float(svg.get_attribute("width")), abs=1)
    text = svg.locator("text").filter(has_text="所查").first
    assert text.bounding_box()["height"] > 10
    graph = page.locator(".drawn .scroll")
    graph.focus()
    if graph.evaluate("e => e.scrollWidth > e.clientWidth + 100"):
        page.keyboard.press("ArrowRight")
        moved = 0
        for _ in range(30):
            page.wait_for_timeout(100)
            moved = graph.evaluate("e => e.scrollLeft")
            if moved:
                break
        assert moved > 0


def test_the_item_asked_for_is_reached_by_a_link(served, page):
    page.goto(f"{lineage_of(served)}?direction=back")
    page.locator(".jump a").first.click()
    box = page.locator("#asked rect").bounding_box()
    frame = page.locator(".drawn .scroll").bounding_box()
    assert frame["x"] - 1 <= box["x"] and box["x"] < frame["x"] + frame["width"]


def test_it_is_printed_on_sheets_that_can_be_read(served, browser):
    """A4 in landscape: no letter smaller than six points, nothing but graph and table."""
    context = browser.new_context(viewport={"width": 1047, "height": 718})
    page = context.new_page()
    page.goto(lineage_of(served))
    page.emulate_media(media="print")
    sheets = page.locator(".sheet")
    assert sheets.count() >= 1
    expect(page.locator(".drawn .scroll")).to_be_hidden()
    expect(page.locator(".choices").first).to_be_hidden()
    for sheet in sheets.all():
        box = sheet.locator("> svg").bounding_box()
        view = [float(n) for n in sheet.locator("> svg").get_attribute("viewBox").split()]
        scale = min(box["width"] / view[2], box["height"] / view[3])
        assert scale * 11 * 0.75 > 6  # pixels are three quarters of a point
    pdf = page.pdf(prefer_css_page_size=True)
    size = re.search(rb"/MediaBox ?\[ ?0 0 ([0-9.]+) ([0-9.]+)", pdf)
    assert float(size[1]) > float(size[2])
    pages = len(re.findall(rb"/Type ?/Page\b", pdf))
    assert sheets.count() < pages <= sheets.count() + 4
    context.close()
