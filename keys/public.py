"""Public keys: their one encoding, their id, and what they verify."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import verification
from .ed25519 import is_good_point
from .errors import BadKey

Algorithm = Literal["Ed25519", "ECDSA-P256"]
ALGORITHMS: tuple[str, ...] = get_args(Algorithm)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")
_P256_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A canonical key of prime order, made by `load`; `keyid` is the SHA-256 of its DER `spki`."""

    alg: Algorithm
    spki: bytes
    keyid: str

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature is this key's over a message (docs/format.md section 2)."""
        if self.alg == "Ed25519":
            return verification.verify(self.spki[-32:], message, signature)
        if len(signature) != 64:
            return False
        key = _handle(self.spki)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        try:
            r = int.from_bytes(signature[:32], "big")
            s = int.from_bytes(signature[32:], "big")
            if s > P256_ORDER // 2:
                return False
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def keyid(spki: bytes) -> str:
    """The id of the key with this DER SubjectPublicKeyInfo."""
    return hashlib.sha256(spki).hexdigest()


@lru_cache(maxsize=4096)
def load(spki: bytes) -> PublicKey:
    """The key with this one DER form, its point canonical and of prime order; else BadKey."""
    if spki.startswith(_ED25519_PREFIX) and len(spki) == 44:
        if not is_good_point(spki[12:]):
            raise BadKey("an Ed25519 key that is not canonical or not of prime order")
        return PublicKey("Ed25519", spki, keyid(spki))
    if spki.startswith(_P256_PREFIX) and len(spki) == 91:
        _handle(spki)
        return PublicKey("ECDSA-P256", spki, keyid(spki))
    raise BadKey("neither the 44 bytes of an Ed25519 key nor the 91 of a P-256 key")


def ed25519_key(raw: bytes) -> PublicKey:
    """The Ed25519 key of these 32 bytes; BadKey as `load` raises it."""
    return load(_ED25519_PREFIX + raw)


@lru_cache(maxsize=4096)
def _handle(spki: bytes) -> ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(spki)
    except Exception as error:  # noqa: BLE001  whatever the backend says of bytes from outside
        raise BadKey("not a public key: %s", error) from None
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise BadKey("neither an Ed25519 nor a P-256 key")
    return key


def of(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> PublicKey:
    """The PublicKey of a `cryptography` key; BadKey as `load` raises it."""
    return load(
        key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
