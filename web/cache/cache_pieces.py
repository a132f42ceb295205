"""A page cut where its texts change from one answer to the next, and put together again.

Compressed, the long parts between are deflated once, each by itself; the rest goes between them in
stored blocks, and the checksum of the whole is made of the parts' own (RFC 1951, RFC 1952).
"""

import hashlib
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"  # a last block, empty
_SHORT = 400  # bytes that are not worth a block of their own
_POLYNOMIAL = 0xEDB88320


class Tokens:
    """Numbers that nobody can guess, put where a text is to change."""

    def __init__(self, names: Iterable[str]) -> None:
        self.number = {name: 10**17 + secrets.randbelow(9 * 10**17) for name in names}

    def text(self, name: str) -> str:
        """What stands for a text."""
        return str(self.number[name])

    def cut(self, text: str) -> tuple[str, ...]:
        """The text's parts: what stays, a name, what stays, a name, and so on."""
        names = {str(number): name for name, number in self.number.items()}
        parts = re.split(f"({'|'.join(names)})", text)
        return tuple(names[part] if at % 2 else part for at, part in enumerate(parts))


@dataclass(frozen=True, slots=True)
class _Long:
    """A part that stays: deflated to the end of a byte, with the size and checksum of its bytes."""

    deflated: bytes
    size: int
    crc: int
    shift: int  # what its length does to the checksum of what goes before


@dataclass(frozen=True, slots=True)
class Pieces:
    """A page with names where texts are put in; `tag` names what stays."""

    parts: tuple["_Long | bytes | str", ...]
    tag: str
    _ends: dict[str, tuple[Mapping[str, str], bytes]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return sum(len(p.deflated if isinstance(p, _Long) else p) + 120 for p in self.parts)

    def plain(self, texts: Mapping[str, str]) -> bytes:
        """The page as it is."""
        return b"".join(
            zlib.decompress(part.deflated + _END, -15) if isinstance(part, _Long) else part
            for part in self._filled(texts)
        )

    def compressed(self, texts: Mapping[str, str]) -> bytes:
        """The page as one member of gzip."""
        members = [_HEAD]
        waiting: list[bytes] = []
        for part in self._filled(texts):
            if isinstance(part, bytes):
                waiting.append(part)
                continue
            members += [*_stored(b"".join(waiting)), part.deflated]
            waiting.clear()
        return b"".join([*members, *_stored(b"".join(waiting)), self._end(texts)])

    def _end(self, texts: Mapping[str, str]) -> bytes:
        """The member's end, with checksum and size; kept, since most texts are as last time."""
        known = self._ends.get("last")
        if known is not None and known[0] == texts:
            return known[1]
        crc, size = 0, 0
        for part in self._filled(texts):
            if isinstance(part, bytes):
                crc, size = zlib.crc32(part, crc), size + len(part)
            else:
                crc, size = _times(part.shift, crc) ^ part.crc, size + part.size
        end = _END + crc.to_bytes(4, "little") + size.to_bytes(4, "little")
        self._ends["last"] = texts, end
        return end

    def etag(self, texts: Mapping[str, str]) -> str:
        """A weak validator of what is put together of these."""
        filled = "\0".join(f"{name}={texts[name]}" for name in sorted(texts))
        return f'W/"{self.tag}{hashlib.sha256(filled.encode()).hexdigest()[:16]}"'

    def _filled(self, texts: Mapping[str, str]) -> Iterator[_Long | bytes]:
        for part in self.parts:
            yield texts[part].encode() if isinstance(part, str) else part


def pieces(parts: tuple[str, ...]) -> Pieces:
    """The pieces of a page that tokens cut."""
    digest = hashlib.sha256()
    made: list[_Long | bytes | str] = []
    for at, part in enumerate(parts):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
        if at % 2:
            made.append(part)
        elif data:
            made.append(data if len(data) < _SHORT else _long(data))
    return Pieces(tuple(made), digest.hexdigest()[:32])


def _long(data: bytes) -> _Long:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    deflated = squeeze.compress(data) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return _Long(deflated, len(data), zlib.crc32(data), _shift(len(data)))


def _stored(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 65_535):
        part = data[at : at + 65_535]
        size = len(part)
        yield b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + part


def _times(left: int, right: int) -> int:
    """The product of two polynomials over GF(2), bit-reversed, modulo that of CRC-32."""
    product = 0
    while left:
        if left & 0x80000000:
            product ^= right
        left = left << 1 & 0xFFFFFFFF
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product


def _shift(size: int) -> int:
    """x to the power of 8 times a size: what so many bytes do to the checksum before them."""
    shift, power = 0x80000000, 0x00800000  # 1, and x^8
    while size:
        if size & 1:
            shift = _times(power, shift)
        power = _times(power, power)
        size >>= 1
    return shift
