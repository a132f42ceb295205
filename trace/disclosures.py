"""Fields that are left out of a link, and by which it can be shown later what they said.

RFC 9901 sections 4.2.1 and 4.2.5, with SHA-256: the link has salted digests among decoys, and a
disclosure is the stored string that one of them is the digest of (section 7 of the format).
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from suyuan.keys import base64, canonical
from suyuan.keys.errors import KeysError

from .durable import replace
from .errors import LedgerError
from .members import Object
from .statements import PRIVATE

_ROUND = 8
_SALT = 16  # bytes
_DIGEST = re.compile("[A-Za-z0-9_-]{43}", re.ASCII)
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


def read(stored: str) -> tuple[str, object] | None:
    """The pointer and the value that a stored string shows; None where it is none."""
    try:
        found = canonical.parse(base64.decode_url(stored))
    except KeysError:
        return None
    if not isinstance(found, list) or len(found) != 3 or not isinstance(found[1], str):
        return None
    return found[1], found[2]


class Disclosures:
    """A folder of disclosures by their digests, beside the ledger; only its owner reads it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stored: Iterable[str]) -> None:
        """Keep these, durable on return; LedgerError where they cannot be kept."""
        for text in stored:
            path = self._path(digest(text))
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                replace(path, text.encode())
            except OSError as error:
                raise LedgerError(f"what is confidential cannot be kept: {error}") from None

    def get(self, name: str) -> str | None:
        """What is kept under a digest; None where it is not here, or was changed."""
        if _DIGEST.fullmatch(name) is None:
            return None
        try:
            text = self._path(name).read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return None
        return text if digest(text) == name else None

    def shown(self, said: Object) -> dict[str, object]:
        """The hidden fields of an event or statement, by pointer, as far as they are kept."""
        listed = said.get(PRIVATE)
        digests = listed.get("_sd") if isinstance(listed, dict) else None
        found: dict[str, object] = {}
        for name in digests if isinstance(digests, list) else ():
            text = self.get(name) if isinstance(name, str) else None
            field = None if text is None else read(text)
            if field is not None:
                found[field[0]] = field[1]
        return found

    def _path(self, name: str) -> Path:
        return self._folder / name
