"""Salted digests in a link, and the disclosures that they are the digests of.

RFC 9901 sections 4.2.1 and 4.2.5, with SHA-256: the link has digests among decoys, and a disclosure
is the stored string that one of them is the digest of (docs/format.md section 7). Pure.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from suyuan.keys import base64, canonical
from suyuan.keys.errors import KeysError

from ..link import Link
from ..members import Object
from ..statements import PRIVATE
from . import pointers
from .pointers import PrivateError

MAX_STORED = 16_384  # characters of a disclosure
_ROUND = 8
_SALT = 16  # bytes
_MIN_SALT = 22  # characters of base64url that carry 128 bits
_DIGEST = re.compile("[A-Za-z0-9_-]{43}", re.ASCII)
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Field:
    """A disclosed field: its place in the event or statement, and its value."""

    pointer: str
    value: object


def disclosure(pointer: str, value: object, salt: bytes) -> str:
    """The stored string that shows `value` at the JSON Pointer `pointer`."""
    return base64.encode_url(canonical.dumps([base64.encode_url(salt), pointer, value]))


def digest(stored: str) -> str:
    """The digest by which a link commits to a stored string."""
    return base64.encode_url(hashlib.sha256(stored.encode()).digest())


def is_digest(text: object) -> bool:
    """Whether it has the form of a digest: a SHA-256 in base64url without padding."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def commitment(stored: Iterable[str], random: Random = secrets.token_bytes) -> Object:
    """The value of `suyuan:private` for these disclosures.

    Their digests and random ones, sorted, a multiple of 8 of them: so their number says little.
    """
    digests = [digest(text) for text in stored]
    while not digests or len(digests) % _ROUND:
        digests.append(base64.encode_url(random(32)))
    return {"_sd": sorted(digests)}


def hide(
    fields: Mapping[str, object], random: Random = secrets.token_bytes
) -> tuple[Object, list[str]]:
    """The value of `suyuan:private` for fields by their pointers, and their disclosures."""
    stored = [disclosure(pointer, value, random(_SALT)) for pointer, value in fields.items()]
    return commitment(stored, random), stored


def leave_out(body: Object, hidden: Iterable[str]) -> tuple[Object, list[str]]:
    """An event or statement without the fields at these pointers, and their disclosures.

    It is the body itself where there are none. They are in order of the pointers. Raises
    PrivateError where a field is not there, may not be hidden or lies within another one, or where
    the body hides something already.
    """
    fields: dict[str, object] = {}
    left = body
    for pointer in sorted(hidden):
        if any(pointer.startswith(f"{other}/") for other in fields):
            raise PrivateError("%s lies within another field that is to be hidden", pointer[:80])
        left, fields[pointer] = pointers.take(left, pointer)
    if not fields:
        return body, []
    if PRIVATE in body:
        raise PrivateError("it has confidential fields already: hide all of them at once")
    private, stored = hide(fields)
    return {**left, PRIVATE: private}, stored


def read(stored: str) -> Field | None:
    """The field that a stored string discloses; None where it is no disclosure of ours."""
    parts = _parse(stored)
    return None if parts is None else parts[1]


def _parse(stored: str) -> tuple[str, Field] | None:
    """The salt and the field."""
    try:
        value = canonical.parse(base64.decode_url(stored))
    except KeysError:
        return None
    match value:
        case [str() as salt, str() as pointer, shown]:
            return salt, Field(pointer, shown)
    return None


def require(stored: str, link: Link) -> Field:
    """The field of a link that a disclosure shows.

    Raises PrivateError where it is none, too long, salted with less than 128 bits, or where the
    link does not commit to it, or has no place for it.
    """
    if len(stored) > MAX_STORED:
        raise PrivateError("a disclosure has at most %s characters", f"{MAX_STORED:,}")
    parts = _parse(stored)
    if parts is None:
        raise PrivateError("it is no disclosure: base64url of [salt, JSON Pointer, value] is one")
    salt, field = parts
    if digest(stored) not in committed(link):
        raise PrivateError("the link does not commit to this disclosure: its digest is not there")
    if len(salt) < _MIN_SALT:
        raise PrivateError("its salt has less than 128 bits: it could be guessed")
    if pointers.put(body_of(link), field.pointer, field.value) is None:
        raise PrivateError("the link has no place for %s", ascii(field.pointer[:80]))
    return field


def committed(link: Link) -> tuple[str, ...]:
    """The digests that a link commits to, decoys among them."""
    listed = body_of(link).get(PRIVATE)
    digests = listed.get("_sd") if isinstance(listed, dict) else None
    return tuple(text for text in digests if is_digest(text)) if isinstance(digests, list) else ()


def body_of(link: Link) -> Object:
    """The event or statement of a link; nothing for an event by reference."""
    return link.event or link.statement or {}


def with_fields(body: Object, fields: Iterable[Field]) -> tuple[Object, list[Field]]:
    """An event or statement with hidden fields back in their places, and those without a place.

    For showing only: what was signed is the body as it is.
    """
    homeless = []
    for field in fields:
        filled = pointers.put(body, field.pointer, field.value)
        if filled is None:
            homeless.append(field)
        else:
            body = filled
    return body, homeless
