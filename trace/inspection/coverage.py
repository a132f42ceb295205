"""How far the lots of a division are traced: by category, by month, and below it, from sums.

A report reads the rows that it shows: no lot, and nothing of another division.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from suyuan.trace.findings.food_catalogue import OTHER, categories
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.store.read.overview import (
    Covered,
    covered,
    covered_below,
    covered_coders,
    covered_of,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.schema_columns import ALL

MONTHS = 12
COUNTERS = 50  # operators of a page
FIRST_YEAR, LAST_YEAR = 2000, 2999


class CoverageCounts(Form):
    """Operators, products and lots of a month, and how many of the lots are traced how far."""

    coders: int = described("Operators that coded or bought a lot in that month")
    products: int = described("Of each of these operators")
    lots: int
    sourced: int = described("Lots coded at their source, or made of what is recorded")
    supplied: int = described("Lots that were bought, and name their supplier")
    handed: int = described("Lots handed over to others")
    answered: int = described("Lots of which somebody confirmed a hand-over")
    reached: int = described("Lots recorded as sold, used, lost or destroyed")
    through: int = described("Lots with a source or a supplier that were followed to others")

    @classmethod
    def total(cls, rows: Iterable[Covered]) -> "CoverageCounts":
        """The sum of rows that have nothing in common."""
        names = cls.__dataclass_fields__
        added = dict.fromkeys(names, 0)
        for row in rows:
            for name in names:
                added[name] += row.counts[name]
        return cls(**added)

    def share(self, of: str) -> int | None:
        """How many lots of a hundred are so; None where there is no lot."""
        return None if not self.lots else round(100 * getattr(self, of) / self.lots)


class CoverageJson(Form):
    """Sums under a name: a category, a month (202611), a division, or an operator's URI."""

    of: str
    counts: CoverageCounts


class CoverageReportJson(Form):
    """How far the lots of a division are traced, in a month and over the last twelve."""

    division: str = described("Empty for the whole ledger")
    month: str = described("2026-11, by the time of coding")
    category: str = described("Empty for all")
    as_of: int = described("How many links the figures follow from")
    total: CoverageCounts
    categories: list[CoverageJson]
    months: list[CoverageJson]
    below: list[CoverageJson] = described("The divisions of the next level")
    counters: list[CoverageJson] = described("Operators registered in this division itself")
    after: int | None = described("After which operator the next page begins; null at the end")


@dataclass(frozen=True)
class CoverageReport:
    """How far the lots of a division, or of several, are traced in a month."""

    divisions: Sequence[str]
    month: int
    category: str
    as_of: int
    rows: Sequence[Covered]
    below: Sequence[Covered]
    counters: Sequence[Covered]
    after: int | None

    @cached_property
    def total(self) -> CoverageCounts:
        """All of the month, of the category that is asked for."""
        return CoverageCounts.total(
            one for one in self.rows if (one.month, one.category) == (self.month, self.category)
        )

    @cached_property
    def categories(self) -> dict[str, CoverageCounts]:
        """By category in the month, in the order of the catalogue; those with a lot."""
        names = [*(one.name for one in categories()), OTHER]
        counts = {
            name: CoverageCounts.total(
                one for one in self.rows if (one.month, one.category) == (self.month, name)
            )
            for name in names
        }
        return {name: one for name, one in counts.items() if one.lots}

    @cached_property
    def months(self) -> dict[int, CoverageCounts]:
        """By month, the oldest first; those without a lot too."""
        return {
            month: CoverageCounts.total(
                one for one in self.rows if (one.month, one.category) == (month, self.category)
            )
            for month in months_until(self.month)
        }


def months_until(month: int, many: int = MONTHS) -> list[int]:
    """So many months, the last of them this one, each as 202611."""
    last = month // 100 * 12 + month % 100 - 1
    return [at // 12 * 100 + at % 12 + 1 for at in range(last - many + 1, last + 1)]


def read_month(text: str) -> int | None:
    """The month that 2026-11 is, as 202611; None for another text."""
    year, _, month = text.partition("-")
    is_shaped = len(text) == 7 and text.isascii() and year.isdigit() and month.isdigit()
    is_month = is_shaped and 1 <= int(month) <= 12 and FIRST_YEAR <= int(year) <= LAST_YEAR
    return int(year) * 100 + int(month) if is_month else None


def month_text(month: int) -> str:
    """A month as it is written: 2026-11."""
    return f"{month // 100:04}-{month % 100:02}"


def coverage_report(
    reader: Reader,
    divisions: Sequence[str],
    month: int,
    category: str = ALL,
    *,
    after: int = 0,
    most: int = COUNTERS,
) -> CoverageReport:
    """The report on divisions, of which none lies in another; "" is the whole ledger."""
    span = (months_until(month)[0], month)
    rows = [one for division in divisions for one in covered(reader, division, span)]
    below, counters, following = list[Covered](), list[Covered](), None
    if len(divisions) == 1:
        below = covered_below(reader, divisions[0], month, category)
        counters, following = covered_coders(
            reader, divisions[0], month, category, after=after, most=most
        )
    else:
        wanted = month, category
        below = [one for one in rows if (one.month, one.category) == wanted]
    as_of = reader.cursors().get("lineage", 0)
    return CoverageReport(divisions, month, category, as_of, rows, below, counters, following)


def of_operator(reader: Reader, uri: str, month: int) -> dict[int, CoverageCounts]:
    """One operator's sums by month; those of its months without a lot are none."""
    span = (months_until(month)[0], month)
    rows = covered_of(reader, uri, span)
    return {
        at: CoverageCounts.total(one for one in rows if one.month == at)
        for at in sorted({one.month for one in rows})
    }


def category_words() -> Mapping[str, Message]:
    """The categories of food in words, by name."""
    return {one.name: one.words for one in categories()} | {OTHER: msg("Other food")}


def coverage_json(report: CoverageReport) -> CoverageReportJson:
    """The report for programs."""

    def listed(rows: Iterable[Covered]) -> list[CoverageJson]:
        return [CoverageJson(one.of, CoverageCounts.total([one])) for one in rows]

    return CoverageReportJson(
        division=",".join(report.divisions),
        month=month_text(report.month),
        category=report.category,
        as_of=report.as_of,
        total=report.total,
        categories=[CoverageJson(name, one) for name, one in report.categories.items()],
        months=[CoverageJson(month_text(at), one) for at, one in report.months.items()],
        below=listed(report.below),
        counters=listed(report.counters),
        after=report.after,
    )
