"""Who has how much of items, and of what was made from them: one statement over one walk."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from ..lineage.model import Stock
from ..quantities import Quantity
from .errors import StoreError, first_line
from .graph import REACH
from .source import chunks

_NO_STEP = "SELECT item FROM reach WHERE 1 = 0"

# `under_way` and not the state says what is on its way: a piece of which something later says where
# it is has left that line, though nobody has answered it.
# An item is loose in hands, inside a container, or on its way. A container is where its outermost
# one is: walked up to, once for each container that is met. UNION ends a walk round in circles,
# and what is in such a circle is nowhere. SQLite takes CROSS JOINs in the order in which they
# stand; left to itself it reads whole tables to look up the walk in them.
_STOCK = """,
inside(item, container, quantity, unit) AS (
    SELECT containment.item, containment.container, containment.quantity, containment.unit
    FROM reach CROSS JOIN containment
    WHERE containment.item = reach.item AND containment."left" IS NULL
),
up(container, top) AS (
    SELECT DISTINCT container, container FROM inside
    UNION
    SELECT up.container, containment.container FROM up CROSS JOIN containment
    WHERE containment.item = up.top AND containment."left" IS NULL
),
held(container, holder, reported) AS (
    SELECT up.container, holding.holder, holding.reported
    FROM up CROSS JOIN holding WHERE holding.item = up.top
),
sent(container, leaf) AS (
    SELECT up.container, max(shipment.leaf) FROM up CROSS JOIN shipment
    WHERE shipment.item = up.top AND shipment.under_way
    AND up.container NOT IN (SELECT container FROM held)
    GROUP BY up.container
)
SELECT subject.uri, holding.holder, FALSE, holding.reported, NULL, holding.quantity, holding.unit,
    NULL
FROM reach CROSS JOIN holding CROSS JOIN subject
WHERE holding.item = reach.item AND subject.id = reach.item
UNION ALL
SELECT subject.uri, held.holder, FALSE, held.reported, box.uri, inside.quantity, inside.unit, NULL
FROM inside CROSS JOIN held CROSS JOIN subject CROSS JOIN subject box
WHERE held.container = inside.container AND subject.id = inside.item AND box.id = inside.container
UNION ALL
SELECT subject.uri, shipment.recipient, TRUE, FALSE, box.uri, inside.quantity, inside.unit,
    shipment.sender
FROM sent CROSS JOIN up CROSS JOIN shipment CROSS JOIN inside CROSS JOIN subject
CROSS JOIN subject box
WHERE up.container = sent.container AND shipment.leaf = sent.leaf AND shipment.item = up.top
AND shipment.under_way AND inside.container = sent.container AND subject.id = inside.item
AND box.id = inside.container
UNION ALL
SELECT subject.uri, shipment.recipient, TRUE, FALSE, NULL, shipment.quantity, shipment.unit,
    shipment.sender
FROM reach CROSS JOIN shipment CROSS JOIN subject
WHERE shipment.item = reach.item AND shipment.under_way AND subject.id = reach.item
"""


def stock(connection: Connection, roots: Sequence[int]) -> list[Stock]:
    """Who has how much of the items of these numbers."""
    return [one for part in chunks(roots) for one in _rows(connection, part, _NO_STEP)]


def traced(connection: Connection, roots: Sequence[int], step: str) -> list[Stock]:
    """The same of all that a walk by `step` comes to from them, each item once."""
    return _rows(connection, roots, step) if roots else []


def _rows(connection: Connection, roots: Sequence[int], step: str) -> list[Stock]:
    marks = ", ".join(str(int(root)) for root in roots)
    # Past SQLAlchemy's own rows, each of which would be taken apart again at once.
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    try:
        cursor.execute(REACH.format(roots=marks, step=step) + _STOCK)
        rows = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise StoreError(f"the database cannot be read: {first_line(error)}") from error
    finally:
        cursor.close()
    return [
        Stock(
            item,
            holder,
            in_transit == 1,
            reported == 1,
            container,
            None if micro is None or unit is None else Quantity(micro, unit),
            sender,
        )
        for item, holder, in_transit, reported, container, micro, unit, sender in rows
    ]
