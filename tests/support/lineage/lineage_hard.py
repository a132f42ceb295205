"""Lineages that are hard to work out."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import Actor, World

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.recall.accounts import accounting
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.projections.material import Material
from suyuan.trace.store.read.lineage_reader import Lineage

START = datetime(2026, 11, 1, tzinfo=UTC)


class Story:
    """Events of a small world's parties at hours after a start."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.works = world.party("食品厂", "processor")
        self.stall = world.party("A 区 12 号")

    def say(
        self,
        hour: float,
        actor: Actor,
        step: str,
        *items: tuple[str, str] | str,
        after: Receipt | None = None,
        to: Actor | str | None = None,
        inputs: tuple[tuple[str, str] | str, ...] = (),
        **more,
    ) -> Receipt:
        """One event; an item is its URI, or with so many kilos."""
        event = steps.event(
            step, START + timedelta(hours=hour), [portion(item) for item in items],
            inputs=[portion(item) for item in inputs], sender=None if to is None else actor.uri,
            recipient=to.uri if isinstance(to, Actor) else to, **more,
        )  # fmt: skip
        refs = () if after is None else (AfterRef(after.index, after.hash),)
        (receipt,) = self.world.do(actor, event, after=refs)
        return receipt

    def wrong(self, actor: Actor, leaf: Receipt, right: str | None = None) -> None:
        """Declare an event an error, with the id of another in its place."""
        event = self.event(leaf)
        declaration: dict = {"declarationTime": event["eventTime"], "reason": "did_not_occur"}
        if right is not None:
            declaration |= {"reason": "incorrect_data", "correctiveEventIDs": [right]}
        self.world.do(actor, event | {"errorDeclaration": declaration})

    def event(self, leaf: Receipt) -> dict:
        with self.world.ledger.reading() as reader:
            event = Material(reader, leaf.index + 1, {}, {}).event(leaf.index)
        assert event is not None
        return event

    def ask(self, question: Callable[[Lineage], object]) -> object:
        with self.world.caught_up() as reader:
            return question(Lineage(reader))

    def where(self, item: str) -> dict[tuple[str | None, str | None], str]:
        """Amounts by holder and container; of what is on its way, the holder has an arrow."""
        amounts: dict[tuple[str | None, str | None], Decimal] = Counter()
        for stock in self.ask(lambda lineage: lineage.stock([item])):
            holder = f"→ {stock.holder}" if stock.is_in_transit else stock.holder
            amounts[holder, stock.container] += stock.quantity.value
        return {place: str(value.normalize()) for place, value in amounts.items()}

    def made_of(self, item: str) -> set[str]:
        return set(self.ask(lambda lineage: lineage.reach([item], forward=False))) - {item}


def portion(item: tuple[str, str] | str) -> Portion:
    if isinstance(item, str):
        return Portion(item)
    return Portion(item[0], Decimal(item[1]), "KGM")


def everything(lineage: Lineage, *items: str) -> None:
    """Every question about items ends, and without an exception."""
    lineage.trace(items)
    lineage.stock(items)
    lineage.findings_of(items)
    for item in items:
        story = lineage.story(item)
        accounting(story)
        assert lineage.stays(item) == list(story.stays)
        lineage.contents(item)
        lineage.lots([item])
        lineage.stock_of(item)
        lineage.shipments(item=item)
        for forward in (True, False):
            assert item in lineage.reach([item], forward=forward)
            graph = lineage.graph([item], forward=forward)
            assert set(graph.depth) == set(lineage.reach([item], forward=forward))
            assert set(lineage.events_about(graph)) >= {event.leaf for event in story.events}
