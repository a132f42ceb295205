"""Strangers' links about a lot, thousands of them: what a page or a follower reads does not grow.

Links that are taken apart are counted, and statements that are run: at most twice those before.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event as sql_event
from support.ledger.flood import KINDS, about, flood, ref
from support.ledger.world import World, event
from support.web.client import client_of, english, page_of
from support.web.signing import signed_in

from suyuan.keys import dsse
from suyuan.trace.findings.rule import Registration
from suyuan.trace.findings.rules import fields, required
from suyuan.trace.format.event_items import Role
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import micros
from suyuan.trace.goods import chain_report, history
from suyuan.trace.lineage.model import ItemEvent, Product, Sent, Shipment, Story
from suyuan.trace.store.append import source
from suyuan.trace.store.projections import rule_context
from suyuan.web.factory import create_app

pytestmark = pytest.mark.slow

COUNT = 20_000 if os.environ.get("SUYUAN_LONG") else 2_000


@dataclass
class Cost:
    """What was read: links taken apart, and statements that were run."""

    links: int = 0
    statements: int = 0


@contextmanager
def counted(world: World) -> Iterator[Cost]:
    """The cost of what is done inside."""
    cost, decode, payload = Cost(), dsse.decode, source.entry_payload
    engine = world.ledger.database.engine

    def read(*values: object) -> object:
        cost.links += 1
        return decode(*values)

    def read_payload(entry: bytes) -> object:
        cost.links += 1
        return payload(entry)

    def run(*_values: object) -> None:
        cost.statements += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dsse, "decode", read)
        patch.setattr(rule_context, "entry_payload", read_payload)
        sql_event.listen(engine, "before_cursor_execute", run)
        try:
            yield cost
        finally:
            sql_event.remove(engine, "before_cursor_execute", run)


class Lot:
    """A lot from a farm to a stall, and rivals that have no part in it."""

    def __init__(self, home: Path) -> None:
        self.world = World(home)
        self.farm, self.stall = self.world.party("青山农场", "producer"), self.world.party("摊位")
        self.rivals = [self.world.party(f"对手 {number}") for number in range(4)]
        self.lot = self.world.new_lot()
        self.world.code(self.farm, self.lot)
        sent = event("dispatch", self.lot, "30", sender=self.farm.uri, recipient=self.stall.uri)
        (self.sent,) = self.world.do(self.farm, sent)
        self.world.do(self.stall, event("receive", self.lot, "30"), after=(ref(self.sent),))
        self.followers = self.world.ledger.followers  # as a worker keeps them
        self.followers.catch_up()
        self.code = codes.of_uri(self.lot, self.world.trust.host)
        self.chain = codes.of_chain(self.lot, self.stall.uri)

    def get(self, path: str) -> None:
        """A page, made anew: by another server than the last."""
        client = client_of(self.world.ledger)
        assert client.get(path).status_code == 200, path

    def flooded(self, kind: str) -> None:
        """The same lot after the flood."""
        for rival in self.rivals:
            drafts = KINDS[kind](self.world, self.lot, self.sent, COUNT // len(self.rivals))
            flood(self.world, rival, drafts)
        self.followers.catch_up()


@pytest.fixture
def lot(tmp_path: Path) -> Iterator[Lot]:
    made = Lot(tmp_path / "home")
    yield made
    made.world.ledger.close()


PATHS: dict[str, Callable[[Lot], str]] = {
    "consumer page": lambda lot: page_of(lot.lot, lot.stall.uri),
    "history": lambda lot: f"/api/v1/items/{lot.chain}",
    "evidence": lambda lot: f"/api/v1/items/{lot.chain}/evidence",
}
OTHERS: dict[str, Callable[[Lot], str]] = {
    "item's page": lambda lot: f"/t/{lot.code}",
    "item's history": lambda lot: f"/api/v1/items/{lot.code}",
    "item's evidence": lambda lot: f"/api/v1/items/{lot.code}/evidence",
    "lineage": lambda lot: f"/lineage/{lot.code}",
    "lineage, for programs": lambda lot: f"/api/v1/items/{lot.code}/lineage",
    "findings": lambda lot: f"/api/v1/findings?item={lot.lot}",
}
ASKED = [
    *((kind, name) for kind in KINDS for name in OTHERS),
    *((kind, name) for kind in KINDS for name in PATHS),
]


@pytest.mark.parametrize("kind", KINDS)
def test_rivals_make_the_pages_of_a_lot_read_their_links(lot: Lot, kind: str) -> None:
    paths = {name: path(lot) for name, path in (PATHS | OTHERS).items() if (kind, name) in ASKED}
    before: dict[str, Cost] = {}
    for name, path in paths.items():
        with counted(lot.world) as before[name]:
            lot.get(path)
    lot.flooded(kind)
    for name, path in paths.items():
        with counted(lot.world) as after:
            lot.get(path)
        assert after.links <= 2 * before[name].links, (name, before[name], after)
        assert after.statements <= 2 * before[name].statements, (name, before[name], after)


@pytest.mark.parametrize("kind", KINDS)
def test_rivals_make_each_later_link_dear_to_follow(lot: Lot, kind: str) -> None:
    """What follows from one more link. What makes a finding is read again, many at once."""

    def later() -> Cost:
        lot.world.do(lot.stall, event("count", lot.lot, "30"))
        with counted(lot.world) as cost:
            lot.followers.catch_up()
        return cost

    before = later()
    lot.flooded(kind)
    after = later()
    read_again = COUNT if kind in ("examining", "unusual") else 0
    assert after.links <= 2 * before.links + read_again, (before, after)
    assert after.statements <= 2 * before.statements + read_again // 200, (before, after)


def test_a_flooded_lot_does_not_stop_an_inspector_s_page(lot, monkeypatch):
    """Who looks at a chain is shown a page of it, verified, and that not all of it is."""
    monkeypatch.setattr(chain_report, "_WHOLE", 50)
    office = lot.world.party("市局", "office")
    app = create_app(lot.world.home, ledger=lot.world.ledger)
    client, path = app.test_client(), f"/inspect/chain?item={lot.lot}&actor={lot.stall.uri}"
    assert signed_in(client, office.signer).status_code == 200
    with counted(lot.world) as before:
        assert "Every record of its history" in english(client, path)
    flood(lot.world, lot.rivals[0], about(lot.world, lot.lot, lot.sent, 200))
    lot.world.ledger.followers.catch_up()
    with counted(lot.world) as after:
        page = english(client, path)
    assert "What is shown here verified" in page and "too long to be verified" in page
    assert after.links <= 2 * before.links and after.statements <= 2 * before.statements
    found = client.get(f"/api/v1/chains?item={lot.lot}").json
    assert found["is_cut"] and {one["links"] for one in found["chains"]} == {1, 2, 200}


class _Says:
    """A context in which every party is a producer and every event has its certificate."""

    def registration(self, _party: str, _before: int) -> Registration:
        return Registration("农场", ("producer",), "350206", (), ())

    def event(self, _leaf: int) -> dict[str, str]:
        return {"suyuan:certificate": "一号"}


class _Counted(tuple):
    """Lines of which it is counted how often all are looked at."""

    times = 0

    def __iter__(self) -> Iterator[object]:
        _Counted.times += 1
        return super().__iter__()


def test_rules_look_at_each_event_of_a_flood_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand dispatches cost a rule a thousand looks, not half a million."""
    sent = [
        ItemEvent(
            leaf, "urn:farm", Role.OBJECT, micros(datetime.now(UTC)), "ObjectEvent",
            action="OBSERVE", step="shipping", disposition="in_transit",
        )
        for leaf in range(1_000)
    ]  # fmt: skip
    lines = _Counted(
        Shipment(one.leaf, "lot", "urn:farm", None, None, Sent.OUTSIDE, None, None, None)
        for one in sent
    )
    animals = Product("urn:pig", "生猪", None, "畜禽/猪", "kg", {}, None)
    story = Story("lot", 1_000, None, animals, tuple(sent), frozenset(), (), (), lines)
    looks = []
    monkeypatch.setattr(required, "step_name", lambda one: looks.append(one) or "dispatch")
    assert list(required.check(story, _Says())) == [] and len(looks) <= 2_000
    list(fields.check(story, _Says()))
    assert _Counted.times <= 2


def test_receipts_of_many_crates_make_a_page_look_into_each_again(small: World) -> None:
    world = small
    friend, liar = world.party("同伙"), world.party("编造摊")
    pallet, lot = world.new_lot(), world.new_lot()
    coded = world.code(friend, pallet)
    flood(world, friend, about(world, pallet, coded, 200))
    crates = [world.new_lot() for _ in range(20)]
    for crate in crates:
        world.do(friend, event("pack", pallet, parent=crate))
    sent = event("dispatch", crates[0], recipient=liar.uri) | {"epcList": crates}
    (receipt,) = world.do(friend, sent)
    for _ in range(10):
        world.do(liar, event("receive", lot, "1"), after=(ref(receipt),))
    with world.ledger.reading() as reader, counted(world) as cost:
        history.path(reader, world.trust.genesis, lot, liar.uri)
        assert cost.links < 2 * reader.size()
