"""What is known of an item from its events: movements, accounts, stays, shipments.

Plain values, made from the columns beside the entries; nothing here reads a store. Instants are
microseconds UTC of event time, amounts integers of a millionth of kg, L, m or piece.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from suyuan.keys.records import record
from suyuan.trace.format.event_items import Role
from suyuan.trace.format.quantities import Quantity


class Kind(StrEnum):
    """What an event does to a holder's stock of an item."""

    CODED = "coded"  # source coding; counts where nothing else brought the goods in
    CAUGHT = "caught"  # harvest and catch
    MADE = "made"  # output of a transformation
    BOUGHT = "bought"  # a receipt that answers no dispatch: the chain begins at the buyer
    RECEIVED = "received"  # a receipt that answers a dispatch, or one that a document reports
    UNPACKED = "unpacked"
    USED = "used"  # input of a transformation
    SENT = "sent"
    SOLD = "sold"
    LOST = "lost"
    DESTROYED = "destroyed"
    PACKED = "packed"
    COUNTED = "counted"  # stock-taking: the remainder found


@record
class ItemEvent:
    """One item's part in one event that counts, as the store's columns have it.

    `making` is the leaf of the transformation's first event, `container` an aggregation's parent,
    `place` the bizLocation, else readPoint; `after` are leaves of this ledger.
    """

    leaf: int
    actor: str
    role: Role
    time: int
    type: str
    action: str | None = None
    step: str | None = None
    disposition: str | None = None
    event_id: str | None = None
    quantity: Quantity | None = None
    is_received: bool = False
    place: str | None = None
    container: str | None = None
    making: int | None = None
    after: tuple[int, ...] = ()
    is_misdirected: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """Event time, and where that is equal the order of the log."""
        return self.time, self.leaf

    @property
    def holder(self) -> str | None:
        """Whose stock it is about: its actor's; in a received document its place's."""
        return self.place if self.is_received else self.actor

    @property
    def is_made(self) -> bool:
        """Whether it codes the item, or makes it."""
        is_coding = self.type == "ObjectEvent" and self.action == "ADD"
        return is_coding or bool(self.role & Role.OUTPUT)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one event does to an account: `delta` is None where the amount is not known.

    For COUNTED it is the difference to the account before; 0 for a coding that only restates.
    """

    leaf: int
    time: int
    kind: Kind
    delta: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """A stock account of a party, or of a reported place; movements in order of event time.

    `unit` is None where no movement has one, `balance` (what is loose) where it is not known.
    """

    item: str
    holder: str
    is_reported: bool
    unit: str | None
    movements: tuple[Movement, ...]
    balance: int | None


@dataclass(frozen=True, slots=True)
class Stay:
    """An item in a container, in event time; `left` is None while it is inside."""

    item: str
    container: str
    entered: int
    entered_leaf: int
    left: int | None
    left_leaf: int | None
    quantity: Quantity | None

    def covers(self, time: int, leaf: int) -> bool:
        """Whether the item is inside at an event; the packing and the unpacking count."""
        if (time, leaf) < (self.entered, self.entered_leaf):
            return False
        return self.left is None or (time, leaf) <= (self.left, self.left_leaf or 0)


class Sent(StrEnum):
    """What became of a line of a dispatch."""

    OPEN = "open"  # nobody has answered it
    CONFIRMED = "confirmed"
    DIFFERENT = "different"  # confirmed with another quantity
    REFUSED = "refused"
    OUTSIDE = "outside"  # to a name outside the ledger: nobody will answer


@dataclass(frozen=True, slots=True)
class Shipment:
    """One item of a dispatch, and what its recipient answered, last by the leaf `answered`.

    `recipient` is None outside the ledger; `received` and `refused` are in `quantity`'s unit.
    """

    leaf: int
    item: str
    sender: str
    recipient: str | None
    quantity: Quantity | None
    state: Sent
    answered: int | None
    received: int | None
    refused: int | None

    @property
    def rest(self) -> int | None:
        """What nobody has answered, in millionths; below 0 where more came. None if not known."""
        if self.quantity is None:
            return None
        return self.quantity.micro - (self.received or 0) - (self.refused or 0)


@dataclass(frozen=True, slots=True)
class Lot:
    """What a lot is, by its coding at `leaf`; read back, with its product's category and coder.

    `number` is the lot number, serial or SSCC that people give it, folded as it is looked for.
    """

    item: str
    leaf: int
    name: str | None
    product: str | None
    produced: str | None
    shelf_life: int | None
    category: str | None = None
    coder: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """What a product is, by its statement; conversions: how much of its base unit a unit is."""

    uri: str
    name: str | None
    spec: str | None
    category: str
    unit: str
    conversions: Mapping[str, Decimal]
    shelf_life: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """All that counts about one item, as of the last link that names it, in event time.

    `voided` are leaves that do not count, `carried` the makings that it went into inside a
    container; `gone` has, by leaf, how it was used, sold, lost or destroyed inside one.
    """

    item: str
    as_of: int
    lot: Lot | None
    product: Product | None
    events: tuple[ItemEvent, ...]
    voided: frozenset[int]
    accounts: tuple[Account, ...]
    stays: tuple[Stay, ...]
    shipments: tuple[Shipment, ...]
    carried: frozenset[int] = frozenset()
    gone: Mapping[int, Kind] = field(default_factory=dict)


class Stock(NamedTuple):
    """So much of an item in one place: in a party's hands, or on its way to one.

    `container` is the innermost. A named tuple, since a trace gives ten thousand of them at once.
    """

    item: str
    holder: str | None
    is_in_transit: bool
    is_reported: bool
    container: str | None
    quantity: Quantity | None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """A transformation by the leaf that edges name; `actor` handed it in if a document reports."""

    making: int
    step: str | None
    actor: str
    time: int
    is_reported: bool = False
    place: str | None = None

    @property
    def maker(self) -> str:
        """Whose doing it was: the actor's, or at the place that a document names."""
        return self.place if self.is_reported and self.place is not None else self.actor


@dataclass(frozen=True, slots=True)
class Edge:
    """An item that went into a making, or with `is_output` came out of it."""

    item: str
    making: int
    is_output: bool
    quantity: Quantity | None


@dataclass(frozen=True, slots=True)
class Graph:
    """The lineage of items, by distance in makings; with stays of containers in containers."""

    roots: tuple[str, ...]
    is_forward: bool
    size: int
    depth: Mapping[str, int]
    makings: Mapping[int, Making]
    edges: tuple[Edge, ...]
    stays: tuple[Stay, ...]
    is_cut: bool
