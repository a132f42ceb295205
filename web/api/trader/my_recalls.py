"""/api/v1/me/recalls: what is asked of who is signed in, and what it may sign of acts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field

from suyuan.keys import base64
from suyuan.trace.admission.signing_time import MAX_AHEAD
from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import msg
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import parse
from suyuan.trace.recall import course, orders
from suyuan.trace.recall.course import act_code
from suyuan.trace.recall.inbox import MyRecallsJson, mine, own_recalls_json
from suyuan.trace.recall.orders import Fate, Prepared
from suyuan.trace.recall.progress import part
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.recall_acts import act_named, items_of, not_ones_own, require
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.mistakes import Mistakes, as_mistake, wrong
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.names import titled
from suyuan.web.text.recalls_names import lot_line, names_of
from suyuan.web.text.texts import translated

from ..inspector.recalls import ActIn, AfterJson, DraftIn, list_of, prepared
from ..ledger.to_sign import LinksToSignOut, SignableOut, link_to_sign, to_sign

routes = Routes("recalls_mine", tag="Holds and recalls", prefix="/api/v1/me")
# What is noted of a draft before it is signed, in the page's language.
_BEGINNING = ("hold.place", "recall.order")
_WITH_ITEMS = (*_BEGINNING, "recall.extend", "recall.clear")
_WITH_REASON = (*_BEGINNING, "recall.clear", "recall.withdraw")
_OLDEST = timedelta(days=3653)


class RecallSignableOut(SignableOut):
    """One link to sign, and in base64 what to send with it."""

    after: list[AfterJson]  # type: ignore[assignment]
    attachments: list[str]


class RecallSignablesOut(LinksToSignOut):
    """Links to sign, by this actor, in this order."""

    act: str
    code: str
    drafts: list[RecallSignableOut]
    notes: list[str]


class MyDraftIn(ActIn):
    """A statement about a hold or a recall by who is signed in, to be drafted."""

    sure: bool = Field(default=False, description="To report: also amounts that do not add up")


@routes.get("/recalls", SIGNED_IN, output=MyRecallsJson, patient=True)
def my_recalls(user: SignedIn, reader: Reader) -> dict[str, Any]:
    """The holds and recalls in force that concern one, with what one is to account for."""
    now = site().ledger.now()
    acts = mine(reader, site().ledger.trust, user.uri, now)
    return own_recalls_json(reader, acts, now, site().host)


@routes.post(
    "/recalls/draft",
    SIGNED_IN,
    limit="recalling 120/minute",
    output=RecallSignablesOut,
    answers={
        403: "Another party's to state",
        404: "No such hold or recall",
        409: "The quantities do not add up: `closing`, or `differences` of a report",
        422: "A value is not as it should be: `field`",
    },
    patient=True,
)
def my_draft(user: SignedIn, reader: Reader, body: MyDraftIn) -> dict[str, Any]:
    """The links to sign, with the lists to send with each; nothing is written.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong; of a
    quantity its place, `at`. A statement that is another party's is answered 403; the closing of a
    recall, or a report, that does not add up 409, with `closing` or `differences`.
    """
    act = _act(reader, user, body)
    items = _checked(reader, body, act)
    if body.op in (*_BEGINNING, "recall.extend"):
        kind = body.op.partition(".")[0]
        if others := not_ones_own(reader, user.uri, kind, items):
            raise ProblemError(403, "not yours to stop: %s", ", ".join(others[:3]), field="items")
    if act is not None:
        require(reader, user.uri, body.op, act, items)
    if body.op == "recall.report":
        assert act is not None
        _check_report(reader, user, act, body)
    wanted = body.model_dump(exclude={"sure"}) | {"actor": user.uri}
    drafted = prepared(reader, DraftIn.model_validate(wanted))
    return _signables(reader, user, drafted)


def _act(reader: Reader, user: SignedIn, body: MyDraftIn) -> Act | None:
    """The act that the body names; None for one to be begun."""
    if body.op in _BEGINNING:
        return None
    if body.act is None:
        wrong("act", "needed", msg("%s needs act, the act's URI or trace code", body.op))
    return act_named(reader, body.act, body.op.partition(".")[0], field="act")


def _checked(reader: Reader, body: MyDraftIn, act: Act | None) -> list[str]:
    """The items that the body names; FieldErrors for all values that are wrong."""
    mistakes = Mistakes()
    read, has_reason = mistakes.read, bool((body.reason or "").strip())
    if body.op in _WITH_ITEMS and not body.items:
        read(wrong, "items", "needed", "name at least one item")
    items = read(_items, reader, body) or []
    if body.left_out and not (body.why_left_out or "").strip():
        read(wrong, "why_left_out", "needed", "say why what is left out is not concerned")
    if body.op == "recall.order":
        if body.level is None:
            read(wrong, "level", "needed", "a recall has level 1, 2 or 3")
        if not _has_been(body.known):
            why = "since when it is known, as 2026-11-24T08:30:00+08:00"
            read(wrong, "known", "time", why)
    if body.op == "recall.plan" or (body.op == "recall.order" and body.planned is not None):
        read(_plan, reader, body, act)
    if body.op in _WITH_REASON and not has_reason:
        read(wrong, "reason", "needed", "a reason is needed: what was found, where, by whom")
    if body.op == "recall.close" and body.accept_missing and not has_reason:
        read(wrong, "reason", "needed", "say why it is closed all the same")
    if body.op == "recall.report" and not body.quantities:
        why = "a report says how much was recovered, sold, destroyed or is here"
        read(wrong, "quantities", "needed", why)
    mistakes.raise_any()
    return items


def _plan(reader: Reader, body: MyDraftIn, act: Act | None) -> None:
    """Raise FieldError for a plan's time that is none, or from before the danger was known."""
    known = parse(body.known) if act is None else course.read(reader, act).known
    planned = parse(body.planned)
    is_early = planned is not None and known is not None and orders.precedes(planned, known)
    if not _has_been(body.planned) or is_early:
        wrong("planned", "time", msg("when the plan was made, as 2026-12-02T10:00:00+08:00"))


def _has_been(text: str | None) -> bool:
    """Whether a text is a time that has been, and not long ago."""
    time, now = parse(text), site().ledger.now()
    return time is not None and now - _OLDEST < time <= now + MAX_AHEAD


def _items(reader: Reader, body: MyDraftIn) -> list[str]:
    with as_mistake("items", "item_unknown", ProblemError):
        return items_of(reader, body.items)


def _check_report(reader: Reader, user: SignedIn, act: Act, body: MyDraftIn) -> None:
    """Raise a problem for an amount that is none, or for amounts that do not add up."""
    stated: list[Mapping[str, str]] = []
    items = items_of(reader, [quantity.item for quantity in body.quantities])
    for at, (item, quantity) in enumerate(zip(items, body.quantities, strict=True)):
        with as_problem(422, LedgerError, field="quantities", at=at):
            stated.append(orders.stated(Fate(item, quantity.kind, quantity.value, quantity.unit)))
    if body.sure:
        return
    share = part(reader, act, user.uri, items, site().ledger.now(), also=stated)
    gaps = [
        {"item": item, **Quantity(line.gap, line.unit or "1").to_dict()}
        for item, line in sorted(share.lines.items())
        if line.gap
    ]
    if gaps:
        raise ProblemError(
            409,
            "what is reported does not add up to what you had by the records: %s differ; "
            "with `sure` it is reported all the same",
            [msg("%s %s of %s", gap["value"], gap["unit"], gap["item"]) for gap in gaps[:3]],
            field="sums",
            differences=gaps,
        )


def _signables(reader: Reader, user: SignedIn, drafted: Prepared) -> dict[str, Any]:
    lists = {number: list_of(drafted, draft) for number, draft in enumerate(drafted.drafts)}
    items = {
        line for data in lists.values() if data for line in data.decode("ascii").split()[:1000]
    }
    for draft in drafted.drafts:
        body = draft.statement or {}
        items |= {str(q["item"]) for q in (*body.get("quantities", ()), *body.get("missing", ()))}
    code = act_code(drafted.uri, site().host)
    lots = names_of(reader, items, user.uri)
    names = {item: lot_line(lot) for item, lot in lots.items()}
    links = [
        link_to_sign(
            draft.subjects(user.uri),
            draft.after,
            statement=draft.statement,
            attachments=[] if (data := lists[number]) is None else [base64.encode(data)],
        )
        for number, draft in enumerate(drafted.drafts)
    ]
    own = {drafted.uri: codes.shown(code), user.uri: titled(reader.name(user.uri), user.uri)}
    return to_sign(user.uri, links, names | own) | {
        "act": drafted.uri,
        "code": code,
        "notes": list(map(translated, drafted.notes)),
    }
