"""What was sent to a party and waits for its answer: one slip for each dispatch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.members import Object, objects_in, text_in
from suyuan.trace.format.quantities import Quantity, decimal
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import parse_micros
from suyuan.trace.lineage.joins import destinations, is_dispatch, is_refusal, is_return
from suyuan.trace.lineage.model import Lot, Sent, Shipment, Stay
from suyuan.trace.store.read import slip_lines
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.log_reader import Recorded
from suyuan.trace.store.read.reader import Reader

from . import duties
from .duties import Duty

MOST_CONTENTS = 10_000
_LONGEST = 18  # digits of an amount that is shown


class ConfirmError(LedgerError):
    """A reply that cannot be given; the text says to which line, why, and what to do."""


class NotSent(ConfirmError):
    """A link that sends nothing to a party; its text is for those who may read the link."""


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


@dataclass(frozen=True, slots=True)
class Slip:
    """What one link sends to a party.

    `sent` is the event's time in microseconds UTC; `duty` counts from when it was `recorded`.
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

    @property
    def items(self) -> set[str]:
        """The items of its lines, and what is in them."""
        inside = {content.item for line in self.lines for content in line.contents}
        return inside | {line.item for line in self.lines}

    def is_overdue(self, now: int) -> bool:
        """Whether its deadline has passed without an answer."""
        return self.duty is not None and self.duty.is_over(now)


class Slips:
    """Makes slips over one reader; names and parties are asked for once.

    `name` is what a party is called, or a product: by its owner, else by who coded a lot of it.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.name = cache(reader.name)
        self._party = cache(reader.party)

    def arrivals(self, party: str) -> list[Slip]:
        """What waits for a party's answer, in the order of the log."""
        return self.of(slip_lines.unanswered(self.reader, party=party))

    def of(self, lines: Iterable[Shipment], *, contents: bool = True) -> list[Slip]:
        """The slips that these lines stand on, one for each link."""
        by_leaf: dict[int, list[Shipment]] = {}
        for line in lines:
            by_leaf.setdefault(line.leaf, []).append(line)
        lots = Lineage(self.reader).lots(sorted({n.item for ns in by_leaf.values() for n in ns}))
        slips = (self._slip(leaf, of, lots, contents) for leaf, of in sorted(by_leaf.items()))
        return [slip for slip in slips if slip is not None]

    def units(self, index: int) -> dict[str, str | None]:
        """The unit in which the link at an index writes each of its items; None for pieces."""
        link = self.reader.parsed(index)
        if link is None or link.event is None:
            return {}
        written = portions(link)
        units = {item: portion.uom for item, portion in written.items()}
        for container in (item for item, portion in written.items() if portion.quantity is None):
            for content in self._contents(container, None, 0):
                if content.quantity is not None:
                    units.setdefault(content.item, content.quantity.uom)
        return units

    def duty(self, party: str, since: Recorded | None) -> Duty | None:
        """By when a party answers what was recorded then; None where that is not known."""
        if since is None:
            return None
        registered = self._party(party)
        roles, division = (
            ((), "") if registered is None else (registered.roles, registered.division)
        )
        return duties.confirmation(since.time, roles, division)

    def item_name(self, item: str, lots: Mapping[str, Lot]) -> str | None:
        """What an item is: its lot's name, else its product's."""
        if (lot := lots.get(item)) is None:
            return self.name(item)
        return lot.name or (None if lot.product is None else self.name(lot.product, lot.coder))

    def _slip(
        self, leaf: int, lines: Sequence[Shipment], lots: Mapping[str, Lot], contents: bool
    ) -> Slip | None:
        stored = self.reader.link(leaf)
        link = None if stored is None else readable(stored.entry)
        to = lines[0].recipient
        if stored is None or link is None or link.event is None or to is None:
            return None
        sent = parse_micros(link.event.get("eventTime"))
        at, registered = self.reader.recorded(leaf), self._party(to)
        written = portions(link)
        return Slip(
            index=leaf,
            hash=stored.hash,
            why=_why(link),
            sender=link.actor,
            sender_name=self.name(link.actor),
            recipient=to,
            sent=sent,
            recorded=at,
            duty=self.duty(to, at),
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
            reason=text_in(link.event, "suyuan:reason"),
            has_left=registered is None or registered.left is not None,
        )

    def _contents(self, container: str, time: int | None, leaf: int) -> list[Content]:
        """What was inside when it was sent, and inside of that, outermost first."""
        lineage = Lineage(self.reader)
        inside = contents_of(lineage, container, time, leaf)
        lots = lineage.lots(sorted({stay.item for stay in inside}))
        return [
            Content(s.item, self.item_name(s.item, lots), s.container, s.quantity) for s in inside
        ]


def contents_of(
    lineage: Lineage, container: str, time: int | None = None, leaf: int = 0
) -> list[Stay]:
    """What is inside now, or was at an event, and inside of that, outermost first."""
    inside: list[Stay] = []
    seen, waiting = {container}, [container]
    while waiting and len(inside) < MOST_CONTENTS:
        for stay in lineage.contents(waiting.pop(0)):
            if stay.left is not None if time is None else not stay.covers(time, leaf):
                continue
            inside.append(stay)
            if stay.item not in seen:  # a cycle of containers ends here
                seen.add(stay.item)
                waiting.append(stay.item)
    return inside


def portions(link: Link) -> dict[str, Portion]:
    """The items that an event's own lists name, each with its amount as written, or as summed."""
    event = link.event or {}
    elements: dict[str, list[Object]] = {}
    for element in event.get("quantityList", ()):
        item = canonical(element["epcClass"])
        if item is not None:
            elements.setdefault(item, []).append(element)
    amounts: dict[str, list[Quantity | None]] = {}
    for mention in mentions(event):
        if mention.role == Role.OBJECT:
            amounts.setdefault(mention.item, []).append(mention.quantity)
    return {
        item: _portion(item, elements.get(item, ()), of_item) for item, of_item in amounts.items()
    }


def _portion(item: str, elements: Sequence[Object], amounts: Sequence[Quantity | None]) -> Portion:
    if len(amounts) == 1 and len(elements) == 1:
        value, uom = decimal(elements[0].get("quantity")), elements[0].get("uom")
        if value is not None and abs(value.adjusted()) > _LONGEST:
            value = None
        return Portion(item, value, uom if isinstance(uom, str) else None)
    exact = [amount for amount in amounts if amount is not None]
    if not exact or len(exact) < len(amounts) or len({amount.unit for amount in exact}) > 1:
        return Portion(item)
    return portion_of(item, Quantity(sum(amount.micro for amount in exact), exact[0].unit))


def portion_of(item: str, quantity: Quantity | None) -> Portion:
    """An amount in its base unit, as an event writes it; None: the item as a whole."""
    if quantity is None:
        return Portion(item)
    value = quantity.value
    whole = value.to_integral_value()
    return Portion(item, whole if value == whole else value, quantity.uom)


def _why(link: Link) -> Why:
    if is_refusal(link):
        return Why.REFUSAL
    return Why.RETURN if is_return(link) and is_dispatch(link) else Why.DISPATCH


def _notes(event: Object) -> tuple[str, ...]:
    parts = objects_in(event, "bizTransactionList")
    notes = (text_in(part, "bizTransaction") for part in parts)
    return tuple(note for note in notes if note is not None)


def waiting(reader: Reader, party: str, item: str, *, is_rest: bool = False) -> int:
    """The one dispatch of an item that waits for this party's answer; else ConfirmError."""
    states = [Sent.DIFFERENT if is_rest else Sent.OPEN]
    lines = Lineage(reader).shipments(recipient=party, item=item, states=states)
    indexes = sorted({line.leaf for line in lines if _is_open(line, is_rest=is_rest)})
    if not indexes:
        raise ConfirmError("no dispatch of %s waits for an answer of %s", item, party)
    if len(indexes) > 1:
        listed = ", ".join(map(str, indexes))
        raise ConfirmError(
            "%s was sent to %s more than once: say which, index %s", item, party, listed
        )
    return indexes[0]


def awaited(reader: Reader, party: str, item: str) -> int | None:
    """The index of the first dispatch of an item that waits for this party's answer, if any."""
    lines = Lineage(reader).shipments(recipient=party, item=item, states=[Sent.OPEN])
    return min((line.leaf for line in lines), default=None)


def slip_for(reader: Reader, party: str, index: int, *, is_rest: bool = False) -> Slip:
    """The slip at `index` with the lines that this party may answer now; else ConfirmError.

    NotSent where it is no dispatch or refusal, or another's.
    """
    if (stored := reader.link(index)) is None:
        raise NotSent("there is no link at index %s: `suyuan arrivals` lists what waits", index)
    link = readable(stored.entry)
    if link is None or link.event is None or not (is_dispatch(link) or is_refusal(link)):
        raise NotSent(
            "index %s is no dispatch and no refusal: `suyuan arrivals` lists what waits", index
        )
    if link.actor == party:
        raise ConfirmError(
            "index %s is a link of %s itself, and a receipt names another's: what "
            "was sent to oneself is taken back by the step undo-dispatch",
            index,
            party,
        )
    if (by := slip_lines.voided_by(reader, index)) is not None:
        raise (ConfirmError if party in destinations(link) else NotSent)(
            f"the dispatch at index {index} was taken back by its sender at index {by}: there is "
            "nothing to answer"
        )
    lines = slip_lines.lines_of(reader, index)
    if not lines or any(line.recipient != party for line in lines):
        to = sorted({line.recipient for line in lines if line.recipient} or destinations(link))
        where = ", ".join(to) or "a name outside the ledger"
        raise NotSent("index %s sends nothing to %s: it went to %s", index, party, where)
    still_open = [line for line in lines if _is_open(line, is_rest=is_rest)]
    if not still_open:
        raise _answered(lines)
    (slip,) = Slips(reader).of(still_open)
    return slip


def _is_open(line: Shipment, *, is_rest: bool) -> bool:
    if not is_rest:
        return line.state is Sent.OPEN
    return line.state is Sent.DIFFERENT and line.rest is not None and line.rest > 0


def _answered(lines: Sequence[Shipment]) -> ConfirmError:
    first = lines[0]
    return ConfirmError(
        "the dispatch at index %s was answered already, by the link at index %s "
        "(%s). Where more of it came later, say so by --rest; where that answer was "
        "wrong, correct it: `suyuan record … --corrects INDEX`",
        first.leaf,
        max(line.answered or 0 for line in lines),
        first.state,
    )
