"""The forms of what a `profile` says of a party, place or product (docs/format.md section 4)."""

from collections.abc import Mapping
from datetime import date

from .members import DIGEST, Check, Member, is_decimal, list_of, matching, one_of, words
from .vocabulary import ALLERGENS, BASES, LICENCES

PICTURES = ("image/jpeg", "image/png", "image/webp")
MAX_PHOTOS = 8
MAX_PHOTO = 7 << 20  # bytes

_is_language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_is_day = matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_is_latitude = matching(r"-?(90(\.0{1,7})?|[1-8]?[0-9](\.[0-9]{1,7})?)")
_is_longitude = matching(r"-?(180(\.0{1,7})?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]{1,7})?)")


def is_day(value: object) -> bool:
    """A day that the calendar has, YYYY-MM-DD."""
    if not isinstance(value, str) or not _is_day(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _exactly(optional: tuple[str, ...] = (), **members: Check) -> Check:
    """An object of exactly these members, of which some may be absent."""

    def is_such(value: object) -> bool:
        return (
            isinstance(value, dict)
            and {*members} - {*optional} <= value.keys() <= {*members}
            and all(members[name](part) for name, part in value.items())
        )

    return is_such


def _translations(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_language(language) and words(text) for language, text in value.items()
    )


def _is_size(value: object) -> bool:
    return type(value) is int and 1 <= value <= MAX_PHOTO


_is_photo = _exactly(sha256=DIGEST.check, size=_is_size, type=one_of(*PICTURES))
_is_licence = _exactly(("expires",), kind=one_of(*LICENCES), number=words, expires=is_day)


def _photos(value: object) -> bool:
    return list_of(_is_photo)(value) and len(value) <= MAX_PHOTOS  # type: ignore[arg-type]


FORMS: Mapping[str, Member] = {
    "translations": Member(_translations, "an object of texts, not empty, by their language"),
    "photos": Member(
        _photos,
        f"a list of at most {MAX_PHOTOS} {{sha256, size, type}}, the type {', '.join(PICTURES)}",
    ),
    "coordinates": Member(
        _exactly(latitude=_is_latitude, longitude=_is_longitude),
        "an object of latitude and longitude, decimal strings of degrees, at most 7 places",
    ),
    "allergens": Member(list_of(one_of(*ALLERGENS)), f"a list among {', '.join(ALLERGENS)}"),
    "net": Member(
        _exactly(value=is_decimal, unit=one_of(*BASES)),
        f"an object of value, a decimal string, and unit ({', '.join(BASES)})",
    ),
    "licences": Member(
        list_of(_is_licence),
        f"a list of {{kind, number, expires?}}: kind among {', '.join(LICENCES)}; expires a day",
    ),
    "hidden": Member(lambda _: False, "hidden: it is personal, and never stands in clear"),
}
