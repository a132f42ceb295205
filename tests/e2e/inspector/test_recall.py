"""The recall of the demo city in browsers, at both sizes: from a failed test to its closing.

Office, authority and three stalls each on a device of its own; the others by their own tools over
the same API.
"""

import io
import re
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import expect
from support.lineage.story import HOLDERS, LEFT, ByApi, Refused
from support.web.axe import assert_accessible, assert_fits
from support.web.signing import DESK, PHONE, serving
from support.web.stall import Market

from suyuan.trace.admission.link_builder import Pen
from suyuan.trace.cli.demo import city
from suyuan.trace.cli.demo.cast import HOST, signers
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import SHANGHAI
from suyuan.web.factory import create_app

REFUSED = re.compile("Failed to load resource.* (409|422) ")
REASON = "豇豆检出禁用农药毒死蜱，0.18毫克/千克"


class Tools(ByApi):
    """Those who act by tools of their own, over the ledger that the browsers see."""

    def __init__(self, home, ledger):
        cast = city.cast_of(home)
        self.ledger = ledger
        self.client = create_app(home, ledger=ledger).test_client()
        self.today, self.items = cast.today, cast.items
        self.people, self.keys = cast.parties, signers(cast.seed)
        self.lot, self.bunches = self.items["beans-1"], self.items["bunches-1"]
        self.dish = self.items["fried-beans-1"]

    def name(self, who):
        return self.people[who].name

    def code(self, item):
        return codes.of_uri(item, HOST)


class Demo(Tools):
    """The demo city with its pages, and devices of its people."""

    def __init__(self, home, ledger, url, browser, size):
        super().__init__(home, ledger)
        self.url, self.size, self.pages = url, size, []
        self.market = Market(SimpleNamespace(ledger=ledger), url, browser)

    def devices(self, *wanted):
        """Further devices of residents, enrolled by their own keys: a signed-in page for each."""
        offers = []
        for who, locale in wanted:
            uri = self.people[who].uri
            self.pages.append(self.market.browse(self.size, locale))
            offers.append((who, uri, self.market.offer(self.pages[-1], uri, uri)))
        for who, uri, code in offers:
            origin, key = self.ledger.trust.origin, self.keys[who]
            self.market.enrol(code, Pen(origin, uri, key, self._heads, self.ledger.now))
        for page in self.pages:
            page.wait_for_url("**/me")
        return self.pages

    def scanned(self, who, item):
        """What a consumer's page says of one's label, by its code."""
        code = codes.of_chain(item, self.people[who].uri)
        states = self.client.get(f"/api/v1/items/{code}").json["states"]
        # A dish is to be eaten the same day, which may be over by now.
        return next((one for one in states if one != "expired"), "verified")


@pytest.fixture(params=[DESK, PHONE], ids=["desktop", "phone"])
def town(request, tmp_path, browser, monkeypatch):
    home = tmp_path / "city"
    ledger = city.build(home)
    with serving(SimpleNamespace(home=home, ledger=ledger), monkeypatch) as url:
        found = Demo(home, ledger, url, browser, request.param)
        yield found
        for context in found.market.contexts:
            context.close()
    ledger.close()


def sign(page):
    """Sign what the panel shows."""
    expect(page.locator("#sign-what h3").first).to_be_visible()
    assert_fits(page)
    page.locator("#sign-yes").click()


def accessible(page, path):
    """Nothing is over the side in either language, nor inaccessible: a phone in Chinese."""
    for language in ("en", "zh"):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert_fits(page)
        if (language == "zh") == (page.viewport_size == PHONE):
            assert_accessible(page, path)


def photo():
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(data, "JPEG")
    return {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def test_a_recall_from_a_failed_test_to_its_closing(town):
    lot, bunches, dish = town.lot, town.bunches, town.dish
    label = codes.of_chain(bunches, town.people["stall-a15"].uri)
    town.record("laboratory", label, "test", None, result="不合格", tested="毒死蜱0.18毫克/千克")
    office, authority, other, a15, a18, a21 = town.devices(
        ("office", "en"),
        ("authority", "en"),
        ("authority", "en"),
        ("stall-a15", "zh-CN"),
        ("stall-a18", "en"),
        ("stall-a21", "zh-CN"),
    )
    hold = held_at_once(town, office, label)
    stopped(town, a18)
    act = ordered(town, authority)
    code = act.rsplit("/", 1)[1]
    assert {town.scanned(w, bunches) for w in ("stall-a15", "stall-a18")} == {"recalled"}
    assert (town.scanned("school", lot), town.scanned("school", dish)) == ("recalled", "verified")

    planned_again(town, authority, code)
    taken_in_and_cleared(town, authority, code)
    acknowledged(town, {"stall-a15": a15, "stall-a18": a18, "stall-a21": a21})
    by_tool = [who for who in HOLDERS if who not in ("stall-a15", "stall-a18", "stall-a21")]
    for who in by_tool:
        town.say(who, "recall.acknowledge", act)
    for who, item, kilos in LEFT:
        if who in by_tool:
            town.report(who, act, town.items[item], None, recovered=kilos)
    evening = datetime.combine(town.today - timedelta(days=1), time(18, 50), SHANGHAI)
    town.record("stall-a18", bunches, "sell", "1.5", when=evening)  # before the hold: a fact
    reported(town, a15, recovered="15.6", file=photo())
    reported(town, a18, recovered="11", sold="13")
    not_yet(town, authority, code)
    corrected(town, a21)
    closed_by_two(town, authority, other, code)

    (found,) = [one for one in town.get("recalls")["acts"] if one["act"] == act]
    assert found["state"] == "closed"
    progress = town.progress(act)
    assert progress["closing"]["adds_up"] and progress["effectiveness"]["acknowledged"] == 7
    photos = [f for h in progress["holders"] for r in h["reports"] for f in r["files"]]
    assert len(photos) == 1 and town.ledger.attachments.has(photos[0])
    released(town, office, hold)
    authority.goto(f"{town.url}/t/{label}?lang=en")
    expect(authority.locator("h1").first).to_have_text("Recalled: do not eat it")
    expect(authority.locator("main")).to_contain_text("The recall was closed on")
    assert town.scanned("school", dish) == "verified"
    drilled(town, authority, a15)
    for page in town.pages:
        # The browser itself writes into its console what was refused, as it had to be.
        others = [text for text in page.errors if not REFUSED.search(text)]
        assert others == [] and page.hosts == {town.url}


def held_at_once(town, page, label):
    """The office: from the stall's label back to its source, and a hold of all but the lunch."""
    path = f"{town.url}/recalls/new?item={label}&direction=source"
    accessible(page, path)
    page.goto(f"{path}&lang=en")
    expect(page.locator(".bad")).to_have_text("Failed")
    rows = page.locator(".reach-items > li")
    expect(rows).to_have_count(3)
    for who in HOLDERS:
        expect(page.locator(".reached")).to_contain_text(town.name(who))
    graph = page.locator(".graph img")
    expect(graph).to_be_visible()
    assert graph.evaluate("one => one.decode().then(() => one.naturalWidth)") > 300
    expect(page.locator("#reason")).to_have_value("Test failed: 毒死蜱0.18毫克/千克")
    page.locator(f'[name=item][value="{town.dish}"]').uncheck()
    page.locator("#reason").fill("")
    page.locator("#go").click()
    expect(page.locator("#reason-wrong")).to_contain_text("Say why")
    page.locator("#reason").fill("豇豆检出毒死蜱，暂停销售")
    page.locator("#go").click()
    expect(page.locator("#sign-what")).to_contain_text("豇豆检出毒死蜱，暂停销售")
    expect(page.locator("#sign-what .named li")).to_have_count(2)
    sign(page)
    page.wait_for_url("**/act/*")
    expect(page.locator("h1")).to_contain_text("On hold")
    found, *_others = town.get("holds")["acts"]
    assert found["by"] == town.people["office"].uri and found["count"] == 2
    return found["act"]


def stopped(town, page):
    """A stall sees why it sells no more of it."""
    accessible(page, f"{town.url}/me")
    accessible(page, f"{town.url}/recalls")
    page.goto(f"{town.url}/me?lang=en")
    expect(page.locator("#recall-box")).to_contain_text("1 recall or hold concerns you")
    page.locator("#recall-box a").click()
    expect(page.locator(".act.is-red")).to_contain_text("Sales and dispatches of it are refused")
    with pytest.raises(Refused) as refused:
        town.record("stall-a18", town.bunches, "sell", "1")
    assert refused.value.rule == "hold"
    page.goto(f"{town.url}/recalls/new?item={town.code(town.bunches)}&lang=en")
    expect(page.locator("#go")).to_be_visible()
    expect(page.locator("[name=kind][value=recall]")).to_have_count(0)  # it did not make them
    assert_fits(page)


def ordered(town, page):
    """The authority: a recall of level I, the eaten lunch found not concerned, with its reason."""
    page.goto(f"{town.url}/recalls/new?item={town.code(town.lot)}&lang=en")
    page.locator("[name=kind][value=recall]").check()
    page.locator("#reason").fill(REASON)
    page.locator(f'[name=item][value="{town.dish}"]').uncheck()
    page.locator("#go").click()
    expect(page.locator('[data-of="level"]')).to_have_text("Choose a level.")
    page.locator("[name=level][value='1']").check()
    page.locator("#go").click()
    expect(page.locator("#left-wrong")).to_contain_text("not concerned")
    expect(page.locator("#reason")).to_have_value(REASON)
    page.locator("#why_left_out").fill("已全部食用，留样复检合格")
    page.locator("#planned-order").fill("2999-01-01T00:00")
    page.locator("#go").click()
    expect(page.locator("#planned-order-wrong")).to_contain_text("when the plan was made")
    page.locator("#planned-order").fill(page.locator("#known").input_value())
    page.locator("#go").click()
    expect(page.locator("#sign-what .named")).to_have_count(2)
    expect(page.locator("#sign-what .named").first.locator("li")).to_have_count(2)
    sign(page)
    page.wait_for_url("**/act/*")
    expect(page.locator("h1")).to_contain_text("Level I")
    expect(page.locator("main")).to_contain_text("Plan made")
    found, *_others = town.get("recalls")["acts"]
    assert (found["count"], found["level"], found["drill"]) == (2, 1, False)
    return found["act"]


def planned_again(town, page, code):
    """A plan is stated on the act's page too; a later one moves no deadline."""
    before = town.get(f"recalls/{code}")["planned"]
    page.goto(f"{town.url}/recalls/{code}?lang=en")
    page.locator("#do-recall-plan summary").click()
    form = page.locator("#do-recall-plan form")
    form.locator("button").click()
    expect(form.locator('[data-of="planned"]')).to_contain_text("when the plan was made")
    form.locator("[name=planned]").fill(f"{town.ledger.now().astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    form.locator("button").click()
    expect(page.locator("#sign-what")).to_contain_text("State the plan of a recall")
    with page.expect_navigation():  # the page loads itself again
        sign(page)
    assert town.get(f"recalls/{code}")["planned"] == before


def taken_in_and_cleared(town, page, code):
    """Another lot is taken in by its code, found not concerned, and not red any more."""
    other = town.items["bok-choy-2"]
    for op, pick, state in (
        ("extend", lambda form: form.locator("[name=codes]").fill(town.code(other)), "recalled"),
        ("clear", lambda form: form.locator(f'[value="{other}"]').check(), "verified"),
    ):
        page.goto(f"{town.url}/recalls/{code}?lang=en")
        page.locator(f"#do-recall-{op} summary").click()
        form = page.locator(f"#do-recall-{op} form")
        form.locator("button").click()
        expect(form.locator('[data-of="items"]')).to_contain_text("Name at least one item")
        pick(form)
        form.locator("[name=reason]").fill("同车运输")
        form.locator("button").click()
        expect(page.locator("#sign-what .named li")).to_have_count(1)
        with page.expect_navigation():
            sign(page)
        expect(page.locator(f"#do-recall-{op}")).not_to_have_attribute("open", "")
        assert town.scanned("stall-greens", other) == state


def released(town, page, act):
    """The office ends its hold."""
    page.goto(f"{town.url}/act/{act.rsplit('/', 1)[1]}?lang=en")
    page.locator("#do-hold-release [name=reason]").fill("已全部召回")
    page.locator("#do-hold-release button").click()
    sign(page)
    expect(page.locator("main > section").first).to_contain_text("released")
    expect(page.locator(".may")).to_have_count(0)


def drilled(town, page, phone):
    """A drill is ordered and answered as a recall, says so everywhere, and stops no sale."""
    lot = town.items["bok-choy-2"]
    page.goto(f"{town.url}/recalls/new?item={town.code(lot)}&lang=en")
    page.locator("[name=kind][value=recall]").check()
    page.locator("[name=level][value='2']").check()
    page.locator("[name=drill][value=yes]").check()
    page.locator("#reason").fill("季度演练")
    page.locator("#go").click()
    expect(page.locator("#sign-what")).to_contain_text(re.compile(r"A drill\s*yes"))
    sign(page)
    page.wait_for_url("**/act/*")
    expect(page.locator("main .drill").first).to_have_text("Drill")
    accessible(page, page.url.split("?")[0])
    assert town.scanned("stall-greens", lot) == "verified"
    accessible(page, f"{town.url}/recalls")
    expect(page.locator("table.cards tbody tr").first).to_contain_text("模拟召回")
    phone.goto(f"{town.url}/me?lang=en")
    expect(phone.locator("#recall-box")).to_have_count(0)  # it never had any of it


def acknowledged(town, pages):
    """One tap on each phone."""
    for who, page in pages.items():
        if who == "stall-a15":
            accessible(page, f"{town.url}/me/recalls")
        page.goto(f"{town.url}/me/recalls")
        card = page.locator(".act.is-red").first
        expect(card.locator(".due")).to_be_visible()
        card.locator(".acknowledge").click()
        expect(page.locator(".act .ok").first).to_be_visible()
        expect(page.locator(".acknowledge")).to_have_count(0)


def reported(town, page, file=None, **kilos):
    page.goto(f"{town.url}/me/recalls")
    form = page.locator("form.report")
    for kind, amount in kilos.items():
        form.locator(f"[name={kind}]").fill(amount)
    expect(form.locator(".sum-of")).to_have_class("sum-of is-even")
    if file is not None:
        form.locator("[type=file]").set_input_files(file)
    form.locator("button:not([type])").click()
    sign(page)
    expect(page.locator(".goods.is-done")).to_have_count(1)


def not_yet(town, page, code):
    """It cannot be closed: what is missing is told by its holder."""
    page.goto(f"{town.url}/recalls/{code}?lang=en")
    page.locator("#do-recall-close summary").click()
    expect(page.locator(".gaps li")).to_have_count(1)
    expect(page.locator(".gaps")).to_contain_text(town.name("stall-a21"))
    expect(page.locator(".gaps")).to_contain_text("16.6 kg")
    page.locator("#do-recall-close button").click()
    expect(page.locator('#do-recall-close [data-of="accept_missing"]')).to_contain_text("16.6 kg")
    accessible(page, f"{town.url}/recalls/{code}")


def corrected(town, page):
    """What is typed wrong is said beside it and kept; what does not add up is asked about."""
    page.goto(f"{town.url}/me/recalls?lang=en")
    form = page.locator("form.report")
    field, button = form.locator("[name=recovered]"), form.locator("button:not([type])")
    field.fill("16.6x")
    button.click()
    expect(form.locator(".goods .field-wrong")).to_contain_text("A number of 0 or more")
    expect(field).to_have_value("16.6x")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("6。6")
    expect(form.locator(".sum-of")).to_have_text("6.6 kg of 16.6 kg: 10 kg is missing.")
    button.click()
    expect(form.locator(".sure")).to_be_visible()
    form.locator(".all").click()
    expect(field).to_have_value("16.6")
    button.click()
    sign(page)
    expect(page.locator(".goods.is-done")).to_have_count(1)


def closed_by_two(town, one, other, code):
    """Of two officers that close it at once one does, and the other is told."""
    for page in (one, other):
        page.goto(f"{town.url}/recalls/{code}?lang=en")
        page.locator("#do-recall-close summary").click()
        expect(page.locator("#do-recall-close")).to_contain_text("The quantities add up.")
        page.locator("#do-recall-close button").click()
        expect(page.locator("#sign")).to_be_visible()
    sign(other)
    expect(other.locator(".may")).to_have_count(0)
    expect(other.locator("main > section").first).to_contain_text("closed")
    one.locator("#sign-yes").click()
    expect(one.locator("#said")).to_have_class(re.compile("is-bad"))
    expect(one.locator("#said-exact")).to_contain_text("ended")
