"""The log as witnesses and verifiers read it (C2SP tlog-tiles): checkpoint, tiles, bundles."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, Response

from suyuan.trace.log import source
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.tiles import Tile
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read import Reader
from suyuan.trace.trust import TrustError

from .context import site
from .problems import ProblemError

blueprint = Blueprint("log", __name__)
_OPEN = {"Access-Control-Allow-Origin": "*"}
_FRESH = _OPEN | {"Cache-Control": "no-store"}
_FOREVER = _OPEN | {"Cache-Control": "public, max-age=31536000, immutable"}


@blueprint.get("/log/checkpoint")
def checkpoint() -> Response:
    """The newest checkpoint that met its quorum, or was signed where none is asked for."""
    with _reading() as reader:
        found = reader.published()
    if found is None:
        raise ProblemError(404, "there is no checkpoint yet that meets this ledger's policy")
    return Response(str(found.note), 200, _FRESH, content_type="text/plain; charset=utf-8")


@blueprint.get("/log/tile/<path:name>")
def tile(name: str) -> Response:
    """A hash tile or an entry bundle, at any width that the log has."""
    try:
        wanted = Tile.parse(f"tile/{name}")
    except LogError as error:
        raise ProblemError(404, str(error)) from None
    if wanted.level < 0 and site().ledger.trust.entries == "private":
        raise ProblemError(403, "this ledger's entries are not public; its tiles are")
    with _reading() as reader:
        has_it = source.covers(wanted, reader.size())
        data = source.content(wanted, reader) if has_it else None
    if data is None:
        raise ProblemError(404, f"the log has no {wanted.name()} yet")
    return Response(data, 200, _FOREVER, content_type="application/octet-stream")


@contextmanager
def _reading() -> Iterator[Reader]:
    """A Reader; what a changed database holds in the wrong form is a StoreError."""
    try:
        with site().ledger.reading() as reader:
            yield reader
    except (LogError, TrustError, TypeError, ValueError) as error:
        raise StoreError(f"the log cannot be read: {error}") from error
