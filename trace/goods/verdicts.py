"""What may be said of an item: the states of a verdict, in their order (section 10 of the format).

One rule for pages, the API, the command line and evidence files, decided from links, acts and
labels alone. How often a label was scanned and what consumers report decides nothing here.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from suyuan.trace.admission.chain import step
from suyuan.trace.format.json_values import Json, as_object, described, named, pick
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import text_in
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.lineage.contradictions import contradictions, last_good_day
from suyuan.trace.lineage.joins import EXAMINING, Start, is_addressed, is_dispatch
from suyuan.trace.lineage.path import Path

FAILED = ("不合格", "不符合", "阳性", "fail", "failed", "positive", "not passed", "unfit")
# The grave findings of plausibility that a way may stand under, with the code of their cause.
GRAVE = {
    "overdrawn": "overdrawn",
    "expired": "past_date",
    "withdrawal": "withdrawal",
    "self": "self",
    "two-places": "two_places",
}
_SPACES = re.compile(r"\A[\s\ufeff]+")


class State(StrEnum):
    """The states of a verdict, the one that goes before the others first."""

    BROKEN = "broken"
    RECALLED = "recalled"
    CONTAINS_RECALLED = "contains_recalled"
    ON_HOLD = "on_hold"
    TEST_FAILED = "test_failed"
    UNSOURCED = "unsourced"
    CONTRADICTED = "contradicted"
    LABEL = "label"
    EXPIRED = "expired"
    UNDECIDED = "undecided"
    VERIFIED = "verified"


class Tone(StrEnum):
    """The colour of a state: green, amber, red."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


_ORDER = list(State)
ACTS = (State.RECALLED, State.CONTAINS_RECALLED, State.ON_HOLD)
EXIT_BROKEN, EXIT_UNDECIDED = 1, 3


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a state applies: a code, and the item, actor, link and act that it is about."""

    state: State
    code: str
    item: str | None = None
    actor: str | None = described("By whose record", default=None)
    index: int | None = described("The link that completes it", default=None)
    tone: Tone = named("colour", default=Tone.WARN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All causes, the first state's first, and the purchases that the way begins with."""

    causes: tuple[Cause, ...] = ()
    purchases: tuple[Cause, ...] = ()

    @property
    def state(self) -> State:
        """The first state that applies; verified where none does."""
        return self.causes[0].state if self.causes else State.VERIFIED

    @property
    def states(self) -> tuple[State, ...]:
        """All that apply, in order; verified alone where none does."""
        return tuple(dict.fromkeys(cause.state for cause in self.causes)) or (State.VERIFIED,)

    @property
    def tone(self) -> Tone:
        """Red where a cause is, else amber where there is one."""
        if not self.causes:
            return Tone.GOOD
        return Tone.BAD if any(cause.tone is Tone.BAD for cause in self.causes) else Tone.WARN

    def exit_code(self, *, is_strict: bool = False) -> int:
        """1 broken, 3 undecided, else 0; with `is_strict` 1 for whatever is not verified."""
        if State.BROKEN in self.states:
            return EXIT_BROKEN
        if State.UNDECIDED in self.states:
            return EXIT_UNDECIDED
        return EXIT_BROKEN if is_strict and self.causes else 0

    def of(self, state: State) -> list[Cause]:
        """The causes of one state."""
        return [cause for cause in self.causes if cause.state is state]

    def to_dict(self) -> Json:
        """State, colour and causes for programs."""
        return as_object(
            {"verdict": self.state, "states": self.states, "colour": self.tone}
            | pick(self, "causes", "purchases")
        )


def verdict(causes: Iterable[Cause], purchases: Iterable[Cause] = ()) -> Verdict:
    """The verdict of causes from anywhere, put in order, each once.

    Beside what is broken only acts count: nothing follows from the links that are left.
    """
    ordered = sorted(dict.fromkeys(causes), key=_rank)
    if any(cause.state is State.BROKEN for cause in ordered):
        ordered = [cause for cause in ordered if cause.state in (State.BROKEN, *ACTS)]
        purchases = ()
    return Verdict(tuple(ordered), tuple(dict.fromkeys(purchases)))


def acted(kind: str, item: str, actor: str, index: int | None, *, is_itself: bool) -> Cause:
    """The cause of an act in force: on the item itself, or on what it was made from."""
    if kind == "recall":
        state = State.RECALLED if is_itself else State.CONTAINS_RECALLED
        tone = Tone.BAD if is_itself else Tone.WARN
        return Cause(state, "recall", item, actor, index, tone)
    return Cause(State.ON_HOLD, "hold", item, actor, index)


STATES: Mapping[State, Message] = {
    State.BROKEN: msg("BROKEN"),
    State.RECALLED: msg("RECALLED"),
    State.CONTAINS_RECALLED: msg("CONTAINS RECALLED"),
    State.ON_HOLD: msg("ON HOLD"),
    State.TEST_FAILED: msg("TEST FAILED"),
    State.UNSOURCED: msg("UNSOURCED"),
    State.CONTRADICTED: msg("CONTRADICTED"),
    State.LABEL: msg("LABEL"),
    State.EXPIRED: msg("EXPIRED"),
    State.UNDECIDED: msg("UNDECIDED"),
    State.VERIFIED: msg("verified"),
}


_SENTENCES: Mapping[str, Message] = {
    "unsent": msg("what %(actor)s has of %(item)s begins here: no confirmed supplier"),
    "reported": msg("%(actor)s reports %(item)s from documents: no confirmed supplier"),
    "examiner": msg("a test of %(item)s failed, by %(actor)s at index %(index)s"),
    "path": msg("%(actor)s, who had %(item)s, says at index %(index)s that a test of it failed"),
    "market": msg("%(actor)s, the market, says at index %(index)s that a test of %(item)s failed"),
    "overdrawn": msg(
        "more of %(item)s went out of the stock of %(actor)s than came in, at index %(index)s"
    ),
    "more_than_sent": msg(
        "%(actor)s received more of %(item)s than was sent to it, by index %(index)s"
    ),
    "self": msg("by index %(index)s of %(actor)s, %(item)s was made of itself"),
    "past_date": msg("past its shelf life: %(item)s"),
    "withdrawal": msg("%(actor)s took %(item)s too soon after a treatment, at index %(index)s"),
    "two_places": msg("%(item)s was in two places at once, by index %(index)s of %(actor)s"),
    "not_sold": msg(
        "the supplier that %(actor)s names at index %(index)s has no record of sending %(item)s"
    ),
    "lost_key": msg("index %(index)s of %(actor)s is signed with a key reported lost"),
    "unfinished": msg("%(actor)s has not finished the document %(item)s"),
    "cut": msg("the history is too long to be walked whole"),
    "unread": msg("the event by reference at index %(index)s could not be read"),
    "purchase": msg(
        "%(actor)s bought %(item)s outside of the ledger, by its own record at index %(index)s"
    ),
}


def describe(cause: Cause) -> Message | None:
    """A cause in one sentence; None for what is reported with the links and acts."""
    text = _SENTENCES.get(cause.code)
    values = {"item": cause.item or "", "actor": cause.actor or "", "index": str(cause.index)}
    return text and Message(text.msgid, values)


def _rank(cause: Cause) -> tuple[int, bool, int]:
    index = -1 if cause.index is None else cause.index
    return _ORDER.index(cause.state), cause.tone is not Tone.BAD, index


def registers(link: Link, uri: str) -> tuple[str, ...] | None:
    """The roles by which a link registers a party, admits it or changes it; None for any other."""
    statement = link.statement or {}
    is_its = (statement.get("type"), statement.get("party")) == ("party", uri)
    is_registration = is_its and statement.get("op") in ("admit", "change")
    return tuple(statement["roles"]) if is_registration else None


@dataclass(frozen=True, slots=True)
class Result:
    """A result of a test that bears on an item's way.

    `weight` is `examiner`, `path` (by who is on the way), `market` (its firm's) or `other`;
    `overturned` the link of a retest that passed, or by which it was declared wrong.
    """

    index: int
    link: Link
    text: str
    weight: str
    is_failed: bool
    overturned: int | None = None


def is_failure(result: str) -> bool:
    """Whether a test's result says that the food is not fit."""
    bare = _SPACES.sub("", result).lower()
    return "不合格" in bare or bare.startswith(FAILED)


def results(path: Path, links: Iterable[tuple[int, Link]]) -> list[Result]:
    """The results among these links that examine what is on a way, in order of index.

    On it, or naming a link on it or another such result by hash, and about one of its items.
    """
    known, parties = sorted(links), path.joins.parties
    declared = {
        _name(link): index
        for index, link in known
        if "errorDeclaration" in (link.event or {}) and _name(link)[1] is not None
    }
    passes = [
        (index, link)
        for index, link in known
        if (text := _result(link)) is not None and not is_failure(text)
        and _name(link) not in declared and parties.is_examiner(link.actor)
    ]  # fmt: skip
    markets = {firm for actor in path.actors if (firm := parties.part_of(actor)) is not None}
    bearing = []
    for index, link, text in _bearing(path, known):
        if parties.is_examiner(link.actor):
            weight = "examiner"
        elif link.actor in path.actors:
            weight = "path"
        else:
            weight = "market" if link.actor in markets else "other"
        is_failed, overturned = is_failure(text), declared.get(_name(link))
        if is_failed and overturned is None:
            overturned = _passed(index, link, passes)
        bearing.append(Result(index, link, text, weight, is_failed, overturned))
    return bearing


def _bearing(path: Path, known: Sequence[tuple[int, Link]]) -> Iterator[tuple[int, Link, str]]:
    """The results that bear on a way, in order: what each names has a smaller index."""
    items = path.items
    hashes = {index: link.hash for index, link in path.links.items()}
    for index, link in known:
        if (text := _result(link)) is None:
            continue
        is_about = any(ref.item in items for ref in link.items)
        is_named = any(r.ledger is None and hashes.get(r.index) == r.hash for r in link.after)
        if index in path.links or (is_about and is_named):
            hashes[index] = link.hash
            yield index, link, text


def _result(link: Link) -> str | None:
    event = link.event
    if event is None or link.is_received or "errorDeclaration" in event:
        return None
    return (text_in(event, "suyuan:result") or None) if step(link) in EXAMINING else None


def _name(link: Link) -> tuple[str, str | None]:
    return link.actor, text_in(link.event or {}, "eventID")


def _passed(index: int, failed: Link, passes: Iterable[tuple[int, Link]]) -> int | None:
    """The result of an examiner that passed and names a failure, if there is one."""
    name = (None, index, failed.hash)
    for at, link in passes:
        if any((ref.ledger, ref.index, ref.hash) == name for ref in link.after):
            return at
    return None


@dataclass(slots=True)
class Judged:
    """The results and causes that the links on a way give by themselves."""

    path: Path
    results: list[Result]
    causes: list[Cause] = field(default_factory=list)
    purchases: list[Cause] = field(default_factory=list)


def judge(path: Path, links: Iterable[tuple[int, Link]], today: int | None) -> Judged:
    """The causes that follow from links alone: tests, beginnings, contradictions, dates.

    `links` are all known, those beside the way too; `today` the day since 1970 in China.
    """
    known = sorted(links)
    judged = Judged(path, results(path, known))
    for test in judged.results:
        if test.is_failed and test.overturned is None and test.weight != "other":
            tone = Tone.BAD if test.weight == "examiner" else Tone.WARN
            item = next((ref.item for ref in test.link.items if ref.item in path.items), None)
            cause = Cause(State.TEST_FAILED, test.weight, item, test.link.actor, test.index, tone)
            judged.causes.append(cause)
    if not path.ends:
        judged.causes.append(Cause(State.UNSOURCED, "unsent", path.item))
    for begun in path.begun:
        item, actor, index = begun.item, begun.actor, begun.index
        if begun.start in (Start.UNSENT, Start.REPORTED):
            judged.causes.append(Cause(State.UNSOURCED, str(begun.start), item, actor, index))
        elif begun.start is Start.PURCHASE and index is not None:
            purchase = Cause(State.VERIFIED, "purchase", item, actor, index, Tone.GOOD)
            judged.purchases.append(purchase)
            if _is_denied(path, known, path.links[index], item):
                judged.causes.append(Cause(State.CONTRADICTED, "not_sold", item, actor, index))
    judged.causes += [
        Cause(State.CONTRADICTED, c.code, c.item, c.actor, c.index) for c in contradictions(path)
    ]
    judged.causes += [
        Cause(State.CONTRADICTED, "lost_key", actor=link.actor, index=index)
        for index, link in path.links.items()
        if path.joins.parties.is_lost(index, link)
    ]
    end = last_good_day(path, path.item)
    if today is not None and end is not None and today > end:
        judged.causes.append(Cause(State.EXPIRED, "past_date", path.item))
    return judged


def documents(path: Path) -> list[tuple[str, str]]:
    """The documents, with actors, that must be finished: reports, and those of several links."""
    counts = Counter(
        (str(link.document["sha256"]), link.actor, str(link.document["as"]))
        for link in path.links.values()
        if link.document is not None
    )
    return sorted({(sha256, actor) for (sha256, actor, kind), count in counts.items()
                   if kind == "received" or count > 1})  # fmt: skip


def supplier(purchase: Link) -> str | None:
    """The URI of the party that a purchase names as its supplier, by its business number."""
    named = (purchase.event or {}).get(SUPPLIER)
    number = text_in(named, "uscc") if isinstance(named, dict) else None
    return f"urn:uscc:{number}" if number else None


def _is_denied(path: Path, links: Sequence[tuple[int, Link]], purchase: Link, item: str) -> bool:
    seller = supplier(purchase)
    own = [link for _, link in links
           if link.actor == seller and any(ref.item == item for ref in link.items)]  # fmt: skip
    part_of = path.joins.parties.part_of
    is_sent = (is_dispatch(link) and is_addressed(link, purchase.actor, part_of) for link in own)
    return bool(own) and not any(is_sent)
