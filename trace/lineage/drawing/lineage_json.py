"""A lineage for programs: plain values, to be written as JSON.

Quantities are decimal strings with UN/ECE unit codes (kilograms, litres, metres; pieces without
one), instants RFC 3339 UTC, links their index.
"""

from collections.abc import Iterable
from datetime import UTC

from suyuan.trace.format.json_values import Closed, Json, described, named
from suyuan.trace.format.quantities import Quantity, decimal_text
from suyuan.trace.format.times import from_micros

from ..model import Stock
from .lineage_view import Direction, Mark, Row, View, rows


class DigitsJson(Closed):
    """An amount in its own digits."""

    value: str = described("A decimal number")
    uom: str | None = described("KGM, LTR or MTR; absent for pieces", default=None)


class StockJson(Closed):
    """So much of an item in one place."""

    holder: str | None = described("A party's URI, or a place that a document names")
    name: str | None
    is_in_transit: bool = described("On its way to `holder`; null: outside the ledger")
    is_reported: bool = described("A document says so, and no signature of the holder")
    sender: str | None
    container: str | None = described("The innermost container that it is in")
    quantity: DigitsJson | None = described("null where it is not known")


class HeldJson(StockJson):
    """So much of one item in one place."""

    item: str


class PartJson(Closed):
    """An item's part in a making."""

    making: int
    quantity: DigitsJson | None


class UsedJson(Closed):
    """What a making used or made."""

    item: str
    quantity: DigitsJson | None


class ItemFindingJson(Closed):
    """What cannot be or should not, with the links that it rests on."""

    rule: str
    subject: str
    index: int
    reason: str
    reason_zh: str = described("The same in Chinese")
    evidence: tuple[int, ...]


class ItemJson(Closed):
    """An item of a lineage."""

    item: str
    code: str | None
    depth: int = described("In makings; below 0 for what the item asked for was made from")
    name: str | None
    product: str | None
    produced: str | None
    standing: Mark | None
    doubts: list[ItemFindingJson]
    made: list[PartJson] = described("The makings that it came out of")
    used: list[PartJson] = described("The makings that it went into")
    holders: list[StockJson] = described("Who has it; empty for what was asked back alone")


class MakingJson(Closed):
    """A transformation, by the index of the link that records it."""

    index: int
    step: str | None
    actor: str = described("Whose record it is")
    place: str | None
    is_reported: bool
    maker: str | None = described("The name of the actor, or of the place if reported")
    time: str | None
    inputs: list[UsedJson]
    outputs: list[UsedJson]


class StayJson(Closed):
    """An item in a container, in event time."""

    item: str
    container: str
    entered: str | None = named("from")
    left: str | None = described("null while it is inside", name="until")
    quantity: DigitsJson | None


class LineageJson(Closed):
    """What items were made from and what was made from them."""

    of: tuple[str, ...]
    direction: Direction
    steps: int | None = described("How many makings were asked for; null: all")
    size: int = described("As of how many links")
    is_whole: bool = described("Whether nothing was left out for its size")
    items: list[ItemJson]
    makings: list[MakingJson]
    stays: list[StayJson]


class ItemHoldingsJson(Closed):
    """Who has how much of items and of all that was made from them."""

    of: list[str]
    size: int = described("As of how many links")
    holdings: list[HeldJson]


def lineage(view: View) -> Json:
    """A view for programs."""
    graph = view.graph
    inputs: dict[int, list[Json]] = {}
    outputs: dict[int, list[Json]] = {}
    for edge in graph.edges:
        side = outputs if edge.is_output else inputs
        part = {"item": edge.item, "quantity": quantity(edge.quantity)}
        side.setdefault(edge.making, []).append(part)
    return {
        "of": list(graph.roots),
        "direction": view.direction.value,
        "steps": view.steps,
        "size": graph.size,
        "is_whole": not graph.is_cut,
        "items": [_row(view, row) for row in rows(view)],
        "makings": [
            MakingJson.write(
                making,
                index=index,
                maker=view.names.get(making.maker),
                time=instant(making.time),
                inputs=inputs.get(index, []),
                outputs=outputs.get(index, []),
            )
            for index, making in sorted(graph.makings.items())
        ],
        "stays": [
            StayJson.write(
                stay,
                entered=instant(stay.entered),
                left=instant(stay.left),
                quantity=quantity(stay.quantity),
            )
            for stay in graph.stays
        ],
    }


def holdings(of: Iterable[str], size: int, stocks: Iterable[Stock], view: View) -> Json:
    """Who has how much of some items and of all that was made from them."""
    return {
        "of": list(of),
        "size": size,
        "holdings": [{"item": held.item, **stock(view, held)} for held in stocks],
    }


def stock(view: View, held: Stock) -> Json:
    """So much in one place."""
    name = None if held.holder is None else view.names.get(held.holder)
    return StockJson.write(held, name=name, quantity=quantity(held.quantity))


def quantity(amount: Quantity | None) -> Json | None:
    """An amount in its own digits; None where it is not known."""
    if amount is None:
        return None
    return {"value": decimal_text(amount.value)} | (
        {} if amount.uom is None else {"uom": amount.uom}
    )


def instant(value: int | None) -> str | None:
    """An instant, None where there is none, or beyond the years that can be written."""
    try:
        if value is None:
            return None
        return from_micros(value).astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError):
        return None


def _row(view: View, row: Row) -> Json:
    lot = view.lots.get(row.item)
    return ItemJson.write(
        row,
        code=view.codes.get(row.item),
        name=view.known_name(row.item),
        product=None if lot is None else lot.product,
        produced=None if lot is None else lot.produced,
        standing=view.marks.get(row.item),
        doubts=[
            ItemFindingJson.write(
                finding,
                index=finding.leaf,
                reason=str(finding.message),
                reason_zh=finding.message.text("zh"),
            )
            for finding in view.findings.get(row.item, ())
        ],
        made=[{"making": m.making, "quantity": quantity(q)} for m, q in row.made],
        used=[{"making": m.making, "quantity": quantity(q)} for m, q in row.used],
        holders=[stock(view, held) for held in row.holders],
    )
