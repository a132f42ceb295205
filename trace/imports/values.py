"""Values of a table's cells: quantities, dates, shelf lives, places; CellError for what is none."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from ..identifiers import codes, gs1
from ..identifiers.errors import IdentifierError
from ..members import uri as is_uri
from ..messages import msg, msg_in, quoted
from ..quantities import MICRO, exact
from ..steps import MAX_DIGITS
from . import units
from .cells import Cell, bare, checked, digits, half, is_blank, line, made_a_date
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
        raise CellError(made_a_date(msg("quantity")), msg("format it as a number"))
    if isinstance(value, Decimal):
        number, word = value, None
    else:
        match = _AMOUNT.fullmatch(half(value))
        if match is None or (match.group(2) is None and match.group(3) is None):
            raise CellError(
                msg("'%(value)s' is no number", value=quoted(value[:30])),
                msg("digits, with a point before decimals"),
            )
        sign, whole, part, rest = match.groups()
        number = Decimal(f"{sign}{(whole or '0').replace(',', '')}{part or ''}")
        word = rest.strip() or None
    if number <= 0:
        what = msg("it is negative") if number < 0 else msg("it is zero")
        raise CellError(
            what, msg("give what the batch has; a batch that came to nothing is left out")
        )
    if significant(number) > MAX_DIGITS:
        raise CellError(msg("it has more than %(most)s digits", most=MAX_DIGITS), msg("round it"))
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
            raise CellError(
                msg("%(amount)s is more than any batch has", amount=f"{number} {word}"),
                msg("look at it again"),
            )
        raise CellError(
            msg("%(amount)s cannot be kept exactly", amount=f"{number} {word}"),
            msg("a millionth of a kilogram, litre or piece is the least: round it"),
        )
    if kept.value > MOST:
        raise CellError(
            msg("%(amount)s is more than any batch has", amount=f"{number} {word}"),
            msg("look at it again"),
        )
    if kept.unit == "1" and kept.micro % MICRO:
        raise CellError(
            msg("%(amount)s is no whole number", amount=f"{number} {word}"),
            msg("whole pieces, or the weight"),
        )
    if significant(value) > MAX_DIGITS:
        raise CellError(msg("it has more than %(most)s digits", most=MAX_DIGITS), msg("round it"))
    return value, uom


def day(cell: Cell, today: date) -> str:
    """The date in a cell as YYYY-MM-DD, not after `today`."""
    value = checked(cell)
    fix = msg("write it as 2026-11-24")
    if isinstance(value, datetime):
        found = value.date()
    else:
        text = format(value, "f") if isinstance(value, Decimal) else half(value)
        match = _COMPACT.fullmatch(text) or _DATE.fullmatch(text)
        if match is None:
            if isinstance(value, Decimal) and 20_000 < value < 80_000:
                guess = date(1899, 12, 30) + timedelta(int(value))
                fix = msg("format the cell as a date (%(date)s perhaps)", date=str(guess))
                raise CellError(msg("%(value)s is a number and no date", value=text), fix)
            raise CellError(msg("'%(value)s' is no date", value=quoted(text[:30])), fix)
        year, month, number = (int(part) for part in match.groups() if part and part.isdigit())
        try:
            found = date(year, month, number)
        except ValueError:
            raise CellError(msg("the calendar has no %(value)s", value=text[:30]), fix) from None
    if found > today:
        raise CellError(
            msg("%(date)s is in the future", date=str(found)),
            msg("a batch is coded once it is there"),
        )
    if found.year < EARLIEST:
        raise CellError(
            msg("%(date)s is before %(year)s", date=str(found), year=EARLIEST),
            msg("look at the year again"),
        )
    return found.isoformat()


def days(cell: Cell) -> int:
    """The shelf life in a cell, in days; weeks are seven, months and years are no fixed number."""
    value = checked(cell)
    if isinstance(value, datetime):
        raise CellError(made_a_date(msg("shelf life")), msg("format it as a number"))
    text = format(value, "f") if isinstance(value, Decimal) else bare(value)
    match = _LIFE.fullmatch(text)
    if match is None:
        raise CellError(
            msg("'%(value)s' is no number of days", value=quoted(text[:30])),
            msg("whole days, as in 3 or 3天"),
        )
    number, word = int(match.group(1)), match.group(2) or ""
    if "月" in word or "年" in word or word[:1] in {"m", "y"}:
        about = number * 365 // (12 if "月" in word or word[0] == "m" else 1)
        fix = msg("give the days that the label promises (%(days)s perhaps)", days=about)
        raise CellError(msg("%(value)s is no fixed number of days", value=text[:30]), fix)
    number *= 7 if word[:1] in {"周", "星", "w"} else 1
    if not 1 <= number <= LONGEST:
        raise CellError(
            msg("a shelf life of %(days)s days", days=number),
            msg("1 to %(most)s days, or none", most=LONGEST),
        )
    return number


def trace_code(cell: Cell) -> str:
    """The trace code that was typed, its check character right."""
    try:
        return codes.read(digits(cell, msg("trace code")))
    except IdentifierError as error:
        raise CellError(error.message, msg("type it again from the label")) from None


def gtin(cell: Cell) -> str:
    """The GTIN in 14 digits, its check digit right."""
    text = digits(cell, msg_in("kind", "GTIN")).replace(" ", "").replace("-", "")
    try:
        return gs1.gtin14(text)
    except IdentifierError as error:
        fix = msg("type it again from the bar code")
        if isinstance(cell, Decimal) and len(text) < 13:
            fix = msg("format the column as text, since the spreadsheet drops zeros in front")
        raise CellError(error.message, fix) from None


def origin(cell: Cell) -> str:
    """Where it grew or was made, in words or as a division code."""
    text = line(cell, 200)
    if text.isascii() and text.isdigit() and len(text) not in (2, 4, 6, 9, 12):
        raise CellError(
            msg("%(value)s is no division", value=text[:30]),
            msg("2, 4, 6, 9 or 12 digits, or words"),
        )
    return text


def place(cell: Cell) -> str:
    """The URI of a place; a GLN stands for its own."""
    text = digits(cell, msg("place"))
    gln = text.removeprefix(f"{gs1.ID}/414/")
    if (gln != text or (text.isascii() and text.isdigit())) and not (
        len(gln) == 13 and gln.isascii() and gln.isdigit() and gs1.has_check_digit(gln)
    ):
        raise CellError(
            msg("'%(value)s' is no GLN", value=quoted(text[:80])),
            msg("13 digits, the last its check digit"),
        )
    uri = f"{gs1.ID}/414/{gln}" if text == gln and text.isdigit() else text
    own = _PLACE.fullmatch(uri)
    if not is_uri(uri) or (own and len(own.group(1)) == 16 and not codes.is_code(own.group(1))):
        raise CellError(
            msg("'%(value)s' is no place", value=quoted(text[:80])),
            msg("the place's URI as registered, or its GLN"),
        )
    return uri
