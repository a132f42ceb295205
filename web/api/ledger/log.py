"""The log as witnesses and verifiers read it (C2SP tlog-tiles): checkpoint, tiles, bundles.

And GET /api/v1/proofs: a link's place in it, under the newest checkpoint that is published.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response

from suyuan.trace.admission.trust import TrustError
from suyuan.trace.log import proofs, tiles, tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.tiles import Tile
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ANYBODY, Routes, text
from suyuan.web.context import site

routes = Routes("log")
proving = Routes("proofs", tag="Log")
_OPEN = {"Access-Control-Allow-Origin": "*"}
_FRESH = _OPEN | {"Cache-Control": "no-store"}
_SECRET = {"Cache-Control": "private, no-store"}
_FOREVER = _OPEN | {"Cache-Control": "public, max-age=31536000, immutable"}


@routes.get("/log/checkpoint", ANYBODY)
def checkpoint() -> Response:
    """The newest checkpoint that met its quorum, or was signed where none is asked for."""
    with _reading() as reader:
        published = reader.published()
    if published is None:
        raise ProblemError(404, "there is no checkpoint yet that meets this ledger's policy")
    return Response(str(published.note), 200, _FRESH, content_type="text/plain; charset=utf-8")


@routes.get("/log/tile/<path:name>", ANYBODY)
def tile(name: str) -> Response:
    """A hash tile or an entry bundle, at any width that the log has."""
    with as_problem(404, LogError):
        wanted = Tile.parse(f"tile/{name}")
    is_private = wanted.level < 0 and viewer.are_private()
    if is_private and not viewer.reads_private_entries():
        raise ProblemError(403, "this ledger's entries are not public; its tiles are")
    with _reading() as reader:
        has_it = tiles.covers(wanted, reader.size())
        data = tiles.content(wanted, reader) if has_it else None
    if data is None:
        raise ProblemError(404, "the log has no %s yet", wanted.name())
    headers = _SECRET if is_private else _FOREVER
    return Response(data, 200, headers, content_type="application/octet-stream")


@proving.get(
    "/proofs/<int:index>",
    ANYBODY,
    limit=READING,
    content={200: text("text/plain")},
    answers={404: "No such link, or none yet under a published checkpoint"},
)
def proof(index: int) -> Response:
    """A link's inclusion proof, a tlog-proof@v1, under the checkpoint that /log/checkpoint gives.

    Where the ledger has witnesses it is a cosigned one: what a receipt has not yet.
    """
    with _reading() as reader:
        size, newest = reader.size(), reader.published()
        if index >= size:
            raise ProblemError(404, "the ledger holds %s links", size)
        if newest is None or index >= newest.size:
            raise ProblemError(404, "link %s is logged, and not yet witnessed: ask again", index)
        steps = proofs.inclusion(index, newest.size, reader.hashes())
    encoded = tlog_proof.encode(index, steps, newest.note)
    return Response(encoded, 200, _FRESH, content_type="text/plain; charset=utf-8")


@contextmanager
def _reading() -> Iterator[Reader]:
    """A Reader; what a changed database holds in the wrong form is a StoreError."""
    try:
        with site().ledger.reading() as reader:
            yield reader
    except (LogError, TrustError, TypeError, ValueError) as error:
        raise StoreError("the log cannot be read: %s", error) from error
