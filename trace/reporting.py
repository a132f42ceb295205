"""What there is to report: doubts, findings and what is overdue, as one list in pages."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from suyuan.keys.standing import significant

from .access import EVERYBODY, Remit
from .errors import LedgerError
from .overdue import Overdue, What, overdue
from .plausibility.catalogue import CATALOGUE, LATE, Heading, heading
from .plausibility.rule import Doubt, Severity, evidence
from .plausibility.saying import Both, both, span
from .store.read import Reader
from .store.reported import Key, reported
from .times import local, micros, zone


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: all of it where nothing is said. `division` covers all below it."""

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
        if self.severity is None:
            return named
        return {name for name in named if heading(name).severity is self.severity}


@dataclass(frozen=True, slots=True)
class Reported:
    """A doubt or a finding, with what is said of its rule; `severity` is its own."""

    doubt: Doubt
    heading: Heading
    severity: Severity

    @property
    def key(self) -> Key:
        """Its place in the list."""
        return self.doubt.leaf, self.doubt.rule, self.doubt.subject

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        doubt, said = self.doubt, self.heading
        return {
            "rule": doubt.rule,
            "title": said.title,
            "title_zh": said.chinese,
            "severity": self.severity.value,
            "basis": said.basis,
            "item": doubt.subject,
            "actor": doubt.actor,
            "index": doubt.leaf,
            "reason": doubt.reason,
            "reason_zh": doubt.chinese,
            "evidence": list(doubt.evidence),
        }


def of_doubt(doubt: Doubt) -> Reported:
    """A doubt or a finding with what is said of its rule."""
    said = heading(doubt.rule)
    return Reported(doubt, said, said.severity)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was asked for; `after` is where the next page begins, None at the end."""

    entries: tuple[Reported, ...]
    after: Key | None


def written(key: Key) -> str:
    """A place in the list, as it is handed to whoever asks for the next page."""
    return f"{key[0]}/{key[1]}/{key[2]}"


def read_key(text: str) -> Key:
    """The place that `written` wrote; LedgerError for anything else."""
    leaf, rule, subject = (*text.split("/", 2), "", "")[:3]
    if not (leaf.isascii() and leaf.isdigit() and len(leaf) < 16 and rule and subject):
        raise LedgerError(f"{text[:80]!r} is no place in a list of findings: give it as it was")
    return int(leaf), rule, subject


def page(
    reader: Reader, asked: Asked, now: datetime, *, most: int = 100, after: Key | None = None
) -> Page:
    """The next `most` entries, in order of link, rule and subject."""
    rest = entries(reader, asked, now, after=after)
    found = tuple(islice(rest, most + 1))
    if len(found) <= most:
        return Page(found, None)
    return Page(found[:most], found[most - 1].key)


def entries(
    reader: Reader, asked: Asked, now: datetime, *, after: Key | None = None
) -> Iterator[Reported]:
    """All of them, as they are read."""
    rules = asked.rules()
    is_none = rules is not None and not rules - {LATE}
    stored = () if is_none else reported(
        reader,
        rules=rules,
        item=asked.item,
        party=asked.party,
        divisions=() if asked.division is None else (asked.division,),
        after=after,
    )  # fmt: skip
    told = (of_doubt(doubt) for doubt in stored)
    late = [one for one in _late(reader, asked, now) if after is None or one.key > after]
    return merge(told, sorted(late, key=_key), key=_key)


def _key(one: Reported) -> Key:
    return one.key


def _late(reader: Reader, asked: Asked, now: datetime) -> Iterator[Reported]:
    """What is overdue, or was done late in the last 30 days; reminders are minor."""
    if asked.rule not in (None, LATE):
        return
    of: str | Remit = EVERYBODY
    if asked.party is not None:
        of = asked.party
    elif asked.division is not None:
        of = Remit((asked.division,))
    moment = micros(now)
    for one in overdue(reader, of, moment):
        severity = Severity.SERIOUS if one.duty.is_binding else Severity.MINOR
        is_asked = asked.severity in (None, severity) and asked.item in (None, *one.items)
        if is_asked and _is_in(reader, one.party, asked.division):
            yield Reported(_doubt(one, moment, asked.item), heading(LATE), severity)


def _is_in(reader: Reader, party: str, division: str | None) -> bool:
    if division is None:
        return True
    found = reader.party(party)
    return found is not None and found.division.startswith(significant(division))


def _doubt(one: Overdue, now: int, item: str | None) -> Doubt:
    what = Both("confirmed", "确认") if one.what is What.CONFIRM else Both("entered", "录入")
    how = both("{what} not yet", "尚未{what}", what=what)
    if one.done is not None:
        how = both("{what} {late} late", "{what}晚了 {late}", what=what, late=span(one.late(now)))
    reason = both(
        "{duty}: due {due}, {how}",
        "{duty}：期限 {due}，{how}",
        duty=Both(one.duty.what, one.duty.chinese),
        due=f"{local(one.duty.due, zone()):%Y-%m-%d %H:%M}",
        how=how,
    )
    leaves = evidence([one.index], () if one.by is None else [one.by])
    subject = item or (min(one.items) if one.items else one.party)
    return Doubt(LATE, subject, one.index, one.party, *reason, leaves)


def worst(found: Collection[Reported]) -> Severity | None:
    """The worst severity among some entries."""
    order = list(Severity)
    return min((one.severity for one in found), key=order.index, default=None)
