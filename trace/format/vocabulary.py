"""The vocabulary: steps, roles, units and statements, and what is asked of each; one file of data.

`vocabulary.json` is read here and, as a module, by the scripts of the pages. Other code names no
step and no role: it asks for those of a trait.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

StepTrait = Literal[
    "begins",  # may bring an item into being, and so give it a new code
    "codes", "gathers", "treats", "slaughters", "blends", "fills", "packs", "unpacks", "sends",
    "sends_back", "unsends", "receives", "refuses", "loses", "destroys", "counts", "stores",
    "sells", "samples", "tests",
]  # fmt: skip
RoleTrait = Literal[
    "founds",  # is given with the first link, and never again
    "officer",  # speaks for every item, if the authority says so
    "person",  # of an office, which alone registers it; it inspects for that
    "inspects",  # looks after a remit
    "examines",  # its tests count as examinations
    "stockless",  # destroys, samples or imports what is others'
    "everywhere",  # works at other people's places
    "imports", "trades", "registers", "labels", "records", "grows", "counter",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """What a form asks of a step: `fields` its own, in order, `needs` those that it must have.

    `amount` is `must`, `may` or `none`. `is_many` where several items may be named, `may_be_new`
    where its item may get a code by it, `may_be_fresh` its container.
    """

    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    amount: Literal["must", "may", "none"] = "must"
    is_many: bool = True
    is_priced: bool = False
    may_be_new: bool = False
    may_be_fresh: bool = False
    may_be_zero: bool = False
    may_be_empty: bool = False
    makes: bool = False
    has_container: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step by its name here: the event that records it, its `members`, and what a form asks.

    `did` says it in findings, `reasons` are those offered for it. Of the `categories` of products
    a producer's batches begin with it, as its form may `offer`.
    """

    name: str
    words: str
    type: str
    biz_step: str
    action: str | None = None
    disposition: str | None = None
    traits: tuple[StepTrait, ...] = ()
    members: tuple[str, ...] = ()
    form: Form | None = None
    did: str | None = None
    categories: tuple[str, ...] = ()
    offer: str | None = None
    reasons: tuple[str, ...] = ()

    @property
    def event(self) -> dict[str, str]:
        """The members of its event that name it, besides the type."""
        parts = {"bizStep": self.biz_step, "action": self.action, "disposition": self.disposition}
        return {name: part for name, part in parts.items() if part is not None}


@dataclass(frozen=True, slots=True)
class Role:
    """A role: the steps that it usually does (`*`: all), and those it is given mandates for.

    `notice` is how a notice of the law names it, and which of its parties it means; `called` what
    else it is called in tables.
    """

    name: str
    words: str
    source: str
    called: tuple[str, ...] = ()
    traits: tuple[RoleTrait, ...] = ()
    usual: tuple[str, ...] = ()
    mandates: tuple[str, ...] = ()
    notice: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A code of UN/ECE Recommendation 20: so many of a base unit, exactly."""

    name: str
    base: str
    factor: Decimal
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: its subject's URI, and its members by form; `?` ends what may be absent."""

    name: str
    words: str
    subject: str | None
    members: Mapping[str, str]


def _tuples(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in pairs}


def _step(name: str, form: Mapping[str, Any] | None = None, **entry: Any) -> Step:
    kind = entry["type"]
    makes, has_container = kind == "TransformationEvent", kind == "AggregationEvent"
    parsed = None if form is None else Form(makes=makes, has_container=has_container, **form)
    return Step(name, form=parsed, **entry)


DATA: Mapping[str, Any] = json.loads(
    files(__package__).joinpath("vocabulary.json").read_text(encoding="utf-8"),
    object_pairs_hook=_tuples,
)
STEPS: Mapping[str, Step] = {name: _step(name, **entry) for name, entry in DATA["steps"].items()}
FORMS: Mapping[str, Form] = {name: step.form for name, step in STEPS.items() if step.form}
ROLES: Mapping[str, Role] = {name: Role(name, **entry) for name, entry in DATA["roles"].items()}
UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        name: Unit(name, entry["base"], Decimal(entry["factor"]), entry.get("words"))
        for name, entry in DATA["units"].items()
    }
)
BASES: tuple[str, ...] = tuple(dict.fromkeys(unit.base for unit in UNITS.values()))
STATEMENTS = {name: Statement(name, **entry) for name, entry in DATA["statements"].items()}
KEPT: Mapping[str, str] = DATA["kept"]
FATES: Mapping[str, str] = DATA["fates"]
RESULTS: Mapping[str, str] = DATA["results"]  # of tests, as laboratories write them
TESTED: Mapping[str, str] = DATA["tested"]  # what tests look for, in Chinese, and in English
LICENCES: Mapping[str, str] = DATA["licences"]
ALLERGENS: Mapping[str, str] = DATA["allergens"]
# The words for business steps of CBV and GDST that our tools do not write, and imports bring.
OTHERS: Mapping[str, str] = DATA["others"]
SEVERITIES: Mapping[str, str] = DATA["severities"]
HIDEABLE: tuple[str, ...] = DATA["hideable"]
BY_BIZ_STEP: dict[str, Step] = {}
for step in STEPS.values():  # of two with one business step the first
    BY_BIZ_STEP.setdefault(step.biz_step, step)


def steps_of(*traits: StepTrait) -> tuple[str, ...]:
    """The names of the steps that have any of these traits."""
    return tuple(step.name for step in STEPS.values() if not set(traits).isdisjoint(step.traits))


@lru_cache(maxsize=64)
def step_of(trait: StepTrait) -> Step:
    """The step of a trait; the first, where there are several."""
    return STEPS[steps_of(trait)[0]]


def step_named(biz_step: str, disposition: str) -> Step | None:
    """The step of a bare business step; of goods that go back, as the disposition ends, that."""
    back = step_of("sends_back")
    if biz_step == back.biz_step and disposition.endswith(str(back.disposition)):
        return back
    return BY_BIZ_STEP.get(biz_step)


def biz_steps(*traits: StepTrait) -> tuple[str, ...]:
    """The business steps of the steps that have any of these traits."""
    return tuple(dict.fromkeys(STEPS[name].biz_step for name in steps_of(*traits)))


def roles_of(*traits: RoleTrait) -> tuple[str, ...]:
    """The names of the roles that have any of these traits."""
    return tuple(role.name for role in ROLES.values() if not set(traits).isdisjoint(role.traits))


@lru_cache(maxsize=256)
def usual_steps(names: tuple[str, ...]) -> frozenset[str]:
    """The steps that parties of these roles usually do."""
    steps = {step for name in names if name in ROLES for step in ROLES[name].usual}
    return frozenset(STEPS if "*" in steps else steps)


def fits_trade(step: Step, categories: Collection[str]) -> bool:
    """Whether a step is done with goods of any of these categories; most are done with all."""
    if not step.categories or not categories:
        return True
    return any(category.startswith(step.categories) for category in categories)


def for_scripts() -> dict[str, Any]:
    """The vocabulary's part for scripts, without its words."""
    return {
        "steps": [
            {"traits": step.traits, "event": step.event} for step in STEPS.values() if step.traits
        ],
        "roles": {name: {"traits": role.traits} for name, role in ROLES.items()},
        "units": {name: [unit.base, f"{unit.factor:f}"] for name, unit in UNITS.items()},
        # What only a hidden field fills is no member that a script has to know.
        "statements": {
            name: [
                spec.subject,
                {key: form for key, form in spec.members.items() if form != "hidden"},
            ]
            for name, spec in STATEMENTS.items()
        },
        "kept": list(KEPT),
        "fates": list(FATES),
        "licences": list(LICENCES),
        "allergens": list(ALLERGENS),
    }


def words_of(said: str) -> str:
    """The words for a business step, or for a statement by `type op`; else what is said itself."""
    known = BY_BIZ_STEP.get(said) or STATEMENTS.get(said)
    return said if known is None else known.words
