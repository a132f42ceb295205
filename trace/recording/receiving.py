"""Receiving: the reply to a slip, signed and appended."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.goods.handover.reply import Reply, fitting, reply_to
from suyuan.trace.goods.handover.slips import Slip, slip_for
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.receipts import Receipt

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
