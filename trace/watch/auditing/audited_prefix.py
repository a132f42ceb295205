"""What the quick audit knows of the links before a place, to go on from there."""

import secrets
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

from suyuan.trace.format.messages import Message
from suyuan.trace.recording.committed_files import NamedFile
from suyuan.trace.store.rebuild.rederive import Range

from .part import Part
from .sums import Sums


@dataclass(slots=True)
class Prefix:
    """What is known of the links before `size`, a whole number of parts."""

    key: bytes
    size: int = 0
    tiles: list[bytes] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    statements: list[tuple[int, bytes]] = field(default_factory=list)
    uses: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    mandated: list[tuple[int, str, str, str | None, str]] = field(default_factory=list)
    documents: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    reports: list[tuple[int, bytes]] = field(default_factory=list)
    files: dict[tuple[str, str], NamedFile] = field(default_factory=dict)
    unclear: list[tuple[int, str, str, Message]] = field(default_factory=list)
    coders: int = 0
    checkpoints: int = 0
    committed: int = 0
    # Sums of the rows about some items, as of `followed` links: these are not made anew where
    # they are the same and no later link bears on them.
    ranges: dict[Range, int] = field(default_factory=dict)
    followed: int = 0

    @classmethod
    def new(cls) -> "Prefix":
        """Of no links."""
        return cls(secrets.token_bytes(32))

    def add(self, found: Part) -> None:
        """Take in the next part."""
        assert found.start == self.size
        self.size = found.stop
        self.tiles += found.tiles
        sums = Sums(self.key)
        sums.found = self.sums
        sums.merge(found.sums)
        self.statements += found.statements
        for pair, leaves in found.uses.items():
            self.uses.setdefault(pair, []).append(leaves)
        self.mandated += found.mandated
        for pair, (first, count) in found.documents.items():
            before = self.documents.get(pair, (first, 0))
            self.documents[pair] = (before[0], before[1] + count)
        self.reports += found.reports
        for file in found.files:
            self.files.setdefault((file.kind, file.digest), file)
        self.unclear += found.unclear
        self.coders += found.coders
        self.checkpoints += found.checkpoints
        if found.committed is not None:
            self.committed = found.committed[1]

    def copy(self) -> "Prefix":
        """The same, so that what is kept for another time stays as it is."""
        copies: dict[str, Any] = {
            name: copy(value) if isinstance(value, list | dict) else value
            for name, value in ((one.name, getattr(self, one.name)) for one in fields(self))
        }
        return Prefix(**copies | {"uses": {pair: list(one) for pair, one in self.uses.items()}})
