"""The tables that rules read: TOML, each entry with its source, chosen by product category."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from suyuan.keys.settings import setting
from suyuan.keys.validity import significant
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.quantities import MICRO
from suyuan.trace.format.vocabulary import ROLES, STEPS
from suyuan.trace.lineage.model import Story

from . import law
from .rule import Context

Entry = Mapping[str, Any]
_TEXTS = ("category", "role", "step", "what", "source", "since", "division")
_LISTS = ("fields", "or_in", "or_step")


@lru_cache(maxsize=16)
def table(name: str) -> Entry:
    """A table of `data/`, by its name; behind its own rows those of the city's file, if any."""
    text = files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    return rows | {key: rows[key] + more for key, more in city().items() if key == name}


def city_text() -> str:
    """The city's own requirements as written: SUYUAN_CATALOGUE, or the file of …_FILE."""
    return setting("CATALOGUE") or ""


@lru_cache(maxsize=1)
def city() -> Mapping[str, list[Entry]]:
    """The rows that a city adds, by table: `required`, each with the `division` that it binds.

    LedgerError, with the row, for what is no such row.
    """
    try:
        rows = tomllib.loads(city_text())
    except tomllib.TOMLDecodeError as error:
        raise LedgerError("SUYUAN_CATALOGUE is no TOML: %s", str(error)) from None
    listed = rows.get("required", [])
    if rows.keys() - {"required"} or not isinstance(listed, list):
        raise LedgerError("SUYUAN_CATALOGUE: write [[required]] rows, and nothing else")
    for number, row in enumerate(listed, 1):
        if wrong := _wrong(row):
            raise LedgerError("SUYUAN_CATALOGUE, row %s of [[required]]: see %s", number, wrong)
    return {"required": [{name: [] for name in _LISTS} | row for row in listed]}


def _wrong(row: Any) -> str | None:
    """The first member of a row that is missing or none."""
    if not isinstance(row, dict):
        return "required"
    for name in (*_TEXTS, *row):
        value = row.get(name)
        if name in _LISTS:
            is_right = isinstance(value, list) and all(isinstance(part, str) for part in value)
        else:
            is_text = isinstance(value, str) and 0 < len(value) <= 500 and value.isprintable()
            is_right = is_text and name in (*_TEXTS, "after", "last")
        if not is_right:
            return str(name)
    for name in sorted({"since", "last"} & row.keys()):
        try:
            date.fromisoformat(row[name])
        except ValueError:
            return name
    steps = {row["step"], row.get("after", row["step"]), *row.get("or_step", ())}
    steps |= set(row.get("or_in", ()))
    if not steps <= STEPS.keys():
        return "step"
    if row["role"] not in ROLES:
        return "role"
    return None if row["division"].isdigit() and len(row["division"]) <= 12 else "division"


def binds(entry: Entry, division: str) -> bool:
    """Whether an entry binds a party of this division: everywhere, unless it names its own."""
    return division.startswith(significant(entry.get("division", "")))


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
