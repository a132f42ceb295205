"""Rows that the append transaction writes: made from links and what they changed, and written."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Connection, Table

from suyuan.keys.validity import Key, Mandate, Party
from suyuan.trace.admission.state import Act, Changes
from suyuan.trace.format.event_items import rows as item_rows
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link

from .. import schema as t
from ..engine import dialect_insert, run_driver

if TYPE_CHECKING:
    from .source import StoreSource

Row = dict[str, Any]
T = TypeVar("T")
_LAST = "SELECT (SELECT max(id) FROM subject), (SELECT max(id) FROM chain)"
_MOVE = "UPDATE chain SET seq = ?, head = ? WHERE id = ?"
Values = tuple[Any, ...]  # in the order of the table's columns


def text(values: Sequence[object]) -> str:
    """A list as the store keeps it."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def strings(text: object) -> tuple[str, ...]:
    """A list of strings as the store keeps it; empty where a changed database holds no list."""
    return tuple(part for part in _list(text) if isinstance(part, str))


def _spans(text: object) -> tuple[tuple[int, int], ...]:
    pairs = (part for part in _list(text) if isinstance(part, list) and len(part) == 2)
    return tuple((a, b) for a, b in pairs if type(a) is int and type(b) is int)


def _list(text: object) -> list[Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return []
    return value if isinstance(value, list) else []


class Shape(Generic[T]):
    """How values of one type stand in the rows of a table, and how they are read from them.

    A column holds the field of its name, or the one that `fields` says; of those in `lists`, which
    say how they are read, as JSON. A subject is a number there, and a URI in the value.
    """

    def __init__(
        self,
        table: Table,
        kind: Callable[..., T],
        fields: Mapping[str, str],
        lists: Mapping[str, Callable[[object], Any]],
    ) -> None:
        self._kind = kind
        self._parts = [
            (c.name, fields.get(c.name, c.name), "of" in c.info, lists.get(c.name))
            for c in table.columns
        ]

    def row(self, value: T, subject: Callable[[str], Any]) -> Row:
        """The row of a value; `subject` gives the number of a URI."""
        row = {}
        for column, field_, is_subject, read in self._parts:
            part = getattr(value, field_)
            row[column] = subject(part) if is_subject else text(part) if read else part
        return row

    def value(self, row: Any, **uris: str) -> T:
        """The value in a row, with the URIs of its columns that are subjects."""
        members = {}
        for column, field_, is_subject, read in self._parts:
            part = uris[column] if is_subject else getattr(row, column)
            members[field_] = read(part) if read else part
        return self._kind(**members)


PARTY = Shape(
    t.party,
    Party,
    {"subject": "uri", "gone": "left"},
    {"roles": strings, "places": strings, "gs1": strings, "earlier": _spans},
)
KEY = Shape(t.key, Key, {}, {})
MANDATE = Shape(t.mandate, Mandate, {"recipient": "to"}, {"steps": strings})
ACT = Shape(t.act, Act, {"subject": "uri"}, {})


def party_of(uri: str, row: Any) -> Party:
    """The party in a row of `party`."""
    return PARTY.value(row, subject=uri)


@dataclass(slots=True)
class Numbers:
    """Numbers for URIs and chains, new ones included."""

    subjects: dict[str, int]
    chains: dict[tuple[str, str], int]
    next_subject: int
    next_chain: int
    host: str
    new_subjects: list[Values] = field(default_factory=list)
    new_chains: set[int] = field(default_factory=set)

    def subject(self, uri: str) -> int:
        """The number of a URI; a new one where it has none."""
        number = self.subjects.get(uri)
        if number is None:
            number = self.subjects[uri] = self.next_subject
            self.next_subject += 1
            code = codes.of_uri(uri, self.host)
            self.new_subjects.append((number, uri, code))
        return number

    def chain(self, item: str, actor: str) -> int:
        """The number of a chain; a new one where it has none."""
        number = self.chains.get((item, actor))
        if number is None:
            number = self.chains[item, actor] = self.next_chain
            self.next_chain += 1
            self.new_chains.add(number)
        return number


def named(changes: Changes) -> set[str]:
    """The URIs that the changed rows on who may sign refer to."""
    uris = set(changes.parties) | set(changes.remits) | set(changes.mandates)
    for key in changes.keys.values():
        uris |= {key.party, key.enrolled_by}
    for item, (actor, _) in changes.coders.items():
        uris |= {item, actor}
    for act in changes.acts.values():
        uris |= {act.uri, act.actor}
    return uris


def link_items(accepted: Sequence[tuple[int, Link]], numbers: Numbers) -> list[Values]:
    """Values of `link_item` in order of leaf and item: chain, seq, leaf, role, quantity, unit."""
    values: list[Values] = []
    for index, link in accepted:
        for row in item_rows(link):
            amount = row.quantity
            micro, unit = (None, None) if amount is None else (amount.micro, amount.unit)
            chain = numbers.chain(row.item, link.actor)
            values.append((chain, row.seq, index, int(row.role), micro, unit))
    return values


def chains(changes: Changes, numbers: Numbers) -> tuple[list[Values], list[Values]]:
    """Values of `chain` for the chains that began, and seq, head, id of those that went on."""
    new: list[Values] = []
    moved: list[Values] = []
    for (item, actor), head in changes.heads.items():
        number, digest = numbers.chain(item, actor), bytes.fromhex(head.hash)
        if number in numbers.new_chains:
            subject, party = numbers.subject(item), numbers.subject(actor)
            new.append((number, subject, party, head.seq, digest))
        else:
            moved.append((head.seq, digest, number))
    return new, moved


def standing(changes: Changes, subject: Callable[[str], Any]) -> dict[Any, list[Row]]:
    """Rows of the tables on who may sign and on acts; each replaces the one of its primary key."""
    return {
        t.party: [PARTY.row(party, subject) for party in changes.parties.values()],
        t.key: [KEY.row(key, subject) for key in changes.keys.values()],
        t.mandate: [MANDATE.row(m, subject) for part in changes.mandates.values() for m in part],
        t.registrar: [
            {
                "subject": subject(uri),
                "remit": None if remit is None else text(remit),
                "stated": index,
            }
            for uri, (remit, index) in changes.remits.items()
        ],
        t.coder: [
            {"subject": subject(item), "actor": subject(actor), "leaf": leaf}
            for item, (actor, leaf) in changes.coders.items()
        ],
        t.act: [ACT.row(act, subject) for act in changes.acts.values()],
    }


def write_links(
    connection: Connection,
    accepted: Sequence[tuple[int, Link]],
    changes: Changes,
    source: "StoreSource",
    host: str,
) -> None:
    """Write links and what they changed: all rows of the append transaction but the log's own."""
    rows = [(index, bytes.fromhex(link.hash), link.entry) for index, link in accepted]
    insert_values(connection, t.link, rows)
    write_changes(connection, accepted, changes, source, host)


def write_changes(
    connection: Connection,
    accepted: Sequence[tuple[int, Link]],
    changes: Changes,
    source: "StoreSource",
    host: str,
) -> None:
    """Write the rows that links give, beside the links themselves."""
    highest = [number or 0 for number in connection.exec_driver_sql(_LAST).one()]
    source.subject_numbers(named(changes))
    numbers = Numbers(source.subject_ids, source.chain_ids, highest[0] + 1, highest[1] + 1, host)
    new, moved = chains(changes, numbers)
    replaced = standing(changes, numbers.subject)
    items = link_items(accepted, numbers)
    for table, values in ((t.subject, numbers.new_subjects), (t.chain, new), (t.link_item, items)):
        insert_values(connection, table, values)
    if moved:
        run_driver(connection, _MOVE, moved)
    for table, rows in replaced.items():
        if rows:
            connection.execute(_replace(connection, table), rows)


def insert_values(connection: Connection, table: Table, values: Sequence[Values]) -> None:
    """Insert rows, values in the columns' order; SQLAlchemy's own work would double the cost."""
    if values:
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608  our own names
        run_driver(connection, statement, list(values))


def _replace(connection: Connection, table: Table) -> Any:
    statement = dialect_insert(connection.engine, table)
    primary = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=primary,
        set_={
            column.name: statement.excluded[column.name]
            for column in table.c
            if column.name not in primary
        },
    )
