"""Each answer a page can give, as people meet it: seen at once, within the screen, accessible."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from support.ledger.world import days_ago, event
from support.web.acting import hold, order
from support.web.axe import assert_accessible, assert_fits, violations
from support.web.client import change, page_of
from support.web.signing import DESK, PHONE
from support.web.stall import Market, open_market

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import Complaints
from suyuan.web.factory import create_app

SERIAL = "0123456789ABC"
PERSON = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8"  # whose scans are counted
CONSUMER = {
    "recalled": {"en": "Recalled: do not eat it", "zh": "已召回，请勿食用"},
    "held": {"en": "Sale stopped", "zh": "已暂停销售"},
    # It was handed over after its last day, which goes before that the day has passed.
    "expired": {"en": "The records contradict each other", "zh": "记录之间互相矛盾"},
    "broken": {"en": "Broken: this record was changed", "zh": "记录被改动，请勿采信"},
    "copied": {
        "en": "Verified",
        "zh": "溯源信息完整，未发现改动",
    },  # what strangers' scans say is no answer
}
OTHERS = {
    "receipt": {"en": "Your report was received", "zh": "已收到您反映的问题"},
    "missing": {"en": "Page not found", "zh": "找不到此页"},
    "forbidden": {"en": "That did not work", "zh": "请求未能完成"},
    "overdue": {"en": "To follow up", "zh": "待办事项"},
    "admit": {"en": "Admit a party", "zh": "新增经营主体"},
}
OVERDUE = {"en": "Receipt overdue", "zh": "逾期未确认收货"}
STATUS = {"missing": 404, "forbidden": 403}
LANGUAGES = ("zh", "en")


class Street(Market):
    """A market with a page of every answer, two days after its goods came."""

    def __init__(self, world, url, browser, paths):
        super().__init__(world, url, browser)
        self.paths = paths
        uri, self.office = self.stall("思明区监管所", role="office", user_agent=PERSON)
        world.say(world.authority, acts.appoint(uri, ["350206"]))

    def opened(self, page, name, language):
        """Open the page of an answer in a language; its status."""
        path = self.paths[name]
        return page.goto(f"{self.url}{path}{'&' if '?' in path else '?'}lang={language}").status


def told(world):
    """A page of every answer: its path, by its name."""
    farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    lots = {name: world.new_lot() for name in (*CONSUMER, "arriving")}
    for name, lot in lots.items():
        made = days_ago(30 if name == "expired" else 1)
        world.do(farm, event("code", lot, "100", extra=steps.coding("上海青", made, 5, "350212")))
        if name != "arriving":
            world.hand_over(farm, stall, lot)
    sent = event("dispatch", lots["arriving"], "3", sender=farm.uri, recipient=stall.uri)
    world.do(farm, sent)
    world.labelled(stall, lots["copied"], SERIAL)
    order(world, farm, lots["recalled"])
    hold(world, world.authority, lots["held"])
    world.ledger.followers.catch_up()
    with world.ledger.reading() as reader:
        stored = reader.in_chain(lots["broken"], farm.uri, 0)
    at = stored.entry.index(b'"payload":"') + 40
    entry = bytearray(stored.entry)
    entry[at] ^= 1
    change(world.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", bytes(entry), stored.index)
    later = world.ledger.now() + timedelta(days=2)
    world.ledger.clock = lambda: later
    _scanned_often(world, codes.of_chain(lots["copied"], stall.uri))
    report = Complaints(world.home).add(
        later, code="x", serial=None, item=lots["held"], holder=stall.uri, kind="ill", text="腹泻"
    )
    serial = {"copied": SERIAL}
    return {name: page_of(lots[name], stall.uri, serial.get(name)) for name in CONSUMER} | {
        "receipt": f"/report/{complaints.shown(report.number)}", "missing": "/nothing",
        "forbidden": "/inspect?division=110101", "admit": "/admit",
        "overdue": "/inspect/queue?source=overdue",
    }  # fmt: skip


def _scanned_often(world, code):
    counter = create_app(world.home, ledger=world.ledger).extensions["suyuan.scans"]
    for _ in range(40):
        counter.count(code, SERIAL, world.ledger.now(), is_issued=True)
    counter.flush()


@pytest.fixture(scope="module")
def street(tmp_path_factory, browser):
    home = tmp_path_factory.mktemp("street") / "home"
    with open_market(home, browser, Street, lambda world: [told(world)]) as found:
        yield found


def answered(page, said):
    """The answer is what the page begins with, all of it in the first screen."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(said)
    box, screen = heading.bounding_box(), page.viewport_size
    assert box["y"] >= 0 and box["y"] + box["height"] <= screen["height"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= screen["width"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_seen_at_once_and_is_accessible(street, language):
    page = street.office
    for name, said in (CONSUMER | OTHERS).items():
        page.set_viewport_size(PHONE)
        assert street.opened(page, name, language) == STATUS.get(name, 200), name
        answered(page, said[language])
        if name == "overdue":
            expect(page.locator(".tasks tbody tr")).to_contain_text(OVERDUE[language])
            expect(page.locator(".is-late")).to_be_visible()
        assert_accessible(page, name)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            assert_fits(page, name, size)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_consumer_is_answered_without_scripts(street, browser, language):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, user_agent=PERSON)
    page = context.new_page()
    for name, said in CONSUMER.items():
        street.opened(page, name, language)
        answered(page, said[language])
        advice = page.locator(".answer p").first.bounding_box()
        assert advice["y"] + advice["height"] <= PHONE["height"], name
    context.close()


def test_small_targets_are_found(browser):
    """axe leaves them out of what it does by itself."""
    page = browser.new_page(viewport=PHONE)
    page.set_content('<main><a href="/a">1</a><br><a href="/b">2</a></main>')
    assert any(line.startswith("target-size") for line in violations(page))
    page.close()
