"""An inspector reads a chain in plain words; what proves it is folded behind them."""

import re
from urllib.parse import quote

from playwright.sync_api import expect

from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.identifiers import codes
from suyuan.trace.store.read.lineage_reader import Lineage


def test_a_chain_is_read_in_plain_words(walk):
    cast = walk.people.cast
    label = cast.label("stall-greens", "bok-choy-2")
    page = walk.open(f"/inspect/chain?item={label}", "authority")
    expect(page.locator(".answer")).to_contain_text(codes.shown(label))
    rows = page.locator(".story tbody tr")
    sent = rows.filter(has_text=walk.say("发货", "Sent")).first
    expect(sent).to_contain_text(walk.say("45 千克", "45 kg"))
    farm = sent.locator("td a").first.inner_text()
    got = rows.filter(has_text=walk.say("收货", "Received")).first
    stall = got.locator("td a").first.inner_text()
    for row in (sent, got):  # both ends, from either side
        expect(row).to_contain_text(f"{farm} → {stall}")
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


def test_what_was_found_stands_beside_its_record(walk):
    with walk.people.ledger.reading() as reader:
        finding = Lineage(reader).findings()[-1]
    page = walk.open(f"/inspect/chain?item={quote(finding.subject, safe='')}", "authority")
    row = page.locator(".story tbody tr").filter(has=page.locator(f'[href$="#l{finding.leaf}"]'))
    expect(row.locator(".severity")).to_have_count(1)
    expect(row).to_contain_text(heading(finding.rule).title.text(walk.language))
