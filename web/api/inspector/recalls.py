"""GET /api/v1/recalls, /holds: acts, scope, progress; POST …/draft: what is to be signed."""

import hashlib
from functools import cache
from typing import Annotated, Any, Literal

from flask import request
from pydantic import BaseModel, Field

from suyuan.trace.admission.link_builder import Draft, after_member
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Among, Closed, described
from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.messages import msg
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import FATES
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.recall import orders, recall_json
from suyuan.trace.recall.course import find_act, read
from suyuan.trace.recall.course import scope as find_scope
from suyuan.trace.recall.orders import Fate, Prepared
from suyuan.trace.recall.progress import MOST_SUMS, preview, progress, sums
from suyuan.trace.recall.recall_forms import ActsJson, ProgressJson, ScopeTotalsJson
from suyuan.trace.recall.results import NotAdding, closing, require
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.recall_acts import act_named, items_of, listed, reached, require_readable
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ACTS, ENTRIES, Routes
from suyuan.web.context import site
from suyuan.web.text.texts import translated

_AS_OF = "As of a number of links, which it gives"
_NOT_FOUND = "No such hold or recall, or no such item"
MOST = 100_000
_MOST_NAMED = 1_000
_PLANNED = msg("planned says when the plan was made, as 2026-12-02T02:00:00Z")

Named = Annotated[str, Field(min_length=1, max_length=2_000)]
routes = Routes("recalls", tag="Holds and recalls", limit=READING)


class ListIn(BaseModel):
    """Which acts."""

    all: bool = Field(default=False, description="Withdrawn recalls, released holds too")


class ScopeIn(BaseModel):
    """What to recall."""

    item: Named = Field(
        description="A trace code, URI or scanned URL; may be repeated, at most 1,000 times"
    )
    only: bool = Field(default=False, description="Without what was made from them")


class QuantityIn(BaseModel):
    """An amount of an item, and its fate."""

    item: Named
    kind: Annotated[str, Among(FATES)]
    value: Annotated[str, Field(max_length=40, description="A decimal string")]
    unit: Annotated[str, Field(max_length=10, description="kg, L, m, 1, or a UN/ECE code")]


class ActIn(BaseModel):
    """What is to be said of a hold or a recall."""

    op: Literal[
        "hold.place", "hold.release", "recall.order", "recall.plan", "recall.extend",
        "recall.clear", "recall.withdraw", "recall.acknowledge", "recall.report", "recall.close",
    ]  # fmt: skip
    act: Named | None = Field(None, description="The act's URI or trace code, but to begin one")
    items: list[Named] = Field(default=[], max_length=MOST)
    include_made: bool = Field(default=False, description="Also what was made from the items")
    level: Literal[1, 2, 3] | None = None
    known: str | None = Field(None, max_length=40, description="Since when it is known, RFC 3339")
    planned: str | None = Field(
        None, max_length=40, description="When the recall plan was made, RFC 3339: order, plan"
    )
    reason: str | None = Field(None, max_length=4_000)
    drill: bool = False
    again: bool = Field(default=False, description="Also items that are recalled already")
    quantities: list[QuantityIn] = Field(default=[], max_length=10_000)
    files: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = Field(default=[], max_length=20)
    accept_missing: bool = Field(default=False, description="To close: though not all was found")
    left_out: list[Named] = Field(
        default=[], max_length=MOST, description="To order: items found not to be concerned"
    )
    why_left_out: str | None = Field(None, max_length=4_000, description="Why they are not")


class DraftIn(ActIn):
    """A statement about a hold or a recall, to be drafted."""

    actor: Annotated[str, Field(max_length=MAX_URI, description="Who will sign: a party's URI")]


class AfterJson(Closed):
    """A link that a payload's `after` names."""

    index: int
    hash: str


class StatementJson(Closed):
    """What to put into a payload and sign."""

    subject: str
    statement: dict[str, Any]
    after: list[AfterJson]
    attachment: str | None = described("The list that it names, as below", name="list")


class StatementsJson(Closed):
    """Statements to sign, and the list to send with them."""

    act: str
    actor: str
    drafts: list[StatementJson]
    attachment: str | None = described(
        "One URI a line, to send with the entry; null where none is needed", name="list"
    )
    notes: list[str] = described("What to know before signing")


@routes.get("/recalls", ACTS, output=ActsJson, answers={200: _AS_OF})
def recalls(query: ListIn) -> dict[str, Any]:
    """Recalls and drills, the newest first."""
    return _acts("recall", is_all=query.all)


@routes.get("/holds", ACTS, output=ActsJson, answers={200: _AS_OF})
def holds(query: ListIn) -> dict[str, Any]:
    """Holds, the newest first."""
    return _acts("hold", is_all=query.all)


def _acts(kind: str, *, is_all: bool) -> dict[str, Any]:
    with site().ledger.reading() as reader:
        book, name = ActBook(reader), cache(reader.name)
        counts = book.counts()
        acts = [
            recall_json.act_json(act, site().host, name, counts.get(act.leaf, 0))
            for act in listed(book.all(kind))
            if is_all or act.is_in_force
        ]
        return {"size": reader.size(), "acts": acts}


@routes.get("/recalls/scope", ACTS, output=ScopeTotalsJson, answers={200: _AS_OF, 404: _NOT_FOUND})
def scope(reader: Reader, query: ScopeIn) -> dict[str, Any]:
    """What a recall of these items would reach, and how much of it is in whose hands now."""
    named = request.args.getlist("item")
    if len(named) > _MOST_NAMED:
        raise ProblemError(422, "at most %s items can be asked for at once", f"{_MOST_NAMED:,}")
    items = items_of(reader, named)
    extent = reached(reader, items, forward=not query.only)
    totals = recall_json.scope_json(extent, site().host, cache(reader.name))
    return totals | _sold(reader, totals["items"])


def _sold(reader: Reader, items: list[dict[str, Any]]) -> dict[str, Any]:
    """How much was made and sold of each item, and what became of all of it so far."""
    if len(items) > MOST_SUMS:
        return {"items": [row | {"sold": None} for row in items], "totals": None}
    known = {lot.item: lot for lot in preview(reader, [row["item"] for row in items])}
    sold = {
        item: Quantity(lot.sum.sold, lot.unit).to_dict()
        for item, lot in known.items()
        if lot.sum is not None and lot.unit is not None
    }
    return {
        "items": [row | {"sold": sold.get(row["item"])} for row in items],
        "totals": [
            recall_json.sum_json(total, unit) for unit, total in sums(known.values()).items()
        ],
    }


@routes.get(
    "/recalls/<code>",
    ACTS,
    output=ProgressJson,
    parameters={"code": "The code in an act's URI"},
    answers={200: _AS_OF, 404: _NOT_FOUND},
    patient=True,
)
def recall(reader: Reader, code: str) -> dict[str, Any]:
    """How far a recall has come: by holder and item, and in all, with its deadlines."""
    where = site()
    now = where.ledger.now()
    act = act_named(reader, code, "recall")
    require_readable(act)
    state = progress(reader, act, now)
    return recall_json.progress_json(state, now, where.host, cache(reader.name))


@routes.post(
    "/recalls/draft",
    ENTRIES,
    limit="recall drafts 240/minute",
    output=StatementsJson,
    answers={
        200: "Nothing was written",
        404: _NOT_FOUND,
        409: "The recall cannot be closed: its quantities do not add up",
    },
    from_anywhere=True,
    patient=True,
)
def draft(reader: Reader, body: DraftIn) -> dict[str, Any]:
    """The statements to sign: looked over, but not signed; nothing is written.

    Each of `drafts` is a payload's `statement`, `after` and subject; what else a payload has is
    the signer's, with the heads of POST /api/v1/heads. `list` is the attachment to send with the
    entry by POST /api/v1/links, null where none is needed. A statement that would be of no use is
    answered 422, the closing of a recall that does not add up 409, with `closing`.
    """
    drafted = prepared(reader, body)
    return {
        "act": drafted.uri,
        "actor": body.actor,
        "drafts": [
            {
                "subject": drafted.uri,
                "statement": draft.statement,
                "after": [after_member(ref) for ref in draft.after],
                "list": None if (data := list_of(drafted, draft)) is None else data.decode("ascii"),
            }
            for draft in drafted.drafts
        ],
        "list": drafted.files[0].decode("ascii") if drafted.files else None,
        "notes": list(map(translated, drafted.notes)),
    }


def prepared(reader: Reader, body: DraftIn) -> Prepared:
    """What is to be signed; ProblemError where it is no use, as the route above answers it."""
    try:
        return _prepared(reader, body)
    except NotFound as error:
        raise ProblemError(404, error) from None
    except NotAdding as error:
        raise ProblemError(409, error, closing=recall_json.closing_json(error.closing)) from None
    except (LedgerError, IdentifierError) as error:
        raise ProblemError(422, error) from None


def list_of(drafted: Prepared, draft: Draft) -> bytes | None:
    """The list that a draft's statement names, among the files to be kept before."""
    named = (draft.statement or {}).get("list")
    return next((d for d in drafted.files if hashlib.sha256(d).hexdigest() == named), None)


def _begin(reader: Reader, body: DraftIn) -> Prepared:
    where = site()
    now = where.ledger.now()
    known, planned = parse(body.known), parse(body.planned)
    if body.planned is not None and planned is None:
        raise LedgerError(_PLANNED)
    if body.level is None or known is None:
        raise LedgerError("recall.order needs level, 1 to 3, and known, as 2026-11-24T00:30:00Z")
    items, left = items_of(reader, body.items), set(items_of(reader, body.left_out))
    made = find_scope(reader, items, forward=True).items if body.include_made and items else ()
    order = orders.order(
        reader,
        where.genesis,
        body.actor,
        [item for item in items if item not in left],
        level=body.level,
        known=known,
        reason=body.reason or "",
        now=now,
        planned=planned,
        made=[affected.item for affected in made if affected.item not in left],
        is_drill=body.drill,
        is_again=body.again,
    )
    return orders.but(reader, order, sorted(left), body.why_left_out or "") if left else order


def _prepared(reader: Reader, body: DraftIn) -> Prepared:
    if body.op == "recall.order":
        return _begin(reader, body)
    reason, now = body.reason or "", site().ledger.now()
    if body.op == "hold.place":
        return orders.hold(reader, site().genesis, items_of(reader, body.items), reason)
    if body.act is None:
        raise LedgerError("%s needs act, the act's URI or trace code", body.op)
    act = find_act(reader, site().host, body.act, body.op.partition(".")[0])
    match body.op:
        case "recall.plan":
            if (planned := parse(body.planned)) is None:
                raise LedgerError(_PLANNED)
            return orders.plan(act, planned, read(reader, act).known, now)
        case "recall.extend":
            return orders.extend(reader, act, items_of(reader, body.items), body.reason)
        case "recall.clear":
            return orders.clear(reader, act, body.actor, items_of(reader, body.items), reason)
        case "recall.withdraw":
            return orders.withdraw(act, reason)
        case "recall.acknowledge":
            return orders.acknowledge(reader, act, body.actor)
        case "recall.report":
            items = items_of(reader, [quantity.item for quantity in body.quantities])
            fates = [
                Fate(item, quantity.kind, quantity.value, quantity.unit)
                for item, quantity in zip(items, body.quantities, strict=True)
            ]
            return orders.report(reader, act, body.actor, fates, named=body.files)
        case "recall.close":
            state = closing(progress(reader, act, now))
            require(state, body.reason, is_accepted=body.accept_missing)
            return orders.close(act, state.statement(), body.reason)
        case "hold.release":
            return orders.release(act, body.reason)
