"""GET /api/v1/items, /chains, /chain, /evidence: histories, evidence files, chains opened.

And the trust file.
"""

from collections.abc import Iterator

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.admission.state import Genesis
from suyuan.trace.exchange.history_json import HistoryJson, history_json
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Json
from suyuan.trace.goods import history
from suyuan.trace.goods.chain_report import ChainJson, chain_json, chain_report, item_history
from suyuan.trace.goods.history import History
from suyuan.trace.goods.reporting import Reported
from suyuan.trace.goods.verdicts import Cause, State, Tone
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.recall_forms import StatusJson
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import judge, statuses
from suyuan.trace.store.read.overview import Wanted, reported
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence, targets
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.limits import READING, Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, INSPECTOR, Routes
from suyuan.web.app.targets import Target
from suyuan.web.context import Site, site
from suyuan.web.text.record import records

_NOT_FOUND = {404: "No code of this ledger"}
routes = Routes("items", tag="Items", limit=READING)
_NO_CHAIN = {404: "No such item or chain"}
_CHAINS = Limit("chains", "120/minute")
Named = Field(min_length=1, max_length=2_000, description="An item's URI, or a trace code")
chains = Routes("chains", tag="Inspection", limit=_CHAINS, answers=_NO_CHAIN)


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
    history = target.history(reader, site.genesis)
    today = china_day(site.ledger.now())
    findings = reported(reader, Wanted(item=history.item, leaves=history.links.keys()))
    # Those about the item that the shown links complete: a path tells nothing of other ones.
    actors = {checked.link.actor for checked in history.links.values() if checked.link is not None}
    judgement = judge(reader, site.genesis, history, today=today)
    return history_json(
        reader,
        history,
        judgement.with_more(_more(site, target, history)),
        [Reported.of(viewer.without_others(reader, finding, actors)) for finding in findings],
        host=site.host,
        is_path=target.actor is not None,
    )


def _more(site: Site, target: Target, history: History) -> Iterator[Cause]:
    """What is beside the ledger's links: the index of codes, and events kept in files."""
    if target.is_index_wrong:
        yield Cause(State.BROKEN, "code", target.item, tone=Tone.BAD)
    for index, record in records(history, site.ledger.attachments.get).items():
        if record.is_unreadable:
            yield Cause(State.UNDECIDED, "unread", index=index)


class OfItemIn(BaseModel):
    """Which item."""

    item: str = Named


class ChainIn(OfItemIn):
    """Which chain, and from which number on."""

    actor: str | None = Field(
        None, max_length=600, description="Whose chain; not needed with a chain's own code"
    )
    start: int = Field(
        0, ge=0, lt=1 << 40, description="The number of the first link that is given"
    )


class HeadLineOut(BaseModel):
    """One of the chains about an item."""

    actor: str
    actor_name: str | None
    code: str = Field(description="The chain's trace code")
    links: int


class ChainsOut(BaseModel):
    """All chains about an item, in the order in which they began; its history verified now."""

    item: str
    code: str
    size: int
    is_good: bool = Field(description="Whether every link verified and none is missing")
    is_cut: bool = Field(description="Whether the history is too long and was not all verified")
    broken: list[int] = Field(description="Links in which something is wrong")
    gaps: list[str] = Field(description="What is missing")
    acts: list[StatusJson] = Field(description="Recalls and holds that it is under")
    chains: list[HeadLineOut]


@chains.get("/chains", INSPECTOR, patient=True)
def of_item(reader: Reader, query: OfItemIn) -> ChainsOut:
    """All chains about an item that a party of one's remit knows, its history verified now."""
    item = remits.item(reader, viewer.remit(), query.item).item
    history = item_history(reader, site().genesis, item)
    return ChainsOut(
        item=item,
        code=codes.of_uri(item, site().host),
        size=history.size,
        is_good=history.is_good,
        is_cut=history.is_cut,
        broken=sorted(index for index, link in history.links.items() if not link.is_good),
        gaps=[gap.why for gap in history.gaps],
        acts=[status_json(act, site().host) for act in statuses(reader, site().genesis, history)],
        chains=[
            HeadLineOut(
                actor=head.actor,
                actor_name=reader.name(head.actor),
                code=codes.of_chain(item, head.actor),
                links=head.seq + 1,
            )
            for head in reader.chains(item)
        ],
    )


@chains.get("/chain", INSPECTOR)
def one(reader: Reader, query: ChainIn) -> ChainJson:
    """One chain, opened: bytes, hash, signature, place and proof of each link, checked now."""
    target = remits.item(reader, viewer.remit(), query.item)
    actor = query.actor or target.actor
    if actor is None:
        raise ProblemError(422, "actor: whose chain, or give the chain's own code")
    trust, start = site().ledger.trust, query.start
    report = chain_report(reader, trust, target.item, actor, start=start)
    if report is None or start >= report.length:
        raise ProblemError(404, "no such chain, or no such number in it")
    return chain_json(reader, report)


@chains.get(
    "/evidence",
    INSPECTOR,
    limit="evidence 30/minute",
    content={200: evidence.CONTENT},
    answers=evidence.ANSWERS | _NO_CHAIN,
    patient=True,
)
def whole(reader: Reader, query: OfItemIn) -> Response:
    """The evidence of all chains of an item that a party of one's remit knows."""
    target = remits.item(reader, viewer.remit(), query.item)
    return evidence.answer(reader, site(), _Whole(target.item, None))


class _Whole(Target):
    """An item with all of its chains, as only an inspector may take it."""

    __slots__ = ()

    def history(self, reader: Reader, genesis: Genesis, *, size: int | None = None) -> History:
        """All chains of the item, with what it came from."""
        del size  # it is read at once
        return history.whole(reader, genesis, self.item)
