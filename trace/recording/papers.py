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
from suyuan.trace.admission.access import Access
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object, digest, text_in
from suyuan.trace.format.private.digests import Field, body_of, with_fields
from suyuan.trace.format.private.pointers import is_statement
from suyuan.trace.goods.disclosures import may_read
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.files import media
from suyuan.trace.store.files.attachments import SALT, name_of
from suyuan.trace.store.read.reader import Reader

from . import pictures
from .decoding.decoders import Unreadable, ask

MAX_BYTES = 7 << 20
MAX_NAMED = 20  # by one event
MEMBER = "suyuan:attachments"
PHOTOS = "photos"  # of a profile
SALTED = "salt"  # of a private file: the member that is hidden, and opens it
KINDS = ("certificate", "quarantine", "report", "note", "photo", "signature", "other")
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
    """A file by its SHA-256, with its size, its type by content, and what an event calls it.

    A private one is named by the SHA-256 of its `salt` and its content; the salt of one that an
    event names is None unless its disclosure was put in its place.
    """

    sha256: str
    size: int
    type: str
    salt: bytes | None = None
    kind: str = "other"
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's content; `is_open` where it is one that everybody may open."""

    data: bytes
    is_open: bool


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
    name = hashlib.sha256(data).hexdigest() if salt is None else name_of(salt, data)
    return Paper(name, len(data), kind, salt, is_private=salt is not None)


def named(body: Object | None) -> list[Paper]:
    """The files that an event names, or a profile's photos; what is not of the form is no file."""
    body = body or {}
    is_profile = is_statement(body) and body.get("type") == "profile"
    listed = body.get(PHOTOS if is_profile else MEMBER)
    parts = listed[:MAX_NAMED] if isinstance(listed, list) else ()
    return [paper for part in parts if (paper := _read(part)) is not None]


def names(link: Link, sha256: str) -> bool:
    """Whether a link's event or profile names a file."""
    return any(paper.sha256 == sha256 for paper in named(body_of(link)))


def member(paper: Paper, kind: str) -> Object:
    """A file as an event names it; of a private one the salt is to be hidden before signing."""
    file = {"sha256": paper.sha256, "size": paper.size, "type": paper.type, "as": kind}
    if paper.salt is None:
        return file
    return file | {"private": True, SALTED: base64.encode_url(paper.salt)}


def salt_pointer(number: int) -> str:
    """Where the salt of an event's file of this number stands, from 0."""
    return f"/{MEMBER}/{number}/{SALTED}"


def salt_of(text: object) -> bytes | None:
    """The salt that base64url spells; None where it is none."""
    try:
        salt = base64.decode_url(text) if isinstance(text, str) else b""
    except EncodingError:
        return None
    return salt if len(salt) == SALT else None


def _read(part: object) -> Paper | None:
    if not isinstance(part, dict):
        return None
    name, size, kind = text_in(part, "sha256"), part.get("size"), text_in(part, "type")
    if name is None or not digest(name) or kind is None or kind not in EXTENSIONS:
        return None
    if type(size) is not int or not 0 < size <= MAX_BYTES:
        return None
    purpose = text_in(part, "as")
    known = purpose if purpose is not None and purpose in KINDS else "other"
    return Paper(name, size, kind, salt_of(part.get(SALTED)), known, part.get("private") is True)


def opened(
    ledger: Ledger, reader: Reader, link: Link, name: str, viewer: str | None
) -> Opened | None:
    """The content of a link's file, for this viewer; None where it is not here, or not for it.

    A private file, and one that only a hidden field names, is for those who are shown the
    disclosure; a photograph in a report on a recall for its reporter, and for officers.
    """
    if _is_reported(ledger, reader, link, name, viewer):
        data = ledger.attachments.get(name)
        return None if data is None else Opened(data, is_open=False)
    if any(paper.sha256 == name and not paper.is_private for paper in named(body_of(link))):
        data = ledger.attachments.get(name)
        return None if data is None else Opened(data, is_open=True)
    body, _ = with_fields(body_of(link), _fields(ledger, reader, link, viewer))
    for paper in named(body):
        if paper.sha256 != name or (paper.is_private and paper.salt is None):
            continue
        if paper.salt is None:
            data = ledger.attachments.get(name)
        else:
            data = ledger.private_files.get(name, paper.salt)
        if data is not None:
            return Opened(data, is_open=False)
    return None


def is_for_some(link: Link, name: str) -> bool:
    """Whether a link openly names this file as one that is not for everybody."""
    private = {paper.sha256 for paper in named(body_of(link)) if paper.is_private}
    return name in private or name in _reported(link)


def _fields(ledger: Ledger, reader: Reader, link: Link, viewer: str | None) -> list[Field]:
    genesis = ledger.trust.genesis
    return [
        disclosed.field
        for disclosed in ledger.disclosures.of_link(reader, link)
        if disclosed.field is not None and may_read(reader, genesis, disclosed, link, viewer)
    ]


def _reported(link: Link) -> list[str]:
    statement = link.statement or {}
    if (statement.get("type"), statement.get("op")) != ("recall", "report"):
        return []
    return [str(name) for name in statement.get("files", ())]


def _is_reported(ledger: Ledger, reader: Reader, link: Link, name: str, viewer: str | None) -> bool:
    if viewer is None or name not in _reported(link):
        return False
    if viewer == link.actor:
        return True
    return Access(reader, ledger.trust.genesis).remit(viewer) is not None
