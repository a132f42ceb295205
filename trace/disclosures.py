"""Fields that are left out of a link, and by which it can be shown later what they said.

RFC 9901 sections 4.2.1 and 4.2.5, with SHA-256: the link has salted digests among decoys, and a
disclosure is the stored string that one of them is the digest of (section 7 of the format).
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping

from suyuan.keys import base64, canonical

from .members import Object

_ROUND = 8
_SALT = 16  # bytes
Random = Callable[[int], bytes]


def disclosure(pointer: str, value: object, salt: bytes) -> str:
    """The stored string that shows `value` at the JSON Pointer `pointer`."""
    return base64.encode_url(canonical.dumps([base64.encode_url(salt), pointer, value]))


def digest(stored: str) -> str:
    """The digest by which a link commits to a stored string."""
    return base64.encode_url(hashlib.sha256(stored.encode()).digest())


def hide(
    fields: Mapping[str, object], random: Random = secrets.token_bytes
) -> tuple[Object, list[str]]:
    """What stands in `suyuan:private` for fields by their pointers, and their disclosures.

    The digests are sorted and filled to a multiple of 8, so that their number says little.
    """
    stored = [disclosure(pointer, value, random(_SALT)) for pointer, value in fields.items()]
    digests = [digest(one) for one in stored]
    while not digests or len(digests) % _ROUND:
        digests.append(base64.encode_url(random(32)))
    return {"_sd": sorted(digests)}, stored
