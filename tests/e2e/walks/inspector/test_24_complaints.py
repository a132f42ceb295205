"""A complaint in the browser: reported on the phone, taken up, answered, settled; its receipt."""

from playwright.sync_api import expect
from support.web.walking import Goods

from suyuan.trace.format.identifiers import codes


def sign(page):
    """Sign what the page shows, and be on the page that it leads to."""
    with page.expect_navigation():
        page.locator("#sign-yes").click()


def record(page, stage, **said):
    """Record a stage of a case on its page."""
    form = page.locator(f"#do-{stage} form")
    if not form.is_visible():
        page.locator(f"#do-{stage} summary").click()
    for name, text in said.items():
        form.locator(f"[name={name}]").fill(text)
    form.locator("button").click()
    sign(page)


def test_a_complaint_is_reported_taken_up_answered_and_settled(walk):
    goods = Goods(walk.people)
    lot = goods.lot("stall-a15", "10")
    code = codes.of_chain(lot, goods.uri("stall-a15"))
    words = f"不新鲜 {walk.size} {walk.language}"

    mine = walk.open(f"/report?code={code}")
    mine.locator("[name=kind][value=spoiled]").check()
    for name, text in (("text", words), ("name", "欧阳"), ("contact", "13900000000")):
        mine.locator(f"[name={name}]").fill(text)
    mine.get_by_role("button", name=walk.say("提交", "Send the report")).click()
    number = mine.locator(".receipt").inner_text()
    walk.assert_sound(mine)

    page = walk.open("/inspect/queue?source=report", "inspector-lin")
    page.locator("table.tasks th a").first.click()  # the newest
    expect(page.locator("blockquote")).to_have_text(words)
    walk.assert_sound(page)
    page.locator("#open-complaint button").click()
    expect(page.locator("#sign-what")).not_to_contain_text(number)
    with page.expect_navigation():
        page.locator("#sign-yes").click()
    page.wait_for_url("**/cases/*")
    path = page.url.removeprefix(walk.people.served.url).split("?")[0]
    record(page, "accepted", words="我们来调解")
    walk.assert_sound(page)

    theirs = walk.open("/cases", "stall-a15")
    theirs.locator(f"a[href*='{path}']").click()
    expect(theirs.locator("main")).not_to_contain_text(words)
    record(theirs, "answered", answer="愿意退款")
    walk.assert_sound(theirs)
    page.reload()
    record(page, "settled", outcome="退款二十元")

    mine.reload()
    for told in ("我们来调解", "愿意退款", "退款二十元"):
        expect(mine.locator("main")).to_contain_text(told)
    expect(mine.locator("main")).not_to_contain_text("欧阳")
    walk.assert_sound(mine)
    mine.get_by_role("button", name=walk.say("删除我填写", "Erase what I wrote")).click()
    mine.get_by_role("button", name=walk.say("永久删除", "Erase for ever")).click()
    expect(mine.locator("#erase")).to_contain_text(walk.say("已删除", "are erased"))
    walk.assert_sound(mine)
    walk.assert_sound(walk.open("/cases/12315", "inspector-lin"))
