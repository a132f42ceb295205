"""Early warnings: what repeats about one party within some days, by a table of thresholds.

Each is a task from the fact that made it so many, and stays the same one whatever comes later.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import islice

from suyuan.trace.findings.rule import Severity
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recall.deadlines import after_workdays
from suyuan.trace.store.read.act_reader import cases as case_rows
from suyuan.trace.store.read.reader import Reader

from .. import cases
from ..complaints import Complaints, shown

LOOKED = 100  # of the newest cases of each party's kind, and ten times as many reports


@dataclass(frozen=True, slots=True)
class Threshold:
    """So many facts of a kind about one party within so many days."""

    name: str
    text: Message
    of: str
    count: int
    days: int
    severity: Severity
    workdays: int
    source: Message


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


def warnings(reader: Reader, ledger: Ledger) -> Iterator[EarlyWarning]:
    """The warnings of the last days that the table looks back on, of all parties."""
    for threshold in thresholds().values():
        facts = _reports(ledger) if threshold.of == "report" else _failures(reader, ledger)
        yield from reached(threshold, facts)


def _reports(ledger: Ledger) -> Iterator[Happened]:
    """The newest reports of consumers on labels that name a holder."""
    newest, _count = Complaints(ledger.home).newest(10 * LOOKED)
    for report in newest:
        if report.holder is not None:
            yield Happened(report.holder, report.received, shown(report.number))


def _failures(reader: Reader, ledger: Ledger) -> Iterator[Happened]:
    """Samples that failed, and were not found to be right by a retest, of the newest cases."""
    acts = case_rows(reader, cases.KIND, is_open=False)
    for act in islice((act for act in islice(acts, 10 * LOOKED) if act.about), LOOKED):
        try:
            case = cases.read(reader, ledger, act)
        except LedgerError:
            continue
        failed = case.stage("failed")
        if failed is not None and case.stage("overturned") is None and act.about is not None:
            yield Happened(act.about, micros(failed.at), str(failed.index))
