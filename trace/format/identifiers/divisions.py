"""Divisions as people call them: their names in Chinese and English, and found by what is typed."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from heapq import nsmallest

from suyuan.keys.validity import significant

from ..messages import quoted
from ..statements import is_division
from . import division_table as table
from . import pinyin
from .errors import IdentifierError

MOST = 10
LONGEST = 120
_KINDS = {
    "特别行政区": "", "自治区": "", "自治州": "Autonomous Prefecture", "新区": "New Area",
    "自治县": "Autonomous County", "自治旗": "Autonomous Banner", "地区": "Prefecture",
    "街道": "Subdistrict", "林区": "District", "特区": "District", "民族乡": "Ethnic Township",
    "苏木": "Sumu", "社区": "Community", "省": "", "市": "", "区": "District", "县": "County",
    "旗": "Banner", "盟": "League", "镇": "Town", "乡": "Township", "村": "Village",
}  # fmt: skip
_PEOPLES = re.compile(
    "(?:壮|回|满|蒙古|蒙|藏|苗|侗|瑶|彝|畲|黎|傣|白|水|羌|土家|土|布依|朝鲜|哈尼|哈萨克|傈僳|佤|拉祜|纳西|景颇"
    "|锡伯|仡佬|毛南|仫佬|达斡尔|鄂温克|东乡|撒拉|保安|裕固|布朗|独龙|怒|普米|各)族"
    "|(?:蒙古|哈萨克|柯尔克孜|塔吉克|锡伯|维吾尔)(?=自治)"
)
_ENGLISH = {
    "15": "Inner Mongolia", "54": "Tibet", "61": "Shaanxi", "81": "Hong Kong", "82": "Macao",
    "65": "Xinjiang", "45": "Guangxi", "64": "Ningxia", "1501": "Hohhot", "2301": "Harbin",
    "2302": "Qiqihar", "1506": "Ordos", "1507": "Hulunbuir", "5401": "Lhasa", "5402": "Shigatse",
    "6501": "Urumqi", "6502": "Karamay", "6531": "Kashgar", "6532": "Hotan",
}  # fmt: skip
_OF_PEOPLES = ("自治州", "自治县", "自治旗", "民族乡")
_COUNTIES = 40  # whose streets are spelled out for one search
_KIND_WORDS = frozenset(word.casefold() for kind in _KINDS.values() for word in kind.split())


@lru_cache(maxsize=4_096)
def shown(text: str, *, is_chinese: bool) -> str:
    """What a division is called, from its prefecture down; any other text as it stands.

    Of a code that no year has, the nearest that is known, and that it is another area of it.
    """
    if not is_division(text):
        return text
    path = table.path(text)
    if not path:
        return f"未知区划 {text}" if is_chinese else f"unknown division {text}"
    below = path[1:] if len(path) > 1 and path[0][1][-1] != "市" else path
    names = [name if is_chinese else _english(code, name) for code, name in below]
    if path[-1][0] != significant(text):
        names.append("其他区域" if is_chinese else "another area")
    return "".join(names) if is_chinese else ", ".join(names)


def read(typed: str, near: tuple[str, ...] = ()) -> str:
    """The code of the division that was typed, by its code or its name; IdentifierError for none.

    Of several with one name it is the one within the divisions `near`, if there is but one.
    """
    codes = named(typed, near)
    inside = [code for code in codes if _is_near(code, near)]
    if len(codes) == 1 or len(inside) == 1:
        return (inside or codes)[0]
    if codes:
        names = "、".join(whole(code) for code in codes)
        raise IdentifierError("several divisions have this name: %s", names)
    raise IdentifierError(
        "no division is called %s: type its name, or its digits", quoted(typed[:40])
    )


def whole(code: str) -> str:
    """The Chinese names from the province down."""
    return "".join(name for _code, name in table.path(code))


@lru_cache(maxsize=512)
def search(typed: str, near: tuple[str, ...] = ()) -> list[str]:
    """The codes, MOST at most, of the divisions that are called so, the largest first.

    `typed` is the beginning of a code, or a part of a name and of those above it, in Chinese or
    in pinyin; those within the divisions `near` come first.
    """
    text = "".join(re.findall(r"[\w' ]", typed[:LONGEST].replace(",", " "))).strip()
    if not text:
        return []
    if text.isascii() and text.isdigit():
        lines = table.matching(significant(text))
    elif not _has_chinese(text):
        lines = _by_pinyin(text, near)
    else:
        # Each of its characters in turn, wherever the next one is: a line is read once.
        chars = text.replace(" ", "")
        lines = table.matching(r"\d+ " + "".join(f"[^\n{char}]*+{char}" for char in chars))
    ranks = ((not _is_near(c, near), text not in _last(names), len(c), c) for c, names in lines)
    return [rank[-1] for rank in nsmallest(MOST, ranks)]


def exact(text: str, near: tuple[str, ...] = ()) -> str | None:
    """The code of the one division that `shown` calls so, in either language; None for others."""
    codes = [
        code
        for code in search(text, near)
        if text.strip() in (shown(code, is_chinese=True), whole(code))
        or (not _has_chinese(text) and text.strip() == shown(code, is_chinese=False))
    ]
    return codes[0] if len(codes) == 1 else None


def named(typed: str, near: tuple[str, ...] = ()) -> list[str]:
    """The codes of the divisions with exactly this name; a code that was typed is its own."""
    text = _folded(typed)
    if is_division(text):
        return [text]
    codes = search(typed, near)
    for names in (_full_names, _own_names):
        if same := [code for code in codes if text in map(_folded, names(code))]:
            return same
    return []


def _full_names(code: str) -> Iterator[str]:
    names = [name for _code, name in table.path(code)]
    for part in (names[first:] for first in range(len(names) - 1)):
        yield "".join(part)
        yield "".join(map(_bare, part))
    yield shown(code, is_chinese=False)


def _own_names(code: str) -> Iterator[str]:
    name = table.path(code)[-1][1]
    yield from (name, _bare(name), shown(code, is_chinese=False).rsplit(", ", 1)[-1])


def _bare(name: str) -> str:
    """A name without what kind of division it is."""
    return next((name.removesuffix(kind) for kind in _KINDS if name.endswith(kind)), name) or name


def _last(names: str) -> str:
    return names.rsplit(" ", 1)[-1]


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _has_chinese(text: str) -> bool:
    return any(char >= "\u3400" for char in text)


def _is_near(code: str, near: Sequence[str]) -> bool:
    return any(code.startswith(significant(part)) for part in near)


def _english(code: str, name: str) -> str:
    if code in _ENGLISH:
        return _ENGLISH[code]
    kind = next((kind for kind in _KINDS if name.endswith(kind) and name != kind), "")
    bare = name[:1] + _PEOPLES.sub("", name[1:]) if kind in _OF_PEOPLES else name
    return f"{pinyin.name(bare, without=len(kind))} {_KINDS.get(kind, '')}".strip()


def _by_pinyin(text: str, near: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Those whose names have each word; streets only nearby, or in what the other words name."""
    words = [word for word in _plain(text).split() if word not in _KIND_WORDS]
    counties, around = [], [part[:6] for part in near]
    for code, names in _upper():
        hits = sum(f" {word}" in _spelled(code, names) for word in words)
        if hits == len(words):
            yield code, names
        is_hit = 2 * hits >= len(words) > 1
        if len(code) == 6 and (is_hit or _is_near(code, around)):
            counties.append(code)
    for county in counties[:_COUNTIES]:
        for code, names in table.matching(rf"{county}\d"):
            if all(f" {word}" in _spelled(code, names) for word in words):
                yield code, names


@cache
def _upper() -> list[tuple[str, str]]:
    """The provinces, prefectures and counties."""
    return list(table.matching(r"\d{2,6} "))


@lru_cache(maxsize=20_000)
def _spelled(code: str, names: str) -> str:
    words = ["".join(pinyin.syllables(name)) for name in names.split()]
    words += [_ENGLISH[level] for level in table.levels_of(code) if level in _ENGLISH]
    return _plain(" " + " ".join(words))


def _plain(text: str) -> str:
    return text.casefold().replace("'", "").replace("ü", "v")
