"""From an invitation to a signed link, each person in a browser profile of their own."""

import re

import pytest
from playwright.sync_api import expect
from support.ledger.world import AUTHORITY
from support.web.axe import assert_accessible, assert_fits
from support.web.signing import DESK, PHONE
from support.web.stall import confirm, sent_to, sign_and_send

from suyuan.trace.admission import acts
from suyuan.trace.format.link import parse
from suyuan.trace.goods.inviting import InvitationError, check_of, enrolment, token_of
from suyuan.trace.store.beside.invitations import invitation
from suyuan.trace.watch.audit import audit

NO_KEYS = "crypto.subtle.generateKey = () => Promise.reject(new Error('no'));"
PERSIST = """
  navigator.storage.persist = () => {
    window.askedToKeep = (window.askedToKeep ?? 0) + 1;
    sessionStorage.setItem("kept", "%s");
    return Promise.resolve(sessionStorage.getItem("kept") === "true");
  };
  navigator.storage.persisted = () => Promise.resolve(sessionStorage.getItem("kept") === "true");
"""
NO_STORAGE = "Object.defineProperty(navigator, 'storage', { get: () => undefined });"
MAKE = re.compile("Make my key|生成我的密钥")
NO_SUBTLE = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"


def keys(market, party):
    with market.world.ledger.reading() as reader:
        return reader.keys_of(party)


def size(market):
    with market.world.ledger.reading() as reader:
        return reader.size()


def make_key(page):
    page.get_by_role("button", name="Make my key on this device").click()
    page.locator("#offered").wait_for()


def test_from_the_invitation_to_a_signed_link(market):
    stall = market.admit("A 区 12 号")
    lot = sent_to(market, stall)
    page = market.browse()
    code = market.invite(stall)
    page.goto(f"{market.url}/invite#{code}")
    expect(page.locator("#name")).to_have_text("A 区 12 号")
    expect(page.locator("#inviter")).to_have_text("厦门市市场监督管理局")
    make_key(page)
    shown = page.locator("#check").inner_text()
    assert market.enrol(code)["kept"] == "browser"
    page.wait_for_url("**/me")
    (key,) = keys(market, stall)
    assert (shown, key.alg) == (check_of(key.keyid), "Ed25519")
    expect(page.locator("h1")).to_have_text("A Qu 12 Hao (A 区 12 号)", use_inner_text=True)
    confirm(page)
    words = page.locator("#sign-what").inner_text()
    assert all(part in words for part in ("Received", "上海青", "30", "kg"))
    sign_and_send(page)
    page.get_by_text("Signed and recorded as no.").wait_for()
    with market.world.ledger.reading() as reader:
        last = parse(reader.link(reader.size() - 1).entry)
    assert (last.keyid, last.actor, last.items[0].item) == (key.keyid, stall, lot)
    assert page.errors == []
    market.world.ledger.followers.catch_up()
    found = audit(market.world.ledger)
    assert found.is_good


def test_a_second_device_is_enrolled_by_the_first(market):
    stall, first = market.stall()
    first.locator(".self summary").click()
    first.get_by_role("link", name="Add a device").click()
    first.get_by_role("button", name="Make an invitation").click()
    second = market.browse()
    second.goto(first.locator("#link").inner_text())
    expect(second.locator("#lost")).to_be_hidden()
    make_key(second)
    first.get_by_role("link", name="Look again").click()
    letters = second.locator("#check").inner_text()
    first.get_by_role("button", name=f"Enrol key {letters}").click()
    first.locator("#sign").wait_for()
    words = first.locator("#sign-what").inner_text()
    assert all(part in words for part in ("Enrol a key", "A 区 12 号", "a browser"))
    assert "Revokes" not in words
    sign_and_send(first)
    second.wait_for_url("**/me")
    assert [(key.enrolled_by == stall, key.revoked) for key in keys(market, stall)] == [
        (False, None),
        (True, None),
    ]
    first.goto(f"{market.url}/me")
    expect(first.locator("h1")).to_have_text("A Qu 12 Hao (A 区 12 号)", use_inner_text=True)


def test_a_lost_phone_is_answered_at_the_market_office(market):
    world, hall = market.world, market.admit("湖心市场", "market")
    world.say(world.authority, acts.appoint(hall, ["350206"]))
    office = market.newcomer(hall, size=DESK)
    stall, lost = market.stall()
    office.goto(f"{market.url}/invitations")
    office.get_by_label("Party: its name, business number or code").fill(stall)
    office.get_by_role("button", name="Make an invitation").click()
    fresh = market.browse()
    fresh.goto(office.locator("#link").inner_text())
    expect(fresh.locator("#lost")).to_be_visible()
    make_key(fresh)
    before = size(market)
    office.get_by_role("link", name="Look again").click()
    expect(office.locator(".people")).to_contain_text("revokes them all", use_inner_text=True)
    office.get_by_role("button", name=re.compile("Enrol key")).click()
    office.locator("#sign").wait_for()
    old, *_ = keys(market, stall)
    expect(office.locator("#sign-what")).to_contain_text(check_of(old.keyid), use_inner_text=True)
    sign_and_send(office)
    fresh.wait_for_url("**/me")
    assert size(market) == before + 1  # one link
    lost.goto(f"{market.url}/me")
    assert lost.url.startswith(f"{market.url}/signin?")
    lost.get_by_role("button", name=re.compile("Sign in as")).click()
    lost.get_by_text("This key is not good any more").wait_for()


def test_another_sites_challenge_is_not_signed(market):
    _stall, page = market.stall()
    page.goto(f"{market.url}/signin")

    def other(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "host": "other.example"})

    page.route("**/session/challenge", other)
    offered = []
    page.on("request", lambda asked: offered.append(asked.url))
    page.get_by_role("button", name=re.compile("Sign in as")).click()
    page.get_by_text("That did not work.").wait_for()
    assert not any(url.endswith("/session") for url in offered)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("lacks", ["encryption", "algorithms"])
def test_a_browser_without_keys_is_told_so(market, locale, lacks):
    before, said, *words = {
        ("encryption", "en"): (NO_SUBTLE, "was opened without encryption", "its https address"),
        ("encryption", "zh-CN"): (NO_SUBTLE, "未经加密打开", "https 网址"),
        ("algorithms", "en"): (NO_KEYS, "can make no key to sign with", "market's terminal"),
        ("algorithms", "zh-CN"): (NO_KEYS, "无法生成签名密钥", "公用终端"),
    }[lacks, locale]
    code = market.invite(market.admit("A 区 12 号"))
    page = market.browse(before=before, locale=locale)
    page.goto(f"{market.url}/invite#{code}")
    page.get_by_role("button", name=MAKE).click()
    for word in (said, *words):
        expect(page.locator("#said")).to_contain_text(word)
    expect(page.locator("#offered")).to_be_hidden()
    page.goto(f"{market.url}/signin")
    expect(page.locator("#said")).to_contain_text(
        said if lacks == "encryption" else {"en": "has no key", "zh-CN": "没有"}[locale]
    )
    with market.world.ledger.reading() as reader, pytest.raises(InvitationError):
        enrolment(reader, market.world.trust.genesis, AUTHORITY, invitation(reader, token_of(code)))


@pytest.mark.parametrize(
    ("locale", "answer"), [("zh-CN", "true"), ("zh-CN", "false"), ("en", "none")]
)
def test_it_is_asked_that_the_key_is_kept_and_told_if_that_is_not_promised(market, locale, answer):
    page = market.browse(before=NO_STORAGE if answer == "none" else PERSIST % answer, locale=locale)
    code = market.invite(market.admit("A 区 12 号"))
    page.goto(f"{market.url}/invite#{code}")
    asked = "window.askedToKeep ?? 0"
    expect(page.get_by_role("button", name=MAKE)).to_be_enabled()
    assert page.evaluate(asked) == 0  # a browser may ask the person: not before there is a key
    page.get_by_role("button", name=MAKE).click()
    expect(page.locator("#check")).to_be_visible()
    assert page.evaluate(asked) == (0 if answer == "none" else 1)
    told = page.locator("#fleeting")
    for _ in range(2):  # and when the page is opened again
        expect(page.locator("#check")).not_to_be_empty()
        expect(told).to_be_visible(visible=answer != "true")
        page.reload()
    expect(told).to_contain_text({"en": "second device", "zh-CN": "再添加一台设备"}[locale])


def test_an_invitation_is_for_one_device(market):
    stall = market.admit("A 区 12 号")
    code = market.invite(stall)
    first, second = market.browse(), market.browse()
    for page in (first, second):
        page.goto(f"{market.url}/invite#{code}")
    make_key(first)
    second.get_by_role("button", name="Make my key on this device").click()
    second.get_by_text("Another device used this invitation before").wait_for()
    # The key that was not taken is not kept.
    second.goto(f"{market.url}/signin")
    second.get_by_text("This browser has no key of this ledger").wait_for()
    first.reload()
    first.locator("#offered").wait_for()


def test_a_code_is_typed_and_may_be_mistyped(market):
    stall = market.admit("A 区 12 号")
    code = market.invite(stall)
    page = market.browse()
    page.goto(f"{market.url}/invite")
    page.get_by_label("Code of the invitation").fill("0000 nonsense")
    page.keyboard.press("Enter")
    page.get_by_text("This is no code of an invitation").wait_for()
    expect(page.get_by_label("Code of the invitation")).to_have_value("0000 nonsense")
    page.get_by_label("Code of the invitation").fill(code.lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.locator("#name").filter(has_text="A 区 12 号").wait_for()


def test_a_key_is_revoked_by_keyboard_alone(market):
    stall, page = market.stall()
    page.locator("details.self > summary").focus()
    page.keyboard.press("Enter")  # keys are folded
    page.get_by_role("button", name=re.compile("Revoke key")).focus()
    page.keyboard.press("Enter")
    page.locator("#sign").wait_for()
    assert page.evaluate("document.activeElement.id") == "sign-title"
    for _ in range(2):  # past the exact text
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "sign-yes"
    page.keyboard.press("Enter")
    page.wait_for_url("**/signin?next=*")  # the session ends with its key
    assert keys(market, stall)[0].revoked is not None


def test_the_private_key_leaves_the_browser_by_no_way(market):
    _stall, page = market.stall()
    found = page.evaluate(
        """async () => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const key = await (await import(`${from}sign/keys.js`)).find(document.body.dataset.keyid);
          const tried = (format) => crypto.subtle.exportKey(format, key.pair.privateKey)
            .then(() => "out", (error) => error.name);
          return [key.pair.privateKey.extractable, await tried("pkcs8"), await tried("jwk")];
        }"""
    )
    assert found == [False, "InvalidAccessError", "InvalidAccessError"]


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en", DESK)], ids=["zh", "en"])
def test_nothing_is_inaccessible_or_runs_over_the_side(market, language, size):
    stall = market.admit("A 区 12 号 一个名字很长很长很长很长的摊位 (Huxin Market, Hall A)")
    sent_to(market, stall)
    page = market.newcomer(stall, size=size, locale=language)
    code = market.invite(stall)
    for path in ("/me", "/me/arrivals/1", "/signin", "/invite", f"/invite#{code}", "/invitations"):
        if "arrivals" in path:
            page.locator(".acts a").first.click()
            page.locator("#all").click()
            page.locator("#sign").wait_for()
        else:
            page.goto(market.url + path)
        if path == "/invitations":
            page.locator("form[method=post].box button").click()
            page.locator("#link").wait_for()
        page.wait_for_load_state("networkidle")
        assert page.locator("html").get_attribute("lang") == language
        assert_accessible(page, path)
        assert_fits(page, path)
        if path == "/me":
            page.goto(f"{market.url}/me")
    assert page.errors == []
