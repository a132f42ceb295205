"""A batch has one code for people: sent, received, labelled, found by what one reads."""

from datetime import UTC, datetime
from decimal import Decimal

from playwright.sync_api import expect
from support.ledger.world import days_ago

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.inspection.complaints import Complaints


def recorded(walk, who, step, item, after=(), **more):
    """An event of one of the cast about ten kilos of a lot."""
    people = walk.people
    pen = people.ledger.pen(people.cast.parties[who].uri, signers(people.cast.seed)[who])
    portions = [Portion(item, Decimal(10), "KGM")]
    event = steps.event(step, datetime.now(UTC), portions, **more)
    (receipt,) = people.ledger.write(pen, [Draft(event=event, after=after)])
    return (AfterRef(receipt.index, receipt.hash),)


def handed_over(walk):
    """A lot of the farm's that the stall took in: its URI."""
    cast = walk.people.cast
    item = codes.uri_of(codes.new(), walk.people.ledger.trust.host)
    farm, stall = (cast.parties[who].uri for who in ("farm", "stall-greens"))
    recorded(walk, "farm", "code", item, extra=steps.coding("空心菜", days_ago(1), 5, None))
    sent = recorded(walk, "farm", "dispatch", item, sender=farm, recipient=stall)
    recorded(walk, "stall-greens", "receive", item, sent)
    walk.people.ledger.followers.catch_up()
    return item


def test_a_lot_has_one_code_for_those_who_hold_it(walk):
    item, cast = handed_over(walk), walk.people.cast
    farm, stall = (cast.parties[who].uri for who in ("farm", "stall-greens"))
    own, theirs = codes.of_chain(item, stall), codes.of_chain(item, farm)
    # The stall reads four characters of a crate's label, and gets the code of its own labels.
    page = walk.open("/me/find", "stall-greens")
    page.locator("#q").fill(codes.shown(theirs)[:9])
    page.locator("#q").press("Enter")
    lot = page.locator(".acts li").filter(has_text=codes.shown(own))
    expect(lot).to_contain_text(cast.parties["farm"].name)
    walk.assert_sound(page)
    lot.get_by_role("link", name=walk.say("标签", "Labels"), exact=True).click()
    row = page.locator(".lines li").filter(has_text=codes.shown(own))
    expect(row.get_by_role("checkbox")).to_be_checked()
    # The farm knows it by its own; of what others have it finds nothing.
    page = walk.open(f"/me/find?q={codes.shown(own)[-9:]}", "farm")
    expect(page.locator(".acts li")).to_contain_text(codes.shown(theirs))
    page = walk.open(f"/me/find?q={codes.shown(own)[-9:]}", "pig-farm")
    expect(page.locator(".acts li")).to_have_count(0)
    # An inspector finds it by either, with both codes, the product and who coded it.
    page = walk.open(f"/inspect/search?q={codes.shown(own)[:9]}", "authority")
    row = page.locator("tbody tr").filter(has_text=codes.shown(own))
    expect(row).to_contain_text(codes.shown(codes.of_uri(item, walk.people.ledger.trust.host)))
    expect(row).to_contain_text("空心菜")
    walk.assert_sound(page)
    # A recall begins with a part of either too, and a consumer's receipt leads to both.
    page = walk.open(f"/recalls/new?item={codes.shown(own)[-9:]}", "authority")
    expect(page.locator("li.is-asked")).to_contain_text("空心菜")
    report = Complaints(walk.people.served.home).add(
        datetime.now(UTC), code=own, serial=None, item=item, holder=stall, kind="other", text="发黄"
    )
    page = walk.open(f"/inspect/search?q={report.number}", "authority")
    expect(page.locator("tbody tr")).to_contain_text(codes.shown(own))
    page.get_by_role("link", name=walk.say("反映的问题", "A consumer")).click()
    expect(page.locator("main")).to_contain_text("发黄")
