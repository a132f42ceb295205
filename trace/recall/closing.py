"""Closing a recall: its quantities add up, or the closing says what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import LedgerError
from ..link import MAX_ENTRY
from ..quantities import Quantity
from .course import amount
from .progress import Progress

MOST = 250  # amounts that fit one entry beside the rest of it, with URIs of ordinary length
_ROOM = MAX_ENTRY * 3 // 4 - 2_000  # bytes of a statement: base64 takes a third more


@dataclass(frozen=True, slots=True)
class Closing:
    """What a recall can be closed with at present.

    `missing` are amounts that nothing explains, by item; where they are too many for one link,
    their sums by unit under the act's own URI. `surplus` is what was found beyond what the ledger
    knows to have been made; `unknown` says which amounts are not known.
    """

    missing: tuple[tuple[str, Quantity], ...]
    surplus: tuple[tuple[str, Quantity], ...]
    unknown: tuple[str, ...]
    is_summed: bool

    @property
    def adds_up(self) -> bool:
        """Whether every quantity is known and explained."""
        return not (self.missing or self.surplus or self.unknown)

    def statement(self) -> list[Mapping[str, str]]:
        """`missing` as the statement has it."""
        return [{"item": item, **amount(found)} for item, found in self.missing]

    def agrees(self, said: Iterable[tuple[str, Quantity]]) -> bool:
        """Whether a closing statement's `missing` is this."""
        return sorted(said, key=str) == sorted(self.missing, key=str)


def closing(found: Progress) -> Closing:
    """What a recall's closing has to say, as of now."""
    missing: list[tuple[str, Quantity]] = []
    surplus: list[tuple[str, Quantity]] = []
    for item in found.items:
        if item.sum is None or item.unit is None:
            continue
        # What one holder tells too much of makes up for nothing that another lacks.
        over = sum(max(-line.gap, 0) for line in item.lines)
        over = max(over, -item.sum.unaccounted)
        gap = item.sum.unaccounted + over
        if gap > 0:
            missing.append((item.item, Quantity(gap, item.unit)))
        if over > 0:
            surplus.append((item.item, Quantity(over, item.unit)))
    is_summed = not _fits(missing)
    if is_summed:
        by_unit: dict[str, int] = {}
        for _, one in missing:
            by_unit[one.unit] = by_unit.get(one.unit, 0) + one.micro
        missing = [(found.act.uri, Quantity(n, unit)) for unit, n in sorted(by_unit.items())]
    return Closing(tuple(missing), tuple(surplus), tuple(found.unknown), is_summed)


def _fits(missing: Iterable[tuple[str, Quantity]]) -> bool:
    rows = list(missing)
    size = sum(len(item) + len(str(one.micro)) + 50 for item, one in rows)
    return len(rows) <= MOST and size <= _ROOM


def require(found: Closing, reason: str | None, *, is_accepted: bool) -> None:
    """Raise NotAdding unless the recall may be closed: it adds up, or somebody says why not."""
    if not found.adds_up and not (is_accepted and reason):
        raise NotAdding(found)


class NotAdding(LedgerError):
    """Quantities of a recall do not add up."""

    def __init__(self, found: Closing) -> None:
        parts = []
        if found.missing:
            said = ", ".join(f"{_shown(q)} of {item}" for item, q in found.missing[:3])
            more = len(found.missing) - 3
            parts.append(f"missing: {said}" + (f" and {more:,} more" if more > 0 else ""))
        if found.surplus:
            said = ", ".join(f"{_shown(q)} of {item}" for item, q in found.surplus[:3])
            parts.append(f"more is reported than the ledger knows of: {said}")
        if found.unknown:
            more = len(found.unknown) - 1
            also = f" (and {more:,} more)" if more else ""
            parts.append(f"not known: {found.unknown[0]}{also}")
        super().__init__("the quantities do not add up. " + "; ".join(parts))
        self.found = found


def _shown(quantity: Quantity) -> str:
    said = amount(quantity)
    unit = "piece(s)" if said["unit"] == "1" else said["unit"]
    return f"{said['value']} {unit}"
