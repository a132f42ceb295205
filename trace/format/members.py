"""The members of a link and their forms (docs/format.md section 2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .messages import msg
from .rules import Refused, Rule

Check = Callable[[object], bool]
Object = dict[str, Any]

_HEX = re.compile(r"[0-9a-f]{64}")
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
MAX_URI = 512


@dataclass(frozen=True, slots=True)
class Member:
    """What a member must be: a check and the words for it."""

    check: Check
    says: str
    optional: bool = False
    hideable: bool = False


def text_in(part: Mapping[str, object], name: str) -> str | None:
    """The string that a member is; None where it is missing or none."""
    value = part.get(name)
    return value if isinstance(value, str) else None


def objects_in(part: Mapping[str, object], name: str) -> list[Object]:
    """The objects in the list that a member is; none where it is missing or no list."""
    value = part.get(name)
    return [obj for obj in value if isinstance(obj, dict)] if isinstance(value, list) else []


def text(value: object) -> bool:
    """A string."""
    return isinstance(value, str)


def words(value: object) -> bool:
    """A string that is not empty."""
    return isinstance(value, str) and value != ""


def texts(value: object) -> bool:
    """A list of strings."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def mapping(value: object) -> bool:
    """An object."""
    return isinstance(value, dict)


def whole(value: object) -> bool:
    """An integer from 0."""
    return type(value) is int and value >= 0


def positive(value: object) -> bool:
    """An integer from 1."""
    return type(value) is int and value >= 1


def digest(value: object) -> bool:
    """64 lower-case hex digits."""
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def digest_or_null(value: object) -> bool:
    """64 lower-case hex digits, or null."""
    return value is None or digest(value)


def uri(value: object) -> bool:
    """An absolute URI of printable ASCII without spaces, at most 512 bytes."""
    return isinstance(value, str) and len(value) <= MAX_URI and _URI.fullmatch(value) is not None


def second(value: object) -> bool:
    """A UTC second that the calendar has: YYYY-MM-DDThh:mm:ssZ."""
    if not isinstance(value, str) or _SECOND.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def one_of(*values: str) -> Check:
    """One of these strings."""
    return lambda value: isinstance(value, str) and value in values


def list_of(check: Check) -> Check:
    """A list of values of one form, none included."""
    return lambda value: isinstance(value, list) and all(map(check, value))


def matching(pattern: str) -> Check:
    """A string that is of a form from its beginning to its end."""
    form = re.compile(pattern)
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


# A decimal string, as fields of our own write quantities: digits and one point.
is_decimal = matching(r"(0|[1-9][0-9]*)(\.[0-9]+)?")


def require(value: object, members: Mapping[str, Member], where: str) -> Object:
    """`value` as an object that has these members and no others, each of its form.

    Raises Refused(members), naming the first that is missing, too many or malformed.
    """
    if not isinstance(value, dict):
        raise Refused(Rule.MEMBERS, msg("%s must be an object", where))
    for name, member in members.items():
        if name not in value:
            if not member.optional:
                raise Refused(
                    Rule.MEMBERS, msg("%s lacks %s: it must be %s", where, repr(name), member.says)
                )
        elif not member.check(value[name]):
            raise Refused(Rule.MEMBERS, msg("%s/%s must be %s", where, name, member.says))
    if len(value) > len(members) or any(name not in members for name in value):
        extra = next(name for name in value if name not in members)
        raise Refused(
            Rule.MEMBERS,
            msg("%s has a member that the format does not know: %s", where, ascii(extra)),
        )
    return value


URI = Member(uri, f"an absolute ASCII URI of at most {MAX_URI} bytes")
DIGEST = Member(digest, "64 lower-case hex digits")
WHOLE = Member(whole, "an integer from 0")
POSITIVE = Member(positive, "an integer from 1")
SECOND = Member(second, "a UTC second that the calendar has, YYYY-MM-DDThh:mm:ssZ")
TEXT = Member(text, "a string")
WORDS = Member(words, "a string that is not empty")


def optional(member: Member) -> Member:
    """The same member where it may be absent."""
    return Member(member.check, member.says, optional=True)
