"""What an audit knows, kept in a file: to go on after an interruption, or since the last audit."""

import os
import pickle
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from suyuan.trace.recording.committed_files import NamedFile

from .given import Given
from .part import Part

_VERSION = 4
FILE = "audit.state"
Range = tuple[int, int]  # numbers of items: from the first until before the second


@dataclass(slots=True)
class Prefix:
    """What is known of the links before `size`, a whole number of parts, in which all was good.

    Its parts end before the indexes in `parts`, with the digests of their rows; `ranges` are those
    of the rows about some items, as of `followed` links: these are not made anew where they are the
    same and no later link bears on them.
    """

    key: bytes
    size: int = 0
    parts: list[tuple[int, bytes]] = field(default_factory=list)
    tiles: list[bytes] = field(default_factory=list)
    given: Given = field(default_factory=Given)
    ranges: dict[Range, bytes] = field(default_factory=dict)
    followed: int = 0

    @classmethod
    def new(cls) -> "Prefix":
        """Of no links."""
        return cls(secrets.token_bytes(32))

    def add(self, part: Part) -> None:
        """Take in the next part."""
        self.size = part.stop
        self.parts.append((part.stop, part.digest))
        self.tiles += part.tree.tiles
        self.given.merge(part.given)

    def copy(self) -> "Prefix":
        """A copy, so that the prefix that is saved stays as it is."""
        return replace(
            self,
            parts=list(self.parts),
            tiles=list(self.tiles),
            given=Given().merge(self.given),
            ranges=dict(self.ranges),
        )


class _Plain(pickle.Unpickler):
    """Of a file that only its owner writes; even so nothing but our own three classes."""

    def find_class(self, module: str, name: str) -> type:
        for known in (Prefix, Given, NamedFile):
            if (module, name) == (known.__module__, known.__name__):
                return known
        raise pickle.UnpicklingError(f"{module}.{name} has no place here")


def load(path: Path, origin: str) -> tuple[Prefix, bool] | None:
    """What an audit of this origin left, and whether it came to its end; None where nothing is."""
    try:
        with path.open("rb") as file:
            version, ours, is_whole, prefix = _Plain(file).load()
    except Exception:  # noqa: BLE001  a file that is missing, cut or another's is no knowledge
        return None
    if (version, ours) != (_VERSION, origin) or not isinstance(prefix, Prefix):
        return None
    return prefix, bool(is_whole)


def save(path: Path, origin: str, prefix: Prefix, *, is_whole: bool) -> None:
    """Keep it, readable by the owner only; a file that cannot be written costs only time."""
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                pickle.dump((_VERSION, origin, is_whole, prefix), file)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
