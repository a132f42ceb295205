"""POST /api/v1/parties/admissions/draft: many admissions, to be signed together."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from suyuan.trace import acts
from suyuan.trace.members import Object
from suyuan.trace.store.read import Reader

from . import session_guard
from .api_people import admitting
from .api_sign import SignablesOut, drafts
from .api_sign_admit import ADMITTED, Role, uri_for
from .context import site
from .limiting import limited
from .mistakes import FieldError, Mistakes, wrong
from .party_values import require_division, require_name, require_roles
from .problems import of_fields

blueprint = APIBlueprint("admissions", __name__, url_prefix="/api/v1", tag="Parties")
MOST = 200


class AdmittedIn(BaseModel):
    """One of those to be admitted."""

    name: Annotated[str, Field(max_length=200)]
    number: Annotated[str, Field(max_length=512)] = Field(
        default="", description="Its USCC, GLN, code or URI; a code is made where it is empty"
    )


class AdmissionsIn(BaseModel):
    """Whom to admit, all with the same roles and in the same division."""

    roles: Annotated[list[Role], Field(max_length=len(ADMITTED), description="At least one")]
    division: Annotated[str, Field(max_length=12, description="2, 4, 6, 9 or 12 digits")]
    parties: Annotated[list[AdmittedIn], Field(max_length=MOST, description="At least one")]


@blueprint.before_request
def _guard() -> None:
    session_guard.of_script()


@blueprint.post("/parties/admissions/draft")
@blueprint.input(AdmissionsIn, arg_name="asked")
@blueprint.output(SignablesOut)
@limited("admitting", "120/minute")
def admissions(asked: AdmissionsIn) -> dict[str, Any]:
    """The statements that admit these parties, in their order.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong; where
    `rows` are, also `rows` with `row`, from 1, and `detail` for each that cannot be.
    """
    who, mistakes = admitting(), Mistakes()
    with site().ledger.reading() as reader:
        statements, bad = _each(reader, asked)
        if bad:
            first = bad[0]
            why = f"{len(bad)} of {len(asked.parties)} cannot be. First, {first['row']}: "
            mistakes.read(wrong, "rows", "rows", why + str(first["detail"]))
        elif not statements:
            mistakes.read(wrong, "rows", "needed", "name at least one party")
        mistakes.read(require_roles, asked.roles)
        mistakes.read(require_division, who, asked.division)
        if mistakes.found:
            raise of_fields(mistakes.found.values(), rows=bad)
        found = drafts(reader, who.uri, *statements)
        return found | {"names": found["names"] | {one["party"]: one["name"] for one in statements}}


def _each(reader: Reader, asked: AdmissionsIn) -> tuple[list[Object], list[dict[str, Any]]]:
    """The statements, and what is wrong with which row."""
    found: list[Object] = []
    bad: list[dict[str, Any]] = []
    known: set[str] = set()
    for row, one in enumerate(asked.parties, 1):
        name = one.name.strip()
        try:
            require_name(name)
            uri = uri_for(reader, one.number)
        except FieldError as error:
            bad.append({"row": row, "detail": str(error)})
            continue
        if uri in known:
            bad.append({"row": row, "detail": f"{uri} stands in an earlier row"})
            continue
        known.add(uri)
        found.append(acts.admit(uri, name, list(dict.fromkeys(asked.roles)), asked.division))
    return found, bad
