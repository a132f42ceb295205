"""Units as people write them in tables, and the UN/ECE codes that they are stored as.

Measures that convert exactly are taken: 公斤 (kg), 克, 毫克, 吨, 斤 (half a kilogram, stored as
KGM), 两 (a twentieth), 升, 毫升, 立方米, each also by its UN/ECE code. Words that count single
things are pieces, H87: 个 件 只 头 尾 枚 条 棵 株 匹 羽 块 片 颗 粒 根; 打 is a dozen. Words for
packages (箱 袋 盒 瓶 筐 …) say nothing of how much is inside: they are taken only beside a weight.
"""

from decimal import Decimal

from ..messages import msg, quoted
from ..quantities import UNITS
from .cells import bare
from .errors import CellError

_ONE = Decimal(1)
_NAMES = {
    ("KGM", "1"): "公斤 千克 kg ㎏ kgs kilogram kilograms kilo 公斤数",
    ("KGM", "0.5"): "斤 市斤",
    ("KGM", "0.05"): "两 市两",
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


def is_unit(text: str) -> bool:
    """Whether `text` is a unit that is taken, or a package."""
    word = bare(text)
    return word in _FACTORS or word in _CODES or word in PACKAGES


def is_package(text: str) -> bool:
    """Whether `text` is a package, whose content is not known."""
    return bare(text) in PACKAGES


def unit(text: str) -> tuple[str, Decimal]:
    """The UN/ECE code that `text` is stored as, and how many of it are one; CellError if none."""
    word = bare(text)
    found = _FACTORS.get(word) or _CODES.get(word)
    if found is not None:
        return found
    if word in PACKAGES:
        raise CellError(
            msg("%(unit)s is a package, and nothing says how much is in it", unit=text[:20]),
            msg("add a column 重量(公斤) (weight) beside it, or give the quantity in 公斤"),
        )
    raise CellError(
        msg("no unit '%(unit)s' is known", unit=quoted(text[:20])),
        msg("公斤, 斤, 克, 吨, 升, 毫升, 个 or 只, say"),
    )
