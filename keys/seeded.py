"""Keys that are derived from a seed and stored nowhere: a demo's, which everybody may know."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .public import P256_ORDER
from .signer import LocalSigner


class RepeatableSigner(LocalSigner):
    """A P-256 signer whose signature over a message is the same each time (RFC 6979)."""

    is_repeatable = True


def derive(seed: str, name: str, length: int) -> bytes:
    """The `length` bytes that a seed gives for a name (HKDF)."""
    label = f"suyuan demo:{name}".encode()
    return HKDF(hashes.SHA256(), length, salt=None, info=label).derive(seed.encode())


def signer(seed: str, name: str, alg: str) -> LocalSigner:
    """The signer whose key, of algorithm `alg`, a seed gives for a name."""
    if alg == "ECDSA-P256":
        number = int.from_bytes(derive(seed, f"key:{name}", 48), "big")
        return RepeatableSigner.from_scalar(number % (P256_ORDER - 1) + 1)
    return LocalSigner.from_seed(derive(seed, f"key:{name}", 32))
