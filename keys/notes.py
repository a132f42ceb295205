"""C2SP signed notes: a text and signature lines, as a log and its witnesses sign checkpoints."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import base64
from .errors import EncodingError, NoteError
from .signer import Signer
from .vkeys import ED25519, CosignerKey, VerifierKey, is_name, key_hash

__all__ = ["CosignerKey", "Note", "NoteSignature", "VerifierKey", "is_name", "key_hash"]
__all__ += ["lines_of", "merge", "open_note", "parse", "sign"]

MAX_NOTE = 1 << 20
MAX_LINES = 100  # signature lines, as Go's note package has it
_DASH = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: whose (name and 4-byte key id), and what the key made."""

    name: str
    hash: bytes
    signature: bytes

    def encode(self) -> str:
        """The line, with its line end."""
        return f"{_DASH}{self.name} {base64.encode(self.hash + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a line end, and the signature lines below it, in their order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> str:
        """The note as it is served."""
        return f"{self.text}\n{''.join(line.encode() for line in self.signatures)}"

    def line(self, key: VerifierKey | CosignerKey) -> NoteSignature | None:
        """The line of this key's name and id, not verified; NoteError where there are two."""
        digest = key.hash
        found = [one for one in self.signatures if one.name == key.name and one.hash == digest]
        if len(found) > 1:
            raise NoteError(f"two signature lines of {key.name}")
        return found[0] if found else None

    def check(self, key: VerifierKey) -> None:
        """Raise NoteError unless this note has one line of `key`, and that line verifies."""
        line = self.line(key)
        if line is None:
            raise NoteError(f"no signature of {key.name}")
        if not key.key.verify(self.text.encode(), line.signature):
            raise NoteError(f"the signature of {key.name} does not verify")


def sign(text: str, name: str, signer: Signer) -> str:
    """The note that `signer` (Ed25519) signs over `text`, which ends in a line end."""
    if not text.endswith("\n") or not is_name(name) or signer.public.alg != "Ed25519":
        raise NoteError("a note is text ending in a line end, signed by a named Ed25519 key")
    _refuse_controls(text)
    digest = key_hash(name, ED25519, signer.public.spki[12:])
    return Note(text, (NoteSignature(name, digest, signer.sign(text.encode())),)).encode()


def parse(note: str) -> Note:
    """The note's text and lines, none of them verified.

    The last empty line divides them. Raises NoteError for what is no signed note: of more than
    1 MiB or 100 signature lines, with control characters, or without a signature line.
    """
    if len(note) > MAX_NOTE:
        raise NoteError("not a signed note: too long")
    text, separator, lines = note.rpartition("\n\n")
    if not separator:
        raise NoteError("not a signed note: no blank line before its signatures")
    _refuse_controls(text)
    return Note(text + "\n", lines_of(lines))


def lines_of(lines: str) -> tuple[NoteSignature, ...]:
    """The signature lines that `lines` consists of: 1 to 100, each with its line end.

    Raises NoteError for anything else.
    """
    if not lines.endswith("\n") or lines.count("\n") > MAX_LINES or len(lines) > MAX_NOTE:
        raise NoteError(f"not 1 to {MAX_LINES} signature lines, each with its line end")
    _refuse_controls(lines)
    return tuple(_line(line) for line in lines[:-1].split("\n"))


def open_note(note: str, key: VerifierKey) -> str:
    """The text of `note` once `key`'s signature line on it is found and valid.

    Lines of other keys are ignored. Raises NoteError where the note is malformed, has no line
    of this key or two of them, or a line of this key that does not verify.
    """
    found = parse(note)
    found.check(key)
    return found.text


def merge(note: str, lines: str | Sequence[NoteSignature]) -> str:
    """`note` with further signature lines below its own, none of them verified here.

    A line whose name and key id stand there already is left out: the first stays. Raises NoteError
    where note or lines are malformed, or the whole becomes longer than a note may be.
    """
    found = parse(note)
    more = lines_of(lines) if isinstance(lines, str) else tuple(lines)
    whole = list(found.signatures)
    there = {(line.name, line.hash) for line in whole}
    for line in more:
        if (line.name, line.hash) not in there:
            there.add((line.name, line.hash))
            whole.append(line)
    merged = Note(found.text, tuple(whole)).encode()
    parse(merged)
    return merged


def _line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_name(name):
        raise NoteError(f"not a signature line: {line[:80]}")
    try:
        raw = base64.decode(encoded)
    except EncodingError as error:
        raise NoteError(f"a signature line whose signature is {error}") from None
    if len(raw) < 5:
        raise NoteError("a signature line without a signature")
    return NoteSignature(name, raw[:4], raw[4:])


def _refuse_controls(text: str) -> None:
    if found := _CONTROL.search(text):
        raise NoteError(f"a note with the control character or surrogate {found.group()!a}")
