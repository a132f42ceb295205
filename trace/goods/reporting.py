"""What there is to report: findings and what is overdue, as one list in pages."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter

from suyuan.trace.admission.access import EVERYBODY, Remit
from suyuan.trace.findings.parts import span
from suyuan.trace.findings.rule import Heading, ItemFinding, Severity, evidence
from suyuan.trace.findings.rule_list import CATALOGUE, LATE, heading
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import local, micros, zone
from suyuan.trace.store.read.overview import Key, Wanted, reported
from suyuan.trace.store.read.reader import Reader

from .handover.overdue import Overdue, What, overdue


@dataclass(frozen=True, slots=True)
class Query:
    """Which findings; all where no field is given. `division` covers all below it."""

    rule: str | None = None
    severity: Severity | None = None
    item: str | None = None
    party: str | None = None
    division: str | None = None

    def rules(self) -> set[str] | None:
        """The rules that can give what is asked for; None for all."""
        if self.rule is None and self.severity is None:
            return None
        named = set(CATALOGUE) if self.rule is None else {self.rule}
        return {name for name in named if self.severity in (None, heading(name).severity)}


class FindingJson(Form):
    """A finding, with what is said of its rule."""

    rule: str
    title: str
    title_zh: str
    severity: Severity
    basis: str = described("The law, standard or plain reason behind the rule")
    item: str = described("What it is about")
    actor: str | None = described("Whose doing it is")
    index: int = described("The link that completes it")
    reason: str
    reason_zh: str = described("The reason in Chinese, with the same values")
    evidence: tuple[int, ...] = described("The links that it rests on, ascending")


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding with the heading of its rule; `severity` is its own."""

    finding: ItemFinding
    heading: Heading
    severity: Severity

    @classmethod
    def of(cls, finding: ItemFinding) -> "Reported":
        """A finding with the heading and the severity of its rule."""
        rule = heading(finding.rule)
        return cls(finding, rule, rule.severity)

    @property
    def key(self) -> Key:
        """Its place in the list."""
        return self.finding.leaf, self.finding.rule, self.finding.subject

    def form(self) -> FindingJson:
        """For programs."""
        finding, heading = self.finding, self.heading
        return FindingJson.build(
            finding,
            title=str(heading.title),
            title_zh=heading.title.text("zh"),
            severity=self.severity,
            basis=str(heading.basis),
            item=finding.subject,
            index=finding.leaf,
            reason=str(finding.message),
            reason_zh=finding.message.text("zh"),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was asked for; `after` is where the next page begins, None at the end."""

    entries: tuple[Reported, ...]
    after: Key | None


def written(key: Key) -> str:
    """A place in the list as text, for the next page."""
    return f"{key[0]}/{key[1]}/{key[2]}"


def read_key(text: str) -> Key:
    """The place that `written` wrote; LedgerError for anything else."""
    leaf, rule, subject = (*text.split("/", 2), "", "")[:3]
    if not (leaf.isascii() and leaf.isdigit() and len(leaf) < 16 and rule and subject):
        raise LedgerError(
            "%s is no place in a list of findings: give it as it was", repr(text[:80])
        )
    return int(leaf), rule, subject


def page(
    reader: Reader, query: Query, now: datetime, *, most: int = 100, after: Key | None = None
) -> Page:
    """The next `most` entries, in order of link, rule and subject."""
    rest = entries(reader, query, now, after=after)
    block = tuple(islice(rest, most + 1))
    return Page(block[:most], block[most - 1].key if len(block) > most else None)


def entries(
    reader: Reader, query: Query, now: datetime, *, after: Key | None = None
) -> Iterator[Reported]:
    """All findings that a query asks for, as they are read."""
    rules = query.rules()
    is_none = rules is not None and not rules - {LATE}
    stored = () if is_none else reported(
        reader,
        Wanted(
            rules=rules,
            item=query.item,
            party=query.party,
            divisions=() if query.division is None else (query.division,),
            after=after,
        ),
    )  # fmt: skip
    late = [row for row in _late(reader, query, now) if after is None or row.key > after]
    key = attrgetter("key")
    return merge(map(Reported.of, stored), sorted(late, key=key), key=key)


def _late(reader: Reader, query: Query, now: datetime) -> Iterator[Reported]:
    """What is overdue, or was done late in the last 30 days; reminders are minor."""
    if query.rule not in (None, LATE):
        return
    remit = EVERYBODY if query.division is None else Remit((query.division,))
    moment = micros(now)
    for entry in overdue(reader, query.party or remit, moment):
        severity = Severity.SERIOUS if entry.duty.is_binding else Severity.MINOR
        is_meant = query.severity in (None, severity) and query.item in (None, *entry.items)
        if is_meant and (remit.is_all or remit.covers(reader.party(entry.party))):
            yield Reported(_finding(entry, moment, query.item), heading(LATE), severity)


def _finding(entry: Overdue, now: int, item: str | None) -> ItemFinding:
    deed = msg("confirmed") if entry.what is What.CONFIRM else msg("entered")
    how = msg("%(what)s not yet", what=deed)
    if entry.done is not None:
        how = msg("%(what)s %(late)s late", what=deed, late=span(entry.late(now)))
    reason = msg(
        "%(duty)s: due %(due)s, %(how)s",
        duty=entry.duty.what,
        due=f"{local(entry.duty.due, zone()):%Y-%m-%d %H:%M}",
        how=how,
    )
    leaves = evidence([entry.index], () if entry.by is None else [entry.by])
    subject = item or (min(entry.items) if entry.items else entry.party)
    return ItemFinding(LATE, subject, entry.index, entry.party, reason, leaves)


def worst(entries: Collection[Reported]) -> Severity | None:
    """The worst severity among some entries."""
    order = list(Severity)
    return min((entry.severity for entry in entries), key=order.index, default=None)
