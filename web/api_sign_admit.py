"""POST /api/v1/parties/draft: an admission, for the authority or a registrar to sign."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from suyuan.trace import acts
from suyuan.trace.identifiers import codes, parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.store.read import Reader

from . import session, session_guard
from .api_sign import SignablesOut, drafts
from .context import site
from .limiting import limited
from .mistakes import Mistakes, wrong
from .party_values import require_division, require_name, require_roles
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
    roles: Annotated[list[Role], Field(max_length=len(ADMITTED), description="At least one")]
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
    """The statement that admits a party.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    who = session.require_own()
    if not who.invites:
        raise ProblemError(403, "only the authority and registrars admit parties")
    name, mistakes = asked.name.strip(), Mistakes()
    mistakes.read(require_name, name)
    mistakes.read(require_roles, asked.roles)
    mistakes.read(require_division, who, asked.division)
    with site().ledger.reading() as reader:
        uri = mistakes.read(uri_for, reader, asked.number)
        mistakes.tell()
        assert uri is not None
        statement = acts.admit(uri, name, asked.roles, asked.division)
        found = drafts(reader, who.uri, statement)
        return found | {"names": found["names"] | {uri: name}}


def uri_for(reader: Reader, number: str) -> str:
    """The URI of who is to be admitted; FieldError for one that is admitted already."""
    if not number.strip():
        return codes.uri_of(codes.new(), site().host, "party")
    try:
        uri = parties.read(number, site().host)
    except IdentifierError as error:
        wrong("number", "number", str(error))
    found = reader.party(uri)
    if found is not None and found.left is None:
        wrong("number", "admitted", f"{uri} is admitted already: {found.name or 'no name'}")
    return uri
