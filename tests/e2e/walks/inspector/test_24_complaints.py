"""A complaint in the browser: reported on the phone, taken up, answered, settled; its receipt."""

from playwright.sync_api import expect
from support.desk.steps import complain, path_of, record, sign
from support.web.walking import Goods

from suyuan.trace.format.identifiers import codes


def test_a_complaint_is_reported_taken_up_answered_and_settled(walk):
    goods = Goods(walk.people)
    lot = goods.lot("stall-a15", "10")
    code = codes.of_chain(lot, goods.uri("stall-a15"))
    words = f"不新鲜 {walk.size} {walk.language}"

    mine = walk.open(f"/report?code={code}")
    number = complain(mine, words)
    walk.assert_sound(mine)

    page = walk.open("/inspect/queue?source=report", "inspector-lin")
    page.locator("table.tasks th a").first.click()  # the newest
    expect(page.locator("blockquote")).to_have_text(words)
    walk.assert_sound(page)
    page.locator("#open-complaint button").click()
    expect(page.locator("#sign-what")).not_to_contain_text(number)
    sign(page)
    page.wait_for_url("**/cases/*")
    path = path_of(page)
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
