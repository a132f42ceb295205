"""Which kinds of cases and stages there are, and what these say: data (`data/cases.toml`)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.statements import is_day
from suyuan.trace.format.vocabulary import STEPS

from .coverage import category_words

LATEST = "2100"  # the year from which on no day is taken: the law counts from it
_MARKS = ("sets", "lengthens", "holds", "timely", "open", "aside", "another")


@dataclass(frozen=True, slots=True)
class Field:
    """What a stage may say: a form's field, which `needs` to be there or not."""

    name: str
    text: Message
    form: Literal[
        "text", "long", "table", "amount", "number", "day", "choice", "many", "party", "item",
        "officer", "phone", "case",
    ]  # fmt: skip
    choices: Mapping[str, Message] = field(default_factory=dict)

    def is_said(self, value: object) -> bool:
        """Whether a value has its form, as far as anything is worked out from it."""
        if self.form == "number":
            return type(value) is int and 0 < value < 1_000
        is_text = isinstance(value, str)
        return is_text and (self.form != "day" or (is_day(value) and str(value) < LATEST))


@dataclass(frozen=True, slots=True)
class StageKind:
    """A stage of a kind of case: who records it, behind which others, what it says.

    `after` are the stages of which one must be the newest of the case or, with `*`, anywhere in
    it; empty where it opens one. `sets` where it sets a day, `lengthens` the stage whose clocks it
    lengthens. `told` are the fields that who reported it reads; None where it is not told of it.
    One that `holds` may suspend the sale of the goods with it; one that is `timely` is
    recorded only while the clock that it meets runs; one that is `open` is called so in clear. One
    `aside` leaves the line as it is on which the others follow each other; one by `another` is not
    recorded by whoever opened the case.
    """

    name: str
    text: Message
    by: Literal["office", "party"]
    after: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    sets: bool = False
    lengthens: str | None = None
    told: tuple[str, ...] | None = None
    holds: bool = False
    timely: bool = False
    open: bool = False
    aside: bool = False
    another: bool = False


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case, its stages by name in their order.

    Of one that `is_hidden` the party stands in no clear member; one that `tells` it reads. Of one
    that `is_sealed` a stage's own name is hidden with what it says: none gives a result away.
    """

    name: str
    text: Message
    is_hidden: bool
    tells: bool
    is_sealed: bool
    stages: Mapping[str, StageKind]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Any]:
    text = files(__package__).joinpath("data", "cases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def shared_members() -> frozenset[str]:
    """The members that a record may have to be given whole to another agency."""
    return frozenset(_tables()["shared_members"])


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Field]:
    """All fields by name."""
    steps = {name: msg(step.words) for name, step in STEPS.items()}
    tables = {None: {}, "food": {**category_words()}, "steps": steps}
    return MappingProxyType(
        {
            name: Field(
                name, msg(row["text"]), row.get("form", "text"),
                {key: msg(text) for key, text in row.get("choices", {}).items()}
                | tables[row.get("of")],
            )
            for name, row in _tables()["fields"].items()
        }
    )  # fmt: skip


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, CaseKind]:
    """All kinds of cases by name."""
    return MappingProxyType({row["name"]: _kind(row) for row in _tables()["kinds"]})


@lru_cache(maxsize=1)
def common() -> Mapping[str, StageKind]:
    """The stages of every kind, by name: what became of an office's document."""
    return MappingProxyType(
        {
            row["name"]: StageKind(
                row["name"],
                msg(row["text"]),
                "office",
                (),
                tuple(row["fields"]),
                sets=row.get("sets", False),
            )
            for row in _tables()["common"]
        }
    )


def _kind(row: Mapping[str, Any]) -> CaseKind:
    stages = {}
    for one in row["stages"]:
        more: dict[str, Any] = {name: one[name] for name in _MARKS if name in one}
        for name in ("after", "fields", "needs", "forms"):
            more[name] = tuple(one.get(name, ()))
        stages[one["name"]] = StageKind(
            one["name"],
            msg(one["text"]),
            one.get("by", "office"),
            **more,
            told=tuple(one["told"]) if "told" in one else None,
        )
    is_hidden, tells = row.get("is_hidden", False), row.get("tells", True)
    is_sealed = row.get("is_sealed", False)
    return CaseKind(row["name"], msg(row["text"]), is_hidden, tells, is_sealed, stages)
