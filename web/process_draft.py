"""A step as it was typed, made into the events that record it."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from suyuan.trace import papers, recording, steps
from suyuan.trace.errors import LedgerError
from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.ledger import Ledger
from suyuan.trace.link import AfterRef
from suyuan.trace.members import Object
from suyuan.trace.pen import Draft
from suyuan.trace.private.audience import Audience, trade
from suyuan.trace.private.pointers import PrivateError
from suyuan.trace.resolve import NotFound, resolve
from suyuan.trace.steps import STEPS, Portion
from suyuan.trace.store.entry_rules import may_examine
from suyuan.trace.store.read import Reader
from suyuan.trace.times import zone

from .concealed import Hiding
from .mistakes import FieldError, FieldErrors, Mistakes, wrong
from .process_form import ASKS, PRICED, Asks, FileIn, GoodsIn, MadeIn, StepIn
from .process_values import days, decimal, plain

NOTE = "urn:suyuan:note:"
_EXAMINING = ("sample", "test")


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
    """The drafts that record a step; FieldErrors for all values that are wrong."""
    return _Form(ledger, reader, actor, asked, now).made()


@dataclass(frozen=True, slots=True)
class _Said:
    """What every event of the step says besides its goods."""

    when: datetime
    place: str | None
    notes: list[str]
    recipient: tuple[str | None, str | None]
    extra: Object


@dataclass(slots=True)
class _Form:
    """A step as it was typed: all of its values are read before anything is made of them."""

    ledger: Ledger
    reader: Reader
    actor: str
    asked: StepIn
    now: datetime
    mistakes: Mistakes = field(default_factory=Mistakes)

    def made(self) -> Made:
        asks, read = ASKS[self.asked.step], self.mistakes.read
        unit = read(self._container) if asks.has_container else None
        goods = self._goods(asks, unit)
        outputs = self._outputs() if asks.makes else []
        is_new = asks.may_be_new and self._is_new()
        product = read(self._product, self.asked.product, "product") if is_new else None
        coding = self._coding() if asks.makes or is_new else (None, None, None)
        said = self._said(asks)
        self.mistakes.tell()
        if unit is not None:
            draft = self._draft(said, Portion(unit), contents=goods)
            return Made((draft,), {}, _items(goods))
        if asks.makes:
            return self._makings(said, coding, goods, outputs)
        names: dict[str, str] = {}
        extra: Object = {}
        if product is not None:
            extra, names[goods[0].item] = steps.coding(product, *coding), product
        draft = self._draft(said, goods[0], more=goods[1:], extra=extra)
        return Made((draft,), names, _items(goods))

    def _is_new(self) -> bool:
        return bool(self.asked.goods) and self.asked.goods[0].item.strip() == recording.NEW

    def _container(self) -> str:
        text = self.asked.container.strip()
        return self._item(text, "container", may_be_new=self.asked.step == "pack")

    def _goods(self, asks: Asks, unit: str | None) -> list[Portion]:
        """The goods that are well said; an item that was said before is a mistake."""
        read = self.mistakes.read
        found: list[Portion] = []
        if not self.asked.goods and self.asked.step != "unpack":
            read(wrong, "goods.0.item", "item_needed", "say what it was done with")
        if not asks.is_many and len(self.asked.goods) > 1:
            why = "this step is recorded of one item at a time"
            read(wrong, "goods.1.item", "one_only", why)
        before = set() if unit is None else {unit}
        for number, one in enumerate(self.asked.goods):
            where, typed = f"goods.{number}", one.item.strip()
            item = read(self._item, typed, f"{where}.item", may_be_new=asks.may_be_new)
            amount = self._amount_of(asks, item, where, one)
            if item is None:
                continue
            if item in before:
                read(wrong, f"{where}.item", "item_twice", f"{item} is named twice")
            before.add(item)
            if amount is not None:
                found.append(Portion(item, *amount))
        return found

    def _outputs(self) -> list[tuple[str, Portion]]:
        if not self.asked.made:
            self.mistakes.read(wrong, "made.0.product", "made_needed", "say what came of it")
        found = [self._output(f"made.{number}", one) for number, one in enumerate(self.asked.made)]
        return [one for one in found if one is not None]

    def _makings(
        self,
        said: _Said,
        coding: tuple[str | None, int | None, str | None],
        inputs: Sequence[Portion],
        outputs: Sequence[tuple[str, Portion]],
    ) -> Made:
        """One event where all that is made has one name; else one each, joined to one making."""
        grouped: dict[str, list[Portion]] = {}
        for name, portion in outputs:
            grouped.setdefault(name, []).append(portion)
        joined: Object = {}
        if len(grouped) > 1:
            joined["transformationID"] = f"urn:uuid:{uuid.uuid4()}"
        drafts = []
        for number, (name, portions) in enumerate(grouped.items()):
            drafts.append(
                self._draft(
                    said,
                    portions[0],
                    more=portions[1:],
                    inputs=inputs if number == 0 else (),
                    extra=joined | steps.coding(name, *coding),
                )
            )
        names = {portion.item: name for name, portion in outputs}
        return Made(tuple(drafts), names, _items(inputs), tuple(names))

    def _draft(
        self,
        said: _Said,
        portion: Portion,
        *,
        more: Sequence[Portion] = (),
        contents: Sequence[Portion] = (),
        inputs: Sequence[Portion] = (),
        extra: Object | None = None,
    ) -> Draft:
        recipient, recipient_name = said.recipient
        try:
            event = recording.made(
                self.asked.step,
                said.when,
                portion,
                actor=self.actor,
                more=more,
                contents=contents,
                inputs=inputs,
                recipient=recipient,
                recipient_name=recipient_name,
                place=said.place,
                notes=said.notes,
                extra=said.extra | (extra or {}),
                zone=zone(),
            )
        except LedgerError as error:
            raise FieldErrors(FieldError("step", "event", str(error))) from None
        return Draft(event=event, after=tuple(self._after(portion.item)))

    def _said(self, asks: Asks) -> _Said:
        read = self.mistakes.read
        for name in asks.needs:
            if not getattr(self.asked, name).strip() and not self._is_outside(name):
                read(wrong, name, "needed", f"this step says {name}")
        is_sent = self.asked.step == "dispatch"
        recipient = (read(self._recipient) if is_sent else None) or (None, None)
        extra = self._extra(asks)
        place, notes = read(self._place), read(self._notes) or []
        for where, named in self._readers():
            read(_named, self.reader, named, self.ledger.trust.host, where)
        return _Said(read(self._time) or self.now, place, notes, recipient, extra)

    def _extra(self, asks: Asks) -> Object:
        asked, read = self.asked, self.mistakes.read
        found: Object = {}
        for name, member in _MEMBERS.items():
            if name in asks.fields and (text := getattr(asked, name).strip()):
                found[member] = read(plain, text, name)
        if "withdrawal" in asks.fields and asked.withdrawal.strip():
            found["suyuan:withdrawalDays"] = read(days, asked.withdrawal, "withdrawal")
        if "temperature" in asks.fields and asked.temperature.strip():
            found["sensorElementList"] = [read(self._sensor, asked.temperature)]
        for name, member in HIDDEN.items():
            if (text := getattr(asked, name).strip()) and self._is_asked(name):
                found[member] = read(plain, text, name)
        if asked.files:
            found[papers.MEMBER] = [read(self._file, one) for one in asked.files]
        return found

    def _readers(self) -> Iterator[tuple[str, list[str]]]:
        """The parties that are named to read something hidden, and where that is said."""
        for name in HIDDEN:
            named = getattr(self.asked.readers, name)
            is_said = getattr(self.asked, name).strip() and self._is_asked(name)
            if is_said and isinstance(named, list):
                yield "readers", named
        for one in self.asked.files:
            if one.salt and isinstance(one.audience, list):
                yield "files", one.audience

    def _is_asked(self, name: str) -> bool:
        return name != "price" or self.asked.step in PRICED

    def _sensor(self, typed: str) -> Object:
        value = decimal(typed, "temperature")
        if not -273 < value < 1_000:
            wrong("temperature", "temperature", "degrees Celsius, such as -18 or 4.5")
        report = {"type": "Temperature", "value": steps.number(value), "uom": "CEL"}
        return {"sensorReport": [report]}

    def _file(self, one: FileIn) -> Object:
        salt = papers.salt_of(one.salt)
        if salt is None and one.salt:
            wrong("files", "file_gone", f"file {one.sha256[:12]}… has no good salt")
        if salt is None:
            data = self.ledger.attachments.get(one.sha256)
        else:
            data = self.ledger.private_files.get(one.sha256, salt)
        if data is None:
            wrong("files", "file_gone", f"file {one.sha256[:12]}… is not here: send it once more")
        try:
            return papers.member(papers.examine(data, salt), one.kind)
        except papers.PaperError as error:
            wrong("files", "file_kind", str(error))

    def _coding(self) -> tuple[str | None, int | None, str | None]:
        """When it was produced, how many days it keeps, and where it is from."""
        asked, read = self.asked, self.mistakes.read
        produced = read(self._produced) if asked.produced.strip() else None
        keeps = read(days, asked.shelf_life, "shelf_life") if asked.shelf_life.strip() else None
        return produced, keeps, read(plain, asked.origin.strip(), "origin") or None

    def _produced(self) -> str:
        today = self.now.astimezone(zone()).date()
        try:
            return recording.past_day(self.asked.produced.strip(), today, "the production date")
        except LedgerError as error:
            wrong("produced", "day", str(error))

    def _product(self, typed: str, where: str) -> str:
        name = plain(typed.strip(), where)
        if not name:
            wrong(where, "product", "say what it is called")
        return name

    def _output(self, where: str, one: MadeIn) -> tuple[str, Portion] | None:
        read = self.mistakes.read
        name = read(self._product, one.product, f"{where}.product")
        amount = read(self._amount, one.quantity, one.unit, f"{where}.quantity", must=True)
        if name is None or amount is None:
            return None
        item = self._item(recording.NEW, f"{where}.product", may_be_new=True)
        return name, Portion(item, *amount)

    def _amount_of(
        self, asks: Asks, item: str | None, where: str, one: GoodsIn
    ) -> tuple[Decimal | None, str | None] | None:
        """How much of an item; None where that is a mistake."""
        if asks.amount == "none":
            return None, None
        is_whole = item is not None and ("/21/" in item or "/00/" in item)
        must = asks.amount == "must" and not is_whole
        return self.mistakes.read(
            self._amount, one.quantity, one.unit, f"{where}.quantity", must=must
        )

    def _amount(
        self, typed: str, unit: str, where: str, *, must: bool
    ) -> tuple[Decimal | None, str | None]:
        if not typed.strip():
            if must:
                wrong(where, "quantity_needed", "say how much")
            return None, None
        value = decimal(typed, where)
        least = 0 if self.asked.step == "count" else None
        if value < 0 or (value == 0 and least is None):
            wrong(where, "quantity_positive", "an amount over 0")
        try:
            steps.number(value)
            return recording.amount(str(value), unit)
        except LedgerError as error:
            wrong(where, "quantity", str(error))

    def _item(self, text: str, field: str, *, may_be_new: bool) -> str:
        if not text:
            wrong(field, "item_needed", "say what it was done with")
        try:
            return recording.find_item(self.reader, self.ledger.trust, text, may_be_new=may_be_new)
        except NotFound as error:
            wrong(field, "item_unknown", str(error))
        except (IdentifierError, LedgerError) as error:
            wrong(field, "item", str(error))

    def _is_outside(self, name: str) -> bool:
        return name == "to" and bool(self.asked.to_name.strip())

    def _recipient(self) -> tuple[str | None, str | None]:
        typed = self.asked.to.strip()
        if not typed:
            return None, plain(self.asked.to_name.strip(), "to_name")
        try:
            uri = parties.read(typed, self.ledger.trust.host)
        except IdentifierError as error:
            wrong("to", "party", str(error))
        party = self.reader.party(uri)
        if party is None or not party.admitted_at(self.reader.size()):
            wrong("to", "party_unknown", f"{uri} is not admitted to this ledger")
        if uri == self.actor:
            wrong("to", "party_self", "a dispatch goes to somebody else")
        return uri, None

    def _notes(self) -> list[str]:
        typed = plain(self.asked.note.strip(), "note")
        if not typed or "note" not in ASKS[self.asked.step].fields:
            return []
        uri = NOTE + quote(typed, safe="-._~")
        if len(uri) > 512:
            wrong("note", "long", "a note's number is shorter")
        return [uri]

    def _place(self) -> str | None:
        found = self.asked.place.strip()
        party = self.reader.party(self.actor)
        if found and (party is None or found not in party.places):
            wrong("place", "place", "one of the places that are registered of the party")
        return found or None

    def _time(self) -> datetime:
        typed = self.asked.time.strip()
        if not typed:
            return self.now
        try:
            found = datetime.fromisoformat(typed)
        except ValueError:
            wrong("time", "time", f"{typed[:40]!r} is no time: 2026-11-24T08:30")
        local = found if found.tzinfo is not None else found.replace(tzinfo=zone())
        try:
            return recording.past(local, self.now, "the time")
        except (LedgerError, OverflowError) as error:
            wrong("time", "future", str(error))

    def _after(self, item: str) -> Iterator[AfterRef]:
        """What an examination by another than the holder was made of: the chain that was named."""
        if self.asked.step not in _EXAMINING:
            return
        head = self.reader.heads([(item, self.actor)])[item, self.actor]
        holder = self._holder(item)
        if holder is None or (head is not None and self.asked.step == "sample"):
            return
        if not may_examine(self.reader, self.ledger.trust, self.actor, holder):
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

    That the parties named are parties, `made` has seen to.
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
        return trade(event)
    return Audience(said) if isinstance(said, str) else _named(reader, said, host, field)


def _named(reader: Reader, said: list[str], host: str, field: str) -> Audience:
    try:
        found = Audience.of(*(parties.read(one.strip(), host) for one in said))
    except (IdentifierError, PrivateError) as error:
        wrong(field, "party", str(error))
    for uri in found.parties:
        if reader.party(uri) is None:
            wrong(field, "party_unknown", f"{uri} was never admitted to this ledger")
    return found


def step_of(asked: StepIn) -> str:
    """The bare business step that a mandate must cover."""
    return STEPS[asked.step].biz_step


def _items(portions: Sequence[Portion]) -> tuple[str, ...]:
    return tuple(portion.item for portion in portions)
