"""Where a ledger keeps its entries private: who may read what follows from them all."""

from suyuan.trace.answering import ConfirmError
from suyuan.trace.confirming import NotSent

from .context import site
from .log import may_read_entries
from .problems import ProblemError

REFUSED = "this ledger's entries are not public, nor is what follows of them"


def are_private() -> bool:
    """Whether the ledger keeps its entries for its inspectors and auditors."""
    return site().ledger.trust.entries == "private"


def are_open() -> bool:
    """Whether who asks may read whatever follows from entries: who trades with whom."""
    return not are_private() or may_read_entries()


def require() -> None:
    """Raise a problem 403 unless they are open to who asks."""
    if not are_open():
        raise ProblemError(403, REFUSED)


def unanswerable(error: ConfirmError, index: int) -> str:
    """Why a slip cannot be answered; of another's, where entries are private, nothing else."""
    if isinstance(error, NotSent) and not are_open():
        return f"index {index} is nothing that was sent to you"
    return str(error)
