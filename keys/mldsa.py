"""ML-DSA-44 (FIPS 204), where the installed `cryptography` has it."""

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa as _mldsa
except ImportError:  # setup.cfg allows older versions
    _mldsa = None  # type: ignore[assignment]

KEY_BYTES = 1312
SIGNATURE_BYTES = 2420
IS_AVAILABLE = _mldsa is not None


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the pure ML-DSA-44 signature of this key over `message`.

    With the empty context. False where the algorithm is missing: ask IS_AVAILABLE first.
    """
    if _mldsa is None or len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        _mldsa.MLDSA44PublicKey.from_public_bytes(key).verify(signature, message)
    except Exception:  # noqa: BLE001  whatever the backend says of bytes from outside
        return False
    return True
