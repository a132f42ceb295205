"""Source coding of a batch from a table, as the draft of a link."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .. import steps
from ..identifiers import codes, gs1
from ..pen import Draft
from .rows import BatchRow


def item(row: BatchRow, *, host: str, new_code: Callable[[], str]) -> str:
    """The batch's URI: GS1's where GTIN and lot are given, else by its trace code or a new one."""
    if row.gtin is not None and row.lot is not None:
        return gs1.lot_uri(row.gtin, row.lot)
    return codes.uri_of(row.code or new_code(), host)


def draft(
    row: BatchRow,
    *,
    host: str,
    when: datetime,
    new_code: Callable[[], str],
    event_id: Callable[[], str],
    zone: ZoneInfo = steps.SHANGHAI,
    product_id: str | None = None,
) -> Draft:
    """The commissioning event of a batch, to be signed by who codes it.

    `product_id` is the product's URI where it is stated; without it, that of the row's GTIN. A lot
    number without GTIN is kept as `suyuan:lot`; a count of packages beside the weight as
    `suyuan:quantities`.
    """
    uri = item(row, host=host, new_code=new_code)
    more = {
        name: value
        for name, value in (
            ("suyuan:spec", row.spec),
            ("suyuan:category", row.category),
            ("suyuan:lot", row.lot if row.gtin is None else None),
        )
        if value is not None
    }
    extra: dict[str, Any] = steps.coding(
        row.product,
        row.produced,
        row.shelf_life_days,
        row.origin,
        product_id=product_id or (f"{gs1.ID}/01/{row.gtin}" if row.gtin else None),
        more=more,
    )
    if row.count is not None and row.count_unit is not None:
        second = {"item": uri, "value": format(row.count, "f"), "unit": row.count_unit}
        extra["suyuan:quantities"] = [{**second, "kind": "count"}]
    event = steps.event(
        "code",
        when,
        [steps.Portion(uri, row.quantity, row.uom)],
        place=row.place,
        extra=extra,
        event_id=event_id(),
        zone=zone,
    )
    return Draft(event=event)
