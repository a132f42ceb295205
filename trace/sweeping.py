"""Attachments that were offered and that no link names: removed after some days (section 4)."""

import re
from datetime import timedelta

from suyuan.keys.base64 import decode, decode_url
from suyuan.keys.errors import EncodingError

from .ledger import Ledger

KEPT = timedelta(days=7)
_BLOCK = 5_000
_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_PAYLOAD = re.compile(rb'\{"payload":"([A-Za-z0-9+/=]*)"')


def sweep(ledger: Ledger, kept: timedelta = KEPT) -> int:
    """Settle what was offered longer ago than `kept`; how many files were removed.

    A digest anywhere in a link, or in a disclosure that is kept, keeps its file: the whole log is
    read, and only where there is something to be settled. Raises StoreError where the database
    cannot be read, OSError where a file cannot be removed.
    """
    seconds = kept.total_seconds()
    shelves = ((one, one.offered(seconds)) for one in (ledger.attachments, ledger.private_files))
    waiting = [(shelf, asked) for shelf, asked in shelves if asked]
    if not waiting:
        return 0
    every = {name.encode() for _, asked in waiting for name in asked}
    named = {name.decode() for name in _named(ledger, every) | _hidden(ledger, every)}
    return sum(shelf.settle(asked, seconds, named) for shelf, asked in waiting)


def _hidden(ledger: Ledger, asked: set[bytes]) -> set[bytes]:
    """Those that a hidden field names, as far as its disclosure is kept."""
    found: set[bytes] = set()
    for stored in ledger.disclosures.texts():
        try:
            found.update(asked.intersection(_DIGEST.findall(decode_url(stored))))
        except EncodingError:
            continue
    return found


def _named(ledger: Ledger, asked: set[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    start = 0
    while True:
        with ledger.reading() as reader:  # block by block: nobody waits for a long transaction
            size = reader.size()
            for stored in reader.links(start, start + _BLOCK):
                found.update(asked.intersection(_DIGEST.findall(_payload(stored.entry))))
        start += _BLOCK
        if start >= size:
            return found


def _payload(entry: bytes) -> bytes:
    """What an entry says, as far as it can be read: one that was changed names what it can."""
    match = _PAYLOAD.match(entry)
    try:
        return b"" if match is None else decode(match[1].decode())
    except EncodingError:
        return entry
