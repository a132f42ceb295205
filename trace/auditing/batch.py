"""Many signatures at once."""

from collections.abc import Sequence

from suyuan.keys.public import PublicKey

Signed = tuple[PublicKey, bytes, bytes]  # key, message, signature


def verify(signed: Sequence[Signed]) -> bool:
    """Whether all of these signatures are valid, each by itself (docs/format.md section 2)."""
    return all(key.verify(message, signature) for key, message, signature in signed)
