"""Small files that are replaced whole: after a crash there is the old one or the new one."""

import os
import tempfile
from pathlib import Path

OTHERS = 0o077  # what a file or folder may not allow anybody but its owner


def replace(path: Path, data: bytes, *, work: Path | None = None, mode: int = 0o600) -> None:
    """Replace a file, durable on return, through a folder on the same disk; or OSError."""
    descriptor, name = tempfile.mkstemp(dir=work or path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(path.parent)


def make_private(folder: Path) -> None:
    """Make a folder, or one that is there, one that its owner alone can open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def sync(folder: Path) -> None:
    """Make what happened to the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
