"""What is overdue: answers to what was sent, and purchases entered late.

What counts is when links were recorded, never what their signers claim. A purchase that nobody
entered is not known to any ledger; one that was entered late is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.json_values import Form, Instant, Json, described, instant
from suyuan.trace.lineage.model import Sent, Shipment
from suyuan.trace.store.read import slip_lines
from suyuan.trace.store.read.reader import Reader

from . import duties
from .duties import HOUR, Duty, DutyJson
from .slips import Slip, Slips

DAYS = 30  # so far back it is looked for what was done late
_DAY = 24 * HOUR


class What(StrEnum):
    """What was to be done."""

    CONFIRM = "confirm"  # answer a dispatch, or take a refusal back
    ENTER = "enter"  # enter a purchase of which the supplier pushed nothing


class OverdueJson(Form):
    """A duty that was not done in time: `done` is null where it is open still."""

    what: Literal["confirm", "enter"]
    party: str
    party_name: str | None
    index: int = described("The dispatch to be answered, or the purchase")
    items: tuple[str, ...]
    sender: str | None
    since: Instant
    done: Instant | None
    done_by: int | None
    hours_late: float
    duty: DutyJson


@dataclass(frozen=True, slots=True)
class Overdue:
    """A duty of `party` about the dispatch or purchase at `index`, not done in time.

    Begun at `since` and `done` by the link `by`, in microseconds UTC; None where it is open still.
    """

    what: What
    party: str
    party_name: str | None
    index: int
    items: tuple[str, ...]
    sender: str | None
    since: int
    duty: Duty
    done: int | None
    by: int | None

    def late(self, now: int) -> int:
        """By how much it is late, or was, in microseconds."""
        return (now if self.done is None else self.done) - self.duty.due

    def hours_late(self, now: int) -> float:
        """How late it is, or was, in hours, to one decimal."""
        return round(self.late(now) / HOUR, 1)

    def write(self, now: int) -> Json:
        """The duty as JSON."""
        return OverdueJson.write(
            self,
            since=instant(self.since),
            done=instant(self.done),
            done_by=self.by,
            hours_late=self.hours_late(now),
            duty=self.duty.write(),
        )


def overdue(reader: Reader, of: str | Remit, now: int, days: int = DAYS) -> list[Overdue]:
    """What is overdue now, and what was done late in the last `days`; what is open first.

    `of` is a party, or the remit of all whose duties are meant; `now` is microseconds UTC.
    """
    since = now - days * _DAY
    late = [*_open(reader, of, now), *_late_answers(reader, of, since)]
    late += _late_purchases(reader, of, since)
    return sorted(late, key=lambda row: (row.done is not None, row.duty.due, row.index, row.party))


def _open(reader: Reader, of: str | Remit, now: int) -> Iterator[Overdue]:
    stop = reader.first_since(now - duties.CONFIRM.hours * HOUR)
    party, divisions = _where(of)
    lines = slip_lines.unanswered(reader, stop, party=party, divisions=divisions)
    for slip in Slips(reader).of(_covered(reader, of, lines), contents=False):
        if slip.duty is not None and slip.is_overdue(now):
            yield _of_slip(reader, slip, slip.duty, None, None)


def late_parties(reader: Reader, of: Remit, now: int) -> list[str]:
    """The party of each dispatch that is overdue, the oldest first: who only counts reads these."""
    stop = reader.first_since(now - duties.CONFIRM.hours * HOUR)
    return [
        party.uri
        for party, since in slip_lines.waited_for(reader, stop, _where(of)[1])
        if since is not None
        and _covers(of, party)
        and duties.confirmation(since, party.roles, party.division).is_over(now)
    ]


def open_since(
    reader: Reader, now: int, until: int | None = None
) -> Iterator[tuple[int, int, str]]:
    """Dispatches that nobody answered in time: since when, leaf, recipient; the newest first.

    Due at `until` or before, where it is given. Read by an index, some at a time.
    """
    hours = duties.CONFIRM.hours * HOUR
    last = now if until is None else min(now, until + 1)
    stop = reader.first_since(last - hours)
    for leaf, recipient in slip_lines.open_before(reader, stop):
        if (at := reader.recorded(leaf)) is not None:
            yield at.time + hours, leaf, recipient


def open_of(reader: Reader, leaf: int, now: int) -> Overdue | None:
    """The answer to one dispatch that is overdue; None where it is not, any more."""
    lines = [line for line in slip_lines.lines_of(reader, leaf) if line.state is Sent.OPEN]
    for slip in Slips(reader).of(lines, contents=False):
        if slip.duty is not None and slip.is_overdue(now):
            return _of_slip(reader, slip, slip.duty, None, None)
    return None


def _late_answers(reader: Reader, of: str | Remit, since: int) -> Iterator[Overdue]:
    start = reader.first_since(since)
    party, divisions = _where(of)
    lines = slip_lines.answered(reader, start, party=party, divisions=divisions)
    late = [line for line in _covered(reader, of, lines) if _may_be_late(reader, line)]
    for slip in Slips(reader).of(late, contents=False):
        by = _first_answer(reader, slip)
        at = None if by is None else reader.recorded(by)
        if slip.duty is not None and at is not None and slip.duty.is_over(at.time):
            yield _of_slip(reader, slip, slip.duty, at.time, by)


def _may_be_late(reader: Reader, line: Shipment) -> bool:
    """Whether the last answer came later than the deadline: only then may the first have."""
    sent = reader.recorded(line.leaf)
    last = None if line.answered is None else reader.recorded(line.answered)
    hours = duties.CONFIRM.hours
    return sent is not None and last is not None and last.time > sent.time + hours * HOUR


def _first_answer(reader: Reader, slip: Slip) -> int | None:
    for index in slip_lines.naming(reader, slip.index):
        link = reader.parsed(index)
        if link is None or link.event is None or link.actor != slip.recipient:
            continue
        if slip_lines.voided_by(reader, index) is None and "errorDeclaration" not in link.event:
            return index
    return None


def _late_purchases(reader: Reader, of: str | Remit, since: int) -> Iterator[Overdue]:
    parties: dict[str, Party | None] = {}
    for index, payload in slip_lines.bought(reader, reader.first_since(since)):
        actor, event = payload["actor"], payload["event"]
        if actor not in parties:
            registered = reader.party(actor)
            parties[actor] = registered if _covers(of, registered) else None
        party, bought, at = parties[actor], duties.purchased_at(event), reader.recorded(index)
        if party is None or bought is None or at is None:
            continue
        duty = duties.entry(bought, party.roles, party.division)
        if duty.is_over(at.time):
            items = tuple(ref["item"] for ref in payload["items"])
            name = reader.name(actor)
            yield Overdue(What.ENTER, actor, name, index, items, None, bought, duty, at.time, index)


def _where(of: str | Remit) -> tuple[str | None, Sequence[str]]:
    """The party, or divisions among which all parties of a remit are."""
    if isinstance(of, str):
        return of, ()
    return None, ("",) if of.is_all or of.has_places else of.divisions


def _covers(of: str | Remit, party: Party | None) -> bool:
    if isinstance(of, str):
        return party is not None and party.uri == of
    return of.is_all or of.covers(party)


def _covered(reader: Reader, of: str | Remit, lines: Sequence[Shipment]) -> list[Shipment]:
    known: dict[str | None, bool] = {}
    for line in lines:
        if line.recipient not in known:
            party = None if line.recipient is None else reader.party(line.recipient)
            known[line.recipient] = _covers(of, party)
    return [line for line in lines if known[line.recipient]]


def _of_slip(reader: Reader, slip: Slip, duty: Duty, done: int | None, by: int | None) -> Overdue:
    assert slip.recorded is not None
    return Overdue(
        What.CONFIRM,
        slip.recipient,
        reader.name(slip.recipient),
        slip.index,
        tuple(line.item for line in slip.lines),
        slip.sender,
        slip.recorded.time,
        duty,
        done,
        by,
    )
