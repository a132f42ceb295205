"""What begins with, or has in it, a few characters that somebody read: codes and lot numbers."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from .. import schema as t
from .reader import Reader

LEAST = 4  # characters of a code; as many as stand in one of its printed groups
MOST = 200  # rows of one question
_LENGTH = 16
_GROUPS = range(0, _LENGTH, LEAST)
_LAST = "Z"  # of the letters of codes


def codes_with(reader: Reader, part: str) -> Iterator[tuple[str, str | None]]:
    """The item, and for a chain's code its actor, of codes in which `part` stands, by code.

    Found are those in which a printed group of four lies within the part: so each beginning and
    end of a code, and each part of seven characters. Its cost follows how many begin so.
    """
    item, actor = t.subject.alias(), t.subject.alias()
    query = (
        select(t.code.c.code, item.c.uri, actor.c.uri.label("actor"))
        .select_from(t.code)
        .join(item, t.code.c.subject == item.c.id)
        .outerjoin(actor, t.code.c.actor == actor.c.id)
    )
    rows: dict[str, tuple[str, str | None]] = {}
    for shift in range(min(LEAST, len(part) - LEAST + 1)):
        rest = part[shift:]
        for start in _GROUPS:
            if start < shift or start + len(rest) > _LENGTH:
                continue
            begins = _column(start).between(rest, rest.ljust(_LENGTH - start, _LAST))
            for row in reader.connection.execute(query.where(begins).limit(MOST)):
                if row.code.startswith(part, start - shift):
                    rows[row.code] = row.uri, row.actor
    for code in sorted(rows):
        yield rows[code]


def _column(start: int) -> ColumnElement[Any]:
    """The rest of a code from a group on; with the number in the text, as its index has it."""
    return func.substr(t.code.c.code, literal_column(str(start + 1))) if start else t.code.c.code


def numbered_lots(reader: Reader, folded: str) -> Sequence[str]:
    """The items with this folded lot number, or of four characters and more beginning so."""
    number = t.lot.c.number
    query: Select[Any] = (
        select(t.subject.c.uri)
        .join_from(t.lot, t.subject, t.subject.c.id == t.lot.c.item)
        .order_by(number, t.lot.c.leaf, t.lot.c.item)
        .limit(MOST)
    )
    is_part = len(folded) >= LEAST
    within = number.between(folded, folded + "\U0010ffff") if is_part else number == folded
    return reader.connection.execute(query.where(within)).scalars().all()
