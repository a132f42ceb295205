"""The QR symbol of a label (ISO/IEC 18004), as a matrix of modules."""

from collections.abc import Sequence

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError

from ..errors import LedgerError

QUIET = 4
"""Modules that stay white on every side."""

Matrix = Sequence[Sequence[bool]]


def matrix(url: str) -> Matrix:
    """The symbol's modules, dark ones true, without the quiet zone; error correction Q.

    A quarter of the symbol may be dirty or torn. Raises LedgerError for a text that no symbol
    holds.
    """
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    try:
        code.add_data(url)
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        raise LedgerError(f"a URL of {len(url)} characters is too long for a label") from None
    found: Matrix = code.get_matrix()
    return found


def path(modules: Matrix) -> str:
    """The dark modules as one SVG path, a module being 1 wide and the quiet zone kept free."""
    parts = []
    for y, row in enumerate(modules, QUIET):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                parts.append(f"M{x + QUIET} {y}h{run - x}v1h{x - run}z")
            x = run + 1
    return "".join(parts)
