"""By what things and parties are known: trace codes, names, their pieces, and profiles."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import MAX_URI, Object
from suyuan.trace.format.statements import WITHDRAWN
from suyuan.trace.lineage.lots import fold

from .. import schema as t
from ..read.naming import ENDED, OWNER, STATED
from ..read.profile_rows import licence_key
from ..read.reader import Reader
from ..read.search import terms
from ..selecting import among
from .followers import Attachment, Follower, insert_new

_FOUND_BY = 200  # characters of a name
_KINDS = ("party", "ownership", *STATED)


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


class Names(Follower):
    """Each actor's newest name for a URI, the first that a document reports, and whose it is.

    What counts of these is for who reads: `naming`. And the terms by which parties are found, and
    each actor's newest profile of a URI, with the numbers of its licences.
    """

    name = "names"

    def __init__(self, host: str, attachment: Attachment) -> None:
        super().__init__(host, attachment)
        self._read: set[str] = set()

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Names in these links and in the documents that they report."""
        for index, link in links:
            row, profile = _stated(index, link), _profile(index, link)
            if profile is not None:
                for table in (t.profile, t.licence):
                    c = table.c
                    last = and_(c.uri == profile["uri"], c.actor == profile["actor"])
                    connection.execute(delete(table).where(last))
                connection.execute(insert(t.profile), [profile])
                insert_new(connection, t.licence, list(_licence_rows(profile, link)))
            elif row is not None:
                self._state(connection, row)
            elif link.statement is not None and "shows" in link.statement:
                insert_new(connection, t.shown, list(_shown(index, link.statement)))
            elif link.is_received and link.document is not None:
                rows = list(self._reported(index, link.document["sha256"]))
                known = select(t.name.c.uri).where(t.name.c.kind.like("%*"))
                uris = [row["uri"] for row in rows]
                present = {row.uri for row in among(connection, known, t.name.c.uri, uris)}
                insert_new(connection, t.name, [row for row in rows if row["uri"] not in present])

    def _state(self, connection: Connection, row: dict[str, Any]) -> None:
        """Replace an actor's last name for a URI; a statement of ownership is kept beside it."""
        c = t.name.c
        if row["kind"] == "party":
            connection.execute(delete(t.term).where(t.term.c.uri == row["uri"]))
            connection.execute(delete(t.name).where(c.uri == row["uri"], c.kind == "party"))
        elif row["kind"] in STATED:
            stated = and_(c.uri == row["uri"], c.kind.in_(STATED), c.actor == row["actor"])
            connection.execute(delete(t.name).where(stated))
        if row["name"] is not None:  # hidden now: the old one is no more to be shown
            insert_new(connection, t.name, [row])
            insert_new(connection, t.term, list(term_rows(row)))

    def _reported(self, index: int, sha256: str) -> Iterator[dict[str, Any]]:
        if sha256 in self._read:
            return
        self._read.add(sha256)
        data = self.attachment(sha256)
        if data is None:
            return
        from suyuan.trace.format.epcis.document import parse_document
        from suyuan.trace.format.epcis.json_reading import EpcisError

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
                yield {
                    "uri": item.uri, "kind": kind, "name": item.name, "leaf": index, "actor": "",
                }  # fmt: skip


def term_rows(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `term` that go with a row of `name`: of parties, by a name's beginning."""
    if row["kind"] == "party":
        folded = fold(row["name"][:_FOUND_BY])
        yield from ({"term": term, "uri": row["uri"]} for term in sorted(terms(folded)))


def _stated(index: int, link: Link) -> dict[str, Any] | None:
    stated = link.statement
    if stated is None or stated["type"] not in _KINDS or stated.get("op") == "leave":
        return None
    row = {"kind": stated["type"], "name": stated.get("name"), "leaf": index, "actor": link.actor}
    if stated["type"] == "ownership":
        kind = ENDED if stated["op"] == "end" else OWNER
        row |= {"kind": kind, "name": "", "actor": stated.get("party", "")}
    return row | {"uri": stated["party"] if stated["type"] == "party" else stated["uri"]}


def _shown(index: int, said: Object) -> Iterator[dict[str, Any]]:
    ends, until = said["stage"] == WITHDRAWN, said.get("until")
    for part in said["shows"]:
        row = {"by": index, "hash": part["hash"], "until": until, "ends": ends}
        yield from ({"digest": digest, **row} for digest in part["digests"])


def _profile(index: int, link: Link) -> dict[str, Any] | None:
    stated = link.statement
    if stated is None or stated["type"] != "profile":
        return None
    days = [part["expires"] for part in stated.get("licences", ()) if "expires" in part]
    return {
        "uri": stated["uri"], "actor": link.actor, "leaf": index,
        "expires": min(days, default=None), "own": stated["uri"] == link.actor,
    }  # fmt: skip


def _licence_rows(profile: Mapping[str, Any], link: Link) -> Iterator[dict[str, Any]]:
    """A row for each number of a licence in a profile."""
    stated = (link.statement or {}).get("licences", ())
    for number in sorted({folded for part in stated if (folded := licence_key(part["number"]))}):
        yield {"number": number, **{name: profile[name] for name in ("own", "actor", "uri")}}
