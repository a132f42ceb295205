"""What a lot is, as an event about it says."""

from ..handover import bought
from ..members import Object
from ..projection import id_key
from .model import Lot

_TEXT = 200  # of a lot's name, as much as a column should hold


def coded(item: str, leaf: int, event: Object | None) -> Lot | None:
    """By the event that brings it about; None where that cannot be read."""
    ilmd = (event or {}).get("ilmd")
    if not isinstance(ilmd, dict):
        return Lot(item, leaf, None, None, None, None) if event is not None else None
    return _lot(item, leaf, ilmd)


def entered(item: str, leaf: int, event: Object | None) -> Lot | None:
    """By its buyer's word, where the supplier pushed nothing; None where there is none."""
    said = bought(event or {})
    return None if said is None else _lot(item, leaf, said)


def _lot(item: str, leaf: int, said: Object) -> Lot:
    days = said.get("suyuan:shelfLifeDays")
    return Lot(
        item=item,
        leaf=leaf,
        name=_text(said.get("suyuan:product")),
        product=None if (uri := _text(said.get("suyuan:productId"))) is None else id_key(uri),
        produced=_text(said.get("suyuan:productionDate")),
        shelf_life=days if type(days) is int and 0 <= days <= 36_500 else None,
        category=_text(said.get("suyuan:category")),
    )


def _text(value: object) -> str | None:
    return value[:_TEXT] if isinstance(value, str) and value else None
