"""The party for which the user records: itself, or one that gave it a mandate.

The choice is a cookie beside the session's, for that session alone. It is a convenience of the
pages: of each link the ledger decides whether a mandate covers it.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.keys.validity import Mandate, Party
from suyuan.trace.admission.access import in_force
from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import StepTrait, step_of
from suyuan.trace.goods.party_report import second
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import mandates_to
from suyuan.web.context import site
from suyuan.web.text import shown, words
from suyuan.web.text.names import titled

from ..problems import ProblemError
from . import offices, session
from .session import SignedIn

_COOKIE = "-for"


@dataclass(frozen=True, slots=True)
class Acting:
    """The user who is signed in, and the party for which it records.

    `mandates` are those of `party` to the user that are in force now; none where `party` is the
    user's own.
    """

    user: SignedIn
    party: Party
    mandates: tuple[Mandate, ...] = ()

    @property
    def uri(self) -> str:
        """The actor of what is signed, by URI."""
        return self.party.uri

    @property
    def name(self) -> str:
        """The actor's name, or its URI in short."""
        return titled(self.party.name, self.uri)

    @property
    def signer(self) -> str:
        """The name of the party that signs, or its URI in short."""
        name = self.user.party.name or offices.own_name(self.user.party)
        return titled(name, self.user.uri)

    @property
    def is_other(self) -> bool:
        """Whether the actor is another party than the one that signs."""
        return self.uri != self.user.uri

    @property
    def is_person(self) -> bool:
        """Whether a person records for the office that it is of."""
        return offices.is_person(self.user.party, self.uri)

    @property
    def until(self) -> str | None:
        """The day and time at which the last of the mandates ends; None for oneself."""
        ends = [end for mandate in self.mandates if (end := parse(mandate.until)) is not None]
        return shown.moment(max(ends)) if ends else None

    @property
    def steps(self) -> str | None:
        """The steps that the mandates cover, in words; None for oneself."""
        if not self.is_other:
            return None
        covered = dict.fromkeys(step for mandate in self.mandates for step in mandate.steps)
        return shown.listed(dict.fromkeys(words.business_step(step) for step in covered))

    def covers(self, *steps: str) -> bool:
        """Whether the user may record all these bare business steps for the actor now."""
        return not self.is_other or all(
            any(step in mandate.steps for mandate in self.mandates) for step in steps
        )

    def may(self, trait: StepTrait) -> bool:
        """Whether the user may record the step of a trait for the actor now."""
        return self.covers(step_of(trait).biz_step)


def install(app: Flask) -> None:
    """Give templates `acting_for`."""
    app.jinja_env.globals["acting_for"] = current


def current() -> Acting | None:
    """The present request's Acting; None where nobody is signed in.

    A choice whose mandates are over, withdrawn or were never given is none.
    """
    if "acting_for" not in g:
        g.acting_for = _find()
    acting = g.acting_for
    assert acting is None or isinstance(acting, Acting)
    return acting


def acting(*steps: str, **more: Any) -> Acting:
    """The present request's Acting, on a route for those who are signed in.

    ProblemError, 403 with `more`, where the mandate is not for these bare business steps.
    """
    session.require()
    choice = current()
    assert choice is not None
    if not choice.covers(*steps):
        why = msg("the mandate of %s to %s is not for this step", choice.uri, choice.user.uri)
        raise ProblemError(403, why, **more)
    return choice


def givers(reader: Reader, user: SignedIn) -> list[Party]:
    """The parties that the user may record for now, in the order of their first mandate."""
    mandates = in_force(mandates_to(reader, user.uri), user.uri, reader.size(), _now())
    parties = [reader.party(uri) for uri in dict.fromkeys(mandate.giver for mandate in mandates)]
    return [party for party in parties if party is not None and party.admitted_at(reader.size())]


def choose(response: Response, user: SignedIn, party: str | None) -> bool:
    """Set the party to record for, None for the user's own; False where no mandate allows it."""
    g.pop("acting_for", None)
    if party is None or party == user.uri:
        session.delete_cookie(response, _COOKIE)
        return True
    with site().ledger.reading() as reader:
        acting = _under_mandate(reader, user, party)
    if acting is None:
        return False
    value = f"{_session()}.{base64.encode_url(party.encode())}"
    session.set_cookie(response, value, session.LASTS, _COOKIE)
    return True


def _now() -> str:
    return second(site().ledger.now())


def _find() -> Acting | None:
    user = session.current()
    if user is None:
        return None
    with site().ledger.reading() as reader:
        # A person of an office records for that, unless another choice was made.
        party = _chosen() or site().access(reader).office_of(user.uri) or user.uri
        other = None if party == user.uri else _under_mandate(reader, user, party)
    return other or Acting(user, user.party)


def _under_mandate(reader: Reader, user: SignedIn, party: str) -> Acting | None:
    giver = reader.party(party)
    if giver is None or not giver.admitted_at(reader.size()):
        return None
    mandates = in_force(reader.mandates(party), user.uri, reader.size(), _now())
    return Acting(user, giver, tuple(mandates)) if mandates else None


def _chosen() -> str | None:
    """The party chosen in this session, by the cookie."""
    of, _, text = (session.cookie(_COOKIE) or "").partition(".")
    if of != _session() or len(text) > 1_000:
        return None
    try:
        return base64.decode_url(text).decode()
    except (EncodingError, UnicodeDecodeError):
        return None


def _session() -> str:
    """The session that a choice is bound to: the start of its cookie's hash; empty without one."""
    value = session.cookie()
    return "" if value is None else session.token_of(value)[:16]
