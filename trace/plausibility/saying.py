"""Sentences in English and in Chinese, made of the same values: amounts, lengths of time, steps."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from ..lineage.model import Kind
from ..quantities import MICRO
from ..steps import STEPS


class Both(NamedTuple):
    """The same in both languages."""

    english: str
    chinese: str


def both(english: str, chinese: str, **values: object) -> Both:
    """Two templates with the same values put in; of a value that is `Both`, the one that fits."""
    return Both(
        english.format(**{name: _side(value, 0) for name, value in values.items()}),
        chinese.format(**{name: _side(value, 1) for name, value in values.items()}),
    )


def _side(value: object, at: int) -> object:
    return value[at] if isinstance(value, Both) else value


def listed(parts: Iterable[Both], english: str = ", ", chinese: str = "、") -> Both:
    """Several, one after the other."""
    found = list(parts)
    return Both(
        english.join(one.english for one in found), chinese.join(one.chinese for one in found)
    )


_UNITS: Mapping[str, Both] = {
    "kg": Both("kg", "千克"),
    "L": Both("L", "升"),
    "m": Both("m", "米"),
    "1": Both("pieces", "件"),
}
DID: Mapping[Kind, Both] = {
    Kind.CODED: Both("coded", "赋码"),
    Kind.CAUGHT: Both("caught", "采捕"),
    Kind.MADE: Both("made", "制成"),
    Kind.BOUGHT: Both("bought", "购入"),
    Kind.RECEIVED: Both("received", "收货"),
    Kind.UNPACKED: Both("unpacked", "拆出"),
    Kind.USED: Both("used", "使用"),
    Kind.SENT: Both("sent", "发出"),
    Kind.SOLD: Both("sold", "售出"),
    Kind.LOST: Both("lost", "损耗"),
    Kind.DESTROYED: Both("destroyed", "销毁"),
    Kind.PACKED: Both("packed", "装入容器"),
    Kind.COUNTED: Both("counted", "盘点"),
}


def unit_name(unit: str | None) -> Both:
    """A base unit in words; nothing for None."""
    return Both("", "") if unit is None else _UNITS.get(unit, Both(unit, unit))


def amount(micro: int, unit: str | None) -> Both:
    """An amount for people: 9876 kg."""
    value = Decimal(micro) / MICRO
    digits = f"{value.normalize():f}" if value else "0"
    name = unit_name(unit)
    return Both(f"{digits} {name.english}".rstrip(), f"{digits} {name.chinese}".rstrip())


def span(length: int) -> Both:
    """A length of time for people, from microseconds."""
    minutes = length // 60_000_000
    if minutes >= 2 * 24 * 60:
        return both("{days} days", "{days} 天", days=minutes // (24 * 60))
    if minutes >= 60:
        hours, rest = minutes // 60, f"{minutes % 60:02d}"
        return both("{hours} h {rest} min", "{hours} 小时 {rest} 分钟", hours=hours, rest=rest)
    return both("{minutes} min", "{minutes} 分钟", minutes=minutes)


def step_word(name: str | None) -> Both:
    """A step of ours: its name here, and in Chinese."""
    known = STEPS.get(name or "")
    return Both(str(name), str(name) if known is None else known.chinese)
