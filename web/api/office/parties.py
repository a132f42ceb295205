"""GET /api/v1/parties/<who>, …/keys: what the ledger was told of a party, for its inspectors."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.goods.party_report import KeyLife, PartyReport, PartyStatement, party_report
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ITSELF_OR_INSPECTOR, Out, Routes
from suyuan.web.context import site

routes = Routes("parties", tag="Inspection")
_NOT_FOUND = {404: "No such party"}


class SaidOut(Out):
    """A statement about a party, verified now."""

    index: int
    hash: str
    is_good: bool
    why: list[str] = Field(description="What is wrong with it")
    actor: str | None
    actor_name: str | None
    recorded: str | None
    recorded_by: Literal["witnesses", "server"] | None
    statement: dict[str, Any] | None = Field(description="Null where it cannot be read")


class MandateOut(Out):
    """What others may record for the party."""

    to: str
    to_name: str | None
    steps: list[str]
    start: str
    until: str
    given: int
    withdrawn: int | None


class PartyOut(Out):
    """A party as its statements left it, as of `size` links."""

    party: str
    size: int
    name: str | None
    roles: list[str]
    division: str
    places: list[str]
    gs1: list[str] = Field(description="Company prefixes")
    part_of: str | None
    admitted: int = Field(description="The index of its admission")
    left: int | None
    remit: list[str] | None = Field(description="Of a registrar: whom it admits")
    statements: list[SaidOut] = Field(description="All about it, in order; the newest 500")
    is_cut: bool
    mandates: list[MandateOut]


class KeyEventOut(BaseModel):
    """When and by whom a key was enrolled or revoked; nulls where its statement is broken."""

    index: int
    is_good: bool
    actor: str | None
    actor_name: str | None
    recorded: str | None
    reason: str | None


class KeyLifeOut(Out):
    """A key from its enrolment on."""

    keyid: str
    check: str = Field(description="Its check letters, as people compare them")
    alg: str
    kept: str
    is_good: bool = Field(description="Whether it signs now")
    is_recovery: bool = Field(description="Another enrolled it when the party had had keys before")
    enrolled: KeyEventOut
    revoked: KeyEventOut | None
    lost_since: int | None = Field(
        description="From this index on what it signed is shown as signed with a lost key"
    )


class KeysOut(BaseModel):
    """All keys that a party ever had, in order, as of `size` links."""

    party: str
    name: str | None
    size: int
    keys: list[KeyLifeOut]


@routes.get("/parties/<path:who>", ITSELF_OR_INSPECTOR, answers=_NOT_FOUND)
def party(who: str) -> PartyOut:
    """What the ledger was told of a party: for its inspectors, and for itself."""
    with site().ledger.reading() as reader:
        return party_out(reader, _dossier(reader, who))


@routes.get("/parties/<path:who>/keys", ITSELF_OR_INSPECTOR, answers=_NOT_FOUND)
def keys(who: str) -> KeysOut:
    """The history of a party's keys: for its inspectors, and for itself."""
    with site().ledger.reading() as reader:
        found = _dossier(reader, who)
        return KeysOut(
            party=found.party.uri,
            name=found.party.name,
            size=reader.size(),
            keys=lives(reader, found),
        )


def _dossier(reader: Reader, who: str) -> PartyReport:
    is_own = session.signed_in().uri == who
    known = reader.party(who) if is_own else remits.party(reader, viewer.remit(), who)
    if known is None:
        raise ProblemError(404, "never admitted to this ledger")
    return party_report(reader, site().genesis, known)


def party_out(reader: Reader, found: PartyReport) -> PartyOut:
    """A party's file as it is answered."""
    one = found.party
    return PartyOut.of(
        one,
        party=one.uri,
        size=reader.size(),
        remit=found.remit,
        statements=[_said(reader, said) for said in found.statements],
        is_cut=found.is_cut,
        mandates=[
            MandateOut.of(mandate, to_name=reader.name(mandate.to)) for mandate in found.mandates
        ],
    )


def lives(reader: Reader, found: PartyReport) -> list[KeyLifeOut]:
    """A party's keys as they are answered."""
    size = reader.size()
    return [_life(reader, one, is_good=one.key.valid_at(size)) for one in found.keys]


def _life(reader: Reader, one: KeyLife, *, is_good: bool) -> KeyLifeOut:
    key = one.key
    return KeyLifeOut.of(
        key,
        check=check_of(key.keyid),
        is_good=is_good,
        is_recovery=one.is_recovery,
        enrolled=_event(reader, one.enrolled, key.enrolled),
        revoked=None if key.revoked is None else _event(reader, one.revoked, key.revoked),
        lost_since=key.compromised_since,
    )


def _event(reader: Reader, said: PartyStatement | None, index: int) -> KeyEventOut:
    if said is None:
        return KeyEventOut(
            index=index, is_good=False, actor=None, actor_name=None, recorded=None, reason=None
        )
    reason = None if said.statement is None else said.statement.get("reason")
    return KeyEventOut(
        index=index,
        is_good=said.checked.is_good,
        actor=said.actor,
        actor_name=None if said.actor is None else reader.name(said.actor),
        recorded=_moment(said),
        reason=reason if isinstance(reason, str) else None,
    )


def _said(reader: Reader, said: PartyStatement) -> SaidOut:
    witnessed = said.recorded is not None and said.recorded.is_witnessed
    return SaidOut.of(
        said,
        hash=said.checked.hash,
        is_good=said.checked.is_good,
        why=[problem.why for problem in said.checked.problems],
        actor_name=None if said.actor is None else reader.name(said.actor),
        recorded=_moment(said),
        recorded_by=None if said.recorded is None else "witnesses" if witnessed else "server",
    )


def _moment(said: PartyStatement) -> str | None:
    return None if said.recorded is None else from_micros(said.recorded.time).isoformat()
