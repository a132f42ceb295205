"""A supplier in a real browser: a product, batches in few taps, yesterday's again, and a table."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from playwright.sync_api import expect
from support.ledger.world import days_ago
from support.web.axe import assert_accessible, violations
from support.web.signing import DESK, PHONE
from support.web.stall import LINKS

from suyuan.trace.format.times import zone
from suyuan.trace.recording.bulk import finished
from suyuan.trace.recording.imports.batches import Batch
from suyuan.trace.recording.imports.table import read_table
from suyuan.trace.watch.audit import audit

HEADINGS = "产品名称,规格,数量,单位,生产日期,保质期(天),产地,批号"
ROWS = 430
TABLES = """async () => {
  const from = document.querySelector("script[type=module]").src.split("pages/")[0];
  const store = await import(`${from}pages/table/table-store.js`);
  const tables = await store.all();
  const entries = [];
  for (const one of tables) {
    for (let at = 0; at < one.arrays; at += 1) entries.push(await store.entries(one.id, at));
  }
  return { tables: tables.map(({ file, ...rest }) => rest), entries };
}"""


@pytest.fixture
def farm(market):
    """A farm with a phone: its URI, and the page."""
    return market.stall("青山农场", role="producer", division="350212")


def wrong_on(page, path):
    """What axe finds on a page in both languages, and what is too wide at either size."""
    found = []
    for language in ("en", "zh"):
        page.goto(f"{path}?lang={language}")
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            found += [f"{path} {language}: wider than the screen"] if wide else []
        found += [f"{path} {language}: {one}" for one in violations(page)]
    page.set_viewport_size(PHONE)
    return found


def sign(page):
    page.get_by_role("button", name="Sign and send").click()


def taps(page):
    return page.evaluate("Number(sessionStorage.taps)")


def test_a_product_then_a_batch_in_few_taps_and_yesterdays_again_in_one(market, farm):
    uri, page = farm
    url, today = market.url, datetime.now(zone()).date()
    page.goto(f"{url}/me/register")
    page.get_by_role("link", name="Add a product").click()
    page.get_by_label("Category").fill("蔬菜/叶菜类")
    page.get_by_label("Package", exact=True).fill("箱")
    page.get_by_label("How much is in it").fill("two")
    page.get_by_label("Shelf life").fill("3")
    page.get_by_role("button", name="See what is signed").click()
    expect(page.locator("#name-wrong")).to_contain_text("it is empty – give the product's name")
    expect(page.locator("#conversions-wrong")).to_contain_text("'two' is no number")
    expect(page.get_by_label("Category")).to_have_value("蔬菜/叶菜类")
    expect(page.locator("#name")).to_be_focused()
    page.get_by_label("Name", exact=True).fill("上海青")
    page.get_by_label("How much is in it").fill("20")
    page.get_by_role("button", name="See what is signed").click()
    expect(page.locator("#sign-what")).to_contain_text("上海青")
    sign(page)
    expect(page.locator(".note.is-good")).to_contain_text("Signed and recorded as no.")
    expect(page.locator(".products")).to_contain_text("1 Xiang (箱) = 20 kg")
    page.get_by_role("button", name="Change Shang Hai Qing (上海青)").click()
    expect(page.locator("#form-title")).to_have_text("Change a product")
    page.get_by_label("Shelf life").fill("4")
    page.get_by_role("button", name="See what is signed").click()
    sign(page)
    expect(page.locator(".products")).to_contain_text("keeps 4 days")
    assert wrong_on(page, f"{url}/me/products") == []

    # A batch: one field and two taps, the product being known; harvest with it.
    page.goto(f"{url}/me/register")
    page.evaluate("sessionStorage.taps = 0")
    expect(page.locator("#rest-says")).to_have_text(
        "shelf life in days: 4 · Xiamen, Tong'an District"
    )
    page.get_by_label("Amount").fill("3o")
    page.get_by_role("button", name="See what is signed").click()
    expect(page.locator("#quantity-wrong")).to_contain_text("no unit 'o'")
    expect(page.get_by_label("Amount")).to_have_value("3o")
    page.evaluate("sessionStorage.taps = 0")
    page.get_by_label("Amount").fill("38")
    page.get_by_label("Unit").select_option("箱")
    page.get_by_label("Record the harvest with it").check()
    page.get_by_role("button", name="See what is signed").click()
    expect(page.locator("#sign-what h3")).to_have_text(["Harvested", "Coded at the source"])
    expect(page.locator("#sign-what")).to_contain_text("760 kg")
    sign(page)
    expect(page.locator("#registered li")).to_have_count(1)
    assert taps(page) <= 4
    shown = page.locator("#registered .code").inner_text()
    code = shown.replace("-", "")
    for name, path in (("Its page", f"/t/{code}"), ("Labels", f"/me/labels?item={code}"),
                       ("Record a step", f"/me/process?item={code}")):  # fmt: skip
        link = page.locator("#registered").get_by_role("link", name=name)
        assert link.get_attribute("href") == url + path
    ticked = page.context.new_page()
    ticked.goto(f"{url}/me/labels?item={code}")
    row = ticked.locator(".lines li").filter(has_text=shown)
    expect(row.get_by_role("checkbox")).to_be_checked()
    ticked.close()
    harvest, coding = market.links(uri)
    assert (harvest.items[0].seq, coding.items[0].seq) == (0, 1)
    assert coding.event["ilmd"]["suyuan:productionDate"] == today.isoformat()
    assert coding.event["suyuan:quantities"][0]["unit"] == "箱"

    # Yesterday's, said now: the same again, one amount altered, one left out.
    yesterday(market, page, uri)
    page.goto(f"{url}/me/register")
    page.evaluate("sessionStorage.taps = 0")
    rows = page.locator("#again li")
    expect(rows).to_have_count(3)
    rows.nth(0).locator(".quantity").fill("4O")
    rows.nth(2).locator(".quantity").fill("")
    page.locator("#again-go").click()
    expect(rows.nth(0).locator(".field-wrong")).to_contain_text("no")
    expect(rows.nth(0).locator(".quantity")).to_be_focused()
    rows.nth(0).locator(".quantity").fill("40")
    page.evaluate("sessionStorage.taps = 0")
    page.locator("#again-go").click()
    expect(page.locator("#sign-what h3")).to_have_text(["Coded at the source"] * 2)
    sign(page)
    expect(page.locator("#registered li")).to_have_count(2)
    expect(page.locator("#again")).to_be_hidden()
    assert taps(page) == 2
    made = [link.event for link in market.links(uri)][-2:]
    assert [one["quantityList"][0]["quantity"] for one in made] == [40, 12]
    assert {one["ilmd"]["suyuan:productionDate"] for one in made} == {today.isoformat()}
    assert wrong_on(page, f"{url}/me/register") == []
    assert page.errors == [error for error in page.errors if "422" in error]
    page.errors.clear()
    assert page.hosts == {url}
    assert audit(market.world.ledger).is_good


def yesterday(market, page, uri):
    """Three batches of yesterday, signed by the farm's key in its browser."""
    day = datetime.now(UTC) - timedelta(days=1)
    made = page.evaluate(
        """async ([day, date]) => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const { post } = await import(`${from}sign/api.js`);
          const { signAndSend } = await import(`${from}sign/link.js`);
          const keys = await import(`${from}sign/keys.js`);
          const of = (name, quantity) => ({ name, quantity, unit: "KGM", produced: date });
          const batches = [of("菠菜", "30"), of("黄瓜", "12"), of("茄子", "8")];
          const set = await post("/api/v1/batches/draft", { batches });
          for (const draft of set.drafts) draft.event.eventTime = day;
          return signAndSend(set, await keys.find(document.body.dataset.keyid));
        }""",
        [
            day.astimezone(zone()).strftime("%Y-%m-%dT%H:%M:%S.000+08:00"),
            day.astimezone(zone()).date().isoformat(),
        ],
    )
    assert len(made) == 3
    market.world.ledger.followers.catch_up()


def table_of(tmp_path, name="batches.csv"):
    """A table of good rows, and three that are not."""
    lines = [
        f"上海青,精选,{number}.5,公斤,{days_ago(3)},3,350212,B{number}"
        for number in range(1, ROWS + 1)
    ]
    lines[4] = f"黄瓜,,三十,公斤,{days_ago(3)},3,350212,X"
    lines[200] = ",,3,公斤,2026-02-30,3,350212,X"
    lines[300] = f"茄子,,3,箱,{days_ago(3)},3,350212,X"
    path = tmp_path / name
    path.write_text("\n".join([HEADINGS, *lines]), "utf-8")
    return path


def test_a_table_is_checked_signed_whole_broken_off_and_resumed(market, farm, tmp_path):
    uri, page = farm
    url, path = market.url, table_of(tmp_path)
    world = market.world
    with world.ledger.reading() as reader:
        before = reader.size()
    assert wrong_on(page, f"{url}/me/upload") == []
    page.goto(f"{url}/me/upload")
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    page.get_by_label("Table").set_input_files(broken)
    expect(page.locator("#file-wrong")).to_contain_text("save it again as .xlsx")
    page.get_by_label("Table").set_input_files(path)
    expect(page.locator("#sums b")).to_have_text([f"Good: {ROWS - 3}", "To be put right: 3"])
    expect(page.locator("#bad > li")).to_have_count(3)
    expect(page.locator("#bad > li").nth(1)).to_contain_text("Row 202")
    expect(page.locator("#bad > li").nth(1)).to_contain_text("the calendar has no 2026-02-30")
    expect(page.locator("#good > li")).to_have_count(50)
    page.locator("#good summary").first.click()
    expect(page.locator("#good .exact").first).to_contain_text('"suyuan:lot":"B1"')
    page.locator("#more-good").click()
    expect(page.locator("#good > li")).to_have_count(100)
    assert_accessible(page)

    # It is refused at first, which is said, and tried again. Then the second array gets no answer:
    # the first is there, and the page is left.
    refused = {"status": 422, "detail": "not now", "rule": "time"}
    page.route(LINKS, lambda route: route.fulfill(status=422, json=refused))
    page.locator("#sign-all").click()
    expect(page.locator("#course-says")).to_contain_text("Sent so far: 0 of 427. The rest was ref")
    page.unroute(LINKS)
    sent = []

    def once(route):
        sent.append(route.request.post_data)
        route.continue_() if len(sent) == 1 else route.abort()

    page.route(LINKS, once)
    page.locator("#try").click()
    expect(page.locator("#course-says")).to_contain_text("No connection. Sent so far: 1 of 427")
    kept = page.evaluate(TABLES)
    assert [len(part) for part in kept["entries"]] == [1, 200, 200, 26]
    with world.ledger.reading() as reader:
        assert reader.size() == before + 1
    page.unroute(LINKS)
    page.goto(f"{url}/me/upload")
    expect(page.locator("#course-says")).to_contain_text("All 427 batches are registered")
    expect(page.locator("#bar")).to_have_attribute("value", "1")
    links = market.links(uri, before)
    assert len(links) == ROWS - 3
    flat = [entry for part in kept["entries"] for entry in part]
    with world.ledger.reading() as reader:
        stored = [reader.link(number).entry.decode() for number in range(before, before + 427)]
    assert stored == flat
    assert page.evaluate(TABLES) == {"tables": [], "entries": []}

    # What `suyuan register` would have made of it, bar codes, event ids and times.
    with path.open("rb") as file:
        expected = [row for row in read_table(file, path.name) if isinstance(row, Batch)]
    by_command_line(market, tmp_path, expected, links)
    done = finished(world.ledger, uri, links[0].document["sha256"])
    assert done.links == ROWS - 3
    assert world.ledger.attachments.get(links[0].document["sha256"]) == path.read_bytes()
    assert audit(world.ledger).is_good

    # Once more is told, and nothing is sent.
    page.goto(f"{url}/me/upload?lang=zh")
    page.locator("#file").set_input_files(path)
    expect(page.locator("#course-says")).to_contain_text("这张表格以前登记过")
    csv = page.evaluate("async () => (await fetch(document.getElementById('codes').href)).text()")
    assert csv.count("\r\n") == ROWS - 2
    with world.ledger.reading() as reader:
        assert reader.size() == done.closed + 1
    assert [
        error for error in page.errors if "422" not in error and "ERR_FAILED" not in error
    ] == []
    assert page.hosts == {url}


def by_command_line(market, tmp_path, rows, links):
    """The same table registered by the command line's own functions in another ledger's words."""
    from suyuan.trace.cli.goods.register import drafts_of, source_of

    path = tmp_path / "batches.csv"
    source = source_of(path)
    bad = {6, 202, 302}
    made = list(drafts_of(market.world.ledger, path, source, bad))
    assert len(made) == len(links) == len(rows)
    for draft, link in zip(made, links, strict=True):
        item = draft.event["quantityList"][0]["epcClass"]
        text = json.dumps(bare(draft.event)).replace(item, link.items[0].item)
        assert json.loads(text) == bare(link.event)
        assert (draft.document, link.after) == (link.document, ())


def bare(event):
    return {k: v for k, v in event.items() if k not in ("eventID", "eventTime")}


def test_what_a_busy_server_did_not_do_is_asked_for_again(market, farm):
    """It is asked some times more where that is soon; a stopped ledger is not."""
    _uri, page = farm
    page.goto(f"{market.url}/me/register")
    drafting = """async (date) => {
      const from = document.querySelector("script[type=module]").src.split("pages/")[0];
      const { post } = await import(`${from}sign/api.js`);
      const batches = [{ name: "菠菜", quantity: "30", unit: "KGM", produced: date }];
      const set = await post("/api/v1/batches/draft", { batches }).catch((error) => error);
      return set.drafts ? set.drafts.length : set.status;
    }"""
    for wait, busy, answered, tries in (("1", 2, 1, 3), ("1", 9, 503, 4), ("60", 9, 503, 1)):
        asked = iter(range(20))
        refuse = {"status": 503, "headers": {"Retry-After": wait}, "body": "{}"}
        page.route("**/api/v1/batches/draft", partial(busy_for, asked, busy, refuse))
        assert page.evaluate(drafting, days_ago(1)) == answered
        assert next(asked) == tries
        page.unroute("**/api/v1/batches/draft")
    page.errors.clear()


def busy_for(asked, times, refuse, route):
    return route.fulfill(**refuse) if next(asked) < times else route.continue_()
