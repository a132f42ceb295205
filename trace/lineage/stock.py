"""Stock accounts: what each event puts into a holder's hands, and takes out of them.

A holder's chain about an item is its stock account of it (section 1 of the format). What was
dispatched is in nobody's hands until its recipient confirms it; what is in a container is where
the container is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.quantities import MICRO, UNITS, Quantity
from suyuan.trace.format.vocabulary import biz_steps

from .joins import RECEIVING, REFUSING, SENDING
from .model import Account, ItemEvent, Kind, Movement, Product, Sent, Shipment, Story

_DISPOSITIONS = ("https://ref.gs1.org/cbv/Disp-", "urn:epcglobal:cbv:disp:", "cbv:Disp-")
GATHERING, DESTROYING = biz_steps("gathers"), biz_steps("destroys")
SELLING, COUNTING = biz_steps("sells"), biz_steps("counts")
_IN_KINDS = (Kind.CAUGHT, Kind.MADE, Kind.BOUGHT)
PIECE = Quantity(MICRO, "1")

Convert = Callable[[Quantity], Quantity | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to the account of `holder`: `sign` 1 in, -1 out, 0 a count."""

    holder: str
    kind: Kind
    sign: int
    quantity: Quantity | None


def disposition(event: ItemEvent) -> str | None:
    """The bare disposition of an event."""
    found = event.disposition
    for prefix in _DISPOSITIONS:
        if found is not None and found.startswith(prefix):
            return found.removeprefix(prefix)
    return found


def is_dispatch(event: ItemEvent) -> bool:
    """Whether an event ships the item: a dispatch, or a return."""
    return event.type == "ObjectEvent" and event.step in SENDING and event.action != "DELETE"


def is_receipt(event: ItemEvent) -> bool:
    """Whether an event takes the item in."""
    return event.type == "ObjectEvent" and event.step in RECEIVING and event.action != "DELETE"


def is_refusal(event: ItemEvent) -> bool:
    """Whether an event refuses what was sent."""
    return event.type == "ObjectEvent" and event.step in REFUSING


def effect(event: ItemEvent, *, is_answer: bool = False) -> Effect | None:
    """What an event does to its holder's account of the item; None where nothing.

    `is_answer` says that a receipt answers a dispatch. A received document's holder is its place.
    """
    holder = event.place if event.is_received else event.actor
    found = _kind(event, is_answer=is_answer)
    if holder is None or found is None:
        return None
    kind, sign = found
    return Effect(holder, kind, sign, event.quantity)


def effect_kind(event: ItemEvent) -> Kind | None:
    """What an event does to a stock of the item; a receipt is one that answers."""
    found = _kind(event, is_answer=True)
    return None if found is None else found[0]


def _kind(event: ItemEvent, *, is_answer: bool) -> tuple[Kind, int] | None:
    if event.is_misdirected:
        return None
    match event.type:
        case "TransformationEvent":
            if event.role & Role.INPUT and event.role & Role.OUTPUT:
                return None  # its own ancestor: a finding, and no account can be made of it
            if event.role & Role.INPUT:
                return Kind.USED, -1
            return (Kind.MADE, 1) if event.role & Role.OUTPUT else None
        case "AggregationEvent":
            if event.role != Role.CHILD:
                return None
            if event.action == "ADD":
                return Kind.PACKED, -1
            return (Kind.UNPACKED, 1) if event.action == "DELETE" else None
        case "ObjectEvent":
            return _of_object(event, is_answer=is_answer)
    return None


def _of_object(event: ItemEvent, *, is_answer: bool) -> tuple[Kind, int] | None:
    step = event.step
    if event.action == "ADD":
        return (Kind.CAUGHT if step in GATHERING else Kind.CODED), 1
    if event.action == "DELETE":
        return (Kind.DESTROYED if step in DESTROYING else Kind.LOST), -1
    if step in SENDING:
        return Kind.SENT, -1
    if step in RECEIVING:
        return (Kind.RECEIVED if is_answer or event.is_received else Kind.BOUGHT), 1
    if step in SELLING:
        return Kind.SOLD, -1
    return (Kind.COUNTED, 0) if step in COUNTING and event.quantity is not None else None


def accounts(
    item: str,
    events: Sequence[ItemEvent],
    *,
    answers: Callable[[ItemEvent], bool],
    amount: Callable[[ItemEvent], Quantity | None],
    convert: Convert | None = None,
) -> list[Account]:
    """The accounts of an item that is no individual, from its events in order of event time.

    `answers` says whether a receipt answers a dispatch, `amount` how much an event moved where it
    does not say so itself; `convert` makes of another unit the base unit of the product.
    """
    effects: dict[tuple[str, bool], list[tuple[ItemEvent, Effect]]] = {}
    for event in events:
        found = effect(event, is_answer=answers(event))
        if found is None:
            continue
        if found.quantity is None:
            found = replace(found, quantity=amount(event))
        if convert is not None and found.quantity is not None:
            found = replace(found, quantity=convert(found.quantity) or found.quantity)
        effects.setdefault((found.holder, event.is_received), []).append((event, found))
    return [
        _account(item, holder, is_reported, of)
        for (holder, is_reported), of in sorted(effects.items())
    ]


def _account(
    item: str, holder: str, is_reported: bool, effects: Sequence[tuple[ItemEvent, Effect]]
) -> Account:
    unit = next((e.quantity.unit for _, e in effects if e.quantity is not None), None)
    restates = not is_reported and any(
        e.kind in _IN_KINDS and e.quantity is not None for _, e in effects
    )
    movements: list[Movement] = []
    balance: int | None = 0
    for event, found in effects:
        delta = _delta(found, unit)
        if found.kind is Kind.CODED and restates:
            delta = 0
        if found.kind is Kind.COUNTED:
            if delta is None:  # counted in a unit that does not convert
                continue
            counted, delta = delta, None if balance is None else delta - balance
            balance = counted
        else:
            balance = None if balance is None or delta is None else balance + delta
        movements.append(Movement(event.leaf, event.time, found.kind, delta))
    return Account(item, holder, is_reported, unit, tuple(movements), balance)


def _delta(found: Effect, unit: str | None) -> int | None:
    if found.quantity is None or found.quantity.unit != unit:
        return None
    return found.quantity.micro if found.kind is Kind.COUNTED else found.sign * found.quantity.micro


def converter(product: Product) -> Convert:
    """Amounts in a product's own base unit, by its statement's conversions.

    Pieces of a product whose statement says what a piece weighs become weight, and the other way
    round. None where there is no such conversion, or it does not come out exact.
    """
    home = UNITS.get(product.unit, ("", Decimal(0)))[0]
    ratios = {
        UNITS[code][0]: ratio / UNITS[code][1]
        for code, ratio in sorted(product.conversions.items())
        if code in UNITS and UNITS[code][0] != home
    }

    def convert(quantity: Quantity) -> Quantity | None:
        ratio = ratios.get(quantity.unit)
        if not home or ratio is None:
            return None
        micro = quantity.micro * ratio
        return Quantity(int(micro), home) if micro == micro.to_integral_value() else None

    return convert


def whereabouts(story: Story) -> tuple[str, bool, int] | None:
    """Who has an individual loose: holder, whether reported, by which leaf.

    None while it is on its way, in a container, sold, used up or destroyed, by itself or inside.
    The last event that says where it is counts: a crate that nobody recorded on its way back is
    where it is filled. What was sent last, and of which the recipient has confirmed the contents
    or whose clock is behind, is with the recipient.
    """
    last = _last(story)
    if last is None:
        return None
    holder = _holder(last)
    if _moves(last) and holder is not None:
        return holder, last.is_received, last.leaf
    line = _latest(last, story.shipments)
    if line is None or not line.received or line.recipient is None:
        return None
    return line.recipient, False, line.answered or line.leaf


def on_the_way(story: Story) -> int | None:
    """The leaf of the line by which an individual is on its way; None where it is not."""
    last = _last(story)
    line = None if last is None else _latest(last, story.shipments)
    return line.leaf if line is not None and line.state is Sent.OPEN else None


def _last(story: Story) -> ItemEvent | None:
    """The last event that says where an individual is; a refusal that sends it back, too.

    None while it is in a container, or where it is gone with one.
    """
    if any(stay.left is None for stay in story.stays):
        return None
    back = {line.leaf for line in story.shipments}
    own = {event.leaf for event in story.events}
    gone = [stay.left for stay in story.stays if stay.left_leaf not in own]
    for event in reversed(story.events):
        if _holder(event) is None:
            continue
        if _moves(event) is not None or (is_refusal(event) and event.leaf in back):
            return None if any(event.time < (left or 0) for left in gone) else event
    return None


def _latest(last: ItemEvent, shipments: Sequence[Shipment]) -> Shipment | None:
    """The line by which what was sent last is on its way, or was: of those who refused it."""
    lines = {line.leaf: line for line in shipments}
    line = lines.get(last.leaf)
    while line is not None and line.answered is not None and not line.received:
        if line.answered not in lines:
            break
        line = lines[line.answered]
    return line


def _holder(event: ItemEvent) -> str | None:
    return event.place if event.is_received else event.actor


def _moves(event: ItemEvent) -> bool | None:
    """Whether an event puts an individual into its holder's hands; None where it says nothing."""
    if event.type == "AggregationEvent":
        if event.role & Role.PARENT:
            return True if event.action in ("ADD", "DELETE") else None
        return {"ADD": False, "DELETE": True}.get(event.action or "")
    found = _kind(event, is_answer=True)
    if found is None:
        return None
    return found[1] >= 0


def holdings(
    story: Story, *, is_individual: bool
) -> Iterator[tuple[str, bool, int | None, str | None, int]]:
    """What is loose in whose hands: holder, whether reported, amount, unit, last leaf."""
    if is_individual:
        where = whereabouts(story)
        if where is not None:
            holder, is_reported, leaf = where
            yield holder, is_reported, MICRO, "1", leaf
        return
    for account in story.accounts:
        if account.balance != 0 and account.movements:
            last = max(movement.leaf for movement in account.movements)
            yield account.holder, account.is_reported, account.balance, account.unit, last
