"""A fixed cast through a whole day, each with a browser and a key of its own, at both sizes.

Only the authority's first browser key is enrolled by the command line, with the root key, which no
browser ever has. All else is done on the pages.
"""

import base64
import re

import pytest
from playwright.sync_api import expect
from support.ledger.world import AUTHORITY
from support.web.axe import assert_fits
from support.web.client import change
from support.web.signing import DESK, PHONE
from support.web.stall import Market, open_market, read_back

from suyuan.trace.format.identifiers.pinyin import spelled
from suyuan.trace.format.link import parse
from suyuan.trace.watch.audit import audit


class Day(Market):
    """The ledger, and people with browsers."""

    def __init__(self, world, url, browser, size):
        super().__init__(world, url, browser)
        self.size, self.pages = size, {}

    def comes(self, who):
        """Somebody opens a browser profile of its own."""
        self.pages[who] = self.browse(self.size)
        return self.pages[who]

    def go(self, who, path):
        self.world.ledger.followers.catch_up()
        self.pages[who].goto(f"{self.url}{path}")
        self.fits(who)
        return self.pages[who]

    def fits(self, who):
        assert_fits(self.pages[who], who)

    def founded(self):
        """The authority's first key in a browser."""
        page = self.comes("authority")
        self.enrol(self.offer(page, AUTHORITY))
        page.wait_for_url("**/me")

    def admits(self, by, who, name, role, division):
        """One admits a party and invites it; it makes its key, whose letters both compare."""
        desk = self.go(by, "/admit")
        desk.get_by_label("Name").fill(name)
        desk.get_by_label(role, exact=True).check()
        desk.get_by_label("Division").fill(division)
        desk.get_by_role("button", name="See what is signed").click()
        expect(desk.locator("#sign-what")).to_contain_text(name)
        desk.locator("#sign-yes").click()
        desk.wait_for_url("**/invitations?party=*")
        desk.get_by_role("button", name="Make an invitation").click()
        page = self.comes(who)
        page.goto(desk.locator("#link").inner_text())
        page.get_by_role("button", name="Make my key on this device").click()
        page.locator("#offered").wait_for()
        letters = page.locator("#check").inner_text()
        desk.get_by_role("link", name="Look again").click()
        desk.get_by_role("button", name=f"Enrol key {letters}").click()
        desk.locator("#sign-yes").click()
        page.wait_for_url("**/me")
        expect(page.locator("h1")).to_have_text(f"{spelled(name)} ({name})")
        self.fits(who)

    def signs(self, who):
        """See what is signed, sign it; what was shown."""
        page = self.pages[who]
        page.locator("#go").click()
        expect(page.locator("#sign")).to_be_visible()
        words = page.locator("#sign-what").inner_text()
        self.fits(who)
        page.locator("#sign-yes").click()
        expect(page.locator("#done-title")).to_be_focused()
        return words

    def processes(self, who, step, code, kilos=None):
        """The form of a step of an item."""
        page = self.go(who, f"/me/process?item={code.replace('-', '')}")
        page.locator("#step").select_option(step)
        if kilos is not None:
            page.locator("#goods .quantity").fill(kilos)
        return page

    def sends(self, who, code, kilos, to):
        page = self.processes(who, "dispatch", code, kilos)
        page.locator("#to").fill(to)
        page.locator("#to-found button").first.click()
        expect(page.locator("#to-picked")).to_contain_text(to)
        words = self.signs(who)
        assert to in words and f"{kilos} kg" in words

    def receives(self, who):
        page = self.go(who, "/me/arrivals")
        page.locator("[data-slip] .sign-it").click()
        page.get_by_role("button", name="Send now").click()
        expect(page.locator("#recorded li")).to_have_count(1)

    def made(self, who):
        """The code of what one has just made or registered."""
        shown = self.pages[who].locator("#recorded .mono, #registered .code").first
        return re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", shown.inner_text())[0]


@pytest.fixture(params=[(PHONE, "browser"), (DESK, "whole_browser")], ids=["phone", "desktop"])
def day(request, tmp_path):
    """At a desk in Chromium as people have it, which takes twice the time of the other build."""
    size, browser = request.param

    def of_size(*given):
        return Day(*given, size)

    with open_market(tmp_path / "home", request.getfixturevalue(browser), of_size) as found:
        yield found


def is_receipt(reader, entry, name):
    """Whether an entry is the receipt of the party of a name."""
    link = parse(entry)
    is_received = link.event is not None and link.event["bizStep"] == "receiving"
    return is_received and reader.name(link.actor) == name


def test_a_day_from_the_admission_to_a_changed_byte(day):
    ledger = day.world.ledger
    day.founded()
    for who, name, role, division in (
        ("farm", "青山养殖场", "Producer", "350212"),
        ("house", "同安屠宰场", "Processor", "350212"),
        ("wholesaler", "闽南批发行", "Wholesaler", "350206"),
    ):
        day.admits("authority", who, name, role, division)
    day.admits("authority", "office", "湖心市场管理处", "Market", "350206")
    day.admits("authority", "inspector", "湖里区监管所", "Office", "350206")

    # The market office is appointed, and admits its own stalls.
    desk = day.go("authority", "/people")
    desk.get_by_role("link", name="湖心市场管理处").click()
    desk.locator("#remit").fill("350206")
    desk.locator("#appoint").click()
    desk.locator("#sign-yes").click()
    expect(desk.locator("main")).to_contain_text("May admit in")
    day.admits("office", "stall", "A 区 12 号", "Stall", "350206")

    # The farm: a product, a batch, and what it was given.
    farm = day.go("farm", "/me/products")
    farm.get_by_label("Name", exact=True).fill("生猪")
    farm.get_by_label("Category").fill("畜禽/生猪")
    farm.get_by_role("button", name="See what is signed").click()
    farm.locator("#sign-yes").click()
    expect(farm.locator(".products")).to_contain_text("生猪")
    farm = day.go("farm", "/me/register")
    farm.get_by_label("Amount").fill("900")
    farm.get_by_role("button", name="See what is signed").click()
    expect(farm.locator("#sign-what")).to_contain_text("900 kg")
    farm.locator("#sign-yes").click()
    expect(farm.locator("#registered li")).to_have_count(1)
    pigs = day.made("farm")
    farm = day.processes("farm", "feed", pigs)
    farm.locator("#substance").fill("豆粕")
    assert "豆粕" in day.signs("farm")
    day.sends("farm", pigs, "900", "同安屠宰场")

    # The slaughterhouse, the wholesaler, the stall.
    day.receives("house")
    house = day.go("house", "/me/process")
    house.locator("#step").select_option("slaughter")
    house.locator("#goods .choice").select_option(index=1)
    house.locator("#goods .quantity").fill("900")
    house.locator("#made .product").fill("猪白条")
    house.locator("#made .quantity").fill("620")
    house.locator("#certificate").fill("闽检 0077")
    assert "猪白条" in day.signs("house")
    pork = day.made("house")
    day.sends("house", pork, "620", "闽南批发行")
    day.receives("wholesaler")
    day.sends("wholesaler", pork, "40", "A 区 12 号")
    day.receives("stall")

    # Labelled: the PDF is read back.
    stall = day.go("stall", "/me/labels")
    stall.locator(".pick input").check()
    stall.locator(".count").fill("3")
    stall.get_by_role("button", name="Issue labels").click()
    expect(stall.locator("#sign-what")).to_contain_text("3")
    stall.locator("#sign-yes").click()
    expect(stall.locator("#ready")).to_contain_text("3 labels")
    labels = read_back(stall.request.get(stall.locator("#file").evaluate("one => one.href")))
    assert len(labels) == 3
    scanned = labels[0].replace(day.url.upper(), day.url)

    # Scanned: the answer first, then checked on the phone itself.
    ledger.followers.catch_up()
    shopper = day.comes("shopper")
    shopper.goto(scanned)
    expect(shopper.locator(".answer.is-good h1")).to_have_text("Verified")
    day.fits("shopper")
    expect(shopper.locator("main")).to_contain_text("猪白条")
    for stop in ("同安屠宰场", "闽南批发行", "A 区 12 号"):
        expect(shopper.locator(".journey")).to_contain_text(stop)
    shopper.get_by_role("button", name="Check it on this phone").click()
    expect(shopper.locator("#phone .said")).to_contain_text("Verified on this phone")

    # The inspector looks, and runs an audit.
    inspector = day.go("inspector", "/inspect")
    expect(inspector.locator("h1")).to_have_text("My division Xiamen, Huli District")
    assert audit(ledger).is_good

    # One byte of the wholesaler's receipt, with SQL: the same scan says broken, and where.
    wholesaler = "闽南批发行"
    with ledger.reading() as reader:
        found = ((index, reader.link(index).entry) for index in range(reader.size()))
        index, entry = next(one for one in found if is_receipt(reader, one[1], wholesaler))
    payload = parse(entry).envelope.payload
    other = payload.replace(b'"quantity":620', b'"quantity":920')
    changed = entry.replace(base64.b64encode(payload), base64.b64encode(other))
    assert len(changed) == len(entry) and changed != entry
    change(ledger, "UPDATE link SET entry = ? WHERE leaf = ?", changed, index)
    shopper.goto(scanned)
    expect(shopper.locator(".answer.is-bad")).to_be_visible()
    broken = shopper.locator(f"#l{index}.is-bad")
    expect(broken).to_contain_text(wholesaler)
    expect(broken).to_contain_text("were changed after they were recorded")
    day.fits("shopper")
    assert not audit(ledger).is_good
    for who, page in day.pages.items():
        assert [one for one in page.errors if "409" not in one] == [], who
        assert page.hosts == {day.url}, who
