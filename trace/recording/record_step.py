"""Recording one step: what a person gives, read and checked before anything is signed.

The same for the command line and for the pages, so that both sign the same event; a page's step
comes to the drafts of the links that record it.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.admission.signing_time import MAX_AHEAD
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import AfterRef, parse
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience, trade
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import STEPS, steps_of
from suyuan.trace.goods.resolve import resolve
from suyuan.trace.lineage.joins import destinations, is_dispatch, undone
from suyuan.trace.store.append.entry_rules import may_examine
from suyuan.trace.store.read.reader import Reader

from . import papers
from .hiding import Concealed, conceal
from .imports import trade_units
from .papers import Paper

_ANSWERING = steps_of("receives", "refuses")
NOTE = "urn:suyuan:note:"
MAX_NOTE = 512  # characters of its URI
MEMBERS: Mapping[str, str] = {
    "substance": "suyuan:substance",
    "dose": "suyuan:dose",
    "withdrawal": "suyuan:withdrawalDays",
    "certificate": "suyuan:certificate",
    "result": "suyuan:result",
    "reason": "suyuan:reason",
    "remark": "suyuan:note",
    "price": "suyuan:price",
    "person": "suyuan:person",
}
"""The members of an event that a step may have, by what a form calls them."""

HIDDEN = ("remark", "price", "person")
Readers = Audience | Literal["everyone", "sides"]
"""Who may read a field that is hidden by default: `everyone` where it is not, the two `sides` of
the trade, or an audience."""

_EXAMINING, _SAMPLING = steps_of("tests", "samples"), steps_of("samples")

_NONE: Mapping[str, Decimal] = {}


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What is recorded of a step.

    `goods` is what it was done with: its items, what went in, or the contents of `container`;
    `outputs` what came of it, each with its product's name. `product` is what a new item is called,
    `produced`, `shelf_life` (days) and `origin` are of what is new. `values` are by MEMBERS;
    `readers` by the member, or by the pointer to the salt of a private file.
    """

    step: str
    when: datetime
    goods: Sequence[Portion]
    outputs: Sequence[tuple[str, Portion]] = ()
    container: str | None = None
    product: str | None = None
    produced: str | None = None
    shelf_life: int | None = None
    origin: str | None = None
    recipient: str | None = None
    recipient_name: str | None = None
    place: str | None = None
    note: str = ""
    temperature: Decimal | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)
    files: Sequence[tuple[Paper, str]] = ()
    readers: Mapping[str, Readers] = field(default_factory=dict)


def amount(
    quantity: str | None, unit: str, of: str | None = None, packages: Mapping[str, Decimal] = _NONE
) -> tuple[Decimal | None, str | None]:
    """How much, as typed: a decimal number, and a unit's code, `-` for pieces, or one of the trade.

    `packages` are those of the goods, by name, each so many of the unit `of`.
    """
    if quantity is None:
        return None, None
    try:
        value = Decimal(quantity)
    except InvalidOperation:
        raise LedgerError("quantity %s is no number", repr(quantity)) from None
    if not value.is_finite() or value < 0:
        raise LedgerError("quantity %s must be 0 or more", quantity)
    return trade_units.stored(value, unit, packages, of)


def past(when: datetime, now: datetime, name: str) -> datetime:
    """A moment that is not ahead; LedgerError, of what is called `what`, for one that is."""
    if when > now + MAX_AHEAD:
        raise LedgerError("%s %s lies in the future", name, when.isoformat())
    return when


def past_day(text: str, today: date, name: str) -> str:
    """A day of the calendar that is not ahead, 2026-11-24."""
    day = read_day(text, name)
    if day > today:
        raise LedgerError("%s %s lies in the future", name, text)
    return day.isoformat()


def read_day(text: str, name: str) -> date:
    """The day that a person typed, 2026-11-24; LedgerError, with `what` it is, where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LedgerError(
            "%s %s is no date of the calendar: 2026-11-24", name, repr(text)
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
    members = dict(extra or {})
    if recipient_name is not None:
        members["suyuan:recipient"] = {"name": recipient_name}
    is_container = STEPS[step].type == "AggregationEvent"
    is_sent = recipient is not None or recipient_name is not None
    form = STEPS[step].form
    if form is not None and "to" in form.needs and not is_sent:
        raise LedgerError(
            "step %s needs a recipient, who confirms it: --to PARTY, or --to-name NAME for one "
            "that is not in the ledger",
            step,
        )
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
        extra=members,
        zone=zone,
    )
    require_epcis(event)
    return event


def require_epcis(event: Object) -> None:
    """Raise LedgerError unless the event is good EPCIS and CBV."""
    from suyuan.trace.format.epcis.events import check_event  # loads pydantic

    problems = check_event(event)
    if problems:
        listed = "; ".join(f"{p.path}: {p.reason} ({p.fix})" for p in problems[:5])
        raise LedgerError("the event is not good EPCIS: %s", listed)


def answered(reader: Reader, step: str, item: str, actor: str) -> tuple[AfterRef, ...] | None:
    """The links a step follows from where none are given: for a receipt, the open dispatch.

    None where a receipt finds none, and its chain would begin with it.
    """
    if step not in _ANSWERING:
        return ()
    dispatch = open_dispatch(reader, item, actor)
    return None if dispatch is None else (dispatch,)


def open_dispatch(reader: Reader, item: str, actor: str) -> AfterRef | None:
    """The newest dispatch of an item to this actor that stands and no link of it answers yet."""
    answered: set[int] = set()
    taken_back: set[tuple[str, str]] = set()
    sent: list[tuple[AfterRef, tuple[str, str]]] = []
    for head in reader.chains(item):
        for stored, link in reader.readable_chain(item, head.actor):
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
    reader: Reader, indexes: Sequence[int], name: str
) -> list[tuple[AfterRef, frozenset[str]]]:
    """The links at these indexes, each with the items that it is about, as `after` names them."""
    refs = []
    for index in sorted(set(indexes)):
        stored = reader.link(index)
        if stored is None:
            raise LedgerError("%s %s: there is no such link", name, index)
        link = parse(stored.entry)
        if link.event is None and link.event_ref is None:
            raise LedgerError("%s %s is a statement, no step that this follows from", name, index)
        about = frozenset(ref.item for ref in link.items)
        refs.append((AfterRef(index, stored.hash), about))
    return refs


def note_uri(number: str) -> str:
    """The URI of a delivery note by its number."""
    return NOTE + quote(number, safe="-._~")


def drafts(record: StepRecord, actor: str, after: Sequence[AfterRef]) -> list[Concealed]:
    """The links that record a step for an actor, without what they hide.

    Raises LedgerError for what makes no good event.
    """
    return [_concealed(record, event, actor, after) for event in _events(record, actor)]


def _events(record: StepRecord, actor: str) -> Iterator[Object]:
    """One event; of several products made one each, joined to one making."""
    event = partial(
        made,
        record.step,
        record.when,
        actor=actor,
        recipient=record.recipient,
        recipient_name=record.recipient_name,
        place=record.place,
        notes=[note_uri(record.note)] if record.note else [],
        zone=zone(),
    )
    coding = partial(
        steps.coding,
        produced=record.produced,
        shelf_life_days=record.shelf_life,
        origin=record.origin,
    )
    members, goods = _members(record), record.goods
    if record.container is not None:
        yield event(Portion(record.container), contents=goods, extra=members)
    elif not record.outputs:
        extra = {} if record.product is None else coding(record.product)
        yield event(goods[0], more=goods[1:], extra=members | extra)
    else:
        grouped: dict[str, list[Portion]] = {}
        for name, portion in record.outputs:
            grouped.setdefault(name, []).append(portion)
        if len(grouped) > 1:
            members["transformationID"] = f"urn:uuid:{uuid.uuid4()}"
        for name, (first, *more) in grouped.items():
            yield event(first, more=more, inputs=goods, extra=members | coding(name))
            goods = ()


def _members(record: StepRecord) -> Object:
    members: Object = {MEMBERS[name]: value for name, value in record.values.items()}
    if record.temperature is not None:
        value = steps.number(record.temperature)
        report = {"type": "Temperature", "value": value, "uom": "CEL"}
        members["sensorElementList"] = [{"sensorReport": [report]}]
    if record.files:
        members[papers.MEMBER] = [papers.member(paper, kind) for paper, kind in record.files]
    return members


def _concealed(
    record: StepRecord, event: Object, actor: str, after: Sequence[AfterRef]
) -> Concealed:
    hidden: dict[str, Audience | None] = {}
    shown = []
    for member, readers in record.readers.items():
        if readers == "everyone":
            shown.append(member)
        else:
            hidden[member] = trade(event) if readers == "sides" else readers
    body, disclosures = conceal(event, actor, hidden, shown)
    return Concealed(Draft(event=body, after=tuple(after)), tuple(disclosures))


def examined(
    reader: Reader, trust: Trust, actor: str, record: StepRecord, code: str
) -> list[AfterRef]:
    """The link that an examination by another than the holder follows: of a code's chain.

    Empty of other steps, of one's own goods, and where the actor may not examine.
    """
    if record.step not in _EXAMINING:
        return []
    item = record.goods[0].item
    head = reader.head(item, actor)
    holder = _holder(reader, trust, item, code)
    if holder is None or holder == actor or (head is not None and record.step in _SAMPLING):
        return []
    if not may_examine(reader, trust, actor, holder):
        return []
    chain = next((head for head in reader.chains(item) if head.actor == holder), None)
    last = None if chain is None else reader.in_chain(item, holder, chain.seq)
    return [] if last is None else [AfterRef(last.index, last.hash)]


def _holder(reader: Reader, trust: Trust, item: str, code: str) -> str | None:
    """Whose goods are examined: the holder of the code that was typed, else the source."""
    try:
        named = resolve(reader, trust, code).actor
    except (IdentifierError, LedgerError):
        named = None
    chains = reader.chains(item)
    return named or reader.coder(item) or (chains[0].actor if chains else None)
