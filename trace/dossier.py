"""What the ledger was told of one party: its admission and changes, its keys, who speaks for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from suyuan.keys.validity import Key, Mandate, Party

from .members import Object
from .recorded import Recorded, recorded
from .state import Genesis
from .store.read import Reader
from .verify import Checked, Verifier

MOST = 500  # statements that are read


@dataclass(frozen=True, slots=True)
class Said:
    """A statement about a party, verified now; `statement` is None where it cannot be read."""

    checked: Checked
    statement: Object | None
    recorded: Recorded | None

    @property
    def index(self) -> int:
        """Its place in the log."""
        return self.checked.index

    @property
    def actor(self) -> str | None:
        """Who made it; None where it cannot be read."""
        return None if self.checked.link is None else self.checked.link.actor


@dataclass(frozen=True, slots=True)
class KeyLife:
    """A key of a party from its enrolment on, as the statements themselves have it.

    `is_recovery` where another enrolled it when the party had had keys; `revoked` is the
    statement that revoked it, by itself or with a recovery.
    """

    key: Key
    enrolled: Said | None
    revoked: Said | None
    is_recovery: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """A party, the statements about it in order, its keys, its mandates, and its remit if any.

    `is_cut`: only the newest MOST statements were read.
    """

    party: Party
    said: tuple[Said, ...]
    keys: tuple[KeyLife, ...]
    mandates: tuple[Mandate, ...]
    remit: tuple[str, ...] | None
    is_cut: bool


def dossier(reader: Reader, genesis: Genesis, party: Party) -> Dossier:
    """All that was said of a party."""
    found = sorted(_statements(reader, genesis, party.uri), key=lambda one: one.index)
    by_index = {one.index: one for one in found}
    keys = []
    for key in reader.keys_of(party.uri)[-MOST:]:
        enrolled = _timed(reader, by_index.get(key.enrolled))
        statement = None if enrolled is None else enrolled.statement
        revoked = None if key.revoked is None else _timed(reader, by_index.get(key.revoked))
        keys.append(KeyLife(key, enrolled, revoked, "revokes" in (statement or {})))
    return Dossier(
        party=party,
        said=tuple(said for one in found[-MOST:] if (said := _timed(reader, one)) is not None),
        keys=tuple(keys),
        mandates=tuple(reader.mandates(party.uri)),
        remit=reader.remit(party.uri),
        is_cut=len(found) > MOST,
    )


def _timed(reader: Reader, said: Said | None) -> Said | None:
    return None if said is None else replace(said, recorded=recorded(reader, said.index))


def _statements(reader: Reader, genesis: Genesis, uri: str) -> Iterator[Said]:
    """The statements about a party, by whomever: each chain about it holds nothing else."""
    verifier = Verifier(reader, genesis)
    for head in reader.chains(uri):
        start = max(0, head.seq + 1 - MOST)
        for _seq, stored in reader.chain_links(uri, head.actor, since=start):
            if stored is None:
                continue
            checked = verifier.check(stored)
            link = checked.link
            if link is None or link.statement is not None:
                statement = None if link is None else link.statement
                yield Said(checked, statement, None)
