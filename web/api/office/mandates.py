"""/api/v1/mandates: who may record for whom; what is to be signed of it is answered as drafts."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any

from flask import request
from pydantic import BaseModel, Field

from suyuan.keys import validity
from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import digest as is_digest
from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import BY_BIZ_STEP
from suyuan.trace.goods.party_report import MandatesJson, mandates_of, second
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import named
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.mistakes import Mistakes, wrong
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import OWN_DEVICE, SIGNED_IN, Routes
from suyuan.web.app.targets import typed_party
from suyuan.web.context import site

from ..ledger.to_sign import SignablesOut, statements

routes = Routes("mandates_api", tag="Mandates")
_drafting = partial(routes.post, limit=Limit("mandates", "120/minute"), output=SignablesOut)
_STEP = re.compile(r"[!-~]{1,100}", re.ASCII)
_LATEST = date(9998, 12, 31)
Day = Annotated[str, Field(max_length=10, description="YYYY-MM-DD, in the ledger's time zone")]
Who = Annotated[str, Field(max_length=512)]


class MandateIn(BaseModel):
    """A mandate to be given."""

    to: Who = Field(description="Who may record: a USCC, GLN, code, URI or exact name")
    steps: Annotated[list[str], Field(max_length=60, description="Bare business steps")]
    first_day: Day
    last_day: Day = Field(description="The last day of it, that day included")
    party: Who = Field(default="", description="The giver; oneself where it is empty")
    paper: Annotated[str, Field(max_length=64)] = Field(
        default="", description="SHA-256 of the signed paper, where another enters it"
    )


class WithdrawIn(BaseModel):
    """Mandates to be withdrawn: all from one party to another."""

    to: Who
    party: Who = Field(default="", description="The giver; oneself where it is empty")


class MandatesOfIn(BaseModel):
    """Whose mandates."""

    party: Who = Field(default="", description="Oneself where it is empty, or one in one's remit")


@routes.get("/mandates", SIGNED_IN, output=MandatesJson, answers={403: "Not in one's remit"})
def mandates(user: SignedIn, reader: Reader, query: MandatesOfIn) -> dict[str, Any]:
    """The mandates of who is signed in, or of a party in its remit."""
    party = _giver(reader, user, query.party)
    given, received = mandates_of(reader, party, site().ledger.now())
    return {"given": given, "received": received}


@_drafting("/mandates/draft", OWN_DEVICE)
def given(user: SignedIn, reader: Reader, body: MandateIn) -> dict[str, Any]:
    """The statement that gives a mandate.

    For a party that has no good key the authority or a registrar gives it, with its paper.
    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    mistakes = Mistakes()
    party = _giver(reader, user, body.party)
    to = mistakes.read(_recipient, reader, party, body.to)
    steps = mistakes.read(_steps, body.steps)
    first = mistakes.read(_day, "first_day", body.first_day)
    last = mistakes.read(_last, first, body.last_day)
    paper = mistakes.read(_paper, user, party, body.paper)
    mistakes.raise_any()
    assert to is not None and steps is not None and first is not None and last is not None
    # From the first day's first second until before the first of the day after the last.
    ends = [datetime.combine(day, time(), zone()) for day in (first, last + timedelta(days=1))]
    start, until = (second(end.astimezone(UTC)) for end in ends)
    statement = acts.give_mandate(party, to, steps, start, until, paper=paper)
    return _drafted(reader, user, statement)


@_drafting("/mandates/withdraw/draft", OWN_DEVICE, answers={404: "No mandate that stands"})
def withdrawn(user: SignedIn, reader: Reader, body: WithdrawIn) -> dict[str, Any]:
    """The statement that withdraws all that was given to a party. 404 where nothing stands."""
    party = _giver(reader, user, body.party)
    to = typed_party(body.to, site().host, "to")
    if not any(m.to == to and m.withdrawn is None for m in reader.mandates(party)):
        raise ProblemError(404, "%s has given no mandate to %s that stands", party, to[:200])
    return _drafted(reader, user, acts.withdraw_mandate(party, to))


def _giver(reader: Reader, user: SignedIn, typed: str) -> str:
    """The giver that is meant: the user, or a party in its remit without a valid key."""
    if not typed.strip():
        return user.uri
    party = typed_party(typed, site().host, "party")
    if party == user.uri:
        return party
    why = site().access(reader).why_not_register(user.uri, party)
    if why is not None:
        raise ProblemError(403 if reader.party(party) else 422, why, field="party")
    if request.method != "GET" and validity.speaks_for_itself(reader, party, reader.size()):
        why = msg("%s has a good key of its own: it gives and withdraws its mandates itself", party)
        wrong("party", "key", why)
    return party


def _recipient(reader: Reader, giver: str, typed: str) -> str:
    """The party to which a mandate is to be given, by number or by its exact name."""
    if not typed.strip():
        wrong("to", "needed", msg("say to whom"))
    if not typed.isprintable():
        wrong("to", "text", msg("no party of this name"))
    uris = named(reader, typed.strip())
    if len(uris) > 1:
        why = msg("%s parties have this name: give the code or the number", len(uris))
        wrong("to", "party_many", why)
    try:
        to = uris[0] if uris else parties.read(typed, site().host)
    except IdentifierError as error:
        wrong("to", "party", msg("no party of this name, and no number: %s", error))
    party = reader.party(to)
    if party is None or party.left is not None:
        wrong("to", "party_unknown", msg("%s is not admitted to this ledger", to[:200]))
    if to == giver:
        wrong("to", "party_self", msg("nobody needs a mandate of its own"))
    return to


def _steps(steps: list[str]) -> list[str]:
    """The steps, each once: our own in the order in which they are listed, then others."""
    if not steps:
        wrong("steps", "needed", msg("a mandate names at least one step"))
    for step in steps:
        if _STEP.fullmatch(step) is None:
            wrong("steps", "step", msg("%s is no business step", repr(step[:80])))
    known = [step for step in BY_BIZ_STEP if step in steps]
    return known + sorted(set(steps) - set(known))


def _last(first: date | None, text: str) -> date:
    """The last day; `first` is None where that is no day."""
    last = _day("last_day", text)
    if first is not None and last < first:
        wrong("last_day", "order", msg("the last day lies before the first"))
    if last < site().ledger.now().astimezone(zone()).date():
        wrong("last_day", "over", msg("the last day is over already"))
    return last


def _day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        wrong(field, "day", msg("a day is written YYYY-MM-DD"))
    if len(text) != 10 or not 2000 <= day.year <= _LATEST.year:
        wrong(field, "day", msg("a day is written YYYY-MM-DD, from the year 2000 on"))
    return day


def _paper(user: SignedIn, party: str, text: str) -> str | None:
    if party == user.uri:
        return text if is_digest(text) else None
    if not is_digest(text):
        why = msg("the paper that the giver signed is named by its SHA-256, 64 digits")
        wrong("paper", "needed", why)
    return text


def _drafted(reader: Reader, user: SignedIn, statement: dict[str, Any]) -> dict[str, Any]:
    to = reader.party(str(statement["to"]))
    return statements(
        reader, user.uri, statement, names={statement["to"]: None if to is None else to.name}
    )
