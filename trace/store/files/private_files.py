"""Private files: named by SHA-256(32 random bytes || content), and kept sealed by these bytes.

The random bytes, the file's salt, are in a disclosure (docs/format.md section 7): who is shown
that may open the file, and once it is erased nobody may, whatever copies of the folder there are.
"""

import hashlib
from pathlib import Path

from suyuan.trace.format.errors import LedgerError

from .attachments import Shelf
from .disclosure_keys import seal, unseal

SALT = 32  # bytes
FOLDER = "private-attachments"
_PURPOSE = b"suyuan private attachment\0"


def name_of(salt: bytes, data: bytes) -> str:
    """The name in hex of a private file with this content."""
    return hashlib.sha256(salt + data).hexdigest()


class PrivateFiles(Shelf):
    """A folder of sealed files, which no name and no content opens without its salt."""

    what = "private file"

    def __init__(self, home: Path) -> None:
        super().__init__(home / FOLDER)

    def offer(self, salt: bytes, data: bytes) -> str:
        """Keep a file, durable on return, for some days, and on where a link names it; its name.

        Raises LedgerError for a salt of another length, and where it cannot be kept.
        """
        if len(salt) != SALT:
            raise LedgerError(f"a private file has a salt of {SALT} bytes")
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
