"""Checkpoints: what the log signs of itself (C2SP tlog-checkpoint over signed-note)."""

import re
from dataclasses import dataclass

from suyuan.keys import base64, notes
from suyuan.keys.errors import EncodingError, NoteError
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import Signer

from .errors import LogError
from .merkle import HASH

_LINE = r"[^\n\ud800-\udfff]+"
_TEXT = re.compile(rf"({_LINE})\n(0|[1-9][0-9]{{0,18}})\n([A-Za-z0-9+/=]+)\n(?:{_LINE}\n)*")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log named `origin` had this root at this size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's text: origin, size, root in base64, a line each; no extension lines."""
        return f"{self.origin}\n{self.size}\n{base64.encode(self.root)}\n"


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """The signed note, the log's name being its origin."""
    return notes.sign(checkpoint.text(), checkpoint.origin, signer)


def parse(text: str) -> Checkpoint:
    """The checkpoint that a note's text gives; LogError for anything else.

    Our log writes no extension lines, and they are refused.
    """
    found = parse_any(text)
    if found.text() != text:
        raise LogError("not a checkpoint: origin, size and root, a line each, and no more")
    return found


def parse_any(text: str) -> Checkpoint:
    """The same of any log: extension lines, which nothing can audit, are left aside."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise LogError("not a checkpoint: origin, size and root, a line each, and no more")
    origin, size, encoded = match.groups()
    try:
        root = base64.decode(encoded)
    except EncodingError as error:
        raise LogError(f"a checkpoint whose root is {error}") from None
    if len(root) != HASH or int(size) >= 1 << 63:
        raise LogError("a checkpoint whose root is not 32 bytes, or whose size is too large")
    return Checkpoint(origin, int(size), root)


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in `note`, signed by the log's key and for the log of that name.

    Raises LogError where the note is malformed, not signed by `key`, or of another origin.
    """
    try:
        found = parse(notes.open_note(note, key))
    except NoteError as error:
        raise LogError(str(error)) from None
    if found.origin != key.name:
        raise LogError(f"a checkpoint of {found.origin[:80]}, expected one of {key.name}")
    return found
