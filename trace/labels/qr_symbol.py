"""The QR symbol of a label (ISO/IEC 18004), as a matrix of modules."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.util import MODE_ALPHA_NUM, QRData

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.codes import SERIAL_LENGTH

QUIET = 4
"""Modules that stay white on every side."""

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # in the order of their values
_TAIL = re.compile("[0-9A-Z $%*+./:-]*$")
_DARK = re.compile("1+")
_RECTANGLES: dict[int, dict[tuple[int, int], str]] = {}  # by side and place: as many as there are


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol without its quiet zone; `bits` are its modules row by row, the first the highest."""

    side: int
    bits: int

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """The runs of dark modules in a row: x, y, length."""
        for run in _DARK.finditer(self.text()):
            start, end = run.span()
            y, x = divmod(start, self.side + 1)
            yield x, y, end - start

    def text(self) -> str:
        """The modules as 0 and 1, the rows divided by spaces."""
        side = self.side
        digits = f"{self.bits:0{side * side}b}"
        return " ".join([digits[at : at + side] for at in range(0, side * side, side)])

    def rows(self) -> list[list[bool]]:
        """The modules row by row."""
        return [[letter == "1" for letter in row] for row in self.text().split()]

    def rectangles(self) -> str:
        """The dark modules as rectangles of a PDF path, a module being 1 wide."""
        known = _RECTANGLES.setdefault(self.side, {})
        paths = []
        for run in _DARK.finditer(self.text()):
            span = run.span()
            if span not in known:
                y, x = divmod(span[0], self.side + 1)
                known[span] = f"{x} {y} {span[1] - span[0]} 1 re"
            paths.append(known[span])
        return "\n".join(paths)

    def path(self) -> str:
        """The dark modules as one SVG path, a module being 1 wide and the quiet zone kept free."""
        return "".join(f"M{x + QUIET} {y + QUIET}h{run}v1h{-run}z" for x, y, run in self.runs())


def symbol(url: str) -> Symbol:
    """The symbol of a URL, of which a quarter may be dirty; LedgerError where it is too long."""
    return _packed(_code(url))


def symbols(urls: Sequence[str]) -> Iterator[Symbol]:
    """The symbols of labels' URLs, in order; fast where only the serials differ."""
    for _, batch in groupby(urls, key=lambda url: url[:-SERIAL_LENGTH]):
        family: _Family | None = None
        for url in batch:
            family = family or _Family(url)
            yield family.symbol(url)


class _Family:
    """The symbols of URLs that differ in their last characters only.

    For a version and a mask, each module is a sum modulo 2 of bits of the text: so is the error
    correction (Reed-Solomon codes are linear), and the mask is a constant. So a symbol is that of
    one text, with the modules turned over that each bit in which the texts differ turns over. The
    bits of two neighbouring characters are one number (alphanumeric mode).
    """

    def __init__(self, url: str) -> None:
        code = _code(url)
        self._version, self._mask = code.version, code.best_mask_pattern()
        at = _TAIL.search(url)
        assert at is not None
        self._head, tail = url[: at.start()], url[at.start() :]
        start = max(0, len(tail) - SERIAL_LENGTH)
        start -= start % 2
        self._same = self._head + tail[:start]
        self._fixed, self._zero = tail[:start], re.sub(".", "0", tail[start:])
        if len(tail) - start > SERIAL_LENGTH:
            self._zero = tail[start] + self._zero[1:]
        self._base = self._draw(self._zero)
        self._turned: dict[tuple[int, int], int] = {}

    def symbol(self, url: str) -> Symbol:
        end, bits = url[len(self._same) :], self._base
        is_other = not url.startswith(self._same) or len(end) != len(self._zero)
        if is_other or end.strip(_ALPHANUMERIC):
            return symbol(url)
        for at in range(0, len(end), 2):
            other = _value(end[at : at + 2]) ^ _value(self._zero[at : at + 2])
            while other:
                bit = other & -other
                other ^= bit
                turned = self._turned.get((at, bit))
                bits ^= self._turn(at, bit) if turned is None else turned
        return Symbol(self._version * 4 + 17, bits)

    def _turn(self, at: int, bit: int) -> int:
        """The modules that one bit of the pair of characters at a place turns over."""
        pair = self._zero[at : at + 2]
        first, second = divmod(_value(pair) ^ bit, 45)
        other = _ALPHANUMERIC[first] * (len(pair) > 1) + _ALPHANUMERIC[second]
        text = self._zero[:at] + other + self._zero[at + 2 :]
        modules = self._turned[at, bit] = self._draw(text) ^ self._base
        return modules

    def _draw(self, end: str) -> int:
        code = QRCode(
            version=self._version, error_correction=ERROR_CORRECT_Q, border=0,
            mask_pattern=self._mask,
        )  # fmt: skip
        _fill(code, self._head, self._fixed + end)
        code.make(fit=False)
        return _packed(code).bits


@lru_cache(maxsize=4096)
def _value(pair: str) -> int:
    values = [_ALPHANUMERIC.index(letter) for letter in pair]
    return values[0] * 45 + values[1] if len(values) == 2 else values[0]


def _code(url: str) -> QRCode:
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    at = _TAIL.search(url)
    assert at is not None
    try:
        _fill(code, url[: at.start()], url[at.start() :])
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        raise LedgerError("a URL of %s characters is too long for a label", len(url)) from None
    return code


def _fill(code: QRCode, head: str, tail: str) -> None:
    if head:
        code.add_data(head)
    if tail:
        code.add_data(QRData(tail.encode("ascii"), mode=MODE_ALPHA_NUM, check_data=False))


def _packed(code: QRCode) -> Symbol:
    rows = code.get_matrix()
    text = "".join("1" if dark else "0" for row in rows for dark in row)
    return Symbol(len(rows), int(text, 2))
