"""The events of links as the lineage reference reads them, and which of them count."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
PREFIXES = ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-")
SIDES = {
    "object": ("epcList", "quantityList"),
    "child": ("childEPCs", "childQuantityList"),
    "input": ("inputEPCList", "inputQuantityList"),
    "output": ("outputEPCList", "outputQuantityList"),
}


@dataclass
class Record:
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
        parts: dict[str, list[Amount]] = {}
        for name in self.event.get(epcs, ()):
            if (item := canonical(name)) is not None:
                parts.setdefault(item, []).append(None)
        for element in self.event.get(quantities, ()):
            if (item := canonical(element["epcClass"])) is not None:
                parts.setdefault(item, []).append(_amount(element))
        return parts

    @property
    def key(self) -> Key:
        assert self.time is not None
        return self.time, self.leaf

    @property
    def is_sending(self) -> bool:
        return self.step in ("shipping", REFUSE) and not self.is_received

    def to(self) -> set[str]:
        """The parties that may answer a dispatch."""
        kinds = ("owning_party", "possessing_party")
        return {self.destinations[kind] for kind in kinds if kind in self.destinations}

    def recipient(self) -> str | None:
        parties = self.destinations
        return parties.get("owning_party", parties.get("possessing_party"))


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
        """Millionths received: all of it where only its contents were received."""
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


def names(record: Record) -> set[str]:
    items = {item for parts in record.parts.values() for item in parts}
    return items if record.parent is None else items | {record.parent}


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


ONE = (10**6, "1")


class Counting:
    """Which events of payloads count, and their kinds; a payload's position is its leaf."""

    def __init__(self, payloads: Sequence[Mapping[str, Any]]) -> None:
        self.parties: dict[str, int] = {}  # since which leaf
        records: list[Record] = []
        for leaf, payload in enumerate(payloads):
            statement = payload.get("statement", {})
            if statement.get("type") == "party" and statement["op"] == "admit":
                self.parties.setdefault(statement["party"], leaf)
            if "event" in payload:
                is_received = payload.get("document", {}).get("as") == "received"
                after = [ref["index"] for ref in payload["after"] if "ledger" not in ref]
                records.append(Record(leaf, payload["actor"], payload["event"], is_received, after))
        self.records = {record.leaf: record for record in records}
        self.items = sorted({item for record in records for item in names(record)})
        self.void = set(self._void(records))
        self.corrected = self._corrections(records)
        valid = (record for record in records if record.leaf not in self.void)
        timed = (record for record in valid if record.time is not None)
        self.standing = sorted(timed, key=lambda record: record.key)
        self.containers = {record.parent for record in self.standing if record.parent is not None}

    def _void(self, records: Sequence[Record]) -> Iterator[int]:
        answered: dict[int, list[int]] = defaultdict(list)
        for record in records:
            if record.step in ("receiving", REFUSE) and not record.is_error:
                for leaf in record.after:
                    if leaf in self.records and record.actor in self.records[leaf].to():
                        answered[leaf].append(record.leaf)
        void: set[int] = set()
        contents: set[tuple[str, str, str]] = set()
        same: dict[tuple[str, str | None], list[Record]] = defaultdict(list)
        for record in records:
            earlier = list(same[record.actor, record.name])
            same[record.actor, record.name].append(record)
            if record.is_error:
                yield record.leaf
                meant = [s for s in earlier if not s.is_error and s.leaf not in void]
                equal = [other for other in meant if other.content == record.content]
                for other in equal or (meant if len(meant) == 1 else ()):
                    void.add(other.leaf)
                    yield other.leaf
                continue
            if record.step == "void_shipping":
                for other in same[record.actor, record.event.get("suyuan:of")]:
                    is_answered = any(leaf < record.leaf for leaf in answered[other.leaf])
                    if other.step == "shipping" and not is_answered:
                        yield other.leaf
            if record.name is not None:
                content = (record.actor, record.name, record.content)
                if content in contents:
                    void.add(record.leaf)
                    yield record.leaf
                contents.add(content)

    def _corrections(self, records: Sequence[Record]) -> dict[int, list[int]]:
        """The leaves of the events in place of an error, by the error's leaf."""
        corrections: dict[int, list[int]] = {}
        for record in records:
            if not record.is_error:
                continue
            names = record.event["errorDeclaration"].get("correctiveEventIDs", ())
            instead = [s.leaf for s in records if s.actor == record.actor and s.name in names]
            for other in records:
                if (other.actor, other.name) == (record.actor, record.name):
                    corrections[other.leaf] = instead
        return corrections

    def _in_force(self, leaf: int, seen: frozenset[int] = frozenset()) -> Iterator[int]:
        if leaf in seen:
            return
        if leaf not in self.void:
            yield leaf
            return
        for other in self.corrected.get(leaf, ()):
            yield from self._in_force(other, seen | {leaf})

    def _sources(self) -> set[tuple[str, str, bool]]:
        """Accounts into which goods came otherwise than by a coding."""
        accounts = set()
        for record in self.standing:
            if record.holder is None:
                continue
            both = set(record.parts["input"]) & set(record.parts["output"])
            each = self._each(record)
            kinds = {item: self._kind(record, side) for side, item, _ in each if item not in both}
            for item, kind in kinds.items():
                if kind in ("caught", "made"):
                    accounts.add((item, record.holder, record.is_received))
                if kind == "receipt" and not self._is_answer(record):
                    accounts.add((item, record.holder, record.is_received))
        return accounts

    def _is_answer(self, record: Record) -> bool:
        """Whether a receipt names what was sent to its actor, or is a document's."""
        return record.is_received or bool(self._named(record))

    def _is_misdirected(self, record: Record) -> bool:
        """Whether a receipt names what was sent or refused, and none of it came to its actor."""
        named = [self.records[leaf] for leaf in record.after if leaf in self.records]
        sent = [s for s in named if s.step == REFUSE or (s.step == "shipping" and not s.is_error)]
        to = set().union(*(s.to() for s in sent))
        return bool(sent) and not self._is_answer(record) and record.actor not in to

    def _named(self, record: Record) -> list[Record]:
        """The dispatches to its actor that an event names, void ones too."""
        named = [self.records[leaf] for leaf in record.after if leaf in self.records]
        return [s for s in named if s.is_sending and record.actor in self._sent_to(s)]

    def _sent_to(self, sent: Record) -> set[str]:
        """The parties that a dispatch goes to, or a refusal back to."""
        if sent.step != REFUSE:
            return sent.to()
        named = [self.records[leaf] for leaf in sent.after if leaf in self.records]
        return {s.actor for s in named if s.step == "shipping" and sent.actor in s.to()}

    def _dispatches(self, record: Record) -> list[Record]:
        """The dispatches in force to its actor that a receipt or refusal names."""
        dispatches = []
        for named in record.after:
            for leaf in self._in_force(named):
                sent = self.records.get(leaf)
                if sent is None or not sent.is_sending or sent.leaf in [s.leaf for s in dispatches]:
                    continue
                if sent.step == REFUSE and record.step == REFUSE:
                    continue  # what comes back is taken
                if sent.step == REFUSE:
                    may = record.actor in {d.actor for d in self._dispatches(sent)}
                else:
                    may = record.actor in sent.to()
                if may:
                    dispatches.append(sent)
        return dispatches

    # Pieces and lots

    def is_piece(self, item: str) -> bool:
        return "/21/" in item or "/00/" in item or item in self.containers

    def _each(self, record: Record) -> Iterator[tuple[str, str, Amount]]:
        for side, parts in record.parts.items():
            for item, amounts in parts.items():
                yield side, item, self._sum(item, amounts)

    def _sum(self, item: str, amounts: Sequence[Amount]) -> Amount:
        if self.is_piece(item):
            return ONE
        if any(amount is None for amount in amounts):
            return None
        units = {amount[1] for amount in amounts if amount is not None}
        total = sum(amount[0] for amount in amounts if amount is not None)
        return (total, units.pop()) if len(units) == 1 else None

    def _kind(self, record: Record, side: str) -> str | None:
        if side in ("input", "output"):
            return "used" if side == "input" else "made"
        if side == "child":
            if record.type != "AggregationEvent":
                return None  # something attached is no content
            return {"ADD": "packed", "DELETE": "unpacked"}.get(record.action or "")
        if record.type != "ObjectEvent":
            return None
        own = "urn:suyuan:step:"
        if record.action == "ADD":
            names = {own + "harvest": "caught", own + "catch": "caught"}
            return names.get(record.step or "", "coded")
        if record.action == "DELETE":
            return "destroyed" if record.step == "destroying" else "lost"
        if record.step == "receiving" and self._is_misdirected(record):
            return None
        return {
            "receiving": "receipt", "shipping": "sent", REFUSE: "refusal", "retail_selling": "sold",
            "stock_taking": "counted",
        }.get(record.step or "")  # fmt: skip
