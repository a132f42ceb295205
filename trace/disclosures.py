"""Disclosures kept beside the ledger: encrypted with one key each, shown, erased.

What they say is in the database, their keys are in a file apart, and neither is anything without
the other (section 4 of the design). Erasing destroys the key.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import erasures
from .access import Access
from .link import Link
from .members import Object
from .private import digests
from .private.audience import OWN, Audience
from .private.digests import Field
from .private.keyfile import FILE, KeyFile
from .private.sealed import new_key, seal, unseal
from .state import Genesis
from .statements import LINK_URN
from .store.along import is_along
from .store.database import Database
from .store.disclosures import DisclosureBook, Sealed, at_places, sealed, subjects
from .store.disclosures import kept as all_kept
from .store.read import Reader
from .times import micros

_log = logging.getLogger("suyuan.disclosures")


@dataclass(frozen=True, slots=True)
class Kept:
    """A disclosure to be kept: the stored string, the party whose record it is of, its audience."""

    stored: str
    actor: str
    audience: Audience = OWN


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is kept of one digest of a link.

    `field` and `stored` are None once it is erased, by the link at `erased`, and where its key is
    lost or its row was changed.
    """

    digest: str
    actor: str
    audience: Audience
    stored: str | None = None
    field: Field | None = None
    erased: int | None = None


def may_read(
    reader: Reader, genesis: Genesis, found: Disclosed, link: Link, viewer: str | None
) -> bool:
    """Whether a party, None for anybody, may read what is kept of a link's hidden field.

    The chain is as of the lineage follower.
    """
    return Access(reader.source, genesis).may_read_disclosure(
        link,
        found.audience,
        viewer,
        lambda: viewer is not None and is_along(reader, link, viewer),
    )


class Disclosures:
    """The disclosures of one ledger; safe to use from several threads and processes."""

    def __init__(self, home: Path, database: Database, genesis: Genesis) -> None:
        self._keys = KeyFile(home / FILE)
        self._database = database
        self._genesis = genesis

    def keep(self, kept: Sequence[Kept], now: datetime) -> None:
        """Keep these, durable on return; what is kept or erased already stays as it is.

        Raises StoreError or LedgerError where they cannot be kept.
        """
        if not kept:
            return
        keys = [new_key() for _ in kept]
        with self._keys.guarded():
            places = self._keys.add(keys)
            rows = [_sealed(*one, micros(now)) for one in zip(kept, keys, places, strict=True)]
            new = {one.place for one in DisclosureBook(self._database.engine).add(rows)}
        unused = [place for place in places if place not in new]
        if unused:
            self._keys.destroy(unused)

    def of_link(self, reader: Reader, link: Link) -> list[Disclosed]:
        """What is kept of a link's hidden fields, in order of their pointers.

        Only what was handed in as its actor's: another's disclosure, whose digest was copied into
        a link, is not shown by it. What the ledger says is erased is not shown, even while its key
        still exists.
        """
        named = digests.committed(link)
        rows = sealed(reader, link.actor, named) if named else {}
        if not rows:
            return []
        told = erasures.erasures(reader, self._genesis, [link.hash]).get(link.hash, ())
        gone = erasures.gone(told)
        found = [self._open(row, gone.get(name)) for name, row in rows.items()]
        return sorted(found, key=lambda x: (x.field is None, x.field and x.field.pointer, x.digest))

    def shown(self, reader: Reader, link: Link) -> dict[str, object]:
        """The hidden fields of a link by pointer, as far as they are kept here: for its party."""
        return {
            one.field.pointer: one.field.value
            for one in self.of_link(reader, link)
            if one.field is not None
        }

    def texts(self) -> Iterator[str]:
        """The stored strings of all that is kept and not erased."""
        with self._database.reading(patient=True) as reader:
            rows = list(all_kept(reader))
        for row in rows:
            if (text := self._text(row)) is not None:
                yield text

    def destroy(self, actor: str, named: Iterable[str], leaf: int) -> None:
        """Destroy the keys of a party's disclosures, which the link at `leaf` erases.

        Raises StoreError or LedgerError where that fails: `sweep` does it again.
        """
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

    def erased(self, leaf: int, said: Object) -> None:
        """Do what an erasure says, once it is in the ledger; a failure is logged, and swept."""
        try:
            with self._database.reading() as reader:
                who = erasures.owner(reader, int(said["index"]), str(said["hash"]))
            if who is not None:
                self.destroy(who, said["digests"], leaf)
        except Exception as error:  # noqa: BLE001  the link is in the ledger: nothing undoes that
            _log.error(
                "the erasure at index %d waits for `suyuan disclosures sweep`: %s", leaf, error
            )

    def sweep(self) -> int:
        """Do what all erasures in the ledger say, as after a backup was put back; how many it were.

        Raises StoreError or LedgerError where that fails.
        """
        with self._database.reading(patient=True) as reader:
            hashes = [uri.removeprefix(LINK_URN) for uri in subjects(reader, LINK_URN)]
            told = [
                (erasures.owner(reader, one.of, one.hash), one)
                for some in erasures.erasures(reader, self._genesis, hashes).values()
                for one in some
            ]
            open_still = [
                (who, one, [row.digest for row in rows.values() if row.erased is None])
                for who, one in told
                if who is not None and (rows := sealed(reader, who, one.digests, any_seal=True))
            ]
        todo = [(who, one, names) for who, one, names in open_still if names]
        for who, one, names in todo:
            self.destroy(who, names, one.index)
        return sum(len(names) for _, _, names in todo)

    def forget_strays(self) -> int:
        """Destroy the keys that no row names, as an old key file has them; how many it were.

        For who has put the key file back, never for a database that is itself an old copy: what it
        lacks would be lost. Raises StoreError or LedgerError where that fails.
        """
        with self._keys.guarded(alone=True):
            with self._database.reading(patient=True) as reader:
                named = {row.place for row in all_kept(reader, any_seal=True)}
            strays = [place for place in self._keys.places() if place not in named]
            if strays:
                self._keys.destroy(strays)
        return len(strays)

    def _open(self, row: Sealed, gone: int | None) -> Disclosed:
        whom = Audience.loads(row.audience)
        by = row.erased if gone is None else gone
        if by is not None or row.place is None or row.content is None:
            return Disclosed(row.digest, row.actor, whom, erased=by)
        text = self._text(row)
        if text is None:
            return Disclosed(row.digest, row.actor, whom)
        return Disclosed(row.digest, row.actor, whom, text, digests.read(text))

    def _text(self, row: Sealed) -> str | None:
        """The stored string of a row that its key opens."""
        key = None if row.place is None else self._keys.get(row.place)
        if key is None or row.content is None:
            return None
        text = unseal(key, row.content, _context(row.digest, row.actor, row.audience))
        return text if text is not None and digests.digest(text) == row.digest else None


def _context(name: str, actor: str, audience: str) -> str:
    return json.dumps([name, actor, audience])


def _sealed(kept: Kept, key: bytes, place: int, now: int) -> Sealed:
    name = digests.digest(kept.stored)
    audience = kept.audience.dumps()
    content = seal(key, kept.stored, _context(name, kept.actor, audience))
    return Sealed(name, kept.actor, audience, now, place, content)
