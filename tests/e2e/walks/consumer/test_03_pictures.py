"""A maker shows its product: photo, ingredients, licence; a consumer sees them."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from support.goods.papers import pdf, picture
from support.ledger.world import day_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.steps import Portion, coding, event
from suyuan.trace.recording import papers

PAGE = pdf(b"<</Type/Annot/Contents(Certificate)>>")


def product(walk):
    """A product of the sausage maker's for this walk alone, and the page of a lot of it."""
    people = walk.people
    key = f"walk-{walk.size}-{walk.language}"
    lot, uri = (people.cast.coded(kind, key) for kind in ("item", "product"))
    ledger, pen = people.ledger, people._pen("sausage-maker")
    paper = papers.examine(PAGE)
    ledger.attachments.put(PAGE)
    stated = {"type": "product", "uri": uri, "name": "酱肉", "category": "肉制品", "unit": "KGM"}
    now = ledger.now().replace(microsecond=0)
    extra = coding("酱肉", day_of(now), 30, None, product_id=uri)
    extra[papers.MEMBER] = [papers.member(paper, "certificate")]
    coded = event("code", now - timedelta(minutes=1), [Portion(lot)], extra=extra)
    ledger.write(pen, [Draft(statement=stated), Draft(event=coded)])
    ledger.followers.catch_up()
    return uri, f"/t/{lot.rsplit('/', 1)[-1]}"


def test_a_photo_and_what_is_in_it_reach_the_consumer(walk):
    uri, path = product(walk)
    page = walk.open(f"/me/profile?of={uri}", "sausage-maker")
    page.locator("#files").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": picture("PNG", (300, 200))}
    )
    expect(page.locator("#photos canvas")).to_be_visible()
    page.locator("[id='ingredients.zh']").fill("猪肉、酱油")
    page.locator("[id='ingredients.en']").fill("Pork, soy sauce")
    page.get_by_label(walk.say("大豆", "soybeans")).check()
    page.locator("#net").fill("350")
    page.locator(".is-licence .number").fill("SC10435990300417")
    page.locator(".is-licence .expires").fill("2020-01-31")
    walk.assert_sound(page)
    page.locator("#go").click()
    for text in ("0.35", "SC10435990300417 2020-01-31", walk.say("大豆", "soybeans")):
        expect(page.locator("#sign-what")).to_contain_text(text)
    page.locator("#sign-yes").click()
    page.wait_for_url("**signed=*")
    expect(page.locator("#photos img")).to_be_visible()

    shown = walk.open(path)
    photo = shown.locator(".title img")
    expect(photo).to_be_visible()
    assert photo.evaluate("photo => photo.naturalWidth") == 300
    shown.get_by_role("heading", name=walk.say("产品与标签信息", "Product and label")).click()
    for text in walk.say(
        ("猪肉、酱油", "大豆", "350 克", "2020年1月31日已过期"),
        ("Pork, soy sauce", "soybeans", "350 g", "expired on 31 Jan 2020"),
    ):
        expect(shown.get_by_text(text).first).to_be_visible()
    shown.locator("#tests summary").first.click()
    paper = shown.locator("#tests .thumb").first
    expect(paper).to_be_visible()
    expect(paper).to_have_js_property("complete", True)
    assert paper.evaluate("paper => paper.naturalWidth") == 320
    expect(paper.locator("..")).to_have_attribute("href", re.compile("^/api/v1/attachments/"))
    walk.assert_sound(shown)
