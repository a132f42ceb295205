"""Who may look as an inspector: the authority, and officers of its own making."""

from . import remits, session
from .context import site
from .session import SignedIn


def current() -> SignedIn | None:
    """The inspector who is signed in; None where nobody is, and a problem, 403, for others."""
    who = session.current()
    return None if who is None else _inspector(who)


def require() -> SignedIn:
    """The inspector who is signed in; a problem, 401 or 403, for everybody else."""
    return _inspector(session.require())


def _inspector(who: SignedIn) -> SignedIn:
    with site().ledger.reading() as reader:
        remits.remit(reader, who)
    return who
