"""From an invitation to a signed link, each person in a browser profile of their own."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from support.ledger.world import AUTHORITY, HOST, World, event
from support.web.axe import assert_accessible
from support.web.signing import DESK, PHONE, serving

from suyuan.keys import dsse
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse
from suyuan.trace.goods.inviting import InvitationError, check_of, enrolment, new, token_of
from suyuan.trace.store.beside.invitations import InvitationBook, invitation
from suyuan.trace.watch.audit import audit

NO_ED25519 = """
  const make = crypto.subtle.generateKey.bind(crypto.subtle);
  crypto.subtle.generateKey = (how, ...rest) => how.name === "Ed25519"
    ? Promise.reject(new DOMException("no such algorithm", "NotSupportedError"))
    : make(how, ...rest);"""
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


class Town:
    """A world with its pages, and people with browsers."""

    def __init__(self, world, url, browser):
        self.world, self.url, self.browser = world, url, browser
        self.contexts = []

    def person(self, before=None, size=PHONE, locale="en"):
        """A page of a browser profile of its own."""
        context = self.browser.new_context(viewport=size, locale=locale)
        if before:
            context.add_init_script(before)
        self.contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("console", lambda said: page.errors.append(said.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        return page

    def admit(self, name, role="stall"):
        uri = codes.uri_of(codes.new(), HOST, "party")
        self.world.say(self.world.authority, acts.admit(uri, name, [role], "350206"))
        return uri

    def invite(self, party, inviter=None):
        """A code, made as the command line makes it."""
        ledger = self.world.ledger
        code, one = new(party, inviter or AUTHORITY, ledger.now(), timedelta(days=1))
        InvitationBook(ledger.database.engine).add(one)
        return code

    def enrol(self, code, actor=None):
        """Enrol what was offered, as the command line does."""
        ledger, actor = self.world.ledger, actor or self.world.authority
        with ledger.reading() as reader:
            one = invitation(reader, token_of(code))
            statement = enrolment(reader, ledger.trust.genesis, actor.uri, one)
        ledger.write(actor.pen, [Draft(statement=statement)])
        return statement

    def newcomer(self, party, **more):
        """Somebody who is invited, makes a key, is enrolled and signed in."""
        page, code = self.person(**more), self.invite(party)
        page.goto(f"{self.url}/invite#{codes.shown(code)}")
        page.get_by_role("button", name=re.compile("Make my key|生成我的密钥")).click()
        page.locator("#offered").wait_for()
        self.enrol(code)
        page.wait_for_url("**/me")
        return page

    def keys(self, party):
        with self.world.ledger.reading() as reader:
            return reader.keys_of(party)

    def size(self):
        with self.world.ledger.reading() as reader:
            return reader.size()


@pytest.fixture
def town(tmp_path, browser, monkeypatch):
    world = World(tmp_path / "home")
    with serving(world, monkeypatch) as url:
        found = Town(world, url, browser)
        yield found
        for context in found.contexts:
            context.close()
    world.ledger.close()


def sent_to(town, stall, kilos="30"):
    """A lot that a farm has sent to a stall: its URI."""
    world = town.world
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    world.code(farm, lot)
    world.do(farm, event("dispatch", lot, kilos, sender=farm.uri, recipient=stall))
    world.ledger.followers.catch_up()
    return lot


def confirm(page):
    page.locator(".acts a").filter(has_text="青山农场").click()
    page.get_by_role("button", name="All as on the slip").click()
    page.locator("#sign").wait_for()


def test_from_the_invitation_to_a_signed_link(town):
    stall = town.admit("A 区 12 号")
    lot = sent_to(town, stall)
    page = town.person()
    code = town.invite(stall)
    page.goto(f"{town.url}/invite#{codes.shown(code)}")
    expect(page.locator("#name")).to_have_text("A 区 12 号")
    expect(page.locator("#inviter")).to_have_text("厦门市市场监督管理局")
    page.get_by_role("button", name="Make my key on this device").click()
    page.locator("#offered").wait_for()
    shown = page.locator("#check").inner_text()
    assert town.enrol(code)["kept"] == "browser"
    page.wait_for_url("**/me")
    (key,) = town.keys(stall)
    assert (shown, key.alg) == (check_of(key.keyid), "Ed25519")
    expect(page.locator("h1")).to_have_text("A 区 12 号", use_inner_text=True)
    confirm(page)
    words = page.locator("#sign-what").inner_text()
    assert all(part in words for part in ("Received", "上海青", "30", "kg"))
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("Signed and recorded as no.").wait_for()
    with town.world.ledger.reading() as reader:
        last = parse(reader.link(reader.size() - 1).entry)
    assert (last.keyid, last.actor, last.items[0].item) == (key.keyid, stall, lot)
    assert page.errors == []
    town.world.ledger.followers.catch_up()
    found = audit(town.world.ledger)
    assert found.is_good


def test_the_authority_admits_and_enrols_in_its_own_browser(town):
    """Inviter and invited compare letters; the enrolment is signed where the inviter is."""
    office = town.newcomer(AUTHORITY, size=DESK)
    stall = town.admit("A 区 12 号")
    office.get_by_role("link", name="Invitations").click()
    office.get_by_label("Party: its business number, code or URI").fill(stall)
    office.get_by_role("button", name="Make an invitation").click()
    link = office.locator("#link").inner_text()
    assert link.startswith(f"{town.url}/invite#")
    phone = town.person()
    phone.goto(link)
    phone.get_by_role("button", name="Make my key on this device").click()
    phone.locator("#offered").wait_for()
    office.get_by_role("link", name="Look again").click()
    assert office.locator(".acts .check").inner_text() == phone.locator("#check").inner_text()
    office.get_by_role("button", name=re.compile("Enrol key")).click()
    office.locator("#sign").wait_for()
    words = office.locator("#sign-what").inner_text()
    assert all(part in words for part in ("Enrol a key", "A 区 12 号", "a browser"))
    assert "Revokes" not in words
    office.get_by_role("button", name="Sign and send").click()
    phone.wait_for_url("**/me")
    (key,) = town.keys(stall)
    assert key.enrolled_by == AUTHORITY
    assert office.errors == phone.errors == []


def test_a_party_is_admitted_and_invited_in_the_browser(town):
    office = town.newcomer(AUTHORITY, size=DESK)
    office.goto(f"{town.url}/admit")
    office.get_by_role("button", name="See what is signed").click()
    office.locator("#name-wrong").filter(has_text="A name is needed.").wait_for()
    office.get_by_label("Name").fill("B 区 7 号 <b>")
    office.keyboard.press("Enter")
    office.locator("#roles-wrong").filter(has_text="Choose at least one role.").wait_for()
    expect(office.locator("#name-wrong")).to_have_text("", use_inner_text=True)
    office.get_by_label("Stall").check()
    office.get_by_label("Division").fill("35020")
    office.keyboard.press("Enter")
    office.locator("#division-wrong").filter(has_text="digits").wait_for()
    expect(office.get_by_label("Name")).to_have_value("B 区 7 号 <b>")
    office.get_by_label("Division").fill("350206")
    office.keyboard.press("Enter")
    office.locator("#sign").wait_for()
    words = office.locator("#sign-what").inner_text()
    assert all(part in words for part in ("Admit a party", "B 区 7 号 <b>", "Stall", "350206"))
    assert_accessible(office)
    office.get_by_role("button", name="Sign and send").click()
    office.wait_for_url("**/invitations?party=*")
    office.get_by_role("button", name="Make an invitation").click()
    phone = town.person()
    phone.goto(office.locator("#link").inner_text())
    phone.locator("#name").filter(has_text="B 区 7 号 <b>").wait_for()
    assert office.errors == [one for one in office.errors if "422" in one]


def test_a_second_device_is_enrolled_by_the_first(town):
    stall = town.admit("A 区 12 号")
    first = town.newcomer(stall)
    first.get_by_role("link", name="Add a device").click()
    first.get_by_role("button", name="Make an invitation").click()
    second = town.person()
    second.goto(first.locator("#link").inner_text())
    expect(second.locator("#lost")).to_be_hidden()
    second.get_by_role("button", name="Make my key on this device").click()
    second.locator("#offered").wait_for()
    first.get_by_role("link", name="Look again").click()
    first.get_by_role("button", name=re.compile("Enrol key")).click()
    first.get_by_role("button", name="Sign and send").click()
    second.wait_for_url("**/me")
    assert [(key.enrolled_by == stall, key.revoked) for key in town.keys(stall)] == [
        (False, None),
        (True, None),
    ]
    first.goto(f"{town.url}/me")
    expect(first.locator("h1")).to_have_text("A 区 12 号", use_inner_text=True)


def test_a_lost_phone_is_answered_at_the_market_office(town):
    world = town.world
    market = town.admit("湖心市场", "market")
    world.say(world.authority, acts.appoint(market, ["350206"]))
    office = town.newcomer(market, size=DESK)
    stall = town.admit("A 区 12 号")
    lost = town.newcomer(stall)
    office.goto(f"{town.url}/invitations")
    office.get_by_label("Party: its business number, code or URI").fill(stall)
    office.get_by_role("button", name="Make an invitation").click()
    fresh = town.person()
    fresh.goto(office.locator("#link").inner_text())
    expect(fresh.locator("#lost")).to_be_visible()
    fresh.get_by_role("button", name="Make my key on this device").click()
    fresh.locator("#offered").wait_for()
    before = town.size()
    office.get_by_role("link", name="Look again").click()
    expect(office.locator(".acts")).to_contain_text("revokes them all", use_inner_text=True)
    office.get_by_role("button", name=re.compile("Enrol key")).click()
    office.locator("#sign").wait_for()
    old, *_ = town.keys(stall)
    expect(office.locator("#sign-what")).to_contain_text(check_of(old.keyid), use_inner_text=True)
    office.get_by_role("button", name="Sign and send").click()
    fresh.wait_for_url("**/me")
    assert town.size() == before + 1  # one link
    lost.goto(f"{town.url}/me")
    assert lost.url.startswith(f"{town.url}/signin?")
    lost.get_by_role("button", name=re.compile("Sign in as")).click()
    lost.get_by_text("This key is not good any more").wait_for()


def test_one_signs_in_again_and_out(town):
    stall = town.admit("A 区 12 号")
    page = town.newcomer(stall)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    page.goto(f"{town.url}/invitations")
    page.get_by_role("button", name=re.compile("Sign in as A 区 12 号")).click()
    page.wait_for_url("**/invitations")
    assert page.errors == []


@pytest.mark.parametrize("way", ["payload", "signature", "key"])
def test_a_link_altered_on_its_way_is_refused(town, way):
    stall = town.admit("A 区 12 号")
    sent_to(town, stall)
    page = town.newcomer(stall)

    def altered(route):
        entry = dsse.decode(route.request.post_data_buffer, PAYLOAD_TYPE)
        payload, sig, keyid = entry.payload, entry.signature, entry.keyid
        if way == "payload":
            payload = payload.replace(b'"quantity":30', b'"quantity":90')
            assert payload != entry.payload
        elif way == "signature":
            sig = bytes([sig[0] ^ 1]) + sig[1:]
        else:
            keyid = "0" * 64
        route.continue_(post_data=dsse.Envelope(PAYLOAD_TYPE, payload, keyid, sig).encode())

    page.route("**/api/v1/links", altered)
    page.goto(f"{town.url}/me")
    confirm(page)
    before = town.size()
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("It was refused.").wait_for()
    assert town.size() == before


def test_a_receipt_for_other_bytes_is_seen(town):
    stall = town.admit("A 区 12 号")
    sent_to(town, stall)
    page = town.newcomer(stall)
    page.route(
        "**/api/v1/links",
        lambda route: route.fulfill(status=201, json={"hash": "0" * 64, "index": 7, "proof": ""}),
    )
    page.goto(f"{town.url}/me")
    confirm(page)
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("the receipt is for another link").wait_for()


def test_two_devices_that_meet_on_a_chain_sign_again_unseen(town):
    """Another of the stall's records comes between reading the heads and sending."""
    stall = town.admit("A 区 12 号")
    lot = sent_to(town, stall)
    page = town.newcomer(stall)
    ledger, sent = town.world.ledger, []
    pen = _mandated(town, page, stall, town.world.party("湖心市场", "market"))

    def meet(route):
        sent.append(route.request.post_data)
        if len(sent) == 1:
            ledger.write(pen, [Draft(event=event("count", lot, "0"))])
        route.continue_()

    page.route("**/api/v1/links", meet)
    page.goto(f"{town.url}/me")
    confirm(page)
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("Signed and recorded as no.").wait_for()
    assert len(sent) == 2
    first, again = (parse(entry.encode()) for entry in sent)
    assert first.event == again.event
    assert (first.items[0].seq, again.items[0].seq) == (0, 1)
    with ledger.reading() as reader:
        head = reader.heads([(lot, stall)])[lot, stall]
    assert (head.seq, head.hash) == (1, link_hash(sent[1].encode()))


def _mandated(town, page, stall, other):
    """A pen of another's for the stall's chains: the stall gives a mandate in its browser."""
    statement = acts.give_mandate(
        stall, other.uri, ["stock_taking"], "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    )
    _sign(page, stall, statement)
    return town.world.ledger.pen(stall, other.signer)


def _sign(page, actor, statement):
    """Sign a statement by the page's own modules."""
    return page.evaluate(
        """async ([actor, statement]) => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const keys = await import(`${from}sign/keys.js`);
          const { signAndSend } = await import(`${from}sign/link.js`);
          const { ledger, keyid } = document.body.dataset;
          const signed_at = `${new Date().toISOString().slice(0, 19)}Z`;
          const drafts = [{ subjects: [statement.party], after: [], statement }];
          return signAndSend({ ledger, actor, signed_at, drafts }, await keys.find(keyid));
        }""",
        [actor, statement],
    )


def test_a_lost_answer_is_asked_for_again(town):
    """The server has the link and its answer is lost: the same bytes again, and one link."""
    stall = town.admit("A 区 12 号")
    sent_to(town, stall)
    page = town.newcomer(stall)
    sent = []

    def lose(route):
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/links", lose)
    page.goto(f"{town.url}/me")
    confirm(page)
    before = town.size()
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("Signed and recorded as no.").wait_for()
    assert len(sent) == 2 and sent[0] == sent[1]
    assert town.size() == before + 1


def test_a_replayed_challenge_signs_nobody_in(town):
    stall = town.admit("A 区 12 号")
    page = town.newcomer(stall)
    seen = []
    page.on(
        "request",
        lambda asked: seen.append(asked.post_data) if asked.url.endswith("/session") else None,
    )
    page.goto(f"{town.url}/signin")
    page.get_by_role("button", name=re.compile("Sign in as")).click()
    page.wait_for_url("**/me")
    (body,) = seen
    envelope = json.loads(body)["envelope"]
    said = dsse.decode(envelope.encode(), "application/vnd.suyuan.sign-in+json")
    assert set(json.loads(said.payload)) == {"ledger", "host", "nonce", "expiry"}
    thief = town.person()
    thief.goto(f"{town.url}/signin")
    statuses = thief.evaluate(
        """async (body) => {
          const post = (path, text) => fetch(path, { method: "POST", body: text,
            headers: { "Content-Type": "application/json" } }).then((answer) => answer.status);
          const tried = [await post("/api/v1/session", body)];
          tried.push(await post("/api/v1/session/challenge", "{}"));
          tried.push(await post("/api/v1/session", body));
          tried.push(await post("/api/v1/links", JSON.parse(body).envelope));
          return tried;
        }""",
        body,
    )
    assert statuses == [401, 200, 401, 400]
    # Under a link's name the same signature is a link's no more than before.
    forged = dsse.Envelope(PAYLOAD_TYPE, said.payload, said.keyid, said.signature).encode()
    answer = thief.request.post(
        f"{town.url}/api/v1/links", data=forged, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 400


def test_another_sites_challenge_is_not_signed(town):
    stall = town.admit("A 区 12 号")
    page = town.newcomer(stall)
    page.goto(f"{town.url}/signin")

    def other(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "host": "other.example"})

    page.route("**/session/challenge", other)
    offered = []
    page.on("request", lambda asked: offered.append(asked.url))
    page.get_by_role("button", name=re.compile("Sign in as")).click()
    page.get_by_text("That did not work.").wait_for()
    assert not any(url.endswith("/session") for url in offered)


def test_a_phone_without_ed25519_signs_with_p256(town):
    stall = town.admit("A 区 12 号")
    sent_to(town, stall)
    page = town.newcomer(stall, before=NO_ED25519)
    (key,) = town.keys(stall)
    assert key.alg == "ECDSA-P256"
    confirm(page)
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("Signed and recorded as no.").wait_for()
    town.world.ledger.followers.catch_up()
    assert audit(town.world.ledger).is_good


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("lacks", ["encryption", "algorithms"])
def test_a_browser_without_keys_is_told_so(town, locale, lacks):
    before, said, *words = {
        ("encryption", "en"): (NO_SUBTLE, "was opened without encryption", "its https address"),
        ("encryption", "zh-CN"): (NO_SUBTLE, "未经加密打开", "https 网址"),
        ("algorithms", "en"): (NO_KEYS, "can make no key to sign with", "market's terminal"),
        ("algorithms", "zh-CN"): (NO_KEYS, "无法生成签名密钥", "公用终端"),
    }[lacks, locale]
    code = codes.shown(town.invite(town.admit("A 区 12 号")))
    page = town.person(before=before, locale=locale)
    page.goto(f"{town.url}/invite#{code}")
    page.get_by_role("button", name=MAKE).click()
    for word in (said, *words):
        expect(page.locator("#said")).to_contain_text(word)
    expect(page.locator("#offered")).to_be_hidden()
    page.goto(f"{town.url}/signin")
    expect(page.locator("#said")).to_contain_text(
        said if lacks == "encryption" else {"en": "has no key", "zh-CN": "没有"}[locale]
    )
    with town.world.ledger.reading() as reader, pytest.raises(InvitationError):
        enrolment(
            reader,
            town.world.trust.genesis,
            AUTHORITY,
            invitation(reader, token_of(code)),
        )


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("answer", ["true", "false", "none"])
def test_it_is_asked_that_the_key_is_kept_and_told_if_that_is_not_promised(town, locale, answer):
    page = town.person(before=NO_STORAGE if answer == "none" else PERSIST % answer, locale=locale)
    code = codes.shown(town.invite(town.admit("A 区 12 号")))
    page.goto(f"{town.url}/invite#{code}")
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


def test_an_invitation_is_for_one_device(town):
    stall = town.admit("A 区 12 号")
    code = codes.shown(town.invite(stall))
    first, second = town.person(), town.person()
    for page in (first, second):
        page.goto(f"{town.url}/invite#{code}")
    first.get_by_role("button", name="Make my key on this device").click()
    first.locator("#offered").wait_for()
    second.get_by_role("button", name="Make my key on this device").click()
    second.get_by_text("Another device used this invitation before").wait_for()
    # The key that was not taken is not kept.
    second.goto(f"{town.url}/signin")
    second.get_by_text("This browser has no key of this ledger").wait_for()
    first.reload()
    first.locator("#offered").wait_for()


def test_a_code_is_typed_and_may_be_mistyped(town):
    stall = town.admit("A 区 12 号")
    code = codes.shown(town.invite(stall))
    page = town.person()
    page.goto(f"{town.url}/invite")
    page.get_by_label("Code of the invitation").fill("0000 nonsense")
    page.keyboard.press("Enter")
    page.get_by_text("This is no code of an invitation").wait_for()
    expect(page.get_by_label("Code of the invitation")).to_have_value("0000 nonsense")
    page.get_by_label("Code of the invitation").fill(code.lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.locator("#name").filter(has_text="A 区 12 号").wait_for()


def test_a_key_is_revoked_by_keyboard_alone(town):
    stall = town.admit("A 区 12 号")
    page = town.newcomer(stall)
    page.get_by_role("button", name=re.compile("Revoke key")).focus()
    page.keyboard.press("Enter")
    page.locator("#sign").wait_for()
    assert page.evaluate("document.activeElement.id") == "sign-title"
    for _ in range(2):  # past the exact text
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "sign-yes"
    page.keyboard.press("Enter")
    page.wait_for_url("**/signin?next=*")  # the session ends with its key
    assert town.keys(stall)[0].revoked is not None


def test_the_private_key_leaves_the_browser_by_no_way(town):
    stall = town.admit("A 区 12 号")
    page = town.newcomer(stall)
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


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_is_inaccessible_or_runs_over_the_side(town, language, size):
    stall = town.admit("A 区 12 号 一个名字很长很长很长很长的摊位 (Huxin Market, Hall A)")
    sent_to(town, stall)
    page = town.newcomer(stall, size=size, locale=language)
    code = codes.shown(town.invite(stall))
    for path in ("/me", "/me/arrivals/1", "/signin", "/invite", f"/invite#{code}", "/invitations"):
        if "arrivals" in path:
            page.locator(".acts a").first.click()
            page.locator("#all").click()
            page.locator("#sign").wait_for()
        else:
            page.goto(town.url + path)
        if path == "/invitations":
            page.locator(".box button").click()
            page.locator("#link").wait_for()
        page.wait_for_load_state("networkidle")
        assert page.locator("html").get_attribute("lang") == language
        assert_accessible(page, path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (path, wide <= size["width"]) == (path, True)
        if path == "/me":
            page.goto(f"{town.url}/me")
    assert page.errors == []
