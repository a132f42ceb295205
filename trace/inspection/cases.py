"""Cases: what an office follows from stage to stage, as the ledger has it (format.md section 4).

Which kinds and stages there are is data (`data/cases.toml`); a stage that the table has not is
shown by its own word, and starts nothing.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.statements import is_day
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of

from .coverage import category_words
from .time_limits import Running, running

KIND = "case"
SAMPLE = "sample"  # the kind that sampling opens
SHARE = "share"  # the kind that grants another agency a feed: no work that waits for anybody
SAID = "/said"
CLOSED = "closed"  # the stage that op `close` is
_MARKS = ("sets", "lengthens", "holds", "timely", "open", "aside", "another")
SUSPENDED = "suspended"  # the stage that is nothing without a hold
SEALED = {"office": "recorded", "party": "answered"}  # what a sealed stage is called in clear


@dataclass(frozen=True, slots=True)
class Field:
    """What a stage may say: a form's field, which `needs` to be there or not."""

    name: str
    text: Message
    form: Literal[
        "text", "long", "table", "amount", "number", "day", "choice", "many", "party", "item",
        "officer",
        "phone",
    ]  # fmt: skip
    choices: Mapping[str, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageKind:
    """A stage of a kind of case: who records it, behind which others, what it says.

    `after` are the stages of which one must be the newest of the case or, with `*`, anywhere in
    it; empty where it opens one. `sets` where it sets a day, `lengthens` the stage whose clocks it
    lengthens. `told` are the fields that who reported it reads; None where it is not told of it.
    One that `holds` may suspend the sale of the goods with it; one that is `timely` is
    recorded only while the clock that it meets runs; one that is `open` is called so in clear. One
    `aside` leaves the line as it is on which the others follow each other; one by `another` is not
    recorded by whoever opened the case.
    """

    name: str
    text: Message
    by: Literal["office", "party"]
    after: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    sets: bool = False
    lengthens: str | None = None
    told: tuple[str, ...] | None = None
    holds: bool = False
    timely: bool = False
    open: bool = False
    aside: bool = False
    another: bool = False


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case, its stages by name in their order.

    Of one that `is_hidden` the party stands in no clear member; one that `tells` it reads. Of one
    that `is_sealed` a stage's own name is hidden with what it says: none gives a result away.
    """

    name: str
    text: Message
    is_hidden: bool
    tells: bool
    is_sealed: bool
    stages: Mapping[str, StageKind]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it was recorded: by whom, when, and what it says, as far as that is kept here."""

    name: str
    index: int
    at: datetime
    actor: str
    statement: Object
    link: Link
    said: Mapping[str, Any] = field(default_factory=dict)

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
        if not isinstance(day, str) or not is_day(day):
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
        """Whether a party is the second officer that its opening names, or might be any other."""
        opening = self.stages[0]
        return actor in [opening.said.get("second", actor)] and actor != opening.actor

    @cached_property
    def clocks(self) -> list[Running]:
        """The clocks that its stages started, those that run out first before others."""
        kind = kinds().get(self.kind)
        more: dict[str, int] = {}
        for one in self.stages:
            of = None if kind is None else kind.stages.get(one.name)
            by = one.said.get("by")
            if of is not None and of.lengthens is not None and isinstance(by, int):
                more[of.lengthens] = more.get(of.lengthens, 0) + by
        return running(self.kind, [(one.name, one.since) for one in self.stages], more)

    @property
    def open_clocks(self) -> list[Running]:
        """Those that are not met; none of a case that is closed."""
        return [] if self.is_closed else [one for one in self.clocks if one.met is None]

    def next_stages(self, by: Literal["office", "party"]) -> list[StageKind]:
        """What may be recorded next."""
        kind = kinds().get(self.kind)
        had = [] if kind is None else [one.name for one in self.stages if one.name in kind.stages]
        if kind is None or not had:
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


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Any]:
    text = files(__package__).joinpath("data", "cases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def shared_members() -> frozenset[str]:
    """The members that a record may have to be given whole to another agency."""
    return frozenset(_tables()["shared_members"])


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Field]:
    """All fields by name."""
    steps = {name: msg(step.words) for name, step in STEPS.items()}
    tables = {None: {}, "food": {**category_words()}, "steps": steps}
    return MappingProxyType(
        {
            name: Field(
                name, msg(row["text"]), row.get("form", "text"),
                {key: msg(text) for key, text in row.get("choices", {}).items()}
                | tables[row.get("of")],
            )
            for name, row in _tables()["fields"].items()
        }
    )  # fmt: skip


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, CaseKind]:
    """All kinds of cases by name."""
    return MappingProxyType({row["name"]: _kind(row) for row in _tables()["kinds"]})


@lru_cache(maxsize=1)
def common() -> Mapping[str, StageKind]:
    """The stages of every kind, by name: what became of an office's document."""
    return MappingProxyType(
        {
            row["name"]: StageKind(
                row["name"],
                msg(row["text"]),
                "office",
                (),
                tuple(row["fields"]),
                sets=row.get("sets", False),
            )
            for row in _tables()["common"]
        }
    )


def _kind(row: Mapping[str, Any]) -> CaseKind:
    stages = {}
    for one in row["stages"]:
        more: dict[str, Any] = {name: one[name] for name in _MARKS if name in one}
        for name in ("after", "fields", "needs", "forms"):
            more[name] = tuple(one.get(name, ()))
        stages[one["name"]] = StageKind(
            one["name"],
            msg(one["text"]),
            one.get("by", "office"),
            **more,
            told=tuple(one["told"]) if "told" in one else None,
        )
    is_hidden, tells = row.get("is_hidden", False), row.get("tells", True)
    is_sealed = row.get("is_sealed", False)
    return CaseKind(row["name"], msg(row["text"]), is_hidden, tells, is_sealed, stages)


def find(reader: Reader, host: str, text: str) -> Act:
    """The case that a URI or its code names; IdentifierError, NotFound."""
    uri = text.strip()
    if ":" not in uri:
        try:
            uri = codes.uri_of(codes.read(uri), host, KIND)
        except IdentifierError as error:
            raise IdentifierError("no case: %s", error) from None
    act = reader.act(uri) if uri.isascii() and len(uri) <= 512 else None
    if act is None or act.kind != KIND:
        raise NotFound("%s is no case of this ledger", text[:200])
    return act


def read(reader: Reader, ledger: Ledger, act: Act) -> Case:
    """A case with what is kept here of what its stages say; LedgerError where it cannot be read.

    Of answers those count that the party gave whom it is about: what others answer is not read.
    What another than the second officer signs as such is a stage without a name.
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
    if isinstance(about, str) and about not in people:
        found |= {row.index: link for row, link in reader.readable_chain(act.uri, about)}
    times, kind = ActBook(reader).times(sorted(found)), kinds().get(act.sort or "")
    stages = [
        _stage(kind, index, link, times[index], ledger.disclosures.shown(reader, link).get(SAID))
        for index, link in sorted(found.items())
        if index in times and link.statement is not None and link.statement["type"] == KIND
    ]
    case = Case(act, stages)
    another = {name for name, one in kind.stages.items() if one.another} if kind else set()
    is_none = [one.name in another and not case.is_second(one.actor) for one in stages]
    pairs = zip(stages, is_none, strict=True)
    return Case(act, [replace(one, name=SEALED["office"]) if no else one for one, no in pairs])


def secret_of(reader: Reader, ledger: Ledger, case: Case) -> bytes:
    """What its opening says, with the salt under which that is hidden: whom it was told has it.

    LedgerError where that is erased. Whoever reads the ledger alone can work out nothing that is
    ranked under it, and nobody can change it, for the opening was signed over its digest.
    """
    for one in ledger.disclosures.of_link(reader, case.stages[0].link):
        if one.field is not None and one.field.pointer == SAID and one.stored is not None:
            return one.stored.encode()
    raise LedgerError("what %s says is not here any more", case.uri)


def _stage(kind: CaseKind | None, index: int, link: Link, at: int, shown: object) -> Stage:
    statement, stated = link.statement or {}, shown if isinstance(shown, dict) else {}
    said = {name: stated[name] for name in (*fields(), *stated) if name in stated}
    name = _name(statement, said.pop("stage", None), kind)
    return Stage(name, index, from_micros(at), link.actor, statement, link, said)


def _name(statement: Object, sealed: object, kind: CaseKind | None) -> str:
    """What a stage is: by its word in clear, or of a sealed kind by the one that it hides.

    A party answers in its own stages alone, whatever it calls them.
    """
    op, names = statement["op"], {"open": "opened", "close": CLOSED, "assign": "assigned"}
    if op in names:
        return names[op]
    name = str(statement["stage"])
    known = {} if kind is None else kind.stages
    by: Literal["office", "party"] = "party" if op == "answer" else "office"
    if kind is not None and kind.is_sealed and name == SEALED[by] and isinstance(sealed, str):
        name = sealed if sealed in known and sealed not in names.values() else name
    is_others = name in known and known[name].by != by
    return SEALED[by] if is_others and by == "party" else name
