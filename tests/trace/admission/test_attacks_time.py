"""What somebody tries by saying that a link was signed at another time than it was."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from support.ledger.world import HOST, Actor, World, event

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse, seal
from suyuan.trace.format.rules import Rule
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.receipts import Receipt

FOUNDED = datetime(2026, 1, 5, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Then(World):
    """A world whose clock is set by hand; whoever signs says what time it is."""

    def at(self, when):
        self.ledger.clock = lambda: when

    def signed(self, who, when, lot=None, **body):
        """An entry that says it was signed then; by default a receipt of a lot."""
        pen = Pen(self.trust.origin, who.uri, who.signer, self.ledger.heads, lambda: when)
        said = event("receive", lot or self.new_lot(), "1")
        return pen.sign(Draft(**(body or {"event": said})))

    def offer(self, entry):
        (outcome,) = self.ledger.append([entry])
        assert outcome is not None
        return outcome


def is_refused(outcome):
    """Why rule `time` refuses it; None where it is taken."""
    if isinstance(outcome, Receipt):
        return None
    assert (outcome.rule, outcome.status) == (Rule.TIME, 422), outcome
    return outcome.why


@pytest.fixture
def then(tmp_path, monkeypatch):
    """A city founded long ago, in which it is now half a year later."""
    ledger_at = Ledger.create

    def create(*args, **how):
        return ledger_at(*args, **how, clock=lambda: FOUNDED)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "create", create)
        world = Then(tmp_path / "home")
    world.farm = world.party("青山农场", "producer")
    world.stall = world.party("A 区 12 号")
    world.now = FOUNDED + timedelta(days=180)
    world.at(world.now)
    yield world
    world.ledger.close()


def test_a_link_signed_in_the_year_1(then):
    payload = json.loads(parse(then.signed(then.farm, then.now)).envelope.payload)
    for when, why in (("0001-01-01", "30 days ago"), ("9999-12-31", "ahead")):
        entry = seal(then.farm.signer, payload | {"signed_at": f"{when}T00:00:00Z"})
        assert why in is_refused(then.offer(entry))


@pytest.mark.parametrize(("days", "taken"), [(30, True), (31, False)])
def test_a_stolen_keys_links_of_last_year(then, days, taken):
    when = then.now - timedelta(days=days)
    assert (is_refused(then.offer(then.signed(then.farm, when))) is None) is taken
    is_late = is_refused(then.offer(then.signed(then.farm, then.now - timedelta(days=30) - SECOND)))
    assert "sign again" in is_late


def test_a_party_records_what_was_before_it_was_admitted(then):
    uri, signer = codes.uri_of(codes.new(), HOST, "party"), LocalSigner.new()
    then.say(
        then.authority,
        acts.admit(uri, "新来的摊", ["stall"], "350206"),
        acts.enrol_signer(then.trust.origin, uri, signer),
    )
    new = Actor(uri, signer, then.ledger.pen(uri, signer))
    early = then.now - timedelta(minutes=5)
    assert "was admitted" in is_refused(then.offer(then.signed(new, early - SECOND)))
    assert is_refused(then.offer(then.signed(new, early))) is None
    then.say(then.authority, acts.leave(uri))
    then.at(then.now + timedelta(days=2))
    then.say(then.authority, acts.admit(uri, "又来的摊", ["stall"], "350206"))
    away = then.signed(new, then.now + timedelta(days=1))  # while it was gone
    assert "was admitted" in is_refused(then.offer(away))


def test_the_beginning_and_the_admission_in_one_request(then):
    """The admission counts at once, also one that is not in the store yet."""
    uri, signer = codes.uri_of(codes.new(), HOST, "party"), LocalSigner.new()
    pen = then.authority.pen
    entries = [
        pen.sign(Draft(statement=acts.admit(uri, "新来的摊", ["stall"], "350206"))),
        pen.sign(Draft(statement=acts.enrol_signer(then.trust.origin, uri, signer))),
    ]
    new = Actor(uri, signer, then.ledger.pen(uri, signer))
    early = then.signed(new, then.now - timedelta(minutes=6))
    outcomes = then.ledger.append([*entries, early], atomic=True)
    assert is_refused(outcomes[-1]) is not None
    assert isinstance(then.offer(entries[0]), Receipt)


@pytest.mark.parametrize(("hours", "taken"), [(71, True), (72, True), (73, False)])
def test_an_expired_mandate_works_on_by_dates_before_its_end(then, hours, taken):
    until = then.now
    ends = [f"{when:%Y-%m-%dT%H:%M:%SZ}" for when in (until - timedelta(days=10), until)]
    then.say(then.farm, acts.give_mandate(then.farm.uri, then.stall.uri, ["receiving"], *ends))
    for_farm = Actor(then.farm.uri, then.stall.signer, then.stall.pen)
    then.at(until + timedelta(hours=hours))
    outcome = then.offer(then.signed(for_farm, until - SECOND))
    assert (is_refused(outcome) is None) is taken
    again = [f"{when:%Y-%m-%dT%H:%M:%SZ}" for when in (until, until + timedelta(days=10))]
    then.say(then.farm, acts.give_mandate(then.farm.uri, then.stall.uri, ["receiving"], *again))
    if not taken:  # nor by one that was given meanwhile: it does not reach back
        assert "72 hours" in is_refused(then.offer(then.signed(for_farm, until - SECOND)))
    assert is_refused(then.offer(then.signed(for_farm, until))) is None
    own = then.signed(then.farm, until - SECOND)  # the party itself, for it was in time
    assert is_refused(then.offer(own)) is None


def test_what_was_taken_is_answered_for_ever(then):
    """Its bytes sent again years later are the same link."""
    entry = then.signed(then.farm, then.now)
    first = then.offer(entry)
    then.at(then.now + timedelta(days=2000))
    assert then.offer(entry).index == first.index


def test_the_authority_is_held_to_the_clock_as_everyone(then):
    said = acts.admit(codes.uri_of(codes.new(), HOST, "party"), "摊", ["stall"], "35")
    entry = then.signed(then.authority, FOUNDED, statement=said)
    assert "30 days" in is_refused(then.offer(entry))


@pytest.mark.parametrize("said", ["0", "-1", "a week", "3651", "٣", "1e2"])
def test_the_span_is_a_number_of_days(then, monkeypatch, said):
    monkeypatch.setenv("SUYUAN_LINK_AGE_DAYS", said)
    with pytest.raises(LedgerError, match="SUYUAN_LINK_AGE_DAYS"):
        then.reopen()


def test_the_span_is_the_operators(then, monkeypatch):
    monkeypatch.setenv("SUYUAN_LINK_AGE_DAYS", "3")
    other = Ledger.open(then.home, lambda: then.log, clock=lambda: then.now)
    entry = then.signed(then.farm, then.now - timedelta(days=4))
    (outcome,) = other.append([entry])
    assert "over 3 days ago" in is_refused(outcome)
    other.close()
