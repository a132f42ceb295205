"""What only the server that takes a link asks of it, after the rules that everybody checks.

That an erasure names what its link commits to (rule `statement`); that where entries are private a
link names only what is for its actor (`after`), since whoever names an entry is given it, and by
hashes, which are public, a stranger would read the whole ledger so; and how fast an actor may go on
about what it did not begin (`pace`): strangers' links about an item are kept for ever and read by
whoever looks at it. The numbers of a chain say how many there are, and the commit times of its last
links how fast they came: nothing is counted beside the ledger.
"""

from collections.abc import Callable, Mapping
from math import ceil

from suyuan.trace.admission.chain import STANDING, step
from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.scopes import is_own
from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.messages import msg
from suyuan.trace.format.private.digests import committed
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.statements import ACTS, BEGINNING, EXAMINERS
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.lineage.joins import (
    WITHOUT_GOODS,
    brought_about,
    is_addressed,
    is_dispatch,
    is_refusal,
)

from ..read.reader import Reader
from .source import StoreSource

At = Callable[[int], Link | None]
FREE = 1_000  # links of one chain that nobody counts
EVERY = 10  # seconds for each that follows
_AT_ONCE = 10  # that may come together, after so long a silence
_SECOND = 1_000_000
_UNPACED = roles_of("imports")
Met = Mapping[tuple[str, str, int], tuple[int, Link]]


def check_erasure(link: Link, at: At) -> None:
    """Raise Refused(statement) where an erasure names what its link does not commit to."""
    statement = link.statement
    if statement is None or statement["type"] != "erasure":
        return
    index = int(statement["index"])
    named = at(index)
    unknown = set(statement["digests"]) - set(() if named is None else committed(named))
    if unknown:
        raise Refused(
            Rule.STATEMENT,
            msg(
                "the link at index %s does not commit to %s", index, ", ".join(sorted(unknown)[:3])
            ),
        )


def check_after(link: Link, state: State, at: At) -> None:
    """Raise Refused(after) where a link names what is not its actor's to read.

    That is what was sent to it, or back to it, the act that a statement goes on with, and for a
    laboratory, or the market of a stall, links about what it examines; for officers all. `at` gives
    the link at an index.
    """
    indexes = [ref.index for ref in link.after if ref.ledger is None]
    if not indexes or is_officer(state, link.actor):
        return
    for index in indexes:
        if not _is_for(at(index), link, state, at):
            raise Refused(
                Rule.AFTER,
                msg(
                    "index %s is nothing that was sent to %s: this ledger's entries are private",
                    index,
                    link.actor,
                ),
            )


def may_examine(reader: Reader, trust: Trust, actor: str, holder: str) -> bool:
    """Whether what a party examines of a holder's goods may name the holder's links."""
    if trust.entries != "private":
        return True
    state = State(trust.genesis, reader, reader.size())
    return is_officer(state, actor) or _examines(state, actor, holder)


def _is_for(named: Link | None, link: Link, state: State, at: At) -> bool:
    """Whether a link may name another; of what cannot be read none may."""
    if named is None:
        return False
    if is_dispatch(named) and is_addressed(named, link.actor, lambda uri: _firm(state, uri)):
        return True
    if is_refusal(named):
        dispatches = (at(ref.index) for ref in named.after if ref.ledger is None)
        return any(sent is not None and sent.actor == link.actor for sent in dispatches)
    is_shared = any(ref.item == other.item for ref in link.items for other in named.items)
    statement, before = link.statement, named.statement
    if statement is not None:
        is_order = before is not None and before.get("op") in BEGINNING
        return is_order and is_shared and statement["type"] in ACTS
    is_examining = is_shared and step(link) in WITHOUT_GOODS
    return is_examining and _examines(state, link.actor, named.actor)


def _examines(state: State, actor: str, holder: str) -> bool:
    """Whether the authority lets a party examine for others, or it is the holder's market."""
    roles = state.granted(actor, state.genesis.authority)
    return any(role in EXAMINERS for role in roles) or _firm(state, holder) == actor


def _firm(state: State, uri: str) -> str | None:
    party = state.party(uri)
    return None if party is None else party.part_of


def check_pace(link: Link, state: State, source: StoreSource, met: Met, now: int) -> None:
    """Raise Refused(pace) for a link that comes too fast; after every other rule.

    `met` are the links of this transaction before it, `now` its commit time in microseconds.
    """
    waits = [
        _wait((ref.item, link.actor, ref.seq), source, met, now)
        for ref in link.items
        if ref.seq >= FREE
        and (link.after or not _is_own(ref.item, link.actor, state, source, met))
    ]  # fmt: skip
    seconds = ceil(max(waits, default=0) / _SECOND)
    if seconds > 0 and not _is_unpaced(link, state):
        raise Refused(
            Rule.PACE,
            msg(
                "%s has recorded over %s links about what it did not begin, or after "
                "links of others: now one in %s seconds",
                link.actor,
                f"{FREE:,}",
                EVERY,
            ),
            fix=msg("send it again in %s seconds", seconds),
            retry_after=seconds,
        )


def _is_unpaced(link: Link, state: State) -> bool:
    """Whether the link is an act, says who may sign, or is a gateway's."""
    statement = link.statement
    if statement is not None and statement["type"] in (*ACTS, *STANDING):
        return True
    party = state.party(link.actor)
    return party is not None and any(role in _UNPACED for role in party.roles)


def _is_own(item: str, actor: str, state: State, source: StoreSource, met: Met) -> bool:
    """Whether an item is the actor, or came about by it: coded, made or packed, and first."""
    if item == actor:
        return True
    if (item, actor, 0) in met:
        first: Link | None = met[item, actor, 0][1]
    else:
        stored = source.in_chain(item, actor, 0)
        first = None if stored is None else readable(stored.entry)
    if first is None or item not in brought_about(first):
        return False
    is_its = is_own(item, state.party(actor), state.coder(item))
    return is_its or source.first_actor(item) in (None, actor)


def _wait(place: tuple[str, str, int], source: StoreSource, met: Met, now: int) -> int:
    """Microseconds until the next link of a chain may come.

    It comes `EVERY` seconds after the one before it, or as one of a few in so many times that.
    """
    item, actor, seq = place

    def since(places: int) -> int:
        before = (item, actor, seq - places)
        return 0 if before in met else now - source.committed(*before)

    waits = (places * EVERY * _SECOND - since(places) for places in (1, _AT_ONCE))
    return max(0, min(waits))
