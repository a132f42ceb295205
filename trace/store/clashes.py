"""Trace codes that name another thing already (docs/format.md section 3): the first has them.

Whoever codes an item `https://<host>/t/<code>` chooses the code, and may choose that of a chain
of another's: the ledger accepts it and reports it, so an audit has to know it for what it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select

from ..identifiers import codes
from ..link import Link
from . import schema as t
from .derive import Finding
from .followers.findings import clash
from .read import Reader

_BLOCK = 500


class _Claim(NamedTuple):
    leaf: int
    place: int  # among the link's items


@dataclass(slots=True)
class Clashes:
    """Chains and subjects whose code is rightly another's, and the findings that say so."""

    chains: list[tuple[str, str]] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    coded: set[int] = field(default_factory=set)
    findings: set[Finding] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)


def clashes(reader: Reader, host: str) -> Clashes:
    """Every chain is looked at, so this is for a ledger in which codes are missing."""
    look = _Look(reader, host)
    for chain, wanted, owners in look.chains():
        for code, who in wanted.items():
            owner = owners.get(code)
            if owner is not None and (owner.subject, owner.actor) != (chain.subject, who):
                look.other(chain, code, who, owner)
    return look.found


class _Look:
    def __init__(self, reader: Reader, host: str) -> None:
        self._reader = reader
        self._host = host
        self._said: set[tuple[int, str]] = set()
        self.found = Clashes()

    def chains(self) -> Iterator[tuple[Row[Any], dict[str, int | None], dict[str, Row[Any]]]]:
        """Each chain, its two codes with whose they should be, and the rows of those codes."""
        after = 0
        while True:
            query = _begun().where(t.chain.c.id > after).order_by(t.chain.c.id).limit(_BLOCK)
            rows = self._reader.connection.execute(query).all()
            wanted = [
                {
                    codes.of_uri(row.item, self._host): None,
                    codes.of_chain(row.item, row.who): row.actor,
                }
                for row in rows
            ]
            named = select(t.code, t.subject.c.uri.label("item")).join(
                t.subject, t.code.c.subject == t.subject.c.id
            )
            every = sorted({code for pair in wanted for code in pair})
            owners = {row.code: row for row in self._reader.among(named, t.code.c.code, every)}
            for row, pair in zip(rows, wanted, strict=True):
                yield row, pair, owners
            if len(rows) < _BLOCK:
                return
            after = rows[-1].id

    def other(self, chain: Row[Any], code: str, who: int | None, owner: Row[Any]) -> None:
        """A chain's code that is another's: rightly, if the other had it before."""
        link = self._link(chain.leaf)
        mine = _claim(chain.leaf, link, chain.item)
        if mine is None:
            return
        theirs = self._first(owner)
        if theirs is None or theirs >= mine:
            self.found.odd.append(f"code {code} names {owner.item}, which did not have it first")
            return
        self.found.coded.add(chain.subject)
        if who is None:
            self.found.named.add(chain.subject)
        else:
            self.found.chains.append((chain.item, chain.who))
        if link.event is not None and (chain.leaf, chain.item) not in self._said:
            self._said.add((chain.leaf, chain.item))
            self.found.findings.add((chain.leaf, "code", chain.item, clash(code, owner.item)))

    def _first(self, owner: Row[Any]) -> _Claim | None:
        query = _begun().where(t.chain.c.subject == owner.subject)
        if owner.actor is not None:
            query = query.where(t.chain.c.actor == owner.actor)
        for row in self._reader.connection.execute(query.order_by(t.link_item.c.leaf)):
            found = _claim(row.leaf, self._link(row.leaf), row.item)
            if found is not None:
                return found
        return None

    def _link(self, leaf: int) -> Link:
        link = self._reader.parsed(leaf)
        assert link is not None
        return link


def _begun() -> Select[Any]:
    item, actor = t.subject.alias(), t.subject.alias()
    return (
        select(
            t.chain.c.id, t.chain.c.subject, t.chain.c.actor, t.link_item.c.leaf,
            item.c.uri.label("item"), actor.c.uri.label("who"),
        )
        .join(item, t.chain.c.subject == item.c.id)
        .join(actor, t.chain.c.actor == actor.c.id)
        .join(t.link_item, (t.link_item.c.chain == t.chain.c.id) & (t.link_item.c.seq == 0))
    )  # fmt: skip


def _claim(leaf: int, link: Link, item: str) -> _Claim | None:
    """Where a chain's first link claims its codes; a statement but of labels claims none."""
    if link.statement is not None and link.statement["type"] != "labels":
        return None
    return _Claim(leaf, [ref.item for ref in link.items].index(item))
