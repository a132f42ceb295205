"""What was given up, handed over once more; never what has been taken back meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..ledger import Ledger
from ..store.append import utc_now
from ..store.jobs import Job, JobBook
from ..store.read import Reader
from ..store.recalls import ActBook
from ..times import micros
from .matter import BEGINS


@dataclass(frozen=True, slots=True)
class Again:
    """How many notices are handed over once more, and how many are left because they are over."""

    number: int
    over: int


def again(ledger: Ledger, now: Callable[[], datetime] = utc_now) -> Again:
    """Hand over once more all that was given up, unless its act was withdrawn or released."""
    book = JobBook(ledger.database.engine)
    failed = book.failed()
    with ledger.reading() as reader:
        good = [job.key for job in failed if _still_holds(reader, job)]
    return Again(book.again(good, micros(now())), len(failed) - len(good))


def _still_holds(reader: Reader, job: Job) -> bool:
    if job.content.get("what") not in BEGINS:
        return True
    act = ActBook(reader).by_uri(str(job.content.get("act")))
    return act is not None and act.is_in_force
