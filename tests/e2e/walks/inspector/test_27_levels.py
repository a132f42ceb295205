"""Coverage drilled from the city to the counter; a case escalated to the city and handed back."""

import re

from playwright.sync_api import expect

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.cases import KIND
from suyuan.trace.inspection.coverage import coverage_report, month_text
from suyuan.trace.recall.course import act_code


def hand(page, to, reason):
    """Hand a case to an office, by what its option says."""
    page.locator("#do-assigned summary").click()
    form = page.locator("#do-assigned form")
    form.locator("select").select_option(to)
    form.locator("textarea").fill(reason)
    form.locator("button").click()
    expect(page.locator("#sign-what")).to_contain_text(reason)
    with page.expect_navigation():
        page.locator("#sign-yes").click()


def test_coverage_is_drilled_to_the_counter_and_a_case_goes_up_and_down(walk):
    parties = walk.people.cast.parties
    stall, office, authority = (parties[n].uri for n in ("stall-a15", "office", "authority"))
    with walk.people.ledger.reading() as reader:  # the demo's days may be of the month before
        months = coverage_report(reader, ["3599"], int(f"{walk.people.ledger.now():%Y%m}")).months
    month = month_text(max(months, key=lambda at: (months[at].lots, at)))
    page = walk.open(f"/inspect/coverage?division=3599&month={month}", "authority")
    walk.assert_sound(page)
    expect(page.locator("svg.chart")).to_have_attribute("role", "img")
    part, counter = "#below ~ .scroll a[href*='division=3599']", "a[href*='/inspect/party?']"
    for digits in (6, 9):
        page.locator(part).first.click()
        page.wait_for_url(re.compile(rf"division=\d{{{digits}}}\b"))
    walk.assert_sound(page)
    page.locator(counter).first.click()
    page.wait_for_url("**/inspect/party?*")
    expect(page.locator("h1")).to_be_visible()

    host = walk.people.ledger.trust.host
    case, reason = codes.uri_of(codes.new(), host, KIND), f"案情复杂 {walk.size} {walk.language}"
    opening = Draft(statement=acts.case_open(case, "order", stall))
    walk.people.ledger.write(walk.people._pen("office"), [opening])
    path = f"/cases/{act_code(case, host)}"
    page = walk.open(path, "inspector-lin")
    page.locator("#do-assigned summary").click()
    walk.assert_sound(page)
    page.locator("#do-assigned summary").click()
    hand(page, authority, reason)
    page = walk.open(path, "authority")
    expect(page.locator("#stages ~ ol")).to_contain_text(reason)
    hand(page, office, "就近办理")
    page = walk.open("/inspect/levels", "inspector-lin")
    expect(page.locator("#open ~ .scroll tbody tr").first).to_contain_text(walk.say("全部", "All"))
    walk.assert_sound(page)
