"""C2SP tlog-proof: a text that shows offline that an entry is in a log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.keys.notes import MAX_NOTE

from .errors import LogError
from .merkle import HASH
from .proofs import MAX_PROOF

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An entry's index, its inclusion proof from the leaf upwards, and a checkpoint's note."""

    index: int
    hashes: tuple[bytes, ...]
    note: str


def encode(index: int, hashes: Sequence[bytes], note: str) -> str:
    """The proof's text, without extra data."""
    return joined(index, "".join(map(line, hashes)), note)


def line(step: bytes) -> str:
    """The line of a hash."""
    return base64.encode(step) + "\n"


def joined(index: int, lines: str, note: str) -> str:
    """The proof's text by the lines of its hashes."""
    return f"{_HEAD}\nindex {index}\n{lines}\n{note}"


def parse(text: str) -> TlogProof:
    """The proof that a text gives, nothing verified and extra data left out; else LogError."""
    head, separator, note = text.partition("\n\n")
    if not separator or len(note) > MAX_NOTE:
        raise LogError("not a tlog-proof: no empty line before the checkpoint, or too long")
    lines = head.split("\n")
    if lines[0] != _HEAD:
        raise LogError("not a tlog-proof: it begins otherwise than %s", _HEAD)
    rest = lines[1:]
    if rest and rest[0].startswith("extra "):
        _decode(rest.pop(0)[6:], "extra data")
    match = _INDEX.fullmatch(rest[0]) if rest else None
    if match is None or int(match[1]) >= 1 << 63:
        raise LogError("a tlog-proof without an index")
    if len(rest) - 1 > MAX_PROOF:
        raise LogError("a tlog-proof of more than %s hashes", MAX_PROOF)
    hashes = tuple(_decode(line, "a hash") for line in rest[1:])
    if any(len(step) != HASH for step in hashes):
        raise LogError("a tlog-proof whose hashes have not %s bytes", HASH)
    return TlogProof(int(match[1]), hashes, note)


def _decode(text: str, name: str) -> bytes:
    try:
        return base64.decode(text)
    except EncodingError as error:
        raise LogError("a tlog-proof in which %s is %s", name, error) from None
