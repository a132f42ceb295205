"""/api/v1/profiles: what parties, places and products are beside their names."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.statements import MAX_PHOTO, MAX_PHOTOS, PICTURES, check
from suyuan.trace.format.vocabulary import ALLERGENS, LICENCES
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.recording import profiling
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.registering import describes
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import as_problem
from suyuan.web.app.routes import ENTRIES, SIGNED_IN, Out, Routes
from suyuan.web.context import site

from ..ledger.to_sign import HandedOut, LinksToSignOut, SignableOut, disclosures_json, statements
from .batches import refusal

routes = Routes("profiles", tag="Products and batches")
_TEXT = 2_000
Texts = Annotated[
    dict[Annotated[str, Field(max_length=35)], Annotated[str, Field(max_length=_TEXT)]],
    Field(max_length=16, description="By the tag of the language"),
]
Line = Annotated[str, Field(max_length=200)]


class PhotoIn(BaseModel):
    """A photo that POST /api/v1/attachments keeps."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=1, le=MAX_PHOTO)]
    type: Literal[PICTURES]  # type: ignore[valid-type]


class NetIn(BaseModel):
    """How much a package holds."""

    value: Annotated[str, Field(max_length=60)] = ""
    unit: Literal["g", "kg", "ml", "L", "m", "1"] = "kg"


class LicenceIn(BaseModel):
    """A licence or certificate."""

    kind: Literal[tuple(LICENCES)]  # type: ignore[valid-type]
    number: Line = ""
    expires: Annotated[str, Field(max_length=60, description="YYYY-MM-DD, or empty")] = ""


class ProfileIn(BaseModel):
    """A profile as it was typed: it replaces the actor's last one of this URI, whole."""

    uri: Annotated[str, Field(min_length=1, max_length=MAX_URI)]
    names: Texts = {}
    description: Texts = {}
    photos: Annotated[list[PhotoIn], Field(max_length=MAX_PHOTOS)] = []
    coordinates: Annotated[str, Field(max_length=60, description="`24.4798, 118.0894`")] = ""
    ingredients: Texts = {}
    allergens: list[Literal[tuple(ALLERGENS)]] = []  # type: ignore[valid-type]
    storage: Texts = {}
    net: NetIn = NetIn()
    standard: Line = ""
    licences: Annotated[list[LicenceIn], Field(max_length=20)] = []
    person: Annotated[str, Field(max_length=200, description="Signed as a hidden field")] = ""
    phone: Annotated[str, Field(max_length=200, description="Signed as a hidden field")] = ""
    address: Annotated[str, Field(max_length=200, description="Signed as a hidden field")] = ""


class ProfileDraftOut(SignableOut):
    """One link to sign."""

    disclosures: list[HandedOut] = Field(description="Of what it hides, for beside its entry")


class ProfileDraftsOut(LinksToSignOut):
    """Links to sign, by this actor, in this order."""

    drafts: list[ProfileDraftOut]


class WhichIn(BaseModel):
    """Of what the profile is asked."""

    uri: Annotated[str, Field(min_length=1, max_length=MAX_URI, description="Percent-encoded")]
    by: str | None = Field(
        None,
        max_length=MAX_URI,
        description="Of a product or place without an owner: who coded the lot or recorded there",
    )


class LicenceOut(Out):
    """A licence that counts, and who states it."""

    kind: str
    number: str
    expires: str | None
    by: str
    is_own: bool = Field(description="Whether nobody but its holder states it")


class ProfileOut(Out):
    """What counts of the profiles of a URI: each member, and the index at which it is stated."""

    uri: str
    members: dict[str, Any]
    indexes: dict[str, int]
    licences: list[LicenceOut]


@routes.get("/profiles", ENTRIES, limit=READING)
def counting(reader: Reader, query: WhichIn) -> ProfileOut:
    """What counts of the profiles of a party, a place or a product; empty where nobody's does."""
    return ProfileOut.of(Profiles(reader, site().genesis).of(query.uri, query.by))


@routes.post(
    "/profiles/draft",
    SIGNED_IN,
    limit="products 120/minute",
    output=ProfileDraftsOut,
    answers={
        403: "Neither the signed-in party's own, nor a party that it may register",
        404: "No such party, place or product",
        422: "Values, in `cells`, are not as they should be; the first in `field`",
    },
)
def draft(user: SignedIn, reader: Reader, body: ProfileIn) -> dict[str, Any]:
    """The statement that tells further of one's own party, place or product, to be signed.

    Also of a party that the signed-in one may register, or of which it is the firm or office.
    """
    subject = describes(reader, user, body.uri)
    stated, wrong = profiling.statement(body.model_dump())
    if wrong:
        raise refusal(wrong)
    signed, hidden = profiling.hide(stated, user.uri)
    with as_problem(422, Refused):
        check(signed)
    found = statements(reader, user.uri, signed, names={body.uri: subject.name})
    found["drafts"][0]["disclosures"] = disclosures_json(hidden)
    return found
