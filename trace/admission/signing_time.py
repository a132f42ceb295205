"""Rule `time` (section 5 of the format): `signed_at` against the clock of who takes a link.

A server's alone: no verifier sees when a link was taken. So a key that was lost, or a mandate that
is over, signs nothing "of last year", and no party has recorded before it was admitted.
"""

from datetime import UTC, datetime, timedelta

from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused, Rule

from . import chain
from .state import State

MAX_AHEAD = timedelta(minutes=5)  # that a device's clock may be off, ahead or behind
MAX_AGE = timedelta(days=30)
AFTER_MANDATE = timedelta(hours=72)


def check(link: Link, state: State, now: datetime, max_age: timedelta = MAX_AGE) -> None:
    """Raise Refused(time) where a link that comes now is not taken for when it was signed."""
    signed, now = datetime.fromisoformat(link.signed_at), now.astimezone(UTC)
    if signed - now > MAX_AHEAD:
        raise Refused(
            Rule.TIME,
            msg(
                "signed_at %s is over 5 minutes ahead of this server's clock, %s",
                link.signed_at,
                f"{now:%Y-%m-%dT%H:%M:%SZ}",
            ),
            fix=msg("set the device's clock and sign again"),
        )
    if now - signed > max_age:
        raise Refused(
            Rule.TIME,
            msg(
                "signed_at %s is over %s days ago, and older links are not taken any more",
                link.signed_at,
                max_age.days,
            ),
            fix=msg("sign again, and it says today"),
        )
    _admission(link, signed, state)
    _mandate(link, now, state)


def _admission(link: Link, signed: datetime, state: State) -> None:
    party = state.party(link.actor)
    since = None if party is None else state.signed_at(party.admitted)
    if since and datetime.fromisoformat(since) - signed > MAX_AHEAD:
        raise Refused(
            Rule.TIME,
            msg("signed_at %s is before %s was admitted, %s", link.signed_at, link.actor, since),
            fix=msg("set the device's clock and sign again"),
        )


def _mandate(link: Link, now: datetime, state: State) -> None:
    """What was signed in time under a mandate comes soon; what is under none is rule `key`'s."""
    key = state.key(link.keyid)
    if key is None or key.party == link.actor:
        return
    step = chain.step(link)
    ends = [
        mandate.until
        for mandate in state.mandates(link.actor)
        if mandate.to == key.party and mandate.covers(step, link.signed_at, state.size)
    ]
    if ends and now - datetime.fromisoformat(max(ends)) > AFTER_MANDATE:
        raise Refused(
            Rule.TIME,
            msg(
                "the mandate of %s to %s ended %s: what was signed under it is taken for "
                "72 hours more",
                link.actor,
                key.party,
                max(ends),
            ),
            fix=msg("have it recorded by the party itself, or under a new mandate"),
        )
