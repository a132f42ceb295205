"""Other people's programs, in environments of their own: the ones here need a later Python."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
from support.ledger.world import is_ci

NAMES = ("python3.12", "python3.13", "python3.14", "python3", "python")
_NEEDED = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
_folder: list[Path] = []


def keep_in(folder: Path) -> None:
    """Where this session's environments are made; its processes share them."""
    _folder[:] = [folder]


@cache
def python_with(*packages: str) -> Path:
    """The python of an environment with these packages, from PyPI, made once a session.

    Skips the test where there is no Python 3.12 or later, or the packages cannot be had; in CI it
    fails.
    """
    if not _folder:
        keep_in(Path(tempfile.mkdtemp(prefix="suyuan-others-")))
    name = hashlib.sha256(json.dumps(sorted(packages)).encode()).hexdigest()[:12]
    place = _folder[0] / f"others-{name}"
    with (_folder[0] / f"others-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "done").exists():
            why = _make(place, packages)
            if why is not None:
                (pytest.fail if is_ci() else pytest.skip)(why)
            (place / "done").touch()
    return place / "bin" / "python"


def _make(place: Path, packages: tuple[str, ...]) -> str | None:
    """Make the environment; why that failed, if it did."""
    found = next((one for one in map(shutil.which, NAMES) if one and _runs(one)), None)
    if found is None:
        return "no Python 3.12 or later with venv is installed here"
    shutil.rmtree(place, ignore_errors=True)
    for command in (
        [found, "-m", "venv", str(place)],
        [str(place / "bin" / "python"), "-m", "pip", "install", "-q", *packages],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            return f"{' '.join(packages)} cannot be installed: {done.stderr[-500:]}"
    return None


def _runs(python: str) -> bool:
    done = subprocess.run([python, "-c", _NEEDED], capture_output=True, timeout=300, check=False)
    return done.returncode == 0


def run(command, question):
    """What a program writes as JSON on standard output, given JSON; its last words if it fails."""
    done = subprocess.run(
        [str(part) for part in command], input=json.dumps(question), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr[-500:]
