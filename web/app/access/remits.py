"""What an inspector names, looked up in its remit: a division, a party, an item; grades there."""

from datetime import date

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import zone
from suyuan.trace.inspection.complaints import Complaint, Complaints, within
from suyuan.trace.inspection.grading.grade_facts import Graded, is_graded, of_party
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import Search
from suyuan.web.context import site
from suyuan.web.text import shown

from .. import targets
from ..problems import ProblemError
from ..targets import Target

ALL = "all"
_ELSEWHERE = msg("it is not in your remit")


def division(remit: Remit, code: str | None) -> Remit:
    """A division of a remit, all of it for `all`; a problem for one that is none, or not in it."""
    if code in (None, "", ALL):
        return remit
    try:
        code = divisions.read(code, remit.divisions)
    except IdentifierError as error:
        raise ProblemError(422, error, field="division") from None
    if not remit.covers_division(code):
        raise ProblemError(403, "%s: %s", shown.division(code), _ELSEWHERE)
    return remit.within(code)


def search(reader: Reader, remit: Remit) -> Search:
    """Questions about the parties of a remit."""
    return Search(reader, remit.spans(), remit.covers)


def party(reader: Reader, remit: Remit, text: str) -> Party:
    """The party in a remit that a URI, a USCC, a GLN or a code names; else a problem."""
    known = targets.party(reader, site().host, text)
    if not remit.covers(known):
        raise ProblemError(403, _ELSEWHERE)
    return known


def report(reader: Reader, remit: Remit, book: Complaints, number: str) -> Complaint:
    """A consumer's report by its number, about a label of the remit; else a problem."""
    complaint = book.find(number)
    if complaint is None:
        raise ProblemError(404, "no report has this number")
    if not within(reader, remit)(complaint):
        raise ProblemError(403, _ELSEWHERE)
    return complaint


def item(reader: Reader, remit: Remit, text: str) -> Target:
    """What a code or URI names, where a party of the remit has a chain about it; else a problem."""
    target = targets.named(reader, site().host, text)
    if not (remit.is_all or search(reader, remit).is_known(target.item)):
        raise ProblemError(403, _ELSEWHERE)
    return target


def today() -> date:
    """The day of now."""
    return site().ledger.now().astimezone(zone()).date()


def grade_of(reader: Reader, party: Party, on: date | None = None) -> Graded:
    """The grade of a party on a day, of today where none is given."""
    return of_party(reader, site().ledger, party, on or today())


def grades(reader: Reader, remit: Remit, after: str, most: int) -> tuple[list[Graded], str | None]:
    """The grades of a page of a remit's parties, and behind which the next page begins."""
    page = search(reader, remit).all(most, after)
    return [grade_of(reader, party) for party in page.found if is_graded(party)], page.after
