"""Food steps, and the EPCIS events that our own tools make of them (section 6 of the format)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .errors import LedgerError
from .members import Object
from .vocabulary import STEPS, Step

SHANGHAI = ZoneInfo("Asia/Shanghai")
OWN = "urn:suyuan:step:"
SUPPLIER = "suyuan:supplier"  # of a purchase that no supplier pushed: who it was bought from
INSPECTED = "suyuan:inspected"  # of an inspection: the party at whose counter it was
INSPECTORS = "suyuan:inspectors"  # of an inspection: the persons of the office who made it
MAX_DIGITS, MAX_INSPECTORS = 15, 2


def at_whom(event: Object | None) -> list[str]:
    """The party at whose counter an inspection was, if it names one."""
    party = (event or {}).get(INSPECTED)
    return [party] if isinstance(party, str) else []


def inspectors_of(event: Object | None) -> list[str]:
    """The persons whom an inspection names as its makers; a further one is not read."""
    named = (event or {}).get(INSPECTORS)
    persons = named[:MAX_INSPECTORS] if isinstance(named, list) and at_whom(event) else []
    return list(dict.fromkeys(uri for uri in persons if isinstance(uri, str)))


@dataclass(frozen=True, slots=True)
class Portion:
    """An amount of an item; without a quantity, the item as a whole (a piece, a logistic unit)."""

    item: str
    quantity: Decimal | None = None
    uom: str | None = None


def number(value: Decimal) -> int | float:
    """A quantity as the JSON number that has its digits; LedgerError beyond 15 of them."""
    if not value.is_finite():
        raise LedgerError("quantity %s is no number", value)
    if not value:
        return 0
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")  # normalize() would round
    if len(digits) > MAX_DIGITS or abs(value.adjusted()) >= MAX_DIGITS:
        raise LedgerError("quantity %s has more than %s digits", value, MAX_DIGITS)
    return int(value) if value == value.to_integral_value() else float(value)


def event(
    step: str,
    when: datetime,
    portions: Sequence[Portion] = (),
    *,
    inputs: Sequence[Portion] = (),
    parent: str | None = None,
    place: str | None = None,
    sender: str | None = None,
    recipient: str | None = None,
    notes: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
    event_id: str | None = None,
    zone: ZoneInfo = SHANGHAI,
) -> Object:
    """The EPCIS event of a step.

    `portions` are its items, a transformation's outputs, or what is packed into or taken out of
    `parent`; `inputs` a transformation's inputs; `sender` and `recipient` the owning parties of
    a dispatch; `notes` its delivery notes. `extra` is added as it is: with a `transformationID` in
    it a transformation's event may have outputs alone. Raises LedgerError for an unknown step,
    or parts that do not fit it.
    """
    known = STEPS.get(step)
    if known is None:
        raise LedgerError("no step %s: one of %s", repr(step), ", ".join(STEPS))
    if when.tzinfo is None:
        raise LedgerError("%s has no zone: a moment is told with its offset", when)
    local = when.astimezone(zone)
    offset = _offset(local.utcoffset())
    record: Object = {
        "type": known.type,
        "eventID": event_id or f"urn:uuid:{uuid.uuid4()}",
        "eventTime": local.strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{local.microsecond // 1000:03d}{offset}",
        "eventTimeZoneOffset": offset,
    } | known.event
    if (
        known.type == "TransformationEvent"
        and not inputs
        and "transformationID" not in (extra or {})
    ):
        raise LedgerError("step %s needs inputs", step)
    record |= _item_lists(known, portions, inputs, parent)
    if place is not None:
        record["readPoint"] = {"id": place}
        record["bizLocation"] = {"id": place}
    if sender is not None:
        record["sourceList"] = [{"type": "owning_party", "source": sender}]
    if recipient is not None:
        record["destinationList"] = [{"type": "owning_party", "destination": recipient}]
    if notes:
        record["bizTransactionList"] = [{"type": "desadv", "bizTransaction": n} for n in notes]
    return record | dict(extra or {})


def _item_lists(
    step: Step, portions: Sequence[Portion], inputs: Sequence[Portion], parent: str | None
) -> Object:
    if inputs and step.type != "TransformationEvent":
        raise LedgerError("step %s has no inputs", step.name)
    if (step.type == "AggregationEvent") != (parent is not None):
        raise LedgerError(
            "step %s has no container" if parent else "step %s needs a container",
            step.name,
        )
    match step.type:
        case "TransformationEvent":
            return _lists(inputs, "inputEPCList", "inputQuantityList") | _lists(
                portions, "outputEPCList", "outputQuantityList"
            )
        case "AggregationEvent":
            return {"parentID": parent} | _lists(portions, "childEPCs", "childQuantityList")
    return _lists(portions, "epcList", "quantityList")


def _lists(portions: Sequence[Portion], epcs: str, quantities: str) -> Object:
    lists: Object = {}
    for portion in portions:
        if portion.quantity is None and ("/21/" in portion.item or "/00/" in portion.item):
            lists.setdefault(epcs, []).append(portion.item)
            continue
        element: Object = {"epcClass": portion.item}
        if portion.quantity is not None:
            element["quantity"] = number(portion.quantity)
        if portion.uom is not None:
            element["uom"] = portion.uom
        lists.setdefault(quantities, []).append(element)
    return lists


def _offset(delta: timedelta | None) -> str:
    minutes = int((delta or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def coding(
    product: str,
    produced: str | None,
    shelf_life_days: int | None,
    origin: str | None,
    *,
    product_id: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Object:
    """The `extra` of source coding: its ilmd, with our own fields."""
    ilmd: Object = {"suyuan:product": product}
    for field_name, value in (
        ("suyuan:productId", product_id),
        ("suyuan:productionDate", produced),
        ("suyuan:shelfLifeDays", shelf_life_days),
        ("suyuan:origin", origin),
    ):
        if value is not None:
            ilmd[field_name] = value
    return {"ilmd": ilmd | dict(more or {})}
