"""Hand-overs as the API answers and takes them: the models of `trace.handover_json`."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from suyuan.web.app.routes import Out

MAX_LINES = 1_000
_AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
Text = Annotated[str, Field(min_length=1, max_length=400)]
Uri = Annotated[str, Field(min_length=1, max_length=512)]


class QuantityOut(BaseModel):
    """An amount in a base unit."""

    value: str = Field(description="A decimal number")
    unit: Literal["kg", "L", "m", "1"] = Field(description="1 is one piece")


class WrittenOut(BaseModel):
    """An amount as the sender wrote it."""

    value: str
    uom: str | None = Field(description="UN/ECE Recommendation 20; null for pieces")


class DutyOut(BaseModel):
    """By when something is to be done; a reminder for those whom the rule does not bind."""

    due: str
    is_binding: bool
    what: str
    source: str = Field(description="The rule, by its number and date")
    note: str | None = Field(description="Whom of a role it means, where a role does not say")


class ContentOut(BaseModel):
    """What is in a container of a slip."""

    item: str
    name: str | None
    container: str
    quantity: QuantityOut | None


class LineOut(BaseModel):
    """One item of a slip."""

    item: str
    name: str | None
    written: WrittenOut | None
    quantity: QuantityOut | None = Field(description="What was sent; null where it is not known")
    state: Literal["open", "confirmed", "different", "refused", "outside"]
    received: QuantityOut | None
    refused: QuantityOut | None
    contents: list[ContentOut]


class SlipOut(BaseModel):
    """What one link sends to a party."""

    index: int
    hash: str
    why: Literal["dispatch", "return", "refusal"]
    sender: str
    sender_name: str | None
    recipient: str
    sent: str | None = Field(description="The event's own time")
    recorded: str | None = Field(description="When it was recorded: the duty counts from then")
    recorded_by: Literal["witnesses", "server"] | None
    duty: DutyOut | None
    is_overdue: bool
    has_left: bool = Field(description="The recipient is admitted no more")
    notes: list[str]
    reason: str | None
    lines: list[LineOut]


class ArrivalsOut(BaseModel):
    """What waits for a party's answer, as of `size` links."""

    party: str
    size: int
    arrivals: list[SlipOut]


class OverdueOut(BaseModel):
    """A duty that was not done in time: `done` is null where it is open still."""

    what: Literal["confirm", "enter"]
    party: str
    party_name: str | None
    index: int = Field(description="The dispatch to be answered, or the purchase")
    items: list[str]
    sender: str | None
    since: str
    done: str | None
    done_by: int | None
    hours_late: float
    duty: DutyOut


class OverduesOut(BaseModel):
    """What is overdue, what is open first, as of `size` links."""

    size: int
    overdue: list[OverdueOut]


class PlacedOut(BaseModel):
    """So much of an item in one place, or on its way to it."""

    item: str
    name: str | None
    holder: str | None = Field(description="Null where it is on its way out of the ledger")
    holder_name: str | None
    is_in_transit: bool
    is_reported: bool = Field(description="The holder is a place that a document names")
    container: str | None = Field(description="The innermost container that it is in")
    sender: str | None
    quantity: QuantityOut | None


class PartyHoldingsOut(BaseModel):
    """What a party has, awaits, and has sent without an answer, as of `size` links."""

    party: str
    name: str | None
    size: int
    holdings: list[PlacedOut]
    coming: list[PlacedOut]
    sent: list[PlacedOut]


class ConcernOut(BaseModel):
    """A hold or a recall in force that concerns a party."""

    act: str
    index: int
    kind: Literal["hold", "recall"]
    actor: str
    level: int | None
    is_drill: bool
    since: str | None
    reason: str | None
    is_due: bool = Field(description="To be acknowledged by the party")
    acknowledged: int | None = Field(description="The index of its acknowledgement")
    stocks: list[PlacedOut]
    had: list[str] = Field(description="Items that it had and has not now")


class InboxOut(BaseModel):
    """What waits for a party, as of `size` links."""

    party: str
    name: str | None
    size: int
    count: int = Field(description="Arrivals, and recalls to acknowledge")
    arrivals: list[SlipOut]
    acts: list[ConcernOut]
    overdue: list[OverdueOut]


class AmountIn(BaseModel):
    """So much of an item that came."""

    model_config = ConfigDict(extra="forbid")

    item: Uri
    value: Annotated[str, Field(pattern=_AMOUNT)]
    uom: Annotated[str, Field(max_length=3)] | None = None

    @property
    def number(self) -> Decimal:
        """How much."""
        return Decimal(self.value)


class RefusedIn(BaseModel):
    """What is refused of an item; all of it without a value."""

    model_config = ConfigDict(extra="forbid")

    item: Uri
    value: Annotated[str, Field(pattern=_AMOUNT)] | None = None
    uom: Annotated[str, Field(max_length=3)] | None = None

    @property
    def number(self) -> Decimal | None:
        """How much; None for all of it."""
        return None if self.value is None else Decimal(self.value)


class AnswerIn(BaseModel):
    """What a recipient says of a slip; what it does not name stays open, unless `all` is true."""

    model_config = ConfigDict(extra="forbid")

    party: Uri = Field(description="Who answers: a URI, a USCC, a GLN or a code")
    all: bool = Field(default=False, description="What is not named came as sent")
    refuse_all: bool = False
    weighed: Annotated[list[AmountIn], Field(max_length=MAX_LINES)] = []
    refused: Annotated[list[RefusedIn], Field(max_length=MAX_LINES)] = []
    reason: Text | None = Field(default=None, description="Why it is refused")
    difference_reason: Text | None = None
    rest: bool = Field(default=False, description="What an earlier answer left open")
    sure: bool = Field(default=False, description="Over ten times what was sent did come")
    place: Uri | None = None
    time: Annotated[AwareDatetime, Field(description="When it came")] | None = None


class PlaceOut(Out):
    """Where a link stands in one of its actor's chains."""

    item: str
    seq: int
    prev: str | None
    builds_on: int | None = Field(
        description="The number of the draft whose link's hash belongs into `prev`"
    )


class DraftOut(Out):
    """A link to be signed."""

    event: dict[str, Any]
    after: list[dict[str, Any]]
    items: list[PlaceOut]
    payload: str | None = Field(
        description="The RFC 8785 text to be signed, null where it builds on a draft before it: "
        "then it is the members of the others with `items` filled in"
    )


class DraftsOut(BaseModel):
    """What answers a dispatch: to be signed, and appended together with `atomic=true`."""

    dispatch: int
    size: int
    drafts: list[DraftOut]


Days = Annotated[
    int, Field(ge=0, le=3660, description="Of what was done late, of how many last days")
]


class OverdueIn(BaseModel):
    """Whose duties, and how far back."""

    division: Annotated[str, Field(pattern="^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")] | (
        None
    ) = Field(default=None, description="GB/T 2260; every party without one")
    days: Days = 30


class DaysIn(BaseModel):
    """How far back what was done too late is told."""

    days: Days = 30
