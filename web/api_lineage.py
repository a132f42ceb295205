"""GET …/lineage and …/holdings: what an item was made from, what from it, who has it now."""

from collections.abc import Callable
from typing import Any, Literal

import orjson
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from suyuan.trace import tracing
from suyuan.trace.epcis.document import MEDIA_TYPE as EPCIS_TYPE
from suyuan.trace.identifiers import codes
from suyuan.trace.lineage import drawing_svg as svg
from suyuan.trace.lineage import plain
from suyuan.trace.lineage.view import Direction, View
from suyuan.trace.store.read import Reader
from suyuan.trace.tracing import Asked, UnreadableError

from . import entries, targets
from .api_items import ItemIn
from .context import site
from .languages import is_chinese
from .limiting import READING, limited
from .problems import ProblemError
from .targets import NotOurs, Target

blueprint = APIBlueprint("lineage", __name__, url_prefix="/api/v1", tag="Lineage")
MOST = 10_000
"""Items each way in one answer."""

_KINDS = {"json": "application/json", "svg": svg.MEDIA_TYPE, "epcis": EPCIS_TYPE}


class LineageIn(BaseModel):
    """Which lineage, and in what form."""

    direction: Literal["back", "forward", "both"] = Field(
        "both", description="What it was made from, what was made from it, or both"
    )
    depth: int | None = Field(None, ge=1, le=1_000, description="How many makings; all if absent")
    format: Literal["json", "svg", "epcis"] | None = Field(
        None, description="In place of the header Accept"
    )
    lang: str | None = Field(
        None, max_length=20, description="zh or en, in place of the header Accept-Language"
    )


class LineageOfIn(LineageIn, ItemIn):
    """Of which item by URI, and in what form."""


blueprint.before_request(entries.require)


@blueprint.get("/items/<code>/lineage")
@blueprint.input(LineageIn, location="query", arg_name="asked")
@limited("reading", READING)
def by_code(code: str, asked: LineageIn) -> Response:
    """The lineage of the item that a trace code names.

    As JSON, as an SVG graph, or as an EPCIS document of all events about it: by `format`, else
    by Accept. At most 10,000 items each way; where there are more, the answer says so.
    """
    return _lineage(lambda reader: targets.by_code(reader, site().host, code), asked)


@blueprint.get("/lineage")
@blueprint.input(LineageOfIn, location="query", arg_name="asked")
@limited("reading", READING)
def by_uri(asked: LineageOfIn) -> Response:
    """The lineage of an item by its URI."""
    return _lineage(lambda reader: targets.by_uri(reader, site().host, asked.item), asked)


@blueprint.get("/items/<code>/holdings")
@limited("reading", READING)
def holdings_by_code(code: str) -> Response:
    """Who has how much of the item that a trace code names, and of all that was made from it."""
    return _holdings(lambda reader: targets.by_code(reader, site().host, code))


@blueprint.get("/holdings")
@blueprint.input(ItemIn, location="query", arg_name="asked")
@limited("reading", READING)
def holdings_by_uri(asked: ItemIn) -> Response:
    """Who has how much of an item by its URI, and of all that was made from it."""
    return _holdings(lambda reader: targets.by_uri(reader, site().host, asked.item))


def _lineage(find: Callable[[Reader], Target], asked: LineageIn) -> Response:
    kind = asked.format or _accepted()
    where = site()
    wanted = Asked(Direction(asked.direction), asked.depth, MOST)
    with where.ledger.reading() as reader:
        item = _item(find, reader)
        made = where.ledger.now()
        if kind == "epcis":
            graph = tracing.graph(reader, [item], wanted)
            try:
                found = tracing.epcis(reader, graph, where.ledger.attachments.get, made)
            except UnreadableError as error:
                raise ProblemError(422, str(error)) from None
            response = _answer(found, EPCIS_TYPE)
        else:
            view = tracing.view(reader, where.ledger.trust, [item], wanted, made)
            response = (
                _drawing(view) if kind == "svg" else _answer(plain.lineage(view), _KINDS["json"])
            )
    suffix = {"json": "json", "svg": "svg", "epcis": "jsonld"}[kind]
    name = f"lineage-{codes.of_uri(item, where.host)}.{suffix}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _drawing(view: View) -> Response:
    try:
        drawing = svg.draw(view, "zh" if is_chinese() else "en")
    except svg.TooManyError as error:
        raise ProblemError(422, str(error)) from None
    return Response(svg.render(drawing), content_type=f"{svg.MEDIA_TYPE}; charset=utf-8")


def _holdings(find: Callable[[Reader], Target]) -> Response:
    where = site()
    with where.ledger.reading() as reader:
        item = _item(find, reader)
        found = tracing.holdings(reader, where.ledger.trust, [item], where.ledger.now())
    size = found.view.graph.size
    return _answer(plain.holdings([item], size, found.stocks, found.view), _KINDS["json"])


def _item(find: Callable[[Reader], Target], reader: Reader) -> str:
    try:
        return find(reader).item
    except NotOurs as error:
        more = ": it was mistyped, or is no item's" if error.is_typo else ""
        raise ProblemError(404, f"no code of this ledger{more}") from None


def _accepted() -> str:
    best = request.accept_mimetypes.best_match(list(_KINDS.values()), _KINDS["json"])
    return next(kind for kind, found in _KINDS.items() if found == best)


def _answer(value: Any, kind: str) -> Response:
    return Response(orjson.dumps(value), content_type=kind)
