"""GET /api/v1/items: histories and evidence files; and the trust file."""

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.exchange.history_json import HistoryJson
from suyuan.trace.format.json_values import Json
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence, targets
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.context import site

from . import answers

routes = Routes("items", tag="Items")
_NOT_FOUND = {404: "No code of this ledger"}


class ItemIn(BaseModel):
    """Which item, by URI."""

    item: str = Field(min_length=1, max_length=2_000, description="The item's URI, percent-encoded")


@routes.get("/items/<code>", ANYBODY, limit=READING, output=HistoryJson, answers=_NOT_FOUND)
def by_code(reader: Reader, code: str) -> Json:
    """The history that a trace code names.

    For a chain's code the path from the source to its holder, for an item's own code what is
    common to all holders. Every link is verified as it is answered.
    """
    return answers.history(reader, site(), targets.by_code(reader, site().host, code))


@routes.get("/items", ANYBODY, limit=READING, output=HistoryJson, answers=_NOT_FOUND)
def by_uri(reader: Reader, query: ItemIn) -> Json:
    """The history of an item by its URI: what is common to all holders."""
    return answers.history(reader, site(), targets.by_uri(reader, site().host, query.item))


@routes.get(
    "/items/<code>/evidence",
    ANYBODY,
    limit=READING,
    content={200: evidence.CONTENT},
    answers=_NOT_FOUND | evidence.ANSWERS,
)
def evidence_by_code(reader: Reader, code: str) -> Response:
    """The evidence file that a trace code names, to be verified without this server.

    For a chain's code the path from the source to its holder, for an item's own code what is
    common to all holders.
    """
    return evidence.answer(reader, site(), targets.by_code(reader, site().host, code))


@routes.get(
    "/items/evidence",
    ANYBODY,
    limit=READING,
    content={200: evidence.CONTENT},
    answers=_NOT_FOUND | evidence.ANSWERS,
)
def evidence_by_uri(reader: Reader, query: ItemIn) -> Response:
    """The evidence file of an item by its URI: what is common to all holders."""
    return evidence.answer(reader, site(), targets.by_uri(reader, site().host, query.item))


@routes.get("/trust", ANYBODY, content={200: {"application/json": {"schema": {"type": "object"}}}})
def trust() -> Response:
    """The trust file: what a verifier is given, once, to check this ledger."""
    return Response(site().ledger.trust.to_json(), content_type="application/json")
