"""A step as it was typed, made into the events that record it."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn
from urllib.parse import quote

from suyuan.trace import papers, recording, steps
from suyuan.trace.errors import LedgerError
from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.ledger import Ledger
from suyuan.trace.link import AfterRef
from suyuan.trace.members import Object
from suyuan.trace.pen import Draft
from suyuan.trace.private import defaults
from suyuan.trace.private.audience import Audience
from suyuan.trace.private.errors import PrivateError
from suyuan.trace.resolve import NotFound, resolve
from suyuan.trace.steps import STEPS, Portion
from suyuan.trace.store.read import Reader
from suyuan.trace.times import zone

from .concealed import Hiding
from .process_form import ASKS, PRICED, FileIn, GoodsIn, MadeIn, StepIn

MOST_DAYS = 36_500
NOTE = "urn:suyuan:note:"
_EXAMINING = ("sample", "test")


class FieldError(LedgerError):
    """A value that is not as it should be: where, what kind of mistake it is, and what."""

    def __init__(self, field: str, mistake: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.mistake = mistake


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be signed, and what new items are called, by URI.

    `goods` and `outputs` are the items of the form's lines, in their order.
    """

    drafts: tuple[Draft, ...]
    names: dict[str, str]
    goods: tuple[str, ...]
    outputs: tuple[str, ...] = ()


def made(ledger: Ledger, reader: Reader, actor: str, asked: StepIn, now: datetime) -> Made:
    """The drafts that record a step; FieldError for the first value that is wrong."""
    return _Form(ledger, reader, actor, asked, now).made()


@dataclass(slots=True)
class _Form:
    ledger: Ledger
    reader: Reader
    actor: str
    asked: StepIn
    now: datetime

    def made(self) -> Made:
        asks = ASKS[self.asked.step]
        for name in asks.needs:
            if not getattr(self.asked, name).strip() and not self._is_outside(name):
                _wrong(name, "needed", f"this step says {name}")
        if asks.has_container:
            return self._packed()
        goods = [self._portion(number, one) for number, one in enumerate(self.asked.goods)]
        if not goods:
            _wrong("goods.0.item", "item_needed", "say what it was done with")
        if not asks.is_many and len(goods) > 1:
            _wrong("goods.1.item", "one_only", "this step is recorded of one item at a time")
        self._once([portion.item for portion in goods], "goods")
        if asks.makes:
            return self._makings(goods)
        extra = self._extra()
        names: dict[str, str] = {}
        if asks.may_be_new and self.asked.goods[0].item.strip() == recording.NEW:
            name = self._product(self.asked.product, "product")
            extra |= self._coding(name)
            names[goods[0].item] = name
        draft = self._draft(goods[0], more=goods[1:], extra=extra)
        return Made((draft,), names, _items(goods))

    def _packed(self) -> Made:
        text = self.asked.container.strip()
        if not text:
            _wrong("container", "item_needed", "say which container")
        unit = self._item(text, "container", may_be_new=self.asked.step == "pack")
        goods = [self._portion(number, one) for number, one in enumerate(self.asked.goods)]
        if not goods and self.asked.step == "pack":
            _wrong("goods.0.item", "item_needed", "say what is in it")
        self._once([unit, *(portion.item for portion in goods)], "goods", first=-1)
        draft = self._draft(Portion(unit), contents=goods, extra=self._extra())
        return Made((draft,), {}, _items(goods))

    def _makings(self, inputs: Sequence[Portion]) -> Made:
        """One event where all that is made has one name; else one each, joined to one making."""
        if not self.asked.made:
            _wrong("made.0.product", "made_needed", "say what came of it")
        outputs = [self._output(number, one) for number, one in enumerate(self.asked.made)]
        grouped: dict[str, list[Portion]] = {}
        for name, portion in outputs:
            grouped.setdefault(name, []).append(portion)
        extra = self._extra()
        if len(grouped) > 1:
            extra["transformationID"] = f"urn:uuid:{uuid.uuid4()}"
        drafts = []
        for number, (name, portions) in enumerate(grouped.items()):
            drafts.append(
                self._draft(
                    portions[0],
                    more=portions[1:],
                    inputs=inputs if number == 0 else (),
                    extra=extra | self._coding(name),
                )
            )
        names = {portion.item: name for name, portion in outputs}
        return Made(tuple(drafts), names, _items(inputs), tuple(names))

    def _draft(
        self,
        portion: Portion,
        *,
        more: Sequence[Portion] = (),
        contents: Sequence[Portion] = (),
        inputs: Sequence[Portion] = (),
        extra: Object,
    ) -> Draft:
        step = self.asked.step
        recipient, recipient_name = self._recipient() if step == "dispatch" else (None, None)
        try:
            event = recording.made(
                step,
                self._time(),
                portion,
                actor=self.actor,
                more=more,
                contents=contents,
                inputs=inputs,
                recipient=recipient,
                recipient_name=recipient_name,
                place=self._place(),
                notes=self._notes(),
                extra=extra,
                zone=zone(),
            )
        except FieldError:
            raise
        except LedgerError as error:
            _wrong("step", "event", str(error))
        return Draft(event=event, after=tuple(self._after(portion.item)))

    def _extra(self) -> Object:
        asked, asks = self.asked, ASKS[self.asked.step]
        found: Object = {}
        for name, member in _MEMBERS.items():
            if name in asks.fields and (text := getattr(asked, name).strip()):
                found[member] = _plain(text, name)
        if "withdrawal" in asks.fields and asked.withdrawal.strip():
            found["suyuan:withdrawalDays"] = _days(asked.withdrawal, "withdrawal")
        if "temperature" in asks.fields and asked.temperature.strip():
            found["sensorElementList"] = [self._sensor(asked.temperature)]
        for name, member in HIDDEN.items():
            if (text := getattr(asked, name).strip()) and self._is_asked(name):
                found[member] = _plain(text, name)
        if asked.files:
            found[papers.MEMBER] = [self._file(one) for one in asked.files]
        return found

    def _is_asked(self, name: str) -> bool:
        return name != "price" or self.asked.step in PRICED

    def _sensor(self, typed: str) -> Object:
        value = _decimal(typed, "temperature")
        if not -273 < value < 1_000:
            _wrong("temperature", "temperature", "degrees Celsius, such as -18 or 4.5")
        report = {"type": "Temperature", "value": steps.number(value), "uom": "CEL"}
        return {"sensorReport": [report]}

    def _file(self, one: FileIn) -> Object:
        salt = papers.salt_of(one.salt)
        if salt is None and one.salt:
            _wrong("files", "file_gone", f"file {one.sha256[:12]}… has no good salt")
        if salt is None:
            data = self.ledger.attachments.get(one.sha256)
        else:
            data = self.ledger.private_files.get(one.sha256, salt)
        if data is None:
            _wrong("files", "file_gone", f"file {one.sha256[:12]}… is not here: send it once more")
        try:
            return papers.member(papers.examine(data, salt), one.kind)
        except papers.PaperError as error:
            _wrong("files", "file_kind", str(error))

    def _coding(self, product: str) -> Object:
        asked = self.asked
        today = self.now.astimezone(zone()).date()
        produced = None
        if asked.produced.strip():
            try:
                produced = recording.past_day(asked.produced.strip(), today, "the production date")
            except LedgerError as error:
                _wrong("produced", "day", str(error))
        days = _days(asked.shelf_life, "shelf_life") if asked.shelf_life.strip() else None
        origin = _plain(asked.origin.strip(), "origin") or None
        return steps.coding(product, produced, days, origin)

    def _product(self, typed: str, field: str) -> str:
        name = _plain(typed.strip(), field)
        if not name:
            _wrong(field, "product", "say what it is called")
        return name

    def _output(self, number: int, one: MadeIn) -> tuple[str, Portion]:
        where = f"made.{number}"
        name = self._product(one.product, f"{where}.product")
        item = self._item(recording.NEW, f"{where}.product", may_be_new=True)
        return name, self._amount(Portion(item), one.quantity, one.unit, where, must=True)

    def _portion(self, number: int, one: GoodsIn) -> Portion:
        asks, where = ASKS[self.asked.step], f"goods.{number}"
        item = self._item(one.item.strip(), f"{where}.item", may_be_new=asks.may_be_new)
        if asks.amount == "none":
            return Portion(item)
        is_whole = "/21/" in item or "/00/" in item
        must = asks.amount == "must" and not is_whole
        return self._amount(Portion(item), one.quantity, one.unit, where, must=must)

    def _amount(
        self, portion: Portion, typed: str, unit: str, where: str, *, must: bool
    ) -> Portion:
        if not typed.strip():
            if must:
                _wrong(f"{where}.quantity", "quantity_needed", "say how much")
            return portion
        field = f"{where}.quantity"
        value = _decimal(typed, field)
        least = 0 if self.asked.step == "count" else None
        if value < 0 or (value == 0 and least is None):
            _wrong(field, "quantity_positive", "an amount over 0")
        try:
            value_, uom = recording.amount(str(value), unit)
            steps.number(value)
        except LedgerError as error:
            _wrong(field, "quantity", str(error))
        return replace(portion, quantity=value_, uom=uom)

    def _item(self, text: str, field: str, *, may_be_new: bool) -> str:
        if not text:
            _wrong(field, "item_needed", "say what it was done with")
        try:
            return recording.find_item(self.reader, self.ledger.trust, text, may_be_new=may_be_new)
        except NotFound as error:
            _wrong(field, "item_unknown", str(error))
        except (IdentifierError, LedgerError) as error:
            _wrong(field, "item", str(error))

    @staticmethod
    def _once(items: Sequence[str], field: str, first: int = 0) -> None:
        for at, item in enumerate(items):
            if item in items[:at]:
                _wrong(f"{field}.{at + first}.item", "item_twice", f"{item} is named twice")

    def _is_outside(self, name: str) -> bool:
        return name == "to" and bool(self.asked.to_name.strip())

    def _recipient(self) -> tuple[str | None, str | None]:
        typed = self.asked.to.strip()
        if not typed:
            return None, _plain(self.asked.to_name.strip(), "to_name")
        try:
            uri = parties.read(typed, self.ledger.trust.host)
        except IdentifierError as error:
            _wrong("to", "party", str(error))
        party = self.reader.party(uri)
        if party is None or not party.admitted_at(self.reader.size()):
            _wrong("to", "party_unknown", f"{uri} is not admitted to this ledger")
        if uri == self.actor:
            _wrong("to", "party_self", "a dispatch goes to somebody else")
        return uri, None

    def _notes(self) -> list[str]:
        typed = _plain(self.asked.note.strip(), "note")
        if not typed or "note" not in ASKS[self.asked.step].fields:
            return []
        uri = NOTE + quote(typed, safe="-._~")
        if len(uri) > 512:
            _wrong("note", "long", "a note's number is shorter")
        return [uri]

    def _place(self) -> str | None:
        found = self.asked.place.strip()
        party = self.reader.party(self.actor)
        if found and (party is None or found not in party.places):
            _wrong("place", "place", "one of the places that are registered of the party")
        return found or None

    def _time(self) -> datetime:
        typed = self.asked.time.strip()
        if not typed:
            return self.now
        try:
            found = datetime.fromisoformat(typed)
        except ValueError:
            _wrong("time", "time", f"{typed[:40]!r} is no time: 2026-11-24T08:30")
        local = found if found.tzinfo is not None else found.replace(tzinfo=zone())
        try:
            return recording.past(local, self.now, "the time")
        except (LedgerError, OverflowError) as error:
            _wrong("time", "future", str(error))

    def _after(self, item: str) -> Iterator[AfterRef]:
        """What an examination by another than the holder was made of: the chain that was named."""
        if self.asked.step not in _EXAMINING:
            return
        head = self.reader.heads([(item, self.actor)])[item, self.actor]
        holder = self._holder(item)
        if holder is None or (head is not None and self.asked.step == "sample"):
            return
        chain = next((one for one in self.reader.chains(item) if one.actor == holder), None)
        last = None if chain is None else self.reader.in_chain(item, holder, chain.seq)
        if last is not None:
            yield AfterRef(last.index, last.hash)

    def _holder(self, item: str) -> str | None:
        """Whose goods are examined: the holder of the code that was named, else the source."""
        try:
            named = resolve(self.reader, self.ledger.trust, self.asked.goods[0].item.strip()).actor
        except (IdentifierError, LedgerError):
            named = None
        chains = [one.actor for one in self.reader.chains(item)]
        found = named or self.reader.coder(item) or (chains[0] if chains else None)
        return None if found == self.actor else found


HIDDEN = {"remark": "suyuan:note", "price": "suyuan:price", "person": "suyuan:person"}
_MEMBERS = {
    "substance": "suyuan:substance",
    "dose": "suyuan:dose",
    "certificate": "suyuan:certificate",
    "result": "suyuan:result",
    "reason": "suyuan:reason",
}


def hiding(reader: Reader, asked: StepIn, event: Object, host: str) -> Hiding:
    """What of an event of the step is hidden from whom, and what of the defaults is not.

    FieldError for a named party that is none.
    """
    found: dict[str, Audience | None] = {
        papers.salt_pointer(number): _audience(reader, one.audience, event, host, "files")
        for number, one in enumerate(asked.files)
        if one.salt
    }
    opened = []
    for name, member in HIDDEN.items():
        said = getattr(asked.readers, name)
        if said is None or member not in event:
            continue
        if said == "everyone":
            opened.append(member)
        else:
            found[member] = _audience(reader, said, event, host, "readers")
    return Hiding(found, tuple(opened))


def _audience(
    reader: Reader, said: str | list[str], event: Object, host: str, field: str
) -> Audience:
    if said == "sides":
        return defaults.trade(event)
    if isinstance(said, str):
        return Audience(said)
    try:
        found = Audience.of(*(parties.read(one.strip(), host) for one in said))
    except (IdentifierError, PrivateError) as error:
        _wrong(field, "party", str(error))
    for uri in found.parties:
        if reader.party(uri) is None:
            _wrong(field, "party_unknown", f"{uri} was never admitted to this ledger")
    return found


def step_of(asked: StepIn) -> str:
    """The bare business step that a mandate must cover."""
    return STEPS[asked.step].biz_step


def _items(portions: Sequence[Portion]) -> tuple[str, ...]:
    return tuple(portion.item for portion in portions)


def _plain(text: str, field: str) -> str:
    if not text.isprintable():
        _wrong(field, "text", "without line breaks and control characters")
    return text


def _decimal(typed: str, field: str) -> Decimal:
    """A number as people type it, in the digits of whichever keyboard."""
    bare = typed.strip().replace("。", ".")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        _wrong(field, "number", f"{typed[:40]!r} is no number")
    if not found.is_finite() or "e" in bare.lower() or "_" in bare:
        _wrong(field, "number", f"{typed[:40]!r} is no number")
    return found


def _days(typed: str, field: str) -> int:
    bare = typed.strip()
    if not (bare.isascii() and bare.isdigit()) or int(bare[:9]) > MOST_DAYS:
        _wrong(field, "days", "a whole number of days")
    return int(bare)


def _wrong(field: str, mistake: str, why: str) -> NoReturn:
    raise FieldError(field, mistake, why)
