"""POST /api/v1/heads: where chains end, for those who sign the next link."""

from typing import Annotated

from apiflask import APIBlueprint
from pydantic import AfterValidator, BaseModel, Field, RootModel

from suyuan.trace.members import MAX_URI
from suyuan.trace.members import uri as is_uri

from . import acting_for, session
from .context import site
from .limiting import READING, limited
from .log import may_read_entries
from .problems import ProblemError

blueprint = APIBlueprint("heads", __name__, url_prefix="/api/v1", tag="Chains")


def _uri(value: str) -> str:
    if not is_uri(value):
        raise ValueError(f"must be an absolute ASCII URI of at most {MAX_URI} bytes")
    return value


Uri = Annotated[str, AfterValidator(_uri), Field(max_length=MAX_URI)]


class ChainIn(BaseModel):
    """One chain: what one actor says of one subject."""

    item: Uri
    actor: Uri


class ChainsIn(RootModel[Annotated[list[ChainIn], Field(max_length=1_000)]]):
    """Chains, at most 1,000."""


class HeadOut(BaseModel):
    """The last link of a chain."""

    seq: int
    hash: str


class ChainOut(BaseModel):
    """A chain and its head; null for a chain that is not there yet."""

    item: str
    actor: str
    head: HeadOut | None


class HeadsOut(BaseModel):
    """Heads in the order in which they were asked for, all as of one moment."""

    chains: list[ChainOut]


@blueprint.post("/heads")
@blueprint.input(ChainsIn, arg_name="asked")
@blueprint.output(HeadsOut)
@limited("reading", READING)
def heads(asked: ChainsIn) -> HeadsOut:
    """The present heads of chains, by item and actor.

    Where entries are private, one's own, and those of a party that gave one a mandate; inspectors
    and auditors have all.
    """
    _require_theirs({chain.actor for chain in asked.root})
    found = site().ledger.heads([(chain.item, chain.actor) for chain in asked.root])
    return HeadsOut(
        chains=[
            ChainOut(
                item=chain.item,
                actor=chain.actor,
                head=None if head is None else HeadOut(seq=head.seq, hash=head.hash),
            )
            for chain in asked.root
            for head in (found[chain.item, chain.actor],)
        ]
    )


def _require_theirs(actors: set[str]) -> None:
    """That one has a chain about an item says with whom one trades."""
    if site().ledger.trust.entries != "private" or may_read_entries():
        return
    who = session.current()
    if who is None:
        raise ProblemError(401, "this ledger's entries are not public: sign in to sign on")
    if not all(acting_for.may_see(who, actor) for actor in actors):
        raise ProblemError(403, "this ledger's entries are not public: ask for your own chains")
