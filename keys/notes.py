"""C2SP signed notes: a text and signature lines, as a log and its witnesses sign checkpoints.

And the verifier keys by which the lines are checked. ML-DSA-44 (FIPS 204) is verified where the
installed `cryptography` has it.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import base64, public
from .errors import BadKey, EncodingError, NoteError
from .public import PublicKey
from .signer import Signer

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:  # setup.cfg allows older versions
    mldsa = None  # type: ignore[assignment]

HAS_ML_DSA = mldsa is not None

ED25519 = 0x01
COSIGNATURE = 0x04  # Ed25519 with a time (C2SP tlog-cosignature)
ML_DSA_44 = 0x06

MAX_NOTE = 1 << 20
MAX_LINES = 100  # signature lines, as Go's note package has it
_DASH = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NO_NAME = re.compile(r"[\s+\x00-\x1f\ud800-\udfff]")
_LENGTHS = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1_312}
_ML_DSA_SIGNATURE = 2_420  # bytes


def is_name(name: str) -> bool:
    """Whether `name` may name a note's signer: not empty, no white space, controls or plus."""
    return bool(name) and _NO_NAME.search(name) is None


def key_hash(name: str, kind: int, key: bytes) -> bytes:
    """The 4-byte key id of signed-note: SHA-256(name || LF || type || key), cut."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The name and Ed25519 key of a signature line that a note must have."""

    name: str
    key: PublicKey

    @property
    def hash(self) -> bytes:
        """The key id that stands before the signature in a line."""
        return key_hash(self.name, ED25519, self.key.spki[12:])

    def __str__(self) -> str:
        return _key_text(self.name, ED25519, self.key.spki[12:])

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key that `<name>+<8 hex>+<base64>` gives; NoteError for anything else."""
        name, kind, raw = _parse_key(text)
        if kind != ED25519:
            raise NoteError("not an Ed25519 verifier key, but one of type %s", f"{kind:#04x}")
        return cls(name, _ed25519(raw))


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """The name and key of a witness whose cosignature lines count (C2SP tlog-cosignature).

    `kind` is 0x04 (Ed25519, `raw` 32 bytes) or 0x06 (ML-DSA-44, 1,312 bytes); made by `parse` and
    `of` only.
    """

    name: str
    kind: int
    raw: bytes

    @property
    def hash(self) -> bytes:
        """The key id that stands before the signature in a line."""
        return key_hash(self.name, self.kind, self.raw)

    @property
    def is_supported(self) -> bool:
        """Whether this installation can verify it: Ed25519 always; else its lines are unknown."""
        return self.kind == COSIGNATURE or HAS_ML_DSA

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature`, without its time, is this key's over `message`."""
        if self.kind == COSIGNATURE:
            return _ed25519(self.raw).verify(message, signature)
        return _verify_ml_dsa(self.raw, message, signature)

    def __str__(self) -> str:
        return _key_text(self.name, self.kind, self.raw)

    @classmethod
    def of(cls, name: str, key: PublicKey) -> "CosignerKey":
        """The cosigner of this name with an Ed25519 key; NoteError for another key or no name."""
        if key.alg != "Ed25519" or not is_name(name):
            raise NoteError("a cosigner is a name without spaces or plus, with an Ed25519 key")
        return cls(name, COSIGNATURE, key.spki[12:])

    @classmethod
    def parse(cls, text: str) -> "CosignerKey":
        """The key that `<name>+<8 hex>+<base64>` gives; NoteError for anything else."""
        name, kind, raw = _parse_key(text)
        if kind == ED25519:
            raise NoteError("a log's verifier key (type 0x01), where a witness's is needed")
        if kind == COSIGNATURE:
            _ed25519(raw)
        return cls(name, kind, raw)


def _key_text(name: str, kind: int, raw: bytes) -> str:
    return f"{name}+{key_hash(name, kind, raw).hex()}+{base64.encode(bytes([kind]) + raw)}"


def _parse_key(text: str) -> tuple[str, int, bytes]:
    name, _, rest = text.partition("+")
    digest, _, encoded = rest.partition("+")
    try:
        raw = base64.decode(encoded)
    except EncodingError as error:
        raise NoteError("not a verifier key: %s", error) from None
    if not is_name(name) or not raw or len(raw) - 1 != _LENGTHS.get(raw[0]):
        raise NoteError("not a verifier key of a known type: %s", ascii(text[:80]))
    if key_hash(name, raw[0], raw[1:]).hex() != digest:
        raise NoteError("verifier key whose id %s is not its key's", ascii(digest[:16]))
    return name, raw[0], raw[1:]


def _ed25519(raw: bytes) -> PublicKey:
    try:
        return public.ed25519_key(raw)
    except BadKey as error:
        raise NoteError("not a verifier key: %s", error) from None


def _verify_ml_dsa(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the pure ML-DSA-44 signature with the empty context; False without it."""
    if mldsa is None or len(signature) != _ML_DSA_SIGNATURE:
        return False
    try:
        mldsa.MLDSA44PublicKey.from_public_bytes(key).verify(signature, message)
    except Exception:  # noqa: BLE001  whatever the backend says of bytes from outside
        return False
    return True


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the signer's name and 4-byte key id, and the signature."""

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
        lines = [line for line in self.signatures if line.name == key.name and line.hash == digest]
        if len(lines) > 1:
            raise NoteError("two signature lines of %s", key.name)
        return lines[0] if lines else None

    def check(self, key: VerifierKey) -> None:
        """Raise NoteError unless this note has one line of `key`, and that line verifies."""
        line = self.line(key)
        if line is None:
            raise NoteError("no signature of %s", key.name)
        if not key.key.verify(self.text.encode(), line.signature):
            raise NoteError("the signature of %s does not verify", key.name)


def sign(text: str, name: str, signer: Signer) -> str:
    """The note that `signer` (Ed25519) signs over `text`, which ends in a line end."""
    if not text.endswith("\n") or not is_name(name) or signer.public.alg != "Ed25519":
        raise NoteError("a note is text ending in a line end, signed by a named Ed25519 key")
    _refuse_controls(text)
    digest = key_hash(name, ED25519, signer.public.spki[12:])
    return Note(text, (NoteSignature(name, digest, signer.sign(text.encode())),)).encode()


def parse(note: str) -> Note:
    """The note's text and lines, none verified; NoteError for no note, or one beyond limits."""
    if len(note) > MAX_NOTE:
        raise NoteError("not a signed note: too long")
    text, separator, lines = note.rpartition("\n\n")
    if not separator:
        raise NoteError("not a signed note: no blank line before its signatures")
    _refuse_controls(text)
    return Note(text + "\n", lines_of(lines))


def lines_of(lines: str) -> tuple[NoteSignature, ...]:
    """The 1 to 100 signature lines in a text, each with its line end; else NoteError."""
    if not lines.endswith("\n") or lines.count("\n") > MAX_LINES or len(lines) > MAX_NOTE:
        raise NoteError("not 1 to %s signature lines, each with its line end", MAX_LINES)
    _refuse_controls(lines)
    return tuple(_line(line) for line in lines[:-1].split("\n"))


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note that has one line of `key`, and a valid one; else NoteError."""
    opened = parse(note)
    opened.check(key)
    return opened.text


def merge(note: str, lines: str | Sequence[NoteSignature]) -> str:
    """The note with further lines below, none verified; of one name and id the first stays."""
    opened = parse(note)
    more = lines_of(lines) if isinstance(lines, str) else tuple(lines)
    whole = list(opened.signatures)
    there = {(line.name, line.hash) for line in whole}
    for line in more:
        if (line.name, line.hash) not in there:
            there.add((line.name, line.hash))
            whole.append(line)
    merged = Note(opened.text, tuple(whole)).encode()
    parse(merged)
    return merged


def _line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_name(name):
        raise NoteError("not a signature line: %s", line[:80])
    try:
        raw = base64.decode(encoded)
    except EncodingError as error:
        raise NoteError("a signature line whose signature is %s", error) from None
    if len(raw) < 5:
        raise NoteError("a signature line without a signature")
    return NoteSignature(name, raw[:4], raw[4:])


def _refuse_controls(text: str) -> None:
    if control := _CONTROL.search(text):
        raise NoteError("a note with the control character or surrogate %s", ascii(control.group()))
