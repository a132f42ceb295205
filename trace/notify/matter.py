"""What a notice tells: plain values, the same for all whom it concerns, and what each holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..lineage.model import Stock
from ..quantities import Quantity

SHOWN = 20  # items of the act by name; the rest by their number
HELD, COMING, SENT, HAD = "held", "coming", "sent", "had"

# What begins an act or makes it larger is told to all who hold, and to all who get, some of it;
# the rest to those who were told of it.
BEGINS = frozenset({"recall.order", "recall.extend", "hold.place"})
CLEARS = "recall.clear"


@dataclass(frozen=True, slots=True)
class Line:
    """An item as a notice names it; `produced` is a day, 2026-11-24."""

    item: str
    code: str
    name: str | None
    produced: str | None

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Held:
    """What the one who is told has of an item: in hand, on its way to or from it, or no more.

    `is_named`: the act names the item itself; else it contains, or is packed in, what is named.
    """

    line: Line
    state: str
    quantity: Quantity | None
    container: str | None = None
    is_named: bool = True

    def to_dict(self) -> dict[str, Any]:
        """For programs; the quantity's value in kg, L, m or pieces (unit `1`) as its digits."""
        amount = self.quantity
        return {
            "item": self.line.item,
            "code": self.line.code,
            "state": self.state,
            "quantity": None
            if amount is None
            else {"value": f"{amount.value:f}", "unit": amount.unit},
            "container": self.container,
            "named": self.is_named,
        }


@dataclass(frozen=True, slots=True)
class Matter:
    """A statement about a hold or a recall: what it says, of what, and where it stands.

    `what` is its type and op, "recall.order"; `count` how many items it is about, `lines` the first
    of them. `reason` is None where it is not given, or hidden. `link` is the signed statement.
    `is_provisional`: `finish_due` may change.
    """

    what: str
    act: str
    index: int
    hash: str
    origin: str
    by: str
    by_name: str | None
    is_drill: bool
    level: int | None
    count: int
    lines: tuple[Line, ...]
    reason: str | None
    is_reason_hidden: bool
    said_at: datetime
    link: str
    start_due: datetime | None = None
    finish_due: datetime | None = None
    is_provisional: bool = False
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """`hold` or `recall`."""
        return self.what.partition(".")[0]

    @property
    def op(self) -> str:
        """The op of the statement."""
        return self.what.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Links:
    """Where a notice leads to."""

    act: str
    proof: str

    def to_dict(self) -> Mapping[str, str]:
        """For programs."""
        return {"act": self.act, "proof": self.proof}


def state_of(party: str, stock: Stock) -> str | None:
    """What a stock is to a party; None where it is none of its own.

    What is on its way concerns both ends: one can call it back, the other stop it at the door.
    """
    if stock.is_reported:
        return None  # the holder is a place that a document names
    if stock.holder == party:
        return COMING if stock.is_in_transit else HELD
    return SENT if stock.is_in_transit and stock.sender == party else None


def concerned(stock: Stock) -> tuple[str, ...]:
    """The parties that a stock is of."""
    ends = (stock.holder, stock.sender if stock.is_in_transit else None)
    parties = dict.fromkeys(party for party in ends if party is not None)
    return tuple(party for party in parties if state_of(party, stock) is not None)
