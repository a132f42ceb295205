"""The tables that rules read: TOML, each entry with its source, chosen by product category."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from suyuan.trace.format.quantities import MICRO
from suyuan.trace.lineage.model import Story

from . import law
from .rule import Context

Entry = Mapping[str, Any]


@lru_cache(maxsize=16)
def table(name: str) -> Entry:
    """A table of `data/`, by its name."""
    text = files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def matches(pattern: str, category: str | None) -> bool:
    """Whether a category is meant: itself, or by its beginning and `*`; `*` means none too."""
    if pattern == "*":
        return True
    if category is None:
        return False
    if pattern.endswith("*"):
        return category.startswith(pattern[:-1])
    return category == pattern


def chosen(entries: Sequence[Entry], category: str | None) -> Entry | None:
    """The entry whose `category` names this one most closely; None where none does."""
    fitting = [entry for entry in entries if matches(entry["category"], category)]
    return max(fitting, key=lambda entry: len(entry["category"].rstrip("*")), default=None)


def category(story: Story, context: Context) -> str | None:
    """The category of an item's product: as its statement says, else as its coding does."""
    if story.product is not None:
        return story.product.category
    if story.lot is None:
        return None
    ilmd = (context.event(story.lot.leaf) or {}).get("ilmd")
    name = ilmd.get("suyuan:category") if isinstance(ilmd, dict) else None
    return name if isinstance(name, str) and name else None


def holds(entry: Entry, day: date) -> bool:
    """Whether what an entry asks holds on a day, by its own `since` and `last`."""
    return law.of_entry(entry).holds(day)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What weighing and counting may be off by: a share of what came in, and never less."""

    share: Decimal
    least: Mapping[str, int]  # by base unit, in millionths

    def of(self, amount: int, unit: str | None) -> int:
        """For this much, in millionths of the base unit."""
        if unit == "1":
            return self.least.get(unit, 0)
        return max(int(self.share * amount), self.least.get(unit or "", 0))


def tolerance(name: str | None) -> Tolerance:
    """The tolerance for a category."""
    entry = chosen(table("tolerances")["tolerance"], name)
    assert entry is not None  # `*` is among them: a test looks
    least = {"1" if unit == "pieces" else unit: amount for unit, amount in entry["least"].items()}
    return Tolerance(
        Decimal(entry["share"]),
        {unit: int(Decimal(amount) * MICRO) for unit, amount in least.items()},
    )
