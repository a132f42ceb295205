"""Confirming: the answer to a slip, signed and appended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from .answering import Answer, ConfirmError, events, fitting
from .arrivals import Slip, Slips, readable
from .handover import destinations, is_dispatch, is_refusal
from .ledger import Ledger
from .lineage.model import Sent, Shipment
from .lineage.stock import Convert, converter
from .link import AfterRef
from .members import Object
from .pen import Draft, Pen
from .rules import Refused, Rule
from .store import slips as store
from .store.errors import Busy, StoreError
from .store.lineage import Lineage
from .store.read import Reader
from .store.receipts import Receipt

_TRIES = 5


class NotSent(ConfirmError):
    """That a link sends nothing to a party; what it says of the link is for who may read that."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was answered: the slip, the events that were signed, and their receipts."""

    slip: Slip
    events: tuple[Object, ...]
    receipts: tuple[Receipt, ...]


def confirm(ledger: Ledger, pen: Pen, index: int, answer: Answer, zone: ZoneInfo) -> Confirmed:
    """Answer the dispatch or refusal at `index` for the pen's actor, in one transaction.

    Raises ConfirmError for one that cannot be answered so, and where another device of the actor
    was quicker; Refused where the ledger refuses it.
    """
    for attempt in range(_TRIES):
        ledger.followers.catch_up()
        pen.forget()
        with ledger.reading() as reader:
            items = _items(slip_for(reader, pen.actor, index, is_rest=answer.is_rest))
        # Heads first, then what is open: what another device answers from here on moves a head.
        pen.know([Draft(items=items)])
        ledger.followers.catch_up()
        with ledger.reading() as reader:
            slip, told = answered(reader, pen.actor, index, answer, now=ledger.now(), zone=zone)
        drafts = fitting(told, AfterRef(slip.index, slip.hash), pen)
        outcomes = _append(ledger, [pen.sign(draft) for draft in drafts])
        refused = next((one for one in outcomes if isinstance(one, Refused)), None)
        if refused is None:
            receipts = tuple(one for one in outcomes if isinstance(one, Receipt))
            return Confirmed(slip, tuple(one.event or {} for one in drafts), receipts)
        if refused.rule is not Rule.CHAIN or attempt == _TRIES - 1:
            raise refused
    raise AssertionError


def answered(
    reader: Reader, party: str, index: int, answer: Answer, *, now: datetime, zone: ZoneInfo
) -> tuple[Slip, list[Object]]:
    """The slip that a party answers, and the events that do; ConfirmError where it cannot."""
    slip = slip_for(reader, party, index, is_rest=answer.is_rest)
    lineage = Lineage(reader)

    def product(item: str) -> Convert | None:
        found = lineage.story(item).product
        return None if found is None else converter(found)

    return slip, events(slip, answer, now, zone, product)


def _items(slip: Slip) -> tuple[str, ...]:
    inside = {content.item for line in slip.lines for content in line.contents}
    return tuple(sorted(inside | {line.item for line in slip.lines}))


def _append(ledger: Ledger, entries: Sequence[bytes]) -> list[object]:
    """All or none; once more where the answer was lost, as its COMMIT may not be."""
    try:
        return list(ledger.append(entries, atomic=True))
    except Busy:
        raise
    except StoreError:
        return list(ledger.append(entries, atomic=True))


def waiting(reader: Reader, party: str, item: str, *, is_rest: bool = False) -> int:
    """The index of the one dispatch of an item that waits for this party's answer.

    ConfirmError where there is none, or several.
    """
    states = [Sent.DIFFERENT if is_rest else Sent.OPEN]
    found = Lineage(reader).shipments(recipient=party, item=item, states=states)
    indexes = sorted({line.leaf for line in found if _is_open(line, is_rest=is_rest)})
    if not indexes:
        raise ConfirmError(f"no dispatch of {item} waits for an answer of {party}")
    if len(indexes) > 1:
        listed = ", ".join(map(str, indexes))
        raise ConfirmError(f"{item} was sent to {party} more than once: say which, index {listed}")
    return indexes[0]


def awaited(reader: Reader, party: str, item: str) -> int | None:
    """The index of the first dispatch of an item that waits for this party's answer, if any."""
    found = Lineage(reader).shipments(recipient=party, item=item, states=[Sent.OPEN])
    return min((line.leaf for line in found), default=None)


def slip_for(reader: Reader, party: str, index: int, *, is_rest: bool = False) -> Slip:
    """The slip at `index` with the lines that this party may answer now.

    Raises ConfirmError where there is none: no such link, no dispatch, sent to others, taken
    back, or answered already. NotSent of what is another's.
    """
    stored = reader.link(index)
    if stored is None:
        raise NotSent(f"there is no link at index {index}: `suyuan arrivals` lists what waits")
    link = readable(stored.entry)
    if link is None or link.event is None or not (is_dispatch(link) or is_refusal(link)):
        raise NotSent(
            f"index {index} is no dispatch and no refusal: `suyuan arrivals` lists what waits"
        )
    if link.actor == party:
        raise ConfirmError(
            f"index {index} is a link of {party} itself, and a receipt names another's: what was "
            "sent to oneself is taken back by the step undo-dispatch"
        )
    by = store.voided_by(reader, index)
    if by is not None:
        raise (ConfirmError if party in destinations(link) else NotSent)(
            f"the dispatch at index {index} was taken back by its sender at index {by}: there is "
            "nothing to answer"
        )
    lines = store.lines_of(reader, index)
    if not lines or any(line.recipient != party for line in lines):
        to = sorted({line.recipient for line in lines if line.recipient} or destinations(link))
        said = f"it went to {', '.join(to)}" if to else "it went to a name outside the ledger"
        raise NotSent(f"index {index} sends nothing to {party}: {said}")
    lines = [line for line in lines if _is_open(line, is_rest=is_rest)] or _raise_answered(lines)
    (slip,) = Slips(reader).of(lines)
    return slip


def _is_open(line: Shipment, *, is_rest: bool) -> bool:
    if not is_rest:
        return line.state is Sent.OPEN
    said = (line.received or 0) + (line.refused or 0)
    return line.state is Sent.DIFFERENT and line.quantity is not None and said < line.quantity.micro


def _raise_answered(lines: Sequence[Shipment]) -> list[Shipment]:
    first = lines[0]
    raise ConfirmError(
        f"the dispatch at index {first.leaf} was answered already, by the link at index "
        f"{max(line.answered or 0 for line in lines)} ({first.state}). Where more of it came "
        "later, say so by --rest; where that answer was wrong, correct it: "
        "`suyuan record … --corrects INDEX`"
    )
