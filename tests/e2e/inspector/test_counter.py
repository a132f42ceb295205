"""An inspector in a real browser: at a counter, also offline, and watching an audit."""

import io
import threading

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import expect
from support.ledger.world import HOST
from support.web.axe import assert_sound
from support.web.client import change
from support.web.signing import DESK, PHONE
from support.web.stall import RECORDS, Market, open_market, recorded

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.recording.papers import salt_of
from suyuan.trace.watch.audit import audit
from suyuan.trace.watch.auditing import job

KEPT = """async () => (await Promise.all((await caches.keys()).map(async (name) =>
  (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat()"""


class Street(Market):
    """A stall that has a lot, and an inspector with a phone."""

    def __init__(self, world, url, browser):
        super().__init__(world, url, browser)
        self.holder, self.lot = world.party("A 区 12 号"), world.new_lot()
        world.code(self.farm, self.lot)
        world.hand_over(self.farm, self.holder, self.lot)
        self.code = codes.of_chain(self.lot, self.holder.uri)
        self.office, self.page = self.stall("集美分局", role="office")
        world.ledger.followers.catch_up()

    def looks_good(self, where):
        assert_sound(self.page, where, controls="button, select, .button, textarea")

    def in_both(self, path, name, check):
        """The page in both languages and sizes."""
        for language, size in (("zh", PHONE), ("en", DESK)):
            self.page.set_viewport_size(size)
            mark = "&" if "?" in path else "?"
            self.page.goto(f"{self.url}{path}{mark}lang={language}")
            check()
            self.looks_good((name, language, size["width"]))
        self.page.set_viewport_size(PHONE)


@pytest.fixture
def street(tmp_path, browser):
    with open_market(tmp_path / "home", browser, Street) as found:
        yield found


def png(picture):
    made = io.BytesIO()
    picture.convert("RGB").save(made, "PNG")
    return {"name": "photo.png", "mimeType": "image/png", "buffer": made.getvalue()}


def wait_until_kept(page, path):
    for _ in range(2_000):
        if path in page.evaluate(KEPT):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{path} is not kept: {page.evaluate(KEPT)}")


def test_a_label_is_scanned_looked_up_and_the_record_signed_offline(street):
    page, seen = street.page, street.page.locator("#seen")
    page.goto(f"{street.url}/inspect/counter")
    page.get_by_role("button", name="Look it up").click()
    expect(page.locator("#code-wrong")).to_have_text("Type or scan a code first.")
    page.locator("#code").fill("0000-0000-0000-0000")
    page.keyboard.press("Enter")
    expect(page.locator("#code-wrong")).to_contain_text("no code of this ledger")
    expect(page.locator("#code")).to_have_value("0000-0000-0000-0000")
    symbol = qrcode.make(f"https://{HOST}/t/{street.code}").get_image()
    page.locator("#code-photo").set_input_files(png(symbol))
    expect(seen.locator(".left")).to_have_text("30 kg")
    expect(seen.locator(".holder")).to_have_text("A 区 12 号")
    expect(page.locator("#licence")).to_contain_text("Stall")
    expect(page.locator("#answer .heading")).to_have_text("Verified")
    wait_until_kept(page, "/inspect/counter")

    page.context.set_offline(True)
    page.goto(f"{street.url}/inspect/counter")  # the page itself opens
    expect(page.locator(".offline")).to_contain_text("No network")
    page.locator("#before button").click()
    expect(page.locator("#as-of")).to_contain_text("As of")
    expect(seen.locator(".left")).to_have_text("30 kg")
    review = page.get_by_role("button", name="See what you sign")
    review.click()
    expect(page.locator("#outcome-wrong")).to_contain_text("Say what was found")
    page.get_by_label("The quantity differs").check()
    review.click()
    expect(page.locator("#amount-wrong")).to_have_text("Say how much was found.")
    page.get_by_label("Found at the counter").fill("27。50")
    page.locator("#note").fill("老板很配合")
    page.locator("#photo").set_input_files(png(Image.new("RGB", (300, 200), "green")))
    expect(page.locator("#photos li")).to_have_count(1)
    review.click()
    said = page.locator("#sign-what")
    expect(said).to_contain_text("Objection · The quantity differs · 27.5 kg found")
    expect(said).to_contain_text("老板很配合")
    expect(page.locator("#sign-exact")).not_to_contain_text("老板很配合")
    street.looks_good("signing")
    page.get_by_role("button", name="Sign the record").click()
    expect(page.locator("#waiting li")).to_have_count(1)
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#waiting")).to_contain_text("Waiting for the network")
    (kept,) = page.evaluate(RECORDS)
    assert street.links(street.office) == []
    sent = []
    page.on("request", lambda one: "/api/v1/links" in one.url and sent.append(one.post_data_json))
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.locator("#waiting")).to_contain_text("You are signed out")
    assert sent == []  # and nothing is given up
    page.context.add_cookies(cookies)
    page.evaluate("dispatchEvent(new Event('online'))")
    recorded(page)
    assert [one["entry"] for one in sent] == kept["entries"]  # the very bytes

    (link,) = street.links(street.office)
    event = link.event
    assert link.entry.decode() == kept["entries"][0]
    assert event["suyuan:found"] == {"value": "27.5", "unit": "KGM"}
    (photo,) = event["suyuan:attachments"]
    assert photo["as"] == "photo" and photo["type"] == "image/jpeg" and photo["private"]
    with street.world.ledger.reading() as reader:
        shown = street.world.ledger.disclosures.shown(reader, parse(link.entry))
    salt = shown.pop("/suyuan:attachments/0/salt")
    assert shown == {"/suyuan:note": "老板很配合"}
    files = street.world.ledger.private_files
    assert len(files.get(photo["sha256"], salt_of(salt))) == photo["size"]
    asked = {"item": street.code, "outcomes": ["quantity"], "note": "老板很配合",
             "kind": "regular", "found": {"value": "27.50", "unit": "KGM"},
             "photos": [{"sha256": photo["sha256"], "salt": salt}]}  # fmt: skip
    drafted = page.evaluate(
        """async (asked) => (await fetch("/api/v1/inspections/draft", {
          method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify(asked) })).json()""",
        asked,
    )["drafts"][0]
    own = ("eventID", "eventTime", "suyuan:private")
    assert {k: v for k, v in drafted["event"].items() if k not in own} == {
        k: v for k, v in event.items() if k not in own
    }
    assert drafted["after"] == [{"index": a.index, "hash": a.hash} for a in link.after]

    street.world.ledger.followers.catch_up()
    page.goto(f"{street.url}/t/{street.code}")
    expect(page.locator(".tests")).to_contain_text("Inspected at the counter")
    expect(page.locator(".tests")).to_contain_text("27.5 kg found")
    expect(page.locator(".tests")).to_contain_text("集美分局")
    assert [one for one in page.errors if "ERR_INTERNET_DISCONNECTED" not in one and
            "status of 404" not in one and "status of 401" not in one] == []  # fmt: skip
    assert page.hosts == {street.url}
    assert audit(street.world.ledger).is_good


def test_a_lot_of_nobodys_asks_at_whose_counter_and_all_is_right_is_one_tap(street):
    page = street.page
    page.goto(f"{street.url}/inspect/counter?code={street.lot.rsplit('/', 1)[1]}")
    page.locator("#holders").get_by_role("button", name="A 区 12 号").click()
    expect(page.locator("#seen .holder")).to_have_text("A 区 12 号")
    page.get_by_label("Spoiled").check()
    page.locator("[value=ok]").check()
    expect(page.get_by_label("Spoiled")).not_to_be_checked()
    page.get_by_role("button", name="See what you sign").click()
    page.get_by_role("button", name="Sign the record").click()
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#waiting li")).to_have_count(0)
    expect(page.locator("#recorded")).to_contain_text("All right")
    assert street.links(street.office)[-1].event["suyuan:result"] == "pass"

    def looked_up():
        expect(page.locator("#seen .left")).to_contain_text("30")

    street.in_both(f"/inspect/counter?code={street.code}", "counter", looked_up)


def test_an_audit_is_begun_watched_to_good_and_after_a_changed_byte_says_where(street):
    page, answer = street.page, street.page.locator("#answer h1")
    page.goto(f"{street.url}/inspect/audit")
    street.looks_good("none yet")
    page.get_by_role("button", name="Audit the ledger").click()
    expect(answer).to_have_text("Waiting for a worker")
    street.looks_good("waiting")
    over = threading.Event()
    worker = threading.Thread(target=job.serve, args=(street.world.ledger, over))
    worker.start()
    try:
        expect(answer).to_have_text("Nothing is wrong", timeout=300_000)
        expect(page.locator("#parts .is-done")).to_have_count(6)
        street.in_both("/inspect/audit", "good", lambda: None)
        change(
            street.world.ledger,
            'UPDATE link SET entry = CAST(replace(CAST(entry AS TEXT), \'"sig":"\', '
            '\'"sig":"A\') AS BLOB) WHERE leaf = 3',
        )
        page.goto(f"{street.url}/inspect/audit")
        page.get_by_role("button", name="Audit once more").click()
        expect(answer).to_have_text("Tampering found: record no. 3", timeout=300_000)
    finally:
        over.set()
        worker.join()
    expect(page.locator(".broken")).to_contain_text("The stored bytes were changed")
    street.in_both("/inspect/audit", "bad", lambda: None)
    assert page.hosts == {street.url}
