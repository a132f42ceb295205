"""Whether the process lives, and whether what it shows keeps up with the ledger."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify

from suyuan.trace.times import from_micros

from .context import site
from .problems import problem, respond

MAX_BEHIND = timedelta(seconds=5)
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def ready() -> Response:
    """The ledger can be read, and no follower is over 5 seconds behind it."""
    behind = _behind()
    if any(late > MAX_BEHIND for late in behind.values()):
        late = {name: round(found.total_seconds(), 3) for name, found in behind.items()}
        return respond(problem(503, "followers are over 5 seconds behind", behind=late))
    return jsonify(status="ready")


def _behind() -> dict[str, timedelta]:
    """For each follower that is behind, how long ago the first link it lacks was committed."""
    ledger = site().ledger
    cursors = ledger.followers.cursors()
    found: dict[str, timedelta] = {}
    with ledger.reading() as reader:
        size = reader.size()
        for name, cursor in cursors.items():
            covering = reader.checkpoint(cursor + 1) if cursor < size else None
            if covering is not None:
                found[name] = ledger.now() - from_micros(covering.committed)
    return found
