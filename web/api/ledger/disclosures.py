"""/api/v1/links/<index>/disclosures: what of hidden fields the caller may see; …/erasure/draft."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import Link
from suyuan.trace.format.private.digests import committed
from suyuan.trace.goods.disclosures import erasure_statement, erasures
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import disclosed, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import OWN_DEVICE, VIEWER, Out, Routes
from suyuan.web.context import site
from suyuan.web.text.names import titled

from .to_sign import LinksToSignOut, SignableOut, link_to_sign, to_sign

routes = Routes("disclosures", tag="Links", answers={404: "No such link"})


class DisclosureOut(BaseModel):
    """A hidden field, and the string by which it can be checked against the signed link."""

    pointer: str = Field(description="The JSON Pointer of its place in the event or statement")
    value: Any
    disclosure: str = Field(description="base64url of [salt, pointer, value]")
    digest: str = Field(description="The SHA-256 of that, which stands in the link's `_sd`")
    audience: Any = Field(description="`own`, `chain`, `public`, or a list of parties' URIs")


class ErasureOut(Out):
    """A statement that erases hidden fields of this link."""

    index: int
    actor: str
    digests: list[str]
    recorded: datetime | None
    reason: str | None


class DisclosuresOut(Out):
    """The hidden fields of a link that the caller may see, and the erasures of others."""

    index: int
    hash: str
    digests: int = Field(description="How many digests the link has, decoys among them")
    disclosures: list[DisclosureOut]
    erasures: list[ErasureOut]


class ErasingIn(BaseModel):
    """What to erase of what a link hides."""

    digests: Annotated[list[Annotated[str, Field(max_length=43)]], Field(max_length=1_000)] = Field(
        default=[], description="Of the fields to erase, as the link's `_sd` has them"
    )
    all: bool = Field(default=False, description="All that the link hides, whatever it is")
    reason: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Why: recorded in the open, so that no person's name belongs here"
    )


class ErasureDraftOut(SignableOut):
    """One statement to sign."""


class ErasureDraftsOut(LinksToSignOut):
    """A statement that erases hidden fields, to be signed by who is signed in."""

    drafts: list[ErasureDraftOut]


@routes.get("/links/<int:index>/disclosures", VIEWER, limit=READING, output=DisclosuresOut)
def of_link(reader: Reader, index: int) -> tuple[DisclosuresOut, int, dict[str, str]]:
    """What the caller may see of a link's hidden fields.

    What is public to everyone; all else to who is signed in: its own party, the parties that it
    names, those along the chain, an inspector in whose remit its party lies. What was erased is
    here no more, and `erasures` says by whom and when.
    """
    link = disclosed.link_at(reader, index)
    rows = disclosed.of_link(reader, link, viewer.uri())
    erased = erasures(reader, site().genesis, [link.hash]).get(link.hash, [])
    if viewer.are_private() and not disclosed.may_see_actor(reader, link, viewer.uri(), rows):
        erased = []  # by whom something was erased is nobody's business there either
    out = DisclosuresOut(
        index=index,
        hash=link.hash,
        digests=len(committed(link)),
        disclosures=[
            DisclosureOut(
                pointer=row.field.pointer,
                value=row.field.value,
                disclosure=row.stored,
                digest=row.digest,
                audience=row.audience.to_json(),
            )
            for row in rows
        ],
        erasures=list(map(ErasureOut.model_validate, erased)),
    )
    return out, 200, {"Cache-Control": "no-store"}


@routes.post(
    "/links/<int:index>/erasure/draft",
    OWN_DEVICE,
    limit="recording 240/minute",
    output=ErasureDraftsOut,
)
def erasing(user: SignedIn, reader: Reader, index: int, body: ErasingIn) -> dict[str, Any]:
    """The statement that erases hidden fields of a link for ever, to be signed by the caller.

    For the party whose record it is, the authority, and a registrar in whose remit the party is.
    Nothing is erased before the statement is signed and sent.
    """
    link = disclosed.link_at(reader, index)
    if not site().access(reader).may_erase(user.uri, link.actor):
        raise ProblemError(403, "what the record at index %s hides is not yours to erase", index)
    named = _named(link, body)
    reason = body.reason.strip()
    if not reason.isprintable():
        raise ProblemError(422, "a reason has no line breaks", field="reason")
    statement = erasure_statement(index, link, named, reason or None)
    names = {uri: titled(reader.name(uri), uri) for uri in (link.actor, user.uri)}
    draft = link_to_sign(Draft(statement=statement).subjects(user.uri), statement=statement)
    return to_sign(user.uri, [draft], names)


def _named(link: Link, body: ErasingIn) -> list[str]:
    """The digests that the body names, each of the link."""
    there = committed(link)
    if not there:
        raise ProblemError(422, "this record hides nothing", field="digests")
    named = list(there) if body.all else body.digests
    if not named:
        raise ProblemError(422, "say what to erase", field="digests")
    for digest in named:
        if digest not in there:
            raise ProblemError(422, "%s is no digest of this link", digest, field="digests")
    return named
