"""An item's story: all that counts about it, with its dispatches' lines and their answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from suyuan.trace.admission.chain import step
from suyuan.trace.format.event_items import Role, id_key, rows
from suyuan.trace.format.link import Link
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import parse_micros

from .model import ItemEvent, Lot, Product, Sent, Shipment, Story
from .nesting import amount_out, nest
from .stock import PIECE, accounts, converter, is_dispatch, is_receipt, is_refusal

_INDIVIDUAL = ("urn:epc:id:sscc:", "urn:epc:id:sgtin:")
_GS1 = "https://id.gs1.org/"


@dataclass(frozen=True, slots=True)
class Answer:
    """A link that names a dispatch, or `is_for_all`: no item of it, and so answers all of it."""

    leaf: int
    event: ItemEvent | None
    is_for_all: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an item: events that count, and others' links about them.

    By leaf: `containers` (events on all that it was ever in), `wholes` (unpackings that name only
    a container), `recipients` and `answers` of its dispatches and refusals, `replies` (receipts
    that name what was sent to their actor), `shipped` (items of dispatches to this party that are
    not about it), `instead` (what stands in an error's place), `amounts` in the product's units.
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

    Nobody makes a container of another's lot by naming it as a parent: what was an amount first
    stays one.
    """
    if item.startswith(_INDIVIDUAL):
        return True
    if item.startswith(_GS1) and ("/21/" in item or item.startswith(f"{_GS1}00/")):
        return True
    packed = min((event.leaf for event in events if event.role & Role.PARENT), default=None)
    if packed is None:
        return False
    amounts = [event for event in events if event.quantity not in (None, PIECE)]
    return not any(event.leaf < packed or event.is_made for event in amounts)


def story_of(known: Known) -> Story:
    """The story that what is known gives."""
    events = sorted(
        (replace(event, quantity=known.amounts[event.leaf])
         if event.quantity is None and event.leaf in known.amounts else event
         for event in known.events),
        key=attrgetter("order"),
    )  # fmt: skip
    individual = is_individual(known.item, events)
    answering = {answer.leaf for answers in known.answers.values() for answer in answers}
    nested = nest(
        known.item,
        [event for event in events if event.leaf in answering or not is_refusal(event)],
        known.containers,
        wholes=known.wholes, shipped=known.shipped, is_individual=individual,
    )  # fmt: skip
    stays = nested.stays
    if individual:
        stays = tuple(replace(stay, quantity=PIECE) for stay in stays)
    emptied = (replace(event, role=Role.CHILD, quantity=None) for event in nested.emptied)
    events = sorted([*events, *emptied], key=attrgetter("order"))
    sent = {event.leaf: event for event in events if is_dispatch(event) and not event.is_received}
    refused = {event.leaf: event for event in events if is_refusal(event)}

    def amount(event: ItemEvent) -> Quantity | None:
        if event.type == "AggregationEvent" and event.container is not None:
            return amount_out(stays, event.container, event.time, event.leaf)
        if is_receipt(event):
            lines = [sent[leaf].quantity for leaf in _named(known, event) if leaf in sent]
            return lines[0] if len(lines) == 1 else None
        return None

    held = [] if individual else accounts(
        known.item,
        events,
        answers=lambda event: event.leaf in known.replies,
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
        accounts=tuple(held),
        stays=stays,
        shipments=tuple(_shipments(known, sent, refused, individual=individual)),
        carried=nested.makings,
        gone=nested.gone,
    )


def _named(known: Known, event: ItemEvent) -> Iterator[int]:
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


def line(
    item: str,
    sent: ItemEvent,
    recipient: str | None,
    quantity: Quantity | None,
    answers: Sequence[Answer],
    *,
    is_individual: bool,
) -> Shipment:
    """The line of a dispatch about one item; receipts of a delivery in parts add up.

    Amounts in another unit count as not known, and the line as confirmed with a difference.
    """
    if is_individual:
        quantity = PIECE
    received, refused, is_here = _Sum(), _Sum(), False
    last: int | None = None
    for answer in answers:
        event = answer.event
        if event is None:
            if answer.is_for_all:
                last = answer.leaf
                is_here = True
        elif is_receipt(event):
            last = answer.leaf
            received = received.plus(PIECE if is_individual else event.quantity, quantity)
        elif is_refusal(event):
            last = answer.leaf
            refused = refused.plus(PIECE if is_individual else event.quantity, quantity)
    if is_here and not received.is_said:
        received = _Sum(True, None if quantity is None else quantity.micro)
    return Shipment(
        leaf=sent.leaf,
        item=item,
        sender=sent.actor,
        recipient=recipient,
        quantity=quantity,
        state=_state(recipient, quantity, received, refused),
        answered=last,
        received=received.micro if received.is_said else None,
        refused=refused.micro if refused.is_said else None,
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    """What answers add up to: `micro` is None where one of them is not known."""

    is_said: bool = False
    micro: int | None = 0

    def plus(self, amount: Quantity | None, sent: Quantity | None) -> "_Sum":
        """With one more answer; one without a quantity is about all that was sent."""
        amount = amount or sent
        is_known = amount is not None and (sent is None or amount.unit == sent.unit)
        if self.micro is None or amount is None or not is_known:
            return _Sum(True, None)
        return _Sum(True, self.micro + amount.micro)


def _state(recipient: str | None, quantity: Quantity | None, received: _Sum, refused: _Sum) -> Sent:
    if not received.is_said and not refused.is_said:
        return Sent.OPEN if recipient is not None else Sent.OUTSIDE
    if not received.is_said:
        is_all = quantity is None or refused.micro == quantity.micro
        return Sent.REFUSED if is_all else Sent.DIFFERENT
    is_same = quantity is None or received.micro == quantity.micro
    return Sent.CONFIRMED if is_same and not refused.is_said else Sent.DIFFERENT


def item_event(link: Link) -> Iterator[tuple[ItemEvent, str]]:
    """A link's event as each of its items has it, as far as its own stock goes, with the item."""
    event: Mapping[str, object] = link.event or {}
    name, action, disposition = map(event.get, ("eventID", "action", "disposition"))
    for row in rows(link):
        yield ItemEvent(
            leaf=-1,
            actor=link.actor,
            event_id=id_key(name) if isinstance(name, str) else None,
            role=row.role,
            quantity=row.quantity,
            time=parse_micros(event.get("eventTime")) or 0,
            type=str(event.get("type")),
            action=None if action is None else str(action),
            step=step(link),
            disposition=None if disposition is None else str(disposition),
            is_received=link.is_received,
            place=None,
            container=None,
            making=None,
            after=(),
        ), row.item  # fmt: skip
