"""What an audit knows of the links before a place, to go on from there."""

import secrets
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

from suyuan.trace.recording.committed_files import NamedFile
from suyuan.trace.store.rebuild.rederive import FindingRow

from .part import Part

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
    statements: list[tuple[int, bytes]] = field(default_factory=list)
    documents: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    reports: list[tuple[int, bytes]] = field(default_factory=list)
    files: dict[tuple[str, str], NamedFile] = field(default_factory=dict)
    unclear: list[FindingRow] = field(default_factory=list)
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
        self.statements += part.statements
        for pair, (first, count) in part.documents.items():
            before = self.documents.get(pair, (first, 0))
            self.documents[pair] = (before[0], before[1] + count)
        self.reports += part.reports
        for file in part.files:
            self.files.setdefault((file.kind, file.digest), file)
        self.unclear += part.unclear

    def copy(self) -> "Prefix":
        """A copy, so that the prefix that is saved stays as it is."""
        copies: dict[str, Any] = {
            name: copy(value) if isinstance(value, list | dict) else value
            for name, value in (
                (member.name, getattr(self, member.name)) for member in fields(self)
            )
        }
        return Prefix(**copies)
