"""Labels and basins in a real browser: signed on the phone, printed, scanned; opened offline."""

import json
import os
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from support.ledger.world import HOST
from support.web.axe import assert_fits, assert_sound
from support.web.signing import DESK, PHONE, modules, until
from support.web.stall import read_back, recorded, sign

from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.steps import Portion
from suyuan.trace.log.merkle import root_of_texts
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.watch.audit import audit

MIX = "urn:suyuan:step:mix"


def taken_over(market, page):
    """The slip is signed as it stands, and all is followed."""
    market.open(page, clock=False)
    sign(page)
    page.locator("#waiting .now").click()
    recorded(page)
    market.world.ledger.followers.catch_up()


def stocked(market, page, uri, *kilos):
    """Lots that a stall has received."""
    _index, lots = market.send(uri, *kilos)
    taken_over(market, page)
    return lots


def printed(page, link):
    """What the symbols of the file say that a link gives."""
    answer = page.request.get(link.evaluate("one => one.href"))
    assert answer.status == 200, answer.text()
    return read_back(answer)


def statements(market, actor):
    with market.world.ledger.reading() as reader:
        found = [parse(reader.link(number).entry) for number in range(reader.size())]
    return [
        (link.items[0].item, link.statement)
        for link in found
        if link.actor == actor and link.statement and link.statement["type"] == "labels"
    ]


def other_serials(route):
    answer = route.fetch()
    body = answer.json()
    body["labels"][0]["serials"][0] = "0" * 13
    route.fulfill(response=answer, json=body)


def test_two_lots_are_labelled_in_one_go_printed_scanned_voided_and_printed_again(market):
    uri, page = market.stall()
    lots = stocked(market, page, uri, "30", "12.5")
    page.locator("section").get_by_role("link", name="On the counter").click()
    page.get_by_role("link", name="Labels: Shang Hai Qing (上海青)").first.click()
    expect(page.locator(".pick input:checked")).to_have_count(1)
    page.locator(".pick input:not(:checked)").check()
    counts = page.locator(".count")
    counts.nth(0).fill("0")
    page.get_by_role("button", name="Issue labels").click()
    expect(page.locator(".of-count .field-wrong").first).to_contain_text("from 1 to 5000")
    counts.nth(0).fill("3")
    counts.nth(1).fill("4")
    page.get_by_role("button", name="More labels: Shang Hai Qing (上海青)").nth(1).click()
    page.locator("#size").select_option("40x30")
    page.locator("#language").select_option("zh")
    # A draft that does not say what was asked for is not signed.
    page.route("**/labels/draft", other_serials)
    page.get_by_role("button", name="Issue labels").click()
    expect(page.locator("#said")).to_contain_text("Nothing was signed")
    expect(page.locator("#sign")).not_to_be_visible()
    page.unroute("**/labels/draft")
    page.get_by_role("button", name="Issue labels").click()
    what = page.locator("#sign-what")
    expect(what).to_contain_text("Number of labels")
    for lot in lots:
        expect(what).to_contain_text(codes.shown(codes.of_chain(lot, uri)))
    assert statements(market, uri) == []
    page.locator("#sign-yes").click()
    expect(page.locator("#ready")).to_have_text("8 labels are issued and can be printed.")
    urls = printed(page, page.locator("#file"))
    said = dict(statements(market, uri))
    assert sorted(one["count"] for one in said.values()) == [3, 5]
    for lot in lots:
        start = f"{market.url.upper()}/T/{codes.of_chain(lot, uri)}/"
        serials = [url.removeprefix(start) for url in urls if url.startswith(start)]
        assert root_of_texts(serials).hex() == said[lot]["root"]
    with page.expect_popup() as opened:
        page.locator("#file").click()
    opened.value.close()
    # Scanned by a consumer.
    shopper = market.browse()
    shopper.goto(urls[0].replace(market.url.upper(), market.url))
    expect(shopper.locator(".answer.is-good")).to_be_visible()
    # Spoiled: its page says so, and it is printed no more.
    page.locator("#spoiled").fill("0" * 13)
    page.get_by_role("button", name="Declare it void").click()
    expect(page.locator("#void-wrong")).to_contain_text("no good label of yours")
    page.locator("#spoiled").fill(urls[0])
    page.get_by_role("button", name="Declare it void").click()
    expect(what).to_contain_text("Void labels")
    page.locator("#sign-yes").click()
    expect(page.locator("#said")).to_have_text("Declared void: it must not be stuck on anything.")
    shopper.reload()
    expect(shopper.locator("body")).to_contain_text("has withdrawn this label")
    # Printed again: the choice of size is remembered, the serials are the same.
    page.reload()
    expect(page.locator("#size")).to_have_value("40x30")
    again = [printed(page, link) for link in page.locator(".again").all()]
    assert sorted(url for one in again for url in one) == urls[1:]
    # For a label printer, and on sheets, what does not fit together cannot be chosen.
    page.locator("#size").select_option("a4-3x8")
    expect(page.locator("#skip")).to_be_visible()
    page.locator("#kind").select_option("zpl")
    expect(page.locator("#size")).to_have_value("60x40")
    expect(page.locator("#skip")).not_to_be_visible()
    href = page.locator(".again").first.evaluate("one => one.href")
    assert ".zpl?" in href and page.request.get(href).body().startswith(b"^XA")
    assert [one for one in page.errors if "422" not in one] == []
    assert page.hosts == {market.url}
    assert audit(market.world.ledger).is_good


def test_a_basin_is_mixed_in_one_tap_and_filled_up_and_its_label_tells_all_sources(market):
    uri, page = market.stall()
    kept(page, "/me")
    coop = market.world.party("海沧合作社", "producer")
    market.send(uri, "8", farm=coop)
    lots = stocked(market, page, uri, "30", "12.5")
    page.locator("[data-slip]:not(.is-done) .sign-it").click()
    page.get_by_role("button", name="Send now").click()
    recorded(page, 2)
    market.world.ledger.followers.catch_up()
    page.goto(f"{market.url}/me/holdings")
    picks = page.locator(".choose-it input")
    expect(picks).to_have_count(3)
    amounts = page.locator(".lines [data-line] .amount").all_inner_texts()
    one, two, three = (amounts.index(text) for text in ("30 kg", "12.5 kg", "8 kg"))
    picks.nth(one).check()
    expect(page.locator("#basin")).not_to_be_visible()
    picks.nth(two).check()
    expect(page.locator("#basin .signs")).to_have_text("Mixed: Shang Hai Qing (上海青) 42.5 kg")
    expect(page.locator("#basin .name")).to_have_value("上海青")  # what is signed of it
    page.locator("#basin summary").click()
    page.locator("#basin .number").first.fill("99")
    page.locator("#basin .mix-it").click()
    expect(page.locator("#basin .field-wrong")).to_contain_text("not so much")
    page.locator("#basin .number").first.fill("20.25")
    page.locator("#basin .name").fill("什锦青菜")
    kept(page, "/me", "/me/arrivals", "/me/holdings")
    page.context.set_offline(True)
    page.evaluate("sessionStorage.taps = 0")
    page.locator("#basin .mix-it").click()
    expect(page.locator("#waiting li")).to_have_count(1)
    assert page.evaluate("Number(sessionStorage.taps)") == 1
    # The counter shows it at once, without a network: what is left, and the new lot.
    expect(page.locator("#lots > li").first).to_contain_text("32.75 kg")
    expect(page.locator(".is-gone")).to_have_count(1)
    rest = page.locator("[data-line]:not(.is-gone) .amount")
    expect(rest.filter(has_text="9.75 kg")).to_have_count(1)
    # So does the page when it is opened anew, still offline, from what this phone has kept.
    page.reload()
    expect(page.locator(".offline")).to_contain_text("No network: this is as of")
    expect(page.locator("#lots > li").first).to_contain_text("32.75 kg")
    page.goto(f"{market.url}/me/arrivals?lang=en")
    expect(page.locator(".offline")).to_be_visible()
    page.goto(f"{market.url}/me/holdings")
    # Filled up with the third, still offline.
    page.get_by_role("checkbox", name="Choose to mix: 什锦青菜").check()
    picks = page.locator("[data-line] .choose-it input")
    picks.nth(three).check()
    expect(page.locator("#basin .into")).to_have_value(page.evaluate(BASIN))
    expect(page.locator("#basin .signs")).to_have_text("Mixed: 什锦青菜 8 kg")
    page.locator("#basin .mix-it").click()
    expect(page.locator("#lots > li").first).to_contain_text("40.75 kg")
    page.context.set_offline(False)
    for left in (1, 0):
        page.get_by_role("button", name="Send now").last.click()
        expect(page.locator("#waiting li")).to_have_count(left)
    recorded(page, 2 + 2)
    links = [link for link in market.links(uri) if link.event["bizStep"] == MIX]
    assert len(links) == 2
    (basin,) = {link.event["outputQuantityList"][0]["epcClass"] for link in links}
    assert len({link.event["transformationID"] for link in links}) == 1
    assert codes.is_code(basin.removeprefix(f"https://{HOST}/t/"))
    assert links[0].event["ilmd"] == {"suyuan:product": "什锦青菜"}
    assert market.stock(uri)[basin] == "40.75"
    with market.world.ledger.reading() as reader:
        assert set(Lineage(reader).reach([basin], forward=False)) > set(lots)
    # Its labels, from the row itself; a scan names every farm.
    page.locator("#lots > li").first.get_by_role("link", name="Labels").click()
    expect(page.locator(".pick input:checked")).to_have_count(1)
    page.locator(".of-count:visible .count").fill("2")
    page.get_by_role("button", name="Issue labels").click()
    page.locator("#sign-yes").click()
    expect(page.locator("#print")).to_be_visible()
    url = printed(page, page.locator("#file"))[0].replace(market.url.upper(), market.url)
    page.goto(url)
    for name in ("什锦青菜", "青山农场", "海沧合作社"):
        expect(page.locator("main")).to_contain_text(name)
    page.goto(f"{market.url}/me/holdings")
    expect(page.locator("#lots")).to_contain_text("40.75 kg")
    page.get_by_role("checkbox", name="Choose to mix: Shi Jin Qing Cai (什锦青菜)").check()
    page.locator("[data-line] .choose-it input:not(:checked)").first.check()
    expect(page.locator("#basin .into option")).to_have_count(2)  # known as a basin by the server
    assert page.errors == []
    assert audit(market.world.ledger).is_good


def kept(page, *paths):
    """Wait until these are all of one's own pages that the service worker has, of any key."""
    expect(page.locator("body")).to_be_visible()
    until(page, f"({KEPT})({json.dumps(sorted(paths))})")


KEPT = """async (paths) => {
  const found = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith("mine-1 "))) {
    const pages = await (await caches.open(name)).keys();
    found.push(...pages.map((page) => new URL(page.url).pathname));
  }
  return JSON.stringify(found.sort()) === JSON.stringify(paths);
}"""
BASIN = """() => [...document.querySelectorAll("#basin .into option")].pop().value"""


def test_codes_made_in_the_browser_are_codes(browser):
    with modules(browser) as page:
        pairs = [("https://trace.food.example/t/X", "urn:uscc:Y"), ("蔬菜", "农场")]
        made, chains = page.evaluate(
            """async (pairs) => {
              const codes = await import("http://localhost/offline/codes.js");
              const made = Array.from({ length: 2000 }, () => codes.newCode());
              const of = ([item, actor]) => codes.ofChain(item, actor);
              return [made, await Promise.all(pairs.map(of))];
            }""",
            pairs,
        )
        assert all(codes.is_code(code) for code in made)
        assert len(set(made)) == 2000
        assert {code[n] for code in made for n in range(15)} == set(codes.ALPHABET)
        assert chains == [codes.of_chain(*pair) for pair in pairs]
        lists = [[f"{n:013d}" for n in range(size)] for size in range(1, 20)]
        roots = page.evaluate(
            """async (lists) => {
              const { rootOf } = await import("http://localhost/sign/labels-root.js");
              return Promise.all(lists.map(rootOf));
            }""",
            lists,
        )
        assert roots == [root_of_texts(one).hex() for one in lists]


def test_ones_own_pages_go_with_ones_session_and_the_worker_sends_what_was_signed(market):
    uri, page = market.stall()
    kept(page, "/me")
    index, _lots = market.send(uri, "30")
    market.open(page, clock=False)
    kept(page, "/me", "/me/arrivals")
    page.goto(f"{market.url}/me")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    kept(page)
    page.get_by_role("button", name="Sign in as").click()
    page.wait_for_url("**/me")
    page.goto(f"{market.url}/me/holdings")
    kept(page, "/me", "/me/holdings")
    (name,) = page.evaluate(
        "caches.keys().then((all) => all.filter((one) => one.startsWith('mine')))"
    )
    assert name.endswith(page.locator("body").get_attribute("data-keyid"))
    page.evaluate(
        "caches.open('mine-1 another').then((it) => it.put('/me/holdings', new Response('x')))"
    )
    kept(page, "/me", "/me/holdings", "/me/holdings")
    page.goto(f"{market.url}/me/holdings")
    kept(page, "/me", "/me/holdings")  # of another key nothing is left
    page.context.clear_cookies()
    page.goto(f"{market.url}/me/holdings")
    page.wait_for_url("**/signin?**")
    kept(page)
    # What was signed is sent by the worker where no page is open.
    page.get_by_role("button", name="Sign in as").click()
    page.wait_for_url("**/me/holdings")
    market.open(page, clock=False)
    kept(page, "/me/arrivals", "/me/holdings")
    other = page.context.new_page()
    found = []
    watch, name = page.context.new_cdp_session(page), "ServiceWorker.workerRegistrationUpdated"
    watch.on(name, lambda said: found.extend(said["registrations"]))
    watch.send("ServiceWorker.enable")
    for _ in range(1_000):
        if not found:
            page.wait_for_timeout(50)
    sign(page)
    page.evaluate(
        """async () => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const store = await import(`${from}offline/outbox-store.js`);
          const [{ id }] = (await store.all()).filter((one) => one.state === "held");
          await store.change(id, (it) => ({ ...it, due: Date.now() + 3000 }));
        }"""
    )
    page.close()
    assert market.links(uri) == []
    session = other.context.new_cdp_session(other)
    session.send("ServiceWorker.enable")
    asked = {"origin": market.url, "registrationId": found[-1]["registrationId"], "tag": "outbox"}
    session.send("ServiceWorker.dispatchSyncEvent", {**asked, "lastChance": False})
    for _ in range(1_000):
        if not market.links(uri):
            other.wait_for_timeout(100)
    other.goto(f"{market.url}/me/arrivals")
    recorded(other)
    assert [link.after[0].index for link in market.links(uri)] == [index]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_labels_and_basins_are_accessible_and_never_too_wide(market, language):
    uri, page = market.stall("A 区 12 号 一个名字很长很长的摊位", size=PHONE, locale=language)
    stocked_with_a_box(market, page, uri)

    def check(where):
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            assert_fits(page, where)
            if shots := os.environ.get("SCREENSHOTS"):
                name = f"{shots}/{where}-{language}-{size['width']}.png"
                page.screenshot(path=name, full_page=True)
        assert_sound(page, where, least=48)

    page.goto(f"{market.url}/me/holdings")
    for row in page.locator("[data-line]").filter(has_text="上海青").all():
        row.locator(".choose-it input").check()
    expect(page.locator("#basin")).to_be_visible()
    page.locator("#basin summary").click()
    page.locator("#basin .number").first.fill("x")
    page.locator("#basin .mix-it").click()
    check("basin")
    page.locator("#basin .number").first.fill("1.5")
    page.locator("#basin .mix-it").click()
    expect(page.locator("#waiting li")).to_have_count(1)
    page.goto(f"{market.url}/me/labels")
    for box in page.locator(".pick input").all():
        box.check()
    page.locator(".count").first.fill("0")
    gifts = page.locator("[data-lot]").filter(has_text="礼盒")
    expect(gifts.locator(".count")).to_have_value("6")  # as many as there are pieces
    gifts.locator(".more").click()
    expect(gifts.locator(".overdrawn")).to_be_visible()
    expect(page.locator(".overdrawn:visible")).to_have_count(1)
    page.locator("#size").select_option("a4-3x8")
    page.locator("#issue").click()
    page.locator("#void-it").click()
    check("labels")
    page.locator(".count").first.fill("20")
    page.locator("#issue").click()
    expect(page.locator("#sign")).to_be_visible()
    check("signing")
    page.locator("#sign-yes").click()
    expect(page.locator("#print")).to_be_visible()
    page.goto(f"{market.url}/me/labels")
    check("again")
    page.goto(f"{market.url}/me/labels/scale")
    expect(page.locator("#print")).to_be_visible()
    check("scale")
    assert page.errors == []


def stocked_with_a_box(market, page, uri):
    """Two lots and a box of pieces on a counter."""
    world, farm = market.world, market.farm
    market.send(uri, "1234.567", "12.5")
    now, pieces = world.ledger.now(), [Portion(world.new_lot(), Decimal(6))]
    coded = steps.coding("礼盒", None, None, None)
    world.do(farm, steps.event("code", now, pieces, extra=coded))
    world.do(farm, steps.event("dispatch", now, pieces, sender=farm.uri, recipient=uri))
    world.ledger.followers.catch_up()
    taken_over(market, page)
