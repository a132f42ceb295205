"""By when a party confirms what it was sent, and enters what it bought: the rule and its source.

Fujian's measures say so for those whom a notice names; everybody else is reminded. Both are data,
each with its source and the days on which it holds. Neither text was read for this program, only
what is said of them: an operator who has them corrects the hours, roles and days here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from suyuan.keys.validity import significant
from suyuan.trace.findings.law import Law
from suyuan.trace.format.json_values import Form, Instant, Json, described, instant
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import local, micros, parse_micros, zone
from suyuan.trace.format.vocabulary import ROLES

PURCHASED = "suyuan:purchased"
HOUR = 3_600_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Measure:
    """So many hours for an act, in a division, while its law holds."""

    hours: int
    what: Message
    law: Law
    division: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A role that a notice names; `only` says which of them, where the role does not say it."""

    named: str
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Whom a measure binds, by role, while its law holds."""

    law: Law
    division: str
    roles: Mapping[str, Bound]


_MEASURES = Law(
    "Fujian Provincial Measures on Food Safety Information Traceability (福建省食品安全信息追溯管理"
    "办法), Order 198 of 2017 as revised by Order 238, in force since 2024-05-01",
    since=date(2024, 5, 1),
)
CONFIRM = Measure(
    24,
    msg("what a supplier pushed is confirmed within 24 hours"),
    _MEASURES,
    "35",
)
ENTER = Measure(
    36,
    msg("where the supplier pushed nothing, the buyer enters the purchase within 36 hours"),
    _MEASURES,
    "35",
)

# Seven groups; (2) grain dealers and (3) importers are no roles here. A firm with unified
# distribution is in (6) whatever its size.
NOTICE = Notice(
    Law(
        "Notice of the Fujian Administration for Market Regulation and four other departments of "
        "2024-04-17 on who traces and what (关于公布追溯食品生产经营者范围和具体类别品种的通告), "
        "in force from 2024-05-01 for ten years",
        since=date(2024, 5, 1),
        last=date(2034, 4, 30),
    ),
    "35",
    {role.name: Bound(**role.notice) for role in ROLES.values() if role.notice is not None},
)


class DutyJson(Form):
    """By when something is to be done; a reminder for those whom the rule does not bind."""

    due: Instant
    is_binding: bool
    what: str
    source: str = described("The rule, by its number and date")
    note: str | None = described("Whom of a role it means, where a role does not say")


@dataclass(frozen=True, slots=True)
class Duty:
    """What is due, in microseconds UTC; a reminder for those whom it does not bind.

    `note` names whom of a role the notice means, where the role does not say it.
    """

    due: int
    is_binding: bool
    what: Message
    source: str
    note: str | None = None

    def is_over(self, now: int) -> bool:
        """Whether a moment is past the deadline; the deadline itself is in time."""
        return now > self.due

    def write(self) -> Json:
        """What is due by when, whom it binds and by which rule, as JSON."""
        return DutyJson.write(self, due=instant(self.due), what=str(self.what))


def confirmation(recorded: int, roles: Iterable[str], division: str) -> Duty:
    """By when a recipient of these roles and division answers what was recorded at a time."""
    return _duty(CONFIRM, recorded, roles, division)


def entry(purchased: int, roles: Iterable[str], division: str) -> Duty:
    """By when a purchase of which the supplier pushed nothing is entered by its buyer."""
    return _duty(ENTER, purchased, roles, division)


def purchased_at(event: Object) -> int | None:
    """When goods were bought, in microseconds UTC: the end of the named day, else its own time."""
    named = event.get(PURCHASED)
    if isinstance(named, str):
        try:
            day = date.fromisoformat(named)
            return micros(datetime.combine(day + timedelta(days=1), time(), zone()))
        except (ValueError, OverflowError):
            pass
    return parse_micros(event.get("eventTime"))


def _duty(measure: Measure, start: int, roles: Iterable[str], division: str) -> Duty:
    day = local(start, zone()).date()
    named = [NOTICE.roles[role] for role in sorted(set(roles)) if role in NOTICE.roles]
    is_binding = (
        bool(named)
        and all(rule.law.holds(day) for rule in (measure, NOTICE))
        and all(division.startswith(significant(rule.division)) for rule in (measure, NOTICE))
    )
    # One role that is named without more is bound whatever the others are.
    only = (
        None
        if any(bound.only is None for bound in named)
        else "; ".join(bound.only for bound in named if bound.only is not None)
    )
    return Duty(
        start + measure.hours * HOUR,
        is_binding,
        measure.what,
        measure.law.cited,
        only if is_binding and only else None,
    )
