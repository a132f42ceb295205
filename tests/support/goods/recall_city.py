"""A city in which a lot went from hand to hand, and the progress of its recall."""

from datetime import UTC, datetime

from support.ledger.world import Actor, World, event
from support.web.acting import order

from suyuan.trace.admission import acts
from suyuan.trace.admission.state import Act
from suyuan.trace.format.quantities import MICRO
from suyuan.trace.recall.lines import Sum
from suyuan.trace.recall.progress import Progress, progress


class City:
    """A farm that coded 100 kg; 30 went to a stall, 40 to a wholesaler, 15 of these to another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.market = world.party("批发行", "wholesaler")
        self.first, self.second = world.party("A 区 12 号"), world.party("B 区 3 号")
        self.lot = world.new_lot()
        world.code(self.farm, self.lot)
        world.hand_over(self.farm, self.first, self.lot, "30")
        world.hand_over(self.farm, self.market, self.lot, "40")
        world.hand_over(self.market, self.second, self.lot, "15")
        world.do(self.first, event("sell", self.lot, "10"))

    def recall(self, *items: str, drill: bool = False) -> str:
        return order(self.world, self.farm, *(items or (self.lot,)), drill=drill)

    def report(self, actor: Actor, uri: str, item: str | None = None, **kilos: str) -> None:
        rows = [
            {"item": item or self.lot, "kind": kind, "value": value, "unit": "kg"}
            for kind, value in kilos.items()
        ]
        self.world.say(actor, acts.recall_report(uri, rows))

    def act(self, uri: str) -> Act:
        with self.world.ledger.reading() as reader:
            act = reader.act(uri)
        assert act is not None
        return act

    def progress(self, uri: str, now: datetime | None = None) -> Progress:
        with self.world.caught_up() as reader:
            act = reader.act(uri)
            assert act is not None
            return progress(reader, act, now or datetime.now(UTC))

    def name(self, uri: str) -> str:
        known = {self.farm: "farm", self.market: "market", self.first: "one", self.second: "two"}
        return {actor.uri: name for actor, name in known.items()}[uri]

    def table(self, state: Progress) -> dict[str, tuple[int, int]]:
        """By holder, kilograms had at the recall or taken in since, and the gap."""
        return {
            self.name(holder.uri): (line.left // MICRO, line.gap // MICRO)
            for holder in state.holders
            for line in holder.lines
        }


def kilos(total: Sum) -> dict[str, int]:
    return {n: v // MICRO for n in Sum.__slots__ if (v := getattr(total, n))}
