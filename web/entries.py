"""Where a ledger keeps its entries private: who may read what follows from them all."""

from collections.abc import Collection
from dataclasses import replace

from suyuan.trace.plausibility.rule import Doubt
from suyuan.trace.reporting import of_doubt
from suyuan.trace.slips import ConfirmError, NotSent
from suyuan.trace.store.read import Reader

from .context import site
from .log import may_read_entries
from .problems import ProblemError

_TWO_PLACES = "two-places"  # whose reason may name a place
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


def told(reader: Reader, doubt: Doubt, known: Collection[str]) -> Doubt:
    """A doubt as it may be told to who knows of what these parties did.

    Where entries are private the title of its rule stands for a reason that names others, or where
    they have the item.
    """
    if are_open():
        return doubt
    found = [reader.source.at(leaf) for leaf in doubt.evidence]
    others = {at[1] for at in found if at is not None} - set(known)
    text = str(doubt.message)
    is_place = doubt.rule == _TWO_PLACES and bool(others)
    if not is_place and not any(one in text for one in others):
        return doubt
    return replace(doubt, message=of_doubt(doubt).heading.title)


def unanswerable(error: ConfirmError, index: int) -> str:
    """Why a slip cannot be answered; of another's, where entries are private, nothing else."""
    if isinstance(error, NotSent) and not are_open():
        return f"index {index} is nothing that was sent to you"
    return str(error)
