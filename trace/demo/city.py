"""The demo's city: built from a seed, opened again from it (`suyuan demo`)."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner

from ..errors import CannotDecide, LedgerError
from ..home import DEMO_FILE, is_demo
from ..ledger import TRUST_FILE, Ledger
from ..steps import SHANGHAI
from ..store.database import Database, is_database
from ..store.errors import StoreError
from ..trust import Trust
from . import beans, fish, founding, greens, growing, making, pork, school, this_morning
from .clock import StoryClock, after_story
from .dice import Dice
from .parties import AUTHORITY, HOST, LOG_KEY, ORIGIN, OTHER_KEYS, RESIDENTS, people
from .telling import Teller

__all__ = [
    "HOST",
    "ORIGIN",
    "build",
    "is_demo",
    "open_demo",
    "read_demo",
    "signers",
    "signers_of_people",
]

THREADS = (
    *founding.THREADS,
    *growing.THREADS,
    *making.THREADS,
    *greens.THREADS,
    *pork.THREADS,
    *fish.THREADS,
    *school.THREADS,
    *beans.THREADS,
    *this_morning.THREADS,
)


def build(
    home: Path,
    *,
    seed: str = "suyuan",
    today: date | None = None,
    url: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ledger:
    """Make the demo's ledger in `home` and tell it the whole story, up to this morning of `today`.

    The same seed and day give the same bytes. `progress` is told the days done and their number.
    Raises LedgerError where there is a ledger already; its clock afterwards is the real one, but
    never before the story's end.
    """
    if _is_taken(home, url):
        raise LedgerError(
            f"there is a ledger in {home} already: open that one, or give another folder by --home"
        )
    today = today or datetime.now(SHANGHAI).date()
    dice, clock, keys = Dice(seed), StoryClock(today), signers(seed)
    trust = Trust(
        log=VerifierKey(ORIGIN, keys[LOG_KEY].public),
        host=HOST,
        authority=people(dice)[AUTHORITY].uri,
        root=keys[AUTHORITY].public,
    )
    ledger = Ledger.create(home, trust, lambda: keys[LOG_KEY], url=url, clock=clock)
    try:
        Teller(ledger, dice, clock, keys).tell(THREADS, progress or (lambda done, days: None))
        made = {"v": 1, "seed": seed, "today": today.isoformat()}
        (home / DEMO_FILE).write_text(json.dumps(made, ensure_ascii=False) + "\n", "utf-8")
    except BaseException:
        ledger.close()
        raise
    ledger.clock = after_story(today)
    ledger.followers.catch_up()
    return ledger


def open_demo(home: Path, *, url: str | None = None) -> Ledger:
    """The demo's ledger in `home`, its log's key derived again.

    Raises CannotDecide where there is no demo, and as Ledger.open does.
    """
    seed, today = read_demo(home)
    key = signers(seed)[LOG_KEY]
    return Ledger.open(home, lambda: key, url=url, clock=after_story(today))


def read_demo(home: Path) -> tuple[str, date]:
    """The seed and the day of the demo in `home`; CannotDecide where there is none."""
    path = home / DEMO_FILE
    try:
        made = json.loads(path.read_text("utf-8"))
        return str(made["seed"]), date.fromisoformat(made["today"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        raise CannotDecide(
            f"no demo here: {path} cannot be read. Make one by `suyuan demo`"
        ) from None


def signers(seed: str) -> Mapping[str, LocalSigner]:
    """All keys of the demo by name, derived in memory; none is ever stored."""
    dice = Dice(seed)
    algs = {one.key: one.alg for one in RESIDENTS} | OTHER_KEYS
    return {name: dice.signer(name, alg) for name, alg in algs.items()}


def signers_of_people(seed: str) -> Mapping[str, LocalSigner]:
    """Those with which the demo's people sign: all but the log's own."""
    return {name: signer for name, signer in signers(seed).items() if name != LOG_KEY}


def _is_taken(home: Path, url: str | None) -> bool:
    if (home / TRUST_FILE).exists() or (url is None and is_database(home)):
        return True
    if url is None:
        return False
    database = Database.at(home, url)
    try:
        database.trust()
    except StoreError:
        return False  # none there, or one that making will refuse in its own words
    finally:
        database.close()
    return True
