"""Feeds: what concerns a party comes once, in pages that leave nothing out, and to nobody else."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from support.ledger.world import event
from support.watch.notify import Clock, receiving, swept
from support.web.acting import clear, extend, order, say
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, post

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.store.beside import notices
from suyuan.trace.watch.audit import audit
from suyuan.trace.watch.notify.delivery import Delivery
from suyuan.trace.watch.notify.outbox import Outbox
from suyuan.trace.watch.notify.webhooks import SETTING, signature

pytestmark = pytest.mark.slow
FEED = "/api/v1/me/feed"


def entries(client, limit=200, after=""):
    """All entries of who is signed in, page by page."""
    found, is_more = [], True
    while is_more:
        page = client.get(f"{FEED}?limit={limit}&after={after}").json
        found, after, is_more = found + page["entries"], page["cursor"] or "", page["is_more"]
        assert len(page["entries"]) <= limit
    return found


def kinds(found):
    return [(one["kind"], one["what"], one["index"]) for one in found]


def trade(world, people, chance):
    """Some dispatches and their answers, at random; the indexes that concern each party."""
    farm, *shops = people
    concerned = {actor.uri: set() for actor in people}
    for _ in range(chance.randint(3, 9)):
        shop, lot = chance.choice(shops), world.coded_lot(farm)
        ends = {"sender": farm.uri, "recipient": shop.uri}
        sent = event("dispatch", lot, "9", **ends)
        (receipt,) = world.do(farm, sent)
        concerned[shop.uri].add(("arrival", receipt.index))
        match chance.choice(("receive", "refuse", "undo", "open")):
            case "undo":
                (by,) = world.do(farm, event("undo-dispatch", lot, "9",
                                             extra={"suyuan:of": sent["eventID"]}))  # fmt: skip
                concerned[shop.uri].add(("undone", by.index))
            case "open":
                pass
            case step:
                after = [AfterRef(receipt.index, receipt.hash)]
                extra = {"suyuan:reason": "坏了"} if step == "refuse" else {}
                (by,) = world.do(shop, event(step, lot, "9", extra=extra), after=after)
                concerned[farm.uri].add(("answer", by.index))
    return concerned


@pytest.mark.parametrize("seed", range(2))
def test_pages_together_are_all_that_concerns_each_and_nothing_twice(world, seed):
    """Taken in by two outboxes, one of which forgets how far it was, in runs of any length."""
    chance = random.Random(seed)
    people = [world.party("农场", "producer"), world.party("甲"), world.party("乙")]
    clients = {actor.uri: client_of(world.ledger, actor) for actor in people}
    concerned = {actor.uri: set() for actor in people}
    read = {actor.uri: [] for actor in people}
    outboxes = [Outbox(world.ledger), Outbox(world.ledger)]
    for _ in range(4):
        for uri, more in trade(world, people, chance).items():
            concerned[uri] |= more
        if chance.random() < 0.5:
            notices.move(world.ledger.database.engine, 0)
            outboxes[0] = Outbox(world.ledger)  # as after a crash
            outboxes[0]._cursor = 0
        swept(world, chance.choice(outboxes))
        for uri, client in clients.items():
            after = read[uri][-1]["cursor"] if read[uri] else ""
            read[uri] += entries(client, chance.randint(1, 5), after)
    for uri, client in clients.items():
        assert read[uri] == entries(client)
        assert len({one["id"] for one in read[uri]}) == len(read[uri])
        goods = [one for one in read[uri] if one["kind"] in ("arrival", "undone", "answer")]
        assert {(one["kind"], one["index"]) for one in goods} == concerned[uri]
        assert len(goods) == len(concerned[uri])
    assert entries(client_of(world.ledger, world.party("路人")))[1:] == []  # its own admission
    assert audit(world.ledger).is_good


def test_acts_statements_and_findings_come_to_those_whom_they_concern(world):
    farm, shop, other = (world.party(name, "producer") for name in ("农场", "店", "别家"))
    lot, second = world.coded_lot(farm), world.coded_lot(farm)
    world.hand_over(farm, shop, lot)
    uri = order(world, world.authority, lot)
    swept(world)
    world.hand_over(farm, shop, second)
    extend(world, world.authority, uri, second)
    swept(world)
    clear(world, world.authority, uri, second)
    say(world, shop, (acts.recall_acknowledge(uri), None))
    say(world, world.authority, (acts.recall_close(uri), None))
    admitted = acts.admit(shop.uri, "店铺", ["stall"], "350206")
    world.say(world.authority, {**admitted, "op": "change"})
    licence = {"kind": "business", "number": "JY1", "expires": "2030-01-01"}
    told = {"type": "profile", "uri": shop.uri, "licences": [licence]}
    world.say(world.authority, told)
    world.say(other, {**told, "description": {"zh": "好店"}})  # nobody's to say but theirs
    world.do(shop, event("loss", lot, "99", extra={"suyuan:reason": "坏了"}))
    swept(world)
    found = entries(client_of(world.ledger, shop))
    whats = [one["what"] for one in found if one["act"] == uri]
    assert whats == ["recall.order", "recall.extend", "recall.clear", "recall.close"]
    assert all(one["by_name"] == "厦门市市场监督管理局" for one in found if one["act"])
    stated = [one["what"] for one in found if one["kind"] == "registration"]
    assert stated == ["party.admit", "key.enrol", "party.change", "profile"]
    own = {one["rule"]: one for one in found if one["kind"] == "finding"}
    assert own["overdrawn"]["severity"] == "grave" and own["overdrawn"]["items"][0]["item"] == lot
    (answer,) = [one for one in entries(client_of(world.ledger, world.authority)) if one["act"]]
    assert (answer["kind"], answer["what"]) == ("answer", "recall.acknowledge")
    strangers = entries(client_of(world.ledger, other))
    assert {one["what"] for one in strangers} == {"party.admit", "key.enrol"}


def test_a_receipt_of_two_suppliers_names_to_each_its_own_goods(world):
    shop, farms = world.party("店"), [world.party(name, "producer") for name in ("甲", "乙")]
    lots = [world.coded_lot(farm) for farm in farms]
    sent = [
        world.do(farm, event("dispatch", lot, "5", sender=farm.uri, recipient=shop.uri))[0]
        for farm, lot in zip(farms, lots, strict=True)
    ]
    goods, now = [Portion(lot, None, None) for lot in lots], datetime.now(UTC)
    after = [AfterRef(one.index, one.hash) for one in sent]
    world.do(shop, steps.event("receive", now, goods), after=after)
    stranger = world.party("路人")  # names their links, and answers nothing that was sent to it
    world.do(stranger, steps.event("receive", now, goods), after=after)
    swept(world)
    for farm, lot in zip(farms, lots, strict=True):
        found = entries(client_of(world.ledger, farm))
        (answer,) = [one for one in found if one["kind"] == "answer"]
        assert [one["item"] for one in answer["items"]] == [lot] and answer["by"] == shop.uri


def test_who_is_heard_of_later_has_the_recall_in_its_feed_once(world):
    farm, shop, late = (world.party(name, "producer") for name in ("农场", "店", "后来者"))
    lot = world.coded_lot(farm)
    world.hand_over(farm, shop, lot)
    order(world, farm, lot)
    swept(world)
    when = datetime.now(UTC) - timedelta(days=300)  # recorded offline, before the recall
    ends = {"sender": shop.uri, "recipient": late.uri}
    (sent,) = world.do(shop, steps.event("dispatch", when, [Portion(lot, None, None)], **ends))
    swept(world)
    world.do(late, event("receive", lot), after=[AfterRef(sent.index, sent.hash)])
    swept(world)
    found = entries(client_of(world.ledger, late))
    assert [one["what"] for one in found if one["act"]] == ["recall.order"]
    assert ("arrival", "dispatch", sent.index) in kinds(found)


def test_a_feed_is_posted_signed_in_order_and_again_until_it_is_taken(small, monkeypatch):
    farm, shop = small.party("农场", "producer"), small.party("店")
    client, clock = client_of(small.ledger, shop), Clock()
    lot = small.coded_lot(farm)
    with receiving() as hooks:
        assert post(client, "me/webhooks", url=hooks.url).status_code == 422  # this machine
        monkeypatch.setenv(SETTING, "127.0.0.1")
        made = post(client, "me/webhooks", url=f"{hooks.url}/a")
        assert made.status_code == 201
        assert post(client, "me/webhooks", url=f"{hooks.url}/a").status_code == 409
        swept(small)
        assert hooks.got == []
        delivery = Delivery(small.ledger, now=clock)
        hooks.answers["/a"] = (500, {})
        delivery.post()
        del hooks.answers["/a"]
        small.do(farm, event("dispatch", lot, "5", sender=farm.uri, recipient=shop.uri))
        swept(small)
        for _ in range(3):
            clock.go(hours=2)
            delivery.post()
        posted = []
        for path, headers, body in hooks.got:
            key, at = headers["webhook-id"], int(headers["webhook-timestamp"])
            assert headers["webhook-signature"] == signature(made.json["secret"], key, at, body)
            posted.append((path, json.loads(body)["type"], json.loads(body)["data"]["entries"]))
        assert {(path, kind) for path, kind, _ in posted} == {("/a", "feed")}
        assert posted[0] == posted[1]  # what failed, once more
        assert [one for _, _, part in posted[1:] for one in part] == entries(client)
        gone = f"/api/v1/me/webhooks?url={hooks.url}/a"
        assert client.delete(gone, headers=ORIGIN_HEADERS).status_code == 204
        assert client.get("/api/v1/me/webhooks").json == {"webhooks": []}


def test_what_is_no_place_or_no_cursor_is_refused_in_words(small, monkeypatch):
    shop, other = small.party("店"), small.party("别家")
    swept(small)
    client = client_of(small.ledger, shop)
    monkeypatch.setenv(SETTING, "")
    for url in ("http://erp.example/hook", "https://u:p@erp.example/", "https://10.0.0.1/", "erp",
                "https://[::1]/", "https://169.254.169.254/x", "https://localhost/"):  # fmt: skip
        answer = post(client, "me/webhooks", url=url)
        assert (answer.status_code, answer.json["field"]) == (422, "url"), url
    for number in range(5):
        answer = post(client, "me/webhooks", url=f"https://erp.example/{number}")
        assert answer.status_code == 201
    assert post(client, "me/webhooks", url="https://erp.example/6").status_code == 409
    (cursor, *_) = [one["cursor"] for one in entries(client_of(small.ledger, other))]
    for after in ("7", "x", cursor, f"{cursor}0", "9" * 40):
        assert client.get(f"{FEED}?after={after}").status_code == 422, after
    for limit in ("0", "201", "x"):
        assert client.get(f"{FEED}?limit={limit}").status_code == 422
