"""Comparing the projections of two stores, row by row, in the order of what rows are about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Select, Table, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.selectable import FromClause

from . import schema as t
from .read import Reader

Row = tuple[Any, ...]


class Unreadable(Exception):
    """A table that holds what its columns cannot, or is not there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that the entries give and the store has otherwise, or not, or too many.

    `key` names what it is about: values of the table's key columns; `item`, `actor`, `seq` and
    `leaf` those among them that a finding names.
    """

    table: str
    key: Row
    columns: tuple[str, ...]
    stored: Row | None
    derived: Row | None
    item: str | None = None
    actor: str | None = None
    seq: int | None = None
    leaf: int | None = None

    @property
    def reason(self) -> str:
        """What is wrong, in words."""
        if self.derived is None:
            return f"{self.table} has a row that no entry gives: {_said(self.key)}"
        if self.stored is None:
            return f"{self.table} lacks the row that the entries give: {_said(self.key)}"
        wrong = [
            f"{name} is {_shown(stored)}, the entries give {_shown(derived)}"
            for name, stored, derived in zip(self.columns, self.stored, self.derived, strict=True)
            if stored != derived
        ]
        return f"{self.table}: " + "; ".join(wrong)


@dataclass(frozen=True, slots=True)
class _Projection:
    name: str
    query: Callable[[], Select[Any]]
    keys: int
    places: tuple[str | None, ...]


def differences(live: Reader, scratch: Reader, *, followed: bool) -> Iterator[Difference]:
    """All differences in the append transaction's tables, or in the followers'."""
    for projection in _FOLLOWED if followed else _APPENDED:
        yield from _compare(projection, live, scratch)


def stored_rows(live: Reader, table: str) -> tuple[tuple[str, ...], list[Row]]:
    """A small table as it is stored, subjects by their URIs: its columns' names, and its rows."""
    projection = next(one for one in (*_APPENDED, *_FOLLOWED) if one.name == table)
    query = projection.query()
    columns = tuple(column.key or "" for column in query.selected_columns)
    return columns, list(_rows(live, query, table))


def _compare(projection: _Projection, live: Reader, scratch: Reader) -> Iterator[Difference]:
    query = projection.query()
    columns = tuple(column.key or "" for column in query.selected_columns)[projection.keys :]
    stored = _rows(live, query, projection.name)
    derived = _rows(scratch, query, projection.name)
    one, two = next(stored, None), next(derived, None)
    keys = projection.keys
    while one is not None or two is not None:
        if two is None or (one is not None and _order(one[:keys]) < _order(two[:keys])):
            assert one is not None
            yield _difference(projection, columns, one[:keys], one[keys:], None)
            one = next(stored, None)
        elif one is None or _order(two[:keys]) < _order(one[:keys]):
            yield _difference(projection, columns, two[:keys], None, two[keys:])
            two = next(derived, None)
        else:
            if one != two:
                yield _difference(projection, columns, one[:keys], one[keys:], two[keys:])
            one, two = next(stored, None), next(derived, None)


def _difference(
    projection: _Projection,
    columns: tuple[str, ...],
    key: Row,
    stored: Row | None,
    derived: Row | None,
) -> Difference:
    named = {place: value for place, value in zip(projection.places, key, strict=True) if place}
    leaf = named.pop("leaf", None)
    if leaf is None and "leaf" in columns:
        found = stored if stored is not None else derived
        assert found is not None
        leaf = found[columns.index("leaf")]
    return Difference(projection.name, key, columns, stored, derived, leaf=leaf, **named)


def _rows(reader: Reader, query: Select[Any], table: str) -> Iterator[Row]:
    try:
        for row in reader.connection.execution_options(yield_per=2000).execute(query):
            yield tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
    except (SQLAlchemyError, ValueError, TypeError, OverflowError) as error:
        raise Unreadable(f"{table} cannot be read: {str(error).splitlines()[0][:200]}") from error


def _order(key: Row) -> Row:
    """The key as both databases sort it: text by its bytes."""
    return tuple((part is None, part.encode() if isinstance(part, str) else part) for part in key)


def _said(key: Row) -> str:
    return ", ".join(_shown(part) for part in key)


def _shown(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 100 else text[:97] + "…"


def _by_uri(table: Table, subjects: list[str], rest: list[str]) -> Callable[[], Select[Any]]:
    """A table whose keys are subjects, by their URIs."""

    def query() -> Select[Any]:
        source: FromClause = table
        columns = []
        for name in subjects:
            alias = t.subject.alias(f"{name}_uri")
            source = source.outerjoin(alias, table.c[name] == alias.c.id)
            columns.append(alias.c.uri.label(name))
        found = [*columns, *(table.c[name] for name in rest)]
        return select(*found).select_from(source).order_by(*columns)

    return query


def _by_uri_after(
    table: Table, keys: list[str], subject: str, rest: list[str]
) -> Callable[[], Select[Any]]:
    """A table whose last key column is a subject, by its URI."""

    def query() -> Select[Any]:
        alias = t.subject.alias(f"{subject}_uri")
        columns = [*(table.c[name] for name in keys), alias.c.uri.label(subject)]
        return (
            select(*columns, *(table.c[name] for name in rest))
            .select_from(table.outerjoin(alias, table.c[subject] == alias.c.id))
            .order_by(*columns)
        )

    return query


def _link_items() -> Select[Any]:
    item, actor = t.subject.alias(), t.subject.alias()
    c = t.link_item.c
    return (
        select(
            item.c.uri.label("item"), actor.c.uri.label("actor"), c.seq,
            c.leaf, c.role, c.quantity, c.unit,
        )
        .select_from(t.link_item)
        .outerjoin(t.chain, c.chain == t.chain.c.id)
        .outerjoin(item, t.chain.c.subject == item.c.id)
        .outerjoin(actor, t.chain.c.actor == actor.c.id)
        .order_by(item.c.uri, actor.c.uri, c.seq)
    )  # fmt: skip


def _with_uris(
    table: Table, keys: list[str], subjects: list[str], rest: list[str]
) -> Callable[[], Select[Any]]:
    """A table whose keys are no subjects, with those of its other columns that are as URIs.

    By number they would differ wherever an earlier link that is broken brought a subject.
    """

    def query() -> Select[Any]:
        source: FromClause = table
        columns: list[Any] = [table.c[name] for name in keys]
        for name in subjects:
            alias = t.subject.alias(f"{name}_uri")
            source = source.outerjoin(alias, table.c[name] == alias.c.id)
            columns.append(alias.c.uri.label(name))
        columns += [type_coerce(table.c[name], _raw(table.c[name])).label(name) for name in rest]
        return select(*columns).select_from(source).order_by(*columns[: len(keys)])

    return query


def _numbered(
    table: Table, subjects: list[str], keys: list[str], rest: list[str]
) -> Callable[[], Select[Any]]:
    """A table whose first key columns are subjects, by their URIs, and the next ones are not."""

    def query() -> Select[Any]:
        source: FromClause = table
        columns: list[Any] = []
        for name in subjects:
            alias = t.subject.alias(f"{name}_uri")
            source = source.outerjoin(alias, table.c[name] == alias.c.id)
            columns.append(alias.c.uri.label(name))
        columns += [type_coerce(table.c[name], _raw(table.c[name])).label(name) for name in keys]
        return (
            select(*columns, *(table.c[name] for name in rest))
            .select_from(source)
            .order_by(*columns)
        )

    return query


def _raw(column: Column[Any]) -> Any:
    """The type by which a column is compared: SQLite's booleans as what they are."""
    return Integer() if isinstance(column.type, Boolean) else column.type


_APPENDED = (
    _Projection("subject", _with_uris(t.subject, ["uri"], [], ["code"]), 1, ("item",)),
    _Projection("chain", _by_uri(t.chain, ["subject", "actor"], ["seq", "head"]), 2,
                ("item", "actor")),
    _Projection("link_item", _link_items, 3, ("item", "actor", "seq")),
    _Projection(
        "party",
        _by_uri(t.party, ["subject"], ["admitted", "stated", "gone", "earlier", "name", "roles",
                                       "division", "places", "gs1", "part_of"]),
        1, ("item",),
    ),
    _Projection("registrar", _by_uri(t.registrar, ["subject"], ["remit", "stated"]), 1, ("item",)),
    _Projection("coder", _by_uri(t.coder, ["subject", "actor"], ["leaf"]), 2, ("item", "actor")),
    _Projection(
        "key",
        _with_uris(t.key, ["enrolled"], ["party", "enrolled_by"],
                   ["keyid", "alg", "spki", "kept", "revoked", "compromised_since"]),
        1, ("leaf",),
    ),
    _Projection(
        "mandate",
        _with_uris(t.mandate, ["given"], ["giver"],
                   ["recipient", "steps", "start", "until", "withdrawn"]),
        1, ("leaf",),
    ),
    _Projection(
        "act",
        _with_uris(t.act, ["leaf"], ["subject", "actor"],
                   ["kind", "level", "drill", "ended", "ending"]),
        1, ("leaf",),
    ),
    _Projection("scope", _with_uris(t.scope, ["item", "act"], [], ["leaf", "cleared"]), 2,
                ("item", None)),
)  # fmt: skip

_FOLLOWED = (
    _Projection("code", _with_uris(t.code, ["code"], ["subject", "actor"], []), 1, (None,)),
    _Projection(
        "event",
        _with_uris(t.event, ["leaf"], [],
                   ["event_id", "type", "action", "step", "disposition", "time", "utc_offset",
                    "received", "is_error", "content", "place", "parent", "recipient",
                    "transformation"]),
        1, ("leaf",),
    ),
    _Projection("document", _by_uri_after(t.document, ["sha256"], "actor",
                                          ["first", "links", "finished"]), 2, (None, "actor")),
    _Projection("name", _with_uris(t.name, ["uri", "leaf"], [], ["kind", "actor", "name"]), 2,
                ("item", "leaf")),
    _Projection("term", _with_uris(t.term, ["term", "uri"], [], []), 2, (None, "item")),
    _Projection("finding", _with_uris(t.finding, ["leaf", "rule", "subject"], [], ["message"]), 3,
                ("leaf", None, "item")),
    _Projection("follows", _with_uris(t.follows, ["leaf", "before"], [], []), 2, ("leaf", None)),
    _Projection("voided", _with_uris(t.voided, ["leaf"], [], ["by", "why"]), 1, ("leaf",)),
    _Projection("lot", _by_uri(t.lot, ["item"], ["leaf", "name", "product", "produced",
                                                 "shelf_life", "coder", "category"]),
                1, ("item",)),
    _Projection("used", _by_uri_after(t.used, ["making"], "item", []), 2, ("leaf", "item")),
    _Projection("made", _by_uri_after(t.made, ["making"], "item", []), 2, ("leaf", "item")),
    _Projection(
        "containment",
        _numbered(t.containment, ["item", "container"], ["entered_leaf", "part"],
                  ["entered", "left", "left_leaf", "quantity", "unit"]),
        4, ("item", None, "leaf", None),
    ),
    _Projection("holding", _numbered(t.holding, ["item"], ["holder", "reported"],
                                     ["quantity", "unit", "leaf"]), 3, ("item", None, None)),
    _Projection(
        "shipment",
        _by_uri_after(t.shipment, ["leaf"], "item", ["sender", "recipient", "quantity", "unit",
                                                     "under_way", "state", "answered",
                                                     "received", "refused"]),
        2, ("leaf", "item"),
    ),
    _Projection("doubt", _with_uris(t.doubt, ["rule", "subject", "leaf"], ["item"],
                                    ["actor", "message", "evidence"]),
                3, (None, None, "leaf")),
)  # fmt: skip
