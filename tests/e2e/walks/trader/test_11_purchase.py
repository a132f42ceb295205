"""A stall enters what it bought of somebody who sends no slips; a farm sends all of a lot on."""

import io

from PIL import Image

STALL = "stall-meat"


def slip():
    """A photo of a seller's slip."""
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(file, "JPEG")
    return {"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_purchase_is_entered_and_entered_again_in_one_tap(walk):
    seller = f"老林 {walk.size} {walk.language}"
    page = walk.open("/me/purchase", STALL)
    page.locator("#product").fill("巴浪鱼")
    page.locator("#quantity").fill("30")
    page.locator("#unit").select_option("斤")
    page.locator("#supplier").fill(seller)
    page.locator("#slip").set_input_files(slip())
    page.locator("#slip-state").filter(has_text="✓").wait_for()
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    labels = page.locator("#recorded .to-labels")
    labels.wait_for()
    walk.assert_sound(page)
    labels.click()
    # What was bought is the one that is ticked, 30 斤 of it.
    chosen = page.locator("li[data-lot]:has(input:checked)")
    assert chosen.count() == 1
    assert walk.say("15 千克", "15 kg") in chosen.inner_text() or "斤" in chosen.inner_text()
    page = walk.open("/me/purchase", STALL)
    page.locator("[data-again]", has_text=seller).click()
    assert page.locator("#product").input_value() == "巴浪鱼"
    assert page.locator("#supplier").input_value() == seller
    walk.assert_sound(page)


def test_a_purchase_typed_without_a_network_waits(walk):
    page = walk.open("/me/purchase", STALL)
    goods = f"巴浪鱼{walk.size}{walk.language}"
    page.context.set_offline(True)
    try:
        for field, value in (("product", goods), ("quantity", "3"), ("supplier", "老林")):
            page.locator(f"#{field}").fill(value)
        page.locator("#go").click()
        waiting = page.locator("#typed-list li", has_text=goods)
        waiting.wait_for()
        assert page.locator("#product").input_value() == ""
        page.errors.clear()  # that there was no network
        walk.assert_sound(page)
    finally:
        page.context.set_offline(False)
    page.reload()
    waiting.locator(".open").click()
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    page.locator("#recorded .to-labels").wait_for()
    assert waiting.count() == 0


def test_all_of_a_lot_goes_to_a_usual_recipient_in_two_taps(walk):
    page = walk.open("/me/process?step=dispatch", "farm")
    line = page.locator("#goods > li").first
    line.locator(".choice").select_option(index=1)
    line.locator(".all").click()
    assert line.locator(".quantity").input_value() == line.locator(".choice").evaluate(
        "(choice) => choice.selectedOptions[0].dataset.value"
    )
    usual = page.locator("[data-to]")
    usual.first.click()
    assert page.locator("#to").input_value() == usual.first.inner_text()
    walk.assert_sound(page)
    page.locator("#go").click()
    page.locator("#sign-title").wait_for()
    assert usual.first.inner_text() in page.locator("#sign-what").inner_text()


def test_a_result_is_chosen(walk):
    page = walk.open("/me/process?step=test", "laboratory")
    page.locator("#result").select_option(label=walk.say("不合格", "Failed"))
    assert page.locator("#result").input_value() == "不合格"
