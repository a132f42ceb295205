"""A recall: its line in the list, its amounts from the first minute, on paper, as a spreadsheet."""

import io

import pypdfium2
from openpyxl import load_workbook
from playwright.sync_api import expect
from support.ledger.world import days_ago, event
from support.web.acting import KNOWN
from support.web.served import until

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef


def recall_a_lot(walk, name):
    """60 kg of the farm's: 20 came to a stall, 10 are on their way there."""
    ledger, cast, keys = walk.people.ledger, walk.people.cast, signers(walk.people.cast.seed)
    farm, stall, authority = (
        ledger.pen(cast.parties[who].uri, keys[who]) for who in ("farm", "stall-a15", "authority")
    )
    lot, act = (codes.uri_of(codes.new(), ledger.trust.host, kind) for kind in ("t", "act"))
    to = {"sender": cast.parties["farm"].uri, "recipient": cast.parties["stall-a15"].uri}
    coded = event("code", lot, "60", extra=steps.coding(name, days_ago(1), 5, None))
    ledger.write(farm, [Draft(event=coded)])
    (sent,) = ledger.write(farm, [Draft(event=event("dispatch", lot, "20", **to))])
    came = Draft(event=event("receive", lot, "20"), after=(AfterRef(sent.index, sent.hash),))
    ledger.write(stall, [came])
    ledger.write(farm, [Draft(event=event("dispatch", lot, "10", **to))])
    data, named = acts.listed([lot])
    said = acts.recall_order(act, 1, KNOWN, "检出禁用农药", named)
    ledger.write(authority, [Draft(statement=said)], [data])


def assert_printed(walk, page, words, without, sheets=3):
    """It prints on so many sheets of A4, with these words and without menus and buttons."""
    paper = pypdfium2.PdfDocument(page.pdf(format="A4"))
    text = "".join(sheet.get_textpage().get_text_bounded() for sheet in paper)
    assert words in text and len(paper) <= sheets, (len(paper), text[:300])
    assert {round(max(sheet.get_size())) for sheet in paper} <= {842, 843}
    for button in (walk.say("退出登录", "Sign out"), without):
        assert button not in text, text


# Paper is the same from every screen: each prints two of them.
PRINTED = {
    "phone": [("/inspect/party?party={farm}", "绿野", "JSON"), ("/inspect/queue", None, None)],
    "desk": [("/inspect/chain?item={code}", "广式腊肠", None), ("/lineage/{code}", "广式", None)],
}


def test_what_is_printed_is_clean_sheets(walk):
    cast = walk.people.cast
    code = cast.label("stall-sausage", "sausage-1").split("/")[0]
    for path, words, without in PRINTED[walk.size]:
        page = walk.open(path.format(farm=cast.parties["farm"].uri, code=code), "authority")
        heading = words or page.locator("h1").inner_text()
        assert_printed(walk, page, heading, without or walk.say("承办人", "Who does it"), sheets=12)


def test_a_recall_adds_up_from_its_first_minute(walk):
    name = f"豇豆 {walk.size} {walk.language}"
    recall_a_lot(walk, name)
    page = walk.open("/recalls", "authority")
    row = page.locator("tbody tr").filter(has_text=name)
    asked = walk.say("2 个未答复", "2 have not")
    # The recall is there with its record, who has the goods when the follower took that in.
    until(lambda: page.reload() and row.count() == 1 and asked in row.inner_text())
    expect(row).to_contain_text("检出禁用农药")
    walk.assert_sound(page)
    row.locator("a").first.click()

    # Every kilogram is somewhere.
    amounts = page.locator("dl.rows").filter(has_text=walk.say("在经营者手中", "With holders"))
    held, on_its_way = amounts.locator("div").nth(1), amounts.locator("div").nth(2)
    for line, words in ((held, "50"), (on_its_way, "10")):
        expect(line).to_contain_text(words)
    expect(amounts).to_contain_text(walk.say("尚未处置", "Not accounted for"))
    walk.assert_sound(page)

    # On paper without the buttons, and the list as a spreadsheet.
    assert_printed(walk, page, name.split(maxsplit=1)[0], without=walk.say("扩大", "Take more"))
    answer = page.request.get(f"{walk.people.served.url}/recalls?format=xlsx")
    rows = load_workbook(io.BytesIO(answer.body())).active.iter_rows(values_only=True)
    assert any(name in str(cells) for cells in rows)
    assert page.errors == []
