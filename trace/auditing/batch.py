"""Many signatures at once."""

from collections.abc import Sequence

from suyuan.keys import batch

Signed = batch.Signed  # key, message, signature


def verify(signed: Sequence[Signed]) -> bool:
    """Whether all of these signatures are valid (docs/format.md section 2).

    In batches where lib25519 is installed, then but for what docs/threats.md says of them; one by
    one elsewhere, or with SUYUAN_BATCH=0.
    """
    return batch.all_valid(signed)
