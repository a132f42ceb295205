"""A market in a real browser: stalls with phones, farms that send to them."""

import io
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import expect
from support.ledger.world import AUTHORITY, HOST, Actor, World, event
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
    """A world with its pages, and people with browsers of their own."""

    def __init__(self, world, url, browser):
        self.world, self.url, self.browser, self.contexts = world, url, browser, []

    @cached_property
    def farm(self):
        return self.world.party("青山农场", "producer")

    def browse(self, size=PHONE, locale="en", before=COUNT_TAPS, **more):
        """A page of a browser profile of its own, in which a script runs before all others."""
        context = self.browser.new_context(viewport=size, locale=locale, **more)
        context.add_init_script(before)
        self.contexts.append(context)
        return watched(context)

    def admit(self, name, *roles, division="350206"):
        """The URI of a party that has no key yet."""
        uri = codes.uri_of(codes.new(), HOST, "party")
        admitted = acts.admit(uri, name, list(roles) or ["stall"], division)
        self.world.say(self.world.authority, admitted)
        return uri

    def invite(self, party, inviter=AUTHORITY):
        """A code, made as the command line makes it."""
        ledger = self.world.ledger
        code, made = new(party, inviter, ledger.now(), timedelta(days=1))
        InvitationBook(ledger.database.engine).add(made)
        return codes.shown(code)

    def offer(self, page, party, inviter=AUTHORITY):
        """An invited party makes its key on a page and offers it; the invitation's code."""
        code = self.invite(party, inviter)
        page.goto(f"{self.url}/invite#{code}")
        page.locator("#make").click()
        page.locator("#offered").wait_for()
        return code

    def enrol(self, code, pen=None):
        """Enrol the offered key, as the command line does; the statement."""
        ledger, pen = self.world.ledger, pen or self.world.authority.pen
        with ledger.reading() as reader:
            offered = invitation(reader, token_of(code))
            statement = enrolment(reader, ledger.trust.genesis, pen.actor, offered)
        ledger.write(pen, [Draft(statement=statement)])
        return statement

    def newcomer(self, party, **more):
        """A page of a party that was invited, has made a key and is signed in."""
        page = self.browse(**more)
        self.enrol(self.offer(page, party))
        page.wait_for_url("**/me")
        return page

    def stall(self, name="A 区 12 号", size=PHONE, role="stall", division="350206", **more):
        """A stall that has made a key on its phone and is signed in: its URI, and the page."""
        uri = self.admit(name, role, division=division)
        return uri, self.newcomer(uri, size=size, **more)

    def send(self, stall, *amounts, farm=None):
        """Dispatch these kilograms of new lots to a stall; the index, and the lots."""
        world, farm = self.world, farm or self.farm
        lots = sorted(world.new_lot() for _ in amounts)
        for lot in lots:
            world.code(farm, lot, "5000")
        when = datetime.now(UTC) - timedelta(minutes=1)
        parts = [Portion(lot, Decimal(kg), "KGM") for lot, kg in zip(lots, amounts, strict=True)]
        dispatch = steps.event("dispatch", when, parts, sender=farm.uri, recipient=stall)
        (sent,) = world.do(farm, dispatch)
        world.ledger.followers.catch_up()
        return sent.index, lots

    def open(self, page, clock=True):
        """The stall's slips, with a clock that the test may turn."""
        if clock:
            page.clock.install()
        page.goto(f"{self.url}/me/arrivals")
        page.locator("[data-slip] .sign-it").first.wait_for()

    def links(self, actor, since=0):
        """The links of an actor, in order."""
        with self.world.ledger.reading() as reader:
            all_ = [parse(reader.link(number).entry) for number in range(since, reader.size())]
        return [link for link in all_ if link.actor == actor and link.event is not None]

    def states(self, *indexes):
        with self.world.caught_up() as reader:
            return [line.state for index in indexes for line in lines_of(reader, index)]

    def stock(self, uri):
        with self.world.caught_up() as reader:
            return {lot.item: str(lot.quantity.value) for lot in Lineage(reader).stock_of(uri)}


def watched(context):
    page = context.new_page()
    page.errors, page.hosts = [], set()
    page.on("console", lambda message: page.errors.append(message.text))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda sent: page.hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", sent.url)))
    return page


def sign(page, number=0):
    """Sign by one tap; the record then waits in the outbox."""
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


def sign_here(page, actor, statement):
    """Sign a statement of a party about itself by the page's own modules, and send it."""
    return page.evaluate(
        """async ([actor, statement]) => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const keys = await import(`${from}sign/keys.js`);
          const { signAndSend } = await import(`${from}sign/link.js`);
          const { ledger, keyid } = document.body.dataset;
          const signed_at = `${new Date().toISOString().slice(0, 19)}Z`;
          const drafts = [{ subjects: [actor], after: [], statement }];
          return signAndSend({ ledger, actor, signed_at, drafts }, await keys.find(keyid));
        }""",
        [actor, statement],
    )


def other_device(market, page, uri):
    """A second key of the stall's, enrolled by the first in the browser; a pen with it."""
    signer, ledger = LocalSigner.new(), market.world.ledger
    sign_here(page, uri, acts.enrol_signer(ledger.trust.origin, uri, signer))
    return Actor(uri, signer, ledger.pen(uri, signer))


def sent_to(market, stall, kilos="30"):
    """A lot that a farm has sent to a stall: its URI."""
    world, farm = market.world, market.farm
    lot = world.new_lot()
    world.code(farm, lot)
    world.do(farm, event("dispatch", lot, kilos, sender=farm.uri, recipient=stall))
    world.ledger.followers.catch_up()
    return lot


def receiving(market, **more):
    """A stall with a phone to which a lot was sent: its URI, the lot, the page."""
    stall = market.admit("A 区 12 号")
    lot = sent_to(market, stall)
    return stall, lot, market.newcomer(stall, **more)


def confirm(page):
    """Confirm the slip on one's own page, as the panel shows it."""
    page.locator(".acts a").filter(has_text="青山农场").click()
    page.get_by_role("button", name="All as on the slip").click()
    page.locator("#sign").wait_for()


def sign_and_send(page):
    page.get_by_role("button", name="Sign and send").click()


def read_back(answer):
    """The texts of a PDF's symbols at 203 dots an inch."""
    document = pypdfium2.PdfDocument(io.BytesIO(answer.body()))
    pictures = [sheet.render(scale=203 / 72).to_pil() for sheet in document]
    document.close()
    return sorted(code.text for picture in pictures for code in zxingcpp.read_barcodes(picture))


@contextmanager
def open_market(home, browser, kind=Market, prepare=lambda _world: ()):
    """A market of a new ledger, served as long as this lasts, of a kind, after some preparation."""
    world = World(home)
    prepared = prepare(world)
    with pytest.MonkeyPatch.context() as patch, serving(world, patch) as url:
        market = kind(world, url, browser, *prepared)
        yield market
        for context in market.contexts:
            context.close()
    world.ledger.close()
