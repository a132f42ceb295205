"""A step as it was typed, read into what is recorded of it; FieldErrors for what is wrong."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import divisions, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.messages import msg
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import FORMS, Form
from suyuan.trace.goods.resolve import NEW, NotFound, find_item
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recording import papers, record_step
from suyuan.trace.recording.hiding import Concealed
from suyuan.trace.recording.papers import Paper
from suyuan.trace.recording.record_step import HIDDEN, MEMBERS, Readers, StepRecord
from suyuan.trace.recording.supplies import packages_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.mistakes import FieldError, FieldErrors, Mistakes, as_mistake, wrong
from suyuan.web.app.targets import typed_party
from suyuan.web.context import site

from .step_models import FileIn, GoodsIn, StepIn

MOST_DAYS = 36_500
_TO_WHOM = msg("say to whom it goes: a party, or the name of one that is not in the ledger")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StepDrafts:
    """What is to be signed; by URI, what new items are called, where in the form each item is."""

    drafts: list[Concealed]
    names: dict[str, str]
    fields: dict[str, str]


def draft_step(
    ledger: Ledger, reader: Reader, actor: str, form: StepIn, now: datetime
) -> StepDrafts:
    """The drafts that record a step; FieldErrors for all values that are wrong."""
    record = _Form(ledger, reader, actor, form, now).record()
    after = []
    if record.goods:
        code = form.goods[0].item.strip()
        after = record_step.examined(reader, ledger.trust, actor, record, code)
    try:
        drafts = record_step.drafts(record, actor, after)
    except LedgerError as error:
        raise FieldErrors(FieldError("step", "event", error)) from None
    fields = {portion.item: f"goods.{number}.item" for number, portion in enumerate(record.goods)}
    names = {output.item: name for name, output in record.outputs}
    fields |= {uri: f"made.{number}.product" for number, uri in enumerate(names)}
    if record.product is not None:
        names[record.goods[0].item] = record.product
    return StepDrafts(drafts, names, fields)


@dataclass(slots=True)
class _Form:
    """A step as it was typed: all of its values are read before anything is made of them."""

    ledger: Ledger
    reader: Reader
    actor: str
    form: StepIn
    now: datetime
    mistakes: Mistakes = field(default_factory=Mistakes)

    def record(self) -> StepRecord:
        form, asks, read = self.form, FORMS[self.form.step], self.mistakes.read
        container = None
        if asks.has_container:
            typed, may_be_new = form.container.strip(), asks.may_be_fresh
            container = read(self._item, typed, "container", may_be_new=may_be_new)
        goods = self._goods(asks, container)
        outputs = self._outputs() if asks.makes else []
        is_new = asks.may_be_new and bool(form.goods) and form.goods[0].item.strip() == NEW
        product = read(_product, form.product, "product") if is_new else None
        produced, shelf_life, origin = self._coding() if asks.makes or is_new else (None,) * 3
        for name in asks.needs:
            is_outside = name == "to" and form.to_name.strip()
            if not getattr(form, name).strip() and not is_outside:
                is_to = name == "to"
                read(wrong, name, "needed", _TO_WHOM if is_to else msg("this step says %s", name))
        recipient = read(self._recipient) if "to" in asks.fields else None
        to, to_name = recipient or (None, None)
        values = self._texts(key for key in MEMBERS if key in asks.fields and key != "withdrawal")
        if (days := self._typed(asks, "withdrawal", _days)) is not None:
            values["withdrawal"] = days
        temperature = self._typed(asks, "temperature", _temperature)
        values |= self._texts(name for name in HIDDEN if self._is_asked(name))
        files = [
            (paper, file.kind)
            for file in form.files
            if (paper := read(examined_file, self.ledger, file)) is not None
        ]
        place, note = read(self._place), read(self._note) or ""
        readers = self._readers()
        when = read(self._time) or self.now
        self.mistakes.raise_any()
        return StepRecord(
            form.step,
            when,
            goods,
            outputs,
            container=container,
            product=product,
            produced=produced,
            shelf_life=shelf_life,
            origin=origin,
            recipient=to,
            recipient_name=to_name,
            place=place,
            note=note,
            temperature=temperature,
            values=values,
            files=files,
            readers=readers,
        )

    def _goods(self, asks: Form, unit: str | None) -> list[Portion]:
        """The goods whose values are right; an item that is named twice is a mistake."""
        read = self.mistakes.read
        goods: list[Portion] = []
        if not self.form.goods and not asks.may_be_empty:
            read(wrong, "goods.0.item", "item_needed", "say what it was done with")
        if not asks.is_many and len(self.form.goods) > 1:
            why = "this step is recorded of one item at a time"
            read(wrong, "goods.1.item", "one_only", why)
        before = set() if unit is None else {unit}
        for number, line in enumerate(self.form.goods):
            where, typed = f"goods.{number}", line.item.strip()
            item = read(self._item, typed, f"{where}.item", may_be_new=asks.may_be_new)
            amount = self._amount_of(asks, item, where, line)
            if item is None:
                continue
            if item in before:
                read(wrong, f"{where}.item", "item_twice", f"{item} is named twice")
            before.add(item)
            if amount is not None:
                goods.append(Portion(item, *amount))
        return goods

    def _outputs(self) -> list[tuple[str, Portion]]:
        read = self.mistakes.read
        outputs: list[tuple[str, Portion]] = []
        if not self.form.made:
            read(wrong, "made.0.product", "made_needed", "say what came of it")
        for number, line in enumerate(self.form.made):
            where = f"made.{number}"
            name = read(_product, line.product, f"{where}.product")
            amount = read(self._amount, line.quantity, line.unit, f"{where}.quantity", must=True)
            if name is not None and amount is not None:
                item = self._item(NEW, f"{where}.product", may_be_new=True)
                outputs.append((name, Portion(item, *amount)))
        return outputs

    def _typed(self, asks: Form, name: str, reads: Callable[[str, str], T]) -> T | None:
        """What was typed into a field, where the step asks for it and anything was."""
        typed: str = getattr(self.form, name)
        if name not in asks.fields or not typed.strip():
            return None
        return self.mistakes.read(reads, typed, name)

    def _texts(self, names: Iterable[str]) -> dict[str, str | int]:
        """The named fields that something was typed into."""
        texts = {name: self.mistakes.read(_plain, getattr(self.form, name), name) for name in names}
        return {name: text for name, text in texts.items() if text}

    def _is_asked(self, name: str) -> bool:
        return name != "price" or FORMS[self.form.step].is_priced

    def _readers(self) -> dict[str, Readers]:
        """Who may read what is hidden, where that is said."""
        typed = [
            (MEMBERS[name], getattr(self.form.readers, name), "readers")
            for name in HIDDEN
            if getattr(self.form, name).strip() and self._is_asked(name)
        ]
        typed += [
            (papers.salt_pointer(number), file.audience, "files")
            for number, file in enumerate(self.form.files)
            if file.salt
        ]
        readers = {
            member: self.mistakes.read(self._audience, audience, name)
            for member, audience, name in typed
            if audience is not None
        }
        return {member: audience for member, audience in readers.items() if audience is not None}

    def _audience(self, typed: str | list[str], field: str) -> Readers:
        if typed == "everyone":
            return "everyone"
        if isinstance(typed, str):
            return "sides" if typed == "sides" else Audience(typed)
        with as_mistake(field, "party", IdentifierError, PrivateError):
            host = self.ledger.trust.host
            audience = Audience.of(*(parties.read(party.strip(), host) for party in typed))
        for uri in audience.parties:
            if self.reader.party(uri) is None:
                wrong(field, "party_unknown", msg("%s was never admitted to this ledger", uri))
        return audience

    def _coding(self) -> tuple[str | None, int | None, str | None]:
        """When it was produced, how many days it keeps, and where it is from."""
        form, read = self.form, self.mistakes.read
        produced = None
        if day := form.produced.strip():
            today = self.now.astimezone(zone()).date()
            produced = read(_past_day, day, today)
        keeps = read(_days, form.shelf_life, "shelf_life") if form.shelf_life.strip() else None
        origin = read(_plain, form.origin, "origin") or None
        return produced, keeps, origin and (divisions.exact(origin) or origin)

    def _amount_of(
        self, asks: Form, item: str | None, where: str, line: GoodsIn
    ) -> tuple[Decimal | None, str | None] | None:
        """How much of an item; None where that is a mistake."""
        if asks.amount == "none":
            return None, None
        is_whole = item is not None and ("/21/" in item or "/00/" in item)
        must = asks.amount == "must" and not is_whole
        return self.mistakes.read(
            self._amount, line.quantity, line.unit, f"{where}.quantity", must=must, item=item
        )

    def _amount(
        self, typed: str, unit: str, where: str, *, must: bool, item: str | None = None
    ) -> tuple[Decimal | None, str | None]:
        if not typed.strip():
            if must:
                wrong(where, "quantity_needed", msg("say how much"))
            return None, None
        value = _decimal(typed, where)
        if value < 0 or (value == 0 and not FORMS[self.form.step].may_be_zero):
            wrong(where, "quantity_positive", msg("an amount over 0"))
        with as_mistake(where, "quantity", LedgerError):
            steps.number(value)
            return record_step.amount(str(value), unit, *self._packages(item))

    def _packages(self, item: str | None) -> tuple[str | None, Mapping[str, Decimal]]:
        """The unit of an item's product, and how much of it is in each of its packages."""
        lots = {} if item is None else Lineage(self.reader).lots([item])
        return packages_of(self.reader, lots.values()).get(str(item), (None, {}))

    def _item(self, text: str, field: str, *, may_be_new: bool) -> str:
        if not text:
            wrong(field, "item_needed", msg("say what it was done with"))
        try:
            return find_item(self.reader, self.ledger.trust, text, may_be_new=may_be_new)
        except NotFound as error:
            wrong(field, "item_unknown", error)
        except (IdentifierError, LedgerError) as error:
            wrong(field, "item", error)

    def _recipient(self) -> tuple[str | None, str | None]:
        """The party that it is sent to, or the name of one that is not in the ledger."""
        typed = self.form.to.strip()
        if not typed:
            return None, _plain(self.form.to_name, "to_name")
        return known_recipient(self.reader, self.actor, typed), None

    def _note(self) -> str:
        note = _plain(self.form.note, "note")
        if "note" not in FORMS[self.form.step].fields:
            return ""
        if len(record_step.note_uri(note)) > record_step.MAX_NOTE:
            wrong("note", "long", msg("a note's number is shorter"))
        return note

    def _place(self) -> str | None:
        place = self.form.place.strip()
        party = self.reader.party(self.actor)
        if place and (party is None or place not in party.places):
            wrong("place", "place", msg("one of the places that are registered of the party"))
        return place or None

    def _time(self) -> datetime:
        typed = self.form.time.strip()
        if not typed:
            return self.now
        try:
            moment = datetime.fromisoformat(typed)
        except ValueError:
            wrong("time", "time", msg("%s is no time: 2026-11-24T08:30", repr(typed[:40])))
        local = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone())
        with as_mistake("time", "future", LedgerError, OverflowError):
            return record_step.past(local, self.now, "the time")


def examined_file(ledger: Ledger, file: FileIn) -> Paper:
    """The file that a form names, which is kept here; FieldError at `files` where it is not."""
    salt = papers.salt_of(file.salt)
    if salt is None and file.salt:
        wrong("files", "file_gone", msg("file %s… has no good salt", file.sha256[:12]))
    data = (
        ledger.attachments.get(file.sha256)
        if salt is None
        else ledger.private_files.get(file.sha256, salt)
    )
    if data is None:
        why = msg("file %s… is not here: send it once more", file.sha256[:12])
        wrong("files", "file_gone", why)
    with as_mistake("files", "file_kind", papers.PaperError):
        return papers.examine(data, salt)


def _past_day(typed: str, today: date) -> str:
    with as_mistake("produced", "day", LedgerError):
        return record_step.past_day(typed, today, "the production date")


def _plain(typed: str, field: str) -> str:
    """One line of text, without spaces at its ends; FieldError for control characters."""
    text = typed.strip()
    if not text.isprintable():
        wrong(field, "text", msg("without line breaks and control characters"))
    return text


def _product(typed: str, field: str) -> str:
    return _plain(typed, field) or wrong(field, "product", msg("say what it is called"))


def _decimal(typed: str, field: str) -> Decimal:
    """A number as people type it, in the digits of whichever keyboard; else FieldError."""
    bare = typed.strip().replace("。", ".")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or "e" in bare.lower() or "_" in bare:
        wrong(field, "number", msg("%s is no number", repr(typed[:40])))
    return number


def _temperature(typed: str, field: str) -> Decimal:
    value = _decimal(typed, field)
    if not -273 < value < 1_000:
        wrong(field, "temperature", msg("degrees Celsius, such as -18 or 4.5"))
    return value


def _days(typed: str, field: str) -> int:
    """A number of days, 0 to MOST_DAYS; else FieldError."""
    bare = typed.strip()
    digits = bare.lstrip("0") or "0"
    if not (bare.isascii() and bare.isdigit()) or len(digits) > 9 or int(digits) > MOST_DAYS:
        wrong(field, "days", msg("a whole number of days, %s at most", MOST_DAYS))
    return int(digits)


def known_recipient(reader: Reader, actor: str, typed: str) -> str:
    """The URI of the party to which an actor sends; FieldError for one that is not admitted."""
    uri = typed_party(typed.strip(), site().host, "to")
    party = reader.party(uri)
    if party is None or not party.admitted_at(reader.size()):
        wrong("to", "party_unknown", msg("%s is not admitted to this ledger", uri))
    if uri == actor:
        wrong("to", "party_self", msg("a dispatch goes to somebody else"))
    return uri
