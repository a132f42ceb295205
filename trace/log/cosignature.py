"""Cosignatures: that a witness saw a checkpoint consistent with all before (C2SP tlog-cosignature).

Ed25519 (0x04) is signed and verified; ML-DSA-44 (0x06) is verified where `cryptography` has it,
and elsewhere its lines are ignored like those of unknown keys.
"""

from suyuan.keys.notes import COSIGNATURE, CosignerKey, Note, NoteSignature
from suyuan.keys.signer import Signer

from . import checkpoint
from .checkpoint import Checkpoint
from .errors import LogError, note_errors

MAX_TIME = (1 << 63) - 1
_TIME = 8  # bytes before the signature, big-endian POSIX seconds


def sign(checkpoint_text: str, name: str, signer: Signer, time: int) -> NoteSignature:
    """The line by which a witness cosigns at a POSIX second; LogError for what cannot be."""
    checkpoint.parse_any(checkpoint_text)
    if not 0 <= time <= MAX_TIME:
        raise LogError("no POSIX time: %s", time)
    with note_errors():
        key = CosignerKey.of(name, signer.public)
    signed = signer.sign(_message(checkpoint_text, time))
    return NoteSignature(name, key.hash, time.to_bytes(_TIME, "big") + signed)


def verify(note: Note, key: CosignerKey) -> int | None:
    """The POSIX second of `key`'s valid cosignature on `note`.

    None where the note has no line of this key, or none that this installation can verify, or an
    ML-DSA one that states no time (0). Raises LogError where the note's text is no checkpoint, or
    this key has two lines or one that is malformed or does not verify.
    """
    signed = checkpoint.parse_any(note.text)
    with note_errors():
        line = note.line(key)
    if line is None or not key.is_supported:
        return None
    time = int.from_bytes(line.signature[:_TIME], "big")
    if len(line.signature) <= _TIME or time > MAX_TIME:
        raise LogError("a cosignature of %s that is malformed", key.name)
    message = (
        _message(note.text, time) if key.kind == COSIGNATURE else _subtree(key.name, signed, time)
    )
    if not key.verify(message, line.signature[_TIME:]):
        raise LogError("the cosignature of %s does not verify", key.name)
    return None if time == 0 and key.kind != COSIGNATURE else time


def _message(checkpoint_text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{checkpoint_text}".encode()


def _subtree(name: str, signed: Checkpoint, time: int) -> bytes:
    """The structure that ML-DSA-44 cosigners sign; LogError for names of over 255 bytes."""
    origin = signed.origin.encode()
    signer = name.encode()
    if len(origin) > 0xFF or len(signer) > 0xFF:
        raise LogError("an ML-DSA cosignature whose cosigner or origin is over 255 bytes")
    return b"".join((
        b"subtree/v1\n\0", bytes([len(signer)]), signer, time.to_bytes(8, "big"),
        bytes([len(origin)]), origin, bytes(8), signed.size.to_bytes(8, "big"), signed.root,
    ))  # fmt: skip
