"""Whether the process lives, and whether what it shows keeps up with the ledger."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, jsonify

from suyuan.trace.format.times import from_micros
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.problems import problem, respond
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.context import site

MAX_BEHIND = timedelta(seconds=5)
routes = Routes("health")


@routes.get("/healthz", ANYBODY)
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@routes.get("/readyz", ANYBODY)
def ready() -> Response:
    """The ledger can be read, no follower is over 5 seconds behind, and no alarm is unresolved."""
    with site().ledger.reading() as reader:
        behind = lateness(reader, site().ledger.followers.cursors())
    alarms = _alarms()
    wrong: list[str] = []
    more: dict[str, Any] = {}
    if alarms:
        wrong.append("there are unresolved alarms: see `suyuan alarms list`")
        more["alarms"] = alarms
    if any(late > MAX_BEHIND for late in behind.values()):
        wrong.append("followers are over 5 seconds behind")
        more["behind"] = {name: round(found.total_seconds(), 3) for name, found in behind.items()}
    if wrong:
        return respond(problem(503, "; ".join(wrong), **more))
    return jsonify(status="ready")


def _alarms() -> list[dict[str, Any]]:
    found = WitnessBook(site().ledger.database.engine).alarms(unresolved=True)
    return [
        {"id": one.id, "kind": one.kind, "stops": one.stops, "reason": one.reason} for one in found
    ]


def lateness(reader: Reader, cursors: Mapping[str, int]) -> dict[str, timedelta]:
    """For each follower that is behind, how long ago the first link it lacks was committed."""
    found, size, now = {}, reader.size(), site().ledger.now()
    for name, cursor in cursors.items():
        covering = reader.checkpoint(cursor + 1) if cursor < size else None
        if covering is not None:
            found[name] = now - from_micros(covering.committed)
    return found
