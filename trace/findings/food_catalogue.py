"""The catalogue of food: its categories, and what the tables require of each, by law and city."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from suyuan.trace.format.messages import Message, msg, msg_in
from suyuan.trace.format.vocabulary import step_of

from .law import Law, of_entry
from .rule_tables import Entry, chosen, city, table


@dataclass(frozen=True, slots=True)
class Category:
    """A category of food: its name in the data, for people, and the product categories meant."""

    name: str
    words: Message
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What goods of a category need, for whom and at which step; None is everybody, any step.

    `division` is whom it binds, None everywhere; `is_city` where a city's own file adds it. `rule`
    reports what lacks it.
    """

    rule: str
    role: str | None
    step: str | None
    what: tuple[Message, ...]
    law: Law
    division: str | None = None
    is_city: bool = False


@lru_cache(maxsize=1)
def categories() -> tuple[Category, ...]:
    """The categories, in the order of the table."""
    rows = table("catalogue")["category"]
    return tuple(Category(r["name"], msg(r["words"]), tuple(r["patterns"])) for r in rows)


def requirements(category: Category) -> Iterator[Requirement]:
    """All that is required of a category, first what it alone needs; each from its own table."""
    own = city().get("required", ())
    for row in table("required")["required"]:
        if _meets(category, row["category"]):
            what, division = (msg(row["what"]),), row.get("division")
            is_city = any(row == added for added in own)
            yield Requirement(
                "required", row["role"], row["step"], what, of_entry(row), division, is_city
            )
    limits = table("cold_chain")["limits"]
    for row in (row for row in limits if _meets(category, row["category"])):
        ends = row.get("least", "…"), row.get("most", "…")
        kept = msg("kept at %(least)s to %(most)s °C", least=ends[0], most=ends[1])
        yield Requirement("cold-chain", None, None, (kept,), of_entry(row))
    bought = table("purchase")
    if any(_meets(category, pattern) for pattern in bought["categories"]):
        asked = tuple(msg(entry["what"]) for entry in bought["asked"])
        law, step = of_entry(bought), step_of("receives").name
        yield Requirement("purchase", None, step, asked, law, bought["division"])


def of_every_food() -> Iterator[Requirement]:
    """What each step needs of whatever food."""
    for row in table("fields")["fields"]:
        names = tuple(msg_in("field", name.removeprefix("suyuan:")) for name in row["fields"])
        yield Requirement("fields", None, row["step"], names, of_entry(row))


OTHER = "other"  # what is in no category of the catalogue, or states none


@lru_cache(maxsize=4_096)
def category_named(text: str | None) -> str:
    """The name of the catalogue's category that a product category falls in; else OTHER."""
    entry = chosen(_by_pattern(), text)
    return OTHER if entry is None else str(entry["name"])


@lru_cache(maxsize=1)
def _by_pattern() -> list[Entry]:
    return [{"category": p, "name": c.name} for c in categories() for p in c.patterns]


def _meets(category: Category, pattern: str) -> bool:
    """Whether some goods of a category are meant: a product category that both patterns fit.

    Of a category that another of the catalogue cuts out of this pattern none are.
    """
    narrow = pattern.rstrip("*")
    for own in category.patterns:
        wide = own.rstrip("*")
        if narrow.startswith(wide):
            entry = chosen(_by_pattern(), narrow)
            return entry is not None and entry["name"] == category.name
        if wide.startswith(narrow) and pattern.endswith("*") and narrow:
            return True
    return False
