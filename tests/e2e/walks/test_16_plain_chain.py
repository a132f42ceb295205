"""An inspector reads a chain in plain words; what proves it is folded behind them."""

import re

from playwright.sync_api import expect

from suyuan.trace.format.identifiers import codes


def test_a_chain_is_read_in_plain_words(walk):
    cast = walk.people.cast
    label = cast.label("stall-greens", "bok-choy-2")
    page = walk.open(f"/inspect/chain?item={label}", "authority")
    expect(page.locator(".answer")).to_contain_text(codes.shown(label))
    rows = page.locator(".story tbody tr")
    sent = rows.filter(has_text=walk.say("发货", "Sent")).first
    farm, stall = (cast.parties[who].name for who in ("farm", "stall-greens"))
    expect(sent).to_contain_text(f"{farm} → {stall}")
    expect(sent).to_contain_text(walk.say("45 千克", "45 kg"))
    got = rows.filter(has_text=walk.say("收货", "Received")).first
    expect(got).to_contain_text(f"{farm} → {stall}")
    # On a phone each record is a card, on a desk a line of a table.
    display = rows.first.locator("th").evaluate("cell => getComputedStyle(cell).display")
    assert display == ("block" if walk.is_phone else "table-cell")
    # No hash in sight, all of them one tap away, and none on paper.
    hashes = page.locator(".proofs .checks .mono").first
    expect(hashes).not_to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".columns")).not_to_be_visible()
    expect(rows.first).to_be_visible()
    page.emulate_media(media="screen")
    walk.assert_sound(page)
    page.locator(".proofs > summary").click()
    page.locator(".links summary").first.click()
    expect(hashes).to_have_text(re.compile("[0-9a-f]{64}"))
