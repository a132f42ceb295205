"""GET /api/v1/chain, /api/v1/evidence: a chain opened link by link, and the whole of an item."""

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods import history
from suyuan.trace.goods.chain_report import ChainReport, ReportedLink, chain_report
from suyuan.trace.goods.history import History
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import statuses
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Instant, Out, Routes
from suyuan.web.app.targets import Target
from suyuan.web.context import site

from .answers import StandingOut

routes = Routes("chains", tag="Inspection")
_NOT_FOUND = {404: "No such item or chain"}
_CHAINS = Limit("chains", "120/minute")
_WHOLE = 2_000  # links of an item's own chains that one request verifies
Named = Field(min_length=1, max_length=2_000, description="An item's URI, or a trace code")


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
    acts: list[StandingOut] = Field(description="Recalls and holds that it is under")
    chains: list[HeadLineOut]


class BrokenOut(Out):
    """A rule that is broken, and why."""

    rule: str
    why: str


class OpenedKeyOut(Out):
    """The key that a link names."""

    keyid: str
    party: str | None = Field(description="For whom it is enrolled; null for the root key")
    party_name: str | None
    enrolled: int | None
    enrolled_by: str | None
    alg: str | None
    lost: bool = Field(description="Reported lost since before the link")


class ProofOut(Out):
    """The audit path from the leaf to the root of the newest checkpoint (RFC 6962)."""

    size: int
    siblings: list[str] = Field(description="Hashes, from the leaf's neighbour upwards")
    wrong: str | None = Field(description="Why the path does not lead there")


class OpenedOut(Out):
    """A number of a chain: what is stored there, and what was found of it."""

    seq: int
    index: int | None = Field(description="Null where the link is gone")
    is_good: bool
    problems: list[BrokenOut]
    stored_hash: str | None = Field(description="As the store has it")
    hash: str | None = Field(description="Made anew of the bytes as they are now")
    envelope: str | None = Field(description="The exact bytes; null where they are no UTF-8")
    payload: str | None = Field(description="What was signed, spaced for people")
    signed_at: str | None
    recorded: Instant | None
    is_mandated: bool
    key: OpenedKeyOut | None
    proof: ProofOut | None = Field(description="Null where no checkpoint covers it")


class ChainOut(Out):
    """A chain opened link by link."""

    item: str
    actor: str
    actor_name: str | None
    code: str
    length: int
    is_good: bool
    problems: list[BrokenOut] = Field(description="Of the checkpoint, and of the chain's end")
    checkpoint: str | None = Field(description="The newest, a signed note")
    size: int = Field(description="How many links that covers")
    links: list[OpenedOut]
    next: int | None = Field(description="The number to go on from; null at the end")


@routes.get("/chains", INSPECTOR, limit=_CHAINS, answers=_NOT_FOUND)
def of_item(query: OfItemIn) -> ChainsOut:
    """All chains about an item that a party of one's remit knows, its history verified now."""
    with site().ledger.reading(patient=True) as reader:
        return chains(reader, remits.item(reader, viewer.remit(), query.item).item)


@routes.get("/chain", INSPECTOR, limit=_CHAINS, answers=_NOT_FOUND)
def one(query: ChainIn) -> ChainOut:
    """One chain, opened: bytes, hash, signature, place and proof of each link, checked now."""
    with site().ledger.reading() as reader:
        target, actor = named(reader, viewer.remit(), query)
        if actor is None:
            raise ProblemError(422, "actor: whose chain, or give the chain's own code")
        return chain(reader, target.item, actor, query.start)


@routes.get(
    "/evidence",
    INSPECTOR,
    limit="evidence 30/minute",
    content={200: evidence.CONTENT},
    answers=evidence.ANSWERS | _NOT_FOUND,
)
def whole(query: OfItemIn) -> Response:
    """The evidence of all chains of an item that a party of one's remit knows."""
    with site().ledger.reading(patient=True) as reader:
        target = remits.item(reader, viewer.remit(), query.item)
        return evidence.answer(reader, site(), _Whole(target.item, None))


class _Whole(Target):
    """An item with all of its chains, as only an inspector may take it."""

    __slots__ = ()

    def history(self, reader: Reader, genesis: Genesis, *, size: int | None = None) -> History:
        """All chains of the item, with what it came from."""
        del size  # it is read at once
        return history.whole(reader, genesis, self.item)


def named(reader: Reader, remit: Remit, query: ChainIn) -> tuple[Target, str | None]:
    """The item and the actor that are asked for, in a remit."""
    target = remits.item(reader, remit, query.item)
    return target, query.actor or target.actor


def chains(reader: Reader, item: str) -> ChainsOut:
    """All chains of an item, and whether its history stands."""
    heads = reader.chains(item)
    is_short = sum(head.seq + 1 for head in heads) <= _WHOLE
    # Of a lot that somebody has flooded the inspector opens chain by chain, a page at a time.
    found = (
        history.whole(reader, site().genesis, item)
        if is_short
        else History(item, None, reader.size(), is_cut=True)
    )
    return ChainsOut(
        item=item,
        code=codes.of_uri(item, site().host),
        size=found.size,
        is_good=found.is_good,
        is_cut=found.is_cut,
        broken=sorted(index for index, link in found.links.items() if not link.is_good),
        gaps=[gap.why for gap in found.gaps],
        acts=[
            StandingOut(**status_json(one, site().host))
            for one in statuses(reader, site().genesis, found)
        ],
        chains=[
            HeadLineOut(
                actor=head.actor,
                actor_name=reader.name(head.actor),
                code=codes.of_chain(item, head.actor),
                links=head.seq + 1,
            )
            for head in heads
        ],
    )


def chain(reader: Reader, item: str, actor: str, start: int) -> ChainOut:
    """A chain, opened; a problem where there is none."""
    found = chain_report(reader, site().ledger.trust, item, actor, start=start)
    if found is None or start >= found.length:
        raise ProblemError(404, "no such chain, or no such number in it")
    return chain_out(reader, found)


def chain_out(reader: Reader, found: ChainReport) -> ChainOut:
    """An opened chain as it is answered."""
    return ChainOut.of(
        found,
        actor_name=reader.name(found.actor),
        code=codes.of_chain(found.item, found.actor),
        checkpoint=found.note,
        links=[_opened(reader, link) for link in found.links],
    )


def _opened(reader: Reader, found: ReportedLink) -> OpenedOut:
    checked = found.checked
    if checked is None:
        gone = BrokenOut(rule="missing", why=f"link number {found.seq} is not in the ledger")
        return OpenedOut(
            seq=found.seq, index=None, is_good=False, problems=[gone], stored_hash=None, hash=None,
            envelope=None, payload=None, signed_at=None, recorded=None, is_mandated=False,
            key=None, proof=None,
        )  # fmt: skip
    problems = list(map(BrokenOut.model_validate, checked.problems))
    if found.proof is not None and found.proof.wrong is not None:
        problems.append(BrokenOut(rule="log", why=found.proof.wrong))
    link = checked.link
    return OpenedOut.of(
        found,
        index=checked.index,
        problems=problems,
        hash=checked.hash,
        signed_at=None if link is None else link.signed_at,
        recorded=checked.recorded,
        is_mandated=checked.is_mandated,
        key=_key(reader, found),
        proof=None
        if found.proof is None
        else ProofOut.of(found.proof, siblings=[one.hex() for one in found.proof.siblings]),
    )


def _key(reader: Reader, found: ReportedLink) -> OpenedKeyOut | None:
    checked = found.checked
    if checked is None or checked.link is None:
        return None
    key, keyid, lost = checked.key, checked.link.keyid, checked.is_lost_key
    if key is None:
        return OpenedKeyOut(
            keyid=keyid, party=None, party_name=None, enrolled=None, enrolled_by=None, alg=None,
            lost=lost,
        )  # fmt: skip
    return OpenedKeyOut.of(key, keyid=keyid, party_name=reader.name(key.party), lost=lost)
