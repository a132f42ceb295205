"""Three levels: what is open in an office's divisions, summed and division by division.

Each figure is counted by an index at a cost that follows what is open, never what was ever
recorded; stages and deadlines, for which cases are read, are those of the newest READ cases.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial

from suyuan.keys.validity import Party, significant
from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.offices import OFFICERS
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import micros, zone
from suyuan.trace.goods.handover.overdue import late_parties
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.office.task_notes import State, notes_of
from suyuan.trace.store.read.act_reader import ActBook, begun_case_counts, open_case_counts
from suyuan.trace.store.read.act_reader import cases as case_rows
from suyuan.trace.store.read.overview import Covered, covered_below
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import of_role
from suyuan.trace.store.schema_columns import ALL, LEVELS

from . import case_kinds, cases, complaints
from .complaints import Complaints
from .coverage import months_until
from .followup.division_report import REPORTS
from .followup.tasks import Source

READ = 60  # cases of which stages and deadlines are read
LOOKED = 500  # open cases of whatever office that are looked at for these
SHOWN = (Source.OVERDUE, Source.REPORT, Source.CASE)
FAILED = ("failed", "upheld")  # stages of a sample that failed
_OVERTURNED = "overturned"
_LAST = 12


@dataclass
class Level:
    """What is open in a division with all below it; `offices` are those at this very level."""

    division: str
    offices: list[Party] = field(default_factory=list)
    tasks: Counter[Source] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    acts: int = 0
    late: int = 0
    failed: int = 0
    covered: Covered | None = None


@dataclass
class Levels:
    """A division, or a remit: all of it, and each division of the next level that has something.

    `stages` are those of the newest `read` of its open cases, by kind; `opened` the cases that
    were opened in each month, by kind.
    """

    total: Level
    below: Mapping[str, Level]
    stages: Counter[tuple[str, str]]
    read: int
    is_over: bool
    opened: Mapping[int, Counter[str]]


def levels(reader: Reader, ledger: Ledger, within: Remit, now: datetime) -> Levels:
    """What is open in a remit; `now` decides what is late."""
    return _Levels(reader, ledger, within, now).all()


@dataclass
class _Levels:
    reader: Reader
    ledger: Ledger
    within: Remit
    now: datetime

    def __post_init__(self) -> None:
        divisions = ("",) if self.within.is_all else self.within.divisions
        self._whole = divisions[0] if len(divisions) == 1 else None
        self._parts = divisions
        self._below: dict[str, Level] = {}
        self._total = Level(self._whole or "")
        self._party: Callable[[str], Party | None] = cache(self.reader.party)

    def all(self) -> Levels:
        for party in late_parties(self.reader, self.within, micros(self.now)):
            self._add(party, lambda level: level.tasks.update((Source.OVERDUE,)))
        for act in ActBook(self.reader).in_force():
            if act.ended is None:
                self._add(act.actor, _one_act)
        for holder in self._reported():
            self._add(holder, lambda level: level.tasks.update((Source.REPORT,)))
        offices = self._offices()
        for office, kind, many in open_case_counts(self.reader, cases.KIND, offices):
            if kind != cases.SHARE:
                self._add(office, partial(_cases, kind=kind, many=many))
        stages, read, is_over = self._read()
        self._cover()
        below = {code: self._below[code] for code in sorted(self._below)}
        return Levels(self._total, below, stages, read, is_over, self._opened())

    def _add(self, party: str | None, to: Callable[[Level], None]) -> None:
        """Count something of a party's in the whole, and in the part that it is registered in."""
        known = None if party is None else self._party(party)
        if known is None or not self.within.covers(known):
            return
        to(self._total)
        if (part := self._part(known.division)) is not None:
            to(self._below.setdefault(part, Level(part)))

    def _part(self, division: str) -> str | None:
        """The division of the next level in which one lies; None for the whole itself."""
        digits = significant(division)
        if self._whole is None:
            return next((part for part in self._parts if digits.startswith(part)), None)
        size = next((n for n in LEVELS if n > len(self._whole)), None)
        return None if size is None or len(digits) < size else digits[:size]

    def _reported(self) -> Iterator[str | None]:
        """Holders of the labels of which consumers reported what nobody has dealt with."""
        newest, _count = Complaints(self.ledger.home).newest(REPORTS)
        notes = notes_of(self.reader, [complaints.key_of(one) for one in newest])
        done = {key for key, note in notes.items() if note.state == State.DONE}
        return (one.holder for one in newest if complaints.key_of(one) not in done)

    def _read(self) -> tuple[Counter[tuple[str, str]], int, bool]:
        """The stages of the newest open cases, and of them those late, and samples that failed."""
        stages: Counter[tuple[str, str]] = Counter()
        read = 0
        for looked, act in enumerate(case_rows(self.reader, cases.KIND)):
            office = None if act.office is None else self._party(act.office)
            if read == READ or looked == LOOKED:
                return stages, read, True
            if office is None or not self.within.covers(office) or act.sort == cases.SHARE:
                continue
            read += 1
            try:
                case = cases.read(self.reader, self.ledger, act)
            except LedgerError:  # its page says so
                continue
            stages[case.kind, case.stages[-1].name] += 1
            names = [one.name for one in case.stages]
            if any(clock.outcome(self.now) == "overdue" for clock in case.open_clocks):
                self._add(act.office, _late)
            if set(FAILED) & set(names) and _OVERTURNED not in names:
                self._add(act.office, _failed)
        return stages, read, False

    def _cover(self) -> None:
        """How far goods are traced this month, of each part."""
        today = self.now.astimezone(zone())
        month = today.year * 100 + today.month
        if self._whole is None:
            return
        for row in covered_below(self.reader, self._whole, month, ALL):
            self._below.setdefault(row.of, Level(row.of)).covered = row

    def _offices(self) -> list[str]:
        """The offices of the remit; those at a level that is shown are named beside it."""
        found = [
            office
            for low, high in self.within.spans()
            for role in OFFICERS
            for office in of_role(self.reader, role, low, high)
            if self.within.covers(office)
        ]
        for office in found:
            part, digits = self._part(office.division), significant(office.division)
            if digits == self._whole:
                self._total.offices.append(office)
            elif part == digits:
                self._below.setdefault(part, Level(part)).offices.append(office)
        return [office.uri for office in found]

    def _opened(self) -> Mapping[int, Counter[str]]:
        """The cases that were opened in each month, by kind, of the offices of this remit."""
        today = self.now.astimezone(zone())
        months = months_until(today.year * 100 + today.month, _LAST)
        starts = [
            self.reader.first_since(micros(datetime(at // 100, at % 100, 1, tzinfo=zone())))
            for at in months
        ]
        ends = [*starts[1:], self.reader.size()]
        opened = {}
        for month, start, stop in zip(months, starts, ends, strict=True):
            rows = begun_case_counts(self.reader, cases.KIND, start, stop) if start < stop else ()
            opened[month] = _by_kind(rows, self._covers)
        return opened

    def _covers(self, office: str | None) -> bool:
        return office is not None and self.within.covers(self._party(office))


def _by_kind(
    rows: Iterable[tuple[str | None, str | None, int]], covers: Callable[[str | None], bool]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for office, kind, many in rows:
        if covers(office) and kind != cases.SHARE:
            counts[kind or ""] += many
    return counts


def _cases(level: Level, kind: str | None, many: int) -> None:
    level.kinds[kind or ""] += many
    level.tasks[Source.CASE] += many


def _one_act(level: Level) -> None:
    level.acts += 1


def _late(level: Level) -> None:
    level.late += 1


def _failed(level: Level) -> None:
    level.failed += 1


def kinds_shown(found: Levels) -> Sequence[str]:
    """The kinds of cases that are open here or were opened, the table's order first."""
    seen = set(found.total.kinds) | {kind for one in found.opened.values() for kind in one}
    order = [*case_kinds.kinds()]
    return sorted(seen, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
