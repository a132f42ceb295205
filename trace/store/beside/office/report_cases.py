"""Which cases were drafted of consumers' reports, and about whom a hidden one is; to look there.

Such a row is written before its case is signed, so it is worth nothing by itself: who reads it
looks whether there is such a case, and whether that says the same.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from ... import schema as t
from ...read.reader import Reader
from ...selecting import chunks
from .. import sealed_rows
from ..repository import Repository, row_of, value_of
from ..schema_beside import report_case

_c = report_case.c
MOST = 1_000  # hidden cases of one party that are looked at


@dataclass(frozen=True, slots=True)
class ReportCase:
    """A case drafted `at` an instant, of a report if there is one, about a party if it is told."""

    uri: str
    report: str | None
    party: str | None
    at: int


class ReportCaseBook(Repository[ReportCase]):
    """These rows of one ledger, to be written."""

    table, noun, value = report_case, "cases of reports", staticmethod(value_of(ReportCase))

    def put(self, row: ReportCase) -> None:
        """Note a case that is drafted."""
        with self.writing() as connection:
            sealed_rows.add(connection, report_case, row_of(row))

    def forget(self, cases: Collection[str]) -> None:
        """Take away the rows of drafts that were never signed."""
        with self.writing() as connection:
            for part in chunks(sorted(cases)):
                sealed_rows.remove(connection, report_case, (_c.uri.in_(part),))


def of_reports(reader: Reader, numbers: Collection[str]) -> list[ReportCase]:
    """The cases drafted of these reports."""
    queries = (select(report_case).where(_c.report.in_(part)) for part in chunks(set(numbers)))
    return [row for query in queries for row in ReportCaseBook.of(reader, query)]


def of_case(reader: Reader, case: str) -> ReportCase | None:
    """What was noted when a case was drafted."""
    return ReportCaseBook.first(reader, _c.uri == case)


def of_party(reader: Reader, party: str) -> list[ReportCase]:
    """The newest drafts of hidden cases that tell a party of them."""
    query = select(report_case).where(_c.party == party).order_by(_c.at.desc(), _c.uri).limit(MOST)
    return ReportCaseBook.of(reader, query)


def unsigned(reader: Reader, at: int) -> list[ReportCase]:
    """Drafts of before an instant under whose URI nothing was begun."""
    begun = select(t.act.c.leaf).join(t.subject, t.act.c.subject == t.subject.c.id)
    is_begun = begun.where(t.subject.c.uri == _c.uri).exists()
    return ReportCaseBook.of(reader, select(report_case).where(_c.at < at, ~is_begun))
