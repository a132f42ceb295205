"""Documents that links were made from, and whether what was begun is finished."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from suyuan.trace.format.link import Link

from .. import schema as t
from ..read.reader import Reader
from .followers import Follower, insert_new


class Documents(Follower):
    """One row for each document and actor: its first link, how many, and where it was closed."""

    name = "documents"

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Count links of documents; close those whose statement is met."""
        actors = Reader(connection).subject_numbers({link.actor for _, link in links})
        counted: dict[tuple[str, int], list[int]] = {}
        closed: dict[tuple[str, int], int] = {}
        for index, link in links:
            actor = actors.get(link.actor)
            if actor is None:
                continue
            if link.document is not None:
                counted.setdefault((link.document["sha256"], actor), []).append(index)
            elif link.statement is not None and link.statement["type"] == "document":
                key = (link.statement["sha256"], actor)
                counted.setdefault(key, [])
                closed.setdefault(key, index)
        for (sha256, actor), indexes in counted.items():
            self._count(connection, sha256, actor, indexes, closed.get((sha256, actor)))

    def _count(
        self, connection: Connection, sha256: str, actor: int, indexes: list[int], end: int | None
    ) -> None:
        first = indexes[0] if indexes else end
        start = {"sha256": sha256, "actor": actor, "first": first, "links": 0, "finished": None}
        insert_new(connection, t.document, [start])
        mine = (t.document.c.sha256 == sha256) & (t.document.c.actor == actor)
        before = connection.execute(select(t.document).where(mine)).one()
        connection.execute(
            update(t.document)
            .where(mine)
            .values(
                links=before.links + len(indexes),
                finished=end if before.finished is None else before.finished,
            )
        )
