"""A stall thinks in 斤: what it has and what it sells is shown and typed so, and stored exactly."""

from decimal import Decimal

from playwright.sync_api import expect
from support.web.acting import KNOWN

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import Portion


def a_lot(walk, who, kilos):
    """A lot of its own that somebody of the city has coded; its name is known to nobody else."""
    people = walk.people
    lot = codes.uri_of(codes.new(), people.ledger.trust.host)
    name = f"试秤的菜 {lot[-6:]}"
    now = people.ledger.now()
    portion = Portion(lot, Decimal(kilos), "KGM")
    event = steps.event("code", now, [portion], extra=steps.coding(name, None, None, None))
    people.ledger.write(people._pen(who), [Draft(event=event)])
    people.ledger.followers.catch_up()
    return name, lot


def test_a_stall_sells_in_jin(walk):
    (name, _lot), jin = a_lot(walk, "stall-a18", "30.25"), walk.say("斤", "jin")
    page = walk.open("/me/holdings?weight=jin", "stall-a18")
    row = page.locator("#lots > li").filter(has_text=name)
    expect(row.locator(".amount")).to_have_text(f"60.5 {jin}")
    row.locator(".sell").click()
    expect(row.locator(".of-unit")).to_contain_text(jin)
    row.locator(".number").fill("0.5")
    walk.assert_sound(page)
    row.locator(".unit").select_option(walk.say("两", "liang"))
    row.locator(".number").fill("3")
    row.locator("form .button").first.click()
    expect(row.locator(".amount")).to_have_text(f"60.2 {jin}")
    expect(page.locator("#waiting")).to_contain_text(f"0.3 {jin}")
    page.goto(f"{walk.people.served.url}/me?lang={walk.say('en', 'zh')}")
    # What waits is called as it was when it was signed, and says in which language that is.
    title = page.locator("#waiting .title", has_text=f"0.3 {jin}")
    expect(title).to_have_attribute("lang", walk.say("zh-CN", "en"))
    walk.open("/me/holdings?weight=kg", "stall-a18")


def test_a_recall_is_answered_in_jin(walk):
    (name, lot), people = a_lot(walk, "stall-a18", "30.25"), walk.people
    data, named = acts.listed([lot])
    act = codes.uri_of(codes.new(), people.ledger.trust.host, "act")
    order = acts.recall_order(act, 1, KNOWN, "检出", named)
    people.ledger.write(people._pen("authority"), [Draft(statement=order)], [data])
    people.ledger.followers.catch_up()
    page = walk.open("/me/recalls?weight=jin", "stall-a18")
    part = page.locator("fieldset.goods").filter(has_text=name)
    expect(part.locator(".here")).to_contain_text(f"60.5 {walk.say('斤', 'jin')}")
    part.locator(".all").click()
    expect(part.locator("[name=recovered]")).to_have_value("60.5")
    page.locator("form.report").filter(has=part).locator("button:not([type])").click()
    expect(page.locator("#sign-what")).to_contain_text("30.25")  # and so it is stored
    walk.open("/me/holdings?weight=kg", "stall-a18")
