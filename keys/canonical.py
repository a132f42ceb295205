"""JSON in exactly one spelling: RFC 8785, with what the format excludes refused."""

import json
import re
from itertools import accumulate
from typing import NoReturn

import orjson
import rfc8785

from .errors import CanonicalError

MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1
MAX_VALUES = 4_000_000  # an evidence file of 64 MiB, the largest there is, has fewer

# Takes a string that never ends up to the end, or the next quote would look through it again.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)
# Brackets as signed steps, all else left out; a block of them is looked at in one go.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BLOCK = 1 << 16
_LARGE = 1 << 20  # of what is larger it is not looked up which of its faults comes first
# What keeps a text from being looked at by its bytes alone: an escape, or a character from U+E000
# on, whose order in UTF-8 is not that of UTF-16; a number in an array, or text that looks like one.
_LATE = re.compile(rb"[\xee-\xf4]")
_ONE_DIGIT = bytes.maketrans(b"123456789-", b"0" * 10)
# Without escapes a quote and a colon are the end of a key: a number behind them is a member's.
_NUMBER = re.compile(rb'":(-?[0-9][^,}]*)')
# Between these magnitudes orjson and ECMAScript write the same digits for a fraction.
_PLAIN_MIN, _PLAIN_MAX = 1e-4, 1e15


def dumps(value: object) -> bytes:
    """The RFC 8785 form of `value` in UTF-8; CanonicalError for what has none."""
    try:
        if _is_plain(value, MAX_DEPTH):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a lone surrogate, which the full look names
        pass
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError, ValueError) as error:
        raise CanonicalError("no RFC 8785 form: %s", error) from None


def parse(data: bytes) -> object:
    """The value that `data` spells, which must be its own RFC 8785 form.

    Raises CanonicalError for anything else, and for what section 2 of docs/format.md excludes:
    invalid UTF-8, duplicate keys, integers written without `.` or exponent beyond 2^53 - 1,
    lone surrogates, U+0000, nesting over 64 (the value itself being 1). Over 4 million values are
    refused before they are read: each would cost many times its bytes.
    """
    bound_values(data, MAX_VALUES)
    quick = _parse_quick(data)
    return quick[0] if quick is not None else _parse_full(data)


def _parse_quick(data: bytes) -> tuple[object] | None:
    """The value in a tuple where it is certainly canonical; None where it takes the full look."""
    if b"\\u0000" in data:
        return None
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, TypeError):
        return None
    if again != data:
        if len(data) > _LARGE and _is_plain(value, MAX_DEPTH):
            raise CanonicalError("not its own RFC 8785 form (order, spaces, a key twice)")
        return None
    return (value,) if _looks_plain(data) or _is_plain(value, MAX_DEPTH) else None


def _looks_plain(data: bytes) -> bool:
    """Whether orjson's bytes show what `_is_plain` finds; False where they cannot."""
    if b"\\" in data or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        return False
    if not data.isascii() and _LATE.search(data) is not None:
        return False
    shape = data.translate(_ONE_DIGIT)
    if b",0" in shape or b"[0" in shape:
        return False
    for number in _NUMBER.findall(data):
        if not (number.isdigit() and len(number) <= 15) and not _is_plain_fraction(number):
            return False
    return data[:1] == b"{"


def _is_plain_fraction(digits: bytes) -> bool:
    try:
        value = float(digits)
    except ValueError:
        return False
    return b"." in digits and _PLAIN_MIN < abs(value) < _PLAIN_MAX and value != int(value)


def _is_plain(value: object, depth: int) -> bool:
    """Whether orjson's spelling of `value` is RFC 8785's, and no limit is passed."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER  # type: ignore[operator]
    if kind is float:
        assert isinstance(value, float)
        return _PLAIN_MIN < abs(value) < _PLAIN_MAX and value != int(value)
    if depth == 0:
        return False
    if kind is dict:
        # UTF-8 order and UTF-16 order of keys agree below U+D800.
        return all(
            type(key) is str
            and (key.isascii() or max(key) < "\ud800")
            and _is_plain(member, depth - 1)
            for key, member in value.items()  # type: ignore[attr-defined]
        )
    return kind is list and all(
        _is_plain(member, depth - 1)
        for member in value  # type: ignore[attr-defined]
    )


def _parse_full(data: bytes) -> object:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CanonicalError("not UTF-8 at byte %s", error.start) from None
    bound_depth(data)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except (json.JSONDecodeError, RecursionError) as error:
        raise CanonicalError("not JSON: %s", error) from None
    _refuse_text(value)
    if dumps(value) != data:
        raise CanonicalError("not its own RFC 8785 form (order, spaces, escapes or numbers)")
    return value


def read(data: bytes, *, most: int = MAX_VALUES) -> object:
    """The value of JSON of any spelling; CanonicalError for none, over 64 deep or `most` values."""
    bound_values(data, most)
    bound_depth(data)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError("not JSON: %s", error) from None


def read_once(data: bytes) -> object:
    """The same, and a name that stands twice in an object is refused: no two readers differ."""
    read(data)
    return json.loads(data, object_pairs_hook=_object)


def depth(data: bytes, most: int = MAX_INTEGER) -> int:
    """How deep objects and arrays nest in JSON text; counted no further where it is over `most`."""
    steps = memoryview(_STRING.sub(b"", data).translate(_STEPS, _NO_BRACKETS)).cast("b")
    deepest = level = 0
    for start in range(0, len(steps), _BLOCK):
        levels = list(accumulate(steps[start : start + _BLOCK], initial=level))
        deepest, level = max(deepest, *levels), levels[-1]
        if deepest > most:
            break
    return deepest


def bound_depth(data: bytes) -> None:
    """Refuse JSON text that nests over 64 deep: CanonicalError, before it is read."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    if depth(data[:_BLOCK], MAX_DEPTH) > MAX_DEPTH or depth(data, MAX_DEPTH) > MAX_DEPTH:
        raise CanonicalError("objects and arrays nested over %s deep", MAX_DEPTH)


def bound_values(data: bytes, most: int) -> None:
    """Refuse JSON text that may have over `most` values: CanonicalError, before it is read."""
    # Each value follows a comma, or begins a list or an object.
    if len(data) <= most:
        return
    bound_depth(data[:_BLOCK])  # names what is deep as deep
    if sum(map(data.count, (b",", b"[", b"{"))) > most:
        raise CanonicalError("over %s values", f"{most:,}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, member in pairs:
        if key in members:
            raise CanonicalError("the key %s stands twice", ascii(key[:80]))
        members[key] = member
    return members


def _integer(text: str) -> int:
    if len(text) > 17 or not -MAX_INTEGER <= int(text) <= MAX_INTEGER:
        raise CanonicalError("the number %s lies beyond 2^53 - 1", text[:24])
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise CanonicalError("the number %s is too large", text[:24])
    return value


def _constant(text: str) -> NoReturn:
    raise CanonicalError("%s is no JSON number", text)


def _refuse_text(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise CanonicalError("U+0000 in a string")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise CanonicalError("a lone surrogate in a string")
    elif isinstance(value, dict):
        for key, member in value.items():
            _refuse_text(key)
            _refuse_text(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_text(member)
