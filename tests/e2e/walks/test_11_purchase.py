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
