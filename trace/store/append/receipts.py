"""Receipts: what an append answers for a link, its proof made when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge, node_hash
from suyuan.trace.log.proofs import Coordinate


class BatchHashes:
    """A HashReader for proofs of leaves that one transaction appended, in the tree it left.

    Every hash that such a proof takes is of a full subtree that the right edge before it has, or
    of one that holds a new leaf (RFC 6962 section 2.1.1): no other can be asked for.
    """

    def __init__(self, before: Edge, leaves: Sequence[bytes]) -> None:
        self.size = before.size + len(leaves)
        self._known: dict[Coordinate, bytes] = {}
        at = 0
        for node in before.hashes:
            level = (before.size - at).bit_length() - 1
            self._known[level, at >> level] = node
            at += 1 << level
        for number, leaf in enumerate(leaves, before.size):
            self._append(number, leaf)

    def _append(self, number: int, leaf: bytes) -> None:
        level = 0
        self._known[0, number] = leaf
        while number & 1:
            leaf = node_hash(self._known[level, number - 1], leaf)
            level, number = level + 1, number >> 1
            self._known[level, number] = leaf

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        """The hashes with these levels and numbers; LogError for one of older leaves."""
        try:
            return [self._known[coordinate] for coordinate in wanted]
        except KeyError as error:
            raise LogError("no hash %s in the tree that this batch left", error) from None


@dataclass(slots=True)
class Covering:
    """The checkpoint that a transaction signed, and what proofs under it are made of."""

    note: str
    before: Edge
    leaves: Sequence[bytes]
    _hashes: BatchHashes | None = field(default=None, repr=False)

    def prove(self, index: int) -> str:
        """The tlog-proof of a leaf that the transaction appended."""
        if self._hashes is None:  # two threads may both make it: the same
            self._hashes = BatchHashes(self.before, self.leaves)
        size = self._hashes.size
        return tlog_proof.encode(index, proofs.inclusion(index, size, self._hashes), self.note)


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
