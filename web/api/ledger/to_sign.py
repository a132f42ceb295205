"""Links to sign, as drafts answer them: nothing here signs or writes.

A party's own tool signs each link and sends it to POST /api/v1/links.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from suyuan.trace.admission.link_builder import Draft, after_member
from suyuan.trace.format.json_values import as_json
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import subject
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.recording.signing_payload import Place, signing_payloads
from suyuan.trace.recording.usual import Unusual
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site
from suyuan.web.text import shown, units
from suyuan.web.text.texts import gettext as _

_SECOND = "%Y-%m-%dT%H:%M:%SZ"
MOST_PAYLOADS = 100  # drafts in one answer that have their payloads: a table's would double it
_BODIES = ("event", "statement", "document")


class HandedOut(BaseModel):
    """A disclosure as POST /api/v1/links takes it beside the entry that hides the field."""

    disclosure: str = Field(description="base64url of [salt, JSON Pointer, value]")
    audience: Any = Field(description="`own`, `chain`, `public`, or a list of parties' URIs")


class LinkToSignOut(BaseModel):
    """One link to sign: what its chains are about, and which links it follows."""

    subjects: list[str]
    after: list[dict[str, Any]]
    items: list[Place] = Field(default=[], description="Where it stands in its actor's chains")
    payload: str | None = Field(
        default=None,
        description="The RFC 8785 text to sign, to be compared with what one means; null where it "
        "builds on a draft before it: it is the members with `items` filled in. Neither is there "
        "where there are over 100 drafts",
    )


class SignableOut(LinkToSignOut):
    """One link to sign."""

    statement: dict[str, Any]


class EventDraftOut(LinkToSignOut):
    """One link to sign."""

    event: dict[str, Any]
    disclosures: list[HandedOut] = Field(
        description="Of the fields that it hides: to be handed in beside its entry"
    )


class LinksToSignOut(BaseModel):
    """Links to sign, by this actor, in this order; `names` of what they name, by URI."""

    ledger: str
    actor: str
    signed_at: str
    names: dict[str, str | None]
    questions: list[str] = Field(
        default=[], description="What to ask once before it is signed: amounts far from the usual"
    )


class SignablesOut(LinksToSignOut):
    """Links to sign, by this actor, in this order."""

    drafts: list[SignableOut]


def to_sign(
    actor: str,
    drafts: Iterable[Mapping[str, Any]],
    names: Mapping[str, str | None],
    now: datetime | None = None,
) -> dict[str, Any]:
    """Links to sign, as a `LinksToSignOut` and its drafts have them."""
    ledger, links = site().ledger, list(drafts)
    origin, moment = ledger.trust.origin, now or ledger.now()
    if len(links) <= MOST_PAYLOADS:
        signable = [_draft(link) for link in links]
        payloads = signing_payloads(
            signable, origin=origin, actor=actor, heads=ledger.heads, signed_at=moment
        )
        links = [
            {**link, "items": as_json(signing.places), "payload": signing.payload}
            for link, signing in zip(links, payloads, strict=True)
        ]
    return {
        "ledger": origin,
        "actor": actor,
        "signed_at": moment.strftime(_SECOND),
        "drafts": links,
        "names": dict(names),
    }


def _draft(link: Mapping[str, Any]) -> Draft:
    """A link to sign, as the builder of links has it."""
    body = {name: link[name] for name in _BODIES if link.get(name) is not None}
    after = tuple(AfterRef(**ref) for ref in link["after"])
    return Draft(**body, items=tuple(link["subjects"]), after=after)


def link_to_sign(
    subjects: Iterable[str | None], after: Iterable[AfterRef] = (), **body: Any
) -> dict[str, Any]:
    """One link to sign: `body` is its event or statement, and what goes beside its entry."""
    return {"subjects": list(subjects), "after": [after_member(ref) for ref in after], **body}


def questions(unusual: Iterable[Unusual]) -> list[str]:
    """What to ask, in the caller's language, of amounts that are far from the usual."""
    return [
        _(
            "%(name)s: %(amount)s? You usually enter about %(usual)s. Please look once more.",
            name=shown.cut(one.name),
            amount=units.measure(one.quantity),
            usual=units.measure(one.usual),
        )
        for one in unusual
    ]


def statements(
    reader: Reader, actor: str, *signed: Object, names: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """Statements to sign, with `names` and those of the parties that they are about."""
    parties = {uri: reader.party(uri) for uri in sorted({str(s.get("party")) for s in signed})}
    parties[actor] = reader.party(actor)
    known = {uri: None if party is None else party.name for uri, party in parties.items()}
    known |= {code: shown.division(code) for s in signed for code in _divisions(s)}
    drafts = [link_to_sign([subject(statement)], statement=statement) for statement in signed]
    return to_sign(actor, drafts, known | dict(names or {}))


def _divisions(statement: Object) -> list[str]:
    """The divisions that a statement names."""
    parts = [statement.get("division"), *(statement.get("remit") or ())]
    return [part for part in parts if isinstance(part, str) and part.isdigit()]


def disclosures_json(hidden: Iterable[Kept]) -> list[dict[str, Any]]:
    """Disclosures, to be handed in beside the entry that hides the fields."""
    return [{"disclosure": row.stored, "audience": row.audience.to_json()} for row in hidden]
