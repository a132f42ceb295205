"""Erasures that the ledger records: which confidential fields of which link are gone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import LINK_URN
from suyuan.trace.store.read.reader import Reader

from .verify_link import Verifier


@dataclass(frozen=True, slots=True)
class Erasure:
    """One statement: by whom, of which digests of the link with this hash at the index `of`.

    `reason` is None where none is given, or where it is hidden itself.
    """

    index: int
    of: int
    hash: str
    digests: tuple[str, ...]
    actor: str
    recorded: datetime | None
    reason: str | None = None


def statement(index: int, link: Link, digests: Iterable[str], reason: str | None = None) -> Object:
    """The statement that erases these disclosures of the link at an index."""
    named: Object = {"index": index, "hash": link.hash, "digests": sorted(set(digests))}
    return {"type": "erasure", **named} | ({} if reason is None else {"reason": reason})


def subject(link_hash: str) -> str:
    """What an erasure is about: the link that it names."""
    return f"{LINK_URN}{link_hash}"


def erasures(reader: Reader, genesis: Genesis, hashes: Iterable[str]) -> dict[str, list[Erasure]]:
    """The erasures of links by their hashes, each verified now; links without any are left out.

    A statement whose bytes, signature or key are not good counts for nothing: the audit names it.
    """
    known = reader.subject_numbers({subject(one) for one in hashes})
    verifier = Verifier(reader, genesis)
    by_hash = {
        uri.removeprefix(LINK_URN): sorted(_about(reader, verifier, uri), key=attrgetter("index"))
        for uri in sorted(known)
    }
    return {link_hash: erased for link_hash, erased in by_hash.items() if erased}


def gone(statements: Sequence[Erasure]) -> dict[str, int]:
    """The digests that these erase, each with the index of the first that does."""
    return {digest: one.index for one in reversed(statements) for digest in one.digests}


def _about(reader: Reader, verifier: Verifier, uri: str) -> Iterator[Erasure]:
    for head in reader.chains(uri):
        for _, stored in reader.chain_links(uri, head.actor):
            if stored is None:
                continue
            checked = verifier.check(stored)
            statement = None if checked.link is None else checked.link.statement
            if checked.is_good and statement is not None and statement["type"] == "erasure":
                assert checked.link is not None
                yield Erasure(
                    index=stored.index,
                    of=int(statement["index"]),
                    hash=str(statement["hash"]),
                    digests=tuple(statement["digests"]),
                    actor=checked.link.actor,
                    recorded=checked.recorded,
                    reason=statement.get("reason"),
                )


def owner(reader: Reader, index: int, link_hash: str) -> str | None:
    """Whose record the link is that an erasure names; None where it is not there, or unreadable."""
    stored = reader.link(index)
    link = readable(stored.entry) if stored is not None and stored.hash == link_hash else None
    return None if link is None else link.actor
