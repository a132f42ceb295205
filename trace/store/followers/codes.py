"""Which item, and which holder's chain of it, a trace code names."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ...identifiers import codes
from ...link import Link
from .. import schema as t
from ..read import Reader
from .base import Follower, insert_new


class Codes(Follower):
    """A code names one thing: the first has it, a second is a finding."""

    name = "codes"

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Codes of items and of chains that begin here."""
        begun = [
            (ref.item, link.actor)
            for _, link in links
            for ref in link.items
            if ref.seq == 0 and (link.statement is None or link.statement["type"] == "labels")
        ]
        numbers = Reader(connection).subject_numbers({uri for pair in begun for uri in pair})
        rows = []
        for item, actor in begun:
            if item in numbers and actor in numbers:
                subject = numbers[item]
                code = codes.of_uri(item, self.host)
                rows.append({"code": code, "subject": subject, "actor": None})
                chain = codes.of_chain(item, actor)
                rows.append({"code": chain, "subject": subject, "actor": numbers[actor]})
        insert_new(connection, t.code, rows)
