"""A small town in which everything that the pages show has happened, under any names."""

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from support.ledger.world import AUTHORITY, HOST, Actor, World, days_ago, event
from support.web.acting import act_uri, order
from support.web.signing import signed_in

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.inviting import new
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.draws import draw_drafts
from suyuan.trace.inspection.draws.draw_drafts import Beacon
from suyuan.trace.inspection.draws.draw_keeping import DrawsKept
from suyuan.trace.store.beside.invitations import InvitationBook
from suyuan.web.factory import create_app

SERIAL = "7K3QX9M2V8TDC"


@dataclass(frozen=True)
class Town:
    """The world, its parties by kind, and their lots and acts."""

    world: World
    people: dict[str, Actor]
    lots: list[str]
    sent: int
    waiting: int
    hold: str
    recall: str
    draw: str
    app: object

    def invite(self) -> str:
        """A fresh invitation of the stall's; its token."""
        return invited(self.world, self.people["stall"].uri)

    def code(self, name: str, number: int = 0) -> str:
        """The code of somebody's chain of a lot."""
        return codes.of_chain(self.lots[number], self.people[name].uri)

    def browser(self, name: str | None):
        """A client in which somebody has signed in; None: nobody."""
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = next(_ADDRESSES)
        if name is not None:
            assert signed_in(client, self.people[name].signer).status_code == 200
        return client

    def close(self) -> None:
        """Done with it."""
        self.world.ledger.close()

    def hide(self) -> None:
        """Its entries are private from now on."""
        self.world.ledger.followers.catch_up()
        object.__setattr__(self.world.ledger.trust, "entries", "private")


def _addresses():
    for n in itertools.count(1):
        yield f"127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def invited(world: World, party: str) -> str:
    """The token of a fresh invitation of a party by the authority."""
    _code, made = new(party, AUTHORITY, world.ledger.now(), timedelta(days=1))
    InvitationBook(world.ledger.database.engine).add(made)
    return made.token


_ADDRESSES = _addresses()


def town(folder, say=str, url=None) -> Town:
    """A town; `say` changes each text that a person typed."""
    world = World(folder / "home", url)
    people = {"authority": world.authority}
    for name, role, division in (
        ("farm", "producer", "350212"),
        ("stall", "stall", "350203"),
        ("market", "market", "350203"),
        ("laboratory", "laboratory", "350203"),
        ("office", "office", "350203"),
        ("elsewhere", "office", "110101"),
    ):
        people[name] = world.party(say(name), role, division=division)
    for name, remit in (("office", "3502"), ("elsewhere", "11"), ("market", "350203")):
        world.say(world.authority, acts.appoint(people[name].uri, [remit]))
    farm, stall, market = people["farm"], people["stall"], people["market"]
    product = codes.uri_of(codes.new(), HOST, "product")
    described = {"uri": product, "name": say("上海青"), "category": say("蔬菜"), "unit": "KGM"}
    world.say(farm, {"type": "product", **described, "spec": say("一级")})
    now = world.ledger.now()
    begin, end = ((now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (-1, 30))
    world.say(stall, acts.give_mandate(stall.uri, market.uri, ["receiving"], begin, end))
    lots = [world.new_lot() for _ in range(3)]
    for lot in lots[:2]:
        extra = steps.coding(say("上海青"), days_ago(1), 5, say("同安"), product_id=product)
        world.do(farm, event("code", lot, "100", extra=extra))
        used = {"suyuan:substance": say("啶虫脒"), "suyuan:dose": say("2 g")}
        world.do(farm, event("pesticide", lot, "100", extra=used | {"suyuan:withdrawalDays": 3}))
        sent = world.hand_over(farm, stall, lot)
    lost = {"suyuan:reason": say("压坏"), "suyuan:note": say("备注")}
    world.do(stall, event("loss", lots[0], "1", extra=lost))
    tested = {"suyuan:result": say("合格"), "suyuan:certificate": say("XM-1")}
    world.do(people["laboratory"], event("test", lots[0], "1", extra=tested))
    mixed = steps.event(
        "mix",
        now - timedelta(seconds=30),
        [Portion(lots[2], Decimal(10), "KGM")],
        inputs=[Portion(lot, Decimal(5), "KGM") for lot in sorted(lots[:2])],
        extra=steps.coding(say("拌菜"), days_ago(1), 1, say("同安")),
    )
    world.do(stall, mixed)
    world.say(stall, acts.labels([SERIAL]), items=(lots[0],))
    (waiting,) = world.do(
        farm,
        event("dispatch", lots[1], "5", sender=farm.uri, recipient=stall.uri, notes=[say("urn:x")]),
    )
    held = act_uri()
    data, named = acts.listed([lots[1]])
    from support.web.acting import say as act

    act(world, people["office"], (acts.hold_place(held, say("待检"), named), data))
    recalled = order(world, world.authority, lots[1])
    Complaints(world.home).add(
        now,
        code=codes.of_chain(lots[0], stall.uri),
        serial=None,
        item=lots[0],
        holder=stall.uri,
        kind="spoiled",
        text=say("发黄"),
        contact=say("139"),
    )
    draw = drawn(world, people["office"], [stall.uri, farm.uri], say)
    world.ledger.followers.catch_up()
    app = create_app(world.home, ledger=world.ledger)
    return Town(world, people, lots, sent.index, waiting.index, held, recalled, draw, app)


def drawn(world: World, office: Actor, pool: list[str], say=str) -> str:
    """The code of a draw of one of a pool, whose public value its office has typed."""
    strata, persons = dict.fromkeys(pool, "stall"), {"urn:x:1": (), "urn:x:2": ()}
    files = draw_drafts.files_of(strata, persons, {"stall": 1}, 2, {"title": say("节前抽查")})
    beacon = Beacon(say("福彩"), say("第 139 期"), world.ledger.now() + timedelta(days=1))
    made = draw_drafts.commit(files, beacon, HOST, world.ledger.now())
    DrawsKept(world.home).keep(made.code, replace(made.kept, value=say("03 07")))
    world.say(office, made.draft.statement)
    return made.code
