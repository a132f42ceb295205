"""Admitting hundreds: a table, each row checked before it is signed; invitations found by name."""

from playwright.sync_api import expect

HEAD = "名称,角色,行政区划,许可证号,有效期至,负责人,电话"
ROWS = (
    "{mark} 王记水产店,摊位,湖滨区湖心街道,JY{mark}1,2029-06-30,王某,13800138000",
    "鹭岛市{mark} 王记水产,摊主,湖心街道,,,,",
    "{mark} 一号食堂,学校食堂,大西洋,,,,",
)


def test_a_table_of_shops_is_admitted_and_their_invitations_are_found_by_name(walk):
    mark = f"{walk.size}{walk.language}"
    page = walk.open("/admit/several", "authority")
    text = "\n".join((HEAD, *(row.format(mark=mark) for row in ROWS)))
    file = {"name": "shops.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("#file").set_input_files(file)
    # The second is perhaps the first once more, the third says what is wrong, where, what is right.
    twice, bad = page.locator("#alike li").first, page.locator("#bad li.is-bad")
    expect(twice).to_contain_text(walk.say("名称相近", "nearly the same"))
    expect(bad).to_contain_text(walk.say("没有名为“大西洋”的区划", "no division is called 大西洋"))
    walk.assert_sound(page)
    bad.locator("input").fill("湖滨区")
    page.locator("#mended").click()
    expect(page.locator("#good > li")).to_have_count(2)
    page.locator("#good summary").first.click()
    expect(page.locator("#good > li").first).to_contain_text(
        walk.say("13800138000（已隐藏", "13800138000 (hidden")
    )
    page.locator("#sign-all").click()
    page.get_by_role("button", name=walk.say("打印邀请卡", "Print their invitations")).click()
    expect(page.locator(".card")).to_have_count(2)
    code = page.locator(".card .check").first.inner_text()
    walk.assert_sound(page)

    # By its name, and that its card is not used yet; a new card makes the earlier one void.
    page = walk.open("/invitations", "authority")
    page.get_by_label(walk.say("名称", "Name"), exact=True).fill(f"{mark} 王记")
    page.get_by_label(walk.say("状态", "State")).select_option("open")
    page.get_by_role("button", name=walk.say("查找", "Search")).click()
    expect(page.locator("[name=again]")).to_have_count(1)
    page.locator("[name=again]").check()
    walk.assert_sound(page)
    page.get_by_role("button", name=walk.say("重新打印", "Print new cards")).click()
    expect(page.locator(".card h2")).to_have_text(f"{mark} 王记水产店")
    assert page.locator(".card .check").inner_text() != code

    # A shop that is there already is invited by its name.
    page = walk.open("/invitations", "authority")
    page.locator("#party").fill(f"{mark} 王记")
    page.get_by_role("button", name=walk.say("生成邀请", "Make an invitation")).click()
    expect(page.locator(".new h1")).to_contain_text("王记水产店")
    assert "138" not in page.url
