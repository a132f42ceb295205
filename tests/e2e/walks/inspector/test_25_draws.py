"""A draw in the browser: committed to, one replaced, opened, and recomputed by a consumer."""

from playwright.sync_api import expect
from support.desk.steps import VALUE, do, path_of


def test_a_draw_is_made_opened_and_recomputed_by_anybody(walk):
    page = walk.open("/draws", "inspector-lin")
    page.get_by_role("link", name=walk.say("新的抽取", "New draw")).click()
    page.locator("#title").fill(f"节前抽查 {walk.size} {walk.language}")
    page.locator("#commit > button").click()
    expect(page.locator("#draw-wrong")).not_to_be_empty()  # nothing is to be drawn
    page.errors.clear()  # the answer that says so
    page.locator("#count-stall").fill("2")
    walk.assert_sound(page)
    page.locator("#commit > button").click()
    page.locator("#sign-yes").click()
    page.locator("#value-text").wait_for()
    path = path_of(page)
    page.locator("#value-text").fill(VALUE)
    with page.expect_navigation():
        page.locator("#value button").click()
    rows = page.locator("#drawn ~ .scroll tbody tr")
    expect(rows).to_have_count(2)
    first = rows.first.locator("th [data-uri]").get_attribute("data-uri")

    anybody = walk.open(path)
    expect(anybody.locator("#drawn")).to_have_count(0)
    expect(anybody.locator("main")).not_to_contain_text("节前抽查")
    walk.assert_sound(anybody)

    page.locator("[data-op=replace]").evaluate("form => { form.parentElement.open = true; }")
    page.locator("#replace-reason").fill("已停业")
    do(page, page.locator("[data-op=replace] button"))
    expect(rows).to_have_count(2)
    assert rows.first.locator("th [data-uri]").get_attribute("data-uri") != first
    walk.assert_sound(page)
    page.locator("[data-op=reveal]").evaluate("form => { form.parentElement.open = true; }")
    do(page, page.locator("[data-op=reveal] button"))

    anybody = walk.open(path)
    expect(anybody.locator("h1")).to_contain_text("节前抽查")
    drawn = [row.inner_text() for row in anybody.locator("#drawn ~ .scroll th [data-uri]").all()]
    anybody.locator("#recompute button").click()
    result = anybody.locator("#recompute .result")
    expect(result).to_contain_text(walk.say("重新抽取", "Drawn again in this browser"))
    for name in drawn:
        expect(result).to_contain_text(name)
    walk.assert_sound(anybody)
