"""Correcting and retracting a record (section 6 of the format, "Correction").

The same for commands, API and pages: the right event under an eventID of its own, then the wrong
one again, declared an error. A form has what may be put right of an event by name, as it stands.
What is coded, and what an answer is about and to whom, stay.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object, objects_in, text_in
from suyuan.trace.format.messages import msg
from suyuan.trace.format.quantities import decimal, decimal_text, exact
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import FORMS, Step, step_named
from suyuan.trace.lineage.joins import RECEIVING
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from . import record_step
from .bulk import draft_of

_LISTS = ("quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList")
_OF_LIST, _OF_SECOND = ("epcClass", "quantity", "uom"), ("item", "value", "unit")
_SECOND, _DIFFERENCE = "suyuan:quantities", "suyuan:difference"
# Where the values of a form stand in an event, by name; of what is coded in its master data.
_MASTER = {
    "product": "suyuan:product",
    "spec": "suyuan:spec",
    "category": "suyuan:category",
    "produced": "suyuan:productionDate",
    "shelf_life": "suyuan:shelfLifeDays",
    "origin": "suyuan:origin",
    "lot": "suyuan:lot",
}
_MEMBERS = {name: record_step.MEMBERS[name] for name in
            ("substance", "dose", "withdrawal", "certificate", "result", "reason")}  # fmt: skip
_PARTNERS = {"supplier": SUPPLIER, "to_name": "suyuan:recipient"}
_OF_PRODUCT = frozenset(("product", "spec", "category"))
_DAYS = frozenset(("shelf_life", "withdrawal"))
MOST_DAYS, MOST_TEXT = 36_500, 400


class CorrectionError(LedgerError):
    """A value that a correction cannot take; `field` is its name in the form."""

    def __init__(self, why: object, *places: object, field: str) -> None:
        super().__init__(why, *places)
        self.field = field


class Line(Form):
    """An amount as it stands."""

    key: str = described("Its place in the event")
    item: str
    quantity: str
    unit: str
    is_coded: bool = described("Whether its unit may be changed")
    is_free: bool = described("Whether it may have been another of one's lots")


class Correctable(Form):
    """What may be put right of a record, as it stands."""

    step: str | None
    time: str = described("In the ledger's zone, to the minute")
    lines: list[Line]
    values: dict[str, str] = described("Texts by name, empty for what is not there")
    to: str | None = described("The party that it was sent to, where that may have been another")


def own_event(reader: Reader, actor: str, index: int) -> Link:
    """The link at an index, which carries an event of this actor; LedgerError for any other."""
    # A database takes no number as large as one may type.
    link = reader.parsed(index) if 0 <= index < reader.size() else None
    if link is None or link.event is None or link.actor != actor:
        raise LedgerError("index %s is no event of %s: only its own can be corrected", index, actor)
    if "errorDeclaration" in link.event:
        raise LedgerError("index %s is an error declaration itself", index)
    return link


def declaration(link: Link, corrective: str | None, now: datetime) -> Draft:
    """A link's event again, under its own eventID, declared an error.

    `corrective` is the eventID of what is right instead; None where it did not occur.
    """
    declared: Object = {
        "declarationTime": now.astimezone(zone()).isoformat(timespec="milliseconds"),
        "reason": "did_not_occur" if corrective is None else "incorrect_data",
    }
    if corrective is not None:
        declared["correctiveEventIDs"] = [corrective]
    return Draft(event=(link.event or {}) | {"errorDeclaration": declared}, document=link.document)


def correctable(link: Link) -> Correctable:
    """What may be put right of a link's event, as it stands there."""
    event = link.event or {}
    step = _step(event)
    values = {
        name: str(place.get(member, "")) for name, (place, member) in _places(event, step).items()
    }
    if "note" in values:
        values["note"] = unquote(values["note"].removeprefix(record_step.NOTE))
    place = event.get("bizLocation")
    values["place"] = (text_in(place, "id") or "") if isinstance(place, dict) else ""
    time = datetime.fromisoformat(str(event["eventTime"])).astimezone(zone())
    name = None if step is None else step.name
    # What answers another's record is about the same goods as that, and goes to its actor.
    lines, to = _lines(event, may_be_free=not link.after), _recipients(event)
    free_to = text_in(to[0], "destination") if to and not link.after else None
    return Correctable(name, time.strftime("%Y-%m-%dT%H:%M"), lines, values, free_to)


def lots_of(reader: Reader, actor: str) -> list[str]:
    """The lots that a record of a party may have been about: those that it has, without pieces."""
    stocks = (stock.item for stock in Lineage(reader).stock_of(actor) if not stock.is_reported)
    return sorted({item for item in stocks if "/21/" not in item and "/00/" not in item})


def _recipients(event: Object) -> list[Object]:
    ends = objects_in(event, "destinationList")
    return [end for end in ends if str(end.get("type")).endswith("owning_party")]


def _step(event: Object) -> Step | None:
    return step_named(text_in(event, "bizStep") or "", text_in(event, "disposition") or "")


def _lines(event: Object, *, may_be_free: bool) -> list[Line]:
    lines = []
    moved = {"inputQuantityList"} | ({"quantityList"} if event.get("action") != "ADD" else set())
    for name in (*_LISTS, _SECOND):
        is_coded = name != _SECOND
        item, amount, unit = _OF_LIST if is_coded else _OF_SECOND
        for number, part in enumerate(objects_in(event, name)):
            value, uri = decimal(part.get(amount)), canonical(text_in(part, item) or "")
            is_meant = is_coded or part.get("kind") == "count"  # 38 crates, beside the weight
            if value is not None and uri is not None and is_meant:
                uom = text_in(part, unit) or ("-" if is_coded else "")
                is_free = may_be_free and name in moved
                key = f"{name}.{number}"
                lines.append(Line(key, uri, decimal_text(value), uom, is_coded, is_free))
    return lines


def _places(event: Object, step: Step | None) -> dict[str, tuple[Object, str]]:
    """Where each value of a form stands, or would stand, in an event."""
    places: dict[str, tuple[Object, str]] = {}
    form = None if step is None else FORMS.get(step.name)
    asked = () if form is None else form.fields
    master = event.get("ilmd")
    if not isinstance(master, dict) and isinstance(event.get(SUPPLIER), dict):
        master = event  # a purchase says itself what was bought
    if isinstance(master, dict):
        is_ours = "suyuan:product" in master
        places |= {
            name: (master, member)
            for name, member in _MASTER.items()
            if (is_ours and name != "lot") or member in master
        }
        if "suyuan:productId" in master:  # what that product is called, its statement says
            places = {name: place for name, place in places.items() if name not in _OF_PRODUCT}
    places |= {
        name: (event, member)
        for name, member in _MEMBERS.items()
        if name in asked or member in event
    }
    for name, member in _PARTNERS.items():
        partner = event.get(member)
        if isinstance(partner, dict) and isinstance(partner.get("name"), str):
            places[name] = partner, "name"
    if (report := _temperature(event)) is not None:
        places["temperature"] = report, "value"
    if (note := _note(event)) is not None:
        places["note"] = note, "bizTransaction"
    return places


def _temperature(event: Object) -> Object | None:
    for element in objects_in(event, "sensorElementList"):
        for report in objects_in(element, "sensorReport"):
            if report.get("type") == "Temperature" and report.get("uom") == "CEL":
                return report
    return None


def _note(event: Object) -> Object | None:
    notes = objects_in(event, "bizTransactionList")
    own = (note for note in notes if str(note.get("bizTransaction")).startswith(record_step.NOTE))
    return next(own, None)


def corrected(
    link: Link,
    *,
    time: str = "",
    amounts: Mapping[str, tuple[str, str]] | None = None,
    values: Mapping[str, str] | None = None,
    items: Mapping[str, str] | None = None,
    lots: Collection[str] = (),
    to: str = "",
    places: Sequence[str] = (),
    now: datetime,
) -> list[Draft]:
    """The drafts that put a record right: the right event, and the wrong one declared an error.

    `amounts` by the keys of its lines, with their units, and `items` of those that were other lots,
    of the actor's `lots`; `values` by name; `to` the party that it was sent to; what is not given
    stays. `places` are the actor's. Raises CorrectionError for a value, LedgerError where nothing
    changes.
    """
    if link.is_received:
        raise LedgerError("what a document reports is retracted, and the right one imported")
    event = deepcopy(link.event or {})
    before = correctable(link)
    step = _step(event)
    form = None if step is None else step.form
    for line in before.lines:
        typed, unit = (amounts or {}).get(line.key, (line.quantity, line.unit))
        if (typed.strip(), unit) != (line.quantity, line.unit):
            may_be_zero = form is not None and form.may_be_zero
            _put_amount(event, line, typed, unit, may_be_zero=may_be_zero)
        if (item := (items or {}).get(line.key, line.item)) != line.item:
            _put_item(event, line, item, lots)
    if to and to != before.to:
        if before.to is None:
            raise CorrectionError("whom this was for cannot be changed: retract it", field="to")
        for end in _recipients(event)[:1]:
            end["destination"] = to
    if link.after and event.get("bizStep") in RECEIVING:
        _adjust_difference(event, link.event or {})
    known = _places(event, step)
    for name, text in (values or {}).items():
        if name == "place" and text.strip() != before.values["place"]:
            _put_place(event, text.strip(), places)
        elif name in known and text.strip() != before.values.get(name):
            _put(*known[name], _read(name, text, now))
    if time and time != before.time:
        _put_time(event, time, now)
    if event == link.event:
        raise LedgerError("nothing was changed: there is nothing to correct")
    event["eventID"] = f"urn:uuid:{uuid.uuid4()}"
    record_step.require_epcis(event)
    right = Draft(event=event, after=draft_of(link).after)
    return [right, declaration(link, event["eventID"], now)]


def _put_amount(event: Object, line: Line, typed: str, unit: str, *, may_be_zero: bool) -> None:
    name, _, number = line.key.partition(".")
    part = objects_in(event, name)[int(number)]
    bare = typed.strip().replace("。", ".")
    try:
        value, uom = record_step.amount(bare, unit if line.is_coded else "-")
        quantity = steps.number(value or Decimal(0))
    except LedgerError as error:
        raise CorrectionError(error, field=line.key) from None
    if value is None or (not value and not may_be_zero):
        raise CorrectionError("an amount over 0: what did not happen is retracted", field=line.key)
    if not line.is_coded:
        part["value"] = decimal_text(value)
        return
    part["quantity"] = quantity
    _put(part, "uom", uom)


def _put_item(event: Object, line: Line, item: str, lots: Collection[str]) -> None:
    if not line.is_free or item not in lots:
        raise CorrectionError("choose one of the lots that you have", field=line.key)
    name, _, number = line.key.partition(".")
    objects_in(event, name)[int(number)]["epcClass"] = item
    for part in objects_in(event, _SECOND):
        if part.get("item") == line.item:
            part["item"] = item


def _adjust_difference(event: Object, wrong: Object) -> None:
    """What came less what was sent, as the amounts of a receipt are now."""
    stated = {part["item"]: part for part in objects_in(event, _DIFFERENCE) if "item" in part}
    pairs = zip(objects_in(event, "quantityList"), objects_in(wrong, "quantityList"), strict=True)
    for new, old in pairs:
        right, former = (exact(part.get("quantity"), part.get("uom")) for part in (new, old))
        if right is None or former is None or right.unit != former.unit or right == former:
            continue
        part = stated.setdefault(new["epcClass"], {"item": new["epcClass"], "unit": right.unit})
        value = decimal(part.get("value", "0")) or Decimal(0)
        part["value"] = decimal_text(value + (right.value - former.value))
    left = [part for part in stated.values() if decimal(part.get("value"))]
    _put(event, _DIFFERENCE, left or None)


def _read(name: str, text: str, now: datetime) -> Any:
    """A value of the form as an event has it; None for an empty one."""
    typed = text.strip()
    if not typed:
        if name == "product":
            raise CorrectionError("say what it is called", field=name)
        return None
    if len(typed) > MOST_TEXT or not typed.isprintable():
        raise CorrectionError("one line of text, %s characters at most", MOST_TEXT, field=name)
    try:
        if name in _DAYS:
            if not (typed.isascii() and typed.isdigit()) or int(typed[:9]) > MOST_DAYS:
                raise LedgerError("a whole number of days, %s at most", MOST_DAYS)
            return int(typed)
        if name == "produced":
            return record_step.past_day(typed, now.astimezone(zone()).date(), "the production date")
        if name == "temperature":
            return steps.number(record_step.amount(typed.lstrip("-"), "-")[0] or Decimal(0)) * (
                -1 if typed.startswith("-") else 1
            )
    except LedgerError as error:
        raise CorrectionError(error, field=name) from None
    return record_step.note_uri(typed) if name == "note" else typed


def _put(place: Object, member: str, value: Any) -> None:
    if value is None:
        place.pop(member, None)
    else:
        place[member] = value


def _put_place(event: Object, place: str, places: Sequence[str]) -> None:
    if place and place not in places:
        raise CorrectionError("one of the places that are registered of the party", field="place")
    for member in ("readPoint", "bizLocation"):
        _put(event, member, {"id": place} if place else None)


def _put_time(event: Object, typed: str, now: datetime) -> None:
    try:
        moment = datetime.fromisoformat(typed)
        local = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone())
        when = record_step.past(local, now, "the time").astimezone(zone())
    except (ValueError, OverflowError, LedgerError) as error:
        why = error if isinstance(error, LedgerError) else msg("a time as 2026-11-24T08:30")
        raise CorrectionError(why, field="time") from None
    event["eventTime"] = when.isoformat(timespec="milliseconds")
    event["eventTimeZoneOffset"] = when.strftime("%z")[:3] + ":" + when.strftime("%z")[3:]
