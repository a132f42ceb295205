"""Access to offices' documents: who reads one, who goes on with it, and who signs it."""

from dataclasses import dataclass

from suyuan.trace.admission.offices import OFFICERS
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.inspection import cases
from suyuan.trace.inspection.cases import Case
from suyuan.trace.inspection.documents import issuing
from suyuan.trace.inspection.documents.forms import forms, parsed_number
from suyuan.trace.inspection.documents.signed import OFFICER, PARTY, Signed, signed
from suyuan.trace.inspection.inspectors import inspectors_of_office
from suyuan.trace.store.beside.office.documents import Drawn, by_code, by_number, of_case, of_party
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import of_role
from suyuan.web.context import site

from ..problems import ProblemError
from . import session
from .cases import looking

MOST, NEWEST = 100, 50  # documents of a case; of a party, on its page


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as somebody looks at it: what may be done is by `works`, `signs_as` and `reads`.

    The party reads it once the office's officers have signed what it is asked to sign, and else
    once it is served.
    """

    document: Drawn
    signed: Signed
    works: bool = False
    reads: bool = False
    signs_as: str | None = None


def found(reader: Reader, code: str) -> Drawn:
    """The document that a code names; a problem 404 where there is none."""
    try:
        document = by_code(reader, codes.read(code))
    except IdentifierError:
        document = None
    if document is None or document.sha256 is None:
        raise ProblemError(404, "no document of this ledger has the number %s", code[:40])
    return document


def numbered(reader: Reader, text: str) -> Drawn | None:
    """The document with a number (字号), where who looks may read it or its public copy is shown.

    None for all else alike: numbers are guessed by counting, so none tells that there is one, nor
    by the time that it takes: for a stranger neither its case nor its signatures are read.
    """
    parts = parsed_number(text)
    offices = [office.uri for role in OFFICERS for office in of_role(reader, role)]
    document = None if parts is None else by_number(reader, offices, [*forms()], parts)
    if document is None or document.sha256 is None:
        return None
    is_public = issuing.COPY in document.files and (
        issuing.shown_copy(site().ledger, document, case_of(reader, document)) is not None
    )
    is_own = not is_public and _concerns(reader, document) and reading(reader, document).reads
    return document if is_public or is_own else None


def _concerns(reader: Reader, document: Drawn) -> bool:
    """Whether a document is of who looks: its office, its party, an inspector of that."""
    user = session.current()
    return user is not None and (
        user.uri == document.party
        or looking(reader).office == document.office
        or _covers(reader, document)
    )


def reading(reader: Reader, document: Drawn) -> Reading:
    """A document as whoever is signed in, or nobody, looks at it."""
    marks, user = signed(reader, site().ledger, document), session.current()
    if user is None:
        return Reading(document, marks)
    who = looking(reader)
    works = who.office == document.office
    inspects = who.remit is not None and (works or _covers(reader, document))
    is_party = user.uri == document.party
    is_shown = document.sent is not None or (marks.form.party and marks.by_officers)
    signs_as = None
    if works and _is_able(reader, document, user.uri) and not marks.has(user.uri):
        signs_as = None if document.sealed is not None else OFFICER
    elif is_party and is_shown and marks.form.party and not marks.has(user.uri):
        signs_as = PARTY
    return Reading(document, marks, works, inspects or (is_party and is_shown), signs_as)


def readable(reader: Reader, code: str) -> Reading:
    """The document for somebody who may read it; a problem 404 for everybody else."""
    document = found(reader, code)
    seen = reading(reader, document)
    if not seen.reads:
        raise ProblemError(404, "%s is no document of yours", code[:40])
    return seen


def workable(reader: Reader, code: str) -> Reading:
    """The document for its own office; a problem 404 or 403 for everybody else."""
    seen = readable(reader, code)
    if not seen.works:
        raise ProblemError(403, "the document is another office's")
    return seen


def listed(reader: Reader, case: Case) -> list[Reading]:
    """The documents of a case that one may read, the first first."""
    rows = (one for one in of_case(reader, case.uri, MOST) if one.sha256 is not None)
    return [seen for seen in (reading(reader, one) for one in rows) if seen.reads]


def about(reader: Reader, party: str) -> list[Reading]:
    """The newest documents about a party, who looks at them, that it may read."""
    seen = (reading(reader, one) for one in of_party(reader, party, NEWEST) if one.sha256)
    return [one for one in seen if one.reads]


def case_of(reader: Reader, document: Drawn) -> Case | None:
    """The case that a document belongs to."""
    act = None if document.about is None else reader.act(document.about)
    return None if act is None else cases.read(reader, site().ledger, act)


def _covers(reader: Reader, document: Drawn) -> bool:
    """Whether its party lies in the viewer's remit, or its case was handed to that office."""
    who = looking(reader)
    party = None if document.party is None else reader.party(document.party)
    act = None if document.about is None else reader.act(document.about)
    is_theirs = act is not None and act.office == who.office
    return is_theirs or (who.remit is not None and who.remit.covers(party))


def _is_able(reader: Reader, document: Drawn, uri: str) -> bool:
    people = inspectors_of_office(reader, site().ledger, document.office)
    return any(one.uri == uri and one.is_able for one in people)
