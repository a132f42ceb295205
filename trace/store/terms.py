"""Names as they are looked for: folded, and cut into the pieces by which an index finds them."""

import unicodedata


def fold(text: str) -> str:
    """A name as it is compared: full and half width, case, composition and spaces aside."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(unicodedata.normalize("NFKC", folded).split())


def terms(folded: str) -> set[str]:
    """All pairs of neighbouring characters of a folded name, and single ones that are no ASCII.

    A Chinese character by itself is worth looking for, a letter is not.
    """
    pairs = {folded[at : at + 2] for at in range(len(folded) - 1)}
    return pairs | {one for one in folded if not one.isascii()}


def asked(folded: str) -> set[str]:
    """The terms that every name has in which `folded` stands; none for a single ASCII letter."""
    if len(folded) == 1:
        return terms(folded)
    return {folded[at : at + 2] for at in range(len(folded) - 1)}
