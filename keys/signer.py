"""Signers: whatever can sign for a key, be it a file, a card or a browser."""

from typing import Protocol, Self, runtime_checkable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import public
from .errors import BadKey
from .public import P256_ORDER, PublicKey

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@runtime_checkable
class Signer(Protocol):
    """Signs with one private key, held here or elsewhere."""

    @property
    def public(self) -> PublicKey:
        """The key whose signatures this makes."""

    def sign(self, message: bytes) -> bytes:
        """A valid signature over `message`: 64 bytes, as PublicKey.verify asks of them."""


class LocalSigner:
    """A signer whose private key is in this process."""

    is_repeatable = False  # whether P-256 signatures over a message are the same each time

    def __init__(self, private: PrivateKey) -> None:
        if isinstance(private, ec.EllipticCurvePrivateKey) and not isinstance(
            private.curve, ec.SECP256R1
        ):
            raise BadKey("a key on %s: only P-256 and Ed25519 can sign links", private.curve.name)
        self.private = private
        self.public = public.of(private.public_key())

    @classmethod
    def new(cls, alg: str = "Ed25519") -> Self:
        """A signer with a fresh random key of `alg`; BadKey for an unknown algorithm."""
        if alg == "Ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        if alg == "ECDSA-P256":
            return cls(ec.generate_private_key(ec.SECP256R1()))
        raise BadKey("no algorithm %s: choose one of %s", repr(alg), ", ".join(public.ALGORITHMS))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The Ed25519 signer of a 32-byte seed (RFC 8032), for demos and known answers."""
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_scalar(cls, scalar: int) -> Self:
        """The P-256 signer of a private scalar, for known answers."""
        return cls(ec.derive_private_key(scalar, ec.SECP256R1()))

    def sign(self, message: bytes) -> bytes:
        """A valid signature over `message`: 64 bytes; ECDSA's s in the lower half."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(message)
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=self.is_repeatable)
        r, s = decode_dss_signature(self.private.sign(message, algorithm))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")
