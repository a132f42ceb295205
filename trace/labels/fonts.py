"""Fonts that have Chinese characters: which has which, and how wide they are."""

from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from PIL import ImageFont

from suyuan.trace.format.errors import LedgerError

MISSING = "〓"
"""Drawn for a character that no font here has: the geta mark, as printers set it."""

# Files, and which of the fonts in them is the one for simplified Chinese.
SYSTEM = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
)
BOLDER = 1 / 55
"""Of its size: how much a bold text is stroked on each side, the regular font being the only one
shipped."""

_NEVER = "\U0010ffff"  # a noncharacter, which no font has
_EM = 1000

Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=1)
def files() -> list[tuple[str, int]]:
    """The font files at hand: the same everywhere, Chinese, then Japanese; then the system's."""
    paths: list[tuple[str, int]] = []
    for package in ("pylopdf_fonts_zh_cn", "pylopdf_fonts_jp"):
        with suppress(ImportError):
            paths.append((str(import_module(package).sans_path()), 0))
    return [(path, index) for path, index in (*paths, *SYSTEM) if Path(path).is_file()]


@lru_cache(maxsize=64)
def at_size(pixels: int) -> tuple[Font, ...]:
    """The fonts at a size, in the order they are looked in; LedgerError where there is none."""
    basic = ImageFont.Layout.BASIC
    fonts: list[Font] = []
    for path, index in files():
        try:
            fonts.append(ImageFont.truetype(path, pixels, index=index, layout_engine=basic))
        except OSError:
            continue
    if not fonts:
        raise LedgerError(
            "no font with Chinese characters is here: install the Python package "
            "pylopdf-fonts-zh-cn, or Noto Sans CJK (fonts-noto-cjk)"
        )
    return tuple(fonts)


def pieces(text: str) -> list[tuple[str, int]]:
    """`text` in pieces, each with the number of the first font that has it; 〓 for none."""
    pieces_of: list[tuple[str, int]] = []
    for letter in text:
        at = _font_of(letter)
        shown, at = (MISSING, 0) if at is None else (letter, at)
        if pieces_of and pieces_of[-1][1] == at:
            pieces_of[-1] = (pieces_of[-1][0] + shown, at)
        else:
            pieces_of.append((shown, at))
    return pieces_of


def runs(text: str, pixels: int) -> list[tuple[str, Font]]:
    """`text` in pieces, each with a font that has all of it; 〓 where none has the character."""
    fonts = at_size(pixels)
    return [(piece, fonts[at]) for piece, at in pieces(text)]


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is, in the unit of its size."""
    wide = sum(map(_advance, text)) * size
    return wide + 2 * BOLDER * size if bold and text else wide


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    return sum(font.getlength(part) for part, font in runs(letter, _EM)) / _EM


@lru_cache(maxsize=4096)
def _font_of(letter: str) -> int | None:
    if letter.isspace():
        return 0
    for at, font in enumerate(at_size(24)):
        mask, never = font.getmask(letter), font.getmask(_NEVER)
        if mask.size != never.size or bytes(mask) != bytes(never):
            return at
    return None
