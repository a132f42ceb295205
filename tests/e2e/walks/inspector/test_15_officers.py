"""An office's inspectors: registered and invited by it; two inspect a shop, which signs."""

import re

from playwright.sync_api import expect
from support.ledger.world import day_of
from support.web.served import until

from suyuan.trace.cli.demo.drawing import draw
from suyuan.trace.format.steps import at_whom

PHOTO = {"name": "a.png", "mimeType": "image/png", "buffer": draw("leaves #2f7d43 #cfe6c4")}


def inspected(walk, size):
    """Index and event of the first inspection behind so many links; None where there is none."""
    with walk.people.ledger.reading() as reader:
        links = reader.parsed_links(size, reader.size())
        return next(((index, link.event) for index, link in links if at_whom(link.event)), None)


def test_an_office_registers_an_inspector_and_two_inspect_a_shop(walk):
    name = f"周{walk.size}{walk.language}"
    day = day_of(walk.people.ledger.now(), 300)

    # The office registers a person: name hidden, certificate, mandate, in one signature.
    page = walk.open("/inspectors", "office")
    page.locator("#name").fill(name)
    page.locator("#number").fill("35990211099")
    page.locator("#expires").fill(day)
    page.get_by_role("button", name=walk.say("查看签署内容", "See what is signed")).last.click()
    expect(page.locator("#sign-what")).to_contain_text(name)
    page.locator("#sign-yes").click()
    row = page.locator(".people li").filter(has_text=name)
    expect(row).to_contain_text(walk.say("尚无密钥", "no key yet"))
    expect(row).to_contain_text("35990211099")
    walk.assert_sound(page)

    # It is invited by a card, and ended again: it never had a key.
    row.get_by_role("button", name=walk.say("邀请", "Invite")).click()
    expect(page.locator(".check").first).to_have_text(re.compile(r"(\w{4}-){3}\w{4}"))
    page = walk.open("/inspectors", "office")
    row = page.locator(".people li").filter(has_text=name)
    row.locator("[data-end]").click()
    page.locator("#sign-yes").click()
    expect(row).to_contain_text(walk.say("已注销", "has left"))

    # Another person of the office inspects a stall found by its name, with a colleague.
    page = walk.open("/inspect/search?q=湖心市场C08摊&kind=party", "inspector-lin")
    page.locator("main").get_by_role("link", name=re.compile("C08")).first.click()
    page.get_by_role("link", name=walk.say("检查该经营者", "Inspect this shop")).click()
    page.locator(".inspectors select").last.select_option(label="陈志远（35990211012）"
        if walk.language == "zh" else "陈志远 (35990211012)")  # fmt: skip
    page.locator("[data-check=licence][value=pass]").check()
    page.locator("[data-check=storage][value=fail]").check()
    note = f"冷柜偏热 {walk.size} {walk.language}"
    page.locator("#note").fill(note)
    page.locator("#photo").set_input_files(PHOTO)
    page.locator("#photos canvas").wait_for()
    page.locator("#review").click()
    expect(page.locator("#typed-wrong")).not_to_be_empty()  # nobody of the shop has signed
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 50)
    page.mouse.up()
    walk.assert_sound(page)
    page.locator("#review").click()
    expect(page.locator("#sign-what")).to_contain_text(walk.say("不公开", "private"))
    page.locator("#sign-yes").click()
    with walk.people.ledger.reading() as reader:
        size = reader.size()
    page.get_by_role("button", name=walk.say("立即发送", "Send now")).click()
    until(lambda: inspected(walk, size))
    index, event = inspected(walk, size)

    # Both have it in their lists; the photo is for nobody else.
    who = walk.people.cast.parties["inspector-chen"].uri
    page = walk.open(f"/inspectors/person?who={who}", "office")
    row = page.locator(".acts li").filter(has_text=walk.say(f"第 {index} 条", f"no. {index}"))
    until(lambda: page.reload() and row.count() == 1)
    expect(row).to_contain_text("林晓岚")
    expect(row).to_contain_text(walk.say("食品按所需温度贮存", "Food is kept at the temperature"))
    walk.assert_sound(page)
    files = [file["sha256"] for file in event["suyuan:attachments"]]
    assert [file["as"] for file in event["suyuan:attachments"]] == ["photo", "signature"]
    for person, answer in ((None, 403), ("office", 200)):
        asking = walk.people.context(person).request
        url = f"{walk.people.served.url}/api/v1/attachments/{{}}?link={index}"
        assert {asking.get(url.format(file)).status for file in files} == {answer}, person
    assert note not in str(event) and "林晓岚" not in str(event)
