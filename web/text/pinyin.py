"""Names in Chinese characters for who does not read them: pinyin, without tones."""

import re
import unicodedata
from functools import lru_cache

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def has_characters(text: str) -> bool:
    """Whether there are Chinese characters in a text."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=4_096)
def pinyin(text: str) -> str:
    """A text whose characters are written as they sound, each with a capital: `Lin Yi Cai Tan`.

    Where one sounds in several ways the word that it stands in decides. All else stays.
    """
    from pypinyin import lazy_pinyin  # takes half a second, for readers of English alone

    plain = unicodedata.normalize("NFKC", text)
    runs = (run.strip() for run in re.split(f"({_HAN.pattern}+)", plain))
    sounds = (
        " ".join(sound.capitalize() for sound in lazy_pinyin(run, v_to_u=True))
        if has_characters(run)
        else run
        for run in runs
        if run
    )
    return re.sub(r"\s+([),.:;!?])|([(])\s+", r"\1\2", " ".join(sounds))
