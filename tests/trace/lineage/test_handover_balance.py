"""Quantities of both sides: whatever is sent, answered or taken back, nothing appears or is lost.

What was coded is at each moment in somebody's hands, on its way, used up, or missing by a
difference that a recipient stated.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from support.ledger.world import Actor, World

from suyuan.trace.format import steps
from suyuan.trace.format.quantities import MICRO
from suyuan.trace.goods.handover.reply import Amount, Reply
from suyuan.trace.goods.handover.slips import Line, Slips, Why
from suyuan.trace.goods.holdings import missing, of_items, of_party
from suyuan.trace.lineage.model import Sent
from suyuan.trace.recording.receiving import confirm
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

CODED = 2_000
ZONE = ZoneInfo("Asia/Shanghai")
START = datetime.now(UTC) - timedelta(hours=12)
STEPS = 50


class Trade:
    """Three traders of one lot, loose and on pallets, and a plain account of who has what."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = [self.world.party(name) for name in ("甲", "乙", "丙")]
        self.lot = self.world.new_lot()
        self.time = START
        self.used = 0
        self.world.do(
            self.people[0],
            steps.event("code", self._now(), [self._kilos(CODED)], extra={"ilmd": {}}),
        )
        self._follow()

    def _now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def _kilos(self, amount: int) -> steps.Portion:
        return steps.Portion(self.lot, Decimal(amount), "KGM")

    def _follow(self) -> None:
        self.world.ledger.followers.catch_up()

    def _loose(self, who: Actor) -> int:
        with self.world.ledger.reading() as reader:
            return sum(
                int(stock.quantity.value)
                for stock in of_party(reader, who.uri).has
                if stock.item == self.lot and stock.container is None
            )

    def _send(self, sender, to, portion, name=None):
        sent = steps.event(
            "dispatch", self._now(), [portion], sender=sender.uri, recipient=to.uri, event_id=name
        )
        self.world.do(sender, sent)
        self._follow()

    def _owner(self, number: int, amount: int) -> Actor:
        """One of those who have so much loose; the first always has, at the start."""
        rich = [who for who in self.people if self._loose(who) >= amount]
        return rich[number % len(rich)]

    def _other(self, who: Actor, number: int) -> Actor:
        return [one for one in self.people if one is not who][number % 2]

    def dispatch(self, number: int, amount: int) -> None:
        who = self._owner(number, amount)
        self._send(who, self._other(who, number), self._kilos(amount))

    def dispatch_a_pallet(self, number: int, amount: int) -> None:
        who, pallet = self._owner(number, amount), self.world.new_lot()
        packed = steps.event("pack", self._now(), [self._kilos(amount)], parent=pallet)
        self.world.do(who, packed)
        self._follow()
        self._send(who, self._other(who, number), steps.Portion(pallet))

    def dispatch_and_undo(self, number: int, amount: int) -> None:
        who, name = self._owner(number, amount), f"urn:uuid:{self.time.timestamp()}"
        self._send(who, self._other(who, number), self._kilos(amount), name)
        undo = steps.event(
            "undo-dispatch", self._now(), [self._kilos(amount)], extra={"suyuan:of": name}
        )
        self.world.do(who, undo)
        self._follow()

    def answer(self, how: str, number: int, amount: int) -> bool:
        with self.world.ledger.reading() as reader:
            waiting = [(a, s) for a in self.people for s in Slips(reader).arrivals(a.uri)]
        if not waiting:
            return False
        actor, slip = waiting[number % len(waiting)]
        (line,) = slip.lines
        kilos = Amount(Decimal(amount), "KGM")
        is_back = slip.why is Why.REFUSAL
        is_loose = line.item == self.lot
        if how == "part" and is_loose:
            said = Reply(weighed={self.lot: kilos}, is_sure=True)
        elif how == "both" and is_loose and not is_back and (line.sent.rest or 0) > amount * MICRO:
            said = Reply(refused={self.lot: kilos}, reason="坏")
        elif how == "both" and line.contents and not is_back:
            said = Reply(refused={self.lot: None}, reason="坏")
        elif how == "part" and line.contents:
            said = Reply(weighed={self.lot: _whole(line)})
        elif how == "refuse" and not is_back:
            said = Reply(refuses_all=True, reason="坏")
        else:
            said = Reply(is_all=True)
        self._answer(actor, slip.index, said)
        return True

    def take_the_rest(self, number: int) -> None:
        with self.world.ledger.reading() as reader:
            lines = Lineage(reader).shipments(item=self.lot, states=[Sent.DIFFERENT])
        short = [line for line in lines if _rest(line) > 0]
        if short:
            line = short[number % len(short)]
            (actor,) = (who for who in self.people if who.uri == line.recipient)
            self._answer(actor, line.leaf, Reply(is_all=True, is_rest=True))

    def _answer(self, actor: Actor, index: int, said: Reply) -> None:
        confirm(self.world.ledger, actor.pen, index, replace(said, when=self._now()), ZONE)
        self._follow()

    def sell(self, number: int, amount: int) -> None:
        actor = self._owner(number, amount)
        self.world.do(actor, steps.event("sell", self._now(), [self._kilos(amount)]))
        self._follow()
        self.used += amount

    def everything_is_somewhere(self) -> None:
        with self.world.ledger.reading() as reader:
            stocks = of_items(reader, [self.lot])
            gone = sum(int(one.quantity.value) for one in missing(reader, self.lot))
            parties = [of_party(reader, who.uri) for who in self.people]
        there = sum(int(stock.quantity.value) for stock in stocks)
        assert there + gone + self.used == CODED
        # The parties' own accounts are those of the lot, and what one sent another awaits.
        lots = [s for one in parties for s in (*one.has, *one.coming) if s.item == self.lot]
        assert sum(int(stock.quantity.value) for stock in lots) == there
        sent = sorted(
            (s.item, s.holder, s.sender, str(s.quantity)) for p in parties for s in p.sent
        )
        assert sent == sorted(
            (s.item, s.holder, s.sender, str(s.quantity)) for p in parties for s in p.coming
        )


def _whole(line: Line) -> Amount:
    (content,) = line.contents
    return Amount(content.quantity.value, "KGM")


def _rest(line) -> int:
    return line.quantity.micro - (line.received or 0) - (line.refused or 0)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_appears_and_nothing_is_lost(small: World, seed: int) -> None:
    trade, dice, answered = Trade(small), Random(seed), 0
    for _ in range(STEPS):
        number, amount = dice.randrange(12), dice.randint(1, 20)
        match dice.choice(["send", "pallet", "undo", "sell", "rest", *["answer"] * 5]):
            case "send":
                trade.dispatch(number, amount)
            case "pallet":
                trade.dispatch_a_pallet(number, amount)
            case "undo":
                trade.dispatch_and_undo(number, amount)
            case "sell":
                trade.sell(number, amount)
            case "rest":
                trade.take_the_rest(number)
            case _:
                how = dice.choice(["all", "refuse", "part", "both"])
                answered += trade.answer(how, number, amount)
        trade.everything_is_somewhere()
    assert answered > STEPS // 6
