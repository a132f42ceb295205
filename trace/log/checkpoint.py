"""Checkpoints: what the log signs of itself (C2SP tlog-checkpoint over signed-note)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from suyuan.keys import base64, notes
from suyuan.keys.errors import EncodingError
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import Signer

from .errors import LogError, note_errors
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


class SignedCheckpoint(NamedTuple):
    """A checkpoint and the note that states it."""

    note: str
    checkpoint: Checkpoint


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """The signed note, the log's name being its origin."""
    return notes.sign(checkpoint.text(), checkpoint.origin, signer)


def parse(text: str) -> Checkpoint:
    """The checkpoint of a note's text without extension lines; LogError for anything else."""
    parsed = parse_any(text)
    if parsed.text() != text:
        raise LogError("not a checkpoint: origin, size and root, a line each, and no more")
    return parsed


def parse_any(text: str) -> Checkpoint:
    """The checkpoint of any log; extension lines, which nothing can audit, are left aside."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise LogError("not a checkpoint: origin, size and root, a line each, and no more")
    origin, size, encoded = match.groups()
    try:
        root = base64.decode(encoded)
    except EncodingError as error:
        raise LogError("a checkpoint whose root is %s", error) from None
    if len(root) != HASH or int(size) >= 1 << 63:
        raise LogError("a checkpoint whose root is not 32 bytes, or whose size is too large")
    return Checkpoint(origin, int(size), root)


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note that this log's key signs, of the log's name; else LogError."""
    with note_errors():
        checkpoint = parse(notes.open_note(note, key))
    if checkpoint.origin != key.name:
        raise LogError("a checkpoint of %s, expected one of %s", checkpoint.origin[:80], key.name)
    return checkpoint


def open_served(body: bytes, key: VerifierKey) -> SignedCheckpoint:
    """The checkpoint in bytes that somebody serves; LogError as `open_checkpoint` raises it."""
    try:
        note = body.decode("utf-8")
    except UnicodeDecodeError:
        raise LogError("a checkpoint that is no UTF-8") from None
    return SignedCheckpoint(note, open_checkpoint(note, key))


def last_checkpoint(ledger: str, log: str, note: str, *, origin: str) -> Checkpoint:
    """The last checkpoint of an old log that `origin` goes on from; LogError for anything else."""
    if ledger == origin:
        raise LogError("a new origin goes on from another one than itself")
    with note_errors():
        key = VerifierKey.parse(log)
    if key.name != ledger:
        raise LogError(
            "the old log's verifier key is %s's, expected %s's", key.name[:80], ledger[:80]
        )
    return open_checkpoint(note, key)
