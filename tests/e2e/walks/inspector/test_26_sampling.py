"""A failed sample: taken offline, reported, held, recalled, disposed of, published, closed."""

from playwright.sync_api import expect
from support.desk.steps import fill_sheet, path_of, record, report_test, send, shown, sign_sheet
from support.ledger.world import day_of, days_ago, event
from support.web.served import until

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef


def at_a_stall(walk, name):
    """A lot of the farm's, 20 kg of it at a stall; its code there."""
    ledger, cast, keys = walk.people.ledger, walk.people.cast, signers(walk.people.cast.seed)
    farm, stall = (ledger.pen(cast.parties[who].uri, keys[who]) for who in ("farm", "stall-a15"))
    lot = codes.uri_of(codes.new(), ledger.trust.host)
    to = {"sender": cast.parties["farm"].uri, "recipient": cast.parties["stall-a15"].uri}
    coded = event("code", lot, "60", extra=steps.coding(name, days_ago(1), 5, None))
    ledger.write(farm, [Draft(event=coded)])
    (sent,) = ledger.write(farm, [Draft(event=event("dispatch", lot, "20", **to))])
    came = Draft(event=event("receive", lot, "20"), after=(AfterRef(sent.index, sent.hash),))
    (got,) = ledger.write(stall, [came])
    until(lambda: followed(walk, got.index))
    return codes.of_chain(lot, cast.parties["stall-a15"].uri)


def followed(walk, index):
    with walk.people.ledger.reading() as reader:
        return min(reader.cursors().values()) > index


def test_a_failed_sample_from_the_stall_to_the_closed_disposal(walk):
    sheet = f"XC-{walk.size}-{walk.language}"
    code = at_a_stall(walk, f"抽样菜 {walk.size} {walk.language}")
    residue = f"某残留 {walk.size} {walk.language}"

    # Two officers at the stall, without a network: the sheet is filled, signed, sent later.
    page = walk.open(f"/inspect/counter?code={code}", "inspector-lin")
    expect(page.locator("#sheet")).to_be_visible()
    page.context.set_offline(True)
    page.locator("#sheet summary").click()
    expect(page.locator("#sheet-base")).to_have_value("20 kg")
    page.locator("#sheet-form button").click()
    expect(page.locator("#sheet-second-wrong")).not_to_be_empty()
    fill_sheet(page, sheet, walk.people.cast.parties["inspector-chen"].uri)
    walk.assert_sound(page)
    sign_sheet(page, sheet)
    page.context.set_offline(False)
    send(page, 2, sheet)
    page.errors.clear()  # what could not be reached meanwhile

    page = walk.open("/cases?kind=sample", "inspector-chen")
    shown(page, page.locator("main table tr"), sheet).locator("th a").click()
    expect(page.locator("#stages ~ ol")).to_contain_text(sheet)
    path = path_of(page)
    record(page, "countersigned")

    # The laboratory reports by its own key; nothing of it is public.
    page = walk.open("/samples/report", "laboratory")
    office = walk.people.cast.parties["office"].uri
    report_test(page, office, item=code, sheet=sheet, report_number=f"JB {sheet}", items=residue,
                values="0.31")  # fmt: skip
    expect(page.locator("#said")).to_contain_text(walk.say("编号", "no."))
    walk.assert_sound(page)
    label = walk.open(f"/t/{code}?all=1")
    expect(label.locator("main")).not_to_contain_text(residue)

    # The office: one step suspends sale; then the recall, prefilled; disposal; publication; closed.
    page = walk.open(path, "office")
    walk.assert_sound(page)
    record(page, "failed")
    page.wait_for_url("**/recalls/new?*")
    expect(page.locator("#reason")).to_have_value("责令召回：依据食品安全法第六十三条")
    page.locator("[name=level][value='1']").check()
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    page.wait_for_url("**/act/*")

    page = walk.open(path, "office")
    expect(page.locator("#goods ~ ul")).to_contain_text(walk.say("暂停销售", "On hold"))
    part = page.locator("#do-measures")
    expect(part.locator("[name=bought]")).to_have_value("60 kg")
    record(page, "measures", cause="用药未过安全间隔期", correction="停用并复核")
    record(page, "published", until=day_of(walk.people.ledger.now(), 90))
    record(page, "closed")
    expect(page.locator("h1")).to_contain_text(walk.say("已结案", "closed"))
    walk.assert_sound(page)
    label = walk.open(f"/t/{code}?all=1")
    expect(label.locator("#tests")).to_contain_text("JB")
    expect(label.locator("main")).to_contain_text("0.31")
    walk.assert_sound(label)
