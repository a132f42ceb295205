"""GET /api/v1/links/<index>/disclosures: what of a link's hidden fields the caller may see."""

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from suyuan.trace.entitled import entitled
from suyuan.trace.erasures import erasures
from suyuan.trace.link import Link, parse
from suyuan.trace.private.digests import committed
from suyuan.trace.rules import Refused
from suyuan.trace.store.read import Reader

from . import session
from .context import site
from .problems import ProblemError

blueprint = APIBlueprint("disclosures", __name__, url_prefix="/api/v1", tag="Links")


class DisclosureOut(BaseModel):
    """A hidden field, and the string by which it can be checked against the signed link."""

    pointer: str = Field(description="The JSON Pointer of its place in the event or statement")
    value: Any
    disclosure: str = Field(description="base64url of [salt, pointer, value]")
    digest: str = Field(description="The SHA-256 of that, which stands in the link's `_sd`")
    audience: Any = Field(description="`own`, `chain`, `public`, or a list of parties' URIs")


class ErasureOut(BaseModel):
    """A statement that erases hidden fields of this link."""

    index: int
    actor: str
    digests: list[str]
    recorded: datetime | None
    reason: str | None


class DisclosuresOut(BaseModel):
    """What of a link's hidden fields the caller may see, and what was erased."""

    index: int
    hash: str
    digests: int = Field(description="How many digests the link has, decoys among them")
    disclosures: list[DisclosureOut]
    erasures: list[ErasureOut]


@blueprint.get("/links/<int:index>/disclosures")
@blueprint.output(DisclosuresOut)
def of_link(index: int) -> tuple[DisclosuresOut, int, dict[str, str]]:
    """What the caller may see of a link's hidden fields.

    What is public to everyone; all else to who is signed in: its own party, the parties that it
    names, those along the chain, an inspector in whose remit its party lies. What was erased is
    here no more, and `erasures` says by whom and when.
    """
    who = session.current()
    viewer = None if who is None else who.uri
    with site().ledger.reading() as reader:
        link = _link(reader, index)
        found = [
            one
            for one in site().ledger.disclosures.of_link(reader, link)
            if one.field is not None and entitled(reader, site().genesis, one, link, viewer)
        ]
        told = erasures(reader, site().genesis, [link.hash]).get(link.hash, [])
    out = DisclosuresOut(
        index=index,
        hash=link.hash,
        digests=len(committed(link)),
        disclosures=[
            DisclosureOut(
                pointer=one.field.pointer,
                value=one.field.value,
                disclosure=str(one.stored),
                digest=one.digest,
                audience=one.audience.to_json(),
            )
            for one in found
            if one.field is not None
        ],
        erasures=[
            ErasureOut(
                index=one.index,
                actor=one.actor,
                digests=list(one.digests),
                recorded=one.recorded,
                reason=one.reason,
            )
            for one in told
        ],
    )
    return out, 200, {"Cache-Control": "no-store"}


def _link(reader: Reader, index: int) -> Link:
    stored = None if index >= 1 << 53 else reader.link(index)
    if stored is None:
        raise ProblemError(404, f"this ledger has no link at index {index}")
    try:
        return parse(stored.entry)
    except Refused:
        raise ProblemError(404, f"the link at index {index} cannot be read") from None
