"""How fast an actor may go on about what it did not begin: asked by a server alone, at entry.

Strangers' links about an item are kept for ever and read by whoever looks at it. The numbers of a
chain say how many there are, and the commit times of its last links how fast they came: nothing is
counted beside the ledger.
"""

from collections.abc import Mapping
from math import ceil

from ..chain import STANDING
from ..joins import brought_about
from ..link import Link
from ..rules import Refused, Rule
from ..scopes import is_own
from ..state import State
from ..statements import ACTS
from .source import StoreSource, link_of

FREE = 1_000  # links of one chain that nobody counts
EVERY = 10  # seconds for each that follows
_AT_ONCE = 10  # that may come together, after so long a silence
_SECOND = 1_000_000
_UNPACED = ("gateway",)
Met = Mapping[tuple[str, str, int], tuple[int, Link]]


def check(link: Link, state: State, source: StoreSource, met: Met, now: int) -> None:
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
            f"{link.actor} has recorded over {FREE:,} links about what it did not begin, or after "
            f"links of others: now one in {EVERY} seconds",
            fix=f"send it again in {seconds} seconds",
            retry_after=seconds,
        )


def _is_unpaced(link: Link, state: State) -> bool:
    """Whether the link is an act, says who may sign, or is a gateway's."""
    said = link.statement
    if said is not None and said["type"] in (*ACTS, *STANDING):
        return True
    party = state.party(link.actor)
    return party is not None and any(role in _UNPACED for role in party.roles)


def _is_own(item: str, actor: str, state: State, source: StoreSource, met: Met) -> bool:
    """Whether an item came about by the actor: by its coding, making or packing, and first.

    Or the actor speaks of nothing but itself.
    """
    if item == actor:
        return True
    first = met[item, actor, 0][1] if (item, actor, 0) in met else _first(item, actor, source)
    if first is None or item not in brought_about(first):
        return False
    is_its = is_own(item, state.party(actor), state.coder(item))
    return is_its or source.first_actor(item) in (None, actor)


def _first(item: str, actor: str, source: StoreSource) -> Link | None:
    stored = source.in_chain(item, actor, 0)
    return None if stored is None else link_of(stored[1])


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
