"""Floods: links that a rival piles up about somebody else's lot, appended in arrays."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import Actor, World, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.recording import bulk
from suyuan.trace.store.append.receipts import Receipt

NOTE = "。" * 100


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def flood(world: World, actor: Actor, drafts: Iterator[Draft]) -> None:
    """Append drafts as fast as the ledger takes them, past a server's rule `pace`."""
    for block in bulk.blocks(drafts, 1_000):
        outcomes = world.ledger.append([actor.pen.sign(draft) for draft in block])
        assert all(isinstance(outcome, Receipt) for outcome in outcomes), outcomes[0]


def ref(receipt: Receipt) -> AfterRef:
    """The reference to a link for a later one's `after`."""
    return AfterRef(receipt.index, receipt.hash)


def naming(world: World, lot: str, target: Receipt, count: int) -> Iterator[Draft]:
    """Links about a lot of the rival's own, each naming a link of the lot."""
    own = world.new_lot()
    for _ in range(count):
        yield Draft(event=event("count", own, "1"), after=(ref(target),))


def about(world: World, lot: str, target: Receipt, count: int) -> Iterator[Draft]:
    """Links about the lot itself."""
    for _ in range(count):
        yield Draft(event=event("count", lot, "1"))


def stating(world: World, lot: str, target: Receipt, count: int) -> Iterator[Draft]:
    """Statements about the lot."""
    statement = acts.labels(["0123456789ABC"])
    for _ in range(count):
        yield Draft(statement=statement, items=(lot,))


def examining(world: World, lot: str, target: Receipt, count: int) -> Iterator[Draft]:
    """Results of tests of the lot that name a link of it."""
    for _ in range(count):
        tested = steps.event("test", datetime.now(UTC), [Portion(lot, Decimal(1), "KGM")])
        yield Draft(event=tested, after=(ref(target),))


def unusual(world: World, lot: str, target: Receipt, count: int) -> Iterator[Draft]:
    """Links about the lot of a step that is not the rival's: each is a finding."""
    for _ in range(count):
        yield Draft(event=event("feed", lot, "1"))


KINDS: dict[str, Callable[[World, str, Receipt, int], Iterator[Draft]]] = {
    "naming": naming, "about": about, "stating": stating, "examining": examining,
    "unusual": unusual,
}  # fmt: skip
