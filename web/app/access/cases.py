"""Access to cases: whose they are, and who reads and goes on with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter

from suyuan.keys.validity import Party, significant
from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.offices import OFFICERS
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.inspection import case_kinds, cases
from suyuan.trace.inspection.cases import KIND, Case
from suyuan.trace.inspection.complaints import Complaint
from suyuan.trace.inspection.reported import handling
from suyuan.trace.store.read.act_reader import cases as case_rows
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import of_role
from suyuan.web.context import site

from ..problems import ProblemError, as_problem
from . import session

LOOKED, _ASKED = 2_000, 20
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks: its URI, the office that it works for, and what that looks after."""

    uri: str
    office: str | None
    remit: Remit | None

    def may_read(self, reader: Reader, case: Case) -> bool:
        """Whether a case is its own, its office's, or about somebody whom it looks after."""
        kind = case_kinds.kinds().get(case.kind)
        if self.uri == case.party and kind is not None and kind.tells:
            return True
        if self.remit is None:
            return False
        party = None if case.party is None else reader.party(case.party)
        return case.act.office == self.office or self.remit.covers(party)

    def reads(self, reader: Reader, report: Complaint) -> bool:
        """Whether its office handles a consumer's report, and so reads who said what."""
        return handling.may_read(reader, report, self.office, self.remit)

    def works_on(self, case: Case) -> bool:
        """Whether its office goes on with a case."""
        return self.office in (case.act.office, site().genesis.authority)


def looking(reader: Reader) -> Looking:
    """Who is signed in."""
    uri, access = session.signed_in().uri, site().access(reader)
    office = uri if access.is_officer(uri) else access.office_of(uri)
    return Looking(uri, office, access.remit(uri))


def readable(reader: Reader, code: str) -> tuple[Case, Looking]:
    """The case that a code or URI names; a problem 404 where there is none that one may read."""
    who = looking(reader)
    with as_problem(404, NotFound, IdentifierError):
        act = cases.find(reader, site().host, code)
    case = cases.read(reader, site().ledger, act)
    if not who.may_read(reader, case):
        raise ProblemError(404, "%s is no case of yours", code[:200])
    return case if who.remit is not None else case.seen_by(who.uri), who


def offices_around(reader: Reader, office: str, current: str | None) -> dict[str, Party]:
    """The offices above one and below it by their divisions, the authority the first.

    To these it hands its cases; `current`, whose a case is already, is none of them.
    """
    own, authority = reader.party(office), site().genesis.authority
    root = reader.party(authority)
    found = {} if root is None else {authority: root}
    if own is not None and office != authority:
        digits = significant(own.division)
        for n in (2, 4, 6, 9, 12):
            above = digits[:n]
            if n < len(digits):
                found |= _offices(reader, above, above.ljust(_DIGITS, "0"), above)
        found |= _offices(reader, digits, digits.ljust(_DIGITS, "9"))
    elif own is not None:
        found |= _offices(reader, "0", "9" * _DIGITS)
    return {uri: party for uri, party in found.items() if uri not in (office, current)}


def _offices(reader: Reader, low: str, high: str, exact: str | None = None) -> dict[str, Party]:
    access = site().access(reader)
    return {
        party.uri: party
        for role in OFFICERS
        for party in of_role(reader, role, low, high)
        if exact in (None, significant(party.division)) and access.is_officer(party.uri)
    }


def listed(
    reader: Reader, kind: str | None, *, is_open: bool, before: int | None, most: int
) -> tuple[list[Case], int | None]:
    """Cases that one may read, the newest first, and before which leaf the next page begins."""
    who = looking(reader)
    found: list[Case] = []
    for looked, case in enumerate(_rows(reader, who, is_open, before)):
        if looked == LOOKED or len(found) == most:
            return found, case.act.leaf + 1
        if kind in (None, case.kind) and who.may_read(reader, case):
            found.append(case if who.remit is not None else case.seen_by(who.uri))
    return found, None


def unanswered(reader: Reader, party: str) -> list[Case]:
    """Open cases about who is signed in, a party, to which it may answer and has not."""
    found, _later = listed(reader, None, is_open=True, before=None, most=_ASKED)
    return [
        case
        for case in found
        if case.next_stages("party") and party not in {stage.actor for stage in case.stages}
    ]


def _rows(reader: Reader, who: Looking, is_open: bool, before: int | None) -> Iterator[Case]:
    about = None if who.remit is not None else who.uri
    acts = case_rows(reader, KIND, about=about, is_open=is_open, before=before)
    if about is not None:  # those too that name it in no clear member, of which each says whether
        hidden = (
            act
            for act in handling.hidden_about(reader, about)
            if (before is None or act.leaf < before) and not (is_open and act.ended is not None)
        )
        acts = merge(acts, hidden, key=attrgetter("leaf"), reverse=True)
    for act in acts:
        yield cases.read(reader, site().ledger, act)
