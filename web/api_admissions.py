"""POST /api/v1/parties/admissions/draft: many admissions, to be signed together."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from suyuan.keys import standing
from suyuan.trace import acts
from suyuan.trace.members import Object
from suyuan.trace.statements import is_division
from suyuan.trace.store.read import Reader

from . import session_guard
from .api_people import admitting
from .api_sign import SignablesOut, drafts
from .api_sign_admit import ADMITTED, Role, uri_for
from .context import site
from .limiting import limited
from .problems import ProblemError

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

    roles: Annotated[list[Role], Field(min_length=1, max_length=len(ADMITTED))]
    division: Annotated[str, Field(max_length=12, description="2, 4, 6, 9 or 12 digits")]
    parties: Annotated[list[AdmittedIn], Field(min_length=1, max_length=MOST)]


@blueprint.before_request
def _guard() -> None:
    session_guard.of_script()


@blueprint.post("/parties/admissions/draft")
@blueprint.input(AdmissionsIn, arg_name="asked")
@blueprint.output(SignablesOut)
@limited("admitting", "120/minute")
def admissions(asked: AdmissionsIn) -> dict[str, Any]:
    """The statements that admit these parties, in their order.

    A problem of a value has the `field` that it is in; of the field `rows`, also `rows` with
    `row`, from 1, and `detail` for each that cannot be.
    """
    who = admitting()
    if not is_division(asked.division):
        raise _wrong("division", "a division has 2, 4, 6, 9 or 12 digits (GB/T 2260)")
    if not who.is_authority and not standing.in_remit(who.remit, asked.division, ()):
        raise _wrong("division", f"{asked.division} is not in your remit: {', '.join(who.remit)}")
    with site().ledger.reading() as reader:
        statements, bad = _each(reader, asked)
        if bad:
            first = bad[0]
            why = f"{len(bad)} of {len(asked.parties)} cannot be. First, {first['row']}: "
            raise _wrong("rows", why + str(first["detail"]), rows=bad)
        found = drafts(reader, who.uri, *statements)
        return found | {"names": found["names"] | {one["party"]: one["name"] for one in statements}}


def _each(reader: Reader, asked: AdmissionsIn) -> tuple[list[Object], list[dict[str, Any]]]:
    """The statements, and what is wrong with which row."""
    found: list[Object] = []
    bad: list[dict[str, Any]] = []
    known: set[str] = set()
    for row, one in enumerate(asked.parties, 1):
        name = one.name.strip()
        if not name or not name.isprintable():
            bad.append({"row": row, "detail": "a party needs a name, without control characters"})
            continue
        try:
            uri = uri_for(reader, one.number)
        except ProblemError as error:
            bad.append({"row": row, "detail": error.detail})
            continue
        if uri in known:
            bad.append({"row": row, "detail": f"{uri} stands in an earlier row"})
            continue
        known.add(uri)
        found.append(acts.admit(uri, name, list(dict.fromkeys(asked.roles)), asked.division))
    return found, bad


def _wrong(field: str, why: str, **more: Any) -> ProblemError:
    return ProblemError(422, why, field=field, **more)
