"""Who may read the entries of a ledger that keeps them private: by a token, kept as its hash.

A token begins with the log's origin, so that whoever audits several logs sends each its own.
"""

import hashlib
import hmac
import json
import secrets
from pathlib import Path

from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError

from .durable import replace

FILE = "auditors.json"
_MAX_NAME = 100


class Auditors:
    """The auditors of one home; read anew at each question, so that a removal holds at once."""

    def __init__(self, home: Path, origin: str) -> None:
        self._path = home / FILE
        self._origin = origin

    def names(self) -> list[str]:
        """Their names, sorted; LedgerError where the file is none of ours."""
        return sorted(self._read())

    def add(self, name: str) -> str:
        """A new auditor's token, which is not kept; LedgerError for a name that is taken."""
        if not name.strip() or len(name) > _MAX_NAME:
            raise LedgerError("give the auditor a name of at most %s characters", _MAX_NAME)
        hashes = self._read()
        if name in hashes:
            raise LedgerError("there is an auditor %s: remove it first for a new token", name)
        token = f"{self._origin}:{secrets.token_urlsafe(32)}"
        self._write({**hashes, name: _hash(token)})
        return token

    def remove(self, name: str) -> None:
        """Take an auditor's token away; LedgerError where there is none of that name."""
        hashes = self._read()
        if hashes.pop(name, None) is None:
            raise LedgerError(
                "there is no auditor %s: %s", name, ", ".join(sorted(hashes)) or "none"
            )
        self._write(hashes)

    def knows(self, token: str) -> bool:
        """Whether a token is one that was given out and not taken away."""
        digest = _hash(token).encode()
        try:
            return any(hmac.compare_digest(digest, x.encode()) for x in self._read().values())
        except LedgerError:
            return False

    def _read(self) -> dict[str, str]:
        try:
            hashes = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise LedgerError("%s cannot be read: %s", self._path, error) from None
        if not isinstance(hashes, dict) or not all(isinstance(x, str) for x in hashes.values()):
            raise LedgerError("%s is no list of auditors", self._path)
        return hashes

    def _write(self, hashes: dict[str, str]) -> None:
        text = json.dumps(hashes, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        try:
            replace(self._path, text.encode())
        except OSError as error:
            raise LedgerError("%s cannot be written: %s", self._path, error.strerror) from None


def token_for(origin: str) -> str | None:
    """The token for a log among those in SUYUAN_LOG_TOKEN, or its _FILE, separated by spaces."""
    for token in (setting("LOG_TOKEN") or "").split():
        if token.rpartition(":")[0] == origin:
            return token
    return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
