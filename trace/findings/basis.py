"""The law behind a finding or another task, as data: by its order, and which of its articles."""

from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.trace.format.messages import Message, msg

from .rule_tables import table


@dataclass(frozen=True, slots=True)
class Basis:
    """What a kind of task rests on, and within how many working days it is dealt with, if any.

    `ahead` is how many days before its day it is one.
    """

    citations: tuple[Message, ...] = ()
    workdays: int | None = None
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """An item of the checklist by which a shop is inspected, a key one or a general one."""

    name: str
    is_key: bool
    text: Message
    citations: tuple[Message, ...]


def checks() -> list[Check]:
    """The checklist, in its order."""
    laws = table("basis")["laws"]
    return [
        Check(
            row["name"],
            row["is_key"],
            msg(row["text"]),
            tuple(_citation(laws[law], numbers) for law, numbers in row["cites"].items()),
        )
        for row in table("checklist")["checks"]
    ]


def basis_of(kind: str) -> Basis:
    """The basis of a rule's findings, or of another kind of task; no citation where none is known.

    The table's laws were read on its day `read`.
    """
    rows = table("basis")
    for row in rows["basis"]:
        if kind in row["of"]:
            cited = (_citation(rows["laws"][law], nos) for law, nos in row["cites"].items())
            return Basis(tuple(cited), row.get("workdays"), row.get("ahead", 0))
    return Basis()


def _citation(law: str, articles: Sequence[int]) -> Message:
    """A law in each language, with what is cited of it."""
    if not articles:
        return msg(law)
    return msg("%(law)s, arts. %(articles)s", law=msg(law), articles=list(map(str, articles)))
