"""/api/v1/me/recalls: what is asked of who is signed in, and what it may sign of acts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from suyuan.keys import base64
from suyuan.trace.errors import LedgerError
from suyuan.trace.identifiers import codes
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.pen import after_member
from suyuan.trace.quantities import Quantity
from suyuan.trace.recall import course, orders
from suyuan.trace.recall.course import act_code, find_act
from suyuan.trace.recall.orders import NOT_BY_COUNTIES, Fate, Prepared
from suyuan.trace.recall.progress import part
from suyuan.trace.resolve import NotFound
from suyuan.trace.signing_time import MAX_AHEAD
from suyuan.trace.state import Act
from suyuan.trace.store.read import Reader
from suyuan.trace.times import parse

from . import session, session_guard
from .api_recalls import ActIn, DraftIn, items_of, list_of, prepared
from .context import site
from .limiting import limited
from .mistakes import Mistakes, wrong
from .problems import ProblemError
from .recall_acts import not_ones_own, require
from .recalls_mine import mine
from .recalls_mine_out import MyRecallsOut, RecallSignablesOut, acts_json
from .recalls_names import names_of
from .session import SignedIn
from .texts import Words
from .texts import Words as _l

blueprint = APIBlueprint("recalls_mine", __name__, url_prefix="/api/v1/me", tag="Holds and recalls")
# What is noted of a draft before it is signed, in the page's language.
_NOTES: Mapping[str, Words] = {
    NOT_BY_COUNTIES: _l(
        "By Order 122 of 2026 orders of recall are issued by market regulators of cities that are "
        "divided into districts, and above. Yours is below them: ask the city's before you sign."
    ),
}
_BEGINNING = ("hold.place", "recall.order")
_WITH_ITEMS = (*_BEGINNING, "recall.extend", "recall.clear")
_WITH_REASON = (*_BEGINNING, "recall.clear", "recall.withdraw")
_OLDEST = timedelta(days=3653)
_NAMED = 1_000  # items of a list whose names are told


class MyDraftIn(ActIn):
    """What one means to say of a hold or a recall, as who is signed in."""

    sure: bool = Field(
        default=False, description="To report: though it does not add up to what one is to tell of"
    )


@blueprint.get("/recalls")
@blueprint.output(MyRecallsOut)
def my_recalls() -> dict[str, Any]:
    """The holds and recalls in force that concern one, with what one is to account for."""
    who = session.require()
    now = site().ledger.now()
    site().ledger.followers.catch_up()  # what was just recorded counts
    with site().ledger.reading(patient=True) as reader:
        return acts_json(reader, mine(reader, who.uri, now), now, site().host)


@blueprint.post("/recalls/draft")
@blueprint.input(MyDraftIn, arg_name="asked")
@blueprint.output(RecallSignablesOut)
@limited("recalling", "120/minute")
def my_draft(asked: MyDraftIn) -> dict[str, Any]:
    """The links to sign, with the lists to send with each; nothing is written.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong; of a
    quantity its place, `at`. What is not one's to say is answered 403; the closing of a recall, or
    a report, that does not add up 409, with `closing` or `differences`.
    """
    session_guard.of_script()
    who = session.require()
    site().ledger.followers.catch_up()  # what was just recorded counts
    with site().ledger.reading(patient=True) as reader:
        act = _act(reader, who, asked)
        items = _checked(reader, asked, act)
        if asked.op in (*_BEGINNING, "recall.extend"):
            kind = asked.op.partition(".")[0]
            if others := not_ones_own(reader, who.uri, kind, items):
                raise ProblemError(
                    403, f"not yours to stop: {', '.join(others[:3])}", field="items"
                )
        if act is not None:
            require(reader, who.uri, asked.op, act, items)
        if asked.op == "recall.report":
            assert act is not None
            _check_report(reader, who, act, asked)
        wanted = asked.model_dump(exclude={"sure"}) | {"actor": who.uri}
        found = prepared(reader, DraftIn.model_validate(wanted))
        return _signables(reader, who, found)


def _act(reader: Reader, who: SignedIn, asked: MyDraftIn) -> Act | None:
    """The act that is spoken of; None for one to be begun."""
    if asked.op in _BEGINNING:
        return None
    if asked.act is None:
        wrong("act", "needed", f"{asked.op} needs act, the act's URI or trace code")
    try:
        return find_act(reader, site().host, asked.act, asked.op.partition(".")[0])
    except (NotFound, IdentifierError) as error:
        raise ProblemError(404, str(error), field="act") from None


def _checked(reader: Reader, asked: MyDraftIn, act: Act | None) -> list[str]:
    """The items that are named; FieldErrors for all values that are not as they should be."""
    mistakes = Mistakes()
    read, has_reason = mistakes.read, bool((asked.reason or "").strip())
    if asked.op in _WITH_ITEMS and not asked.items:
        read(wrong, "items", "needed", "name at least one item")
    items = read(_items, reader, asked) or []
    if asked.left_out and not (asked.why_left_out or "").strip():
        read(wrong, "why_left_out", "needed", "say why what is left out is not concerned")
    if asked.op == "recall.order":
        if asked.level is None:
            read(wrong, "level", "needed", "a recall has level 1, 2 or 3")
        if not _has_been(asked.known):
            why = "since when it is known, as 2026-11-24T08:30:00+08:00"
            read(wrong, "known", "time", why)
    if asked.op == "recall.plan" or (asked.op == "recall.order" and asked.planned is not None):
        read(_plan, reader, asked, act)
    if asked.op in _WITH_REASON and not has_reason:
        read(wrong, "reason", "needed", "a reason is needed: what was found, where, by whom")
    if asked.op == "recall.close" and asked.accept_missing and not has_reason:
        read(wrong, "reason", "needed", "say why it is closed all the same")
    if asked.op == "recall.report" and not asked.quantities:
        why = "a report says how much was recovered, sold, destroyed or is here"
        read(wrong, "quantities", "needed", why)
    mistakes.tell()
    return items


def _plan(reader: Reader, asked: MyDraftIn, act: Act | None) -> None:
    """Raise FieldError for a plan's time that is none, or from before the danger was known."""
    known = parse(asked.known) if act is None else course.read(reader, act).known
    planned = parse(asked.planned)
    is_early = planned is not None and known is not None and orders.precedes(planned, known)
    if not _has_been(asked.planned) or is_early:
        wrong("planned", "time", "when the plan was made, as 2026-12-02T10:00:00+08:00")


def _has_been(text: str | None) -> bool:
    """Whether a text is a time that has been, and not long ago."""
    found, now = parse(text), site().ledger.now()
    return found is not None and now - _OLDEST < found <= now + MAX_AHEAD


def _items(reader: Reader, asked: MyDraftIn) -> list[str]:
    try:
        return items_of(reader, asked.items)
    except ProblemError as error:
        wrong("items", "item_unknown", str(error))


def _check_report(reader: Reader, who: SignedIn, act: Act, asked: MyDraftIn) -> None:
    """Raise a problem for an amount that is none, or for amounts that do not add up."""
    said: list[Mapping[str, str]] = []
    items = items_of(reader, [one.item for one in asked.quantities])
    for at, (item, one) in enumerate(zip(items, asked.quantities, strict=True)):
        try:
            said.append(orders.stated(Fate(item, one.kind, one.value, one.unit)))
        except LedgerError as error:
            raise ProblemError(422, str(error), field="quantities", at=at) from None
    if asked.sure:
        return
    found = part(reader, act, who.uri, items, site().ledger.now(), also=said)
    gaps = [
        {"item": item, **Quantity(line.gap, line.unit or "1").to_dict()}
        for item, line in sorted(found.lines.items())
        if line.gap
    ]
    if gaps:
        raise ProblemError(
            409,
            "what is reported does not add up to what you had by the records: "
            + ", ".join(f"{one['value']} {one['unit']} of {one['item']}" for one in gaps[:3])
            + " differ; with `sure` it is reported all the same",
            field="sums",
            differences=gaps,
        )


def _signables(reader: Reader, who: SignedIn, found: Prepared) -> dict[str, Any]:
    lists = {number: list_of(found, one) for number, one in enumerate(found.drafts)}
    items = {
        line for data in lists.values() if data for line in data.decode("ascii").split()[:1000]
    }
    for one in found.drafts:
        said = one.statement or {}
        items |= {str(q["item"]) for q in (*said.get("quantities", ()), *said.get("missing", ()))}
    code = act_code(found.uri, site().host)
    names = names_of(reader, items)
    return {
        "ledger": site().ledger.trust.origin,
        "actor": who.uri,
        "signed_at": site().ledger.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "act": found.uri,
        "code": code,
        "drafts": [
            {
                "subjects": one.subjects(who.uri),
                "after": [after_member(ref) for ref in one.after],
                "statement": one.statement,
                "attachments": [] if (data := lists[number]) is None else [base64.encode(data)],
            }
            for number, one in enumerate(found.drafts)
        ],
        "names": names | {found.uri: codes.shown(code), who.uri: reader.name(who.uri)},
        "notes": [str(_NOTES.get(note, note)) for note in found.notes],
    }
