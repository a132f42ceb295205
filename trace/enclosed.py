"""Entries that come over the network with the attachments that they name."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.keys import public
from suyuan.keys.errors import BadKey

from . import beside
from .errors import LedgerError
from .ledger import Ledger
from .link import Link, parse
from .rules import Refused
from .store.read import Reader


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An entry's bytes, and the contents that came with it."""

    entry: bytes
    attachments: tuple[bytes, ...] = ()


class EnclosureError(LedgerError):
    """What came with an entry is not what it names; `number` is the entry's in its array."""

    def __init__(self, number: int, digest: str) -> None:
        super().__init__(
            f"attachment {digest[:16]}… is not one that the entry names: enclose only the files "
            "whose SHA-256 stands in it (list, files, document, event_ref)"
        )
        self.number = number


def keep(ledger: Ledger, offered: Sequence[Enclosed]) -> None:
    """Keep what these entries came with, durable on return and before they are appended.

    Of entries signed for this ledger by a key that is good now: what strangers send, and what comes
    with bytes that are no link, is not kept, and the ledger refuses those by its rules. Raises
    EnclosureError, and keeps nothing, where an entry came with what it does not name; LedgerError
    where a file cannot be kept.
    """
    found: list[tuple[Link, tuple[bytes, ...]]] = []
    for number, one in enumerate(offered):
        if not one.attachments:
            continue
        try:
            link = parse(one.entry)
        except Refused:
            continue
        names = {file.digest for file in beside.named(0, link) if file.kind == "attachment"}
        for data in one.attachments:
            digest = hashlib.sha256(data).hexdigest()
            if digest not in names:
                raise EnclosureError(number, digest)
        found.append((link, one.attachments))
    if not found:
        return
    with ledger.reading() as reader:
        kept = [files for link, files in found if _is_signed(ledger, reader, link)]
    for files in kept:
        for data in files:
            ledger.attachments.put(data)


def _is_signed(ledger: Ledger, reader: Reader, link: Link) -> bool:
    """Whether a key that is good in this ledger signed it for this ledger."""
    if link.ledger != ledger.trust.origin:
        return False
    if link.keyid == ledger.trust.root.keyid:
        spki = ledger.trust.root.spki
    else:
        key = reader.key(link.keyid)
        if key is None or key.revoked is not None:
            return False
        spki = key.spki
    try:
        return link.envelope.verify(public.load(spki))
    except BadKey:
        return False
