"""POST /api/v1/parties/draft, …/admissions/draft: admissions, one or many, to be signed.

And the values of a registration as they were typed, with FieldError for what is wrong.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import ADMITTED, is_division
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.registering import SEVERAL
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.mistakes import FieldError, Mistakes, wrong
from suyuan.web.app.problems import of_fields
from suyuan.web.app.routes import ADMITTING, Routes
from suyuan.web.app.targets import typed_party
from suyuan.web.context import site

from ..ledger.to_sign import SignablesOut, statements

routes = Routes("admission", tag="Keys")
together = Routes("admissions", tag="Parties")
_ADMITTING = Limit("admitting", "120/minute")
Role = Annotated[str, Among(ADMITTED)]
Roles = Annotated[list[Role], Field(max_length=len(ADMITTED), description="At least one")]
Division = Annotated[str, Field(max_length=12, description="2, 4, 6, 9 or 12 digits")]


class AdmittedIn(BaseModel):
    """One of those to be admitted."""

    name: Annotated[str, Field(max_length=200)]
    number: Annotated[str, Field(max_length=512)] = Field(
        default="", description="Its USCC, GLN, code or URI; a code is made where it is empty"
    )


class AdmitIn(AdmittedIn):
    """Whom to admit."""

    roles: Roles
    division: Division


class AdmissionsIn(BaseModel):
    """Whom to admit, all with the same roles and in the same division."""

    roles: Roles
    division: Division
    parties: Annotated[list[AdmittedIn], Field(max_length=SEVERAL, description="At least one")]


@routes.post("/parties/draft", ADMITTING, limit=_ADMITTING, output=SignablesOut)
def admission(who: SignedIn, reader: Reader, body: AdmitIn) -> dict[str, Any]:
    """The statement that admits a party.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    name, mistakes = body.name.strip(), Mistakes()
    mistakes.read(require_name, name)
    mistakes.read(require_roles, body.roles)
    mistakes.read(require_division, who, body.division)
    uri = mistakes.read(uri_for, reader, body.number)
    mistakes.tell()
    assert uri is not None
    statement = acts.admit(uri, name, body.roles, body.division)
    found = statements(reader, who.uri, statement)
    return found | {"names": found["names"] | {uri: name}}


@together.post("/parties/admissions/draft", ADMITTING, limit=_ADMITTING, output=SignablesOut)
def admissions(who: SignedIn, reader: Reader, body: AdmissionsIn) -> dict[str, Any]:
    """The statements that admit these parties, in their order.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong; where
    `rows` are, also `rows` with `row`, from 1, and `detail` for each that cannot be.
    """
    mistakes = Mistakes()
    admitted, bad = _each(reader, body)
    if bad:
        first = bad[0]
        why = f"{len(bad)} of {len(body.parties)} cannot be. First, {first['row']}: "
        mistakes.read(wrong, "rows", "rows", why + str(first["detail"]))
    elif not admitted:
        mistakes.read(wrong, "rows", "needed", "name at least one party")
    mistakes.read(require_roles, body.roles)
    mistakes.read(require_division, who, body.division)
    if mistakes.found:
        raise of_fields(mistakes.found.values(), rows=bad)
    found = statements(reader, who.uri, *admitted)
    return found | {"names": found["names"] | {one["party"]: one["name"] for one in admitted}}


def _each(reader: Reader, body: AdmissionsIn) -> tuple[list[Object], list[dict[str, Any]]]:
    """The statements, and what is wrong with which row."""
    found: list[Object] = []
    bad: list[dict[str, Any]] = []
    known: set[str] = set()
    for row, one in enumerate(body.parties, 1):
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
        found.append(acts.admit(uri, name, list(dict.fromkeys(body.roles)), body.division))
    return found, bad


def uri_for(reader: Reader, number: str) -> str:
    """The URI of who is to be admitted; FieldError for one that is admitted already."""
    if not number.strip():
        return codes.uri_of(codes.new(), site().host, "party")
    uri = typed_party(number, site().host, "number", "number")
    found = reader.party(uri)
    if found is not None and found.left is None:
        wrong("number", "admitted", f"{uri} is admitted already: {found.name or 'no name'}")
    return uri


def require_name(name: str) -> None:
    """A party's name, without the space around it."""
    if not name or not name.isprintable():
        wrong(
            "name", "text" if name else "needed", "a party needs a name, without control characters"
        )


def require_roles(roles: Sequence[str]) -> None:
    """A party's roles, of those that there are."""
    if not roles:
        wrong("roles", "needed", "a party has at least one role")


def require_division(who: SignedIn, division: str, places: Sequence[str] = ()) -> None:
    """A division within the remit of who admits, or with one of the places there."""
    if not is_division(division):
        wrong("division", "division", "a division has 2, 4, 6, 9 or 12 digits (GB/T 2260)")
    if not who.registers.includes(division, places):
        wrong("division", "remit", f"{division} is not in your remit: {', '.join(who.remit)}")
