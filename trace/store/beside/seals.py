"""The secret that seals rows beside the ledger, and what its seals are: HMAC-SHA256 over a row.

The secret lies outside the database, so who writes there can make no seal. It is 32 bytes in hex,
newest first: older ones still verify, so that it can be changed while servers run.
"""

import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from suyuan.keys.errors import SettingError
from suyuan.keys.settings import setting

from ..errors import SealError
from ..files.durable import replace

FILE = "seal.key"
_SETTING = "SEAL_KEY"
_BYTES = 32
_ID = 4
_DOMAIN = b"suyuan row seal 1\n"
MISSING = (
    f"the secret that seals rows beside the ledger is not here: put {FILE} back into the home, set "
    "SUYUAN_SEAL_KEY_FILE, or begin with another by `suyuan reseal`"
)
_log = logging.getLogger("suyuan.seals")


class Ring:
    """The secrets at one moment, newest first; empty where there is none, or no good one."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self.secrets = secrets
        self._keys = {hashlib.sha256(_DOMAIN + key).digest()[:_ID]: key for key in secrets}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def seal(self, table: str, values: Iterable[tuple[str, object]]) -> bytes:
        """The seal of a row by its columns; SealError without the secret."""
        for name, key in self._keys.items():
            return name + _mac(key, encode(table, values))
        raise SealError(MISSING)

    def holds(self, table: str, values: Iterable[tuple[str, object]], seal: object) -> bool:
        """Whether what is in the row's column is its seal."""
        if not isinstance(seal, bytes):
            return False
        key = self._keys.get(seal[:_ID])
        if key is None:
            return False
        try:
            return hmac.compare_digest(seal[_ID:], _mac(key, encode(table, values)))
        except TypeError:  # of no type that a row has
            return False

    def is_newest(self, seal: bytes) -> bool:
        """Whether a seal that holds is the newest secret's."""
        return seal[:_ID] == next(iter(self._keys))


class Seals:
    """The secret of one home, read again whenever it was changed; safe to use from threads.

    `on_failure` is called with the table of each row whose seal fails.
    """

    def __init__(self, home: Path | None, keys: Sequence[bytes] = ()) -> None:
        self._path = None if home is None else home / FILE
        self._known: tuple[object, Ring] = (None, Ring(keys))
        self.on_failure: Callable[[str], None] = lambda table: None

    @classmethod
    def passing(cls) -> "Seals":
        """Seals with a secret that is stored nowhere, for a database whose rows need no seals."""
        return cls(None, [secrets.token_bytes(_BYTES)])

    @property
    def ring(self) -> Ring:
        """The secrets as they are now; the same object until they change."""
        if self._path is not None:
            named = os.environ.get(f"SUYUAN_{_SETTING}_FILE")
            value = os.environ.get(f"SUYUAN_{_SETTING}")
            seen = (named, value, _state(self._path if named is None else named))
            if seen != self._known[0]:
                self._known = (seen, Ring(self._read()))
        return self._known[1]

    @property
    def is_here(self) -> bool:
        """Whether there is a secret."""
        return bool(self.ring)

    def make(self) -> None:
        """Put a new secret first, durable on return; SealError where it is not kept in the home."""
        if self._path is None or any(
            f"SUYUAN_{_SETTING}{end}" in os.environ for end in ("", "_FILE")
        ):
            raise SealError(
                "the secret is not kept in the home, but given by SUYUAN_SEAL_KEY: put a new line "
                "of 64 hex digits before the old one there, and run `suyuan reseal`"
            )
        _write(self._path, (secrets.token_bytes(_BYTES), *self.ring.secrets))

    def forget(self) -> None:
        """Keep the newest secret alone."""
        if self._path is not None and len(self.ring.secrets) > 1:
            _write(self._path, self.ring.secrets[:1])

    def _read(self) -> tuple[bytes, ...]:
        assert self._path is not None
        try:
            text = setting(_SETTING)
            if text is None:
                text = self._path.read_text("ascii")
            keys = tuple(bytes.fromhex(line) for line in text.split())
        except SettingError as error:  # logged once, since nothing is read again until it changes
            _log.error("%s", error)
            return ()
        except (OSError, ValueError):
            return ()
        return keys if all(len(key) == _BYTES for key in keys) else ()


def encode(table: str, values: Iterable[tuple[str, object]]) -> bytes:
    """The bytes that a seal covers, different for any two rows. TypeError for other types."""
    parts = [_part(b"t", table.encode())]
    for name, value in values:
        parts.append(_part(b"c", name.encode()))
        parts.append(_value(value))
    return b"".join(parts)


def _value(value: object) -> bytes:
    match value:
        case None:
            return _part(b"n", b"")
        case bool():
            return _part(b"b", b"1" if value else b"0")
        case int():
            return _part(b"i", b"%d" % value)
        case str():
            return _part(b"s", value.encode(errors="surrogatepass"))
        case bytes():
            return _part(b"y", value)
    raise TypeError(type(value).__name__)


def _part(tag: bytes, data: bytes) -> bytes:
    return tag + len(data).to_bytes(8) + data


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, _DOMAIN + data, "sha256")


def _state(path: str | Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _write(path: Path, keys: Iterable[bytes]) -> None:
    try:
        replace(path, b"".join(key.hex().encode() + b"\n" for key in keys))
    except OSError as error:
        raise SealError("%s cannot be written: %s", path, error.strerror) from None
