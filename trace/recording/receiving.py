"""Receiving: the reply to a slip, signed and appended; and a purchase that no supplier pushed.

A purchase is entered by its buyer, at whom the chain begins: one receipt that names no dispatch,
with what the measures ask for. Contacts are hidden; of a supplier without a business number, who
is a person, name and address too.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.parties import uscc_uri
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.steps import SHANGHAI, SUPPLIER, Portion
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.handover.duties import PURCHASED
from suyuan.trace.goods.handover.reply import Reply, fitting, reply_to
from suyuan.trace.goods.handover.slips import Slip, slip_for
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.files import media

from .hiding import conceal
from .record_step import require_epcis

PROOF = "suyuan:proof"
MAX_PROOF = 8 << 20
_TEXT = 400
_SKEW = timedelta(minutes=5)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was replied: the slip, the events that were signed, and their receipts."""

    slip: Slip
    events: tuple[Object, ...]
    receipts: tuple[Receipt, ...]


def confirm(ledger: Ledger, pen: Pen, index: int, reply: Reply, zone: ZoneInfo) -> Confirmed:
    """Reply to the dispatch or refusal at `index` for the pen's actor, in one transaction.

    Raises ConfirmError for a reply that cannot be given so, and where another device of the actor
    was quicker; Refused where the ledger refuses it.
    """
    for attempt in range(_TRIES):
        ledger.followers.catch_up()
        pen.forget()
        with ledger.reading() as reader:
            items = slip_for(reader, pen.actor, index, is_rest=reply.is_rest).items
        # Heads first, then what is open: what another device answers from here on moves a head.
        pen.know([Draft(items=tuple(sorted(items)))])
        ledger.followers.catch_up()
        with ledger.reading() as reader:
            slip, events = reply_to(reader, pen.actor, index, reply, now=ledger.now(), zone=zone)
        drafts = fitting(events, AfterRef(slip.index, slip.hash), pen)
        outcomes = ledger.append_all([pen.sign(draft) for draft in drafts])
        refused = next((outcome for outcome in outcomes if isinstance(outcome, Refused)), None)
        if refused is None:
            receipts = tuple(outcome for outcome in outcomes if isinstance(outcome, Receipt))
            return Confirmed(slip, tuple(draft.event or {} for draft in drafts), receipts)
        if refused.rule is not Rule.CHAIN or attempt == _TRIES - 1:
            raise refused
    raise AssertionError


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
        members = (
            ("specification", self.spec),
            ("production date or lot", self.produced or self.lot),
            ("shelf life", self.shelf_life_days),
            ("proof of conformity", self.proof),
            ("producer", self.producer),
            ("supplier's USCC", self.supplier.uscc),
            ("supplier's address", self.supplier.address),
            ("supplier's contact", self.supplier.contact),
        )
        return [name for name, value in members if value is None]


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
    event, disclosures = conceal(event, actor, {})
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
