"""What an inspector records at a counter: the event, which says of one holder, and of one lot.

It is an inspection (CBV's `inspecting`) of the office's own: it examines, so it begins a chain of
the office's about the lot, and neither gives nor takes any of it. What the inspector found stands
in `suyuan:found`, never in the event's quantity, which is the holder's to state. Of a shop without
a lot it is about no item, and so in the office's chain about itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from suyuan.trace.findings.basis import checks
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.steps import INSPECTED, INSPECTORS, MAX_INSPECTORS, SHANGHAI, Portion
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.recording import hiding
from suyuan.trace.recording.papers import MEMBER, SALTED, Paper, member, salt_pointer

FOUND = "suyuan:found"
OUTCOMES = "suyuan:outcomes"
RESULT = "suyuan:result"
NOTE, PERSON = "suyuan:note", "suyuan:person"
CHECKS = "suyuan:checks"
KIND = "suyuan:inspection"
UNSIGNED = "suyuan:unsigned"  # where nobody of the shop signed

UNFIT = ("spoiled", "expired")
OBJECTIONS = ("quantity", "no-label", "wrong-label", "storage", "papers", "stopped")
ALL = (*UNFIT, *OBJECTIONS)
UNITS = ("KGM", "LTR", "MTR", "C62")
ANSWERS = ("pass", "fail", "none")  # of a check; the last where it does not apply
THOROUGH = "thorough"
KINDS = ("regular", "unannounced", THOROUGH)
MAX_NOTE, MAX_PHOTOS = 1_000, 4


class CounterError(LedgerError):
    """Something that is not as an inspection has it; `field` says what."""

    def __init__(self, field: str, why: object) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found at a holder's counter, of a lot if `item` is one, and how much.

    All is right if there is no outcome and no check failed. `checks` are answers by the name of
    the check, `inspectors` the two persons and `names` theirs, `signature` the picture of that of
    somebody of the shop.
    """

    item: str | None
    holder: str
    outcomes: Sequence[str] = ()
    found: tuple[Decimal, str] | None = None
    note: str = ""
    photos: Sequence[Paper] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    inspectors: Sequence[str] = ()
    names: str = ""
    signature: Paper | None = None
    is_unsigned: bool = False
    kind: str | None = None


def kind_of(event: Object) -> str:
    """The kind of an inspection that was recorded: thorough by the whole checklist alone."""
    stated, listed = event.get(KIND), event.get(CHECKS)
    rows = listed if isinstance(listed, list) else []
    answered = [row.get("check") for row in rows if isinstance(row, dict)]
    if stated == THOROUGH and any(check.name not in answered for check in checks()):
        return KINDS[0]
    return stated if isinstance(stated, str) and stated in KINDS else KINDS[0]


def result(outcomes: Sequence[str], answers: Mapping[str, str]) -> str:
    """`pass`, `objection`, or `unfit` where it is not to be eaten."""
    if any(outcome in UNFIT for outcome in outcomes):
        return "unfit"
    return "objection" if outcomes or "fail" in answers.values() else "pass"


def event(inspection: Inspection, when: datetime, zone: ZoneInfo = SHANGHAI) -> Object:
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
    listed = {check.name: inspection.checks.get(check.name) for check in checks()}
    answers = {name: answer for name, answer in listed.items() if answer is not None}
    if len(answers) < len(inspection.checks) or not set(answers.values()) <= set(ANSWERS):
        raise CounterError("checks", msg("one of %s for each item of the list", ", ".join(ANSWERS)))
    if inspection.kind == THOROUGH and len(answers) < len(listed):
        raise CounterError("checks", msg("a thorough inspection answers each item of the list"))
    if inspection.item is None:
        _require_shop(inspection)
    extra: Object = {
        INSPECTED: inspection.holder,
        RESULT: result(inspection.outcomes, answers),
    }
    if inspection.kind is not None:
        extra[KIND] = inspection.kind
    if inspection.inspectors:
        extra[INSPECTORS] = list(inspection.inspectors)
    if answers:
        extra[CHECKS] = [{"check": name, "result": answer} for name, answer in answers.items()]
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
    files = [member(paper, "photo") for paper in inspection.photos]
    if inspection.signature is not None:
        files.append(member(inspection.signature, "signature"))
    if files:
        extra[MEMBER] = files
    if inspection.is_unsigned:
        extra[UNSIGNED] = True
    extra |= {NOTE: inspection.note} if inspection.note else {}
    extra |= {PERSON: inspection.names} if inspection.names else {}
    lot = [Portion(inspection.item)] if inspection.item is not None else []
    extra |= {} if lot else {"epcList": []}
    return steps.event(step_of("tests").name, when, lot, extra=extra, zone=zone)


def _require_shop(inspection: Inspection) -> None:
    """What an inspection of a shop has, that of a lot may have."""
    if not inspection.checks:
        raise CounterError("checks", msg("answer at least one item of the list"))
    if (inspection.signature is None) != inspection.is_unsigned:
        why = msg("somebody of the shop signs, or it is said that nobody does")
        raise CounterError("signature", why)
    if inspection.is_unsigned and not inspection.note:
        raise CounterError("note", msg("say in the note why nobody of the shop signs"))


def require_inspectors(inspectors: Sequence[str], signer: str, office: Sequence[str]) -> None:
    """Raise CounterError unless these are two of an office's persons, if it has any.

    The one who signs is among them, where a person signs.
    """
    if not inspectors and not office:
        return
    if len(set(inspectors)) != MAX_INSPECTORS or not set(inspectors) <= set(office):
        raise CounterError("inspectors", msg("name two inspectors of the office"))
    if signer in office and signer not in inspectors:
        raise CounterError("inspectors", msg("who signs is one of the two inspectors"))


def concealed(body: Object, actor: str) -> tuple[Object, list[Kept]]:
    """The event without its note, names, and what opens its private files, and their disclosures.

    They are for the office, and the holder.
    """
    files = enumerate(body.get(MEMBER, ()))
    hidden = [salt_pointer(number) for number, file in files if SALTED in file]
    hidden += [f"/{name}" for name in (NOTE, PERSON) if name in body]
    audience = Audience.of(str(body[INSPECTED]))
    return hiding.conceal(body, actor, dict.fromkeys(hidden, audience)) if hidden else (body, [])
