"""GET /api/v1/items: histories and evidence files; and the trust file."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from . import answers, evidence, targets
from .answers import HistoryOut
from .context import site
from .limiting import READING, limited
from .problems import ProblemError
from .targets import NotOurs

blueprint = APIBlueprint("items", __name__, url_prefix="/api/v1", tag="Items")


class ItemIn(BaseModel):
    """Which item, by URI."""

    item: str = Field(min_length=1, max_length=2_000, description="The item's URI, percent-encoded")


@blueprint.get("/items/<code>")
@blueprint.output(HistoryOut)
@limited("reading", READING)
def by_code(code: str) -> HistoryOut:
    """The history that a trace code names.

    For a chain's code the path from the source to its holder, for an item's own code what is
    common to all holders. Every link is verified as it is answered.
    """
    with site().ledger.reading() as reader:
        try:
            target = targets.by_code(reader, site().host, code)
        except NotOurs as error:
            raise _missing(error) from None
        return answers.history(reader, site(), target)


@blueprint.get("/items")
@blueprint.input(ItemIn, location="query", arg_name="asked")
@blueprint.output(HistoryOut)
@limited("reading", READING)
def by_uri(asked: ItemIn) -> HistoryOut:
    """The history of an item by its URI: what is common to all holders."""
    with site().ledger.reading() as reader:
        try:
            target = targets.by_uri(reader, site().host, asked.item)
        except NotOurs as error:
            raise _missing(error) from None
        return answers.history(reader, site(), target)


@blueprint.get("/items/<code>/evidence")
@limited("reading", READING)
def evidence_by_code(code: str) -> Response:
    """The evidence file that a trace code names, to be verified without this server.

    For a chain's code the path from the source to its holder, for an item's own code what is
    common to all holders.
    """
    with site().ledger.reading() as reader:
        try:
            target = targets.by_code(reader, site().host, code)
        except NotOurs as error:
            raise _missing(error) from None
        return evidence.answer(reader, site(), target)


@blueprint.get("/items/evidence")
@blueprint.input(ItemIn, location="query", arg_name="asked")
@limited("reading", READING)
def evidence_by_uri(asked: ItemIn) -> Response:
    """The evidence file of an item by its URI: what is common to all holders."""
    with site().ledger.reading() as reader:
        try:
            target = targets.by_uri(reader, site().host, asked.item)
        except NotOurs as error:
            raise _missing(error) from None
        return evidence.answer(reader, site(), target)


@blueprint.get("/trust")
def trust() -> Response:
    """The trust file: what a verifier is given, once, to check this ledger."""
    return Response(site().ledger.trust.to_json(), content_type="application/json")


def _missing(error: NotOurs) -> ProblemError:
    if error.is_typo:
        return ProblemError(404, "no code of this ledger: it was mistyped, or is no item's")
    return ProblemError(404, "no code of this ledger")
