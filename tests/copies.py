"""A folder that commands fill for the first test of a file, and each other test has a copy of."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
