"""Access to draws: everybody reads one, its office alone who is drawn before it is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.steps import inspectors_of
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.inspection.draws import draw_book
from suyuan.trace.inspection.draws.draw import Pick, exists_from
from suyuan.trace.inspection.draws.draw_book import Draw
from suyuan.trace.inspection.draws.draw_keeping import DrawsKept, KeptDraw
from suyuan.trace.inspection.time_limits import Running, running
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from ..problems import ProblemError, as_problem
from . import session

MOST_SHOWN = 200  # drawn ones on one page: its file has all, and so has the office's queue
MOST_CHECKED = 20  # of the newest inspections of one drawn, which are looked through


@dataclass(frozen=True, slots=True)
class Checked:
    """One drawn, and the inspection of it that the ledger has since the draw was committed to.

    `strangers` inspected it and were not drawn with it.
    """

    pick: Pick
    index: int | None = None
    at: datetime | None = None
    by: tuple[str, ...] = ()

    @property
    def strangers(self) -> tuple[str, ...]:
        """Who inspected it without having been drawn."""
        return tuple(one for one in self.by if one not in self.pick.team)


@dataclass(frozen=True, slots=True)
class Shown:
    """A draw as who looks sees it; `kept` for its own office, `title` for all once it is open.

    `witnessed` is when witnesses had cosigned the commitment; one that `is_bent` is not as it was
    committed to.
    """

    draw: Draw
    works: bool
    title: str | None
    kept: KeptDraw | None
    checked: Sequence[Checked]
    like: Sequence[str]
    witnessed: datetime | None
    is_bent: bool
    more: int  # drawn ones that are not shown

    @property
    def exists(self) -> datetime:
        """From when on its public value exists: by the beacon's own rule, where it has one."""
        stated = self.draw.commit.statement
        known = exists_from(stated["beacon"], stated["round"])
        said = datetime.fromisoformat(stated["from"])
        return said if known is None else datetime.fromtimestamp(known, UTC)

    @property
    def clock(self) -> Running | None:
        """Until when the results are to be public, once it is opened."""
        ending = self.draw.ending
        if ending is None or not self.draw.is_revealed:
            return None
        stages = [("revealed", ending.at)]
        times = [one.at for one in self.checked if one.at is not None]
        if self.checked and len(times) == len(self.checked) + self.more:
            stages.append(("published", max(*times, ending.at)))
        return next(iter(running("draw", stages)), None)


def find(reader: Reader, code: str) -> Draw:
    """The draw that a code or URI names; a problem 404 where there is none."""
    with as_problem(404, NotFound, IdentifierError):
        act = draw_book.find(reader, site().host, code[:512])
    with as_problem(409, LedgerError):
        return draw_book.read(reader, site().ledger, act)


def works_on(reader: Reader, draw: Draw) -> bool:
    """Whether who looks is of the office whose draw it is: nobody else, whatever its remit."""
    user = session.current()
    if user is None or user.is_terminal:
        return False
    return draw.act.office in (user.uri, site().access(reader).office_of(user.uri))


def of_office(reader: Reader, code: str) -> tuple[Draw, KeptDraw]:
    """A draw of the viewer's own office with what is kept of it; problems 404, 409."""
    draw = find(reader, code)
    if not works_on(reader, draw):
        raise ProblemError(404, "%s is no draw of your office", code[:200])
    kept = DrawsKept(site().ledger.home).find(draw.code)
    if kept is None:
        raise ProblemError(409, "nonce and files of draw %s are not on this server", draw.code)
    return draw, kept


def shown(reader: Reader, code: str) -> Shown:
    """A draw as the viewer may see it."""
    draw, ledger = find(reader, code), site().ledger
    works = works_on(reader, draw)
    kept = None
    if draw.is_revealed or (works and draw.act.ended is None):
        kept = DrawsKept(ledger.home).find(draw.code)
    picks = () if kept is None else draw_book.picks_now(ledger, draw)
    is_bent = draw.is_bent or (draw.is_revealed and kept is not None and not picks)
    first = reader.kept(draw.commit.index)
    return Shown(
        draw,
        works,
        None if kept is None else kept.files.about.get("title"),
        kept if works else None,
        [_checked(reader, draw, pick) for pick in picks[:MOST_SHOWN]],
        [act.uri for act in draw_book.siblings(reader, draw.act)],
        None if first is None else from_micros(first.committed),
        is_bent or (kept is not None and not _is_committed(draw, kept)),
        max(0, len(picks) - MOST_SHOWN),
    )


def _is_committed(draw: Draw, kept: KeptDraw) -> bool:
    return kept.files.digests.items() <= draw.commit.statement.items()


def _checked(reader: Reader, draw: Draw, pick: Pick) -> Checked:
    """With the first inspection of it since the draw was committed to, by the draw's own office."""
    found = inspections_of(reader, pick.id, MOST_CHECKED, lambda actor: actor == draw.act.office)
    first = min((row for row in found if row[0] > draw.commit.index), default=None,
                key=lambda row: row[0])  # fmt: skip
    if first is None:
        return Checked(pick)
    recorded = reader.recorded(first[0])
    at = None if recorded is None else from_micros(recorded.time)
    return Checked(pick, first[0], at, tuple(inspectors_of(first[1].get("event"))))
