"""An office at its desk, in a real browser: its division, a search, a party, a chain, evidence."""

from playwright.sync_api import expect
from support.goods.papers import picture
from support.ledger.world import HOST, ORIGIN, event
from support.web.acting import order
from support.web.axe import assert_accessible, assert_sound
from support.web.client import change
from support.web.signing import DESK, PHONE

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.complaints import Complaints


def is_sound(page, where):
    """No axe violation, nothing small or over the side: on a desktop in Chinese, a phone."""
    at = page.url
    for size, language in ((DESK, "zh"), (PHONE, "en")):
        page.set_viewport_size(size)
        page.goto(f"{at}{'&' if '?' in at else '?'}lang={language}")
        assert_sound(page, where, language)
    page.set_viewport_size(DESK)
    page.goto(at)


def test_an_office_sees_searches_opens_and_exports(market, tmp_path):
    world, stall = market.world, market.world.party("A 区 12 号")
    lot = world.new_lot()
    world.code(market.farm, lot)
    world.hand_over(market.farm, stall, lot)
    world.do(stall, event("sell", lot, "500"))  # more than it had
    Complaints(world.home).add(world.ledger.now(), code="x", serial=None, item=lot,
                               holder=stall.uri, kind="spoiled", text="叶子发黄",
                               photo=picture("JPEG", size=(40, 30)))  # fmt: skip
    second = LocalSigner.new()
    world.say(stall, acts.enrol_signer(ORIGIN, stall.uri, second))
    world.say(stall, acts.revoke(stall.uri, second.public.keyid))
    order(world, world.authority, lot)
    world.ledger.followers.catch_up()
    _uri, page = market.stall(
        "鹭岛市监管所", DESK, role="office", division="350200", accept_downloads=True
    )

    # The state of its division, from the menu.
    page.get_by_role("link", name="Desk", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xiamen")
    tiles = page.locator(".tiles")
    for words in ("1 reports of consumers", "1 holds and recalls in force", "1 lots coded here"):
        expect(tiles.get_by_role("link", name=words)).to_be_visible()
    expect(page.locator(".acts")).to_contain_text("1 of them here")
    expect(page.get_by_role("heading", name="To follow up")).to_be_visible()
    is_sound(page, "state")

    # What consumers reported, with the photo.
    tiles.get_by_role("link", name="1 reports of consumers").click()
    page.get_by_role("link", name="It is spoiled or smells odd").click()
    report = page.locator(".report")
    expect(report).to_contain_text("叶子发黄")
    assert report.locator("img").evaluate("one => one.decode().then(() => one.naturalWidth)") == 40
    is_sound(page, "a report")
    page.get_by_role("radio", name="Done").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#next")).to_contain_text("Say what was done")
    expect(page.get_by_label("What was done about it")).to_be_focused()
    assert_accessible(page, "a note that is missing")
    assert len(page.errors) == 1 and "422" in page.errors.pop()  # the browser's own word for it
    page.get_by_label("What was done about it").fill("已责令下架")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).not_to_contain_text("It is spoiled")  # those that are open
    page.locator("#state").select_option("done")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="It is spoiled or smells odd").click()
    expect(report).to_contain_text("已责令下架")
    is_sound(page, "a report that was dealt with")
    page.get_by_role("link", name="Desk", exact=True).first.click()
    page.locator("#division").fill("35020")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#division-wrong")).to_contain_text("digits")
    expect(page.locator("#division")).to_have_value("35020")
    page.locator("#division").fill("350206")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xiamen, Huli District")

    # A search: by name, then by code.
    page.get_by_role("link", name="Search", exact=True).click()
    page.locator("#q").fill("A 区")
    page.keyboard.press("Enter")
    party = page.get_by_role("link", name="A 区 12 号")
    expect(party).to_be_visible()
    is_sound(page, "search")
    page.locator("#q").fill(codes.shown(codes.of_uri(lot, HOST)).lower())
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="上海青")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="A 区 12 号").click()

    # The party, and from it the chain.
    expect(page.get_by_role("heading", level=1)).to_have_text("A Qu 12 Hao (A 区 12 号)")
    keys = page.get_by_role("region", name="History of keys")
    expect(keys.locator("tbody tr")).to_have_count(2)
    expect(keys).to_contain_text("revoked")
    expect(page.locator("main")).to_contain_text("not acknowledged yet")
    is_sound(page, "party")
    page.get_by_role("link", name="上海青").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Every record of its history verified")
    page.locator(".chains a").filter(has_text="青山农场").click()
    links = page.locator(".links > li")
    expect(links).to_have_count(2)
    page.locator(".proofs > summary").click()
    page.locator(".links summary").first.focus()
    page.keyboard.press("Enter")
    expect(links.first.locator(".checks")).to_contain_text("as stored")
    links.first.get_by_text("What was signed").click()
    expect(links.first.locator("pre").first).to_contain_text('"signed_at"')
    is_sound(page, "chain")

    # It verifies here, and the file anywhere.
    page.get_by_role("button", name="Check it here").click()
    expect(page.locator("#phone .said")).to_contain_text(
        "Every record is unchanged and signed"  # of a lot that is recalled
    )
    with page.expect_download() as download:
        page.locator("#evidence").click()
    file, trust = tmp_path / "lot.suyuan", tmp_path / "trust.json"
    download.value.save_as(file)
    trust.write_text(world.trust.to_json(), "utf-8")
    assert run(cli, ["verify", str(file), "--trust", str(trust)]) == 0

    # One byte changed behind the ledger's back is shown at its link, and at no other.
    with world.ledger.reading() as reader:
        stored = reader.chain_links(lot, market.farm.uri)[1][1]
    entry = stored.entry[:-10] + bytes([stored.entry[-10] ^ 1]) + stored.entry[-9:]
    change(world.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", entry, stored.index)
    page.reload()
    bad = page.locator(".links > .is-bad")
    expect(bad).to_have_count(1)
    expect(bad).to_have_id(f"l{stored.index}")
    expect(bad).to_contain_text("stored and named by the next record")
    expect(page.get_by_role("status").first).to_contain_text(f"record no. {stored.index}")
    is_sound(page, "broken chain")
    assert page.errors == [] and page.hosts == {market.url}
