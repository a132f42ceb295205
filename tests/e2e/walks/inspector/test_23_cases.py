"""An order to correct in the browser: served by an officer, answered, inspected again, closed."""

from urllib.parse import quote

from playwright.sync_api import expect
from support.desk.steps import fill, path_of, record, sign
from support.ledger.world import day_of


def test_an_order_to_correct_is_served_answered_and_closed(walk):
    stall = walk.people.cast.parties["stall-a15"].uri
    act = f"冷柜偏热 {walk.size} {walk.language}"
    until = day_of(walk.people.ledger.now(), 10)

    page = walk.open(f"/inspect/party?party={quote(stall)}", "inspector-lin")
    page.get_by_role("link", name=walk.say("责令改正", "Order to correct")).click()
    form = page.locator("form.stage")
    fill(form, basis="食品安全法第五十四条", until=until)
    expect(form.locator("#opened-act-wrong")).not_to_be_empty()  # what was done is needed
    page.errors.clear()  # the answer that says so
    walk.assert_sound(page)
    fill(form, act=act)
    expect(page.locator("#sign-what")).to_contain_text(act)
    expect(page.locator("#sign-what")).to_contain_text(walk.say("隐藏", "hidden"))
    page.locator("#sign-yes").click()
    page.wait_for_url("**/cases/*")
    expect(page.locator("h1")).to_contain_text(walk.say("责令改正", "Order to correct"))
    expect(page.locator("#stages ~ ol")).to_contain_text(act)
    walk.assert_sound(page)
    path = path_of(page)

    theirs = walk.open("/cases", "stall-a15")
    theirs.locator(f"a[href*='{path}']").click()
    fill(theirs.locator("form.stage"), answer="已调低温度")
    walk.assert_sound(theirs)
    sign(theirs)
    expect(theirs.locator("#stages ~ ol")).to_contain_text("已调低温度")
    expect(theirs.locator("form.stage")).to_have_count(0)

    page = walk.open(path, "inspector-chen")
    record(page, "inspected-again", result="corrected")
    record(page, "closed")
    expect(page.locator("h1")).to_contain_text(walk.say("已结案", "closed"))
    walk.assert_sound(page)
    page = walk.open("/cases?kind=order", "inspector-chen")
    expect(page.locator("main")).not_to_contain_text(act)
    expect(page.locator(f"a[href*='{path}']")).to_have_count(0)
    walk.assert_sound(page)
