"""What parties, places and products are called, as stated or as a document reports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Table, delete, select

from ...epcis import EpcisError, parse_document
from ...link import Link
from ...members import MAX_URI
from ...terms import fold, terms
from .. import schema as t
from ..read import Reader
from .base import Attachment, insert_new

_FOUND_BY = 200  # characters of a name
_KINDS = {"party": "party", "place": "place", "product": "product"}


class Names:
    """The newest statement's name for a URI; a document's only where no statement gives one.

    And the terms by which parties are found by name.
    """

    name: ClassVar[str] = "names"
    tables: ClassVar[tuple[Table, ...]] = (t.name, t.term)
    after: ClassVar[tuple[str, ...]] = ()

    def __init__(self, host: str, attachment: Attachment) -> None:
        self._attachment = attachment
        self._read: set[str] = set()

    def version(self) -> str:
        """Its rows follow from the links alone."""
        return ""

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Names in these links and in the documents that they report."""
        for index, link in links:
            row = _stated(index, link)
            if row is not None:
                if _may_name(connection, row, link.actor):
                    connection.execute(delete(t.name).where(t.name.c.uri == row["uri"]))
                    connection.execute(delete(t.term).where(t.term.c.uri == row["uri"]))
                    if row["name"] is not None:  # hidden now: the old one is no more to be shown
                        insert_new(connection, t.name, [row])
                        insert_new(connection, t.term, list(term_rows(row)))
            elif link.is_received and link.document is not None:
                insert_new(connection, t.name, list(self._reported(index, link.document["sha256"])))

    def _reported(self, index: int, sha256: str) -> Iterator[dict[str, Any]]:
        if sha256 in self._read:
            return
        self._read.add(sha256)
        data = self._attachment(sha256)
        if data is None:
            return
        try:
            master = parse_document(data).master
        except EpcisError:
            return
        seen: set[str] = set()
        for item in master:
            if item.name is None or len(item.uri) > MAX_URI or "\0" in item.uri + item.name:
                continue
            if item.uri not in seen:
                seen.add(item.uri)
                kind = f"{item.kind}*"
                yield {"uri": item.uri, "kind": kind, "name": item.name, "leaf": index}


def term_rows(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `term` that go with a row of `name`: of parties, by a name's beginning."""
    if row["kind"] == "party":
        folded = fold(row["name"][:_FOUND_BY])
        yield from ({"term": one, "uri": row["uri"]} for one in sorted(terms(folded)))


def owner(connection: Connection, uri: str) -> tuple[str, str | None] | None:
    """The kind of the name that a URI has, and for a product's or place's the actor that named it.

    That actor stays: it is the first that stated what the URI is.
    """
    row = connection.execute(select(t.name).where(t.name.c.uri == uri)).one_or_none()
    if row is None or row.kind not in ("product", "place"):
        return None if row is None else (row.kind, None)
    stored = Reader(connection).source.at(row.leaf)
    return row.kind, None if stored is None else stored[1]


def _may_name(connection: Connection, row: dict[str, Any], actor: str) -> bool:
    """Parties are named by their admission, all else by who stated it first, over documents."""
    found = owner(connection, row["uri"])
    if row["kind"] == "party" or found is None or found[0].endswith("*"):
        return True
    return found[0] != "party" and found[1] in (None, actor)


def _stated(index: int, link: Link) -> dict[str, Any] | None:
    said = link.statement
    if said is None or said["type"] not in _KINDS or said.get("op") == "leave":
        return None
    uri = said["party"] if said["type"] == "party" else said["uri"]
    return {"uri": uri, "kind": said["type"], "name": said.get("name"), "leaf": index}
