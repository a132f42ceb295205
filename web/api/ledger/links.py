"""POST /api/v1/links, one entry or an array of them; POST /api/v1/heads, where chains end."""

from typing import Annotated, Any

import orjson
from flask import Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, RootModel

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.members import uri as is_uri
from suyuan.trace.format.rules import Refused
from suyuan.trace.recording import upload
from suyuan.trace.recording.upload import EnclosureError
from suyuan.trace.store.append.checking import Entry
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.append.transaction import Outcome
from suyuan.trace.store.errors import StoreError
from suyuan.web.app import bodies
from suyuan.web.app.access import freshness, sampling, viewer
from suyuan.web.app.bodies import Offered
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError, problem, refusal, respond
from suyuan.web.app.routes import ANYBODY, CHAINS, SCHEMAS, Out, Routes
from suyuan.web.context import site

routes = Routes("links", tag="Links")
chains = Routes("heads", tag="Chains")


def _disclosure_schema() -> dict[str, Any]:
    stored = {"type": "string", "description": "base64url of [salt, JSON Pointer, value]"}
    parties = {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "uri"}}
    audience = {"anyOf": [{"enum": ["own", "chain", "public"]}, parties]}
    with_audience = {
        "type": "object",
        "required": ["disclosure"],
        "properties": {"disclosure": stored, "audience": audience},
        "additionalProperties": False,
    }
    return {"anyOf": [stored, with_audience]}


_ENTRY = {"type": "object", "description": "A DSSE envelope in its one encoding"}
_ENCLOSING = {
    "type": "object",
    "description": "An entry with what it names: files by their SHA-256, disclosures by digest",
    "required": ["entry"],
    "properties": {
        "entry": {"type": "string", "description": "The entry's text"},
        "attachments": {"type": "array", "items": {"type": "string", "format": "byte"}},
        "disclosures": {"type": "array", "maxItems": 100, "items": _disclosure_schema()},
    },
    "additionalProperties": False,
}
_ARRAY = {"type": "array", "maxItems": 1000, "items": {"anyOf": [{"type": "string"}, _ENCLOSING]}}
_BODY = {"application/json": {"schema": {"anyOf": [_ENTRY, _ENCLOSING, _ARRAY]}}}
_RECEIPT = {"$ref": f"{SCHEMAS}Receipt"}
_SEVERAL = {
    "type": "array",
    "maxItems": 1000,
    "items": {"anyOf": [_RECEIPT, {"$ref": f"{SCHEMAS}Problem"}]},
}
_CONTENT = {
    200: {"application/json": {"schema": {"anyOf": [_RECEIPT, _SEVERAL]}}},
    201: {"application/json": {"schema": _RECEIPT}},
}
_ANSWERS = {
    200: "It was there already, or an array's answers",
    201: "A new link's receipt",
    403: "Rules key, signature, authority",
    409: "Rule chain: sign again with `heads`; rule hold: it is on hold or recalled; "
    "rule stock: its actor has less, and wants such refused",
    415: "Not application/json",
    422: "Rules ledger, time, items, after, statement, coding",
    429: "Rule pace: too many links about another's item; wait as Retry-After says",
}


class AppendIn(BaseModel):
    """How an array is taken."""

    atomic: Annotated[bool, BeforeValidator(lambda text: str(text).lower() in ("true", "1"))] = (
        Field(default=False, description="Of an array: all or none")
    )


@routes.post(
    "/links",
    ANYBODY,
    media=_BODY,
    status=201,
    content=_CONTENT,
    answers=_ANSWERS,
    from_anywhere=True,
    together=True,
)
def append(query: AppendIn) -> Response:
    """Append links.

    One entry is answered 201 with its receipt, 200 for one that is there already, else a problem
    with `rule`; for the rule `chain` also `heads`, the present head of each chain of the link.

    An array of strings, each one entry, at most 1,000 and 8 MiB, is taken in order; an element may
    build on an earlier one. Each stands for itself, and the answer is 200 with a receipt or a
    problem for each. An element, and a single entry too, may be an object of the `entry`, its
    `attachments`, each in base64 (the list of a hold or a recall, photographs, documents, an
    event by reference), and the `disclosures` of the fields that it hides: the string, or an
    object of `disclosure` and `audience` (`own`, `chain`, `public` or a list of parties' URIs; by
    default as the field is). They are durable before the link is appended. One that the entry does
    not name by its SHA-256 or its digest is answered 400, and nothing is appended; of an entry that
    is not signed by a key that is good already none is kept. With a link that is there already, a
    new disclosure is kept for its own party alone. With one entry go at most 100 attachments and
    100 disclosures; a body of over 300,000 values is answered 413 unread.

    With `atomic=true` it is all or none: the answer is then 200 with all
    receipts, or the problem of the first that was refused, with `problems`, one for each refused
    element and its `index`.

    Of links about what its actor did not begin, or that follow others' links, a chain takes 1,000
    and then one in ten seconds: else the problem has the rule `pace`, status 429 and, in seconds,
    `retry_after`, which the answer's Retry-After repeats. The same bytes are to be sent again.
    """
    offered = bodies.entries()
    outcomes: list[Outcome | None] = []
    if offered.entries:
        is_all = query.atomic and offered.is_array
        outcomes = site().ledger.offer(_entries(offered), atomic=is_all)
    answer = _answered(offered, outcomes, is_atomic=query.atomic)
    if taken := [outcome.index for outcome in outcomes if isinstance(outcome, Receipt)]:
        freshness.note_signed(answer, max(taken) + 1)
    return answer


def _answered(offered: Offered, outcomes: list[Outcome | None], *, is_atomic: bool) -> Response:
    if not offered.is_array:
        outcome = outcomes[0]
        assert outcome is not None
        if isinstance(outcome, Refused):
            return respond(refusal(outcome))
        return _json(outcome.to_dict(), 201 if outcome.is_new else 200)
    refused = [
        refusal(outcome, index=number)
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, Refused)
    ]
    if is_atomic and refused:
        first, count = refused[0], f"{len(refused)} of {len(offered.entries)}"
        detail = f"nothing was written: {count} refused. First: {first['detail']}"
        return respond(first | {"detail": detail, "problems": refused})
    answer = _json([_member(outcome) for outcome in outcomes], 200)
    waits = [problem["retry_after"] for problem in refused if "retry_after" in problem]
    if waits:
        answer.headers["Retry-After"] = str(max(waits))
    return answer


def _entries(offered: Offered) -> list[Entry]:
    """The entries, once their attachments and disclosures are stored."""
    ledger = site().ledger
    if not any(one.attachments or one.disclosures for one in offered.entries):
        return [one.entry for one in offered.entries]
    try:
        return ledger.aside(lambda: upload.keep(ledger, offered.entries, sampling.sheet_fault))
    except EnclosureError as error:
        where = f"element {error.number}: " if offered.is_array else ""
        raise ProblemError(400, "%s%s", where, error) from None
    except LedgerError as error:  # the disk is full, say: nothing is wrong with the request
        raise StoreError(error) from error


def _member(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return problem(500, "no outcome")
    return refusal(outcome) if isinstance(outcome, Refused) else outcome.to_dict()


def _json(value: object, status: int) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")


def _uri(value: str) -> str:
    if not is_uri(value):
        raise ValueError(f"must be an absolute ASCII URI of at most {MAX_URI} bytes")
    return value


Uri = Annotated[str, AfterValidator(_uri), Field(max_length=MAX_URI)]


class ChainIn(BaseModel):
    """One chain: what one actor says of one subject."""

    item: Uri
    actor: Uri


class ChainsIn(RootModel[Annotated[list[ChainIn], Field(max_length=1_000)]]):
    """Chains, at most 1,000."""


class HeadOut(Out):
    """The last link of a chain."""

    seq: int
    hash: str


class ChainOut(Out):
    """A chain and its head; null for a chain that is not there yet."""

    item: str
    actor: str
    head: HeadOut | None


class HeadsOut(BaseModel):
    """Heads in the order in which they were asked for, all as of one moment."""

    chains: list[ChainOut]


@chains.post(
    "/heads",
    CHAINS,
    limit=READING,
    answers={401: "Entries are private: nobody is signed in"},
    from_anywhere=True,
)
def heads(body: ChainsIn) -> HeadsOut:
    """The present heads of chains, by item and actor.

    Where entries are private, one's own, and those of a party that gave one a mandate; inspectors
    and auditors have all.
    """
    actors = {chain.actor for chain in body.root}
    # That one has a chain about an item says with whom one trades.
    if not viewer.reads_entries() and not all(map(viewer.records_for, actors)):
        raise ProblemError(403, "this ledger's entries are not public: ask for your own chains")
    heads = site().ledger.heads([(chain.item, chain.actor) for chain in body.root])
    return HeadsOut(chains=[ChainOut.of(c, head=heads[c.item, c.actor]) for c in body.root])
