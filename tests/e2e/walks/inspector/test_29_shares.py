"""A data share in the browser: granted by an inspector, read by an agency, revoked."""

from playwright.sync_api import expect
from support.ledger.world import day_of


def test_a_share_is_granted_read_and_revoked(walk):
    agency = walk.people.cast.parties["gateway"].uri
    purpose = f"核对产地 {walk.size} {walk.language}"
    page = walk.open("/inspect/levels", "inspector-lin")
    page.get_by_role("link", name=walk.say("数据共享", "Data shares")).click()
    page.get_by_role("link", name=walk.say("新建：数据共享", "New: Data share")).click()
    form = page.locator("form.stage")
    form.locator("[name=party]").select_option(agency)
    form.locator("[name=purpose]").fill(purpose)
    form.locator("[name=allowed_by]").fill("食品安全法第五条")
    form.locator("[name=since]").fill("2026-01-01")
    form.locator("[name=until]").fill(day_of(walk.people.ledger.now(), 30))
    form.locator("[name=categories]").first.check()
    form.locator("button").click()
    expect(form.locator("#opened-steps-wrong")).not_to_be_empty()  # what is given is needed
    page.errors.clear()  # the answer that says so
    walk.assert_sound(page)
    for box in form.locator("[name=categories], [name=steps]").all():
        box.check()
    form.locator("button").click()
    expect(page.locator("#sign-what")).to_contain_text(purpose)
    expect(page.locator("#sign-what")).to_contain_text(walk.say("蔬菜", "Vegetables"))
    with page.expect_navigation():
        page.locator("#sign-yes").click()
    walk.assert_sound(page)
    path = page.url.removeprefix(walk.people.served.url).split("?")[0]

    theirs = walk.open(path, "gateway")
    feed = theirs.locator("#given ~ p .mono").inner_text()
    given = theirs.evaluate("async (path) => (await fetch(path)).text()", feed)
    assert '"count":50' in given.splitlines()[0]

    page = walk.open(path, "inspector-chen")
    expect(page.locator("#given ~ .scroll tbody tr")).to_have_count(1)
    walk.assert_sound(page)
    page.locator("#do-closed [name=reason]").fill("用途已了")
    page.locator("#do-closed button").click()
    with page.expect_navigation():
        page.locator("#sign-yes").click()
    expect(page.locator("h1")).to_contain_text(walk.say("已撤销", "share revoked"))
    walk.assert_sound(page)
    assert theirs.evaluate("async (path) => (await fetch(path)).status", feed) == 403
    theirs.errors.clear()  # the answer that says so
