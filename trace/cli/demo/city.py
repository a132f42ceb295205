"""The demo's city: built from a seed for a day, with the labels of it to try first."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from suyuan.keys.notes import VerifierKey
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.format.times import zone
from suyuan.trace.ledger.home import DEMO_LOG_KEY, Demo, read_demo
from suyuan.trace.ledger.ledger import TRUST_FILE, Ledger
from suyuan.trace.ledger.office_seals import OfficeSeals
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.database import Database
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.files import durable
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader

from .cast import HOST, ORIGIN, Cast, algorithms, data_of, signers
from .city_cases import case_uri, draw_uri
from .interpreter import Interpreter

END = "D-0 09:30"
SEAL_WORD = "鹭湖市监"  # what the numbers of the office's documents begin with
# Of two strands with something at the same moment, the one whose story comes first goes first.
STORIES = (
    *("founding", "growing", "making", "greens", "pork", "fish", "school", "beans"),
    *("desk", "this_morning"),
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
            "there is a ledger in %s already: open that one, or give another folder by --home", home
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


def give_seal(home: Path, now: datetime) -> None:
    """Make the office's seal, beside the ledger and by chance: no two homes have the same."""
    office = cast_of(home).parties["office"]
    OfficeSeals(home, office.uri).create(office.name, SEAL_WORD, now)


def _sync(home: Path) -> None:
    """Make all files below a folder durable, at once."""
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
    """A label to try: its titles, item, holder, trace code and serial."""

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


def desk(home: Path) -> list[tuple[str, str, str]]:
    """What of the regulator's desk is looked at first: titles in Chinese and English, the path."""
    cast = cast_of(home)
    named = {"case": ("cases", case_uri), "draw": ("draws", draw_uri)}
    rows = []
    for stated in data_of("city")["desk"]:
        path = stated.get("path", "")
        for kind in named.keys() & stated.keys():
            folder, uri_of = named[kind]
            path = f"/{folder}/{act_code(uri_of(cast, stated[kind]), HOST)}"
        rows.append((stated["zh"], stated["en"], path))
    return rows


def _is_taken(home: Path, url: str | None) -> bool:
    if (home / TRUST_FILE).exists() or (url is None and (home / "suyuan.db").exists()):
        return True
    if url is None:
        return False
    database = Database.at(home, url)
    try:
        database.trust()
    except StoreError:
        return False  # no ledger, or one for which `Ledger.create` raises its own error
    finally:
        database.close()
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """A command without `suyuan`, names in braces; `ends` is its exit code.

    `keeps` is the name of its output, an act's code, in later commands.
    """

    run: str
    ends: int = 0
    keeps: str = ""

    def arguments(self, names: Mapping[str, str]) -> list[str]:
        """Its arguments, with the names' values put in."""
        return [argument.format_map(names) for argument in shlex.split(self.run)]


@dataclass(frozen=True, slots=True)
class Scene:
    """Commands with a heading; with `shows` the pages are looked at after them."""

    zh: str
    en: str
    commands: Sequence[Command]
    shows: bool = False


def scenes(*, is_drill: bool) -> list[Scene]:
    """The recall, or the drill of it, in order."""
    return [
        Scene(
            scene["zh"],
            scene["en"],
            [Command(cmd) if isinstance(cmd, str) else Command(**cmd) for cmd in scene["commands"]],
            scene.get("shows", False),
        )
        for scene in _story()["drill" if is_drill else "recall"]
    ]


def pages() -> dict[str, str]:
    """The titles of the pages that are looked at, by the names of their labels."""
    return {name: title for name, (title, *_label) in _story()["pages"].items()}


def props(reader: Reader, ledger: Ledger) -> dict[str, str]:
    """The values of the names in braces at the beginning.

    Raises CannotDecide where the ledger's home is no demo, LedgerError where it is one without
    this story in it.
    """
    cast, story = cast_of(ledger.home), _story()
    if not reader.subject(cast.items[story["items"]["bunches"]]):
        raise LedgerError("this city was made before it had a recall to play: make a new one")
    labels = {name: cast.label(*label) for name, (_title, *label) in story["pages"].items()}
    items = {
        name: codes.of_uri(cast.items[key], ledger.trust.host)
        for name, key in story["items"].items()
    }
    parties = {name: cast.parties[key].uri for name, key in story["parties"].items()}
    moments = {"known": ledger.now().astimezone(zone())}
    moments |= {name: cast.moment(text) for name, text in story["moments"].items()}
    return labels | items | parties | {n: f"{at:%Y-%m-%dT%H:%M}" for n, at in moments.items()}


def require_new(reader: Reader, cast: Cast, *, is_drill: bool) -> None:
    """Raise LedgerError where the play was begun in this city already."""
    for covered in ActBook(reader).covering([cast.items[_story()["items"]["lot"]]]):
        act = covered.act
        if act.drill and not (is_drill and act.ended is None):
            continue  # drills are played as often as one likes, but not two at once
        raise LedgerError(
            "%s was played in this city already: see `suyuan recall show`, or make "
            "another city by `suyuan demo --home DIR`",
            act.uri,
        )


def _story() -> dict[str, Any]:
    return data_of("stories/recall")
