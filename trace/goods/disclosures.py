"""Disclosures kept beside the ledger, encrypted with one key each, shown, erased; and erasures.

What they say is in the database, their keys are in a file apart, and neither is anything without
the other (section 4 of the design). Erasing destroys the key; the ledger records which
confidential fields of which link are gone.
"""

import json
import logging
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from pathlib import Path

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.private import digests
from suyuan.trace.format.private.audience import OWN, PUBLIC, Audience
from suyuan.trace.format.private.digests import Field
from suyuan.trace.format.statements import LINK_URN
from suyuan.trace.format.times import micros, zone
from suyuan.trace.store.beside.disclosure_rows import (
    DisclosureBook,
    Sealed,
    at_places,
    sealed,
    shown_on,
    subjects,
)
from suyuan.trace.store.beside.disclosure_rows import kept as all_kept
from suyuan.trace.store.database import Database
from suyuan.trace.store.files.disclosure_keys import FILE, KEY, KeyFile, seal, unseal
from suyuan.trace.store.read.along import is_along
from suyuan.trace.store.read.reader import Reader

from .verify_link import Verifier


@dataclass(frozen=True, slots=True)
class Erasure:
    """Which digests of the link `of` a statement erases; no `reason` if none, or a hidden one."""

    index: int
    of: int
    hash: str
    digests: tuple[str, ...]
    actor: str
    recorded: datetime | None
    reason: str | None = None


def erasure_statement(
    index: int, link: Link, digests: Iterable[str], reason: str | None = None
) -> Object:
    """The statement that erases these disclosures of the link at an index."""
    return acts.statement("erasure", index, link.hash, sorted(set(digests)), reason)


def erasure_subject(link_hash: str) -> str:
    """The URI that an erasure of a link is about."""
    return f"{LINK_URN}{link_hash}"


def erasures(reader: Reader, genesis: Genesis, hashes: Iterable[str]) -> dict[str, list[Erasure]]:
    """The erasures of links by hash, each verified now; what is not good counts for nothing."""
    known = reader.subject_numbers({erasure_subject(link_hash) for link_hash in hashes})
    verifier = Verifier(reader, genesis)
    by_hash = {
        uri.removeprefix(LINK_URN): sorted(_about(verifier, uri), key=attrgetter("index"))
        for uri in sorted(known)
    }
    return {link_hash: erased for link_hash, erased in by_hash.items() if erased}


def erased_digests(statements: Sequence[Erasure]) -> dict[str, int]:
    """The digests that these erase, each with the index of the first that does."""
    return {digest: erasure.index for erasure in reversed(statements) for digest in erasure.digests}


def _about(verifier: Verifier, uri: str) -> Iterator[Erasure]:
    for checked in verifier.about(uri):
        link = checked.link
        statement = None if link is None else link.statement
        if link is None or statement is None or not checked.is_good:
            continue
        if statement["type"] == "erasure":
            yield Erasure(
                index=checked.index,
                of=int(statement["index"]),
                hash=str(statement["hash"]),
                digests=tuple(statement["digests"]),
                actor=link.actor,
                recorded=checked.recorded,
                reason=statement.get("reason"),
            )


def erased_owner(reader: Reader, index: int, link_hash: str) -> str | None:
    """The actor of the link that an erasure names; None where it is not there, or unreadable."""
    stored = reader.link(index)
    link = readable(stored.entry) if stored is not None and stored.hash == link_hash else None
    return None if link is None else link.actor


_log = logging.getLogger("suyuan.disclosures")


@dataclass(frozen=True, slots=True)
class Kept:
    """A disclosure to be kept: the stored string, the party whose record it is of, its audience."""

    stored: str
    actor: str
    audience: Audience = OWN


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A stored disclosure; `field` and `stored` are None once erased, lost or changed."""

    digest: str
    actor: str
    audience: Audience
    stored: str | None = None
    field: Field | None = None
    erased: int | None = None


def may_read(
    reader: Reader, genesis: Genesis, disclosed: Disclosed, link: Link, viewer: str | None
) -> bool:
    """Whether a party (None: anybody) may read a stored disclosure of a link."""
    return Access(reader, genesis).may_read_disclosure(
        link,
        disclosed.audience,
        viewer,
        lambda: viewer is not None and is_along(reader, link, viewer),
    )


class Disclosures:
    """The disclosures of one ledger; safe to use from several threads and processes."""

    def __init__(
        self, home: Path, database: Database, genesis: Genesis, now: Callable[[], datetime]
    ) -> None:
        self._keys = KeyFile(home / FILE)
        self._now = now
        self._database = database
        self._genesis = genesis

    def keep(self, fields: Sequence[Kept], now: datetime) -> None:
        """Keep these, durable on return, if not kept or erased already; StoreError, LedgerError."""
        if not fields:
            return
        keys = [secrets.token_bytes(KEY) for _ in fields]
        with self._keys.guarded():
            places = self._keys.add(keys)
            rows = [_sealed(*row, micros(now)) for row in zip(fields, keys, places, strict=True)]
            new = {row.place for row in DisclosureBook(self._database.engine).add_new(rows)}
        if unused := [place for place in places if place not in new]:
            self._keys.destroy(unused)

    def of_link(self, reader: Reader, link: Link) -> list[Disclosed]:
        """The stored disclosures of a link's hidden fields, in order of their pointers.

        Of one field the one kept first comes first, and is what the link says there. Only what was
        handed in as its actor's, since a digest can be copied into a link; and not what the ledger
        says is erased, even while its key still exists. What an office shows today
        (docs/format.md section 4, `shows`) is everyone's.
        """
        named = digests.committed(link)
        rows = sealed(reader, link.actor, named) if named else {}
        if not rows:
            return []
        statements = erasures(reader, self._genesis, [link.hash]).get(link.hash, ())
        erased = erased_digests(statements)
        shown = shown_on(reader, link.hash, rows, self._now().astimezone(zone()).date())
        public = {name for name, by in shown.items() if self._may_show(reader, by, rows[name])}
        first = sorted(rows.values(), key=attrgetter("kept", "digest"))
        fields = [self._open(row, erased.get(row.digest)) for row in first]
        fields = [replace(one, audience=PUBLIC) if one.digest in public else one for one in fields]
        return sorted(fields, key=lambda x: (x.field is None, x.field and x.field.pointer))

    def _may_show(self, reader: Reader, by: int, row: Sealed) -> bool:
        """Whether who stated that it is shown looks after the party whose record it is.

        Or is the office whom a laboratory of the authority's has handed its report to.
        """
        stated, owner = reader.parsed(by), row.actor
        if stated is None:
            return False
        access = Access(reader, self._genesis)
        if stated.actor == owner or access.inspects(stated.actor, owner):
            return True
        office = access.office_of(stated.actor) or stated.actor
        is_named = office in Audience.loads(row.audience).parties and access.is_officer(office)
        return is_named and Verifier(reader, self._genesis).is_examiner(owner)

    def shown(self, reader: Reader, link: Link) -> dict[str, object]:
        """The hidden fields of a link by pointer, as far as they are stored: for its party."""
        return {
            disclosed.field.pointer: disclosed.field.value
            for disclosed in reversed(self.of_link(reader, link))
            if disclosed.field is not None
        }

    def texts(self) -> Iterator[str]:
        """The stored strings of all that is kept and not erased."""
        with self._database.reading(patient=True) as reader:
            rows = list(all_kept(reader))
        for row in rows:
            if (text := self._text(row)) is not None:
                yield text

    def destroy(self, actor: str, named: Iterable[str], leaf: int) -> None:
        """Destroy the keys of a party's disclosures that a link erases; `sweep` repairs it."""
        with self._database.reading() as reader:
            rows = sealed(reader, actor, named, any_seal=True)
            shared = at_places(reader, [row.place for row in rows.values()])
        # Where an old key file was put back a place was given twice: the key is one row's alone.
        places = [
            row.place
            for row in rows.values()
            if row.place is not None and (shared[row.place] < 2 or self._text(row) is not None)
        ]
        if places:
            self._keys.destroy(places)
        if rows:
            DisclosureBook(self._database.engine).erase(actor, rows, leaf)

    def erased(self, leaf: int, statement: Object) -> None:
        """Do what an erasure says, once it is in the ledger; a failure is logged, and swept."""
        try:
            with self._database.reading() as reader:
                owner = erased_owner(reader, int(statement["index"]), str(statement["hash"]))
            if owner is not None:
                self.destroy(owner, statement["digests"], leaf)
        except Exception as error:  # noqa: BLE001  the link is in the ledger: nothing undoes that
            _log.error(
                "the erasure at index %d waits for `suyuan disclosures sweep`: %s", leaf, error
            )

    def sweep(self) -> int:
        """Do what all erasures of the ledger say, as after a restore; how many that closed."""
        with self._database.reading(patient=True) as reader:
            todo = []
            for erasure in self._erasures(reader):
                owner = erased_owner(reader, erasure.of, erasure.hash)
                rows = sealed(reader, owner, erasure.digests, any_seal=True) if owner else {}
                names = [row.digest for row in rows.values() if row.erased is None]
                if owner is not None and names:
                    todo.append((owner, names, erasure.index))
        for owner, names, index in todo:
            self.destroy(owner, names, index)
        return sum(len(names) for _, names, _ in todo)

    def all_erased(self) -> list[str]:
        """The digests that all erasures of the ledger name."""
        with self._database.reading(patient=True) as reader:
            return sorted({digest for one in self._erasures(reader) for digest in one.digests})

    def erase_again(self, digests: Collection[str]) -> int:
        """Destroy the keys of disclosures that a later ledger erased; how many of them there were.

        What is restored may know nothing of that erasure: such a field is shown as lost.
        """
        with self._database.reading(patient=True) as reader:
            rows = [row for row in all_kept(reader, any_seal=True) if row.digest in digests]
        places = [row.place for row in rows if row.place is not None and self._text(row)]
        self._keys.destroy(places)
        return len(places)

    def _erasures(self, reader: Reader) -> Iterator[Erasure]:
        hashes = [uri.removeprefix(LINK_URN) for uri in subjects(reader, LINK_URN)]
        return chain(*erasures(reader, self._genesis, hashes).values())

    def forget_strays(self) -> int:
        """Destroy the keys that no row names, as an old key file has them; how many there were.

        For who has put the key file back, never for a database that is itself an old copy.
        """
        with self._keys.guarded(alone=True):
            with self._database.reading(patient=True) as reader:
                named = {row.place for row in all_kept(reader, any_seal=True)}
            strays = [place for place in self._keys.places() if place not in named]
            if strays:
                self._keys.destroy(strays)
        return len(strays)

    def _open(self, row: Sealed, gone: int | None) -> Disclosed:
        audience = Audience.loads(row.audience)
        by = row.erased if gone is None else gone
        text = self._text(row) if by is None else None
        field = None if text is None else digests.read(text)
        return Disclosed(row.digest, row.actor, audience, text, field, by)

    def _text(self, row: Sealed) -> str | None:
        """The stored string of a row that its key opens."""
        key = None if row.place is None else self._keys.get(row.place)
        if key is None or row.content is None:
            return None
        data = unseal(key, row.content, _context(row.digest, row.actor, row.audience))
        text = None if data is None else data.decode(errors="replace")
        return text if text is not None and digests.digest(text) == row.digest else None


def _context(name: str, actor: str, audience: str) -> str:
    return json.dumps([name, actor, audience])


def _sealed(disclosure: Kept, key: bytes, place: int, now: int) -> Sealed:
    name = digests.digest(disclosure.stored)
    audience = disclosure.audience.dumps()
    content = seal(key, disclosure.stored.encode(), _context(name, disclosure.actor, audience))
    return Sealed(name, disclosure.actor, audience, now, place, content)
