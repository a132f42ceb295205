"""GET …/lineage and …/holdings: what an item was made from, what from it, who has it now."""

from typing import Any, Literal

import orjson
from flask import Response, request
from pydantic import BaseModel, Field

from suyuan.trace.exchange import tracing
from suyuan.trace.exchange.tracing import Query, UnreadableError
from suyuan.trace.format.epcis import MEDIA_TYPE as EPCIS_TYPE
from suyuan.trace.format.identifiers import codes
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.trace.lineage.drawing import lineage_json
from suyuan.trace.lineage.drawing.lineage_json import ItemHoldingsJson, LineageJson
from suyuan.trace.lineage.drawing.lineage_view import Direction
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import targets
from suyuan.web.app.access import session
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import as_problem
from suyuan.web.app.routes import ENTRIES, Routes
from suyuan.web.context import site
from suyuan.web.text.languages import is_chinese
from suyuan.web.text.recalls_names import lineage_in_words

from ..ledger.items import ItemIn

_ANSWERS = {200: "As of a number of links, which it gives", 404: "No item of this ledger"}
_OTHER_FORMS = {
    svg.MEDIA_TYPE: {"schema": {"type": "string", "description": "A graph to be read and printed"}},
    EPCIS_TYPE: {
        "schema": {"type": "object", "description": "An EPCIS 2.0 document of all events about it"}
    },
}
MOST = 10_000
"""Items each way in one answer."""

_KINDS = {"json": "application/json", "svg": svg.MEDIA_TYPE, "epcis": EPCIS_TYPE}
routes = Routes("lineage", tag="Lineage", limit=READING, answers=_ANSWERS)


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


@routes.get("/items/<code>/lineage", ENTRIES, output=LineageJson, content={200: _OTHER_FORMS})
def by_code(reader: Reader, code: str, query: LineageIn) -> Response:
    """The lineage of the item that a trace code names.

    As JSON, as an SVG graph, or as an EPCIS document of all events about it: by `format`, else
    by Accept. At most 10,000 items each way; where there are more, the answer says so.
    """
    return _lineage(reader, targets.by_code(reader, site().host, code).item, query)


@routes.get("/lineage", ENTRIES, output=LineageJson, content={200: _OTHER_FORMS})
def by_uri(reader: Reader, query: LineageOfIn) -> Response:
    """The lineage of an item by its URI."""
    return _lineage(reader, targets.by_uri(reader, site().host, query.item).item, query)


@routes.get("/items/<code>/holdings", ENTRIES, output=ItemHoldingsJson)
def holdings_by_code(reader: Reader, code: str) -> Response:
    """Who has how much of the item that a trace code names, and of all that was made from it."""
    return _holdings(reader, targets.by_code(reader, site().host, code).item)


@routes.get("/holdings", ENTRIES, output=ItemHoldingsJson)
def holdings_by_uri(reader: Reader, query: ItemIn) -> Response:
    """Who has how much of an item by its URI, and of all that was made from it."""
    return _holdings(reader, targets.by_uri(reader, site().host, query.item).item)


def _lineage(reader: Reader, item: str, query: LineageIn) -> Response:
    best = request.accept_mimetypes.best_match(list(_KINDS.values()), _KINDS["json"])
    kind: str = query.format or next(kind for kind, media in _KINDS.items() if media == best)
    where, wanted = site(), Query(Direction(query.direction), query.depth, MOST)
    made = where.ledger.now()
    if kind == "epcis":
        graph = tracing.graph(reader, [item], wanted)
        with as_problem(422, UnreadableError):
            events = tracing.epcis(reader, graph, where.ledger.attachments.get, made)
        response = Response(orjson.dumps(events), content_type=EPCIS_TYPE)
    elif kind == "svg":
        view = tracing.view(reader, where.ledger.trust, [item], wanted, made)
        user = session.current()
        view = lineage_in_words(reader, view, None if user is None else user.uri)
        with as_problem(422, svg.TooManyError):
            drawing = svg.draw(view, "zh" if is_chinese() else "en")
        response = Response(svg.render(drawing), content_type=f"{svg.MEDIA_TYPE}; charset=utf-8")
    else:
        view = tracing.view(reader, where.ledger.trust, [item], wanted, made)
        response = _json(lineage_json.lineage(view))
    suffix = {"json": "json", "svg": "svg", "epcis": "jsonld"}[kind]
    name = f"lineage-{codes.of_uri(item, where.host)}.{suffix}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _holdings(reader: Reader, item: str) -> Response:
    held = tracing.holdings(reader, site().ledger.trust, [item], site().ledger.now())
    return _json(lineage_json.holdings([item], held.view.graph.size, held.stocks, held.view))


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), content_type=_KINDS["json"])
