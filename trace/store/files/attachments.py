"""Attachments: files that links name by SHA-256, kept beside the ledger."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from pathlib import Path

from suyuan.trace.format.errors import LedgerError

from . import durable
from .disclosure_keys import seal, unseal

_NAME = re.compile(r"[0-9a-f]{64}")
_OFFERED = "offered"
_REMEMBERED = 4_096


class FileState(Enum):
    """Whether a file that a link names is here, and what was signed."""

    GOOD = "good"
    CHANGED = "changed"
    MISSING = "missing"


class Shelf:
    """A folder of files under names of 64 hex digits: kept for good once some link names them."""

    noun = "file"  # what one of them is called in messages

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str) -> bool:
        """Whether there is a file of this name, be it what it was or not."""
        return _NAME.fullmatch(name) is not None and self._path(name).exists()

    def offered(self, seconds: float) -> list[str]:
        """The names of files offered last so many seconds ago or more, and not settled."""
        folder = self._folder / _OFFERED
        names = os.listdir(folder) if folder.is_dir() else []
        return sorted(
            name for name in names if _NAME.fullmatch(name) and self._is_old(name, seconds)
        )

    def settle(self, names: Iterable[str], seconds: float, named: Collection[str]) -> int:
        """Keep for good those that links name, remove the others unless offered anew; how many."""
        removed = 0
        for name in names:
            if name not in named and self._is_old(name, seconds):
                self._path(name).unlink(missing_ok=True)
                removed += 1
            elif name not in named:
                continue
            (self._folder / _OFFERED / name).unlink(missing_ok=True)
        return removed

    def _is_old(self, name: str, seconds: float) -> bool:
        try:
            return (self._folder / _OFFERED / name).stat().st_mtime <= time.time() - seconds
        except OSError:
            return False

    def _keep(
        self, name: str, data: bytes, is_here: Callable[[], bool], *, is_offered: bool
    ) -> str:
        """The name of a file that is kept, durable on return; LedgerError where that fails.

        `is_here` says whether it is here, unchanged; one that is offered is marked first, so that
        no sweep takes it away meanwhile.
        """
        path = self._path(name)
        try:
            mark = self._folder / _OFFERED / name
            if is_offered and (mark.exists() or not self.has(name)):
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            if is_here():  # another may have put it here just now
                durable.sync(path.parent)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                durable.sync(self._folder)
                durable.replace(path, data)
        except OSError as error:
            raise LedgerError("%s %s… cannot be kept: %s", self.noun, name[:16], error) from None
        return name

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


class Attachments(Shelf):
    """A folder of files named by the SHA-256 of their content."""

    noun = "attachment"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._looked: dict[tuple[str, int, int, int, int], bool] = {}

    def put(self, data: bytes, *, is_offered: bool = False) -> str:
        """Keep `data`, durable on return; its SHA-256 in hex. Twice is once."""
        name = hashlib.sha256(data).hexdigest()
        return self._keep(name, data, lambda: self.get(name) is not None, is_offered=is_offered)

    def offer(self, data: bytes) -> str:
        """Store a content that no link names yet: it is kept for some days, and on where one does.

        What is here already stays as it is kept.
        """
        return self.put(data, is_offered=True)

    def look(self, name: str) -> FileState:
        """Whether the content with this SHA-256 is here; read anew when the file has changed."""
        if _NAME.fullmatch(name) is None:
            return FileState.MISSING
        try:
            now = self._path(name).stat()
        except OSError:
            return FileState.MISSING
        key = name, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns
        if key not in self._looked:
            if len(self._looked) >= _REMEMBERED:
                self._looked.clear()
            self._looked[key] = self.get(name) is not None
        return FileState.GOOD if self._looked[key] else FileState.CHANGED

    def get(self, name: str) -> bytes | None:
        """The content with this SHA-256; None where it is not here or is not that content."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == name else None


SALT = 32  # bytes
FOLDER = "private-attachments"
_PURPOSE = b"suyuan private attachment\0"


def name_of(salt: bytes, data: bytes) -> str:
    """The name in hex of a private file with this content."""
    return hashlib.sha256(salt + data).hexdigest()


class PrivateFiles(Shelf):
    """A folder of sealed files, which no name and no content opens without its salt."""

    noun = "private file"

    def __init__(self, home: Path) -> None:
        super().__init__(home / FOLDER)

    def offer(self, salt: bytes, data: bytes) -> str:
        """Keep a file, durable on return, for some days, and on where a link names it; its name.

        Raises LedgerError for a salt of another length, and where it cannot be kept.
        """
        if len(salt) != SALT:
            raise LedgerError("a private file has a salt of %s bytes", SALT)
        name = name_of(salt, data)
        sealed = seal(_key(salt), data, name)
        return self._keep(name, sealed, lambda: self.get(name, salt) is not None, is_offered=True)

    def get(self, name: str, salt: bytes) -> bytes | None:
        """The content; None where it is not here, or is not what name and salt say."""
        if not self.has(name):
            return None
        try:
            data = unseal(_key(salt), self._path(name).read_bytes(), name)
        except OSError:
            return None
        return data if data is not None and name_of(salt, data) == name else None


def _key(salt: bytes) -> bytes:
    return hashlib.sha256(_PURPOSE + salt).digest()
