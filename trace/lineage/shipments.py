"""Lines of dispatches, and what their recipients answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..quantities import Quantity
from .model import ItemEvent, Sent, Shipment
from .stock import PIECE, is_receipt, is_refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """A link that names a dispatch: `event` is its part in the item, None where it has none.

    `is_for_all` says that it names no item of the dispatch, and so answers all of it: the contents
    of a pallet were confirmed instead of the pallet. Where others name the item, theirs counts.
    """

    leaf: int
    event: ItemEvent | None
    is_for_all: bool = False


def line(
    item: str,
    sent: ItemEvent,
    recipient: str | None,
    quantity: Quantity | None,
    answers: Sequence[Answer],
    *,
    is_individual: bool,
) -> Shipment:
    """The line of a dispatch about one item.

    Receipts add up: a delivery may come in parts. Amounts in another unit than the dispatch's
    count as not known, and the line as confirmed with a difference.
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

    def plus(self, said: Quantity | None, sent: Quantity | None) -> "_Sum":
        """With one more answer; one without a quantity is about all that was sent."""
        said = said or sent
        is_known = said is not None and (sent is None or said.unit == sent.unit)
        if self.micro is None or said is None or not is_known:
            return _Sum(True, None)
        return _Sum(True, self.micro + said.micro)


def _state(recipient: str | None, quantity: Quantity | None, received: _Sum, refused: _Sum) -> Sent:
    if not received.is_said and not refused.is_said:
        return Sent.OPEN if recipient is not None else Sent.OUTSIDE
    if not received.is_said:
        is_all = quantity is None or refused.micro == quantity.micro
        return Sent.REFUSED if is_all else Sent.DIFFERENT
    is_same = quantity is None or received.micro == quantity.micro
    return Sent.CONFIRMED if is_same and not refused.is_said else Sent.DIFFERENT
