"""An integrator finds the API: how to begin, what there is, and what one operation takes."""

from playwright.sync_api import expect


def test_an_integrator_finds_how_to_begin_and_what_there_is(walk):
    page = walk.open("/")
    page.get_by_role("link", name=walk.say("程序接口", "For programs")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(walk.say("程序接口", "For programs"))
    page.get_by_text(walk.say("全部程序（Python）", "All of it, in Python")).click()
    expect(page.get_by_text('call("POST", "session/challenge")')).to_be_visible()
    walk.assert_sound(page)

    # One part of it, one operation, and an example of a step.
    page.locator("summary", has_text="Steps").click()
    page.get_by_role("link", name="POST /api/v1/events/draft").click()
    step = page.locator("#StepIn")
    expect(step).to_contain_text("goods")
    step.locator("summary", has_text="dispatch").first.click()
    expect(step.get_by_text('"to": "RECIPIENT"').first).to_be_visible()
    walk.assert_sound(page)
