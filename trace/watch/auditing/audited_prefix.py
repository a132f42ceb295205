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

    def add(self, part: Part) -> None:
        """Take in the next part."""
        assert part.start == self.size
        self.size = part.stop
        self.tiles += part.tiles
        sums = Sums(self.key)
        sums.found = self.sums
        sums.merge(part.sums)
        self.statements += part.statements
        for pair, leaves in part.uses.items():
            self.uses.setdefault(pair, []).append(leaves)
        self.mandated += part.mandated
        for pair, (first, count) in part.documents.items():
            before = self.documents.get(pair, (first, 0))
            self.documents[pair] = (before[0], before[1] + count)
        self.reports += part.reports
        for file in part.files:
            self.files.setdefault((file.kind, file.digest), file)
        self.unclear += part.unclear
        self.coders += part.coders
        self.checkpoints += part.checkpoints
        if part.committed is not None:
            self.committed = part.committed[1]

    def copy(self) -> "Prefix":
        """A copy, so that the prefix that is saved stays as it is."""
        copies: dict[str, Any] = {
            name: copy(value) if isinstance(value, list | dict) else value
            for name, value in (
                (member.name, getattr(self, member.name)) for member in fields(self)
            )
        }
        return Prefix(**copies | {"uses": {pair: list(runs) for pair, runs in self.uses.items()}})
