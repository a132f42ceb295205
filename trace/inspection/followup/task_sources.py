"""Where tasks come from, each source the newest first: by indexes, at a cost that follows them.

A source gives an order for each row that it has looked at, with the task where it is in the remit
that is asked for: whoever reads may stop and go on from there.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import islice, takewhile

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.findings.basis import basis_of
from suyuan.trace.findings.rule import ItemFinding, Severity
from suyuan.trace.findings.rule_list import CATALOGUE, heading
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.goods.handover.overdue import Overdue, open_of, open_since
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recall import course as courses
from suyuan.trace.recall.deadlines import after_workdays, timing
from suyuan.trace.recall.outline import answered_by
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.act_reader import cases as case_rows
from suyuan.trace.store.read.overview import Overview, Wanted
from suyuan.trace.store.read.reader import Reader

from .. import case_kinds, cases, complaints
from ..cases import Case
from ..complaints import Complaint, Complaints
from ..draws import draw_book
from ..draws.draw_book import picks_now
from ..draws.draw_check import KIND
from ..reported import handling
from ..sampling import lab_reports, laboratories
from ..time_limits import next_due
from . import early_warnings
from .tasks import Order, Place, Source, Task

Looked = tuple[Order, Task | None]
_REPORT = msg("A consumer reports a problem")
_OVERDUE = msg("Goods received and not confirmed in time")
_SILENT = msg("A holder has not answered a recall")
_PAPER = msg("A licence expires")
_TAKEN_UP = msg("A case has been opened from it.")
_ERASED = msg("What it said is erased.")
_BLOCK = 100
_DRAWN = msg("Drawn for inspection")
_UNANNOUNCED = msg("Inspect it unannounced, by those who were drawn with it.")
_UNSIGNED = msg("Its sheet waits for the signature of its second officer.")
_REPORTED = msg("The laboratory has reported: record its result.")
_WORST = ("ill",)  # kinds of reports that are grave


@dataclass(frozen=True)
class Sources:
    """All tasks of a remit at a moment, over one reader and the home's consumers' reports.

    Whom a draw names is for the people of `office` alone, whoever else looks after them.
    """

    reader: Reader
    ledger: Ledger
    remit: Remit
    now: datetime
    office: str | None = None

    def behind(
        self, source: Source, after: Order | None, severity: Severity | None = None
    ) -> Iterator[Looked]:
        """What a source has behind an order, all of it where none is given, the newest first."""
        of_source: Mapping[Source, Callable[[Order | None, Severity | None], Iterator[Looked]]] = {
            Source.FINDING: self._findings,
            Source.REPORT: self._reports,
            Source.OVERDUE: self._overdue,
            Source.SILENT: self._silent,
            Source.PAPER: lambda after, _: self._sorted(self._papers()),
            Source.CASE: self._cases,
            Source.WARNING: lambda after, _: self._sorted(self._warnings()),
            Source.DRAWN: self._drawn,
        }
        rows = of_source[source](after, severity)
        return (row for row in rows if after is None or row[0].rank < after.rank)

    def find(self, source: Source, place: Place) -> Task | None:
        """The task at a place; None where it is none, any more, or outside of the remit."""
        rows: Iterator[Looked] = iter(())
        match source:
            case Source.FINDING:
                leaf, rule, subject = place
                findings = early_warnings.found(
                    self.reader, self.remit, Wanted(rules={rule}, leaves={leaf})
                )
                rows = (self.of_finding(row) for row in findings if row.subject == subject)
            case Source.REPORT:
                report = Complaints(self.ledger.home).find(place[1])
                is_it = report is not None and report.received == place[0]
                if report is not None and is_it:
                    has_case = bool(handling.cases_of(self.reader, [report.number]))
                    rows = iter([self.of_report(report, has_case=has_case)])
            case Source.OVERDUE:
                late = open_of(self.reader, place[0], micros(self.now))
                if late is not None and self._covers(late.party):
                    order = Order(late.duty.due, source, place)
                    rows = iter([(order, self._late(order, late))])
            case Source.SILENT:
                of_act = self._silent(None, None, place[0] + 1)
                rows = takewhile(lambda row: row[0].place[0] == place[0], of_act)
            case Source.PAPER:
                rows = self._papers()
            case Source.CASE:
                of_act = self._cases(None, None, place[0] + 1)
                rows = takewhile(lambda row: row[0].place[0] == place[0], of_act)
            case Source.WARNING:
                rows = self._warnings()
            case Source.DRAWN:
                of_act = self._drawn(None, None, place[0] + 1)
                rows = takewhile(lambda row: row[0].place[0] == place[0], of_act)
        return next((task for order, task in rows if order.place == place), None)

    def _sorted(self, rows: Iterator[Looked]) -> Iterator[Looked]:
        yield from sorted(rows, key=lambda row: row[0].rank, reverse=True)

    @cached_property
    def _parties(self) -> dict[str, bool]:
        return {}

    def _covers(self, party: str | None) -> bool:
        """Whether a party is in the remit; what is nobody's is for who looks after all."""
        if self.remit.is_all or party is None:
            return self.remit.is_all
        if party not in self._parties:
            self._parties[party] = self.remit.covers(self.reader.party(party))
        return self._parties[party]

    def _since(self, leaf: int) -> int:
        recorded = self.reader.recorded(leaf)
        return 0 if recorded is None else recorded.time

    def _findings(self, after: Order | None, severity: Severity | None) -> Iterator[Looked]:
        rules = None
        if severity is not None:
            rules = {name for name, rule in CATALOGUE.items() if rule.severity is severity}
        start = None
        if after is not None and after.source is Source.FINDING:
            start = after.place
        elif after is not None:
            start = (self.reader.first_since(after.since + 1), "", "")
        findings = early_warnings.found(
            self.reader, self.remit, Wanted(rules=rules, after=start, newest_first=True)
        )
        return map(self.of_finding, findings)

    def of_finding(self, found: ItemFinding) -> Looked:
        """The task that a finding is."""
        place = found.leaf, found.rule, found.subject
        order = Order(self._since(found.leaf), Source.FINDING, place)
        if not self._covers(found.actor):
            return order, None
        rule = heading(found.rule)
        task = Task(order, rule.severity, rule.title, found.message, party=found.actor,
                    item=found.subject, index=found.leaf, of=found.rule)  # fmt: skip
        return order, task

    def _reports(self, after: Order | None, _severity: Severity | None) -> Iterator[Looked]:
        until = None if after is None else after.since
        reports = Complaints(self.ledger.home).all(until)
        while block := list(islice(reports, _BLOCK)):
            cases = handling.cases_of(self.reader, [report.number for report in block])
            for report in block:
                order, task = self.of_report(report, has_case=report.number in cases)
                yield order, None if report.number in cases else task

    @cached_property
    def _is_reported_here(self) -> Callable[[Complaint], bool]:
        return complaints.within(self.reader, self.remit)

    def of_report(self, report: Complaint, *, has_case: bool = False) -> Looked:
        """The task that a consumer's report is; of one with a case, its own words are not here."""
        order = Order(report.received, Source.REPORT, (report.received, report.number, ""))
        if not self._is_reported_here(report):
            return order, None
        severity = Severity.GRAVE if report.kind in _WORST else Severity.SERIOUS
        workdays = basis_of(Source.REPORT).workdays
        due = None
        if workdays is not None:
            due = after_workdays(_day(from_micros(report.received)), workdays).day
        said = None if has_case else Complaints(self.ledger.home).said(report)
        words = said.text if said is not None else _TAKEN_UP if has_case else _ERASED
        task = Task(order, severity, _REPORT, words, party=report.holder,
                    item=report.item, of=report.kind, legal_due=due)  # fmt: skip
        return order, task

    def _overdue(self, after: Order | None, _severity: Severity | None) -> Iterator[Looked]:
        now, until = micros(self.now), None if after is None else after.since
        for due, leaf, recipient in open_since(self.reader, now, until):
            order = Order(due, Source.OVERDUE, (leaf, recipient, ""))
            late = open_of(self.reader, leaf, now) if self._covers(recipient) else None
            yield order, None if late is None else self._late(order, late)

    def _late(self, order: Order, row: Overdue) -> Task:
        severity = Severity.SERIOUS if row.duty.is_binding else Severity.MINOR
        return Task(order, severity, _OVERDUE, row.duty.what, party=row.party,
                    item=next(iter(row.items), None), index=row.index,
                    legal_due=_day(from_micros(row.duty.due)))  # fmt: skip

    def _papers(self) -> Iterator[Looked]:
        """Licences that end soon, or have ended, by what counts of their holders' profiles."""
        today, ahead = _day(self.now), timedelta(days=basis_of(Source.PAPER).ahead)
        before = (today + ahead).isoformat()
        for licence in Profiles(self.reader, self.ledger.trust.genesis).expiring(
            before, self.remit
        ):
            end = date.fromisoformat(str(licence.expires))
            told = datetime.combine(end - ahead, time(), zone())
            number = hashlib.sha256(f"{licence.kind}\0{licence.number}".encode()).hexdigest()[:16]
            place = (end.toordinal(), f"{number}/{licence.holder}", "")
            order = Order(max(micros(told), 0), Source.PAPER, place)
            severity = Severity.SERIOUS if end < today else Severity.MINOR
            reason = msg("Licence %(number)s: until %(day)s", number=licence.number, day=str(end))
            yield order, Task(order, severity, _PAPER, reason, party=licence.holder,
                              legal_due=end)  # fmt: skip

    def _warnings(self) -> Iterator[Looked]:
        """What repeats about parties of the remit, since when it is so many."""
        for warning in early_warnings.warnings(self.reader, self.ledger, self.remit, self.now):
            name, party = warning.threshold.name, warning.party
            order = Order(warning.at, Source.WARNING, (warning.at, f"{name}/{party}", ""))
            task = Task(order, warning.threshold.severity, warning.threshold.text, warning.reason,
                        party=party, of=name, legal_due=warning.due)  # fmt: skip
            yield order, task if self._covers(party) else None

    def _silent(
        self, after: Order | None, _severity: Severity | None, stop: int | None = None
    ) -> Iterator[Looked]:
        """Who has not answered, since when each recall was ordered; of those before `stop`."""
        stop = stop if after is None else self.reader.first_since(after.since + 1)
        here = Overview(self.reader, self.remit.spans(), self.remit.covers, is_exact=False)
        for act in ActBook(self.reader).open_recalls(stop):
            yield from self._silent_of(act, here)

    def _silent_of(self, act: Act, here: Overview) -> Iterator[Looked]:
        """Who has what an act recalls, and has not answered by the time for it; then nobody."""
        since = self._since(act.leaf)
        try:
            course = courses.read(self.reader, act)
            due = timing(course, self.now).answer_due
        except LedgerError:  # its order cannot be read any more: its page says so
            due = None
        if due is not None and self.now > due:
            answered, held = answered_by(course), dict[str, str]()
            for item, holder in sorted(here.holders(act.leaf)):
                held.setdefault(holder, item)
            severity = Severity.GRAVE if act.level == 1 else Severity.SERIOUS
            for holder in sorted(held.keys() - answered, reverse=True):
                order = Order(since, Source.SILENT, (act.leaf, holder, ""))
                yield order, Task(order, severity, _SILENT, _asked(act), party=holder,
                                  item=held[holder], index=act.leaf, of=act.uri,
                                  legal_due=_day(due), is_drill=act.drill)  # fmt: skip
        yield Order(since, Source.SILENT, (act.leaf, "", "")), None

    def _cases(
        self, after: Order | None, _severity: Severity | None, stop: int | None = None
    ) -> Iterator[Looked]:
        """Cases that are open, since when each was opened; those before `stop`."""
        stop = stop if after is None else self.reader.first_since(after.since + 1)
        for act in case_rows(self.reader, cases.KIND, before=stop):
            order = Order(self._since(act.leaf), Source.CASE, (act.leaf, "", ""))
            is_here = self._covers(act.office) or (act.about and self._covers(act.about))
            if is_here and act.sort != cases.SHARE:
                yield from self._of_case(order, act)
            else:
                yield order, None

    def _of_case(self, order: Order, act: Act) -> Iterator[Looked]:
        """What it waits for, and what is due next; nothing where it cannot be read any more."""
        try:
            case = cases.read(self.reader, self.ledger, act)
        except LedgerError:  # its page says so
            yield order, None
            return
        kind = case_kinds.kinds().get(case.kind)
        title = msg("Case") if kind is None else kind.text
        waits = self._waits(case) if act.office == self.office else {}
        for name, reason in sorted(waits.items(), reverse=True):
            own = Order(order.since, Source.CASE, (act.leaf, name, ""))
            yield own, Task(own, Severity.SERIOUS, title, reason, party=case.party,
                            index=act.leaf, of=act.uri)  # fmt: skip
        yield order, self._due(order, act, case, title)

    def _waits(self, case: Case) -> dict[str, Message]:
        """What its office has not taken up yet, by name: a signature that lacks, a report."""
        stages, waiting = case.next_stages("office"), dict[str, Message]()
        if any(one.another for one in stages) and "second" in case.stages[0].said:
            waiting["countersigned"] = _UNSIGNED
        if any("report" in one.fields and case.stage(one.name) is None for one in stages):
            by = laboratories.retesting(case)
            reports = lab_reports.of_case(self.reader, self.ledger, case, str(self.office))
            if any(by in (None, report.laboratory) for report in reports):
                waiting["reported"] = _REPORTED
        return waiting

    def _due(self, order: Order, act: Act, case: Case, title: Message) -> Task:
        """What is due next in it by law; what a party may do only where nothing else is."""
        duties = (one for one in case.clocks if not one.clock.right)
        clock = next_due(duties, self.now) or next_due(case.clocks, self.now)
        if clock is None:
            return Task(order, Severity.MINOR, title, msg("Nothing is due by law: go on with it."),
                        party=case.party, index=act.leaf, of=act.uri)  # fmt: skip
        is_late = clock.due.at < self.now
        return Task(order, Severity.SERIOUS if is_late else Severity.MINOR, title,
                    clock.clock.text, party=case.party, index=act.leaf, of=act.uri,
                    legal_due=clock.due.day)  # fmt: skip

    def _drawn(
        self, after: Order | None, _severity: Severity | None, stop: int | None = None
    ) -> Iterator[Looked]:
        """Whom the office's open draws name, since when each was committed to."""
        if self.office is None:
            return
        stop = stop if after is None else self.reader.first_since(after.since + 1)
        for act in case_rows(self.reader, KIND, office=self.office, before=stop):
            since = self._since(act.leaf)
            try:
                picks = picks_now(self.ledger, draw_book.read(self.reader, self.ledger, act))
            except LedgerError:  # its page says so
                picks = ()
            for pick in sorted(picks, key=lambda pick: pick.id, reverse=True):
                order = Order(since, Source.DRAWN, (act.leaf, pick.id, ""))
                is_here = self.reader.party(pick.id) is None or self._covers(pick.id)
                task = Task(order, Severity.MINOR, _DRAWN, _UNANNOUNCED, party=pick.id,
                            index=act.leaf, of=act.uri)  # fmt: skip
                yield order, task if is_here else None
            yield Order(since, Source.DRAWN, (act.leaf, "", "")), None


def _asked(act: Act) -> Message:
    if act.drill:
        return msg("It has what a drill of a recall names, and has not acknowledged it in time.")
    return msg("It has what is recalled, and has not acknowledged the recall in time.")


def _day(moment: datetime) -> date:
    return moment.astimezone(zone()).date()
