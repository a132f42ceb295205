"""Cases: what an office follows from stage to stage, as the ledger has it (format.md section 4).

A stage that the table of kinds has not is shown by its own word, and starts nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import OWN, PUBLIC, Audience
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.goods.disclosures import Disclosed
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recall.course import act_named
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of

from .case_kinds import CaseKind, StageKind, common, fields, kinds
from .time_limits import Running, running

KIND = "case"
SAMPLE = "sample"  # the kind that sampling opens
SHARE = "share"  # the kind that grants another agency a feed: no work that waits for anybody
SAID = "/said"
CLOSED = "closed"  # the stage that op `close` is
ANSWERS = 50  # of a party to a case: what it signs behind them is not read
SUSPENDED = "suspended"  # the stage that is nothing without a hold
SEALED = {"office": "recorded", "party": "answered"}  # what a sealed stage is called in clear


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it was recorded: by whom, when, and what it says, as far as that is kept here.

    `audience` is who reads what it says, beside offices.
    """

    name: str
    index: int
    at: datetime
    actor: str
    statement: Object
    link: Link
    said: Mapping[str, Any] = field(default_factory=dict)
    audience: Audience = PUBLIC

    @property
    def until(self) -> date | None:
        """The day that it sets."""
        day = self.statement.get("until")
        return None if day is None else date.fromisoformat(day)

    @property
    def since(self) -> datetime:
        """From when its clocks run: the day on which its office says it was received, if earlier.

        So who opens a case late has no more days; from later than the record nobody counts. Of
        what is planned it is the day on which that is due.
        """
        due = self.said.get("due")
        day = due or self.said.get("received")
        if day is None:
            return self.at
        begin = datetime.combine(date.fromisoformat(day), time(), zone())
        return begin if due else min(self.at, begin)


@dataclass(frozen=True)
class Case:
    """A case and its stages, the first first."""

    act: Act
    stages: Sequence[Stage]

    @property
    def uri(self) -> str:
        """Its URI."""
        return self.act.uri

    @property
    def kind(self) -> str:
        """The word for its kind."""
        return self.act.sort or ""

    @property
    def is_closed(self) -> bool:
        """Whether its office has closed it."""
        return self.act.ended is not None

    @property
    def party(self) -> str | None:
        """Whom it is about, in clear or as its opening says."""
        said = self.stages[0].said.get("party") if self.stages else None
        return self.act.about or (said if isinstance(said, str) else None)

    @property
    def item(self) -> str | None:
        """The lot that it is about, as its opening says."""
        said = self.stages[0].said.get("item") if self.stages else None
        return said if isinstance(said, str) else None

    def stage(self, *names: str) -> Stage | None:
        """The newest of these stages; None where it has none."""
        return next((one for one in reversed(self.stages) if one.name in names), None)

    def is_second(self, actor: str) -> bool:
        """Whether a party is the second officer that its opening names, or might be any other.

        Nobody is where what it says is not kept here.
        """
        opening = self.stages[0]
        named = opening.said.get("second", actor) if opening.said else None
        return actor == named and actor != opening.actor

    def is_late(self, stage: StageKind, at: datetime) -> bool:
        """Whether a stage is recorded only while its clock runs, and that is over at a moment."""
        ends = [
            one.due.at for one in self.clocks if one.met is None and stage.name in one.clock.until
        ]
        is_open = self.stage(CLOSED) is None
        return stage.timely and not (is_open and any(at <= end for end in ends))

    def seen_by(self, party: str) -> "Case":
        """As a party reads it that is no office: all stages, of each what it was disclosed."""
        return Case(
            self.act,
            [
                one
                if one.audience == PUBLIC or party in (one.actor, *one.audience.parties)
                else replace(one, said={})
                for one in self.stages
            ],
        )

    @cached_property
    def clocks(self) -> list[Running]:
        """The clocks that its stages started, those that run out first before others."""
        kind = kinds().get(self.kind)
        more: dict[str, int] = {}
        for one in self.stages:
            of = None if kind is None else kind.stages.get(one.name)
            if of is not None and of.lengthens is not None:
                more[of.lengthens] = more.get(of.lengthens, 0) + one.said.get("by", 0)
        return running(self.kind, [(one.name, one.since) for one in self.stages], more)

    @property
    def open_clocks(self) -> list[Running]:
        """Those that are not met; none of a case that is closed."""
        return [] if self.is_closed else [one for one in self.clocks if one.met is None]

    def next_stages(self, by: Literal["office", "party"]) -> list[StageKind]:
        """What may be recorded next."""
        kind = kinds().get(self.kind)
        had = [] if kind is None else [one.name for one in self.stages if one.name in kind.stages]
        answers = sum(one.statement["op"] == "answer" for one in self.stages)
        if kind is None or not had or (by == "party" and answers >= ANSWERS):
            return []
        line = [name for name in had if not kind.stages[name].aside]
        return [
            one
            for one in kind.stages.values()
            if one.by == by
            and any(name in had if starred else name == line[-1] for name, starred in _after(one))
            and not (self.is_closed and one.name == CLOSED)
            and not (one.another and one.name in had)
        ]


def _after(stage: StageKind) -> Iterator[tuple[str, bool]]:
    for name in stage.after:
        yield name.removesuffix("*"), name.endswith("*")


def find(reader: Reader, host: str, text: str) -> Act:
    """The case that a URI or its code names; IdentifierError, NotFound."""
    act = act_named(reader, host, text, KIND)
    if act is None or act.kind != KIND:
        raise NotFound("%s is no case of this ledger", text[:200])
    return act


def read(reader: Reader, ledger: Ledger, act: Act) -> Case:
    """A case with what is kept here of what its stages say; LedgerError where it cannot be read.

    Of answers the first ANSWERS are read of the party whom it is about, of nobody else. One that
    it might not give then, and what another than the second officer signs as such, is a stage
    without a name: it stands in nobody's way.
    """
    found: dict[int, Link] = {}
    offices, people = {act.office, ledger.trust.genesis.authority, act.actor}, set[str]()
    while new := {uri for uri in offices - people if uri is not None}:
        new |= {party.uri for uri in new for party in parts_of(reader, uri)} - people
        people |= new
        for actor in sorted(new):
            for row, link in reader.readable_chain(act.uri, actor):
                found[row.index] = link
                said = link.statement or {}
                if said.get("op") == "assign":
                    offices.add(str(said["to"]))
        if act.actor in new and (person := reader.party(act.actor)) is not None:
            offices.add(person.part_of)
    opening = found.get(act.leaf)
    if opening is None:
        raise LedgerError("the opening of %s cannot be read: `suyuan audit` says why", act.uri)
    party = act.about or ledger.disclosures.shown(reader, opening).get(SAID, {})
    about = party.get("party") if isinstance(party, dict) else party
    found = {index: link for index, link in found.items() if not _answers(link)}
    if isinstance(about, str):
        answers = islice(reader.readable_chain(act.uri, about, ANSWERS), ANSWERS)
        found |= {row.index: link for row, link in answers if about in people or _answers(link)}
    times, kind = ActBook(reader).times(sorted(found)), kinds().get(act.sort or "")
    stages: list[Stage] = []
    for index, link in sorted(found.items()):
        if index in times and link.statement is not None and link.statement["type"] == KIND:
            every = ledger.disclosures.of_link(reader, link)
            one = _stage(kind, index, link, times[index], every)
            stages.append(_counted(Case(act, stages), one) if stages else one)
    return Case(act, stages)


def _answers(link: Link) -> bool:
    return link.statement is not None and link.statement.get("op") == "answer"


def _counted(before: Case, one: Stage) -> Stage:
    """A stage under its name where it may stand behind those before it."""
    kind = kinds().get(before.kind)
    known = None if kind is None else kind.stages.get(one.name)
    if _answers(one.link):
        may = before.next_stages("party")
        is_good = known is None or (known in may and not before.is_late(known, one.at))
        return one if is_good else replace(one, name=SEALED["party"])
    is_none = known is not None and known.another and not before.is_second(one.actor)
    return replace(one, name=SEALED["office"]) if is_none else one


def secret_of(reader: Reader, ledger: Ledger, case: Case) -> bytes:
    """What its opening says, with the salt under which that is hidden: whom it was told has it.

    LedgerError where that is erased. Whoever reads the ledger alone can work out nothing that is
    ranked under it, and nobody can change it, for the opening was signed over its digest.
    """
    for one in ledger.disclosures.of_link(reader, case.stages[0].link):
        if one.field is not None and one.field.pointer == SAID and one.stored is not None:
            return one.stored.encode()
    raise LedgerError("what %s says is not here any more", case.uri)


def _stage(kind: CaseKind | None, index: int, link: Link, at: int, every: list[Disclosed]) -> Stage:
    """A stage; of what it says those fields that it has by the table, in their forms.

    A stage that the table has not says all that it says, from which nothing is worked out.
    """
    hidden = next((one for one in every if one.field and one.field.pointer == SAID), None)
    value = hidden.field.value if hidden and hidden.field else None
    stated = value if isinstance(value, dict) else {}
    statement = link.statement or {}
    name = _name(statement, stated.get("stage"), kind)
    known = (None if kind is None else kind.stages.get(name)) or common().get(name)
    may = {*(known.fields if known else stated), *(("party",) if name == "opened" else ())}
    said = {
        key: stated[key]
        for key in (*fields(), *(stated.keys() - fields()))
        if key in may & stated.keys() - {"stage"}
        and (key not in fields() or fields()[key].is_said(stated[key]))
    }
    audience = hidden.audience if hidden else OWN
    return Stage(name, index, from_micros(at), link.actor, statement, link, said, audience)


def _name(statement: Object, sealed: object, kind: CaseKind | None) -> str:
    """What a stage is: by its word in clear, or of a sealed kind by the one that it hides.

    A party answers in its own stages alone, whatever it calls them; and no stage that is merely
    recorded is called as an op is.
    """
    op, names = statement["op"], {"open": "opened", "close": CLOSED, "assign": "assigned"}
    if op in names:
        return names[op]
    name = str(statement["stage"])
    known = {} if kind is None else kind.stages
    by: Literal["office", "party"] = "party" if op == "answer" else "office"
    if kind is not None and kind.is_sealed and name == SEALED[by] and isinstance(sealed, str):
        name = sealed if sealed in known and sealed not in names.values() else name
    theirs = known[name].by if name in known else "office" if name in common() else by
    is_others = name in names.values() or (by == "party" and theirs != by)
    return SEALED[by] if is_others else name
