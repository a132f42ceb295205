"""A report on one party: its admission and changes, its keys, its mandates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, Literal

from suyuan.keys import validity
from suyuan.keys.validity import Key, Mandate, Party
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.json_values import Form, Json, described, pick
from suyuan.trace.format.members import Object
from suyuan.trace.format.times import from_micros
from suyuan.trace.store.read.log_reader import Recorded
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import mandates_to, registered_name

from .inviting import check_of
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
    """A key from its enrolment to its revocation, as the statements have it.

    `is_recovery`: another enrolled it in place of the keys that the party had.
    """

    key: Key
    enrolled: PartyStatement | None
    revoked: PartyStatement | None
    is_recovery: bool


@dataclass(frozen=True, slots=True)
class PartyReport:
    """A party with its newest MOST statements, keys, mandates and remit; `is_cut` if more."""

    party: Party
    statements: tuple[PartyStatement, ...]
    keys: tuple[KeyLife, ...]
    mandates: tuple[Mandate, ...]
    remit: tuple[str, ...] | None
    is_cut: bool


class StatementJson(Form):
    """A statement about a party, verified now."""

    index: int
    hash: str
    is_good: bool
    why: list[str] = described("What is wrong with it")
    actor: str | None
    actor_name: str | None
    recorded: str | None
    recorded_by: Literal["witnesses", "server"] | None
    statement: dict[str, Any] | None = described("Null where it cannot be read")


class MandateJson(Form):
    """What others may record for the party."""

    to: str
    to_name: str | None
    steps: tuple[str, ...]
    start: str
    until: str
    given: int
    withdrawn: int | None


class _RegisteredJson(Form):
    party: str
    name: str | None
    roles: tuple[str, ...]
    division: str
    places: tuple[str, ...]
    gs1: tuple[str, ...] = described("Company prefixes")
    part_of: str | None
    admitted: int = described("The index of its admission")
    left: int | None


class PartyJson(_RegisteredJson):
    """A party as its statements left it, as of `size` links."""

    size: int
    remit: tuple[str, ...] | None = described("Of a registrar: whom it admits")
    statements: list[StatementJson] = described("All about it, in order; the newest 500")
    is_cut: bool
    mandates: list[MandateJson]


class KeyEventJson(Form):
    """When and by whom a key was enrolled or revoked; nulls where its statement is broken."""

    index: int
    is_good: bool
    actor: str | None
    actor_name: str | None
    recorded: str | None
    reason: str | None


class KeyLifeJson(Form):
    """A key from its enrolment on."""

    keyid: str
    check: str = described("Its check letters, as people compare them")
    alg: str
    kept: str
    is_good: bool = described("Whether it signs now")
    is_recovery: bool = described("Another enrolled it when the party had had keys before")
    enrolled: KeyEventJson
    revoked: KeyEventJson | None
    lost_since: int | None = described(
        "From this index on what it signed is shown as signed with a lost key"
    )


class KeysJson(Form):
    """All keys that a party ever had, in order, as of `size` links."""

    party: str
    name: str | None
    size: int
    keys: list[KeyLifeJson]


class RegisteredJson(_RegisteredJson):
    """A party as it is registered now."""

    keys: int = described("How many good keys it has")
    remit: tuple[str, ...] | None = described("A registrar's; null for others")


class RegisteredPageJson(Form):
    """A page of parties, in the order in which the ledger first named them."""

    parties: list[RegisteredJson]
    after: int | None = described("Where the next page begins; null at the end")


def registered(reader: Reader, party: Party) -> Json:
    """A party as it is registered now, for programs."""
    return RegisteredJson.write(
        party,
        party=party.uri,
        keys=len(validity.valid_keys(reader, party.uri, reader.size())),
        remit=reader.remit(party.uri),
    )


def party_report(reader: Reader, genesis: Genesis, party: Party) -> PartyReport:
    """All that was stated of a party."""
    statements = sorted(_statements(reader, genesis, party.uri), key=lambda stated: stated.index)
    by_index = {stated.index: stated for stated in statements}

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
        statements=tuple(_timed(reader, statement) for statement in statements[-MOST:]),
        keys=tuple(keys),
        mandates=tuple(reader.mandates(party.uri)),
        remit=reader.remit(party.uri),
        is_cut=len(statements) > MOST,
    )


def party_json(reader: Reader, report: PartyReport) -> PartyJson:
    """A party's report for programs."""
    party = report.party
    return PartyJson.build(
        party,
        party=party.uri,
        size=reader.size(),
        remit=report.remit,
        statements=[_stated(reader, statement) for statement in report.statements],
        is_cut=report.is_cut,
        mandates=[
            MandateJson.build(mandate, to_name=reader.name(mandate.to))
            for mandate in report.mandates
        ],
    )


def keys_json(reader: Reader, report: PartyReport) -> KeysJson:
    """The keys of a party's report for programs."""
    party, size = report.party, reader.size()
    lives = [_life(reader, life, size) for life in report.keys]
    return KeysJson(party.uri, party.name, size, lives)


def _life(reader: Reader, life: KeyLife, size: int) -> KeyLifeJson:
    key = life.key
    return KeyLifeJson.build(
        key,
        check=check_of(key.keyid),
        is_good=key.valid_at(size),
        is_recovery=life.is_recovery,
        enrolled=_event(reader, life.enrolled, key.enrolled),
        revoked=None if key.revoked is None else _event(reader, life.revoked, key.revoked),
        lost_since=key.compromised_since,
    )


def _event(reader: Reader, statement: PartyStatement | None, index: int) -> KeyEventJson:
    if statement is None:
        return KeyEventJson(index, False, None, None, None, None)
    reason = (statement.statement or {}).get("reason")
    return KeyEventJson(
        index=index,
        is_good=statement.checked.is_good,
        actor=statement.actor,
        actor_name=statement.actor and reader.name(statement.actor),
        recorded=_moment(statement),
        reason=reason if isinstance(reason, str) else None,
    )


def _stated(reader: Reader, statement: PartyStatement) -> StatementJson:
    checked, at = statement.checked, statement.recorded
    return StatementJson.build(
        statement,
        **pick(checked, "hash", "is_good"),
        why=[problem.why for problem in checked.problems],
        actor_name=statement.actor and reader.name(statement.actor),
        recorded=_moment(statement),
        recorded_by=None if at is None else "witnesses" if at.is_witnessed else "server",
    )


def _moment(statement: PartyStatement) -> str | None:
    at = statement.recorded
    return None if at is None else from_micros(at.time).isoformat()


def _timed(reader: Reader, statement: PartyStatement) -> PartyStatement:
    return replace(statement, recorded=reader.recorded(statement.index))


def _statements(reader: Reader, genesis: Genesis, uri: str) -> Iterator[PartyStatement]:
    """The statements about a party, by whomever: each chain about it holds nothing else."""
    for checked in Verifier(reader, genesis).about(uri, MOST):
        statement = None if checked.link is None else checked.link.statement
        if checked.link is None or statement is not None:
            yield PartyStatement(checked, statement, None)


State = Literal["ahead", "in_force", "over", "withdrawn"]


class MandateStateJson(Form):
    """A mandate: `to` may record these steps for `party`, signed from `start` until before `until`.

    Both are UTC seconds.
    """

    party: str
    name: str | None
    to: str
    to_name: str | None
    steps: tuple[str, ...]
    start: str
    until: str
    index: int = described("Of the statement that gave it")
    withdrawn: int | None = described("Index of the statement that withdrew it")
    state: State


class MandatesJson(Form):
    """Mandates that a party gave and was given, in order of the log."""

    given: list[MandateStateJson]
    received: list[MandateStateJson]


def mandates_of(reader: Reader, party: str, now: datetime) -> tuple[list[Json], list[Json]]:
    """The mandates that a party gave, and those that it was given, for programs."""
    name, moment = cache(partial(registered_name, reader)), second(now)

    def written(mandate: Mandate) -> Json:
        return MandateStateJson.write(
            mandate,
            party=mandate.giver,
            name=name(mandate.giver),
            to_name=name(mandate.to),
            index=mandate.given,
            state=mandate.state(moment),
        )

    given, received = reader.mandates(party), mandates_to(reader, party)
    return [written(mandate) for mandate in given], [written(mandate) for mandate in received]


def second(moment: datetime) -> str:
    """A moment as statements write it: a UTC second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
