"""What is made for the first test of a file only, and each other test has a copy of."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.ledger.world import Actor, World

from suyuan.trace.ledger.ledger import Ledger


def filled(kept: Path, fill: Callable[[], list[Any]]) -> list[Any]:
    """Fill the working folder, which is empty; what `fill` answers, strings and numbers.

    Only the first call for a `kept` runs `fill`: making keys and a ledger takes longer than most
    tests of them. Later calls copy what it left, so that each test still changes its own.
    """
    said, folder = kept / "said.json", kept / "folder"
    if said.exists():
        shutil.copytree(folder, Path.cwd(), dirs_exist_ok=True)
        return json.loads(said.read_text(encoding="utf-8"))
    found = fill()
    shutil.copytree(Path.cwd(), folder)
    said.write_text(json.dumps(found), encoding="utf-8")
    return found


def copied(made: World, home: Path) -> World:
    """The same world in another home, with the people who are named in it; its ledger is closed."""
    shutil.copytree(made.home, home)
    found = copy.copy(made)
    found.home, found.ledger = home, Ledger.open(home, lambda: made.log)
    for name, one in vars(made).items():
        if isinstance(one, Actor):
            pen = found.ledger.pen(one.uri, one.signer)
            setattr(found, name, Actor(one.uri, one.signer, pen))
    return found
