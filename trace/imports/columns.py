"""Headings of a table: what each column means, in Chinese or English and any order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..messages import msg, quoted
from .cells import Cell, bare, half, is_blank
from .errors import TableError
from .units import is_unit

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "code": ("追溯码", "溯源码", "trace code"),
        "product": (
            *("产品名称", "品名", "名称", "产品", "商品名称", "商品名", "食品名称", "货品名称"),
            *("product", "product name", "name"),
        ),
        "spec": ("规格", "规格型号", "包装规格", "spec", "specification"),
        "category": ("类别", "品类", "产品类别", "分类", "category"),
        "quantity": ("数量", "批次数量", "quantity", "qty"),
        "weight": ("重量", "净重", "总重量", "weight", "net weight"),
        "unit": ("单位", "计量单位", "数量单位", "unit", "uom"),
        "produced": (
            *("生产日期", "采收日期", "采摘日期", "屠宰日期", "捕捞日期"),
            *("production date", "date of production", "harvest date"),
        ),
        "shelf_life": ("保质期", "保质天数", "保质期天数", "shelf life", "shelf life days"),
        "origin": ("产地", "原产地", "origin"),
        "gtin": ("gtin", "商品条码", "条码", "条形码", "商品条形码", "barcode"),
        "lot": (
            *("批号", "批次", "批次号", "生产批号", "生产批次"),
            *("lot", "lot number", "batch", "batch number"),
        ),
        "place": ("场所", "场所编码", "场所编号", "place"),
    }
)
IGNORED = (
    *("备注", "说明", "序号", "行号", "remark", "remarks", "note", "notes", "comment"),
    *("comments", "no", "no."),
)
"""Columns that may stand in a table and are not kept: free text is not published."""

_MEANINGS = {bare(name): field for field, names in NAMES.items() for name in names}
_IGNORED = {bare(name) for name in IGNORED}
_HINT = re.compile(r"(.+?)[(\[【]([^()\[\]【】]*)[)\]】]", re.DOTALL)
_MARKS = frozenset(("必填", "选填", "可选", "可不填", "required", "optional"))
_DAYS = frozenset(("天", "日", "天数", "days", "day", "d"))
_LONGER = re.compile(r"个?月|年|周|months?|years?|weeks?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it stands, its heading as written, its unit in brackets."""

    at: int
    heading: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they mean, how many it has, and what is not kept."""

    of: Mapping[str, Column]
    width: int
    ignored: tuple[str, ...]


def known(cells: Sequence[Cell]) -> int:
    """How many of the cells are headings of columns that are read."""
    return sum(isinstance(cell, str) and _meaning(cell)[0] in NAMES for cell in cells)


def read(cells: Sequence[Cell], where: str) -> Columns:
    """The columns that a row of headings names.

    Spaces, case and full width do not count; a unit may stand behind in brackets. Raises
    TableError for a heading that is not understood, for two of one meaning, and where the
    product's name, the quantity or its unit is missing.
    """
    found: dict[str, Column] = {}
    ignored: list[str] = []
    width = 0
    for at, cell in enumerate(cells):
        if is_blank(cell):
            continue
        width = at + 1
        heading = half(cell)[:60] if isinstance(cell, str) else str(cell)[:60]
        field, hint = _meaning(cell) if isinstance(cell, str) else (None, None)
        if field == "":
            ignored.append(heading)
        elif field is None:
            raise TableError(
                where,
                msg("the heading '%(heading)s' is not understood", heading=quoted(heading)),
                msg(
                    "rename it (%(names)s), or put # before it to leave the column out",
                    names=", ".join(names[0] for names in NAMES.values()),
                ),
            )
        elif field in found:
            what = msg(
                "'%(one)s' and '%(other)s' mean the same",
                one=quoted(found[field].heading),
                other=quoted(heading),
            )
            raise TableError(where, what, msg("keep one of them, or put # before the other"))
        else:
            found[field] = Column(at, heading, hint)
    _require(found, where)
    return Columns(found, width, tuple(ignored))


def _meaning(cell: str) -> tuple[str | None, str | None]:
    """The field ("" for a column that is left out) and the words in brackets."""
    text = bare(cell).rstrip(":").strip("*")
    if text.startswith("#") or text in _IGNORED:
        return "", None
    hint = None
    if text not in _MEANINGS and (match := _HINT.fullmatch(text)):
        text, hint = match.group(1).strip("*"), match.group(2)
        if text in _IGNORED:
            return "", None
        hint = None if hint in _MARKS else hint
    return _MEANINGS.get(text), hint


def _require(found: Mapping[str, Column], where: str) -> None:
    amount = found.get("quantity") or found.get("weight")
    for missing, name in (
        (found.get("product"), "产品名称 (product)"),
        (amount, "数量 (quantity)"),
    ):
        if missing is None:
            raise TableError(
                where,
                msg("no column %(heading)s", heading=name),
                msg("add it: each batch needs it"),
            )
    for field in ("quantity", "weight"):
        column = found.get(field)
        if column and column.hint and not is_unit(column.hint):
            what = msg(
                "'%(heading)s': no unit '%(unit)s' is known",
                heading=quoted(column.heading),
                unit=quoted(column.hint),
            )
            raise TableError(
                where, what, msg("write 公斤, 斤, 克, 吨, 升, 毫升 or 个 in the brackets")
            )
    life = found.get("shelf_life")
    if life and life.hint and life.hint not in _DAYS and _LONGER.search(life.hint):
        what = msg("'%(heading)s' is not in days", heading=quoted(life.heading))
        raise TableError(where, what, msg("give the shelf life in days, headed 保质期(天)"))
