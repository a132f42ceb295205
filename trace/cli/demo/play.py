"""A story that is played by commands (`suyuan demo recall`): its scenes, and its names' values."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader

from .cast import Cast, data_of
from .city import cast_of


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed after `suyuan`, names in braces; `ends` is the exit code that it ends with.

    `keeps` is the name that commands after it have for what it prints: the code of an act.
    """

    arguments: tuple[str, ...]
    ends: int = 0
    keeps: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Some commands with what they are about; `shows` where the pages are looked at after them."""

    chinese: str
    english: str
    commands: tuple[Command, ...]
    shows: bool


def scenes(*, is_drill: bool) -> list[Scene]:
    """The recall, or the drill of it, in order."""
    return [
        Scene(
            scene["zh"],
            scene["en"],
            tuple(_command(stated) for stated in scene["commands"]),
            scene.get("shows", False),
        )
        for scene in _story()["drill" if is_drill else "recall"]
    ]


def pages() -> dict[str, str]:
    """The titles of the pages that are looked at, by the names of their labels."""
    return {name: title for name, (title, *_label) in _story()["pages"].items()}


def props(reader: Reader, ledger: Ledger) -> dict[str, str]:
    """What stands for the names in braces when the play begins.

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
            f"{act.uri} was played in this city already: see `suyuan recall show`, or make "
            "another city by `suyuan demo --home DIR`"
        )


def filled(arguments: tuple[str, ...], names: Mapping[str, str]) -> list[str]:
    """Arguments with what stands for their names."""
    return [argument.format_map(names) for argument in arguments]


def _story() -> dict[str, Any]:
    return data_of("stories/recall")


def _command(stated: str | Mapping[str, Any]) -> Command:
    if isinstance(stated, str):
        return Command(tuple(shlex.split(stated)))
    return Command(
        tuple(shlex.split(stated["run"])), stated.get("ends", 0), stated.get("keeps", "")
    )
