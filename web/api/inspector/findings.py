"""GET /api/v1/findings: what cannot be true, what is missing, what is late."""

from typing import Annotated

from pydantic import BaseModel, Field

from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import CATALOGUE
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import divisions, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.vocabulary import SEVERITIES
from suyuan.trace.goods.reporting import FindingJson, Query, page, read_key, written
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import targets
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ENTRIES, Routes
from suyuan.web.context import site

routes = Routes("findings", tag="Findings")


class FindingsIn(BaseModel):
    """Which findings; all where nothing is said."""

    rule: str | None = Field(None, max_length=32, description="One rule, by its name")
    severity: Annotated[str, Among(SEVERITIES)] | None = Field(
        None, description="Those of this severity"
    )
    item: str | None = Field(None, max_length=2_000, description="An item's URI or trace code")
    party: str | None = Field(None, max_length=600, description="Of one party's records: its URI")
    division: str | None = Field(
        None,
        max_length=divisions.LONGEST,
        description="Of the parties registered in a division, and below it: its code or its name",
    )
    limit: int = Field(100, ge=1, le=1_000, description="How many at most")
    after: str | None = Field(
        None, max_length=700, description="`after` of the page before, to go on from there"
    )


class FindingsOut(BaseModel):
    """A page of findings, in order of link, rule and item."""

    size: int = Field(description="As of how many links")
    findings: list[FindingJson]
    after: str | None = Field(description="Where the next page begins; null at the end")


@routes.get("/findings", ENTRIES, limit=READING, answers={404: "No item of this ledger"})
def findings(reader: Reader, query: FindingsIn) -> FindingsOut:
    """Findings: records that cannot be true, lack something, or came late.

    Findings never rewrite or block history: each names its evidence and the rule behind it.
    """
    selection = _selection(reader, query)
    try:
        start = None if query.after is None else read_key(query.after)
    except LedgerError as error:
        raise ProblemError(422, "after: %s", error) from None
    listed = page(reader, selection, site().ledger.now(), most=query.limit, after=start)
    return FindingsOut(
        size=reader.cursors().get("lineage", 0),
        findings=[entry.form() for entry in listed.entries],
        after=None if listed.after is None else written(listed.after),
    )


def _selection(reader: Reader, query: FindingsIn) -> Query:
    if query.rule is not None and query.rule not in CATALOGUE:
        raise ProblemError(422, "rule: no such rule; one of %s", ", ".join(sorted(CATALOGUE)))
    try:
        division = None if query.division is None else divisions.read(query.division)
    except IdentifierError as error:
        raise ProblemError(422, "division: %s", error.message) from None
    try:
        party = None if query.party is None else parties.read(query.party, site().host)
    except IdentifierError as error:
        raise ProblemError(422, "party: %s", error) from None
    return Query(
        query.rule,
        None if query.severity is None else Severity(query.severity),
        None if query.item is None else targets.named(reader, site().host, query.item).item,
        party,
        division,
    )
