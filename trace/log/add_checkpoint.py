"""The body by which a log asks a witness for its cosignature (C2SP tlog-witness)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError

from .errors import LogError
from .merkle import HASH

MAX_PROOF = 63  # lines
MAX_BODY = 64 << 10  # a note of 16 ML-DSA lines fits
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """A consistency proof from the size `old` to that of the checkpoint in `note`, all unchecked.

    The hashes have 32 bytes each and are at most 63; `old` is below 2^63; `note` is any text.
    """

    old: int
    proof: list[bytes]
    note: str


def encode(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body; LogError where `parse` would refuse it."""
    lines = [f"old {old}", *(base64.encode(step) for step in proof), "", note]
    try:
        body = "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise LogError("a note that is no UTF-8") from None
    parse(body)
    return body


def parse(body: bytes) -> Request:
    """What a body asks for; LogError for any other than `encode` makes, or over 64 KiB."""
    if len(body) > MAX_BODY:
        raise LogError(f"a request of over {MAX_BODY >> 10} KiB")
    head, separator, note = body.partition(b"\n\n")
    if not separator:
        raise LogError("no empty line between the consistency proof and the checkpoint")
    first, *steps = head.split(b"\n", MAX_PROOF + 1)
    match = _OLD.fullmatch(first.decode("latin-1"))
    if match is None or int(match.group(1)) >= 1 << 63:
        raise LogError("the first line is: old <size>, in decimal and below 2^63")
    if len(steps) > MAX_PROOF:
        raise LogError(f"over {MAX_PROOF} lines of consistency proof")
    try:
        proof = [base64.decode(step.decode("latin-1")) for step in steps]
        text = note.decode()
    except EncodingError as error:
        raise LogError(f"a line of the consistency proof is {error}") from None
    except UnicodeDecodeError:
        raise LogError("a checkpoint that is no UTF-8") from None
    if any(len(step) != HASH for step in proof):
        raise LogError(f"a line of the consistency proof is not {HASH} bytes in base64")
    return Request(int(match.group(1)), proof, text)
