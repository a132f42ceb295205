"""A failed sample from its plan to the closed disposal, with the recall, all on pages."""

import pytest
from playwright.sync_api import expect
from support.desk import steps
from support.desk.day import ONCE, Day
from support.ledger.world import day_of


@pytest.mark.parametrize("walk", ONCE, indirect=True, ids="-".join)
def test_a_failed_sample_is_disposed_of(walk):
    day = Day(walk)
    name, sheet, residue = (f"{word} {day.mark}" for word in ("残留菜", "BH", "carbofuran"))
    code = day.delivers(name, "60")

    def label(*words):
        """What anybody reads on the page of the label, once these words are there."""
        page = day.go(None, f"/t/{code}?all=1")
        for text in words:
            steps.shown(page, page.locator("main"), text)
        return page.locator("main")

    stall = day.go("stall-a15", "/me/holdings")
    steps.sell(stall, name, "3")

    # The plan, its task by lot, and the sheet at the stall, without a network.
    page = day.go("inspector-lin", "/cases")
    page.locator("#new summary").click()
    page.locator("main a[href*='kind=plan']").click()
    rows = f"{name}；circulation；1；{residue}；市检验中心"
    steps.open_case(page, period="本月", rows=rows)
    steps.do(page, page.locator("form.draw button"))
    expect(page.locator("form.draw")).to_have_count(0)
    page = day.finds("inspector-lin", "task", name)
    task = steps.path_of(page)
    page.locator("main a[href*='counter?code=']").click()
    day.takes_sample(page, sheet)
    steps.record(day.go("inspector-lin", task), "closed", sheet=sheet)
    page = day.finds("inspector-chen", "sample", sheet)
    case = steps.path_of(page)
    steps.record(page, "countersigned")
    steps.record(page, "delivered", laboratory=day.uri("laboratory"))
    steps.record(day.go("stall-a15", case), "agreed", answer="无异议")
    expect(label()).not_to_contain_text(walk.say("暂停销售", "may not be sold"))

    # The laboratory's own report; nobody else reads of it.
    page = day.go("laboratory", "/cases")
    page.locator("main a[href*='/samples/report']").click()
    report = {"item": code, "sheet": sheet, "report_number": f"JB {sheet}",
              "items": residue, "limits": "0.02", "values": "0.3177"}  # fmt: skip
    steps.report_test(page, day.uri("office"), **report)
    expect(page.locator("#said")).to_contain_text(walk.say("编号", "no."))
    for hidden in (residue, "0.3177", f"JB {sheet}"):
        expect(label()).not_to_contain_text(hidden)

    # The office: suspended at once, with the recall drafted; the notice is served.
    page = day.go("office", case)
    steps.shown(page, page.locator(f"#do-failed [name=report][value='JB {sheet}']"))
    steps.record(page, "failed")
    page.wait_for_url("**/recalls/new?*")
    expect(label("暂停销售")).not_to_contain_text(residue)
    page.locator("[name=level][value='1']").check()
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    page.wait_for_url("**/act/*")
    recall = steps.path_of(page)
    expect(label("责令召回")).not_to_contain_text(residue)
    page = day.go("office", case)
    today = day_of(walk.people.ledger.now())
    steps.record(page, "notified", served_on=today, served_how="hand")
    walk.assert_sound(page)

    # The recall, by those who have it: the stall destroys, the farm keeps back.
    steps.answer_recall(day.go("stall-a15", "/me/recalls"), name, destroyed="17")
    steps.answer_recall(day.go("farm", "/me/recalls"), name, recovered="40")
    page = day.go("office", recall)
    steps.shown(page, page.locator("main"), walk.say("数量全部相符", "The quantities add up"))
    part = page.locator("#do-recall-close")
    part.locator("summary").click()
    steps.do(page, part.locator("form button"))

    # The disposal, as the ledger counts it; published until a day; closed.
    page = day.go("office", case)
    for field, amount in (("bought", "60 kg"), ("sold", "3 kg"), ("recalled", "40 kg"),
                          ("destroyed", "17 kg")):  # fmt: skip
        expect(page.locator(f"#do-measures [name={field}]")).to_have_value(amount)
    steps.record(page, "measures", cause="用药未过安全间隔期", correction="停用并复核")
    expect(label()).not_to_contain_text(residue)
    until = day_of(walk.people.ledger.now(), 90)
    page = day.go("office", case)
    steps.record(page, "published", until=until)
    walk.assert_sound(label(residue, "0.3177", f"JB {sheet}").page)
    page = day.go("office", case)
    steps.record(page, "closed")
    expect(page.locator("h1")).to_contain_text(walk.say("已结案", "closed"))
    walk.assert_sound(page)
