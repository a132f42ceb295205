"""C2SP signed notes: a text and signature lines, as a log signs its checkpoints."""

import hashlib
import re
from dataclasses import dataclass

from . import base64, public
from .errors import BadKey, EncodingError, NoteError
from .public import PublicKey
from .signer import Signer

_DASH = "\N{EM DASH} "
_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")
ED25519 = 0x01
MAX_NOTE = 1 << 20
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NO_NAME = re.compile(r"[\s+\x00-\x1f\ud800-\udfff]")


def key_hash(name: str, kind: int, key: bytes) -> bytes:
    """The 4-byte key id of signed-note: SHA-256(name || LF || type || key), cut."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose Ed25519 signature line a note must carry: a name and a key."""

    name: str
    key: PublicKey

    @property
    def hash(self) -> bytes:
        """The key id that stands before the signature in a line."""
        return key_hash(self.name, ED25519, self.key.spki[12:])

    def __str__(self) -> str:
        raw = base64.encode(bytes([ED25519]) + self.key.spki[12:])
        return f"{self.name}+{self.hash.hex()}+{raw}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key that `<name>+<8 hex>+<base64>` gives; NoteError for anything else."""
        name, _, rest = text.partition("+")
        digest, _, encoded = rest.partition("+")
        try:
            raw = base64.decode(encoded)
            if not is_name(name) or len(raw) != 33 or raw[0] != ED25519:
                raise NoteError(f"not an Ed25519 verifier key: {text[:80]}")
            found = cls(name, public.load(_SPKI_ED25519 + raw[1:]))
        except (EncodingError, BadKey) as error:
            raise NoteError(f"not a verifier key: {error}") from None
        if found.hash.hex() != digest:
            raise NoteError(f"verifier key whose id {digest[:16]} is not its key's")
        return found


def is_name(name: str) -> bool:
    """Whether `name` may name a note's signer: not empty, no white space, controls or plus."""
    return bool(name) and _NO_NAME.search(name) is None


def sign(text: str, name: str, signer: Signer) -> str:
    """The note that `signer` (Ed25519) signs over `text`, which ends in a line end."""
    if not text.endswith("\n") or not is_name(name) or signer.public.alg != "Ed25519":
        raise NoteError("a note is text ending in a line end, signed by a named Ed25519 key")
    _refuse_controls(text)
    line = key_hash(name, ED25519, signer.public.spki[12:]) + signer.sign(text.encode())
    return f"{text}\n{_DASH}{name} {base64.encode(line)}\n"


def open_note(note: str, key: VerifierKey) -> str:
    """The text of `note` once `key`'s signature line on it is found and valid.

    Lines of other keys are ignored. Raises NoteError where the note is malformed, has no line
    of this key, or a line of this key that does not verify.
    """
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or len(note) > MAX_NOTE:
        raise NoteError("not a signed note: no blank line before its signatures, or too long")
    _refuse_controls(note)
    text += "\n"
    found = False
    for line in lines[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not is_name(name):
            raise NoteError(f"not a signature line: {line[:80]}")
        try:
            raw = base64.decode(encoded)
        except EncodingError as error:
            raise NoteError(f"a signature line whose signature is {error}") from None
        if len(raw) < 5:
            raise NoteError("a signature line without a signature")
        if name == key.name and raw[:4] == key.hash:
            if not key.key.verify(text.encode(), raw[4:]):
                raise NoteError(f"the signature of {name} does not verify")
            found = True
    if not found:
        raise NoteError(f"no signature of {key.name}")
    return text


def _refuse_controls(text: str) -> None:
    if found := _CONTROL.search(text):
        raise NoteError(f"a note with the control character or surrogate {found.group()!a}")
