"""Coverage drilled from the city to the counter; a case escalated to the city and handed back."""

from playwright.sync_api import expect
from support.web.acting import act_uri

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
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
    page = walk.open("/inspect/coverage?division=3599", "authority")
    walk.assert_sound(page)
    expect(page.locator("svg.chart")).to_have_attribute("role", "img")
    for code in ("359902", "359902001", "359902001002"):
        page.locator(f"#below ~ .scroll a[href*='division={code}']").first.click()
    counter = page.locator(f"a[href*='{stall.rsplit('/', 1)[1]}']")
    walk.assert_sound(page)
    counter.click()
    expect(page.locator("h1")).to_be_visible()

    case, reason = act_uri("case"), f"案情复杂 {walk.size} {walk.language}"
    opening = Draft(statement=acts.case_open(case, "order", stall))
    walk.people.ledger.write(walk.people._pen("office"), [opening])
    path = f"/cases/{act_code(case, walk.people.ledger.trust.host)}"
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
