"""Receipts: what an append answers for a link, its proof made when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from suyuan.trace.log import tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge, node_hash
from suyuan.trace.log.proofs import Coordinate


class BatchProofs:
    """Inclusion proofs of leaves that one transaction appended, in the tree it left.

    Every node of an audit path is a full subtree that the right edge before it has, or one that
    holds a new leaf (RFC 6962 section 2.1.1): no other can be asked for. Each is hashed once, and
    written once what the paths of the leaves below it have in common.
    """

    def __init__(self, before: Edge, leaves: Sequence[bytes]) -> None:
        self._last = before.size + len(leaves) - 1
        self._known: dict[Coordinate, bytes] = {}
        self._written: dict[Coordinate, str] = {}
        at = 0
        for node in before.hashes:
            level = (before.size - at).bit_length() - 1
            self._known[level, at >> level] = node
            at += 1 << level
        for number, leaf in enumerate(leaves, before.size):
            self._append(number, leaf)
        if len(leaves) > 1:  # right of the last leaf there is nothing
            self._end()

    def _append(self, number: int, leaf: bytes) -> None:
        level = 0
        self._known[0, number] = leaf
        while number & 1:
            leaf = node_hash(self._known[level, number - 1], leaf)
            level, number = level + 1, number >> 1
            self._known[level, number] = leaf

    def _end(self) -> None:
        """What stands above the last leaf, full or not."""
        level, number, node = 0, self._last, self._known[0, self._last]
        while number:
            if number & 1:
                node = node_hash(self._known[level, number - 1], node)
            level, number = level + 1, number >> 1
            self._known[level, number] = node

    def lines(self, index: int) -> str:
        """The lines of a new leaf's audit path; LogError for an older leaf."""
        try:
            return self._above(0, index)
        except KeyError as error:
            raise LogError("no hash %s in the tree that this batch left", error) from None

    def _above(self, level: int, number: int) -> str:
        """What audit paths have from a node upwards, written once for all leaves below it."""
        last = self._last >> level
        if last == 0:
            return ""
        lines = self._written.get((level, number))
        if lines is None:
            lines = self._above(level + 1, number >> 1)
            if (sibling := number ^ 1) <= last:
                lines = tlog_proof.line(self._known[level, sibling]) + lines
            self._written[level, number] = lines
        return lines


@dataclass(slots=True)
class Covering:
    """The checkpoint that a transaction signed, and what proofs under it are made of."""

    note: str
    before: Edge
    leaves: Sequence[bytes]
    _proofs: BatchProofs | None = field(default=None, repr=False)

    def prove(self, index: int) -> str:
        """The tlog-proof of a leaf that the transaction appended."""
        if self._proofs is None:  # two threads may both make it: the same
            self._proofs = BatchProofs(self.before, self.leaves)
        return tlog_proof.joined(index, self._proofs.lines(index), self.note)


@dataclass(frozen=True)
class Receipt:
    """A link in the log, durable, under a signed checkpoint; `is_new` unless there before."""

    hash: str
    index: int
    is_new: bool
    covering: Covering | str = field(repr=False, compare=False)

    @cached_property
    def proof(self) -> str:
        """The link's tlog-proof under a checkpoint that covers it (C2SP tlog-proof@v1)."""
        if isinstance(self.covering, str):
            return self.covering
        return self.covering.prove(self.index)

    @property
    def checkpoint(self) -> str:
        """The note of that checkpoint, as signed."""
        if isinstance(self.covering, str):
            return tlog_proof.parse(self.covering).note
        return self.covering.note

    def to_dict(self) -> dict[str, Any]:
        """The receipt for programs (docs/format.md section 8)."""
        return {"hash": self.hash, "index": self.index, "proof": self.proof}
