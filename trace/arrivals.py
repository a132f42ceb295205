"""What was sent to a party and waits for its answer: one slip for each dispatch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from . import duties
from .duties import Duty
from .handover import is_dispatch, is_refusal, is_return
from .identifiers.items import canonical
from .lineage.model import Lot, Shipment, Stay
from .link import Link, parse
from .members import Object
from .projection import Role, mentions
from .quantities import Quantity, decimal
from .recorded import Recorded, recorded
from .rules import Refused
from .steps import Portion
from .store import slips
from .store.lineage import Lineage
from .store.read import Reader
from .times import micros
from .times import parse as parse_time

MOST_CONTENTS = 10_000
_LONGEST = 18  # digits of an amount that is shown
_BASE = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": None}


class Why(StrEnum):
    """Why something is on its way to a party."""

    DISPATCH = "dispatch"
    RETURN = "return"  # what it had sent, and its recipient sends back after having taken it in
    REFUSAL = "refusal"  # what it had sent, and its recipient did not take in


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a container of a slip, and in which: its own, or one inside it."""

    item: str
    name: str | None
    container: str
    quantity: Quantity | None


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a slip: as sent, in the sender's own unit, and what was answered so far."""

    portion: Portion
    name: str | None
    sent: Shipment
    contents: tuple[Content, ...] = ()

    @property
    def item(self) -> str:
        """Its URI."""
        return self.portion.item

    @property
    def rest(self) -> int | None:
        """What nobody has answered yet, in millionths; None where that is not known."""
        if self.sent.quantity is None:
            return None
        return self.sent.quantity.micro - (self.sent.received or 0) - (self.sent.refused or 0)


@dataclass(frozen=True, slots=True)
class Slip:
    """What one link sends to a party.

    `sent` is the event's own time, `recorded` when the ledger had it, from which `duty` counts;
    both in microseconds UTC. `has_left` says that the recipient is admitted no more.
    """

    index: int
    hash: str
    why: Why
    sender: str
    sender_name: str | None
    recipient: str
    sent: int | None
    recorded: Recorded | None
    duty: Duty | None
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    reason: str | None = None
    has_left: bool = False

    def is_overdue(self, now: int) -> bool:
        """Whether its deadline has passed without an answer."""
        return self.duty is not None and self.duty.is_over(now)


@dataclass(slots=True)
class Slips:
    """Makes slips over one reader; names and duties are asked for once."""

    reader: Reader
    _names: dict[tuple[str, str | None], str | None] = field(default_factory=dict)
    _standing: dict[str, tuple[tuple[str, ...], str, bool]] = field(default_factory=dict)

    def arrivals(self, party: str) -> list[Slip]:
        """What waits for a party's answer, in the order of the log."""
        return self.of(slips.unanswered(self.reader, party=party))

    def of(self, lines: Iterable[Shipment], *, contents: bool = True) -> list[Slip]:
        """The slips that these lines stand on, one for each link."""
        by_leaf: dict[int, list[Shipment]] = {}
        for line in lines:
            by_leaf.setdefault(line.leaf, []).append(line)
        lots = Lineage(self.reader).lots(sorted({n.item for ns in by_leaf.values() for n in ns}))
        found = (self._slip(leaf, of, lots, contents) for leaf, of in sorted(by_leaf.items()))
        return [slip for slip in found if slip is not None]

    def units(self, index: int) -> dict[str, str | None]:
        """The unit in which the link at an index writes each of its items; None for pieces."""
        stored = self.reader.link(index)
        link = None if stored is None else readable(stored.entry)
        if link is None or link.event is None:
            return {}
        written = portions(link)
        found = {item: portion.uom for item, portion in written.items()}
        for item, portion in written.items():
            if portion.quantity is None:
                self._units_inside(item, found)
        return found

    def _units_inside(self, container: str, found: dict[str, str | None]) -> None:
        for content in self._contents(container, None, 0):
            if content.quantity is not None:
                found.setdefault(content.item, _BASE[content.quantity.unit])

    def duty(self, party: str, since: Recorded | None) -> Duty | None:
        """By when a party answers what was recorded then; None where that is not known."""
        if since is None:
            return None
        roles, division, _ = self.standing(party)
        return duties.confirmation(since.time, roles, division)

    def standing(self, party: str) -> tuple[tuple[str, ...], str, bool]:
        """A party's roles and division, and whether it has left."""
        if party not in self._standing:
            found = self.reader.party(party)
            self._standing[party] = (
                ((), "", True)
                if found is None
                else (found.roles, found.division, found.left is not None)
            )
        return self._standing[party]

    def name(self, uri: str, coder: str | None = None) -> str | None:
        """What a party is called, or a product: by its owner, else by who coded a lot of it."""
        asked = (uri, coder)
        if asked not in self._names:
            self._names[asked] = self.reader.name(uri, coder)
        return self._names[asked]

    def item_name(self, item: str, lots: Mapping[str, Lot]) -> str | None:
        """What an item is: its lot's name, else its product's."""
        lot = lots.get(item)
        if lot is None:
            return self.name(item)
        return lot.name or (None if lot.product is None else self.name(lot.product, lot.coder))

    def _slip(
        self, leaf: int, lines: Sequence[Shipment], lots: Mapping[str, Lot], contents: bool
    ) -> Slip | None:
        stored = self.reader.link(leaf)
        link = None if stored is None else readable(stored.entry)
        recipient = lines[0].recipient
        if stored is None or link is None or link.event is None or recipient is None:
            return None
        when = parse_time(link.event.get("eventTime"))
        sent = None if when is None else micros(when)
        at = recorded(self.reader, leaf)
        written = portions(link)
        reason = link.event.get("suyuan:reason")
        return Slip(
            index=leaf,
            hash=stored.hash,
            why=_why(link),
            sender=link.actor,
            sender_name=self.name(link.actor),
            recipient=recipient,
            sent=sent,
            recorded=at,
            duty=self.duty(recipient, at),
            lines=tuple(
                Line(
                    written.get(line.item, Portion(line.item)),
                    self.item_name(line.item, lots),
                    line,
                    tuple(self._contents(line.item, sent, leaf)) if contents else (),
                )
                for line in lines
            ),
            notes=_notes(link.event),
            reason=reason if isinstance(reason, str) else None,
            has_left=self.standing(recipient)[2],
        )

    def _contents(self, container: str, time: int | None, leaf: int) -> list[Content]:
        """What was inside when it was sent, and inside of that, outermost first."""
        lineage = Lineage(self.reader)
        inside: list[Stay] = []
        seen = {container}
        waiting = [container]
        while waiting and len(inside) < MOST_CONTENTS:
            outer = waiting.pop(0)
            for stay in lineage.contents(outer):
                is_in = stay.left is None if time is None else stay.covers(time, leaf)
                if is_in:
                    inside.append(stay)
                    if stay.item not in seen:  # a cycle of containers ends here
                        seen.add(stay.item)
                        waiting.append(stay.item)
        lots = lineage.lots(sorted({stay.item for stay in inside}))
        return [
            Content(s.item, self.item_name(s.item, lots), s.container, s.quantity) for s in inside
        ]


def readable(entry: bytes) -> Link | None:
    """The link in an entry, None where its bytes cannot be read."""
    try:
        return parse(entry)
    except Refused:
        return None


def portions(link: Link) -> dict[str, Portion]:
    """The items that an event's own lists name, each with its amount as it is written.

    Where an item is named more than once, its sum in the base unit; without an amount where that
    is not exact.
    """
    event = link.event or {}
    written: dict[str, list[Object]] = {}
    for element in event.get("quantityList", ()):
        item = canonical(element["epcClass"])
        if item is not None:
            written.setdefault(item, []).append(element)
    found: dict[str, Portion] = {}
    sums: dict[str, list[Quantity | None]] = {}
    for mention in mentions(event):
        if mention.role == Role.OBJECT:
            sums.setdefault(mention.item, []).append(mention.quantity)
    for item, amounts in sums.items():
        elements = written.get(item, [])
        if len(amounts) == 1 and len(elements) == 1:
            value, uom = decimal(elements[0].get("quantity")), elements[0].get("uom")
            if value is not None and abs(value.adjusted()) > _LONGEST:
                value = None
            found[item] = Portion(item, value, uom if isinstance(uom, str) else None)
        else:
            found[item] = _sum(item, amounts)
    return found


def _sum(item: str, amounts: Sequence[Quantity | None]) -> Portion:
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts) or len({amount.unit for amount in known}) > 1:
        return Portion(item)
    return portion_of(item, Quantity(sum(amount.micro for amount in known), known[0].unit))


def portion_of(item: str, quantity: Quantity | None) -> Portion:
    """An amount in its base unit, as an event writes it; None: the item as a whole."""
    if quantity is None:
        return Portion(item)
    value = quantity.value
    whole = value.to_integral_value()
    return Portion(item, whole if value == whole else Decimal(value), _BASE[quantity.unit])


def _why(link: Link) -> Why:
    if is_refusal(link):
        return Why.REFUSAL
    return Why.RETURN if is_return(link) and is_dispatch(link) else Why.DISPATCH


def _notes(event: Object) -> tuple[str, ...]:
    found = event.get("bizTransactionList")
    return tuple(
        part["bizTransaction"]
        for part in (found if isinstance(found, list) else ())
        if isinstance(part, dict) and isinstance(part.get("bizTransaction"), str)
    )
