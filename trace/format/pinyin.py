"""Chinese in Latin letters: pinyin without tones, for those who read no characters."""

from functools import lru_cache


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
