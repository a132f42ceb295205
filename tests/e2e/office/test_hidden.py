"""Who sees what, in a real browser: hidden when it is signed, shown to the entitled, erased."""

from playwright.sync_api import expect
from support.goods.papers import PDF
from support.ledger.private import PRICE
from support.ledger.world import event
from support.web.axe import assert_accessible, assert_fits
from support.web.signing import DESK, modules

from suyuan.keys import base64
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private.digests import commitment, digest, disclosure, leave_out
from suyuan.trace.watch.audit import audit

PEN = "3.20 元"
RAIN = "路上有雨"
NAME = "陈大明"


def look(page):
    page.locator("#go").click()
    expect(page.locator("#sign")).to_be_visible()
    return page.locator("#sign-what")


def test_hidden_from_the_consumer_shown_to_the_recipient_and_the_office_and_erased(market):
    world = market.world
    farm, page = market.stall("青山养殖场", role="producer")
    _shop, other = market.stall("和顺水产")
    _office, office = market.stall("厦门市局", DESK, role="office")
    consumer = market.browse()

    # A new lot, then its dispatch with a price, a remark, a name, and a report for few.
    page.goto(f"{market.url}/me/process?step=catch")
    page.locator("#fresh").check()
    page.locator("#product").fill("大黄鱼")
    page.locator("#goods .quantity").fill("40")
    look(page)
    page.locator("#sign-yes").click()
    expect(page.locator("#done-title")).to_be_focused()
    page.locator("#step").select_option("dispatch")
    page.locator("#goods .choice").select_option(index=1)
    page.locator("#goods .quantity").fill("12")
    page.locator("#to").fill("和顺")
    page.locator("#to-found button").click()
    page.locator("#confidential > summary").click()
    for name, text in (("price", PEN), ("remark", RAIN), ("person", NAME)):
        page.locator(f"#{name}").fill(text)
    expect(page.locator("#price-says")).to_have_text(
        "Read by: The two sides of the trade, and inspectors"
    )
    expect(page.locator("#read-price")).to_be_hidden()
    page.locator("#reading > summary").click()
    page.locator("#read-remark").select_option("named")
    page.locator("#go").click()
    expect(page.locator("#readers-wrong")).to_have_text(
        "Choose at least one party, or let others read it."
    )
    expect(page.locator("#reader")).to_be_focused()
    page.locator("#reader").fill("和顺")
    page.locator("#reader-found button").click()
    expect(page.locator("#readers .name")).to_have_text("He Shun Shui Chan (和顺水产)")
    expect(page.locator("#remark-says")).to_have_text(
        "Read by: its own party, He Shun Shui Chan (和顺水产) and inspectors"
    )
    page.locator("#files-private").check()
    page.locator("#files").set_input_files(
        {"name": "报告.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    expect(page.locator("#attached .about")).to_contain_text("not for everybody")
    page.locator("#attached .kind").select_option("report")
    assert_accessible(page)
    assert_fits(page)
    words = look(page)
    sides = "(hidden; may be read by its own party, He Shun Shui Chan (和顺水产) and inspectors)"
    expect(words).to_contain_text(f"{PEN} {sides}")
    expect(words).to_contain_text(f"{RAIN} {sides}")
    expect(words).to_contain_text(f"{NAME} (hidden; may be read by its own party and inspectors)")
    expect(words).to_contain_text("Attachment no. 1")
    expect(words).to_contain_text(
        "hidden; may be opened by those who had the goods before or after, and inspectors"
    )
    exact = page.locator("#sign-exact").text_content()
    assert "_sd" in exact and not any(text in exact for text in (PEN, RAIN, NAME))
    page.locator("#sign-yes").click()
    expect(page.locator("#recorded li li")).to_have_count(2)
    world.ledger.followers.catch_up()
    link = market.links(farm)[-1]
    assert len(link.event["suyuan:private"]["_sd"]) == 8
    with world.ledger.reading() as reader:
        index = reader.size() - 1
    lot = link.items[0].item

    # The consumer reads that there is something; the stall and the office read what is theirs.
    label = f"{market.url}/t/{codes.of_chain(lot, farm)}?lang=en"
    hidden = f"{market.url}/hidden/{index}"
    consumer.goto(label)
    consumer.get_by_role("heading", name="All that is recorded").click()
    step = consumer.locator(f"#l{index}").first
    expect(step).to_contain_text("Some of its fields are confidential.")
    expect(step).to_contain_text("private: not for everybody")
    for text in (PEN, RAIN, NAME):
        expect(consumer.locator("main")).not_to_contain_text(text)
    step.get_by_role("link", name="For those entitled").click()
    consumer.wait_for_url("**/signin?next=*")
    other.goto(hidden)
    expect(other.locator("main")).to_contain_text(PEN)
    expect(other.locator("main")).to_contain_text(RAIN)
    expect(other.locator("main")).not_to_contain_text(NAME)
    expect(other.locator("#erase [type=checkbox]")).to_have_count(0)
    with other.expect_download() as paper:
        other.get_by_role("link", name="PDF").click()
    assert paper.value.path().read_bytes() == PDF
    office.goto(hidden)
    for text in (PEN, RAIN, NAME):
        expect(office.locator("main")).to_contain_text(text)

    # The farm erases price and report; the page says so, stands, and verifies on the phone.
    page.goto(hidden)
    assert_accessible(page)
    assert_fits(page)
    page.locator("#go").click()
    expect(page.locator("#erase-wrong")).to_have_text("Choose what is to be erased.")
    page.get_by_label("Erase: Price").check()
    page.get_by_label("Erase: Test report").check()
    page.locator("#reason").fill("价格填错")
    expect(look(page)).to_contain_text("Erase hidden fields")
    page.locator("#sign-yes").click()
    expect(page.locator(".erased")).to_contain_text("价格填错")
    expect(page.locator("main")).not_to_contain_text(PEN)
    expect(page.locator("main")).to_contain_text(NAME)
    world.ledger.followers.catch_up()
    other.reload()
    expect(other.locator("main")).to_contain_text(RAIN)
    expect(other.locator("main")).not_to_contain_text(PEN)
    expect(other.get_by_role("link", name="PDF")).to_have_count(0)
    consumer.goto(label)
    expect(step).to_contain_text("Confidential fields of it were erased on ")
    consumer.locator("#phone button").click()
    expect(consumer.locator("#phone")).to_have_attribute("data-tone", "good")
    for one in (page, other, office, consumer):
        assert [text for text in one.errors if "status of 422" not in text] == []
        assert one.hosts == {market.url}
    assert audit(world.ledger).is_good


def test_the_browser_signs_nothing_but_what_it_shows(browser):
    """The page's module holds each disclosure to the digests of the body that would be signed."""
    body, stored = leave_out(event("count", "urn:x:lot", "1", extra={"suyuan:price": PEN}), [PRICE])
    other = disclosure(PRICE, "1 元", bytes(16))
    ask = """async ([body, handed]) => {
      const { fieldsOf } = await import("/sign/disclosed.js");
      const given = handed.map((disclosure) => ({ disclosure, audience: "own" }));
      try { return (await fieldsOf(body, given)).map((one) => [one.pointer, one.value]); }
      catch (error) { return String(error); }
    }"""
    refusal = "Error: a hidden field is not the one that would be signed"
    bare = {name: value for name, value in body.items() if name != "suyuan:private"}
    with modules(browser) as page:
        for of, handed, answer in (
            (body, stored, [[PRICE, PEN]]),
            (body, [other], refusal),
            (body, [*stored, other], refusal),
            (bare, stored, refusal),
            (bare | {"suyuan:private": commitment([other])}, stored, refusal),
            (bare | {"suyuan:private": commitment([other])}, [other], [[PRICE, "1 元"]]),
        ):
            assert page.evaluate(ask, [{"event": of}, handed]) == answer
        made = page.evaluate(
            """async (text) => {
              const { commitmentOf, disclosureOf } = await import("/sign/disclosed.js");
              const stored = disclosureOf("/suyuan:price", text);
              return [stored, await commitmentOf([stored])];
            }""",
            PEN,
        )
    assert digest(made[0]) in made[1]["_sd"] and len(made[1]["_sd"]) == 8
    assert PEN.encode() in base64.decode_url(made[0])
