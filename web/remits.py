"""Who inspects what, on each request: parties with the role office or authority, in their remit."""

from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.inspecting import Remit, remit_of
from suyuan.trace.statements import is_division
from suyuan.trace.store.read import Reader
from suyuan.trace.store.search import Search

from . import session, targets
from .context import site
from .problems import ProblemError
from .session import SignedIn
from .targets import NotOurs, Target

ALL = "all"
_ELSEWHERE = "it is not in your remit"


def remit(reader: Reader, who: SignedIn | None = None) -> Remit:
    """What who is signed in inspects; a problem, 401 or 403, for whoever inspects nobody."""
    who = who or session.require()
    found = remit_of(reader, site().genesis, who.uri)
    if found is None:
        raise ProblemError(403, "this is for inspectors: offices and the authority, by its word")
    return found


def division(found: Remit, code: str | None) -> Remit:
    """A division of a remit, all of it for `all`; a problem for one that is none, or not in it."""
    if code in (None, "", ALL):
        return found
    if not is_division(code):
        raise ProblemError(422, "a division has 2, 4, 6, 9 or 12 digits", field="division")
    if not found.covers_division(code):
        raise ProblemError(403, f"{code}: {_ELSEWHERE}")
    return found.within(code)


def search(reader: Reader, found: Remit) -> Search:
    """Questions about the parties of a remit."""
    return Search(reader, found.spans(), found.covers)


def party(reader: Reader, found: Remit, text: str) -> str:
    """The party in a remit that a URI, a USCC, a GLN or a code names; else a problem."""
    try:
        uri = parties.read(text, site().host)
    except IdentifierError as error:
        raise ProblemError(404, f"no party: {error}") from None
    known = reader.party(uri)
    if known is None:
        raise ProblemError(404, f"{uri[:200]} was never admitted to this ledger")
    if not found.covers(known):
        raise ProblemError(403, _ELSEWHERE)
    return uri


def item(reader: Reader, found: Remit, text: str) -> Target:
    """What a code or URI names, where a party of the remit has a chain about it; else a problem."""
    try:
        find = targets.by_uri if ":" in text else targets.by_code
        target = find(reader, site().host, text)
    except NotOurs:
        raise ProblemError(404, "no code of this ledger") from None
    if not (found.is_all or search(reader, found).is_known(target.item)):
        raise ProblemError(403, _ELSEWHERE)
    return target
