"""Recording one step: what a person gives, read and checked before anything is signed.

The same for the command line and for the pages, so that both sign the same event.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from suyuan.trace.admission.signing_time import MAX_AHEAD
from suyuan.trace.format import steps
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import AfterRef, parse, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import UNITS
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.vocabulary import STEPS, steps_of
from suyuan.trace.lineage.joins import destinations, is_dispatch, undone
from suyuan.trace.store.read.reader import Reader

_ANSWERING = steps_of("receives", "refuses")


def amount(quantity: str | None, unit: str) -> tuple[Decimal | None, str | None]:
    """How much, as typed: a decimal number, and a unit's code or `-` for pieces."""
    if quantity is None:
        return None, None
    try:
        value = Decimal(quantity)
    except InvalidOperation:
        raise LedgerError("quantity %s is no number", repr(quantity)) from None
    if not value.is_finite() or value < 0:
        raise LedgerError("quantity %s must be 0 or more", quantity)
    if unit != "-" and unit not in UNITS:
        raise LedgerError(
            "unit %s is none of %s, or - for pieces", repr(unit), ", ".join(sorted(UNITS))
        )
    return value, None if unit == "-" else unit


def past(when: datetime, now: datetime, what: str) -> datetime:
    """A moment that is not ahead; LedgerError, of what is called `what`, for one that is."""
    if when > now + MAX_AHEAD:
        raise LedgerError("%s %s lies in the future", what, when.isoformat())
    return when


def past_day(text: str, today: date, what: str) -> str:
    """A day of the calendar that is not ahead, 2026-11-24."""
    day = read_day(text, what)
    if day > today:
        raise LedgerError("%s %s lies in the future", what, text)
    return day.isoformat()


def read_day(text: str, what: str) -> date:
    """The day that a person typed, 2026-11-24; LedgerError, with `what` it is, where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LedgerError(
            "%s %s is no date of the calendar: 2026-11-24", what, repr(text)
        ) from None


def made(
    step: str,
    when: datetime,
    portion: Portion,
    *,
    actor: str,
    contents: Sequence[Portion] = (),
    more: Sequence[Portion] = (),
    inputs: Sequence[Portion] = (),
    recipient: str | None = None,
    recipient_name: str | None = None,
    place: str | None = None,
    notes: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
    zone: ZoneInfo,
) -> Object:
    """The event that records a step of `portion`, good EPCIS.

    Of an aggregation it is the container, and `contents` what goes in or comes out; `more` are
    further items of the step. `recipient_name` names one that is not in the ledger. Raises
    LedgerError for what does not fit.
    """
    said = dict(extra or {})
    if recipient_name is not None:
        said["suyuan:recipient"] = {"name": recipient_name}
    is_container = STEPS[step].type == "AggregationEvent"
    is_sent = recipient is not None or recipient_name is not None
    event = steps.event(
        step,
        when,
        contents if is_container else [portion, *more],
        inputs=inputs,
        parent=portion.item if is_container else None,
        place=place,
        sender=actor if is_sent else None,
        recipient=recipient,
        notes=notes,
        extra=said,
        zone=zone,
    )
    require_epcis(event)
    return event


def require_epcis(event: Object) -> None:
    """Raise LedgerError unless the event is good EPCIS and CBV."""
    problems = check_event(event)
    if problems:
        listed = "; ".join(f"{p.path}: {p.what} ({p.fix})" for p in problems[:5])
        raise LedgerError("the event is not good EPCIS: %s", listed)


def missing(step: str, extra: Mapping[str, Any]) -> list[str]:
    """The fields that section 6 of the format asks of a step, and that are not there."""
    return [name for name in STEPS[step].members if name not in extra]


def answered(reader: Reader, step: str, item: str, actor: str) -> tuple[AfterRef, ...] | None:
    """What a step follows from where nothing is said: a receipt, the dispatch that is open.

    None where a receipt finds none, and its chain would begin with it.
    """
    if step not in _ANSWERING:
        return ()
    found = open_dispatch(reader, item, actor)
    return None if found is None else (found,)


def open_dispatch(reader: Reader, item: str, actor: str) -> AfterRef | None:
    """The newest dispatch of an item to this actor that stands and no link of it answers yet."""
    answered: set[int] = set()
    taken_back: set[tuple[str, str]] = set()
    sent: list[tuple[AfterRef, tuple[str, str]]] = []
    for head in reader.chains(item):
        for _, stored in reader.chain_links(item, head.actor):
            link = None if stored is None else readable(stored.entry)
            if stored is None or link is None:
                continue
            if link.actor == actor:
                answered |= {ref.index for ref in link.after if ref.ledger is None}
            elif (name := undone(link)) is not None:
                taken_back.add((link.actor, name))
            elif is_dispatch(link) and actor in destinations(link):
                name = str((link.event or {}).get("eventID"))
                sent.append((AfterRef(stored.index, stored.hash), (link.actor, name)))
    left = [ref for ref, name in sent if ref.index not in answered and name not in taken_back]
    return max(left, key=lambda ref: ref.index, default=None)


def following(
    reader: Reader, indexes: Sequence[int], what: str
) -> list[tuple[AfterRef, frozenset[str]]]:
    """The links at these indexes, each with the items that it is about, as `after` names them."""
    refs = []
    for index in sorted(set(indexes)):
        stored = reader.link(index)
        if stored is None:
            raise LedgerError("%s %s: there is no such link", what, index)
        link = parse(stored.entry)
        if link.event is None and link.event_ref is None:
            raise LedgerError("%s %s is a statement, no step that this follows from", what, index)
        about = frozenset(ref.item for ref in link.items)
        refs.append((AfterRef(index, stored.hash), about))
    return refs
