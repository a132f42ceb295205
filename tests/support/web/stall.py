"""A market in a real browser: stalls with phones, farms that send to them."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from support.ledger.world import AUTHORITY, HOST, Actor, World
from support.web.signing import PHONE, serving

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.inviting import enrolment, new, token_of
from suyuan.trace.store.beside.invitations import InvitationBook, invitation
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.slip_lines import lines_of

LINKS = "**/api/v1/links*"
COUNT_TAPS = """document.addEventListener("click", (event) => {
  if (event.isTrusted) sessionStorage.taps = Number(sessionStorage.taps || 0) + 1;
}, true);"""
RECORDS = """async () => {
  const from = document.querySelector("script[type=module]").src.split("pages/")[0];
  return (await import(`${from}offline/outbox-store.js`)).all();
}"""


class Market:
    """A world with its pages, and stalls with a phone."""

    def __init__(self, world, url, browser):
        self.world, self.url, self.browser, self.contexts = world, url, browser, []
        self.farm = world.party("青山农场", "producer")

    def stall(self, name="A 区 12 号", size=PHONE, locale="en", role="stall", **more):
        """A stall that has made a key on its phone and is signed in: its URI, and the page."""
        world = self.world
        uri = codes.uri_of(codes.new(), HOST, "party")
        world.say(world.authority, acts.admit(uri, name, [role], "350206"))
        context = self.browser.new_context(viewport=size, locale=locale, **more)
        context.add_init_script(COUNT_TAPS)
        self.contexts.append(context)
        page = watched(context)
        code, one = new(uri, AUTHORITY, world.ledger.now(), timedelta(days=1))
        InvitationBook(world.ledger.database.engine).add(one)
        page.goto(f"{self.url}/invite#{codes.shown(code)}")
        page.locator("#make").click()
        page.locator("#offered").wait_for()
        with world.ledger.reading() as reader:
            offered = invitation(reader, token_of(code))
            statement = enrolment(reader, world.ledger.trust.genesis, AUTHORITY, offered)
        world.ledger.write(world.authority.pen, [Draft(statement=statement)])
        page.wait_for_url("**/me")
        return uri, page

    def send(self, stall, *amounts, farm=None):
        """A dispatch of so many kilos of new lots to a stall: its index, and the lots."""
        world, farm = self.world, farm or self.farm
        lots = sorted(world.new_lot() for _ in amounts)
        for lot in lots:
            world.code(farm, lot, "5000")
        when = datetime.now(UTC) - timedelta(minutes=1)
        parts = [Portion(lot, Decimal(one), "KGM") for lot, one in zip(lots, amounts, strict=True)]
        said = steps.event("dispatch", when, parts, sender=farm.uri, recipient=stall)
        (sent,) = world.do(farm, said)
        world.ledger.followers.catch_up()
        return sent.index, lots

    def open(self, page, clock=True):
        """The stall's slips, with a clock that the test may turn."""
        if clock:
            page.clock.install()
        page.goto(f"{self.url}/me/arrivals")
        page.locator("[data-slip] .sign-it").first.wait_for()

    def links(self, actor, since=0):
        """What an actor has signed, in order."""
        with self.world.ledger.reading() as reader:
            all_ = [parse(reader.link(number).entry) for number in range(since, reader.size())]
        return [link for link in all_ if link.actor == actor and link.event is not None]

    def states(self, *indexes):
        with self.world.caught_up() as reader:
            return [line.state for index in indexes for line in lines_of(reader, index)]

    def stock(self, uri):
        with self.world.caught_up() as reader:
            return {one.item: str(one.quantity.value) for one in Lineage(reader).stock_of(uri)}


def watched(context):
    page = context.new_page()
    page.errors, page.hosts = [], set()
    page.on("console", lambda said: page.errors.append(said.text))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda asked: page.hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", asked.url)))
    return page


def sign(page, number=0):
    """One tap, and what was signed waits in the outbox."""
    waiting = page.locator("#waiting li")
    before = waiting.count()
    page.locator("[data-slip] .sign-it").nth(number).click()
    expect(waiting).to_have_count(before + 1)


def recorded(page, count=1):
    expect(page.locator("#recorded li")).to_have_count(count)


def odd(page, row, kind, amount=None, reason=None):
    """Say that something else came of a line."""
    page.locator("[data-slip] .other").nth(row).click()
    page.locator(f"form.odd [value={kind}]").check()
    if amount is not None:
        page.locator("form.odd .number").fill(amount)
    if reason is not None:
        page.locator("form.odd .choice").select_option(reason)
    page.get_by_role("button", name="Take over").click()


def other_device(market, page, uri):
    """A second key of the stall's, enrolled by the first in the browser; a pen with it."""
    signer = LocalSigner.new()
    statement = acts.enrol_signer(market.world.ledger.trust.origin, uri, signer)
    page.evaluate(
        """async ([actor, statement]) => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const keys = await import(`${from}sign/keys.js`);
          const { signAndSend } = await import(`${from}sign/link.js`);
          const { ledger, keyid } = document.body.dataset;
          const signed_at = `${new Date().toISOString().slice(0, 19)}Z`;
          const drafts = [{ subjects: [actor], after: [], statement }];
          return signAndSend({ ledger, actor, signed_at, drafts }, await keys.find(keyid));
        }""",
        [uri, statement],
    )
    return Actor(uri, signer, market.world.ledger.pen(uri, signer))


@contextmanager
def open_market(home, browser):
    """A market of a new ledger, served as long as this lasts."""
    world = World(home)
    with pytest.MonkeyPatch.context() as patch, serving(world, patch) as url:
        found = Market(world, url, browser)
        yield found
        for context in found.contexts:
            context.close()
    world.ledger.close()
