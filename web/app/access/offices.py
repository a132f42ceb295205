"""The office for which the viewer inspects: itself, or the one that it is a person of."""

from collections.abc import Callable

from suyuan.keys.validity import Party
from suyuan.trace.admission.offices import office_named
from suyuan.trace.inspection.inspectors import Inspector, inspectors_of_office, registered_name
from suyuan.trace.store.beside.office.task_notes import Note
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _

from ..problems import ProblemError
from . import session


def office_of(reader: Reader) -> str:
    """The URI of the viewer's office, on a route for inspectors."""
    uri = session.signed_in().uri
    return site().access(reader).office_of(uri) or uri


def people(reader: Reader, *, is_all: bool = False) -> list[Inspector]:
    """The persons of the viewer's office: those who inspect for it now, or all it ever had."""
    every = inspectors_of_office(reader, site().ledger, office_of(reader))
    return [person for person in every if is_all or (person.is_here and person.is_able)]


def assignees(reader: Reader, note: Note | None = None) -> dict[str, str]:
    """Who may follow a task up, by URI, with names: the viewer's office, its inspectors.

    Whoever a `note` names already, of another office say, may go on.
    """
    office = office_of(reader)
    uris = [office] if note is None or note.assignee is None else [office, note.assignee]
    every = {uri: namer(reader)(uri) for uri in uris}
    here = (p for p in people(reader, is_all=True) if p.is_here)
    return every | {known.uri: name_of(known) for known in here}


def person(reader: Reader, uri: str) -> Inspector:
    """A person of the viewer's office by URI; ProblemError 404 for anybody else."""
    for known in people(reader, is_all=True):
        if known.uri == uri:
            return known
    raise ProblemError(404, "%s is no inspector of your office", uri[:200])


def name_of(inspector: Inspector) -> str:
    """A person's name, with the number of the certificate, for people of the same office."""
    number = inspector.certificate.number if inspector.certificate else None
    name = inspector.name or _("without a name")
    return name if number is None else _("%(name)s (%(number)s)", name=name, number=number)


def colleagues(reader: Reader) -> Callable[[str | None], str]:
    """A `namer` that knows the people of the viewer's office by their names."""
    known, name = {one.uri: name_of(one) for one in people(reader, is_all=True)}, namer(reader)
    return lambda uri: known.get(uri or "") or name(uri)


def is_person(party: Party, office: str) -> bool:
    """Whether a party is registered as a person of an office."""
    return office_named(party.roles, party.part_of) == office


def own_name(user: Party) -> str | None:
    """The name of the person who is signed in, which its registration hides from others."""
    with site().ledger.reading() as reader:
        return registered_name(reader, site().ledger, user)


def require_office() -> None:
    """Raise ProblemError unless the office itself is signed in, on a device of its own."""
    user = session.require_own()
    with site().ledger.reading() as reader:
        if not site().access(reader).is_officer(user.uri):
            raise ProblemError(403, "only an office registers its own inspectors")
