"""An item's story: all that counts about it, made of what the store knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..projection import Role
from ..quantities import Quantity
from .model import ItemEvent, Lot, Product, Shipment, Stay, Story
from .shipments import Answer, line
from .stays import Packing, amount_out, stays
from .stock import PIECE, accounts, converter, is_dispatch, is_receipt, is_refusal

_INDIVIDUAL = ("urn:epc:id:sscc:", "urn:epc:id:sgtin:")
_GS1 = "https://id.gs1.org/"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an item: events that count, and what others say of them.

    `emptied` are unpackings that name only a container, into which the item was packed at some
    time; `recipients` the parties that its dispatches went to; `answers` the links by which those
    parties answer its dispatches and refusals, by their leaf; `shipped` the items of dispatches to
    this party that its receipts name and that are not about it; `amounts` quantities in units that
    only the product's statement converts, by leaf.
    """

    item: str
    as_of: int
    events: Sequence[ItemEvent]
    emptied: Sequence[ItemEvent]
    voided: frozenset[int]
    recipients: Mapping[int, str | None]
    answers: Mapping[int, Sequence[Answer]]
    shipped: Mapping[int, frozenset[str]]
    amounts: Mapping[int, Quantity]
    lot: Lot | None
    product: Product | None


def is_individual(item: str, events: Sequence[ItemEvent]) -> bool:
    """Whether an item is one thing and no amount: a piece, a logistic unit, a container."""
    if item.startswith(_INDIVIDUAL):
        return True
    if item.startswith(_GS1) and ("/21/" in item or item.startswith(f"{_GS1}00/")):
        return True
    return any(event.role & Role.PARENT for event in events)


def tell(known: Known) -> Story:
    """The story that what is known gives."""
    events = sorted((_measured(known, event) for event in known.events), key=_order)
    individual = is_individual(known.item, events)
    found = stays(known.item, _packings(known, events), is_individual=individual)
    if individual:
        found = [replace(stay, quantity=PIECE) for stay in found]
    events = sorted([*events, *_taken_out(known, events, found)], key=_order)
    sent = {event.leaf: event for event in events if is_dispatch(event) and not event.is_received}
    refused = {event.leaf: event for event in events if is_refusal(event)}

    def answers(event: ItemEvent) -> bool:
        return any(
            answer.leaf == event.leaf for n in event.after for answer in known.answers.get(n, ())
        ) or any(n in known.shipped for n in event.after)

    def amount(event: ItemEvent) -> Quantity | None:
        if event.type == "AggregationEvent" and event.container is not None:
            return amount_out(found, event.container, event.time, event.leaf)
        if is_receipt(event):
            lines = [sent[leaf].quantity for leaf in event.after if leaf in sent]
            return lines[0] if len(lines) == 1 else None
        return None

    opened = [] if individual else accounts(
        known.item,
        events,
        answers=answers,
        amount=amount,
        convert=None if known.product is None else converter(known.product),
    )  # fmt: skip
    return Story(
        item=known.item,
        as_of=known.as_of,
        lot=known.lot,
        product=known.product,
        events=tuple(events),
        voided=known.voided,
        accounts=tuple(opened),
        stays=tuple(found),
        shipments=tuple(_shipments(known, sent, refused, individual=individual)),
    )


def _order(event: ItemEvent) -> tuple[int, int]:
    return event.order


def _measured(known: Known, event: ItemEvent) -> ItemEvent:
    if event.quantity is None and event.leaf in known.amounts:
        return replace(event, quantity=known.amounts[event.leaf])
    return event


def _packings(known: Known, events: Sequence[ItemEvent]) -> Iterator[Packing]:
    for event in events:
        if event.type == "AggregationEvent" and event.role & Role.CHILD:
            if event.container is not None and event.action in ("ADD", "DELETE"):
                is_out = event.action == "DELETE"
                yield Packing(event.time, event.leaf, event.container, is_out, event.quantity)
        elif is_receipt(event):
            # A pallet was sent, and its contents are confirmed: they have left it.
            for container in sorted(set().union(*(known.shipped.get(n, ()) for n in event.after))):
                yield Packing(event.time, event.leaf, container, True, event.quantity)
    for event in known.emptied:
        assert event.container is not None
        yield Packing(event.time, event.leaf, event.container, True, None)


def _taken_out(
    known: Known, events: Sequence[ItemEvent], found: Sequence[Stay]
) -> Iterator[ItemEvent]:
    """Unpackings of a whole container in which the item was, as its own events."""
    left = {(stay.container, stay.left, stay.left_leaf) for stay in found}
    own = {event.leaf for event in events}
    for event in known.emptied:
        if (event.container, event.time, event.leaf) in left and event.leaf not in own:
            yield replace(event, role=Role.CHILD, quantity=None)


def _shipments(
    known: Known,
    sent: Mapping[int, ItemEvent],
    refused: Mapping[int, ItemEvent],
    *,
    individual: bool,
) -> Iterator[Shipment]:
    for leaf, event in sorted({**sent, **refused}.items()):
        recipient = known.recipients.get(leaf)
        if leaf in refused:  # what was refused goes back to who sent it
            senders = [sent[before].actor for before in event.after if before in sent]
            if len(senders) != 1:
                continue
            recipient = senders[0]
        answers = [a for a in known.answers.get(leaf, ()) if a.leaf not in refused or leaf in sent]
        quantity = event.quantity
        if quantity is None and leaf in refused:
            quantity = next((sent[n].quantity for n in event.after if n in sent), None)
        yield line(known.item, event, recipient, quantity, answers, is_individual=individual)
