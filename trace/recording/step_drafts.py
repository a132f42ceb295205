"""A step whose values are checked, as the drafts of the links that record it."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import quote

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience, trade
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.goods.resolve import resolve
from suyuan.trace.store.append.entry_rules import may_examine
from suyuan.trace.store.read.reader import Reader

from . import papers, record_step
from .hiding import Concealed, conceal
from .papers import Paper

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


def note_uri(number: str) -> str:
    """The URI of a delivery note by its number."""
    return NOTE + quote(number, safe="-._~")


def drafts(record: StepRecord, actor: str, after: Sequence[AfterRef] = ()) -> list[Concealed]:
    """The links that record a step for an actor, without what they hide.

    Raises LedgerError for what makes no good event.
    """
    return [_concealed(record, event, actor, after) for event in _events(record, actor)]


def _events(record: StepRecord, actor: str) -> Iterator[Object]:
    """One event; of several products made one each, joined to one making."""
    if record.container is not None:
        yield _event(record, actor, [Portion(record.container)], contents=record.goods)
    elif not record.outputs:
        extra = {} if record.product is None else _coding(record, record.product)
        yield _event(record, actor, record.goods, extra=extra)
    else:
        grouped: dict[str, list[Portion]] = {}
        for name, portion in record.outputs:
            grouped.setdefault(name, []).append(portion)
        joined = {"transformationID": f"urn:uuid:{uuid.uuid4()}"} if len(grouped) > 1 else {}
        inputs = record.goods
        for name, portions in grouped.items():
            extra = joined | _coding(record, name)
            yield _event(record, actor, portions, inputs=inputs, extra=extra)
            inputs = ()


def _coding(record: StepRecord, product: str) -> Object:
    return steps.coding(product, record.produced, record.shelf_life, record.origin)


def _event(
    record: StepRecord,
    actor: str,
    portions: Sequence[Portion],
    *,
    contents: Sequence[Portion] = (),
    inputs: Sequence[Portion] = (),
    extra: Object | None = None,
) -> Object:
    return record_step.made(
        record.step,
        record.when,
        portions[0],
        actor=actor,
        more=portions[1:],
        contents=contents,
        inputs=inputs,
        recipient=record.recipient,
        recipient_name=record.recipient_name,
        place=record.place,
        notes=[note_uri(record.note)] if record.note else [],
        extra=_members(record) | (extra or {}),
        zone=zone(),
    )


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
    """What an examination by another than the holder was made of: the chain that a code names.

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
    chain = next((one for one in reader.chains(item) if one.actor == holder), None)
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
