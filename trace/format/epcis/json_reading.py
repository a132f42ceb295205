"""Bytes from outside to JSON values that can be signed and read back unchanged.

Stricter than the standard library: every refusal has a path, and nothing that docs/format.md
forbids in a signed payload (duplicate names, lone surrogates, U+0000, numbers that lose digits,
depth) gets any further. Everything in this package that reads from outside reports `Problem`s,
each with what would be right, and raises only `EpcisError`.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError

LIMIT = 100  # no more problems than this are reported of one document

_SHOWN = 60
_LISTED = 5
MAX_DEPTH = 60  # objects and lists within each other, the document itself being 1
MAX_VALUES = 2_000_000  # each is looked at by itself
MAX_DIGITS = 15
MAX_NUMBER = 2**53 - 1

_DIGITS = re.compile(r"[0-9]+")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")

_Path = tuple[Any, ...]  # (path of the parent, own name or position), () for the root


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    `path` is a JSON Pointer (RFC 6901) into the document or event, "" for all of it; where a
    member is missing it points to where that member would be. `reason` is what is wrong, with the
    value shortened; `fix` what would be right.
    """

    path: str
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path or 'the document'}: {self.reason} ({self.fix})"


class EpcisError(Exception):
    """A document or event that is refused: the only error family of this boundary.

    `problems` holds at least one and at most `LIMIT` problems, in the order of their paths;
    `cut` is true where there were more. The text lists the first few.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = in_path_order(problems)
        self.cut = len(ordered) > LIMIT
        self.problems = ordered[:LIMIT]
        super().__init__(_sentence(self.problems, self.cut))


def pointer(parts: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of a sequence of member names and list positions."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def shown(value: Any) -> str:
    """A value as people may read it: short, on one line, and always encodable as UTF-8."""
    if isinstance(value, dict):
        return f"an object of {len(value)} members"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        cut = value[:_SHOWN] + ("…" if len(value) > _SHOWN else "")
        text = json.dumps(cut, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) > 10**_SHOWN:
        return "a number of many digits"
    return str(value)[:_SHOWN]


def in_path_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems by path, the tenth element of a list after the second."""
    return tuple(sorted(problems, key=_order))


def _order(problem: Problem) -> tuple[list[tuple[bool, int, str]], str]:
    steps = problem.path.split("/")
    numbers = [step.isascii() and step.isdigit() and len(step) < _SHOWN for step in steps]
    pairs = zip(steps, numbers, strict=True)
    parts = [(not is_number, int(step) if is_number else 0, step) for step, is_number in pairs]
    return parts, problem.reason


def _sentence(problems: Sequence[Problem], cut: bool) -> str:
    count = f"more than {LIMIT} problems" if cut else f"{len(problems)} problems"
    head = "This cannot be read as EPCIS 2.0"
    if len(problems) == 1:
        return f"{head}: {problems[0]}."
    listed = "; ".join(str(problem) for problem in problems[:_LISTED])
    more = "; and others" if cut or len(problems) > _LISTED else ""
    return f"{head}, {count}: {listed}{more}."


@dataclass(frozen=True, slots=True)
class _Refused:
    """Replaces a refused literal in the parsed value, until the walk finds its path."""

    reason: str
    fix: str


def read_json(data: bytes) -> Any:
    """The JSON value of a document in UTF-8, a byte order mark allowed.

    Refused: what is not JSON (XML with a word of its own), names that repeat within an object,
    NaN and Infinity, numbers of more than 15 digits or beyond 2^53 - 1 or too small for a
    double, U+0000, lone surrogates, and more than 60 levels. Raises EpcisError and nothing else.
    """
    text = _text(data)
    try:
        canonical.bound_depth(data)
    except CanonicalError:
        raise EpcisError([_too_deep(())]) from None
    try:
        canonical.bound_values(data, MAX_VALUES)
    except CanonicalError as error:
        raise EpcisError([Problem("", f"it has {error}", "several documents")]) from None
    try:
        value = json.loads(
            text,
            parse_int=lambda literal: _number(literal) or int(literal),
            parse_float=lambda literal: _number(literal) or float(literal),
            parse_constant=lambda name: _Refused(
                f"{name} is not JSON", "a number, or no such member"
            ),
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        reason = f"it is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise EpcisError([Problem("", reason, "a JSON document; JSON has no comments")]) from None
    if problems := value_problems(value):
        raise EpcisError(problems)
    return value


def value_problems(root: Any) -> list[Problem]:
    """Why a value made in this program is no such JSON, by the same rules; [] where it is."""
    todo: list[tuple[Any, int, _Path]] = [(root, 1, ())]
    problems: list[Problem] = []
    while todo and len(problems) <= LIMIT:
        value, depth, path = todo.pop()
        problems += _own_problems(value, depth, path)
        if depth > MAX_DEPTH:
            continue
        if isinstance(value, dict):
            todo.extend((member, depth + 1, (path, name)) for name, member in value.items())
        elif isinstance(value, list):
            todo.extend((member, depth + 1, (path, at)) for at, member in enumerate(value))
    return problems


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}"
        raise EpcisError([Problem("", reason, "the document saved as UTF-8")]) from None
    start = text.lstrip()[:1]
    if not start:
        raise EpcisError([Problem("", "it is empty", "an EPCIS 2.0 document in JSON")])
    if start == "<":
        reason = "it is XML, and only the JSON form of EPCIS is read"
        raise EpcisError([Problem("", reason, "the document converted to EPCIS 2.0 JSON-LD")])
    return text


def _number(literal: str) -> _Refused | None:
    mantissa, _, _ = literal.lower().partition("e")
    digits = "".join(_DIGITS.findall(mantissa)).lstrip("0")
    if len(digits) > MAX_DIGITS:
        reason = f"the number {literal[:40]} has {len(digits)} digits"
        return _Refused(reason, f"a number of at most {MAX_DIGITS} digits")
    number = float(literal)
    if abs(number) > MAX_NUMBER or (digits and abs(number) < 1e-300):
        return _Refused(f"the number {literal[:40]} is out of range", "a number below 2^53")
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                made[name] = _Refused(f"the member {shown(name)} stands here twice", "it once")
            seen.add(name)
    return made


def _own_problems(value: Any, depth: int, path: _Path) -> Iterator[Problem]:
    if isinstance(value, str):
        if _UNWRITABLE.search(value):
            yield Problem(
                _pointer(path), f"{shown(value)} holds U+0000 or half a character", "text"
            )
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            yield _too_deep(path)
        elif isinstance(value, dict):
            for name in value:
                if not isinstance(name, str) or _UNWRITABLE.search(name):
                    why = f"the name {shown(name)} of a member is not text that can be kept"
                    yield Problem(_pointer(path), why, "a name without U+0000 or half characters")
    elif isinstance(value, _Refused):
        yield Problem(_pointer(path), value.reason, value.fix)
    elif value is not None and not isinstance(value, bool):
        yield from _number_problems(value, path)


def _number_problems(value: Any, path: _Path) -> Iterator[Problem]:
    if not isinstance(value, int | float):
        why = f"a {type(value).__name__} is not JSON"
        yield Problem(_pointer(path), why, "text, a number, true, false, null, a list, an object")
    elif not math.isfinite(value) or abs(value) > MAX_NUMBER:
        yield Problem(_pointer(path), f"{shown(value)} is out of range", "a number below 2^53")
    else:
        refused = _number(repr(value).removesuffix(".0"))
        if refused is not None:
            yield Problem(_pointer(path), refused.reason, refused.fix)


def _too_deep(path: _Path) -> Problem:
    reason = "objects and lists stand too deep within each other"
    return Problem(_pointer(path), reason, f"at most {MAX_DEPTH} levels")


def _pointer(path: _Path) -> str:
    parts: list[str | int] = []
    while path:
        path, part = path
        parts.append(part)
    # A name may hold what cannot be encoded.
    return pointer(reversed(parts)).encode("utf-8", "backslashreplace").decode("utf-8")
