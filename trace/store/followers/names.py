"""What parties, places and products are called, as stated or as a document reports."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Table, delete

from ...epcis import EpcisError, parse_document
from ...link import Link
from ...members import MAX_URI
from .. import schema as t
from .base import Attachment, insert_new

_KINDS = {"party": "party", "place": "place", "product": "product"}


class Names:
    """The newest statement's name for a URI; a document's only where no statement gives one."""

    name: ClassVar[str] = "names"
    tables: ClassVar[tuple[Table, ...]] = (t.name,)
    after: ClassVar[tuple[str, ...]] = ()

    def __init__(self, host: str, attachment: Attachment) -> None:
        self._attachment = attachment
        self._read: set[str] = set()

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Names in these links and in the documents that they report."""
        for index, link in links:
            row = _stated(index, link)
            if row is not None:
                # Whoever calls a product by a party's URI does not rename the party.
                weaker = (t.name.c.kind != "party") | (row["kind"] == "party")
                connection.execute(delete(t.name).where(t.name.c.uri == row["uri"], weaker))
                insert_new(connection, t.name, [row])
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


def _stated(index: int, link: Link) -> dict[str, Any] | None:
    said = link.statement
    if said is None or said["type"] not in _KINDS or not isinstance(said.get("name"), str):
        return None
    uri = said["party"] if said["type"] == "party" else said["uri"]
    return {"uri": uri, "kind": said["type"], "name": said["name"], "leaf": index}
