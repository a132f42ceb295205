"""Attachments: files that links name by SHA-256, kept beside the ledger."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from .errors import LedgerError

_NAME = re.compile(r"[0-9a-f]{64}")


class Attachments:
    """A folder of files named by the SHA-256 of their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep `data`, durable on return; its SHA-256 in hex. Twice is once."""
        name = hashlib.sha256(data).hexdigest()
        try:
            if self.get(name) is None:  # not here, or changed on the disk
                self._write(self._path(name), data)
            sync_folder(self._path(name).parent)
        except OSError as error:
            raise LedgerError(f"attachment {name[:16]}… cannot be kept: {error}") from None
        return name

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        sync_folder(self._folder)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    def get(self, name: str) -> bytes | None:
        """The content with this SHA-256; None where it is not here or is not that content."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == name else None

    def has(self, name: str) -> bool:
        """Whether there is a file of this name, be it what it was or not."""
        return _NAME.fullmatch(name) is not None and self._path(name).exists()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def sync_folder(folder: Path) -> None:
    """Make what was renamed into a folder, or made in it, durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
