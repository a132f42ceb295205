"""What was said under a recall's URI: the order, the answers to it, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import LedgerError
from ..link import Link, parse
from ..members import Object
from ..quantities import Quantity, exact
from ..rules import Refused
from ..state import Act
from ..store.read import Reader
from ..store.recalls import ActBook
from ..times import from_micros
from ..times import parse as parse_time

# Instants beyond these are nobody's knowledge, and no calendar here counts with them.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_CODES = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": None}


@dataclass(frozen=True, slots=True)
class Said:
    """One statement under the act: who, at which index, recorded when."""

    actor: str
    leaf: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """A holder's report: exact amounts by item and kind; `unread` are items whose are not."""

    said: Said
    amounts: Mapping[tuple[str, str], Quantity]
    unread: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A recall as its statements have it; instants are recorded times, but for `known`.

    `ordered` is None where no checkpoint covers the order. `planned` is the earliest day of a
    plan that was stated, by who may state it; None where none is. `extended` and `cleared` are
    the statements that changed its scope, `missing` what its closing says was not found.
    """

    act: Act
    known: datetime
    ordered: datetime | None
    planned: datetime | None
    reason: str | None
    acknowledged: tuple[Said, ...]
    reports: tuple[Report, ...]
    extended: tuple[Said, ...]
    cleared: tuple[Said, ...]
    ended: Said | None
    ending_reason: str | None
    missing: tuple[tuple[str, Quantity], ...]


def read(reader: Reader, act: Act) -> Course:
    """The course of a recall; LedgerError where its order cannot be read any more."""
    book = ActBook(reader)
    links = []
    for index, entry in book.entries(act.uri):
        try:
            links.append((index, parse(entry)))
        except Refused:
            continue
    times = book.times([index for index, _ in links])
    order = next((link for index, link in links if index == act.leaf), None)
    if order is None or order.statement is None:
        raise LedgerError(f"the order of {act.uri} cannot be read: `suyuan audit` says why")
    by_op: dict[str, list[tuple[Said, Object]]] = {}
    for index, link in links:
        if link.statement is not None and link.statement["type"] == act.kind:
            at = from_micros(times[index]) if index in times else None
            said = Said(link.actor, index, at)
            by_op.setdefault(str(link.statement["op"]), []).append((said, link.statement))
    ending = [
        one for op in ("close", "withdraw", "release") for one in by_op.get(op, ())
        if one[0].leaf == act.ended
    ]  # fmt: skip
    last, words = ending[0] if ending else (None, {})
    known = _known(order)
    return Course(
        act=act,
        known=known,
        ordered=from_micros(times[act.leaf]) if act.leaf in times else None,
        planned=_planned(by_op.get("plan", ()), known),
        reason=_text(order.statement.get("reason")),
        acknowledged=tuple(said for said, _ in by_op.get("acknowledge", ())),
        reports=tuple(_report(said, words) for said, words in by_op.get("report", ())),
        extended=tuple(said for said, _ in by_op.get("extend", ())),
        cleared=tuple(said for said, _ in by_op.get("clear", ())),
        ended=last,
        ending_reason=_text(words.get("reason")),
        missing=tuple(
            (str(one["item"]), found)
            for one in words.get("missing", ())
            if (found := quantity(one["value"], one["unit"])) is not None
        ),
    )


def _known(order: Link) -> datetime:
    said = order.statement or {}
    found = parse_time(said.get("known")) or parse_time(order.signed_at)
    assert found is not None
    return min(max(found, _FIRST), _LAST)


def _planned(stated: Sequence[tuple[Said, Object]], known: datetime) -> datetime | None:
    """The earliest stated: none is later than it was recorded, or the deadline could be put off."""
    found = []
    for said, words in stated:
        when = parse_time(words["planned"])
        if when is not None:
            found.append(max(known, when if said.at is None else min(when, said.at)))
    return min(found, default=None)


def _report(said: Said, statement: Object) -> Report:
    amounts: dict[tuple[str, str], Quantity] = {}
    unread = []
    for one in statement["quantities"]:
        found = quantity(one["value"], one["unit"])
        if found is None:
            unread.append(str(one["item"]))
            continue
        key = (str(one["item"]), str(one["kind"]))
        before = amounts.get(key)
        if before is not None and before.unit == found.unit:
            found = Quantity(before.micro + found.micro, found.unit)
        amounts[key] = found
    return Report(said, amounts, tuple(unread), tuple(statement.get("files", ())))


def quantity(value: object, unit: object) -> Quantity | None:
    """The amount that a statement's value and unit give, where it is exact."""
    return exact(value, _CODES[str(unit)]) if unit in _CODES else None


def amount(found: Quantity) -> dict[str, str]:
    """Value and unit of an amount, as statements write them."""
    text = f"{found.value:f}"
    return {
        "value": text.rstrip("0").rstrip(".") if "." in text else text,
        "unit": found.unit,
    }


def reason_of(reader: Reader, leaf: int) -> str | None:
    """The reason that a statement gives; None where it is hidden or cannot be read."""
    stored = reader.link(leaf)
    try:
        said = None if stored is None else parse(stored.entry).statement
    except Refused:
        return None
    return _text((said or {}).get("reason"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
