"""The rows beside the ledger: written with a seal, and believed by it alone.

Whoever writes the database can put rows here, change them and take them away. A row whose seal
fails is as if it were not there; of some tables it is also kept, sealed, how many rows there are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Row,
    Select,
    Table,
    bindparam,
    cast,
    delete,
    insert,
    select,
    update,
)

from ..engine import dialect_insert, is_sqlite
from ..read.reader import Reader
from .schema_beside import SEALED, row_count
from .seals import Ring, Seals

OPTION = "seals"  # of an engine: its Seals
NAME = "seal"
_NONE = Seals(None)
_PRIVATE = ("address",)  # what no report repeats
_NAMED = 5
_BLOCKS = {"yield_per": 1_000}

Which = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with a table beside the ledger: rows whose seal fails, or rows too few."""

    table: str
    reason: str


def seals_of(connection: Connection | Engine) -> Seals:
    """The secret of the database that this connection is to."""
    seals = connection.get_execution_options().get(OPTION, _NONE)
    assert isinstance(seals, Seals)
    return seals


def is_sealed(ring: Ring, table: Table, row: Row[Any]) -> bool:
    """Whether a row with all columns of its table is what this program wrote there."""
    return ring.holds(table.name, _columns(table, row), row[-1])


def read(connection: Connection, query: Select[Any], **options: int) -> Iterator[Row[Any]]:
    """The rows of a select, read to their end; a text that is none is bytes there.

    SQLite stores any bytes as a text, and its driver gives up at the first that is not UTF-8: one
    such row would keep all others from being read, told and resealed.
    """
    driver: Any = connection.connection.driver_connection
    if is_sqlite(connection.engine):
        driver.text_factory = _text
    try:
        yield from connection.execute(query, execution_options=options)
    finally:
        if is_sqlite(connection.engine):
            driver.text_factory = str


def believed(connection: Connection, table: Table, query: Select[Any]) -> list[Row[Any]]:
    """The rows of a `select(table)` whose seal holds; others are reported."""
    seals = seals_of(connection)
    ring = seals.ring
    rows = list(read(connection, query))
    good = [row for row in rows if is_sealed(ring, table, row)]
    if len(good) < len(rows) and ring:
        seals.on_failure(table.name)
    return good


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """Write a new row; the row as it now is. An IntegrityError where there is one."""
    row = _sealed(seals_of(connection).ring, table, values)
    connection.execute(insert(table), row)
    count(connection, table, 1)
    return SimpleNamespace(**row)


def add_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Write those rows whose key is not there yet; they as they now are."""
    statement = dialect_insert(connection.engine, table).on_conflict_do_nothing()
    statement = statement.returning(*table.primary_key)
    ring = seals_of(connection).ring
    sealed = (_sealed(ring, table, row) for row in rows)
    new = [SimpleNamespace(**row) for row in sealed if connection.execute(statement, row).all()]
    count(connection, table, len(new))
    return new


def change(
    connection: Connection,
    table: Table,
    which: Which,
    values: Callable[[Row[Any]], Mapping[str, Any]],
) -> list[Any]:
    """Change those of these rows that are believed, each sealed anew; the rows as they now are."""
    query = select(table).where(*which).with_for_update()
    ring = seals_of(connection).ring
    rows = believed(connection, table, query)
    changed = [_sealed(ring, table, {**row._mapping, **values(row)}) for row in rows]
    if changed:
        _write(connection, table, [row._asdict() for row in rows], changed)
    return [SimpleNamespace(**row) for row in changed]


def remove(connection: Connection, table: Table, which: Which) -> list[Row[Any]]:
    """Take these rows away, believed or not; those that were believed."""
    rows = believed(connection, table, select(table).where(*which).with_for_update())
    connection.execute(delete(table).where(*which))
    count(connection, table, -len(rows))
    return rows


def set_aside(
    connection: Connection, table: Table, which: Which, values: Mapping[str, Any]
) -> None:
    """Change those of these rows that are not believed; nothing without the secret."""
    ring = seals_of(connection).ring
    if not ring:
        return
    rows = read(connection, select(table).where(*which).with_for_update())
    failing = [row for row in rows if not is_sealed(ring, table, row)]
    if failing:
        _write(connection, table, [row._asdict() for row in failing], [values] * len(failing))


def count(connection: Connection, table: Table, by: int) -> None:
    """Take note of rows that were written or taken away; a count that fails is left failing."""
    if not by or not table.info["counted"]:
        return
    here = (row_count.c.name == table.name,)
    change(connection, row_count, here, lambda row: {"total": row.total + by})


def put_count(connection: Connection, name: str, total: int) -> None:
    """Write how many rows there are of a table, whatever was written before."""
    connection.execute(delete(row_count).where(row_count.c.name == name))
    add(connection, row_count, {"name": name, "total": total})


def counted(connection: Connection, name: str) -> int | None:
    """How many rows of a table there should be; None where that is not known any more."""
    query = select(row_count).where(row_count.c.name == name)
    rows = believed(connection, row_count, query)
    return rows[0].total if rows else None


def is_counted(connection: Connection, name: str, total: object, seal: object) -> bool:
    """Whether this is the count of a table, by columns that were read with others."""
    return seals_of(connection).ring.holds("row_count", (("name", name), ("total", total)), seal)


def broken(reader: Reader) -> Iterator[Broken]:
    """All that is wrong with the tables beside the ledger, where the secret is here."""
    for table in SEALED.values():
        yield from _broken(reader.connection, table)


def _broken(connection: Connection, table: Table) -> Iterator[Broken]:
    good, bad, first = 0, 0, list[str]()
    ring = seals_of(connection).ring
    for row in read(connection, select(table), **_BLOCKS):
        if is_sealed(ring, table, row):
            good += 1
        else:
            bad += 1
            if len(first) < _NAMED:
                key = (c.name for c in table.primary_key if c.name not in _PRIVATE)
                first.append(" ".join(str(row._mapping[name])[:80] for name in key))
    if bad:
        reason = (
            f"table {table.name}: rows that were put there, or changed, by somebody else than this "
            f"program: {bad} ({'; '.join(first)}{'; …' if bad > len(first) else ''}). They are "
            "not used: see `suyuan reseal`"
        )
        yield Broken(table.name, reason)
    if not table.info["counted"]:
        return
    total = counted(connection, table.name)
    if total is None:
        reason = f"table row_count: how many rows table {table.name} has is not known any more"
        yield Broken(table.name, f"{reason}: see `suyuan reseal`")
    elif total != good:
        reason = f"table {table.name}: {good} rows are as they were written, of {total}"
        yield Broken(table.name, f"{reason}: see `suyuan reseal`")


def reseal_table(
    connection: Connection, table: Table, *, believe: bool = False, drop: bool = False
) -> tuple[int, int]:
    """Seal the rows of a table by the newest secret; how many hold now, and how many fail.

    `believe` seals those that fail too, as they are; `drop` takes them away. Either accepts the
    rows that are there as all that there are.
    """
    ring, good, bad = seals_of(connection).ring, 0, 0
    old: list[Mapping[str, Any]] = []
    seals: list[Mapping[str, Any]] = []
    gone: list[Row[Any]] = []
    query = select(table).with_for_update()
    for row in read(connection, query, **_BLOCKS):
        holds = is_sealed(ring, table, row)
        good += holds or believe
        bad += not (holds or believe)
        if (believe and not holds) or (holds and not ring.is_newest(row[-1])):
            old.append({c.name: row._mapping[c.name] for c in table.primary_key})
            seals.append({NAME: ring.seal(table.name, _columns(table, row))})
        elif not holds and drop:
            gone.append(row)
    if old:
        _write(connection, table, old, seals)
    for row in gone:  # a key that is no text is bytes here
        here = (
            (cast(c, LargeBinary) if isinstance(row._mapping[c.name], bytes) else c)
            == row._mapping[c.name]
            for c in table.primary_key
        )
        connection.execute(delete(table).where(*here))
    if table.info["counted"]:
        total = good if believe or drop else counted(connection, table.name)
        if total is not None:
            put_count(connection, table.name, total)
    return good, 0 if drop else bad


def _write(
    connection: Connection,
    table: Table,
    keys: Iterable[Mapping[str, Any]],
    values: Sequence[Mapping[str, Any]],
) -> None:
    """Write these values over rows, in one statement for all."""
    here = (c == bindparam(f"at_{c.name}") for c in table.primary_key)
    statement = update(table).where(*here).values({n: bindparam(f"to_{n}") for n in values[0]})
    connection.execute(
        statement,
        [
            {f"at_{c.name}": key[c.name] for c in table.primary_key}
            | {f"to_{name}": value for name, value in new.items()}
            for key, new in zip(keys, values, strict=True)
        ],
    )


def _sealed(ring: Ring, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: values.get(name) for name in _names(table)}
    return row | {NAME: ring.seal(table.name, row.items())}


def _columns(table: Table, row: Row[Any]) -> Iterator[tuple[str, object]]:
    return zip(_names(table), row, strict=False)  # the seal is the last, and has no name there


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.columns if c.name != NAME)


def _text(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
