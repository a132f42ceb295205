"""What a lot is: its master data as events state it, and which products its URI names."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from suyuan.trace.admission.state import coded_in
from suyuan.trace.format.epcis.prefixes import in_force, is_standard
from suyuan.trace.format.event_items import id_key
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object

from .joins import bought
from .model import Lot

_TEXT = 200  # of a lot's name, as much as a column should hold
_GDST_LOT = re.compile(r"(urn:gdst:[^:]+):product:lot:class:([^.]+\.[^.]+)\..+")
MOST_DAYS = 36_500
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BEST_BEFORE = ("bestBeforeDate", "itemExpirationDate")


def _named(*names: str) -> Any:
    """A text of master data, under these names in ilmd: ours, then GS1's."""
    return field(default=None, metadata={"names": names})


@dataclass(frozen=True, slots=True)
class MasterData:
    """A lot's master data, None if not stated; `best_before` by GS1's words alone."""

    product: str | None = _named("suyuan:product", "cbvmda:descriptionShort", "descriptionShort")
    product_id: str | None = _named("suyuan:productId")
    spec: str | None = _named("suyuan:spec")
    category: str | None = _named("suyuan:category")
    lot: str | None = _named("suyuan:lot", "cbvmda:lotNumber", "lotNumber")
    origin: str | None = _named("suyuan:origin", "cbvmda:countryOfOrigin", "countryOfOrigin")
    production_date: str | None = _named("suyuan:productionDate")
    shelf_life_days: int | None = None
    best_before: date | None = None

    @property
    def produced(self) -> date | None:
        """The day of production."""
        return first_day(self.production_date)

    @classmethod
    def of(cls, ilmd: object, *, with_gs1: bool = False) -> "MasterData":
        """The master data of an event's `ilmd`; `with_gs1` with GS1's members where ours lack."""
        if not isinstance(ilmd, dict):
            return cls()
        texts = {
            name: _text(ilmd, names if with_gs1 else names[:1]) for name, names in TEXTS.items()
        }
        dates = (first_day(ilmd.get(f"{prefix}{name}"))
                 for name in _BEST_BEFORE for prefix in ("cbvmda:", ""))  # fmt: skip
        best = next(filter(None, dates), None) if with_gs1 else None
        days = whole_days(ilmd.get("suyuan:shelfLifeDays"))
        return cls(**texts, shelf_life_days=days, best_before=best)


TEXTS: Mapping[str, tuple[str, ...]] = {
    member.name: member.metadata["names"] for member in fields(MasterData) if member.metadata
}
"""The members of master data that are texts, by their names in ilmd."""


def newest(stated: Sequence[MasterData]) -> MasterData:
    """The newest value of each member among these, oldest first."""
    words: dict[str, Any] = {}
    for data in stated:
        values = {member.name: getattr(data, member.name) for member in fields(MasterData)}
        words |= {name: value for name, value in values.items() if value is not None}
    return MasterData(**words)


def first_day(value: object) -> date | None:
    """The day with which a text begins, 2026-11-24; None for any other value."""
    match = _DAY.match(value) if isinstance(value, str) else None
    try:
        return None if match is None else date.fromisoformat(match[0])
    except ValueError:
        return None


def whole_days(value: object) -> int | None:
    """A number of days as a field has it: a JSON integer, or its decimal string."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        value = int(value)
    return value if type(value) is int and 0 <= value <= MOST_DAYS else None


def _text(ilmd: Object, names: Iterable[str]) -> str | None:
    values = (ilmd.get(name) for name in names)
    return next((text for text in values if isinstance(text, str) and text.strip()), None)


def best_before(lot: Lot) -> date | None:
    """The last day on which a lot is at its best, by its production and its shelf life."""
    made = first_day(lot.produced)
    return None if made is None or lot.shelf_life is None else later(made, lot.shelf_life)


def later(start: date, days: int) -> date | None:
    """The day so many days later; None beyond the calendar."""
    try:
        return start + timedelta(days)
    except OverflowError:
        return None


def coded(item: str, leaf: int, event: Object | None) -> Lot | None:
    """The lot as the event that brings it about states it; None where that cannot be read."""
    return None if event is None else _lot(item, leaf, MasterData.of(event.get("ilmd")))


def entered(item: str, leaf: int, event: Object | None) -> Lot | None:
    """The lot as its buyer states it, where no supplier pushed it; None where it does not."""
    ilmd = bought(event or {})
    return None if ilmd is None else _lot(item, leaf, MasterData.of(ilmd))


def master_data(
    item: str, events: Iterable[tuple[str, Object, bool]], *, with_gs1: bool = False
) -> list[MasterData]:
    """What counts of what is stated about an item, oldest first (section 10 of the format).

    Of its coder alone; of what nobody coded, what documents report, else what its first buyer
    entered. `events` that stand, oldest first, come with actor and whether a document reports.
    """
    known = [(actor, event, is_received, item in set(coded_in(event)))
             for actor, event, is_received in events]  # fmt: skip
    own = [
        (actor, event) for actor, event, is_received, codes in known if codes and not is_received
    ]
    if own:
        counting = [event for actor, event in own if actor == own[0][0]]
    elif any(is_received for _, _, is_received, _ in known):
        counting = [
            event
            for _, event, is_received, codes in known
            if is_received and (codes or event["type"] != "TransformationEvent")
        ]
    else:
        purchases = (bought(event) for _, event, _, _ in known)
        ilmd = next((ilmd for ilmd in purchases if ilmd is not None), None)
        return [] if ilmd is None else [MasterData.of(ilmd, with_gs1=with_gs1)]
    return [MasterData.of(_ilmd(event), with_gs1=with_gs1) for event in counting]


def _ilmd(event: Object) -> Object:
    """An event's master data without words that another context than GS1's defines."""
    ilmd = event.get("ilmd")
    if not isinstance(ilmd, dict) or is_standard("cbvmda", in_force(event.get("@context"))):
        return ilmd if isinstance(ilmd, dict) else {}
    return {name: value for name, value in ilmd.items() if not name.startswith("cbvmda:")}


def _lot(item: str, leaf: int, data: MasterData) -> Lot:
    return Lot(
        item=item,
        leaf=leaf,
        name=_column(data.product),
        product=None if data.product_id is None else id_key(data.product_id[:_TEXT]),
        produced=_column(data.production_date),
        shelf_life=data.shelf_life_days,
        category=_column(data.category),
        number=_number(item, data),
    )


def fold(text: str) -> str:
    """A name as it is compared: full and half width, case, composition and spaces aside."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(unicodedata.normalize("NFKC", folded).split())


def _number(item: str, data: MasterData) -> str | None:
    """What people call it by in numbers: its URI's own, else the lot number that is stated."""
    keys = gs1_values(item)
    stated = next(filter(None, (keys.get("10"), keys.get("21"), keys.get("00"), data.lot)), "")
    return fold(stated[:_TEXT])[:_TEXT] or None


def _column(text: str | None) -> str | None:
    return None if text is None else text[:_TEXT]


def gs1_values(item: str) -> dict[str, str]:
    """The values of a canonical GS1 URI by their keys (01, 10, 21, 00); of others none."""
    if not item.startswith(f"{ID}/"):
        return {}
    parts = item.removeprefix(f"{ID}/").split("/")
    values = (unquote(value, errors="replace") for value in parts[1::2])
    return dict(zip(parts[::2], values, strict=False))


def products_of(item: str) -> Iterator[str]:
    """URIs under which an item's product may have a name: its GTIN's, also as EPC patterns."""
    if (gtin := gs1_values(item).get("01")) is not None:
        yield f"{ID}/01/{gtin}"
        digits = gtin[1:13]
        for length in range(6, 13):
            yield f"urn:epc:idpat:sgtin:{digits[:length]}.{gtin[0]}{digits[length:]}.*"
    if (gdst := _GDST_LOT.fullmatch(item)) is not None:
        yield f"{gdst[1]}:product:class:{gdst[2]}"
