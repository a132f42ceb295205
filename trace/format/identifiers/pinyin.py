"""Chinese in Latin letters: pinyin without tones, for those who read no characters."""

import re
import unicodedata
from functools import lru_cache

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def syllables(text: str) -> list[str]:
    """The syllables of a text, a character each; what is no Chinese stands as it is."""
    # It takes 0.15 s and 55 MB, which only those pay who need it.
    from pypinyin import lazy_pinyin

    return lazy_pinyin(text, v_to_u=True)


@lru_cache(maxsize=4_096)
def name(text: str, *, without: int = 0) -> str:
    """A name of one word, such as Xi'an; `without` its so many last characters, 市 say."""
    parts = syllables(text)
    parts = parts[: len(parts) - without]
    word = "".join(f"'{part}" if part[0] in "aoe" else part for part in parts).removeprefix("'")
    return word[:1].upper() + word[1:]


def has_characters(text: str) -> bool:
    """Whether there are Chinese characters in a text."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=4_096)
def spelled(text: str) -> str:
    """A text whose characters are written as they sound, each with a capital: `Lin Yi Cai Tan`."""
    runs = (
        run.strip() for run in re.split(f"({_HAN.pattern}+)", unicodedata.normalize("NFKC", text))
    )
    sounds = (
        " ".join(part.capitalize() for part in syllables(run)) if has_characters(run) else run
        for run in runs
        if run
    )
    return re.sub(r"\s+([),.:;!?])|([(])\s+", r"\1\2", " ".join(" ".join(sounds).split()))
