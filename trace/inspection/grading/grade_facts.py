"""What the ledger says of a party that grades it: inspections, cases, findings, each by its record.

The day of a fact is the day on which it was recorded, which its signer does not choose.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Access
from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.members import Object
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.act_reader import ActBook, recorded_cases
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.overview import covered_of
from suyuan.trace.store.read.reader import Reader

from .. import cases
from ..cases import Case
from ..counter import RESULT, THOROUGH, kind_of
from ..coverage import MONTHS, months_until
from ..inspectors import office_behind
from ..time_limits import clocks, due
from .grade import Fact, Grade, graded
from .grade_table import given

MOST = 500  # of each kind of source, the newest: older ones hardly count any more
RIGHT = "pass"
_OPENED = {
    "order": "order",
    "seizure": "seizure",
    "interview": "interview",
    "quick": "quick-positive",
}


class FactJson(Form):
    """A fact: its kind, day, record, and the day from which it counts no more."""

    kind: str
    day: str
    index: int
    ended: str | None


class LineJson(Form):
    """What facts of a kind give, in hundredths of a point."""

    kind: str
    points: int
    indexes: list[int]


class GradeJson(Form):
    """A grade with all that it was made from: whoever has the table makes it again."""

    party: str
    on: str
    roles: list[str]
    admitted: str
    facts: list[FactJson] = described("Those of later days too, which the grade does not see")
    categories: list[str] = described("Of food, of the twelve months before that of the day")
    table: dict[str, object] = described("As it graded here")
    static: int = described("In hundredths of a point, as all points are")
    lines: list[LineJson]
    dynamic: int
    total: int
    moved: int = described("By so many grades, to the worse")
    is_vetoed: bool
    grade: str
    checks: int = described("Inspections a year")
    share: int = described("Percent of a draw")


def written(day: date | None) -> str | None:
    """A day for programs, if there is one."""
    return None if day is None else str(day)


@dataclass(frozen=True, slots=True)
class Graded:
    """A party's grade, and the facts that were read for it."""

    party: Party
    admitted: date
    facts: list[Fact]
    grade: Grade
    inspected: date | None
    categories: Sequence[str]
    thorough: date | None

    @property
    def next_thorough(self) -> date:
        """By when it is inspected by the whole checklist: two years on, or from its beginning."""
        (clock,) = clocks()["operator"]
        last = max(self.thorough or self.admitted, clock.law.since)
        return due(clock, datetime.combine(last, time(), zone())).day

    @property
    def next_inspection(self) -> date | None:
        """By when it is inspected again, as its grade asks; None where it asks for none."""
        checks = self.grade.rule.checks
        if not checks:
            return None
        return (self.inspected or self.admitted) + timedelta(days=365 // checks)


def is_graded(party: Party) -> bool:
    """Whether the table grades parties of its roles."""
    return party.left is None and not given().table.static.points.keys().isdisjoint(party.roles)


def of_party(reader: Reader, ledger: Ledger, party: Party, on: date) -> Graded:
    """The grade of a party on a day, by what is recorded now; LedgerError for a city's table.

    Of offices those count that look after it now: of its division, or of one above.
    """
    access = Access(reader, ledger.trust.genesis)

    @cache
    def looks_after(office: str) -> bool:
        return access.is_officer(office) and access.inspects(office, party.uri)

    inspections = inspections_of(reader, party.uri, MOST, looks_after)
    on_day = _days(reader, [index for index, _payload in inspections])
    visits = list(_inspections(inspections, on_day))
    thorough = [on_day[index] for index, payload in inspections
                if index in on_day and kind_of(payload["event"]) == THOROUGH]  # fmt: skip
    facts = [fact for fact in visits if fact.kind != RIGHT]
    facts += _cases(reader, ledger, party.uri, looks_after)
    facts += _findings(reader, party.uri)
    facts.sort(key=lambda fact: (fact.index, fact.kind))
    admitted = _days(reader, [party.admitted]).get(party.admitted, on)
    food = _categories(reader, party.uri, on)
    grade = graded(facts, party.roles, admitted, on, given().table, categories=food)
    days = [fact.day for fact in visits if fact.day <= on]
    whole = max((day for day in thorough if day <= on), default=None)
    return Graded(party, admitted, facts, grade, max(days, default=None), food, whole)


def grade_json(found: Graded) -> GradeJson:
    """A grade for programs."""
    grade = found.grade
    return GradeJson(
        party=found.party.uri, on=str(grade.on), roles=list(found.party.roles),
        admitted=str(found.admitted),
        facts=[
            FactJson(fact.kind, str(fact.day), fact.index, written(fact.ended))
            for fact in found.facts
        ],
        categories=list(found.categories), table=given().table.model_dump(mode="json"),
        static=grade.static,
        lines=[
            LineJson(line.rule.name, line.points, [fact.index for fact in line.facts])
            for line in grade.lines
        ],
        dynamic=grade.dynamic, total=grade.total, moved=grade.moved, is_vetoed=grade.is_vetoed,
        grade=grade.rule.name, checks=grade.rule.checks, share=grade.rule.share,
    )  # fmt: skip


def _categories(reader: Reader, party: str, on: date) -> list[str]:
    """The categories of food of which it coded or bought lots in the months before a day's."""
    months = months_until(on.year * 100 + on.month, MONTHS + 1)
    rows = covered_of(reader, party, (months[0], months[-2]))
    return sorted({row.category for row in rows if row.counts["lots"]})


def _inspections(found: list[tuple[int, Object]], days: dict[int, date]) -> Iterator[Fact]:
    """Offices' inspections at its counter, of goods and of the shop, also those that it passed."""
    for index, payload in found:
        kind = payload["event"].get(RESULT)
        if index in days and kind in (RIGHT, "objection", "unfit"):
            yield Fact(kind, days[index], index)


def _cases(
    reader: Reader, ledger: Ledger, party: str, looks_after: Callable[[str], bool]
) -> Iterator[Fact]:
    """What offices opened about it, and how it went on; of a case that cannot be read nothing.

    A stage is of the office for which its actor inspects, or did: who has left takes none away.
    Cases in which no such office recorded anything are none of the newest.
    """

    @cache
    def counts(actor: str) -> bool:
        return looks_after(office_behind(reader, actor))

    rows = recorded_cases(reader, cases.KIND, about=party)
    for act in islice((act for act, actors in rows if any(map(counts, actors))), MOST):
        try:
            case = cases.read(reader, ledger, act)
        except LedgerError:
            continue
        yield from of_case(replace(case, stages=[s for s in case.stages if counts(s.actor)]))


def of_case(case: Case) -> Iterator[Fact]:
    """The facts that a case is, each from the day of its stage."""
    overturned = case.stage("overturned")
    ended = None if overturned is None else _day(overturned.at)
    for stage in case.stages:
        day = _day(stage.at)
        if stage.name == "opened" and case.kind in _OPENED:
            yield Fact(_OPENED[case.kind], day, stage.index)
        elif stage.name == "failed":
            yield Fact("sample-failed", day, stage.index, ended)
        elif stage.said.get("result") == "not-corrected":
            yield Fact("not-corrected", day, stage.index)


def _findings(reader: Reader, party: str) -> Iterator[Fact]:
    """Findings in its own records, as they stand now: what was put right is none any more."""
    graves = {Severity.GRAVE: "grave", Severity.SERIOUS: "serious"}
    found = [
        (finding.leaf, graves[severity])
        for finding in Lineage(reader).findings(actor=party)
        if (severity := heading(finding.rule).severity) in graves
    ][-MOST:]
    days = _days(reader, sorted({leaf for leaf, _kind in found}))
    yield from (Fact(kind, days[leaf], leaf) for leaf, kind in found if leaf in days)


def _days(reader: Reader, leaves: list[int]) -> dict[int, date]:
    """The days on which records were made."""
    return {leaf: _day(from_micros(at)) for leaf, at in ActBook(reader).times(leaves).items()}


def _day(moment: datetime) -> date:
    return moment.astimezone(zone()).date()
