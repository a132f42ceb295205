"""A label's page checks itself on the reader's phone, whatever the server gave it."""

import json

import pytest
from support.ledger.world import World
from support.web.client import change, page_of
from support.web.signing import DESK, PHONE, serving

NO_ED = """
  const known = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = (kind, data, how, ...rest) => how.name === "Ed25519"
    ? Promise.reject(new DOMException("no", "NotSupportedError")) : known(kind, data, how, ...rest);
"""
NO_SUBTLE = "Object.defineProperty(crypto, 'subtle', { value: undefined });"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A lot from a farm to a stall with a P-256 phone, with a label, and its URL."""
    world = World(tmp_path / "home")
    lot, farm, stall = world.sold("ECDSA-P256")
    world.labelled(stall, lot, "0123456789ABC")
    with serving(world, monkeypatch) as url:
        yield world, lot, farm, url + page_of(lot, stall.uri, "0123456789ABC")
    world.ledger.close()


def checked(browser, url, *, size=PHONE, before=None, route=None, locale="en"):
    """The panel's line, tone and details after a tap; what the console said."""
    context = browser.new_context(viewport=size, locale=locale)
    if before is not None:
        context.add_init_script(before)
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    if route is not None:
        page.route("**/evidence", route)
    page.goto(url)
    page.locator("#phone button").click()
    page.locator("#phone[data-tone]:not([data-tone=''])").wait_for()
    panel = page.locator("#phone")
    found = (
        panel.locator(".said").inner_text(),
        panel.get_attribute("data-tone"),
        panel.locator(".more-of-it").inner_text(),
    )
    context.close()
    return *found, [line for line in said if "Failed to load resource" not in line]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_good_label_is_verified_on_the_phone(browser, shop, size):
    _world, _lot, _farm, url = shop
    line, tone, details, said = checked(browser, url, size=size)
    assert line.startswith("Verified on this phone: 4 records of this food, and 5 of")
    assert tone == "good" and said == []
    for part in ("Checked on this phone", "With keys that this site gave", "Only by the server"):
        assert part in details
    assert checked(browser, url, locale="zh-CN")[0].startswith("手机已核对")


def test_a_byte_changed_in_the_database_is_broken_and_where(browser, shop):
    world, lot, farm, url = shop
    with world.ledger.reading() as reader:
        stored = reader.in_chain(lot, farm.uri, 0)
    entry = stored.entry.replace(b'"sig":"', b'"sig":"A', 1)[:-1] + b"}"
    change(world.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", entry, stored.index)
    line, tone, details, _ = checked(browser, url)
    assert (line, tone) == ("This phone found it broken. Do not rely on it.", "bad")
    assert f"index {stored.index}" in details


def forged(how):
    """A route that hands on the evidence with one thing changed."""

    def answer(route):
        response = route.fetch()
        file = json.loads(response.body())
        how(file)
        text = json.dumps(file, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        route.fulfill(status=200, body=text, content_type="application/json")

    return answer


def other(text, at):
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def in_proof(file):
    proof = file["entries"][-1]["proof"]
    proof[0] = other(proof[0], 10)


def test_what_was_changed_on_the_way_is_caught(browser, shop):
    _world, _lot, _farm, url = shop
    line, tone, details, said = checked(browser, url, route=forged(in_proof))
    assert (line, tone) == ("This phone found it broken. Do not rely on it.", "bad")
    assert details != "" and said == []


def test_a_browser_without_ed25519_says_so_and_asks_the_server(browser, shop):
    _world, _lot, _farm, url = shop
    line, tone, details, said = checked(browser, url, before=NO_ED)
    assert line == ("Checked in part on this phone, the rest only by the server: Verified")
    assert tone == "warn" and said == []
    assert "This browser cannot check signatures of the kind Ed25519." in details
    # What it can do still tells: a proof that does not lead to the root.
    assert checked(browser, url, before=NO_ED, route=forged(in_proof))[1] == "bad"


def test_without_https_nothing_is_checked_and_that_is_said(browser, shop):
    _world, _lot, _farm, url = shop
    line, tone, details, _ = checked(browser, url, before=NO_SUBTLE)
    assert (line, tone) == ("Not checked on this phone. The server says: Verified", "warn")
    assert "without https" in details


def test_without_a_network_it_says_so(browser, shop):
    _world, _lot, _farm, url = shop
    line, tone, _, _ = checked(browser, url, route=lambda route: route.abort())
    assert (line, tone) == ("Without a network there is no evidence to check.", "warn")
