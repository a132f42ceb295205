"""What the API takes and answers of inspections at a counter."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from suyuan.trace import counter

from .answers import FindingOut
from .concealed import HandedOut

_AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Uri = Annotated[str, Field(max_length=512)]
Tone = Literal["good", "warn", "bad"]


class CounterIn(BaseModel):
    """At whose counter, and which label."""

    holder: Uri | None = Field(None, description="Where the code names nobody, or another")
    serial: Annotated[str, Field(max_length=40)] | None = Field(None, description="A label's")


class CounterOfIn(BaseModel):
    """Which item, at whose counter."""

    item: Text = Field(description="A trace code, an item's URI, or what was scanned")
    holder: Uri | None = None


class CounterNoticeOut(BaseModel):
    """Something to be said, in the language of the request; the gravest first."""

    tone: Tone
    heading: str
    text: str
    detail: str | None


class LicenceOut(BaseModel):
    """A party as it is admitted."""

    uri: str
    number: str = Field(description="Its business number, GLN or code, for people")
    name: str | None
    roles: list[str]
    role_names: list[str]
    division: str
    division_name: str
    admitted: datetime | None = Field(description="Recorded time of its admission")
    is_admitted: bool
    part_of: str | None


class RemainingOut(BaseModel):
    """So much that should be there, by the holder's own records."""

    value: str | None
    unit: str | None
    words: str | None
    is_inside: bool = Field(description="In a container")
    is_on_way: bool = Field(description="On its way to the holder")


class CounterHeadOut(BaseModel):
    """Where a chain ends."""

    seq: int
    hash: str


class CounterLinkOut(BaseModel):
    """A link."""

    index: int
    hash: str


class CounterTestOut(BaseModel):
    """A test, an inspection or a certificate."""

    index: int
    who: str
    when: str
    what: str
    result: str
    is_failed: bool


class CounterHolderOut(BaseModel):
    """Somebody who has some of it."""

    uri: str
    name: str
    words: str | None


class CounterOut(BaseModel):
    """A lot at a counter."""

    size: int = Field(description="As of how many links it was verified")
    derived: int = Field(description="As of how many links holdings and findings are")
    at: datetime
    item: str
    name: str
    code: str
    path: str = Field(description="The path of its page")
    product: str | None
    lot: str | None
    origin: str | None
    produced: date | None
    best_before: date | None
    is_expired: bool
    notices: list[CounterNoticeOut]
    holder: LicenceOut | None
    holding: list[RemainingOut]
    latest: CounterLinkOut | None = Field(
        description="The holder's newest link about it; null where that is the inspector"
    )
    head: CounterHeadOut | None = Field(description="Where the inspector's own chain of it ends")
    tests: list[CounterTestOut]
    findings: list[FindingOut]
    holders: list[CounterHolderOut] = Field(description="Who has some, where nobody was named")


class InspectionsIn(BaseModel):
    """At whose counter."""

    party: Text = Field(description="A party: its URI, USCC, GLN or code")


class InspectionOut(BaseModel):
    """One inspection, as it was signed; `words` in the language of the request."""

    index: int
    office: str
    office_name: str
    item: str
    item_name: str
    when: str
    result: str | None
    outcomes: list[str]
    words: str
    path: str = Field(description="The path of the item's page, as of this holder")


class InspectionsOut(BaseModel):
    """Inspections at one party's counter."""

    party: str
    size: int = Field(description="As of how many links")
    inspections: list[InspectionOut]


class ScannedOut(BaseModel):
    """The text of the code in a photo."""

    text: str


class FoundIn(BaseModel):
    """So much as was there."""

    value: Annotated[str, Field(pattern=_AMOUNT)]
    unit: Literal["KGM", "LTR", "MTR", "C62"]


class InspectionPhotoIn(BaseModel):
    """A photo that was sent to POST /api/v1/attachments."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class InspectionIn(BaseModel):
    """What was found at a counter."""

    item: Text
    holder: Uri | None = Field(None, description="Where `item` is no code of a holder's label")
    outcomes: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=8)] = Field(
        default=[], description=f"{', '.join(counter.ALL)}; none where all is right"
    )
    found: FoundIn | None = None
    note: Annotated[str, Field(max_length=4_000)] = Field(
        "", description="Hidden but for the office, the holder and inspectors"
    )
    photos: Annotated[list[InspectionPhotoIn], Field(max_length=8)] = []
    time: AwareDatetime | None = Field(None, description="When it was; now where it is left out")


class InspectionLinkOut(BaseModel):
    """One link to sign."""

    subjects: list[str]
    after: list[dict[str, Any]]
    event: dict[str, Any]
    disclosures: list[HandedOut]


class InspectionDraftOut(BaseModel):
    """An inspection to sign, with what is to be handed in beside its entry."""

    ledger: str
    actor: str
    signed_at: str
    drafts: list[InspectionLinkOut]
    names: dict[str, str | None]
