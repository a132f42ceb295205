"""How times, amounts and names look on a page."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from suyuan.trace.admission.offices import INSPECTORS
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import decimal
from suyuan.trace.format.times import parse, zone
from suyuan.trace.lineage.lots import gs1_values
from suyuan.web.text.languages import is_chinese

from . import words
from .texts import gettext as _

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LONGEST = 200


def day(value: date | str, *, in_chinese: bool | None = None) -> str:
    """A date, or what YYYY-MM-DD says, in the page's language, or in the one that is given."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    if is_chinese() if in_chinese is None else in_chinese:
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def short_day(value: date) -> str:
    """A date without its year, for lists of what is near."""
    return day(value).removeprefix(f"{value.year}年").removesuffix(f" {value.year}")


def days(span: tuple[date, date]) -> str:
    """The first and the last of some days, once where they are one."""
    return " – ".join(dict.fromkeys(map(day, span)))


def moment(time: datetime, *, in_chinese: bool | None = None) -> str:
    """Date and time in the ledger's zone."""
    local = time.astimezone(zone())
    return f"{day(local.date(), in_chinese=in_chinese)} {local:%H:%M}"


def offset(now: datetime) -> int:
    """By how many minutes the ledger's zone is ahead of UTC now; for fields of local time."""
    return int((now.astimezone(zone()).utcoffset() or timedelta()).total_seconds()) // 60


def local_day(time: datetime) -> str | None:
    """The date in the ledger's zone; None outside the years that calendars have."""
    return day(time.astimezone(zone()).date()) if 1 < time.year < 9999 else None


def event_time(event: Object) -> tuple[str, str | None]:
    """When an event was, in the ledger's zone, and a note where its own zone is another."""
    text = event.get("eventTime")
    time = parse(text)
    if time is None or not 1 < time.year < 9999:
        return cut(str(text)), None
    offset = str(event.get("eventTimeZoneOffset"))
    delta = _offset(offset)
    if delta is None or delta == time.astimezone(zone()).utcoffset():
        return moment(time), None
    local = time.astimezone(timezone(delta))
    shown = f"{day(local.date())} {local:%H:%M}"
    note = _("%(time)s there (UTC%(offset)s)", time=shown, offset=offset)
    return _in_zone(moment(time)), note


def _in_zone(time: str) -> str:
    """A time with the ledger's zone, to be said where another time stands beside it."""
    name = str(zone())
    return _("%(time)s Beijing time", time=time) if name == "Asia/Shanghai" else f"{time} ({name})"


def _offset(text: str) -> timedelta | None:
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":":
        return None
    hours, minutes = text[1:3], text[4:]
    if not (text.isascii() and hours.isdigit() and minutes.isdigit()):
        return None
    delta = timedelta(hours=int(hours), minutes=int(minutes))
    if delta >= timedelta(hours=24):
        return None
    return -delta if text[0] == "-" else delta


def amount(element: Object) -> str | None:
    """A quantity element's amount with its unit; None where it gives none."""
    number = element.get("quantity")
    if number is None:
        return None
    return measure(number, element.get("uom"))


def measure(number: Any, uom: Any) -> str:
    """A number with its unit, in its own digits."""
    value = decimal(number)
    text = cut(str(number)) if value is None else digits(value)
    return f"{text} {words.unit(uom)}"


def digits(number: Decimal) -> str:
    """A number as people write it: its thousands grouped, without zeros at its end."""
    if abs(number.adjusted()) > 20:
        return str(number)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def second_measures(event: Object, item: str) -> list[str]:
    """Measures beside the quantity, as `suyuan:quantities` gives them for an item."""
    listed = event.get("suyuan:quantities")
    return [
        f"{measure(part.get('value'), part.get('unit'))}"
        + (f" ({_kind(part['kind'])})" if isinstance(part.get("kind"), str) else "")
        for part in (listed if isinstance(listed, list) else ())
        if isinstance(part, dict) and part.get("item") in (item, None)
    ]


def _kind(kind: str) -> str:
    known = {
        "difference": _("difference"),
        "tare": _("tare"),
        "average": _("average"),
        "count": _("count"),
        "gross": _("gross"),
    }
    return known.get(kind, cut(kind))


def division(text: str) -> str:
    """What a division is called in the page's language; any other text as it stands."""
    return divisions.shown(text, is_chinese=is_chinese())


def division_typed(text: str) -> str:
    """The same for a field, where it is taken back for this very division; else as it stands."""
    name = division(text)
    return name if divisions.exact(name) == text else text


def unnamed(text: str, roles: Iterable[str] = ()) -> str:
    """A party without a name: the URI in short, of a person behind what it is."""
    of = [words.role(role) for role in roles if role in INSPECTORS]
    return _("%(role)s %(number)s", role=of[0], number=uri(text)) if of else uri(text)


def uri(text: str) -> str:
    """A URI that has no name, as briefly as it can be told apart."""
    if text.startswith("urn:uscc:"):
        return _("business no. %(code)s", code=text.removeprefix("urn:uscc:"))
    last = text.rsplit("/", 1)[-1]
    if text.startswith("https://") and codes.is_code(last):
        return codes.shown(last)
    keys = {key: cut(value, 60) for key, value in gs1_values(text).items()}
    if "00" in keys:
        return _("logistic unit %(number)s", number=keys["00"])
    if "10" in keys:
        return _("lot %(number)s", number=keys["10"])
    if "21" in keys:
        return _("piece %(number)s", number=keys["21"])
    if "01" in keys:
        return _("bar code %(number)s", number=keys["01"])
    if gln := keys.get("414", keys.get("417")):
        return f"GLN {gln}"
    return cut(text, 80)


def listed(texts: Iterable[str]) -> str:
    """Several names in one line."""
    return ("、" if is_chinese() else ", ").join(texts)


def sentences(texts: Iterable[str]) -> str:
    """Several sentences, one after the other."""
    return ("" if is_chinese() else " ").join(texts)


def stop() -> str:
    """What stands between one sentence and the next, where a heading goes before a text."""
    return "。" if is_chinese() else ". "


def cut(text: str, longest: int = LONGEST) -> str:
    """A text from outside, at most so long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
