"""A record that was wrong is put right, or retracted, on its own page."""

import re
import uuid
from decimal import Decimal

from playwright.sync_api import expect

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import Portion


def batch(people, who, name, *amounts):
    """A new lot of this name, with sales of these amounts, as somebody of the cast records them."""
    ledger, party = people.ledger, people.cast.parties[who]
    pen = ledger.pen(party.uri, signers(people.cast.seed)[who])
    item = codes.uri_of(codes.new(), ledger.trust.host)
    day = ledger.now().date().isoformat()
    coding = steps.coding(name, day, 5, None)
    events = [steps.event("code", ledger.now(), [Portion(item, Decimal(500), "KGM")], extra=coding)]
    for amount in amounts:
        events.append(steps.event("sell", ledger.now(), [Portion(item, Decimal(amount), "KGM")]))
    indexes = [ledger.write(pen, [Draft(event=event)])[0].index for event in events]
    ledger.followers.catch_up()
    return item, indexes


def test_a_sale_is_corrected_and_another_retracted(walk):
    name = f"鲜笋{uuid.uuid4().hex[:6]}"
    _item, (coded, *sales) = batch(walk.people, "farm", name, 10, 11, 12, 90)
    page = walk.open(f"/me/records/{coded}", "farm")
    expect(page.locator("main")).to_contain_text(
        walk.say("您此后对这批货的记录", "What you recorded of it")
    )
    walk.assert_sound(page)
    page = walk.open(f"/me/records/{sales[-1]}", "farm")
    page.locator(".quantity").fill("900")
    page.locator("#go").click()
    expect(page.locator("#sign .question")).to_contain_text(name)
    expect(page.locator("#sign-what")).to_contain_text("900")
    page.locator("#sign-no").click()
    page.locator(".quantity").fill("9")
    page.locator("#go").click()
    expect(page.locator("#sign-what")).to_contain_text("9")
    expect(page.locator("#sign .question")).to_have_count(0)
    page.locator("#sign-yes").click()
    page.wait_for_url(re.compile(rf"/me/records/(?!{sales[-1]}\b)"))
    expect(page.locator(".lots")).to_contain_text(walk.say("9 千克", "9 kg"))
    page.goto(f"{walk.people.served.url}/me/records?q={name}&lang={walk.language}")
    rows = page.locator(".records tbody tr")
    expect(rows).to_have_count(6)
    expect(page.locator(".is-void")).to_have_count(1)
    rows.filter(has_text=walk.say("11 千克", "11 kg")).locator("a").click()
    page.locator("#retract").click()
    page.locator("#sign-yes").click()
    expect(page.locator("main")).to_contain_text(walk.say("已更正或撤回", "Corrected or retracted"))


def test_an_unusual_sale_is_asked_about_without_a_network(walk):
    name = f"蕹菜{uuid.uuid4().hex[:6]}"
    batch(walk.people, "farm", name, 2, 2, 2)
    page = walk.open("/me/holdings", "farm")
    row = page.locator("#lots > li").filter(has_text=name)
    page.context.set_offline(True)
    try:
        row.locator(".sell").click()
        for kilos, asks in (("400", True), ("3", False)):
            row.locator(".number").fill(kilos)
            row.locator(".number").press("Enter")
            question = row.locator(".field-wrong", has_text=walk.say("您通常", "You usually"))
            expect(question).to_have_count(int(asks))
        expect(row.locator("form")).to_have_count(0)
    finally:
        page.context.set_offline(False)


def test_the_wrong_goods_went_to_the_wrong_stall(walk):
    people, kind = walk.people, uuid.uuid4().hex[:6]
    wrong, _ = batch(people, "farm", f"错货{kind}")
    right, _ = batch(people, "farm", f"对货{kind}")
    farm, stall = (people.cast.parties[who].uri for who in ("farm", "stall-greens"))
    sent = steps.event("dispatch", people.ledger.now(), [Portion(wrong, Decimal(20), "KGM")],
                       sender=farm, recipient=stall)  # fmt: skip
    pen = people.ledger.pen(farm, signers(people.cast.seed)["farm"])
    index = people.ledger.write(pen, [Draft(event=sent)])[0].index
    people.ledger.followers.catch_up()
    page = walk.open(f"/me/records/{index}", "farm")
    page.locator(".item").select_option(right)
    page.locator("#to").fill("A15")
    page.locator("#to-found button").first.click()
    walk.assert_sound(page)
    page.locator("#go").click()
    expect(page.locator("#sign-what")).to_contain_text(f"对货{kind}")
    page.locator("#sign-yes").click()
    page.wait_for_url(re.compile(rf"/me/records/(?!{index}\b)"))
    expect(page.locator(".lots")).to_contain_text(f"对货{kind}")
    expect(page.locator("dl.rows").first).to_contain_text("A15")


def test_a_row_is_put_right_on_the_page_and_the_table_uploaded_again(walk, tmp_path):
    name, day = f"莴笋{uuid.uuid4().hex[:6]}", walk.people.ledger.now().date().isoformat()
    rows = [f"{name},30,公斤,{day},A1", f"{name},三十,公斤,{day},A2"]
    table = tmp_path / "batches.csv"
    table.write_text("\n".join(["产品名称,数量,单位,生产日期,批号", *rows]), encoding="utf-8")
    page = walk.open("/me/upload", "farm")
    page.locator("#file").set_input_files(table)
    page.locator("#bad input").fill("31")
    walk.assert_sound(page)
    page.locator("#mended").click()
    expect(page.locator("#good > li")).to_have_count(2)
    page.locator("#sign-all").click()
    page.locator("#course-done").wait_for()
    rows = [rows[0], f"{name},32,公斤,{day},A2", f"{name},33,公斤,{day},A3"]
    table.write_text("\n".join(["产品名称,数量,单位,生产日期,批号", *rows]), encoding="utf-8")
    page.locator("#file").set_input_files(table)
    expect(page.locator("#good > li")).to_have_count(1)
    expect(page.locator("#good")).to_contain_text("33")
    changed = walk.say("以前登记的内容不同，请更正", "Registered with other values: correct")
    expect(page.locator("#earlier")).to_contain_text(changed)
    expect(page.locator("#earlier")).to_contain_text(walk.say("相同", "As before"))
    walk.assert_sound(page)
