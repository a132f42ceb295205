"""A report on one party: its admission and changes, its keys, who may record for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from suyuan.keys.validity import Key, Mandate, Party
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.members import Object
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.recorded_time import Recorded, recorded

from .verify_link import Checked, Verifier

MOST = 500  # statements that are read


@dataclass(frozen=True, slots=True)
class PartyStatement:
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
    enrolled: PartyStatement | None
    revoked: PartyStatement | None
    is_recovery: bool


@dataclass(frozen=True, slots=True)
class PartyReport:
    """A party, the statements about it in order, its keys, its mandates, and its remit if any.

    `is_cut`: only the newest MOST statements were read.
    """

    party: Party
    statements: tuple[PartyStatement, ...]
    keys: tuple[KeyLife, ...]
    mandates: tuple[Mandate, ...]
    remit: tuple[str, ...] | None
    is_cut: bool


def party_report(reader: Reader, genesis: Genesis, party: Party) -> PartyReport:
    """All that was stated of a party."""
    statements = sorted(_statements(reader, genesis, party.uri), key=lambda one: one.index)
    by_index = {one.index: one for one in statements}

    def at(index: int | None) -> PartyStatement | None:
        statement = None if index is None else by_index.get(index)
        return None if statement is None else _timed(reader, statement)

    keys = []
    for key in reader.keys_of(party.uri)[-MOST:]:
        enrolled = at(key.enrolled)
        statement = None if enrolled is None else enrolled.statement
        keys.append(KeyLife(key, enrolled, at(key.revoked), "revokes" in (statement or {})))
    return PartyReport(
        party=party,
        statements=tuple(_timed(reader, one) for one in statements[-MOST:]),
        keys=tuple(keys),
        mandates=tuple(reader.mandates(party.uri)),
        remit=reader.remit(party.uri),
        is_cut=len(statements) > MOST,
    )


def _timed(reader: Reader, statement: PartyStatement) -> PartyStatement:
    return replace(statement, recorded=recorded(reader, statement.index))


def _statements(reader: Reader, genesis: Genesis, uri: str) -> Iterator[PartyStatement]:
    """The statements about a party, by whomever: each chain about it holds nothing else."""
    verifier = Verifier(reader, genesis)
    for head in reader.chains(uri):
        start = max(0, head.seq + 1 - MOST)
        for _seq, stored in reader.chain_links(uri, head.actor, since=start):
            if stored is None:
                continue
            checked = verifier.check(stored)
            link = checked.link
            if link is None:
                yield PartyStatement(checked, None, None)
            elif link.statement is not None:
                yield PartyStatement(checked, link.statement, None)
