"""Values of a table's cells: quantities, dates, shelf lives, places; CellError for what is none."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from ..identifiers import codes, gs1
from ..identifiers.errors import IdentifierError
from ..members import uri as is_uri
from ..quantities import MICRO, exact
from ..steps import MAX_DIGITS
from . import units
from .cells import Cell, bare, checked, digits, half, is_blank, line
from .errors import CellError

MOST = 100_000_000
"""Kilograms, litres or pieces that one batch can have: more is a slip."""

EARLIEST = 1950
LONGEST = 36_500
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(\.[0-9]+)?(?![0-9.,])(.*)")
_DATE = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?)"
    r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_LIFE = re.compile(r"([0-9]{1,9})(天|日|days?|d|周|星期|weeks?|个?月|months?|年|years?)?")
_PLACE = re.compile(r"https://[^/]+/place/([^/]+)")
_NONE = frozenset(("", "-", "--", "—", "——", "/", "\\", "无", "n/a", "none", "不适用"))


def is_none(cell: Cell) -> bool:
    """Whether an optional cell is empty, or says by 无, a hyphen or a slash that there is none."""
    return is_blank(cell) or (isinstance(cell, str) and len(cell) < 12 and bare(cell) in _NONE)


def amount(cell: Cell) -> tuple[Decimal, str | None]:
    """The number in a cell, and the unit behind it if one is there."""
    value = checked(cell)
    if isinstance(value, datetime):
        raise CellError("the spreadsheet made a date of the quantity", "format it as a number")
    if isinstance(value, Decimal):
        number, word = value, None
    else:
        match = _AMOUNT.fullmatch(half(value))
        if match is None or (match.group(2) is None and match.group(3) is None):
            raise CellError(f"{value[:30]!r} is no number", "digits, with a point before decimals")
        sign, whole, part, rest = match.groups()
        number = Decimal(f"{sign}{(whole or '0').replace(',', '')}{part or ''}")
        word = rest.strip() or None
    if number <= 0:
        what = "it is negative" if number < 0 else "it is zero"
        raise CellError(what, "give what the batch has; a batch that came to nothing is left out")
    if significant(number) > MAX_DIGITS:
        raise CellError(f"it has more than {MAX_DIGITS} digits", "round it")
    return number, word


def significant(number: Decimal) -> int:
    """How many digits a number has, without zeros at its ends."""
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))


def measured(number: Decimal, word: str) -> tuple[Decimal, str]:
    """The quantity as it is stored, and its UN/ECE code."""
    uom, factor = units.unit(word)
    value = number * factor
    kept = exact(str(value), uom)
    if kept is None:
        if value > MOST:
            raise CellError(f"{number} {word} is more than any batch has", "look at it again")
        raise CellError(
            f"{number} {word} cannot be kept exactly",
            "a millionth of a kilogram, litre or piece is the least: round it",
        )
    if kept.value > MOST:
        raise CellError(f"{number} {word} is more than any batch has", "look at it again")
    if kept.unit == "1" and kept.micro % MICRO:
        raise CellError(f"{number} {word} is no whole number", "whole pieces, or the weight")
    if significant(value) > MAX_DIGITS:
        raise CellError(f"it has more than {MAX_DIGITS} digits", "round it")
    return value, uom


def day(cell: Cell, today: date) -> str:
    """The date in a cell as YYYY-MM-DD, not after `today`."""
    value = checked(cell)
    fix = "write it as 2026-11-24"
    if isinstance(value, datetime):
        found = value.date()
    else:
        text = format(value, "f") if isinstance(value, Decimal) else half(value)
        match = _COMPACT.fullmatch(text) or _DATE.fullmatch(text)
        if match is None:
            if isinstance(value, Decimal) and 20_000 < value < 80_000:
                guess = date(1899, 12, 30) + timedelta(int(value))
                fix = f"format the cell as a date ({guess} perhaps)"
                raise CellError(f"{text} is a number and no date", fix)
            raise CellError(f"{text[:30]!r} is no date", fix)
        year, month, number = (int(part) for part in match.groups() if part and part.isdigit())
        try:
            found = date(year, month, number)
        except ValueError:
            raise CellError(f"the calendar has no {text[:30]}", fix) from None
    if found > today:
        raise CellError(f"{found} is in the future", "a batch is coded once it is there")
    if found.year < EARLIEST:
        raise CellError(f"{found} is before {EARLIEST}", "look at the year again")
    return found.isoformat()


def days(cell: Cell) -> int:
    """The shelf life in a cell, in days; weeks are seven, months and years are no fixed number."""
    value = checked(cell)
    if isinstance(value, datetime):
        raise CellError("the spreadsheet made a date of the shelf life", "format it as a number")
    text = format(value, "f") if isinstance(value, Decimal) else bare(value)
    match = _LIFE.fullmatch(text)
    if match is None:
        raise CellError(f"{text[:30]!r} is no number of days", "whole days, as in 3 or 3天")
    number, word = int(match.group(1)), match.group(2) or ""
    if "月" in word or "年" in word or word[:1] in {"m", "y"}:
        about = number * 365 // (12 if "月" in word or word[0] == "m" else 1)
        fix = f"give the days that the label promises ({about} perhaps)"
        raise CellError(f"{text[:30]} is no fixed number of days", fix)
    number *= 7 if word[:1] in {"周", "星", "w"} else 1
    if not 1 <= number <= LONGEST:
        raise CellError(f"a shelf life of {number} days", f"1 to {LONGEST} days, or none")
    return number


def trace_code(cell: Cell) -> str:
    """The trace code that was typed, its check character right."""
    try:
        return codes.read(digits(cell, "trace code"))
    except IdentifierError as error:
        raise CellError(str(error), "type it again from the label") from None


def gtin(cell: Cell) -> str:
    """The GTIN in 14 digits, its check digit right."""
    text = digits(cell, "GTIN").replace(" ", "").replace("-", "")
    try:
        return gs1.gtin14(text)
    except IdentifierError as error:
        fix = "type it again from the bar code"
        if isinstance(cell, Decimal) and len(text) < 13:
            fix = "format the column as text, since the spreadsheet drops zeros in front"
        raise CellError(str(error), fix) from None


def origin(cell: Cell) -> str:
    """Where it grew or was made, in words or as a division code."""
    text = line(cell, 200)
    if text.isascii() and text.isdigit() and len(text) not in (2, 4, 6, 9, 12):
        raise CellError(f"{text[:30]} is no division", "2, 4, 6, 9 or 12 digits, or words")
    return text


def place(cell: Cell) -> str:
    """The URI of a place; a GLN stands for its own."""
    text = digits(cell, "place")
    gln = text.removeprefix(f"{gs1.ID}/414/")
    if (gln != text or (text.isascii() and text.isdigit())) and not (
        len(gln) == 13 and gln.isascii() and gln.isdigit() and gs1.has_check_digit(gln)
    ):
        raise CellError(f"{text[:80]!r} is no GLN", "13 digits, the last its check digit")
    uri = f"{gs1.ID}/414/{gln}" if text == gln and text.isdigit() else text
    own = _PLACE.fullmatch(uri)
    if not is_uri(uri) or (own and len(own.group(1)) == 16 and not codes.is_code(own.group(1))):
        raise CellError(f"{text[:80]!r} is no place", "the place's URI as registered, or its GLN")
    return uri
