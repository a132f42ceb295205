"""A step as the API takes it: typed, and not looked at yet."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from suyuan.trace.format.json_values import Among
from suyuan.trace.format.private.audience import MAX_NAMED as MAX_PARTIES
from suyuan.trace.format.vocabulary import FORMS
from suyuan.trace.recording.papers import MAX_NAMED

from .step_examples import EXAMPLES

Kind = Literal["certificate", "quarantine", "report", "note", "photo", "other"]
Text = Annotated[str, Field(max_length=400)]
Code = Annotated[str, Field(max_length=2_000)]
Number = Annotated[str, Field(max_length=40)]
StepName = Annotated[str, Among(FORMS)]


class GoodsIn(BaseModel):
    """So much of an item; without an amount, the item as a whole."""

    item: Code = Field(description="A trace code, a URI or a scanned URL; `new` for a new code")
    quantity: Number = ""
    unit: str = Field(
        "KGM",
        max_length=20,
        description="UN/ECE code; - for pieces; 斤, 两, 头, 只, 尾; a package of the product",
    )


class MadeIn(BaseModel):
    """So much of something new."""

    product: Text = Field(description="What it is called")
    quantity: Number
    unit: Annotated[str, Field(max_length=20)] = "KGM"


Reader = (
    Literal["own", "sides", "chain"]
    | Annotated[
        list[Annotated[str, Field(max_length=512)]], Field(min_length=1, max_length=MAX_PARTIES)
    ]
)
"""One's own party, the two sides of the trade, those along the chain, or named parties."""


class FileIn(BaseModel):
    """A file that is kept here."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    kind: Kind = "other"
    salt: Annotated[str, Field(pattern="^([A-Za-z0-9_-]{43})?$")] = Field(
        default="", description="The salt that a private file was sent with; hidden in the record"
    )
    audience: Reader = Field(
        default="chain", description="Who may open a private file, besides inspectors"
    )


class ReadersIn(BaseModel):
    """Who may read each of the hidden fields, besides one's own party and inspectors.

    `own`, the two `sides` of the trade, those along the `chain`, or parties by USCC, GLN, code or
    URI; for `everyone` it is not hidden, but recorded in the open. Null: as usual.
    """

    remark: Reader | Literal["everyone"] | None = None
    price: Reader | Literal["everyone"] | None = None
    person: Reader | Literal["everyone"] | None = None


class StepIn(BaseModel):
    """A step as it was typed; what the step does not ask for is not looked at.

    A problem of a value names it in `field`: `goods.0.quantity`, `made.1.product`, `substance`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    step: StepName
    goods: Annotated[list[GoodsIn], Field(max_length=100)] = Field(
        default=[], description="What it was done with; inputs, or contents of a container"
    )
    made: Annotated[list[MadeIn], Field(max_length=20)] = Field(
        default=[], description="What came of it, each under a new code"
    )
    container: Code = Field(default="", description="A code or SSCC; `new` for a new code")
    time: Text = Field(default="", description="2026-11-24T08:30 here; empty: now")
    place: Annotated[str, Field(max_length=512)] = ""
    product: Text = ""
    produced: Text = ""
    shelf_life: Number = ""
    origin: Text = ""
    substance: Text = ""
    dose: Text = ""
    withdrawal: Number = Field(default="", description="Days to wait before harvest")
    certificate: Text = Field(default="", description="Its number")
    temperature: Number = Field(default="", description="Degrees Celsius")
    result: Text = ""
    to: str = Field("", max_length=512, description="The recipient's USCC, GLN, code or URI")
    to_name: Text = Field(default="", description="A recipient that is not in the ledger")
    note: Text = Field(default="", description="The delivery note's number")
    reason: Text = ""
    remark: Text = Field(default="", description="Free text; hidden, for those along the chain")
    price: Text = Field(
        default="", description="Of a unit, of what is sent or sold; hidden, for the two sides"
    )
    person: Text = Field(default="", description="Who did it, by name; hidden, for its own party")
    readers: ReadersIn = Field(
        default_factory=ReadersIn, description="Who may read those that are hidden"
    )
    files: Annotated[list[FileIn], Field(max_length=MAX_NAMED)] = []
