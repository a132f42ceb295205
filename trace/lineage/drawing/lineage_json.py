"""A lineage for programs: plain values, to be written as JSON.

Quantities are decimal strings with UN/ECE unit codes (kilograms, litres, metres; pieces without
one), instants RFC 3339 UTC, links their index.
"""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros

from ..model import Making, Stay, Stock
from .lineage_view import Row, View, rows

_UNITS = {"kg": "KGM", "L": "LTR", "m": "MTR"}
Plain = dict[str, Any]


def lineage(view: View) -> Plain:
    """All of a view."""
    graph = view.graph
    inputs: dict[int, list[Plain]] = {}
    outputs: dict[int, list[Plain]] = {}
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
            {
                **_making(view, making),
                "inputs": inputs.get(index, []),
                "outputs": outputs.get(index, []),
            }
            for index, making in sorted(graph.makings.items())
        ],
        "stays": [_stay(stay) for stay in graph.stays],
    }


def holdings(of: Iterable[str], size: int, found: Iterable[Stock], view: View) -> Plain:
    """Who has how much of some items and of all that was made from them."""
    return {
        "of": list(of),
        "size": size,
        "holdings": [{"item": one.item, **stock(view, one)} for one in found],
    }


def stock(view: View, one: Stock) -> Plain:
    """So much in one place."""
    return {
        "holder": one.holder,
        "name": None if one.holder is None else view.names.get(one.holder),
        "is_in_transit": one.is_in_transit,
        "is_reported": one.is_reported,
        "sender": one.sender,
        "container": one.container,
        "quantity": quantity(one.quantity),
    }


def quantity(found: Quantity | None) -> Plain | None:
    """An amount in its own digits; None where it is not known."""
    if found is None:
        return None
    text = f"{found.value:f}"
    value = text.rstrip("0").rstrip(".") if "." in text else text
    unit = _UNITS.get(found.unit)
    return {"value": value} if unit is None else {"value": value, "uom": unit}


def instant(value: int) -> str | None:
    """An instant, None beyond the years that can be written."""
    try:
        return from_micros(value).astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError):
        return None


def _row(view: View, row: Row) -> Plain:
    lot = view.lots.get(row.item)
    mark = view.marks.get(row.item)
    return {
        "item": row.item,
        "code": view.codes.get(row.item),
        "depth": row.depth,
        "name": view.known_name(row.item),
        "product": None if lot is None else lot.product,
        "produced": None if lot is None else lot.produced,
        "standing": None if mark is None else mark.value,
        "doubts": [
            {
                "rule": one.rule,
                "subject": one.subject,
                "index": one.leaf,
                "reason": str(one.message),
                "reason_zh": one.message.text("zh"),
                "evidence": list(one.evidence),
            }
            for one in view.doubts.get(row.item, ())
        ],
        "made": [{"making": m.making, "quantity": quantity(q)} for m, q in row.made],
        "used": [{"making": m.making, "quantity": quantity(q)} for m, q in row.used],
        "holders": [stock(view, one) for one in row.holders],
    }


def _making(view: View, making: Making) -> Plain:
    return {
        "index": making.making,
        "step": making.step,
        "actor": making.actor,
        "place": making.place,
        "is_reported": making.is_reported,
        "maker": view.names.get(making.maker),
        "time": instant(making.time),
    }


def _stay(stay: Stay) -> Plain:
    return {
        "item": stay.item,
        "container": stay.container,
        "from": instant(stay.entered),
        "until": None if stay.left is None else instant(stay.left),
        "quantity": quantity(stay.quantity),
    }
