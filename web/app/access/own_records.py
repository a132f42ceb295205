"""One's own records as requests ask for them: of whom one records for, and of steps one may."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from suyuan.trace.exchange import my_records
from suyuan.trace.exchange.my_records import Page, Query
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.recording import correcting
from suyuan.trace.store.read.own_records import OwnRecord
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.problems import ProblemError
from suyuan.web.context import site

from .acting_for import Acting

_MOST = 200
_TOGETHER, _MOST_PAGES = 500, 40


class RecordsIn(BaseModel):
    """Which of one's own records."""

    q: Annotated[str, Field(max_length=400)] = Field(
        default="", description="A trace code, or part of a product's or a counterparty's name"
    )
    since: date | None = Field(default=None, description="First day of the events")
    until: date | None = Field(default=None, description="Last day, included")
    step: str = Field(default="", max_length=200, description="A step's name: dispatch, sell")
    product: str = Field(default="", max_length=400, description="A product's name")
    party: str = Field(default="", max_length=512, description="A counterparty's URI, or its name")
    order: Literal["newest", "oldest"] = Field(
        default="newest", description="By the day of the event"
    )
    most: int = Field(default=50, ge=1, le=_MOST, description="How many at most")
    after: str | None = Field(default=None, max_length=80, description="Where the last page ended")


def find(reader: Reader, acting: Acting, wanted: RecordsIn) -> Page:
    """The next page of the records of whom one acts for; ProblemError for a wrong `after`."""
    try:
        return _find(reader, acting, _query(acting, wanted))
    except LedgerError as error:
        raise ProblemError(422, error, field="after") from None


def every(reader: Reader, acting: Acting, wanted: RecordsIn) -> Iterator[OwnRecord]:
    """All of them, read as they are asked for; of very many, or of a rare few, the first found."""
    query = replace(_query(acting, wanted), most=_TOGETHER, after=None)
    for _ in range(_MOST_PAGES):
        page = _find(reader, acting, query)
        yield from page.records
        if page.after is None:
            return
        query = replace(query, after=page.after)


def own(reader: Reader, acting: Acting, index: int) -> Link:
    """The event at an index, of whom one acts for; ProblemError 404 for none of its own.

    403 where one acts under a mandate that does not cover its step.
    """
    try:
        link = correcting.own_event(reader, acting.uri, index)
    except LedgerError as error:
        raise ProblemError(404, error) from None
    step = correcting.correctable(link).step
    if acting.is_other and (step is None or not acting.covers(STEPS[step].biz_step)):
        signer = acting.user.uri
        raise ProblemError(403, "the mandate of %s to %s is not for this step", acting.uri, signer)
    return link


def seen_steps(acting: Acting) -> tuple[str, ...] | None:
    """The steps whose records one sees: all, or under a mandate those that it covers."""
    if not acting.is_other:
        return None
    return tuple(name for name, step in STEPS.items() if acting.covers(step.biz_step))


def _find(reader: Reader, acting: Acting, query: Query) -> Page:
    ledger = site().ledger
    return my_records.find(reader, ledger.trust, ledger.home, acting.uri, query)


def _query(acting: Acting, wanted: RecordsIn) -> Query:
    return Query(
        wanted.q,
        wanted.since,
        wanted.until,
        wanted.step or None,
        wanted.product or None,
        wanted.party or None,
        steps=seen_steps(acting),
        is_oldest_first=wanted.order == "oldest",
        most=wanted.most,
        after=wanted.after or None,
    )
