"""A rival that piles up links about what it did not begin is slowed down; nobody else is."""

import json

import pytest
from support.ledger.flood import Clock, ref
from support.ledger.world import Actor, event
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.store.append import entry_rules

pytestmark = pytest.mark.slow


@pytest.fixture
def clock(request):
    """The ledger's, which stands still."""
    name = "world" if "world" in request.fixturenames else "small"
    found = request.getfixturevalue(name).ledger.clock = Clock()
    return found


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """After 10 links a chain is slowed down, in all tests but one."""
    monkeypatch.setattr(entry_rules, "FREE", 10)


def offer(world, who, *drafts, atomic=False):
    found = world.ledger.offer([who.pen.sign(draft) for draft in drafts], atomic=atomic)
    who.pen.forget()
    return found


def taken(found):
    """How many of them were taken; the others were all refused for their pace, or behind such."""
    refused = [one for one in found if isinstance(one, Refused)]
    assert all(one.rule in (Rule.PACE, Rule.CHAIN) for one in refused), refused
    assert not refused or refused[0].rule is Rule.PACE
    return len(found) - len(refused)


def counts(lot, number, after=()):
    return [Draft(event=event("count", lot, "1"), after=after) for _ in range(number)]


def lot_of(world):
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    return farm, lot, world.code(farm, lot)


@pytest.fixture
def lot(small):
    return lot_of(small)[1]


@pytest.fixture
def rival(small):
    return small.party("对手")


def test_a_rival_floods_another_s_lot(small, lot, rival, clock, monkeypatch):
    monkeypatch.setattr(entry_rules, "FREE", 1_000)
    assert taken(offer(small, rival, *counts(lot, 1_000))) == 1_000
    (refused,) = offer(small, rival, *counts(lot, 1))
    assert (refused.rule, refused.status, refused.retry_after) == (Rule.PACE, 429, 10)
    assert "send it again in 10 seconds" in refused.why
    clock.forward(10)
    assert taken(offer(small, rival, *counts(lot, 3))) == 1
    clock.forward(9)
    (refused,) = offer(small, rival, *counts(lot, 1))
    assert refused.retry_after == 1


def test_a_rival_names_a_link_of_the_lot_from_a_lot_of_its_own(small, clock):
    _, _, coded = lot_of(small)
    rival, own = small.party("对手"), small.new_lot()
    small.code(rival, own)
    assert taken(offer(small, rival, *counts(own, 14, (ref(coded),)))) == 9
    assert taken(offer(small, rival, *counts(own, 14))) == 14  # of its own it says what it likes


def test_a_rival_names_it_in_records_of_no_item(small, rival, clock):
    _, _, coded = lot_of(small)
    nothing = event("count", small.new_lot()) | {"epcList": [], "quantityList": []}
    alone, naming = Draft(event=nothing), Draft(event=nothing, after=(ref(coded),))
    assert taken(offer(small, rival, *[naming] * 14)) == 10
    assert taken(offer(small, rival, *[alone] * 14)) == 14


def test_a_rival_codes_another_s_lot_to_pass_as_its_maker(world, clock):
    farm, lot = world.party("青山农场", "producer"), "https://id.gs1.org/01/06901234567892/10/A"
    rival = world.party("对手")
    world.code(farm, lot)
    world.code(rival, lot)
    assert taken(offer(world, rival, *counts(lot, 14))) == 9
    assert taken(offer(world, farm, *counts(lot, 14))) == 14


def test_a_maker_whose_lot_a_rival_coded_first_is_not_slowed(small, clock):
    farm, lot = small.party("青山农场", "producer"), "https://id.gs1.org/01/06901234567892/10/A"
    change = acts.admit(farm.uri, "青山农场", ["producer"], "350206", gs1=["690123456"])
    small.code(small.party("对手"), lot)
    small.say(small.authority, change | {"op": "change"})
    small.code(farm, lot)
    assert taken(offer(small, farm, *counts(lot, 14))) == 14


def test_statements_and_several_at_once_are_counted_too(small, lot, rival, clock):
    labels = [Draft(statement=acts.labels(["0123456789ABC"]), items=(lot,))] * 14
    assert taken(offer(small, rival, *labels)) == 10
    clock.forward(10)
    found = offer(small, rival, *labels[:2], atomic=True)
    assert isinstance(found[1], Refused) and found[1].retry_after == 10
    clock.forward(90)  # as many as have come in one hundred seconds before: a correction, say
    assert taken(offer(small, rival, *labels[:2], atomic=True)) == 2


def test_a_clock_that_is_put_back_stops_nobody_for_long(small, lot, rival, clock):
    assert taken(offer(small, rival, *counts(lot, 10))) == 10
    clock.forward(-200)
    (refused,) = offer(small, rival, *counts(lot, 1))
    assert refused.retry_after == 10


def test_a_maker_and_800_shops_are_not_slowed(small, clock):
    farm, lot, _ = lot_of(small)
    shops = [small.party(f"{number} 号店") for number in range(12)]
    sent = [
        Draft(event=event("dispatch", lot, "1", sender=farm.uri, recipient=shop.uri))
        for shop in shops
    ]
    receipts = offer(small, farm, *sent)
    assert taken(receipts) == 12
    for shop, receipt in zip(shops, receipts, strict=True):
        got = Draft(event=event("receive", lot, "1"), after=(ref(receipt),))
        assert taken(offer(small, shop, got)) == 1


def test_acts_and_gateways_are_not_slowed(small, lot, clock):
    gateway = small.party("网关", "gateway")
    assert taken(offer(small, gateway, *counts(lot, 14))) == 14
    for number in range(12):  # of one party twelve times
        change = acts.admit(gateway.uri, f"网关 {number}", ["gateway"], "350206")
        assert taken(offer(small, small.authority, Draft(statement=change | {"op": "change"})))


def test_packing_makes_a_container_one_s_own(small, clock):
    farm, lot, _ = lot_of(small)
    box, box_of_others = (f"https://id.gs1.org/00/{code}" for code in (
        "069012345678901232", "069012345678901249"))  # fmt: skip
    packed = steps.event("pack", clock.now, [steps.Portion(lot)], parent=box)
    small.do(farm, packed)
    assert taken(offer(small, farm, *counts(box, 14))) == 14
    assert taken(offer(small, farm, *counts(box_of_others, 14))) == 10


def test_the_api_answers_429_with_retry_after(small, lot, rival, clock):
    client = client_of(small.ledger)

    def post(number, query=""):
        entries = [rival.pen.sign(draft).decode() for draft in counts(lot, number)]
        rival.pen.forget()
        body = json.dumps(entries) if number > 1 else entries[0]
        url = f"/api/v1/links{query}"
        return client.post(url, data=body, content_type="application/json")

    several = post(11)
    assert several.status_code == 200 and several.headers["Retry-After"] == "10"
    assert several.json[9]["index"] and several.json[10]["status"] == 429
    assert (several.json[10]["rule"], several.json[10]["retry_after"]) == ("pace", 10)
    for answer in (post(1), post(2, "?atomic=true")):
        assert (answer.status_code, answer.json["rule"]) == (429, "pace")
        assert answer.headers["Retry-After"] == "10" == str(answer.json["retry_after"])
    clock.forward(10)
    assert post(1).status_code == 201


def test_who_only_says_to_be_another_is_told_of_the_signature(small, lot, clock):
    rival, stranger = small.party("对手"), small.party("别人")
    assert taken(offer(small, rival, *counts(lot, 10))) == 10
    forged = Actor(rival.uri, stranger.signer, small.ledger.pen(rival.uri, stranger.signer))
    (refused,) = offer(small, forged, *counts(lot, 1))
    assert refused.rule is Rule.KEY


def test_the_command_line_s_tools_are_slowed_and_spools_are_not(small, lot, rival, clock):
    entries = [rival.pen.sign(draft) for draft in counts(lot, 14)]
    assert taken(small.ledger.append(entries, atomic=True)) == 14
    with pytest.raises(Refused, match="pace"):
        small.do(rival, event("count", lot, "1"))
