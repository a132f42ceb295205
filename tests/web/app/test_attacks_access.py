"""What is kept private, asked for in ways that nobody meant: by indexes, names, one's own links.

Of a ledger of private entries. Beside `test_web_private_routes.py`, which walks over all routes.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from support.ledger.private import erase, link_at, priced
from support.ledger.world import days_ago, event
from support.web.acting import order
from support.web.private_routes import ENDS, everything, names, of_officers, of_parties
from support.web.roles import ask, routes
from support.web.signing import ORIGIN_HEADERS
from support.web.town import town

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import CHAIN, PUBLIC
from suyuan.trace.format.private.digests import committed
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.disclosures import erasure_subject
from suyuan.trace.inspection.complaints import Complaints, key_of
from suyuan.trace.store.files.auditors import Auditors

pytestmark = pytest.mark.slow
COMPANY, NUMBER = "urn:uscc:91350200MA2XYZ1234", "91350200MA2XYZ1234"
# Routes that take a link's index, each asked for every index there is.
INDEXED = {
    "signin.arrival", "handover.draft", "hidden.hidden", "disclosures.of_link",
    "disclosures.erasing", "proofs.proof", "log.tile", "labels_print.printed",
    "records_mine.record", "records.one", "records.correction", "records.retraction",
}  # fmt: skip

# What is told of the stall and its lots to it and its inspectors, besides its own trade.
OF_THE_STALL = {
    "parties.party", "parties.keys", "inspect_party.by_uri", "inspect_party.by_code",
    "chains.one", "chains.of_item", "chains.whole", "inspect_chain.chain", "divisions.division",
    "inspections.listed", "inspections.at_counter", "hidden.hidden", "disclosures.erasing",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The town, with a rival whom nobody knows of, a company, and a stranger with a good key."""
    found = town(tmp_path_factory.mktemp("access"))
    world, people, lot = found.world, found.people, found.lots[0]
    for name, called in (("rival", "对手摊"), ("stranger", "路人摊"), ("lost", "丢失摊")):
        people[name] = world.party(called, division="350203")
    people["company"] = world.party("公司", "producer", division="350212", uri=COMPANY)
    world.hand_over(people["farm"], people["rival"], lot, "7")
    found.hide()
    yield found
    found.close()


def links(made):
    """Index and hash of every link, as the tiles tell them to everybody."""
    with made.world.ledger.reading() as reader:
        return [(link.index, link.hash) for link in reader.links()]


@pytest.fixture(scope="module", autouse=True)
def beginning(made):
    """The links before any test, of which none is for the stranger."""
    return links(made)


def told_of(made, answer) -> bool:
    """Whether an answer names the rival."""
    said = everything(answer.data)
    return any(name.encode() in said for name in names(made.people["rival"]))


def own(made, actor, lot, client):
    """All that everybody may ask of somebody's own chain."""
    made.world.ledger.followers.catch_up()
    code = codes.of_chain(lot, actor.uri)
    paths = (f"/t/{code}?all=1", f"/api/v1/items/{code}", f"/api/v1/items/{code}/evidence")
    return [client.get(path) for path in paths]


def test_every_route_that_takes_an_index_is_asked_for_all_of_them(made):
    """A new one fails here until it is."""
    taking = {
        endpoint
        for endpoint, _method, rule in routes(made.app)
        if "index" in rule.arguments or endpoint in {"log.tile", "labels_print.printed"}
    }
    assert taking == INDEXED


@pytest.mark.parametrize("who", [None, "stranger", "market", "laboratory"])
def test_no_index_tells_whose_record_it_is(made, who):
    client, me, told = made.browser(who), made.people[who or "stranger"].uri, set()
    for index, _hash in links(made):
        asked = [
            client.get(f"/me/arrivals/{index}"),
            client.get(f"/hidden/{index}"),
            client.get(f"/me/records/{index}"),
            client.get(f"/api/v1/records/{index}"),
            client.get(f"/api/v1/links/{index}/disclosures"),
            client.get(f"/api/v1/proofs/{index}"),
            client.get(f"/log/tile/entries/000.p/{index + 1}"),
            client.get(f"/api/v1/labels/{index}.pdf"),
            client.get(f"/api/v1/attachments/{'0' * 64}?link={index}"),
            *(
                client.post(f"/api/v1/{path}", json=body, headers=ORIGIN_HEADERS)
                for path, body in (
                    (f"records/{index}/correction", {"values": {"reason": "x"}}),
                    (f"records/{index}/retraction", {}),
                    (f"links/{index}/erasure/draft", {"all": True}),
                    (f"arrivals/{index}/draft", {"party": me, "all": True}),
                    (f"arrivals/{index}/draft", {"party": me, "rest": True}),
                )
            ),
        ]
        # A registrar may erase what a person asked it to, and reads which record that is.
        if who != "market" or not committed(link_at(made.world, index)):
            told |= {answer.request.path for answer in asked if told_of(made, answer)}
    assert told == set()


def test_no_refusal_tells_whose_record_it_is(made):
    """Of an erasure that anybody may sign: a link's index and hash are public."""
    world, stranger, said = made.world, made.people["stranger"], set()
    for index, name in links(made):
        one = {"type": "erasure", "index": index, "hash": name, "digests": ["A" * 43]}
        with pytest.raises(Refused) as found:
            world.say(stranger, one)
        said.add(found.value.why.replace(f"index {index}", "index").split(" not commit")[0])
    assert not any(made.people["rival"].uri in why for why in said)
    assert len({why for why in said if "hides is erased by" in why}) == 1


def test_one_names_no_entry_of_others_to_find_it_in_ones_own_evidence(made, beginning):
    """An evidence file has what its links name, and the hash of every link is public."""
    world, stranger, lot = made.world, made.people["stranger"], made.world.new_lot()
    world.code(stranger, lot)
    refused = 0
    for index, name in beginning:
        for step in ("receive", "test", "loss"):
            with pytest.raises(Refused) as found:
                world.do(stranger, event(step, lot, "1"), after=(AfterRef(index, name),))
            assert found.value.rule is Rule.AFTER
            assert made.people["rival"].uri not in found.value.why
            refused += 1
    assert refused > 90
    assert not any(told_of(made, one) for one in own(made, stranger, lot, made.browser(None)))


def test_what_is_for_a_party_it_names_all_the_same(made):
    """Dispatches, refusals, returns, what a laboratory examines, an act; an officer anything."""
    world, people, lot = made.world, made.people, made.world.new_lot()
    farm, stall = people["farm"], people["stall"]
    coded = world.code(farm, lot)
    got = world.hand_over(farm, stall, lot)
    (sent,) = world.do(farm, event("dispatch", lot, "3", sender=farm.uri, recipient=stall.uri))
    (refusal,) = world.do(stall, event("refuse", lot, "3", extra={"suyuan:reason": "烂"}),
                          after=(AfterRef(sent.index, sent.hash),))  # fmt: skip
    world.do(farm, event("receive", lot, "3"), after=(AfterRef(refusal.index, refusal.hash),))
    named = (AfterRef(got.index, got.hash),)
    world.do(people["laboratory"], event("test", lot, extra={"suyuan:result": "合格"}), after=named)
    world.do(people["office"], event("count", world.new_lot(), "1"), after=named)
    with pytest.raises(Refused):  # another lot's
        world.do(people["laboratory"], event("test", made.lots[1]), after=named)
    with pytest.raises(Refused):
        world.do(people["rival"], event("test", lot), after=(AfterRef(coded.index, coded.hash),))
    act = order(world, world.authority, lot)
    (ordered,) = (AfterRef(*one) for one in links(made)[-1:])
    draft = Draft(statement=acts.recall_acknowledge(act), after=(ordered,))
    assert world.ledger.write(stall.pen, [draft])


def test_a_draft_of_a_test_names_what_its_examiner_may_name(made):
    """A stall that tests what it was sold names no dispatch to its seller's next buyer."""
    asked = {"step": "test", "goods": [{"item": made.lots[0]}], "result": "合格"}
    named = {}
    for who in ("stall", "laboratory"):
        path = "/api/v1/events/draft"
        answer = made.browser(who).post(path, json=asked, headers=ORIGIN_HEADERS)
        assert answer.status_code == 200, answer.text
        named[who] = [len(one["after"]) for one in answer.json["drafts"]]
    assert named == {"stall": [0], "laboratory": [1]}


def test_a_purchase_tells_nothing_of_its_suppliers_other_buyers(made):
    """The evidence of a purchase has what its supplier says of the item: no more than is needed."""
    world, lot, company = made.world, made.world.new_lot(), made.people["company"]
    world.code(company, lot)
    world.hand_over(company, made.people["rival"], lot, "7")
    bought = {"suyuan:supplier": {"name": "公司", "uscc": NUMBER}, "suyuan:product": "上海青"}
    stranger, nobody = made.people["stranger"], made.browser(None)
    world.do(stranger, event("receive", lot, "1", extra=bought))
    page, history, evidence = own(made, stranger, lot, nobody)
    assert not any(told_of(made, one) for one in (page, history, evidence))
    assert "not_sold" in [one["code"] for one in history.json["causes"]]  # as before


def test_no_statement_is_asked_for_as_if_it_were_an_item(made):
    """By an act's URI, a party's, or that of the link that an erasure is about."""
    world, rival, nobody = made.world, made.people["rival"], made.browser(None)
    hidden, stored = priced(world, rival, made.lots[0])
    erase(world, rival, hidden.index, stored, reason="对手摊要求")
    about = (made.recall, made.hold, rival.uri, world.authority.uri, erasure_subject(hidden.hash))
    unknown = nobody.get("/api/v1/items?item=urn:x:y")
    for uri in about:
        for path in ("/api/v1/items", "/api/v1/items/evidence"):
            answer = nobody.get(f"{path}?item={quote(uri, safe='')}")
            assert (answer.status_code, answer.data) == (404, unknown.data), uri
    officer = made.browser("office")
    assert officer.get(f"/api/v1/items?item={quote(made.recall, safe='')}").status_code == 200
    lot = quote(made.lots[0], safe="")
    assert nobody.get(f"/api/v1/items?item={lot}").status_code == 200


def test_what_everyone_may_read_of_a_record_does_not_say_whose_it_is(made):
    world, rival = made.world, made.people["rival"]
    open_, _ = priced(world, rival, made.lots[0], PUBLIC)
    shown, stored = priced(world, rival, made.lots[0], PUBLIC, "9 元")
    erase(world, rival, shown.index, stored, reason="对手摊要求")
    client = made.browser("stranger")
    for receipt in (open_, shown):
        for path in (f"/hidden/{receipt.index}", f"/api/v1/links/{receipt.index}/disclosures"):
            assert not told_of(made, client.get(path)), path
    found = client.get(f"/api/v1/links/{open_.index}/disclosures").json["disclosures"]
    assert [one["value"] for one in found] == ["3.20 元"]
    assert made.browser("rival").get(f"/hidden/{open_.index}").status_code == 200


def test_who_says_to_have_made_anothers_lot_is_not_told_who_has_that(made):
    """A maker is told whom a recall of its goods would reach; of what others made of it nothing."""
    world, people, own_lot = made.world, made.people, made.world.new_lot()
    lot, stranger = "https://id.gs1.org/01/09506000134352/10/KEEP", people["stranger"]
    coded = steps.coding("上海青", days_ago(1), 5, "350212")
    world.do(people["farm"], event("code", lot, "100", extra=coded))
    world.hand_over(people["farm"], people["rival"], lot, "7")
    world.code(stranger, own_lot, "30")
    portions = [Portion(one, Decimal(1), "KGM") for one in (own_lot, lot)]
    when = datetime.now(UTC) - timedelta(seconds=30)
    world.do(stranger, steps.event("make", when, portions[1:], inputs=portions[:1], extra=coded))
    world.ledger.followers.catch_up()
    client, item = made.browser("stranger"), quote(own_lot, safe="")
    for path in (f"/api/v1/recalls/scope?item={item}", f"/recalls/new?item={item}"):
        answer = client.get(path)
        assert answer.status_code == 200 and not told_of(made, answer), path
        assert told_of(made, made.browser("office").get(path)), path
    found = client.get(f"/api/v1/recalls/scope?item={item}").json
    assert [one["item"] for one in found["items"]] == [own_lot]
    assert found["remaining"] == [{"value": "29", "unit": "kg"}]


def test_no_step_with_anothers_pallet_tells_where_that_is(made):
    """Nor a draft, by which nothing is signed: the number stands on the pallet."""
    pallet = "https://id.gs1.org/00/169012345000000018"
    made.world.do(made.people["rival"], packing(made.lots[0], pallet))
    made.world.ledger.followers.catch_up()
    goods = [{"item": pallet, "quantity": "1", "unit": "-"}]
    asked = {"goods": goods, "to": made.people["farm"].uri, "reason": "r"}
    for who, is_told in (("stranger", False), ("office", True)):
        client, warned = made.browser(who), set()
        for step in ("store", "count", "dispatch", "loss", "sell", "sample"):
            answer = client.post(
                "/api/v1/events/draft", json=asked | {"step": step}, headers=ORIGIN_HEADERS
            )
            assert answer.status_code == 200, answer.text
            warned |= {one["rule"] for one in answer.json["warnings"]}
            assert told_of(made, answer) <= is_told, answer.text
        assert "two-places" in warned
    # Nor is a step that was signed, on the page that its code has.
    made.world.do(made.people["stranger"], event("count", pallet))
    answers = own(made, made.people["stranger"], pallet, made.browser(None))
    assert not any(told_of(made, one) for one in answers)
    assert "two-places" in [one["rule"] for one in answers[1].json["findings"]]


def test_a_code_of_a_partys_own_affairs_is_no_items_code(made):
    """Of a chain that a party has about itself the code can be computed by everybody."""
    world, rival, nobody = made.world, made.people["rival"], made.browser(None)
    itemless = event("count", made.lots[0]) | {"quantityList": [], "epcList": []}
    world.do(rival, itemless)
    span = ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    world.say(rival, acts.give_mandate(rival.uri, made.people["farm"].uri, ["shipping"], *span))
    for answer in own(made, rival, rival.uri, nobody):
        assert answer.status_code == 404 and not told_of(made, answer)


def test_nobody_comes_along_a_chain_by_packing_its_goods_into_a_crate_it_is_sent(made):
    """What is hidden for those along the chain, and a crate in which the goods never were."""
    world, people, lot, crate = made.world, made.people, made.world.new_lot(), made.world.new_lot()
    farm, spy, trader, stall = (people[who] for who in ("farm", "stranger", "company", "stall"))
    world.code(farm, lot)
    hidden, _ = priced(world, farm, lot, CHAIN)
    world.do(spy, packing(lot, crate))
    world.do(farm, event("dispatch", crate, sender=farm.uri, recipient=spy.uri))
    path = f"/api/v1/links/{hidden.index}/disclosures"
    world.ledger.followers.catch_up()
    assert made.browser("stranger").get(path).json["disclosures"] == []
    pallet = world.new_lot()
    world.do(farm, packing(lot, pallet))
    world.hand_over(farm, trader, pallet, None)
    passed, _ = priced(world, trader, lot, CHAIN)
    world.hand_over(trader, stall, pallet, None)
    world.ledger.followers.catch_up()
    for index in (hidden.index, passed.index):
        for who in ("farm", "company", "stall"):
            found = made.browser(who).get(f"/api/v1/links/{index}/disclosures").json
            assert [one["value"] for one in found["disclosures"]] == ["3.20 元"], (index, who)


def packing(lot, container):
    when = datetime.now(UTC) - timedelta(minutes=5)
    return steps.event("pack", when, [Portion(lot, Decimal(1), "KGM")], parent=container)


def test_who_records_for_an_office_does_not_inspect_for_it(made, monkeypatch):
    world, office, market = made.world, made.people["office"], made.people["stranger"]
    begin, end = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
    world.say(office, acts.give_mandate(office.uri, market.uri, ["inspecting"], begin, end))
    now = world.ledger.clock
    monkeypatch.setattr(world.ledger, "clock", lambda: now() + timedelta(days=3))
    path = f"/api/v1/parties/{quote(office.uri, safe='')}/overdue"
    assert made.browser("office").get(path).json["overdue"]
    for who in ("stranger", "authority"):
        assert made.browser(who).get(path).json["overdue"] == [], who


def test_an_inspector_out_of_its_remit_gets_nothing_of_a_party(made):
    """Of the stall's own affairs, its chains, keys and the reports about it."""
    client, refused = made.browser("elsewhere"), set()
    of_the_stall = OF_THE_STALL | of_parties(made.app)
    for endpoint, method, rule in routes(made.app):
        if endpoint in of_the_stall:
            with ask(client, made, endpoint, method, rule) as answer:
                assert answer.status_code == 403, f"{method} {rule} {answer.data[:200]!r}"
                refused.add(endpoint)
    assert refused == of_the_stall
    (report,) = Complaints(made.world.home).all()
    path = f"/api/v1/reports/{report.number}"
    assert client.get(f"{path}/photo").status_code == 403
    note = {"key": key_of(report), "state": "done", "note": "x"}
    assert client.post("/api/v1/tasks", json=note, headers=ORIGIN_HEADERS).status_code == 404
    assert client.get(f"/inspect/task?key={note['key']}").status_code == 404
    assert client.get("/api/v1/reports").json["reports"] == []
    assert client.get("/api/v1/tasks").json["tasks"] == []


def test_a_token_a_lost_key_and_a_session_that_is_over_get_what_nobody_gets(made, monkeypatch):
    """An auditor's token reads what follows from entries and is nobody otherwise."""
    world, clients = made.world, {name: made.browser(None) for name in ("nobody", "token")}
    token = Auditors(world.home, world.trust.origin).add("见证")
    clients["token"].environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    clients["lost"] = made.browser("lost")
    lost = made.people["lost"]
    world.say(world.authority, acts.revoke(lost.uri, lost.signer.public.keyid))
    found = {name: _walked(made, client) for name, client in clients.items()}
    assert found["lost"] == found["nobody"]
    differing = {key for key, said in found["token"].items() if said != found["nobody"][key]}
    allowed = of_officers(made.app) | {"heads.heads", "log.tile"}
    assert {endpoint for endpoint, _method in differing} <= allowed
    clients["over"] = made.browser("farm")
    now = world.ledger.clock
    monkeypatch.setattr(world.ledger, "clock", lambda: now() + timedelta(hours=12, seconds=1))
    assert _walked(made, clients["over"]) == found["nobody"]


def _walked(made, client):
    """How each route answers."""
    found = {}
    for endpoint, method, rule in routes(made.app):
        if endpoint not in ENDS and not endpoint.startswith(("static", "health.")):
            with ask(client, made, endpoint, method, rule) as answer:
                where = (answer.location or "").partition("?")[0]
                found[endpoint, f"{method} {rule}"] = answer.status_code, where
    return found
