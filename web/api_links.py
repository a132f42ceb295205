"""POST /api/v1/links: one entry, or an array of them."""

from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response, request

from suyuan.trace import enclosed
from suyuan.trace.checking import Entry
from suyuan.trace.enclosed import EnclosureError
from suyuan.trace.errors import LedgerError
from suyuan.trace.rules import Refused
from suyuan.trace.store.append import Outcome
from suyuan.trace.store.errors import StoreError

from . import bodies
from .bodies import Offered
from .context import site
from .problems import ProblemError, problem, refusal, respond

blueprint = APIBlueprint("links", __name__, url_prefix="/api/v1", tag="Links")


@blueprint.post("/links")
def append() -> Response:
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
    is_atomic = request.args.get("atomic", "").lower() in ("true", "1")
    outcomes: list[Outcome | None] = []
    if offered.entries:
        is_all = is_atomic and offered.is_array
        outcomes = site().ledger.offer(_kept(offered), atomic=is_all)
    if not offered.is_array:
        return _one(outcomes[0])
    if is_atomic and any(isinstance(outcome, Refused) for outcome in outcomes):
        return _none(offered, outcomes)
    answer = _json([_member(outcome) for outcome in outcomes], 200)
    waits = [wait for one in outcomes if (wait := getattr(one, "retry_after", None)) is not None]
    if waits:
        answer.headers["Retry-After"] = str(max(waits))
    return answer


def _kept(offered: Offered) -> list[Entry]:
    """The entries, once what came with them is kept."""
    try:
        return enclosed.keep(site().ledger, offered.entries)
    except EnclosureError as error:
        where = f"element {error.number}: " if offered.is_array else ""
        raise ProblemError(400, f"{where}{error}") from None
    except LedgerError as error:  # the disk is full, say: nothing is wrong with the request
        raise StoreError(str(error)) from error


def _one(outcome: Outcome | None) -> Response:
    if isinstance(outcome, Refused):
        return respond(refusal(outcome))
    assert outcome is not None
    return _json(outcome.to_dict(), 201 if outcome.is_new else 200)


def _none(offered: Offered, outcomes: list[Outcome | None]) -> Response:
    refused = [
        refusal(outcome, index=number)
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, Refused)
    ]
    count = len(offered.entries)
    detail = f"nothing was written: {len(refused)} of {count} refused. First: "
    first = refused[0]
    return respond(first | {"detail": detail + str(first["detail"]), "problems": refused})


def _member(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return problem(500, "no outcome")
    return refusal(outcome) if isinstance(outcome, Refused) else outcome.to_dict()


def _json(value: object, status: int) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")
