"""GET /api/v1/items: histories and evidence files; and the trust file."""

from collections.abc import Iterator

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.exchange.history_json import HistoryJson, history_json
from suyuan.trace.format.json_values import Json
from suyuan.trace.goods.history import History
from suyuan.trace.goods.reporting import Reported
from suyuan.trace.goods.verdicts import Cause, State, Tone
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.status import judge
from suyuan.trace.store.read.overview import Wanted, reported
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence, targets
from suyuan.web.app.access import viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.app.targets import Target
from suyuan.web.context import Site, site
from suyuan.web.text.record import records

_NOT_FOUND = {404: "No code of this ledger"}
routes = Routes("items", tag="Items", limit=READING)


class ItemIn(BaseModel):
    """Which item, by URI."""

    item: str = Field(min_length=1, max_length=2_000, description="The item's URI, percent-encoded")


@routes.get("/items/<code>", ANYBODY, output=HistoryJson, answers=_NOT_FOUND)
def by_code(reader: Reader, code: str) -> Json:
    """The history that a trace code names.

    For a chain's code the path from the source to its holder, for an item's own code what is
    common to all holders. Every link is verified as it is answered.
    """
    return _history(reader, site(), targets.by_code(reader, site().host, code))


@routes.get("/items", ANYBODY, output=HistoryJson, answers=_NOT_FOUND)
def by_uri(reader: Reader, query: ItemIn) -> Json:
    """The history of an item by its URI: what is common to all holders."""
    return _history(reader, site(), targets.by_uri(reader, site().host, query.item))


@routes.get(
    "/items/<code>/evidence",
    ANYBODY,
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
    content={200: evidence.CONTENT},
    answers=_NOT_FOUND | evidence.ANSWERS,
)
def evidence_by_uri(reader: Reader, query: ItemIn) -> Response:
    """The evidence file of an item by its URI: what is common to all holders."""
    return evidence.answer(reader, site(), targets.by_uri(reader, site().host, query.item))


@routes.get(
    "/trust",
    ANYBODY,
    content={200: {"application/json": {"schema": {"type": "object"}}}},
    limit=None,
)
def trust() -> Response:
    """The trust file: what a verifier is given, once, to check this ledger."""
    return Response(site().ledger.trust.to_json(), content_type="application/json")


def _history(reader: Reader, site: Site, target: Target) -> Json:
    """The history of a target, every link verified now."""
    found = target.history(reader, site.genesis)
    today = china_day(site.ledger.now())
    findings = reported(reader, Wanted(item=found.item, leaves=found.links.keys()))
    # Those about the item that the shown links complete: a path tells nothing of other ones.
    actors = {one.link.actor for one in found.links.values() if one.link is not None}
    judgement = judge(reader, site.genesis, found, today=today)
    return history_json(
        reader,
        found,
        judgement.with_more(_more(site, target, found)),
        [Reported.of(viewer.without_others(reader, one, actors)) for one in findings],
        host=site.host,
        is_path=target.actor is not None,
    )


def _more(site: Site, target: Target, found: History) -> Iterator[Cause]:
    """What is beside the ledger's links: the index of codes, and events kept in files."""
    if target.is_index_wrong:
        yield Cause(State.BROKEN, "code", target.item, tone=Tone.BAD)
    for index, record in records(found, site.ledger.attachments.get).items():
        if record.is_unreadable:
            yield Cause(State.UNDECIDED, "unread", index=index)
