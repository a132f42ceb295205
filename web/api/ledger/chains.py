"""GET /api/v1/chain, /api/v1/evidence: a chain opened link by link, and the whole of an item."""

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods import history
from suyuan.trace.goods.chain_report import ChainJson, chain_json, chain_report, item_history
from suyuan.trace.goods.history import History
from suyuan.trace.recall.recall_forms import StatusJson
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import statuses
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.app.targets import Target
from suyuan.web.context import site

_NOT_FOUND = {404: "No such item or chain"}
_CHAINS = Limit("chains", "120/minute")
Named = Field(min_length=1, max_length=2_000, description="An item's URI, or a trace code")
routes = Routes("chains", tag="Inspection", limit=_CHAINS, answers=_NOT_FOUND)


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


@routes.get("/chains", INSPECTOR, patient=True)
def of_item(reader: Reader, query: OfItemIn) -> ChainsOut:
    """All chains about an item that a party of one's remit knows, its history verified now."""
    item = remits.item(reader, viewer.remit(), query.item).item
    found = item_history(reader, site().genesis, item)
    return ChainsOut(
        item=item,
        code=codes.of_uri(item, site().host),
        size=found.size,
        is_good=found.is_good,
        is_cut=found.is_cut,
        broken=sorted(index for index, link in found.links.items() if not link.is_good),
        gaps=[gap.why for gap in found.gaps],
        acts=[status_json(one, site().host) for one in statuses(reader, site().genesis, found)],
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


@routes.get("/chain", INSPECTOR)
def one(reader: Reader, query: ChainIn) -> ChainJson:
    """One chain, opened: bytes, hash, signature, place and proof of each link, checked now."""
    target = remits.item(reader, viewer.remit(), query.item)
    actor = query.actor or target.actor
    if actor is None:
        raise ProblemError(422, "actor: whose chain, or give the chain's own code")
    trust, start = site().ledger.trust, query.start
    found = chain_report(reader, trust, target.item, actor, start=start)
    if found is None or start >= found.length:
        raise ProblemError(404, "no such chain, or no such number in it")
    return chain_json(reader, found)


@routes.get(
    "/evidence",
    INSPECTOR,
    limit="evidence 30/minute",
    content={200: evidence.CONTENT},
    answers=evidence.ANSWERS | _NOT_FOUND,
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
