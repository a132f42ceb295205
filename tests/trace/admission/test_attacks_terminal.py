"""What whoever holds a shared terminal's key tries straight at the ledger, past all pages."""

from datetime import timedelta

import pytest
from support.ledger.world import HOST, ORIGIN, Actor
from support.watch.audits import audit

from suyuan.keys import validity
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.rules import Refused, Rule

FROM, UNTIL = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"


@pytest.fixture
def market(world):
    found = world.party("湖心市场", "market")
    appoint = {"type": "registrar", "op": "appoint", "party": found.uri, "remit": ["350206"]}
    world.say(world.authority, appoint)
    return found


@pytest.fixture
def terminal(world, market):
    """The market's shared terminal: its key, in an attacker's hands."""
    signer = LocalSigner.new()
    world.say(market, acts.enrol_signer(ORIGIN, market.uri, signer, kept="terminal"))
    return Actor(market.uri, signer, world.ledger.pen(market.uri, signer))


def refusal(world, who, said, items=()):
    with pytest.raises(Refused) as found:
        world.ledger.write(who.pen, [Draft(statement=said, items=items)])
    return found.value


def test_a_terminals_key_recovers_a_stalls_key_onto_the_attackers(world, stall, terminal):
    mine = LocalSigner.new()
    good = [stall.signer.public.keyid]
    taken = acts.enrol_signer(ORIGIN, stall.uri, mine, revokes=good)
    refused = refusal(world, terminal, taken)
    assert (refused.rule, refused.status) == (Rule.KEY, 403)
    assert "shared terminal" in refused.why
    world.code(stall, world.new_lot())  # whose key is as good as before


def test_a_terminals_key_admits_a_stall_and_gives_a_mandate_of_ten_years(world, stall, terminal):
    lot = world.new_lot()
    world.code(terminal, lot)  # goods it records as ever
    ghost = codes.uri_of(codes.new(), HOST, "party")
    for said, items in (
        (acts.admit(ghost, "鬼摊", ["stall"], "350206"), ()),
        (acts.give_mandate(terminal.uri, stall.uri, ["receiving"], FROM, UNTIL), ()),
        (acts.enrol_signer(ORIGIN, terminal.uri, LocalSigner.new()), ()),
        (acts.revoke(terminal.uri, terminal.signer.public.keyid), ()),
        ({"type": "labels", "op": "issue", "count": 1, "root": "ab" * 32}, (lot,)),
        ({"type": "product", "uri": "x:y", "name": "菜", "category": "veg", "unit": "KGM"}, ()),
    ):  # fmt: skip
        assert refusal(world, terminal, said, items).rule is Rule.KEY, said


def test_a_terminals_key_signs_events_under_a_mandate_as_before(world, stall, terminal):
    now = world.ledger.now()
    ends = [f"{now + timedelta(days=part):%Y-%m-%dT%H:%M:%SZ}" for part in (-1, 1)]
    world.say(stall, acts.give_mandate(stall.uri, terminal.uri, ["commissioning"], *ends))
    for_stall = Actor(stall.uri, terminal.signer, world.ledger.pen(stall.uri, terminal.signer))
    world.code(for_stall, world.new_lot())
    assert audit(world.ledger).findings == []


def test_a_party_with_a_terminal_alone_has_no_key_of_its_own(world, market):
    """Its registrar enters its mandates; a recovery names the terminal's key, and ends it."""
    stall, shared = world.party("A 区 13 号"), LocalSigner.new()
    world.say(stall, acts.enrol_signer(ORIGIN, stall.uri, shared, kept="terminal"))
    given = acts.give_mandate(stall.uri, market.uri, ["receiving"], FROM, UNTIL, paper="ab" * 32)
    assert refusal(world, market, given).rule is Rule.AUTHORITY
    world.say(stall, acts.revoke(stall.uri, stall.signer.public.keyid))
    world.say(market, given)
    keyid, mine = shared.public.keyid, LocalSigner.new()
    none = acts.enrol_signer(ORIGIN, stall.uri, mine, revokes=[])
    assert refusal(world, market, none).rule is Rule.STATEMENT
    world.say(market, acts.enrol_signer(ORIGIN, stall.uri, mine, revokes=[keyid]))
    with world.ledger.reading() as reader:
        assert validity.valid_keys(reader, stall.uri, reader.size()) == [mine.public.keyid]
    refused = refusal(world, Actor(stall.uri, shared, world.ledger.pen(stall.uri, shared)), given)
    assert refused.rule is Rule.KEY


@pytest.mark.slow
def test_an_operator_who_leaves_the_rule_out_is_found_by_the_audit(world, terminal, monkeypatch):
    said = acts.give_mandate(terminal.uri, world.authority.uri, ["receiving"], FROM, UNTIL)
    entry = terminal.pen.sign(Draft(statement=said))
    with monkeypatch.context() as patched:
        patched.setattr(validity.Key, "is_shared", False)
        (placed,) = world.ledger.append([entry])
    found = audit(world.ledger).findings
    assert [one.index for one in found if one.rule == "key"] == [placed.index]
