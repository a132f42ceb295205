"""What is wrong with a batch's values, in the page's language: the ledger says it in English."""

import re
from functools import lru_cache

from .languages import is_chinese
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

_PLACE = re.compile(r"%\\\((\w+)\\\)s")

_OF_CELLS = (
    _l("it is empty"),
    _l("give the product's name"),
    _l("give how much the batch has"),
    _l("it has %(count)s cells under %(width)s headings"),
    _l("clear them, or put text with commas in quotes"),
    _l("write a delimiter for each empty cell too"),
    _l("a GTIN without a lot names a product and no batch"),
    _l("add the lot (批号), or leave the GTIN empty for a trace code of the ledger"),
    _l("a batch with GTIN and lot has a code of its own that follows from them"),
    _l("leave the trace code empty (%(code)s is this batch's)"),
    _l("the same batch stands in row %(row)s"),
    _l("keep one of the rows, or give each its own"),
    _l("%(item)s is in the ledger already, coded by you"),
    _l("%(item)s is in the ledger already, coded by %(party)s"),
    _l("leave the row out, or give another code"),
    _l("the cell holds the error %(error)s"),
    _l("its formula has not been calculated"),
    _l("repair the formula, or type the value"),
    _l("the cell holds %(value)s"),
    _l("type the value"),
    _l("repair it, or type the value"),
    _l("it holds the character %(sign)s, which nobody sees"),
    _l("type the text anew"),
    _l("it has %(count)s characters"),
    _l("at most %(most)s are kept: shorten it"),
    _l("the spreadsheet made a date of the %(kind)s"),
    _l("the spreadsheet made a number of the %(kind)s"),
    _l("the spreadsheet kept only 15 digits of the %(kind)s"),
    _l("the spreadsheet shortened the %(kind)s to %(value)s"),
    _l("format the column as text and type the %(kind)s again"),
)
_OF_AMOUNTS = (
    _l("%(word)s stands behind the number, %(unit)s as unit"),
    _l("keep one"),
    _l("it has no unit"),
    _l("head the column 重量(公斤)"),
    _l("add a column 单位 (unit) with 公斤, 斤, 个 or such"),
    _l("no unit %(unit)s is known"),
    _l("公斤, 斤, 克, 吨, 升, 毫升, 个, 只"),
    _l("公斤, 斤, 克, 吨, 升, 毫升, 个 or 只, say"),
    _l("%(unit)s is a package, and nothing says how much is in it"),
    _l("add a column 重量(公斤) (weight) beside it, or give the quantity in 公斤"),
    _l("format it as a number"),
    _l("%(value)s is no number"),
    _l("digits, with a point before decimals"),
    _l("it is negative"),
    _l("it is zero"),
    _l("give what the batch has; a batch that came to nothing is left out"),
    _l("it has more than %(most)s digits"),
    _l("round it"),
    _l("%(amount)s is more than any batch has"),
    _l("look at it again"),
    _l("%(amount)s cannot be kept exactly"),
    _l("a millionth of a kilogram, litre or piece is the least: round it"),
    _l("%(amount)s is no whole number"),
    _l("whole pieces, or the weight"),
)
_OF_VALUES = (
    _l("write it as 2026-11-24"),
    _l("%(value)s is a number and no date"),
    _l("format the cell as a date (%(date)s perhaps)"),
    _l("%(value)s is no date"),
    _l("the calendar has no %(value)s"),
    _l("%(date)s is in the future"),
    _l("a batch is coded once it is there"),
    _l("%(date)s is before %(year)s"),
    _l("look at the year again"),
    _l("%(value)s is no number of days"),
    _l("whole days, as in 3 or 3天"),
    _l("%(value)s is no fixed number of days"),
    _l("give the days that the label promises (%(days)s perhaps)"),
    _l("a shelf life of %(days)s days"),
    _l("1 to %(most)s days, or none"),
    _l("%(value)s is no division"),
    _l("2, 4, 6, 9 or 12 digits, or words"),
    _l("%(value)s is no GLN"),
    _l("13 digits, the last its check digit"),
    _l("%(value)s is no place"),
    _l("the place's URI as registered, or its GLN"),
    _l("type it again from the label"),
    _l("type it again from the bar code"),
    _l("format the column as text, since the spreadsheet drops zeros in front"),
    _l("%(value)s is no trace code: it must have 16 letters and digits, without U"),
    _l("trace code %(value)s has a wrong check character: look at each letter again"),
    _l("GTIN %(value)s must have 8, 12, 13 or 14 digits"),
    _l("GTIN %(value)s has a wrong check digit: %(digit)s would be right"),
    _l("lot %(value)s must have 1 to 20 ASCII letters, digits or signs of GS1's set 82"),
    _l("as it is printed on the goods"),
)
_OF_FILES = (
    _l("a table with headings and a row for each batch"),
    _l("it has no headings"),
    _l("a first row of 产品名称, 数量, 单位 and such"),
    _l("the heading %(heading)s is not understood"),
    _l("rename it (%(names)s), or put # before it to leave the column out"),
    _l("%(one)s and %(other)s mean the same"),
    _l("keep one of them, or put # before the other"),
    _l("no column %(heading)s"),
    _l("add it: each batch needs it"),
    _l("%(heading)s: no unit %(unit)s is known"),
    _l("write 公斤, 斤, 克, 吨, 升, 毫升 or 个 in the brackets"),
    _l("%(heading)s is not in days"),
    _l("give the shelf life in days, headed 保质期(天)"),
    _l("it is no workbook, whatever its name"),
    _l("save it as .xlsx"),
    _l("save it again as .xlsx, or as CSV UTF-8"),
    _l("save it as CSV UTF-8, or as .xlsx"),
    _l("it is a ZIP file and no Excel workbook"),
    _l("it is a binary workbook (.xlsb)"),
    _l("it is a workbook of the old kind"),
    _l("it is encrypted"),
    _l("save it without a password"),
    _l("it has no sheet that can be seen"),
    _l("add the table to it"),
    _l("it unpacks to more than %(size)s MiB"),
    _l("it is no table of batches; split it, or save it as CSV"),
    _l("it is cut off or damaged (%(error)s)"),
    _l("it declares a document type, which workbooks do not"),
    _l("its part %(name)s is missing"),
    _l("its part %(name)s is no XML that can be read (%(error)s)"),
    _l("it is in UTF-16"),
    _l("it is neither UTF-8 nor GB18030 text"),
    _l("line %(line)s holds a NUL byte"),
    _l("it is no text: save it as CSV UTF-8"),
    _l("line %(line)s: a quote opens and does not close"),
    _l("close it, or take it away"),
    _l("line %(line)s is longer than %(most)s characters"),
    _l("it is no table: save it as CSV UTF-8"),
    _l("it is not UTF-8 and was read as GB18030: see whether names are right"),
    _l("only the first sheet, %(sheet)s, was read, and not %(others)s"),
    _l("its macros were not looked at"),
    _l("the headings stand in row %(row)s; what is above was left out"),
    _l("not kept: the columns %(columns)s"),
)
_OF_FORMS = (
    _l("choose the category, as 蔬菜/叶菜类"),
    _l("say what it is, as 箱"),
    _l("how much is in one %(unit)s"),
    _l("%(unit)s stands there twice"),
    _l("%(unit)s is a measure by itself"),
    _l("packages only, as 箱, 筐, 袋"),
    _l("%(unit)s is stored as %(code)s"),
    _l("公斤, 克, 升 or 个"),
    _l("%(gtin)s is not under your company prefixes"),
    _l("one under %(prefixes)s"),
    _l("leave it empty: none is registered for you"),
    _l("%(gtin)s is a product of yours already"),
    _l("change that one"),
    _l("%(gtin)s is another party's"),
    _l("choose one of your products, or give a name"),
    _l("it is no product of yours"),
    _l("what begins today was produced today"),
    _l("record the harvest as a step"),
    _l("give another lot number"),
)
_KINDS = {
    "lot": _l("lot number"),
    "GTIN": _l("bar code"),
    "trace code": _l("trace code"),
    "place": _l("place"),
    "quantity": _l("quantity"),
    "shelf life": _l("shelf life"),
}


def said(text: str) -> str:
    """A text of the reading of tables in the page's language; as it is where nobody foresaw it."""
    if not is_chinese():
        return text
    for pattern, words in _patterns():
        if match := pattern.fullmatch(text):
            return _(words.message, **{n: _value(n, v) for n, v in match.groupdict().items()})
    return text


def _value(name: str, value: str) -> str:
    if name == "kind" and value in _KINDS:
        return str(_KINDS[value])
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Words], ...]:
    found = []
    for words in (*_OF_CELLS, *_OF_AMOUNTS, *_OF_VALUES, *_OF_FILES, *_OF_FORMS):
        pattern = _PLACE.sub(r"(?P<\1>.+?)", re.escape(words.message))
        found.append((re.compile(pattern, re.DOTALL), words))
    # What says more stands before what would take it as a value.
    return tuple(sorted(found, key=lambda one: -len(one[1].message)))
