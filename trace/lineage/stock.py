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
BROUGHT_IN = (Kind.CAUGHT, Kind.MADE, Kind.BOUGHT)  # what a coding only restates
GATHERING, DESTROYING = biz_steps("gathers"), biz_steps("destroys")
SELLING, COUNTING = biz_steps("sells"), biz_steps("counts")
PIECE = Quantity(MICRO, "1")

Convert = Callable[[Quantity], Quantity | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to the account of `holder`: `sign` 1 in, -1 out, 0 a count."""

    holder: str
    kind: Kind
    sign: int
    quantity: Quantity | None


def disposition(event: ItemEvent) -> str:
    """The bare disposition of an event; empty where it has none."""
    name = event.disposition or ""
    return next((name.removeprefix(p) for p in _DISPOSITIONS if name.startswith(p)), name)


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
    """What an event does to its holder's account of the item, if a receipt `is_answer` or not."""
    change = _change(event, is_answer=is_answer)
    if event.holder is None or change is None:
        return None
    return Effect(event.holder, *change, event.quantity)


def effect_kind(event: ItemEvent) -> Kind | None:
    """What an event does to a stock of the item; a receipt is one that answers."""
    change = _change(event, is_answer=True)
    return None if change is None else change[0]


def _change(event: ItemEvent, *, is_answer: bool) -> tuple[Kind, int] | None:
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

    `answers`: does a receipt answer a dispatch; `amount` of an event that names none; `convert` to
    the product's base unit.
    """
    effects: dict[tuple[str, bool], list[tuple[ItemEvent, Effect]]] = {}
    for event in events:
        if (change := effect(event, is_answer=answers(event))) is None:
            continue
        quantity = change.quantity or amount(event)
        if convert is not None and quantity is not None:
            quantity = convert(quantity) or quantity
        if quantity is not change.quantity:
            change = replace(change, quantity=quantity)
        effects.setdefault((change.holder, event.is_received), []).append((event, change))
    return [
        _account(item, holder, is_reported, of)
        for (holder, is_reported), of in sorted(effects.items())
    ]


def _account(
    item: str, holder: str, is_reported: bool, effects: Sequence[tuple[ItemEvent, Effect]]
) -> Account:
    known = [change for _, change in effects if change.quantity is not None]
    unit = next((change.quantity.unit for change in known if change.quantity is not None), None)
    restates = not is_reported and any(change.kind in BROUGHT_IN for change in known)
    movements: list[Movement] = []
    balance: int | None = 0
    for event, change in effects:
        is_known = change.quantity is not None and change.quantity.unit == unit
        micro = change.quantity.micro if change.quantity is not None and is_known else None
        if change.kind is Kind.COUNTED:
            if micro is None:  # counted in a unit that does not convert
                continue
            delta, balance = None if balance is None else micro - balance, micro
        else:
            delta = None if micro is None else change.sign * micro
            if change.kind is Kind.CODED and restates:
                delta = 0
            balance = None if balance is None or delta is None else balance + delta
        movements.append(Movement(event.leaf, event.time, change.kind, delta))
    return Account(item, holder, is_reported, unit, tuple(movements), balance)


def converter(product: Product) -> Convert:
    """Amounts in a product's base unit by its conversions, pieces too; None if not exact."""
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


def loose_holder(story: Story) -> tuple[str, bool, int] | None:
    """Who has an individual loose: holder, whether reported, by which leaf.

    None while it is on its way, inside, or gone. The last event that says where it is counts, and
    what its recipient has confirmed in part, or by a clock that is behind, is with the recipient.
    """
    if (last := _last(story)) is None:
        return None
    if _moves(last) and last.holder is not None:
        return last.holder, last.is_received, last.leaf
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
    """The last event that says where an individual is; None while it is inside, or gone so."""
    if any(stay.left is None for stay in story.stays):
        return None
    back = {line.leaf for line in story.shipments}
    own = {event.leaf for event in story.events}
    gone = [stay.left for stay in story.stays if stay.left_leaf not in own]
    for event in reversed(story.events):
        if event.holder is None:
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


def _moves(event: ItemEvent) -> bool | None:
    """Whether an event puts an individual into its holder's hands; None where it says nothing."""
    if event.type == "AggregationEvent":
        if event.role & Role.PARENT:
            return True if event.action in ("ADD", "DELETE") else None
        return {"ADD": False, "DELETE": True}.get(event.action or "")
    change = _change(event, is_answer=True)
    return None if change is None else change[1] >= 0


def holdings(
    story: Story, *, is_individual: bool
) -> Iterator[tuple[str, bool, int | None, str | None, int]]:
    """What is loose in whose hands: holder, whether reported, amount, unit, last leaf."""
    if is_individual:
        if (where := loose_holder(story)) is not None:
            holder, is_reported, leaf = where
            yield holder, is_reported, MICRO, "1", leaf
        return
    for account in story.accounts:
        if account.balance != 0 and account.movements:
            last = max(movement.leaf for movement in account.movements)
            yield account.holder, account.is_reported, account.balance, account.unit, last
