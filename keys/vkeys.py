"""Verifier keys of C2SP signed-note: the logs' and the witnesses'."""

import hashlib
import re
from dataclasses import dataclass

from . import base64, mldsa, public
from .errors import BadKey, EncodingError, NoteError
from .public import PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04  # Ed25519 with a time (C2SP tlog-cosignature)
ML_DSA_44 = 0x06

_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")
_NO_NAME = re.compile(r"[\s+\x00-\x1f\ud800-\udfff]")
_LENGTHS = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: mldsa.KEY_BYTES}


def is_name(name: str) -> bool:
    """Whether `name` may name a note's signer: not empty, no white space, controls or plus."""
    return bool(name) and _NO_NAME.search(name) is None


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
        return _text(self.name, ED25519, self.key.spki[12:])

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key that `<name>+<8 hex>+<base64>` gives; NoteError for anything else."""
        name, kind, raw = _parse(text)
        if kind != ED25519:
            raise NoteError(f"not an Ed25519 verifier key, but one of type {kind:#04x}")
        return cls(name, _ed25519(raw))


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """Whose cosignature lines count: a witness's name and key (C2SP tlog-cosignature).

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
        """Whether this installation can verify it; the lines of a key that it cannot, are unknown.

        Ed25519 always; ML-DSA-44 where the installed `cryptography` has it.
        """
        return self.kind == COSIGNATURE or mldsa.IS_AVAILABLE

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature`, without its time, is this key's over `message`."""
        if self.kind == COSIGNATURE:
            return _ed25519(self.raw).verify(message, signature)
        return mldsa.verify(self.raw, message, signature)

    def __str__(self) -> str:
        return _text(self.name, self.kind, self.raw)

    @classmethod
    def of(cls, name: str, key: PublicKey) -> "CosignerKey":
        """The cosigner of this name with an Ed25519 key; NoteError for another key or no name."""
        if key.alg != "Ed25519" or not is_name(name):
            raise NoteError("a cosigner is a name without spaces or plus, with an Ed25519 key")
        return cls(name, COSIGNATURE, key.spki[12:])

    @classmethod
    def parse(cls, text: str) -> "CosignerKey":
        """The key that `<name>+<8 hex>+<base64>` gives; NoteError for anything else."""
        name, kind, raw = _parse(text)
        if kind == ED25519:
            raise NoteError("a log's verifier key (type 0x01), where a witness's is needed")
        if kind == COSIGNATURE:
            _ed25519(raw)
        return cls(name, kind, raw)


def _text(name: str, kind: int, raw: bytes) -> str:
    return f"{name}+{key_hash(name, kind, raw).hex()}+{base64.encode(bytes([kind]) + raw)}"


def _parse(text: str) -> tuple[str, int, bytes]:
    name, _, rest = text.partition("+")
    digest, _, encoded = rest.partition("+")
    try:
        raw = base64.decode(encoded)
    except EncodingError as error:
        raise NoteError(f"not a verifier key: {error}") from None
    if not is_name(name) or not raw or len(raw) - 1 != _LENGTHS.get(raw[0]):
        raise NoteError(f"not a verifier key of a known type: {text[:80]!a}")
    if key_hash(name, raw[0], raw[1:]).hex() != digest:
        raise NoteError(f"verifier key whose id {digest[:16]!a} is not its key's")
    return name, raw[0], raw[1:]


def _ed25519(raw: bytes) -> PublicKey:
    try:
        return public.load(_SPKI_ED25519 + raw)
    except BadKey as error:
        raise NoteError(f"not a verifier key: {error}") from None
