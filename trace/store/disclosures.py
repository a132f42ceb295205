"""The table of disclosures: each encrypted, with whose it is and whom it is shown. Beside the
ledger."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import Reader, as_bytes
from .schema import subject
from .source import chunks


@dataclass(frozen=True, slots=True)
class Sealed:
    """A disclosure as it is kept, by its digest and the party whose it is.

    `place` is where its key is; both it and `content` are None once it was erased, by the link at
    `erased`. `kept` in microseconds UTC.
    """

    digest: str
    actor: str
    audience: str
    kept: int
    place: int | None
    content: bytes | None
    erased: int | None = None


class DisclosureBook:
    """Disclosures of one ledger; any number of processes may write them at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, sealed: Iterable[Sealed]) -> list[Sealed]:
        """Write those that are not there yet, and say which. StoreError where that fails."""
        try:
            with writing(self._engine) as connection:
                new = sealed_rows.add_new(connection, t.disclosure, [_row(one) for one in sealed])
                return [Sealed(**row) for row in new]
        except SQLAlchemyError as error:
            raise _failed(error) from error

    def erase(self, actor: str, digests: Iterable[str], leaf: int) -> None:
        """Note that these are erased by the link at `leaf`, with nothing left of them here."""
        c = t.disclosure.c
        gone = {"place": None, "content": None, "erased": leaf}
        try:
            with writing(self._engine) as connection:
                for part in chunks(sorted(set(digests))):
                    which = (c.actor == actor, c.digest.in_(part), c.erased.is_(None))
                    sealed_rows.set_aside(connection, t.disclosure, which, gone)
                    sealed_rows.change(connection, t.disclosure, which, lambda row: gone)
        except SQLAlchemyError as error:
            raise _failed(error) from error


def sealed(
    reader: Reader, actor: str, digests: Iterable[str], *, any_seal: bool = False
) -> dict[str, Sealed]:
    """What is kept under these digests as this party's, by digest.

    With `any_seal` also what somebody else has changed: to be erased, never to be shown.
    """
    c = t.disclosure.c
    found: dict[str, Sealed] = {}
    for part in chunks(sorted(set(digests))):
        query = select(t.disclosure).where(c.actor == actor, c.digest.in_(part))
        found.update((row.digest, _sealed(row)) for row in _rows(reader, query, any_seal=any_seal))
    return found


def kept(reader: Reader, actor: str | None = None, *, any_seal: bool = False) -> list[Sealed]:
    """All that is kept, or one party's, in order of party and digest; `any_seal` as above."""
    query = select(t.disclosure).order_by(t.disclosure.c.actor, t.disclosure.c.digest)
    if actor is not None:
        query = query.where(t.disclosure.c.actor == actor)
    return [_sealed(row) for row in _rows(reader, query, any_seal=any_seal)]


def at_places(reader: Reader, places: Iterable[int | None]) -> Counter[int]:
    """How many rows name each of these places."""
    column = t.disclosure.c.place
    found: Counter[int] = Counter()
    for part in chunks(sorted({place for place in places if place is not None})):
        query = select(column, func.count()).where(column.in_(part)).group_by(column)
        for place, count in reader.connection.execute(query):
            found[place] = count
    return found


def subjects(reader: Reader, prefix: str) -> Sequence[str]:
    """The subjects of the ledger that begin with these ASCII characters."""
    c = subject.c.uri
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    query = select(c).where(c >= prefix, c < end).order_by(c)
    return reader.connection.execute(query).scalars().all()


def _rows(reader: Reader, query: Select[Any], *, any_seal: bool) -> Iterable[Row[Any]]:
    if any_seal:
        return reader.connection.execute(query)
    return sealed_rows.believed(reader.connection, t.disclosure, query)


def _sealed(row: Row[Any]) -> Sealed:
    return Sealed(
        digest=row.digest,
        actor=row.actor,
        audience=str(row.audience),
        kept=row.kept,
        place=row.place if isinstance(row.place, int) else None,  # of a row that was changed
        content=None if row.content is None else as_bytes(row.content),
        erased=row.erased,
    )


def _row(one: Sealed) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Sealed.__slots__}


def _failed(error: SQLAlchemyError) -> StoreError:
    return StoreError(f"disclosures cannot be written: {str(error).splitlines()[0][:300]}")
