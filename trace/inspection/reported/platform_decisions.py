"""What was decided of complaints that came from the national platform, to be handed back to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Language, Message, msg
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

from .. import case_kinds, cases
from ..cases import Case, Stage
from ..complaints import Complaint, shown, within
from .handling import cases_of
from .platform_numbers import PlatformNumbers

_FIRST = ("accepted", "refused", "filed", "not-filed")
_LAST = ("settled", "ended", "penalty", "closed")
HEADINGS = (
    msg("Number on 12315"), msg("Receipt number"), msg("Received on"), msg("Shop"), msg("Case"),
    msg("Decision"), msg("Decided on"), msg("Reasons"), msg("Result"), msg("Ended on"),
    msg("What came of it"),
)  # fmt: skip
_SAYS = ("ground", "reason", "outcome", "penalty", "words")


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was decided: what, when, and in which words."""

    text: Message
    at: datetime
    words: tuple[Message | str, ...]


@dataclass(frozen=True, slots=True)
class Handled:
    """A complaint with what was decided first, to take it up or not, and how it ended."""

    report: Complaint
    kind: Message | None = None
    first: Decision | None = None
    last: Decision | None = None


def handled(
    reader: Reader, ledger: Ledger, office: str, remit: Remit, most: int
) -> Iterator[Handled]:
    """The newest of those that came from the platform, with the cases of an office.

    One of its remit that has become no case stands there without; one of another office does not.
    """
    reports = PlatformNumbers(ledger.home).reports(most)
    acts = cases_of(reader, [report.number for report in reports])
    is_here = within(reader, remit)
    for report in reports:
        if report.number not in acts and is_here(report):
            yield Handled(report)
        for act in acts.get(report.number, ()):
            if act.office == office:
                try:
                    yield _of(report, cases.read(reader, ledger, act))
                except LedgerError:  # it cannot be read any more: its page says so
                    yield Handled(report, msg("Case"))


def _of(report: Complaint, case: Case) -> Handled:
    kind = case_kinds.kinds().get(case.kind)
    first, last = case.stage(*_FIRST), case.stage(*_LAST)
    return Handled(report, msg("Case") if kind is None else kind.text,
                   _decision(case, first), _decision(case, last))  # fmt: skip


def _decision(case: Case, stage: Stage | None) -> Decision | None:
    kind = case_kinds.kinds().get(case.kind)
    if stage is None or kind is None:
        return None
    words: list[Message | str] = []
    for name in _SAYS:
        if name in stage.said:
            value = str(stage.said[name])
            words.append(case_kinds.fields()[name].choices.get(value, value))
    return Decision(kind.stages[stage.name].text, stage.at, tuple(words))


def cells(one: Handled, language: Language, name: Callable[[str], str | None]) -> list[str | None]:
    """A row of the table that goes back, by HEADINGS; of persons it has nothing."""
    report = one.report
    row = [report.source, shown(report.number), _time(from_micros(report.received))[:10]]
    row.append(None if report.holder is None else name(report.holder))
    row.append(None if one.kind is None else one.kind.text(language))
    for decision in (one.first, one.last):
        if decision is None:
            row += [None] * 3
            continue
        said = [w.text(language) if isinstance(w, Message) else w for w in decision.words]
        words = msg("; ").text(language).join(said)
        row += [decision.text.text(language), _time(decision.at), words]
    return row


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(zone()):%Y-%m-%d %H:%M}"
