"""What an inspector records at a counter: the event, which says of one holder and one lot.

It is an inspection (CBV's `inspecting`) of the office's own: it examines, so it begins a chain of
the office's about the lot, and neither gives nor takes any of it. What the inspector found stands
in `suyuan:found`, never in the event's quantity, which is the holder's to state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.steps import INSPECTED, Portion
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.recording import hiding
from suyuan.trace.recording.papers import MEMBER, Paper, member

FOUND = "suyuan:found"
OUTCOMES = "suyuan:outcomes"
RESULT = "suyuan:result"
NOTE = "suyuan:note"

UNFIT = ("spoiled", "expired")
OBJECTIONS = ("quantity", "no-label", "wrong-label", "storage", "papers", "stopped")
ALL = (*UNFIT, *OBJECTIONS)
UNITS = ("KGM", "LTR", "MTR", "C62")
MAX_NOTE, MAX_PHOTOS = 1_000, 4


class CounterError(LedgerError):
    """Something that is not as an inspection has it; `field` says what."""

    def __init__(self, field: str, why: object) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found at a holder's counter of a lot, and how much; all is right if no outcome."""

    item: str
    holder: str
    outcomes: Sequence[str] = ()
    found: tuple[Decimal, str] | None = None
    note: str = ""
    photos: Sequence[Paper] = ()


def result(outcomes: Sequence[str]) -> str:
    """`pass`, `objection`, or `unfit` where it is not to be eaten."""
    if any(outcome in UNFIT for outcome in outcomes):
        return "unfit"
    return "objection" if outcomes else "pass"


def event(inspection: Inspection, when: datetime, zone: ZoneInfo) -> Object:
    """The event of an inspection, nothing hidden yet; CounterError for what it cannot say."""
    for outcome in inspection.outcomes:
        if outcome not in ALL:
            raise CounterError(
                "outcomes", msg("%s is no outcome: %s are", repr(outcome[:40]), ", ".join(ALL))
            )
    if "quantity" in inspection.outcomes and inspection.found is None:
        raise CounterError("found", msg("say how much was found, where the quantity differs"))
    if len(inspection.note) > MAX_NOTE or any(ord(c) < 32 and c != "\n" for c in inspection.note):
        raise CounterError(
            "note", msg("a note has at most %s characters, no control ones", f"{MAX_NOTE:,}")
        )
    if len(inspection.photos) > MAX_PHOTOS:
        raise CounterError("photos", msg("at most %s photographs", MAX_PHOTOS))
    extra: Object = {INSPECTED: inspection.holder, RESULT: result(inspection.outcomes)}
    if inspection.outcomes:
        extra[OUTCOMES] = [outcome for outcome in ALL if outcome in inspection.outcomes]
    if inspection.found is not None:
        value, unit = inspection.found
        if unit not in UNITS:
            raise CounterError(
                "found", msg("%s is no unit: %s are", repr(unit[:10]), ", ".join(UNITS))
            )
        if not value.is_finite() or value < 0 or value >= 10**9:
            raise CounterError("found", msg("so much as was found is a number from 0, under 10⁹"))
        extra[FOUND] = {"value": f"{value.normalize():f}", "unit": unit}
    if inspection.photos:
        extra[MEMBER] = [member(paper, "photo") for paper in inspection.photos]
    if inspection.note:
        extra[NOTE] = inspection.note
    return steps.event(
        step_of("tests").name, when, [Portion(inspection.item)], extra=extra, zone=zone
    )


def concealed(body: Object, actor: str) -> tuple[Object, list[Kept]]:
    """The event without its note, and the disclosure of it: for the office, and the holder."""
    if NOTE not in body:
        return body, []
    return hiding.conceal(body, actor, {NOTE: Audience.of(str(body[INSPECTED]))})
