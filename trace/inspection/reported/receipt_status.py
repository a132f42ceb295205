"""Where a report stands, for whoever has its receipt: what was done, when, and what comes next.

Nothing of what it says, nor who handles it by name: only the stages that the table of cases has
`told` for, with the fields that it names there; of what a party answers the newest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import from_micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

from .. import case_kinds, cases
from ..cases import Case
from ..complaints import Complaint, done_in
from ..time_limits import Running, running
from . import handling

_NOT = ("refused", "ended", "not-filed")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done, and what the reporter is told of it, by field."""

    at: datetime
    text: Message
    said: Mapping[str, Any] = field(default_factory=dict)
    is_granted: bool = True  # nothing was refused, and no attempt failed


@dataclass(frozen=True, slots=True)
class Status:
    """What was done with a report, the first first, and what the law counts from there."""

    steps: Sequence[Step]
    next: Sequence[Running]
    is_over: bool


def status(reader: Reader, ledger: Ledger, report: Complaint) -> Status:
    """Where a report stands."""
    received = from_micros(report.received)
    steps, ahead = [Step(received, msg("Your report was received"))], list[Running]()
    opened = list(_cases(reader, ledger, report))
    for case in opened:
        steps += _steps(case)
        ahead += [one for one in case.open_clocks if _is_told(case, one.clock.until)]
    done = None if opened else done_in(reader)(report)
    if done is not None:
        steps.append(Step(from_micros(done.at), msg("Dealt with by the office")))
    elif not opened:
        ahead = running("complaint", [("opened", received)])
    is_over = done is not None or (bool(opened) and all(case.is_closed for case in opened))
    return Status(sorted(steps, key=lambda one: one.at), ahead, is_over)


def _cases(reader: Reader, ledger: Ledger, report: Complaint) -> Iterator[Case]:
    for act in handling.cases_of(reader, [report.number]).get(report.number, ()):
        try:
            yield cases.read(reader, ledger, act)
        except LedgerError:  # it cannot be read any more: its own page says so
            continue


def _steps(case: Case) -> Iterator[Step]:
    kind = case_kinds.kinds().get(case.kind)
    if kind is None:
        return
    yield Step(case.stages[0].at, msg("Taken up: %(kind)s", kind=kind.text))
    for stage in case.stages:
        known = kind.stages.get(stage.name)
        is_newest = stage is case.stage(stage.name)
        if known is not None and known.told is not None and (known.by != "party" or is_newest):
            said = {name: stage.said[name] for name in known.told if name in stage.said}
            yield Step(stage.at, known.text, said, stage.name not in _NOT)


def _is_told(case: Case, until: Sequence[str]) -> bool:
    kind = case_kinds.kinds().get(case.kind)
    stages = {} if kind is None else kind.stages
    return any(name in stages and stages[name].told is not None for name in until)
