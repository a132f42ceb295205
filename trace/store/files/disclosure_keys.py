"""Disclosures and private files encrypted with one key each, and the file of these keys.

What is encrypted is nothing without its key: AES-256-GCM, with its context bound to it. The keys of
disclosures are in one file beside the database, a place of 32 bytes for each.

A key is destroyed by writing zeros over its place, and nothing else ever holds it: no index, no
journal, no log. So backups keep this file apart from the database's, and for a shorter time.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from suyuan.trace.format.private.pointers import PrivateError

from .durable import sync

FILE = "disclosure-keys"
KEY = 32  # bytes
_NONCE = 12
_GONE = bytes(KEY)


def seal(key: bytes, data: bytes, context: str) -> bytes:
    """`data` as only this key opens it, in this context."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(key: bytes, data: bytes, context: str) -> bytes | None:
    """The sealed content; None with another key or context, or where it was changed."""
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], context.encode())
    except (InvalidTag, ValueError):
        return None


class KeyFile:
    """The file in a home; any number of processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, keys: list[bytes]) -> list[int]:
        """Keep keys, durable on return; their places. PrivateError where that fails."""
        try:
            with self._locked(os.O_RDWR | os.O_CREAT) as file:
                size = os.fstat(file).st_size
                first = -(-size // KEY)  # a place that a crash left half written is passed over
                _write(file, b"".join(keys), first * KEY)
                if size == 0:
                    sync(self._path.parent)
        except OSError as error:
            raise PrivateError("the key of a disclosure cannot be kept: %s", error) from None
        return list(range(first, first + len(keys)))

    def get(self, place: int) -> bytes | None:
        """The key at a place; None where it was destroyed, or is not here."""
        try:
            with self._path.open("rb") as file:
                key = os.pread(file.fileno(), KEY, place * KEY) if place >= 0 else b""
        except (OSError, OverflowError):
            return None
        return key if len(key) == KEY and key != _GONE else None

    def destroy(self, places: list[int]) -> None:
        """Destroy the keys at these places, on disk on return; PrivateError where that fails."""
        try:
            with self._locked(os.O_RDWR) as file:
                size = os.fstat(file).st_size
                for place in places:
                    if 0 <= place * KEY < size:
                        _write(file, _GONE, place * KEY)
        except FileNotFoundError:
            return
        except OSError as error:
            raise PrivateError("the key of a disclosure cannot be destroyed: %s", error) from None

    def places(self) -> list[int]:
        """The places at which there is a key."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return []
        places = range(len(data) // KEY)
        return [place for place in places if data[place * KEY : (place + 1) * KEY] != _GONE]

    @contextmanager
    def guarded(self, *, alone: bool = False) -> Iterator[None]:
        """Between a key and the row that names its place, nobody who is `alone` looks at both."""
        try:
            file = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise PrivateError("the keys of disclosures cannot be locked: %s", error) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(file)

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        file = os.open(self._path, flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _write(file: int, data: bytes, at: int) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(file, data[done:], at + done)
    os.fsync(file)
