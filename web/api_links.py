"""POST /api/v1/links: one entry, or an array of them."""

from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response, request

from suyuan.trace.rules import Refused
from suyuan.trace.store.append import Outcome

from . import bodies
from .bodies import Offered
from .context import site
from .problems import problem, refusal, respond

blueprint = APIBlueprint("links", __name__, url_prefix="/api/v1", tag="Links")


@blueprint.post("/links")
def append() -> Response:
    """Append links.

    One entry is answered 201 with its receipt, 200 for one that is there already, else a problem
    with `rule`; for the rule `chain` also `heads`, the present head of each chain of the link.

    An array of strings, each one entry, at most 1,000 and 8 MiB, is taken in order; an element may
    build on an earlier one. Each stands for itself, and the answer is 200 with a receipt or a
    problem for each. With `atomic=true` it is all or none: the answer is then 200 with all
    receipts, or the problem of the first that was refused, with `problems`, one for each refused
    element and its `index`.
    """
    offered = bodies.entries()
    is_atomic = request.args.get("atomic", "").lower() in ("true", "1")
    outcomes: list[Outcome | None] = []
    if offered.entries:
        is_all = is_atomic and offered.is_array
        outcomes = site().ledger.append(offered.entries, atomic=is_all)
    if not offered.is_array:
        return _one(outcomes[0])
    if is_atomic and any(isinstance(outcome, Refused) for outcome in outcomes):
        return _none(offered, outcomes)
    return _json([_member(outcome) for outcome in outcomes], 200)


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
