"""What is summed of how far lots are traced: by coder and month, and by division and month.

Each change of a lot's row changes the sums by what it adds and takes away, in the transaction that
changes it, so a report reads as many rows as it shows. `differing` makes the sums anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    Table,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from suyuan.keys.validity import significant
from suyuan.trace.findings.reaching import Begins, Handed, Reached

from .. import schema as t
from ..engine import dialect_insert
from ..schema_columns import ALL, LEVELS, MEASURES
from ..selecting import chunks

Row = Mapping[str, Any]
_COLUMNS = ("item", "coder", "division", "month", "category", "product", "begins", "handed",
            "reached")  # fmt: skip


class Cell(NamedTuple):
    """What a coder coded of a category in a month, where it was registered then."""

    division: str
    month: int
    coder: int
    category: str


class _Lot(NamedTuple):
    item: int
    coder: int
    division: str
    month: int
    category: str
    product: str
    begins: int
    handed: int
    reached: int

    @property
    def cell(self) -> Cell:
        return Cell(self.division, self.month, self.coder, self.category)

    def counted(self) -> Counter[str]:
        counts = Counter(lots=1)
        counts["sourced"] = self.begins == Begins.SOURCE
        counts["supplied"] = self.begins == Begins.SUPPLIER
        counts["handed"] = self.handed != Handed.NO
        counts["answered"] = self.handed == Handed.ANSWERED
        counts["reached"] = self.reached != Reached.NOTHING
        is_followed = self.handed == Handed.ANSWERED or self.reached != Reached.NOTHING
        counts["through"] = self.begins != Begins.NOTHING and is_followed
        return counts


def stored(connection: Connection, items: Sequence[int]) -> list[Row]:
    """The rows that lots have now."""
    query = select(t.traced).where(t.traced.c.item.in_(items))
    return [dict(row) for row in connection.execute(query).mappings()]


def change(connection: Connection, old: Iterable[Row], new: Iterable[Row]) -> None:
    """Change the sums by lots whose rows are these and were those, and stand nowhere just now."""
    before, after = (Counter(_Lot(*(row[c] for c in _COLUMNS)) for row in s) for s in (old, new))
    deltas: dict[Cell, Counter[str]] = {}
    products: Counter[tuple[Cell, str]] = Counter()
    for lots, sign in ((before - after, -1), (after - before, 1)):
        for lot in lots:
            delta = deltas.setdefault(lot.cell, Counter())
            for name, many in lot.counted().items():
                delta[name] += sign * many
    ends = {(lot.cell, lot.product) for lot in before}, {(lot.cell, lot.product) for lot in after}
    for keys, sign in ((ends[0] - ends[1], -1), (ends[1] - ends[0], 1)):
        products.update({key: sign for key in keys if not _is_there(connection, *key)})
    for (cell, _product), sign in products.items():
        deltas.setdefault(cell, Counter())["products"] += sign
    deltas = {cell: delta for cell, delta in deltas.items() if any(delta.values())}
    if deltas:
        _add(connection, deltas)


def _is_there(connection: Connection, cell: Cell, product: str) -> bool:
    """Whether another lot of a product is counted in a cell."""
    c = t.traced.c
    query = select(c.item).where(
        c.coder == cell.coder, c.division == cell.division, c.month == cell.month,
        c.category == cell.category, c.product == product,
    )  # fmt: skip
    return connection.execute(query.limit(1)).first() is not None


def _add(connection: Connection, deltas: Mapping[Cell, Counter[str]]) -> None:
    c = t.coder_coverage.c
    by_key: dict[tuple[str, int, int], dict[Cell, Counter[str]]] = {}
    for cell, delta in deltas.items():
        by_key.setdefault(cell[:3], {})[cell] = delta
    keys = sorted(by_key)
    lots: dict[tuple[str, int, int], Counter[str]] = {key: Counter() for key in keys}
    for part in chunks(keys):
        query = select(t.coder_coverage).where(tuple_(c.division, c.month, c.coder).in_(part))
        for row in connection.execute(query):
            lots[row.division, row.month, row.coder][row.category] = row.lots
    sums: dict[tuple[str, int, str], Counter[str]] = {}
    for key, of_key in by_key.items():
        before = lots[key]
        after = before + Counter()
        division, month, _ = key
        for cell, delta in of_key.items():
            after[cell.category] += delta["lots"]
        coders = {
            category: (after[category] > 0) - (before[category] > 0)
            for category in {cell.category for cell in of_key}
        }
        coders[ALL] = any(many > 0 for many in after.values()) - bool(before)
        for prefix in _prefixes(division):
            for category, many in coders.items():
                sums.setdefault((prefix, month, category), Counter())["coders"] += many
            for cell, delta in of_key.items():
                for category in (cell.category, ALL):
                    sums[prefix, month, category].update(delta)
    rows = [cell._asdict() | _counts(delta) for cell, delta in deltas.items()]
    _upsert(connection, t.coder_coverage, rows, MEASURES)
    rows = [
        {"division": prefix, "month": month, "category": category, "level": len(prefix),
         "coders": delta["coders"]} | _counts(delta)
        for (prefix, month, category), delta in sorted(sums.items())
    ]  # fmt: skip
    _upsert(connection, t.coverage, rows, ("coders", *MEASURES))


def _prefixes(division: str) -> Iterator[str]:
    digits = significant(division)
    return (digits[:level] for level in LEVELS if level <= len(digits))


def _counts(delta: Counter[str]) -> dict[str, int]:
    return {name: delta[name] for name in MEASURES}


def _upsert(
    connection: Connection, table: Table, rows: list[dict[str, Any]], names: Sequence[str]
) -> None:
    """Add to rows, which are there from then on; those that count nothing are taken away."""
    statement = dialect_insert(connection.engine, table)
    added = {name: table.c[name] + statement.excluded[name] for name in names}
    keys = [column.name for column in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)
    key = tuple_(*(table.c[name] for name in keys))
    for part in chunks(tuple(row[name] for name in keys) for row in rows):
        connection.execute(delete(table).where(key.in_(part), table.c.lots == 0))


# Made anew.


def summed() -> dict[Table, Select[Any]]:
    """What the rows of lots, and of coders, add up to, in the order of each table's columns."""
    c, o = t.traced.c, t.coder_coverage.c

    def many(which: Any) -> Any:
        return func.sum(case((which, 1), else_=0))

    is_followed = (c.handed == int(Handed.ANSWERED)) | (c.reached != int(Reached.NOTHING))
    key = (c.division, c.month, c.coder, c.category)
    of_coders = select(
        *key, func.count(), func.count(c.product.distinct()),
        many(c.begins == int(Begins.SOURCE)), many(c.begins == int(Begins.SUPPLIER)),
        many(c.handed != int(Handed.NO)), many(c.handed == int(Handed.ANSWERED)),
        many(c.reached != int(Reached.NOTHING)),
        many((c.begins != int(Begins.NOTHING)) & is_followed),
    ).group_by(*key)  # fmt: skip
    parts = []
    # Who moves within a month counts where it was and where it is.
    registered = o.division.concat("/").concat(cast(o.coder, String))
    for level in LEVELS:
        prefix = func.substr(o.division, 1, level)
        for category in (o.category, literal(ALL)):
            part = select(
                prefix.label("division"), o.month, category.label("category"),
                literal(level, Integer).label("level"),
                func.count(registered.distinct()).label("coders"),
                *(func.sum(o[name]).label(name) for name in MEASURES),
            ).where(func.length(o.division) >= level)  # fmt: skip
            grouped = (o.category,) if category is o.category else ()
            parts.append(part.group_by(prefix, o.month, *grouped))
    every = union_all(*parts).subquery()
    return {t.coder_coverage: of_coders, t.coverage: select(every)}
