"""Access to grades: of a party by whoever may see it, and of a remit's parties page by page."""

from datetime import date

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.times import zone
from suyuan.trace.inspection.grading.grade_facts import Graded, of_party
from suyuan.trace.inspection.grading.grade_table import given
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from . import remits


def today() -> date:
    """The day of now."""
    return site().ledger.now().astimezone(zone()).date()


def is_graded(party: Party) -> bool:
    """Whether the table grades parties of its roles."""
    return party.left is None and not given().table.static.points.keys().isdisjoint(party.roles)


def of(reader: Reader, party: Party, on: date | None = None) -> Graded:
    """The grade of a party on a day, of today where none is given."""
    is_officer = site().access(reader).is_officer
    return of_party(reader, site().ledger, party, on or today(), is_officer)


def listed(reader: Reader, remit: Remit, after: str, most: int) -> tuple[list[Graded], str | None]:
    """The grades of a page of a remit's parties, and behind which the next page begins."""
    page = remits.search(reader, remit).all(most, after)
    return [of(reader, party) for party in page.found if is_graded(party)], page.after
