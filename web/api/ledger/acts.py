"""GET /api/v1/acts: holds and recalls, and the lists of items that their statements name."""

from flask import Response, request
from pydantic import BaseModel, Field

from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import MAX_URI
from suyuan.trace.store.read.act_reader import act_lists, list_content
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ENTRIES, Out, Routes, text
from suyuan.web.context import site

_NOT_FOUND = {404: "No such hold or recall, or no list at that index"}
_CODE = {"code": "The code in an act's URI"}
_OPEN = {"Access-Control-Allow-Origin": "*"}
routes = Routes("acts", tag="Holds and recalls", limit=READING, answers=_NOT_FOUND)


class ListOut(Out):
    """A statement with a list: its place in the log, and what it says of the list."""

    index: int
    op: str
    actor: str
    count: int
    root: str = Field(description="The RFC 6962 root over the items, one leaf each")
    list: str = Field(description="The SHA-256 of the list")


class ActOut(Out):
    """A hold or a recall."""

    uri: str
    kind: str = Field(description="`hold` or `recall`")
    actor: str
    index: int = Field(description="The leaf index of the statement that began it")
    level: int | None
    drill: bool
    ended: int | None = Field(description="The leaf index of the statement that ended it")
    ending: str | None = Field(description="`release`, `close` or `withdraw`")
    in_force: bool = Field(description="A recall that was closed goes on to be in force")
    lists: list[ListOut]


class WhichIn(BaseModel):
    """Which of an act's lists."""

    index: int | None = Field(
        None, ge=0, description="The statement's leaf index; the one that began the act by default"
    )


class ActIn(BaseModel):
    """Which act, by URI."""

    act: str = Field(min_length=1, max_length=MAX_URI, description="Its URI, percent-encoded")


class ActListIn(ActIn, WhichIn):
    """Which list of which act."""


@routes.get("/acts/<code>", ENTRIES, parameters=_CODE)
def by_code(reader: Reader, code: str) -> ActOut:
    """A hold or a recall by the code in its URI, with the lists that its statements name."""
    return _shown(reader, _uri(code))


@routes.get("/acts", ENTRIES)
def by_uri(reader: Reader, query: ActIn) -> ActOut:
    """A hold or a recall by its URI, with the lists that its statements name."""
    return _shown(reader, query.act)


@routes.get("/acts/<code>/list", ENTRIES, content={200: text("text/plain")}, parameters=_CODE)
def list_by_code(reader: Reader, code: str, query: WhichIn) -> Response:
    """The list of items that a statement on a hold or a recall names, one URI a line.

    Its SHA-256 and its root are what the signed statement says.
    """
    return _list(reader, _uri(code), query.index)


@routes.get("/acts/list", ENTRIES, content={200: text("text/plain")})
def list_by_uri(reader: Reader, query: ActListIn) -> Response:
    """The list of a statement on a hold or a recall, by the URI of that."""
    return _list(reader, query.act, query.index)


def _shown(reader: Reader, uri: str) -> ActOut:
    act = _act(reader, uri)
    return ActOut.of(
        act,
        index=act.leaf,
        in_force=act.is_in_force,
        lists=[
            ListOut(
                index=index,
                actor=link.actor,
                **{name: (link.statement or {})[name] for name in ("op", "count", "root", "list")},
            )
            for index, link in act_lists(reader, act.uri)
        ],
    )


def _list(reader: Reader, uri: str, statement: int | None) -> Response:
    act = _act(reader, uri)
    index = act.leaf if statement is None else statement
    link = dict(act_lists(reader, act.uri)).get(index)
    if link is None or link.statement is None:
        raise ProblemError(404, "index %s is no statement on this act with a list", index)
    stated, attachment = link.statement, site().ledger.attachments.get
    data = list_content(reader, act.leaf, index, stated, attachment)
    if data is None:
        raise ProblemError(404, "the list %s is not here any more", stated["list"])
    headers = {} if viewer.are_private() else _OPEN
    response = Response(data, 200, headers, content_type="text/plain; charset=utf-8")
    response.set_etag(str(stated["list"]))
    response.make_conditional(request)
    return response


def _uri(typed: str) -> str:
    with as_problem(404, IdentifierError):
        return codes.uri_of(codes.read(typed), site().host, "act")


def _act(reader: Reader, uri: str) -> Act:
    act = reader.act(uri)
    if act is None:
        raise ProblemError(404, "this ledger has no hold and no recall %s", uri[:200])
    return act
