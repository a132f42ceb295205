"""Values as tables and forms give them, the text in them, and the errors of reading them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from suyuan.trace.format.messages import Message, msg

MAX_COLUMNS = 256
MAX_CELL = 32_767
"""Characters that a cell holds at most, as in spreadsheets."""

ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!")
)


class TableError(Exception):
    """A table that cannot be read; the text says what is wrong, where, and what to do."""

    def __init__(self, where: str, what: Message, fix: Message) -> None:
        self.message = msg("%s: %s; %s", where, what, fix)
        super().__init__(str(self.message))
        self.what, self.fix = what, fix


class CellError(Exception):
    """A value that cannot be taken: what is wrong with it and what would be right."""

    def __init__(self, what: Message, fix: Message) -> None:
        super().__init__(f"{what}; {fix}")
        self.what, self.fix = what, fix


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that holds an error of the spreadsheet instead of a value."""

    why: Message


Cell = str | Decimal | datetime | bool | Fault
Row = tuple[int, list[Cell]]
"""The row's number as a spreadsheet shows it, and its cells from column A on; "" is empty."""

Rows = Iterator[Row]

# U+FEFF and U+200B come along when text is copied from web pages.
_EDGES = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BREAK = re.compile(r"\s*[\t\r\n\v\f]+\s*")
_SPACE = re.compile(r"[\s\u200b\ufeff]+")
# Controls, directions that make text read otherwise than it is, halves of characters.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def half(text: str) -> str:
    """`text` with full-width letters, digits and signs as ASCII, and no spaces at its ends.

    Only these: Unicode's NFKC would also make 102 of 10².
    """
    return text.translate(_HALF).strip(_EDGES)


def bare(text: str) -> str:
    """`text` for comparing: half width, without any space, in lower case."""
    return _SPACE.sub("", text.translate(_HALF)).casefold()


def is_blank(cell: Cell) -> bool:
    """Whether nothing is in the cell but spaces."""
    return isinstance(cell, str) and not cell.strip(_EDGES)


def is_blank_row(cells: list[Cell]) -> bool:
    """Whether no cell has anything in it."""
    return all(is_blank(cell) for cell in cells)


def checked(cell: Cell) -> str | Decimal | datetime:
    """The cell's value, text without spaces at its ends; CellError for an error, TRUE and FALSE."""
    if isinstance(cell, Fault):
        raise CellError(cell.why, msg("repair the formula, or type the value"))
    if isinstance(cell, bool):
        why = msg("the cell holds %(value)s", value=str(cell).upper())
        raise CellError(why, msg("type the value"))
    if not isinstance(cell, str):
        return cell
    text = cell.strip(_EDGES)
    if text in ERRORS or (text and not text.strip("#")):
        why = msg("the cell holds the error %(error)s", error=text[:20])
        raise CellError(why, msg("repair it, or type the value"))
    return text


def line(cell: Cell, most: int) -> str:
    """The cell as one line of text of at most `most` characters; CellError otherwise."""
    value = checked(cell)
    if isinstance(value, datetime):
        text = value.date().isoformat()
    elif isinstance(value, Decimal):
        text = format(value, "f")
    else:
        text = value if value.isprintable() else _BREAK.sub(" ", value)
    if unwanted := _UNWANTED.search(text):
        sign = f"U+{ord(unwanted.group()):04X}"
        why = msg("it holds the character %(sign)s, which nobody sees", sign=sign)
        raise CellError(why, msg("type the text anew"))
    if len(text) > most:
        why = msg("it has %(count)s characters", count=len(text))
        raise CellError(why, msg("at most %(most)s are kept: shorten it", most=most))
    return text


def made_a_date(kind: Message) -> Message:
    """What is wrong where a date stands for a value of some other kind."""
    return msg("the spreadsheet made a date of the %(kind)s", kind=kind)


def digits(cell: Cell, kind: Message) -> str:
    """The cell as what somebody typed, a number being its digits.

    A number that the spreadsheet may have altered, by rounding it or by making a date of it, is
    refused: CellError.
    """
    value = checked(cell)
    fix = msg("format the column as text and type the %(kind)s again", kind=kind)
    if isinstance(value, datetime):
        raise CellError(made_a_date(kind), fix)
    if isinstance(value, Decimal):
        if value != value.to_integral_value() or value < 0:
            raise CellError(msg("the spreadsheet made a number of the %(kind)s", kind=kind), fix)
        if value >= 10**15:
            why = msg("the spreadsheet kept only 15 digits of the %(kind)s", kind=kind)
            raise CellError(why, fix)
        return str(int(value))
    if re.fullmatch(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+", value):
        why = msg(
            "the spreadsheet shortened the %(kind)s to %(value)s", kind=kind, value=value[:24]
        )
        raise CellError(why, fix)
    return line(half(value), MAX_CELL)
