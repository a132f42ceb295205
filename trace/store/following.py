"""What a link may name in `after` where entries are private: asked by a server alone, at entry.

An evidence file has whatever a link of its lineage names, so that whoever names an entry is given
it: by hashes, which are public, a stranger would read the whole ledger so.
"""

from collections.abc import Callable

from ..chain import step
from ..joins import WITHOUT_GOODS, is_addressed, is_dispatch, is_refusal
from ..link import Link
from ..rules import Refused, Rule
from ..scopes import is_officer
from ..state import State
from ..statements import ACTS, BEGINNING
from ..trust import Trust
from ..verdicts import EXAMINERS
from .read import Reader

At = Callable[[int], Link | None]


def check(link: Link, state: State, at: At) -> None:
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
                f"index {index} is nothing that was sent to {link.actor}: this ledger's entries "
                "are private",
            )


def may_examine(reader: Reader, trust: Trust, actor: str, holder: str) -> bool:
    """Whether what a party examines of a holder's goods may name the holder's links."""
    if trust.entries != "private":
        return True
    state = State(trust.genesis, reader.source, reader.size())
    return is_officer(state, actor) or _examines(state, actor, holder)


def _is_for(named: Link | None, link: Link, state: State, at: At) -> bool:
    """Whether a link may name another; of what cannot be read none may."""
    if named is None:
        return False
    if is_dispatch(named) and is_addressed(named, link.actor, lambda uri: _firm(state, uri)):
        return True
    if is_refusal(named):
        asked = (at(ref.index) for ref in named.after if ref.ledger is None)
        return any(sent is not None and sent.actor == link.actor for sent in asked)
    is_shared = any(ref.item == one.item for ref in link.items for one in named.items)
    said, before = link.statement, named.statement
    if said is not None:
        is_order = before is not None and before.get("op") in BEGINNING
        return is_order and is_shared and said["type"] in ACTS
    is_examining = is_shared and step(link) in WITHOUT_GOODS
    return is_examining and _examines(state, link.actor, named.actor)


def _examines(state: State, actor: str, holder: str) -> bool:
    """Whether a party examines for others, by the authority's word, or is the holder's market."""
    roles = state.granted(actor, state.genesis.authority)
    return any(role in EXAMINERS for role in roles) or _firm(state, holder) == actor


def _firm(state: State, uri: str) -> str | None:
    party = state.party(uri)
    return None if party is None else party.part_of
