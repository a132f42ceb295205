"""Stock by age, with its supplier and its days; a recall that comes meanwhile; a day's sales."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import Error, expect

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone

STALL, FARM = "stall-a18", "farm"
# What happened before a recall was signed is taken: wait until the page's own clock is behind it.
UNTIL = """async (at) => {
  const from = document.querySelector("script[type=module]").src.split("pages/")[0];
  const { present } = await import(`${from}pages/page.js`);
  while (present().time < at) await new Promise(requestAnimationFrame);
}"""


class Trade:
    """A farm that hands lots over to a stall, and the authority that recalls one."""

    def __init__(self, people):
        self.ledger, self.cast = people.ledger, people.cast
        self.keys = signers(people.cast.seed)

    def write(self, who, *drafts, lists=()):
        pen = self.ledger.pen(self.cast.parties[who].uri, self.keys[who])
        (receipt,) = self.ledger.write(pen, list(drafts), list(lists))
        return receipt

    def hand_over(self, name, days):
        """A lot of so many days ago, 30 kg of which are at the stall."""
        lot = codes.uri_of(codes.new(), self.ledger.trust.host)
        when = self.ledger.now() - timedelta(days=days, minutes=5)
        day = when.astimezone(zone()).date().isoformat()
        made = steps.coding(name, produced=day, shelf_life_days=3, origin=None)
        portion = Portion(lot, Decimal(30), "KGM")
        farm, stall = (self.cast.parties[who].uri for who in (FARM, STALL))
        self.write(FARM, Draft(event=steps.event("code", when, [portion], extra=made)))
        sent = steps.event("dispatch", when, [portion], sender=farm, recipient=stall)
        receipt = self.write(FARM, Draft(event=sent))
        came = steps.event("receive", when + timedelta(minutes=1), [portion])
        self.write(STALL, Draft(event=came, after=(AfterRef(receipt.index, receipt.hash),)))
        return lot

    def recall(self, lot):
        data, named = acts.listed([lot])
        uri = codes.uri_of(codes.new(), self.ledger.trust.host, "act")
        known = (self.ledger.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        order = acts.recall_order(uri, 1, known, "检出", named)
        self.write("authority", Draft(statement=order), lists=[data])
        return 1_000 * (int(self.ledger.now().timestamp()) + 1)


def test_old_first_red_where_stopped_and_sums_of_the_day(walk):
    trade = Trade(walk.people)
    mark = f"{walk.size} {walk.language}"
    old = trade.hand_over(f"苋菜 {mark}", days=2)
    trade.hand_over(f"空心菜 {mark}", days=0)
    trade.ledger.followers.catch_up()
    page = walk.open("/me/holdings", STALL)
    rows = page.locator("#lots > li", has_text=mark)
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("苋菜")
    expect(rows.nth(0)).to_contain_text(walk.say("还剩 1 天", "1 day left"))
    expect(rows.nth(0)).to_contain_text(trade.cast.parties[FARM].name)
    walk.assert_sound(page)
    # A recall comes while the page is open: what is sold of it then is not taken, in one line.
    page.evaluate(UNTIL, trade.recall(old))  # a page that was slow to come is behind by as much
    for number, kilos in ((0, "5"), (1, "4")):
        rows.nth(number).locator(".sell").click()
        rows.nth(number).locator("input.number").fill(kilos)
        rows.nth(number).locator("form .button").first.click()
    now = page.locator("#waiting .now:visible")
    for _each in range(2):
        with suppress(Error):  # after some seconds it goes by itself
            now.first.click(timeout=4_000)
    refused = page.locator("#waiting .is-bad", has_text=mark).locator(".state")
    expect(refused).to_have_text(
        walk.say("未记录：该批次已暂停销售或召回。", "Not recorded: it is on hold or recalled.")
    )
    expect(rows.nth(0).locator(".sell, .labels")).to_have_count(0)
    expect(now).to_have_count(0)
    assert all("409" in error for error in page.errors)  # the refusal itself
    page.errors.clear()
    page.reload()
    expect(page.locator("#lots > .is-stopped", has_text=mark)).to_have_count(1)
    walk.assert_sound(page)
    page.locator(".sold a").click()
    today = page.locator(".is-today")
    expect(today).to_contain_text(f"空心菜 {mark}")
    expect(today).not_to_contain_text(f"苋菜 {mark}")
    walk.assert_sound(page)
