"""What consumers' reports say of persons: encrypted files, one key for each report, and erasing.

The keys are in a file apart, as those of disclosures are, so that a report without its key tells
nobody who complained. What was erased is written down by a hash, so that a backup from before is
erased again.
"""

import hashlib
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from suyuan.keys.base64 import encode_url
from suyuan.trace.format.errors import LedgerError

from . import durable
from .disclosure_keys import KEY, KeyFile, seal, unseal

FILE = "report-keys"
ERASED = "reports-erased"
_SUFFIX = ".sealed"


class ReportSecrets:
    """The secrets of one home's reports; any number of processes may use them at once."""

    def __init__(self, home: Path) -> None:
        self._keys = KeyFile(home / FILE)
        self._erased = home / ERASED

    def keep(self, folder: Path, number: str, parts: Mapping[str, bytes]) -> int:
        """Keep these parts of a report sealed in its folder, durable; the place of their key."""
        key = secrets.token_bytes(KEY)
        with self._keys.guarded():
            (place,) = self._keys.add([key])
        for name, data in parts.items():
            durable.replace(folder / f"{name}{_SUFFIX}", seal(key, data, f"{number} {name}"))
        return place

    def read(self, folder: Path, number: str, name: str, place: int | None) -> bytes | None:
        """A part of a report; None where it has none, or it is erased or was changed."""
        key = None if place is None else self._keys.get(place)
        try:
            data = None if key is None else (folder / f"{name}{_SUFFIX}").read_bytes()
        except OSError:
            return None
        return None if key is None or data is None else unseal(key, data, f"{number} {name}")

    def erase(self, folder: Path, number: str, place: int | None) -> None:
        """Destroy what a report says of persons, and write down that it was; LedgerError."""
        try:
            self._note(number)
            sealed = sorted(folder.glob(f"*{_SUFFIX}"))
            names = [path.name.removesuffix(_SUFFIX) for path in sealed]
            # Where an old file of keys was put back, its place may have another's key by now.
            if place is not None and any(self.read(folder, number, n, place) for n in names):
                self._keys.destroy([place])
            for path in sealed:
                path.unlink(missing_ok=True)
            if folder.is_dir():
                durable.sync(folder)
        except OSError as error:
            raise LedgerError("report %s cannot be erased: %s", number, error.strerror) from None

    def erased(self) -> list[str]:
        """The hashes of the reports that were erased here."""
        try:
            return sorted(set(self._erased.read_text("ascii").split()))
        except (OSError, ValueError):
            return []

    def forget_strays(self, named: Collection[int]) -> int:
        """Destroy the keys at places that no report names; how many there were."""
        with self._keys.guarded(alone=True):
            strays = [place for place in self._keys.places() if place not in named]
            if strays:
                self._keys.destroy(strays)
        return len(strays)

    def note(self, hashes: Iterable[str]) -> None:
        """Write down that these are erased, as a later ledger said."""
        for one in sorted(set(hashes) - set(self.erased())):
            self._write(one)

    def _note(self, number: str) -> None:
        if (name := hash_of(number)) not in self.erased():
            self._write(name)

    def _write(self, line: str) -> None:
        is_new = not self._erased.exists()
        file = os.open(self._erased, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, f"{line}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)
        if is_new:
            durable.sync(self._erased.parent)


def hash_of(number: str) -> str:
    """By what a report is known to be erased: a hash of its number."""
    return encode_url(hashlib.sha256(f"suyuan report {number}".encode()).digest())
