"""Hostile links: refused, or kept without taking anything else down."""

import copy
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.ledger.lengths import length
from support.ledger.world import ORIGIN, World, days_ago, event

from suyuan.keys import canonical, dsse
from suyuan.keys.errors import CanonicalError
from suyuan.trace.admission import acts
from suyuan.trace.cli.goods.show import history_json, link_line
from suyuan.trace.cli.terminal import plain, words
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.link import PAYLOAD_TYPE
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods import history
from suyuan.trace.goods.resolve import Target, resolve
from suyuan.trace.recording import record_step
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.watch.audit import audit

pytestmark = pytest.mark.slow

LOT, OTHER, BOX = "urn:x:lot", "urn:x:other", "https://id.gs1.org/00/006141411234567890"
DEEP: Any = 1
for _ in range(58):
    DEEP = [DEEP]

ODD: list[Any] = [
    None, True, 0, -1, 2**53 - 1, 1e308, 5e-324, -0.5, "", " ", "\x1b[2J\r\n", "<script>",
    "\u202eevil", "x" * 10_000, "链" * 3_000, "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+14:00", "T", [], {}, [[]], [{}], [None], [1, "a"], {"a": {}}, DEEP,
    {"__class__": "x"}, [LOT, LOT], {"epcClass": LOT}, [{"epcClass": LOT, "quantity": "1e9"}],
    "urn:x:\uffff", "https://id.gs1.org/01/06901234567892/10/" + "%41" * 150,
]  # fmt: skip

EVENTS = [
    event("code", LOT, "1", extra=steps.coding("上海青", days_ago(1), 5, "350212")),
    event("dispatch", LOT, "1", sender="urn:x:a", recipient="urn:x:b", notes=["urn:x:n"]),
    event("make", LOT, "1", inputs=[steps.Portion(OTHER)]),
    steps.event("pack", datetime.now(UTC), [steps.Portion(LOT)], parent=BOX),
    event("count", LOT, "1") | {"errorDeclaration": {"reason": "did_not_occur"}},
    event("undo-dispatch", LOT, "1", extra={"suyuan:of": "urn:uuid:1"}),
]  # fmt: skip
NAMES = sorted({name for made in EVENTS for name in made} | {
    "parentID", "epcList", "childEPCs", "inputEPCList", "outputEPCList", "childQuantityList",
    "inputQuantityList", "outputQuantityList", "@context", "sensorElementList", "suyuan:quantities",
    "transformationID", "certificationInfo", "suyuan:private",
})  # fmt: skip


class Attacker:
    """Someone with a good key, who signs whatever comes to mind."""

    def __init__(self, world, who):
        self.world, self.who = world, who

    def payload(self, event):
        try:
            items = item_set(event) or [self.who.uri]
        except Exception:  # noqa: BLE001  not even its form is right
            items = [LOT]
        heads = self.world.ledger.heads([(item, self.who.uri) for item in items])
        refs = []
        for item in items:
            head = heads[item, self.who.uri]
            seq, prev = (0, None) if head is None else (head.seq + 1, head.hash)
            refs.append({"item": item, "seq": seq, "prev": prev})
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "v": 1, "ledger": ORIGIN, "actor": self.who.uri, "signed_at": now, "items": refs,
            "after": [], "event": event,
        }  # fmt: skip

    def send(self, payload):
        try:
            data = canonical.dumps(payload)
        except CanonicalError:
            return None
        entry = dsse.seal(self.who.signer, PAYLOAD_TYPE, data).encode()
        (found,) = self.world.ledger.append([entry])
        assert isinstance(found, Receipt | Refused)
        return found


def look_at_everything(world):
    """What pages, commands and the worker do."""
    with world.caught_up() as reader:
        for item in (LOT, OTHER, BOX):
            found = history.whole(reader, world.trust.genesis, item)
            assert found.is_good
            history_json(found)
            for checked in found.newest_first():
                line = words(link_line(checked, {}))
                assert line.isprintable()
            history.common(reader, world.trust.genesis, item)
            for head in reader.chains(item):
                history.path(reader, world.trust.genesis, item, head.actor)
                record_step.open_dispatch(reader, item, head.actor)
        if reader.subject(LOT):
            assert resolve(reader, world.trust, LOT) == Target(LOT)


@pytest.fixture(scope="module")
def bad(founded, tmp_path_factory):
    """One who fills a ledger with what the tests make; afterwards everything works on it."""
    world = World(tmp_path_factory.mktemp("attacked") / "home", founded=founded)
    made = Attacker(world, world.party("黑心摊"))
    yield made
    for one in EVENTS:
        assert isinstance(made.send(made.payload(one)), Receipt)
    look_at_everything(world)
    assert audit(world.ledger).findings == []
    world.ledger.close()


def paths(value, at=()):
    found = [at]
    if isinstance(value, dict):
        for name, member in value.items():
            found += paths(member, (*at, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            found += paths(member, (*at, number))
    return found


def put(value, at, odd):
    if not at:
        return odd
    inside = value
    for step in at[:-1]:
        inside = inside[step]
    inside[at[-1]] = odd
    return value


JSON = st.recursive(
    st.sampled_from(ODD) | st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    made=st.sampled_from(EVENTS),
    members=st.dictionaries(st.sampled_from(NAMES), JSON, min_size=1, max_size=4),
)
def test_events_with_odd_members_are_refused_or_kept(bad, made, members):
    bad.send(bad.payload(copy.deepcopy(made) | members))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=st.sampled_from(EVENTS), seed=st.integers(0, 2**32), odd=JSON, again=JSON)
def test_payloads_changed_anywhere_are_refused_or_kept(bad, made, seed, odd, again):
    choose = random.Random(seed)
    payload: Any = bad.payload(copy.deepcopy(made))
    for value in (odd, again)[: choose.randrange(1, 3)]:
        payload = put(payload, choose.choice(paths(payload)), copy.deepcopy(value))
    bad.send(payload)


STATEMENTS = [
    acts.admit("urn:x:p", "n", ["stall"], "350206", places=["urn:x:a"], gs1=["6901"]),
    acts.appoint("urn:x:p", ["3502"]),
    acts.revoke("urn:x:p", "a" * 64, compromised_since=1, reason="r"),
    acts.give_mandate("urn:x:p", "urn:x:q", ["s"], "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    acts.labels(["A" * 13]),
    acts.document("a" * 64, 1, 1),
    {"type": "product", "uri": LOT, "name": "n", "category": "c", "unit": "KGM",
     "conversions": {"箱": "20"}, "shelf_life_days": 3},
    {"type": "place", "uri": OTHER, "party": "urn:x:p", "name": "n", "division": "3502"},
]  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=st.sampled_from(STATEMENTS), seed=st.integers(0, 2**32), odd=JSON)
def test_statements_changed_anywhere_are_refused_or_kept(bad, said, seed, odd):
    choose = random.Random(seed)
    payload = bad.payload({"epcList": [said.get("uri") or said.get("party") or LOT]})
    del payload["event"]
    payload["statement"] = put(copy.deepcopy(said), choose.choice(paths(said)), odd)
    bad.send(payload)


FILLED = {
    "control characters": "\x01\x1b[2J\x1b]0;x\x07\r\n\t\x7f\x9b",
    "script": "<script>alert(1)</script>",
    "right to left": "\u202e\u2066gnp.exe",
    "10 KB": "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=10_000)),
    "noncharacters": "\uffff\U0010ffff",
}


def fill(value, text):
    """Every string in an event but those that say what it is about."""
    if isinstance(value, dict):
        kept = ("type", "epcClass", "parentID", "action")
        return {n: m if n in kept else fill(m, text) for n, m in value.items()}
    if isinstance(value, list):
        return [fill(member, text) for member in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("text", FILLED.values(), ids=FILLED)
def test_every_string_filled_with_evil_takes_nothing_down(small, text):
    bad = Attacker(small, small.party("黑心摊"))
    for made in EVENTS:
        found = bad.send(bad.payload(fill(made, text)))
        assert isinstance(found, Receipt) or len(text) == 10_000
        for name in ("eventID", "eventTime", "eventTimeZoneOffset", "bizStep", "disposition"):
            assert isinstance(bad.send(bad.payload(made | {name: text})), Receipt)
    look_at_everything(small)
    assert audit(small.ledger).findings == []


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_nor_on_postgresql(world):
    """Whose indexes take no long keys, and whose columns nothing of another type."""
    bad, step = Attacker(world, world.party("黑心摊")), length(3, 1)
    for made in EVENTS:
        for number, name in enumerate(made):
            for text in (*FILLED.values(), *ODD[number % step :: step]):
                bad.send(bad.payload(made | {name: text}))
    said: Callable[[str], dict] = lambda text: STATEMENTS[6] | {"name": text, "unit": text}  # noqa: E731
    for text in FILLED.values():
        payload = bad.payload(event("count", LOT))
        del payload["event"]
        assert isinstance(bad.send(payload | {"statement": said(text)}), Receipt)
    look_at_everything(world)
    assert audit(world.ledger).findings == []


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"\xff", b"{" * 65_535, b"0" * 65_536, b'{"payload":""}',
     b'{"payload":"","payloadType":"' + PAYLOAD_TYPE.encode() + b'","signatures":[]}'],
)  # fmt: skip
def test_what_is_no_entry_is_refused(small, data):
    (found,) = small.ledger.append([data])
    assert isinstance(found, Refused) and found.rule in ("size", "encoding")


def test_a_stranger_cannot_move_anothers_chain(small):
    farm, bad = small.party("青山农场", "producer"), Attacker(small, small.party("黑心摊"))
    lot = small.coded_lot(farm)
    made = event("feed", lot, "1")
    found = bad.send(bad.payload(made) | {"actor": farm.uri})
    assert isinstance(found, Refused) and found.rule == "key"
    again = event("code", lot, "1")
    found = bad.send(bad.payload(again))
    assert isinstance(found, Refused) and found.rule == "coding"
    small.do(farm, event("feed", lot, "1"))


def test_text_for_a_terminal_moves_no_cursor():
    assert plain("收货 ok") == "收货 ok"
    assert plain("a\x1b[2J\n\u202eb") == "a\\x1b[2J\\n\\u202eb"
