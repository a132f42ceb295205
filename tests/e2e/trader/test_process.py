"""Steps recorded in a real browser: a farm, a slaughterhouse, a laboratory, and who eats it."""

import hashlib
import re

import pytest
from playwright.sync_api import expect
from support.goods.papers import HTML, PDF, SVG, picture
from support.web.axe import assert_sound
from support.web.signing import DESK, PHONE
from support.web.stall import recorded, sign

from suyuan.trace.format.identifiers import codes
from suyuan.trace.recording import papers
from suyuan.trace.store.files import media
from suyuan.trace.watch.audit import audit

FILES = "**/api/v1/attachments"


def open_form(market, page, step=None, item=""):
    market.world.ledger.followers.catch_up()
    page.goto(f"{market.url}/me/process?item={item}")
    if step is not None:
        page.locator("#step").select_option(step)


def look(page):
    page.locator("#go").click()
    expect(page.locator("#sign")).to_be_visible()
    return page.locator("#sign-what").inner_text()


def finish(page):
    page.locator("#sign-yes").click()
    expect(page.locator("#done-title")).to_be_focused()


def unforeseen(page):
    """What went wrong besides what the server refused, which browsers note too."""
    return [one for one in page.errors if "status of 422" not in one]


def give(page, name, kind, data):
    page.locator("#files").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def last(market, uri):
    market.world.ledger.followers.catch_up()
    return market.links(uri)[-1]


def test_from_the_field_to_the_table_with_its_papers(market):
    """Farm, slaughterhouse and laboratory record; whoever scans the label reads their papers."""
    farm, page = market.stall("青山养殖场", role="producer")
    house, other = market.stall("同安屠宰场", role="processor")
    _lab, third = market.stall("市检测中心", DESK, role="laboratory")

    # A new lot, from its own form; then a treatment, of which the last answers are remembered.
    open_form(market, page, "catch")
    page.locator("#fresh").check()
    page.locator("#product").fill("生猪")
    page.locator("#goods .quantity").fill("900")
    page.locator("#origin").fill("350212")
    assert "900 kg" in look(page)
    finish(page)
    lot = last(market, farm).items[0].item
    open_form(market, page, "medicine", lot.rsplit("/", 1)[1])
    expect(page.locator("#goods .choice")).to_have_value(lot)
    expect(page.locator("#goods .quantity")).to_be_hidden()
    page.locator("#substance").fill("恩诺沙星")
    page.locator("#dose").fill("10 mg/kg")
    page.locator("#withdrawal").fill("fourteen")
    page.locator("#go").click()
    expect(page.locator("#withdrawal-wrong")).to_have_text("A whole number of days, 0 to 36,500.")
    expect(page.locator("#withdrawal")).to_be_focused()
    expect(page.locator("#withdrawal")).to_have_value("fourteen")
    page.locator("#withdrawal").fill("14")
    look(page)
    finish(page)
    said = last(market, farm).event
    assert (said["suyuan:substance"], said["suyuan:withdrawalDays"]) == ("恩诺沙星", 14)
    page.locator("#step").select_option("medicine")
    expect(page.locator("#substance")).to_have_value("恩诺沙星")

    # Taken too soon: that is said before it is signed, beside the goods, and so it is not signed.
    page.locator("#step").select_option("harvest")
    page.locator("#goods .choice").select_option(lot)
    page.locator("#goods .quantity").fill("20")
    look(page)
    expect(page.locator("#warned")).to_contain_text("Withdrawal period not kept")
    expect(page.locator("#goods .item-wrong")).to_have_text("Withdrawal period not kept")

    # Sent, with a delivery note.
    page.locator("#step").select_option("dispatch")
    expect(page.locator("#warnings")).to_be_hidden()
    expect(page.locator("#sign")).to_be_hidden()
    page.locator("#goods .quantity").fill("880,5")
    page.locator("#to").fill("屠宰")
    page.locator("#to-found button").click()
    expect(page.locator("#to-picked")).to_contain_text("同安屠宰场")
    page.locator("#note").fill("送 17")
    give(page, "送货单.pdf", "application/pdf", PDF)
    name = hashlib.sha256(PDF).hexdigest()
    expect(page.locator("#attached .hash")).to_have_text(f"SHA-256 begins with {name[:12]}")
    expect(page.locator("#attached .about")).to_contain_text("kept")
    expect(page.locator("#attached .kind")).to_have_value("note")
    page.locator("#go").click()
    expect(page.locator("#goods .quantity-wrong")).to_have_text("A number, such as 25 or 25.5.")
    expect(page.locator("#goods .quantity")).to_have_value("880,5")
    expect(page.locator("#attached li")).to_have_count(1)
    page.locator("#goods .quantity").fill("880.5")
    words = look(page)
    assert "同安屠宰场" in words and "880.5 kg" in words
    expect(page.locator("#warnings")).to_be_hidden()
    finish(page)
    sent = last(market, farm).event
    assert sent["destinationList"] == [{"type": "owning_party", "destination": house}]
    assert sent["suyuan:attachments"] == [papers.member(papers.examine(PDF), "note")]

    # Slaughtered: two products of one making, with the photograph of a certificate.
    market.open(other, clock=False)
    sign(other)
    other.get_by_role("button", name="Send now").click()
    recorded(other)
    open_form(market, other, "slaughter", codes.of_chain(lot, house))
    other.locator("#goods .quantity").fill("880.5")
    other.locator("#made .product").fill("猪白条")
    other.locator("#made .quantity").fill("600")
    other.locator("#add-made").click()
    other.locator("#made .product").nth(1).fill("猪肝")
    other.locator("#go").click()
    expect(other.locator("#made .quantity-wrong").nth(1)).to_have_text("Say how much.")
    other.locator("#made .quantity").nth(1).fill("20")
    other.locator("#certificate").fill("检 77")
    give(other, "检疫.png", "image/png", picture("PNG", (600, 400)))
    expect(other.locator("#attached .about")).to_contain_text("JPEG")
    other.locator("#attached .kind").select_option("quarantine")
    words = look(other)
    assert "猪肝" in words and "猪白条" in words
    finish(other)
    expect(other.locator("#recorded .mono")).to_have_count(2)
    made = market.links(house)[-2:]
    photo = made[0].event["suyuan:attachments"][0]
    assert photo["as"] == "quarantine" and photo["type"] == media.JPEG
    assert made[0].event["transformationID"] == made[1].event["transformationID"]
    pork = made[0].event["outputQuantityList"][0]["epcClass"]

    # Tested, under the code on the label; and what a consumer sees of all that.
    market.world.ledger.followers.catch_up()
    open_form(market, third, "test", codes.of_chain(pork, house))
    expect(third.locator("#goods .code")).to_have_value(codes.of_chain(pork, house))
    third.locator("#result").select_option("合格")
    give(third, "报告.pdf", "application/pdf", PDF)
    expect(third.locator("#attached .kind")).to_have_value("report")
    expect(third.locator("#attached .about")).to_contain_text("kept")
    look(third)
    finish(third)
    market.world.ledger.followers.catch_up()
    third.goto(f"{market.url}/t/{codes.of_chain(pork, house)}")
    third.locator(".tests summary").click()
    for kind in ("Test report", "Quarantine certificate"):
        expect(third.locator(".tests").get_by_role("link", name=kind)).to_be_visible()
    expect(third.locator(".tests")).to_contain_text("checked here: unchanged")
    link = third.locator(".tests").get_by_role("link", name="Quarantine").get_attribute("href")
    third.goto(market.url + link)  # opens, and is nothing but a picture
    assert third.evaluate("document.images.length") == 1
    assert third.evaluate("document.scripts.length") == 0
    for one in (page, other):
        assert unforeseen(one) == [] and one.hosts == {market.url}
    assert audit(market.world.ledger).is_good


def test_files_that_are_no_papers_are_refused_beside_the_field(market, tmp_path):
    _farm, page = market.stall("另一农场", role="producer")
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "/attachments" in one.url else None)
    open_form(market, page, "catch")
    page.locator("#fresh").check()
    page.locator("#product").fill("鱼")
    wrong = page.locator("#files-wrong")
    for name, kind, data, text in (
        ("x.svg", "image/svg+xml", SVG, "Only PDF files"),
        ("x.html", "text/html", HTML, "Only PDF files"),
        ("leer.pdf", "application/pdf", b"", "This file is empty"),
        ("x.png", "image/png", HTML, "Only PDF files"),
    ):
        give(page, name, kind, data)
        expect(wrong).to_contain_text(f"{name}: {text}")
    large = tmp_path / "groß.pdf"
    large.write_bytes(PDF + bytes(papers.MAX_BYTES))
    page.locator("#files").set_input_files(large)
    expect(wrong).to_contain_text("groß.pdf: A file may have 7 MB")
    assert asked == []
    give(page, "x.pdf", "application/pdf", HTML)  # what only the server sees
    expect(wrong).to_contain_text("x.pdf: Only PDF files")
    expect(page.locator("#attached li")).to_have_count(0)
    expect(page.locator("#product")).to_have_value("鱼")
    # A picture with something behind it is drawn anew: nothing but the picture is sent.
    give(page, "x.png", "image/png", picture("PNG") + HTML)
    expect(page.locator("#attached .about")).to_contain_text("kept")
    name = re.search(r"[0-9a-f]{12}", page.locator("#attached .hash").inner_text())[0]
    (kept,) = (market.world.home / "attachments" / name[:2]).glob(f"{name}*")
    assert papers.examine(kept.read_bytes()).type == media.JPEG
    page.get_by_role("button", name="Remove: x.png").click()
    expect(page.locator("#attached li")).to_have_count(0)
    assert unforeseen(page) == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_form_is_accessible_and_fits_and_works_by_keyboard(market, language):
    size = PHONE if language == "zh-CN" else DESK
    uri, page = market.stall(
        f"厦门市同安区青山生态农业 {language}", size, role="producer", locale=language
    )
    market.world.party(f"同安批发行 {language}", "wholesaler")

    def check(where):
        controls = "button, select, .button, input:not(.file), summary"
        assert_sound(page, where, controls=controls)

    open_form(market, page)
    check("empty")
    page.locator("#step").focus()
    for step in ("dispatch", "slaughter", "pack", "catch"):
        page.locator("#step").select_option(step)
        check(step)
    page.locator("#fresh").focus()
    page.keyboard.press("Space")
    page.locator("#product").focus()
    page.keyboard.type("大黄鱼")
    page.locator("#goods .quantity").focus()
    page.keyboard.type("12")
    give(page, "a.pdf", "application/pdf", PDF)
    expect(page.locator("#attached .kind")).to_be_visible()
    page.locator("#product").press("Enter")
    expect(page.locator("#sign")).to_be_visible()
    check("signing")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#done-title")).to_be_focused()
    check("done")
    page.locator("#step").select_option("loss")
    page.locator("#goods .quantity").fill("500")
    page.locator("#go").click()
    expect(page.locator("#reason-wrong")).not_to_be_empty()
    page.locator("#goods .choice").select_option(index=1)  # what was new just now
    page.locator("#reason").fill("x")
    page.locator("#go").click()
    expect(page.locator("#warned li")).to_have_count(1)
    check("warned")
    page.locator("#step").select_option("dispatch")
    page.locator("#to").fill("同安")
    expect(page.locator("#to-found button").first).to_be_visible()
    page.locator("#to").press("ArrowDown")
    check("recipients")
    page.keyboard.press("Escape")
    expect(page.locator("#to")).to_be_focused()
    assert unforeseen(page) == []
    market.world.ledger.followers.catch_up()
    caught = market.links(uri)[-1].items[0].item
    page.goto(f"{market.url}/t/{codes.of_chain(caught, uri)}")
    check("label")
