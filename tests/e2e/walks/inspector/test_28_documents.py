"""A document in the browser: drawn up, signed by two inspectors and the stall, sealed, served."""

from playwright.sync_api import expect
from support.desk.steps import do, path_of, sealing
from support.ledger.world import day_of

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.documents.sealing import judge

ACT = "冷柜偏热"


def opened(people, stall):
    """The path of an order to correct about a stall, opened by an inspector of the office."""
    ledger, person = people.ledger, people.cast.parties["inspector-lin"].uri
    case = codes.uri_of(codes.new(), ledger.trust.host, "case")
    until = day_of(ledger.now(), 10)
    said = {"act": ACT, "basis": "食品安全法第五十四条"}
    body, stored = leave_out(
        {**acts.case_open(case, "order", stall, until=until), "said": said}, ["/said"]
    )
    office = people.cast.parties["office"].uri
    kept = [Kept(text, person, Audience.of(person, office, stall)) for text in stored]
    ledger.write(people._pen("inspector-lin"), [Draft(statement=body)], disclosures=kept)
    return f"/cases/{case.rsplit('/', 1)[1]}"


def test_a_document_is_drawn_up_signed_sealed_served_and_checked(walk):
    people = walk.people
    seals, stall = sealing(people), people.cast.parties["stall-a15"].uri
    page = walk.open(opened(people, stall), "inspector-lin")
    page.locator("#form").select_option("rectification")
    page.get_by_role("button", name=walk.say("制作文书", "Draw up")).click()
    expect(page.locator("#act")).to_have_value(ACT)
    walk.assert_sound(page)
    page.locator("form.drawing button").click()
    expect(page.locator("#content-wrong")).not_to_be_empty()
    page.errors.clear()  # the answer that says so
    page.locator("#content").fill("调低温度")
    page.locator("form.drawing button").click()
    page.wait_for_url("**/document/*")
    path = path_of(page)
    walk.assert_sound(page)
    for who in ("inspector-lin", "inspector-chen", "stall-a15"):
        page = walk.open(path, who)
        do(page, page.locator("button.sign"))
        expect(page.locator("button.sign")).to_have_count(0)
    walk.assert_sound(page)
    page = walk.open(path, "inspector-lin")
    for at in range(2):
        do(page, page.locator("form.act button").nth(0))
        expect(page.locator("#conditions ~ ol")).to_have_count(3)
        expect(page.locator(".badge.is-good").nth(at)).to_be_visible()
    walk.assert_sound(page)

    theirs = walk.open(path, "stall-a15")
    with theirs.expect_download() as download:
        theirs.locator("#files ~ p a").first.click()
    sealed = download.value.path().read_bytes()
    assert judge(sealed, seals, people.ledger.now()).is_good
    anybody = walk.open(path)
    for data, words in (
        (sealed, walk.say("没有任何改动", "not changed by one byte")),
        (sealed[:-1] + b"x", walk.say("与文书不一致", "is not the document")),
    ):
        file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": data}
        anybody.locator("#pdf").set_input_files(file)
        with anybody.expect_navigation():
            anybody.locator("form.checking button").click()
        expect(anybody.get_by_role("alert")).to_contain_text(words)
    walk.assert_sound(anybody)
