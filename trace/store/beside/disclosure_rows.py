"""Disclosures: each encrypted, with whose it is and whom it is shown. Beside the ledger."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from ..read.reader import Reader
from ..schema import shown, subject
from ..selecting import as_bytes, chunks
from . import sealed_rows
from .repository import Repository
from .schema_beside import disclosure


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


def _sealed(row: Any) -> Sealed:
    return Sealed(
        digest=row.digest,
        actor=row.actor,
        audience=str(row.audience),
        kept=row.kept,
        place=row.place if isinstance(row.place, int) else None,  # of a row that was changed
        content=None if row.content is None else as_bytes(row.content),
        erased=row.erased,
    )


_c = disclosure.c


class DisclosureBook(Repository[Sealed]):
    """Disclosures of one ledger, to be written. StoreError where that fails."""

    table, noun, value = disclosure, "disclosures", staticmethod(_sealed)

    def erase(self, actor: str, digests: Iterable[str], leaf: int) -> None:
        """Note that these are erased by the link at `leaf`, with nothing left of them here."""
        gone = {"place": None, "content": None, "erased": leaf}
        with self.writing() as connection:
            for part in chunks(sorted(set(digests))):
                which = (_c.actor == actor, _c.digest.in_(part), _c.erased.is_(None))
                sealed_rows.set_aside(connection, disclosure, which, gone)
                sealed_rows.change(connection, disclosure, which, lambda row: gone)


def sealed(
    reader: Reader, actor: str, digests: Iterable[str], *, any_seal: bool = False
) -> dict[str, Sealed]:
    """A party's disclosures by digest; with `any_seal` changed ones too: to be erased only."""
    by_digest: dict[str, Sealed] = {}
    for part in chunks(sorted(set(digests))):
        query = select(disclosure).where(_c.actor == actor, _c.digest.in_(part))
        rows = DisclosureBook.of(reader, query, any_seal=any_seal)
        by_digest.update((row.digest, row) for row in rows)
    return by_digest


def kept(reader: Reader, *, any_seal: bool = False) -> list[Sealed]:
    """All disclosures, in order of party and digest; `any_seal` as above."""
    query = select(disclosure).order_by(_c.actor, _c.digest)
    return DisclosureBook.of(reader, query, any_seal=any_seal)


def at_places(reader: Reader, places: Iterable[int | None]) -> Counter[int]:
    """How many rows name each of these places."""
    query = select(_c.place, func.count()).group_by(_c.place)
    wanted = sorted({place for place in places if place is not None})
    return Counter(dict(map(tuple, reader.among(query, _c.place, wanted))))


def subjects(reader: Reader, prefix: str) -> Sequence[str]:
    """The subjects of the ledger that begin with these ASCII characters."""
    uri = subject.c.uri
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    query = select(uri).where(uri >= prefix, uri < end).order_by(uri)
    return reader.connection.execute(query).scalars().all()


def shown_on(reader: Reader, link_hash: str, digests: Iterable[str], day: date) -> dict[str, int]:
    """Those of a link's digests that are shown on a day, each with the newest statement on it."""
    query = select(shown).where(shown.c.hash == link_hash).order_by(shown.c.by)
    newest = {row.digest: row for row in reader.among(query, shown.c.digest, sorted(digests))}
    return {
        digest: row.by
        for digest, row in newest.items()
        if not row.ends and (row.until is None or day.isoformat() <= row.until)
    }
