"""Who is shown a disclosure: by its audience, by the chain of goods, by an inspector's remit."""

from suyuan.keys import validity

from . import scopes
from .disclosures import Disclosed
from .link import Link
from .state import Genesis, State
from .store.along import is_along
from .store.read import Reader


def entitled(
    reader: Reader, genesis: Genesis, found: Disclosed, link: Link, viewer: str | None
) -> bool:
    """Whether a party may be shown what is kept of a link's hidden field.

    `viewer` is a party that has shown who it is, None for anybody. The chain is as of the lineage
    follower.
    """
    if found.audience.kind == "public":
        return True
    if viewer is None:
        return False
    key = reader.key(link.keyid)
    recorder = None if key is None else key.party
    if viewer in (link.actor, recorder, *found.audience.parties):
        return True
    if inspects(reader, genesis, viewer, link.actor):
        return True
    return found.audience.kind == "chain" and is_along(reader, link, viewer)


def inspects(reader: Reader, genesis: Genesis, viewer: str, party: str) -> bool:
    """Whether a party lies in the remit of an inspector.

    The authority's is everything. An officer's, a party with the role authority or office by the
    authority's own statement, is what the authority appointed it for, else its own division. A
    registrar that is no officer, a market say, admits parties and sees no more of them than others.
    """
    if viewer == genesis.authority:
        return True
    office, other = reader.party(viewer), reader.party(party)
    if office is None or office.left is not None or other is None:
        return False
    if not scopes.is_officer(State(genesis, reader.source, reader.size()), viewer):
        return False
    remit = reader.remit(viewer) or (office.division,)
    return validity.in_remit(remit, other.division, other.places)
