"""Worlds and folders made for the first test of a file, and copied for the others."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.ledger.world import Actor, World

from suyuan.trace.ledger.ledger import Ledger


def filled(cache: Path, fill: Callable[[], list[Any]]) -> list[Any]:
    """Fill the working folder, which is empty; the result of `fill`, strings and numbers.

    Only the first call for a `cache` runs `fill`: making keys and a ledger takes longer than most
    tests of them. Later calls copy the folder, so that each test still changes its own.
    """
    values, folder = cache / "values.json", cache / "folder"
    if values.exists():
        shutil.copytree(folder, Path.cwd(), dirs_exist_ok=True)
        return json.loads(values.read_text(encoding="utf-8"))
    result = fill()
    shutil.copytree(Path.cwd(), folder)
    values.write_text(json.dumps(result), encoding="utf-8")
    return result


def copied(made: World, home: Path) -> World:
    """The world copied to another home, with its actors; its own ledger is closed."""
    shutil.copytree(made.home, home)
    world = copy.copy(made)
    world.home, world.ledger = home, Ledger.open(home, lambda: made.log)
    for name, value in vars(made).items():
        if isinstance(value, Actor):
            pen = world.ledger.pen(value.uri, value.signer)
            setattr(world, name, Actor(value.uri, value.signer, pen))
    return world
