"""A failed sample: taken offline, reported, held, recalled, disposed of, published, closed."""

from datetime import timedelta

from playwright.sync_api import expect
from support.ledger.world import PRODUCED, event
from support.web.served import until

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.cli.demo.drawing import draw
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef

PHOTO = {"name": "a.png", "mimeType": "image/png", "buffer": draw("leaves #2f7d43 #cfe6c4")}


def at_a_stall(walk, name):
    """A lot of the farm's, 20 kg of it at a stall; its code there."""
    ledger, cast, keys = walk.people.ledger, walk.people.cast, signers(walk.people.cast.seed)
    farm, stall = (ledger.pen(cast.parties[who].uri, keys[who]) for who in ("farm", "stall-a15"))
    lot = codes.uri_of(codes.new(), ledger.trust.host)
    to = {"sender": cast.parties["farm"].uri, "recipient": cast.parties["stall-a15"].uri}
    coded = event("code", lot, "60", extra=steps.coding(name, PRODUCED, 5, "绿野"))
    ledger.write(farm, [Draft(event=coded)])
    (sent,) = ledger.write(farm, [Draft(event=event("dispatch", lot, "20", **to))])
    came = Draft(event=event("receive", lot, "20"), after=(AfterRef(sent.index, sent.hash),))
    (got,) = ledger.write(stall, [came])
    until(lambda: followed(walk, got.index))
    return codes.of_chain(lot, cast.parties["stall-a15"].uri)


def followed(walk, index):
    with walk.people.ledger.reading() as reader:
        return min(reader.cursors().values()) > index


def step(page, name, **said):
    """Open the form of a stage, type what it says, look at what is signed, and sign."""
    part = page.locator(f"#do-{name}")
    if part.get_attribute("open") is None:
        part.locator("summary").click()
    for field, text in said.items():
        part.locator(f"[name={field}]").fill(text)
    part.locator("form.stage > button").click()
    page.locator("#sign-yes").wait_for()
    with page.expect_navigation():
        page.locator("#sign-yes").click()


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
    page.locator("#sheet-sheet").fill(sheet)
    page.locator("#sheet-amount").fill("2 kg")
    page.locator("#sheet-seal").fill("F001")
    page.locator("#sheet-second").select_option(index=1)
    page.locator("#sheet-photo").set_input_files(PHOTO)
    expect(page.locator("#sheet-photos")).to_contain_text("1")
    walk.assert_sound(page)
    page.locator("#sheet-form button").click()
    expect(page.locator("#sign-what")).to_contain_text("F001")
    page.locator("#sign-yes").click()
    waiting = page.locator("#waiting li").filter(has_text=sheet)
    expect(waiting).to_have_count(2)  # the sheet, and its photos
    page.context.set_offline(False)
    for left in (1, 0):
        waiting.last.locator(".now").click()
        expect(waiting).to_have_count(left)
    expect(page.locator("#recorded li").filter(has_text=sheet)).to_have_count(2)
    page.errors.clear()  # what could not be reached meanwhile

    page = walk.open("/cases?kind=sample", "inspector-chen")
    page.locator("main table a").first.click()
    expect(page.locator("#stages ~ ol")).to_contain_text(sheet)
    path = page.url.removeprefix(walk.people.served.url).split("?")[0]
    step(page, "countersigned")

    # The laboratory reports by its own key; nothing of it is public.
    page = walk.open("/samples/report", "laboratory")
    for name, text in {"item": code, "sheet": sheet, "report-number": f"JB {sheet}",
                       "items": residue, "values": "0.31"}.items():  # fmt: skip
        page.locator(f"#{name}").fill(text)
    page.locator("#office").select_option(value=walk.people.cast.parties["office"].uri)
    page.locator("[name=result][value=failed]").check()
    walk.assert_sound(page)
    page.locator("#report button").click()
    page.locator("#sign-yes").click()
    expect(page.locator("#said")).to_contain_text(walk.say("编号", "no."))
    label = walk.open(f"/t/{code}?all=1")
    expect(label.locator("main")).not_to_contain_text(residue)

    # The office: one step suspends sale; then the recall, prefilled; disposal; publication; closed.
    page = walk.open(path, "office")
    walk.assert_sound(page)
    step(page, "failed")
    expect(page.locator("#goods ~ ul")).to_contain_text(walk.say("暂停销售", "On hold"))
    page.locator("a[href*='/recalls/new']").click()
    expect(page.locator("#reason")).to_have_value("责令召回：依据食品安全法第六十三条")
    page.locator("[name=level][value='1']").check()
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    page.wait_for_url("**/act/*")

    page = walk.open(path, "office")
    part = page.locator("#do-measures")
    expect(part.locator("[name=bought]")).to_have_value("60 kg")
    step(page, "measures", cause="用药未过安全间隔期", correction="停用并复核")
    day = walk.people.ledger.now() + timedelta(days=90)
    step(page, "published", until=f"{day:%Y-%m-%d}")
    step(page, "closed")
    expect(page.locator("h1")).to_contain_text(walk.say("已结案", "closed"))
    walk.assert_sound(page)
    label = walk.open(f"/t/{code}?all=1")
    expect(label.locator("#tests")).to_contain_text("JB")
    expect(label.locator("main")).to_contain_text("0.31")
    walk.assert_sound(label)
