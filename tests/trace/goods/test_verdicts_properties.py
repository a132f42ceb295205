"""Random histories, honest and hostile: the page, the file and the second verifier agree.

So nothing is green where the reference knows a reason against it. Long with SUYUAN_LONG=1.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from conformance.reference.verdicts import judge as by_reference
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from support.goods.verdicts_market import COLOURS, FIRM, Market, by_python, file_of, refs
from support.ledger.lengths import IS_LONG, length
from support.ledger.world import World, days_ago
from support.web.acting import clear, hold, order
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.steps import Portion
from suyuan.trace.recording.bulk import SourceFile

pytestmark = pytest.mark.slow

KILOS = (None, "0", "1", "30", "40", "100")
RESULTS = ("不合格", "合格", "fail", "\ufeffFAIL", "pass")
NUMBERS = st.integers(0, 99)
STEPS = [
    *("hand", "receive", "pack", "sell", "test", "claim") * 2, "hand", "code", "send", "refuse",
    "back", "unpack", "make", "count", "treat", "wrong", "undo", "buy", "import", "sample", "act",
    "act", "clear", "self", "old",
]  # fmt: skip
STEP = st.tuples(st.sampled_from(STEPS), NUMBERS, NUMBERS, NUMBERS, NUMBERS)


class Story:
    """What is said so far of the lots of one example, by whom."""

    def __init__(self, market: Market) -> None:
        self.m = market
        self.people = [market.farm, market.agent, market.stall, market.tenant, market.rival]
        self.testers = [market.lab, market.other_lab, market.sham, market.firm, *self.people]
        self.lots, self.boxes = [market.lot()], [market.box()]
        self.said: list[tuple] = []  # who, event, receipt
        self.sent: list[tuple] = []  # to whom, of what, receipt
        self.acts: list[str] = []

    def tell(self, step, who, what, other, amount):
        """One step, where it is allowed; what it is about is what the numbers pick."""
        try:
            getattr(self, f"_{step}")(who, what, other, amount)
        except (LedgerError, Refused):
            return  # refused by a rule, which is no matter of verdicts

    def _who(self, number):
        return self.people[number % len(self.people)]

    def _lot(self, number):
        return self.lots[-1 - number % len(self.lots)]

    def _thing(self, number):
        things = [*self.boxes, *self.lots] if number % 3 == 0 else self.lots
        return things[-1 - number % len(things)]

    def _say(self, who, step, items, *, after=(), kilos=None, days=0, document=None, **more):
        amount = (None, None) if kilos is None else (Decimal(kilos), "KGM")
        when = datetime.now(UTC) - timedelta(days=days, minutes=1)
        event = steps.event(step, when, [Portion(item, *amount) for item in items], **more)
        return self._keep(who, event, after, document)

    def _keep(self, who, event, after=(), document=None):
        named = [one for one in after if one is not None]
        draft = Draft(event=event, after=self.m.refs_of(who, named), document=document)
        (receipt,) = self.m.world.ledger.write(who.pen, [draft])
        self.said.append((who, event, receipt))
        note(f"{receipt.index} {who.uri[-16:]} {event['bizStep']} {event}")
        return receipt

    def _code(self, who, what, other, amount):
        self.lots.append(self.m.lot(self._who(who), KILOS[amount % 6], days=1 + 9 * (other % 2)))

    def _send(self, who, what, other, amount, step="dispatch", after=()):
        thing, to = self._thing(what), self._who(other)
        uri = FIRM if to is self.m.tenant and amount % 2 else to.uri
        sender, kilos = self._who(who), None if thing in self.boxes else KILOS[amount % 6]
        parties = {"sender": sender.uri, "recipient": uri}
        got = self._say(sender, step, [thing], kilos=kilos, after=after, **parties)
        self.sent.append((to, thing, got))

    def _hand(self, who, what, other, amount):
        self._send(who, what, other, amount)
        to, thing, receipt = self.sent[-1]
        self._say(to, "receive", [thing], after=[receipt])

    def _receive(self, who, what, other, amount):
        """By whom it was sent to or not, of what was sent, or of something else."""
        to, thing, receipt = self.sent[-1 - other % len(self.sent)] if self.sent else (None,) * 3
        to = to if to is not None and who % 3 else self._who(who)
        thing = thing if thing is not None and what % 3 else self._lot(what)
        self._say(to, "receive", [thing], after=[receipt], kilos=KILOS[amount % 6])

    def _claim(self, who, what, other, amount):
        _to, thing, receipt = self.sent[-1 - other % len(self.sent)] if self.sent else (None,) * 3
        thing = thing if thing is not None and what % 3 else self._lot(what)
        extra = {"suyuan:supplier": {"name": "某人"}}
        who = self._who(who)
        self._say(who, "receive", [thing], after=[receipt], kilos="30", extra=extra)

    def _refuse(self, who, what, other, amount):
        to, thing, receipt = self.sent[-1 - other % len(self.sent)] if self.sent else (None,) * 3
        if to is not None:
            refused = self._say(to, "refuse", [thing], after=[receipt])
            self.sent.append((self._who(who), thing, refused))

    def _back(self, who, what, other, amount):
        receipt = self.sent[-1][2] if self.sent else None
        self._send(who, what, other, amount, "return", [receipt])

    def _pack(self, who, what, other, amount, step="pack"):
        if amount % 5 == 0:
            self.boxes.append(self.m.box())
        box, kilos = self.boxes[-1 - other % len(self.boxes)], KILOS[amount % 3]
        thing = self._thing(what)
        self._say(self._who(who), step, [thing], kilos=kilos, parent=box)

    def _unpack(self, who, what, other, amount):
        self._pack(who, what, other, 1 + amount % 4, "unpack")

    def _make(self, who, what, other, amount):
        made, used = self.m.world.new_lot(), {self._lot(what), self._lot(other)}
        inputs = [Portion(lot, Decimal(10), "KGM") for lot in sorted(used)]
        self._say(self._who(who), "mix", [made], kilos="15", inputs=inputs)
        self.lots.append(made)

    def _self(self, who, what, other, amount):
        if amount % 4 == 0:
            inputs = [Portion(self._lot(what), Decimal(10), "KGM")]
            self._say(self._who(who), "mix", [self._lot(what)], kilos="15", inputs=inputs)

    def _sell(self, who, what, other, amount, step="sell"):
        self._say(self._who(who), step, [self._lot(what)], kilos=KILOS[amount % 6])

    def _count(self, who, what, other, amount):
        self._sell(who, what, other, amount, "count")

    def _old(self, who, what, other, amount):
        extra = steps.coding("上海青", days_ago(other), amount % 50, "350212")
        self._say(self._who(who), "code", [self._lot(what)], kilos="5", extra=extra)

    def _treat(self, who, what, other, amount):
        extra = {"suyuan:withdrawalDays": amount % 10}
        step = ("medicine", "harvest")[other % 2]
        self._say(self._who(who), step, [self._lot(what)], days=amount % 7, extra=extra)

    def _sample(self, who, what, other, amount):
        self._say(self._who(who), "sample", [self._lot(what)], after=[self._about(what)])

    def _test(self, who, what, other, amount):
        extra = {"suyuan:result": RESULTS[amount % 5]}
        after = [self._about(what), self._about(what, 1)][: 1 + other % 2]
        tester = self.testers[who % len(self.testers)]
        self._say(tester, "test", [self._lot(what)], after=after, extra=extra)

    def _about(self, what, back=0):
        """The last link about a lot."""
        found = [receipt for _, event, receipt in self.said if self._lot(what) in str(event)]
        return found[-1 - back] if len(found) > back else None

    def _wrong(self, who, what, other, amount):
        if self.said:
            actor, event, _ = self.said[-1 - other % len(self.said)]
            declared = {"declarationTime": event["eventTime"], "reason": "did_not_occur"}
            self._keep(actor, event | {"errorDeclaration": declared})

    def _undo(self, who, what, other, amount):
        sent = [one for one in self.said if one[1]["bizStep"].endswith("shipping")]
        if sent:
            actor, event, _ = sent[-1 - other % len(sent)]
            extra = {"suyuan:of": event["eventID"]}
            self._say(actor, "undo-dispatch", [self._lot(what)], extra=extra)

    def _buy(self, who, what, other, amount):
        lot, supplier = self.m.world.new_lot(), self.m.supplier
        if amount % 2:
            self.m.lot(supplier)
            self._say(supplier, "store", [lot])
        if amount % 3 == 0:
            to = {"sender": supplier.uri, "recipient": self._who(who + other % 2).uri}
            self._say(supplier, "dispatch", [lot], kilos="30", **to)
        extra = {"suyuan:supplier": {"uscc": supplier.uri[-18:]}} if other % 5 else {}
        self._say(self._who(who), "receive", [lot], kilos="30", extra=extra)
        self.lots.append(lot)

    def _import(self, who, what, other, amount):
        actor, kind = self._who(who), ("own", "received")[amount % 2]
        file = SourceFile.of(f"{len(self.said)}{self.lots}".encode(), "application/json", kind)
        for _ in range(1 + other % 2):
            self._say(actor, "store", [self._lot(what)], document=file.member)
        if amount % 3:
            sha256, size = file.member["sha256"], file.member["size"]
            self.m.world.say(actor, acts.document(sha256, size, 1 + other % 2))

    def _act(self, who, what, other, amount):
        actor = [self.m.office, self._who(who)][amount % 2]
        act = order if other % 2 else hold
        self.acts.append(act(self.m.world, actor, self._lot(what)))
        if other % 5 == 4:
            end = acts.recall_withdraw if act is order else acts.hold_release
            self.m.world.say(actor, end(self.acts[-1], "弄错了"))

    def _clear(self, who, what, other, amount):
        if self.acts and amount % 3 == 0:
            clear(self.m.world, self.m.office, self.acts[-1], self._lot(what))

    def goods(self):
        """Whose goods may be asked about, the last that was said first."""
        pairs = [
            (item, who) for who, event, _ in reversed(self.said)
            for item in self.lots if item in json.dumps(event)
        ]  # fmt: skip
        return list(dict.fromkeys(pairs))


class _Market(Market):
    def refs_of(self, who, receipts):
        """`after` that names them but those of the actor's own."""
        links = {one.index: one for one in receipts}
        mine = {one.index for actor, _, one in self.story.said if actor is who}
        return refs(*(one for index, one in links.items() if index not in mine))


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("random") / "home")
    yield _Market(world)
    world.ledger.close()


@pytest.fixture(scope="module")
def client(market):
    return client_of(market.world.ledger)


@settings(
    max_examples=length(60, 3_000), deadline=None, derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
@given(told=st.lists(STEP, min_size=4, max_size=length(14, 30)), chosen=NUMBERS)
def test_page_file_and_reference_agree_on_random_histories(market, client, told, chosen):
    story = market.story = Story(market)
    for step in told:
        story.tell(*step)
    market.world.ledger.followers.catch_up()
    goods = story.goods()
    trust = market.world.trust
    plain = json.loads(trust.to_json())
    for item, holder in goods[:1] + goods[1:][chosen % 5 :: 5][:2]:
        file = file_of(market.world, item, holder)
        code, states, colour = by_reference(file, plain, holder.uri)
        note(f"{item} of {holder.uri}: {states}")
        assert by_python(file, trust, holder.uri) == (states, colour)
        assert code == (3 if "undecided" in states else 0)
        found = client.get(f"/api/v1/items/{codes.of_chain(item, holder.uri)}").json
        assert (tuple(found["states"]), COLOURS[found["colour"]]) == (states, colour)
        assert by_reference(file, plain)[1:] == by_python(file, trust, None)
