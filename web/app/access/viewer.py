"""The viewer of the present request, and what it may read, by the rules of `access`."""

from collections.abc import Callable, Collection
from dataclasses import replace

from flask import g, request

from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.goods.handover.slips import ConfirmError, NotSent
from suyuan.trace.goods.party_report import second
from suyuan.trace.goods.reporting import Reported
from suyuan.trace.store.files.auditors import Auditors
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from ..problems import ProblemError
from . import session

PRIVATE = msg("this ledger's entries are not public, nor is what follows of them")
_TWO_PLACES = "two-places"  # whose reason may name a place


def uri() -> str | None:
    """The URI of the party that is signed in; None where nobody is."""
    user = session.current()
    return None if user is None else user.uri


def remit() -> Remit:
    """The remit of the inspector who is signed in; ProblemError 401 or 403 for everybody else."""
    if "remit" not in g:
        user = session.require()
        with site().ledger.reading() as reader:
            g.remit = site().access(reader).remit(user.uri)
    remit = g.remit
    if remit is None:
        raise ProblemError(403, "this is for inspectors only: the authority and its offices")
    assert isinstance(remit, Remit)
    return remit


def records_for(party: str) -> bool:
    """Whether a party is the viewer itself, or one for which it may record something now."""
    return _may(Access.records_for, party)


def reads_affairs(party: str) -> bool:
    """Whether the viewer may read what follows from one party's entries, were they private too."""
    return _may(Access.reads_affairs, party)


def _may(rule: Callable[[Access, str, str, int, str], bool], party: str) -> bool:
    viewer, where = uri(), site()
    if viewer is None:
        return False
    with where.ledger.reading() as reader:
        now = second(where.ledger.now())
        return rule(where.access(reader), viewer, party, reader.size(), now)


def are_private() -> bool:
    """Whether the ledger keeps its entries for its inspectors and auditors."""
    return site().ledger.trust.entries == "private"


def reads_entries() -> bool:
    """Whether the viewer may read entries, and so whatever follows from all of them."""
    return not are_private() or reads_private_entries()


def reads_private_entries() -> bool:
    """Whether the request has an auditor's token, or an officer is signed in."""
    credentials, ledger = request.authorization, site().ledger
    if credentials is not None and credentials.type == "bearer" and credentials.token is not None:
        return Auditors(ledger.home, ledger.trust.origin).knows(credentials.token)
    with ledger.reading() as reader:
        return site().access(reader).reads_entries(uri(), is_auditor=False)


def require_entries() -> None:
    """Raise a problem 403 unless the viewer may read what follows from all entries."""
    if not reads_entries():
        raise ProblemError(403, PRIVATE)


def without_others(reader: Reader, finding: ItemFinding, known: Collection[str]) -> ItemFinding:
    """A finding as the viewer may read it, to whom the acts of `known` parties are known.

    Where entries are private the title of its rule stands for a reason that names others, or where
    they have the item.
    """
    if reads_entries():
        return finding
    evidence = [reader.at(leaf) for leaf in finding.evidence]
    others = {at[1] for at in evidence if at is not None} - set(known)
    text = str(finding.message)
    is_place = finding.rule == _TWO_PLACES and bool(others)
    if not is_place and not any(party in text for party in others):
        return finding
    return replace(finding, message=Reported.of(finding).heading.title)


def why_unanswerable(error: ConfirmError, index: int) -> Message:
    """Why a slip cannot be answered; of another's, where entries are private, nothing else."""
    if isinstance(error, NotSent) and not reads_entries():
        return msg("index %s is nothing that was sent to you", index)
    return error.message
