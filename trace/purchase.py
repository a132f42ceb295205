"""A purchase that no supplier pushed: entered by its buyer, at whom the chain begins.

One receipt that names no dispatch, with what the measures ask for. Contacts are hidden; of a
supplier without a business number, who is a person, name and address too.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from . import media, steps
from .duties import PURCHASED
from .epcis.checking import check_event
from .errors import LedgerError
from .handover import SUPPLIER
from .identifiers.parties import uscc_uri
from .members import Object
from .private.digests import Random, hide
from .statements import PRIVATE
from .steps import SHANGHAI, Portion

PROOF = "suyuan:proof"
MAX_PROOF = 8 << 20
_TEXT = 400
_SKEW = timedelta(minutes=5)


class PurchaseError(LedgerError):
    """A purchase that cannot be entered so; the text says what and what to do."""


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who sold it; `uscc` is absent for a person, a farmer say."""

    name: str
    uscc: str | None = None
    address: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought, and from whom; `missing` says what is not told.

    `proof` is the content of the proof of conformity; `bought` the day of the purchase.
    """

    portion: Portion
    name: str
    bought: date
    supplier: Supplier
    spec: str | None = None
    produced: date | None = None
    lot: str | None = None
    shelf_life_days: int | None = None
    producer: str | None = None
    proof: bytes | None = None
    place: str | None = None

    def missing(self) -> list[str]:
        """What the measures ask for and this purchase does not say, in their order."""
        asked = (
            ("specification", self.spec),
            ("production date or lot", self.produced or self.lot),
            ("shelf life", self.shelf_life_days),
            ("proof of conformity", self.proof),
            ("producer", self.producer),
            ("supplier's USCC", self.supplier.uscc),
            ("supplier's address", self.supplier.address),
            ("supplier's contact", self.supplier.contact),
        )
        return [name for name, value in asked if value is None]


@dataclass(frozen=True, slots=True)
class Entered:
    """The event of a purchase, the disclosures of what it hides, and its attachments."""

    event: Object
    disclosures: tuple[str, ...]
    attachments: tuple[bytes, ...]


def enter(
    purchase: Purchase,
    now: datetime,
    *,
    when: datetime | None = None,
    zone: ZoneInfo = SHANGHAI,
    random: Random = secrets.token_bytes,
) -> Entered:
    """The event that enters a purchase; PurchaseError for one that cannot be entered.

    `when` is when the goods came, by default now.
    """
    came = when or now
    _check(purchase, came, now, zone)
    event = steps.event(
        "receive",
        came,
        [purchase.portion],
        place=purchase.place,
        extra=_extra(purchase),
        zone=zone,
    )
    hidden = _hidden(purchase.supplier)
    disclosures: list[str] = []
    if hidden:
        event[PRIVATE], disclosures = hide(hidden, random)
    problems = check_event(event)
    if problems:
        raise PurchaseError(
            f"the purchase is no good EPCIS: {problems[0].path}: {problems[0].what}"
        )
    attachments = () if purchase.proof is None else (purchase.proof,)
    return Entered(event, tuple(disclosures), attachments)


def _extra(purchase: Purchase) -> Object:
    supplier = purchase.supplier
    told: dict[str, str | None] = {"uscc": supplier.uscc}
    if supplier.uscc is not None:
        told |= {"name": supplier.name, "address": supplier.address}
    found: Object = {
        "suyuan:product": purchase.name,
        "suyuan:spec": purchase.spec,
        "suyuan:productionDate": None if purchase.produced is None else str(purchase.produced),
        "suyuan:lot": purchase.lot,
        "suyuan:shelfLifeDays": purchase.shelf_life_days,
        "suyuan:producer": purchase.producer,
        PURCHASED: purchase.bought.isoformat(),
        SUPPLIER: {name: value for name, value in told.items() if value is not None},
        PROOF: None if purchase.proof is None else _file(purchase.proof),
    }
    return {name: value for name, value in found.items() if value is not None}


def _hidden(supplier: Supplier) -> dict[str, object]:
    hidden = {"contact": supplier.contact}
    if supplier.uscc is None:
        hidden |= {"name": supplier.name, "address": supplier.address}
    return {f"/{SUPPLIER}/{name}": value for name, value in hidden.items() if value is not None}


def _file(data: bytes) -> Object:
    kind = media.kind(data)
    if kind is None:
        raise PurchaseError("the proof of conformity is no PDF, JPEG, PNG or WebP")
    if len(data) > MAX_PROOF:
        raise PurchaseError(f"the proof of conformity is over {MAX_PROOF >> 20} MiB")
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "type": kind}


def _check(purchase: Purchase, came: datetime, now: datetime, zone: ZoneInfo) -> None:
    today = now.astimezone(zone).date()
    if came > now + _SKEW:
        raise PurchaseError(f"the time {came.isoformat()} lies in the future")
    for what, day in (("purchase", purchase.bought), ("production", purchase.produced)):
        if day is not None and day > today:
            raise PurchaseError(f"the {what} date {day} lies in the future")
    if purchase.produced is not None and purchase.produced > purchase.bought:
        raise PurchaseError(f"it was produced on {purchase.produced}, after it was bought")
    if purchase.portion.quantity is None or purchase.portion.quantity <= 0:
        raise PurchaseError("say how much was bought, more than 0")
    if purchase.shelf_life_days is not None and not 0 <= purchase.shelf_life_days <= 36_500:
        raise PurchaseError("a shelf life has 0 to 36,500 days")
    _check_texts(purchase)


def _check_texts(purchase: Purchase) -> None:
    supplier = purchase.supplier
    for what, text in (
        ("name", purchase.name), ("supplier's name", supplier.name),
        ("specification", purchase.spec), ("lot", purchase.lot), ("producer", purchase.producer),
        ("supplier's address", supplier.address), ("supplier's contact", supplier.contact),
    ):  # fmt: skip
        if text is None:
            continue
        if not text.strip():
            raise PurchaseError(f"the {what} is empty")
        if len(text) > _TEXT:
            raise PurchaseError(f"the {what} has over {_TEXT} characters")
    if supplier.uscc is not None:
        uscc_uri(supplier.uscc)  # a person's identity number has no place here, and is none
