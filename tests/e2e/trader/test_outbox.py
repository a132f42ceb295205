"""What a stall has signed waits on its phone for a minute: undone, offline, sent once."""

import base64
import json
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect
from support.ledger.world import event
from support.web.signing import until
from support.web.stall import LINKS, RECORDS, odd, other_device, recorded, sign, watched

from suyuan.trace.admission import acts
from suyuan.trace.format.link import parse
from suyuan.trace.format.times import zone
from suyuan.trace.goods.handover.reply import Reply
from suyuan.trace.lineage.model import Sent
from suyuan.trace.recording.receiving import confirm
from suyuan.trace.watch.audit import audit


def test_undo_drops_what_was_signed(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    sign(page)
    expect(page.locator("#waiting")).to_contain_text("It is sent in", use_inner_text=True)
    page.clock.fast_forward(50_000)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone. Nothing was sent.").wait_for()
    expect(page.locator("#outbox")).to_be_hidden()
    page.clock.fast_forward(120_000)
    page.wait_for_timeout(300)
    assert not [one for one in asked if "/links" in one]
    assert market.links(uri) == []
    sign(page)  # it is there again, and can be signed
    page.get_by_role("button", name="Send now").click()
    recorded(page)


def test_offline_it_is_signed_at_once_and_sent_with_the_same_bytes_on_return(market):
    uri, page = market.stall()
    index, _lots = market.send(uri, "30", "12.5")
    market.open(page)
    sent = []
    page.on("request", lambda one: "/links" in one.url and sent.append(one.post_data))
    page.context.set_offline(True)
    odd(page, 0, "amount", "29")
    sign(page)
    page.clock.fast_forward(61_000)
    page.get_by_text("Signed. Waiting for the network.").wait_for()
    (kept,) = page.evaluate(RECORDS)
    page.clock.fast_forward(600_000)
    assert sent == []
    page.get_by_role("button", name="Undo").wait_for()  # nothing has left the phone
    page.context.set_offline(False)
    recorded(page)
    assert sent == kept["entries"]
    with market.world.ledger.reading() as reader:
        assert reader.link(reader.size() - 1).entry.decode() == kept["entries"][0]
    assert set(market.states(index)) == {Sent.DIFFERENT, Sent.CONFIRMED}
    assert page.errors == []


def test_an_answer_that_is_lost_is_asked_for_again_and_is_one_link(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    lost = []

    def lose(route):
        lost.append(route.request.post_data)
        if len(lost) == 1:
            route.fetch()
            return route.abort()
        return route.continue_()

    page.route(LINKS, lose)
    sign(page)
    page.get_by_role("button", name="Send now").click()
    page.get_by_text("Waiting for the network").wait_for()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()  # it may have arrived
    page.clock.fast_forward(16_000)
    recorded(page)
    assert len(lost) == 2 and lost[0] == lost[1]
    assert len(market.links(uri)) == 1


def test_who_is_slowed_down_waits_as_long_as_the_server_says_and_sends_the_same_bytes(market):
    uri, page = market.stall()
    index, _lots = market.send(uri, "30")
    market.open(page)
    sent = []

    def slow(route):
        sent.append(route.request.post_data)
        if len(sent) > 1:
            return route.continue_()
        problem = {"status": 429, "rule": "pace", "retry_after": 40, "detail": "too fast"}
        return route.fulfill(status=429, json=problem, content_type="application/problem+json")

    page.route(LINKS, slow)
    sign(page)
    page.get_by_role("button", name="Send now").click()
    until(page, f"async () => (await ({RECORDS})())[0].status === 429")
    (kept,) = page.evaluate(RECORDS)
    assert kept["state"] == "held" and kept["retry"] > page.evaluate("Date.now()") + 20_000
    page.clock.fast_forward(30_000)
    page.wait_for_timeout(300)
    assert len(sent) == 1
    page.clock.fast_forward(60_000)
    recorded(page)
    assert sent[0] == sent[1]
    assert set(market.states(index)) == {Sent.CONFIRMED}


def test_two_tabs_send_once(market):
    uri, page = market.stall()
    market.send(uri, "30", "12.5")
    market.open(page, clock=False)
    other = watched(page.context)
    market.open(other, clock=False)
    sent = []
    for one in (page, other):
        one.on("request", lambda asked: "/links" in asked.url and sent.append(asked.post_data))
    sign(page)
    other.locator("#waiting li").wait_for()  # and its slip is done there too
    expect(other.locator("[data-slip] .sign-it")).to_be_disabled()
    page.evaluate(
        """async () => {
          const from = document.querySelector("script[type=module]").src.split("pages/")[0];
          const store = await import(`${from}offline/outbox-store.js`);
          const due = (one) => store.change(one.id, (it) => ({ ...it, due: 0 }));
          await Promise.all((await store.all()).map(due));
        }"""
    )  # both tabs look each second
    recorded(page)
    recorded(other)
    page.wait_for_timeout(1_500)
    assert len(sent) == 1
    assert len(market.links(uri)) == 1


def test_where_another_device_was_quicker_it_is_signed_again_unseen(market):
    uri, page = market.stall()
    index, lots = market.send(uri, "30", "12.5")
    second = other_device(market, page, uri)
    market.open(page)
    sign(page)
    (before,) = page.evaluate(RECORDS)
    (count,) = market.world.do(second, event("count", lots[1], "0"))
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    (first, again) = parse(before["entries"][0].encode()), market.links(uri)[-1]
    assert (first.event, first.signed_at, first.after) == (
        again.event,
        again.signed_at,
        again.after,
    )
    places = {one.item: (one.seq, one.prev) for one in again.items}
    assert places == {lots[0]: (0, None), lots[1]: (1, count.hash)}
    assert set(market.states(index)) == {Sent.CONFIRMED}


def test_what_another_device_has_answered_is_not_taken_in_twice(market):
    uri, page = market.stall()
    index, lots = market.send(uri, "30")
    second = other_device(market, page, uri)
    market.open(page)
    sign(page)
    confirm(market.world.ledger, second.pen, index, Reply(is_all=True), zone())
    page.get_by_role("button", name="Send now").click()
    page.get_by_text("Another device of yours had answered this already").wait_for()
    assert market.stock(uri) == {lots[0]: "30"}
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#outbox")).to_be_hidden()


def test_what_the_ledger_refuses_is_said_and_the_slip_is_there_again(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    with market.world.ledger.reading() as reader:
        (key,) = reader.keys_of(uri)
    market.world.say(market.world.authority, acts.revoke(uri, key.keyid))
    sign(page)
    page.get_by_role("button", name="Send now").click()
    page.get_by_text("It was refused:").wait_for()
    expect(page.locator("[data-slip] .sign-it")).to_be_enabled()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#outbox")).to_be_hidden()


def test_what_waited_too_long_is_shown_with_the_offer_to_sign_it_again(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    sign(page)
    ledger = market.world.ledger
    ledger.clock = lambda: datetime.now(UTC) + timedelta(seconds=120)
    ledger.link_age, ledger._appender = timedelta(seconds=100), None
    page.clock.fast_forward(61_000)
    page.get_by_text("it waited too long").wait_for()
    assert market.links(uri) == []
    (old,) = page.evaluate(RECORDS)
    page.get_by_role("button", name="Sign it again").click()
    recorded(page)
    (link,) = market.links(uri)
    first = json.loads(base64.b64decode(json.loads(old["entries"][0])["payload"]))
    assert link.signed_at > first["signed_at"] and link.event == first["event"]
    assert page.errors == [] or all("422" in error for error in page.errors)


def test_the_outbox_outlives_the_page_and_is_sent_from_the_next_one(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    sign(page)
    page.reload()
    page.locator("#waiting li").wait_for()
    expect(page.locator("[data-slip] .sign-it")).to_be_disabled()
    page.goto(f"{market.url}/me")
    page.get_by_role("button", name="Undo").wait_for()
    page.clock.fast_forward(61_000)
    expect(page.locator("#outbox")).to_be_hidden()
    assert len(market.links(uri)) == 1


def test_later_it_is_a_correction(market):
    uri, page = market.stall()
    first, (lot,) = market.send(uri, "30")
    second, (other,) = market.send(uri, "12.5")
    market.open(page)
    sign(page)
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    before = market.links(uri)
    page.get_by_role("button", name="Correct it").click()
    card = page.locator("#correcting .slip")
    expect(card.locator(".sign-it")).to_contain_text("Nothing was changed", use_inner_text=True)
    card.locator(".other").first.click()
    page.locator("form.odd [value=amount]").check()
    page.locator("form.odd .number").fill("28")
    page.get_by_role("button", name="Take over").click()
    card.locator(".sign-it").click()
    page.get_by_role("button", name="Send now").click()
    recorded(page, 2)
    right, wrong = (link.event for link in market.links(uri)[2:])
    mistaken = next(link.event for link in before if link.items[0].item == lot)
    assert wrong == mistaken | {"errorDeclaration": wrong["errorDeclaration"]}
    assert wrong["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert right["eventTime"] == wrong["eventTime"]
    assert market.stock(uri) == {lot: "28", other: "12.5"}
    assert market.states(first, second) == [Sent.DIFFERENT, Sent.CONFIRMED]
    expect(page.get_by_role("button", name="Correct it")).to_have_count(1)  # of the correction
    assert audit(market.world.ledger).is_good


HIDING = f"""async () => {{
  const [base] = document.querySelector("script[type=module]").src.split("pages/");
  const store = await import(base + "offline/outbox-store.js");
  const [{{ id }}] = await ({RECORDS})();
  const disclosures = [{{ disclosure: "hidden-139", audience: [] }}];
  const hiding = (set) => ({{
    ...set, drafts: set.drafts.map((draft) => ({{ ...draft, disclosures }})),
  }});
  await store.change(id, (record) => ({{ ...record, set: hiding(record.set) }}));
}}"""


def test_of_what_was_sent_the_browser_keeps_no_hidden_words(market):
    uri, page = market.stall()
    market.send(uri, "30")
    market.open(page)
    sign(page)
    page.evaluate(HIDING)
    assert "hidden-139" in json.dumps(page.evaluate(RECORDS))
    page.get_by_role("button", name="Send now").click()
    recorded(page)
    (kept,) = page.evaluate(RECORDS)
    assert (kept["state"], "hidden-139" in json.dumps(kept)) == ("sent", False)
    assert kept["set"]["drafts"][0]["event"]  # by which the list says what it was
