"""Attachments that were offered and that no link names: removed after some days (section 4)."""

import re
from datetime import timedelta

from suyuan.keys.base64 import decode, decode_url
from suyuan.keys.errors import EncodingError
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.office.documents import named_files

KEPT = timedelta(days=7)
_BLOCK = 5_000
_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_PAYLOAD = re.compile(rb'\{"payload":"([A-Za-z0-9+/=]*)"')


def sweep(ledger: Ledger, age: timedelta = KEPT) -> int:
    """Settle what was offered longer ago than `age`; how many files were removed.

    A digest anywhere in a link, or in a disclosure that is kept, keeps its file, and so does an
    office's document: the whole log is read, and only where there is something to be settled.
    Raises StoreError where the database cannot be read, OSError where a file cannot be removed.
    """
    seconds = age.total_seconds()
    shelves = ((s, s.offered(seconds)) for s in (ledger.attachments, ledger.private_files))
    waiting = [(shelf, digests) for shelf, digests in shelves if digests]
    if not waiting:
        return 0
    every = {name.encode() for _, digests in waiting for name in digests}
    found = _named(ledger, every) | _hidden(ledger, every) | _documents(ledger, every)
    named = {name.decode() for name in found}
    return sum(shelf.settle(digests, seconds, named) for shelf, digests in waiting)


def _hidden(ledger: Ledger, digests: set[bytes]) -> set[bytes]:
    """The digests, of these, that stored disclosures name."""
    named: set[bytes] = set()
    for stored in ledger.disclosures.texts():
        try:
            named.update(digests.intersection(_DIGEST.findall(decode_url(stored))))
        except EncodingError:
            continue
    return named


def _documents(ledger: Ledger, digests: set[bytes]) -> set[bytes]:
    """The digests, of these, that are files of offices' documents."""
    with ledger.reading(patient=True) as reader:
        return digests.intersection(name.encode() for name in named_files(reader))


def _named(ledger: Ledger, digests: set[bytes]) -> set[bytes]:
    named: set[bytes] = set()
    start = 0
    while True:
        with ledger.reading() as reader:  # block by block: nobody waits for a long transaction
            size = reader.size()
            for stored in reader.links(start, start + _BLOCK):
                named.update(digests.intersection(_DIGEST.findall(_payload(stored.entry))))
        start += _BLOCK
        if start >= size:
            return named


def _payload(entry: bytes) -> bytes:
    """An entry's payload, as far as it can be read: one that was changed names what it can."""
    match = _PAYLOAD.match(entry)
    try:
        return b"" if match is None else decode(match[1].decode())
    except EncodingError:
        return entry
