"""Raw rows in bulk, for an audit that reads everything: past SQLAlchemy's own work for each row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ..append.tiling import StoreHashes
from ..engine import is_sqlite, open_engine
from ..read.reader import Reader, reading
from ..schema import event

Values = tuple[Any, ...]
_AT_ONCE = 1_000


class Scan:
    """Rows of one database over one transaction, in the order of their keys."""

    def __init__(self, reader: Reader) -> None:
        connection = reader.connection
        self.reader = reader
        self._mark = "?" if is_sqlite(connection.engine) else "%s"
        self._driver: Any = connection.connection.driver_connection
        self.hashes = StoreHashes(connection)

    def links(self, start: int, stop: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Leaf, hash and entry of the links from `start` until before `stop`."""
        query = "SELECT leaf, hash, entry FROM link WHERE leaf >= ? AND leaf < ? ORDER BY leaf"
        return self._rows(query, (start, stop))

    def checkpoints(self, after: int, to: int) -> Iterator[tuple[int, str, int]]:
        """Size, note and commit time of the checkpoints of sizes beyond `after` up to `to`."""
        query = (
            "SELECT size, note, committed FROM checkpoint WHERE size > ? AND size <= ? "
            "ORDER BY size"
        )
        return self._rows(query, (after, to))

    def chains(self, start: int, stop: int) -> Iterator[Values]:
        """Id, item's URI, actor's URI, seq and head of the chains with these ids."""
        return self._rows(
            "SELECT chain.id, item.uri, actor.uri, chain.seq, chain.head, chain.subject, "
            "chain.actor FROM chain "
            "LEFT JOIN subject item ON item.id = chain.subject "
            "LEFT JOIN subject actor ON actor.id = chain.actor "
            "WHERE chain.id >= ? AND chain.id < ? ORDER BY chain.id",
            (start, stop),
        )

    def link_items(self, start: int, stop: int) -> Iterator[Values]:
        """Chain, seq, leaf, role, quantity and unit of the rows of chains with these ids."""
        return self._rows(
            "SELECT chain, seq, leaf, role, quantity, unit FROM link_item "
            "WHERE chain >= ? AND chain < ? ORDER BY chain, seq",
            (start, stop),
        )

    def subjects(self, start: int, stop: int) -> Iterator[tuple[int, str, str]]:
        """Id, URI and code of the subjects with these ids."""
        query = "SELECT id, uri, code FROM subject WHERE id >= ? AND id < ? ORDER BY id"
        return self._rows(query, (start, stop))

    def events(self, start: int, stop: int) -> Iterator[Values]:
        """All columns of the events at these leaves."""
        names = ", ".join(column.name for column in event.columns)
        query = f"SELECT {names} FROM event WHERE leaf >= ? AND leaf < ? ORDER BY leaf"  # noqa: S608
        return self._rows(query, (start, stop))

    def follows(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Leaf and the leaf that it names, of the links from `start` until before `stop`."""
        query = "SELECT leaf, before FROM follows WHERE leaf >= ? AND leaf < ?"
        return self._rows(query, (start, stop))

    def codes(self, start: int, stop: int) -> Iterator[Values]:
        """Code, item's id and URI, actor's id and URI, and the chain's first leaf.

        Of the codes whose subject has an id from `start` until before `stop`.
        """
        return self._rows(
            "SELECT code.code, code.subject, item.uri, code.actor, actor.uri, first.leaf "
            "FROM subject item JOIN code ON code.subject = item.id "
            "LEFT JOIN subject actor ON actor.id = code.actor "
            "LEFT JOIN chain ON chain.subject = code.subject AND chain.actor = code.actor "
            "LEFT JOIN link_item first ON first.chain = chain.id AND first.seq = 0 "
            "WHERE item.id >= ? AND item.id < ?",
            (start, stop),
        )

    def coders(self, start: int, stop: int) -> Iterator[tuple[str, str, int]]:
        """Item's and actor's URI and the leaf of the codings of subjects with these ids."""
        return self._rows(
            "SELECT item.uri, actor.uri, coder.leaf FROM subject item "
            "JOIN coder ON coder.subject = item.id JOIN subject actor ON actor.id = coder.actor "
            "WHERE item.id >= ? AND item.id < ?",
            (start, stop),
        )

    def key(self, keyid: str) -> tuple[bytes, str] | None:
        """SubjectPublicKeyInfo and party's URI of a key."""
        query = (
            "SELECT key.spki, subject.uri FROM key JOIN subject ON subject.id = key.party "
            "WHERE key.keyid = ?"
        )
        found: tuple[bytes, str] | None = self.one(query, (keyid,))
        return found

    def coder(self, item: str) -> tuple[str, int] | None:
        """The actor that coded an item first, and the leaf at which it did."""
        query = (
            "SELECT actor.uri, coder.leaf FROM subject item JOIN coder ON coder.subject = item.id "
            "JOIN subject actor ON actor.id = coder.actor WHERE item.uri = ?"
        )
        found: tuple[str, int] | None = self.one(query, (item,))
        return found

    def link(self, leaf: int) -> tuple[bytes, bytes] | None:
        """Hash and entry at a leaf."""
        query = "SELECT hash, entry FROM link WHERE leaf = ?"
        found: tuple[bytes, bytes] | None = self.one(query, (leaf,))
        return found

    def head(self, chain: int, size: int) -> tuple[int, bytes] | None:
        """Seq and link hash of a chain's last link before `size`."""
        query = (
            "SELECT link_item.seq, link.hash FROM link_item JOIN link ON link.leaf = "
            "link_item.leaf WHERE link_item.chain = ? AND link_item.leaf < ? "
            "ORDER BY link_item.seq DESC LIMIT 1"
        )
        found: tuple[int, bytes] | None = self.one(query, (chain, size))
        return found

    def number(self, query: str, *values: Any) -> int:
        """The one integer that a query gives; 0 for none."""
        found = self.one(query, values)
        return 0 if found is None or found[0] is None else int(found[0])

    def one(self, query: str, values: Sequence[Any]) -> Any:
        """The first row that a query gives, or None."""
        cursor = self._driver.cursor()
        try:
            cursor.execute(query.replace("?", self._mark), values)
            return _plain(cursor.fetchone())
        finally:
            cursor.close()

    def _rows(self, query: str, values: Sequence[Any]) -> Iterator[Any]:
        cursor = self._driver.cursor()
        try:
            cursor.execute(query.replace("?", self._mark), values)
            while found := cursor.fetchmany(_AT_ONCE):
                yield from found
        finally:
            with suppress(Exception):  # left half read, and the database closed before it
                cursor.close()


def _plain(row: Any) -> Any:
    return None if row is None else tuple(row)


@contextmanager
def scanning(url: str) -> Iterator[Scan]:
    """A Scan over one transaction of the database at a URL."""
    engine = open_engine(url)
    try:
        with reading(engine, patient=True) as reader:
            yield Scan(reader)
    finally:
        engine.dispose()
