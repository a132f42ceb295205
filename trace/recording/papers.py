"""Papers: the certificates, notes and photographs that an event names, held to what they claim.

A file is a PDF, JPEG, PNG or WebP by its content (section 7), whole and nothing else besides: no
bytes behind its end, no archive in it, a picture that unpacks, a PDF that does nothing. What a
browser might take for a program is not kept.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object, digest
from suyuan.trace.store.files import media
from suyuan.trace.store.files.attachments import SALT, name_of

from . import pictures
from .decoding.decoders import Unreadable, ask

MAX_BYTES = 7 << 20
MAX_NAMED = 20  # by one event
MEMBER = "suyuan:attachments"
SALTED = "salt"  # of a private file: the member that is hidden, and opens it
KINDS = ("certificate", "quarantine", "report", "note", "photo", "other")
EXTENSIONS: Mapping[str, str] = {
    media.PDF: "pdf",
    media.JPEG: "jpg",
    media.PNG: "png",
    media.WEBP: "webp",
}


class PaperError(LedgerError):
    """A file that is not kept; the text says why, and what would be."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was looked at: its name is its SHA-256, its type what it is by content.

    A private one has a `salt`, and is named by the SHA-256 of that and its content.
    """

    sha256: str
    size: int
    type: str
    salt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A file as an event names it, in the event's own words.

    Of a private file the `salt` is None unless its disclosure was put in its place.
    """

    sha256: str
    size: int
    type: str
    kind: str
    is_private: bool = False
    salt: bytes | None = None


def examine(data: bytes, salt: bytes | None = None) -> Paper:
    """What a file is; PaperError for one too large, of another kind, or with more in it.

    With a salt it is a private one. Raises Busy where no decoder is free in time.
    """
    if len(data) > MAX_BYTES:
        raise PaperError("the file has over %s MiB: make it smaller", MAX_BYTES >> 20)
    kind = media.kind(data)
    if kind is None:
        raise PaperError("the file is no PDF, JPEG, PNG or WebP: scan or photograph the paper")
    try:
        if kind == media.PDF:
            ask("paper", data)
        else:
            pictures.ask_of(data, "paper", pictures.MAX_PIXELS)
    except (Unreadable, pictures.PictureError) as error:
        raise PaperError(error) from None
    if salt is not None:
        return Paper(name_of(salt, data), len(data), kind, salt)
    return Paper(hashlib.sha256(data).hexdigest(), len(data), kind)


def named(event: Object | None) -> list[Named]:
    """The files that an event names; what is not of the form is left out, and is no file."""
    found = (event or {}).get(MEMBER)
    parts = found[:MAX_NAMED] if isinstance(found, list) else ()
    return [one for part in parts if (one := _read(part)) is not None]


def names(link: Link, sha256: str) -> bool:
    """Whether a link's event names a file."""
    return any(one.sha256 == sha256 for one in named(link.event))


def member(paper: Paper, kind: str) -> Object:
    """A file as an event names it; of a private one the salt is to be hidden before signing."""
    said = {"sha256": paper.sha256, "size": paper.size, "type": paper.type, "as": kind}
    if paper.salt is None:
        return said
    return said | {"private": True, SALTED: base64.encode_url(paper.salt)}


def salt_pointer(number: int) -> str:
    """Where the salt of an event's file of this number stands, from 0."""
    return f"/{MEMBER}/{number}/{SALTED}"


def salt_of(text: object) -> bytes | None:
    """The salt that base64url spells; None where it is none."""
    try:
        found = base64.decode_url(text) if isinstance(text, str) else b""
    except EncodingError:
        return None
    return found if len(found) == SALT else None


def _read(part: object) -> Named | None:
    if not isinstance(part, dict):
        return None
    name, size, kind = part.get("sha256"), part.get("size"), part.get("type")
    if not (digest(name) and isinstance(name, str)):
        return None
    if not isinstance(kind, str) or kind not in EXTENSIONS:
        return None
    if type(size) is not int or not 0 < size <= MAX_BYTES:
        return None
    said = part.get("as")
    known = said if isinstance(said, str) and said in KINDS else "other"
    return Named(name, size, kind, known, part.get("private") is True, salt_of(part.get(SALTED)))
