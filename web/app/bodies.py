"""Bodies of requests from outside, read within limits."""

import re
from dataclasses import dataclass
from itertools import islice

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, ClientDisconnected

from suyuan.keys import base64, canonical
from suyuan.keys.errors import CanonicalError, EncodingError
from suyuan.trace.format.link import MAX_ENTRY
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.recording.upload import Enclosed, Handed

from .problems import ProblemError

MAX_BYTES = 8 << 20
MAX_ELEMENTS = 1_000
_BODY = msg("the body")
MAX_VALUES = 300_000  # over 8 MiB of the smallest disclosures, each with its audience
_SPACE = b" \t\r\n"
MAX_DISCLOSURES = 100  # with one entry
MAX_ATTACHMENTS = 100
_MEMBERS = frozenset({"entry", "attachments", "disclosures"})
_OF_DISCLOSURE = frozenset({"disclosure", "audience"})
# An entry begins with its payload, in one spelling; what begins so encloses one.
_ENCLOSING = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"(entry|attachments|disclosures)"')


@dataclass(frozen=True, slots=True)
class Offered:
    """Entries in order, with what came with each; `is_array` where they came as a JSON array."""

    entries: list[Enclosed]
    is_array: bool


def entries() -> Offered:
    """The entry, or the array of entries, that the request carries.

    Each is the entry itself, in an array as a string, or an object of the `entry`, its
    `attachments` in base64 and the `disclosures` of what it hides. Any other body that begins
    otherwise than an array is one entry: its bytes as they came, for the ledger to accept or
    refuse. Raises ProblemError for an array of anything else, for one that is too long, and for a
    body that is too large or not JSON by its type.
    """
    if request.mimetype != "application/json":
        raise ProblemError(415, "send an entry, or an array of entries, as application/json")
    body = _read()
    is_array = body.lstrip(_SPACE).startswith(b"[")
    is_enclosing = not is_array and _ENCLOSING.match(body) is not None
    if not is_array and not is_enclosing:
        return Offered([Enclosed(body[: MAX_ENTRY + 1])], is_array=False)
    if len(body) > MAX_BYTES:
        if is_array:
            raise ProblemError(413, "an array may have 8 MiB: send several arrays")
        raise ProblemError(413, "an entry and its attachments may have 8 MiB: send less with it")
    if is_enclosing:
        return Offered([_element(_parsed(body, _BODY), _BODY)], is_array=False)
    return Offered(_array(body), is_array=True)


def _read() -> bytes:
    """The body, at most one byte more than is allowed."""
    request.max_content_length = 1 << 62  # so that an entry that is too large is named as one
    try:
        return request.stream.read(MAX_BYTES + 1)
    except (ClientDisconnected, OSError):
        raise BadRequest("the body ended before its end") from None


def _parsed(body: bytes, part: Message) -> object:
    # 8 MiB of `{}` parsed are a second's work and 200 MiB.
    try:
        canonical.bound_values(body, MAX_VALUES)
    except CanonicalError as error:
        raise ProblemError(413, "%s has %s: send less in it", part, error) from None
    try:
        return orjson.loads(body)  # whose depth is bounded too, and no deeper value is kept
    except orjson.JSONDecodeError as error:
        raise ProblemError(400, "%s is not JSON: %s", part, error) from None


def _array(body: bytes) -> list[Enclosed]:
    elements = _parsed(body, msg("the array"))
    assert isinstance(elements, list)
    if len(elements) > MAX_ELEMENTS:
        raise ProblemError(
            413,
            "an array may have %s entries, not %s: send several",
            f"{MAX_ELEMENTS:,}",
            f"{len(elements):,}",
        )
    return [
        Enclosed(element.encode())
        if isinstance(element, str)
        else _element(element, msg("element %s of the array", number))
        for number, element in enumerate(islice(elements, MAX_ELEMENTS))
    ]


def _element(value: object, where: Message) -> Enclosed:
    if not isinstance(value, dict):
        raise ProblemError(
            400,
            "%s is neither a string nor an object: give each entry, or it with its files",
            where,
        )
    entry, attached = value.get("entry"), value.get("attachments", [])
    disclosures = value.get("disclosures", [])
    is_good = isinstance(attached, list) and isinstance(disclosures, list)
    if not isinstance(entry, str) or not is_good or not value.keys() <= _MEMBERS:
        raise ProblemError(
            400,
            "%s must be an object of entry, a string, and attachments and disclosures, lists",
            where,
        )
    if len(attached) > MAX_ATTACHMENTS:
        raise ProblemError(400, "%s has over %s attachments", where, MAX_ATTACHMENTS)
    if len(disclosures) > MAX_DISCLOSURES:
        raise ProblemError(400, "%s has over %s disclosures", where, MAX_DISCLOSURES)
    return Enclosed(
        entry.encode(),
        tuple(_attachment(part, where) for part in attached),
        tuple(_disclosure(part, where) for part in disclosures),
    )


def _disclosure(value: object, where: Message) -> Handed:
    """One disclosure: its string, or an object of it and its audience."""
    if isinstance(value, str):
        return Handed(value)
    if isinstance(value, dict) and isinstance(value.get("disclosure"), str):
        try:
            if value.keys() <= _OF_DISCLOSURE:
                audience = Audience.read(value["audience"]) if "audience" in value else None
                return Handed(value["disclosure"], audience)
        except PrivateError as error:
            raise ProblemError(400, "%s: %s", where, error) from None
    raise ProblemError(
        400, "%s: a disclosure is a string, or an object of disclosure and audience", where
    )


def _attachment(value: object, where: Message) -> bytes:
    try:
        return base64.decode(value if isinstance(value, str) else "*")
    except EncodingError as error:
        raise ProblemError(400, "%s: an attachment is not base64: %s", where, error) from None
