"""Early warnings: what repeats about one party within some days, by a table of thresholds.

Each is a task from the fact that made it so many, and stays the same one whatever comes later.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from heapq import merge
from importlib.resources import files
from itertools import islice

from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import ItemFinding, Severity
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recall.deadlines import after_workdays
from suyuan.trace.store.read.act_reader import recorded_cases
from suyuan.trace.store.read.lineage_reader import key_of
from suyuan.trace.store.read.overview import Wanted, of_links, of_stories, silent
from suyuan.trace.store.read.reader import Reader

from .. import cases
from ..complaints import Complaints, shown
from ..inspectors import office_behind

LOOKED = 100  # of the newest cases of each party's kind, and ten times as many reports


@dataclass(frozen=True, slots=True)
class Threshold:
    """So many facts of a kind about one party within so many days; of what lasted `after` days.

    `of` is a kind of fact, or a rule whose findings are; of a silence it is that of a `role`.
    """

    name: str
    text: Message
    of: str
    count: int
    days: int
    severity: Severity
    workdays: int
    source: Message
    after: int = 0
    role: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact about a party: when (microseconds UTC), and what it is known by."""

    party: str
    at: int
    named: str


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """A threshold that a party reached, by these facts, the last of which reached it."""

    threshold: Threshold
    facts: tuple[Happened, ...]

    @property
    def party(self) -> str:
        """Whom it is about."""
        return self.facts[-1].party

    @property
    def at(self) -> int:
        """Since when it is one."""
        return self.facts[-1].at

    @property
    def due(self) -> date:
        """By when it is dealt with."""
        day = from_micros(self.at).astimezone(zone()).date()
        return after_workdays(day, self.threshold.workdays).day

    @property
    def reason(self) -> Message:
        """What it rests on."""
        return msg(
            "%(num)s within %(days)s days: %(what)s", num=len(self.facts),
            days=self.threshold.days, what=", ".join(fact.named for fact in self.facts),
        )  # fmt: skip


@lru_cache(maxsize=1)
def thresholds() -> Mapping[str, Threshold]:
    """The table, by name."""
    text = files(cases.__package__).joinpath("data", "warnings.toml").read_text(encoding="utf-8")
    return {
        row["name"]: Threshold(
            row["name"], msg(row["text"]), row["of"], row["count"], row["days"],
            Severity(row["severity"]), row["workdays"], msg(row["source"]),
            row.get("after", 0), row.get("role", ""),
        )
        for row in tomllib.loads(text)["warnings"]
    }  # fmt: skip


def reached(threshold: Threshold, facts: Iterable[Happened]) -> Iterator[EarlyWarning]:
    """Each time that the facts about a party become so many within the days, not when more do."""
    span = timedelta(days=threshold.days) // timedelta(microseconds=1)
    recent: dict[str, list[Happened]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: (fact.at, fact.named)):
        here = recent[fact.party]
        here[:] = [*(one for one in here if one.at > fact.at - span), fact]
        if len(here) == threshold.count:
            yield EarlyWarning(threshold, tuple(here))


def warnings(reader: Reader, ledger: Ledger, remit: Remit, now: datetime) -> Iterator[EarlyWarning]:
    """The warnings of the last days that the table looks back on; of others than a remit's too."""
    for threshold in thresholds().values():
        until = now - timedelta(days=threshold.after)
        match threshold.of:
            case "report":
                facts = _reports(ledger)
            case "sample-failed":
                facts = _failures(reader, ledger, remit)
            case "silence":
                facts = _silences(reader, remit, threshold.role, until)
            case rule:
                facts = _findings(reader, remit, rule, until)
        lasted = micros(now) - micros(until)
        yield from reached(threshold, (replace(fact, at=fact.at + lasted) for fact in facts))


def found(reader: Reader, remit: Remit, wanted: Wanted) -> Iterator[ItemFinding]:
    """Findings of items by a remit's parties, and of all links, which are to be looked at."""
    is_divided = not remit.is_all and not remit.has_places
    within = replace(wanted, divisions=remit.divisions if is_divided else ())
    parts = of_stories(reader, within), of_links(reader, wanted)
    return merge(*parts, key=key_of, reverse=wanted.newest_first)


def _findings(reader: Reader, remit: Remit, rule: str, until: datetime) -> Iterator[Happened]:
    """What a rule finds in the records of parties since before then: it stands while it lasts."""
    newest = found(reader, remit, Wanted(rules={rule}, newest_first=True))
    for one in islice(newest, 10 * LOOKED):
        recorded = reader.recorded(one.leaf)
        if recorded is not None and one.actor is not None and recorded.time <= micros(until):
            yield Happened(one.actor, recorded.time, str(one.leaf))


def _silences(reader: Reader, remit: Remit, role: str, until: datetime) -> Iterator[Happened]:
    """Parties of a role whose newest record is of before then, since that one."""
    for uri, last in silent(reader, remit.spans(), role, micros(until), LOOKED):
        day = from_micros(last).astimezone(zone()).date()
        yield Happened(uri, last, day.isoformat())


def _reports(ledger: Ledger) -> Iterator[Happened]:
    """The newest reports of consumers on labels that name a holder."""
    newest, _count = Complaints(ledger.home).newest(10 * LOOKED)
    for report in newest:
        if report.holder is not None:
            yield Happened(report.holder, report.received, shown(report.number))


def _failures(reader: Reader, ledger: Ledger, remit: Remit) -> Iterator[Happened]:
    """Samples that failed, and were not found to be right by a retest, of the newest cases.

    Of a remit's parties, and by the offices that look after each: what others record is none.
    """
    access = Access(reader, ledger.trust.genesis)

    @cache
    def remit_of(actor: str) -> Remit:
        return access.remit(office_behind(reader, actor)) or Remit()

    def counting(act: Act, actors: set[str]) -> set[str]:
        party = reader.party(act.about or "")
        return {one for one in actors if remit.covers(party) and remit_of(one).covers(party)}

    rows = recorded_cases(reader, cases.KIND, sort=cases.SAMPLE, spans=remit.spans())
    looked = ((act, theirs) for act, actors in rows if (theirs := counting(act, actors)))
    for act, theirs in islice(looked, LOOKED):
        try:
            case = cases.read(reader, ledger, act)
        except LedgerError:
            continue
        case = replace(case, stages=[one for one in case.stages if one.actor in theirs])
        failed = case.stage("failed")
        if failed is not None and case.stage("overturned") is None and act.about is not None:
            yield Happened(act.about, micros(failed.at), str(failed.index))
