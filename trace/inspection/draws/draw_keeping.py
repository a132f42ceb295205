"""What an office keeps of a draw until it is opened: its nonce, its files, the public value.

One file a draw in the home, its owner's alone: who reads it before the checks are over could tip
off those who are drawn. It goes with a backup of the ledger, since without it nothing is opened.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from suyuan.keys import base64, canonical
from suyuan.keys.errors import KeysError
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.store.files import durable

from . import draw
from .draw import Change, DrawError, Files, Pick, Ranking

FOLDER = "draws"
_Written = tuple[int, int, int]
_File = tuple[Path, _Written]
UNSIGNED = 31 * 86_400  # seconds after which no link of that age is taken any more
_NONCE = 32  # bytes


@dataclass(frozen=True, slots=True)
class KeptDraw:
    """A draw's nonce and files, and the public value once somebody has looked it up."""

    uri: str
    nonce: str
    files: Files
    value: str | None = None

    @classmethod
    def new(cls, uri: str, files: Files) -> "KeptDraw":
        """With a nonce that nobody knows yet."""
        return cls(uri, base64.encode_url(secrets.token_bytes(_NONCE)), files)

    def ranking(self) -> Ranking:
        """The ranks that the value and the nonce give; CannotDecide without the value."""
        if self.value is None:
            raise CannotDecide("the public value is not known here yet: look it up, and give it")
        seed = draw.seed_of(self.uri, self.files.digests, self.value, self.nonce)
        return Ranking(self.files, seed)

    def by_digest(self) -> Mapping[str, bytes]:
        """The files by their SHA-256."""
        return dict(zip(self.files.digests.values(), self.files.all(), strict=True))


class DrawsKept:
    """The draws that one home keeps, each under its code."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def keep(self, code: str, kept: KeptDraw) -> None:
        """Keep a draw, durable on return, over what was kept of it."""
        durable.make_private(self._folder)
        value = {} if kept.value is None else {"value": kept.value}
        data = {
            "v": 1, "draw": kept.uri, "nonce": kept.nonce,
            "files": [base64.encode(data) for data in kept.files.all()],
        }  # fmt: skip
        durable.replace(self._folder / code, canonical.dumps(data | value))

    def find(self, code: str) -> KeptDraw | None:
        """What is kept of a draw; None where there is nothing, or nothing that can be read.

        Each file as it is is read once a process: with 100,000 in it that takes a moment.
        """
        found = self._file(code)
        return None if found is None else _kept(*found)

    def _file(self, code: str) -> _File | None:
        """Its path, with what tells one writing of it from another."""
        path = self._folder / code
        try:
            stat = path.stat()
        except OSError:
            return None
        return path, (stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def require(self, code: str) -> KeptDraw:
        """What is kept of a draw; CannotDecide where it is not here."""
        kept = self.find(code)
        if kept is None:
            raise CannotDecide("nonce and files of draw %s are not in this home", code)
        return kept

    def picks(
        self, code: str, changes: Sequence[Change], opened: tuple[str, str] | None = None
    ) -> Sequence[Pick]:
        """Who is drawn, after these replacements; none where value or files are not here.

        By the value and nonce that `opened` it, else by those that are kept.
        """
        found = self._file(code)
        return () if found is None else _picks(*found, tuple(changes), opened)

    def sweep(self, now: float, is_begun: Callable[[str], bool]) -> None:
        """Forget drafts that nobody signed while their links could be taken."""
        for path in self._folder.glob("[!.]*") if self._folder.is_dir() else ():
            if path.stat().st_mtime + UNSIGNED < now:
                kept = self.find(path.name)
                if kept is not None and not is_begun(kept.uri):
                    path.unlink(missing_ok=True)

    def learn(self, code: str, value: str) -> KeptDraw:
        """Keep the public value with a draw; what was learnt before is replaced."""
        kept = self.require(code)
        if kept.value != value:
            kept = replace(kept, value=value)
            self.keep(code, kept)
        return kept


@lru_cache(maxsize=8)
def _kept(path: Path, _written: _Written) -> KeptDraw | None:
    try:
        value = canonical.parse(path.read_bytes())
        assert isinstance(value, dict)
        files = draw.read(*map(base64.decode, value["files"]))
        return KeptDraw(value["draw"], value["nonce"], files, value.get("value"))
    except (OSError, KeysError, DrawError, LookupError, TypeError, AssertionError):
        return None


@lru_cache(maxsize=64)
def _picks(
    path: Path, written: _Written, changes: tuple[Change, ...], opened: tuple[str, str] | None
) -> Sequence[Pick]:
    kept = _kept(path, written)
    if kept is not None and opened is not None:
        kept = replace(kept, value=opened[0], nonce=opened[1])
    if kept is None or kept.value is None:
        return ()
    try:
        return kept.ranking().replaced(changes)
    except DrawError:  # another value was typed before
        return ()
