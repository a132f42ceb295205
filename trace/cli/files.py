"""The files that a command reads and writes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.messages import Message, msg

_UMASK = 0o022
_SMALL = 2 << 20


@contextmanager
def staged(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A new file that is there, whole, once the block has ended well, and else is not.

    Opened before the block begins, so that what cannot be written fails before anything is
    signed; its owner's alone if `private`. Raises LedgerError where `path` is there already:
    nothing is ever written over.
    """
    if path.exists():
        raise LedgerError("%s is there already: give another name", path)
    try:
        descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise LedgerError("%s cannot be written: %s", path, error.strerror) from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        part.chmod(0o600 if private else 0o666 & ~_UMASK)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def head(path: Path) -> str:
    """The text of a small file from outside: its first 2 MiB, more than any note or receipt has."""
    return read(path, _SMALL).decode("utf-8", errors="replace")


def read(path: Path, most: int) -> bytes:
    """A file's first bytes."""
    with path.open("rb") as file:
        return file.read(most)


def require_size(path: Path, most: int) -> None:
    """Raise LedgerError for a file of over `most` bytes, which are whole MiB."""
    if path.stat().st_size > most:
        raise LedgerError("%s has over %s MiB", path, most >> 20)


def text_of(path: Path, why: str = "cannot be read: it is not UTF-8") -> str:
    """The text of a small file; LedgerError where it cannot be read, or says `why` of its bytes."""
    try:
        return read(path, _SMALL).decode("utf-8")
    except OSError as error:
        raise LedgerError("%s cannot be read: %s", path, error.strerror) from None
    except UnicodeDecodeError:
        raise LedgerError("%s %s", path, why) from None


def read_trust(path: Path, advice: Message | None = None) -> Trust:
    """The trust file at a path; CannotDecide, with an advice, for no file or no trust file."""
    try:
        return Trust.from_json(head(path))
    except OSError as error:
        why = msg("%s cannot be read: %s", path, error.strerror)
        raise CannotDecide(why if advice is None else msg("%s. %s", why, advice)) from None
    except TrustError as error:
        raise CannotDecide("%s: %s", path, error) from None
