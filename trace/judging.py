"""The verdict on a history of this ledger: for its pages, the API and the command line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import verdicts
from .history import History
from .path import Path
from .recall.standing import Relation, Standing, standings
from .state import Genesis
from .store.read import Reader
from .verdicts import Cause, Registry, Result, State, Tone, Verdict
from .verify import Verifier


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what it rests on: the way, the results of tests, the acts in force."""

    path: Path
    results: list[Result]
    standings: list[Standing]
    verdict: Verdict

    def with_more(self, causes: Iterable[Cause]) -> "Judgement":
        """The same with causes that the caller has found beside the ledger's links."""
        found = verdicts.verdict([*self.verdict.causes, *causes], self.verdict.purchases)
        return Judgement(self.path, self.results, self.standings, found)


def judge(
    reader: Reader, genesis: Genesis, history: History, *, today: int | None = None
) -> Judgement:
    """What may be said of a history's item, as of this reader's moment (section 10 of the format).

    `today` is the day since 1970 in China by which its shelf life is judged, None for no such.
    Events by reference that cannot be read, and labels, are for the caller to add.
    """
    verifier = history.verifier or Verifier(reader, genesis)
    registry = Registry(
        part_of=verifier.part_of,
        is_examiner=verifier.is_examiner,
        is_foreign=verifier.is_foreign,
        is_lost=lambda index: index in history.links and history.links[index].is_lost_key,
    )
    path = history.path(registry.part_of, registry.is_foreign)
    links = history.good_links(with_aside=True)
    judged = verdicts.judge(path, links.items(), registry, today)
    under = [
        one
        for one in standings(reader, genesis, history, {actor for _, actor in path.ends})
        if history.is_cut or one.relation is not Relation.CONTAINS or one.covered in path.items
    ]
    causes = [
        *_broken(history),
        *(_act(one) for one in under),
        *_undecided(reader, history, path),
        *judged.causes,
    ]
    found = verdicts.verdict(causes, judged.purchases)
    return Judgement(path, judged.results, under, found)


def _broken(history: History) -> Iterator[Cause]:
    for gap in history.gaps:
        yield Cause(State.BROKEN, "gap", gap.place.item, gap.place.actor, tone=Tone.BAD)
    for index, checked in history.links.items():
        if not checked.is_good:
            code = str(checked.problems[0].rule)
            yield Cause(State.BROKEN, code, index=index, tone=Tone.BAD)


def _act(one: Standing) -> Cause:
    kind = "recall" if one.is_recall else "hold"
    is_itself = one.relation is not Relation.CONTAINS
    return verdicts.acted(kind, one.covered, one.act.actor, one.leaf, is_itself=is_itself)


def _undecided(reader: Reader, history: History, path: Path) -> Iterator[Cause]:
    if history.is_cut:
        yield Cause(State.UNDECIDED, "cut")
    for sha256, actor in verdicts.documents(path):
        row = reader.document(sha256, actor)
        if row is not None and row[1] is None:
            yield Cause(State.UNDECIDED, "unfinished", sha256, actor)
