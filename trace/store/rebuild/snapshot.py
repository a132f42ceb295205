"""What an audit asks of the store at one moment, before its workers read the many rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from .. import schema as t
from ..append.tiling import LEVEL_BITS
from ..engine import is_sqlite
from ..projections.follow_lineage import OF_ITEMS
from ..read.reader import Reader
from ..schema_columns import APPEND, of_projection
from ..selecting import as_bytes

ROWS = 20_000  # that a worker sums at once


@dataclass(slots=True)
class Snapshot:
    """Sizes, small tables, and what is odd at a glance."""

    size: int
    log_state: tuple[int, bytes, bytes, int]
    chains: list[int] = field(default_factory=list)  # ids that cut the table, the last beyond it
    subjects: list[int] = field(default_factory=list)
    events: int = 0
    codes: int = 0
    coders: int = 0
    standing_subjects: set[int] = field(default_factory=set)
    cosigned: list[tuple[int, str, int]] = field(default_factory=list)
    tile_roots: list[tuple[int, int, bytes]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def snapshot(reader: Reader) -> Snapshot:
    """As of the reader's moment."""
    connection, state = reader.connection, reader.log_state()
    found = Snapshot(
        state.size, (state.size, as_bytes(state.root), as_bytes(state.edge), state.committed)
    )

    def one(query: object) -> int:
        return int(connection.execute(query).scalar_one() or 0)  # type: ignore[call-overload]

    found.chains = _cuts(reader, t.chain.c.id)
    found.subjects = _cuts(reader, t.subject.c.id)
    found.events = one(select(func.count()).select_from(t.event))
    found.codes = one(select(func.count()).select_from(t.code))
    found.coders = one(select(func.count()).select_from(t.coder))

    def one_of(extreme: Any) -> Any:  # each by itself, which an index answers at once
        return connection.execute(select(extreme)).scalar_one()

    bounds = (
        ("link", t.link.c.leaf, 0, found.size - 1),
        ("chain", t.chain.c.id, 1, found.chains[-1] - 1),
        ("subject", t.subject.c.id, 1, found.subjects[-1] - 1),
        ("link_item", t.link_item.c.chain, 1, found.chains[-1] - 1),
        ("link_item", t.link_item.c.leaf, 0, found.size - 1),
        ("checkpoint", t.checkpoint.c.size, 1, found.size),
        ("event", t.event.c.leaf, 0, found.size - 1),
        ("follows", t.follows.c.leaf, 0, found.size - 1),
        *((table.name, table.c.item, 1, found.subjects[-1] - 1) for table in OF_ITEMS),
    )
    for name, column, least, most in bounds:
        low, high = (one_of(func.min(column)), one_of(func.max(column)))
        if low is not None and (low < least or high > most):
            found.odd.append(f"{name} has rows beyond {least} to {most}")
        nothing = select(column).where(column.is_(None)).limit(1)  # which no range has
        if connection.execute(nothing).first() is not None:
            found.odd.append(f"{name} has rows without {column.name}")
    found.odd += _twice(reader)
    for column in (c for table in of_projection(APPEND) for c in table.c if c.foreign_keys):
        found.standing_subjects |= set(connection.execute(select(column)).scalars())
    last = reader.last_standing()
    if state.standing != last:
        found.odd.append(f"log_state says {state.standing} of who may sign, the tables {last}")
    found.cosigned = reader.cosigned()
    for row in connection.execute(select(t.tile.c.id, t.tile.c.root)):
        found.tile_roots.append((*divmod(row.id, 1 << LEVEL_BITS), as_bytes(row.root)))
    return found


def _cuts(reader: Reader, column: Any) -> list[int]:
    """Ids from 1 that part a table's rows into runs of ROWS, and one beyond the last.

    By the rows and not by the ids: one changed id would make runs without end.
    """
    cuts, connection = [1], reader.connection
    while True:
        query = select(column).where(column >= cuts[-1]).order_by(column).offset(ROWS).limit(1)
        following = connection.execute(query).scalar_one_or_none()
        if following is None or following <= cuts[-1]:
            break
        cuts.append(following)
    last = connection.execute(select(func.max(column))).scalar_one()
    return [*cuts, max(cuts[-1], last or 0) + 1]


def _twice(reader: Reader) -> Iterator[str]:
    """What stands twice where a table has lost its own rule against it.

    The sums cannot see that: a chain that forks is two chains of one name, each without a gap.
    """
    connection = reader.connection
    past_indexes = " NOT INDEXED" if is_sqlite(connection.engine) else ""
    for table, columns in (("chain", "subject, actor"), ("subject", "uri")):
        query = (
            f"SELECT 1 FROM {table}{past_indexes} "  # noqa: S608  our own names
            f"GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
        )
        if connection.exec_driver_sql(query).first() is not None:
            yield f"{table} has two rows of the same {columns}"
