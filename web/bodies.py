"""Bodies of requests from outside, read within limits."""

from dataclasses import dataclass
from itertools import islice

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, ClientDisconnected

from suyuan.trace.link import MAX_ENTRY

from .problems import ProblemError

MAX_BYTES = 8 << 20
MAX_ELEMENTS = 1_000
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Offered:
    """Entries in order; `is_array` where they came as a JSON array."""

    entries: list[bytes]
    is_array: bool


def entries() -> Offered:
    """The entry, or the array of entries, that the request carries.

    A body that begins otherwise than an array is one entry: its bytes as they came, for the
    ledger to accept or refuse. Raises ProblemError for an array that is none of strings, or is
    too long, and for a body that is too large or not JSON by its type.
    """
    if request.mimetype != "application/json":
        raise ProblemError(415, "send an entry, or an array of entries, as application/json")
    body = _read()
    if not body.lstrip(_SPACE).startswith(b"["):
        return Offered([body[: MAX_ENTRY + 1]], is_array=False)
    if len(body) > MAX_BYTES:
        raise ProblemError(413, "an array may have 8 MiB: send several arrays")
    return Offered(_array(body), is_array=True)


def _read() -> bytes:
    """The body, at most one byte more than is allowed."""
    request.max_content_length = 1 << 62  # so that an entry that is too large is named as one
    try:
        return request.stream.read(MAX_BYTES + 1)
    except (ClientDisconnected, OSError):
        raise BadRequest("the body ended before its end") from None


def _array(body: bytes) -> list[bytes]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(400, f"the array is not JSON: {error}") from None
    if len(found) > MAX_ELEMENTS:
        raise ProblemError(
            413, f"an array may have {MAX_ELEMENTS:,} entries, not {len(found):,}: send several"
        )
    for number, element in enumerate(islice(found, MAX_ELEMENTS)):
        if not isinstance(element, str):
            raise ProblemError(400, f"element {number} of the array is no string: give each entry")
    return [element.encode() for element in found]
