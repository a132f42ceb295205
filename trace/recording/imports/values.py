"""Values of cells: quantities, units, dates, shelf lives, places; CellError for what is none.

Units as people write them, and the UN/ECE codes that they are stored as. Measures that convert
exactly are taken: 公斤 (kg), 克, 毫克, 吨, 斤 (half a kilogram, stored as KGM), 两 (a twentieth),
升, 毫升, 立方米, each also by its UN/ECE code. Words that count single things (个 件 只 头 …) are
pieces, H87; 打 is a dozen. Words for packages (箱 袋 盒 瓶 筐 …) say nothing of how much is inside:
they are taken only beside a weight.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import uri as is_uri
from suyuan.trace.format.messages import msg, msg_in, quoted
from suyuan.trace.format.quantities import MICRO, UNITS, exact
from suyuan.trace.format.steps import MAX_DIGITS

from .cells import Cell, CellError, bare, checked, digits, half, is_blank, line, made_a_date
from .trade_units import WEIGHTS

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

_ONE = Decimal(1)
_NAMES: dict[tuple[str, str | Decimal], str] = {
    ("KGM", "1"): "公斤 千克 kg ㎏ kgs kilogram kilograms kilo 公斤数",
    ("KGM", WEIGHTS["斤"]): "斤 市斤",
    ("KGM", WEIGHTS["两"]): "两 市两",
    ("GRM", "1"): "克 g gram grams",
    ("MGM", "1"): "毫克 mg",
    ("TNE", "1"): "吨 公吨 t ton tons tonne tonnes",
    ("LTR", "1"): "升 公升 l liter liters litre litres",
    ("MLT", "1"): "毫升 ml",
    ("MTQ", "1"): "立方米 m3 m³ 立方",
    ("H87", "1"): "个 件 只 头 尾 枚 条 棵 株 匹 羽 块 片 颗 粒 根 隻 個 piece pieces pc pcs head",
    ("DZN", "1"): "打 dozen",
}
_FACTORS = {
    name: (code, Decimal(f)) for (code, f), names in _NAMES.items() for name in names.split()
}
_CODES = {code.casefold(): (code, _ONE) for code in UNITS}
_PACKAGES = """
    箱 袋 盒 瓶 包 桶 罐 筐 篓 板 托 扎 捆 把 篮 听 坛 提 套 串 车 批 份 柜 杯 支 卷 箩 框
    case cases box boxes carton cartons bag bags bottle bottles pack packs crate crates
    pallet pallets can cans basket baskets
"""
PACKAGES = frozenset(_PACKAGES.split())


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
            why = msg("'%(value)s' is no number", value=quoted(value[:30]))
            raise CellError(why, msg("digits, with a point before decimals"))
        sign, whole, part, rest = match.groups()
        number = Decimal(f"{sign}{(whole or '0').replace(',', '')}{part or ''}")
        word = rest.strip() or None
    if number <= 0:
        why = msg("it is negative") if number < 0 else msg("it is zero")
        fix = msg("give what the batch has; a batch that came to nothing is left out")
        raise CellError(why, fix)
    _require_few_digits(number)
    return number, word


def _require_few_digits(number: Decimal) -> None:
    """Raise CellError for more digits than are kept, without zeros at a number's ends."""
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise CellError(msg("it has more than %(most)s digits", most=MAX_DIGITS), msg("round it"))


def is_unit(text: str) -> bool:
    """Whether `text` is a unit that is taken, or a package."""
    word = bare(text)
    return word in _FACTORS or word in _CODES or word in PACKAGES


def unit(text: str) -> tuple[str, Decimal]:
    """The UN/ECE code that `text` is stored as, and how many of it are one; CellError if none."""
    word = bare(text)
    measure = _FACTORS.get(word) or _CODES.get(word)
    if measure is not None:
        return measure
    if word in PACKAGES:
        why = msg("%(unit)s is a package, and nothing says how much is in it", unit=text[:20])
        fix = msg("add a column 重量(公斤) (weight) beside it, or give the quantity in 公斤")
        raise CellError(why, fix)
    why = msg("no unit '%(unit)s' is known", unit=quoted(text[:20]))
    raise CellError(why, msg("公斤, 斤, 克, 吨, 升, 毫升, 个 or 只, say"))


def measured(number: Decimal, word: str) -> tuple[Decimal, str]:
    """The quantity as it is stored, and its UN/ECE code."""
    uom, factor = unit(word)
    value = number * factor
    known, written = exact(str(value), uom), f"{number} {word}"
    if (value if known is None else known.value) > MOST:
        why = msg("%(amount)s is more than any batch has", amount=written)
        raise CellError(why, msg("look at it again"))
    if known is None:
        why = msg("%(amount)s cannot be kept exactly", amount=written)
        fix = msg("a millionth of a kilogram, litre or piece is the least: round it")
        raise CellError(why, fix)
    if known.unit == "1" and known.micro % MICRO:
        why = msg("%(amount)s is no whole number", amount=written)
        raise CellError(why, msg("whole pieces, or the weight"))
    _require_few_digits(value)
    return value, uom


def day(cell: Cell, today: date) -> str:
    """The date in a cell as YYYY-MM-DD, not after `today`."""
    day = any_day(cell)
    if day > today:
        why = msg("%(date)s is in the future", date=str(day))
        raise CellError(why, msg("a batch is coded once it is there"))
    return day.isoformat()


def any_day(cell: Cell) -> date:
    """The date in a cell."""
    value = checked(cell)
    fix = msg("write it as 2026-11-24")
    if isinstance(value, datetime):
        day = value.date()
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
            day = date(year, month, number)
        except ValueError:
            raise CellError(msg("the calendar has no %(value)s", value=text[:30]), fix) from None
    if day.year < EARLIEST:
        why = msg("%(date)s is before %(year)s", date=str(day), year=EARLIEST)
        raise CellError(why, msg("look at the year again"))
    return day


def days(cell: Cell) -> int:
    """The shelf life in a cell, in days; weeks are seven, months and years are no fixed number."""
    value = checked(cell)
    if isinstance(value, datetime):
        raise CellError(made_a_date(msg("shelf life")), msg("format it as a number"))
    text = format(value, "f") if isinstance(value, Decimal) else bare(value)
    match = _LIFE.fullmatch(text)
    if match is None:
        why = msg("'%(value)s' is no number of days", value=quoted(text[:30]))
        raise CellError(why, msg("whole days, as in 3 or 3天"))
    number, word = int(match.group(1)), match.group(2) or ""
    if "月" in word or "年" in word or word[:1] in {"m", "y"}:
        about = number * 365 // (12 if "月" in word or word[0] == "m" else 1)
        fix = msg("give the days that the label promises (%(days)s perhaps)", days=about)
        raise CellError(msg("%(value)s is no fixed number of days", value=text[:30]), fix)
    number *= 7 if word[:1] in {"周", "星", "w"} else 1
    if not 1 <= number <= LONGEST:
        why = msg("a shelf life of %(days)s days", days=number)
        raise CellError(why, msg("1 to %(most)s days, or none", most=LONGEST))
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
        why = msg("%(value)s is no division", value=text[:30])
        raise CellError(why, msg("2, 4, 6, 9 or 12 digits, or words"))
    return text


def place(cell: Cell) -> str:
    """The URI of a place; a GLN stands for its own."""
    text = digits(cell, msg("place"))
    gln = text.removeprefix(f"{gs1.ID}/414/")
    if (gln != text or (text.isascii() and text.isdigit())) and not (
        len(gln) == 13 and gln.isascii() and gln.isdigit() and gs1.has_check_digit(gln)
    ):
        why = msg("'%(value)s' is no GLN", value=quoted(text[:80]))
        raise CellError(why, msg("13 digits, the last its check digit"))
    uri = f"{gs1.ID}/414/{gln}" if text == gln and text.isdigit() else text
    own = _PLACE.fullmatch(uri)
    if not is_uri(uri) or (own and len(own.group(1)) == 16 and not codes.is_code(own.group(1))):
        why = msg("'%(value)s' is no place", value=quoted(text[:80]))
        raise CellError(why, msg("the place's URI as registered, or its GLN"))
    return uri
