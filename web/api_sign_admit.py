"""POST /api/v1/parties/draft: an admission, for the authority or a registrar to sign."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from suyuan.keys import standing
from suyuan.trace import acts
from suyuan.trace.identifiers import codes, parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.statements import is_division
from suyuan.trace.store.read import Reader

from . import session, session_guard
from .api_sign import SignablesOut, drafts
from .context import site
from .limiting import limited
from .problems import ProblemError

blueprint = APIBlueprint("admission", __name__, url_prefix="/api/v1", tag="Keys")
# The authority's own role is given at the founding only.
ADMITTED = (
    "stall",
    "producer",
    "processor",
    "wholesaler",
    "retailer",
    "market",
    "caterer",
    "laboratory",
    "office",
    "gateway",
)
Role = Literal[
    "stall", "producer", "processor", "wholesaler", "retailer", "market", "caterer", "laboratory",
    "office", "gateway",
]  # fmt: skip


class AdmitIn(BaseModel):
    """Whom to admit."""

    name: Annotated[str, Field(max_length=200)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(ADMITTED))]
    division: Annotated[str, Field(max_length=12, description="2, 4, 6, 9 or 12 digits")]
    number: Annotated[str, Field(max_length=512)] = Field(
        default="", description="Its USCC, GLN, code or URI; a code is made where it is empty"
    )


@blueprint.before_request
def _guard() -> None:
    session_guard.of_script()


@blueprint.post("/parties/draft")
@blueprint.input(AdmitIn, arg_name="asked")
@blueprint.output(SignablesOut)
@limited("admitting", "120/minute")
def admission(asked: AdmitIn) -> dict[str, Any]:
    """The statement that admits a party. A problem of a value has the `field` that it is in."""
    who = session.require_own()
    if not who.invites:
        raise ProblemError(403, "only the authority and registrars admit parties")
    name = asked.name.strip()
    if not name or not name.isprintable():
        raise _wrong("name", "a party needs a name, without control characters")
    if not is_division(asked.division):
        raise _wrong("division", "a division has 2, 4, 6, 9 or 12 digits (GB/T 2260)")
    if not who.is_authority and not standing.in_remit(who.remit, asked.division, ()):
        raise _wrong("division", f"{asked.division} is not in your remit: {', '.join(who.remit)}")
    with site().ledger.reading() as reader:
        uri = uri_for(reader, asked.number)
        statement = acts.admit(uri, name, asked.roles, asked.division)
        found = drafts(reader, who.uri, statement)
        return found | {"names": found["names"] | {uri: name}}


def uri_for(reader: Reader, number: str) -> str:
    """The URI of who is to be admitted; a problem for one that is admitted already."""
    if not number.strip():
        return codes.uri_of(codes.new(), site().host, "party")
    try:
        uri = parties.read(number, site().host)
    except IdentifierError as error:
        raise _wrong("number", str(error)) from None
    found = reader.party(uri)
    if found is not None and found.left is None:
        raise _wrong("number", f"{uri} is admitted already: {found.name or 'no name'}")
    return uri


def _wrong(field: str, why: str) -> ProblemError:
    return ProblemError(422, why, field=field)
