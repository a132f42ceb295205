"""What the API says of lineage: its schemas, and where OpenAPI's document names them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from suyuan.trace.epcis.document import MEDIA_TYPE as EPCIS_TYPE
from suyuan.trace.lineage.drawing_svg import MEDIA_TYPE as SVG_TYPE

_REF = "#/components/schemas/{model}"


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AmountOut(_Out):
    """An amount in its own digits."""

    value: str = Field(description="A decimal number")
    uom: str | None = Field(None, description="KGM, LTR or MTR; absent for pieces")


class StockOut(_Out):
    """So much of an item in one place."""

    holder: str | None = Field(description="A party's URI, or a place that a document names")
    name: str | None
    is_in_transit: bool = Field(description="On its way to `holder`; null: outside the ledger")
    is_reported: bool = Field(description="A document says so, and no signature of the holder")
    sender: str | None
    container: str | None = Field(description="The innermost container that it is in")
    quantity: AmountOut | None = Field(description="null where it is not known")


class HeldOut(StockOut):
    """So much of one item in one place."""

    item: str


class PartOut(_Out):
    """An item's part in a making."""

    making: int
    quantity: AmountOut | None


class UsedOut(_Out):
    """What a making used or made."""

    item: str
    quantity: AmountOut | None


class DoubtOut(_Out):
    """What cannot be or should not, with the links that it rests on."""

    rule: str
    subject: str
    index: int
    reason: str
    reason_zh: str = Field(description="The same in Chinese")
    evidence: list[int]


class LineageItemOut(_Out):
    """An item of a lineage."""

    item: str
    code: str | None
    depth: int = Field(description="In makings; below 0 for what the item asked for was made from")
    name: str | None
    product: str | None
    produced: str | None
    standing: Literal["recalled", "contains_recalled", "on_hold"] | None
    doubts: list[DoubtOut]
    made: list[PartOut] = Field(description="The makings that it came out of")
    used: list[PartOut] = Field(description="The makings that it went into")
    holders: list[StockOut] = Field(description="Who has it; empty for what was asked back alone")


class MakingOut(_Out):
    """A transformation, by the index of the link that records it."""

    index: int
    step: str | None
    actor: str = Field(description="Whose record it is")
    place: str | None
    is_reported: bool
    maker: str | None = Field(description="The name of the actor, or of the place if reported")
    time: str | None
    inputs: list[UsedOut]
    outputs: list[UsedOut]


class StayOut(_Out):
    """An item in a container, in event time."""

    item: str
    container: str
    since: str | None = Field(alias="from")
    until: str | None = Field(description="null while it is inside")
    quantity: AmountOut | None


class LineageOut(_Out):
    """What items were made from and what was made from them."""

    of: list[str]
    direction: Literal["back", "forward", "both"]
    steps: int | None = Field(description="How many makings were asked for; null: all")
    size: int = Field(description="As of how many links")
    is_whole: bool = Field(description="Whether nothing was left out for its size")
    items: list[LineageItemOut]
    makings: list[MakingOut]
    stays: list[StayOut]


class HoldingsOut(_Out):
    """Who has how much of items and of all that was made from them."""

    of: list[str]
    size: int = Field(description="As of how many links")
    holdings: list[HeldOut]


def describe(spec: dict[str, Any]) -> None:
    """Add the schemas, and what the routes answer, to an OpenAPI document."""
    _, found = models_json_schema(
        [(LineageOut, "serialization"), (HoldingsOut, "serialization")], ref_template=_REF
    )
    spec["components"]["schemas"].update(found["$defs"])
    document = {"type": "object", "description": "An EPCIS 2.0 document of all events about it"}
    lineage = {
        "application/json": {"schema": {"$ref": _REF.format(model="LineageOut")}},
        SVG_TYPE: {"schema": {"type": "string", "description": "A graph to be read and printed"}},
        EPCIS_TYPE: {"schema": document},
    }
    holdings = {"application/json": {"schema": {"$ref": _REF.format(model="HoldingsOut")}}}
    private = {"description": "The entries of this ledger are not public"}
    for path, answers in (
        ("/api/v1/items/{code}/lineage", lineage),
        ("/api/v1/lineage", lineage),
        ("/api/v1/items/{code}/holdings", holdings),
        ("/api/v1/holdings", holdings),
    ):
        told = spec["paths"][path]["get"]["responses"]
        told["200"] = {"description": "As of a number of links, which it gives", "content": answers}
        problem = {"schema": {"$ref": _REF.format(model="Problem")}}
        told["403"] = private | {"content": {"application/problem+json": problem}}
        told["404"] = {
            "description": "No item of this ledger",
            "content": {"application/problem+json": problem},
        }
