"""GET /api/v1/search, /divisions: what inspectors look for; divisions by name, and their state."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import divisions as names
from suyuan.trace.format.times import micros
from suyuan.trace.goods.searching import Query, SearchJson, find, search_json
from suyuan.trace.inspection.complaints import key_of, with_receipt
from suyuan.trace.inspection.followup.division_report import (
    DivisionJson,
    division_json,
    division_report,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.access.registering import near_to
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown

routes = Routes("search", tag="Inspection")
MOST = 100
_FIRST, _LAST = date(2000, 1, 1), date(9000, 1, 1)
Day = Annotated[date, Field(ge=_FIRST, le=_LAST)]
divisions = Routes("divisions", tag="Inspection")


class SearchIn(BaseModel):
    """What to look for: all of the remit where nothing is said."""

    q: str = Field(
        "",
        max_length=600,
        description="A trace code or 4 characters and more of one, a URI or scanned URL, a lot "
        "number, a label's serial, a report's receipt number; a party's name or a part of it, its "
        "USCC or GLN; a product's name or a part of it",
    )
    kind: Literal["item", "party"] | None = Field(None, description="What is looked for")
    since: Day | None = Field(
        None, alias="from", description="Lots recorded on this day or later, 2026-11-24"
    )
    until: Day | None = Field(None, alias="to", description="Lots recorded until this day")
    division: str | None = Field(
        None, max_length=names.LONGEST, description="A division of one's remit: its code or name"
    )
    category: str | None = Field(None, max_length=200, description="Of lots, as it is stated")
    limit: int = Field(20, ge=1, le=MOST, description="How many at most")
    after: str | None = Field(
        None, max_length=700, description="`after` of the page before, to go on from there"
    )


@routes.get("/search", INSPECTOR, limit="searching 120/minute")
def search(reader: Reader, query: SearchIn) -> SearchJson:
    """Items and parties of one's remit. A problem of a value has the `field` that it is in."""
    if not query.q.isprintable() and query.q.strip():
        raise ProblemError(422, "a text to look for has no control characters", field="q")
    if query.since is not None and query.until is not None and query.since > query.until:
        raise ProblemError(422, "the last day is before the first", field="to")
    within, home = remits.division(viewer.remit(), query.division), site().ledger.home
    report = with_receipt(reader, home, within, query.q)
    wanted = Query(
        text=query.q if report is None else report.code,
        kind=query.kind,
        since=query.since,
        until=query.until,
        category=query.category or None,
        most=query.limit,
        after=query.after,
    )
    try:
        page = find(reader, site().ledger.trust, home, within, wanted)
    except LedgerError as error:
        raise ProblemError(422, "after: %s", error, field="after") from None
    key = None if report is None else key_of(report)
    return search_json(reader, site().host, page, key)


class NamesIn(BaseModel):
    """What is typed of a division's name, in Chinese or in pinyin, or of its code."""

    q: str = Field(min_length=1, max_length=names.LONGEST, description="Siming, 思明 or 350203")


class NamedOut(BaseModel):
    """A division, and what it is called in the language that is asked for."""

    code: str
    name: str


class NamedDivisionsOut(BaseModel):
    """The first ten of those that fit, those near who asks before all others."""

    divisions: list[NamedOut]


@divisions.get("/divisions", SIGNED_IN, limit="divisions 240/minute")
def named(user: SignedIn, query: NamesIn) -> NamedDivisionsOut:
    """Divisions of China whose name, or one of those above it, is typed in part."""
    codes = names.search(query.q, near_to(user))
    return NamedDivisionsOut(
        divisions=[NamedOut(code=code, name=shown.division(code)) for code in codes]
    )


@divisions.get(
    "/divisions/<code>", INSPECTOR, parameters={"code": "A division of one's remit, or `all`"}
)
def division(reader: Reader, code: str) -> DivisionJson:
    """The state of a division of one's remit, and below it; of all of the remit for `all`."""
    remit, now, home = viewer.remit(), micros(site().ledger.now()), site().ledger.home
    within, chosen = remits.division(remit, code), None if code == remits.ALL else code
    report = division_report(reader, home, within, now)
    return division_json(
        reader, report, within, division=chosen, remit=remit, host=site().host, now=now
    )
