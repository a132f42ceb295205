"""The demo's city: built from a seed for a day, with the labels of it to try first."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

from suyuan.keys.notes import VerifierKey
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.ledger.home import DEMO_LOG_KEY, Demo, read_demo
from suyuan.trace.ledger.ledger import TRUST_FILE, Ledger
from suyuan.trace.store.database import Database
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.files import durable

from .cast import HOST, ORIGIN, Cast, algorithms, data_of, signers
from .interpreter import Interpreter

END = "D-0 09:30"
# Of two strands with something at the same moment, the one whose story comes first goes first.
STORIES = (
    *("founding", "growing", "making", "greens", "pork", "fish", "school", "beans"),
    "this_morning",
)


def build(
    home: Path,
    *,
    seed: str = "suyuan",
    today: date | None = None,
    url: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ledger:
    """Make the demo's ledger in `home` and write its stories, up to this morning of `today`.

    The same seed and day give the same bytes. `progress` is called with the days done and their
    number. Raises LedgerError where there is a ledger already; its clock afterwards is the real
    one, but never before the stories' end.
    """
    if _is_taken(home, url):
        raise LedgerError(
            f"there is a ledger in {home} already: open that one, or give another folder by --home"
        )
    cast, keys = Cast(seed, today or datetime.now(SHANGHAI).date()), signers(seed)
    trust = Trust(
        log=VerifierKey(ORIGIN, keys[DEMO_LOG_KEY].public),
        host=HOST,
        authority=cast.parties["authority"].uri,
        root=keys["authority"].public,
    )
    demo = Demo(seed, cast.today, cast.moment(END).astimezone(UTC), algorithms())
    ledger = Ledger.create(home, trust, lambda: keys[DEMO_LOG_KEY], url=url, durable=False)
    try:
        strands = chain.from_iterable(data_of(f"stories/{name}").values() for name in STORIES)
        Interpreter(ledger, cast, keys).play(strands, progress or (lambda done, days: None))
        demo.write(home)
    finally:
        ledger.close()
    _sync(home)
    ledger = Ledger.open(home, lambda: keys[DEMO_LOG_KEY], url=url, clock=demo.now)
    ledger.followers.catch_up()
    return ledger


def _sync(home: Path) -> None:
    """Make durable, all at once, what was written without waiting for the disk."""
    for path in home.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    durable.sync(home)


def cast_of(home: Path) -> Cast:
    """The cast of the demo in `home`; CannotDecide where there is none."""
    demo = read_demo(home)
    return Cast(demo.seed, demo.today)


@dataclass(frozen=True, slots=True)
class Shown:
    """A label to try: its title, what it hangs on and whose it is, its code and serial."""

    chinese: str
    english: str
    item: str
    actor: str
    code: str
    serial: str


def showcase(home: Path) -> list[Shown]:
    """The labels to try first in the demo in `home`; CannotDecide where there is none."""
    cast = cast_of(home)
    return [
        Shown(
            stated["zh"],
            stated["en"],
            cast.items[stated["lot"]],
            cast.parties[stated["who"]].uri,
            cast.label(stated["who"], stated["lot"]),
            cast.serials(stated["who"], stated["lot"])[0],
        )
        for stated in data_of("city")["showcase"]
    ]


def _is_taken(home: Path, url: str | None) -> bool:
    if (home / TRUST_FILE).exists() or (url is None and (home / "suyuan.db").exists()):
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
