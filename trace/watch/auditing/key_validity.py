"""Who was allowed to sign: the statements decided again, and every use of a key held against them.

Statements are few. What the other links need of the ledger's state is who might sign at their
index, which follows from the statements alone.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

from suyuan.keys import validity
from suyuan.keys.validity import Key, Party
from suyuan.trace.admission import chain
from suyuan.trace.admission.state import Changes, Genesis, Source, State
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.rules import Refused

Mandated = tuple[int, str, str, str | None, str]  # leaf, keyid, actor, step, signed_at


LinkAt = Callable[[int], tuple[str, str] | None]


class _Links(Source):
    """What the state asks of links that are no statements."""

    def __init__(self, at: LinkAt) -> None:
        self._at = at

    def at(self, index: int) -> tuple[str, str] | None:
        """Hash and actor of the link at an index."""
        return self._at(index)


class KeyValidity:
    """The state that statements give, in the order of the log."""

    def __init__(self, genesis: Genesis, at: LinkAt) -> None:
        """`at` gives hash and actor of the link at an index, which an erasure names."""
        self._genesis = genesis
        self._state = State(genesis, _Links(at))
        self.odd: list[str] = []

    def take(self, statements: Iterable[tuple[int, bytes]]) -> list[tuple[int, Link]]:
        """Decide statements by the rules that ask for the ledger's state, and apply them."""
        links = []
        for leaf, entry in statements:
            link = parse(entry)
            links.append((leaf, link))
            if leaf:
                self._state.adopt(leaf - 1, {})
            try:
                chain.key(link, self._state)
                assert link.statement is not None
                chain.authority(link, link.statement, self._state)
                chain.statement(link, link.statement, self._state)
            except Refused as refused:
                self.odd.append(f"index {leaf}: {refused}")
                continue
            self._state.apply(link)
        return links

    def changes(self) -> Changes:
        """All changes that the statements made."""
        return self._state.take()

    def check(
        self, uses: Mapping[tuple[str, str], Sequence[bytes]], mandated: Iterable[Mandated]
    ) -> None:
        """Hold every use of a key against what it was good for."""
        for (keyid, actor), parts in uses.items():
            leaves = array("q", b"".join(parts))
            steady = self._is_steady(keyid, actor, leaves[0], leaves[-1])
            for leaf in (leaves[0], leaves[-1]) if steady else leaves:
                self._check(leaf, keyid, actor, None, "")
        for leaf, keyid, actor, step, signed_at in mandated:
            self._check(leaf, keyid, actor, step, signed_at)

    def _check(self, leaf: int, keyid: str, actor: str, step: str | None, signed_at: str) -> None:
        if keyid == self._genesis.root_keyid:
            is_good = actor == self._genesis.authority and (
                leaf == 0 or validity.is_admitted(self._state, actor, leaf)
            )
            why: object = None if is_good else "the root key signs for the authority only"
        else:
            # Statements were decided one by one: `take`.
            why = validity.why_invalid(
                self._state, actor, keyid, leaf,
                step=step, signed_at=signed_at, is_statement=False,
            )  # fmt: skip
        if why is not None and len(self.odd) < 20:
            self.odd.append(f"index {leaf}: {why}")

    def _is_steady(self, keyid: str, actor: str, first: int, last: int) -> bool:
        """Whether nothing about the key or the party changes between two leaves."""
        changes = [*_key_changes(self._state.key(keyid)), *_party_changes(self._state.party(actor))]
        return not any(first <= change <= last for change in changes)


def _key_changes(key: Key | None) -> list[int]:
    return [] if key is None else [key.enrolled, *([] if key.revoked is None else [key.revoked])]


def _party_changes(party: Party | None) -> list[int]:
    if party is None:
        return []
    spans = [edge for span in party.earlier for edge in span]
    return [*spans, party.admitted, *([] if party.left is None else [party.left])]
