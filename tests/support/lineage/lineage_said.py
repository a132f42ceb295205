"""What one event says, a line of a dispatch and a place: the words of the lineage reference."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from suyuan.trace.format.identifiers.items import canonical

Key = tuple[int, int]  # event time in microseconds, leaf
Amount = tuple[int, str] | None  # millionths of a base unit, and the unit

UNITS = {"KGM": ("kg", 10**6), "GRM": ("kg", 10**3), "TNE": ("kg", 10**9)}
UNITS |= {"LTR": ("L", 10**6), "H87": ("1", 10**6), None: ("1", 10**6)}
REFUSE = "urn:suyuan:step:refuse"
PREFIXES = (
    "https://ref.gs1.org/cbv/BizStep-",
    "urn:epcglobal:cbv:bizstep:",
    "cbv:BizStep-",
)
SIDES = {
    "object": ("epcList", "quantityList"),
    "child": ("childEPCs", "childQuantityList"),
    "input": ("inputEPCList", "inputQuantityList"),
    "output": ("outputEPCList", "outputQuantityList"),
}


@dataclass
class Said:
    """One event of one link."""

    leaf: int
    actor: str
    event: Mapping[str, Any]
    is_received: bool
    after: list[int]

    def __post_init__(self) -> None:
        event = self.event
        self.name = event.get("eventID")
        self.is_error = "errorDeclaration" in event
        plain = {name: value for name, value in event.items() if name != "errorDeclaration"}
        self.content = json.dumps(plain, sort_keys=True)
        self.time = _micros(event["eventTime"])
        self.type, self.action = event["type"], event.get("action")
        self.step = event.get("bizStep")
        for prefix in PREFIXES:
            if isinstance(self.step, str):
                self.step = self.step.removeprefix(prefix)
        self.parent = canonical(event["parentID"]) if "parentID" in event else None
        self.parts = {side: self._parts(*lists) for side, lists in SIDES.items()}
        place = event.get("bizLocation") or event.get("readPoint") or {}
        self.holder = place.get("id") if self.is_received else self.actor
        self.destinations = {
            part["type"].rpartition(":")[2].rpartition("-")[2]: part["destination"]
            for part in event.get("destinationList", ())
        }

    def _parts(self, epcs: str, quantities: str) -> dict[str, list[Amount]]:
        found: dict[str, list[Amount]] = {}
        for name in self.event.get(epcs, ()):
            if (item := canonical(name)) is not None:
                found.setdefault(item, []).append(None)
        for element in self.event.get(quantities, ()):
            if (item := canonical(element["epcClass"])) is not None:
                found.setdefault(item, []).append(_amount(element))
        return found

    @property
    def key(self) -> Key:
        assert self.time is not None
        return self.time, self.leaf

    @property
    def is_sending(self) -> bool:
        return self.step in ("shipping", REFUSE) and not self.is_received

    def to(self) -> set[str]:
        """Who may answer a dispatch."""
        kinds = ("owning_party", "possessing_party")
        return {self.destinations[kind] for kind in kinds if kind in self.destinations}

    def recipient(self) -> str | None:
        found = self.destinations
        return found.get("owning_party", found.get("possessing_party"))


@dataclass
class Line:
    """One item of a dispatch, or of a refusal: which sends it back."""

    leaf: int
    item: str
    sender: str
    recipient: str | None
    amount: Amount
    named: int = 0
    refused: int = 0
    is_here: bool = False  # its contents were received
    answers: list[int] = field(default_factory=list)
    receipts: int = 0

    @property
    def received(self) -> int:
        """How much of it was received: all of it where that is said of its contents only."""
        whole = 0 if self.amount is None else self.amount[0]
        return whole if self.is_here and not self.receipts else self.named

    @property
    def state(self) -> str:
        if self.recipient is None:
            return "outside"
        if not self.answers:
            return "open"
        is_received = self.receipts or self.is_here
        if not is_received and (self.amount is None or self.refused == self.amount[0]):
            return "refused"
        if self.amount is None or (self.received == self.amount[0] and not self.refused):
            return "confirmed"
        return "different"


@dataclass(frozen=True)
class Place:
    """Where a piece is: held, in (a container), sent (by a leaf), gone; or nowhere known."""

    how: str
    where: Any = None
    is_reported: bool = False


def names(one: Said) -> set[str]:
    found = {item for parts in one.parts.values() for item in parts}
    return found if one.parent is None else found | {one.parent}


def _amount(element: Mapping[str, Any]) -> Amount:
    unit = UNITS.get(element.get("uom"))
    if "quantity" not in element or unit is None:
        return None
    micro = Decimal(repr(element["quantity"])) * unit[1]
    return (int(micro), unit[0]) if micro == int(micro) else None


def _micros(text: str) -> int | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return None if when.tzinfo is None else (when - epoch) // timedelta(microseconds=1)
