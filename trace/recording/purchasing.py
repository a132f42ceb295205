"""A purchase that no supplier pushed: entered by its buyer, at whom the chain begins.

It is one receipt that names no dispatch, with what the measures ask for. Contacts are hidden; of a
supplier without a business number, who is a person, name and address too.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.identifiers.parties import uscc_uri
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object, text_in
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.private.audience import OWN
from suyuan.trace.format.steps import SHANGHAI, SUPPLIER, Portion
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.handover.duties import PURCHASED
from suyuan.trace.lineage.joins import bought
from suyuan.trace.lineage.lots import MasterData
from suyuan.trace.store.files import media
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.reader import Reader

from . import papers
from .hiding import conceal
from .imports import values
from .imports.batches import RowProblem
from .imports.cells import CellError, line
from .papers import Paper
from .record_step import require_epcis

PROOF = "suyuan:proof"
MAX_PROOF = 8 << 20
LATEST = 200
"""How many of a party's newest receipts are looked through for purchases."""

_TEXT = 400
_SKEW = timedelta(minutes=5)
T = TypeVar("T")


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
    """What was bought, and from whom; `missing` says what is not known.

    `proof` is the content of the proof of conformity; `bought` the day of the purchase. `papers`
    are files with what each is; private ones are for the buyer and inspectors alone.
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
    papers: Sequence[tuple[Paper, str]] = ()

    def missing(self) -> list[Message]:
        """What the measures ask for and this purchase does not say, in their order."""
        members = (
            (msg("specification"), self.spec),
            (msg("production date or lot"), self.produced or self.lot),
            (msg("shelf life"), self.shelf_life_days),
            (msg("proof of conformity"), self.proof or self._certificate()),
            (msg("producer"), self.producer),
            (msg("supplier's USCC"), self.supplier.uscc),
            (msg("supplier's address"), self.supplier.address),
            (msg("supplier's contact"), self.supplier.contact),
        )
        return [name for name, value in members if value is None]

    def _certificate(self) -> Paper | None:
        return next((paper for paper, kind in self.papers if kind == "certificate"), None)


def enter(
    purchase: Purchase,
    actor: str,
    now: datetime,
    *,
    when: datetime | None = None,
    zone: ZoneInfo = SHANGHAI,
) -> tuple[Object, list[Kept]]:
    """The event that enters an actor's purchase, and the disclosures of what it hides.

    `when` is when the goods came, by default now. Raises PurchaseError for a purchase that cannot
    be entered.
    """
    came = when or now
    _check(purchase, came, now, zone)
    event = steps.event(
        step_of("receives").name,
        came,
        [purchase.portion],
        place=purchase.place,
        extra=_extra(purchase),
        zone=zone,
    )
    hidden = [n for n, (paper, _kind) in enumerate(purchase.papers) if paper.is_private]
    event, disclosures = conceal(event, actor, {papers.salt_pointer(n): OWN for n in hidden})
    require_epcis(event)
    return event, disclosures


def _extra(purchase: Purchase) -> Object:
    extra: Object = {
        "suyuan:product": purchase.name,
        "suyuan:spec": purchase.spec,
        "suyuan:productionDate": None if purchase.produced is None else str(purchase.produced),
        "suyuan:lot": purchase.lot,
        "suyuan:shelfLifeDays": purchase.shelf_life_days,
        "suyuan:producer": purchase.producer,
        PURCHASED: purchase.bought.isoformat(),
        SUPPLIER: _present(asdict(purchase.supplier)),
        PROOF: None if purchase.proof is None else _file(purchase.proof),
        papers.MEMBER: [papers.member(*paper) for paper in purchase.papers] or None,
    }
    return _present(extra)


def _present(members: Mapping[str, object]) -> Object:
    return {name: value for name, value in members.items() if value is not None}


def _file(data: bytes) -> Object:
    kind = media.kind(data)
    if kind is None:
        raise PurchaseError("the proof of conformity is no PDF, JPEG, PNG or WebP")
    if len(data) > MAX_PROOF:
        raise PurchaseError("the proof of conformity is over %s MiB", MAX_PROOF >> 20)
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "type": kind}


def _check(purchase: Purchase, came: datetime, now: datetime, zone: ZoneInfo) -> None:
    today = now.astimezone(zone).date()
    if came > now + _SKEW:
        raise PurchaseError("the time %s lies in the future", came.isoformat())
    for day in (purchase.bought, purchase.produced):
        if day is not None and day > today:
            raise PurchaseError("the date %s lies in the future", day)
    if purchase.produced is not None and purchase.produced > purchase.bought:
        raise PurchaseError("it was produced on %s, after it was bought", purchase.produced)
    if purchase.portion.quantity is None or purchase.portion.quantity <= 0:
        raise PurchaseError("say how much was bought, more than 0")
    if purchase.shelf_life_days is not None and not 0 <= purchase.shelf_life_days <= 36_500:
        raise PurchaseError("a shelf life has 0 to 36,500 days")
    _check_texts(purchase)


def _check_texts(purchase: Purchase) -> None:
    supplier = purchase.supplier
    for name, text in (
        (msg("name"), purchase.name), (msg("supplier's name"), supplier.name),
        (msg("specification"), purchase.spec), (msg("lot"), purchase.lot),
        (msg("producer"), purchase.producer), (msg("supplier's address"), supplier.address),
        (msg("supplier's contact"), supplier.contact),
    ):  # fmt: skip
        if text is None:
            continue
        if not text.strip():
            raise PurchaseError("%s: it is empty", name)
        if len(text) > _TEXT:
            raise PurchaseError("%s: it has over %s characters", name, _TEXT)
    if supplier.uscc is not None:
        uscc_uri(supplier.uscc)  # a person's identity number has no place here, and is none


@dataclass(frozen=True, slots=True)
class PurchaseForm:
    """A purchase as it was typed: texts, the unit in a word, days as 2026-11-24 or empty."""

    product: str
    quantity: str
    unit: str
    supplier: str
    spec: str = ""
    produced: str = ""
    lot: str = ""
    shelf_life: str = ""
    producer: str = ""
    uscc: str = ""
    address: str = ""
    contact: str = ""
    bought: str = ""


class PurchaseProblems(LedgerError):
    """What is wrong with the values of a form, each with its field."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def read(form: PurchaseForm, item: str, today: date, **more: Any) -> Purchase:
    """The purchase that a form says, of an item; PurchaseProblems for all values that are wrong."""
    problems: list[RowProblem] = []

    def value(field: str, reads: Callable[[str], T]) -> T | None:
        typed: str = getattr(form, field)
        if not typed.strip():
            return None
        try:
            return reads(typed)
        except CellError as error:
            problems.append(RowProblem(1, field, error.what, error.fix))
        except IdentifierError as error:
            problems.append(RowProblem(1, field, error.message, msg("look at it again")))
        return None

    def day(typed: str) -> date:
        return date.fromisoformat(values.day(typed, today))

    texts = {name: value(name, _text) for name in _TEXTS}
    needed = {"product": msg("say what it is"), "quantity": msg("say how much"),
              "supplier": msg("say of whom")}  # fmt: skip
    for field, fix in needed.items():
        if not getattr(form, field).strip():
            problems.append(RowProblem(1, field, msg("it is empty"), fix))
    amount = value("quantity", lambda typed: _amount(typed, form.unit))
    made, came = value("produced", day), value("bought", day) or today
    if made is not None and made > came:
        why = msg("it was produced on %(day)s, after it was bought", day=str(made))
        problems.append(RowProblem(1, "produced", why, msg("look at it again")))
    days, uscc = value("shelf_life", values.days), value("uscc", uscc_uri)
    if problems or amount is None:
        raise PurchaseProblems(problems)
    number = None if uscc is None else uscc.rsplit(":", 1)[1]
    supplier = Supplier(texts["supplier"] or "", number, texts["address"], texts["contact"])
    return Purchase(
        portion=Portion(item, *amount),
        name=texts["product"] or "",
        bought=came,
        supplier=supplier,
        spec=texts["spec"],
        produced=made,
        lot=texts["lot"],
        shelf_life_days=days,
        producer=texts["producer"],
        **more,
    )


_TEXTS = ("product", "supplier", "spec", "lot", "producer", "address", "contact")


def _text(typed: str) -> str:
    return line(typed, _TEXT)


def _amount(typed: str, unit: str) -> tuple[Decimal, str]:
    number, word = values.amount(typed)
    return values.measured(number, word or unit)


def earlier(
    reader: Reader, actor: str, body_of: Callable[[Link], Object], most: int
) -> Iterator[PurchaseForm]:
    """What an actor bought last, newest first: forms without amounts and days.

    `body_of` a link is its event with what may be read of its hidden fields.
    """
    wanted = own_records.Wanted(actor, step=step_of("receives").name)
    records, _after = own_records.page(reader, wanted, LATEST)
    for record in records:
        is_of_party = ":" in (record.counterparty or "")
        link = None if is_of_party or record.voided else reader.parsed(record.index)
        if link is None or link.event is None or bought(link.event) is None:
            continue
        if (most := most - 1) < 0:
            return
        data, seller = MasterData.of(bought(link.event)), body_of(link).get(SUPPLIER)
        known = seller if isinstance(seller, dict) else {}
        quantity = record.quantity
        yield PurchaseForm(
            product=data.product or "",
            quantity="",
            unit="" if quantity is None else quantity.uom or "H87",
            supplier=text_in(known, "name") or "",
            spec=data.spec or "",
            shelf_life="" if data.shelf_life_days is None else str(data.shelf_life_days),
            producer=text_in(link.event, "suyuan:producer") or "",
            uscc=text_in(known, "uscc") or "",
            address=text_in(known, "address") or "",
            contact=text_in(known, "contact") or "",
        )
