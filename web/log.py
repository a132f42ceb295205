"""The log as witnesses and verifiers read it (C2SP tlog-tiles): checkpoint, tiles, bundles."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, request

from suyuan.trace import scopes
from suyuan.trace.auditors import Auditors
from suyuan.trace.log import tiles
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.tiles import Tile
from suyuan.trace.state import State
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read import Reader
from suyuan.trace.trust import TrustError

from . import session
from .context import site
from .problems import ProblemError

blueprint = Blueprint("log", __name__)
_OPEN = {"Access-Control-Allow-Origin": "*"}
_FRESH = _OPEN | {"Cache-Control": "no-store"}
_SECRET = {"Cache-Control": "private, no-store"}
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
    is_private = wanted.level < 0 and site().ledger.trust.entries == "private"
    if is_private and not may_read_entries():
        raise ProblemError(403, "this ledger's entries are not public; its tiles are")
    with _reading() as reader:
        has_it = tiles.covers(wanted, reader.size())
        data = tiles.content(wanted, reader) if has_it else None
    if data is None:
        raise ProblemError(404, f"the log has no {wanted.name()} yet")
    headers = _SECRET if is_private else _FOREVER
    return Response(data, 200, headers, content_type="application/octet-stream")


def may_read_entries() -> bool:
    """Whether an auditor asks, by a token, or an inspector who is signed in.

    A bundle holds the entries of every division, so an inspector is the authority or an officer
    of its making; what a registrar admits is none.
    """
    given = request.authorization
    if given is not None and given.type == "bearer" and given.token is not None:
        ledger = site().ledger
        return Auditors(ledger.home, ledger.trust.origin).knows(given.token)
    who = session.current()
    if who is None:
        return False
    with _reading() as reader:
        return scopes.is_officer(State(site().genesis, reader.source, reader.size()), who.uri)


@contextmanager
def _reading() -> Iterator[Reader]:
    """A Reader; what a changed database holds in the wrong form is a StoreError."""
    try:
        with site().ledger.reading() as reader:
            yield reader
    except (LogError, TrustError, TypeError, ValueError) as error:
        raise StoreError(f"the log cannot be read: {error}") from error
