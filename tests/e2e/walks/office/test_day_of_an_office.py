"""A day of a 所 on its pages, from the morning's queue to the evening's figures."""

import pytest
from playwright.sync_api import expect
from support.desk import steps
from support.desk.day import ONCE, Day
from support.ledger.world import day_of


@pytest.mark.parametrize("walk", ONCE, indirect=True, ids="-".join)
def test_a_day(walk):
    day = Day(walk)
    name = f"日间菜 {day.mark}"

    # Before dawn: a farm's greens come to a stall; somebody finds them not fresh.
    code = day.delivers(name, "20")
    consumer = day.go(None, f"/t/{code}")
    consumer.locator("main a[href*='/report']").click()
    number = steps.complain(consumer, f"发黄 {day.mark}")

    # The morning: figures, and the report in the list of what is to be followed up.
    before = day.figures("inspector-lin")
    desk = day.go("inspector-lin", "/inspect")
    desk.locator("main a[href*='/inspect/queue']").last.click()
    desk.locator("#source").select_option("report")
    desk.locator("form.asking button").click()
    steps.shown(desk, desk.locator("table.tasks tr"), name).locator("th a").click()
    expect(desk.locator("main")).to_contain_text(number)
    walk.assert_sound(desk)
    desk.locator("#open-complaint button").click()
    steps.sign(desk)
    desk.wait_for_url("**/cases/*")
    complaint = steps.path_of(desk)
    steps.record(desk, "accepted", words="我们来调解")

    # A draw's task: who is drawn is inspected, and the draw is opened.
    page = day.go("inspector-lin", "/inspect")
    page.locator("main .actions a[href*='/draws']").click()
    page.locator("main a[href*='/draws/new']").click()
    page.locator("#title").fill(f"节前抽查 {day.mark}")
    page.locator("#count-stall").fill("1")
    page.locator("#commit > button").click()
    page.locator("#sign-yes").click()
    page.locator("#value-text").fill(steps.VALUE)
    with page.expect_navigation():
        page.locator("#value button").click()
    drawn = page.locator("#drawn ~ .scroll th [data-uri]").inner_text()
    draw = steps.path_of(page)
    page = day.go("inspector-chen", "/inspect/queue?source=drawn")
    task = steps.shown(page, page.locator(f"table.tasks tr:has(a[href*='{draw}'])"))
    expect(task).to_contain_text(drawn)
    task.locator("td a[href*='/inspect/party']").click()
    page.locator("main a[href*='counter?party=']").click()
    steps.inspect(page, day.uri("inspector-lin"), name="当班人")
    page = day.go("inspector-lin", draw)
    steps.shown(page, page.locator("#drawn ~ .scroll td"), walk.say("条", "no."))
    page.locator("[data-op=reveal]").evaluate("form => { form.parentElement.open = true; }")
    steps.do(page, page.locator("[data-op=reveal] button"))
    expect(day.go(None, draw).locator("#drawn ~ .scroll")).to_contain_text(drawn)

    # The stall of the complaint is inspected, and ordered to correct.
    page = day.go("inspector-lin", complaint)
    page.locator("main a[href*='/inspect/party']").click()
    page.locator("main a[href*='counter?party=']").click()
    steps.inspect(page, day.uri("inspector-chen"), ["storage"], f"冷柜偏热 {day.mark}")
    page.locator("#done a[href*='/cases/new?kind=order']").click()
    until = day_of(walk.people.ledger.now(), 10)
    act = f"冷柜偏热 {day.mark}"
    order = steps.open_case(page, act=act, basis="食品安全法第五十四条", until=until)

    # A sample is taken without a network, sent later, and signed by the second officer.
    sheet = f"RJ-{day.mark}"
    page = day.go("inspector-lin", "/inspect/counter")
    page.locator("#code").fill(code)
    page.locator("#find button").click()
    day.takes_sample(page, sheet)
    page = day.finds("inspector-chen", "sample", sheet)
    steps.record(page, "countersigned")

    # The order as a document: drawn up, signed by three, sealed, served on an account.
    steps.sealing(walk.people)
    for form, values in (
        ("service-address", {"served_to": "湖滨路 1 号", "account": "本平台账户"}),
        ("rectification", {"content": "调低温度"}),
    ):
        page = day.go("inspector-lin", order)
        document = steps.draw_up(page, form, **values)
        steps.do(page, page.locator("button.sign"))
        for who, path in (("inspector-chen", order), ("stall-a15", "/me")):
            page = steps.follow(day.go(who, path), document)
            steps.do(page, page.locator("button.sign"))
    page = day.go("inspector-lin", document)
    steps.do(page, page.locator("form.act button").first)
    expect(page.locator("#served_how")).to_have_value("electronic")
    steps.do(page, page.locator("form.act button").first)
    walk.assert_sound(page)

    # The stall reads of all of it on its page, and answers.
    stall = day.go("stall-a15", document)
    expect(stall.locator(".badge").filter(has_text=walk.say("已送达", "served"))).to_be_visible()
    for path, stage, answer in (
        (order, "corrected", "已调低温度"),
        (complaint, "answered", "愿意退款"),
    ):
        stall = steps.follow(day.go("stall-a15", "/cases"), path)
        steps.record(stall, stage, answer=answer)
    consumer.reload()
    for told in ("我们来调解", "愿意退款"):
        expect(consumer.locator("main")).to_contain_text(told)

    # The evening: the figures have grown by the day's work.
    grown = day.figures("inspector-lin") - before
    kinds = walk.say(("投诉", "责令改正", "抽检"), ("Complaint", "Order to correct", "Sample"))
    assert {kind: grown[kind] for kind in kinds} == dict.fromkeys(kinds, 1)
