"""What is to be signed of a case: a stage from what was typed, and what is kept of what it says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from suyuan.trace.admission import acts
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.members import Object, is_decimal, uri
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.statements import is_day
from suyuan.trace.format.times import zone
from suyuan.trace.goods.disclosures import Kept

from .case_kinds import LATEST, CaseKind, Field, StageKind, common, fields, kinds
from .cases import CLOSED, SAID, SEALED, SHARE, Case

MAX_LINE, MAX_LONG, MAX_TABLE = 200, 2_000, 10_000
Faults = dict[str, Message]
ASSIGNED = StageKind(
    "assigned", msg("Hand to another office"), "office",
    fields=("to", "reason"), needs=("to", "reason"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """What a stage is to say: fields by name, the day that it sets, and what it names."""

    said: Mapping[str, str]
    until: str = ""
    of: Sequence[Object] = ()
    files: Sequence[str] = ()
    shows: Sequence[Object] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """A statement to sign, and what is kept of what it hides."""

    statement: Object
    kept: list[Kept]


class NoSuchStage(LedgerError):
    """A stage that cannot be recorded now."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who records a stage, now: for an office, or without one as the party."""

    actor: str
    office: str | None
    now: datetime

    @property
    def today(self) -> date:
        """The day that it is."""
        return self.now.astimezone(zone()).date()

    def opening(
        self, kind: CaseKind, case: str, party: str | None, typed: Typed
    ) -> Drafted | Faults:
        """The statement that opens a case under a URI; or what is wrong with what was typed."""
        stage = kind.stages["opened"]
        said, faults = read(stage, typed, self.today)
        if faults:
            return faults
        if kind.is_hidden and party is not None:
            said["party"] = party
        clear = None if kind.is_hidden else party
        body = acts.case_open(case, kind.name, clear, **_named(stage, typed, "of"))
        return self._hidden(body, said, self.office, party if kind.tells else None)

    def going_on(self, case: Case, name: str, typed: Typed) -> Drafted | Faults:
        """The statement of a next stage; or faults. NoSuchStage for one that may not be now."""
        may = case.next_stages("party" if self.office is None else "office")
        stage = next((one for one in may if one.name == name), None)
        if stage is None:
            raise NoSuchStage("%s cannot be recorded of this case now", repr(name[:40]))
        if case.is_late(stage, self.now):
            raise NoSuchStage("the time for %s is over", repr(name))
        if stage.another and not case.is_second(self.actor):
            raise NoSuchStage("the second of the two officers signs it, not who took the sample")
        said, faults = read(stage, typed, self.today)
        if faults:
            return faults
        kind = kinds()[case.kind]
        word = name
        if kind.is_sealed and not stage.open and name != CLOSED:
            word, said = SEALED[stage.by], {**said, "stage": name}
        if self.office is None:
            body = acts.case_answer(case.uri, word, **_named(stage, typed))
        elif name == CLOSED:
            body = acts.case_close(case.uri, **_named(stage, typed, "of"))
        else:
            body = acts.case_record(case.uri, word, **_named(stage, typed, "of", "shows"))
        told = case.party if kind.tells else None
        return self._hidden(body, said, case.act.office, told)

    def assigning(self, case: Case, offices: Collection[str], typed: Typed) -> Drafted | Faults:
        """The statement that hands a case to one of these offices; or faults.

        NoSuchStage for a case that is closed, a data share, and by a party. Both offices read the
        reason.
        """
        if self.office is None or case.is_closed or case.kind == SHARE:
            raise NoSuchStage("%s cannot be recorded of this case now", repr(ASSIGNED.name))
        said, faults = read(ASSIGNED, typed, self.today)
        to = said.pop("to", None)
        if to is not None and to not in offices:
            faults["to"] = msg("Choose an office above yours, or below it.")
        if faults or to is None:
            return faults
        return self._hidden(acts.case_assign(case.uri, to), said, case.act.office, to)

    def of_document(
        self, case: Case, name: str, said: Object, digest: str, until: str | None = None
    ) -> Drafted:
        """The statement of what became of an office's document, a PDF of which it names."""
        body = acts.case_record(case.uri, common()[name].name, until=until, files=[digest])
        told = case.party if kinds()[case.kind].tells else None
        return self._hidden(body, said, case.act.office, told)

    def _hidden(self, body: Object, said: Object, office: str | None, told: str | None) -> Drafted:
        """With what it says left out: for the office, and the party where it is told."""
        if not said:
            return Drafted(body, [])
        stated, stored = leave_out({**body, "said": said}, [SAID])
        audience = Audience.of(*(uri for uri in (office, told, self.actor) if uri is not None))
        return Drafted(stated, [Kept(text, self.actor, audience) for text in stored])


def read(stage: StageKind, typed: Typed, today: date) -> tuple[Object, Faults]:
    """What a stage says of what was typed, and what is wrong with it, by field."""
    said: Object = {}
    faults: Faults = {}
    for name in stage.fields:
        text = typed.said.get(name, "").strip()
        if not text:
            if name in stage.needs:
                faults[name] = msg("This is needed.")
            continue
        value = _value(fields()[name], text)
        if isinstance(value, Message):
            faults[name] = value
        else:
            said[name] = value
    for name in typed.said.keys() - stage.fields:
        faults[name] = msg("The stage has no such field.")
    if stage.sets and not _is_ahead(typed.until, today):
        faults["until"] = msg("A day from today on, 2026-12-31.")
    elif typed.until and not stage.sets:
        faults["until"] = msg("The stage sets no day.")
    return said, faults


def _value(field: Field, text: str) -> Any:
    """The value that a text is in a field's form, or what is wrong with it."""
    most = {"long": MAX_LONG, "many": MAX_LONG, "table": MAX_TABLE}.get(field.form, MAX_LINE)
    if len(text) > most or any(ord(c) < 32 and c not in "\n\t" for c in text):
        return msg("At most %s characters, no control ones.", f"{most:,}")
    match field.form:
        case "choice" if text not in field.choices:
            return msg("Choose one of the list.")
        case "many":
            chosen = set(text.split())
            known = " ".join(name for name in field.choices if name in chosen)
            return known if chosen <= field.choices.keys() else msg("Choose of the list.")
        case "number":
            is_whole = text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1_000
            return int(text) if is_whole and len(text) < 4 else msg("A whole number from 1 to 999.")
        case "amount":
            amount, _, unit = text.partition(" ")
            return text if is_decimal(amount) and unit else msg("A number and its unit: 12.5 kg.")
        case "day" if not field.is_said(text):
            return msg("A day of the calendar, 2026-11-24.")
        case "party" | "officer" if not uri(text):
            return msg("Choose a party of this ledger.")
        case "item" if not uri(text):
            return msg("A code of this ledger.")
    return text


def _is_ahead(text: str, today: date) -> bool:
    return is_day(text) and today <= date.fromisoformat(text) and text < LATEST


def _named(stage: StageKind, typed: Typed, *more: str) -> dict[str, Any]:
    """The members that a statement has besides its stage; those that are empty are left out."""
    found = {name: list(getattr(typed, name)) for name in ("files", *more)}
    until = {"until": typed.until} if stage.sets else {}
    return {name: value for name, value in found.items() if value} | until
