"""A hold or a recall in a line of a list: what it is about, why, since when, who has answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.access import EVERYBODY
from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import from_micros
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.overview import Overview
from suyuan.trace.store.read.reader import Reader

from . import course as courses
from .course import Course, reason_of

NAMED = 3


@dataclass(frozen=True, slots=True)
class Outline:
    """An act, the names of its first lots, how many items it has, and its holders' answers.

    `answered` have acknowledged or reported, `silent` have some of it now and have not: of a
    recall whose statements can be read; None else.
    """

    act: Act
    names: tuple[str, ...]
    count: int
    reason: str | None
    since: datetime | None
    answered: int | None
    silent: int | None


def outlines(reader: Reader, acts: Iterable[Act]) -> list[Outline]:
    """The outlines of these acts; each costs what its scope has."""
    every = Overview(reader, EVERYBODY.spans(), EVERYBODY.covers, is_exact=True)
    return [_outline(reader, every, act) for act in acts]


def answered_by(course: Course) -> set[str]:
    """Who has acknowledged a recall or reported in it, and who ordered it."""
    parties = {stated.actor for stated in course.acknowledged}
    return parties | {report.stated.actor for report in course.reports} | {course.act.actor}


def _outline(reader: Reader, every: Overview, act: Act) -> Outline:
    book, lineage = ActBook(reader), Lineage(reader)
    items = [row.item for row in book.scope(act.leaf, most=NAMED) if row.cleared is None]
    lots = lineage.lots(items)
    names = dict.fromkeys(lots[item].name or "" for item in items if item in lots)
    at = book.times([act.leaf]).get(act.leaf)
    answered, silent = None, None
    if act.kind == "recall":
        try:
            parties = answered_by(courses.read(reader, act))
            answered = len(parties) - 1
            silent = len({holder for _, holder in every.holders(act.leaf)} - parties)
        except LedgerError:  # its order cannot be read any more: its page says so
            pass
    return Outline(
        act,
        tuple(name for name in names if name),
        book.count(act.leaf),
        reason_of(reader, act.leaf),
        None if at is None else from_micros(at),
        answered,
        silent,
    )
