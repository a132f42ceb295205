"""An item's story: all that counts about it, made of what the store knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..projection import Role
from ..quantities import Quantity
from .model import ItemEvent, Lot, Product, Shipment, Story
from .nesting import amount_out, nest
from .shipments import Answer, line
from .stock import PIECE, accounts, converter, is_dispatch, is_receipt, is_refusal

_INDIVIDUAL = ("urn:epc:id:sscc:", "urn:epc:id:sgtin:")
_GS1 = "https://id.gs1.org/"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an item: events that count, and what others say of them.

    `containers` are the events that bear on all containers into which it was packed at some time,
    and on all that those were packed into; `wholes` the leaves of unpackings that name only a
    container; `recipients` the parties that its dispatches went to; `answers` the links by which
    those parties answer its dispatches and refusals, by their leaf; `replies` the receipts that
    name what was sent to their actor, also if it does not count; `shipped` the items of
    dispatches to this party that its receipts name and that are not about it; `instead` the events
    that stand in the place of what was declared an error; `amounts` quantities in units that only
    the product's statement converts, by leaf.
    """

    item: str
    as_of: int
    events: Sequence[ItemEvent]
    containers: Mapping[str, Sequence[ItemEvent]]
    wholes: frozenset[int]
    voided: frozenset[int]
    recipients: Mapping[int, str | None]
    answers: Mapping[int, Sequence[Answer]]
    replies: frozenset[int]
    shipped: Mapping[int, frozenset[str]]
    instead: Mapping[int, Sequence[int]]
    amounts: Mapping[int, Quantity]
    lot: Lot | None
    product: Product | None


def is_individual(item: str, events: Sequence[ItemEvent]) -> bool:
    """Whether an item is one thing and no amount: a piece, a logistic unit, a container.

    What was coded or made as an amount, or was spoken of as one before anything was packed into
    it, stays one: nobody makes a container of another's lot by naming it as a parent.
    """
    if item.startswith(_INDIVIDUAL):
        return True
    if item.startswith(_GS1) and ("/21/" in item or item.startswith(f"{_GS1}00/")):
        return True
    packed = min((event.leaf for event in events if event.role & Role.PARENT), default=None)
    if packed is None:
        return False
    amounts = [event for event in events if event.quantity not in (None, PIECE)]
    return not any(event.leaf < packed or _brings(event) for event in amounts)


def _brings(event: ItemEvent) -> bool:
    is_coding = event.type == "ObjectEvent" and event.action == "ADD"
    return is_coding or bool(event.role & Role.OUTPUT)


def tell(known: Known) -> Story:
    """The story that what is known gives."""
    events = sorted((_measured(known, event) for event in known.events), key=_order)
    individual = is_individual(known.item, events)
    answering = {answer.leaf for given in known.answers.values() for answer in given}
    nested = nest(
        known.item,
        [event for event in events if event.leaf in answering or not is_refusal(event)],
        known.containers,
        wholes=known.wholes, shipped=known.shipped, is_individual=individual,
    )  # fmt: skip
    found = list(nested.stays)
    if individual:
        found = [replace(stay, quantity=PIECE) for stay in found]
    emptied = (replace(event, role=Role.CHILD, quantity=None) for event in nested.emptied)
    events = sorted([*events, *emptied], key=_order)
    sent = {event.leaf: event for event in events if is_dispatch(event) and not event.is_received}
    refused = {event.leaf: event for event in events if is_refusal(event)}

    def answers(event: ItemEvent) -> bool:
        return event.leaf in known.replies

    def amount(event: ItemEvent) -> Quantity | None:
        if event.type == "AggregationEvent" and event.container is not None:
            return amount_out(found, event.container, event.time, event.leaf)
        if is_receipt(event):
            lines = [sent[leaf].quantity for leaf in _named(known, event) if leaf in sent]
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
        carried=nested.makings,
        gone=nested.gone,
    )


def _order(event: ItemEvent) -> tuple[int, int]:
    return event.order


def _measured(known: Known, event: ItemEvent) -> ItemEvent:
    if event.quantity is None and event.leaf in known.amounts:
        return replace(event, quantity=known.amounts[event.leaf])
    return event


def _named(known: Known, event: ItemEvent) -> Iterator[int]:
    """What an event follows, as it was corrected."""
    for leaf in event.after:
        yield from known.instead.get(leaf, (leaf,))


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
            before = [
                sent[n]
                for n in _named(known, event)
                if n in sent and any(answer.leaf == leaf for answer in known.answers.get(n, ()))
            ]
            if len(before) != 1:
                continue
            recipient = before[0].actor
        answers = [a for a in known.answers.get(leaf, ()) if a.leaf not in refused or leaf in sent]
        quantity = event.quantity
        if quantity is None and leaf in refused:
            quantity = before[0].quantity
        yield line(known.item, event, recipient, quantity, answers, is_individual=individual)
