"""JSON Pointers (RFC 6901): where in an event or a statement a hidden field belongs."""

import copy
import re
from typing import Any

from ..errors import LedgerError
from ..identifiers.items import EPC_LISTS, QUANTITY_LISTS
from ..members import Object
from ..statements import PRIVATE, SPECS

MAX_POINTER = 512
_TOKEN = re.compile(r"(?:[^~/]|~[01])*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
# What the rules, lineage and the order of events read stands in clear, or it is not said at all.
OPEN = frozenset(
    {
        "type", "action", "eventTime", "eventTimeZoneOffset", "eventID", "parentID", "bizStep",
        "disposition", "transformationID", "errorDeclaration", "sourceList", "destinationList",
        PRIVATE, *EPC_LISTS, *QUANTITY_LISTS,
    }
)  # fmt: skip


class PrivateError(LedgerError):
    """A field that cannot be hidden so, or a disclosure that shows nothing."""


def parse(pointer: str) -> tuple[str, ...]:
    """The names on the way to a field; PrivateError for what points to none."""
    head, *parts = pointer.split("/")
    if head or not parts or len(pointer) > MAX_POINTER:
        raise PrivateError(
            "%s is no JSON Pointer to a field: /suyuan:price is one", ascii(pointer[:80])
        )
    if not all(_TOKEN.fullmatch(part) for part in parts):
        raise PrivateError(
            "%s is no JSON Pointer: ~ stands before 0 or 1 only", ascii(pointer[:80])
        )
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def require_hideable(body: Object, pointer: str) -> tuple[str, ...]:
    """The names on the way to a field that this event or statement may leave out.

    Of a statement those that section 4 lets it hide; of an event all but `OPEN`. Raises
    PrivateError for any other.
    """
    names = parse(pointer)
    if is_statement(body):
        spec = SPECS.get((str(body.get("type")), body.get("op")), {})
        member = spec.get(names[0])
        if len(names) != 1 or member is None or not member.hideable:
            able = [name for name, part in spec.items() if part.hideable]
            raise PrivateError("%s cannot be hidden in it, only %s", pointer[:80], ", ".join(able))
    elif names[0] in OPEN:
        raise PrivateError("%s cannot be hidden: the ledger's rules read it", pointer[:80])
    return names


def is_statement(body: Object) -> bool:
    """Whether it is a statement rather than an event, which says when it happened."""
    return "eventTime" not in body


def take(body: Object, pointer: str) -> tuple[Object, object]:
    """The body without a field, and the field's value; the body that is given stays as it is.

    A field is a member of an object: elements of arrays have no name to be left out by. Raises
    PrivateError where there is none, or where it may not be hidden.
    """
    names = require_hideable(body, pointer)
    left = copy.deepcopy(body)
    where = _down(left, names[:-1])
    if not isinstance(where, dict) or names[-1] not in where:
        raise PrivateError("there is no field %s to hide", pointer[:80])
    return left, where.pop(names[-1])


def put(body: Object, pointer: str, value: object) -> Object | None:
    """The body with a hidden field back in its place; the one that is given stays as it is.

    None where it has no place: where something stands already, where an array on the way has no
    such element, where it is one that may not be hidden. Objects on the way are made.
    """
    try:
        names = require_hideable(body, pointer)
    except PrivateError:
        return None
    filled = copy.deepcopy(body)
    where: Any = filled
    for name in names[:-1]:
        where = where.setdefault(name, {}) if isinstance(where, dict) else _down(where, (name,))
    if not isinstance(where, dict) or names[-1] in where:
        return None
    where[names[-1]] = copy.deepcopy(value)
    return filled


def _down(where: Any, names: tuple[str, ...]) -> Any:
    """The value at the end of these names; None where there is none."""
    for name in names:
        if isinstance(where, dict):
            where = where.get(name)
        elif isinstance(where, list) and _INDEX.fullmatch(name) and int(name) < len(where):
            where = where[int(name)]
        else:
            return None
    return where
