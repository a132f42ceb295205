"""The statements that a database is given."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy

from suyuan.trace.store import schema as t


@contextmanager
def statements(given: Any) -> Iterator[list[tuple[str, Any]]]:
    """Those that a connection or an engine is given meanwhile, with their values."""
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        noted.append((text, values))

    sqlalchemy.event.listen(given, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        sqlalchemy.event.remove(given, "before_cursor_execute", note)


SMALL = {"act", "follower", "ledger", "log_state", "registrar", "session"}  # whoever else there is
TABLES = set(t.metadata.tables)
_SORTS = ("ORDER BY", "GROUP BY", "DISTINCT")
_BLOCKING = {"Sort", "Aggregate", "Hash", "Materialize", "WindowAgg", "Unique", "SetOp"}
_AS_LARGE = (  # as if each page of a table had so many rows
    "SET LOCAL enable_seqscan = off",
    "UPDATE pg_class SET reltuples = 1000000, relpages = 1 WHERE relkind = 'r' "
    "AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0",
)


_MANY = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 10000"


def whole_reads(connection: Any, asked: list[tuple[str, Any]], *, is_small: bool = True) -> list:
    """The queries that would read a table or an index from end to end, each with its plan.

    Not those that stop early: with a LIMIT, in the order of an index. On PostgreSQL a small
    database is asked how it would read a large one; not `is_small`, how it reads its own.
    """
    found = []
    queries = {text: values for text, values in asked if text.lstrip()[:6] in ("SELECT", "WITH R")}
    if connection.dialect.name == "sqlite":
        for text, values in queries.items():
            lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            plan = [row[3] for row in lines]
            sorts = {f"USE TEMP B-TREE FOR {what}" for what in _SORTS} & {*plan}
            stops = "ORDER BY" in text and " LIMIT " in text and not sorts
            scans = (line.split()[1] for line in plan if line.startswith("SCAN "))
            named = {re.sub(r"_\d+$", "", name) for name in scans}  # an alias
            if (named & TABLES) - SMALL and not stops:
                found.append((text, plan))
        return found
    for change in _AS_LARGE if is_small else ():
        connection.exec_driver_sql(change)
    large = TABLES - SMALL
    if not is_small:  # what has a few rows is read whole, rightly
        large &= set(connection.exec_driver_sql(_MANY).scalars())
    for text, values in queries.items():
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", values).scalar_one()
        if _reads_all(plan[0]["Plan"], large, stops=False):
            found.append((text, plan))
    return found


def _reads_all(node: dict[str, Any], large: set[str], *, stops: bool) -> bool:
    """Whether a node of a plan, or one below it, reads all of a large table."""
    kind, stops = node["Node Type"], (stops or node["Node Type"] == "Limit")
    stops = stops and kind not in _BLOCKING
    is_whole = kind == "Seq Scan" or ("Index" in kind and "Index Cond" not in node and not stops)
    if is_whole and node.get("Relation Name") in large:
        return True
    return any(_reads_all(below, large, stops=stops) for below in node.get("Plans", ()))
